"""The same bot in a local browser, without a token: simcord stands in for Discord."""

from __future__ import annotations

import asyncio
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import discord
import simcord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.env import Env

from bot import app
from bot.client import QuothBot
from bot.settings import Settings
from bot.shards import Shards

QUESTION = "When did Kosovo declare independence?"
"""Already asked when the page opens."""

_RELOADING_SECONDS = 3600.0
"""How long the page waits for what somebody does in it, and takes nothing else; a large folder is read for minutes."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A server with one channel, a member and a moderator, and the bot at work in it."""

    env: Env
    channel: ChannelHandle
    member: MemberActor
    moderator: MemberActor


@asynccontextmanager
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    """The bot that *settings* describe in a simulated server. What it writes is gone at the end."""
    # The simulated Discord forgets the commands with the process, so the note of them must go with it too.
    with tempfile.TemporaryDirectory(prefix="quoth-demo-") as folder:
        kept = settings.model_copy(update={"data": Path(folder), "shards": Shards((0,), 1)})
        async with app.quoth(kept, kept=True) as quoth:
            await quoth.curator.start()
            bot = QuothBot(quoth)
            async with simcord.run(bot, check_errors=False, settle_timeout=_RELOADING_SECONDS) as env:
                assert bot.user is not None
                await bot.user.edit(username="Quoth")
                guild = env.create_guild("The Reading Room")
                channel = guild.create_text_channel("ask-the-articles")
                moderators = guild.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
                yield Stage(
                    env,
                    channel,
                    member=guild.add_member(env.create_user("Mira")),
                    moderator=guild.add_member(env.create_user("Otto"), roles=[moderators]),
                )


async def serve(
    settings: Settings, *, port: int, browser: bool, say: Callable[[str], object], stop: asyncio.Event
) -> None:
    """Show the bot in a local page until somebody ends the session there or *stop* is set.

    Raises:
        QuothError: There are no articles to show.

    """
    async with stage(settings) as scene:
        await scene.member.slash(scene.channel, "ask", question=QUESTION)
        viewers = [scene.member, scene.moderator]
        async with scene.env.preview(scene.channel, viewers=viewers, layout="channel", port=port) as preview:
            say(f"Quoth is at {preview.url}")
            say("Type /ask, /source or, as the moderator Otto, /reload. Ctrl+C ends the demo.")
            if browser and not await asyncio.to_thread(webbrowser.open, preview.url):
                say("No browser could be opened here; open that address in one.")
            ends = [asyncio.create_task(preview.wait_closed()), asyncio.create_task(stop.wait())]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()
