"""Looking for things in what is in order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def beginning(ordered: Sequence[str], prefix: str, most: int | None = None) -> slice:
    """Where in *ordered* the entries stand that begin with *prefix*; of its first *most* only, if given."""
    first = bisect_left(ordered, prefix)
    end = len(ordered) if most is None else min(first + most, len(ordered))
    return slice(first, bisect_right(ordered, prefix, first, end, key=lambda entry: entry[: len(prefix)]))
