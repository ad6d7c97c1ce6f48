"""The default engine: rank-bm25, in memory."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from retrieval.index import WeightedTerm
from retrieval.model import Hit


class _LuceneBM25(BM25Okapi):  # type: ignore[misc]  # rank-bm25 ships no types
    """BM25 whose idf is never negative, so that one article alone can be searched too."""

    def _calc_idf(self, document_frequencies: Mapping[str, int]) -> None:
        """ln(1 + (N - n + 0.5) / (n + 0.5)). Source: Lucene, BM25Similarity.idf."""
        for term, frequency in document_frequencies.items():
            self.idf[term] = math.log(1 + (self.corpus_size - frequency + 0.5) / (frequency + 0.5))


class RankBm25Index:
    """Paragraphs as lists of terms, searched with rank-bm25's formula.

    rank-bm25 walks through every paragraph for every term (226 ms a question at 100,000 paragraphs); here only those
    that hold the term are looked at. `tests/test_index.py` holds the scores to those of rank-bm25 itself.
    """

    name = "rank-bm25"

    def __init__(self, documents: Sequence[Sequence[str]], *, k1: float = 1.5, b: float = 0.75) -> None:
        # rank-bm25 divides by the number of documents and of terms.
        self._bm25 = _LuceneBM25(documents, k1=k1, b=b) if any(documents) else None
        holders: defaultdict[str, list[int]] = defaultdict(list)
        for position, frequencies in enumerate(self._bm25.doc_freqs if self._bm25 else ()):
            for term in frequencies:
                holders[term].append(position)
        self._holders = {term: np.array(positions, dtype=np.int64) for term, positions in holders.items()}
        lengths = np.array([len(document) for document in documents], dtype=np.float64)
        average = lengths.mean() if lengths.any() else 1.0
        self._damping: NDArray[np.float64] = k1 * (1 - b + b * lengths / average)
        self._k1 = k1

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> list[Hit]:
        """See `Index.search`."""
        known = [term for term in terms if term.text in self._holders]
        if not known or self._bm25 is None or limit < 1:
            return []
        scores = np.zeros(len(self._damping))
        matched = np.zeros(len(self._damping), dtype=bool)
        for text, weight in known:
            positions = self._holders[text]
            frequencies = np.array([self._bm25.doc_freqs[position][text] for position in positions.tolist()])
            saturation = frequencies * (self._k1 + 1) / (frequencies + self._damping[positions])
            scores[positions] += weight * self._bm25.idf[text] * saturation
            matched[positions] = True
        found = np.flatnonzero(matched)
        best = found[np.argsort(-scores[found], kind="stable")][:limit]
        return [Hit(position, float(scores[position])) for position in best.tolist()]

    def close(self) -> None:
        """Nothing is held outside the process's memory."""
