"""A refusal is an answer, not a failure of the command."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, get_type_hints

import discord

if TYPE_CHECKING:
    from bot.client import QuothBot

P = ParamSpec("P")
Cog = TypeVar("Cog")


def told(
    command: Callable[Concatenate[Cog, discord.Interaction[QuothBot], P], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[Cog, discord.Interaction[QuothBot], P], Coroutine[Any, Any, None]]:
    """*command*, which tells the person what went wrong; discord.py would count a refusal among its errors."""

    @functools.wraps(command)
    async def telling(
        cog: Cog, interaction: discord.Interaction[QuothBot], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        try:
            await command(cog, interaction, *args, **kwargs)
        except Exception as error:
            await interaction.client.explain(interaction, error)

    # discord.py looks annotations up in the module of the function that it is given, so they are looked up here.
    hints = get_type_hints(command, localns={"QuothBot": object}, include_extras=True)
    signature = inspect.signature(command)
    known = [part.replace(annotation=hints.get(part.name, part.annotation)) for part in signature.parameters.values()]
    telling.__signature__ = signature.replace(parameters=known)  # type: ignore[attr-defined]
    return telling
