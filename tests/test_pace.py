"""Nobody can keep others from asking: not one person, not the members of a server, not many servers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from simcord.actors import MemberActor

from bot.app import Quoth
from bot.pace import Pace
from bot.service import TooSoon
from bot.settings import Settings
from retrieval.library import Library
from tests.conftest import SEEDS
from tests.loopback import LoopbackDiscord
from tests.loopback_objects import Json
from tests.screens import message_of, text
from tests.servers import Server, server_in
from tests.test_discord import INDEPENDENCE, playing, quoth_on
from tests.test_process import QUESTION, running

BUSY = r"That is too much at once\. You can go on in (5\d|60) seconds\."


@pytest.fixture
def clock() -> list[float]:
    """The seconds that the service sees; a test moves them on."""
    return [1000.0]


@asynccontextmanager
async def slow(settings: Settings, clock: list[float]) -> AsyncIterator[tuple[Quoth, Server]]:
    """A bot where a member may ask once and do six things a minute, a server sixty, and all together six hundred."""
    made = quoth_on(Library(settings.articles), settings, asks_per_minute=1, clock=lambda: clock[0])
    async with made as quoth, playing(quoth) as server:
        await quoth.curator.start()
        yield quoth, server


async def said(server: Server, member: MemberActor) -> str:
    return text(await member.slash(server.channel, "articles"))


async def test_member_who_does_everything_at_once_is_held_back_and_nobody_else(
    settings: Settings, clock: list[float]
) -> None:
    async with slow(settings, clock) as (_, server):
        answer = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)
        shown = message_of(answer).message
        await server.member.slash(server.channel, "verify", quote="declared independence from Serbia")
        await server.member.slash(server.channel, "source", article="kosovo-formally-establishes-ties-with")
        await server.member.click(shown, label="Why these?")
        await server.member.click(shown, label="More passages")
        opened = await server.member.click(shown, label="Open ¶18")

        assert "¶18" in text(opened)
        for refused in (
            await server.member.click(shown, label="Why these?"),
            await server.member.slash(server.channel, "articles"),
            await server.member.context_menu(server.channel, "Find sources", shown),
        ):
            assert re.fullmatch(BUSY, text(refused))
            assert refused.ephemeral
        before = len(server.channel.history())
        assert server.env.bot.user is not None
        await server.member.send(server.channel, f"{server.env.bot.user.mention} {INDEPENDENCE}")
        assert len(server.channel.history()) == before + 1, "a mention is answered with silence"
        assert "2008" in text(await server.moderator.slash(server.channel, "ask", question=INDEPENDENCE))

        clock[0] += 60
        assert "1 article" in await said(server, server.member)


async def test_many_members_of_a_server_take_nothing_from_another_server(
    settings: Settings, clock: list[float]
) -> None:
    async with slow(settings, clock) as (_, server):
        guild = server.env.guild
        crowd = [guild.add_member(server.env.create_user(f"member {number}")) for number in range(10)]
        for member in crowd:
            for _ in range(6):
                assert "1 article" in await said(server, member)

        other = server_in(server.env, "Other Guild")

        assert re.fullmatch(BUSY, await said(server, server.member))
        assert "1 article" in await said(other, other.member)
        clock[0] += 60
        assert "1 article" in await said(server, server.member)


async def test_many_servers_leave_the_bot_able_to_say_when_to_go_on(settings: Settings, clock: list[float]) -> None:
    async with slow(settings, clock) as (quoth, server):
        for number in range(600):
            quoth.service.admit(person=number, server=number % 100)
        for number in range(600, 5000):
            with pytest.raises(TooSoon):
                quoth.service.admit(person=number, server=number)

        assert re.fullmatch(BUSY, await said(server, server.member))
        # Who had to wait took no turn.
        clock[0] += 60
        assert "1 article" in await said(server, server.member)


def test_who_waits_takes_no_turn_and_is_not_remembered() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    assert pace.seconds_to_wait(("mira", 2), ("all", 3)) == 0
    now[0] = 10
    assert pace.seconds_to_wait(("mira", 2), ("all", 3)) == 0
    assert pace.seconds_to_wait(("mira", 2), ("all", 3)) == 50
    assert pace.seconds_to_wait(("otto", 2), ("all", 3)) == 0
    assert pace.seconds_to_wait(("otto", 2), ("all", 3)) == 50
    now[0] = 60
    assert pace.seconds_to_wait(("otto", 2), ("all", 3)) == 0
    now[0] = 200
    for number in range(1000):
        pace.seconds_to_wait((number, 1))
    now[0] = 300
    pace.seconds_to_wait(("mira", 1))

    assert set(pace._turns) == {"mira"}


async def test_flood_of_typing_is_answered_with_nothing_and_costs_no_answer(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord, SEEDS):
        letters: list[asyncio.Task[list[Json]]] = []
        for second in range(3):
            for _ in range(500):
                typing = discord.autocomplete("source", "article", "kosovo", user="flo", seconds=60)
                letters.append(asyncio.create_task(typing))
                await asyncio.sleep(0.002)
            answer = await discord.slash("ask", {"question": QUESTION}, user=f"mira {second}")
            choices = await discord.autocomplete("source", "article", "kosovo", user=f"mira {second}")

            assert "2008" in answer.text
            assert len(choices) == 1
        offered = [len(choices) for choices in await asyncio.gather(*letters)]

    # Ten questions a minute, and thirty letters to each.
    assert sum(map(bool, offered)) == 300
    assert len(offered) == 1500
