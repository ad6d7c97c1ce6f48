"""What the memory of the bot grows by in a week of answers: `python -m benchmarks.soak [ANSWERS]`.

604,800 answers are one a second for a week; here they come as fast as the machine gives them, eight at a time, over
HTTP and a WebSocket from the loopback Discord of the tests, to the real program with the articles in `seeds/`. What is
found is written to docs/soak.json, docs/soak.png and docs/reliability.md. `tests/test_soak.py` asks for 24,000.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure
from rich.progress import track

from benchmarks.report import DOCS, markdown, publish
from tests.conftest import SEEDS
from tests.loopback import LoopbackDiscord
from tests.soaking import grown
from tests.test_process import running
from tests.test_soak import QUESTIONS

WEEK = 604_800


async def main(answers: int, docs: Path = DOCS) -> None:
    """Measure, print the table, draw the picture."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        async with (
            LoopbackDiscord() as discord,
            running(Path(place), discord, SEEDS, QUOTH_ASKS_PER_MINUTE="600") as program,
        ):
            await discord.until(lambda: "Ready as" in program.output)
            memory = await grown(discord, program, QUESTIONS, answers, lambda steps: track(steps, "Answers"))
            status = await program.stop()
    if status:
        raise ValueError(f"the bot ended with status {status}")
    first, last = min(memory), max(memory)
    found = {"answers": answers, "seconds": round(time.monotonic() - began), "memory_mb": memory}
    row = (f"{answers:,}", f"{first:,}", f"{memory[first]:.1f}", f"{memory[last]:.1f}", f"{max(memory.values()):.1f}")
    headings = ["answers", "warm-up", "memory MB after it", "at the end", "at most"]
    publish(docs, "soak", found, markdown(headings, [row]), _picture(memory), "reliability.md")


def _picture(memory: Mapping[int, float]) -> Figure:
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot([*memory], [*memory.values()])
    axes.set(xlabel="answers", ylabel="memory MB", ylim=(0, 1.25 * max(memory.values())))
    axes.grid(alpha=0.3)
    return figure


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1].replace("_", "")) if sys.argv[1:] else WEEK))
