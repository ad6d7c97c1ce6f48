"""A question as the ranking reads it: terms, their weights and their relatives, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from retrieval.analysis import Term, analyzer
from retrieval.positions import Places, Positions
from retrieval.spelling import Repair

LONGEST_QUERY: Final = 128
"""Different terms of a question that count; what comes after them is not searched for."""


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A term of the question, and how it is weighed."""

    term: Term
    word: str
    """As asked."""
    count: int
    """How often it is asked for."""
    idf: float
    """Among paragraphs; that of a term which no paragraph holds is the highest there is."""
    article_idf: float
    related: tuple[tuple[str, float], ...]
    """Terms of the same word family, with their similarity."""


@dataclass(frozen=True, slots=True)
class QueryPair:
    """Two terms that stand side by side in the question and somewhere in the collection."""

    first: str
    second: str
    idf: float
    places: Places


@dataclass(frozen=True, slots=True)
class Reading:
    """The question in one language of the collection."""

    language: str
    terms: tuple[QueryTerm, ...]
    pairs: tuple[QueryPair, ...]

    @property
    def total_idf(self) -> float:
        """What a paragraph that holds everything would hold."""
        return sum(term.idf for term in self.terms)


def reading(
    question: str, language: str, positions: Positions, relatives: int, repairs: Sequence[Repair] = ()
) -> Reading:
    """The question, read in *language*, with at most *relatives* related terms for each of its terms.

    A repaired word is searched for as the word that was meant, and still named as asked.
    """
    terms = _terms(question, language, repairs)
    counts: dict[str, int] = {}
    first: dict[str, Term] = {}
    for term in terms:
        if term.text in counts or len(counts) < LONGEST_QUERY:
            counts[term.text] = counts.get(term.text, 0) + 1
            first.setdefault(term.text, term)
    beside = dict.fromkeys(
        (one.text, other.text) for one, other in pairwise(terms) if one.text in counts and other.text in counts
    )
    return Reading(
        language,
        tuple(
            QueryTerm(
                term,
                question[term.start : term.end],
                counts[text],
                positions.paragraph_idf(text),
                positions.article_idf(text),
                positions.related(text, relatives),
            )
            for text, term in first.items()
        ),
        tuple(pair for one, other in beside if (pair := _pair(one, other, positions)) is not None),
    )


def _terms(question: str, language: str, repairs: Sequence[Repair]) -> list[Term]:
    meant = {(repair.start, repair.end): repair.meant for repair in repairs}
    terms = []
    for term in analyzer(language).terms(question):
        other = meant.get((term.start, term.end))
        instead = analyzer(language).terms(other) if other is not None else []
        terms.append(term._replace(text=instead[0].text) if instead else term)
    return terms


def _pair(first: str, second: str, positions: Positions) -> QueryPair | None:
    places = positions.pair_places(first, second)
    return QueryPair(first, second, positions.pair_idf(places), places) if len(places) else None
