"""A question as the ranking reads it: terms, their weights and their relatives, in one language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from retrieval.analysis import Term, analyzer, unspaced
from retrieval.positions import Positions
from retrieval.sentences import Span
from retrieval.spelling import Repair

LONGEST_QUERY: Final = 128
"""Different terms of a question that count; what comes after them is not searched for."""


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A term of the question, and how it is weighed."""

    text: str
    """What is searched for."""
    spans: tuple[Span, ...]
    """Where the question has it."""
    word: str
    """As first asked."""
    idf: float
    """Among paragraphs; that of a term which no paragraph holds is the highest there is."""
    article_idf: float
    related: tuple[tuple[str, float], ...]
    """Terms of the same word family, with their similarity."""

    @property
    def count(self) -> int:
        """How often it is asked for."""
        return len(self.spans)


@dataclass(frozen=True)
class Reading:
    """The question in one language of the collection."""

    language: str
    terms: tuple[QueryTerm, ...]
    pairs: tuple[tuple[int, int], ...]
    """Rows of the terms that stand side by side in the question, every two of them once."""

    @cached_property
    def total_idf(self) -> float:
        """What a paragraph that holds everything would hold."""
        return sum(term.idf for term in self.terms)

    @cached_property
    def families(self) -> Mapping[str, Sequence[tuple[int, float]]]:
        """For every term that is asked for, or related to one that is, the rows of these and its similarity to them.

        A term is to itself as similar as can be: 1.
        """
        found: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for row, term in enumerate(self.terms):
            for other, similarity in {**dict(term.related), term.text: 1.0}.items():
                found[other].append((row, similarity))
        return found


def reading(
    question: str, language: str, positions: Positions, relatives: int, repairs: Sequence[Repair] = ()
) -> Reading:
    """The question, read in *language*, with at most *relatives* related terms for each of its terms.

    A repaired word is searched for as the word that was meant, and still named as asked.
    """
    terms = _lookable(_terms(question, language, repairs), question, language, positions)
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for term in terms:
        if term.text in spans or len(spans) < LONGEST_QUERY:
            spans[term.text].append((term.start, term.end))
    row = {text: number for number, text in enumerate(spans)}
    beside = ((one.text, other.text) for one, other in pairwise(terms))
    return Reading(
        language,
        tuple(
            QueryTerm(
                text,
                tuple(places),
                question[slice(*places[0])],
                positions.paragraph_idf(text),
                positions.article_idf(text),
                positions.related(text, relatives),
            )
            for text, places in spans.items()
        ),
        tuple(dict.fromkeys((row[one], row[other]) for one, other in beside if one in row and other in row)),
    )


def written(question: str, groups: Sequence[Iterable[Span]]) -> list[tuple[str, ...]]:
    """For each group of spans the words of the question that they make up, as asked; those in two are in the first.

    Characters side by side are one word, for scripts without spaces are read in overlapping pairs.
    """
    ordered = sorted((span, number) for number, spans in enumerate(groups) for span in spans)
    words: list[dict[str, str]] = [{} for _ in groups]
    if all(one[1] < other[0] for (one, _), (other, _) in pairwise(ordered)):
        for (start, end), number in ordered:
            word = question[start:end]
            words[number].setdefault(word.casefold(), word)
        return [tuple(group.values()) for group in words]
    owner: dict[int, int] = {}
    for number, spans in enumerate(groups):
        for span in spans:
            for place in range(*span):
                owner.setdefault(place, number)
    start = 0
    places = sorted(owner)
    for at, place in enumerate(places, start=1):
        if at == len(places) or places[at] != place + 1 or owner[places[at]] != owner[place]:
            word = question[places[start] : place + 1]
            words[owner[place]].setdefault(word.casefold(), word)
            start = at
    return [tuple(group.values()) for group in words]


def _terms(question: str, language: str, repairs: Sequence[Repair]) -> list[Term]:
    meant = {(repair.start, repair.end): repair.meant for repair in repairs}
    terms = []
    for term in analyzer(language).terms(question):
        other = meant.get((term.start, term.end))
        instead = analyzer(language).terms(other) if other is not None else []
        terms.append(term._replace(text=instead[0].text) if instead else term)
    return terms


def _lookable(terms: list[Term], question: str, language: str, positions: Positions) -> list[Term]:
    """The terms without what pairs of characters cannot tell to be in no article.

    That is a pair that lies across two words which are known, or a single character: articles are read in pairs.
    """
    if all(term.text in positions for term in terms):
        return terms
    words = analyzer(language)
    known = [(word.start, word.end) for word in words.words(question) if words.is_stop_word(word)]
    known += [(term.start, term.end) for term in terms if term.text in positions]
    places = {place for span in known for place in range(*span)}
    return [
        term
        for term in terms
        if term.text in positions
        or not (places.issuperset(range(term.start, term.end)) or (len(term.text) == 1 and unspaced(term.text)))
    ]
