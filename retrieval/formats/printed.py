"""The lines that are printed on the pages of a PDF → the blocks of text they make."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median
from typing import Final

from retrieval.cleaning.blocks import LIST_ITEM, UNSPACED, ends_sentence


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line as it is printed."""

    number: int
    """Among all lines of the file, from 1."""
    page: int
    text: str
    x: float
    """Where it begins, in points from the left."""
    y: float
    """Its height on the page, in points from below."""
    size: float
    """Of most of its letters, in points."""
    bold: bool
    """Whether most of its letters are."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together, and their words."""

    line: int
    text: str
    heading: bool


def furniture(lines: Sequence[PrintedLine]) -> frozenset[int]:
    """Numbers of the lines that a page repeats at its head or foot, and of page numbers there.

    Repeated is what, digits aside, stands among the two outermost lines of two pages or more and of a third of all.
    """
    edges: list[tuple[PrintedLine, tuple[str, int]]] = []
    pages = [list(page) for _, page in groupby(lines, key=lambda line: line.page)]
    for page in pages:
        outermost = page if len(page) <= 2 * _EDGE else [*page[:_EDGE], *page[-_EDGE:]]
        # On the first page the same words, larger, may be the title.
        edges += [(line, (re.sub(r"\d+|\b[ivxlc]+\b", "#", line.text), round(line.size))) for line in outermost]
    pages_with = Counter(shape for shape, _ in {(shape, line.page) for line, shape in edges})
    many = max(2, len(pages) / 3)
    return frozenset(
        line.number for line, shape in edges if pages_with[shape] >= many or _PAGE_NUMBER.fullmatch(line.text)
    )


_EDGE: Final = 2
_PAGE_NUMBER: Final = re.compile(
    r"(?i)[-–—\s]*(?:page|seite|página|pagina|стр\.?)?\s*"
    r"(?:\d{1,4}|[ivxlc]+)(?:\s*(?:/|of|von|de|из)\s*\d{1,4})?[-–—\s]*"
)


def blocks(lines: Sequence[PrintedLine]) -> list[Block]:
    """The paragraphs and headings that *lines*, without the pages' furniture, make, in their order.

    A paragraph ends where the space between lines grows, the next line is indented or a list item, the letters change
    their size, or a short line ends a sentence. Over the end of a page or column it goes on if it stopped inside a
    sentence and the next line starts in lower case.

    A word that is divided at a line's end is put together again: see `_joined`.
    """
    if not lines:
        return []
    body = Counter(round(line.size, 1) for line in lines for _ in line.text).most_common(1)[0][0]
    gaps = [above.y - line.y for above, line in pairwise(lines) if 0 < above.y - line.y < 3 * body]
    leading = median(gaps) if gaps else body
    full = sorted(len(line.text) for line in lines)[len(lines) * 9 // 10]
    found: list[list[PrintedLine]] = [[lines[0]]]
    for above, line in pairwise(lines):
        if _goes_on(found[-1][0], above, line, leading, full):
            found[-1].append(line)
        else:
            found.append([line])
    words = _whole_words(lines)
    return [Block(part[0].number, _joined(part, words), _is_heading(part, body)) for part in found]


def _goes_on(first: PrintedLine, above: PrintedLine, line: PrintedLine, leading: float, full: int) -> bool:
    """Whether *line* belongs to the block that begins with *first* and so far ends with *above*."""
    if abs(line.size - above.size) > 0.1 * above.size or line.bold != above.bold or LIST_ITEM.match(line.text):
        return False
    gap = above.y - line.y
    if line.page != above.page or gap < 0:
        return not ends_sentence(above.text) and (line.text[0].islower() or UNSPACED.match(line.text[0]) is not None)
    hangs = LIST_ITEM.match(first.text) is not None
    indented = line.x > above.x + 0.5 * line.size and not (hangs and above is first)
    ended = len(above.text) < 0.7 * full and ends_sentence(above.text)
    return not (gap > 1.2 * leading or indented or ended)


def _whole_words(lines: Sequence[PrintedLine]) -> Counter[str]:
    """How often each word is printed on one line, in lower case."""
    words: Counter[str] = Counter()
    divided = False
    for line in lines:
        found = _WORD.findall(line.text.lower())
        words.update(found[1:] if divided else found)
        divided = _LAST.search(line.text[-_LONGEST_WORD:]) is not None
        if divided and found:
            words[found[-1]] -= 1
    return words


def _joined(lines: Sequence[PrintedLine], words: Counter[str]) -> str:
    """The words of *lines*, a space for each line break.

    A hyphen at a line's end divides a word or belongs to it; only the typesetter knew. The rest of the file is asked:
    the hyphen stays where the word is written with it elsewhere, or where both of its parts are words of their own
    there (“well-known”); elsewhere it was the typesetter's and goes, if the next line starts in lower case.
    """
    text = lines[0].text
    for line in lines[1:]:
        before, after = _LAST.search(text[-_LONGEST_WORD:]), _WORD.match(line.text)
        if text.endswith("\u00ad"):
            text = text[:-1] + line.text
        elif before and after and line.text[0].islower():
            whole, parts = before[1] + after[0], (before[1].lower(), after[0].lower())
            compound = f"{before[1]}-{after[0]}".lower() in words or (
                whole.lower() not in words and all(words[part] > 0 for part in parts)
            )
            text = (text if compound else text[:-1]) + line.text
        elif text.endswith("-") and before:
            text += line.text
        else:
            spaced = not (UNSPACED.match(text[-1]) and UNSPACED.match(line.text[0]))
            text += f" {line.text}" if spaced else line.text
    return text


_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LONGEST_WORD: Final = 80
_LAST: Final = re.compile(r"([^\W\d_]{2,})[-\u2010]$")


def _is_heading(lines: Sequence[PrintedLine], body: float) -> bool:
    """Larger than the text, or bold and no sentence; a few words either way."""
    words = sum(len(line.text.split()) for line in lines)
    larger = all(line.size >= 1.1 * body for line in lines)
    return words <= _LONGEST_HEADING and (larger or (lines[0].bold and not ends_sentence(lines[-1].text)))


_LONGEST_HEADING: Final = 25
