"""What an index promises, whichever engine is behind it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

K1: Final = 1.2
B: Final = 0.75
"""BM25's parameters in every engine, Lucene's own: one of them has no others. The ranking has those of `Weights`."""


@dataclass(frozen=True, slots=True, eq=False)
class Inverted:
    """Which documents hold which term how often."""

    terms: Sequence[str]
    first: NDArray[np.int64]
    """The place of each term's first document below; one more entry than terms."""
    documents: NDArray[np.int32]
    """Term by term the documents that hold it, ascending."""
    counts: NDArray[np.int32]
    """How often each of them does."""


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """What an engine indexes. A document's number is its position."""

    lengths: NDArray[np.int64]
    """How many terms each document has."""
    groups: Callable[[], Sequence[Hashable]]
    """Documents come in groups, one after the other: equal names of two collections have equal documents."""
    group_first: NDArray[np.int64]
    """The first document of each group; one more entry than groups."""
    terms: Callable[[int], list[str]]
    """The terms of a document, each as often as it counts."""
    inverted: Callable[[], Inverted]
    """The same of all documents by their terms, for an engine that keeps them in memory."""


class WeightedTerm(NamedTuple):
    """A term to search for, and the factor on its score."""

    text: str
    weight: float = 1.0


class Hits(NamedTuple):
    """Paragraphs that share a term with the query, best first."""

    positions: NDArray[np.int64]
    """Indexes into `Corpus.places`."""
    scores: NDArray[np.float64]
    """They only order."""


NO_HITS: Final = Hits(np.zeros(0, dtype=np.int64), np.zeros(0))


class Engine(Protocol):
    """Builds an index of paragraphs given by their terms."""

    def __call__(self, postings: Postings, folder: Path | None = None, before: Path | None = None, /) -> Index:
        """The finished index.

        *folder*: where it is kept, if it is; one that is there already is opened. What is kept in *before*, of another
        state of the collection, need not be done again.

        Raises:
            IndexUnavailable: The engine did not answer.
            OSError: It could not be written.

        """


class Index(Protocol):
    """A finished index: it never changes. A new one is built and takes its place."""

    @property
    def name(self) -> str:
        """Of the engine."""

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> Hits:
        """At most *limit* paragraphs that share a term with the query, best first.

        A paragraph's score is the sum over the terms of weight × idf × saturation, with Lucene's idf
        ln(1 + (N - n + 0.5) / (n + 0.5)) and BM25's saturation for `K1` and `B`. Equal scores are in order of position.
        A term that is given twice counts twice. The score only orders: whether something matched is not read from it.

        Raises:
            IndexUnavailable: The engine did not answer.

        """

    def serve(self) -> None:
        """From now on this is the index that is asked. Those that were before it may be forgotten after a while.

        Raises:
            IndexUnavailable: The engine did not answer.

        """

    def close(self) -> None:
        """Gives back what the engine holds. The index is not used again."""
