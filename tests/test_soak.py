"""A bot that runs for long: a part of the week that `python -m benchmarks.soak` runs."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import SEEDS
from tests.loopback import LoopbackDiscord
from tests.soaking import grown
from tests.test_process import QUESTION, running

ANSWERS = 24_000
QUESTIONS = (
    QUESTION,
    "Who unveiled a plaque?",
    "Who agreed to establish diplomatic ties?",
    "Which whale sang at noon?",
)


async def test_many_answers_take_no_more_memory_than_few(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord, SEEDS, QUOTH_ASKS_PER_MINUTE="600") as program:
        await discord.until(lambda: "Ready as" in program.output)

        resident = await grown(discord, program, QUESTIONS, ANSWERS)

        assert resident[max(resident)] - resident[min(resident)] <= 10
        assert await program.stop() == 0
