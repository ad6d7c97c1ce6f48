"""The query log on its database. Synchronous, and safe to call from several threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Delete, Table, delete, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.database import Database, DatabaseUnavailable
from bot.database.tables import feedback, first_questions, opened, passage, question
from bot.querylog.reading import chunks, median_and_p95, of_server
from bot.querylog.row import Asked, Entry, Forgotten, Judged, Opened, Sent
from bot.settings import LogMode
from retrieval.model import CitationId

logger = logging.getLogger(__name__)


class QueryLog:
    """Questions, their outcomes, and what became of them."""

    def __init__(self, database: Database, *, mode_of: Callable[[int | None], LogMode]) -> None:
        """*mode_of*: how much is kept in a server; it may ask the database and fail with it."""
        self._database = database
        self._mode_of = mode_of
        self._unscrubbed = False

    def write(self, entries: Sequence[Entry]) -> None:
        """Keep *entries* in their order, all or none. What is kept already stays as it is, and is kept once.

        Raises:
            DatabaseUnavailable: It could not be written, or it is not known whether it was; write the same again.

        """
        servers = {entry.server for entry in entries if isinstance(entry, (Asked, Opened))}
        modes = {server: self._mode_of(server) for server in servers}
        with self._database.writing() as connection:
            waiting: list[Asked] = []
            for entry in entries:
                if isinstance(entry, Asked):
                    mode = modes[entry.server]
                    if mode is not LogMode.OFF:
                        waiting.append(entry if mode is LogMode.FULL else entry.wordless)
                    continue
                _record(connection, waiting)
                waiting = []
                match entry:
                    case Sent():
                        _send(connection, entry)
                    case Judged():
                        _judge(connection, entry)
                    case Opened() if modes[entry.server] is not LogMode.OFF:
                        _open(connection, entry)
                    case Forgotten():
                        connection.execute(_by_id(entry.id))
            _record(connection, waiting)
        if gone := [_by_id(entry.id) for entry in entries if isinstance(entry, Forgotten)]:
            self._finish(gone)
        elif self._unscrubbed:
            self._scrub()

    def erase(self, asker: str) -> int:
        """Delete every question of a pseudonym, and tell how many there were.

        Raises:
            DatabaseUnavailable: It could not be written; all stay.

        """
        return self._delete(delete(question).where(question.c.asker == asker))

    def prune(self, before: datetime) -> int:
        """Delete every question from before that time, and tell how many there were.

        Raises:
            DatabaseUnavailable: It could not be written; all stay.

        """
        old = [delete(table).where(table.c.at < before) for table in (question, opened, feedback, first_questions)]
        with self._database.writing() as connection:
            deleted, *_ = [connection.execute(rows).rowcount for rows in old[:3]]
        self._finish(old, before)
        return deleted

    def clear(self, server: int) -> int:
        """Delete everything about the questions of *server*, and tell how many there were.

        Raises:
            DatabaseUnavailable: It could not be written; all stay.

        """
        # A source that was not opened from a question hangs on none.
        rows = [delete(question).where(question.c.server == server), delete(opened).where(opened.c.server == server)]
        with self._database.writing() as connection:
            deleted, _ = [connection.execute(some).rowcount for some in rows]
        self._finish([*rows, delete(first_questions).where(first_questions.c.server == server)])
        return deleted

    def keeps(self, name: str) -> bool:
        """Whether the question of that id is kept.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        with self._database.reading() as connection:
            return connection.execute(select(question.c.id).where(question.c.id == name)).first() is not None

    def finish(self, server: int | None, names: Sequence[str], at: datetime) -> int:
        """Note that a moderator of *server* (the operator, without one) is done with questions; tell with how many.

        Raises:
            DatabaseUnavailable: It could not be written.

        """
        done = 0
        with self._database.writing() as connection:
            for some_names in chunks(names):
                some = update(question).where(question.c.id.in_(some_names))
                mine = some if server is None else some.where(question.c.server == server)
                done += connection.execute(mine.values(done_at=at)).rowcount
        return done

    def milliseconds(self, server: int | None, last: int = 1000) -> tuple[float, float] | None:
        """Median and 95th percentile of the search times of the *last* questions in *server*; None without any.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        newest = select(question.c.milliseconds).order_by(question.c.at.desc()).limit(last)
        with self._database.reading() as connection:
            return median_and_p95(sorted(connection.execute(of_server(newest, server)).scalars()))

    def answers_citing(
        self, citations: Collection[CitationId], server: int | None, *, without: Collection[int] = ()
    ) -> int:
        """How many questions of *server* (of all but those of *without*, if None) were answered with *citations*.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        citing: set[str] = set()
        with self._database.reading() as connection:
            for names in chunks(sorted(citations)):
                some = passage.c.citation.in_(names)
                found = select(passage.c.question).join(question).where(some)
                ours = or_(question.c.server.is_(None), question.c.server.not_in(list(without)))
                citing |= set(connection.execute(of_server(found, server).where(ours)).scalars())
        return len(citing)

    def _delete(self, rows: Delete) -> int:
        with self._database.writing() as connection:
            deleted = connection.execute(rows).rowcount
        self._finish([rows])
        return deleted

    def _finish(self, deletions: Sequence[Delete], set_aside_before: datetime | None = None) -> None:
        """Take what was deleted out of the copies, and out of the files."""
        try:
            self._database.delete_in_copies(deletions)
            self._database.drop_damaged(set_aside_before)
        except OSError as error:
            logger.warning("What was deleted may still stand in a copy beside the database (%s).", error)
        self._unscrubbed = True
        self._scrub()

    def _scrub(self) -> None:
        """Overwrite what was deleted; while a reader is in the way, with the next write."""
        try:
            self._unscrubbed = self._unscrubbed and not self._database.scrub()
        except DatabaseUnavailable as error:
            logger.warning("%s What was deleted stands in its write-ahead log until then.", error)


def _record(connection: Connection, batch: Sequence[Asked]) -> None:
    if not batch:
        return
    rows = [_row(asked) for asked in batch]
    shown = [
        {"question": asked.id, "rank": rank, "citation": citation, "score": score}
        for asked in batch
        for rank, (citation, score) in enumerate(asked.shown, start=1)
    ]
    connection.execute(_insert(connection, question).on_conflict_do_nothing(), rows)
    if shown:
        connection.execute(_insert(connection, passage).on_conflict_do_nothing(), shown)


def _send(connection: Connection, sent: Sent) -> None:
    asked = replace(sent.asked, sent_at=sent.at)
    row = _row(asked)
    words = {key: row[key] for key in ("question", "missing", "sent_at")}
    if not connection.execute(update(question).where(question.c.id == asked.id).values(words)).rowcount:
        _record(connection, [asked])


def _judge(connection: Connection, judged: Judged) -> None:
    known = connection.execute(select(question.c.server).where(question.c.id == judged.id)).one_or_none()
    if known:
        vote = {"helpful": judged.helpful, "at": judged.at}
        row = {"id": judged.vote, "question": judged.id, "citation": judged.citation, "server": known.server, **vote}
        first = _insert(connection, feedback).values(row)
        connection.execute(first.on_conflict_do_update(index_elements=[feedback.c.id], set_=vote))


def _open(connection: Connection, one: Opened) -> None:
    known = select(question.c.id).where(question.c.id == literal(one.id, question.c.id.type)).scalar_subquery()
    row = {"id": one.number, "question": known, "server": one.server, "citation": one.citation, "at": one.at}
    connection.execute(_insert(connection, opened).values(row).on_conflict_do_nothing())


def _by_id(name: str) -> Delete:
    return delete(question).where(question.c.id == name)


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insertion that may meet its own row: a batch is written again when its end was not confirmed."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _row(asked: Asked) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in _COLUMNS} | {
        "question": None if asked.question is None else _writable(asked.question),
        "terms": [_writable(word) for word in asked.terms],
        "missing": [_writable(word) for word in asked.missing],
    }


_COLUMNS = tuple(field.name for field in fields(Asked) if field.name != "shown")


def _writable(text: str) -> str:
    """The text with ? for each half of a character, which a terminal gives for bytes that are no UTF-8.

    PostgreSQL keeps no NUL either.
    """
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")
