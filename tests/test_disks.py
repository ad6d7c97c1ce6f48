"""The running program on disks that fail it: answers go on, the log says why, and nothing needs a hand."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bot import app
from bot.database import SqliteDatabase
from bot.querylog import QueryLog
from bot.settings import LogMode
from tests.disks import fill, mounted, turn
from tests.loopback import MODERATOR, LoopbackDiscord, Program
from tests.test_process import QUESTION, running
from tests.test_querylog import recent

ON = "Answers go on"


async def answers(discord: LoopbackDiscord) -> None:
    assert "2008" in (await discord.slash("ask", {"question": QUESTION}, user=str(random.random()))).text


async def answers_until_it_says(sentence: str, program: Program, discord: LoopbackDiscord) -> None:
    async with asyncio.timeout(30):
        while sentence not in program.output:
            await answers(discord)
            await asyncio.sleep(0.2)


async def ends_well(program: Program) -> None:
    assert await program.stop() == 0
    assert "Traceback" not in program.output


def kept(data: Path) -> list[str]:
    database = SqliteDatabase(data / app.DATABASE)
    found = recent(QueryLog(database, mode_of=lambda server: LogMode.FULL), 100)
    database.close()
    return [row.question or "" for row in found]


async def test_full_disk_costs_no_answer_and_what_waited_is_written_when_there_is_room(
    tmp_path: Path, articles: Path
) -> None:
    with mounted(tmp_path / "disk", "3m") as disk:
        data = disk / "data"
        async with LoopbackDiscord() as discord, running(tmp_path, discord, articles, QUOTH_DATA=str(data)) as program:
            await answers(discord)
            ballast = fill(disk)
            (articles / "harbour.md").write_text("# Harbour\n\nThe harbour froze in January.\n")
            await answers_until_it_says(ON, program, discord)
            reload = await discord.slash("reload", user="otto", permissions=MODERATOR)
            await discord.until(lambda: "No space left on device" in reload.text)
            frozen = await discord.slash("ask", {"question": "When did the harbour freeze?"}, user="mira")
            assert "froze in January" in frozen.text, "it serves all the same, until the end"

            ballast.unlink()
            await discord.until(lambda: "The database can be written again." in program.output)
            await ends_well(program)
        assert "When did the harbour freeze?" in kept(data)


async def test_disk_that_is_read_only_costs_no_answer(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "3m") as disk:
        data = disk / "data"
        for way in ("rw", "ro"):
            turn(disk, way)
            async with LoopbackDiscord() as discord, running(tmp_path, discord, QUOTH_DATA=str(data)) as program:
                await answers(discord)
                if way == "ro":
                    await discord.until(lambda: ON in program.output)
                    await answers(discord)
                await ends_well(program)
        turn(disk, "rw")
        assert kept(data) == [QUESTION]


async def test_database_that_is_damaged_while_the_bot_runs_is_set_aside_and_a_new_one_begun(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        await answers(discord)
        data = tmp_path / "data"
        await discord.until(lambda: kept(data) == [QUESTION])
        for path in data.glob(f"{app.DATABASE}*"):
            path.write_bytes(b"no database " * 1000)
        await answers_until_it_says("It is damaged and was set aside as quoth.sqlite3.damaged-", program, discord)
        asked = await discord.slash("ask", {"question": "Who is in Kosovo?"}, user="mira")
        assert asked.text
        await ends_well(program)

        assert "Who is in Kosovo?" in kept(data)
        assert list(data.glob("*.damaged-*"))


@pytest.mark.parametrize("place", ["versions", "segments", app.DATABASE])
async def test_start_with_something_damaged_says_so_and_answers(tmp_path: Path, articles: Path, place: str) -> None:
    data = tmp_path / "data"
    async with LoopbackDiscord() as discord, running(tmp_path, discord, articles) as program:
        (articles / "harbour.md").write_text("# Harbour\n\nThe harbour froze in January.\n")
        reload = await discord.slash("reload", user="otto", permissions=MODERATOR)
        await discord.until(lambda: "reloaded" in reload.text)
        await ends_well(program)
    inside = data / app.COLLECTIONS / "shared" / place
    newest = max(inside.iterdir(), key=lambda path: path.stat().st_mtime_ns) if inside.is_dir() else data / place
    whole = newest.read_bytes()
    newest.write_bytes(b"\xff" * len(whole))

    async with LoopbackDiscord() as discord, running(tmp_path, discord, articles) as program:
        await answers(discord)
        expected = "was set aside as" if place == app.DATABASE else "Version 2 of the articles cannot be used"
        await discord.until(lambda: expected in program.output)
        await ends_well(program)
