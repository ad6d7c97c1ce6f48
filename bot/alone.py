"""One bot to a data folder: two would answer every question twice, and each delete what the other still needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

LOCK = "running.lock"
"""The file in the data folder that is locked; the lock goes with its process, however that ends."""


class Occupied(Exception):
    """Another process uses the data folder. The message is one sentence."""


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Hold *data*, which is made if it is not there, against other processes.

    A folder that cannot be written is not held: nobody can write there.

    Raises:
        Occupied: Another process holds it.

    """
    lock = FileLock(data / LOCK, timeout=0)
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise Occupied(
            f"Another Quoth is using the folder “{data}”. Stop it first, or give this one a folder of its own with "
            "QUOTH_DATA."
        ) from None
    except OSError:
        yield
        return
    try:
        yield
    finally:
        lock.release()
