"""Puts questions into a log all the time, and tells when: `python -m tests.writing FILE [ADDRESS]`; for being killed."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from bot.database import database
from bot.querylog import QueryLog, Writer
from bot.settings import LogMode
from tests.test_querylog import asked


def main(file: Path, address: str) -> None:
    log = QueryLog(database(file, address or None), mode_of=lambda server: LogMode.FULL)
    writer = Writer(log, keep=timedelta(days=3650), now=lambda: datetime.now(UTC), clock=time.monotonic)
    sys.stdout.write("begun\n")
    for number in count():
        writer.put(asked(number))
        sys.stdout.write(f"{asked(number).id} {time.time()}\n")
        sys.stdout.flush()
        time.sleep(0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
