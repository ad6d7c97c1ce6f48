"""Where every term of a collection stands: what the ranking counts in titles, paragraphs, sentences and articles.

All terms of a collection are laid out in one row, article after article: the title, then the paragraphs in order. The
places of a term in that row are sorted, so how often it occurs in an article is the difference of two binary searches;
what stands in a few hundred paragraphs is read off the row.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Prefix

from retrieval.analysed import Analysed, Key, Known, analysed
from retrieval.analysis import analyzer
from retrieval.index import Postings
from retrieval.model import Corpus
from retrieval.ordered import beginning
from retrieval.remembered import Remembered

Places = NDArray[np.signedinteger[Any]]
"""Offsets into the row, or numbers of paragraphs or articles; those that are kept have 32 bits, so a row 2³¹ terms."""

Counts = NDArray[np.float64]

Relatives = tuple[tuple[str, float], ...]
"""Terms of a word family and how similar they are to one of them, best first."""


@dataclass(frozen=True)
class Layout:
    """Where titles, paragraphs and sentences stand in the row. Paragraphs are numbered as in `Corpus.places`."""

    paragraph_start: Places
    paragraph_end: Places
    paragraph_article: Places
    """Number of the article that a paragraph belongs to."""
    title_start: Places
    title_end: Places
    article_end: Places
    """An article starts where its title does."""
    sentence_start: Places
    sentence_end: Places
    first_sentence: Places
    """Number of a paragraph's first sentence; one more entry than paragraphs. Every paragraph has at least one."""


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

    def counts(self, terms: int, stretches: int) -> Counts:
        """How often each of so many terms (rows) stands in each of so many stretches (columns)."""
        return tallied(self.terms, self.stretches, (terms, stretches))

    def pairs(self) -> tuple[Places, NDArray[np.int16], NDArray[np.int16]]:
        """Of every two of the terms that stand side by side, the stretch, the first and the second."""
        beside = (self.places[1:] - self.places[:-1] == 1) & (self.stretches[1:] == self.stretches[:-1])
        return self.stretches[:-1][beside], self.terms[:-1][beside], self.terms[1:][beside]


@dataclass(frozen=True)
class _Holding:
    """Every pair of a term and a paragraph that holds it, in order."""

    terms: NDArray[np.int32]
    paragraphs: NDArray[np.int32]
    inside: NDArray[np.int32]
    """How often the term is in the paragraph itself."""
    in_title: NDArray[np.int32]
    """How often it is in the title of its article."""


class Positions:
    """The finished row of a collection's terms, with how many paragraphs and articles hold each."""

    def __init__(self, corpus: Corpus, languages: Sequence[str], known: Known | None = None) -> None:
        """*languages*: one for every article, as `language.languages` gives them.

        Articles that are *known* are not analysed again.
        """
        self.languages = tuple(languages)
        known = known or Known()
        self.numbers = known.vocabulary.copy()
        self.analysed: dict[Key, Analysed] = {}
        """In the order of the articles."""
        self._keys: list[Key] = []
        row: list[Analysed] = []
        for article, language in zip(corpus.articles, languages, strict=True):
            key = language, article.words
            if (one := known.analysed.get(key)) is None:
                one = analysed(article, analyzer(language), self.numbers)
            self.analysed[key] = one
            self._keys.append(key)
            row.append(one)
        self._names = list(self.numbers.terms)
        self.layout = _layout(row)
        self._row = np.concatenate([one.terms for one in row]) if row else np.zeros(0, dtype=np.int32)
        self._order = np.argsort(self._row, kind="stable").astype(np.int32)
        frequency = np.bincount(self._row, minlength=len(self._names))
        self._first = np.concatenate([[0], np.cumsum(frequency)])
        layout = self.layout
        self._holding = self._held()
        self._paragraph_frequency = np.bincount(self._holding.terms, minlength=len(self._names))
        owners, _ = _stretches(np.arange(self.articles), layout.title_start, layout.article_end)
        articles = owners[self._order]
        # Of a term's places in one article only the first is counted.
        different = np.flatnonzero(differs(articles) | differs(self._row[self._order]))
        self._article_frequency = np.bincount(self._row[self._order[different]], minlength=len(self._names))
        self.surface: dict[str, int] = {}
        """How often each word of the texts occurs, in lower case, without accents and not stemmed."""
        self.written: dict[str, str] = {}
        """The most frequent form of each of these words as the texts have it, of equals the one in small letters."""
        self._count_forms(row)
        self.vocabulary: frozenset[str] = frozenset(
            self._names[number] for number in np.flatnonzero(frequency).tolist()
        )
        self._sorted = sorted(term for term in self.vocabulary if term.isalpha())
        self._reversed = sorted(term[::-1] for term in self._sorted)
        title_length = layout.title_end - layout.title_start
        self.title_length: Counts = title_length[layout.paragraph_article].astype(np.float64)
        self.paragraph_length: Counts = (layout.paragraph_end - layout.paragraph_start).astype(np.float64)
        self._article_paragraphs = np.bincount(layout.paragraph_article, minlength=self.articles)
        self.article_length: Counts = (layout.article_end - layout.title_end).astype(np.float64)
        # Words and pairs of words are asked for again and again.
        self._relatives: Remembered[tuple[str, int], Relatives] = Remembered(_REMEMBERED)
        self._pair_idfs: Remembered[tuple[str, str], float | None] = Remembered(_REMEMBERED)

    @property
    def paragraphs(self) -> int:
        """How many paragraphs the collection has."""
        return len(self.layout.paragraph_start)

    @property
    def articles(self) -> int:
        """How many articles the collection has."""
        return len(self.layout.title_start)

    def __contains__(self, term: object) -> bool:
        return term in self.vocabulary

    def places(self, term: str) -> Places:
        """The term's offsets in the row; none for an unknown term."""
        number = self.numbers.terms.get(term)
        its = slice(0) if number is None else slice(self._first[number], self._first[number + 1])
        return self._order[its]

    def pair_places(self, first: str, second: str) -> Places:
        """The offsets of *first* where *second* follows it directly."""
        one, other = self.places(first), self.places(second)
        if not len(one) or not len(other):
            return one[:0]
        # The rarer of the two is looked at, with what stands beside it in the row.
        if len(one) < len(other):
            one = one[one + 1 < len(self._row)]
            its: Places = one[self._row[one + 1] == self._row[other[0]]]
        else:
            other = other[other > 0]
            its = other[self._row[other - 1] == self._row[one[0]]] - 1
        return its

    def standing(self, terms: Sequence[str], starts: Places, ends: Places) -> Standing:
        """Where different *terms* stand in stretches of the row, each from start up to, and without, end."""
        stretches, places = _stretches(np.arange(len(starts), dtype=np.int32), starts, ends)
        numbers = [self.numbers.terms.get(term, -1) for term in terms]
        # The last entry takes the terms that are in no article.
        row_of = np.full(len(self._names) + 1, -1, dtype=np.int16)
        row_of[numbers] = np.arange(len(terms))
        row_of[-1] = -1
        rows = row_of[self._row[places]]
        found = np.flatnonzero(rows >= 0)
        return Standing(stretches[found], rows[found], places[found])

    def sentence_terms(self, position: int) -> list[frozenset[str]]:
        """The terms of each sentence of a paragraph."""
        layout = self.layout
        its = slice(layout.first_sentence[position], layout.first_sentence[position + 1])
        bounds = zip(layout.sentence_start[its].tolist(), layout.sentence_end[its].tolist(), strict=True)
        return [frozenset(self._names[number] for number in self._row[start:end].tolist()) for start, end in bounds]

    def paragraph_idf(self, term: str) -> float:
        """`idf` of the term among paragraphs; a paragraph's title is a part of it."""
        return idf(self._frequency(term, self._paragraph_frequency), self.paragraphs)

    def article_idf(self, term: str) -> float:
        """`idf` of the term among whole articles."""
        return idf(self._frequency(term, self._article_frequency), self.articles)

    def pair_idf(self, first: str, second: str) -> float | None:
        """`idf` among paragraphs of a pair, None if it stands nowhere; one in a title counts for all of its article."""
        return self._pair_idfs.get((first, second), lambda: self._pair_idf(first, second))

    def _pair_idf(self, first: str, second: str) -> float | None:
        places, layout = self.pair_places(first, second), self.layout
        if not len(places):
            return None
        bodies = _around(places, layout.paragraph_start, layout.paragraph_end)
        titles = _around(places, layout.title_start, layout.title_end)
        beside = ~np.isin(layout.paragraph_article[bodies], titles)
        return idf(int(self._article_paragraphs[titles].sum() + beside.sum()), self.paragraphs)

    def postings(self, title_weight: int) -> Postings:
        """Every paragraph's terms and, *title_weight* times, those of its title: what an engine indexes."""
        layout, holding = self.layout, self._holding
        title_length = (layout.title_end - layout.title_start)[layout.paragraph_article]
        often: Counter[Key] = Counter()
        groups = []
        for key in self._keys:
            groups.append((key, often[key]))
            often[key] += 1

        def terms(document: int) -> list[str]:
            article = layout.paragraph_article[document]
            title = self._row[layout.title_start[article] : layout.title_end[article]].tolist()
            own = self._row[layout.paragraph_start[document] : layout.paragraph_end[document]].tolist()
            return [self._names[number] for number in title * title_weight + own]

        return Postings(
            self.numbers.terms,
            np.concatenate([[0], np.cumsum(self._paragraph_frequency)]),
            holding.paragraphs,
            holding.inside + title_weight * holding.in_title,
            layout.paragraph_end - layout.paragraph_start + title_weight * title_length,
            groups,
            np.concatenate([[0], np.cumsum(self._article_paragraphs)]),
            terms,
        )

    @cached_property
    def paragraph_mass(self) -> Counts:
        """Of each paragraph the idf of all its different terms together."""
        holding, names = self._holding, self._paragraph_frequency
        its = holding.inside > 0
        worth = np.log1p((self.paragraphs - names + 0.5) / (names + 0.5))
        paragraphs, worth = holding.paragraphs[its], worth[holding.terms[its]]
        return np.bincount(paragraphs, worth, minlength=self.paragraphs).astype(np.float64)

    def _held(self) -> _Holding:
        """Which paragraphs hold which terms; a paragraph's title is a part of it."""
        layout, total = self.layout, self.paragraphs
        inside = np.full(len(self._row), -1)
        own = _stretches(np.arange(total), layout.paragraph_start, layout.paragraph_end)
        inside[own[1]] = own[0]
        # The places of a term are in order, and so are the paragraphs at them.
        paragraphs, numbers = inside[self._order], self._row[self._order].astype(np.int64)
        bodies = (numbers * total + paragraphs)[paragraphs >= 0]
        articles = layout.paragraph_article
        titles = _stretches(np.arange(total), layout.title_start[articles], layout.title_end[articles])
        held = np.concatenate([bodies, np.sort(self._row[titles[1]] * np.int64(total) + titles[0])])
        order = np.argsort(held, kind="stable")  # two rows in order become one
        held = held[order]
        begins = np.flatnonzero(differs(held))
        counts = np.diff(begins, append=len(held))
        in_title = np.diff(np.concatenate([[0], np.cumsum(order >= len(bodies))])[np.append(begins, len(held))])
        terms, paragraphs = np.divmod(held[begins], max(1, total))
        return _Holding(*(part.astype(np.int32) for part in (terms, paragraphs, counts - in_title, in_title)))

    def _count_forms(self, row: Sequence[Analysed]) -> None:
        """Fill `surface` and `written`."""
        forms, weights = _joined([one.forms for one in row]), _joined([one.form_counts for one in row])
        counts = np.bincount(forms, weights, minlength=len(self.numbers.forms)).astype(np.int64).tolist()
        most: dict[str, int] = {}
        for (folded, form), often in zip(self.numbers.forms, counts, strict=True):
            if not often:
                continue
            self.surface[folded] = self.surface.get(folded, 0) + often
            best = most.get(folded, 0)
            if often > best or (often == best and form.swapcase() < self.written[folded].swapcase()):
                most[folded], self.written[folded] = often, form

    def _frequency(self, term: str, frequencies: Places) -> int:
        number = self.numbers.terms.get(term)
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
                if part in self.vocabulary:
                    found.setdefault(part, length / len(term))
        found.pop(term, None)
        return tuple(sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))[:limit])


_REMEMBERED = 4096
_RELATED_LETTERS = 5
_RELATED_LOOKED_AT = 200
"""Terms with the same beginning that are compared at most."""


def idf(holders: int, total: int) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)). Source: Lucene, BM25Similarity.idf."""
    return math.log(1 + (total - holders + 0.5) / (holders + 0.5))


def tallied(rows: Places, columns: Places, shape: tuple[int, int]) -> Counts:
    """A matrix of *shape* that tells how often each pair of a row and a column comes up."""
    cells = rows * np.int64(shape[1]) + columns
    counted: Counts = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    return counted


def _around(places: Places, starts: Places, ends: Places) -> Places:
    """The numbers of the stretches that hold one of *places* and the place after it."""
    stretches = np.searchsorted(starts, places, side="right") - 1
    places, stretches = places[stretches >= 0], stretches[stretches >= 0]
    found = stretches[places + 1 < ends[stretches]]
    different: Places = found[differs(found)]
    return different


def _layout(row: Sequence[Analysed]) -> Layout:
    """The stretches of all articles, one after the other."""
    lengths = _joined([one.lengths for one in row])
    ends = np.cumsum(lengths)
    starts = ends - lengths
    parts = np.array([len(one.lengths) for one in row], dtype=np.int64)
    first = np.cumsum(parts) - parts
    is_paragraph = np.ones(len(lengths), dtype=bool)
    is_paragraph[first] = False
    sentences = _joined([one.sentences for one in row])
    counts = _joined([one.sentence_counts for one in row])
    # A paragraph's sentences fill it, and titles have none: their terms are stepped over.
    titles_before = np.cumsum(np.where(is_paragraph, 0, lengths))[is_paragraph]
    sentence_ends = np.cumsum(sentences) + np.repeat(titles_before, counts)
    stretches = (
        starts[is_paragraph],
        ends[is_paragraph],
        np.repeat(np.arange(len(row)), parts - 1),
        starts[first],
        ends[first],
        ends[first + parts - 1],
        sentence_ends - sentences,
        sentence_ends,
        np.concatenate([[0], np.cumsum(counts)]),
    )
    return Layout(*(one.astype(np.int32) for one in stretches))


def _joined(parts: Sequence[NDArray[np.int32]]) -> NDArray[np.int64]:
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, dtype=np.int64)


def differs(values: Places) -> NDArray[np.bool_]:
    """Whether each value is another than the one before it."""
    different = np.ones(len(values), dtype=bool)
    different[1:] = values[1:] != values[:-1]
    return different


def _stretches(owners: Places, starts: Places, ends: Places) -> tuple[Places, Places]:
    """(owner, offset) for every offset from start up to, and without, end."""
    lengths = ends - starts
    before = np.cumsum(lengths, dtype=np.int32) - lengths
    return np.repeat(owners, lengths), np.arange(lengths.sum(), dtype=np.int32) + np.repeat(starts - before, lengths)
