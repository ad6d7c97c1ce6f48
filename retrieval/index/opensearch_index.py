"""The engine of collections that outgrow a machine: an OpenSearch cluster, over its HTTP interface."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from opensearchpy import OpenSearch, helpers
from opensearchpy.exceptions import ConnectionError, NotFoundError, OpenSearchException, RequestError

from retrieval.errors import N_, IndexUnavailable
from retrieval.index import K1, NO_HITS, B, Hits, Postings, WeightedTerm

T = TypeVar("T")

MOST_TERMS: Final = 1024
"""A query with more clauses is refused by Lucene; the terms of the greatest weight stay."""

# Its client logs a traceback for each node that does not answer; that the cluster does not is said by the error.
logging.getLogger("opensearch").setLevel(logging.CRITICAL)

_SEARCH_SECONDS: Final = 0.8
_BUILD_SECONDS: Final = 60.0
_REST_SECONDS: Final = 5.0
"""For how long a cluster that did not answer is not asked again."""
_CHUNK: Final = 1000
_FORGOTTEN_AFTER: Final = timedelta(hours=1)
"""Until then a change that was prepared may still be activated."""


class Cluster:
    """The client of a cluster, which gives up soon while the cluster does not answer. For any number of threads."""

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        authorities: Path | None = None,
        seconds: float = _SEARCH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """*addresses* of its nodes, with user and password where it wants them; *authorities*: certificates in PEM.

        *seconds*: how long an answer may take.
        """
        self.client = OpenSearch(
            list(addresses),
            ca_certs=None if authorities is None else str(authorities),
            pool_maxsize=16,
            # Another node is asked when one cannot be reached, or lost a node that it had asked; one that is slow is
            # not asked twice.
            max_retries=max(3, len(addresses)),
            retry_on_status=(500, 502, 503, 504),
            retry_on_timeout=False,
            timeout=seconds,
        )
        self._clock = clock
        self._rests_until = float("-inf")

    def asked(self, ask: Callable[[OpenSearch], T]) -> T:
        """What *ask* gets from the cluster.

        Raises:
            IndexUnavailable: It did not answer, or did not a moment ago.

        """
        if self._clock() < self._rests_until:
            raise IndexUnavailable(_SILENT)
        try:
            return ask(self.client)
        except OpenSearchException as error:
            if isinstance(error, ConnectionError):
                self._rests_until = self._clock() + _REST_SECONDS
            raise IndexUnavailable(_SILENT) from error


_SILENT: Final = N_("The search does not answer at the moment. The articles are safe; please ask again in a minute.")


class OpenSearchEngine:
    """Builds one index for each content, which all processes share, and has an alias for the one that is served."""

    def __init__(
        self, cluster: Cluster, collection: str, *, revision: str, shards: int = 1, now: Callable[[], datetime]
    ) -> None:
        """*collection*: its name, for the alias; *revision*: of the analysis, which terms depend on."""
        self._cluster = cluster
        self._alias = f"quoth-{collection}"
        self._revision = revision
        self._shards = shards
        self._now = now

    def __call__(self, postings: Postings, _folder: Path | None = None, _before: Path | None = None) -> OpenSearchIndex:
        """The finished index. What was loaded before, also by another process that was interrupted, is not again.

        Raises:
            IndexUnavailable: The cluster did not answer.

        """
        digest = hashlib.blake2b(repr((self._revision, self._settings(), postings.groups())).encode(), digest_size=12)
        digest.update(postings.lengths.tobytes())
        name = f"{self._alias}-{digest.hexdigest()}"
        try:
            self._load(name, postings)
        except (OpenSearchException, helpers.BulkIndexError) as error:
            raise IndexUnavailable(
                N_("The search cluster does not take the articles at the moment; those that were there still are.")
            ) from error
        return OpenSearchIndex(self._cluster, name, self._activate)

    def _load(self, name: str, postings: Postings) -> None:
        client = self._cluster.client
        try:
            client.indices.create(index=name, body=self._settings(), request_timeout=_BUILD_SECONDS)
        except RequestError as error:
            if error.error != "resource_already_exists_exception":
                raise
        if client.indices.get_mapping(index=name, request_timeout=_BUILD_SECONDS)[name]["mappings"]["_meta"][
            "complete"
        ]:
            return
        client.indices.refresh(index=name, request_timeout=_BUILD_SECONDS)
        there: int = client.count(index=name, request_timeout=_BUILD_SECONDS)["count"]
        # They were loaded in order, one chunk after the other.
        first = there // _CHUNK * _CHUNK
        loaded = helpers.streaming_bulk(
            client,
            _documents(name, postings, first),
            chunk_size=_CHUNK,
            max_retries=8,  # each after twice the time: the cluster says when it has too much to do
            initial_backoff=1,
            raise_on_error=False,  # or else what was refused once is not tried again
            request_timeout=_BUILD_SECONDS,
        )
        for taken, told in loaded:
            if not taken:
                raise helpers.BulkIndexError("A document was not taken.", [told])
        client.indices.put_settings(
            index=name, body={"index": {"refresh_interval": None}}, request_timeout=_BUILD_SECONDS
        )
        client.indices.refresh(index=name, request_timeout=_BUILD_SECONDS)
        client.indices.put_mapping(index=name, body={"_meta": {"complete": True}}, request_timeout=_BUILD_SECONDS)

    def _settings(self) -> dict[str, Any]:
        return {
            "settings": {
                "number_of_shards": self._shards,
                "auto_expand_replicas": "0-1",
                "refresh_interval": "-1",
                # A question within few articles of many looks at more of the best.
                "max_result_window": 2**31 - 1,
                "similarity": {"default": {"type": "BM25", "k1": K1, "b": B}},
            },
            "mappings": {
                "_meta": {"complete": False},
                "dynamic": False,
                "_source": {"enabled": False},
                "properties": {
                    "terms": {"type": "text", "analyzer": "whitespace", "index_options": "freqs"},
                    "position": {"type": "integer", "index": False},
                },
            },
        }

    def _activate(self, name: str) -> None:
        """Let the alias name *name* alone, and forget older indexes that nobody can serve any more."""
        client = self._cluster.client
        try:
            before = set(client.indices.get_alias(name=self._alias, request_timeout=_BUILD_SECONDS))
        except NotFoundError:
            before = set()
        actions = [{"remove": {"index": old, "alias": self._alias}} for old in before - {name}]
        actions.append({"add": {"index": name, "alias": self._alias}})
        client.indices.update_aliases(body={"actions": actions}, request_timeout=_BUILD_SECONDS)
        found = client.indices.get_settings(index=f"{self._alias}-*", request_timeout=_BUILD_SECONDS)
        for other in found.keys() - before - {name}:
            made = datetime.fromtimestamp(int(found[other]["settings"]["index"]["creation_date"]) / 1000, UTC)
            if made < self._now() - _FORGOTTEN_AFTER:
                client.indices.delete(index=other, ignore_unavailable=True, request_timeout=_BUILD_SECONDS)


class OpenSearchIndex:
    """The documents of one content in a cluster; see `retrieval.index.Index`."""

    name = "opensearch"

    def __init__(self, cluster: Cluster, index: str, activate: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._index = index
        self._activate = activate

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> Hits:
        """See `Index.search`."""
        if not terms or limit < 1:
            return NO_HITS
        heaviest = sorted(terms, key=lambda term: -term.weight)[:MOST_TERMS]
        body = {
            "size": limit,
            "track_total_hits": False,
            "track_scores": True,
            "docvalue_fields": ["position"],
            "query": {
                "bool": {"should": [{"term": {"terms": {"value": one.text, "boost": one.weight}}} for one in heaviest]}
            },
            "sort": [{"_score": "desc"}, {"position": "asc"}],
        }
        answer: Mapping[str, Any] = self._cluster.asked(
            lambda client: client.search(
                index=self._index,
                body=body,
                # Scores agree across shards, and a shard that is silent is no smaller answer but an error.
                search_type="dfs_query_then_fetch",
                allow_partial_search_results=False,
            )
        )
        hits = answer["hits"]["hits"]
        return Hits(
            np.array([hit["fields"]["position"][0] for hit in hits], dtype=np.int64),
            # OpenSearch 3 leaves out a factor, k1 + 1, that is the same for all.
            np.array([hit["_score"] for hit in hits], dtype=np.float64),
        )

    def serve(self) -> None:
        """See `Index.serve`."""
        self._cluster.asked(lambda _: self._activate(self._index))

    def close(self) -> None:
        """Another process may search it; see `serve`."""


def _documents(index: str, postings: Postings, first: int) -> Iterator[dict[str, Any]]:
    for position in range(first, len(postings.lengths)):
        yield {"_index": index, "_id": str(position), "position": position, "terms": " ".join(postings.terms(position))}
