"""Whether a file is as it was when it was read, told without opening it."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

Stamp = tuple[int, ...]
"""Device, inode, size, and when a file and what is stated about it last changed, in nanoseconds since 1970."""

SETTLED_NANOSECONDS = 2_000_000_000
"""A file younger than this may change once more without getting another time: FAT counts in steps of two seconds.

The rule is git's: https://git-scm.com/docs/racy-git
"""

_MISSING: Stamp = ()


class Glances:
    """The digests of files by name, each good for as long as the stamps of the file and its sidecar stay the same."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        """*clock*: nanoseconds since 1970."""
        self._clock = clock
        self._seen: dict[Path, tuple[tuple[Stamp, Stamp], str]] = {}

    def digest(self, path: Path, stamps: tuple[Stamp, Stamp] | None) -> str | None:
        """The digest that was remembered with these stamps, if any."""
        known = self._seen.get(path)
        return known[1] if known is not None and known[0] == stamps else None

    def remember(self, path: Path, stamps: tuple[Stamp, Stamp] | None, digest: str) -> None:
        """Remember the digest of a file that was read after *stamps* were taken."""
        if stamps is None:
            self._seen.pop(path, None)
        else:
            self._seen[path] = stamps, digest

    def stamps(self, path: Path, sidecar: Path) -> tuple[Stamp, Stamp] | None:
        """Those of a file and of its sidecar, which may be missing; None if they cannot be relied on."""
        now = self._clock()
        one, other = _stamp(path, now), _stamp(sidecar, now)
        return None if not one or other is None else (one, other)


def _stamp(path: Path, now: int) -> Stamp | None:
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return _MISSING
    except OSError:
        return None
    # What a link leads to changes without the link.
    if not stat.S_ISREG(status.st_mode) or max(status.st_mtime_ns, status.st_ctime_ns) > now - SETTLED_NANOSECONDS:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
