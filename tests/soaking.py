"""Many answers one after the other, and what the program's memory grows by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from tests.loopback import LoopbackDiscord, Program
from tests.memory import resident

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
