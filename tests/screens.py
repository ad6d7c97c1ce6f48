"""What a person sees of a message of the simulated Discord."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simcord.results import InteractionResult, ResponseMessage

from bot.escaping import unescape

TEXT_DISPLAY, BUTTON, MENUS = 10, 2, (3, 8)


def message_of(result: InteractionResult) -> ResponseMessage:
    """The one message that answered; a deferred answer comes as a follow-up."""
    if result.followups:
        return result.followups[-1]
    assert result.response is not None, "nothing was answered"
    return result.response


def markdown(message: ResponseMessage) -> str:
    """All text of the card as it was sent, block by block."""
    return "\n".join(item["content"] for item in nested(message.components) if item["type"] == TEXT_DISPLAY)


def text(result: InteractionResult) -> str:
    """All text of the answering card without escapes and bold, as a person reads it."""
    return unescape(markdown(message_of(result)))


def buttons(message: ResponseMessage) -> dict[str, dict[str, Any]]:
    """The buttons of the card by their labels."""
    return {item["label"]: item for item in nested(message.components) if item["type"] == BUTTON}


def menus(message: ResponseMessage) -> dict[str, dict[str, Any]]:
    """The select menus of the card by their placeholders."""
    return {item["placeholder"]: item for item in nested(message.components) if item["type"] in MENUS}


def nested(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        yield component
        yield from nested(component.get("components", []))
        if "accessory" in component:
            yield component["accessory"]
