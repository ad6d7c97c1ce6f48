"""The running program while its clock is set: nothing of what people see depends on what time it is."""

from __future__ import annotations

import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import app
from bot.database import SqliteDatabase
from bot.querylog import QueryLog
from bot.settings import LogMode
from tests.loopback import MODERATOR, LoopbackDiscord
from tests.test_process import QUESTION, running
from tests.test_querylog import recent

DAY = 24 * 3600


@pytest.mark.parametrize("days", [-1, 1])
async def test_clock_that_is_set_costs_no_answer_no_reload_and_no_pause(
    tmp_path: Path, articles: Path, days: int
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("0")
    settings = {"LOOPBACK_CLOCK": str(clock), "QUOTH_ASKS_PER_MINUTE": "2"}
    async with LoopbackDiscord() as discord, running(tmp_path, discord, articles, **settings) as program:
        await discord.slash("ask", {"question": QUESTION}, user="mira")

        set_to(clock, days * DAY)
        (articles / "harbour.md").write_text("# Harbour\n\nThe harbour froze in January.\n")
        reload = await discord.slash("reload", user="otto", permissions=MODERATOR)
        await discord.until(lambda: "reloaded" in reload.text, 30)
        frozen = await discord.slash("ask", {"question": "When did the harbour freeze?"}, user="mira")
        held_back = await discord.slash("ask", {"question": QUESTION}, user="mira")
        other = await discord.slash("ask", {"question": QUESTION}, user="anna")

        assert "froze in January" in frozen.text
        # Who has asked twice waits for what is left of a minute, whatever day it is.
        seconds = re.search(r"You can ask again in (\d+) seconds", held_back.text)
        assert seconds is not None, held_back.text
        assert 30 < int(seconds[1]) <= 60
        assert "2008" in other.text

        set_to(clock, 0)
        assert "2008" in (await discord.slash("ask", {"question": QUESTION}, user="lena")).text
        assert await program.stop(signal.SIGTERM) == 0
        assert "Traceback" not in program.output
    database = SqliteDatabase(tmp_path / "data" / app.DATABASE)
    times = sorted(row.at for row in recent(QueryLog(database, mode_of=lambda server: LogMode.FULL), 10))
    database.close()
    assert len(times) == 4
    # It was wrong indeed.
    assert timedelta(hours=23) < times[-1] - times[0] < timedelta(hours=25)
    assert abs(datetime.now(UTC) - times[0 if days > 0 else -1]) < timedelta(hours=1)


def set_to(clock: Path, seconds: int) -> None:
    """Let the program's clock be wrong by *seconds*; it never reads half a number."""
    draft = clock.with_name("draft")
    draft.write_text(str(seconds))
    draft.replace(clock)
