"""What the program says about itself: one line a fact, whatever stands in it, and never a secret."""

from __future__ import annotations

import io
import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import HIDDEN, JsonLines, LogFormat, NonBlockingHandler, TextLines, set_up
from tests.loopback import full_pipe

FORGING = "harmless\n2026-11-24 ERROR root: forged\r\x85\u2028\u2029\x0b\x1b[31m\x00"


def record(message: str, *args: object, error: Exception | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, None) if error else None
    return logging.LogRecord("quoth.test", logging.WARNING, __file__, 1, message, args, exc_info)


@given(st.text(), st.text())
def test_message_is_one_line_in_both_forms(text: str, other: str) -> None:
    told = record("%s and %s", text + FORGING, other)

    assert len(TextLines().format(told).splitlines()) == 1
    assert json.loads(JsonLines().format(told))["message"] == f"{text + FORGING} and {other}"
    assert len(JsonLines().format(told).splitlines()) == 1


def test_traceback_cannot_look_like_another_record() -> None:
    told = record("It failed.", error=ValueError(FORGING))

    first, *others = TextLines().format(told).splitlines()
    assert first.endswith("WARNING quoth.test: It failed.")
    assert others
    assert all(line.startswith("    ") for line in others)
    assert "ValueError: harmless" in json.loads(JsonLines().format(told))["traceback"]


def test_traceback_of_another_process_is_written_too() -> None:
    told = record("It failed.")
    told.exc_text = "Traceback\nValueError: canary"

    assert TextLines(["canary"]).format(told).splitlines()[1:] == ["    Traceback", f"    ValueError: {HIDDEN}"]
    assert json.loads(JsonLines().format(told))["traceback"] == told.exc_text


def test_json_has_the_named_values_as_fields() -> None:
    told = record("Asked: %(outcome)s in %(milliseconds).1f ms.", {"outcome": "weak", "milliseconds": 2.25})

    fields = json.loads(JsonLines().format(told))

    assert (fields["outcome"], fields["milliseconds"]) == ("weak", 2.25)
    assert (fields["level"], fields["logger"]) == ("WARNING", "quoth.test")
    assert fields["message"] == "Asked: weak in 2.2 ms."
    assert fields["at"].endswith("+00:00")


@contextmanager
def _own_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers.clear()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.mark.parametrize("form", LogFormat)
def test_secret_is_written_nowhere(form: LogFormat) -> None:
    stream = io.StringIO()
    with _own_root():
        set_up("INFO", form, secrets=["canary.token"], stream=stream)
        wrong = ValueError("canary.token is wrong")
        logging.getLogger("discord.http").error("Sent canary.token to %s.", "canary.token", exc_info=wrong)

    assert "canary" not in stream.getvalue()
    assert stream.getvalue().count(HIDDEN) >= 3


def test_lines_that_nobody_reads_are_left_out_and_counted_in_their_place() -> None:
    with full_pipe() as (reader, pipe):
        handler = NonBlockingHandler(os.fdopen(pipe.fileno(), "w", encoding="utf-8", closefd=False), most=3)
        handler.setFormatter(TextLines())
        handler.emit(record("first"))
        while handler._waiting.qsize():  # until it is the one that waits for room
            time.sleep(0.01)
        for number in range(10):
            handler.emit(record("line %d", number))
        told = b""
        while b"line 2" not in told:
            told += reader.read(1 << 16)
        handler.emit(record("last %d", "no number"))
        handler.close()
        os.set_blocking(reader.fileno(), False)
        told += reader.read(1 << 16)

    lines = [line.rpartition(": ")[2] for line in told.decode().lstrip(".").splitlines()]
    assert lines == ["first", "line 0", "line 1", "line 2", "7.", "'last %d'"]


def test_line_for_a_file_that_does_not_block_is_written_whole() -> None:
    with full_pipe() as (reader, pipe):
        os.set_blocking(pipe.fileno(), False)
        handler = NonBlockingHandler(os.fdopen(pipe.fileno(), "w", encoding="ascii", closefd=False))
        handler.setFormatter(TextLines())
        handler.emit(record("é" * 100_000))
        told = b""
        while b"\n" not in told:
            told += reader.read(1 << 16)

    assert told.lstrip(b".").count(rb"\xe9") == 100_000


@pytest.mark.parametrize("blocking", [True, False])
def test_program_whose_standard_error_is_closed_says_nothing(blocking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    with _own_root():
        set_up("INFO", LogFormat.TEXT, blocking=blocking)
        logging.getLogger("quoth.test").error("Said to nobody.")
