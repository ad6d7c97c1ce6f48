"""The query log on its database. Synchronous, and safe to call from several threads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Row, Select, insert, select

from bot.database import Database
from bot.database.tables import questions
from bot.querylog.row import Asked, Door
from retrieval.model import CitationId, Outcome


class QueryLog:
    """Questions and their outcomes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, asked: Asked) -> None:
        """Keep one question.

        Raises:
            DatabaseUnavailable: It could not be written; nothing was kept.

        """
        row = asdict(asked) | {
            "question": _writable(asked.question),
            "shown": [list(passage) for passage in asked.shown],
            "missing": [_writable(word) for word in asked.missing],
        }
        with self._database.writing() as connection:
            connection.execute(insert(questions).values(**row))

    def recent(self, limit: int) -> list[Asked]:
        """The last *limit* questions, newest first.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        rows = self._rows(select(questions).order_by(questions.c.id.desc()).limit(limit))
        return [_asked(dict(row._mapping)) for row in rows]

    def milliseconds(self, server: int | None, last: int = 1000) -> tuple[float, float] | None:
        """Median and 95th percentile of the search times of the *last* questions in *server*; None without any.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        query = select(questions.c.milliseconds).order_by(questions.c.id.desc()).limit(last)
        times = sorted(row[0] for row in self._rows(_of_server(query, server)))
        if len(times) < 2:
            return (times[0], times[0]) if times else None
        return median(times), quantiles(times, n=20, method="inclusive")[-1]

    def answers_citing(self, citations: Collection[CitationId], server: int | None) -> int:
        """How many questions of *server* (of all, without one) were answered with one of *citations*.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        rows = self._rows(_of_server(select(questions.c.shown), server))
        return sum(any(citation in citations for citation, _ in row[0]) for row in rows)

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with self._database.reading() as connection:
            return connection.execute(query).all()


def _of_server(query: Select[Any], server: int | None) -> Select[Any]:
    return query if server is None else query.where(questions.c.server == server)


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
