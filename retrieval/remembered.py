"""The last results of a method that is asked the same again and again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Results by what they were made of. Unlike `lru_cache` around a method, it keeps no object from being freed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._made)

    def get(self, key: K, make: Callable[[], V]) -> V:
        """What *make* gave for *key* before, or gives now. With *most* of them it begins anew."""
        try:
            return self._made[key]
        except KeyError:
            made = make()
        if len(self._made) >= self._most:
            self._made.clear()
        self._made[key] = made
        return made
