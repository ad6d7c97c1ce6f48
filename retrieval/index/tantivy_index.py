"""The engine of large collections: tantivy, in memory, which changes as little as its collection does."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tantivy import Document, Index, Occur, Query, SchemaBuilder, Searcher

from retrieval.index import NO_HITS, Hits, Postings, WeightedTerm

_WRITER_BYTES: Final = 64_000_000
_PLACE_BITS: Final = 32
_MOST_GONE: Final = 0.1
"""Share of what was ever indexed that may be gone: what is gone counts in tantivy's idf until it is merged away."""

_SCHEMA: Final = (
    SchemaBuilder()
    .add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    # A text, because deleting by an unsigned field deletes nothing.
    .add_text_field("group", tokenizer_name="raw", index_option="basic")
    .add_unsigned_field("place", fast=True)
    .build()
)


class TantivyEngine:
    """Builds each index out of the one before: only groups of documents that are new are indexed.

    tantivy keeps a paragraph's length in one byte, so scores, and with them the order of what is nearly equal, differ a
    little from those of rank-bm25.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._renew()

    def __call__(self, postings: Postings) -> TantivyIndex:
        """The finished index; those that were built before go on."""
        with self._lock:
            wanted = dict.fromkeys(postings.groups)
            gone = [group for group in self._held if group not in wanted]
            ever = self._next + sum(group not in self._held for group in wanted)
            if self._gone + len(gone) > _MOST_GONE * ever:
                self._renew()
                gone = []
            new = [(at, group) for at, group in enumerate(postings.groups) if group not in self._held]
            if gone or new:
                try:
                    self._write(postings, gone, new)
                except BaseException:
                    self._renew()  # what is held is not known any more
                    raise
            return TantivyIndex(self._index.searcher(), postings, self._held)

    def _renew(self) -> None:
        self._index = Index(_SCHEMA)
        self._held: dict[Hashable, int] = {}
        """The number under which the documents of each group are indexed."""
        self._next = self._gone = 0

    def _write(self, postings: Postings, gone: Sequence[Hashable], new: Sequence[tuple[int, Hashable]]) -> None:
        writer = self._index.writer(_WRITER_BYTES, num_threads=1)
        for group in gone:
            writer.delete_documents_by_term("group", str(self._held.pop(group)))
        for at, group in new:
            number = self._held[group] = self._next
            self._next += 1
            first, end = postings.group_first[at : at + 2].tolist()
            for position in range(first, end):
                document = Document()
                document.add_text("terms", " ".join(postings.terms(position)))
                document.add_text("group", str(number))
                document.add_unsigned("place", number << _PLACE_BITS | position - first)
                writer.add_document(document)
        self._gone += len(gone)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()


class TantivyIndex:
    """One state of what is indexed; see `retrieval.index.Index`."""

    name = "tantivy"

    def __init__(self, searcher: Searcher, postings: Postings, held: Mapping[Hashable, int]) -> None:
        self._searcher = searcher
        numbers = np.array([held[group] for group in postings.groups], dtype=np.int64)
        self._first: NDArray[np.int64] = np.zeros(int(numbers.max(initial=-1)) + 1, dtype=np.int64)
        """The position of the first document of a group, by the group's number."""
        self._first[numbers] = postings.group_first[:-1]

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> Hits:
        """See `Index.search`."""
        if not terms or limit < 1:
            return NO_HITS
        query = Query.boolean_query(
            [
                (Occur.Should, Query.boost_query(Query.term_query(_SCHEMA, "terms", term.text, "freq"), term.weight))
                for term in terms
            ]
        )
        hits = self._searcher.search(query, limit, count=False).hits
        places = np.array(self._searcher.fast_field_values("place", [place for _, place in hits]), dtype=np.int64)
        groups, offsets = np.divmod(places, 1 << _PLACE_BITS)
        positions = self._first[groups] + offsets
        scores = np.array([score for score, _ in hits])
        best = np.lexsort((positions, -scores))
        return Hits(positions[best], scores[best])

    def serve(self) -> None:
        """Nobody else searches it."""

    def close(self) -> None:
        """Nothing is held outside the process's memory."""
