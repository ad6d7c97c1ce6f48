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
from retrieval.model import Hit
from retrieval.positions import Counts, Places, Positions, count
from retrieval.query import QueryTerm, Reading


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
        ranked: list[Ranked] = []
        for reading in readings:
            candidates = np.sort(found[self._language[found] == reading.language])
            evidence = self.evidence(reading, candidates)
            shared = np.flatnonzero(evidence.held.any(axis=0))
            ranked.extend(
                Ranked(int(candidates[at]), float(evidence.scores[at]), evidence, at) for at in shared.tolist()
            )
        ranked.sort(key=lambda entry: (-entry.score, entry.position))
        return ranked[:limit]

    def _found(self, readings: Sequence[Reading], within: Places | None) -> Places:
        """Positions of the paragraphs that are ranked: all *within* where they are few, or else the engine's best."""
        limit = self._weights.candidates
        if within is not None and len(within) <= limit:
            return within
        # As many as would do if the engine's best were spread evenly.
        asked = limit if within is None else limit + limit * self._positions.paragraphs // len(within)
        while True:
            hits = self._hits(readings, asked)
            found = np.array([hit.position for hit in hits], dtype=np.int64)
            if within is None:
                return found
            inside = found[np.isin(found, within)]
            if len(inside) >= limit or len(hits) < asked:
                return inside[:limit]
            asked *= 8

    def _hits(self, readings: Sequence[Reading], limit: int) -> list[Hit]:
        """The engine's best for all readings together."""
        weights: defaultdict[str, float] = defaultdict(float)
        for reading in readings:
            for term in reading.terms:
                weights[term.text] = max(weights[term.text], float(term.count))
                for related, similarity in term.related:
                    weights[related] = max(weights[related], similarity * self._weights.related)
        terms = [WeightedTerm(text, weight) for text, weight in weights.items() if weight > 0]
        return self._index.search(terms, limit)

    def evidence(self, reading: Reading, candidates: Places) -> Evidence:
        """What every term of the reading gives to every candidate (positions of paragraphs)."""
        shape = (len(reading.terms), len(candidates))
        parts = {name: np.zeros(shape) for name in ("passage", "title", "article", "related", "held", "in_paragraph")}
        for row, term in enumerate(reading.terms):
            body, title = self._counts(term.text, candidates)
            together = body + self._weights.title * title
            score = term.count * term.idf * self._saturation(together, candidates)
            of_title = np.divide(
                self._weights.title * title, together, out=np.zeros(len(candidates)), where=together > 0
            )
            parts["title"][row] = score * of_title
            parts["passage"][row] = score - parts["title"][row]
            parts["article"][row] = term.count * self._article(term, candidates)
            parts["held"][row], parts["in_paragraph"][row], parts["related"][row] = self._relatives(
                term, candidates, body, title
            )
        best, sentence = self._sentences(reading, candidates)
        return Evidence(
            reading, candidates, **parts, sentence=sentence, pairs=self._pairs(reading, candidates), best_sentence=best
        )

    def _counts(self, term: str, candidates: Places) -> tuple[Counts, Counts]:
        """How often the term is in each candidate, and in its title."""
        places, layout = self._positions.places(term), self._positions.layout
        articles = layout.paragraph_article[candidates]
        return (
            count(places, layout.paragraph_start[candidates], layout.paragraph_end[candidates]),
            count(places, layout.title_start[articles], layout.title_end[articles]),
        )

    def _saturation(self, counts: Counts, candidates: Places) -> Counts:
        weights = self._weights
        return _saturation(counts, self._lengths[candidates] / self._average, weights.k1, weights.b)

    def _article(self, term: QueryTerm, candidates: Places) -> Counts:
        """The term's share of BM25 over whole articles."""
        layout, weights = self._positions.layout, self._weights
        places, articles = self._positions.places(term.text), layout.paragraph_article[candidates]
        title = count(places, layout.title_start[articles], layout.title_end[articles])
        counts = count(places, layout.title_end[articles], layout.article_end[articles]) + weights.title * title
        lengths = self._article_lengths[articles] / self._article_average
        saturation = _saturation(counts, lengths, weights.article_k1, weights.article_b)
        return weights.article * term.article_idf * saturation

    def _relatives(
        self, term: QueryTerm, candidates: Places, body: Counts, title: Counts
    ) -> tuple[Counts, Counts, Counts]:
        """How well each candidate holds the term, how well without its title, and the scores of relatives.

        1 for the term itself, which stands *body* and *title* times there, or else the similarity of a relative.
        """
        absent = body + title == 0
        held, inside, scores = (~absent).astype(np.float64), (body > 0).astype(np.float64), np.zeros(len(candidates))
        for related, similarity in term.related:
            body, title = self._counts(related, candidates)
            together = np.where(absent, body + self._weights.title * title, 0.0)
            idf = min(term.idf, self._positions.paragraph_idf(related))
            score = self._weights.related * similarity * idf * self._saturation(together, candidates)
            scores = np.maximum(scores, score)
            held = np.maximum(held, np.where(together > 0, similarity, 0.0))
            inside = np.maximum(inside, np.where(body > 0, similarity, 0.0))
        return held, inside, scores

    def _sentences(self, reading: Reading, candidates: Places) -> tuple[Counts, Matrix]:
        """The idf that each candidate's best sentence holds, and every term's share of it, weighed."""
        layout = self._positions.layout
        numbers = layout.first_sentence[candidates + 1] - layout.first_sentence[candidates]
        begins = np.cumsum(numbers) - numbers
        sentences = np.repeat(layout.first_sentence[candidates] - begins, numbers) + np.arange(numbers.sum())
        starts, ends = layout.sentence_start[sentences], layout.sentence_end[sentences]
        holds = np.zeros((len(reading.terms), len(sentences)))
        for row, term in enumerate(reading.terms):
            holds[row] = (count(self._positions.places(term.text), starts, ends) > 0) * term.idf
        totals = holds.sum(axis=0)
        owner = np.repeat(np.arange(len(candidates)), numbers)
        # The first sentence of a paragraph among its best.
        order = np.lexsort((np.arange(len(sentences)), -totals, owner))
        best = order[begins] if len(candidates) else order
        return totals[best], self._weights.sentence * holds[:, best]

    def _pairs(self, reading: Reading, candidates: Places) -> Matrix:
        """The score of every pair of the reading in every candidate or its title."""
        layout, weights = self._positions.layout, self._weights
        articles = layout.paragraph_article[candidates]
        lengths = self._pair_lengths[candidates] / self._pair_average
        scores = np.zeros((len(reading.pairs), len(candidates)))
        for row, pair in enumerate(reading.pairs):
            body = count(pair.places, layout.paragraph_start[candidates], layout.paragraph_end[candidates] - 1)
            title = count(pair.places, layout.title_start[articles], layout.title_end[articles] - 1)
            scores[row] = weights.pairs * pair.idf * _saturation(body + title, lengths, weights.k1, weights.b)
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
