"""What docs/privacy.md says of words that are gone, held against the bytes of every file in the data folder."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.database import Database, SqliteDatabase
from bot.database.migrating import migrate
from bot.querylog import Asked, Forgotten, Judged, QueryLog, Sent
from bot.settings import LogMode
from tests.test_database import _at, with_rows
from tests.test_querylog import CITED, NOON, asked, recent


def forget_each(log: QueryLog, gone: list[Asked]) -> None:
    for row in gone:
        log.write([Forgotten(row.id)])


WAYS: dict[str, Callable[[QueryLog, list[Asked]], object]] = {
    "forget": forget_each,
    "batch": lambda log, gone: log.write([Forgotten(row.id) for row in gone]),
    "erase": lambda log, gone: log.erase("a" * 32),
    "clear": lambda log, gone: log.clear(7),
    "prune": lambda log, gone: log.prune(NOON),
}


def words(number: int) -> str:
    """Three words that stand in one question alone."""
    chance = random.Random(number)
    return " ".join("".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=12)) for _ in range(3))


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def filled(database: Database, size: int, *, long: int) -> tuple[QueryLog, list[Asked], list[Asked]]:
    """A log of *size* questions that come in batches, and those of them that will go and that will stay."""
    log = QueryLog(database, mode_of=lambda server: LogMode.FULL)
    chance = random.Random(3)
    gone: list[Asked] = []
    staying: list[Asked] = []
    for start in range(0, size, 50):
        batch = []
        for number in range(start, min(size, start + 50)):
            goes = chance.random() < 0.3
            text = words(number)
            row = replace(
                asked(number),
                # Ids are random, so that rows that go and stay lie side by side and pages are split between them.
                id=f"{chance.getrandbits(64):016x}",
                at=NOON + timedelta(days=-1 if goes else 1),
                question=f"{text} " * chance.randint(1, long),
                server=7 if goes else 8,
                missing=tuple(text.split()),
                asker="a" * 32 if goes else "b" * 32,
            )
            batch.append(row)
            (gone if goes else staying).append(row)
        log.write([*batch, *(Judged(row.id, True, NOON, CITED) for row in batch), Sent(batch[0], NOON)])
    return log, gone, staying


@pytest.mark.parametrize("long", [1, 8, 200], ids=["short", "usual", "over pages"])
@pytest.mark.parametrize("way", WAYS)
def test_no_word_of_a_question_that_is_gone_is_left_in_a_file(tmp_path: Path, way: str, long: int) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    log, gone, staying = filled(database, 300, long=long)
    assert all(word.encode() in bytes_of(tmp_path) for row in gone for word in row.missing)

    WAYS[way](log, gone)

    # The database is still open, its write-ahead log is there.
    found = bytes_of(tmp_path)
    assert [word for row in gone for word in row.missing if word.encode() in found] == []
    assert all(word.encode() in found for row in staying for word in row.missing)
    database.close()


def test_reader_in_the_way_delays_it_until_the_next_write(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3", busy_seconds=0.1)
    log, gone, _ = filled(database, 60, long=1)
    reader = sqlite3.connect(database.path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM question").fetchone()
    for row in gone:
        log.write([Forgotten(row.id)])
    reader.close()

    log.write([asked(1)])

    assert [word for row in gone for word in row.missing if word.encode() in bytes_of(tmp_path)] == []
    database.close()


def test_words_go_from_the_copy_that_was_made_before_a_migration(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    with_rows(database, None)
    log = QueryLog(database, mode_of=lambda server: LogMode.FULL)
    recent(log, 1)

    log.prune(_at(2000))

    found = bytes_of(tmp_path)
    assert b"freeze 1999?" not in found
    assert found.count(b"freeze 2000?") == 2
    database.close()


def test_what_a_server_clears_goes_from_the_copy_of_the_first_schema_too(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    with_rows(database, None)
    log = QueryLog(database, mode_of=lambda server: LogMode.FULL)
    recent(log, 1)

    log.clear(81384788765712384)

    assert b"the harbour freeze" not in bytes_of(tmp_path)
    database.close()


@pytest.mark.parametrize("way", WAYS)
def test_words_go_from_a_copy_with_the_tables_of_today(tmp_path: Path, way: str) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    log, gone, staying = filled(database, 60, long=1)
    database.close()
    shutil.copy(database.path, tmp_path / "quoth.sqlite3.before-9999")

    WAYS[way](log, gone)

    found = bytes_of(tmp_path)
    assert [word for row in gone for word in row.missing if word.encode() in found] == []
    assert all(found.count(word.encode()) >= 2 for row in staying for word in row.missing)
    database.close()


@pytest.mark.parametrize("way", ["forget", "batch", "erase"])
def test_damaged_file_goes_with_the_first_question_that_is_forgotten(tmp_path: Path, way: str) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    log, gone, _ = filled(database, 60, long=1)
    (tmp_path / "quoth.sqlite3.damaged-20261124T000000").write_text(str(gone[0].question))

    WAYS[way](log, gone)

    assert not list(tmp_path.glob("*.damaged-*"))
    database.close()


def test_copy_that_cannot_be_deleted_is_told_and_everything_else_is_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    log, gone, staying = filled(database, 60, long=1)
    (tmp_path / "quoth.sqlite3.damaged-20261124T000000").mkdir()

    assert log.erase("a" * 32) == len(gone)

    (told,) = caplog.messages
    assert told.startswith("What was deleted may still stand in a copy beside the database ([Errno ")
    assert told.endswith("/quoth.sqlite3.damaged-20261124T000000').")
    assert len(recent(log, 100)) == len(staying)
    found = database.path.read_bytes() + database.path.with_name("quoth.sqlite3-wal").read_bytes()
    assert [word for row in gone for word in row.missing if word.encode() in found] == []
    database.close()


def test_damaged_file_goes_when_it_is_as_old_as_the_oldest_question_that_is_kept(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    log, *_ = filled(database, 60, long=1)
    old, young = (tmp_path / f"quoth.sqlite3.damaged-{name}" for name in ("20261001T000000", "20261124T000000"))
    for path, at in ((old, NOON - timedelta(days=1)), (young, NOON + timedelta(days=1))):
        path.write_text("words")
        os.utime(path, (at.timestamp(), at.timestamp()))

    log.prune(NOON)

    assert [path.name for path in tmp_path.glob("*.damaged-*")] == [young.name]
    database.close()


def test_migration_leaves_no_second_copy_of_the_words_in_the_file(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    with_rows(database, "0001")
    engine = database._connected()
    migrate(engine, lambda revision: None)
    engine.dispose()

    assert bytes_of(tmp_path).count(b"freeze 1234?") == 1
