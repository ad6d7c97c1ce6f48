"""Kills a process that reloads all the time, and opens what it left: `python -m tests.killing FOLDER RUNS`.

A program of its own, because it forks: a child that starts warm is killed within its reloads and not while it starts.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from retrieval.library import Library, Store


def opened(place: Path) -> Library:
    library = Library(place / "articles", store=Store.at(place / "data", keep=3))
    library.open()
    return library


def reload_for_ever(place: Path) -> None:
    library = opened(place)
    for day in count():
        text = f"One\n\nDay {day} of the long winter.\n\nAnd its evening {day}.\n"
        (place / "articles" / "one.txt").write_text(text)
        library.activate(library.reload(), by="test", at=datetime.now(UTC))


def main(place: Path, runs: int) -> None:
    (place / "articles").mkdir()
    (place / "articles" / "one.txt").write_text("One\n\nDay 0 of the long winter.\n\nAnd its evening 0.\n")
    library = opened(place)
    for number in range(2):  # only the second is warm, as the child's are
        (place / "articles" / "one.txt").write_text(
            f"One\n\nDay {number} of the long winter.\n\nAnd its evening {number}.\n"
        )
        began = time.monotonic()
        library.activate(library.reload(), by="test", at=datetime.now(UTC))
    # On a slow disk a reload takes longer, and so must its killer.
    longest = max(0.06, 2 * (time.monotonic() - began))
    chance = random.Random(3)
    versions = set()
    for _ in range(runs):
        child = os.fork()
        if not child:
            reload_for_ever(place)
        time.sleep(chance.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

        library = opened(place)
        assert library.version is not None
        assert library.complaints == (), library.complaints
        day, evening = (part.text for part in library.current.corpus.by_id["one"].paragraphs)  # type: ignore[index]
        assert day.split()[1] == evening.split()[3].rstrip("."), (day, evening)
        # As busy as the machine becomes, about half of the children finish a reload.
        longest *= 1.03 if library.version.number in versions else 0.97
        versions.add(library.version.number)
    sys.stdout.write(f"{runs} kills, each time a whole version was served, {len(versions)} different ones\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
