"""Building, changing and starting by the size of the collection: `python -m benchmarks.growth FOLDER [PARAGRAPHS…]`.

FOLDER is what `benchmarks.debian_text` made. Of each size: the first reading with its index, and the least that takes,
the analysis and plain tantivy fed with its terms; a reload with one changed article, and a start up to its first
answer, in processes of their own; the memory of the whole bot some seconds after its first answer, and the most that
all processes of a reading had together; what lies on disk. Seconds are those of this machine's processor, with the
children that read the files; only ratios of one run say something. What is found is written to docs/growth.json,
docs/growth.png and docs/benchmarks.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread

import numpy as np
from rich.progress import track

from benchmarks.debian_text import corpus
from benchmarks.load import quoth, written
from benchmarks.report import DOCS, markdown, plot, publish
from benchmarks.search import plain_index
from bot.app import COLLECTIONS
from retrieval.analysed import Analysed, Vocabulary, analysed
from retrieval.analysis import analyzer
from retrieval.apart import READERS
from retrieval.glances import SETTLED_NANOSECONDS
from retrieval.index.auto import auto_engine
from retrieval.library import Library, Store
from tests.loopback import LoopbackDiscord
from tests.memory import descendants, resident
from tests.test_monitor import free_port

SIZES = (1_000, 10_000, 100_000, 1_000_000)
_COLUMNS = ("build s", "least s", "reload s", "start s", "memory MB", "making MB", "disk MB")

_QUESTION = "When did the harbour freeze?"
_LOOKING_SECONDS = 10.0
"""How long the bot may look through what lies on disk."""

Row = dict[str, float]


def main(source: Path, sizes: Sequence[int], docs: Path = DOCS) -> None:
    """Measure, print the table, draw the picture."""
    rows: list[Row] = []
    for size in track(sizes, "Sizes"):
        with tempfile.TemporaryDirectory() as place:
            written(source, Path(place) / "articles", size)
            rows.append({"paragraphs": size} | _apart(_changed, place) | _apart(_started, place))
        rows[-1] |= _apart(_least, str(source), size)
    cells = ([f"{row['paragraphs']:,.0f}", *(f"{row[column]:g}" for column in _COLUMNS)] for row in rows)
    lines = {column: [(row["paragraphs"], row[column]) for row in rows] for column in _COLUMNS}
    picture = plot("paragraphs", "", lines)
    publish(docs, "growth", {"rows": rows}, markdown(["paragraphs", *_COLUMNS], cells), picture)


def _apart(work: Callable[..., Row], *given: object) -> Row:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def _changed(place: str) -> Row:
    """The first reading, and a reload with one more article in one of the files."""
    library = _library(place)
    making = Making()
    making.start()
    build = _seconds(lambda: _reload(library))
    # A file that was written just now is always opened; see `retrieval.glances`.
    time.sleep(SETTLED_NANOSECONDS / 1e9)
    library.waiting()
    new = {"title": "A new article", "paragraphs": ["The harbour froze in January, and the nets were mended."]}
    (Path(place) / "articles" / "new.jsonl").write_text(json.dumps(new) + "\n", encoding="utf-8")
    return {"build s": build, "reload s": _seconds(lambda: _reload(library)), "making MB": making.ended()}


class Making(Thread):
    """Watches what memory the processes of this one have together."""

    def __init__(self) -> None:
        super().__init__(name="making", daemon=True)
        self._most = 0
        self._end = Event()

    def run(self) -> None:
        """Five times a second."""
        while not self._end.wait(0.2):
            total = 0
            for process in descendants(os.getpid()):
                with contextlib.suppress(OSError):  # it has just ended
                    total += resident(process)
            self._most = max(self._most, total)

    def ended(self) -> int:
        """The most megabytes so far; it watches no longer."""
        self._end.set()
        return round(self._most / 1024**2)


def _started(place: str) -> Row:
    """A start and its first answer."""
    library = _library(place)

    def start() -> None:
        library.open()
        library.current.search(_QUESTION, 3)

    seconds = _seconds(start)
    data = sum(path.stat().st_size for path in (Path(place) / "data").rglob("*") if path.is_file())
    memory = asyncio.run(_answering(Path(place)))
    return {"start s": seconds, "memory MB": round(memory / 1024**2), "disk MB": round(data / 1024**2, 1)}


async def _answering(place: Path) -> int:
    """The memory of the bot itself, in bytes, once it has answered and looked through what lies on disk."""
    async with LoopbackDiscord() as discord:
        program = await quoth(discord, place, place / "articles", free_port())
        await discord.slash("ask", {"question": _QUESTION}, user="mira")
        await asyncio.sleep(_LOOKING_SECONDS)
        return resident(program.process.pid)


def _least(source: str, size: int) -> Row:
    """The analysis, and plain tantivy fed with what comes of it."""
    part, english, vocabulary = corpus(Path(source), size), analyzer("en"), Vocabulary()
    found: list[Analysed] = []
    seconds = _seconds(lambda: found.extend(analysed(article, english, vocabulary) for article in part.articles))
    names = [*vocabulary.terms]
    texts = [
        " ".join(map(names.__getitem__, terms.tolist()))
        for one in found
        for terms in np.split(one.terms, np.cumsum(one.lengths)[:-1])[1:]
    ]
    return {"least s": round(seconds + _seconds(lambda: plain_index(texts)), 2)}


def _library(place: str) -> Library:
    store = Store.at(Path(place) / "data" / COLLECTIONS / "shared", keep=10)
    return Library(Path(place) / "articles", engine=auto_engine, store=store)


def _reload(library: Library) -> None:
    library.activate(library.reload(), by="benchmark", at=datetime.now(UTC))
    READERS.end()  # what a child took counts once it has ended


def _seconds(work: Callable[[], object]) -> float:
    before = os.times()
    work()
    return round(sum(now - then for now, then in zip(os.times()[:4], before[:4], strict=True)), 2)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size.replace("_", "")) for size in sys.argv[2:]] or SIZES)
