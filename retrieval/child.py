"""The process that `apart` starts: reads the files that it is sent, within limits, until nobody sends any."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import sys
import traceback
from pathlib import Path
from typing import IO, Any

from retrieval.apart import receive, send
from retrieval.assembling import FileRead
from retrieval.errors import N_
from retrieval.phrases import Phrase
from retrieval.processes import offered_first
from retrieval.reading import MAX_FILE_BYTES, digest, read_here
from retrieval.records import record_of

with contextlib.suppress(ImportError):  # Windows has no such limits; there the parent's clock alone ends a child
    import resource

_MOST = 2 * MAX_FILE_BYTES + 1024**2
"""Of a file and its sidecar."""

_TOO_MUCH_MEMORY = Phrase(N_("reading it needs too much memory"))
"""Made beforehand: there is no room for it while what took the memory is not gone yet."""


def main() -> None:
    """Serve standard input and output; the arguments are the megabytes of `Limits`."""
    megabytes, reply_megabytes = (int(argument) for argument in sys.argv[1:])
    # What a parser prints must not be taken for an answer.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    told = _Told()
    logging.basicConfig(level=logging.WARNING, handlers=[told])
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)  # those who ask come first
    offered_first()
    _limit_memory(megabytes)
    send(pipe, b"ready")
    while _answer(sys.stdin.buffer, pipe, told, reply_megabytes * 1024**2):
        pass


def _answer(requests: IO[bytes], pipe: IO[bytes], told: _Told, most: int) -> bool:
    """Read one file and tell what it holds; whether there may be another."""
    head, body = receive(requests, _MOST), receive(requests, _MOST)
    if head is None or body is None:
        return False
    asked = json.loads(head)
    source, data, sidecar = asked["source"], body[asked["sidecar"] :], body[: asked["sidecar"]]
    told.records.clear()
    _limit_seconds(asked["seconds"])
    answer, usable = _answered(source, data, sidecar, told, most)
    with contextlib.suppress(OSError):  # the parent is gone
        send(pipe, answer)
    return usable


def _answered(source: str, data: bytes, sidecar: bytes, told: _Told, most: int) -> tuple[bytes, bool]:
    try:
        answer = _encoded(read_here(source, data, sidecar), told, usable=True)
        if len(answer) <= most:
            return answer, True
        problem = Phrase(N_("it unpacks to far more text than articles have"))
    except MemoryError:
        problem = _TOO_MUCH_MEMORY
    except Exception as error:
        logging.getLogger(__name__).exception("%s cannot be read.", source)
        problem = Phrase(N_("reading it failed ({error})"), error=type(error).__name__)
    # What it left behind may be large, so the next file gets another process.
    return _encoded(FileRead(source, digest(data, sidecar), problem=problem), told, usable=False), False


def _encoded(file: FileRead, told: _Told, *, usable: bool) -> bytes:
    return json.dumps({"file": record_of(file), "log": told.records, "usable": usable}).encode("ascii")


class _Told(logging.Handler):
    """Keeps what is logged for the parent, which writes it where the operator looks."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging."""
        error = record.exc_info[1] if record.exc_info else None
        self.records.append(
            {
                "name": record.name,
                "levelno": record.levelno,
                "levelname": record.levelname,
                "msg": record.getMessage(),
                "exc_text": "".join(traceback.format_exception(error)).rstrip() if error else None,
            }
        )


def _limit_memory(megabytes: int) -> None:
    with contextlib.suppress(NameError, OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        most = _used_bytes() + megabytes * 1024**2
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _limit_seconds(seconds: float) -> None:
    with contextlib.suppress(NameError, OSError, ValueError):
        used = resource.getrusage(resource.RUSAGE_SELF)
        _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime + seconds), hard))


def _used_bytes() -> int:
    """Of address space; where that cannot be told, what a child needs."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    except OSError:
        return 1024**3
