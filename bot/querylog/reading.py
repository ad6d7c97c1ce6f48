"""What many rows of the log tell, of one server or, for the operator, of all. Synchronous."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median, quantiles
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, and_, func, or_, select

from bot.database import Database
from bot.database.tables import feedback, opened, passage, question
from bot.querylog.gaps import Gap, grouped
from bot.querylog.row import Asked, Door
from retrieval.model import ArticleId, CitationId, Outcome
from retrieval.splitting import article_cited

LOOKED_AT = 2500
"""Questions, the last ones of the time, that times and most frequent words and passages are taken from."""

OPEN_GAPS = 1000
"""Questions, the last ones, that gaps are made of."""

_BATCH = 1000

Thing = TypeVar("Thing", bound=str)

_CITED_BY = select(passage.c.citation)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Day:
    """How many questions a day (in UTC) had, by outcome."""

    day: date
    counts: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was asked in some days."""

    days: tuple[Day, ...]
    """Each of them, the last one today."""
    helpful: int
    """Votes."""
    unhelpful: int
    milliseconds: tuple[float, float] | None
    """Median and 95th percentile of the last questions; None without any."""
    articles: tuple[tuple[ArticleId, int], ...]
    """How many passages were shown of the busiest articles, among the last questions, most first."""
    paragraphs: tuple[tuple[CitationId, int], ...]
    """Likewise of paragraphs."""
    missing: tuple[tuple[str, int], ...]
    """The words that most of the last uncovered questions had and no article has, with how many questions that were."""

    @property
    def questions(self) -> int:
        """All of them."""
        return sum(self.of(outcome) for outcome in Outcome)

    @property
    def helpful_rate(self) -> float | None:
        """Share of the votes that found an answer helpful; None without any."""
        return self.helpful / self.votes if self.votes else None

    @property
    def votes(self) -> int:
        """All of them."""
        return self.helpful + self.unhelpful

    def of(self, outcome: Outcome) -> int:
        """Those with that outcome."""
        return sum(day.counts[outcome] for day in self.days)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of many questions, newest first."""

    questions: tuple[Asked, ...]
    number: int
    """From 1."""
    pages: int
    count: int
    """On all pages."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One question with what became of it."""

    asked: Asked
    votes: tuple[tuple[CitationId | None, bool], ...]
    """Whether it was found helpful, as a whole (None) or one of its passages; the first vote first."""
    opened: tuple[CitationId, ...]
    """The sources that were opened from it."""


class LogReader:
    """Reads the log of one server, never a row of another; None stands for all rows there are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def summary(self, server: int | None, *, days: int, today: date, listed: int) -> Summary:
        """The last *days* days until *today*, with at most *listed* of what is most frequent.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        since = _start(today - timedelta(days=days - 1))
        with self._database.reading() as connection:
            counts = tuple(_day(connection, server, today - timedelta(days=ago)) for ago in reversed(range(days)))
            votes: dict[bool, int] = dict(connection.execute(_votes(server, since)).all())
            shown = _shown(connection, server, since)
            milliseconds = sorted(connection.execute(_last(question.c.milliseconds, server, since)).scalars())
            uncovered = _last(question.c.missing, server, since, Outcome.UNCOVERED)
            missing = Counter(
                word for words in connection.execute(uncovered).scalars() for word in {w.casefold() for w in words}
            )
        articles: Counter[ArticleId] = Counter()
        for citation, number in shown.items():
            articles[article_cited(citation)] += number
        return Summary(
            days=counts,
            helpful=votes.get(True, 0),
            unhelpful=votes.get(False, 0),
            milliseconds=median_and_p95(milliseconds),
            articles=_most(articles, listed),
            paragraphs=_most(shown, listed),
            missing=_most(missing, listed),
        )

    def recent(self, server: int | None, outcome: Outcome | None, number: int, *, size: int) -> Page:
        """Page *number* of the questions (with that outcome, if one is given), or the last page there is.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        wanted = of_server(select(question), server)
        if outcome is not None:
            wanted = wanted.where(question.c.outcome == outcome)
        with self._database.reading() as connection:
            count = connection.execute(wanted.with_only_columns(func.count()).select_from(question)).scalar_one()
            pages = max(1, -(-count // size))
            number = min(max(number, 1), pages)
            newest = wanted.order_by(question.c.at.desc(), question.c.id).limit(size).offset((number - 1) * size)
            return Page(tuple(questions(connection, newest)), number, pages, count)

    def latest(self, server: int, limit: int) -> list[tuple[str, datetime, str | None]]:
        """Id, time and text of the last *limit* questions, newest first.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        told = of_server(select(question.c.id, question.c.at, question.c.question), server)
        with self._database.reading() as connection:
            newest = connection.execute(told.order_by(question.c.at.desc(), question.c.id).limit(limit))
            return [(row.id, row.at, row.question) for row in newest]

    def count(self, server: int) -> int:
        """How many questions are kept.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        with self._database.reading() as connection:
            kept: int = connection.execute(of_server(select(func.count()).select_from(question), server)).scalar_one()
            return kept

    def question(self, server: int | None, name: str) -> Kept | None:
        """The question with the id *name*; None if it is not kept, or is another server's.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        with self._database.reading() as connection:
            found = questions(connection, of_server(select(question).where(question.c.id == name), server))
            return next(iter(_with_votes(connection, found)), None)

    def every(self, server: int | None, since: datetime | None = None) -> Iterator[Kept]:
        """The questions (since then, if told), the oldest first. No more than a few are in memory at a time.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        after = (since or _LONG_AGO, "")
        while True:
            # Short transactions: a long one would keep what is deleted meanwhile in the write-ahead log.
            with self._database.reading() as connection:
                at, name = question.c.at, question.c.id
                later = of_server(select(question), server).where(
                    at >= after[0], or_(at > after[0], and_(at == after[0], name > after[1]))
                )
                found = questions(connection, later.order_by(at, name).limit(_BATCH))
                kept = _with_votes(connection, found)
            if not kept:
                return
            yield from kept
            after = (kept[-1].asked.at, kept[-1].asked.id)

    def gaps(self, server: int | None) -> tuple[Gap, ...]:
        """What the last questions with a text lack that are uncovered or were sent, and that no moderator is done with.

        What was asked most comes first.

        Raises:
            DatabaseUnavailable: The database could not be read.

        """
        with_text = of_server(select(question), server).where(
            question.c.question.is_not(None), question.c.done_at.is_(None)
        )
        uncovered = with_text.where(question.c.outcome == Outcome.UNCOVERED).order_by(question.c.at.desc())
        sent = with_text.where(question.c.sent_at.is_not(None)).order_by(question.c.sent_at.desc())
        with self._database.reading() as connection:
            found = [row for query in (uncovered, sent) for row in questions(connection, query.limit(OPEN_GAPS))]
        return grouped(list({row.id: row for row in found}.values()))


def questions(connection: Connection, wanted: Select[Any]) -> list[Asked]:
    """The *wanted* rows of the table of questions, in their order, with the passages that were shown."""
    rows = [dict(row._mapping) for row in connection.execute(wanted)]
    shown = _by_question(connection, [row["id"] for row in rows], select(passage).order_by(passage.c.rank))
    return [
        Asked(
            **row
            | {
                "terms": tuple(row["terms"]),
                "missing": tuple(row["missing"]),
                "door": Door(row["door"]),
                "outcome": Outcome(row["outcome"]),
                "shown": tuple((CitationId(one.citation), one.score) for one in shown[row["id"]]),
            }
        )
        for row in rows
    ]


def of_server(query: Select[Any], server: int | None) -> Select[Any]:
    """*query* of questions, only those of *server*; of all, without one."""
    return query if server is None else query.where(question.c.server == server)


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """*values*, as many at a time as a statement takes: SQLite's older versions take 999.

    Source: https://sqlite.org/limits.html
    """
    return (values[start : start + 500] for start in range(0, len(values), 500))


def median_and_p95(ordered: Sequence[float]) -> tuple[float, float] | None:
    """Median and 95th percentile of numbers in their order; None without any."""
    if len(ordered) < 2:
        return (ordered[0], ordered[0]) if ordered else None
    return median(ordered), quantiles(ordered, n=20, method="inclusive")[-1]


def _day(connection: Connection, server: int | None, day: date) -> Day:
    start = _start(day)
    counts = [
        of_server(select(func.count()), server)
        .where(question.c.outcome == outcome, question.c.at >= start, question.c.at < start + timedelta(days=1))
        .scalar_subquery()
        for outcome in Outcome
    ]
    return Day(day, dict(zip(Outcome, connection.execute(select(*counts)).one(), strict=True)))


def _votes(server: int | None, since: datetime) -> Select[Any]:
    votes = select(feedback.c.helpful, func.count()).where(feedback.c.at >= since).group_by(feedback.c.helpful)
    return votes if server is None else votes.where(feedback.c.server == server)


def _shown(connection: Connection, server: int | None, since: datetime) -> Counter[CitationId]:
    """How often each passage was shown. PostgreSQL would join by reading all passages there are, so ids are given."""
    last = connection.execute(_last(question.c.id, server, since)).scalars().all()
    shown: Counter[CitationId] = Counter()
    for some in chunks(last):
        shown.update(map(CitationId, connection.execute(_CITED_BY.where(passage.c.question.in_(some))).scalars()))
    return shown


def _last(column: Any, server: int | None, since: datetime, outcome: Outcome | None = None) -> Select[Any]:
    """*column* of the last questions since then."""
    rows = of_server(select(column), server).where(question.c.at >= since)
    if outcome is not None:
        rows = rows.where(question.c.outcome == outcome)
    return rows.order_by(question.c.at.desc()).limit(LOOKED_AT)


def _with_votes(connection: Connection, rows: Sequence[Asked]) -> list[Kept]:
    names = [row.id for row in rows]
    votes = _by_question(connection, names, select(feedback).order_by(feedback.c.at, feedback.c.id))
    sources = _by_question(connection, names, select(opened).order_by(opened.c.at, opened.c.id))
    return [
        Kept(
            row,
            tuple((None if one.citation is None else CitationId(one.citation), one.helpful) for one in votes[row.id]),
            tuple(CitationId(one.citation) for one in sources[row.id]),
        )
        for row in rows
    ]


def _by_question(connection: Connection, names: Sequence[str], rows: Select[Any]) -> Mapping[str, list[Any]]:
    """The *rows* of a table that hang on the questions with those ids, in their order."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    column = rows.selected_columns["question"]
    for some in chunks(names):
        for row in connection.execute(rows.where(column.in_(some))):
            found[row.question].append(row)
    return found


def _most(counts: Counter[Thing], listed: int) -> tuple[tuple[Thing, int], ...]:
    """Most first; equal ones by name."""
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:listed])


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
