"""What custom ids carry. Anybody may have written one, and an older Quoth may have."""

from __future__ import annotations

from typing import NoReturn

from bot.service import Refused
from bot.words import _


def number(text: str) -> int:
    """The number that a custom id carries.

    Raises:
        Refused: It is none.

    """
    if not (text.isascii() and text.isdecimal()):
        unknown()
    return int(text[:9])


def unknown() -> NoReturn:
    """Refuse a button that this version does not have.

    Raises:
        Refused: Always.

    """
    raise Refused(_("This button is from another version of Quoth and does nothing any more."))
