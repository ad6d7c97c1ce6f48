"""`/source` and the buttons that lead to an article."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import source_card
from bot.cogs.telling import told
from bot.cogs.titles import article_choices
from bot.service import Place, Refused
from bot.ui import reply

if TYPE_CHECKING:
    from bot.client import QuothBot


class Reading(commands.Cog):
    """The articles themselves. A reader is always private: its pages are turned by one person."""

    @app_commands.command(name="source", description="Read an article, from its beginning or at a paragraph")
    @app_commands.describe(article="The article's title", paragraph="The number of the paragraph to open")
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


async def open_citation(interaction: discord.Interaction[QuothBot], state: str) -> None:
    """Button: the article at a cited paragraph; *state* is `<number when cited>:<citation>`, or an article id."""
    number, _, target = state.rpartition(":")
    known = int(number[:9]) if number.isascii() and number.isdecimal() else None
    await _show(interaction, await interaction.client.service.recall(target, known, server=interaction.guild_id))


async def turn_page(interaction: discord.Interaction[QuothBot], state: str) -> None:
    """Button: another page of the reader in which it stands; *state* is `<page>:<citation or article id>`."""
    number, _, target = state.partition(":")
    if not (number.isascii() and number.isdecimal()):
        await unknown_button(interaction, state)
    place = await interaction.client.service.recall(target, server=interaction.guild_id)
    await reply.replace(interaction, await asyncio.to_thread(source_card, place, int(number[:9])))


async def send_file(interaction: discord.Interaction[QuothBot], article: str) -> None:
    """Button: the untouched file."""
    name, data = await interaction.client.service.original(article, server=interaction.guild_id)
    await reply.send_file(interaction, name, data)


async def unknown_button(_interaction: discord.Interaction[QuothBot], _state: str) -> NoReturn:
    """Button: one that this version does not have.

    Raises:
        Refused: Always.

    """
    raise Refused("This button is from another version of Quoth and does nothing any more.")


async def _show(interaction: discord.Interaction[QuothBot], place: Place) -> None:
    # Laying out a book of some megabytes takes longer than the event loop may be held.
    await reply.send(interaction, await asyncio.to_thread(source_card, place), private=True)
