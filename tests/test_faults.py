"""What goes wrong around the running program, really provoked: Discord, disks, clocks and other processes."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.browser import ROOT
from tests.conftest import SEEDS
from tests.hostile_files import HOSTILE
from tests.loopback import MODERATOR, LoopbackDiscord
from tests.test_cli import quoth
from tests.test_process import QUESTION, running

ENVIRONMENT = {"PYTHONPATH": str(ROOT), "QUOTH_ARTICLES": str(ROOT / "seeds")}


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        (4004, 78, "it does not accept DISCORD_TOKEN (code 4004)."),
        (4010, 78, "it does not know such a shard (code 4010)."),
        (4011, 78, "the bot is in too many servers for one connection (code 4011)."),
        (4012, 78, "it does not speak this version of its protocol any more"),
        (4013, 78, "it does not know what the bot wants to see (code 4013)."),
        (4014, 78, "the bot may not see what it wants to see (code 4014)."),
    ],
)
async def test_close_that_would_come_again_ends_with_a_status_that_says_not_to_restart(
    tmp_path: Path, code: int, status: int, sentence: str
) -> None:
    async with LoopbackDiscord() as discord:
        discord.gateway.refuse(code)
        program = await discord.launch("bot", "run", folder=tmp_path, environment=ENVIRONMENT)

        assert await program.ended(60) == status
        assert f"Discord refuses the connection: {sentence}" in program.output
        assert "Traceback" not in program.output
        assert discord.gateway.identifies == 1


async def test_endpoint_url_in_the_portal_ends_with_a_sentence(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord:
        discord.endpoint = "https://elsewhere.example/interactions"
        program = await discord.launch("bot", "run", folder=tmp_path, environment=ENVIRONMENT)

        assert await program.ended(60) == 78
        assert "Empty that field in the Developer Portal" in program.output
        assert "Traceback" not in program.output
        assert discord.gateway.identifies == 0


async def test_second_bot_on_the_same_folder_is_refused_in_a_sentence(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as first:
        second = await discord.launch("bot", "run", folder=tmp_path, environment=ENVIRONMENT)

        assert await second.ended(60) == 75
        assert second.output == (
            "Another Quoth is using the folder “data”. Stop it first, or give this one a folder of its own with "
            "QUOTH_DATA.\n"
        )
        assert "2008" in (await discord.slash("ask", {"question": QUESTION})).text
        assert discord.gateway.identifies == 1

        # What holds the folder goes with its process, however that ends.
        await first.stop(signal.SIGKILL)
        discord.gateway.sessions.clear()
        await discord.launch("bot", "run", folder=tmp_path, environment=ENVIRONMENT)
        await discord.ready()
        assert "2008" in (await discord.slash("ask", {"question": QUESTION})).text


async def test_of_twenty_hostile_files_and_a_good_one_the_good_one_is_indexed(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    shutil.copytree(SEEDS, articles)
    async with LoopbackDiscord() as discord, running(tmp_path, discord, articles, QUOTH_ASKS_PER_MINUTE="600"):
        for name, data in HOSTILE.items():
            (articles / name).write_bytes(data)
        (articles / "good.md").write_text("# Winter\n\nThe harbour froze in January.\n")
        reload = await discord.slash("reload", user="otto", permissions=MODERATOR)
        seconds: list[float] = []
        began = time.monotonic()
        while "Articles reloaded" not in reload.text:
            assert time.monotonic() - began < 240
            answer = await discord.slash("ask", {"question": QUESTION})
            assert "2008" in answer.text
            seconds.append(answer.seconds)
            await asyncio.sleep(1)
        answer = await discord.slash("ask", {"question": "When did the harbour freeze?"})
        status = await discord.slash("index status", user="otto", permissions=MODERATOR)
        checked = await asyncio.to_thread(quoth, "check", "--json", cwd=tmp_path, QUOTH_ARTICLES=str(articles))

        assert "froze in January" in answer.text
        assert len(seconds) > 10
        assert max(seconds) < 1
        assert f"{len(HOSTILE)}" in status.text
        problems = {problem["source"]: problem["message"] for problem in json.loads(checked.stdout)["problems"]}
        assert set(problems) == set(HOSTILE)
        assert problems["laughs.md"] == "reading it took more than 30 seconds and was stopped"
        assert problems["stars.md"] == "reading it needs too much memory"
