"""Cuts text to a size at the ends of sentences, so that no cut is silent and nothing is lost between the pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.escaping import escape, is_active
from retrieval.model import Passage
from retrieval.sentences import sentence_spans

# The end of a sentence with its closing quotes, or else of a word. Each matches one place, so the search is linear.
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*(?=\s)|\n")
_WORD_END = re.compile(r"\s")

_BREAK_UNITS = 6
"""Of marks at the end of a line: two that begin the next line of a quotation, and four where both are bold."""


def units(text: str) -> int:
    """The length of *text* as the stricter of the two ways to count it, UTF-16 code units, has it.

    Discord does not say which way it counts.
    """
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def excerpt(passage: Passage, size: int) -> tuple[int, int]:
    """The span of the passage to show in at most *size* units: all of it, or whole sentences around the bold one."""
    return around(passage.paragraph.text, passage.bold or (0, 0), size, passage.language)


def around(text: str, core: tuple[int, int], size: int, language: str = "") -> tuple[int, int]:
    """The span of *text* to show in at most *size* units: all of it, or whole sentences around the span *core*.

    The sentences of *core* come first; then those after and before in turn, as long as they fit. Where it does not
    fit itself, its beginning is shown.
    """
    if _fits(text, 0, len(text), size):
        return 0, len(text)
    spans = sentence_spans(text, language) or ((0, len(text)),)
    first = next((nth for nth, span in enumerate(spans) if span[1] > core[0]), 0)
    last = max(first, next((nth for nth, span in enumerate(spans) if span[1] >= core[1]), first))
    start, end = spans[first][0], spans[last][1]
    if not _fits(text, start, end, size):
        return start, start + len(next(pieces(text[start:], size)))
    growing = True
    while growing:
        growing = False
        if last + 1 < len(spans) and _fits(text, start, spans[last + 1][1], size):
            last, end, growing = last + 1, spans[last + 1][1], True
        if first > 0 and _fits(text, spans[first - 1][0], end, size):
            first, start, growing = first - 1, spans[first - 1][0], True
    return start, end


def _fits(text: str, start: int, end: int, size: int) -> bool:
    """Whether text[start:end] takes at most *size* units when shown."""
    if end - start > size:
        return False
    part = text[start:end]
    breaks = _BREAK_UNITS * part.count("\n")
    # No character takes more than two units: one that is escaped, or one beyond the first 65,536.
    return 2 * len(part) + breaks <= size or units(escape(part)) + breaks <= size


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
    if _fits(chunk, 0, len(chunk), size):
        return len(chunk)
    used = 0
    for count, character in enumerate(chunk):
        used += 2 if is_active(character) or character > "\uffff" else 1
        used += _BREAK_UNITS if character == "\n" else 0
        if used > size:
            return max(count, 1)
    return len(chunk)


def _last_end(end: re.Pattern[str], chunk: str, high: int) -> int:
    """Where the last match of *end* in the second half of chunk[:high] stops; 0 if there is none."""
    return max((match.end() for match in end.finditer(chunk, high // 2, high)), default=0)
