"""A word that is in no article → the word of the articles that was probably meant, if that is safe to say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from retrieval.analysis import Analyzer, Word

SHORTEST_WORD = 5
"""Shorter words have too many neighbours: Iran and Iraq, Mali and Male."""

LONG_WORD = 11
"""From this length on two letters may be wrong."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A word of the question that was searched for as another one."""

    word: str
    """As asked."""
    start: int
    end: int
    """Its span in the question."""
    meant: str
    """The word of the articles, in lower case and without accents."""


class Speller:
    """Knows the words of one collection. Equal words are repaired equally."""

    def __init__(self, frequencies: Mapping[str, int], terms: Container[str]) -> None:
        """*frequencies*: how often each word occurs in the collection, in lower case and without accents.

        *terms*: what the collection can be searched for; a word in another form (`attends`) is not misspelt.
        """
        self._frequencies = frequencies
        self._terms = terms
        by_length: defaultdict[int, list[str]] = defaultdict(list)
        for word in sorted(frequencies):
            if word.isalpha():
                by_length[len(word)].append(word)
        self._by_length = dict(by_length)
        self.nearest = lru_cache(maxsize=4096)(self._nearest)

    def repairs(self, question: str, language: Analyzer) -> tuple[Repair, ...]:
        """The words of the question that no article has and that one of the articles' words is near to, in order."""
        found = []
        for word in language.words(question):
            if language.is_stop_word(word) or word.named or not self._unknown(word, language):
                continue
            if (meant := self.nearest(word.folded)) is not None:
                found.append(Repair(question[word.start : word.end], word.start, word.end, meant))
        return tuple(found)

    def _unknown(self, word: Word, language: Analyzer) -> bool:
        known = word.folded in self._frequencies or language.term(word) in self._terms
        return word.folded.isalpha() and not known

    def _nearest(self, word: str) -> str | None:
        """The nearest word, by letters left out, added, replaced or swapped; then the most frequent, then by alphabet.

        One letter may be wrong, in a long word two; in a short one not the first.
        """
        if len(word) < SHORTEST_WORD:
            return None
        allowed = 2 if len(word) >= LONG_WORD else 1
        near: list[tuple[int, int, str]] = []
        for length in range(len(word) - allowed, len(word) + allowed + 1):
            candidates = self._by_length.get(length, ())
            for other, distance, _ in process.extract(
                word, candidates, scorer=OSA.distance, processor=None, score_cutoff=allowed, limit=None
            ):
                if len(word) >= LONG_WORD or other[0] == word[0] or (distance == 1 and other[1:] != word[1:]):
                    near.append((int(distance), -self._frequencies[other], other))
        return min(near)[2] if near else None
