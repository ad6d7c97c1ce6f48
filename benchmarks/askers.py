"""Answers a second by how many ask at once: `python -m benchmarks.askers FOLDER [PARAGRAPHS…]`.

FOLDER is what `benchmarks.debian_text` made. Each asker asks the next question when the last is answered:
`Snapshot.search` from threads, `Service.ask` with its log from one event loop, and from threads the usual rank-bm25
bot, which splits at spaces and only scores. All take turns. Seconds are of the clock, so others on the machine count
and only the ratios say something. What is found is written to docs/askers.json, docs/askers.png and docs/benchmarks.md.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from statistics import median

from rich.progress import track

from benchmarks.report import DOCS, markdown, plot, publish
from benchmarks.search import usual_bot
from benchmarks.serving import Served, serving
from bot.querylog import Door

Row = Mapping[str, float]

SIZES = (20_000, 100_000)
ASKERS = (1, 2, 8)
_SEARCH, _ASK, _USUAL = CONTENDERS = ("Snapshot.search", "Service.ask", "usual rank-bm25 bot")
_SECONDS = 3.0
_ROUNDS = 3
_PASSAGES = 4
"""What `/ask` looks for to show three."""


async def main(source: Path, sizes: Sequence[int], docs: Path = DOCS, seconds: float = _SECONDS) -> None:
    """Measure, print the table, draw the picture."""
    rows: list[Row] = []
    for size in track(sizes, "Sizes"):
        async with serving(source, size) as served:
            rows += await _measured(served, size, seconds)
    cells = (
        [
            *(f"{row[key]:,}" for key in ("paragraphs", "askers")),
            *(f"{row[name]:.1f}" for name in CONTENDERS),
            *(f"{row[name] / row[_USUAL]:.1f}" for name in (_SEARCH, _ASK)),
        ]
        for row in rows
    )
    beside = [f"{name}, times the usual bot" for name in (_SEARCH, _ASK)]
    lines = {
        f"{name}, {size:,}": [(row["askers"], row[name]) for row in rows if row["paragraphs"] == size]
        for size in sizes
        for name in CONTENDERS
    }
    picture = plot("askers", "answers a second", lines)
    publish(docs, "askers", {"rows": rows}, markdown(["paragraphs", "askers", *CONTENDERS, *beside], cells), picture)


async def _measured(served: Served, size: int, seconds: float) -> list[Row]:
    """Answers a second of each, a row for each number of askers: the median of some rounds."""
    questions = random.Random(5).choices(served.questions, k=1000)  # noqa: S311  # text for measuring
    usual = usual_bot(served.snapshot.corpus)
    rates: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    for _round in range(_ROUNDS):
        for askers in ASKERS:
            rates[_SEARCH, askers].append(
                in_threads(lambda question: served.snapshot.search(question, _PASSAGES), questions, askers, seconds)
            )
            rates[_ASK, askers].append(
                await in_a_loop(
                    lambda question: served.service.ask(question, door=Door.SLASH), questions, askers, seconds
                )
            )
            rates[_USUAL, askers].append(in_threads(usual, questions, askers, seconds))
    return [
        {"paragraphs": size, "askers": askers, **{name: round(median(rates[name, askers]), 2) for name in CONTENDERS}}
        for askers in ASKERS
    ]


def in_threads(ask: Callable[[str], object], questions: Sequence[str], askers: int, seconds: float) -> float:
    """Answers a second of so many threads."""
    began = time.perf_counter()

    def answered(number: int) -> int:
        own, answers = cycle(questions[number::askers]), 0
        while time.perf_counter() < began + seconds:
            ask(next(own))
            answers += 1
        return answers

    with ThreadPoolExecutor(askers) as pool:
        answers = sum(pool.map(answered, range(askers)))
    return answers / (time.perf_counter() - began)


async def in_a_loop(
    ask: Callable[[str], Awaitable[object]], questions: Sequence[str], askers: int, seconds: float
) -> float:
    """Answers a second of so many tasks."""
    began = time.perf_counter()

    async def answered(number: int) -> int:
        own, answers = cycle(questions[number::askers]), 0
        while time.perf_counter() < began + seconds:
            await ask(next(own))
            answers += 1
        return answers

    answers = sum(await asyncio.gather(*map(answered, range(askers))))
    return answers / (time.perf_counter() - began)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), [int(size.replace("_", "")) for size in sys.argv[2:]] or SIZES))
