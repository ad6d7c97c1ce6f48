"""The articles as they are searched now, and the change that the next reload would make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retrieval.difference import Difference, difference, manifest
from retrieval.errors import EmptyCorpus
from retrieval.loading import load
from retrieval.ranking import Weights
from retrieval.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Change:
    """A finished new state and how it differs from the current one; nothing has happened yet."""

    snapshot: Snapshot
    difference: Difference


class Library:
    """The collection of one folder: its current snapshot, and the way to the next one."""

    def __init__(self, folder: Path, *, k1: float, b: float) -> None:
        self.folder = folder
        self._k1, self._b = k1, b
        self._current: Snapshot | None = None
        self._previous: Snapshot | None = None

    @property
    def current(self) -> Snapshot:
        """The state that is searched now. Take it once for each request.

        Raises:
            EmptyCorpus: Nothing has been loaded yet.

        """
        if self._current is None:
            raise EmptyCorpus("No articles are loaded yet.")
        return self._current

    def prepare(self) -> Change:
        """Read the folder and build its index; the current snapshot goes on serving.

        Raises:
            FolderMissing: There is no such folder.
            EmptyCorpus: Nothing in it could be read.

        """
        corpus = load(self.folder)
        if not corpus.articles:
            skipped = f" {len(corpus.problems)} files were skipped." if corpus.problems else ""
            raise EmptyCorpus(f"There is no article that can be read in “{self.folder}”.{skipped}")
        old = manifest(self._current.corpus) if self._current else {}
        return Change(Snapshot(corpus, weights=Weights(k1=self._k1, b=self._b)), difference(old, corpus))

    def activate(self, change: Change) -> None:
        """Serve the new state from now on. The state before is closed at the next activation, when nobody reads it."""
        if self._previous is not None:
            self._previous.close()
        self._previous, self._current = self._current, change.snapshot
