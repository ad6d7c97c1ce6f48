"""The components of a message."""

from __future__ import annotations

from collections.abc import Iterator

import discord


def parts(message: discord.Message) -> Iterator[discord.Component]:
    """Every component of *message*, those within others after them, in the order in which they are seen."""
    waiting: list[discord.Component] = list(message.components)
    while waiting:
        part = waiting.pop(0)
        yield part
        inner = [*getattr(part, "children", ())]
        if isinstance(accessory := getattr(part, "accessory", None), discord.Component):
            inner.append(accessory)
        waiting[:0] = inner


def actions_of(message: discord.Message) -> dict[str, str]:
    """What the buttons of *message* carry, by their verb; the first of each verb."""
    found: dict[str, str] = {}
    for verb, state in _actions(message):
        found.setdefault(verb, state)
    return found


def verbs_of(message: discord.Message) -> Iterator[str]:
    """What the buttons of *message* do, one for each."""
    return (verb for verb, _ in _actions(message))


def _actions(message: discord.Message) -> Iterator[tuple[str, str]]:
    for part in parts(message):
        if isinstance(part, discord.Button) and part.custom_id:
            verb, _, state = part.custom_id.partition(":")
            yield verb, state
