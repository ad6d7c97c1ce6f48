"""One bot to a shard and a data folder: two would answer every question twice.

Whoever answers for all servers holds `running.lock`. Processes that share the servers hold it only while they start;
each goes on holding a file for each of its shards, which says of how many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.shards import Shards

LOCK = "running.lock"
"""The file in the data folder that is locked; the lock goes with its process, however that ends."""

_SHARD = re.compile(r"running-(\d+)-of-(\d+)\.lock")

_START_SECONDS = 2.0
"""How long others that share the servers may hold `LOCK`; they need milliseconds."""


class Occupied(Exception):
    """Another process uses the data folder. The message is one sentence."""


@contextmanager
def alone(data: Path, shards: Shards | None = None) -> Iterator[None]:
    """Hold *data*, which is made if it is not there, against other processes, or *shards* alone.

    A folder that cannot be written is not held: nobody can write there.

    Raises:
        Occupied: Another process holds it, or one of *shards*, or divides the servers otherwise.

    """
    with ExitStack() as held:
        try:
            _hold(data, shards, held)
        except OSError:
            held.close()
        yield


def _hold(data: Path, shards: Shards | None, held: ExitStack) -> None:
    data.mkdir(parents=True, exist_ok=True)
    whole = FileLock(data / LOCK, timeout=_START_SECONDS if shards else 0)
    try:
        whole.acquire()
    except Timeout:
        raise _occupied(data) from None
    with ExitStack() as starting:
        starting.callback(whole.release)
        others = _others(data)
        if shards is None:
            if others:
                raise _occupied(data)
            held.push(starting.pop_all())
            return
        if totals := {total for _, total in others} - {shards.total}:
            raise Occupied(
                f"Another Quoth that uses the folder “{data}” divides the servers into {totals.pop()} shards, this one "
                f"into {shards.total}. Stop the others first, or give all of them the same total with QUOTH_SHARDS."
            )
        if taken := sorted({shard for shard, _ in others}.intersection(shards.ids)):
            both = Shards(tuple(taken), shards.total)
            raise Occupied(
                f"Another Quoth that uses the folder “{data}” answers for {both} already. Stop it first, or give this "
                "one other shards with QUOTH_SHARDS."
            )
        for shard in shards.ids:
            held.enter_context(FileLock(data / f"running-{shard}-of-{shards.total}.lock", timeout=0))


def _others(data: Path) -> list[tuple[int, int]]:
    """The shards that others hold, each with its total; the files of those who are gone are removed."""
    found = []
    for path in list(data.iterdir()):
        if (match := _SHARD.fullmatch(path.name)) is None:
            continue
        try:
            with FileLock(path, timeout=0):
                pass
        except Timeout:
            found.append((int(match[1]), int(match[2])))
        else:
            path.unlink(missing_ok=True)
    return found


def _occupied(data: Path) -> Occupied:
    return Occupied(
        f"Another Quoth is using the folder “{data}”. Stop it first, or give this one a folder of its own with "
        "QUOTH_DATA."
    )
