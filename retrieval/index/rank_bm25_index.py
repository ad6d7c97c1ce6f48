"""The index for small collections: rank-bm25, in memory."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from rank_bm25 import BM25Okapi

from retrieval.errors import EmptyCorpus
from retrieval.model import Hit


def lucene_idf(document_frequency: int, documents: int) -> float:
    """How rare a term is; above zero for every frequency from 0 to *documents*.

    Source: Lucene, `BM25Similarity.idf`: ln(1 + (N - n + 0.5) / (n + 0.5)).
    """
    return math.log(1 + (documents - document_frequency + 0.5) / (document_frequency + 0.5))


class _PositiveBM25(BM25Okapi):  # type: ignore[misc]  # rank-bm25 has no types
    """rank-bm25 with Lucene's idf: its own falls below zero for a term that stands in more than half the paragraphs."""

    def _calc_idf(self, nd: dict[str, int]) -> None:
        self.idf = {term: lucene_idf(frequency, self.corpus_size) for term, frequency in nd.items()}


class RankBM25Index:
    """BM25 over lists of terms, in memory."""

    def __init__(self, documents: Sequence[Sequence[str]], *, k1: float, b: float) -> None:
        # rank-bm25 divides by the number of documents and by the number of terms.
        if not any(documents):
            raise EmptyCorpus("The articles hold no words to search for.")
        self._bm25 = _PositiveBM25(documents, k1=k1, b=b)
        self._postings: dict[str, list[int]] = defaultdict(list)
        for position, frequencies in enumerate(self._bm25.doc_freqs):
            for term in frequencies:
                self._postings[term].append(position)

    def search(self, terms: Sequence[str], limit: int) -> list[Hit]:
        """See `Index.search`."""
        candidates = sorted({position for term in terms for position in self._postings.get(term, ())})
        if not candidates:
            return []
        scores = self._bm25.get_batch_scores(list(terms), candidates)
        hits = [Hit(position, float(score)) for position, score in zip(candidates, scores, strict=True)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.position))[:limit]

    def document_frequency(self, term: str) -> int:
        """See `Index.document_frequency`."""
        return len(self._postings.get(term, ()))

    def close(self) -> None:
        """Nothing to let go of."""
