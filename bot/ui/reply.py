"""The ways a card, a file or a form reaches a person."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import discord

from bot.cards import Card, Form, Media
from bot.ui.view import CardView, dialogue

# https://discord.com/developers/docs/resources/message#create-message: 2,000 characters of content.
_CODE_LENGTH = 1900


async def send(interaction: discord.Interaction[Any], card: Card, *, private: bool) -> None:
    """Answer *interaction* with *card*, also when it was answered or deferred before."""
    view = CardView(card)
    if interaction.response.is_done():
        await interaction.followup.send(view=view, files=_files(card), ephemeral=private)
    else:
        await interaction.response.send_message(view=view, files=_files(card), ephemeral=private)
    # discord.py keeps a private view and a task for it for 15 minutes; the buttons work without either.
    view.stop()


async def update(interaction: discord.Interaction[Any], card: Card) -> None:
    """Show *card* as the answer of a deferred *interaction*, in place of what was shown before."""
    view = CardView(card)
    await interaction.edit_original_response(view=view, attachments=_files(card))
    view.stop()


async def replace(interaction: discord.Interaction[Any], card: Card) -> None:
    """Show *card* where the pressed button was."""
    await interaction.response.edit_message(view=CardView(card), attachments=_files(card))


async def respond(message: discord.Message, card: Card) -> None:
    """Answer *message* with *card*, for everybody who can read it."""
    view = CardView(card)
    await message.reply(view=view, mention_author=False)
    view.stop()


async def send_file(interaction: discord.Interaction[Any], name: str, data: bytes) -> None:
    """Answer with a file, for this person alone."""
    file = discord.File(io.BytesIO(data), name)
    if interaction.response.is_done():
        await interaction.followup.send(file=file, ephemeral=True)
    else:
        await interaction.response.send_message(file=file, ephemeral=True)


async def send_files(interaction: discord.Interaction[Any], sentence: str, paths: Sequence[Path]) -> None:
    """Answer the deferred *interaction* with files that are sent as they are read, for this person alone."""
    files = [discord.File(path) for path in paths]
    await interaction.followup.send(sentence, files=files, ephemeral=True)


async def send_code(interaction: discord.Interaction[Any], text: str, name: str) -> None:
    """Answer with *text* in a block to copy from, for this person alone; as a file *name* where it does not fit."""
    if (block := code_block(text)) is None:
        await send_file(interaction, name, text.encode("utf-8", "replace"))
    else:
        await interaction.response.send_message(block, ephemeral=True)


def code_block(text: str) -> str | None:
    """*text* as a message in which nothing of it acts; None where it does not fit, or would end the block itself."""
    return None if "```" in text or len(text) > _CODE_LENGTH else f"```\n{text}\n```"


async def ask(interaction: discord.Interaction[Any], form: Form) -> None:
    """Open a dialogue. What is filled in comes as another interaction."""
    modal = dialogue(form)
    await interaction.response.send_modal(modal)
    # discord.py would keep it; the submission is read from the interaction itself.
    modal.stop()


def _files(card: Card) -> list[discord.File]:
    return [
        discord.File(io.BytesIO(block.data), block.filename, description=block.description)
        for block in card.blocks
        if isinstance(block, Media)
    ]
