"""The query log on real databases: what is kept in each mode, what is deleted, and what hangs together."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sqlalchemy import func, select

from bot import app
from bot.database import Database
from bot.database.tables import feedback, metadata, opened
from bot.querylog import Asked, Door, Entry, Forgotten, Judged, LogReader, Opened, Pseudonyms, QueryLog, Sent
from bot.service import BadQuestion, Service, TooSoon
from bot.settings import LogMode, Settings
from retrieval.model import CitationId, Outcome

NOON = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
CITED = CitationId("1.harbour-news.aaaabbbbcccc")
ASKED = Asked(
    id="00000000000000aa",
    at=NOON,
    door=Door.SLASH,
    server=81384788765712384,
    question="When did the harbour freeze?",
    outcome=Outcome.ANSWERED,
    shown=((CITED, 3.25), (CitationId("1.ice.ddddeeeeffff"), 1.5)),
    terms=("harbour",),
    missing=("freeze",),
    language="en",
    index_version="0a1b2c3d",
    engine="rank-bm25",
    milliseconds=0.75,
)
SENT = replace(ASKED, sent_at=NOON)

QUESTION = "When did Kosovo declare independence?"

NewLog = Callable[[LogMode], QueryLog]


@pytest.fixture
def new_log(database: Database) -> NewLog:
    return lambda mode: QueryLog(database, mode_of=lambda server: mode)


@pytest.fixture
def log(new_log: NewLog) -> QueryLog:
    return new_log(LogMode.FULL)


def recent(log: QueryLog, limit: int) -> list[Asked]:
    """The last questions, newest first."""
    return list(LogReader(log._database).recent(None, None, 1, size=limit).questions)


def asked(number: int, **changes: object) -> Asked:
    own: dict[str, Any] = {"id": f"{number:016x}", "at": NOON + timedelta(seconds=number)}
    return replace(ASKED, **own | changes)


def test_a_question_comes_back_as_it_was_kept(log: QueryLog) -> None:
    log.write([replace(ASKED, asker="ab" * 16)])

    assert recent(log, 10) == [replace(ASKED, asker="ab" * 16)]


@pytest.mark.parametrize("door", Door)
def test_every_door_is_kept(log: QueryLog, door: Door) -> None:
    log.write([replace(ASKED, door=door)])

    assert recent(log, 1)[0].door is door


def test_a_question_with_half_a_character_is_kept_with_a_mark_for_it(log: QueryLog) -> None:
    log.write([replace(ASKED, question="When did \udcff\0freeze?", missing=("\ud800x",), terms=("\0y",))])

    (kept,) = recent(log, 1)

    assert (kept.question, kept.missing, kept.terms) == ("When did ??freeze?", ("?x",), ("?y",))


def test_newest_comes_first(log: QueryLog) -> None:
    log.write([asked(1), asked(3), asked(2)])

    assert [kept.id for kept in recent(log, 2)] == [asked(3).id, asked(2).id]


def test_batch_that_is_written_twice_is_kept_once(log: QueryLog) -> None:
    log.write([asked(1), asked(2)])
    log.write([asked(1), asked(2), asked(3)])

    assert len(recent(log, 10)) == 3


def test_votes_and_sources_of_a_batch_that_is_written_twice_are_kept_once(log: QueryLog, database: Database) -> None:
    vote = Judged(ASKED.id, True, NOON)
    batch: list[Entry] = [
        ASKED,
        vote,
        Judged(ASKED.id, True, NOON),
        replace(vote, helpful=False),
        Opened(ASKED.id, ASKED.server, CITED, NOON),
        Opened(ASKED.id, ASKED.server, CITED, NOON),
        Opened(None, None, CITED, NOON),
    ]
    for _ in range(2):
        log.write(batch)

    with database.reading() as connection:
        assert sorted(connection.execute(select(feedback.c.helpful)).scalars()) == [False, True]
        assert connection.execute(select(func.count()).select_from(opened)).scalar() == 3


def test_times_and_answers_citing_are_those_of_the_server(log: QueryLog) -> None:
    log.write([asked(n, milliseconds=float(n), server=n % 2) for n in range(1, 101)])

    assert log.milliseconds(None) == pytest.approx((50.5, 95.05))
    assert log.milliseconds(1) == pytest.approx((50.0, 94.1))
    assert log.milliseconds(7) is None
    assert (log.answers_citing({CITED}, None), log.answers_citing({CITED}, 0)) == (100, 50)
    assert log.answers_citing({CitationId("1.other.ddddeeeeffff")}, None) == 0


def test_times_are_those_of_the_last_thousand(log: QueryLog) -> None:
    times = [5000.0] + [1.0] * 950 + [2.0] * 50
    log.write([asked(n, milliseconds=took) for n, took in reversed([*enumerate(times)])])

    assert log.milliseconds(None) == pytest.approx((1.0, 1.05))
    assert log.milliseconds(None, 60) == pytest.approx((2.0, 2.0))


def test_answers_that_cite_one_of_many_are_counted_once_and_without_some_servers(log: QueryLog) -> None:
    names = [CitationId(f"1.ice.{number:012d}") for number in range(600)]
    log.write(
        [
            asked(1, shown=((names[0], 2.0), (names[599], 1.0))),
            asked(2, shown=((names[599], 2.0),), server=7),
            asked(3, shown=((names[0], 2.0),), server=None),
        ]
    )

    assert log.answers_citing(names, None) == 3
    assert log.answers_citing(names, None, without=[7]) == 2
    assert log.answers_citing(names[:1], None) == 2


def test_question_is_kept_until_it_is_forgotten(log: QueryLog) -> None:
    log.write([asked(1), asked(2), Forgotten(asked(1).id)])

    assert log.keeps(asked(2).id)
    assert not log.keeps(asked(1).id)


def test_gaps_keep_no_word_that_is_not_in_the_articles(new_log: NewLog) -> None:
    log = new_log(LogMode.GAPS)

    log.write([ASKED])

    assert recent(log, 1) == [replace(ASKED, question=None, missing=())]


def test_each_server_has_its_own_way_of_keeping(database: Database) -> None:
    modes = {7: LogMode.OFF, 8: LogMode.GAPS, None: LogMode.FULL}
    log = QueryLog(database, mode_of=modes.__getitem__)

    log.write([asked(number, server=server) for number, server in enumerate(modes)])

    assert [(kept.server, kept.question) for kept in recent(log, 9)] == [(None, ASKED.question), (8, None)]


def test_off_keeps_nothing(new_log: NewLog) -> None:
    log = new_log(LogMode.OFF)

    log.write([ASKED, Opened(ASKED.id, ASKED.server, CITED, NOON), Judged(ASKED.id, True, NOON)])

    assert recent(log, 1) == []


def test_off_keeps_the_votes_on_a_question_that_was_sent_but_no_opened_source(new_log: NewLog) -> None:
    log = new_log(LogMode.OFF)

    log.write([Sent(ASKED, NOON), Judged(ASKED.id, True, NOON), Opened(ASKED.id, ASKED.server, CITED, NOON)])

    kept = LogReader(log._database).question(None, ASKED.id)
    assert kept is not None
    assert (kept.votes, kept.opened) == (((None, True),), ())


@pytest.mark.parametrize("mode", LogMode)
@pytest.mark.parametrize("before", [[], [ASKED]])
def test_question_that_is_sent_is_kept_with_its_text_in_every_mode(
    new_log: NewLog, mode: LogMode, before: list[Entry]
) -> None:
    log = new_log(mode)

    log.write([*before, Sent(ASKED, NOON)])

    assert recent(log, 10) == [SENT]


def test_forgetting_takes_everything_along_that_hangs_on_the_question(log: QueryLog, database: Database) -> None:
    log.write([ASKED, asked(1), Judged(ASKED.id, True, NOON), Opened(ASKED.id, ASKED.server, CITED, NOON)])

    log.write([Forgotten(ASKED.id)])

    log.write([Forgotten(ASKED.id)])
    assert [kept.id for kept in recent(log, 10)] == [asked(1).id]
    with database.reading() as connection:
        counts = {
            name: connection.execute(select(func.count()).select_from(table)).scalar()
            for name, table in metadata.tables.items()
        }
    assert counts == {"question": 1, "passage": 2, "feedback": 0, "opened": 0, "server_settings": 0}


def test_entries_of_one_batch_are_written_in_order(log: QueryLog) -> None:
    log.write([ASKED, Forgotten(ASKED.id), asked(1), Sent(ASKED, NOON), asked(2), Forgotten(asked(1).id)])

    assert {kept.id for kept in recent(log, 10)} == {ASKED.id, asked(2).id}


def test_one_vote_takes_the_place_of_another_and_other_votes_stay(log: QueryLog, database: Database) -> None:
    vote = Judged(ASKED.id, True, NOON)
    log.write([ASKED, vote, Judged(ASKED.id, True, NOON), Judged(ASKED.id, True, NOON, CITED)])

    log.write([replace(vote, helpful=False)])
    log.write([Judged(ASKED.id, False, NOON, CITED)])

    with database.reading() as connection:
        votes = connection.execute(select(feedback.c.citation, feedback.c.helpful)).all()
    assert sorted(votes, key=str) == [(CITED, False), (CITED, True), (None, False), (None, True)]


def test_vote_on_a_question_that_is_not_kept_is_not_kept_and_an_opened_source_is_without_it(
    log: QueryLog, database: Database
) -> None:
    log.write([Judged("0" * 16, True, NOON), Opened("0" * 16, 7, CITED, NOON), Opened(None, None, CITED, NOON)])

    with database.reading() as connection:
        assert connection.execute(select(feedback)).all() == []
        assert set(connection.execute(select(opened.c.question, opened.c.server))) == {(None, 7), (None, None)}


def test_erasing_deletes_the_questions_of_one_pseudonym_alone(log: QueryLog) -> None:
    log.write([asked(1, asker="a" * 32), asked(2, asker="b" * 32), asked(3, asker="a" * 32), asked(4)])

    assert log.erase("a" * 32) == 2

    assert {kept.id for kept in recent(log, 10)} == {asked(2).id, asked(4).id}


def test_pruning_deletes_what_is_older(log: QueryLog) -> None:
    log.write([asked(1), asked(2), asked(3)])

    assert log.prune(asked(3).at) == 2

    assert [kept.id for kept in recent(log, 10)] == [asked(3).id]


def test_pseudonym_is_the_same_for_a_period_also_after_a_restart_and_never_again(tmp_path: Path) -> None:
    now = [NOON]
    path = tmp_path / "data" / "asker.key"

    def pseudonyms() -> Pseudonyms:
        return Pseudonyms(path, period=timedelta(days=30), now=lambda: now[0])

    first, other = pseudonyms(), pseudonyms()
    name, key = first.of(42), path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(name) == 32
    assert name != first.of(43)
    now[0] += timedelta(days=29)
    assert first.of(42) == other.of(42) == name

    now[0] += timedelta(days=1)
    new = first.of(42)

    assert new != name
    assert new == other.of(42) == pseudonyms().of(42)
    assert all(key not in file.read_bytes() for file in path.parent.iterdir())


def test_key_has_256_bits_in_a_folder_that_is_made_for_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "keys" / "asker.key"

    Pseudonyms(path, period=timedelta(days=30), now=lambda: NOON).of(42)

    assert len(bytes.fromhex(json.loads(path.read_text())["key"])) == 32


def test_key_that_another_process_goes_on_writing_is_not_waited_for(tmp_path: Path) -> None:
    pseudonyms = Pseudonyms(tmp_path / "asker.key", period=timedelta(days=30), now=lambda: NOON)
    began = time.monotonic()

    with FileLock(tmp_path / "asker.key.lock"), pytest.raises(OSError, match=r"asker\.key\.lock"):
        pseudonyms.of(42)

    assert 1.5 < time.monotonic() - began < 10
    assert not (tmp_path / "asker.key").exists()


@pytest.mark.parametrize("kept", ["no JSON", '{"key": "ab"}', '{"key": 7, "begun": 7}', '{"key": "xy", "begun": ""}'])
def test_key_that_cannot_be_read_is_replaced(tmp_path: Path, kept: str) -> None:
    path = tmp_path / "asker.key"
    path.write_text(kept)

    name = Pseudonyms(path, period=timedelta(days=30), now=lambda: NOON).of(42)

    assert Pseudonyms(path, period=timedelta(days=30), now=lambda: NOON).of(42) == name


def test_clock_that_is_set_back_by_a_day_ends_no_key(tmp_path: Path) -> None:
    now = [NOON]
    pseudonyms = Pseudonyms(tmp_path / "asker.key", period=timedelta(days=30), now=lambda: now[0])
    name = pseudonyms.of(42)

    now[0] -= timedelta(days=1)

    assert pseudonyms.of(42) == name


def test_key_of_a_clock_that_was_ahead_does_not_outlive_its_period(tmp_path: Path) -> None:
    now = [NOON + timedelta(days=3650)]
    pseudonyms = Pseudonyms(tmp_path / "asker.key", period=timedelta(days=30), now=lambda: now[0])
    ahead = pseudonyms.of(42)

    now[0] -= timedelta(hours=1)
    assert pseudonyms.of(42) == ahead
    now[0] = NOON

    assert pseudonyms.of(42) != ahead


async def test_questions_that_are_refused_are_not_kept(settings: Settings) -> None:
    async with app.quoth(settings.model_copy(update={"asks_per_minute": 1}), kept=True) as quoth:
        await quoth.curator.start()
        for question, refusal in (("hm", BadQuestion), ("w" * 301, BadQuestion), (QUESTION, None), (QUESTION, TooSoon)):
            with pytest.raises(refusal) if refusal else nullcontext():
                await quoth.service.ask(question, door=Door.SLASH, asker=42)

    database = app.remembered(settings)
    assert [row.question for row in recent(QueryLog(database, mode_of=lambda server: LogMode.FULL), 10)] == [QUESTION]
    database.close()


async def test_uncovered_questions_are_kept_with_what_they_lack(service: Service, settings: Settings) -> None:
    answer = await service.ask("Who won the 2020 US election?", door=Door.TERMINAL)
    await service.close()

    database = app.remembered(settings)
    (kept,) = recent(QueryLog(database, mode_of=lambda server: LogMode.FULL), 10)
    database.close()
    assert (kept.id, kept.door, kept.outcome, kept.shown) == (answer.id, Door.TERMINAL, Outcome.UNCOVERED, ())
    assert (kept.missing, kept.language, kept.engine) == (("won", "2020", "election"), "en", "rank-bm25")
    assert kept.terms == ("us",)
    assert kept.asker is None


async def test_asker_is_kept_as_a_pseudonym_where_the_operator_wants_it(settings: Settings) -> None:
    wanted = settings.model_copy(update={"log_asker": "pseudonym"})
    async with app.quoth(wanted, kept=True) as quoth:
        await quoth.curator.start()
        for asker in (81384788765712384, 81384788765712384, 81384788765712385):
            await quoth.service.ask(QUESTION, door=Door.SLASH, asker=asker)

    database = app.remembered(settings)
    kept = [row.asker for row in recent(QueryLog(database, mode_of=lambda server: LogMode.FULL), 10)]
    database.close()
    assert len(set(kept)) == 2
    assert all(len(str(asker)) == 32 for asker in kept)
    assert all(b"81384788765712384" not in path.read_bytes() for path in settings.data.glob("*") if path.is_file())
