"""How much of a first reading a reload with one changed file and a start cost.

`python -m benchmarks.reloading [ARTICLES]`

The articles are made of the words of the seed. Everything is a ratio within one run; seconds are those that this
machine's processor was busy.
"""

from __future__ import annotations

import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from retrieval.glances import SETTLED_NANOSECONDS
from retrieval.library import Change, Library, Store
from retrieval.loading import load

T = TypeVar("T")

_SEEDS = Path(__file__).parents[1] / "seeds"


def main(count: int) -> None:
    """Print the table."""
    table = Table(
        "What", "CPU seconds", "Share of the first reading", title=f"{count:,} articles", title_justify="left"
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "articles"
        _write(folder, count)
        library = _library(place)
        first, change = _timed(library.reload)
        table.add_row("first reading and index", f"{first:.2f}", "1")
        seconds, _ = _timed(lambda: _activate(library, change))
        table.add_row("activation", f"{seconds:.2f}", f"{seconds / first:.3f}")
        # A file that was written just now is always opened; see `retrieval.glances`.
        time.sleep(SETTLED_NANOSECONDS / 1e9)
        library.waiting()
        changed = folder / "00000.md"
        changed.write_text(changed.read_text(encoding="utf-8") + "\nOne more line.\n", encoding="utf-8")
        seconds, change = _timed(library.reload)
        table.add_row("reading with one file changed", f"{seconds:.2f}", f"{seconds / first:.3f}")
        seconds, _ = _timed(lambda: _activate(library, change))
        table.add_row("activation", f"{seconds:.2f}", f"{seconds / first:.3f}")
        seconds, _ = _timed(_library(place).open)
        table.add_row("start", f"{seconds:.2f}", f"{seconds / first:.3f}")
        shutil.rmtree(Path(place) / "data" / "analysed")
        seconds, _ = _timed(_library(place).open)
        table.add_row("start without what is kept of the analysis", f"{seconds:.2f}", f"{seconds / first:.3f}")
    Console().print(table, f"Most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB")


def _library(place: str) -> Library:
    return Library(Path(place) / "articles", store=Store.at(Path(place) / "data", keep=10))


def _activate(library: Library, change: Change) -> None:
    library.activate(change, by="benchmark", at=datetime.now(UTC))


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.process_time()
    made = work()
    return time.process_time() - began, made


def _write(folder: Path, count: int) -> None:
    """Articles of 10 paragraphs of 40 words each, drawn from the words of the seed and a number of their own."""
    words = " ".join(paragraph.text for _, paragraph in load(_SEEDS).places).split()
    chance = random.Random(1)  # noqa: S311  # text for measuring
    folder.mkdir()
    for number in range(count):
        paragraphs = [" ".join(chance.choices(words, k=40)) + f" {number}." for _ in range(10)]
        text = "\n\n".join([f"# Article {number}", *paragraphs])
        (folder / f"{number:05d}.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
