"""A change of a large collection by a process of its own: what it reads, and what that changes, comes to be on disk.

What the folder holds, and the articles that are made of it, would otherwise be in the memory of whoever answers
meanwhile, and take the interpreter's turn from them for as long as it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.difference import Difference, difference_json, difference_of
from retrieval.index import Engine
from retrieval.indexing import engine_name, hearing
from retrieval.loading import Progress
from retrieval.model import Corpus
from retrieval.processes import command, done_apart
from retrieval.ranking import Weights
from retrieval.records import decision_json, decision_of
from retrieval.versions import KeptFiles, State, Versions

if TYPE_CHECKING:
    from retrieval.library import Change

COMMAND = command("retrieval.changer")


Wish = Sequence[Any]
"""A method of `Library` and what it is to be given, in terms of JSON; see `retrieval.changer`."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change came to; see `retrieval.library.Change`."""

    action: str
    about: str
    state: State
    readers: str
    volume: str | None
    """The name of the volume of the new articles; None where those before are as they were."""
    told: dict[str, Any]
    """Of the difference; see `difference_json`."""

    def difference(self, old: Corpus, new: Corpus) -> Difference:
        """How *new* differs from *old*."""
        return difference_of(self.told, old, new)


def changed(
    wish: Wish,
    folder: Path,
    store: Path,
    base: int | None,
    versions: Versions,
    *,
    engine: Engine,
    weights: Weights,
    progress: Progress | None,
) -> Changed:
    """What *wish* makes of version *base* in *store*, or of nothing; *folder* is the operator's.

    Raises:
        QuothError, OSError: As the method of `Library`.
        IndexingFailed: The process ended; nobody else noticed.

    """
    asked = {
        "wish": wish,
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
    return Changed(told["action"], told["about"], state, told["readers"], told["volume"], told["difference"])


def changed_json(change: Change, state: State) -> Any:
    """What `changed` is told of *change*, in terms of JSON; *state* is that of it, with its files on disk."""
    assert isinstance(state.files, KeptFiles)
    now = change.snapshot
    assert now.folder is not None
    return {
        "action": change.action,
        "about": change.about,
        "segments": dict(state.files.segments),
        "digests": dict(state.files.digests),
        "decisions": {origin: decision_json(decision) for origin, decision in state.decisions.items()},
        "shared": state.shared,
        "folder": state.folder,
        "readers": change.readers,
        "volume": None if now is change.base.snapshot else now.folder.name,
        "difference": difference_json(change.difference),
    }
