"""Where every term of a collection stands: what the ranking counts in titles, paragraphs, sentences and articles.

It is read from the columns that `retrieval.laying` makes. The places of a term in the row are sorted, so how often it
occurs in an article is the difference of two binary searches; what stands in a few hundred paragraphs is read off the
row.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Prefix

from retrieval.analysed import Key
from retrieval.columns import Backwards, Chosen, Columns, SortedWords, Words
from retrieval.index import Inverted, Postings
from retrieval.laying import holders, keys
from retrieval.layout import Layout, Places, differs, stretches
from retrieval.ordered import beginning
from retrieval.remembered import Remembered
from retrieval.sentences import Span

Counts = NDArray[np.float64]

Relatives = tuple[tuple[str, float], ...]
"""Terms of a word family and how similar they are to one of them, best first."""


@dataclass(frozen=True)
class Standing:
    """Every place where one of some terms stands in some stretches of the row, in order of stretch and place."""

    stretches: Places
    terms: NDArray[np.int16]
    """The number of the term among those that were looked for."""
    places: Places

    def of(self, held: NDArray[np.bool_]) -> Standing:
        """A part of it."""
        return Standing(self.stretches[held], self.terms[held], self.places[held])

    def without_empty(self, first: int) -> tuple[Standing, dict[int, int]]:
        """The same with new numbers, and these by the old ones; from *first* on terms that stand nowhere have none."""
        numbers = {number: number for number in range(first)}
        for number in np.flatnonzero(np.bincount(self.terms)).tolist():
            numbers.setdefault(number, len(numbers))
        renumbered = np.full(max(numbers, default=0) + 1, -1, dtype=self.terms.dtype)
        renumbered[[*numbers]] = [*numbers.values()]
        return Standing(self.stretches, renumbered[self.terms], self.places), numbers

    def counts(self, terms: int, stretches: int) -> Counts:
        """How often each of so many terms (rows) stands in each of so many stretches (columns)."""
        return tallied(self.terms, self.stretches, (terms, stretches))

    def pairs(self) -> tuple[Places, NDArray[np.int16], NDArray[np.int16]]:
        """Of every two of the terms that stand side by side, the stretch, the first and the second."""
        beside = (self.places[1:] - self.places[:-1] == 1) & (self.stretches[1:] == self.stretches[:-1])
        return self.stretches[:-1][beside], self.terms[:-1][beside], self.terms[1:][beside]


class Positions:
    """The row of a collection's terms, with how many paragraphs and articles hold each."""

    def __init__(self, columns: Columns) -> None:
        """*columns*: as `retrieval.laying.laid_out` gives them."""
        self.columns = columns
        self.layout = Layout(*(columns[field.name] for field in fields(Layout)))
        self.terms = SortedWords(columns, "term")
        self.surface = SortedWords(columns, "surface")
        """The words of the texts, in lower case, without accents and not stemmed."""
        self.languages = Words(columns, "languages")
        """The different ones; see `language`."""
        self.language: Places = columns["language"]
        """Of every article the number of its language."""
        self.sizes: Places = np.diff(columns["first_paragraph"])
        """Of every article how many paragraphs it has."""
        self.paragraph_mass: Counts = columns["paragraph_mass"]
        """Of each paragraph the idf of all its different terms together."""
        self._row: Places = columns["row"]
        self._order: Places = columns["order"]
        self._first: Places = columns["first"]
        self._first_paragraph: Places = columns["first_paragraph"]
        self._paragraph_frequency: Places = columns["paragraph_frequency"]
        self._article_frequency: Places = columns["article_frequency"]
        self._surface_counts: Places = columns["surface_counts"]
        self._written = Words(columns, "written")
        self._of_length = Words(columns, "of_length")
        terms = self.terms.at_hand
        self._sorted = Chosen(terms, columns["alphabetic"])
        self._reversed = Backwards(terms, columns["backwards"])
        # Words and pairs of words are asked for again and again.
        self._relatives: Remembered[tuple[str, int], Relatives] = Remembered(_REMEMBERED)
        self._pair_idfs: Remembered[tuple[str, str], float] = Remembered(_REMEMBERED)

    @property
    def paragraphs(self) -> int:
        """How many paragraphs the collection has."""
        return len(self.layout.paragraph_start)

    @property
    def articles(self) -> int:
        """How many articles the collection has."""
        return len(self.layout.title_start)

    def __contains__(self, term: object) -> bool:
        return term in self.terms

    def times(self, word: str) -> int:
        """How often a word of `surface` occurs; 0 for any other."""
        number = self.surface.number(word)
        return 0 if number is None else int(self._surface_counts[number])

    def written(self, word: str) -> str:
        """The most frequent form of a word of `surface` as the texts have it, of equals the one in small letters.

        Raises:
            KeyError: The texts do not have it.

        """
        number = self.surface.number(word)
        if number is None:
            raise KeyError(word)
        return self._written[number]

    def of_length(self, length: int) -> list[str]:
        """The words of `surface` that have so many letters and nothing else, in order."""
        words = self._of_length[length] if length < len(self._of_length) else ""
        return words.split("\n") if words else []

    def places(self, term: str) -> Places:
        """The term's offsets in the row; none for an unknown term."""
        number = self.terms.number(term)
        its = slice(0) if number is None else slice(self._first[number], self._first[number + 1])
        return self._order[its]

    def _pair_places(self, first: str, second: str) -> tuple[Places, float]:
        """Offsets of *first* where *second* follows it directly, and of how many such places each stands for one."""
        one, other = self.places(first), self.places(second)
        if not len(one) or not len(other):
            return one[:0], 1
        # The rarer of the two is looked at, with what stands beside it in the row.
        if len(one) < len(other):
            some, each = _spread(one)
            some = some[some + 1 < len(self._row)]
            return some[self._row[some + 1] == self._row[other[0]]], each
        some, each = _spread(other)
        some = some[some > 0]
        return some[self._row[some - 1] == self._row[one[0]]] - 1, each

    def standing(self, terms: Sequence[str], starts: Places, ends: Places) -> Standing:
        """Where different *terms* stand in stretches of the row, each from start up to, and without, end."""
        owners, places = stretches(np.arange(len(starts), dtype=np.int32), starts, ends)
        found = [self.terms.number(term) for term in terms]
        numbers = [-1 if number is None else number for number in found]
        # The last entry takes the terms that are in no article.
        row_of = np.full(len(self.terms) + 1, -1, dtype=np.int16)
        row_of[numbers] = np.arange(len(terms))
        row_of[-1] = -1
        rows = row_of.take(self._row.take(places))  # a third faster than by brackets
        held = np.flatnonzero(rows >= 0)
        return Standing(owners[held], rows[held], places[held])

    def numbered(self, terms: Iterable[str]) -> dict[int, str]:
        """Those of *terms* that stand in the collection, by their numbers."""
        return {number: term for term in terms if (number := self.terms.number(term)) is not None}

    def sentences(self, position: int, numbered: Mapping[int, str]) -> list[tuple[Span, frozenset[str]]]:
        """Where each sentence of a paragraph stands in its text, and which of the terms in *numbered* it has."""
        layout = self.layout
        its = slice(layout.first_sentence[position], layout.first_sentence[position + 1])
        starts, ends = layout.sentence_start[its].tolist(), layout.sentence_end[its].tolist()
        # A paragraph's sentences fill it.
        row = self._row[starts[0] : ends[-1]].tolist()
        terms = (
            frozenset(numbered[number] for number in row[start - starts[0] : end - starts[0]] if number in numbered)
            for start, end in zip(starts, ends, strict=True)
        )
        spans = zip(layout.sentence_from[its].tolist(), layout.sentence_to[its].tolist(), strict=True)
        return list(zip(spans, terms, strict=True))

    def paragraph_idf(self, term: str) -> float:
        """`idf` of the term among paragraphs; a paragraph's title is a part of it."""
        return idf(self._frequency(term, self._paragraph_frequency), self.paragraphs)

    def article_idf(self, term: str) -> float:
        """`idf` of the term among whole articles."""
        return idf(self._frequency(term, self._article_frequency), self.articles)

    def pair_idf(self, first: str, second: str) -> float:
        """`idf` among paragraphs of two terms side by side; a pair in a title counts for all of its article.

        Where even the rarer of the two stands in very many places, it is estimated from some of them.
        """
        return self._pair_idfs.get((first, second), lambda: self._pair_idf(first, second))

    def _pair_idf(self, first: str, second: str) -> float:
        layout = self.layout
        places, each = self._pair_places(first, second)
        bodies = _around(places, layout.paragraph_start, layout.paragraph_end)
        titles = _around(places, layout.title_start, layout.title_end)
        beside = ~np.isin(layout.paragraph_article[bodies], titles)
        # Whoever asks has seen it; where some of the places do not show it, it is rare, and not rarer than can be.
        held = each * max(float(self.sizes[titles].sum() + beside.sum()), 0.5)
        return idf(min(held, self.paragraphs), self.paragraphs)

    def postings(self, title_weight: int) -> Postings:
        """Every paragraph's terms and, *title_weight* times, those of its title: what an engine indexes."""
        layout = self.layout
        title_length = (layout.title_end - layout.title_start)[layout.paragraph_article]
        term = cache(self.terms.entry)

        def groups() -> list[tuple[Key, int]]:
            often: Counter[Key] = Counter()
            found = []
            for key in keys(self.columns):
                found.append((key, often[key]))
                often[key] += 1
            return found

        def terms(document: int) -> list[str]:
            article = layout.paragraph_article[document]
            title = self._row[layout.title_start[article] : layout.title_end[article]].tolist()
            own = self._row[layout.paragraph_start[document] : layout.paragraph_end[document]].tolist()
            return [*map(term, title * title_weight + own)]

        def inverted() -> Inverted:
            holding = holders(self._row, self._row[self._order], self._order, layout)
            return Inverted(
                list(self.terms),
                np.concatenate([[0], np.cumsum(self._paragraph_frequency)]),
                holding.paragraphs,
                holding.inside + title_weight * holding.in_title,
            )

        return Postings(
            layout.paragraph_end - layout.paragraph_start + title_weight * title_length,
            groups,
            self._first_paragraph,
            terms,
            inverted,
        )

    def _frequency(self, term: str, frequencies: Places) -> int:
        number = self.terms.number(term)
        return 0 if number is None else int(frequencies[number])

    def related(self, term: str, limit: int) -> Relatives:
        """Terms of the collection that are probably of the same word family, and how similar they are, best first.

        Two terms are related when they share a beginning of at least four letters and half of *term*, or when one is
        the first or last part (of five letters or more) of the other, as in compounds. The similarity is the share of
        the longer term's letters that they have in common, between 0 and 1.
        """
        return self._relatives.get((term, limit), lambda: self._related(term, limit))

    def _related(self, term: str, limit: int) -> Relatives:
        if len(term) < _RELATED_LETTERS or not term.isalpha():
            return ()
        found: dict[str, float] = {}
        half = term[: max(4, math.ceil(len(term) / 2))]
        for other in self._sorted[beginning(self._sorted, half, _RELATED_LOOKED_AT)]:
            found[other] = Prefix.similarity(term, other) / max(len(term), len(other))
        for reversed_other in self._reversed[beginning(self._reversed, term[::-1], _RELATED_LOOKED_AT)]:
            found.setdefault(reversed_other[::-1], len(term) / len(reversed_other))
        for length in range(_RELATED_LETTERS, len(term)):
            for part in (term[:length], term[-length:]):
                if part in self.terms:
                    found.setdefault(part, length / len(term))
        found.pop(term, None)
        return tuple(sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))[:limit])


_REMEMBERED = 4096
_RUNS, _RUN = 64, 32
"""Of a term that stands in twice as many places these are looked at for its pairs: so many runs of so many.

Places one after the other lie near each other on disk and in memory, where each look costs more than what it finds.
"""

_RELATED_LETTERS = 5
_RELATED_LOOKED_AT = 200
"""Terms with the same beginning that are compared at most."""


def idf(holders: float, total: int) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)). Source: Lucene, BM25Similarity.idf."""
    return math.log(1 + (total - holders + 0.5) / (holders + 0.5))


def tallied(rows: Places, columns: Places, shape: tuple[int, int]) -> Counts:
    """A matrix of *shape* that tells how often each pair of a row and a column comes up."""
    cells = rows * np.int64(shape[1]) + columns
    counted: Counts = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    return counted


def _spread(places: Places) -> tuple[Places, float]:
    """All of few places, or runs of many that are evenly spread; each stands for so many."""
    if len(places) < 2 * _RUNS * _RUN:
        return places, 1.0
    begins = np.arange(_RUNS) * (len(places) // _RUNS)
    some = places[(begins[:, np.newaxis] + np.arange(_RUN)).ravel()]
    return some, len(places) / len(some)


def _around(places: Places, starts: Places, ends: Places) -> Places:
    """The numbers of the stretches that hold one of *places* and the place after it."""
    stretches = np.searchsorted(starts, places, side="right") - 1
    places, stretches = places[stretches >= 0], stretches[stretches >= 0]
    found = stretches[places + 1 < ends[stretches]]
    different: Places = found[differs(found)]
    return different
