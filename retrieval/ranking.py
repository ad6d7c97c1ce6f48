"""How much of a question a paragraph covers, and whether that is enough to call it an answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from retrieval.analysis import Word

MIN_COVERAGE = 0.5
"""A passage that holds less of the question's idf weight than this is no answer to it."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question taken apart: its terms in order of their first use, each with its weight and its words as asked."""

    weights: Mapping[str, float]
    asked: Mapping[str, str]

    @property
    def terms(self) -> list[str]:
        """The terms, each once."""
        return list(self.weights)

    def coverage(self, terms: Collection[str]) -> float:
        """The share of the question's weight that *terms* hold, from 0 to 1."""
        total = sum(self.weights.values())
        return sum(weight for term, weight in self.weights.items() if term in terms) / total if total else 0.0

    def matched(self, terms: Collection[str]) -> tuple[str, ...]:
        """The words as asked of those terms that are among *terms*."""
        return tuple(word for term, word in self.asked.items() if term in terms)


def query(words: Sequence[Word], idf: Callable[[str], float]) -> Query:
    """The question made of *words*."""
    asked: dict[str, str] = {}
    for word in words:
        if word.term is not None:
            asked.setdefault(word.term, word.text)
    return Query({term: idf(term) for term in asked}, asked)
