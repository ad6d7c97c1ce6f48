"""The order of the paragraphs found, and the account of every score: what each term gave, and where.

An engine finds candidates; their scores are computed here, the same for every engine. The score of a paragraph is the
sum of six kinds of evidence, each of them explained at `Evidence`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.index import Index, WeightedTerm
from retrieval.layout import Places, differs
from retrieval.positions import Counts, Positions, Standing, tallied
from retrieval.query import Reading


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of evidence counts. One set for all collections; docs/retrieval.md has the measurements."""

    k1: float = 1.5
    """How slowly a term's repetitions in a paragraph stop counting."""
    b: float = 0.75
    """How much long paragraphs are held back."""
    title: int = 2
    """How often the title's words count in a paragraph."""
    article: float = 1.0
    """Share of the score of the whole article."""
    article_k1: float = 2.0
    article_b: float = 0.75
    pairs: float = 0.3
    """Share of the score of words that stand side by side in the question and in the paragraph."""
    sentence: float = 0.3
    """Share of the idf that the paragraph's best sentence holds at once."""
    related: float = 1.0
    """Share of the score of a word's relatives in a paragraph that lacks the word itself."""
    relatives: int = 10
    """Related terms looked for, for each term."""
    candidates: int = 350
    """Paragraphs taken from the engine."""


Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """What every term gives to every candidate; terms are rows in the order of the reading, candidates columns.

    Weights and idf are already in the numbers: a candidate's score is the plain sum of its columns.
    """

    reading: Reading
    candidates: Places
    """Positions of the paragraphs."""
    passage: Matrix
    """BM25 of paragraph and title together, the paragraph's part."""
    title: Matrix
    """The title's part of it."""
    article: Matrix
    """BM25 of the whole article."""
    related: Matrix
    """BM25 of the most telling relative of a term that the paragraph lacks."""
    sentence: Matrix
    """idf of the terms in the paragraph's best sentence."""
    pairs: Matrix
    """BM25 of the pairs; rows are the pairs of the reading."""
    pair_idf: Sequence[float]
    """The idf of each of these; 0 where no candidate has it."""
    held: Matrix
    """1 where the paragraph or its title holds the term, the similarity where only a relative is there, or 0."""
    in_paragraph: Matrix
    """The same without the title."""
    best_sentence: Counts
    """idf that the best sentence of each candidate holds."""

    @cached_property
    def scores(self) -> Counts:
        """The sum of everything, for every candidate."""
        parts = (self.passage, self.title, self.article, self.related, self.sentence, self.pairs)
        total: Counts = np.sum([part.sum(axis=0) for part in parts], axis=0)
        return total


@dataclass(frozen=True, slots=True)
class Ranked:
    """A paragraph in its place, with the evidence it got there by."""

    position: int
    score: float
    evidence: Evidence = field(repr=False, compare=False)
    column: int
    """The paragraph's column in the evidence."""


@dataclass(frozen=True, slots=True)
class TermShare:
    """What one term of the question gave to a paragraph's score."""

    word: str
    """As asked."""
    term: str
    weight: float
    """Its idf."""
    passage: float
    title: float
    article: float
    related: float
    sentence: float

    @property
    def score(self) -> float:
        """The sum of the shares."""
        return self.passage + self.title + self.article + self.related + self.sentence


@dataclass(frozen=True, slots=True)
class PairShare:
    """What two words side by side gave to a paragraph's score."""

    first: str
    second: str
    weight: float
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The account of a score: the shares of the terms and pairs sum to it."""

    score: float
    language: str
    terms: tuple[TermShare, ...]
    pairs: tuple[PairShare, ...]


def explanation(ranked: Ranked) -> Explanation:
    """Which terms and pairs made up the paragraph's score; those that gave nothing are left out."""
    evidence, at = ranked.evidence, ranked.column
    asked = evidence.reading.terms
    terms = (
        TermShare(
            term.word,
            term.text,
            term.idf,
            float(evidence.passage[row, at]),
            float(evidence.title[row, at]),
            float(evidence.article[row, at]),
            float(evidence.related[row, at]),
            float(evidence.sentence[row, at]),
        )
        for row, term in enumerate(asked)
    )
    pairs = (
        PairShare(asked[one].text, asked[other].text, evidence.pair_idf[row], float(evidence.pairs[row, at]))
        for row, (one, other) in enumerate(evidence.reading.pairs)
    )
    return Explanation(
        ranked.score,
        evidence.reading.language,
        tuple(share for share in terms if share.score),
        tuple(share for share in pairs if share.score),
    )


class Ranker:
    """Finds and orders the paragraphs of one collection."""

    def __init__(self, positions: Positions, index: Index, weights: Weights | None = None) -> None:
        self._positions = positions
        self._index = index
        self._weights = weights or Weights()
        self._languages = [*positions.languages]
        self._average = self._average_length(self._weights.title)
        self._pair_average = self._average_length(1)
        self._article_average = _average(self._article_lengths(slice(None)).sum(), positions.articles)

    def ranked(self, readings: Sequence[Reading], limit: int, within: Places | None = None) -> list[Ranked]:
        """At most *limit* paragraphs that share a term or a relative with the question, best first.

        A paragraph is judged by the reading in its own language. Equal scores are in order of position. *within* are
        the only positions looked at, if given.
        """
        found = self._found(readings, within)
        spoken = self._positions.language[self._positions.layout.paragraph_article[found]]
        judged: list[tuple[Evidence, Places]] = []
        for reading in readings:
            if reading.language not in self._languages:
                continue
            its = spoken == self._languages.index(reading.language)
            if not its.any():
                continue
            evidence = self.evidence(reading, np.sort(found[its]))
            judged.append((evidence, np.flatnonzero(evidence.held.any(axis=0))))
        if not judged:
            return []
        owners = np.repeat(np.arange(len(judged)), [len(columns) for _, columns in judged])
        columns = np.concatenate([columns for _, columns in judged])
        positions = np.concatenate([evidence.candidates[columns] for evidence, columns in judged])
        scores = np.concatenate([evidence.scores[columns] for evidence, columns in judged])
        return [
            Ranked(int(positions[at]), float(scores[at]), judged[owners[at]][0], int(columns[at]))
            for at in np.lexsort((positions, -scores))[:limit].tolist()
        ]

    def _found(self, readings: Sequence[Reading], within: Places | None) -> Places:
        """Positions of the paragraphs that are ranked: all *within* where they are few, or else the engine's best."""
        limit = self._weights.candidates
        if within is not None and len(within) <= limit:
            return within
        # As many as would do if the engine's best were spread evenly.
        most = self._positions.paragraphs
        asked = limit if within is None else min(limit + limit * most // len(within), most)
        while True:
            found = self._hits(readings, asked)
            if within is None:
                return found
            inside = found[np.isin(found, within)]
            if len(inside) >= limit or len(found) < asked:
                return inside[:limit]
            asked = min(asked * 8, most)

    def _average_length(self, title: int) -> float:
        """The mean of `_lengths` over all paragraphs, from the articles alone: they are much fewer."""
        layout, positions = self._positions.layout, self._positions
        titles, texts = layout.title_end - layout.title_start, layout.article_end - layout.title_end
        return _average(texts.sum() + title * (positions.sizes * titles).sum(), positions.paragraphs)

    def _lengths(self, paragraphs: Places, title: float) -> Counts:
        """Terms of paragraphs, with those of their titles so many times."""
        layout = self._positions.layout
        articles = layout.paragraph_article[paragraphs]
        titles = layout.title_end[articles] - layout.title_start[articles]
        own = layout.paragraph_end[paragraphs] - layout.paragraph_start[paragraphs]
        lengths: Counts = own + title * titles.astype(np.float64)
        return lengths

    def _article_lengths(self, articles: Places | slice) -> Counts:
        """Terms of whole articles, those of the titles weighed."""
        layout = self._positions.layout
        titles = layout.title_end[articles] - layout.title_start[articles]
        texts = layout.article_end[articles] - layout.title_end[articles]
        lengths: Counts = texts + self._weights.title * titles.astype(np.float64)
        return lengths

    def _hits(self, readings: Sequence[Reading], limit: int) -> Places:
        """Positions of the engine's best for all readings together."""
        weights: defaultdict[str, float] = defaultdict(float)
        for reading in readings:
            for term in reading.terms:
                weights[term.text] = max(weights[term.text], float(term.count))
                for related, similarity in term.related:
                    weights[related] = max(weights[related], similarity * self._weights.related)
        terms = [WeightedTerm(text, weight) for text, weight in weights.items() if weight > 0]
        return self._index.search(terms, limit).positions

    def evidence(self, reading: Reading, candidates: Places) -> Evidence:
        """What every term of the reading gives to every candidate (positions of paragraphs, in order)."""
        positions, layout, weights = self._positions, self._positions.layout, self._weights
        own_terms, size = len(reading.terms), len(candidates)
        # The terms of the question, then their relatives.
        row_of = {term.text: row for row, term in enumerate(reading.terms)}
        for term in reading.terms:
            for relative, _ in term.related:
                row_of.setdefault(relative, len(row_of))
        articles = layout.paragraph_article[candidates]
        standing = positions.standing(
            [*row_of],
            np.concatenate([layout.paragraph_start[candidates], layout.title_start[articles]]),
            np.concatenate([layout.paragraph_end[candidates], layout.title_end[articles]]),
        )
        # Most relatives stand in no candidate.
        standing, rows = standing.without_empty(own_terms)
        row_of = {term: rows[row] for term, row in row_of.items() if row in rows}
        parted = standing.counts(len(row_of), 2 * size)
        body, title = parted[:, :size], weights.title * parted[:, size:]
        together = body + title
        lengths = self._lengths(candidates, weights.title) / self._average
        saturation = _saturation(together, lengths, weights.k1, weights.b)
        own = _column([term.count * term.idf for term in reading.terms]) * saturation[:own_terms]
        of_title = np.divide(title, together, out=np.zeros_like(together), where=together > 0)[:own_terms] * own
        related, held, in_paragraph = self._relatives(reading, row_of, body, together, saturation)
        standing = standing.of(standing.terms < own_terms)
        best, sentence = self._sentences(reading, candidates, standing.of(standing.stretches < size))
        pairs, pair_idf = self._pairs(reading, candidates, standing)
        return Evidence(
            reading,
            candidates,
            passage=own - of_title,
            title=of_title,
            article=self._articles(reading, articles),
            related=related,
            sentence=sentence,
            pairs=pairs,
            pair_idf=pair_idf,
            held=held,
            in_paragraph=in_paragraph,
            best_sentence=best,
        )

    def _relatives(
        self, reading: Reading, row_of: Mapping[str, int], body: Counts, together: Counts, saturation: Counts
    ) -> tuple[Matrix, Matrix, Matrix]:
        """What relatives give where a term itself is not, and the two matrices of what is held; see `Evidence`.

        *row_of*: the rows of the terms, those of the question first, and of the relatives that stand in a candidate, in
        the other matrices.
        """
        own_terms = len(reading.terms)
        absent = together[:own_terms] == 0
        scores = np.zeros(absent.shape)
        held = np.where(absent, 0.0, 1.0)
        in_paragraph = (body[:own_terms] > 0).astype(np.float64)
        relatives = [
            (row, row_of[other], similarity, similarity * min(term.idf, self._positions.paragraph_idf(other)))
            for row, term in enumerate(reading.terms)
            for other, similarity in term.related
            if other in row_of
        ]
        if relatives:
            owners, rows = np.array([relative[:2] for relative in relatives]).T
            begins = np.flatnonzero(differs(owners))
            its, likeness = owners[begins], _column([relative[2] for relative in relatives])
            worth = self._weights.related * _column([relative[3] for relative in relatives])
            best = np.maximum.reduceat(worth * saturation[rows], begins)
            scores[its] = np.where(absent[its], best, 0)
            likest = np.maximum.reduceat((together[rows] > 0) * likeness, begins)
            held[its] = np.where(absent[its], likest, 1)
            likest = np.maximum.reduceat((body[rows] > 0) * likeness, begins)
            in_paragraph[its] = np.maximum(in_paragraph[its], likest)
        return scores, held, in_paragraph

    def _articles(self, reading: Reading, articles: Places) -> Matrix:
        """Every term's share of BM25 over whole articles, of which *articles* names one for each candidate."""
        layout, weights = self._positions.layout, self._weights
        # Candidates are in order, and so are their articles.
        begins = differs(articles)
        different, its = articles[begins], np.cumsum(begins) - 1
        bounds = np.concatenate(
            [part[different] for part in (layout.title_start, layout.title_end, layout.article_end)]
        )
        before = np.array([np.searchsorted(self._positions.places(term.text), bounds) for term in reading.terms])
        starts, texts, ends = before.reshape(len(reading.terms), 3, len(different)).transpose(1, 0, 2)
        counts = (ends - texts + weights.title * (texts - starts)).astype(np.float64)
        lengths = self._article_lengths(different) / self._article_average
        saturation = _saturation(counts, lengths, weights.article_k1, weights.article_b)
        worth = _column([term.count * weights.article * term.article_idf for term in reading.terms])
        scores: Matrix = (worth * saturation)[:, its]
        return scores

    def _sentences(self, reading: Reading, candidates: Places, inside: Standing) -> tuple[Counts, Matrix]:
        """The idf that each candidate's best sentence holds, and every term's share of it, weighed.

        *inside*: where the terms of the reading stand in the candidates.
        """
        layout = self._positions.layout
        first = layout.first_sentence[candidates]
        numbers = layout.first_sentence[candidates + 1] - first
        begins = np.cumsum(numbers) - numbers
        holds = np.zeros((len(reading.terms), int(numbers.sum())))
        owners = np.repeat(np.arange(len(candidates)), numbers)
        # Candidates are in order, and so are their sentences and what stands in them.
        starts = layout.sentence_start[np.arange(len(owners)) + (first - begins)[owners]]
        sentence = np.searchsorted(starts, inside.places, side="right") - 1
        idf = np.array([term.idf for term in reading.terms])
        holds[inside.terms, sentence] = idf[inside.terms]
        totals = holds.sum(axis=0)
        if not len(candidates):
            return totals, holds
        # The first sentence of a paragraph among its best.
        most = np.maximum.reduceat(totals, begins)
        among = np.flatnonzero(np.equal(totals, most[owners]))
        best = among[differs(owners[among])]
        return most, self._weights.sentence * holds[:, best]

    def _pairs(self, reading: Reading, candidates: Places, standing: Standing) -> tuple[Matrix, Sequence[float]]:
        """The score of every pair of the reading in every candidate or its title, and the pairs' idf.

        *standing*: where the terms of the reading stand in the candidates, and then in their titles.
        """
        weights, size, terms = self._weights, len(candidates), reading.terms
        pair_of = np.full((len(terms), len(terms)), -1, dtype=np.int32)
        for number, pair in enumerate(reading.pairs):
            pair_of[pair] = number
        stretches, firsts, seconds = standing.pairs()
        pairs = pair_of[firsts, seconds]
        counted = pairs >= 0
        counts = tallied(pairs[counted], stretches[counted] % max(1, size), (len(reading.pairs), size))
        # How rare a pair is takes long to count, and many stand in no candidate.
        idf = [
            self._positions.pair_idf(terms[one].text, terms[other].text) if row.any() else 0.0
            for (one, other), row in zip(reading.pairs, counts, strict=True)
        ]
        lengths = self._lengths(candidates, 1) / self._pair_average
        return weights.pairs * _column(idf) * _saturation(counts, lengths, weights.k1, weights.b), idf


def _column(values: Sequence[float]) -> Matrix:
    return np.array(values, dtype=np.float64).reshape(-1, 1)


def _saturation(counts: Counts, lengths: Counts, k1: float, b: float) -> Counts:
    """BM25's saturation of term counts; *lengths* in averages.

    Source: Robertson & Zaragoza, "The probabilistic relevance framework: BM25 and beyond", 2009.
    """
    saturation: Counts = counts * (k1 + 1) / (counts + k1 * (1 - b + b * lengths))
    return saturation


def _average(total: float, number: int) -> float:
    """Never zero: a collection without any words divides by it too."""
    return float(total / number) if total else 1.0
