"""A word that is in no article → the word of the articles that was probably meant, if that is safe to say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from rapidfuzz import process
from rapidfuzz.distance import OSA

from retrieval.analysis import Analyzer, Word
from retrieval.positions import Positions
from retrieval.remembered import Remembered

SHORTEST_WORD = 5
"""Shorter words have too many neighbours: Iran and Iraq, Mali and Male."""

LONG_WORD = 11
"""From this length on two letters may be wrong."""

LONGEST_ENDING = 2
"""Letters at the end of a word that may make another form of it."""

LONG_STEM = 7
"""Letters from which an ending alone makes another form; stems of Palme and Palmer are too short to tell."""

RELATIVES = 10
"""Related terms of a word among which its other form has to be."""

_LENGTHS = 5
"""Lengths of words whose lists are kept: those that are compared with one word."""

LOOKED_UP = 64
"""Unknown words of a question that are looked up; each is compared with every word of about its length."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A word of the question that was searched for as another one."""

    word: str
    """As asked."""
    start: int
    end: int
    """Its span in the question."""
    meant: str
    """The word of the articles, in the form that they have it in most often."""
    same: bool
    """Whether only the end is another, and by that it is found anyway: a form of the word rather than a mistake."""


class Speller:
    """Knows the words of one collection. Equal words are repaired equally."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._of_length: Remembered[int, list[str]] = Remembered(_LENGTHS)
        self.remembered: Remembered[str, str | None] = Remembered(4096)

    def repairs(self, question: str, language: Analyzer) -> tuple[Repair, ...]:
        """The words of the question that no article has and that one of the articles' words is near to, in order."""
        unknown = [word for word in language.words(question) if self._unknown(word, language)]
        found = []
        for word in unknown[:LOOKED_UP]:
            if (meant := self.nearest(word.folded)) is not None:
                found.append(
                    Repair(
                        question[word.start : word.end],
                        word.start,
                        word.end,
                        self._positions.written(meant),
                        same=_differ_at_the_end(word.folded, meant) and self._of_one_family(word, meant, language),
                    )
                )
        return tuple(found)

    def _unknown(self, word: Word, language: Analyzer) -> bool:
        """Whether no article has the word, which says something, or another form of it."""
        if language.is_stop_word(word) or word.named or not word.folded.isalpha():
            return False
        return word.folded not in self._positions.surface and language.term(word) not in self._positions

    def _of_one_family(self, word: Word, meant: str, language: Analyzer) -> bool:
        """Whether the word is long, or the ranking takes *meant* for its relative without any repair."""
        if min(len(word.folded), len(meant)) >= LONG_STEM and len(word.folded) != len(meant):
            return True
        forms = {term.text for term in language.terms(self._positions.written(meant))}
        return any(term in forms for term, _ in self._positions.related(language.term(word), RELATIVES))

    def nearest(self, word: str) -> str | None:
        """The nearest word by letters left out, added, replaced or swapped; then the most frequent, then by alphabet.

        One letter may be wrong, in a long word two; in a short one not the first.
        """
        return self.remembered.get(word, lambda: self._nearest(word))

    def _nearest(self, word: str) -> str | None:
        if len(word) < SHORTEST_WORD:
            return None
        allowed = 2 if len(word) >= LONG_WORD else 1
        near: list[tuple[int, int, str]] = []
        for length in range(len(word) - allowed, len(word) + allowed + 1):
            candidates = self._of_length.get(length, partial(self._positions.of_length, length))
            for other, distance, _ in process.extract(
                word, candidates, scorer=OSA.distance, processor=None, score_cutoff=allowed, limit=None
            ):
                if len(word) >= LONG_WORD or other[0] == word[0] or (distance == 1 and other[1:] != word[1:]):
                    near.append((int(distance), -self._positions.times(other), other))
        return min(near)[2] if near else None


def _differ_at_the_end(one: str, other: str) -> bool:
    """Whether only the last letters are others, or one word goes on for a few letters after the other."""
    if len(one) == len(other):
        return one[:-1] == other[:-1]
    shorter, longer = sorted((one, other), key=len)
    return longer.startswith(shorter) and len(longer) - len(shorter) <= LONGEST_ENDING
