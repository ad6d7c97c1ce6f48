"""Whether words stand in the articles: exactly, nearly, only in sense, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from rapidfuzz import fuzz

from retrieval.model import Article, Outcome, Paragraph
from retrieval.snapshot import Snapshot
from retrieval.typography import straightened

FEWEST_WORDS = 3
"""Fewer words stand in any text by chance, also nearly; a character of a script without spaces is half a word."""

NEAR = 80.0
"""Similarity (rapidfuzz's partial ratio, 0 to 100) from which words are another's, changed."""

_CANDIDATES = 50
# Scripts that put no spaces between words: Thai to Khmer, kana, Chinese.
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_SPACELESS}]|[^\W_{_SPACELESS}]+(?:['-][^\W_{_SPACELESS}]+)*")
_HALF = re.compile(f"[{_SPACELESS}]")
_ELLIPSIS = re.compile(r"\[?(?:…|\.\.\.)\]?")


class Match(StrEnum):
    """How words stand in the articles."""

    EXACT = "exact"
    """Word for word; quotes, dashes, case, punctuation and what an ellipsis leaves out do not count."""
    NEAR = "near"
    """With some words changed."""
    SIMILAR = "similar"
    """Not as words, but a passage matches them as it would a question."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How some words stand in the articles, and where."""

    words: str
    """As given."""
    match: Match
    article: Article | None = None
    paragraph: Paragraph | None = None
    differing: tuple[tuple[str, str], ...] = ()
    """What is given and what the article has instead, each in lower case, for NEAR; either may be empty."""
    span: tuple[int, int] | None = None
    """Where in the paragraph the words stand, for EXACT: from their first to their last."""


def verdict(snapshot: Snapshot, words: str, *, fewest: float = 0) -> Verdict:
    """How *words* stand in the articles of *snapshot*; the best match, of equals the one that ranks first.

    Fewer words than *fewest* are not looked for.
    """
    parts = [part for part in map(_words, _ELLIPSIS.split(words)) if part]
    given = [word for part in parts for word in part]
    if not given or _size(given) < fewest:
        return Verdict(words, Match.NONE)
    places = [snapshot.corpus.places[ranked.position] for ranked in snapshot.ranked(words, _CANDIDATES)]
    for article, paragraph in (*places, *_holding(snapshot, max(given, key=len))):
        found = _found(paragraph.text, parts)
        if found is not None:
            return Verdict(words, Match.EXACT, article, paragraph, span=found)
    if _size(given) < FEWEST_WORDS:
        return Verdict(words, Match.NONE)
    best: tuple[float, Article, Paragraph] | None = None
    for article, paragraph in places:
        own = _words(paragraph.text)
        score = fuzz.partial_ratio(" ".join(given), " ".join(own), score_cutoff=NEAR)
        # A paragraph shorter than the words is a part of them, which is no sign that they are its own.
        if len(own) >= len(given) * NEAR / 100 and score and (best is None or score > best[0]):
            best = (score, article, paragraph)
    if best is not None:
        _, article, paragraph = best
        return Verdict(words, Match.NEAR, article, paragraph, _differing(given, _words(paragraph.text)))
    answer = snapshot.search(words, 1)
    if answer.outcome is Outcome.ANSWERED:
        return Verdict(words, Match.SIMILAR, answer.passages[0].article, answer.passages[0].paragraph)
    return Verdict(words, Match.NONE)


def _holding(snapshot: Snapshot, word: str) -> Iterator[tuple[Article, Paragraph]]:
    """The paragraphs that hold *word* anywhere: common words alone rank none."""
    return map(snapshot.corpus.places.__getitem__, snapshot.folded.holding(word))


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(straightened(text))]


def _size(words: Sequence[str]) -> float:
    """How many words these are."""
    return sum(0.5 if _HALF.fullmatch(word) else 1 for word in words)


def _found(text: str, parts: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """Where all *parts* stand in *text*, one after the other; all of it where its letters were straightened away."""
    straight = straightened(text)
    spans = [match.span() for match in _WORD.finditer(straight)]
    own = [straight[start:end].casefold() for start, end in spans]
    first, at = -1, 0
    for part in parts:
        size = len(part)
        at = next((start + size for start in range(at, len(own) - size + 1) if own[start : start + size] == part), -1)
        if at < 0:
            return None
        first = first if first >= 0 else at - size
    return (spans[first][0], spans[at - 1][1]) if len(straight) == len(text) else (0, len(text))


def _differing(given: Sequence[str], own: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What differs between *given* and the stretch of *own* that it comes from."""
    matcher = SequenceMatcher(None, given, own, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    if not blocks:
        return ((" ".join(given), ""),)
    first, last = blocks[0], blocks[-1]
    start = max(0, first.b - first.a)
    end = last.b + last.size + (len(given) - last.a - last.size)
    stretch = own[start:end]
    return tuple(
        (" ".join(given[i1:i2]), " ".join(stretch[j1:j2]))
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, given, stretch, autojunk=False).get_opcodes()
        if tag != "equal"
    )
