"""The loopback Discord behaves towards a real discord.py program as Discord does."""

import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.loopback import MODERATOR, LoopbackDiscord, NotAcknowledged, NotConnected
from tests.payloads import PublishedApi

BOT = str(Path(__file__).with_name("loopback_bot.py"))


# Starting a program takes a second: tests that leave it as it was share one, and so they share a loop.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def connected() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as server:
        await server.launch(BOT)
        await server.ready()
        yield server


@pytest.fixture
def discord(connected: LoopbackDiscord) -> LoopbackDiscord:
    """A loopback Discord with the small bot connected to it, and nothing recorded yet."""
    connected.forget()
    return connected


@pytest_asyncio.fixture(loop_scope="module")
async def fresh() -> AsyncIterator[LoopbackDiscord]:
    """A loopback Discord of the test's own with the small bot just connected to it."""
    async with LoopbackDiscord() as server:
        await server.launch(BOT)
        await server.ready()
        yield server


async def test_bot_logs_in_registers_commands_and_identifies_once(fresh: LoopbackDiscord) -> None:
    paths = [(request.method, request.path, request.status) for request in fresh.requests]

    assert paths[:2] == [("GET", "/users/@me", 200), ("GET", "/oauth2/applications/@me", 200)]
    assert {command["name"] for command in fresh.commands} == {"ask", "source", "pick", "feedback", "block", "index"}
    assert (fresh.gateway.identifies, fresh.gateway.resumes) == (1, 0)


async def test_registered_commands_are_listed_and_keep_their_ids(discord: LoopbackDiscord) -> None:
    url = f"{discord.url}/api/v10/applications/1/guilds/2/commands"
    command = {"name": "ask", "description": "Ask", "default_member_permissions": 32}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {discord.token}"}) as session:
        first = await (await session.put(url, json=[command])).json()
        await session.put(url, json=[{"name": "new", "description": "New"}, command])
        listed = await (await session.get(url)).json()

    assert [each["name"] for each in listed] == ["new", "ask"]
    assert listed[1]["id"] == first[0]["id"]
    assert listed[1]["default_member_permissions"] == "32"
    assert discord.guild_commands == {"2": listed}


async def test_slash_command_is_answered_publicly(discord: LoopbackDiscord) -> None:
    reply = await discord.slash("ask", {"question": "Who?"})

    assert reply.callback["type"] == 4
    assert reply.text == "You asked: Who?"
    assert not reply.ephemeral
    assert 0 < reply.seconds < 3


async def test_private_answer_is_ephemeral(discord: LoopbackDiscord) -> None:
    reply = await discord.slash("ask", {"question": "Who?", "private": True})

    assert reply.ephemeral


async def test_autocomplete_offers_choices(discord: LoopbackDiscord) -> None:
    assert await discord.autocomplete("ask", "question", "wh") == [{"name": "wh?", "value": "wh"}]


async def test_click_changes_the_message_and_again(discord: LoopbackDiscord) -> None:
    reply = await discord.slash("ask", {"question": "Who?"})

    for number in (1, 2):
        click = await discord.click(reply, f"open:{number}", user="bob")
        assert click.callback["type"] == 7

    assert reply.text == "Paragraph 2"
    with pytest.raises(LookupError):
        await discord.click(reply, "open:1")


async def test_button_works_after_a_restart() -> None:
    async with LoopbackDiscord() as discord:
        first = await discord.launch(BOT)
        await discord.ready()
        reply = await discord.slash("ask", {"question": "Who?"})
        await first.stop()
        await discord.launch(BOT)
        await discord.ready()

        click = await discord.click(reply, "open:1")

        assert click.text == "Paragraph 1"


async def test_deferred_answer_arrives_as_edit_with_a_file_and_a_follow_up(discord: LoopbackDiscord) -> None:
    reply = await discord.slash("source")
    await discord.until(lambda: reply.follow_ups)

    assert reply.callback["type"] == 5
    assert reply.ephemeral
    assert len(reply.edits) == 1
    assert reply.files == {"article.txt": b"words"}
    assert reply.follow_ups[0]["content"] == "1 file of 5 bytes"


async def test_choice_in_a_select_is_followed_up_and_the_original_deleted(discord: LoopbackDiscord) -> None:
    reply = await discord.slash("pick")

    choice = await discord.choose(reply, "article", ["two"])
    await discord.until(lambda: choice.deleted)

    assert choice.callback["type"] == 6
    assert [message["content"] for message in choice.messages.values()] == ["Picked two, then edited"]


async def test_modal_is_shown_and_submitted(discord: LoopbackDiscord) -> None:
    modal = await discord.slash("feedback")

    reply = await discord.submit(modal, {"why": "it rains"})

    assert modal.callback["type"] == 9
    assert reply.text == "Because it rains"


async def test_subcommand_sees_place_and_permissions(discord: LoopbackDiscord) -> None:
    moderator = await discord.slash("index status", {"count": 3}, permissions=MODERATOR)
    member = await discord.slash("index status", {"count": 3})
    direct = await discord.slash("index status", {"count": 3}, guild=None)

    assert [reply.text for reply in (moderator, member, direct)] == ["3 here True", "3 here False", "3 directly False"]


async def test_everything_the_bot_sends_passes_the_payload_check(discord: LoopbackDiscord) -> None:
    api = PublishedApi(Path(__file__).with_name("discord") / "openapi.json")
    reply = await discord.slash("ask", {"question": "Who?"})
    await discord.click(reply, "open:1")
    await discord.autocomplete("ask", "question", "wh")
    source = await discord.slash("source")
    pick = await discord.slash("pick")
    choice = await discord.choose(pick, "article", ["two"])
    await discord.slash("feedback")
    await discord.until(lambda: source.follow_ups and choice.deleted)

    for request in discord.requests:
        sizes = {name: len(content) for name, content in request.files.items()}
        api.check(request.method, request.path, request.json, sizes)


async def test_interaction_that_nobody_answers_is_reported(discord: LoopbackDiscord) -> None:
    with pytest.raises(NotAcknowledged, match="unheard by alice"):
        await discord.slash("unheard", seconds=0.3)


async def test_late_acknowledgement_is_refused_as_unknown(discord: LoopbackDiscord) -> None:
    with pytest.raises(NotAcknowledged):
        await discord.slash("block", {"seconds": 3.2}, seconds=4)

    assert [r.status for r in discord.requests if r.path.endswith("/callback")] == [404]


async def test_500_on_the_acknowledgement_is_retried_after_a_second(discord: LoopbackDiscord) -> None:
    discord.fault("POST */callback", status=500)

    reply = await discord.slash("ask", {"question": "Who?"})

    assert 1 <= reply.seconds < 2
    assert [r.status for r in discord.requests if r.path.endswith("/callback")] == [500, 200]


async def test_500_after_the_acknowledgement_arrived_leads_to_40060(discord: LoopbackDiscord) -> None:
    discord.fault("POST */callback", status=500, carried_out=True)

    reply = await discord.slash("ask", {"question": "Who?"})
    await discord.until(lambda: reply.follow_ups)

    assert reply.seconds < 1
    assert reply.follow_ups[0]["content"] == "HTTPException 40060"
    assert [r.status for r in discord.requests if r.path.endswith("/callback")] == [500, 400]


async def test_429_is_waited_out_only_with_a_via_header(discord: LoopbackDiscord) -> None:
    discord.fault("POST */callback", status=429, retry_after=0.3)
    waited = await discord.slash("ask", {"question": "Who?"})
    discord.fault("POST */callback", status=429, via=False)
    with pytest.raises(NotAcknowledged):
        await discord.slash("ask", {"question": "Who?"}, seconds=1)

    assert 0.3 <= waited.seconds < 1


async def test_reset_connection_reaches_the_bot_as_os_error(discord: LoopbackDiscord) -> None:
    discord.fault("POST */callback", reset=True, carried_out=True)

    reply = await discord.slash("ask", {"question": "Who?"})
    await discord.until(lambda: reply.follow_ups)

    assert reply.follow_ups[0]["content"] == "ClientOSError"


async def test_hanging_server_delays_the_answer_not_the_acknowledgement(discord: LoopbackDiscord) -> None:
    discord.fault("POST */callback", hang=0.5)
    start = time.monotonic()

    reply = await discord.slash("ask", {"question": "Who?"})

    assert time.monotonic() - start >= 0.5
    assert reply.seconds < 0.5


async def test_closed_gateway_is_resumed_and_missed_interactions_arrive(fresh: LoopbackDiscord) -> None:
    await fresh.gateway.close(4000)

    reply = await fresh.slash("ask", {"question": "Who?"})

    assert reply.text == "You asked: Who?"
    assert (fresh.gateway.identifies, fresh.gateway.resumes) == (1, 1)


@pytest.mark.parametrize("code", [4004, 4014])
async def test_fatal_close_code_ends_the_bot(code: int) -> None:
    async with LoopbackDiscord() as discord:
        discord.gateway.refuse(code)
        bot = await discord.launch(BOT)

        assert await bot.ended() == 78
        assert discord.gateway.identifies == 1


async def test_invalid_session_leads_to_a_new_identify(fresh: LoopbackDiscord) -> None:
    await fresh.gateway.invalidate()
    await fresh.until(lambda: fresh.gateway.identifies == 2)
    await fresh.ready()

    assert (await fresh.slash("ask", {"question": "Who?"})).text == "You asked: Who?"
    assert fresh.gateway.closes == [1000]


async def test_resumable_invalid_session_is_resumed(fresh: LoopbackDiscord) -> None:
    await fresh.gateway.invalidate(resumable=True)
    await fresh.until(lambda: fresh.gateway.resumes == 1)

    assert (await fresh.slash("ask", {"question": "Who?"})).text == "You asked: Who?"
    assert fresh.gateway.identifies == 1


async def test_session_that_discord_ended_cannot_be_resumed(fresh: LoopbackDiscord) -> None:
    await fresh.gateway.close(4009)
    await fresh.until(lambda: fresh.gateway.identifies == 2)

    assert fresh.gateway.resumes == 1


async def test_session_survives_an_outage(fresh: LoopbackDiscord) -> None:
    await fresh.refuse_connections(0.5)
    await fresh.until(lambda: fresh.gateway.resumes, 15)

    assert (await fresh.slash("ask", {"question": "Who?"})).text == "You asked: Who?"
    assert fresh.gateway.identifies == 1


async def test_heartbeats_are_counted() -> None:
    async with LoopbackDiscord(heartbeat_seconds=0.2) as discord:
        await discord.launch(BOT)
        await discord.ready()

        await discord.until(lambda: discord.gateway.heartbeats >= 3)


async def test_wrong_token_is_refused() -> None:
    async with LoopbackDiscord() as discord:
        bot = await discord.launch(BOT, environment={"DISCORD_TOKEN": "wrong"})

        assert await bot.ended() == 78
        assert [(request.path, request.status) for request in discord.requests] == [("/users/@me", 401)]
        assert discord.gateway.identifies == 0


async def test_sigterm_reaches_the_program_and_its_close_code_is_seen(fresh: LoopbackDiscord) -> None:
    assert await fresh.programs[0].stop(signal.SIGTERM) == 0

    await fresh.until(lambda: fresh.gateway.closes)
    assert fresh.gateway.closes == [1000]
    with pytest.raises(NotConnected):
        await fresh.slash("ask", {"question": "Who?"})


async def test_killed_program_leaves_its_session_without_a_close_code(fresh: LoopbackDiscord) -> None:
    assert await fresh.programs[0].stop(signal.SIGKILL) == -signal.SIGKILL
    await fresh.until(lambda: fresh.gateway.closes)

    assert fresh.gateway.closes == [1006]
    assert len(fresh.gateway.sessions) == 1


async def test_program_that_ends_before_it_is_ready_is_reported_with_its_output() -> None:
    async with LoopbackDiscord() as discord:
        await discord.launch("no_such_module")

        with pytest.raises(NotConnected, match="No module named"):
            await discord.ready()
