"""`/help`, `/privacy` and `/settings`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.about_cards import help_card, privacy_card, settings_card
from bot.cards import notice_card
from bot.cogs.moderators import moderated
from bot.cogs.places import still_there
from bot.cogs.states import unknown
from bot.cogs.telling import told
from bot.database import DatabaseUnavailable
from bot.service import Refused
from bot.ui import reply
from bot.words import _, n_
from retrieval.errors import N_

if TYPE_CHECKING:
    from bot.client import QuothBot


logger = logging.getLogger(__name__)


class About(commands.Cog):
    """What Quoth says about itself. Answers are for the asker alone."""

    @app_commands.command(name="help", description=N_("How to ask, and what else there is"))
    @told
    async def help(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Say in a few sentences how Quoth is used here."""
        settings = interaction.client.preferences.of(interaction.guild_id)
        articles = await interaction.client.service.count(server=interaction.guild_id)
        channels = still_there(settings, interaction.guild)
        await reply.send(interaction, help_card(settings, articles=articles, channels=channels), private=True)

    @app_commands.command(name="privacy", description=N_("What is kept of a question here, and for how long"))
    @told
    async def privacy(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Say what is kept, with the server's real settings."""
        bot = interaction.client
        settings = bot.preferences.of(interaction.guild_id)
        card = privacy_card(settings, days=bot.log_days, pseudonym=bot.feedback.pseudonymous)
        await reply.send(interaction, card, private=True)


class Settings(commands.Cog):
    """What moderators choose for their server."""

    @app_commands.command(name="settings", description=N_("How Quoth behaves in this server"))
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    @told
    async def settings(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Show what can be chosen."""
        guild = _moderated(interaction)
        settings = interaction.client.preferences.of(guild.id)
        await reply.send(interaction, settings_card(settings, still_there(settings, guild)), private=True)


async def choose(interaction: discord.Interaction[QuothBot], state: str) -> None:
    """Menu: keep a choice; *state* is `<name>:<value>`, or the ids of channels with commas between."""
    guild = _moderated(interaction)
    name, found, value = state.partition(":")
    read: dict[str, Callable[[str], Any]] = {
        "private": _truth,
        "mentions": _truth,
        "suggestions": _truth,
        "passages": int,
        "language": lambda code: None if code == "-" else code,
        "log_mode": str,
    }
    if found and name not in read:
        unknown()
    try:
        change = {name: read[name](value)} if found else {"channels": tuple(map(int, filter(None, state.split(","))))}
        settings = await asyncio.to_thread(interaction.client.preferences.change, guild.id, **change)
    except ValueError:
        unknown()
    except DatabaseUnavailable as error:
        logger.warning("%s", error)
        raise Refused(_("The choice could not be kept, and the old one stays; please try again later.")) from error
    await reply.replace(interaction, settings_card(settings, still_there(settings, guild)))


async def erase(interaction: discord.Interaction[QuothBot], _state: str) -> None:
    """Button: delete all questions of the person who pressed it."""
    await reply.defer(interaction, new=False)
    # Whose the suggested questions are is not known, so that all of them go.
    interaction.client.lately.clear(None)
    try:
        deleted = await interaction.client.feedback.erase(interaction.user.id)
    except DatabaseUnavailable as error:
        logger.warning("%s", error)
        raise Refused(_("Your questions could not be deleted; please try again later.")) from error
    await reply.update(
        interaction,
        notice_card(n_("{n} question of yours was deleted.", "{n} questions of yours were deleted.", deleted)),
    )


PRESSES: dict[str, Callable[[discord.Interaction[Any], str], Awaitable[None]]] = {"set": choose, "erase": erase}
"""What the menus and buttons of these cards do."""


def _truth(value: str) -> bool:
    return value == "1"


def _moderated(interaction: discord.Interaction[QuothBot]) -> discord.Guild:
    """The server of this moderator.

    Raises:
        Refused: It is no moderator of a server.

    """
    moderated(interaction, _("Only members who may manage this server can change its settings."))
    assert interaction.guild is not None
    return interaction.guild
