"""Which of the parts that Discord divides a bot's servers into a process answers for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

MOST = 10_000
"""Shards in all. Discord gives a bot one for about 1,000 servers."""

_WRITTEN = re.compile(r"(\d{1,9}(?:-\d{1,9})?(?:,\d{1,9}(?:-\d{1,9})?)*)/(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shards:
    """Some of the shards that *total* counts."""

    ids: tuple[int, ...]
    """Ascending, from 0; at least one."""
    total: int

    @classmethod
    def written(cls, text: str) -> Self:
        """Those that *text* names: `0-3/16`, `5/16` or `0,2,4/16`.

        Raises:
            ValueError: It names none; the message is a sentence.

        """
        match = _WRITTEN.fullmatch(re.sub(r"\s", "", text))
        if match is None:
            raise ValueError("it takes shards and how many there are in all, like 0-3/16, 5/16 or 0,2,4/16.")
        total = int(match[2])
        if not 1 <= total <= MOST:
            raise ValueError(f"there can be 1 to {MOST:,} shards in all.")
        ids: set[int] = set()
        for part in match[1].split(","):
            first, _, last = part.partition("-")
            if not int(first) <= int(last or first) < total:
                raise ValueError(
                    f"“{part}” cannot be: of {total} shards the first is 0 and the last {total - 1}, in this order."
                )
            ids |= set(range(int(first), int(last or first) + 1))
        return cls(tuple(sorted(ids)), total)

    @property
    def leads(self) -> bool:
        """Whether these are the shards of the process that does what one of several has to do."""
        return 0 in self.ids

    def __str__(self) -> str:
        return f"{self.ranges}/{self.total}"

    @property
    def ranges(self) -> str:
        """Their numbers in short: `0-3,7`."""
        runs = [[self.ids[0], self.ids[0]]]
        for one in self.ids[1:]:
            if one == runs[-1][1] + 1:
                runs[-1][1] = one
            else:
                runs.append([one, one])
        return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
