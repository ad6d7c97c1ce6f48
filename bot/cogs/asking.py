"""`/ask`: a question, and the paragraphs that answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import answer_card
from bot.cogs.telling import told
from bot.cogs.titles import article_choices
from bot.querylog import Door
from bot.service import MAX_QUESTION, MIN_QUESTION
from bot.ui import reply

if TYPE_CHECKING:
    from bot.client import QuothBot


class Asking(commands.Cog):
    """What every member may ask."""

    @app_commands.command(name="ask", description="Find the paragraphs of the articles that match your question")
    @app_commands.describe(
        question="What you want to know, in your own words",
        article="Search in one article only",
        private="Show the answer to you alone",
    )
    @app_commands.autocomplete(article=article_choices)
    @told
    async def ask(
        self,
        interaction: discord.Interaction[QuothBot],
        question: app_commands.Range[str, MIN_QUESTION, MAX_QUESTION],
        article: str | None = None,
        private: bool | None = None,
    ) -> None:
        """Answer with one card, at once."""
        answer = await interaction.client.service.ask(
            question, door=Door.SLASH, server=interaction.guild_id, asker=interaction.user.id, article=article
        )
        hidden = interaction.client.answers_private if private is None else private
        await reply.send(interaction, answer_card(answer), private=hidden)
