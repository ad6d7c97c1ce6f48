"""The query log on its database: SQLite in write-ahead mode. Synchronous; the service calls it from one thread."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, insert, select
from sqlalchemy.exc import SQLAlchemyError

from bot.querylog.row import Asked, Door
from bot.querylog.tables import metadata, questions
from retrieval.model import CitationId, Outcome


class LogUnavailable(Exception):
    """The database could not be opened, read or written. Answers do not depend on it."""


class QueryLog:
    """Questions and their outcomes in one SQLite file, made with its folder on the first use."""

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._engine: Engine | None = None

    def record(self, asked: Asked) -> None:
        """Keep one question.

        Raises:
            LogUnavailable: It could not be written; nothing was kept.

        """
        row = asdict(asked) | {"shown": [list(passage) for passage in asked.shown], "missing": list(asked.missing)}
        try:
            with self._opened().begin() as connection:
                connection.execute(insert(questions).values(**row))
        except (SQLAlchemyError, OSError) as error:
            raise LogUnavailable(f"The query log {self.path} cannot be written ({_reason(error)}).") from error

    def recent(self, limit: int) -> list[Asked]:
        """The last *limit* questions, newest first.

        Raises:
            LogUnavailable: The database could not be read.

        """
        try:
            with self._opened().connect() as connection:
                rows = connection.execute(select(questions).order_by(questions.c.id.desc()).limit(limit)).mappings()
                return [_asked(dict(row)) for row in rows]
        except (SQLAlchemyError, OSError) as error:
            raise LogUnavailable(f"The query log {self.path} cannot be read ({_reason(error)}).") from error

    def close(self) -> None:
        """Let go of the database."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _opened(self) -> Engine:
        if self._engine is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(f"sqlite:///{self.path}", connect_args={"timeout": self._busy_seconds})
            event.listen(engine, "connect", _write_ahead)
            try:
                metadata.create_all(engine)
            except BaseException:
                engine.dispose()
                raise
            self._engine = engine
        return self._engine


def _write_ahead(connection: Any, _record: object) -> None:
    # https://sqlite.org/wal.html: readers and the writer do not wait for each other.
    connection.execute("PRAGMA journal_mode=WAL")


def _asked(row: dict[str, Any]) -> Asked:
    del row["id"]
    return Asked(
        **row
        | {
            # SQLite gives a time back without its zone.
            "at": row["at"].replace(tzinfo=UTC),
            "door": Door(row["door"]),
            "outcome": Outcome(row["outcome"]),
            "shown": tuple((CitationId(citation), score) for citation, score in row["shown"]),
            "missing": tuple(row["missing"]),
        }
    )


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error)
