"""The ways a card reaches a person."""

from __future__ import annotations

from typing import Any

import discord

from bot.cards import Card
from bot.ui.view import CardView


async def send(interaction: discord.Interaction[Any], card: Card, *, private: bool) -> None:
    """Answer *interaction* with *card*, also when it was answered or deferred before."""
    view = CardView(card)
    if interaction.response.is_done():
        await interaction.followup.send(view=view, ephemeral=private)
    else:
        await interaction.response.send_message(view=view, ephemeral=private)
    # discord.py keeps a private view and a task for it for 15 minutes; the buttons work without either.
    view.stop()


async def replace(interaction: discord.Interaction[Any], card: Card) -> None:
    """Show *card* where the pressed button was."""
    await interaction.response.edit_message(view=CardView(card))
