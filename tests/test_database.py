"""The database on real files and a real server: its schema from every earlier one, its copies, and its faults."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from bot import app
from bot.database import Database, DatabaseUnavailable, NewerDatabase, SqliteDatabase
from bot.database.migrating import revisions
from bot.database.tables import metadata
from bot.settings import BadSettings, Settings, read_settings


def test_schema_that_the_migrations_make_is_the_one_the_code_uses(database: Database) -> None:
    with database.reading() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)

    assert found == []


def test_two_processes_that_open_an_empty_database_at_once_make_one_schema(
    new_database: Callable[[], Database],
) -> None:
    faults: list[Exception] = []

    def open_it(database: Database) -> None:
        for _ in range(50):
            try:
                with database.writing() as connection:
                    connection.execute(text("SELECT 1"))
                return
            except DatabaseUnavailable as error:
                fault = error
        faults.append(fault)

    threads = [Thread(target=open_it, args=[new_database()]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []


def test_database_of_a_newer_quoth_is_refused_in_a_sentence(new_database: Callable[[], Database]) -> None:
    with new_database().writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    told = r"^The database .+ was written by a newer Quoth \(revision 9999; "
    with pytest.raises(NewerDatabase, match=told) as caught, new_database().reading():
        pass
    assert "\n" not in str(caught.value)


def test_nothing_of_a_transaction_that_fails_is_kept(database: Database) -> None:
    def fail() -> None:
        with database.writing() as connection:
            connection.execute(text("CREATE TABLE half (id INTEGER)"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    with database.reading() as connection:
        assert "half" not in inspect(connection).get_table_names()


def test_new_database_has_nothing_to_back_up_and_a_current_one_neither(tmp_path: Path) -> None:
    for _ in range(2):
        database = SqliteDatabase(tmp_path / "quoth.sqlite3")
        with database.reading():
            pass
        database.close()

    assert [path.name for path in tmp_path.iterdir()] == ["quoth.sqlite3"]


def test_file_that_is_no_database_is_set_aside_and_a_new_one_is_begun(tmp_path: Path) -> None:
    path = tmp_path / "quoth.sqlite3"
    path.write_bytes(b"no database " * 1000)
    database = SqliteDatabase(path)

    told = r"It is damaged and was set aside as quoth\.sqlite3\.damaged-"
    with pytest.raises(DatabaseUnavailable, match=told), database.reading():
        pass

    with database.writing():
        pass
    (aside,) = tmp_path.glob("*.damaged-*")
    assert aside.read_bytes() == b"no database " * 1000
    database.close()


def test_file_that_vanished_is_made_anew(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "data" / "quoth.sqlite3")
    with database.writing():
        pass
    for path in (tmp_path / "data").iterdir():
        path.unlink()

    with database.writing() as connection:
        assert inspect(connection).get_table_names()
    database.close()
    with closing(sqlite3.connect(tmp_path / "data" / "quoth.sqlite3")) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [(revisions()[-1],)]


@pytest.mark.parametrize(
    "address",
    [
        "mysql://quoth:canary@db/quoth",
        "postgresql://quoth:canary@db/quoth",
        "canary",
        "postgresql+psycopg://quoth:can@ary@db/quoth",
        "postgresql+psycopg://quoth:x@db",
        "postgresql+psycopg://quoth:x@db:canary/quoth",
    ],
)
def test_address_that_cannot_be_used_gets_a_sentence_that_does_not_repeat_it(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("QUOTH_DATABASE_URL", address)

    with pytest.raises(BadSettings) as caught:
        read_settings()

    assert str(caught.value) == (
        "QUOTH_DATABASE_URL: it takes an address like postgresql+psycopg://user:password@host/name."
    )


def test_password_of_the_database_is_in_no_sentence(tmp_path: Path) -> None:
    settings = Settings(QUOTH_DATA=tmp_path, QUOTH_DATABASE_URL="postgresql+psycopg://quoth:canary@127.0.0.1:1/quoth")
    database = app.remembered(settings)

    with pytest.raises(DatabaseUnavailable) as caught, database.reading():
        pass

    assert str(caught.value).startswith("The database quoth on 127.0.0.1 cannot be read (")
    assert "canary" not in str(caught.value) + repr(settings)
