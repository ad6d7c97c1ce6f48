"""The ways a card, a file or a form reaches a person."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import discord

from bot.cards import Card, Form, Media
from bot.ui.view import CardView, dialogue

# https://discord.com/developers/docs/resources/message#create-message: 2,000 characters of content.
_CODE_LENGTH = 1900


NETWORK_ERRORS = (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError, asyncio.TimeoutError)
"""What a failed request to Discord raises: a reset connection is no DiscordException."""

# An acknowledgement has three seconds from the interaction, all other answers have fifteen minutes.
# https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
_AT_ONCE, _PATIENTLY = (0.1, 0.5), (1.0, 5.0, 15.0)
_LONGEST_PAUSE = 60.0
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes
_ALREADY_ACKNOWLEDGED = 40060
_OUR_FAULT = (400, 413)
"""What was sent was wrong, or too large; the person can still be told so."""
_ANSWERED = "answered"
"""In the extras of an interaction that was acknowledged, also by a request whose answer was lost."""


class Undelivered(Exception):
    """Discord did not take an answer, nor a second time where that could do no harm."""


async def defer(interaction: discord.Interaction[Any], *, new: bool) -> None:
    """Have fifteen minutes for an answer that is *new*, for this person alone, or that replaces what is shown."""
    await _acknowledge(interaction, lambda: interaction.response.defer(ephemeral=new, thinking=new))


async def send(interaction: discord.Interaction[Any], card: Card, *, private: bool) -> None:
    """Answer *interaction* with *card*, also when it was answered or deferred before."""
    view = CardView(card)
    if _is_answered(interaction):
        await _follow_up(lambda: interaction.followup.send(view=view, files=_files(card), ephemeral=private))
    else:
        await _acknowledge(
            interaction, lambda: interaction.response.send_message(view=view, files=_files(card), ephemeral=private)
        )


async def update(interaction: discord.Interaction[Any], card: Card) -> None:
    """Show *card* as the answer of a deferred *interaction*, in place of what was shown before."""
    view = CardView(card)
    await _delivered(lambda: interaction.edit_original_response(view=view, attachments=_files(card)), _PATIENTLY)


async def replace(interaction: discord.Interaction[Any], card: Card) -> None:
    """Show *card* where the pressed button was."""
    await _acknowledge(
        interaction, lambda: interaction.response.edit_message(view=CardView(card), attachments=_files(card))
    )


async def respond(message: discord.Message, card: Card) -> None:
    """Answer *message* with *card*, for everybody who can read it."""
    view = CardView(card)
    # Discord takes a nonce once, so that no answer comes twice.
    await _delivered(lambda: message.reply(view=view, mention_author=False, nonce=message.id), _PATIENTLY)


async def send_file(interaction: discord.Interaction[Any], name: str, data: bytes) -> None:
    """Answer with a file, for this person alone."""

    def file() -> discord.File:
        return discord.File(io.BytesIO(data), name)

    if _is_answered(interaction):
        await _follow_up(lambda: interaction.followup.send(file=file(), ephemeral=True))
    else:
        await _acknowledge(interaction, lambda: interaction.response.send_message(file=file(), ephemeral=True))


async def send_files(interaction: discord.Interaction[Any], sentence: str, paths: Sequence[Path]) -> None:
    """Answer the deferred *interaction* with files that are sent as they are read, for this person alone."""
    await _follow_up(
        lambda: interaction.followup.send(sentence, files=[discord.File(path) for path in paths], ephemeral=True)
    )


async def send_code(interaction: discord.Interaction[Any], text: str, name: str) -> None:
    """Answer with *text* in a block to copy from, for this person alone; as a file *name* where it does not fit."""
    if (block := code_block(text)) is None:
        await send_file(interaction, name, text.encode("utf-8", "replace"))
    else:
        await _acknowledge(interaction, lambda: interaction.response.send_message(block, ephemeral=True))


def code_block(text: str) -> str | None:
    """*text* as a message in which nothing of it acts; None where it does not fit, or would end the block itself."""
    return None if "```" in text or len(text) > _CODE_LENGTH else f"```\n{text}\n```"


async def ask(interaction: discord.Interaction[Any], form: Form) -> None:
    """Open a dialogue. What is filled in comes as another interaction."""
    modal = dialogue(form)
    await _acknowledge(interaction, lambda: interaction.response.send_modal(modal))
    # discord.py would keep it; the submission is read from the interaction itself.
    modal.stop()


async def _acknowledge(interaction: discord.Interaction[Any], request: Callable[[], Awaitable[object]]) -> None:
    """Make the *request* that answers *interaction* first; Discord takes one of them, however often it is made."""
    await _delivered(request, _AT_ONCE)
    interaction.extras[_ANSWERED] = True


def _is_answered(interaction: discord.Interaction[Any]) -> bool:
    return interaction.response.is_done() or _ANSWERED in interaction.extras


async def _follow_up(request: Callable[[], Awaitable[object]]) -> None:
    """Make the *request* for another message, which would stand there twice where one that was lost had arrived."""
    await _delivered(request, _PATIENTLY, twice=False)


async def _delivered(request: Callable[[], Awaitable[object]], pauses: Sequence[float], *, twice: bool = True) -> None:
    """Make the *request*, and again after the *pauses* if it is lost, or refused for now.

    What may have arrived is not made again unless it may be made *twice*. discord.py itself has made it five times
    where Discord had a fault of its own.

    Raises:
        Undelivered: It did not succeed.
        discord.HTTPException: Discord takes no such message.

    """
    for pause in (*pauses, None):
        try:
            await request()
            return
        except discord.HTTPException as error:
            if error.code == _ALREADY_ACKNOWLEDGED:
                return  # by an attempt of which nobody heard again
            if error.status in _OUR_FAULT:
                raise
            failure: Exception = error
            wait = max(pause or 0.0, _retry_after(error)) if error.status == 429 else None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            failure, wait = error, pause if twice else None
        if pause is None or wait is None or wait > _LONGEST_PAUSE:
            raise Undelivered(f"{type(failure).__name__}: {failure}") from failure
        await asyncio.sleep(wait)


def _retry_after(error: discord.HTTPException) -> float:
    """The seconds that Discord wants to be left alone."""
    try:
        return float(error.response.headers.get("Retry-After", 0))
    except ValueError:
        return 0.0


def _files(card: Card) -> list[discord.File]:
    return [
        discord.File(io.BytesIO(block.data), block.filename, description=block.description)
        for block in card.blocks
        if isinstance(block, Media)
    ]
