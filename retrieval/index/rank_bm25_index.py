"""The engine of small collections: rank-bm25, in memory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from retrieval.index import K1, NO_HITS, B, Hits, Postings, WeightedTerm


class _LuceneBM25(BM25Okapi):  # type: ignore[misc]  # rank-bm25 ships no types
    """BM25 of documents counted before, whose idf is never negative: one article alone can be searched too."""

    def _initialize(self, postings: Postings) -> dict[str, int]:
        """In how many documents each term is."""
        self.corpus_size = len(postings.lengths)
        self.inverted = postings.inverted()
        return dict(zip(self.inverted.terms, np.diff(self.inverted.first).tolist(), strict=True))

    def _calc_idf(self, document_frequencies: Mapping[str, int]) -> None:
        """ln(1 + (N - n + 0.5) / (n + 0.5)). Source: Lucene, BM25Similarity.idf."""
        for term, frequency in document_frequencies.items():
            self.idf[term] = math.log(1 + (self.corpus_size - frequency + 0.5) / (frequency + 0.5))


class RankBm25Index:
    """Paragraphs by their terms, searched with rank-bm25's formula.

    rank-bm25 walks through every paragraph for every term (226 ms a question at 100,000 paragraphs); here only those
    that hold the term are looked at. `tests/test_index.py` holds the scores to those of rank-bm25 itself.
    """

    name = "rank-bm25"

    def __init__(self, postings: Postings, _folder: Path | None = None, _before: Path | None = None) -> None:
        """Made anew from *postings* each time: they are few."""
        counted = _LuceneBM25(postings, k1=K1, b=B)
        self._idf: Mapping[str, float] = counted.idf
        self._inverted = counted.inverted
        self._numbers = {term: number for number, term in enumerate(self._inverted.terms)}
        lengths = postings.lengths.astype(np.float64)
        average = lengths.mean() if lengths.any() else 1.0
        self._damping: NDArray[np.float64] = K1 * (1 - B + B * lengths / average)

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> Hits:
        """See `Index.search`."""
        known = [term for term in terms if term.text in self._idf]
        if not known or limit < 1:
            return NO_HITS
        scores = np.zeros(len(self._damping))
        matched = np.zeros(len(self._damping), dtype=bool)
        for text, weight in known:
            number = self._numbers[text]
            its = slice(self._inverted.first[number], self._inverted.first[number + 1])
            positions, frequencies = self._inverted.documents[its], self._inverted.counts[its]
            saturation = frequencies * (K1 + 1) / (frequencies + self._damping[positions])
            scores[positions] += weight * self._idf[text] * saturation
            matched[positions] = True
        found = np.flatnonzero(matched)
        best = found[np.argsort(-scores[found], kind="stable")][:limit]
        return Hits(best, scores[best])

    def serve(self) -> None:
        """Nobody else searches it."""

    def close(self) -> None:
        """Nothing is held outside the process's memory."""
