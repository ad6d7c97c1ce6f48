"""Writes the query log from one thread, so that nobody waits for a database and no fault of it costs an answer."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Condition, Thread

from bot.database import DatabaseUnavailable
from bot.querylog.log import QueryLog
from bot.querylog.row import Asked, Entry, Opened

logger = logging.getLogger(__name__)

ROOM = 10_000
"""Entries that may wait; a tenth more for what members decide about theirs."""

FLUSH_SECONDS = 0.1
"""How long an entry waits for others to be written with it."""

_BATCH = 1000
_RETRY_SECONDS = 1.0
_WARN_SECONDS = 60.0
_DAY_SECONDS = 24 * 3600.0


class Writer:
    """A bounded queue in front of a query log, and the thread that empties it in batches, in order."""

    def __init__(
        self,
        log: QueryLog,
        *,
        keep: timedelta | None,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        room: int = ROOM,
    ) -> None:
        """*keep*: what is older is deleted, at first and then daily; without it, another process does that."""
        self._log = log
        self._keep = keep
        self._now = now
        self._clock = clock
        self._room = room
        self._queue: deque[Entry] = deque()
        self._changed = Condition()
        self._taken = 0
        self._finished = 0
        self._wanted = 0
        self._lost = 0
        self._closing = False
        self._given_up = False
        self._failing = False
        self._warned: float | None = None
        self._prune_at: float | None = None
        self._thread = Thread(target=self._run, name="query-log", daemon=True)
        self._started = False

    @property
    def failing(self) -> bool:
        """Whether the last that was to be written could not be."""
        return self._failing

    @property
    def lost(self) -> int:
        """How many entries could not be kept since the start."""
        return self._lost

    def start(self) -> None:
        """Delete what is old now; without it, that is done with the first entry."""
        with self._changed:
            if not self._started:
                self._started = True
                self._thread.start()

    def put(self, entry: Entry) -> None:
        """Have *entry* written soon. It never waits; where there is no room, the entry is lost and counted."""
        room = self._room if isinstance(entry, (Asked, Opened)) else self._room + self._room // 10
        with self._changed:
            if self._closing or self.waiting >= room:
                self._lost += 1
                return
            self._queue.append(entry)
            self._taken += 1
            # The writer waits for the first entry, and then for a batch of them.
            if len(self._queue) in (1, _BATCH):
                self._changed.notify_all()
        self.start()

    def settle(self, seconds: float) -> bool:
        """Have everything that was put until now written at once, and wait for it at most so long; whether it is."""
        with self._changed:
            wanted = self._wanted = self._taken
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._finished >= wanted, seconds)

    def close(self, seconds: float = 3.0) -> None:
        """Write what waits, and end. What cannot be written in that time is given up."""
        with self._changed:
            again, self._closing = self._closing, True
            self._changed.notify_all()
            if again or not self._started:
                return
        self._thread.join(seconds)
        with self._changed:
            given_up = self.waiting if self._thread.is_alive() else 0
            self._lost += given_up
            self._finished += len(self._queue)
            self._queue.clear()
            self._given_up = True
            self._changed.notify_all()
        if given_up:
            logger.warning("Entries of the log that could not be kept before the end: %d.", given_up)

    @property
    def waiting(self) -> int:
        """How many entries are not written yet."""
        return self._taken - self._finished

    def _run(self) -> None:
        while True:
            self._prune()
            batch = self._next()
            if batch:
                self._write(batch)
            elif self._closing:
                return

    def _next(self) -> list[Entry]:
        """What is to be written next; empty when there is something else to do."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closing, _RETRY_SECONDS)
            if self._queue:
                # Others come in the meantime.
                self._changed.wait_for(self._is_urgent, FLUSH_SECONDS)
            return [self._queue.popleft() for _ in range(min(_BATCH, len(self._queue)))]

    def _is_urgent(self) -> bool:
        return self._closing or len(self._queue) >= _BATCH or self._finished < self._wanted

    def _write(self, batch: Sequence[Entry]) -> None:
        """Write *batch*, however often it takes; an entry that the database refuses for itself is lost."""
        try:
            while not self._given_up and not self._written(batch):
                with self._changed:
                    self._changed.wait_for(lambda: self._given_up, _RETRY_SECONDS)
        except Exception:
            if len(batch) > 1:
                half = len(batch) // 2
                self._write(batch[:half])
                self._write(batch[half:])
                return
            self._lost += 1
            logger.exception("Something about a question could not be kept; answers go on.")
        with self._changed:
            self._finished += len(batch)
            self._changed.notify_all()

    def _written(self, batch: Sequence[Entry]) -> bool:
        try:
            self._log.write(batch)
        except DatabaseUnavailable as error:
            self._failed(error)
            return False
        if self._failing:
            logger.warning("The database can be written again.")
            self._failing = False
        return True

    def _prune(self) -> None:
        # Not by the time of day, which may have been a year ahead and be set right now.
        if self._keep is None:
            return
        now = self._clock()
        if self._prune_at is not None and now < self._prune_at:
            return
        self._prune_at = now + _DAY_SECONDS
        try:
            self._log.prune(self._now() - self._keep)
        except DatabaseUnavailable as error:
            self._failed(error)
            self._prune_at = now + _WARN_SECONDS
        except Exception:
            logger.exception("Old questions could not be deleted; it is tried again tomorrow.")

    def _failed(self, error: DatabaseUnavailable) -> None:
        self._failing = True
        if self._warned is None or self._clock() - self._warned >= _WARN_SECONDS:
            self._warned = self._clock()
            logger.warning(
                "%s Answers go on; entries of the log that wait: %d, that are lost: %d.",
                error,
                self.waiting,
                self._lost,
            )
