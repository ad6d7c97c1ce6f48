"""The index of a collection that is only looked at: another process, whose engine is not this one's, is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from retrieval.errors import N_, IndexUnavailable
from retrieval.index import Hits, Postings, WeightedTerm


class UnaskedIndex:
    """Finds nothing; see `retrieval.index.Index`."""

    name = "none"

    def search(self, _terms: Sequence[WeightedTerm], _limit: int) -> Hits:
        """Nobody asks it."""
        raise IndexUnavailable(N_("The search is not ready yet. The articles are safe; please ask again in a minute."))

    def serve(self) -> None:
        """Nobody asks it."""

    def close(self) -> None:
        """It holds nothing."""


def unasked_engine(_postings: Postings, _folder: Path | None = None, _before: Path | None = None, /) -> UnaskedIndex:
    """See `retrieval.index.Engine`."""
    return UnaskedIndex()
