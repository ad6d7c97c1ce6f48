"""What processes have in memory, as Linux tells it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def resident(process: int) -> int:
    """Bytes that the process has in memory."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def descendants(process: int) -> set[int]:
    """The processes that it has started, those that these have, and so on."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # one that has just ended
            parents[int(path.parent.name)] = int(path.read_text(encoding="ascii").rpartition(")")[2].split()[1])
    found, last = set[int](), {process}
    while last := {child for child, parent in parents.items() if parent in last} - found:
        found |= last
    return found


def mapped_memory(folder: Path) -> int:
    """Kilobytes of the mapped files in *folder* that count as this process's memory."""
    ours, total = False, 0
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        name, *told = line.split()
        if "-" in name and not name.endswith(":"):
            ours = str(folder) in line
        elif ours and name == "Rss:":
            total += int(told[0])
    return total
