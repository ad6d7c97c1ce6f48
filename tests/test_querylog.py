"""The query log on real SQLite files: what is kept, and that no fault of the disk costs more than its rows."""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import app
from bot.database import Database, DatabaseUnavailable, SqliteDatabase
from bot.querylog import Asked, Door, QueryLog
from bot.service import Service
from bot.settings import Settings
from retrieval.model import CitationId, Outcome

ASKED = Asked(
    at=datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
    door=Door.SLASH,
    server=81384788765712384,
    question="When did the harbour freeze?",
    outcome=Outcome.ANSWERED,
    shown=((CitationId("1.harbour-news.aaaabbbbcccc"), 3.25),),
    missing=("freeze",),
    index_version="0a1b2c3d",
    milliseconds=0.75,
)
QUESTION = "When did Kosovo declare independence?"


@pytest.fixture
def log(database: Database) -> QueryLog:
    return QueryLog(database)


def test_a_question_with_half_a_character_is_kept_with_a_mark_for_it(log: QueryLog) -> None:
    log.record(replace(ASKED, question="When did \udcff freeze?", missing=("\ud800x",)))

    (kept,) = log.recent(1)

    assert (kept.question, kept.missing) == ("When did ? freeze?", ("?x",))


def test_a_question_comes_back_as_it_was_kept(log: QueryLog) -> None:
    log.record(ASKED)

    assert log.recent(10) == [ASKED]


def test_newest_comes_first(log: QueryLog) -> None:
    for question in ("first", "second", "third"):
        log.record(Asked(**{name: getattr(ASKED, name) for name in ASKED.__slots__} | {"question": question}))

    assert [asked.question for asked in log.recent(2)] == ["third", "second"]


def test_locked_database_is_said(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3", busy_seconds=0.1)
    log = QueryLog(database)
    log.record(ASKED)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(DatabaseUnavailable, match="database is locked"):
            log.record(ASKED)

        other.execute("ROLLBACK")
    log.record(ASKED)
    assert len(log.recent(10)) == 2
    database.close()


async def test_locked_database_delays_no_answer(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    async with app.quoth(settings, kept=True) as quoth:
        await quoth.curator.start()
        service = quoth.service
        await service.ask(QUESTION, door=Door.SLASH)
        await _written(settings, 1)
        with closing(sqlite3.connect(settings.data / app.DATABASE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()

            answers = [await service.ask(QUESTION, door=Door.SLASH) for _ in range(20)]

            # The lock is waited for 5 seconds, by the writer alone.
            assert time.monotonic() - began < 4
            assert all(answer.passages for answer in answers)
            other.execute("ROLLBACK")
    assert _rows(settings) == 21


async def test_log_that_cannot_be_written_is_told_once_and_answers_go_on(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.data.write_text("a file where the folder should be")
    async with app.quoth(settings, kept=True) as quoth:
        await quoth.curator.start()
        service = quoth.service

        answers = [await service.ask(QUESTION, door=Door.SLASH) for _ in range(3)]

    assert all(answer.passages for answer in answers)
    told = [record for record in caplog.records if "The database" in record.message]
    assert len(told) == 1
    assert told[0].levelno == logging.WARNING
    assert "Answers go on" in told[0].message


async def test_refused_questions_are_not_kept_and_uncovered_ones_are(service: Service, settings: Settings) -> None:
    await service.ask("Who won the 2020 US election?", door=Door.TERMINAL)
    await service.close()

    (kept,) = QueryLog(app.remembered(settings)).recent(10)
    assert (kept.door, kept.outcome, kept.shown) == (Door.TERMINAL, Outcome.UNCOVERED, ())
    assert kept.missing == ("won", "2020", "election")


async def _written(settings: Settings, rows: int) -> None:
    import asyncio

    for _ in range(500):
        if (settings.data / app.DATABASE).exists() and _rows(settings) == rows:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the row was not written")


def _rows(settings: Settings) -> int:
    with closing(sqlite3.connect(settings.data / app.DATABASE)) as database:
        try:
            return int(database.execute("SELECT count(*) FROM questions").fetchone()[0])
        except sqlite3.OperationalError:  # the table is not made yet
            return -1
