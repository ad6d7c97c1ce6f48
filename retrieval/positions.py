"""Where every term of a collection stands: what the ranking counts in titles, paragraphs, sentences and articles.

All terms of a collection are laid out in one row, article after article: the title, then the paragraphs in order. The
places of a term in that row are sorted, so how often it occurs in any stretch is the difference of two binary searches.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.analysed import Analysed, Words, analysed
from retrieval.analysis import analyzer
from retrieval.model import Article, Corpus

Places = NDArray[np.int64]
"""Offsets into the row, ascending."""

Counts = NDArray[np.float64]


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


class Positions:
    """The finished row of a collection's terms, with how many paragraphs and articles hold each."""

    def __init__(self, corpus: Corpus, languages: Sequence[str], before: Positions | None = None) -> None:
        """*languages*: one for every article, as `language.languages` gives them.

        Articles that are in *before* as well are not analysed again.
        """
        self.languages = tuple(languages)
        if before is not None and len(before._numbers) > 2 * len(before.vocabulary):
            before = None  # most of its terms are of articles that are gone
        known: dict[tuple[str, Words], Analysed] = {} if before is None else before._analysed
        numbers: dict[str, int] = {} if before is None else dict(before._numbers)
        self._analysed: dict[tuple[str, Words], Analysed] = {}
        """By language and words, in the order of the articles; the same words need not stand twice."""
        row: list[Analysed] = []
        for article, language in zip(corpus.articles, languages, strict=True):
            key = language, words_of(article)
            if (one := known.get(key)) is None:
                one = analysed(key[1], analyzer(language), numbers)
            self._analysed[key] = one
            row.append(one)
        self._numbers: dict[str, int] = numbers
        self._names = list(numbers)
        self.layout = _layout(row)
        self._row = np.concatenate([one.terms for one in row]) if row else np.zeros(0, dtype=np.int32)
        self._order = np.argsort(self._row, kind="stable")
        frequency = np.bincount(self._row, minlength=len(numbers))
        self._first = np.concatenate([[0], np.cumsum(frequency)])
        self._paragraph_frequency = self._holders(_in_paragraphs(self.layout))
        self._article_frequency = self._holders(_in_articles(self.layout))
        self.surface: Counter[str] = Counter()
        """How often each word of the texts occurs, in lower case, without accents and not stemmed."""
        forms: Counter[tuple[str, str]] = Counter()
        for one in row:
            forms.update(one.forms)
        for (folded, _), count_of_form in forms.items():
            self.surface[folded] += count_of_form
        self.written = _written(forms)
        """The most frequent form of each of these words, as the texts have it."""
        self.vocabulary: frozenset[str] = frozenset(
            self._names[number] for number in np.flatnonzero(frequency).tolist()
        )
        self._sorted = sorted(term for term in self.vocabulary if term.isalpha())
        self._reversed = sorted(term[::-1] for term in self._sorted)
        title_length = self.layout.title_end - self.layout.title_start
        self.title_length: Counts = title_length[self.layout.paragraph_article].astype(np.float64)
        self.paragraph_length: Counts = (self.layout.paragraph_end - self.layout.paragraph_start).astype(np.float64)
        self.article_length: Counts = (self.layout.article_end - self.layout.title_end).astype(np.float64)

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
        number = self._numbers.get(term)
        return self._order[:0] if number is None else self._order[self._first[number] : self._first[number + 1]]

    def pair_places(self, first: str, second: str) -> Places:
        """The offsets of *first* where *second* follows it directly."""
        found: Places = np.intersect1d(self.places(first), self.places(second) - 1, assume_unique=True)
        return found

    def paragraph_idf(self, term: str) -> float:
        """`idf` of the term among paragraphs; a paragraph's title is a part of it."""
        return idf(self._frequency(term, self._paragraph_frequency), self.paragraphs)

    def article_idf(self, term: str) -> float:
        """`idf` of the term among whole articles."""
        return idf(self._frequency(term, self._article_frequency), self.articles)

    def pair_idf(self, places: Places) -> float:
        """`idf` among paragraphs of a pair that stands at *places*; a pair in a title counts for all of its article."""
        layout = self.layout
        bodies = np.unique(np.searchsorted(layout.paragraph_start, places, side="right") - 1)
        inside = bodies[bodies >= 0]
        held = np.zeros(self.paragraphs, dtype=bool)
        held[inside] = count(places, layout.paragraph_start[inside], layout.paragraph_end[inside] - 1) > 0
        titles = np.unique(np.searchsorted(layout.title_start, places, side="right") - 1)
        titles = titles[count(places, layout.title_start[titles], layout.title_end[titles] - 1) > 0]
        held |= np.isin(layout.paragraph_article, titles)
        return idf(int(held.sum()), self.paragraphs)

    def documents(self, title_weight: int) -> list[list[str]]:
        """Every paragraph as its terms and *title_weight* times those of its title: what an engine indexes."""
        layout = self.layout
        return [
            self._terms(layout.title_start[article], layout.title_end[article]) * title_weight
            + self._terms(layout.paragraph_start[position], layout.paragraph_end[position])
            for position, article in enumerate(layout.paragraph_article.tolist())
        ]

    def paragraph_mass(self, position: int) -> float:
        """The idf of all different terms of a paragraph together."""
        layout = self.layout
        terms = self._terms(layout.paragraph_start[position], layout.paragraph_end[position])
        return math.fsum(self.paragraph_idf(term) for term in dict.fromkeys(terms))

    def _holders(self, held: tuple[Places, Places]) -> Places:
        """For every number of a term how many owners hold it, given (owner, offset into the row)."""
        owners, offsets = held
        size = max(1, len(self._names))
        different = np.unique(owners * size + self._row[offsets])
        holders: Places = np.bincount(different % size, minlength=size)
        return holders

    def _frequency(self, term: str, frequencies: Places) -> int:
        number = self._numbers.get(term)
        return 0 if number is None else int(frequencies[number])

    def _terms(self, start: int, end: int) -> list[str]:
        return [self._names[number] for number in self._row[start:end].tolist()]

    def related(self, term: str, limit: int) -> tuple[tuple[str, float], ...]:
        """Terms of the collection that are probably of the same word family, and how similar they are, best first.

        Two terms are related when they share a beginning of at least four letters and half of *term*, or when one is
        the first or last part (of five letters or more) of the other, as in compounds. The similarity is the share of
        the longer term's letters that they have in common, between 0 and 1.
        """
        if len(term) < _RELATED_LETTERS or not term.isalpha():
            return ()
        found: dict[str, float] = {}
        beginning = term[: max(4, math.ceil(len(term) / 2))]
        for other in _starting_with(self._sorted, beginning):
            found[other] = _common_beginning(term, other) / max(len(term), len(other))
        for reversed_other in _starting_with(self._reversed, term[::-1]):
            found.setdefault(reversed_other[::-1], len(term) / len(reversed_other))
        for length in range(_RELATED_LETTERS, len(term)):
            for part in (term[:length], term[-length:]):
                if part in self.vocabulary:
                    found.setdefault(part, length / len(term))
        found.pop(term, None)
        return tuple(sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))[:limit])


_RELATED_LETTERS = 5
_RELATED_LOOKED_AT = 200
"""Terms with the same beginning that are compared at most."""


def idf(holders: int, total: int) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)). Source: Lucene, BM25Similarity.idf."""
    return math.log(1 + (total - holders + 0.5) / (holders + 0.5))


def count(places: Places, starts: Places, ends: Places) -> Counts:
    """How many of *places* are in each stretch from start up to, and without, end."""
    counts = np.searchsorted(places, ends) - np.searchsorted(places, starts)
    counted: Counts = np.maximum(counts, 0).astype(np.float64)
    return counted


def _starting_with(ordered: Sequence[str], beginning: str) -> Iterable[str]:
    first = bisect_left(ordered, beginning)
    for term in ordered[first : first + _RELATED_LOOKED_AT]:
        if not term.startswith(beginning):
            return
        yield term


def _common_beginning(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def words_of(article: Article) -> Words:
    """All that is analysed of an article."""
    return article.title, *(paragraph.text for paragraph in article.paragraphs)


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
    return Layout(
        paragraph_start=starts[is_paragraph],
        paragraph_end=ends[is_paragraph],
        paragraph_article=np.repeat(np.arange(len(row)), parts - 1),
        title_start=starts[first],
        title_end=ends[first],
        article_end=ends[first + parts - 1],
        sentence_start=sentence_ends - sentences,
        sentence_end=sentence_ends,
        first_sentence=np.concatenate([[0], np.cumsum(counts)]),
    )


def _joined(parts: Sequence[NDArray[np.int32]]) -> Places:
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, dtype=np.int64)


def _in_paragraphs(layout: Layout) -> tuple[Places, Places]:
    """(paragraph, offset into the row) for every term of every paragraph and of its title."""
    paragraphs, articles = np.arange(len(layout.paragraph_start)), layout.paragraph_article
    own = _stretches(paragraphs, layout.paragraph_start, layout.paragraph_end)
    titles = _stretches(paragraphs, layout.title_start[articles], layout.title_end[articles])
    return np.concatenate([own[0], titles[0]]), np.concatenate([own[1], titles[1]])


def _in_articles(layout: Layout) -> tuple[Places, Places]:
    """(article, offset into the row) for every term."""
    return _stretches(np.arange(len(layout.title_start)), layout.title_start, layout.article_end)


def _stretches(owners: Places, starts: Places, ends: Places) -> tuple[Places, Places]:
    """(owner, offset) for every offset from start up to, and without, end."""
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    return np.repeat(owners, lengths), np.arange(lengths.sum()) + np.repeat(starts - before, lengths)


def _written(forms: Counter[tuple[str, str]]) -> dict[str, str]:
    """The most frequent form of every word, of equals the one in small letters."""
    best: dict[str, str] = {}
    for (folded, form), _ in sorted(forms.items(), key=lambda entry: (-entry[1], entry[0][1].swapcase())):
        best.setdefault(folded, form)
    return best
