"""Where an `/ask` spends its time, by the size of the collection: `python -m benchmarks.shares FOLDER [PARAGRAPHS…]`.

FOLDER is what `benchmarks.debian_text` made. Questions are asked one after the other, from `Service.ask` to what
Discord is sent, and each is in the log before the next is asked. Functions of the bot are wrapped for that time; each
counts without what it calls of the others. Times are of this machine's processor, so the shares say more than the
milliseconds. What is found is written to docs/shares.json, docs/shares.png and docs/benchmarks.md.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from threading import local
from typing import ParamSpec, TypeVar
from unittest.mock import patch

from discord import MessageFlags
from discord.webhook.async_ import interaction_message_response_params
from matplotlib.figure import Figure
from rich.progress import track

from benchmarks.report import DOCS, markdown, publish
from benchmarks.serving import Served, serving
from bot.cards import Offers, answer_card
from bot.querylog import Door, QueryLog, Writer
from bot.service import Answer
from bot.ui.view import CardView
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.index.tantivy_index import TantivyIndex
from retrieval.ranking import Ranker
from retrieval.snapshot import Snapshot

P = ParamSpec("P")
R = TypeVar("R")
Row = Mapping[str, float]

SIZES = (1_000, 20_000, 100_000)
_QUESTIONS = 300
_WARMING = 20
_LOGGED_SECONDS = 10

_OF: dict[str, Sequence[tuple[type, str]]] = {
    "analyse": [(Snapshot, "_read")],
    "search": [(RankBm25Index, "search"), (TantivyIndex, "search")],
    "rank": [(Ranker, "ranked")],
    "gate": [(Snapshot, "_decided")],
    "quote": [(Snapshot, "_passage"), (Snapshot, "_missing")],
    "log": [(Writer, "put"), (QueryLog, "write")],
}
"""The functions in which each stage is done."""
STAGES = ("analyse", "search", "rank", "gate", "quote", "render", "log", "rest")
"""In the order of an `/ask`; the rest is going to the thread and back, and what the service checks."""


class Stopwatch:
    """Seconds of the processor by stage, of any number of threads."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._here = local()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What is done now is of that stage; the stage around it, if there is one, stands still."""
        around: list[str] = self._here.__dict__.setdefault("stages", [])
        self._turn(around)
        around.append(name)
        try:
            yield
        finally:
            self._turn(around)
            around.pop()

    def timed(self, name: str, function: Callable[P, R]) -> Callable[P, R]:
        """*function*, as a stage of that name."""

        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.stage(name):
                return function(*args, **kwargs)

        return timed

    def _turn(self, around: Sequence[str]) -> None:
        now = time.thread_time()
        if around:
            self.seconds[around[-1]] += now - self._here.since
        self._here.since = now


async def main(source: Path, sizes: Sequence[int], docs: Path = DOCS) -> None:
    """Measure, print the table, draw the picture."""
    rows = []
    for size in track(sizes, "Sizes"):
        async with serving(source, size) as served:
            rows.append({"paragraphs": size, **await _measured(served)})
    headings = ["paragraphs", "CPU ms", *STAGES]
    cells = ([f"{row['paragraphs']:,}", f"{row['ms']:.2f}", *(f"{row[stage]:.1%}" for stage in STAGES)] for row in rows)
    publish(docs, "shares", {"questions": _QUESTIONS, "rows": rows}, markdown(headings, cells), _picture(rows))


async def _measured(served: Served) -> Row:
    """Milliseconds of a question, and the share of each stage."""
    chance = random.Random(4)  # noqa: S311  # text for measuring
    stopwatch = Stopwatch()
    with ExitStack() as wrapped:
        for stage, functions in _OF.items():
            for owner, name in functions:
                wrapped.enter_context(patch.object(owner, name, stopwatch.timed(stage, getattr(owner, name))))
        await _asked(served, chance.choices(served.questions, k=_WARMING), stopwatch)
        stopwatch.seconds.clear()
        began = time.process_time()
        await _asked(served, chance.choices(served.questions, k=_QUESTIONS), stopwatch)
        whole = time.process_time() - began
    stopwatch.seconds["rest"] = whole - sum(stopwatch.seconds.values())
    shares = {stage: round(stopwatch.seconds[stage] / whole, 4) for stage in STAGES}
    return {"ms": round(whole / _QUESTIONS * 1000, 3), **shares}


async def _asked(served: Served, questions: Sequence[str], stopwatch: Stopwatch) -> None:
    for number, question in enumerate(questions):
        answer = await served.service.ask(question, door=Door.SLASH, server=1, asker=number)
        with stopwatch.stage("render"):
            _sent(answer)
        served.writer.settle(_LOGGED_SECONDS)


def _sent(answer: Answer) -> bytes:
    """The body of the request that answers the interaction, as discord.py makes it; see `bot.ui.reply`."""
    card = answer_card(answer, Offers(judging=True, telling=True))
    parameters = interaction_message_response_params(type=4, view=CardView(card), flags=MessageFlags())
    return json.dumps(parameters.payload, separators=(",", ":")).encode()


def _picture(rows: Sequence[Row]) -> Figure:
    """A bar for each size, from left to right as an `/ask` goes."""
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots()
    names = [f"{row['paragraphs']:,}" for row in rows]
    done = [0.0] * len(rows)
    for stage in STAGES:
        widths = [row[stage] * row["ms"] for row in rows]
        axes.barh(names, widths, left=done, label=stage)
        done = [left + width for left, width in zip(done, widths, strict=True)]
    axes.set(xlabel="CPU ms of an /ask", ylabel="paragraphs")
    figure.legend(loc="outside right upper")
    return figure


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), [int(size.replace("_", "")) for size in sys.argv[2:]] or SIZES))
