"""A reload of a large folder by a process of its own: what it reads, and what that changes, comes to be on disk.

What the folder holds, and the articles that are made of it, would otherwise be in the memory of whoever answers
meanwhile, and take the interpreter's turn from them for as long as it takes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.difference import Difference, difference_json, difference_of
from retrieval.index import Engine
from retrieval.indexing import engine_name, hearing
from retrieval.loading import Progress
from retrieval.model import Corpus
from retrieval.processes import command, done_apart
from retrieval.ranking import Weights
from retrieval.records import decision_json, decision_of
from retrieval.snapshot import Snapshot
from retrieval.versions import KeptFiles, State, Versions

COMMAND = command("retrieval.changer")


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload came to; see `retrieval.library.Change`."""

    state: State
    readers: str
    volume: str | None
    """The name of the volume of the new articles; None where the old ones are as they were."""
    told: dict[str, Any]
    """Of the difference; see `difference_json`."""

    def difference(self, old: Corpus, new: Corpus) -> Difference:
        """How *new* differs from *old*."""
        return difference_of(self.told, old, new)


def reloaded(
    folder: Path,
    store: Path,
    base: int | None,
    versions: Versions,
    *,
    engine: Engine,
    weights: Weights,
    progress: Progress | None,
) -> Reloaded:
    """What a reload of *folder* makes of version *base* in *store*, or of nothing.

    Raises:
        QuothError, OSError: As `Library.reload`.
        IndexingFailed: The process ended; nobody else noticed.

    """
    asked = {
        "folder": str(folder),
        "store": str(store),
        "base": base,
        "engine": engine_name(engine),
        "weights": asdict(weights),
    }
    told = done_apart(COMMAND, asked, hearing(progress))
    files = versions.lying(told["segments"], told["digests"], (base or 0) + 1)
    decisions = {origin: decision_of(decision) for origin, decision in told["decisions"].items()}
    state = State(files, decisions, told["shared"], told["folder"])
    return Reloaded(state, told["readers"], told["volume"], told["difference"])


def reloaded_json(state: State, readers: str, before: Snapshot | None, now: Snapshot, told: Difference) -> Any:
    """What `reloaded` is told, in terms of JSON; the files of *state* are on disk."""
    assert isinstance(state.files, KeptFiles)
    assert now.folder is not None
    return {
        "segments": dict(state.files.segments),
        "digests": dict(state.files.digests),
        "decisions": {origin: decision_json(decision) for origin, decision in state.decisions.items()},
        "shared": state.shared,
        "folder": state.folder,
        "readers": readers,
        "volume": None if now is before else now.folder.name,
        "difference": difference_json(told),
    }
