"""The collections of all servers: the operator's, which all share, and those of the servers that have their own."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock, RLock

from retrieval.index import Engine
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.library import Library, Store
from retrieval.ranking import Weights

logger = logging.getLogger(__name__)

SHARED = "shared"
"""The folder of the shared collection; those of servers have the server's number for a name."""


class Shelf:
    """Finds the library of a server. Opening one reads files, so that is for a thread; an open one is found at once."""

    def __init__(
        self,
        folder: Path | None,
        data: Path | None,
        *,
        engine: Callable[[str], Engine] = lambda _: RankBm25Index,
        weights: Weights | None = None,
        keep: int = 10,
        memory: int,
    ) -> None:
        """*folder* is the operator's, *data* where collections are kept, if they are; *memory* is in bytes.

        *engine* makes the engine of a collection by its name: `SHARED`, or the server's number.

        Above *memory* the collections that were not used for the longest time are closed; the shared one stays.
        """
        self._data = data
        self._engine = engine
        self._weights = weights
        self._keep = keep
        self._memory = memory
        self.shared = Library(folder, engine=engine(SHARED), weights=weights, store=self._store(SHARED))
        self._own = self._servers()
        self._open: OrderedDict[int, Library] = OrderedDict()
        self._lock = RLock()
        self._opening: dict[int, Lock] = {}

    def at_hand(self, server: int | None) -> Library | None:
        """The library that *server* searches, if it is open."""
        if server is None or server not in self._own:
            return self.shared
        with self._lock:
            library = self._open.get(server)
            if library is not None:
                self._open.move_to_end(server)
            return library

    def library(self, server: int | None) -> Library:
        """The library that *server* searches, opened if it has to be."""
        library = self.at_hand(server)
        if library is None:
            assert server is not None
            # Others are found meanwhile: only those who want this one wait.
            with self._lock:
                opening = self._opening.setdefault(server, Lock())
            with opening:
                library = self.at_hand(server)
                if library is None:
                    library = self._opened(server)
                    library.open()
                    self.keep(server, library)
        return library

    def own(self, server: int) -> Library:
        """The library of *server* alone, also before there is anything in it; see `keep`."""
        return self.library(server) if server in self._own else self._opened(server)

    def keep(self, server: int, library: Library) -> None:
        """Let *server* search *library* from now on: it has a version of its own."""
        with self._lock:
            self._own.add(server)
            self._put(server, library)

    def has_own(self, server: int | None) -> bool:
        """Whether *server* searches articles of its own."""
        return server in self._own

    @property
    def with_own(self) -> frozenset[int]:
        """The servers that search articles of their own."""
        return frozenset(self._own)

    def follow(self) -> None:
        """Let every open collection take up what the shared one now has, or another process has activated."""
        with self._lock:
            self._own |= self._servers()
        for library in self._all():
            try:
                library.follow()
            except OSError:
                logger.exception("What became of old citations could not be noted.")

    def rest(self) -> None:
        """Give back the memory of what was looked at of files; see `Library.rest`."""
        for library in self._all():
            library.rest()

    def _all(self) -> list[Library]:
        """The shared collection, and those that are open."""
        with self._lock:
            return [self.shared, *self._open.values()]

    def _opened(self, server: int) -> Library:
        store = self._store(str(server))
        return Library(None, engine=self._engine(str(server)), weights=self._weights, store=store, shared=self.shared)

    def _put(self, server: int, library: Library) -> None:
        self._open[server] = library
        self._open.move_to_end(server)
        while len(self._open) > 1 and sum(library.current.size for library in self._open.values()) > self._memory:
            # Whoever still searches it holds it.
            self._open.popitem(last=False)

    def _servers(self) -> set[int]:
        if self._data is None:
            return set()
        found = (path.parent.name for path in self._data.glob("*/versions"))
        return {int(name) for name in found if name.isascii() and name.isdecimal()}

    def _store(self, name: str) -> Store | None:
        return None if self._data is None else Store.at(self._data / name, keep=self._keep)
