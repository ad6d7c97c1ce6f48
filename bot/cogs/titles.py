"""What Discord offers while somebody types the name of an article, a publisher, a day or a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.cards import choice_label
from bot.wanted import Wanted

if TYPE_CHECKING:
    from bot.client import QuothBot

# https://discord.com/developers/docs/interactions/application-commands#autocomplete
MAX_CHOICES = 25


async def article_choices(interaction: discord.Interaction[QuothBot], typed: str) -> list[app_commands.Choice[str]]:
    """The articles whose titles hold what was typed and that fit the other options; the value is the article's id."""
    filled = interaction.namespace  # what is not filled in is None
    wanted = Wanted.typed(
        publisher=filled.publisher, after=filled.after, before=filled.before, language=filled.language
    )
    articles = await interaction.client.service.suggest(typed, MAX_CHOICES, server=interaction.guild_id, wanted=wanted)
    return [app_commands.Choice(name=choice_label(article.title), value=article.id) for article in articles]


async def publisher_choices(interaction: discord.Interaction[QuothBot], typed: str) -> list[app_commands.Choice[str]]:
    """The publishers of the articles."""
    names = await interaction.client.service.publishers(typed, MAX_CHOICES, server=interaction.guild_id)
    # Names that begin alike are one choice where the button cuts them.
    values = {Wanted.typed(publisher=name).publisher: name for name in reversed(names)}
    return [app_commands.Choice(name=choice_label(name), value=value) for value, name in reversed(values.items())]


async def day_choices(interaction: discord.Interaction[QuothBot], typed: str) -> list[app_commands.Choice[str]]:
    """The days on which articles were published."""
    days = await interaction.client.service.days(typed, MAX_CHOICES, server=interaction.guild_id)
    return [app_commands.Choice(name=day, value=day) for day in days]


async def language_choices(interaction: discord.Interaction[QuothBot], typed: str) -> list[app_commands.Choice[str]]:
    """The languages of the articles, by name."""
    languages = await interaction.client.service.languages(typed, MAX_CHOICES, server=interaction.guild_id)
    return [app_commands.Choice(name=name, value=code) for code, name in languages]
