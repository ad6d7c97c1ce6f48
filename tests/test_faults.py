"""What goes wrong around the running program, really provoked: Discord, disks, clocks and other processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from bot import app
from bot.sessions import MOST, Sessions, TooManySessions
from tests.browser import ROOT
from tests.conftest import SEEDS
from tests.hostile_files import HOSTILE
from tests.loopback import MODERATOR, LoopbackDiscord, NotAcknowledged, Reply, full_pipe
from tests.loopback_objects import GUILD
from tests.test_cli import quoth
from tests.test_process import QUESTION, running

ENVIRONMENT = {"PYTHONPATH": str(ROOT), "QUOTH_ARTICLES": str(ROOT / "seeds")}

ACKNOWLEDGING: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 500, "carried_out": True},
    {"status": 429, "retry_after": 0.2},
    {"status": 429, "retry_after": 0.2, "via": False},
    {"reset": True},
    {"reset": True, "carried_out": True},
]
"""What may become of an acknowledgement that can be sent again in time."""

NEVER = {"status": 404, "code": 10015}
"""Discord does not know the interaction any more."""


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        (4004, 78, "it does not accept DISCORD_TOKEN (code 4004)."),
        (4012, 78, "it does not speak this version of its protocol any more"),
        (4013, 78, "it does not know what the bot wants to see (code 4013)."),
        (4014, 78, "the bot may not see what it wants to see (code 4014)."),
        # The next start asks Discord how many shards there should be, and what is new may go away.
        (4010, 75, "it does not know such a shard (code 4010)."),
        (4011, 75, "the bot is in too many servers for one connection (code 4011)."),
    ],
)
async def test_close_ends_with_a_status_that_says_whether_to_restart(
    tmp_path: Path, code: int, status: int, sentence: str
) -> None:
    async with LoopbackDiscord() as discord:
        discord.gateway.refuse(code)
        program = await discord.launch("bot", "run", folder=tmp_path, environment=ENVIRONMENT)

        assert await program.ended(60) == status
        assert f"Discord refuses the connection: {sentence}" in program.output
        assert "Traceback" not in program.output
        assert discord.gateway.identifies == 1


async def test_shards_that_a_setting_names_are_not_tried_again(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord:
        discord.gateway.refuse(4010)
        named = {**ENVIRONMENT, "QUOTH_SHARDS": "0/1"}
        program = await discord.launch("bot", "run", folder=tmp_path, environment=named)

        assert await program.ended(60) == 78


async def test_log_that_nobody_reads_keeps_nobody_from_asking(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord:
        with full_pipe() as (_, full):
            program = await discord.launch("bot", "run", folder=tmp_path, environment=ENVIRONMENT, log=full)
            await discord.ready(60)

            reply = await discord.slash("ask", {"question": QUESTION}, user="mira")

            assert "declared independence from Serbia in 2008" in reply.text
            assert await program.stop(signal.SIGTERM) == 0


@pytest.mark.parametrize("fault", [{"status": 403, "code": 50001}, {"status": 400, "code": 30034}, {"reset": True}])
async def test_commands_that_discord_does_not_take_keep_nobody_from_asking(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    async with LoopbackDiscord() as discord:
        discord.fault("PUT */commands", times=9, **fault)
        async with running(tmp_path, discord) as program:
            assert "2008" in (await discord.slash("ask", {"question": QUESTION})).text
            assert "Discord does not take the commands now" in program.output
            assert "Traceback" not in program.output
            assert await program.stop() == 0


async def test_no_word_of_a_member_is_in_the_log_whatever_fails(tmp_path: Path) -> None:
    names = ("article", "publisher", "after", "before", "language")
    asking = [("ask", {"question": f"{QUESTION} canary", name: f"canary {name}"}) for name in names]
    asking += [("source", {"article": "canary article"}), ("verify", {"quote": "a canary sang at the quay"})]
    async with LoopbackDiscord() as discord, running(tmp_path, discord, SEEDS, QUOTH_ASKS_PER_MINUTE="600") as program:
        secret: set[str] = set()
        for fault in (NEVER, {"status": 400, "code": 50035}, {"status": 403}, {"reset": True}):
            for command, options in asking:
                discord.fault("POST */callback", times=4, **fault)
                with contextlib.suppress(NotAcknowledged):
                    reply = await discord.slash(command, options, user="mira", seconds=1)
                    secret.add(str(reply.user["id"]))
                for request in discord.requests:
                    if request.path.endswith("/callback"):
                        secret.update(request.path.split("/")[2:4])
                discord.forget()
        await discord.until(lambda: program.output.count("could not be") >= len(asking))

        assert len(secret) > 2 * len(asking)
        assert not [one for one in ("canary", GUILD, *secret) if one in program.output]
        # A 400 of Discord's is a fault of ours, told with its place.
        assert program.output.count("Traceback") <= len(asking)


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("at", ["start", "reload"])
async def test_sigterm_ends_the_bot_also_while_it_reads(tmp_path: Path, at: str, apart: bool) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    slow = {f"laughs{number}.md": HOSTILE["laughs.md"] for number in range(3)}
    if apart:
        slow["long.txt"] = ("The harbour froze in January, and the nets were mended.\n\n" * 40_000).encode()
    if at == "reload":
        shutil.copy(next(SEEDS.glob("*.txt")), articles)

    def write() -> None:
        for name, data in slow.items():
            (articles / name).write_bytes(data)

    async with LoopbackDiscord() as discord:
        if at == "start":
            write()
        environment = {**ENVIRONMENT, "QUOTH_ARTICLES": str(articles)}
        program = await discord.launch("bot", "run", folder=tmp_path, environment=environment)
        if at == "reload":
            await discord.ready(60)
            write()
            reload = await discord.slash("reload", user="otto", permissions=MODERATOR)
        # One that is being started as well as one that reads.
        await discord.until(lambda: working_in(tmp_path), 60)

        assert await program.stop(signal.SIGTERM, seconds=40) == 0
        if at == "reload":
            assert "The one loaded before stays" in json.dumps(reload.follow_ups)
            assert discord.gateway.closes == [1000]
        assert "Traceback" not in program.output
        # A reader sees that nobody waits for it when its file is read, after 30 seconds of the processor at most,
        # which others may leave it late.
        await discord.until(lambda: not working_in(tmp_path), 600)


def working_in(folder: Path) -> list[Path]:
    """The processes that read or index for the program whose working folder that is."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if link.readlink() == folder and b"from retrieval." in link.with_name("cmdline").read_bytes():
                found.append(link)
    return found


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
            assert time.monotonic() - began < 600
            answer = await discord.slash("ask", {"question": QUESTION})
            assert "2008" in answer.text
            seconds.append(answer.seconds)
            await asyncio.sleep(1)
        answer = await discord.slash("ask", {"question": "When did the harbour freeze?"})
        status = await discord.slash("index status", user="otto", permissions=MODERATOR)
        checked = await asyncio.to_thread(quoth, "check", "--json", cwd=tmp_path, QUOTH_ARTICLES=str(articles))

        assert "froze in January" in answer.text
        assert len(seconds) > 10
        assert max(seconds) < 3  # where Discord gives up
        assert f"{len(HOSTILE)}" in status.text
        problems = {problem["file"]: problem["problem"] for problem in json.loads(checked.stdout)["problems"]}
        assert set(problems) == set(HOSTILE)
        assert "reading it took more than 30 seconds and was stopped" in problems["laughs.md"]
        assert "reading it needs too much memory" in problems["stars.md"]


async def test_sigterm_loses_no_answer_under_way_in_twenty_runs(tmp_path: Path) -> None:
    async def run(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        async with LoopbackDiscord() as discord, running(folder, discord) as program:
            discord.fault("POST */callback", hang=0.3, carried_out=True, times=3)
            asking = [asyncio.create_task(discord.slash("ask", {"question": QUESTION}, user=name)) for name in "abc"]
            await discord.until(lambda: len([one for one in discord.requests if one.path.endswith("/callback")]) == 3)

            assert await program.stop(signal.SIGTERM) == 0
            assert ["2008" in (await answer).text for answer in asking] == [True] * 3
            assert discord.gateway.closes == [1000]

    for first in range(0, 20, 5):
        await asyncio.gather(*(run(number) for number in range(first, first + 5)))


@pytest.mark.parametrize("code", [1000, 1001, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009])
async def test_session_goes_on_or_begins_anew_after_a_close(tmp_path: Path, code: int) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        await discord.until(lambda: "Ready as" in program.output)
        await discord.gateway.close(code)
        await discord.until(lambda: discord.gateway.resumes or discord.gateway.identifies > 1, 20)
        await discord.until(lambda: any(one.socket for one in discord.gateway.sessions.values()), 20)

        assert "2008" in (await discord.slash("ask", {"question": QUESTION})).text
        assert discord.gateway.identifies <= 2


async def test_sigterm_ends_the_bot_also_while_it_waits_for_a_new_session(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        await discord.gateway.invalidate()
        await discord.until(lambda: discord.gateway.closes)
        # discord.py waits for five seconds before it asks for another one.
        await asyncio.sleep(0.5)

        assert await program.stop(seconds=4) == 0
        assert discord.gateway.identifies == 1


async def test_acknowledgement_that_is_lost_or_refused_for_now_is_sent_again(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord, SEEDS, QUOTH_ASKS_PER_MINUTE="600") as program:
        for fault in ACKNOWLEDGING:
            discord.fault("POST */callback", **fault)
            answer = await discord.slash("ask", {"question": QUESTION}, seconds=4)
            await asyncio.sleep(0.2)

            assert "2008" in answer.text, fault
            assert not answer.follow_ups, fault
            assert "2008" in (await discord.slash("ask", {"question": QUESTION})).text, fault
        for fault in ({"hang": 3.2, "carried_out": True}, {"status": 404, "code": 10062}):
            discord.fault("POST */callback", **fault)
            with contextlib.suppress(NotAcknowledged):
                await discord.slash("ask", {"question": QUESTION}, seconds=4)

            assert "2008" in (await discord.slash("ask", {"question": QUESTION})).text, fault
        await discord.until(lambda: "An answer could not be delivered (NotFound: 404" in program.output)
        assert "Traceback" not in program.output
        assert await program.stop() == 0


async def test_answer_that_discord_finds_wrong_twice_is_in_the_log_and_the_bot_goes_on(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        discord.fault("POST */callback", status=400, code=50035, times=2)
        with pytest.raises(NotAcknowledged):
            await discord.slash("ask", {"question": QUESTION}, seconds=1)

        await discord.until(lambda: "A person could not be told of HTTPException" in program.output)
        assert "2008" in (await discord.slash("ask", {"question": QUESTION})).text


async def test_edit_that_is_lost_or_refused_for_now_is_made_again(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        for fault in (*ACKNOWLEDGING, NEVER):
            discord.fault("PATCH */@original", **fault)
            status = await discord.slash("index status", user="otto", permissions=MODERATOR)
            if fault is not NEVER:
                await discord.until(lambda: "1 article" in status.text)  # noqa: B023 # awaited at once

            assert "2008" in (await discord.slash("ask", {"question": QUESTION}, user=str(fault))).text, fault
        await discord.until(lambda: "An answer could not be delivered (NotFound: 404" in program.output)
        assert "Traceback" not in program.output
        assert await program.stop() == 0


async def test_follow_up_comes_once_or_its_loss_is_logged_and_the_bot_goes_on(tmp_path: Path) -> None:
    async def fails(**fault: Any) -> Reply:
        """A command of which a person is told after it was deferred that it cannot be done."""
        discord.fault("POST /webhooks/*", **fault)
        return await discord.slash("index remove", {"article": "nowhere"}, user="otto", permissions=MODERATOR)

    async with LoopbackDiscord() as discord, running(tmp_path, discord, SEEDS, QUOTH_ASKS_PER_MINUTE="600") as program:
        for fault in (
            {"status": 500},
            {"status": 429, "retry_after": 0.2},
            {"status": 429, "retry_after": 0.2, "via": False},
            {"reset": True, "carried_out": True},
        ):
            told = await fails(**fault)
            await discord.until(lambda: told.follow_ups)  # noqa: B023 # awaited at once
            assert "2008" in (await discord.slash("ask", {"question": QUESTION})).text, fault
            assert len(told.follow_ups) == 1, fault
        lost = [await fails(**fault) for fault in (NEVER, {"reset": True})]
        await discord.until(lambda: program.output.count("A person could not be told") == 3)
        assert not any(one.follow_ups for one in lost)

        # discord.py tries five times, for 25 seconds.
        lost.append(await fails(status=500, times=5))
        while program.output.count("A person could not be told") < 4:
            assert "2008" in (await discord.slash("ask", {"question": QUESTION})).text
            await asyncio.sleep(2)
        assert not lost[-1].follow_ups
        assert "Traceback" not in program.output
        assert await program.stop() == 0


async def test_outage_of_thirty_seconds_costs_one_session_at_most_and_no_restart(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        await discord.until(lambda: "Ready as" in program.output)
        await discord.refuse_connections(30)
        # It waits longer after each attempt: at most 64 seconds after the sixth.
        await discord.until(lambda: discord.gateway.resumes or discord.gateway.identifies > 1, 100)
        await discord.until(lambda: any(one.socket for one in discord.gateway.sessions.values()), 20)

        assert "2008" in (await discord.slash("ask", {"question": QUESTION})).text
        assert discord.gateway.identifies <= 2
        assert program.output.count("The connection to Discord is lost") == 1
        assert await program.stop() == 0


async def test_storm_of_invalid_sessions_stops_long_before_discord_resets_the_token(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / app.SESSIONS).write_text("".join(f"{time.time() - at}\n" for at in range(1, MOST - 1)))
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        for _ in range(2):
            await discord.until(lambda: discord.gateway.sessions, 20)
            await discord.gateway.invalidate()

        assert await program.ended(30) == 75
        assert f"Discord has ended {MOST} sessions within an hour." in program.output
        assert "Traceback" not in program.output
        assert discord.gateway.identifies == 2

        # A restart waits, and can be stopped.
        again = await discord.launch("bot", "run", folder=tmp_path, environment=ENVIRONMENT)
        await discord.until(lambda: "Too many sessions with Discord have ended" in again.output, 30)
        assert discord.gateway.identifies == 2
        assert await again.stop() == 0


def test_many_shards_may_all_be_started_twice_in_an_hour_but_not_all_day(tmp_path: Path) -> None:
    now = [1_000_000.0]
    sessions = Sessions(tmp_path / "sessions", lambda: now[0])

    def begun() -> int:
        """Starts all shards, one a second, as often as may be."""
        count = 0
        while not sessions.seconds_to_wait(30, 30):
            for _ in range(30):
                now[0] += 1
                sessions.begin(30)
            count += 30
        return count

    assert begun() == 60
    assert 3500 < sessions.seconds_to_wait(30) < 3600
    total = 60
    for _ in range(20):
        now[0] += 3600
        total += begun()
    assert total == 960
    assert sessions.seconds_to_wait(30) > 3600


def test_sessions_are_counted_over_restarts_and_whatever_the_clock_does(tmp_path: Path) -> None:
    now = [1_000_000.0]
    for _ in range(MOST):
        Sessions(tmp_path / "sessions", lambda: now[0]).begin()
        now[0] += 10
    sessions = Sessions(tmp_path / "sessions", lambda: now[0])

    with pytest.raises(TooManySessions, match="within an hour"):
        sessions.begin()
    assert sessions.seconds_to_wait() == 3600 - 10 * MOST
    now[0] -= 1800
    assert sessions.seconds_to_wait() > 0
    now[0] += 1800
    now[0] += sessions.seconds_to_wait()
    sessions.begin()
    with pytest.raises(TooManySessions):
        sessions.begin()

    (tmp_path / "sessions").write_bytes(b"\xff no times")
    assert Sessions(tmp_path / "sessions", lambda: now[0]).seconds_to_wait() == 0
    assert sessions.seconds_to_wait() > 0
