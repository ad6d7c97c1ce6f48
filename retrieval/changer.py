"""The process that `changing` starts: reloads a collection as the bot would do itself, and tells what comes of it."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from retrieval.apart import READERS
from retrieval.changing import reloaded_json
from retrieval.errors import N_, StaleChange
from retrieval.index.unasked import unasked_engine
from retrieval.indexing import analysts, engine_named, telling
from retrieval.library import Library, Store
from retrieval.processes import Told, serve
from retrieval.ranking import Weights


def main() -> None:
    """What `reloaded` starts."""
    serve(_reload)


def _reload(asked: Any, told: Told) -> Any:
    with analysts() as pool:
        return _reloaded(Store.at(Path(asked["store"]), keep=1, pool=pool), asked, told)


def _reloaded(store: Store, asked: Any, told: Told) -> Any:
    library = Library(
        Path(asked["folder"]),
        engine=engine_named(asked["engine"]) or unasked_engine,
        weights=Weights(**asked["weights"]),
        store=store,
        apart=False,
    )
    library.open()
    if (library.version and library.version.number) != asked["base"]:
        if max(store.versions.numbers(), default=0) <= (asked["base"] or 0):
            raise OSError(errno.ENOENT, "the version that is served cannot be read from the disk")
        raise StaleChange(N_("Somebody else changed the articles in the meantime; look at the difference again."))
    change = library.reload(telling(told))
    READERS.end()
    state = library.kept(change)
    if change.snapshot.folder is None:
        raise OSError(errno.EIO, "the index cannot be kept")
    return reloaded_json(state, change.readers, change.base.snapshot, change.snapshot, change.difference)
