"""The order of the paragraphs found, and the account of every score: what each term gave, and where.

An engine finds candidates; their scores are computed here, the same for every engine. The score of a paragraph is the
sum of six kinds of evidence, each of them explained at `Evidence`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.index import Index, WeightedTerm
from retrieval.positions import Counts, Places, Positions, Standing, count
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
    candidates: int = 500
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
        for row, term in enumerate(evidence.reading.terms)
    )
    pairs = (
        PairShare(pair.first, pair.second, pair.idf, float(evidence.pairs[row, at]))
        for row, pair in enumerate(evidence.reading.pairs)
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
        layout = positions.layout
        self._language = np.array(positions.languages, dtype=object)[layout.paragraph_article]
        self._lengths = positions.paragraph_length + self._weights.title * positions.title_length
        self._average = _average(self._lengths)
        titles = (layout.title_end - layout.title_start).astype(np.float64)
        self._article_lengths = positions.article_length + self._weights.title * titles
        self._article_average = _average(self._article_lengths)
        self._pair_lengths = positions.paragraph_length + positions.title_length
        self._pair_average = _average(self._pair_lengths)

    def ranked(self, readings: Sequence[Reading], limit: int, within: Places | None = None) -> list[Ranked]:
        """At most *limit* paragraphs that share a term or a relative with the question, best first.

        A paragraph is judged by the reading in its own language. Equal scores are in order of position. *within* are
        the only positions looked at, if given.
        """
        found = self._found(readings, within)
        judged: list[tuple[Evidence, Places]] = []
        for reading in readings:
            evidence = self.evidence(reading, np.sort(found[self._language[found] == reading.language]))
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
        """What every term of the reading gives to every candidate (positions of paragraphs)."""
        positions, layout, weights = self._positions, self._positions.layout, self._weights
        own_terms = len(reading.terms)
        # The terms of the question, then their relatives.
        row_of = {term.text: row for row, term in enumerate(reading.terms)}
        for term in reading.terms:
            for related, _ in term.related:
                row_of.setdefault(related, len(row_of))
        shape = len(row_of), len(candidates)
        articles = layout.paragraph_article[candidates]
        inside = positions.standing([*row_of], layout.paragraph_start[candidates], layout.paragraph_end[candidates])
        above = positions.standing([*row_of], layout.title_start[articles], layout.title_end[articles])
        body, title = inside.counts(*shape), weights.title * above.counts(*shape)
        together = body + title
        lengths = self._lengths[candidates] / self._average
        saturation = _saturation(together, lengths, weights.k1, weights.b)
        own = (
            np.array([[term.count * term.idf] for term in reading.terms]).reshape(own_terms, 1) * saturation[:own_terms]
        )
        of_title = np.divide(title, together, out=np.zeros(shape), where=together > 0)[:own_terms] * own
        held, in_paragraph, related_scores = (np.zeros((own_terms, len(candidates))) for _ in range(3))
        for row, term in enumerate(reading.terms):
            rows = [row_of[related] for related, _ in term.related]
            likeness = np.array([[similarity] for _, similarity in term.related]).reshape(-1, 1)
            worth = np.array([[min(term.idf, positions.paragraph_idf(related))] for related, _ in term.related])
            absent = together[row] == 0
            scores = weights.related * likeness * worth.reshape(-1, 1) * saturation[rows]
            related_scores[row] = np.where(absent, scores.max(axis=0, initial=0), 0)
            others = ((together[rows] > 0) * likeness).max(axis=0, initial=0)
            held[row] = np.where(absent, others, 1)
            in_paragraph[row] = np.maximum(body[row] > 0, ((body[rows] > 0) * likeness).max(axis=0, initial=0))
        best, sentence = self._sentences(reading, candidates, inside)
        return Evidence(
            reading,
            candidates,
            passage=own - of_title,
            title=of_title,
            article=self._articles(reading, articles),
            related=related_scores,
            sentence=sentence,
            pairs=self._pairs(reading, candidates, inside, above),
            held=held,
            in_paragraph=in_paragraph,
            best_sentence=best,
        )

    def _articles(self, reading: Reading, articles: Places) -> Matrix:
        """Every term's share of BM25 over whole articles, of which *articles* names one for each candidate."""
        layout, weights = self._positions.layout, self._weights
        different, its = np.unique(articles, return_inverse=True)
        scores = np.zeros((len(reading.terms), len(different)))
        starts, texts, ends = layout.title_start[different], layout.title_end[different], layout.article_end[different]
        lengths = self._article_lengths[different] / self._article_average
        for row, term in enumerate(reading.terms):
            places = self._positions.places(term.text)
            counts = count(places, texts, ends) + weights.title * count(places, starts, texts)
            saturation = _saturation(counts, lengths, weights.article_k1, weights.article_b)
            scores[row] = term.count * weights.article * term.article_idf * saturation
        return scores[:, its]

    def _sentences(self, reading: Reading, candidates: Places, inside: Standing) -> tuple[Counts, Matrix]:
        """The idf that each candidate's best sentence holds, and every term's share of it, weighed."""
        layout = self._positions.layout
        first = layout.first_sentence[candidates]
        numbers = layout.first_sentence[candidates + 1] - first
        begins = np.cumsum(numbers) - numbers
        holds = np.zeros((len(reading.terms), int(numbers.sum())))
        its = inside.terms < len(reading.terms)
        owner = inside.stretches[its]
        sentence = np.searchsorted(layout.sentence_start, inside.places[its], side="right") - 1
        rows = inside.terms[its]
        holds[rows, sentence - first[owner] + begins[owner]] = np.array([term.idf for term in reading.terms])[rows]
        totals = holds.sum(axis=0)
        # The first sentence of a paragraph among its best.
        order = np.lexsort((np.arange(len(totals)), -totals, np.repeat(np.arange(len(candidates)), numbers)))
        best = order[begins] if len(candidates) else order
        return totals[best], self._weights.sentence * holds[:, best]

    def _pairs(self, reading: Reading, candidates: Places, inside: Standing, above: Standing) -> Matrix:
        """The score of every pair of the reading in every candidate or its title."""
        weights = self._weights
        row_of = {term.text: row for row, term in enumerate(reading.terms)}
        lengths = self._pair_lengths[candidates] / self._pair_average
        scores = np.zeros((len(reading.pairs), len(candidates)))
        found = [standing.pairs() for standing in (inside, above)]
        for row, pair in enumerate(reading.pairs):
            counts = np.zeros(len(candidates))
            for stretches, firsts, seconds in found:
                its = stretches[(firsts == row_of[pair.first]) & (seconds == row_of[pair.second])]
                counts += np.bincount(its, minlength=len(candidates))
            scores[row] = weights.pairs * pair.idf * _saturation(counts, lengths, weights.k1, weights.b)
        return scores


def _saturation(counts: Counts, lengths: Counts, k1: float, b: float) -> Counts:
    """BM25's saturation of term counts; *lengths* in averages.

    Source: Robertson & Zaragoza, "The probabilistic relevance framework: BM25 and beyond", 2009.
    """
    saturation: Counts = counts * (k1 + 1) / (counts + k1 * (1 - b + b * lengths))
    return saturation


def _average(lengths: Counts) -> float:
    """Never zero: a collection without any words divides by it too."""
    return float(lengths.mean()) if lengths.any() else 1.0
