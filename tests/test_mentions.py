"""Mentions and direct messages of the running program, while Discord takes its answers and while it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.loopback import LoopbackDiscord
from tests.loopback_objects import APPLICATION, GUILD, walk
from tests.payloads import PublishedApi
from tests.test_process import QUESTION, running

MENTION = f"<@{APPLICATION}> {QUESTION}"


def words(post: dict[str, Any]) -> str:
    return "\n".join(part.get("content") or "" for part in walk(post["components"]))


@pytest.mark.parametrize(("text", "guild"), [(MENTION, GUILD), (QUESTION, None)])
async def test_message_is_answered_once_and_other_messages_are_not(
    tmp_path: Path, published: PublishedApi, text: str, guild: str | None
) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        await discord.say("Who is talking?")
        await discord.say(text, user="mira", guild=guild)
        await discord.until(lambda: discord.posts)

        assert "declared independence from Serbia in 2008" in words(discord.posts[0])
        for request in discord.requests:
            published.check(request.method, request.path, request.json)
        assert await program.stop() == 0
        assert len(discord.posts) == 1


@pytest.mark.parametrize(
    ("fault", "logged"),
    [
        ({"status": 400, "code": 50035}, "Discord does not take the answer to a mention (400"),
        ({"status": 403, "code": 50013}, "A mention could not be answered (Forbidden"),
        ({"status": 404, "code": 10003}, "A mention could not be answered (NotFound"),
    ],
)
async def test_mention_whose_answer_discord_refuses_is_logged_and_the_bot_goes_on(
    tmp_path: Path, fault: dict[str, int], logged: str
) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        discord.fault("POST /channels/*/messages", **fault)  # type: ignore[arg-type] # numbers all
        await discord.say(MENTION, user="mira")
        await discord.until(lambda: logged in program.output)
        assert discord.posts == []

        await discord.say(MENTION, user="otto")
        await discord.until(lambda: discord.posts)
        assert "2008" in words(discord.posts[0])
        assert await program.stop() == 0
        assert "Traceback" not in program.output


@pytest.mark.parametrize("carried_out", [False, True])
async def test_answer_to_a_mention_that_is_lost_is_sent_again_under_the_same_nonce(
    tmp_path: Path, carried_out: bool
) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord) as program:
        discord.fault("POST /channels/*/messages", reset=True, carried_out=carried_out)
        await discord.say(MENTION, user="mira")
        await discord.until(lambda: len(sent(discord)) == 2)

        first, second = sent(discord)
        assert first["nonce"] == second["nonce"]
        assert second["enforce_nonce"]
        await discord.until(lambda: discord.posts and "2008" in words(discord.posts[-1]))
        assert await program.stop() == 0
        assert "Traceback" not in program.output


def sent(discord: LoopbackDiscord) -> list[dict[str, Any]]:
    return [request.json for request in discord.requests if request.path.endswith("/messages")]
