"""`/ask`: a question, and the paragraphs that answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.about_cards import mentioned
from bot.cards import answer_card, question_of
from bot.cogs.parts import parts
from bot.cogs.places import answered_in, still_there
from bot.cogs.states import number
from bot.cogs.telling import told
from bot.cogs.titles import article_choices, day_choices, language_choices, publisher_choices
from bot.querylog import Door
from bot.service import MAX_QUESTION, MIN_QUESTION, Refused
from bot.ui import reply
from bot.wanted import Wanted
from bot.why_card import why_card
from bot.words import _

if TYPE_CHECKING:
    from bot.client import QuothBot


class Asking(commands.Cog):
    """What every member may ask."""

    @app_commands.command(name="ask", description="Find the paragraphs of the articles that match your question")
    @app_commands.describe(
        question="What you want to know, in your own words",
        article="Search in one article only",
        publisher="Search only articles of this publisher",
        after="Published on this day, in this month or year, or later: 2021-02-01, 2021-02 or 2021",
        before="Published on this day, in this month or year, or earlier: 2021-02-28, 2021-02 or 2021",
        language="Search only articles in this language",
        private="Show the answer to you alone",
    )
    @app_commands.autocomplete(
        article=article_choices,
        publisher=publisher_choices,
        after=day_choices,
        before=day_choices,
        language=language_choices,
    )
    @told
    async def ask(
        self,
        interaction: discord.Interaction[QuothBot],
        question: app_commands.Range[str, MIN_QUESTION, MAX_QUESTION],
        article: str | None = None,
        publisher: str | None = None,
        after: str | None = None,
        before: str | None = None,
        language: str | None = None,
        private: bool | None = None,
    ) -> None:
        """Answer with one card, at once."""
        settings = interaction.client.preferences.of(interaction.guild_id)
        if not answered_in(settings, interaction.channel, interaction.guild):
            channels = mentioned(still_there(settings, interaction.guild))
            raise Refused(_("Questions are answered in {channels}.", channels=channels))
        answer = await interaction.client.service.ask(
            question,
            top=settings.passages,
            door=Door.SLASH,
            server=interaction.guild_id,
            asker=interaction.user.id,
            wanted=Wanted.typed(article=article, publisher=publisher, after=after, before=before, language=language),
        )
        hidden = settings.private if private is None else private
        await reply.send(interaction, answer_card(answer), private=hidden)


async def show_more(interaction: discord.Interaction[QuothBot], state: str) -> None:
    """Button: the passages after those shown before, privately; *state* is `<how many these are>:<which articles>`."""
    skip, _, articles = state.partition(":")
    answer = await interaction.client.service.more(
        _question(interaction), min(number(skip), _MOST), server=interaction.guild_id, wanted=Wanted.of_state(articles)
    )
    await reply.send(interaction, answer_card(answer), private=True)


async def show_why(interaction: discord.Interaction[QuothBot], articles: str) -> None:
    """Button: what made up the places of the passages, privately; its state says which *articles* were searched."""
    question, wanted = _question(interaction), Wanted.of_state(articles)
    explained = await interaction.client.service.why(question, server=interaction.guild_id, wanted=wanted)
    await reply.send(interaction, why_card(question, explained), private=True)


PRESSES: dict[str, Callable[[discord.Interaction[Any], str], Awaitable[None]]] = {"more": show_more, "why": show_why}
"""What the buttons of an answer do; the question stands on the card itself."""

_MOST = 200
"""Passages that are shown of a question, however often more are asked for."""


def _question(interaction: discord.Interaction[QuothBot]) -> str:
    """The question on the card whose button was pressed."""
    for part in parts(interaction.message) if interaction.message else ():
        if isinstance(part, discord.TextDisplay):
            return question_of(part.content)
    raise Refused("The question of this card cannot be read any more; please ask again.")
