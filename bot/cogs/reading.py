"""`/source` and the buttons that lead to an article."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, NoReturn

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import source_card
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
    async def source(
        self,
        interaction: discord.Interaction[QuothBot],
        article: str,
        paragraph: app_commands.Range[int, 1] | None = None,
    ) -> None:
        """Open the article."""
        await _show(interaction, interaction.client.service.source(article, paragraph))


async def open_citation(interaction: discord.Interaction[QuothBot], citation: str) -> None:
    """Button: the article at a cited paragraph."""
    await _show(interaction, interaction.client.service.recall(citation))


async def turn_page(interaction: discord.Interaction[QuothBot], state: str) -> None:
    """Button: another page of the reader in which it stands; *state* is `<page>:<citation or article id>`."""
    number, _, target = state.partition(":")
    if not (number.isascii() and number.isdecimal()):
        await unknown_button(interaction, state)
    place = interaction.client.service.recall(target)
    await reply.replace(interaction, await asyncio.to_thread(source_card, place, int(number[:9])))


async def send_file(interaction: discord.Interaction[QuothBot], article: str) -> None:
    """Button: the untouched file."""
    name, data = await interaction.client.service.original(article)
    await interaction.response.send_message(file=discord.File(io.BytesIO(data), name), ephemeral=True)


async def unknown_button(_interaction: discord.Interaction[QuothBot], _state: str) -> NoReturn:
    """Button: one that this version does not have.

    Raises:
        Refused: Always.

    """
    raise Refused("This button is from another version of Quoth and does nothing any more.")


async def _show(interaction: discord.Interaction[QuothBot], place: Place) -> None:
    # Laying out a book of some megabytes takes longer than the event loop may be held.
    await reply.send(interaction, await asyncio.to_thread(source_card, place), private=True)
