"""A simulated server with a member and a moderator, as most tests of commands need it."""

from __future__ import annotations

from dataclasses import dataclass

import discord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.env import Env
from simcord.results import InteractionResult

from tests.screens import menus, message_of, text


@dataclass
class Server:
    env: Env
    channel: ChannelHandle
    member: MemberActor
    moderator: MemberActor

    async def ask(self, question: str) -> str:
        """What the member is shown."""
        return text(await self.member.slash(self.channel, "ask", question=question))

    async def index(self, verb: str, **options: object) -> InteractionResult:
        """A command of the moderator."""
        return await self.moderator.slash(self.channel, f"index {verb}", **options)

    async def press(self, on: InteractionResult, label: str) -> InteractionResult:
        """A button that the moderator presses."""
        return await self.moderator.click(message_of(on).message, label=label)

    async def choose(self, on: InteractionResult, menu: str, value: str) -> InteractionResult:
        """A choice that the moderator makes."""
        shown = message_of(on)
        return await self.moderator.select(shown.message, [value], custom_id=menus(shown)[menu]["custom_id"])


def server_in(env: Env, name: str = "Test Guild", shard: int = 0) -> Server:
    guild = env.create_guild(name, shard_id=shard)
    mods = guild.create_role("Mods", permissions=discord.Permissions(manage_guild=True))
    return Server(
        env,
        guild.create_text_channel("articles"),
        guild.add_member(env.create_user(f"mira of {name}")),
        guild.add_member(env.create_user(f"otto of {name}"), roles=[mods]),
    )
