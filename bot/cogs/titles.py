"""The titles that Discord offers while somebody types an article's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.cards import choice_label

if TYPE_CHECKING:
    from bot.client import QuothBot

# https://discord.com/developers/docs/interactions/application-commands#autocomplete
MAX_CHOICES = 25


async def article_choices(interaction: discord.Interaction[QuothBot], typed: str) -> list[app_commands.Choice[str]]:
    """The articles whose titles hold what was typed; the value of a choice is the article's id."""
    articles = await interaction.client.service.suggest(typed, MAX_CHOICES, server=interaction.guild_id)
    return [app_commands.Choice(name=choice_label(article.title), value=article.id) for article in articles]
