"""How often one person may ask."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

_WINDOW_SECONDS = 60.0


class Pace:
    """At most *per_minute* turns in any 60 seconds for each key. Keeps a key no longer than that."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._turns: dict[object, deque[float]] = {}

    def seconds_to_wait(self, key: object) -> float:
        """0 and the turn is taken, or the seconds until *key* may have its next one."""
        now = self._clock()
        turns = self._turns.setdefault(key, deque())
        while turns and now - turns[0] >= _WINDOW_SECONDS:
            turns.popleft()
        if len(turns) >= self._per_minute:
            return turns[0] + _WINDOW_SECONDS - now
        turns.append(now)
        if len(self._turns) > 10_000:
            self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        for key in [key for key, turns in self._turns.items() if now - turns[-1] >= _WINDOW_SECONDS]:
            del self._turns[key]
