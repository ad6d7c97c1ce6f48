"""Several processes share the servers: each answers for its own, and what one changes holds in all."""

from __future__ import annotations

import asyncio
import gc
import re
import signal
import time
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import simcord

from bot.alone import Occupied, alone
from bot.app import Quoth
from bot.client import QuothBot
from bot.settings import BadSettings, read_settings
from bot.shards import Shards
from retrieval.errors import ChangeUnderWay
from retrieval.library import Library, Store
from tests.browser import ROOT
from tests.loopback import MODERATOR, LoopbackDiscord, NotConnected, Program, Reply
from tests.loopback_objects import GUILD, OTHER_GUILD
from tests.postgres import Postgres
from tests.screens import text
from tests.servers import server_in
from tests.test_process import QUESTION, found


@pytest.mark.parametrize(
    ("written", "ids", "shown"),
    [
        ("0-3/16", (0, 1, 2, 3), "0-3/16"),
        ("5/16", (5,), "5/16"),
        ("0, 2,4/16", (0, 2, 4), "0,2,4/16"),
        ("7,0-1,1/8", (0, 1, 7), "0-1,7/8"),
    ],
)
def test_shards_are_read_as_they_are_written(
    monkeypatch: pytest.MonkeyPatch, written: str, ids: tuple[int, ...], shown: str
) -> None:
    monkeypatch.setenv("QUOTH_SHARDS", written)

    shards = read_settings().shards

    assert shards is not None
    assert (shards.ids, str(shards), shards.leads) == (ids, shown, 0 in ids)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("some", "it takes shards and how many there are in all, like 0-3/16, 5/16 or 0,2,4/16."),
        ("1", "it takes shards and how many there are in all, like 0-3/16, 5/16 or 0,2,4/16."),
        ("0,16/16", "“16” cannot be: of 16 shards the first is 0 and the last 15, in this order."),
        ("3-1/16", "“3-1” cannot be: of 16 shards the first is 0 and the last 15, in this order."),
        ("0/0", "there can be 1 to 10,000 shards in all."),
        ("0-99999999/100000000", "there can be 1 to 10,000 shards in all."),
    ],
)
def test_wrong_shards_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, written: str, sentence: str) -> None:
    monkeypatch.setenv("QUOTH_SHARDS", written)

    with pytest.raises(BadSettings) as caught:
        read_settings()

    assert str(caught.value) == f"QUOTH_SHARDS: {sentence}"


def test_folder_is_shared_by_those_with_other_shards_of_the_same_total_alone(tmp_path: Path) -> None:
    with alone(tmp_path, Shards((0, 1), 4)), alone(tmp_path, Shards((3,), 4)):
        with pytest.raises(Occupied, match=r"answers for 1,3/4 already"), alone(tmp_path, Shards((1, 2, 3), 4)):
            pass
        with pytest.raises(Occupied, match=r"divides the servers into 4 shards, this one into 8\."):  # noqa: SIM117
            with alone(tmp_path, Shards((7,), 8)):
                pass
        with pytest.raises(Occupied, match="Another Quoth is using the folder"), alone(tmp_path):
            pass
        with alone(tmp_path, Shards((2,), 4)):
            pass
    # Those who are gone hold nothing.
    with alone(tmp_path):
        with pytest.raises(Occupied, match="Another Quoth is using the folder"), alone(tmp_path, Shards((0,), 2)):
            pass
        assert [path.name for path in tmp_path.iterdir()] == ["running.lock"]
    with alone(tmp_path, Shards((0,), 2)):
        pass


def test_of_two_processes_one_prepares_a_change_at_a_time(tmp_path: Path) -> None:
    one, other = (Library(None, store=Store.at(tmp_path / "shared", keep=3)) for _ in range(2))

    with one.changing(), pytest.raises(ChangeUnderWay, match="A change is already being prepared"), other.changing():
        pass
    with other.changing():
        pass


async def test_only_server_of_some_of_the_shards_may_not_change_the_shared_articles(quoth: Quoth) -> None:
    # Another process tells Discord the commands.
    async with simcord.run(QuothBot(replace(quoth, shards=Shards((1,), 2))), strict_sync=False) as env:
        server = server_in(env, shard=1)

        refused = text(await server.moderator.slash(server.channel, "reload"))

    assert refused.startswith("There is no folder to read for this server")


async def test_what_is_in_use_is_not_looked_through_for_garbage_and_that_of_the_session_before_goes(
    quoth: Quoth,
) -> None:
    def looked_through(one: object) -> bool:
        return any(other is one for other in gc.get_objects())

    bot, in_use, left = QuothBot(replace(quoth, shards=Shards((0, 1), 2))), [quoth], Left()
    left.itself, gone = left, weakref.ref(left)
    try:
        await bot.on_shard_ready(0)
        assert looked_through(in_use)
        await bot.on_shard_ready(1)
        assert not looked_through(in_use)

        del left
        await bot.on_shard_ready(0)
        assert gone() is None
    finally:
        gc.unfreeze()


class Left:
    """Something that only a search for garbage finds."""

    itself: Left


async def test_bot_has_as_many_shards_as_discord_recommends(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord:
        discord.gateway.guilds = [GUILD, OTHER_GUILD]
        discord.gateway.recommended = 2
        program = await _launch(discord, tmp_path, {})
        await discord.until(lambda: _hearing(discord) == {0, 1}, 40)
        await discord.until(lambda: "Ready as quoth; servers: 2; shards: 0-1/2." in program.output, 20)

        for guild in (GUILD, OTHER_GUILD, None):
            assert "2008" in (await discord.slash("ask", {"question": QUESTION}, guild=guild)).text
        assert await program.stop() == 0
        assert discord.gateway.closes == [1000, 1000]


async def test_two_processes_share_the_servers_the_articles_and_what_is_chosen(
    tmp_path: Path, postgres: Postgres
) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "story.md").write_text("# Story\n\nThe harbour froze in January.\n", encoding="utf-8")
    common = {
        "QUOTH_DATABASE_URL": postgres.new(),
        "QUOTH_ARTICLES": str(articles),
        "QUOTH_HOME_SERVERS": f"{GUILD},{OTHER_GUILD}",
        "QUOTH_ASKS_PER_MINUTE": "600",
    }
    async with LoopbackDiscord() as discord:
        discord.gateway.guilds = [GUILD, OTHER_GUILD]

        async def asked(guild: str) -> Reply:
            return await discord.slash("ask", {"question": "When did the harbour freeze?"}, guild=guild)

        # Who does not lead reads nothing, and takes up what the other has read.
        following = await _launch(discord, tmp_path, {**common, "QUOTH_SHARDS": "1/2"})
        await discord.until(lambda: _hearing(discord) == {1}, 40)
        assert "No articles are loaded yet" in (await asked(OTHER_GUILD)).text.replace("\\", "")
        with pytest.raises(NotConnected):
            await asked(GUILD)
        assert not discord.commands
        leading = await _launch(discord, tmp_path, {**common, "QUOTH_SHARDS": "0/2"})
        await discord.until(lambda: _hearing(discord) == {0, 1}, 40)
        assert discord.commands
        assert "in January" in (await asked(GUILD)).text
        await _until_shown(partial(asked, OTHER_GUILD), re.compile("in January"))

        # The same shard again, and another division, are refused; a wrong value is a wrong setting.
        for written, status, sentence in (
            ("1/2", 75, "answers for 1/2 already."),
            ("2/3", 75, "divides the servers into 2 shards, this one into 3."),
            ("", 75, "Another Quoth is using the folder"),
            ("2/2", 78, "QUOTH_SHARDS: “2” cannot be:"),
        ):
            refused = await _launch(discord, tmp_path, {**common, "QUOTH_SHARDS": written})
            assert await refused.ended(60) == status
            assert sentence in refused.output
            assert "Traceback" not in refused.output

        # What one reloads, the other serves, whichever it is.
        for guild, other, month in ((OTHER_GUILD, GUILD, "February"), (GUILD, OTHER_GUILD, "March")):
            (articles / "story.md").write_text(f"# Story\n\nThe harbour froze in {month}.\n", encoding="utf-8")
            reload = await discord.slash("reload", user="otto", permissions=MODERATOR, guild=guild)
            async with asyncio.timeout(20):
                while "Articles reloaded" not in reload.text:  # noqa: ASYNC110 # a card tells first how far it is
                    await asyncio.sleep(0.1)
            assert f"in {month}" in (await asked(guild)).text
            await _until_shown(partial(asked, other), re.compile(f"in {month}"))
        shown = await discord.slash("index status", user="otto", permissions=MODERATOR, guild=OTHER_GUILD)
        await discord.until(lambda: "Version 3" in shown.text)
        assert "Shards of this process: 1 of 2." in shown.text

        # A setting holds in its server, whichever process comes to hear of it.
        settings = await discord.slash("settings", user="otto", permissions=MODERATOR, guild=OTHER_GUILD)
        select = found(settings.callback, "placeholder", "Answers")
        (alone,) = [each["value"] for each in select["options"] if "asker alone" in each["label"]]
        await discord.choose(
            settings, select["custom_id"], [alone], user="otto", permissions=MODERATOR, guild=OTHER_GUILD
        )
        assert (await asked(OTHER_GUILD)).ephemeral
        assert not (await asked(GUILD)).ephemeral
        _swap(discord)
        await _until_shown(partial(asked, OTHER_GUILD), re.compile("in March"), ephemeral=True)
        _swap(discord)

        # Without shard 0 the other goes on, and it finds everything as it was when it comes back.
        assert await leading.stop(signal.SIGTERM) == 0
        assert "in March" in (await asked(OTHER_GUILD)).text
        with pytest.raises(NotConnected):
            await asked(GUILD)
        leading = await _launch(discord, tmp_path, {**common, "QUOTH_SHARDS": "0/2"})
        await discord.until(lambda: _hearing(discord) == {0, 1}, 40)
        assert "in March" in (await asked(GUILD)).text
        assert await following.stop(signal.SIGTERM) == 0
        assert await leading.stop(signal.SIGTERM) == 0
        assert "Traceback" not in following.output + leading.output


async def _launch(discord: LoopbackDiscord, folder: Path, environment: dict[str, str]) -> Program:
    settings = {"PYTHONPATH": str(ROOT), "QUOTH_ARTICLES": str(ROOT / "seeds"), **environment}
    return await discord.launch("bot", "run", folder=folder, environment=settings)


def _hearing(discord: LoopbackDiscord) -> set[int]:
    return {session.shard for session in discord.gateway.sessions.values() if session.socket is not None}


def _swap(discord: LoopbackDiscord) -> None:
    """Let each of two processes hear of what the other heard of."""
    one, other = discord.gateway.sessions.values()
    one.shard, other.shard = other.shard, one.shard


async def _until_shown(ask: Callable[[], Awaitable[Reply]], words: re.Pattern[str], *, ephemeral: bool = False) -> None:
    """Once the answer has the words, and is for the asker alone or not; a process looks around every five seconds."""
    until = time.monotonic() + 30
    while not (words.search((reply := await ask()).text) and reply.ephemeral is ephemeral):
        assert time.monotonic() < until, reply
        await asyncio.sleep(0.5)
