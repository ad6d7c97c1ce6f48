"""Files are read in processes of their own, which may take so much time, memory and room and no more.

The parsers are other people's and the files anybody's: a thread cannot be stopped, and while a parser holds the
interpreter nobody else in the process gets a turn. A process can be killed, and it knows neither token nor database.

What goes to and fro is a length and JSON, and the bytes of the file. Nothing in it can execute.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import queue
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from threading import Event, Timer
from typing import IO

from retrieval.assembling import FileRead
from retrieval.errors import N_, ReadersUnavailable
from retrieval.phrases import Phrase
from retrieval.processes import command, environment
from retrieval.reading import digest, read_here
from retrieval.records import file_of

logger = logging.getLogger(__name__)

LENGTH = struct.Struct(">Q")
"""Stands before everything that is sent."""

_READY = b"ready"
_STARTING_SECONDS = 60.0
_ENDING_SECONDS = 1.0
_SIGXCPU = 24
_TOLD_TO_STOP = (1, 2, 9, 15)
"""SIGHUP, SIGINT, SIGKILL and SIGTERM: nothing that a file does."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take."""

    seconds: float = 30.0
    """Of the processor. A page of 5 MB made of real articles takes 11."""
    pdf_seconds: float = 150.0
    """The same for a PDF, which stops by itself after 120; a thousand pages take 50."""
    megabytes: int = 1024
    """Of memory beyond what a process needs before it reads."""
    reply_megabytes: int = 64
    """Of JSON that describes what was read. A file of 5 MB gives at most six times its length, being escaped."""

    def seconds_for(self, source: str) -> float:
        """What the file called *source* may take."""
        return self.pdf_seconds if PurePosixPath(source).suffix.lower() == ".pdf" else self.seconds


def is_harmless(source: str, data: bytes, sidecar: bytes) -> bool:
    """Whether a file can be read in any process: short text in UTF-8 and nothing else.

    No parser of others sees it, and reading it takes a fraction of a second whatever it holds
    (`tests/test_apart.py` tries).
    """
    if PurePosixPath(source).suffix.lower() != ".txt" or sidecar or len(data) > _HARMLESS_BYTES:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_HARMLESS_BYTES = 32 * 1024


class Readers:
    """Up to *most* children, which are started when they are needed and stay a while for the next file.

    It is safe to use from several threads; each call waits for a child of its own.
    """

    def __init__(self, most: int = 2, limits: Limits | None = None, *, idle_seconds: float = 60.0) -> None:
        """*idle_seconds*: after which a child that nobody needed is ended."""
        self._limits = limits or Limits()
        self._most = most
        self._idle_seconds = idle_seconds
        self.forget()

    def forget(self) -> None:
        """Have no children; those there are stay another process's."""
        self._free: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(self._most):
            self._free.put(None)
        self._tidying = False
        self._busy: set[_Child] = set()
        self._ending = False

    def read(self, source: str, data: bytes, sidecar: bytes = b"") -> FileRead:
        """What the file holds, as `read_here` tells it, or that it could not be read within the limits.

        Raises:
            ReadersUnavailable: No process can be started to read it.

        """
        if is_harmless(source, data, sidecar):
            return read_here(source, data, sidecar)
        free = self._free
        child = free.get()
        if self._ending:
            free.put(child)
            raise _unavailable("the program ends")
        try:
            if child is not None and not child.alive:
                child.end()
                child = None
            if child is None:
                child = _Child(self._limits)
            self._busy.add(child)
            try:
                if self._ending:
                    child.kill()
                file = child.read(source, data, sidecar)
            finally:
                self._busy.discard(child)
        except BaseException:
            if child is not None:
                child.end()
            free.put(None)
            raise
        if not child.usable:
            child.end()
        free.put(child if child.usable else None)
        self._tidy_later()
        if self._ending:
            raise _unavailable("the program ends")
        return file

    def end(self) -> None:
        """End the children that nobody uses just now."""
        self._end_idle(0.0)

    def end_all(self) -> None:
        """End all children, also those that read just now, and start none any more: the program ends."""
        self._ending = True
        for child in tuple(self._busy):
            child.kill()
        self.end()

    def _tidy_later(self) -> None:
        if not self._tidying:
            self._tidying = True
            timer = Timer(self._idle_seconds, self._tidy)
            timer.daemon = True
            timer.start()

    def _tidy(self) -> None:
        self._tidying = False
        if self._end_idle(self._idle_seconds):
            self._tidy_later()

    def _end_idle(self, seconds: float) -> int:
        """End those that were idle for so long; how many are left."""
        children: list[_Child | None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                children.append(self._free.get_nowait())
        left = 0
        # The one that was used last goes on top again.
        for child in reversed(children):
            if child is not None and time.monotonic() - child.since >= seconds:
                child.end()
                child = None
            left += child is not None
            self._free.put(child)
        return left


class _Child:
    """A process that reads one file at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.usable = True
        self.since = time.monotonic()
        """When it was last used."""
        try:
            self._process = subprocess.Popen(  # noqa: S603  # this interpreter and this package
                [sys.executable, *command("retrieval.child"), str(limits.megabytes), str(limits.reply_megabytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # Each thread of it would count as memory.
                env=environment() | {"OPENBLAS_NUM_THREADS": "1"},
                # Ctrl+C is for the program, which then ends its children.
                process_group=None if sys.platform == "win32" else 0,
            )
        except OSError as error:
            raise _unavailable(error.strerror or str(error)) from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        with self._killed_after(_STARTING_SECONDS):
            said = receive(self._from, len(_READY))
        if said != _READY:
            self.end()
            raise _unavailable(_ending(self._process.returncode))

    @property
    def alive(self) -> bool:
        """Whether it still runs; anybody may have killed it."""
        return self._process.poll() is None

    def read(self, source: str, data: bytes, sidecar: bytes) -> FileRead:
        seconds = self._limits.seconds_for(source)
        asked = {"source": source, "sidecar": len(sidecar), "seconds": seconds}
        # On a busy machine a file gets less than a whole processor, and it may not wait for ever for anything else.
        with self._killed_after(4 * seconds + 10) as late:
            with contextlib.suppress(OSError):
                for part in (json.dumps(asked).encode("ascii"), sidecar + data):
                    send(self._to, part)
            answer = receive(self._from, self._limits.reply_megabytes * 1024**2)
        if answer is None:
            self.usable = False
            try:
                # It closes its pipe a moment before it has ended.
                status = self._process.wait(_ENDING_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                status = self._process.wait()
            # What may have been the machine's fault, or somebody's wish, is tried again the next time.
            mark = "" if late.is_set() or -status in _TOLD_TO_STOP else digest(data, sidecar)
            slow = late.is_set() or status == -_SIGXCPU
            stopped = Phrase(N_("reading it took more than {seconds} seconds and was stopped"), seconds=round(seconds))
            return FileRead(source, mark, problem=stopped if slow else _ending(status))
        self.since = time.monotonic()
        told = json.loads(answer)
        self.usable = told["usable"]
        for record in told["log"]:
            logger.handle(logging.makeLogRecord(record))
        return file_of(told["file"])

    def kill(self) -> None:
        """Kill it; it has nothing to write. Whoever reads with it is told that it is gone."""
        self._process.kill()

    def end(self) -> None:
        """Kill it, and wait for its end."""
        self.kill()
        self._process.wait()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):
                pipe.close()

    @contextlib.contextmanager
    def _killed_after(self, seconds: float) -> Iterator[Event]:
        late = Event()

        def kill() -> None:
            late.set()
            self._process.kill()

        timer = Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()


def send(pipe: IO[bytes], data: bytes) -> None:
    """Write *data* so that `receive` reads it.

    Raises:
        OSError: The other process is gone.

    """
    pipe.write(LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes], most: int) -> bytes | None:
    """What the other process has sent; None if it is gone, or sends more than *most* bytes."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size or (length := LENGTH.unpack(head)[0]) > most:
        return None
    data = pipe.read(length)
    return data if len(data) == length else None


def _ending(status: int) -> Phrase:
    if status < 0:
        return Phrase(N_("its reader was ended by signal {signal}"), signal=-status)
    return Phrase(N_("its reader ended with status {status}"), status=status)


def _unavailable(reason: str) -> ReadersUnavailable:
    return ReadersUnavailable(N_("No process could be started that reads the files ({reason})."), reason=reason)


READERS = Readers()
"""Those of this process: however many collections are read at once, two files are."""

atexit.register(READERS.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=READERS.forget)
