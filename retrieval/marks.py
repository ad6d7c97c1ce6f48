"""The combining marks of all scripts. Python 3.11 normalises a run of n of them in n² steps (cpython #149079)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

LONGEST_MARK_RUN: Final = 8
"""Combining marks kept in a row; no word has more than a few."""


def character_class(characters: Iterable[str]) -> str:
    """*characters*, ascending, as the inside of a character class."""
    runs: list[list[int]] = []
    for point in map(ord, characters):
        if runs and runs[-1][1] == point - 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in runs)


# None stands below U+0300, and none beyond U+1F000 but the variation selectors.
_MARKS: Final = [
    chr(point)
    for block in (range(0x300, 0x1F000), range(0xE0100, 0xE01F0))
    for point in block
    if unicodedata.category(chr(point)).startswith("M")
]

MARKS: Final = character_class(_MARKS)
"""All of them, as the inside of a character class."""

REORDERED: Final = character_class(filter(unicodedata.combining, _MARKS))
"""Those that normalising puts into another order, which is what takes so long."""
