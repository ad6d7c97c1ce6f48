"""Cuts text to a size at the ends of sentences, so that no cut is silent and nothing is lost between the pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.escaping import escape

# The end of a sentence with its closing quotes, or else of a word. Each matches one place, so the search is linear.
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*(?=\s)|\n")
_WORD_END = re.compile(r"\s")


def units(text: str) -> int:
    """The length of *text* as the stricter of the two ways to count it, UTF-16 code units, has it.

    Discord does not say which way it counts.
    """
    return len(text) + sum(1 for character in text if character > "\uffff")


def pieces(text: str, size: int) -> Iterator[str]:
    """*text* in pieces of at most *size* units each when shown. Joined, they are *text* again, letter by letter.

    A piece ends at the end of a sentence, of a word where no sentence ends in its second half, or where it must.
    There is always one piece, and each costs time in proportion to *size* only.
    """
    start = 0
    while start < len(text) or not text:
        chunk = text[start : start + size]
        end = _fitting(chunk, size)
        if start + end < len(text):
            ends = (_last_end(_SENTENCE_END, chunk, end), _last_end(_WORD_END, chunk, end), end)
            end = next(filter(None, ends))
        yield chunk[:end]
        start += end
        if not text:
            return


def _fitting(chunk: str, size: int) -> int:
    """How many characters of *chunk* take at most *size* units when shown, and at least one if there is any."""
    used = 0
    for count, character in enumerate(chunk):
        # In a quotation the line after a break begins with a mark of two characters.
        used += 3 if character == "\n" else units(escape(character))
        if used > size:
            return max(count, 1)
    return len(chunk)


def _last_end(end: re.Pattern[str], chunk: str, high: int) -> int:
    """Where the last match of *end* in the second half of chunk[:high] stops; 0 if there is none."""
    return max((match.end() for match in end.finditer(chunk, high // 2, high)), default=0)
