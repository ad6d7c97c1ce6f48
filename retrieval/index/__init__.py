"""What an index promises, whatever engine is inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from retrieval.model import Hit


class Index(Protocol):
    """Paragraphs by their terms. Finished when it is made; a change makes a new one, so searches need no lock."""

    def search(self, terms: Sequence[str], limit: int) -> list[Hit]:
        """At most *limit* paragraphs that share a term with *terms*, best first.

        Ties are broken by position, so equal searches give equal answers.

        Raises:
            IndexUnavailable: The engine did not answer.

        """

    def document_frequency(self, term: str) -> int:
        """In how many paragraphs *term* stands."""

    def close(self) -> None:
        """Let go of files and memory; a search afterwards may raise IndexUnavailable."""
