"""The database on real files and a real server: its schema from every earlier one, its copies, and its faults."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import DateTime, bindparam, inspect, select, text

from bot import app
from bot.database import Database, DatabaseUnavailable, NewerDatabase, SqliteDatabase
from bot.database.migrating import migrate, revisions
from bot.database.tables import feedback, metadata
from bot.querylog import Asked, Door, QueryLog
from bot.settings import BadSettings, LogMode, Settings, read_settings
from retrieval.model import CitationId, Outcome
from tests.test_querylog import recent


def test_schema_that_the_migrations_make_is_the_one_the_code_uses(database: Database) -> None:
    with database.reading() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)

    assert found == []


# What the first Quoth made by `create_all`, and how it wrote a row.
FIRST = {
    "sqlite": """
        CREATE TABLE questions (
            id INTEGER NOT NULL, at DATETIME NOT NULL, door VARCHAR(16) NOT NULL, server BIGINT, question TEXT NOT NULL,
            outcome VARCHAR(16) NOT NULL, shown JSON NOT NULL, missing JSON NOT NULL, index_version VARCHAR(32) NOT NULL,
            milliseconds FLOAT NOT NULL, PRIMARY KEY (id)
        );
        CREATE INDEX ix_questions_at ON questions (at);
    """,
    "postgresql": """
        CREATE TABLE questions (
            id BIGSERIAL NOT NULL, at TIMESTAMP WITH TIME ZONE NOT NULL, door VARCHAR(16) NOT NULL, server BIGINT,
            question TEXT NOT NULL, outcome VARCHAR(16) NOT NULL, shown JSON NOT NULL, missing JSON NOT NULL,
            index_version VARCHAR(32) NOT NULL, milliseconds FLOAT NOT NULL, PRIMARY KEY (id)
        );
        CREATE INDEX ix_questions_at ON questions (at);
    """,
}
ROW = """
    INSERT INTO questions (at, door, server, question, outcome, shown, missing, index_version, milliseconds)
    VALUES (:at, 'slash', 81384788765712384, :question, 'answered', '[["1.ice.aaaa", 3.25], ["1.ice.bbbb", 1.5]]',
            '["freeze"]', '0a1b2c3d', 0.75)
"""
ROWS = 2500
"""More than the migration moves at a time, twice."""


def with_rows(database: Database, revision: str | None, times: Sequence[datetime] | None = None) -> None:
    """Make the schema of *revision*, or that of the first Quoth, with rows in it, from those *times* if told."""
    engine = database._connected()
    if revision is None:
        with engine.execution_options(writes=True).begin() as connection:
            for statement in FIRST[connection.dialect.name].split(";")[:-1]:
                connection.execute(text(statement))
    else:
        migrate(engine, lambda revision: None, to=revision)
    with engine.execution_options(writes=True).begin() as connection:
        times = [_at(n) for n in range(ROWS)] if times is None else times
        rows = [{"at": at, "question": f"When did the harbour freeze {n}?"} for n, at in enumerate(times)]
        kind = bindparam("at", type_=DateTime(timezone=True))
        connection.execute(text(ROW).bindparams(kind), rows)
    engine.dispose()


def _at(number: int) -> datetime:
    return datetime(2026, 11, 24, 12, 30, tzinfo=UTC) + timedelta(seconds=number)


def signature(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        found: int = file.execute("PRAGMA application_id").fetchone()[0]
        return found


@pytest.mark.parametrize("revision", [None, *revisions()])
def test_file_of_a_quoth_that_signed_nothing_is_taken_over_and_signed(tmp_path: Path, revision: str | None) -> None:
    path = tmp_path / "quoth.sqlite3"
    if revision in (None, "0001"):
        with_rows(SqliteDatabase(path), revision, [_at(0)])
    else:
        engine = SqliteDatabase(path)._connected()
        migrate(engine, lambda revision: None, to=revision)
        engine.dispose()
    before = signature(path)

    again = SqliteDatabase(path)
    recent(QueryLog(again, mode_of=lambda server: LogMode.FULL), 1)
    again.close()

    assert before == 0
    assert signature(path).to_bytes(4, "big") == b"Quot"
    assert [found.name for found in tmp_path.glob("*.foreign-*")] == []


def test_empty_file_becomes_a_database(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    database.path.touch()

    assert recent(QueryLog(database, mode_of=lambda server: LogMode.FULL), 1) == []
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == ["quoth.sqlite3"]


@pytest.mark.parametrize("signed", [0, 252006675])
def test_file_of_another_program_is_set_aside_as_it_was_and_a_new_one_begun(tmp_path: Path, signed: int) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    with closing(sqlite3.connect(database.path)) as other:
        other.execute(f"PRAGMA application_id = {signed}")
        other.execute("CREATE TABLE question (id TEXT, words TEXT)")
        other.commit()
    before = database.path.read_bytes()
    log = QueryLog(database, mode_of=lambda server: LogMode.FULL)

    with pytest.raises(
        DatabaseUnavailable, match=r"another program has written it\)\. It was set aside as quoth\.sqlite3\."
    ):
        recent(log, 1)
    assert recent(log, 1) == []
    database.drop_damaged()
    database.close()
    (aside,) = tmp_path.glob("*.foreign-*")
    assert aside.read_bytes() == before


@pytest.mark.parametrize("revision", [None, "0001"])
def test_every_earlier_schema_is_taken_over_with_all_its_rows(
    new_database: Callable[[], Database], revision: str | None
) -> None:
    with_rows(new_database(), revision)

    log = QueryLog(new_database(), mode_of=lambda server: LogMode.FULL)

    kept = recent(log, ROWS + 1)
    assert len({row.id for row in kept}) == ROWS
    assert [row.question for row in reversed(kept)] == [f"When did the harbour freeze {n}?" for n in range(ROWS)]
    assert kept[-1] == Asked(
        id=kept[-1].id,
        at=_at(0),
        door=Door.SLASH,
        server=81384788765712384,
        question="When did the harbour freeze 0?",
        outcome=Outcome.ANSWERED,
        shown=((CitationId("1.ice.aaaa"), 3.25), (CitationId("1.ice.bbbb"), 1.5)),
        terms=(),
        missing=("freeze",),
        language=None,
        index_version="0a1b2c3d",
        engine=None,
        milliseconds=0.75,
    )


def test_questions_of_the_first_schema_that_found_nothing_are_taken_over_too(
    new_database: Callable[[], Database],
) -> None:
    first = new_database()
    with_rows(first, None, [_at(0)])
    engine = first._connected()
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("UPDATE questions SET outcome = 'uncovered', shown = '[]'"))
    engine.dispose()

    (kept,) = recent(QueryLog(new_database(), mode_of=lambda server: LogMode.FULL), 2)

    assert (kept.question, kept.outcome, kept.shown) == ("When did the harbour freeze 0?", Outcome.UNCOVERED, ())


def test_schemas_of_all_revisions_but_the_newest_are_tested_with_rows() -> None:
    assert revisions()[:-1] == ["0001", "0002"]


def test_votes_of_the_second_schema_get_the_server_of_their_question(new_database: Callable[[], Database]) -> None:
    engine = new_database()._connected()
    migrate(engine, lambda revision: None, to="0002")
    at = {"at": _at(0)}
    kind = bindparam("at", type_=DateTime(timezone=True))
    with engine.execution_options(writes=True).begin() as connection:
        for number, server in (("1", "7"), ("2", "NULL")):
            row = f"""
                INSERT INTO question (id, at, server, door, question, outcome, terms, missing, index_version, milliseconds)
                VALUES ('{number}', :at, {server}, 'slash', 'When?', 'answered', '[]', '[]', '0a1b2c3d', 0.5)
            """
            vote = f"INSERT INTO feedback (question, helpful, at) VALUES ('{number}', {number} = 1, :at)"
            connection.execute(text(row).bindparams(kind), at)
            connection.execute(text(vote).bindparams(kind), at)
    engine.dispose()

    with new_database().reading() as connection:
        votes = connection.execute(select(feedback.c.question, feedback.c.server, feedback.c.helpful)).all()

    assert sorted(votes) == [("1", 7, True), ("2", None, False)]


def test_sqlite_file_is_copied_before_its_schema_is_changed(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    with_rows(database, None)

    with database.reading():
        pass

    with closing(sqlite3.connect(tmp_path / "quoth.sqlite3.before-0003")) as copy:
        assert copy.execute("SELECT count(*) FROM questions").fetchone() == (ROWS,)
    database.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["quoth.sqlite3", "quoth.sqlite3.before-0003"]


def test_copy_that_cannot_be_made_leaves_everything_as_it_was(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    with_rows(database, None)
    (tmp_path / "quoth.sqlite3.before-0003" / "in the way").mkdir(parents=True)

    with pytest.raises(DatabaseUnavailable), database.reading():
        pass

    database.close()
    with closing(sqlite3.connect(tmp_path / "quoth.sqlite3")) as file:
        assert file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("questions",)]


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


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://quoth:p%40ss@db/quoth",
        "postgresql+psycopg://quoth@db:5433/quoth?sslmode=require",
        "postgresql+psycopg://quoth@[::1]:5433/quoth",
        "postgresql+psycopg:///quoth?host=/run/postgresql",
    ],
)
def test_address_in_every_usual_form_is_taken(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("QUOTH_DATABASE_URL", address)

    assert app.remembered(read_settings()).name.startswith("quoth on ")


def test_password_of_the_database_is_in_no_sentence(tmp_path: Path) -> None:
    settings = Settings(QUOTH_DATA=tmp_path, QUOTH_DATABASE_URL="postgresql+psycopg://quoth:canary@127.0.0.1:1/quoth")
    database = app.remembered(settings)

    with pytest.raises(DatabaseUnavailable) as caught, database.reading():
        pass

    assert str(caught.value).startswith("The database quoth on 127.0.0.1 cannot be read (")
    assert "canary" not in str(caught.value) + repr(settings)
