"""`/verify` and *Find sources*: whether words stand in the articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.parts import parts
from bot.cogs.telling import told
from bot.escaping import unescape
from bot.ui import reply
from bot.verify_card import verify_card
from retrieval.errors import N_

if TYPE_CHECKING:
    from bot.client import QuothBot


class Verifying(commands.Cog):
    """Claims, held against the articles. Answers are for the asker alone."""

    @app_commands.command(name="verify", description=N_("Check whether a quotation stands in the articles"))
    @app_commands.describe(quote=N_("The words as you know them; “…” stands for words left out"))
    @told
    async def verify(self, interaction: discord.Interaction[QuothBot], quote: app_commands.Range[str, 3, 1000]) -> None:
        """Say whether it stands there exactly, nearly or not."""
        verdict = await interaction.client.service.verify(quote, server=interaction.guild_id)
        await reply.send(interaction, verify_card([verdict]), private=True)


@app_commands.context_menu(name=N_("Find sources"))
async def find_sources(interaction: discord.Interaction[QuothBot], message: discord.Message) -> None:
    """Check each sentence of a message, five at most."""
    try:
        verdicts, more = await interaction.client.service.sources(_words(message), server=interaction.guild_id)
        await reply.send(interaction, verify_card(verdicts, more=more), private=True)
    except Exception as error:
        await interaction.client.explain(interaction, error)


def _words(message: discord.Message) -> str:
    """What a person reads in *message*: its text, that of a message it passes on, what a card quotes or else says."""
    texts = [message.content, *(passed_on.content for passed_on in message.message_snapshots)]
    said = [unescape(part.content) for part in parts(message) if isinstance(part, discord.TextDisplay)]
    lines = "\n".join(said).split("\n")
    texts += [line.removeprefix("> ") for line in lines if line.startswith("> ")] or said
    return "\n".join(filter(None, texts))
