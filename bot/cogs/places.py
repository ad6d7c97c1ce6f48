"""Where questions are answered: everywhere, or in the channels that the moderators chose."""

from __future__ import annotations

from typing import Any

import discord

from bot.preferences import ServerSettings


def still_there(settings: ServerSettings, guild: discord.Guild | None) -> tuple[int, ...]:
    """Those of the chosen channels that exist."""
    return tuple(one for one in settings.channels if guild is not None and guild.get_channel(one) is not None)


def answered_in(settings: ServerSettings, channel: Any, guild: discord.Guild | None) -> bool:
    """Whether questions are answered in *channel*; a thread is where its channel is."""
    allowed = still_there(settings, guild)
    return not allowed or bool({getattr(channel, "id", 0), getattr(channel, "parent_id", 0)} & set(allowed))


def seen_by_all(channel: Any, guild: discord.Guild | None) -> bool:
    """Whether everybody in the server can read *channel*; what cannot be told is not."""
    place = channel.parent if isinstance(channel, discord.Thread) else channel
    hidden = isinstance(channel, discord.Thread) and channel.is_private()
    if guild is None or hidden or not isinstance(place, discord.abc.GuildChannel):
        return False
    return place.permissions_for(guild.default_role).view_channel
