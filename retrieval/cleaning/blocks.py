"""The lines of a file as blocks: what its author would call a paragraph, a heading or a menu entry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file that is not blank, without the space around it."""

    number: int
    """Its place in the file, from 1."""
    text: str
    indent: int
    """Columns of space before it."""

    @property
    def width(self) -> int:
        """The column at which it ends, on a screen whose letters are all as wide."""
        return self.indent + columns(self.text)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together: one, or several where the file breaks its paragraphs at a fixed width."""

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The words of the block in their order, a space for every line break.

        Between two letters of a script written without spaces a line break stands for nothing.
        """
        parts = [self.lines[0].text]
        for line, after in pairwise(self.lines):
            joined = UNSPACED.match(line.text[-1]) and UNSPACED.match(after.text[0])
            parts.append(after.text if joined else f" {after.text}")
        return "".join(parts)


def blocks(text: str) -> list[Block]:
    """The blocks of *text* in order; every line that is not blank is in exactly one."""
    return [Block(tuple(lines)) for stanza in _stanzas(text) for lines in stanza]


# Han, kana and the full-width punctuation between them; Thai, Lao, Burmese, Khmer.
UNSPACED: Final = re.compile(
    r"[\u2e80-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)
SENTENCE_ENDS: Final = ".!?…。！？؟۔।॥։።"
CLOSERS: Final = "\"'”’“»«)]}›‹」』）】*_ \u200b\u200e\u200f"


def ends_sentence(text: str) -> bool:
    """Whether *text* ends as a sentence does, closing quotes and brackets aside."""
    return text.rstrip(CLOSERS)[-1:] in tuple(SENTENCE_ENDS)


# Text editors and mail programs break at 60 to 80 columns, old printers at up to 132.
_NARROWEST: Final = 40
_WIDEST: Final = 132


def _stanzas(text: str) -> list[list[list[Line]]]:
    """Lines grouped into blocks, blocks grouped by the blank lines between them."""
    stanzas: list[list[Line]] = [[]]
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        line = raw.strip()
        if line:
            stanzas[-1].append(Line(number, line, len(raw) - len(raw.lstrip())))
        elif stanzas[-1]:
            stanzas.append([])
    width = _wrap_width(stanzas)
    return [_unwrapped(stanza, width) for stanza in stanzas if stanza]


def _wrap_width(stanzas: Sequence[Sequence[Line]]) -> int | None:
    """The width at which the file breaks its paragraphs, or None where a line is a paragraph.

    A program that fills lines breaks only where the next word would not have fitted. Where that holds for most
    line breaks inside stanzas, and most of them fall inside a sentence, the file is wrapped.
    """
    lengths = sorted(line.width for stanza in stanzas for line in stanza)
    if not lengths:
        return None
    # One line in fifty may be longer: an address has no place to break.
    width = lengths[-1 - len(lengths) // 50]
    if not _NARROWEST <= width <= _WIDEST:
        return None
    # Short lines, of menus and headings, end where they end in any file.
    pairs = [
        (line, after)
        for stanza in stanzas
        for line, after in pairwise(stanza)
        if line.text != after.text and 5 * line.width >= 3 * width
    ]
    full = [(line, after) for line, after in pairs if _is_full(line, after, width)]
    inside = [(line, after) for line, after in full if not ends_sentence(line.text)]
    going_on = [after for _, after in inside if not after.text[0].isupper() and after.text[0].isalpha()]
    if 2 * len(full) < len(pairs) or 2 * len(inside) < len(full) or 4 * len(going_on) < len(full):
        return None
    # In a note of few lines, the evidence is a line that goes on in lower case.
    return width if len(full) >= 4 or any(after.text[0].islower() for after in going_on) else None


def _unwrapped(stanza: Sequence[Line], width: int | None) -> list[list[Line]]:
    """The blocks of lines that no blank line parts."""
    if width is None:
        return [[line] for line in stanza]
    indents = 2 * sum(line.indent > 0 for line in stanza) < len(stanza)
    found: list[list[Line]] = [[stanza[0]]]
    for line, after in pairwise(stanza):
        starts = (after.indent > 0 and indents) or LIST_ITEM.match(after.text) or line.text == after.text
        if _is_full(line, after, width) and not starts:
            found[-1].append(after)
        else:
            found.append([after])
    return found


LIST_ITEM: Final = re.compile(r"(?:[-–—•*●▪◦‣·]|\d{1,3}[.)]|[a-zA-Z]\))\s")


def _is_full(line: Line, after: Line, width: int) -> bool:
    """Whether the first word of the next line would not have fitted on this one."""
    first = after.text[0] if UNSPACED.match(after.text[0]) else after.text.split(maxsplit=1)[0]
    return line.width + columns(first) + 1 > width


def columns(text: str) -> int:
    """The width of *text* where every letter takes one column, and a Chinese one two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
