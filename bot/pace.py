"""How often one person, one server and all together may do something."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable

_WINDOW_SECONDS = 60.0


class Pace:
    """Counts turns by key, and gives no key more than its limit in any 60 seconds. Keeps a key no longer than that."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """*clock* never goes back."""
        self._clock = clock
        self._turns: dict[Hashable, deque[float]] = {}
        self._swept = clock()

    def seconds_to_wait(self, *limits: tuple[Hashable, int]) -> float:
        """0 and a turn of each key is taken, or the seconds until all have one; *limits* are keys with turns a minute.

        Who has to wait takes no turn of the others.
        """
        now = self._clock()
        if wait := max(self._wait(now, key, most) for key, most in limits):
            return wait
        for key, _ in limits:
            self._turns.setdefault(key, deque()).append(now)
        if now - self._swept >= _WINDOW_SECONDS:
            self._swept = now
            kept = self._turns.items()
            self._turns = {key: turns for key, turns in kept if turns and now - turns[-1] < _WINDOW_SECONDS}
        return 0.0

    def _wait(self, now: float, key: Hashable, most: int) -> float:
        turns = self._turns.get(key)
        if turns is None:
            return 0.0
        while turns and now - turns[0] >= _WINDOW_SECONDS:
            turns.popleft()
        return turns[0] + _WINDOW_SECONDS - now if len(turns) >= most else 0.0
