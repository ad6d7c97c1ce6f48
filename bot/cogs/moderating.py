"""`/reload`: what moderators do with the articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import reload_card
from bot.service import Refused
from bot.ui import reply

if TYPE_CHECKING:
    from bot.client import QuothBot


class Moderating(commands.Cog):
    """Commands for those who manage the server."""

    @app_commands.command(name="reload", description="Read the articles again and show what changed")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def reload(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Read the folder again; the report is for the moderator alone."""
        # The declared permission is a default that a server's admins can change, so it is checked here again.
        if interaction.guild is None or not interaction.permissions.manage_guild:
            raise Refused("Only members who may manage this server can reload the articles.")
        await interaction.response.defer(ephemeral=True, thinking=True)
        reloaded = await interaction.client.service.reload()
        await reply.send(interaction, reload_card(reloaded), private=True)
