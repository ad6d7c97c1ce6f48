"""Answers under load, beside a bare bot that only echoes: `python -m benchmarks.load FOLDER [SECONDS]`.

FOLDER is what `benchmarks.debian_text` made. The real programs run as processes of their own against the loopback
Discord of the tests, over HTTP and a WebSocket, in turns. First 100 questions a second for SECONDS (60) over 20,000
paragraphs; then 50 a second, without and with a reload of 100,000 paragraphs. *machine* is the longest that a process
was held up meanwhile which only sleeps: what the machine itself does to everybody. What is found is written to
docs/load.json, docs/load.png and docs/reliability.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count, islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.debian_text import pages
from benchmarks.report import DOCS, markdown, publish
from tests.loopback import MODERATOR, LoopbackDiscord, NotAcknowledged, Program
from tests.soaking import PEOPLE
from tests.test_monitor import free_port, get, meters

Times = list[float]
"""Milliseconds from a question to its answer."""

PER_SECOND, PER_SECOND_BESIDE_A_RELOAD = 100, 50
PARAGRAPHS, RELOADED = 20_000, 100_000
_TURNS = 4
_NAP = 0.005
"""Seconds."""

_LAG_SAMPLES = "quoth_loop_lag_seconds_count"
_ROOT = Path(__file__).parents[1]


async def main(
    source: Path, seconds: float, *, paragraphs: int = PARAGRAPHS, reloaded: int = RELOADED, docs: Path = DOCS
) -> None:
    """Measure, print the table, draw the picture."""
    rows: list[dict[str, Any]] = []
    pictured: dict[str, Times] = {}
    beats: list[Mapping[str, float]] = []

    def tell(name: str, times: Times, lost: int, machine: float, **more: float) -> None:
        pictured[name] = times
        rows.append({"what": name, **_percentiles(times), "lost": lost, "machine": machine, **more})

    with tempfile.TemporaryDirectory() as place, _sleeper() as held_up:
        folder = Path(place)
        articles = folder / "articles"
        questions = written(source, articles, paragraphs)
        port = free_port()
        async with LoopbackDiscord() as discord, LoopbackDiscord() as bare:
            await quoth(discord, folder, articles, port)
            await bare.launch(str(_ROOT / "tests" / "loopback_bot.py"), folder=folder)
            await bare.ready(60)
            for server in (discord, bare):
                await asked(server, questions, PER_SECOND_BESIDE_A_RELOAD, min(2.0, seconds))
            beats.append(meters(port))
            times: dict[str, Times] = {"Quoth": [], "bare bot": []}
            lost, machine = dict.fromkeys(times, 0), dict.fromkeys(times, 0.0)
            for _turn in range(_TURNS):
                for name, server in (("Quoth", discord), ("bare bot", bare)):
                    held_up()
                    its, missing = await asked(server, questions, PER_SECOND, seconds / _TURNS)
                    times[name] += its
                    lost[name] += missing
                    machine[name] = max(machine[name], held_up())
                    server.forget()
            counted = meters(port)
            answered = sum(counted.get(f"quoth_asks_total {one}", 0) for one in ("answered", "weak", "uncovered"))
            if answered < len(times["Quoth"]):
                raise ValueError(f"questions were refused: {counted}")
            for name, its in times.items():
                tell(f"{name}, {PER_SECOND} a second", its, lost[name], machine[name])
            held_up()
            alone, missing = await asked(discord, questions, PER_SECOND_BESIDE_A_RELOAD, seconds)
            tell(f"Quoth, {PER_SECOND_BESIDE_A_RELOAD} a second", alone, missing, held_up())
            written(source, articles, reloaded)
            beats.append(meters(port))
            held_up()
            beside, missing, took = await _beside_a_reload(discord, questions)
            during = f"the same, during a reload of {reloaded:,} paragraphs ({took:.0f} s)"
            tell(during, beside, missing, held_up(), seconds=round(took, 1))
            beats.append(meters(port))
    ratios = {
        "Quoth's p99 in those of the bare bot": _ratio(rows[0], rows[1], "p99"),
        "Quoth's p50 in those of the bare bot": _ratio(rows[0], rows[1], "p50"),
        "p99 during the reload in those without": _ratio(rows[3], rows[2], "p99"),
        "share of the samples of the event loop that were late by 20 ms at most": _within(0.02, beats[0], beats[-1]),
        "the same, during the reload": _within(0.02, beats[-2], beats[-1]),
    }
    keys = ("answers", "lost", "p50", "p95", "p99", "most", "machine")
    table = markdown(
        ["", *keys[:2], *(f"{key} ms" for key in keys[2:])],
        ([row["what"], *(f"{row[key]:,g}" for key in keys)] for row in rows),
    )
    table += "\n" + markdown(["ratio", ""], ([name, f"{value:g}"] for name, value in ratios.items()))
    publish(docs, "load", {"rows": rows, "ratios": ratios}, table, _picture(pictured), "reliability.md")


async def quoth(discord: LoopbackDiscord, folder: Path, articles: Path, port: int) -> Program:
    """The running bot, which answers questions about *articles*; its data are in *folder*."""
    settings = {
        "PYTHONPATH": str(_ROOT),
        "QUOTH_ARTICLES": str(articles),
        "QUOTH_MONITOR_PORT": str(port),
        "QUOTH_ASKS_PER_MINUTE": "600",  # all are in one server
    }
    program = await discord.launch("bot", "run", folder=folder, environment=settings)
    await discord.ready(600)
    await discord.until(lambda: get(port, "/readyz")[0] == 200, 60)
    return program


def written(source: Path, folder: Path, size: int) -> list[str]:
    """Write so many paragraphs as JSON Lines files into *folder*; questions about some of them."""
    chance = random.Random(3)  # noqa: S311  # text for measuring
    folder.mkdir(exist_ok=True)
    questions: list[str] = []
    articles = pages(source, size)
    numbers = count()
    while some := list(islice(articles, 100)):
        rows = [json.dumps({"title": title, "paragraphs": texts}) for title, texts in some]
        (folder / f"{next(numbers):05}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
        for _, texts in some:
            words = chance.choice(texts).split()
            questions.append(f"How does {' '.join(chance.sample(words, min(6, len(words))))}?"[:300])
    return questions


async def asked(
    discord: LoopbackDiscord, questions: Sequence[str], per_second: int, seconds: float
) -> tuple[Times, int]:
    """Questions at an even pace, whatever becomes of the one before: milliseconds of each, and how many were lost."""
    asking = []
    with _not_looking_for_garbage():
        began = time.perf_counter()
        for number in range(round(seconds * per_second)):
            await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            asking.append(asyncio.create_task(_one(discord, questions, number)))
        times = [one for one in await asyncio.gather(*asking) if one is not None]
    return times, len(asking) - len(times)


@contextmanager
def _not_looking_for_garbage() -> Iterator[None]:
    """Let this process not stop for a fifth of a second, which it would measure as the bot's, and ask in a burst."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


async def _one(discord: LoopbackDiscord, questions: Sequence[str], number: int) -> float | None:
    try:
        reply = await discord.slash(
            "ask", {"question": questions[number % len(questions)]}, user=f"member{number % PEOPLE}"
        )
    except NotAcknowledged:
        return None
    return reply.seconds * 1000


async def _beside_a_reload(discord: LoopbackDiscord, questions: Sequence[str]) -> tuple[Times, int, float]:
    times: Times = []
    lost = 0
    began = time.perf_counter()
    reload = await discord.slash("reload", user="otto", permissions=MODERATOR)
    while "reloaded" not in reload.text:
        its, missing = await asked(discord, questions, PER_SECOND_BESIDE_A_RELOAD, 2)
        times += its
        lost += missing
        if time.perf_counter() - began > 1200:
            raise TimeoutError(reload.text)
    return times, lost, time.perf_counter() - began


@contextmanager
def _sleeper() -> Iterator[Callable[[], float]]:
    """What tells the most milliseconds that a process was held up, since the last time, which does nothing but sleep.

    Whatever held it up was not the bot.
    """
    here, there = multiprocessing.Pipe()
    # A fork would take the sockets along.
    process = multiprocessing.get_context("spawn").Process(target=_sleep, args=(there,), daemon=True)
    process.start()
    there.close()

    def held_up() -> float:
        here.send(None)
        most: float = here.recv()
        return round(most, 2)

    try:
        held_up()
        yield held_up
    finally:
        here.close()
        process.join()


def _sleep(asked: Connection) -> None:
    most, before = 0.0, time.perf_counter()
    with contextlib.suppress(EOFError):
        while True:
            if asked.poll(_NAP):
                asked.recv()
                asked.send(most)
                most = 0.0
            else:
                most = max(most, (time.perf_counter() - before - _NAP) * 1000)
            before = time.perf_counter()


def _within(seconds: float, before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """Share of the samples of the loop's lag, from one look at the meters to the other, that were so short."""
    at_most, all_of_them = (
        after[name] - before[name] for name in (f"quoth_loop_lag_seconds_bucket {seconds}", _LAG_SAMPLES)
    )
    return round(at_most / all_of_them, 4)


def _percentiles(times: Times) -> dict[str, float]:
    percentiles = {f"p{at}": round(float(np.percentile(times, at)), 2) for at in (50, 95, 99)}
    return {"answers": len(times), **percentiles, "most": round(max(times), 2)}


def _ratio(one: Mapping[str, float], other: Mapping[str, float], percentile: str) -> float:
    return round(one[percentile] / other[percentile], 1)


def _picture(times: Mapping[str, Times]) -> Figure:
    """Of each the share of answers that came within so many milliseconds."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for name, its in times.items():
        axes.ecdf(its, label=name)
    axes.set(xscale="log", xlabel="ms from the question to its answer", ylabel="share of the answers")
    axes.legend()
    axes.grid(alpha=0.3)
    return figure


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2]) if sys.argv[2:] else 60.0))
