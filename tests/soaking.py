"""Many answers one after the other, and what the program's memory grows by."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tests.loopback import LoopbackDiscord, Program

AT_ONCE = 8
"""Questions that are under way at a time."""

PEOPLE = 500
"""Who ask in turn, so that nobody asks too often. What is remembered of each for a minute is there after the warm-up."""


async def grown(
    discord: LoopbackDiscord,
    program: Program,
    questions: Sequence[str],
    answers: int,
    progress: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> dict[int, float]:
    """Megabytes that the program has in memory after so many answers, from a tenth of them on."""
    megabytes: dict[int, float] = {}
    step = max(1, min(2000, answers // 10))
    for done in progress(range(step, answers + 1, step)):
        batch = range(done - step, done)
        await asyncio.gather(*(_ask(discord, questions, batch[at::AT_ONCE]) for at in range(AT_ONCE)))
        discord.forget()
        if done * 10 >= answers:
            megabytes[done] = round(resident(program.process.pid) / 1024**2, 2)
    return megabytes


async def _ask(discord: LoopbackDiscord, questions: Sequence[str], numbers: range) -> None:
    for number in numbers:
        question = questions[number % len(questions)]
        reply = await discord.slash("ask", {"question": question}, user=f"member{number % PEOPLE}")
        assert reply.text, question


def resident(process: int) -> int:
    """Bytes that the process has in memory."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def mapped_memory(folder: Path) -> int:
    """Kilobytes of the mapped files in *folder* that count as this process's memory."""
    ours, total = False, 0
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        name, *told = line.split()
        if "-" in name and not name.endswith(":"):
            ours = str(folder) in line
        elif ours and name == "Rss:":
            total += int(told[0])
    return total
