"""SQLite in one file: made with its folder on the first use, copied before migrations, set aside when it is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Delete, Engine, Table, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.database.database import Database

_BACKUP, _DAMAGED, _FOREIGN = "before-", "damaged-", "foreign-"
"""What is added to the file's name."""

_OURS = 0x51756F74
"""“Quot” in ASCII, in the header of our files: https://sqlite.org/pragma.html#pragma_application_id"""


class _AnotherProgram(OSError):
    """The file is the database of another program; nothing in it was changed."""


class SqliteDatabase(Database):
    """A file in write-ahead mode, in which deleted words are overwritten."""

    def __init__(self, path: Path, *, busy_seconds: float = 2.0) -> None:
        """*busy_seconds*: how long another writer is waited for."""
        super().__init__(str(path))
        self.path = path
        self._busy_seconds = busy_seconds
        self._file: tuple[int, int] | None = None

    def scrub(self) -> bool:
        """Empty the write-ahead log, where deleted words still stand; False when a reader is in the way just now."""
        with self._told("written"), self._opened().connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            # Outside of a transaction: https://sqlite.org/pragma.html#pragma_wal_checkpoint
            busy: int = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    def delete_in_copies(self, deletions: Sequence[Delete]) -> None:
        """Do the *deletions* in the backups that have such tables, too; a backup that cannot be changed is deleted."""
        for path in self._beside(_BACKUP):
            engine = self._engine_on(path, journal="DELETE")
            try:
                with engine.execution_options(writes=True).begin() as connection:
                    tables = inspect(connection).get_table_names()
                    for rows in deletions:
                        if isinstance(rows.table, Table) and rows.table.name in tables:
                            connection.execute(rows)
            except SQLAlchemyError:
                path.unlink(missing_ok=True)
            finally:
                engine.dispose()

    def drop_damaged(self, before: datetime | None = None) -> None:
        """Delete what was set aside as damaged, where nothing can be looked for; only that from *before* if given."""
        for path in self._beside(_DAMAGED):
            if before is None or datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                path.unlink(missing_ok=True)

    def copy_to(self, path: Path) -> None:
        """Write a copy of the file as it stands at one moment to *path*, whoever writes to it meanwhile.

        Raises:
            DatabaseUnavailable: It cannot be read, or is damaged.

        """
        with self._told("read"):
            try:
                _copy(self.path, path)
            except sqlite3.Error as error:
                raise OSError(str(error)) from error

    def _connected(self) -> Engine:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._is_foreign():
            raise _AnotherProgram("another program has written it")
        engine = self._engine_on(self.path, journal="WAL")
        with engine.connect():
            self._file = _identity(self.path)
        return engine

    def _engine_on(self, path: Path, *, journal: str) -> Engine:
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": self._busy_seconds}, hide_parameters=True)

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: object) -> None:
            # Transactions are begun below: sqlite3 itself would begin none for a change of the schema.
            connection.isolation_level = None
            # Some builds of SQLite wait for the disk less in write-ahead mode unless they are told: https://sqlite.org/compile.html
            for pragma in (f"journal_mode={journal}", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            writes = connection.get_execution_options().get("writes")
            # A transaction that reads first and writes later cannot wait for another writer.
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    def _is_foreign(self) -> bool:
        """Whether another program has written the file; one that cannot be read says so when it is opened."""
        # Even to set the journal mode would change it.
        address = f"{self.path.absolute().as_uri()}?mode=ro"
        with suppress(sqlite3.Error), closing(sqlite3.connect(address, timeout=0, uri=True)) as file:
            signed = file.execute("PRAGMA application_id").fetchone()[0]
            if signed:
                return bool(signed != _OURS)
            # An older Quoth signed nothing; the first one had no table of its revision either.
            tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return bool(tables) and not tables & {"alembic_version", "questions"}
        return False

    def _sign(self, engine: Engine) -> None:
        # Who only reads, or has to wait, leaves it to the next one.
        with suppress(SQLAlchemyError), engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA application_id").scalar():
                return
            connection.rollback()
            pragma = f"application_id={_OURS}"
            with engine.execution_options(writes=True).begin() as writing:
                writing.exec_driver_sql(f"PRAGMA {pragma}")

    def _is_current(self) -> bool:
        return self._file == _identity(self.path)

    def _back_up(self, revision: str) -> None:
        copy = self._named(_BACKUP + revision)
        draft = copy.with_name(copy.name + ".draft")
        try:
            _copy(self.path, draft)
            draft.chmod(self.path.stat().st_mode & 0o777)
            draft.replace(copy)
        except sqlite3.Error as error:
            raise OSError(f"no copy could be made before its schema is changed: {error}") from error
        finally:
            draft.unlink(missing_ok=True)

    def _repaired(self, error: Exception) -> str | None:
        # https://sqlite.org/rescode.html: the low byte is the primary code.
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF if isinstance(error, DBAPIError) else 0
        foreign = isinstance(error, _AnotherProgram)
        if not foreign and code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return None
        self.close()
        name = self._named(f"{_FOREIGN if foreign else _DAMAGED}{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        for ending in ("", "-wal", "-shm"):
            file = self.path.with_name(self.path.name + ending)
            if file.exists():
                file.replace(name.with_name(name.name + ending))
        what = "It" if foreign else "It is damaged and"
        return f"{what} was set aside as {name.name}; a new one is begun."

    def _named(self, ending: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{ending}")

    def _beside(self, ending: str) -> list[Path]:
        return sorted(self.path.parent.glob(f"{self.path.name}.{ending}*"))


def _copy(origin: Path, target: Path) -> None:
    with closing(sqlite3.connect(origin)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
        other.execute("PRAGMA journal_mode=DELETE")
        if (found := other.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(" ".join(found.split()))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
