"""Who moderates a server."""

from __future__ import annotations

from typing import Any

import discord

from bot.service import Refused


def moderated(interaction: discord.Interaction[Any], refusal: str) -> int:
    """The server that this member may manage, and that the bot is in.

    Raises:
        Refused: With *refusal*: it is no moderator of such a server.

    """
    # The declared permission is a default that a server's admins can change, so it is checked here again.
    granted = interaction.permissions
    # Whoever installed Quoth for themselves brings it into servers that never let it in, and may manage one of them.
    guild = interaction.guild_id and interaction.client.get_guild(interaction.guild_id)
    if not guild or not (granted.manage_guild or granted.administrator):
        raise Refused(refusal)
    return int(guild.id)
