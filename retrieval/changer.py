"""The process that `changing` starts: changes a collection as the bot would do itself, and tells what comes of it."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

from retrieval.apart import READERS
from retrieval.changing import Wish, changed_json
from retrieval.errors import CHANGED_MEANWHILE, StaleChange
from retrieval.index.unasked import unasked_engine
from retrieval.indexing import analysts, engine_named, telling
from retrieval.library import Change, Library, Store
from retrieval.metadata import metadata_of
from retrieval.processes import Told, serve
from retrieval.ranking import Weights
from retrieval.records import decision_of


def main() -> None:
    """What `changed` starts."""
    serve(_change)


def _change(asked: Any, told: Told) -> Any:
    with analysts() as pool:
        return _changed(Store.at(Path(asked["store"]), keep=1, pool=pool), asked, told)


def _changed(store: Store, asked: Any, told: Told) -> Any:
    library = Library(
        Path(asked["folder"]),
        engine=engine_named(asked["engine"]) or unasked_engine,
        weights=Weights(**asked["weights"]),
        store=store,
        asked=False,
    )
    library.open()
    if (library.version and library.version.number) != asked["base"]:
        if max(store.versions.numbers(), default=0) <= (asked["base"] or 0):
            raise OSError(errno.ENOENT, "the version that is served cannot be read from the disk")
        raise StaleChange(CHANGED_MEANWHILE)
    change = _wished(library, asked["wish"], told)
    READERS.end()
    state = library.kept(change)
    if change.snapshot.folder is None:
        raise OSError(errno.EIO, "the index cannot be kept")
    return changed_json(change, state)


def _wished(library: Library, wish: Wish, told: Told) -> Change:
    match wish:
        case ["reload"]:
            return library.reload(telling(told))
        case ["add", digest, name, metadata]:
            kept = library.uploads.find(digest)
            return library.add(replace(kept, name=name, metadata=metadata_of(metadata)))
        case ["revise", name, given]:
            decided = {decision_of(before): decision_of(after) for before, after in given}
            if all(after.removed for after in decided.values()):
                # Others of the same words are removed with it, whatever was decided about them.
                return library.revise(name, lambda before: replace(before, removed=True))
            return library.revise(name, decided.__getitem__)
        case ["restore", name]:
            return library.restore(name)
        case ["roll_back", number]:
            return library.roll_back(number)
    raise ValueError(wish)
