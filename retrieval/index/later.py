"""An index whose engine does not answer yet, so that all but searching works already."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock, Thread

from retrieval.errors import N_, IndexUnavailable
from retrieval.index import Engine, Hits, Index, Postings, WeightedTerm

logger = logging.getLogger(__name__)

_AGAIN_SECONDS = 5.0


class LaterIndex:
    """Built by a thread as soon as the engine answers; see `retrieval.index.Index`."""

    def __init__(self, build: Callable[[], Index], *, clock: Callable[[], float] = time.monotonic) -> None:
        """*build*: asks the engine once more.

        Raises:
            IndexUnavailable: It did not answer.

        """
        self._ask = build
        self._clock = clock
        self._lock = Lock()
        self._tried = float("-inf")
        self._building: Thread | None = None
        self._built: Index | None = None

    @property
    def name(self) -> str:
        """Of the engine, once it has answered."""
        return self._built.name if self._built else "waiting for the engine"

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> Hits:
        """See `Index.search`."""
        if self._built is not None:
            return self._built.search(terms, limit)
        with self._lock:
            building = self._building is not None and self._building.is_alive()
            if not building and self._clock() - self._tried >= _AGAIN_SECONDS:
                self._tried = self._clock()
                self._building = Thread(target=self._build, name="later index", daemon=True)
                self._building.start()
        raise IndexUnavailable(N_("The search is not ready yet. The articles are safe; please ask again in a minute."))

    def serve(self) -> None:
        """The engine is told when it answers."""

    def close(self) -> None:
        """Give back what was built."""
        if self._built is not None:
            self._built.close()

    def _build(self) -> None:
        try:
            built = self._ask()
            built.serve()
        except IndexUnavailable as error:
            logger.warning("%s", error)
            return
        self._built = built
        logger.info("The engine answers; the articles can be searched.")


def or_later(engine: Engine) -> Engine:
    """*engine*, whose index may come later: for articles that are live already."""

    def build(postings: Postings, folder: Path | None = None, before: Path | None = None, /) -> Index:
        try:
            return engine(postings, folder, before)
        except IndexUnavailable as error:
            logger.warning("%s", error)
            return LaterIndex(lambda: engine(postings, folder, before))

    return build
