"""Answers under load, beside a bare bot that only echoes: `python -m benchmarks.load FOLDER [SECONDS [ANSWERS]]`.

FOLDER is what `benchmarks.debian_text` made. The real programs run as processes of their own against the loopback
Discord of the tests, over HTTP and a WebSocket, in turns. First 100 questions a second for SECONDS (60) over 20,000
paragraphs; then 50 a second, without and with a reload of 100,000 paragraphs; then as many ANSWERS as are wanted one
after the other, with what the memory grows by: 604,800 are one a second for a week. What is found is written to
docs/load.json and docs/load.png.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.machine import machine
from tests.loopback import MODERATOR, LoopbackDiscord, NotAcknowledged, Program
from tests.soaking import PEOPLE, grown
from tests.test_monitor import free_port, get, meters

Times = list[float]
"""Milliseconds from a question to its answer."""

PER_SECOND, PER_SECOND_BESIDE_A_RELOAD = 100, 50
PARAGRAPHS, RELOADED = 20_000, 100_000
_TURNS = 4
_ROOT = Path(__file__).parents[1]
_DOCS = _ROOT / "docs"


async def main(source: Path, seconds: int, answers: int) -> None:
    """Measure, print the tables, draw the picture."""
    console = Console()
    told: dict[str, Any] = {**machine(), "answers": answers}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        articles = folder / "articles"
        questions = written(source, articles, PARAGRAPHS)
        port = free_port()
        async with LoopbackDiscord() as discord, LoopbackDiscord() as bare:
            program = await _quoth(discord, folder, articles, port)
            await bare.launch(str(_ROOT / "tests" / "loopback_bot.py"), folder=folder)
            await bare.ready(60)
            times: dict[str, Times] = {"Quoth": [], "bare bot": []}
            lost = dict.fromkeys(times, 0)
            for _turn in range(_TURNS):
                for name, server in (("Quoth", discord), ("bare bot", bare)):
                    its, missing = await asked(server, questions, PER_SECOND, seconds / _TURNS)
                    times[name] += its
                    lost[name] += missing
                    server.forget()
            told["load"] = {name: _percentiles(its) | {"lost": lost[name]} for name, its in times.items()}
            counted = meters(port)
            answered = sum(counted.get(f"quoth_asks_total {one}", 0) for one in ("answered", "weak", "uncovered"))
            if answered < len(times["Quoth"]):
                raise ValueError(f"questions were refused: {counted}")
            told["loop_lag_ms"] = {"up to 20 ms, share": _within(counted, 0.02)}
            console.print(_table(f"{PER_SECOND} questions a second for {seconds} s", told["load"]))

            alone, lost_alone = await asked(discord, questions, PER_SECOND_BESIDE_A_RELOAD, seconds)
            written(source, articles, RELOADED)
            beside, lost_beside, took = await _beside_a_reload(discord, questions)
            told["reload"] = {
                "without": _percentiles(alone) | {"lost": lost_alone},
                "with": _percentiles(beside) | {"lost": lost_beside},
            }
            told["reload_seconds"] = round(took, 1)
            title = f"{PER_SECOND_BESIDE_A_RELOAD} a second, and a reload of {RELOADED:,} paragraphs ({took:.0f} s)"
            console.print(_table(title, told["reload"]))

            memory = await grown(discord, program, questions, answers, track) if answers else {}
            told["memory_mb"] = memory
        console.print(told["loop_lag_ms"], _growth(memory) if memory else "")
    (_DOCS / "load.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    _picture({"Quoth": times["Quoth"], "bare bot": times["bare bot"], "Quoth, 50/s": alone, "Quoth, reload": beside})


async def _quoth(discord: LoopbackDiscord, folder: Path, articles: Path, port: int) -> Program:
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
    with (source / "articles.jsonl").open(encoding="utf-8") as lines:
        for number in count():
            rows: list[str] = []
            while size > 0 and len(rows) < 100 and (line := lines.readline()):
                row = json.loads(line)
                texts = row["paragraphs"][:size]
                size -= len(texts)
                rows.append(json.dumps({"title": row["title"], "paragraphs": texts}))
                words = chance.choice(texts).split()
                questions.append(f"How does {' '.join(chance.sample(words, min(6, len(words))))}?"[:300])
            if not rows:
                break
            (folder / f"{number:04}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return questions


async def asked(
    discord: LoopbackDiscord, questions: Sequence[str], per_second: int, seconds: float
) -> tuple[Times, int]:
    """Questions at an even pace, whatever becomes of the one before: milliseconds of each, and how many were lost."""
    asking = []
    began = time.perf_counter()
    for number in range(round(seconds * per_second)):
        await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        asking.append(asyncio.create_task(_one(discord, questions, number)))
    times = [one for one in await asyncio.gather(*asking) if one is not None]
    return times, len(asking) - len(times)


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


def _growth(memory: Mapping[int, float]) -> str:
    first, last = min(memory), max(memory)
    return f"Memory: {memory[first]:.1f} MB after {first:,} answers, {memory[last]:.1f} MB after {last:,}"


def _within(counted: Mapping[str, float], seconds: float) -> float:
    """Share of the samples of the loop's lag that were so short."""
    return round(counted[f"quoth_loop_lag_seconds_bucket {seconds}"] / counted["quoth_loop_lag_seconds_count"], 4)


def _percentiles(times: Times) -> dict[str, float]:
    return {"answers": len(times)} | {f"p{at}": round(float(np.percentile(times, at)), 2) for at in (50, 95, 99)}


def _table(title: str, rows: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table("", "Answers", "Lost", "p50 ms", "p95 ms", "p99 ms", title=title, title_justify="left")
    for name, row in rows.items():
        table.add_row(name, *(f"{row[key]:g}" for key in ("answers", "lost", "p50", "p95", "p99")))
    one, other = (row["p99"] for row in rows.values())
    table.caption = f"p99: {max(one, other) / min(one, other):.1f} times"
    return table


def _picture(times: Mapping[str, Times]) -> None:
    """Of each the share of answers that came within so many milliseconds."""
    mpl.use("Agg")
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for name, its in times.items():
        axes.ecdf(its, label=name)
    axes.set(xscale="log", xlabel="ms from the question to its answer", ylabel="share of the answers")
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(_DOCS / "load.png", dpi=120)


if __name__ == "__main__":
    source, *numbers = sys.argv[1:]
    asyncio.run(
        main(Path(source), *(int(number.replace("_", "")) for number in (*numbers, *("60", "0")[len(numbers) :])))
    )
