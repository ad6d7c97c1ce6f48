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

from retrieval.analysis import LONGEST_WORD, Analyzer, Term, analyzer
from retrieval.model import Corpus
from retrieval.sentences import sentence_spans

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

    def __init__(self, corpus: Corpus, languages: Sequence[str]) -> None:
        """*languages*: one for every article, as `language.languages` gives them."""
        row = _Row()
        for article, language in zip(corpus.articles, languages, strict=True):
            row.add(article.title, [paragraph.text for paragraph in article.paragraphs], analyzer(language))
        self.layout = row.layout()
        self.languages = tuple(languages)
        self.surface = row.surface
        """How often each word of the texts occurs, in lower case, without accents and not stemmed."""
        self.written = row.written()
        """The most frequent form of each of these words, as the texts have it."""
        self.vocabulary = row.vocabulary
        self._row = np.array(row.terms, dtype=np.int32)
        self._names = list(row.vocabulary)
        self._order = np.argsort(self._row, kind="stable")
        frequency = np.bincount(self._row, minlength=len(row.vocabulary))
        self._first = np.concatenate([[0], np.cumsum(frequency)])
        self._paragraph_frequency = row.paragraph_frequency
        self._article_frequency = row.article_frequency
        self._sorted = sorted(term for term in row.vocabulary if term.isalpha())
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
        number = self.vocabulary.get(term)
        return self._order[:0] if number is None else self._order[self._first[number] : self._first[number + 1]]

    def pair_places(self, first: str, second: str) -> Places:
        """The offsets of *first* where *second* follows it directly."""
        found: Places = np.intersect1d(self.places(first), self.places(second) - 1, assume_unique=True)
        return found

    def paragraph_idf(self, term: str) -> float:
        """`idf` of the term among paragraphs; a paragraph's title is a part of it."""
        return idf(self._paragraph_frequency.get(term, 0), self.paragraphs)

    def article_idf(self, term: str) -> float:
        """`idf` of the term among whole articles."""
        return idf(self._article_frequency.get(term, 0), self.articles)

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


class _Row:
    """The row while it is written."""

    def __init__(self) -> None:
        self.terms: list[int] = []
        self.vocabulary: dict[str, int] = {}
        self.surface: Counter[str] = Counter()
        self._forms: Counter[tuple[str, str]] = Counter()
        self.paragraph_frequency: Counter[str] = Counter()
        self.article_frequency: Counter[str] = Counter()
        self._paragraphs: list[tuple[int, int, int]] = []
        self._titles: list[tuple[int, int, int]] = []
        self._sentences: list[tuple[int, int]] = []
        self._first_sentence: list[int] = [0]

    def add(self, title: str, paragraphs: Sequence[str], language: Analyzer) -> None:
        """Writes one article at the end."""
        start = len(self.terms)
        title_terms = self._read(title, language)
        self._write(title_terms)
        title_end, in_title = len(self.terms), {term.text for term in title_terms}
        in_article = set(in_title)
        for text in paragraphs:
            terms = self._read(text, language)
            first = len(self.terms)
            self._write(terms)
            self._paragraphs.append((first, len(self.terms), len(self._titles)))
            in_paragraph = {term.text for term in terms} | in_title
            self.paragraph_frequency.update(in_paragraph)
            in_article |= in_paragraph
            self._divide(text, terms, first, language.language)
        self.article_frequency.update(in_article)
        self._titles.append((start, title_end, len(self.terms)))

    def _read(self, text: str, language: Analyzer) -> list[Term]:
        words = list(language.words(text))
        self.surface.update(word.folded for word in words)
        self._forms.update((word.folded, text[word.start : word.end][:LONGEST_WORD]) for word in words)
        return [Term(language.term(word), word.start, word.end) for word in words if not language.is_stop_word(word)]

    def _write(self, terms: Sequence[Term]) -> None:
        numbers = self.vocabulary
        self.terms.extend(numbers.setdefault(term.text, len(numbers)) for term in terms)

    def _divide(self, text: str, terms: Sequence[Term], first: int, language: str) -> None:
        """Notes which of a paragraph's terms, the first one standing at *first*, each of its sentences has."""
        starts = [term.start for term in terms]
        ends = [*[bisect_left(starts, end) for _, end in sentence_spans(text, language)][:-1], len(terms)]
        begin = 0
        for end in ends:
            self._sentences.append((first + begin, first + end))
            begin = end
        self._first_sentence.append(len(self._sentences))

    def written(self) -> dict[str, str]:
        """The most frequent form of every word so far, of equals the one in small letters."""
        best: dict[str, str] = {}
        for (folded, form), _ in sorted(self._forms.items(), key=lambda entry: (-entry[1], entry[0][1].swapcase())):
            best.setdefault(folded, form)
        return best

    def layout(self) -> Layout:
        """The stretches written so far."""
        paragraphs = np.array(self._paragraphs, dtype=np.int64).reshape(-1, 3)
        titles = np.array(self._titles, dtype=np.int64).reshape(-1, 3)
        sentences = np.array(self._sentences, dtype=np.int64).reshape(-1, 2)
        return Layout(
            paragraph_start=paragraphs[:, 0].copy(),
            paragraph_end=paragraphs[:, 1].copy(),
            paragraph_article=paragraphs[:, 2].copy(),
            title_start=titles[:, 0].copy(),
            title_end=titles[:, 1].copy(),
            article_end=titles[:, 2].copy(),
            sentence_start=sentences[:, 0].copy(),
            sentence_end=sentences[:, 1].copy(),
            first_sentence=np.array(self._first_sentence, dtype=np.int64),
        )
