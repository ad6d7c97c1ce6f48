"""Files are read in processes that can be killed: whatever a file does, it costs that file alone."""

from __future__ import annotations

import json
import logging
import os
import pickletools
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from retrieval.apart import Limits, Readers, is_harmless
from retrieval.assembling import FileRead
from retrieval.errors import ReadersUnavailable
from retrieval.reading import read_here
from retrieval.records import file_of, record_of
from tests.conftest import SEEDS
from tests.hostile_files import HOSTILE
from tests.memory import descendants
from tests.test_hostile import UNITS, _text

GOOD = b"# Winter\n\nThe harbour froze in January.\n\nThe nets were mended.\n"


@pytest.fixture
def readers() -> Iterator[Readers]:
    made = Readers()
    yield made
    made.end()


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("winter.md", GOOD),
        ("winter.html", b"<title>Winter</title><p>The harbour froze in January.</p><p>The nets were mended.</p>"),
        ("winter.jsonl", b'{"title": "Winter", "text": "The harbour froze \\ud800 in January."}\n'),
        ("winter.pdf", b"%PDF-1.7"),
        ("seed.txt", next(SEEDS.glob("*.txt")).read_bytes() * 9),
    ],
)
def test_child_gives_what_this_process_would(readers: Readers, source: str, data: bytes) -> None:
    sidecar = b'publisher = "The Gazette"\nnobody = 1\n'

    found = readers.read(source, data, sidecar)

    assert found == read_here(source, data, sidecar)
    assert file_of(json.loads(json.dumps(record_of(found)))) == found


def test_child_is_used_again_and_ended_when_it_is_idle() -> None:
    before, readers = descendants(os.getpid()), Readers(idle_seconds=0.3)

    for _ in range(5):
        readers.read("winter.md", GOOD)
    mine = descendants(os.getpid()) - before
    assert len(mine) == 1

    deadline = time.monotonic() + 10
    while descendants(os.getpid()) & mine and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not descendants(os.getpid()) & mine


def test_as_many_as_allowed_read_at_once() -> None:
    before, readers = descendants(os.getpid()), Readers(2)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda number: readers.read("winter.md", GOOD + b"%d\n" % number), range(30)))

    assert all(len(file.drafts) == 1 for file in found)
    assert len(mine := descendants(os.getpid()) - before) == 2
    readers.end()
    assert not descendants(os.getpid()) & mine


def test_time_is_limited() -> None:
    readers = Readers(1, Limits(seconds=1))

    began = time.monotonic()
    found = readers.read("laughs.md", HOSTILE["laughs.md"])

    assert found.problem == "reading it took more than 1 seconds and was stopped"
    assert time.monotonic() - began < 15
    assert len(readers.read("winter.md", GOOD).drafts) == 1
    readers.end()


def test_memory_is_limited() -> None:
    readers = Readers(1, Limits(megabytes=100))

    found = readers.read("stars.md", HOSTILE["stars.md"])

    assert found.problem == "reading it needs too much memory"
    assert len(readers.read("winter.md", GOOD).drafts) == 1
    readers.end()


def test_output_is_limited() -> None:
    readers = Readers(1, Limits(reply_megabytes=1))

    found = readers.read("long.jsonl", b'{"text": "%s"}\n' % ("The harbour froze. " * 100_000).encode())

    assert found.problem == "it unpacks to far more text than articles have"
    assert len(readers.read("winter.md", GOOD).drafts) == 1
    readers.end()


def ended_meanwhile(readers: Readers, sent: signal.Signals) -> FileRead:
    """What is found when the one child gets a signal while it reads."""
    before = descendants(os.getpid())
    readers.read("winter.md", GOOD)
    (child,) = descendants(os.getpid()) - before
    threading.Timer(0.5, os.kill, (child, sent)).start()
    return readers.read("laughs.md", HOSTILE["laughs.md"])


def test_child_that_is_killed_costs_its_file_alone() -> None:
    readers = Readers(1)
    before = descendants(os.getpid())

    found = ended_meanwhile(readers, signal.SIGSEGV)

    assert found.problem == "its reader was ended by signal 11"
    assert len(readers.read("winter.md", GOOD).drafts) == 1
    # Also when it is killed while nobody uses it.
    (child,) = descendants(os.getpid()) - before
    os.kill(child, signal.SIGKILL)
    time.sleep(0.2)
    assert len(readers.read("winter.md", GOOD).drafts) == 1
    readers.end()


@pytest.mark.parametrize(
    ("python", "reason"),
    [("false", "its reader ended with status 1"), ("nowhere/python", "No such file or directory")],
)
def test_child_that_cannot_be_started_is_told_and_the_next_file_is_read(
    readers: Readers, monkeypatch: pytest.MonkeyPatch, python: str, reason: str
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", shutil.which(python) or python)
        with pytest.raises(ReadersUnavailable) as told:
            readers.read("winter.md", GOOD)

    assert str(told.value) == f"No process could be started that reads the files ({reason})."
    assert len(readers.read("winter.md", GOOD).drafts) == 1


def test_child_that_is_told_to_stop_is_not_held_against_its_file(readers: Readers) -> None:
    found = ended_meanwhile(readers, signal.SIGTERM)

    assert found.problem == "its reader was ended by signal 15"
    assert found.digest == ""  # so it is read again at the next reload


def test_child_knows_neither_token_nor_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "canary.token")
    monkeypatch.setenv("QUOTH_DATABASE_URL", "canary.url")
    readers, before = Readers(1), descendants(os.getpid())

    readers.read("winter.md", GOOD)

    (child,) = descendants(os.getpid()) - before
    assert b"canary" not in Path(f"/proc/{child}/environ").read_bytes()
    readers.end()


def test_what_a_reader_logs_is_logged_here(readers: Readers, caplog: pytest.LogCaptureFixture) -> None:
    readers.read("noise.pdf", HOSTILE["noise.pdf"])

    told = [record for record in caplog.records if record.name == "pypdf._reader"]
    assert "invalid pdf header" in told[0].getMessage()
    assert told[0].levelno == logging.WARNING


def test_what_is_sent_to_and_fro_cannot_execute(readers: Readers) -> None:
    told = json.dumps(record_of(readers.read("winter.md", GOOD))).encode()

    with pytest.raises(ValueError, match="opcode"):
        list(pickletools.genops(told))


@pytest.mark.parametrize(
    "unit", [*UNITS.values(), "a\n", "word\n\n", "AA BB\n", "By A. B. 1 May 2020\n", "http://a.b/c "]
)
def test_what_is_read_in_this_process_is_read_soon(unit: str) -> None:
    data = _text(unit, 32 * 1024).encode("utf-8", "replace")[: 32 * 1024].decode("utf-8", "ignore").encode()
    assert is_harmless("any.txt", data, b"")

    began = time.process_time()
    read_here("any.txt", data)

    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("source", "data", "sidecar"),
    [
        ("any.md", b"Words.", b""),
        ("any.txt", b"W\xf6rter.", b""),
        ("any.txt", b"Words.", b"title = 'Words'"),
        ("any.txt", b"Words. " * 5000, b""),
    ],
)
def test_everything_else_is_read_apart(source: str, data: bytes, sidecar: bytes) -> None:
    assert not is_harmless(source, data, sidecar)
