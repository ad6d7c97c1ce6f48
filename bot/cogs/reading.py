"""`/source` and the buttons that lead to an article."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.parts import actions_of
from bot.cogs.states import number, unknown
from bot.cogs.telling import told
from bot.cogs.titles import article_choices, day_choices, publisher_choices
from bot.reader import articles_card, citation_text, jump_form, source_card, whole_text
from bot.service import Place, Refused, Removed
from bot.ui import reply
from bot.wanted import Wanted
from bot.words import _
from retrieval.errors import N_
from retrieval.model import CitationId
from retrieval.splitting import article_cited

if TYPE_CHECKING:
    from bot.client import QuothBot


class Reading(commands.Cog):
    """The articles themselves. A reader is always private: its pages are turned by one person."""

    @app_commands.command(name="source", description=N_("Read an article, from its beginning or at a paragraph"))
    @app_commands.describe(article=N_("The article's title"), paragraph=N_("The number of the paragraph to open"))
    @app_commands.autocomplete(article=article_choices)
    @told
    async def source(
        self,
        interaction: discord.Interaction[QuothBot],
        article: str,
        paragraph: app_commands.Range[int, 1] | None = None,
    ) -> None:
        """Open the article."""
        service = interaction.client.service
        await _show(interaction, await service.source(article, paragraph, server=interaction.guild_id))

    @app_commands.command(name="articles", description=N_("All articles that can be asked about; choose one to read"))
    @app_commands.describe(
        publisher=N_("Only those of this publisher"),
        after=N_("Published on this day, in this month or year, or later: 2021-02-01, 2021-02 or 2021"),
        before=N_("Published on this day, in this month or year, or earlier: 2021-02-28, 2021-02 or 2021"),
    )
    @app_commands.autocomplete(publisher=publisher_choices, after=day_choices, before=day_choices)
    @told
    async def articles(
        self,
        interaction: discord.Interaction[QuothBot],
        publisher: str = "",
        after: str = "",
        before: str = "",
    ) -> None:
        """Show the first page."""
        typed = Wanted.typed(publisher=publisher, after=after, before=before)
        wanted, found = await interaction.client.service.articles(typed, server=interaction.guild_id)
        await reply.send(interaction, articles_card(found, wanted, 1), private=True)


async def open_citation(interaction: discord.Interaction[QuothBot], state: str) -> None:
    """Button: the article at a cited paragraph; *state* is `<number when cited>:<citation>`, or an article id."""
    cited_as, _colon, target = state.rpartition(":")
    known = number(cited_as) if cited_as else None
    place = await interaction.client.service.recall(target, known, server=interaction.guild_id)
    if place.paragraph is not None:
        actions = actions_of(interaction.message) if interaction.message else {}
        question = actions.get("good") or actions.get("forget")
        interaction.client.feedback.opened(question, interaction.guild_id, place.paragraph.citation)
    await _show(interaction, place)


async def turn_page(interaction: discord.Interaction[QuothBot], state: str) -> None:
    """Button: another page of the reader in which it stands; *state* is `<page>:<citation or article id>`."""
    page, _colon, target = state.partition(":")
    place = await _place(interaction, target)
    await _turn(interaction, place, number(page))


async def ask_where(interaction: discord.Interaction[QuothBot], target: str) -> None:
    """Button: asks for the number of a paragraph."""
    place = await _place(interaction, target)
    await reply.ask(interaction, jump_form(place.article, target))


async def jump(interaction: discord.Interaction[QuothBot], target: str, filled: dict[str, str]) -> None:
    """Form: the reader in which it stands, at the paragraph whose number was given."""
    service = interaction.client.service
    typed = filled.get("number", "").strip().removeprefix("¶").strip()
    if not (typed.isascii() and typed.isdecimal()):
        raise Refused(_("The number of a paragraph is written in digits, like 7."))
    article = (await _place(interaction, target)).article
    await _turn(interaction, await service.source(article.id, int(typed[:9]), server=interaction.guild_id), None)


async def copy_citation(interaction: discord.Interaction[QuothBot], citation: str) -> None:
    """Button: the quotation with all that names its place, ready to be copied."""
    place = await interaction.client.service.recall(citation, server=interaction.guild_id)
    if place.paragraph is None:
        unknown()
    await reply.send_code(interaction, citation_text(place.article, place.paragraph), "citation.txt")


async def send_whole(interaction: discord.Interaction[QuothBot], article: str) -> None:
    """Button: the article as plain text."""
    _downloadable(interaction)
    found = (await interaction.client.service.source(article, server=interaction.guild_id)).article
    await reply.send_file(interaction, f"{found.id}.txt", whole_text(found).encode("utf-8", "replace"))


async def send_file(interaction: discord.Interaction[QuothBot], article: str) -> None:
    """Button: the untouched file."""
    _downloadable(interaction)
    name, data = await interaction.client.service.original(article, server=interaction.guild_id)
    await reply.send_file(interaction, name, data)


async def list_articles(interaction: discord.Interaction[QuothBot], state: str) -> None:
    """Button: another page of the list in which it stands; *state* is `<page>:<after>:<before>:<publisher>`."""
    page, _colon, filters = state.partition(":")
    after, _colon, rest = filters.partition(":")
    before, _colon, publisher = rest.partition(":")
    service, listed = interaction.client.service, Wanted(publisher, after, before)
    wanted, found = await service.articles(listed, server=interaction.guild_id)
    await reply.replace(interaction, articles_card(found, wanted, number(page)))


PRESSES: dict[str, Callable[[discord.Interaction[Any], str], Awaitable[None]]] = {
    "open": open_citation,
    "page": turn_page,
    "jump": ask_where,
    "cite": copy_citation,
    "whole": send_whole,
    "file": send_file,
    "articles": list_articles,
}
"""What the buttons and menus of the reader do; the text after the verb is the state they carry."""

FORMS: dict[str, Callable[[discord.Interaction[Any], str, dict[str, str]], Awaitable[None]]] = {"jump": jump}
"""What submitted forms do."""


async def _place(interaction: discord.Interaction[QuothBot], target: str) -> Place:
    """Where the reader stands, or the beginning of its article where the cited paragraph was taken out meanwhile."""
    service = interaction.client.service
    try:
        return await service.recall(target, server=interaction.guild_id)
    except Removed:
        return await service.source(article_cited(CitationId(target)), server=interaction.guild_id)


def _downloadable(interaction: discord.Interaction[QuothBot]) -> None:
    if not interaction.client.downloads:
        raise Refused(_("The operator does not offer whole articles; read them here page by page."))


async def _turn(interaction: discord.Interaction[QuothBot], place: Place, page: int | None) -> None:
    card = await asyncio.to_thread(source_card, place, page, downloads=interaction.client.downloads)
    await reply.replace(interaction, card)


async def _show(interaction: discord.Interaction[QuothBot], place: Place) -> None:
    # Laying out a book of some megabytes takes longer than the event loop may be held.
    card = await asyncio.to_thread(source_card, place, downloads=interaction.client.downloads)
    await reply.send(interaction, card, private=True)
