"""Kills a process that writes into the log all the time, and reads what it left: `python -m tests.killing_writes FILE RUNS`.

A program of its own, because it forks: a child that starts warm is killed while it writes and not while it starts.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from bot.database import SqliteDatabase
from bot.querylog import QueryLog, Writer
from bot.settings import LogMode
from tests.test_querylog import asked


def log_on(file: Path) -> QueryLog:
    return QueryLog(SqliteDatabase(file), mode_of=lambda server: LogMode.FULL)


def write_for_ever(file: Path, first: int, told: int) -> None:
    """Put questions from number *first* on, and write to the descriptor *told* which ones are written."""
    writer = Writer(log_on(file), keep=timedelta(days=3650), now=lambda: datetime.now(UTC), clock=time.monotonic)
    for number in count(first):
        writer.put(asked(number))
        if writer.settle(60):
            os.write(told, f"{asked(number).id}\n".encode())


def main(file: Path, runs: int) -> None:
    chance = random.Random(4)
    written: set[str] = set()
    for run in range(runs):
        heard, told = os.pipe()
        child = os.fork()
        if not child:
            write_for_ever(file, run * 100_000, told)
        os.close(told)
        # The first line says that it is at work; the rest of its life is chance.
        with open(heard, encoding="ascii") as lines:  # noqa: PTH123 # a descriptor has no path
            written.add(lines.readline().strip())
            time.sleep(chance.uniform(0, 0.1))
            os.kill(child, signal.SIGKILL)
            written |= {line.strip() for line in lines if line.endswith("\n")}
        os.waitpid(child, 0)

        with closing(sqlite3.connect(file)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            kept = {row[0] for row in database.execute("SELECT id FROM question")}
        assert written <= kept, (run, written - kept)
    sys.stdout.write(f"{runs} kills, and all of {len(written)} questions were kept\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
