"""Work that a process of its own does: it takes no interpreter's turn from those who ask, and leaves no memory behind.

What goes to and fro is JSON, a line each. Nothing in it can execute.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import IO, Any

from retrieval import errors
from retrieval.errors import N_, IndexingFailed, QuothError
from retrieval.phrases import phrase_json, phrase_of

logger = logging.getLogger(__name__)

Told = Callable[[Any], None]
"""Takes what is told in the meantime."""

_ROOT = str(Path(__file__).parents[1])

_OURS = ("DISCORD_", "QUOTH_")
"""How the names of what another process must not know begin."""

SILENT_SECONDS = 3600.0
"""How long a process may say nothing before it is taken to hang. A million paragraphs are laid out in minutes."""

_LISTENING_SECONDS = 5.0
"""How long what a process has said may take after its end."""


def command(module: str) -> tuple[str, ...]:
    """What the interpreter is told to run the `main` of *module*."""
    # With -P nothing is imported from the working folder, which may be anybody's.
    return "-P", "-c", f"import sys; sys.path.append({_ROOT!r}); from {module} import main; main()"


def environment() -> dict[str, str]:
    """That of this process, without token and settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}


def done_apart(arguments: tuple[str, ...], asked: object, told: Told | None = None) -> Any:
    """What the process that *arguments* describe makes of *asked*; see `serve`. *told*: hears what it tells before.

    Raises:
        QuothError, OSError: What the process came upon.
        IndexingFailed: It ended; nobody else noticed.

    """
    # Into a file: nobody has to read it meanwhile.
    with tempfile.TemporaryFile("w+") as complained:
        process = subprocess.Popen(  # noqa: S603  # this interpreter and this package
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complained,
            text=True,
            env=environment(),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        heard: list[Any] = []
        listening = _Listening(process.stdout, heard, told)
        listening.start()
        with contextlib.suppress(BrokenPipeError), process.stdin:
            json.dump(asked, process.stdin)
        with _RUNNING.watched(process):
            _wait(process, listening)
        # Others of its processes, should it be killed, hold the pipe open.
        listening.join(_LISTENING_SECONDS)
        complained.seek(0)
        complaint = complained.read().strip()
    if status := process.returncode:
        if not _RUNNING.ending:
            logger.error("The process that makes the index ended with status %d.\n%s", status, complaint)
        raise IndexingFailed(N_("The index could not be made: its process ended with status {status}."), status=status)
    if complaint:
        logger.warning("%s", complaint)
    ((kind, value),) = heard
    if kind == "fact":
        name, phrase = value
        fact = phrase_of(phrase)
        raise getattr(errors, name)(fact.message, **fact.values)
    if kind == "disk":
        raise OSError(*value)
    return value


class _Listening(Thread):
    """Puts into *heard* what comes of the work; what is told before goes to *told*."""

    def __init__(self, pipe: IO[str], heard: list[Any], told: Told | None) -> None:
        super().__init__(name="listening", daemon=True)
        self._pipe = pipe
        self._heard = heard
        self._told = told
        self.last = time.monotonic()
        """When something was heard."""

    def run(self) -> None:
        """Until there is nobody who says anything."""
        with self._pipe:
            for line in self._pipe:
                self.last = time.monotonic()
                kind, value = json.loads(line)
                if kind != "told":
                    self._heard.append((kind, value))
                elif self._told is not None:
                    self._told(value)


def _wait(process: subprocess.Popen[str], listening: _Listening) -> None:
    """Until it has ended; one that says nothing for too long is killed."""
    while process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(min(1.0, SILENT_SECONDS))
        if time.monotonic() - listening.last > SILENT_SECONDS:
            logger.error(
                "The process that makes the index has said nothing for %.0f seconds; it is ended.", SILENT_SECONDS
            )
            process.kill()


class _Running:
    """The processes that somebody waits for."""

    def __init__(self) -> None:
        self._processes: set[subprocess.Popen[str]] = set()
        self.ending = False
        """Whether this program ends, and nobody may wait for another one any more."""

    @contextlib.contextmanager
    def watched(self, process: subprocess.Popen[str]) -> Iterator[None]:
        """*process* is waited for."""
        self._processes.add(process)
        try:
            if self.ending:
                process.kill()
            yield
        finally:
            self._processes.discard(process)

    def end(self) -> None:
        self.ending = True
        for process in tuple(self._processes):
            process.kill()


_RUNNING = _Running()


def end_all() -> None:
    """Kill all processes that somebody waits for, now and later: the program ends. Each takes its own with it."""
    _RUNNING.end()


def serve(work: Callable[[Any, Told], Any]) -> None:
    """What `done_apart` starts: do *work* on what is asked, and tell what comes of it."""
    # What a library prints must not be taken for an answer.
    pipe = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    with contextlib.suppress(AttributeError, OSError):  # Windows has neither
        os.nice(10)
        # With a lower priority alone, those who ask would wait for milliseconds each time they wake up. Where others
        # leave the processors no rest, this takes long.
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    offered_first()
    end_with_parent()
    # Millions of objects, none of them in a circle, would be looked through for some that nobody has any more.
    gc.disable()

    def tell(kind: str, value: object) -> None:
        pipe.write(json.dumps([kind, value]) + "\n")
        pipe.flush()

    try:
        found = work(json.load(sys.stdin), lambda value: tell("told", value))
    except QuothError as error:
        tell("fact", [type(error).__name__, phrase_json(error.phrase)])
    except OSError as error:
        tell("disk", [error.errno, error.strerror])
    else:
        tell("done", found)


def offered_first() -> None:
    """Where memory runs out, let this process be ended before the one that answers."""
    with contextlib.suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def end_with_parent() -> None:
    """End this process soon after the one that started it: nobody waits for it any more."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()
