"""The real program as the README starts it, over real HTTP and a real WebSocket, with a loopback Discord."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.database import PostgresDatabase
from bot.escaping import unescape
from bot.querylog import QueryLog
from bot.settings import LogMode
from tests.browser import ROOT
from tests.loopback import MEMBER, MODERATOR, LoopbackDiscord, Program, Reply
from tests.payloads import PublishedApi
from tests.postgres import Postgres
from tests.test_database import with_rows
from tests.test_querylog import recent

QUESTION = "When did Kosovo declare independence?"


@asynccontextmanager
async def running(
    folder: Path, discord: LoopbackDiscord, articles: Path = ROOT / "seeds", **environment: str
) -> AsyncIterator[Program]:
    """`quoth run` at work, in *folder*."""
    settings = {"PYTHONPATH": str(ROOT), "QUOTH_ARTICLES": str(articles), **environment}
    program = await discord.launch("bot", "run", folder=folder, environment=settings)
    await discord.ready()
    yield program


async def test_program_answers_over_the_network_within_discords_rules(tmp_path: Path, published: PublishedApi) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        reply = await discord.slash("ask", {"question": QUESTION}, user="mira", permissions=MEMBER)
        opened = await discord.click(reply, _action(reply.callback, "Open ¶18"))
        choices = await discord.autocomplete("source", "article", "koso")

        assert "declared independence from Serbia in 2008" in reply.text
        assert not reply.ephemeral
        assert opened.ephemeral
        assert "¶18 · cited" in opened.text
        assert [choice["value"] for choice in choices] == ["kosovo-formally-establishes-ties-with"]
        for request in discord.requests:
            published.check(request.method, request.path, request.json)
        assert sorted(command["name"] for command in discord.commands) == [
            "Find sources",
            "articles",
            "ask",
            "help",
            "index",
            "log",
            "privacy",
            "reload",
            "settings",
            "source",
            "verify",
        ]
        assert QUESTION not in program.output
        assert await program.stop(signal.SIGTERM) == 0


async def test_sigterm_finishes_the_answer_under_way_and_says_goodbye(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        # The acknowledgement is delivered late, so that the signal comes while it is on its way.
        discord.fault("POST */callback", hang=1.0, carried_out=True)
        asking = asyncio.create_task(discord.slash("ask", {"question": QUESTION}, user="mira"))
        await discord.until(lambda: any(request.path.endswith("/callback") for request in discord.requests))

        status = await program.stop(signal.SIGTERM)

        assert status == 0
        assert "2008" in (await asking).text
        # 1000 ends the session, so the bot is shown offline at once.
        assert discord.gateway.closes == [1000]


@pytest.mark.parametrize("command", ["run", "sync"])
async def test_wrong_token_ends_with_its_own_status_and_one_sentence(tmp_path: Path, command: str) -> None:
    async with LoopbackDiscord() as discord:
        environment = {"PYTHONPATH": str(ROOT), "QUOTH_ARTICLES": str(ROOT / "seeds"), "DISCORD_TOKEN": "canary.wrong"}
        program = await discord.launch("bot", command, folder=tmp_path, environment=environment)

        status = await program.ended(60)

        assert status == 77
        assert "Discord does not accept DISCORD_TOKEN." in program.output
        assert "Traceback" not in program.output
        assert "canary" not in program.output
        assert discord.gateway.identifies == 0


async def test_sync_tells_discord_the_commands_also_when_nothing_changed(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord:
        environment = {"PYTHONPATH": str(ROOT), "QUOTH_ARTICLES": str(ROOT / "seeds")}
        for _ in range(2):
            discord.forget()
            program = await discord.launch("bot", "sync", folder=tmp_path, environment=environment)

            assert await program.ended(60) == 0
            assert "Discord knows 11 commands now." in program.output
            assert any(request.method == "PUT" for request in discord.requests)


async def test_bot_starts_without_articles_and_a_reload_brings_them(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    async with LoopbackDiscord() as discord, running(tmp_path, discord, articles) as program:
        before = await discord.slash("ask", {"question": QUESTION}, user="mira")
        articles.mkdir()
        (articles / "story.md").write_text("# Story\n\nKosovo declared independence on a Sunday.\n", encoding="utf-8")
        reload = await discord.slash("reload", user="otto", permissions=MODERATOR)
        # Before it, after a second, a card tells how far the reading is.
        await discord.until(lambda: "Articles reloaded" in reload.text)
        after = await discord.slash("ask", {"question": QUESTION}, user="mira")

        assert "No articles are loaded yet" in before.text.replace("\\", "")
        assert "There is no folder" in program.output
        assert "on a Sunday" in after.text


async def test_what_only_an_older_version_offered_is_said_to_have_changed(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        command = await discord.slash("quote", {"words": QUESTION}, user="mira")
        button = await discord.press("cite:kosovo-formally-establishes-ties-with", user="mira")
        told = await discord.press("tell:0000000000000001", user="mira", guild=None)

        said = [unescape(reply.text) for reply in (command, button, told)]
        assert said[0].startswith("This command has just changed. Discord learns of it within minutes;")
        assert said[1:] == [
            "This button is from another version of Quoth and does nothing any more.",
            "There are no moderators here.",
        ]
        assert "Traceback" not in program.output


async def test_reload_check_compares_with_what_the_bot_has_loaded(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "story.md").write_text("# Story\n\nThe harbour froze.\n", encoding="utf-8")
    async with LoopbackDiscord() as discord, running(tmp_path, discord, articles) as program:
        await program.stop(signal.SIGTERM)
        (articles / "story.md").write_text("# Story\n\nThe harbour thawed.\n", encoding="utf-8")
        environment = {"PYTHONPATH": str(ROOT), "QUOTH_ARTICLES": str(articles)}
        checking = await discord.launch("bot", "reload-check", folder=tmp_path, environment=environment)

        assert await checking.ended(60) == 0
        assert re.search(r"change “Story” \(paragraphs: 1 changed\)", checking.output)


async def test_two_bots_on_one_database_take_it_over_answer_and_share_what_was_chosen(
    tmp_path: Path, postgres: Postgres
) -> None:
    address = postgres.new()
    database = PostgresDatabase(address)
    # Both find the first schema, with a question that is too old.
    with_rows(database, None, [datetime(2020, 1, 1, tzinfo=UTC)])
    log = QueryLog(database, mode_of=lambda server: LogMode.FULL)
    environment = {"QUOTH_DATABASE_URL": address, "QUOTH_ASKS_PER_MINUTE": "600"}
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(LoopbackDiscord()) for _ in folders]
        programs = await asyncio.gather(
            *(
                stack.enter_async_context(running(folder, discord, ROOT / "seeds", **environment))
                for folder, discord in zip(folders, (one, other), strict=True)
            )
        )

        asking = [discord.slash("ask", {"question": QUESTION}, user="mira") for discord in (one, other) * 20]
        answers = await asyncio.gather(*asking)
        # The mode that counts is the one at the time of writing.
        until = time.monotonic() + 20
        while len(kept := recent(log, 100)) < len(asking):
            assert time.monotonic() < until, len(kept)
            await asyncio.sleep(0.2)
        shown = await one.slash("settings", user="otto", permissions=MODERATOR)
        for menu, value in (("Log", "off"), ("Passages", "1")):
            select = found(shown.callback, "placeholder", menu)
            (chosen,) = [each["value"] for each in select["options"] if each["value"].rpartition(":")[2] == value]
            shown = await one.choose(shown, select["custom_id"], [chosen], user="otto", permissions=MODERATOR)
        unkept = await other.slash("ask", {"question": QUESTION}, user="mira")
        until = time.monotonic() + 20
        while (seen := _labels(await other.slash("ask", {"question": QUESTION}))) != ["Open ¶18"]:
            assert time.monotonic() < until, seen
            await asyncio.sleep(0.5)
        statuses = [await program.stop(signal.SIGTERM) for program in programs]
        told = "".join(program.output for program in programs)

    assert all("declared independence from Serbia in 2008" in answer.text for answer in [*answers, unkept])
    assert statuses == [0, 0]
    assert "Traceback" not in told
    kept = recent(log, 100)
    assert len(kept) == 40
    assert {row.question for row in kept} == {QUESTION}
    database.close()


def _labels(reply: Reply) -> list[str]:
    """What the buttons that open a source say."""
    return re.findall(r"Open ¶\d+", json.dumps(reply.callback, ensure_ascii=False))


def _action(callback: dict[str, object], label: str) -> str:
    """The custom id of the button of that label anywhere in *callback*."""
    return str(found(callback, "label", label)["custom_id"])


def found(callback: dict[str, object], name: str, value: str) -> Any:
    """The component anywhere in *callback* that says so."""
    waiting: list[object] = [callback]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if item.get(name) == value:
                return item
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    raise AssertionError(f"no {name} “{value}”")
