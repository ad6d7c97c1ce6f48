"""How the program tells the operator about itself: one line a fact, as text for people or JSON for programs.

A message with named values, as in `logger.info("Read in %(seconds).1f s.", {"seconds": 2})`, gives them to JSON too.
"""

from __future__ import annotations

import json
import logging
import os
import select
import sys
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from queue import Full, Queue
from threading import Thread
from typing import TextIO

HIDDEN = "[secret]"
"""Stands where a secret stood."""

_ENDING_SECONDS = 1.0
"""How long the end of the program waits for lines that are not written yet."""


class LogFormat(StrEnum):
    """What a line is written as."""

    TEXT = "text"
    JSON = "json"


def set_up(
    level: str,
    form: LogFormat,
    *,
    secrets: Collection[str] = (),
    stream: TextIO | None = None,
    blocking: bool = True,
) -> None:
    """Write what the program says from *level* on to *stream*, standard error unless told; *secrets* never.

    Unless *blocking*, nobody waits until that is written; see `NonBlockingHandler`.
    """
    stream = stream or sys.stderr
    # Where standard error is closed there is none.
    handler = logging.StreamHandler(stream) if blocking or stream is None else NonBlockingHandler(stream)
    handler.setFormatter((JsonLines if form is LogFormat.JSON else TextLines)(secrets))
    logging.basicConfig(level=level, handlers=[handler])
    # Which thread or process says it is in no line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Below INFO, discord.py writes whole events: what people ask and the tokens of their interactions.
    logging.getLogger("discord").setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level]))


class NonBlockingHandler(logging.Handler):
    """Has a thread of its own write the lines: where whoever reads them stands still, nobody else does.

    Of those that come while very many wait, only the number is told, in their place.
    """

    def __init__(self, stream: TextIO, most: int = 10_000) -> None:
        """*most*: lines that wait."""
        super().__init__()
        # Its lock, too, would be waited for at the end of the program.
        self._file = os.dup(stream.fileno())
        self._encoding = stream.encoding
        self._waiting: Queue[str] = Queue(most)
        self._left_out = 0
        Thread(target=self._write, name="log-lines", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging for every record, by one thread at a time."""
        try:
            line = self.format(record)
        except Exception:  # who logs is told of nothing that goes wrong with it
            line = self.format(_instead(record, "This cannot be written: %r", record.msg))
        if self._left_out:
            told = "Lines left out here, because nobody read those before them: %d."
            line = f"{self.format(_instead(record, told, self._left_out))}\n{line}"
        try:
            self._waiting.put_nowait(line)
        except Full:
            self._left_out += 1
        else:
            self._left_out = 0

    def close(self) -> None:
        """Called by logging at the end, which waits a moment for what is not written yet."""
        until = time.monotonic() + _ENDING_SECONDS
        with self._waiting.all_tasks_done:
            while self._waiting.unfinished_tasks and (left := until - time.monotonic()) > 0:
                self._waiting.all_tasks_done.wait(left)
        super().close()

    def _write(self) -> None:
        while True:
            data = self._waiting.get().encode(self._encoding, "backslashreplace") + b"\n"
            with suppress(OSError):  # nobody will read it any more
                while data:
                    try:
                        data = data[os.write(self._file, data) :]
                    except BlockingIOError:  # another program wants it so
                        select.select([], [self._file], [])
            self._waiting.task_done()


def _instead(record: logging.LogRecord, message: str, told: object) -> logging.LogRecord:
    """A warning in the place of *record*."""
    return logging.LogRecord(record.name, logging.WARNING, record.pathname, record.lineno, message, (told,), None)


class TextLines(logging.Formatter):
    """Time, level, logger and message in a line; the lines of a traceback follow it, indented."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """What is written of *record*; nothing in it can look like another record."""
        # The base class would let a message begin a new line, and keeps the text of a traceback in the record.
        head = super().formatMessage(_prepared(self, record))
        told = [_flat(head), *(f"    {_flat(line)}" for line in _traceback(self, record).splitlines())]
        return _without("\n".join(told), self._secrets)


class JsonLines(logging.Formatter):
    """One JSON object a line: `at` in UTC, `level`, `logger`, `message`, `traceback` if any, and the named values."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """What is written of *record*."""
        told = {
            **(record.args if isinstance(record.args, Mapping) else {}),
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if traceback := _traceback(self, record):
            told["traceback"] = traceback
        # ASCII, so that no character of it ends a line anywhere.
        return _without(json.dumps(told, default=str), self._secrets)


def _prepared(formatter: logging.Formatter, record: logging.LogRecord) -> logging.LogRecord:
    record.message = record.getMessage()
    record.asctime = formatter.formatTime(record)
    return record


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[0]:
        return formatter.formatException(record.exc_info)
    # What a child logged comes as text.
    return record.exc_text or ""


def _flat(text: str) -> str:
    """*text* in one line that no terminal acts upon: what ends a line or controls is written as an escape."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or letter == " " else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def _without(line: str, secrets: Collection[str]) -> str:
    for secret in secrets:
        line = line.replace(secret, HIDDEN)
    return line
