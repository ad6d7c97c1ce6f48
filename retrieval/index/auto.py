"""The choice between engines by the size of a collection."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from retrieval.index import Index, Postings
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.index.tantivy_index import tantivy_engine

SMALL: Final = 3000
"""Paragraphs up to which rank-bm25 answers as fast as tantivy, and is made faster; benchmarks/search.py shows it."""


def auto_engine(postings: Postings, folder: Path | None = None, before: Path | None = None) -> Index:
    """rank-bm25 for a collection that is small, tantivy for any other; see `retrieval.index.Engine`."""
    engine = RankBm25Index if len(postings.lengths) <= SMALL else tantivy_engine
    return engine(postings, folder, before)
