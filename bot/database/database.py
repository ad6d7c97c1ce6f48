"""A database that is opened on the first use, with its schema brought up to date, and again after it was away."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import RLock

from sqlalchemy import Connection, Delete, Engine
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.database.migrating import UnknownRevision, migrate


class DatabaseUnavailable(Exception):
    """The database could not be opened, read or written; nothing of it was kept. Answers do not depend on it."""


class NewerDatabase(DatabaseUnavailable):
    """A later version of Quoth has written the database."""


class Database(ABC):
    """An engine of SQLAlchemy behind two ways in. Synchronous, and safe to use from several threads."""

    def __init__(self, name: str) -> None:
        """*name*: how sentences call it; never with a password."""
        self.name = name
        self._engine: Engine | None = None
        self._opening = RLock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in a transaction that only reads.

        Raises:
            DatabaseUnavailable: It cannot be read.

        """
        with self._told("read"), self._opened().connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that writes; all of it is kept at the end, or nothing.

        Raises:
            DatabaseUnavailable: It cannot be written.

        """
        with self._told("written"), self._opened().execution_options(writes=True).begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the connections; the next use opens it again."""
        with self._opening:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def scrub(self) -> bool:
        """Overwrite what was deleted wherever this process can; False when somebody is in the way just now."""
        return True

    def delete_in_copies(self, deletions: Sequence[Delete]) -> None:  # noqa: B027  # a server has no copies of ours
        """Do the *deletions* in the backups that were made before migrations, too."""

    def drop_damaged(self, before: datetime | None = None) -> None:  # noqa: B027  # likewise
        """Delete what was set aside as damaged, where nothing can be looked for; only that from *before* if given."""

    @abstractmethod
    def _connected(self) -> Engine:
        """A new engine, nothing migrated."""

    def _back_up(self, revision: str) -> None:  # noqa: B027  # whoever runs a server backs it up
        """Keep a copy of what is there before the migration to *revision*."""

    def _sign(self, engine: Engine) -> None:  # noqa: B027  # a server has databases by name
        """Note in what is there that it is ours."""

    def _repaired(self, error: Exception) -> str | None:  # noqa: B027
        """What was done about *error* so that the next use succeeds, as a sentence."""

    def _is_current(self) -> bool:
        """Whether the open engine still leads to the database of that name."""
        return True

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is not None and not self._is_current():
                self.close()
            if self._engine is None:
                engine = self._connected()
                try:
                    migrate(engine, self._back_up)
                    self._sign(engine)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
            return self._engine

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Foreign errors as ours; a row that cannot be kept is no fault of the database and passes."""
        try:
            yield
        except UnknownRevision as error:
            raise NewerDatabase(f"The database {self.name} was written by a newer Quoth ({error}).") from error
        except (SQLAlchemyError, OSError) as error:
            if not _is_fault(error):
                raise
            with self._opening:
                done = self._repaired(error)
            told = f"The database {self.name} cannot be {what} ({reason(error)})."
            raise DatabaseUnavailable(f"{told} {done}" if done else told) from error


def _is_fault(error: Exception) -> bool:
    # sqlite3 raises DatabaseError itself for a file that is none.
    faults = (OSError, OperationalError, InterfaceError, PoolTimeout)
    return isinstance(error, faults) or type(error) is DatabaseError


def reason(error: Exception) -> str:
    """What the driver said, in one line."""
    return " ".join(str(getattr(error, "orig", None) or error).split())
