"""What the log tells of many questions, on both databases: right numbers, and never another server's."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, select, text

from bot.database import Database, SqliteDatabase
from bot.database.tables import feedback, opened
from bot.querylog import Entry, Judged, LogReader, Opened, QueryLog, Sent
from bot.querylog.exporting import into
from bot.querylog.reading import LOOKED_AT, OPEN_GAPS, Kept
from bot.settings import LogMode
from retrieval.model import CitationId, Outcome
from tests.test_querylog import ASKED, CITED, NOON, asked, recent

HERE, THERE = 81384788765712384, 7
ICE = CitationId("1.ice.ddddeeeeffff")
SHED = CitationId("1.harbour-news.bbbbccccdddd")
TODAY = NOON.date()


@pytest.fixture
def log(database: Database) -> QueryLog:
    return QueryLog(database, mode_of=lambda server: LogMode.FULL)


@pytest.fixture
def reader(database: Database) -> LogReader:
    return LogReader(database)


def days_ago(number: int, ago: int, outcome: Outcome, **changes: Any) -> Entry:
    shown = {"shown": ()} if outcome is Outcome.UNCOVERED else {}
    return asked(number, at=NOON - timedelta(days=ago), outcome=outcome, **shown | changes)


def test_summary_counts_by_day_and_outcome_with_every_day_of_the_time(log: QueryLog, reader: LogReader) -> None:
    log.write(
        [
            days_ago(1, 0, Outcome.ANSWERED),
            days_ago(2, 0, Outcome.UNCOVERED),
            days_ago(3, 2, Outcome.WEAK),
            days_ago(4, 2, Outcome.WEAK),
            days_ago(5, 3, Outcome.ANSWERED),
            days_ago(6, 0, Outcome.ANSWERED, server=THERE),
            days_ago(7, 0, Outcome.ANSWERED, server=None),
        ]
    )

    told = reader.summary(HERE, days=3, today=TODAY, listed=5)

    assert [(day.day, *(day.counts[one] for one in Outcome)) for day in told.days] == [
        (date(2026, 11, 22), 0, 2, 0),
        (date(2026, 11, 23), 0, 0, 0),
        (TODAY, 1, 0, 1),
    ]
    assert (told.questions, told.of(Outcome.WEAK)) == (4, 2)
    assert reader.summary(None, days=4, today=TODAY, listed=5).questions == 7


def test_summary_has_rates_times_and_what_is_most_frequent(log: QueryLog, reader: LogReader) -> None:
    log.write(
        [
            *(
                days_ago(n, 0, Outcome.ANSWERED, milliseconds=float(n), shown=((ICE, 2.0), (CITED, 1.0)))
                for n in (1, 2, 3)
            ),
            days_ago(4, 0, Outcome.WEAK, milliseconds=10.0, shown=((SHED, 2.0), (CITED, 1.0), (ICE, 1.0))),
            days_ago(5, 0, Outcome.UNCOVERED, milliseconds=4.0, missing=("Freeze", "moon", "freeze")),
            days_ago(6, 0, Outcome.UNCOVERED, milliseconds=4.0, missing=("freeze",)),
            days_ago(7, 0, Outcome.ANSWERED, missing=("tide",), milliseconds=5.0, shown=()),
            days_ago(8, 0, Outcome.UNCOVERED, missing=("secret",), server=THERE, milliseconds=900.0),
            days_ago(9, 0, Outcome.ANSWERED, shown=((SHED, 1.0),) * 3, server=THERE, milliseconds=900.0),
            Judged(asked(1).id, True, NOON),
            Judged(asked(2).id, True, NOON, ICE),
            Judged(asked(3).id, False, NOON),
            Judged(asked(9).id, False, NOON),
            Judged(asked(1).id, False, NOON - timedelta(days=9)),
        ]
    )

    told = reader.summary(HERE, days=7, today=TODAY, listed=2)

    assert (told.helpful, told.unhelpful) == (2, 1)
    assert told.helpful_rate == pytest.approx(2 / 3)
    assert told.milliseconds == pytest.approx((4.0, 8.5))
    assert told.articles == (("harbour-news", 5), ("ice", 4))
    assert told.paragraphs == ((CITED, 4), (ICE, 4))
    assert told.missing == (("freeze", 2), ("moon", 1))


def test_summary_is_of_its_days_and_its_server_and_lists_no_more_than_is_wanted(
    log: QueryLog, reader: LogReader
) -> None:
    first = datetime(2026, 11, 18, tzinfo=UTC)
    before = first - timedelta(microseconds=1)
    lacking: dict[str, Any] = {"outcome": Outcome.UNCOVERED, "shown": (), "milliseconds": 2.0}
    log.write(
        [
            asked(1, at=first, shown=((ICE, 1.0),), milliseconds=2.0),
            asked(2, at=first, missing=("moon", "tide"), **lacking),
            asked(3, at=before, shown=((SHED, 1.0), (CITED, 1.0)), milliseconds=900.0),
            asked(4, at=before, **lacking | {"missing": ("lamp",)}),
            asked(5, missing=("boat",), server=THERE, **lacking),
            Judged(asked(1).id, True, first),
            Judged(asked(1).id, True, before),
            Judged(asked(5).id, False, NOON),
        ]
    )

    told = reader.summary(HERE, days=7, today=TODAY, listed=5)
    longer = reader.summary(HERE, days=8, today=TODAY, listed=1)

    assert (told.questions, told.votes, told.milliseconds) == (2, 1, (2.0, 2.0))
    assert (told.articles, told.paragraphs) == ((("ice", 1),), ((ICE, 1),))
    assert told.missing == (("moon", 1), ("tide", 1))
    assert (longer.questions, longer.votes) == (4, 2)
    assert (longer.articles, longer.missing) == ((("harbour-news", 2),), (("lamp", 1),))
    assert len(longer.paragraphs) == 1
    assert reader.summary(None, days=7, today=TODAY, listed=1).votes == 2


def test_what_is_busiest_is_of_the_last_questions_alone(log: QueryLog, reader: LogReader) -> None:
    log.write([asked(0, shown=((SHED, 1.0),)), *(asked(n + 1, shown=((ICE, 1.0),)) for n in range(LOOKED_AT))])

    told = reader.summary(HERE, days=1, today=TODAY, listed=5)

    assert told.paragraphs == ((ICE, LOOKED_AT),)
    assert told.questions == LOOKED_AT + 1


def test_gaps_are_of_the_last_uncovered_and_the_last_sent_questions(log: QueryLog, reader: LogReader) -> None:
    log.write([asked(n, outcome=Outcome.UNCOVERED) for n in range(OPEN_GAPS + 1)])
    log.write([Sent(asked(5000 + n), NOON + timedelta(seconds=n)) for n in range(OPEN_GAPS + 1)])

    (gap,) = reader.gaps(HERE)

    assert (gap.count, gap.sent) == (2 * OPEN_GAPS, OPEN_GAPS)
    assert gap.id == asked(1).id
    assert asked(5000).id not in {row.id for row in gap.questions}


def test_summary_of_nothing_is_empty(reader: LogReader) -> None:
    told = reader.summary(HERE, days=30, today=TODAY, listed=5)

    assert (told.questions, len(told.days), told.helpful_rate, told.milliseconds) == (0, 30, None, None)
    assert (told.articles, told.paragraphs, told.missing) == ((), (), ())


def test_pages_of_recent_questions_are_of_the_server_and_the_outcome(log: QueryLog, reader: LogReader) -> None:
    log.write([asked(n, outcome=Outcome.WEAK if n % 2 else Outcome.ANSWERED) for n in range(10)])
    log.write([asked(n, server=THERE) for n in range(10, 20)])

    first = reader.recent(HERE, Outcome.WEAK, 1, size=2)
    beyond = reader.recent(HERE, Outcome.WEAK, 99, size=2)
    everything = reader.recent(None, None, 1, size=50)

    assert [row.id for row in first.questions] == [asked(9).id, asked(7).id]
    assert (first.pages, first.count) == (3, 5)
    assert (beyond.number, [row.id for row in beyond.questions]) == (3, [asked(1).id])
    assert everything.count == 20
    assert reader.recent(5, None, 1, size=2).questions == ()


def test_pages_of_questions_of_one_moment_are_by_id_and_an_empty_log_has_one_page(
    log: QueryLog, reader: LogReader
) -> None:
    log.write([asked(n, at=NOON) for n in (4, 2, 5, 1, 3)])

    pages = [reader.recent(HERE, None, number, size=2) for number in (0, 1, 2, 3)]

    found = [[row.id for row in page.questions] for page in pages]
    assert found == [[asked(n).id for n in some] for some in ((1, 2), (1, 2), (3, 4), (5,))]
    assert [page.number for page in pages] == [1, 1, 2, 3]
    empty = reader.recent(5, None, 1, size=2)
    assert (empty.questions, empty.number, empty.pages, empty.count) == ((), 1, 1, 0)


def test_one_question_has_its_votes_and_opened_sources_and_is_no_other_servers(
    log: QueryLog, reader: LogReader
) -> None:
    votes = [Judged(asked(1).id, True, NOON, CITED), Judged(asked(1).id, False, NOON + timedelta(seconds=1))]
    log.write([asked(1), *votes, Opened(asked(1).id, HERE, ICE, NOON)])

    assert reader.question(HERE, asked(1).id) == Kept(asked(1), ((CITED, True), (None, False)), (ICE,))
    assert reader.question(None, asked(1).id) is not None
    assert reader.question(THERE, asked(1).id) is None
    assert reader.question(HERE, "0" * 16) is None


def test_last_questions_are_told_newest_first_with_their_texts(log: QueryLog, reader: LogReader) -> None:
    log.write(
        [
            asked(3, question="Where is the ice?", at=NOON),
            asked(2, question=None, at=NOON),
            asked(1, at=NOON - timedelta(days=1)),
            asked(4, at=NOON + timedelta(days=1)),
            asked(5, at=NOON + timedelta(days=2), server=THERE),
        ]
    )

    told = reader.latest(HERE, 3)

    assert [(name, at) for name, at, _ in told] == [
        (asked(4).id, NOON + timedelta(days=1)),
        (asked(2).id, NOON),
        (asked(3).id, NOON),
    ]
    assert [text for _, _, text in told] == [ASKED.question, None, "Where is the ice?"]
    assert (reader.count(HERE), reader.count(THERE), reader.count(5)) == (4, 1, 0)


KEPT = Kept(
    asked(
        10,
        question="=Wann fror der „Hafen“ zu?",
        language="de",
        shown=((CITED, 3.256789), (ICE, 1.5)),
        terms=("hafen", "zu"),
        missing=("fror",),
        milliseconds=0.7516,
        sent_at=NOON + timedelta(hours=1),
        done_at=NOON + timedelta(hours=2),
    ),
    ((CITED, True), (None, True), (None, False), (ICE, False), (ICE, False)),
    (ICE, CITED),
)
BARE = Kept(
    asked(11, question=None, server=None, language=None, engine=None, shown=(), terms=(), missing=(), milliseconds=2.0),
    (),
    (),
)


def test_exported_line_of_json_has_all_that_is_known_of_a_question() -> None:
    out = io.StringIO()
    write = into(out, "jsonl")

    write(KEPT)
    write(BARE)

    first, second = out.getvalue().splitlines()
    assert out.getvalue().endswith("}\n")
    assert "„Hafen“" in first
    assert json.loads(first) == {
        "id": "000000000000000a",
        "at": "2026-11-24T12:30:10+00:00",
        "server": "81384788765712384",
        "door": "slash",
        "question": "=Wann fror der „Hafen“ zu?",
        "outcome": "answered",
        "language": "de",
        "terms": ["hafen", "zu"],
        "missing": ["fror"],
        "passages": [CITED, ICE],
        "scores": [3.2568, 1.5],
        "helpful": 2,
        "unhelpful": 3,
        "opened": [ICE, CITED],
        "milliseconds": 0.752,
        "index_version": "0a1b2c3d",
        "engine": "rank-bm25",
        "sent_at": "2026-11-24T13:30:00+00:00",
        "done_at": "2026-11-24T14:30:00+00:00",
    }
    bare = json.loads(second)
    unknown = ("server", "question", "language", "engine", "sent_at", "done_at")
    assert [bare[name] for name in unknown] == [None] * 6
    assert (bare["helpful"], bare["unhelpful"], bare["opened"], bare["passages"]) == (0, 0, [], [])


def test_exported_table_has_a_heading_and_a_cell_for_everything() -> None:
    out = io.StringIO(newline="")
    write = into(out, "csv")
    assert out.getvalue() == (
        "id,at,server,door,question,outcome,language,terms,missing,passages,scores,helpful,unhelpful,opened,"
        "milliseconds,index_version,engine,sent_at,done_at\r\n"
    )

    write(KEPT)
    write(BARE)

    _, first, second = out.getvalue().split("\r\n")[:3]
    assert first == (
        "000000000000000a,2026-11-24T12:30:10+00:00,81384788765712384,slash,'=Wann fror der „Hafen“ zu?,answered,de,"
        f"hafen zu,fror,{CITED} {ICE},3.2568 1.5,2,3,{ICE} {CITED},0.752,0a1b2c3d,rank-bm25,"
        "2026-11-24T13:30:00+00:00,2026-11-24T14:30:00+00:00"
    )
    assert second == "000000000000000b,2026-11-24T12:30:11+00:00,,slash,,answered,,,,,,0,0,,2.0,0a1b2c3d,,,"


def test_every_question_is_exported_once_and_in_order_also_of_one_moment(log: QueryLog, reader: LogReader) -> None:
    rows = [asked(n, at=NOON + timedelta(seconds=n // 900)) for n in range(2500)]
    # The ids go up in one moment only; from moment to moment they go down.
    rows = [replace(row, id=f"{9 - n // 900}{row.id[1:]}") for n, row in enumerate(rows)]
    log.write(Random(5).sample(rows, k=len(rows)))
    log.write([asked(n, server=THERE) for n in range(2500, 2600)])

    found = [kept.asked.id for kept in reader.every(HERE, NOON)]

    assert found == [row.id for row in rows]
    assert [kept.asked.id for kept in reader.every(HERE, NOON + timedelta(seconds=2))] == found[1800:]


def test_votes_and_sources_come_in_the_order_in_which_they_came(log: QueryLog, reader: LogReader) -> None:
    name, later = asked(1).id, NOON + timedelta(seconds=1)
    log.write(
        [
            asked(1),
            Judged(name, True, later, vote=1),
            Judged(name, False, NOON, ICE, vote=9),
            Judged(name, True, NOON, CITED, vote=8),
            Opened(name, HERE, SHED, later, number=1),
            Opened(name, HERE, ICE, NOON, number=9),
            Opened(name, HERE, CITED, NOON, number=8),
        ]
    )

    kept = reader.question(HERE, name)

    assert kept is not None
    assert kept.votes == ((CITED, True), (ICE, False), (None, True))
    assert kept.opened == (CITED, ICE, SHED)


def test_what_lacks_is_uncovered_or_sent_with_a_text_and_not_done(log: QueryLog, reader: LogReader) -> None:
    log.write(
        [
            asked(1, outcome=Outcome.UNCOVERED),
            asked(2, outcome=Outcome.UNCOVERED, question=None),
            asked(3, outcome=Outcome.UNCOVERED, done_at=NOON),
            asked(4, outcome=Outcome.WEAK),
            Sent(asked(5), NOON),
            Sent(asked(6, outcome=Outcome.UNCOVERED), NOON),
            asked(7, outcome=Outcome.UNCOVERED, server=THERE),
        ]
    )

    (gap,) = reader.gaps(HERE)
    assert [row.id for row in gap.questions] == [asked(6).id, asked(5).id, asked(1).id]
    assert reader.gaps(5) == ()


def test_gap_that_is_done_is_gone_until_it_is_asked_again(log: QueryLog, reader: LogReader) -> None:
    log.write([asked(n, outcome=Outcome.UNCOVERED) for n in range(3)])
    log.write([asked(3, outcome=Outcome.UNCOVERED, server=THERE)])

    assert log.finish(THERE, [asked(0).id], NOON) == 0
    assert log.finish(HERE, [asked(n).id for n in range(4)], NOON) == 3
    assert reader.gaps(HERE) == ()
    log.write([asked(4, outcome=Outcome.UNCOVERED)])

    (gap,) = reader.gaps(HERE)
    assert [row.id for row in gap.questions] == [asked(4).id]
    assert len(reader.gaps(THERE)) == 1


def test_operator_is_done_with_the_questions_of_all_servers_however_many(log: QueryLog, reader: LogReader) -> None:
    log.write([asked(n, outcome=Outcome.UNCOVERED, server=n % 3 or None) for n in range(600)])

    assert log.finish(None, [asked(n).id for n in range(600)], NOON) == 600
    assert reader.gaps(None) == ()


def test_clearing_deletes_everything_of_one_server(log: QueryLog, reader: LogReader, database: Database) -> None:
    log.write([asked(1), asked(2), asked(3, server=THERE), asked(4, server=None)])
    log.write([Judged(asked(1).id, True, NOON), Opened(None, HERE, ICE, NOON), Opened(None, THERE, ICE, NOON)])

    assert log.clear(HERE) == 2

    assert {row.id for row in recent(log, 9)} == {asked(3).id, asked(4).id}
    with database.reading() as connection:
        assert connection.execute(select(opened.c.server)).all() == [(THERE,)]
        assert connection.execute(select(feedback)).all() == []


QUERIES: dict[str, Callable[[LogReader, int | None], object]] = {
    "summary": lambda reader, server: reader.summary(server, days=2, today=TODAY, listed=5),
    "recent": lambda reader, server: reader.recent(server, Outcome.WEAK, 1, size=5),
    "every": lambda reader, server: list(reader.every(server, NOON)),
    "gaps": lambda reader, server: reader.gaps(server),
    "question": lambda reader, server: reader.question(server, asked(1).id),
}


@pytest.mark.parametrize("server", [HERE, None], ids=["one server", "all"])
@pytest.mark.parametrize("query", QUERIES)
def test_no_query_goes_through_all_rows(database: Database, log: QueryLog, query: str, server: int | None) -> None:
    kinds = list(Outcome)
    log.write([asked(n, server=n % 50, at=NOON - timedelta(hours=n), outcome=kinds[n % 3]) for n in range(3000)])
    reader = LogReader(database)
    plans: list[str] = []
    sqlite = isinstance(database, SqliteDatabase)
    with database.writing() as connection:
        connection.execute(text("ANALYZE"))

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if not sqlite:
            # A table as small as this one it reads as a whole, where it may.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{statement}", parameters)
        plans.append("\n".join(str(row) for row in cursor.fetchall()))

    engine = database._opened()
    event.listen(engine, "before_cursor_execute", note)
    QUERIES[query](reader, server)
    event.remove(engine, "before_cursor_execute", note)

    assert plans
    for plan in plans:
        assert "SCAN question" not in plan, plan
        assert "Seq Scan on question" not in plan, plan
