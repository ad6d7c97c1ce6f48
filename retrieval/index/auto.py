"""The choice between engines by the size of a collection."""

from __future__ import annotations

from typing import Final

from retrieval.index import Index, Postings
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.index.tantivy_index import TantivyEngine

SMALL: Final = 3000
"""Paragraphs up to which rank-bm25 answers as fast as tantivy, and is made faster; benchmarks/search.py shows it."""


class AutoEngine:
    """rank-bm25 for a collection that is small, tantivy for any other."""

    def __init__(self) -> None:
        self._tantivy = TantivyEngine()

    def __call__(self, postings: Postings) -> Index:
        """The finished index."""
        return RankBm25Index(postings) if len(postings.lengths) <= SMALL else self._tantivy(postings)
