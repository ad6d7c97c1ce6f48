"""What in the text of a saved page is the article, what stands beside it and what is furniture."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from retrieval.model import LeftOut, Rule


@dataclass(frozen=True, slots=True)
class CleanParagraph:
    """One paragraph of the article, letter by letter as the file has it."""

    line: int
    """Number of its first line in the file, from 1."""
    last_line: int
    text: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file taken apart: every line that is not blank is in exactly one of paragraphs, notices and left_out."""

    title: str | None
    paragraphs: tuple[CleanParagraph, ...]
    notices: tuple[LeftOut, ...]
    """Credits and legal notices, in the order of the file."""
    left_out: tuple[LeftOut, ...]
    """Everything else, the title's own line among it (`Rule.TITLE`), in the order of the file."""


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    last_line: int
    text: str
    words: float
    sentence: bool


_ENDS: Final = ".!?…。！？؟।॥։።"
_CLOSERS: Final = "\"'”’»«)]}›‹」』）】"


def clean(text: str, repeated: Collection[str] = ()) -> Cleaned:
    """The lines of *text* told apart by position, shape and repetition."""
    blocks = [
        _block(number, number, line.strip())
        for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1)
        if line.strip()
    ]
    rules: list[Rule | None] = [None] * len(blocks)
    counts = Counter(b.text for b in blocks)
    first = next((i for i, b in enumerate(blocks) if b.sentence and counts[b.text] == 1), None)
    title: str | None = None
    for i, b in enumerate(blocks):
        if i and blocks[i - 1].text == b.text:
            rules[i - 1] = rules[i] = Rule.CAPTION if b.words > 5 else Rule.FURNITURE
    if first:
        lead = [i for i in range(first) if rules[i] is None]
        if lead:
            best = max(lead, key=lambda i: (blocks[i].words, i))
            title = blocks[best].text
            for i in lead:
                if i < best:
                    rules[i] = Rule.NAVIGATION
            rules[best] = Rule.TITLE
    for i in range(len(blocks) - 1, max(len(blocks) - 8, (len(blocks) * 2) // 3), -1):
        if _is_credit(blocks[i]):
            rules[i] = Rule.CREDIT
            for k in range(i + 1, len(blocks)):
                rules[k] = Rule.NOTICE
            break
    paragraphs, notices, left = [], [], []
    for b, rule in zip(blocks, rules, strict=True):
        if rule is None:
            paragraphs.append(CleanParagraph(b.line, b.last_line, b.text))
        elif rule in (Rule.CREDIT, Rule.NOTICE):
            notices.append(LeftOut(b.line, b.text, rule))
        else:
            left.append(LeftOut(b.line, b.text, rule))
    return Cleaned(title, tuple(paragraphs), tuple(notices), tuple(left))


def repeated_lines(texts: Iterable[str]) -> frozenset[str]:
    """Lines that stand in many of *texts*."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({line.strip() for line in text.splitlines() if line.strip()})
    return frozenset(line for line, n in counts.items() if n >= 3)


def _is_credit(block: _Block) -> bool:
    return (
        block.words <= 14
        and not block.sentence
        and bool(
            re.match(r"(?i)(with )?(reporting|additional reporting|written|edited|compiled|source|photo)\b", block.text)
        )
    )


def _block(line: int, last: int, text: str) -> _Block:
    words = float(len(text.split()))
    return _Block(
        line, last, text, words, words >= 8 and text.rstrip(_CLOSERS)[-1:] in _ENDS and bool(text.rstrip(_CLOSERS))
    )
