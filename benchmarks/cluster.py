"""OpenSearch with one to three nodes, by size: `python -m benchmarks.cluster FOLDER [PARAGRAPHS…]`.

FOLDER is what `benchmarks.debian_text` made. The nodes are those of the tests: processes of this machine, so that more
of them share its processor and bring none of their own. An index has a shard for each node, and a copy where there is a
second node. Beside it tantivy, in the bot's own process, takes turns with the same questions. Times are of the clock.
What is found is written to docs/cluster.json, docs/cluster.png and docs/benchmarks.md.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.progress import track

from benchmarks.debian_text import corpus
from benchmarks.report import DOCS, markdown, plot, publish
from benchmarks.search import asked_about
from retrieval.analysed import Known
from retrieval.index import Engine, Index, Postings
from retrieval.index.opensearch_index import Cluster, OpenSearchEngine
from retrieval.index.tantivy_index import tantivy_engine
from retrieval.model import Corpus
from retrieval.snapshot import Snapshot
from tests.memory import resident
from tests.opensearch import Nodes

Row = Mapping[str, float]

SIZES = (20_000, 100_000)
NODES = (1, 2, 3)
_PATIENT_SECONDS = 10.0
_LIMIT = 5
_ROUNDS = 3
"""How often all questions are asked. Only the last counts: Java compiles what is often used."""
_COLUMNS = {
    "paragraphs": ",",
    "nodes": "",
    "load s": ".1f",
    "p50 ms": ".1f",
    "p99 ms": ".1f",
    "tantivy p50 ms": ".1f",
    "disk MB": ".1f",
    "memory MB": ",.0f",
}
"""What is told, and how it is written."""


def main(source: Path, sizes: Sequence[int], nodes: Sequence[int] = NODES, docs: Path = DOCS) -> None:
    """Measure, print the table, draw the picture."""
    parts = [corpus(source, size) for size in sizes]
    known = Snapshot(max(parts, key=lambda part: len(part.places))).known
    rows: list[Row] = []
    for number in track(nodes, "Nodes"):
        with closing(Nodes(number)) as cluster:
            rows += [_measured(cluster, part, known) for part in parts]
    rows.sort(key=lambda row: (row["paragraphs"], row["nodes"]))
    cells = ([f"{row[column]:{written}}" for column, written in _COLUMNS.items()] for row in rows)
    lines = {
        f"{column}, {size:,}": [(row["nodes"], row[column]) for row in rows if row["paragraphs"] == size]
        for size in sizes
        for column in ("p50 ms", "p99 ms", "tantivy p50 ms")
    }
    publish(docs, "cluster", {"rows": rows}, markdown([*_COLUMNS], cells), plot("nodes", "ms of a question", lines))


def _measured(nodes: Nodes, part: Corpus, known: Known) -> Row:
    """One size: seconds to load it, milliseconds of a question, and what the nodes have on disk and in memory."""
    engine = _Timed(
        OpenSearchEngine(
            Cluster(nodes.addresses, seconds=_PATIENT_SECONDS),
            f"benchmark-{len(part.places)}",
            revision="1",
            shards=len(nodes.addresses),
            now=lambda: datetime.now(UTC),
        )
    )
    remote = Snapshot(part, engine=engine, known=known)
    local = Snapshot(part, engine=tantivy_engine, known=known)
    contenders = {"OpenSearch": remote, "tantivy": local}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    questions = asked_about(part)
    for question in questions * _ROUNDS:
        for name, snapshot in contenders.items():
            began = time.perf_counter()
            snapshot.search(question, _LIMIT)
            times[name].append((time.perf_counter() - began) * 1000)
    warm = {name: its[-len(questions) :] for name, its in times.items()}
    stored = nodes.client.indices.stats(index=f"quoth-benchmark-{len(part.places)}-*")["_all"]["total"]["store"]
    return {
        "paragraphs": len(part.places),
        "nodes": len(nodes.addresses),
        "load s": round(engine.seconds, 2),
        "p50 ms": round(float(np.percentile(warm["OpenSearch"], 50)), 2),
        "p99 ms": round(float(np.percentile(warm["OpenSearch"], 99)), 2),
        "tantivy p50 ms": round(float(np.percentile(warm["tantivy"], 50)), 2),
        "disk MB": round(stored["size_in_bytes"] / 1024**2, 2),
        "memory MB": round(sum(map(resident, nodes.pids)) / 1024**2),
    }


class _Timed:
    """An engine, and the seconds that its last index took."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.seconds = 0.0

    def __call__(self, postings: Postings, folder: Path | None = None, before: Path | None = None, /) -> Index:
        began = time.perf_counter()
        index = self._engine(postings, folder, before)
        self.seconds = time.perf_counter() - began
        return index


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size.replace("_", "")) for size in sys.argv[2:]] or SIZES)
