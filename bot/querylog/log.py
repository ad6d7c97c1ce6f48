"""The query log on its database: SQLite in write-ahead mode. Synchronous, and safe to call from several threads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from statistics import median, quantiles
from threading import Lock
from typing import Any

from sqlalchemy import Engine, Row, Select, create_engine, event, insert, select
from sqlalchemy.exc import SQLAlchemyError

from bot.querylog.row import Asked, Door
from bot.querylog.tables import metadata, questions
from retrieval.model import CitationId, Outcome


class LogUnavailable(Exception):
    """The database could not be opened, read or written. Answers do not depend on it."""


class QueryLog:
    """Questions and their outcomes in one SQLite file, made with its folder on the first use."""

    def __init__(self, path: Path, *, busy_seconds: float = 2.0) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._engine: Engine | None = None
        self._opening = Lock()

    def record(self, asked: Asked) -> None:
        """Keep one question.

        Raises:
            LogUnavailable: It could not be written; nothing was kept.

        """
        row = asdict(asked) | {
            "question": _writable(asked.question),
            "shown": [list(passage) for passage in asked.shown],
            "missing": [_writable(word) for word in asked.missing],
        }
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
        rows = self._rows(select(questions).order_by(questions.c.id.desc()).limit(limit))
        return [_asked(dict(row._mapping)) for row in rows]

    def milliseconds(self, server: int | None, last: int = 1000) -> tuple[float, float] | None:
        """Median and 95th percentile of the search times of the *last* questions in *server*; None without any.

        Raises:
            LogUnavailable: The database could not be read.

        """
        query = select(questions.c.milliseconds).order_by(questions.c.id.desc()).limit(last)
        times = sorted(row[0] for row in self._rows(_of_server(query, server)))
        if len(times) < 2:
            return (times[0], times[0]) if times else None
        return median(times), quantiles(times, n=20, method="inclusive")[-1]

    def answers_citing(self, citations: Collection[CitationId], server: int | None) -> int:
        """How many questions of *server* (of all, without one) were answered with one of *citations*.

        Raises:
            LogUnavailable: The database could not be read.

        """
        rows = self._rows(_of_server(select(questions.c.shown), server))
        return sum(any(citation in citations for citation, _ in row[0]) for row in rows)

    def close(self) -> None:
        """Let go of the database."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        try:
            with self._opened().connect() as connection:
                return connection.execute(query).all()
        except (SQLAlchemyError, OSError) as error:
            raise LogUnavailable(f"The query log {self.path} cannot be read ({_reason(error)}).") from error

    def _opened(self) -> Engine:
        with self._opening:
            return self._engine or self._open()

    def _open(self) -> Engine:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{self.path}", connect_args={"timeout": self._busy_seconds})
        event.listen(engine, "connect", _write_ahead)
        try:
            metadata.create_all(engine)
        except BaseException:
            engine.dispose()
            raise
        self._engine = engine
        return engine


def _of_server(query: Select[Any], server: int | None) -> Select[Any]:
    return query if server is None else query.where(questions.c.server == server)


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


def _writable(text: str) -> str:
    """The text with ? for each half of a character, which a terminal gives for bytes that are no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error)
