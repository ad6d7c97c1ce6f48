"""Who moderates a server."""

from __future__ import annotations

from typing import Any

import discord

from bot.service import Refused


def moderated(interaction: discord.Interaction[Any], refusal: str) -> int:
    """The server that this member may manage.

    Raises:
        Refused: With *refusal*: it is no moderator of a server.

    """
    # The declared permission is a default that a server's admins can change, so it is checked here again.
    if interaction.guild is None or not interaction.permissions.manage_guild:
        raise Refused(refusal)
    return interaction.guild.id
