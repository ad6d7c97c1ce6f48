"""Letters that a program misread long before the file came here, made right where that is certain."""

from __future__ import annotations

import re

import ftfy.bad_codecs  # noqa: F401  # registers the encodings of browsers that are named below
from ftfy.badness import badness

from retrieval.errors import N_
from retrieval.phrases import Phrase


def repaired(text: str) -> tuple[str, str | None]:
    """*text* with the lines repaired that are certainly mojibake, and a sentence that names the first repair.

    Certain is a line that, written in the encoding a program mistook for UTF-8, is valid UTF-8 to its last byte, that
    looked wrong before and no longer does after, and that has either three repaired letters or one of the western ones
    (é, ’) that are misread most. A line that holds right letters beside wrong ones stays as it is.

    Source: Robyn Speer, ftfy, https://ftfy.readthedocs.io: the measure of what looks wrong.
    """
    sentence = None
    lines = re.split(r"(\r\n|\r|\n)", text)
    for place, line in enumerate(lines):
        right = None if line.isascii() else _right(line)
        if right is not None:
            lines[place] = right
            if sentence is None:
                before, after = _first_repair(line, right)
                told = N_("its letters were repaired: “{before}” is read as “{after}”")
                sentence = Phrase(told, before=before, after=after)
    return ("".join(lines), sentence) if sentence else (text, None)


# The encodings that UTF-8 is mistaken for, as browsers know them: every byte is a letter.
_MISTAKEN = ("sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250", "latin-1")
_SURE = "ÃÂâ"  # how UTF-8 of western letters, spaces and quotes begins where it is read as Windows-1252

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def _right(line: str) -> str | None:
    wrong = badness(line)
    if not wrong:
        return None
    for encoding in _MISTAKEN:
        try:
            right = line.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        letters = sum(not letter.isascii() for letter in right)
        sure = letters >= 3 or any(letter in _SURE for letter in line)
        if sure and letters and not badness(right) and not _CONTROL.search(right):
            return right
    return None


def _first_repair(line: str, right: str) -> tuple[str, str]:
    """The first letter that was repaired, before and after; both lines begin with the same ASCII."""
    start = next(place for place, letter in enumerate(line) if not letter.isascii())
    letter = right[start]
    length = len(letter.encode("utf-8"))
    return line[start : start + length], letter
