"""The writer of the log on real databases with real faults: no answer waits, and what is lost is counted."""

from __future__ import annotations

import logging
import os
import pwd
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from threading import enumerate as threads

import pytest
from pydantic import SecretStr

from bot import app
from bot.database import Database, PostgresDatabase, SqliteDatabase
from bot.querylog import Asked, Door, Forgotten, Judged, LogReader, Opened, QueryLog, Writer
from bot.querylog.writer import _BATCH
from bot.settings import LogMode, Settings
from tests.browser import ROOT
from tests.disks import fill, mounted, turn
from tests.postgres import Postgres
from tests.test_querylog import ASKED, CITED, NOON, asked, recent

QUESTION = "When did Kosovo declare independence?"


@contextmanager
def writing(database: Database, *, room: int = 10_000, keep: timedelta = timedelta(days=3650)) -> Iterator[Writer]:
    log = QueryLog(database, mode_of=lambda server: LogMode.FULL)
    writer = Writer(log, keep=keep, now=lambda: datetime.now(UTC), clock=time.monotonic, room=room)
    try:
        yield writer
    finally:
        writer.close()


def kept(database: Database) -> list[Asked]:
    return recent(QueryLog(database, mode_of=lambda server: LogMode.FULL), 100_000)


def soon(true: Callable[[], object]) -> bool:
    """Whether it comes true within some seconds."""
    until = time.monotonic() + 10
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(true())


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_everything_that_was_put_is_written_at_the_end(database: Database) -> None:
    with writing(database) as writer:
        for number in range(3000):
            writer.put(asked(number))

    assert len(kept(database)) == 3000
    assert writer.lost == 0


def test_entry_is_written_within_a_second(database: Database) -> None:
    with writing(database) as writer:
        writer.put(asked(0))
        assert writer.settle(30)
        began = time.monotonic()
        writer.put(asked(1))

        assert writer.settle(30)
        assert time.monotonic() - began < 1


def test_neither_the_end_nor_a_whole_batch_waits_for_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.querylog.writer.FLUSH_SECONDS", 3600.0)
    with writing(database) as writer:
        for number in range(_BATCH):
            writer.put(asked(number))
        assert soon(lambda: not writer.waiting)
        writer.put(asked(_BATCH))

    assert len(kept(database)) == _BATCH + 1
    assert writer.lost == 0


def test_waiting_for_what_was_put_ends_while_others_go_on_putting(database: Database) -> None:
    kept(database)
    done = Event()

    def put() -> None:
        for number in count():
            writer.put(asked(number))
            if done.wait(0.001):
                return

    with writing(database) as writer:
        thread = Thread(target=put)
        thread.start()
        began = time.monotonic()
        waited = [writer.settle(5) for _ in range(5)]
        took = time.monotonic() - began
        done.set()
        thread.join()

    assert all(waited)
    assert took < 2


def test_question_that_is_not_written_yet_can_be_forgotten(database: Database) -> None:
    with writing(database) as writer:
        writer.put(ASKED)
        writer.put(asked(1))
        writer.put(Forgotten(ASKED.id))

    assert [row.id for row in kept(database)] == [asked(1).id]


def test_row_that_the_database_refuses_takes_no_other_along(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(database) as writer:
        for number in range(20):
            # An id of 64 bits is the largest number that fits.
            writer.put(asked(number, server=2**70) if number == 7 else asked(number))

    assert len(kept(database)) == 19
    assert writer.lost == 1
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "Something about a question could not be kept; answers go on."
    ]
    assert "When did the harbour" not in caplog.text


def test_old_questions_are_deleted_at_the_start(database: Database) -> None:
    QueryLog(database, mode_of=lambda server: LogMode.FULL).write([asked(0, at=datetime(2020, 1, 1, tzinfo=UTC))])

    with writing(database, keep=timedelta(days=30)) as writer:
        writer.put(asked(1, at=datetime.now(UTC)))

    assert [row.id for row in kept(database)] == [asked(1).id]


def test_clock_that_is_set_right_does_not_put_off_the_daily_deletion(database: Database) -> None:
    old = datetime(2026, 1, 1, tzinfo=UTC)
    now, seconds = [datetime(2036, 1, 1, tzinfo=UTC)], [0.0]
    log = QueryLog(database, mode_of=lambda server: LogMode.FULL)
    writer = Writer(log, keep=timedelta(days=30), now=lambda: now[0], clock=lambda: seconds[0])
    writer.start()
    assert writer.settle(30)
    # Ten years back, to the right time; the first deletion was by the wrong one.
    now[0] = old
    writer.put(asked(0, at=old))
    writer.put(asked(1, at=old + timedelta(days=40)))
    assert writer.settle(30)
    assert len(kept(database)) == 2

    now[0], seconds[0] = old + timedelta(days=41), 24 * 3600.0
    writer.put(asked(2, at=now[0]))
    writer.close()

    assert {row.id for row in kept(database)} == {asked(1).id, asked(2).id}


def test_deletion_that_could_not_be_made_is_tried_a_minute_later(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3", busy_seconds=0.1)
    log = QueryLog(database, mode_of=lambda server: LogMode.FULL)
    log.write([asked(0, at=NOON - timedelta(days=31))])
    seconds = [0.0]
    writer = Writer(log, keep=timedelta(days=30), now=lambda: NOON, clock=lambda: seconds[0])
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer.start()
        assert soon(lambda: writer.failing)
        other.execute("ROLLBACK")

    seconds[0] = 59.0
    writer.put(asked(1))
    assert writer.settle(30)
    assert len(kept(database)) == 2
    seconds[0] = 60.0
    assert soon(lambda: len(kept(database)) == 1)
    writer.close()
    database.close()


def test_time_to_keep_that_no_calendar_holds_costs_no_question(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")

    with writing(database, keep=timedelta(days=1_000_000)) as writer:
        writer.put(ASKED)

    assert kept(database) == [ASKED]
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert told == ["Old questions could not be deleted; it is tried again tomorrow."]
    database.close()


def test_log_without_a_time_to_keep_deletes_nothing(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    log = QueryLog(database, mode_of=lambda server: LogMode.FULL)
    writer = Writer(log, keep=None, now=lambda: NOON, clock=time.monotonic)

    writer.put(asked(0, at=datetime(1990, 1, 1, tzinfo=UTC)))
    writer.close()

    assert len(kept(database)) == 1
    database.close()


def test_writer_is_failing_until_it_can_write_and_says_so_every_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    database = SqliteDatabase(tmp_path / "data" / "quoth.sqlite3")
    seconds = [100.0]
    log = QueryLog(database, mode_of=lambda server: LogMode.FULL)
    writer = Writer(log, keep=None, now=lambda: NOON, clock=lambda: seconds[0])
    assert writer.failing is False
    writer.put(asked(0))
    assert soon(lambda: writer.failing)
    seconds[0] = 159.0
    # It tries every second.
    time.sleep(1.2)
    assert len(warnings(caplog)) == 1
    assert warnings(caplog)[0].endswith(" Answers go on; entries of the log that wait: 1, that are lost: 0.")

    seconds[0] = 160.0
    assert soon(lambda: len(warnings(caplog)) == 2)
    (tmp_path / "data").unlink()
    assert writer.settle(30)

    assert not writer.failing
    assert warnings(caplog)[2:] == ["The database can be written again."]
    writer.close()
    database.close()


def test_thread_of_the_log_is_called_so_and_holds_up_no_end_of_the_program(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    before = threads()

    with writing(database) as writer:
        writer.start()
        (its,) = [thread for thread in threads() if thread not in before]

    assert (its.name, its.daemon) == ("query-log", True)
    assert not its.is_alive()
    database.close()


def test_what_comes_after_the_end_is_lost_and_counted(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    with writing(database) as writer:
        writer.put(asked(0))
    began = time.monotonic()

    writer.put(asked(1))
    writer.close()

    assert writer.lost == 1
    assert writer.settle(0)
    assert [row.id for row in kept(database)] == [asked(0).id]
    with writing(database) as unused:
        assert unused.settle(0)
    assert time.monotonic() - began < 2
    database.close()


def test_what_members_decide_has_a_tenth_more_room(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    database = SqliteDatabase(tmp_path / "data" / "quoth.sqlite3")
    with writing(database, room=20) as writer:
        for number in range(21):
            writer.put(asked(number))
        writer.put(Opened(None, None, CITED, NOON))
        assert (writer.waiting, writer.lost) == (20, 2)

        for number in range(3):
            writer.put(Forgotten(asked(number).id))
        assert (writer.waiting, writer.lost) == (22, 3)

        (tmp_path / "data").unlink()
        assert writer.settle(30)
    assert {row.id for row in kept(database)} == {asked(number).id for number in range(2, 20)}
    database.close()


def test_locked_file_costs_only_what_does_not_fit_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3", busy_seconds=0.1)
    kept(database)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other, writing(database, room=100) as writer:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        for number in range(150):
            writer.put(asked(number))
        assert time.monotonic() - began < 0.1
        assert not writer.settle(2.5)
        assert writer.lost == 50

        # What members decide about theirs has a room of its own.
        writer.put(Forgotten(asked(0).id))
        other.execute("ROLLBACK")
        assert writer.settle(30)

    assert {row.id for row in kept(database)} == {asked(number).id for number in range(1, 100)}
    failed, again = warnings(caplog)
    assert "database is locked" in failed
    assert "Answers go on; entries of the log that wait: 100, that are lost: 50." in failed
    assert again == "The database can be written again."
    database.close()


def test_database_that_stays_away_holds_up_no_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    database = SqliteDatabase(tmp_path / "data" / "quoth.sqlite3")
    began = time.monotonic()

    with writing(database) as writer:
        for number in range(3):
            writer.put(asked(number))

    assert time.monotonic() - began < 4
    assert writer.lost == 3
    assert warnings(caplog)[-1] == "Entries of the log that could not be kept before the end: 3."


def test_damaged_file_is_set_aside_and_the_questions_go_into_a_new_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    database.path.write_bytes(b"no database " * 1000)

    with writing(database) as writer:
        writer.put(ASKED)
        assert writer.settle(30)

    assert kept(database) == [ASKED]
    assert any("It is damaged and was set aside as quoth.sqlite3.damaged-" in told for told in warnings(caplog))
    database.close()


def test_file_damaged_in_its_middle_is_set_aside_while_it_is_written(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    QueryLog(database, mode_of=lambda server: LogMode.FULL).write([asked(number) for number in range(500)])
    database.close()
    size = database.path.stat().st_size
    with database.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))

    with writing(database) as writer:
        writer.put(asked(1000))
        assert writer.settle(30)

    assert [row.id for row in kept(database)] == [asked(1000).id]
    assert list(tmp_path.glob("*.damaged-*"))
    database.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 600 kB."""
    with mounted(tmp_path / "disk", "600k") as disk:
        yield disk


def test_two_processes_write_into_one_database(new_database: Callable[[], Database]) -> None:
    with writing(new_database()) as one, writing(new_database()) as other:
        for number in range(1000):
            (one if number % 2 else other).put(asked(number))

    assert len(kept(new_database())) == 1000
    assert one.lost == other.lost == 0


def test_folder_that_turns_read_only_costs_no_answer_and_no_row(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = SqliteDatabase(small_disk / "quoth.sqlite3")
    with writing(database) as writer:
        writer.put(asked(0))
        assert writer.settle(30)
        # A disk with a file that is open for writing cannot be turned.
        database.close()
        turn(small_disk, "ro")
        writer.put(asked(1))
        assert not writer.settle(2)
        told = warnings(caplog)[0]
        assert "cannot be written" in told
        assert "Answers go on; entries of the log that wait: 1, that are lost: 0." in told

        turn(small_disk, "rw")
        assert writer.settle(30)

    assert {row.id for row in kept(database)} == {asked(0).id, asked(1).id}
    database.close()


@pytest.fixture
def own_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose permissions bind this process: root, whom none binds, is somebody else for as long."""
    with TemporaryDirectory() as name:
        if os.geteuid():
            yield Path(name)
            return
        # What the first use imports may stand where only root may read, as a Python in its home does.
        database = SqliteDatabase(tmp_path / "first.sqlite3")
        kept(database)
        database.close()
        nobody = pwd.getpwnam("nobody").pw_uid
        os.chown(name, nobody, -1)
        os.seteuid(nobody)
        try:
            # The migrations are read from there whenever the database is opened.
            if not os.access(Path(__file__), os.R_OK, effective_ids=True):
                pytest.skip("Nobody but root may read the project here.")
            yield Path(name)
        finally:
            os.seteuid(0)


def test_permission_that_is_taken_away_costs_no_answer_and_no_row(
    own_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = SqliteDatabase(own_folder / "quoth.sqlite3")
    with writing(database) as writer:
        writer.put(asked(0))
        assert writer.settle(30)
        # What is open already may still be written.
        database.close()
        database.path.chmod(0o400)
        own_folder.chmod(0o500)
        writer.put(asked(1))
        assert not writer.settle(2)
        assert "cannot be written" in warnings(caplog)[0]

        own_folder.chmod(0o700)
        database.path.chmod(0o600)
        assert writer.settle(30)

    assert {row.id for row in kept(database)} == {asked(0).id, asked(1).id}
    assert writer.lost == 0
    database.close()


def test_file_that_vanishes_while_questions_come_is_made_anew(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")
    with writing(database) as writer:
        writer.put(asked(0))
        assert writer.settle(30)
        for path in tmp_path.iterdir():
            path.unlink()
        writer.put(asked(1))
        assert writer.settle(30)

    assert [row.id for row in kept(database)] == [asked(1).id]
    assert writer.lost == 0
    database.close()


def test_full_disk_costs_only_what_does_not_fit(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = SqliteDatabase(small_disk / "quoth.sqlite3")
    with writing(database, room=100) as writer:
        writer.put(ASKED)
        assert writer.settle(30)
        ballast = fill(small_disk)
        for number in range(150):
            writer.put(asked(number))
        assert not writer.settle(2)
        assert "disk is full" in warnings(caplog)[0] or "disk I/O error" in warnings(caplog)[0]

        ballast.unlink()
        assert writer.settle(30)
        assert writer.lost == 50

    assert len(kept(database)) == 101
    database.close()


def test_cut_or_garbled_write_ahead_log_costs_only_the_last_rows(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "whole" / "quoth.sqlite3")
    log = QueryLog(database, mode_of=lambda server: LogMode.FULL)
    # Three are in the file itself, of which the log knows nothing any more.
    for number in range(3):
        log.write([asked(number)])
    assert database.scrub()
    for number in range(3, 30):
        log.write([asked(number)])
    files = {path.name: path.read_bytes() for path in database.path.parent.iterdir() if not path.name.endswith("-shm")}
    database.close()
    ahead = files["quoth.sqlite3-wal"]
    assert len(ahead) > 27 * 4096
    chance = random.Random(5)
    left = []
    for run in range(100):
        at = chance.randrange(len(ahead))
        files["quoth.sqlite3-wal"] = ahead[:at] if run % 2 else ahead[:at] + chance.randbytes(64) + ahead[at + 64 :]
        (tmp_path / str(run)).mkdir()
        for name, data in files.items():
            (tmp_path / str(run) / name).write_bytes(data)
        again = SqliteDatabase(tmp_path / str(run) / "quoth.sqlite3")

        found = sorted(row.id for row in kept(again))
        assert found == [asked(number).id for number in range(len(found))]
        left.append(len(found))
        again.close()

    assert min(left) >= 3
    assert len(set(left)) > 20


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "quoth.sqlite3")

    with database.writing() as connection:
        # https://sqlite.org/pragma.html#pragma_synchronous: 2 is FULL
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    database.close()


def test_server_that_is_down_at_the_start_costs_nothing(postgres: Postgres) -> None:
    database = PostgresDatabase(postgres.new())
    postgres.stop()
    with writing(database) as writer:
        writer.start()
        writer.put(asked(0))
        assert not writer.settle(2)

        postgres.start()
        assert writer.settle(30)

    assert [row.id for row in kept(database)] == [asked(0).id]
    database.close()


def test_server_that_is_killed_and_comes_back_costs_nothing(
    postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    database = PostgresDatabase(postgres.new())
    with writing(database) as writer:
        writer.put(asked(0))
        assert writer.settle(30)
        postgres.stop()
        writer.put(asked(1))
        assert not writer.settle(2)

        postgres.start()
        assert writer.settle(30)

    assert [row.id for row in kept(database)] == [asked(1).id, asked(0).id]
    assert warnings(caplog)[-1] == "The database can be written again."
    database.close()


def test_server_that_is_killed_before_it_confirms_makes_nothing_double(postgres: Postgres) -> None:
    database = PostgresDatabase(postgres.new())
    kept(database)
    # A commit is kept, and then waits for a second server that there is not: nobody is told that it is kept.
    postgres.run_sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    postgres.run_sql("SELECT pg_reload_conf()")
    # It holds from the next start on.
    postgres.run_sql("ALTER SYSTEM RESET synchronous_standby_names")
    with writing(database) as writer:
        writer.put(ASKED)
        writer.put(Judged(ASKED.id, True, NOON))
        writer.put(Opened(ASKED.id, ASKED.server, CITED, NOON))
        until = time.monotonic() + 10
        while not postgres.run_sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"):
            assert time.monotonic() < until
            time.sleep(0.05)
        postgres.stop()
        postgres.start()
        assert writer.settle(30)

    kept_of = LogReader(database).question(None, ASKED.id)
    assert kept_of is not None
    assert (kept_of.votes, kept_of.opened) == (((None, True),), (CITED,))
    database.close()


def test_killed_at_any_moment_the_log_has_what_was_written(tmp_path: Path) -> None:
    killing = subprocess.run(
        [sys.executable, "-m", "tests.killing_writes", str(tmp_path / "quoth.sqlite3"), "60"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert killing.returncode == 0, killing.stderr
    assert killing.stdout.startswith("60 kills")
    assert int(killing.stdout.split()[5]) > 60


@pytest.mark.parametrize("after", [0.3, 1.6, 2.4])
def test_kill_costs_at_most_the_last_second(new_database: Callable[[], Database], tmp_path: Path, after: float) -> None:
    database = new_database()
    kept(database)
    address = database._url.render_as_string() if isinstance(database, PostgresDatabase) else ""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.writing", str(tmp_path / "data" / app.DATABASE), address],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    killed = time.time()
    put = [line.split() for line in process.stdout.read().splitlines() if line.count(" ") == 1]
    process.stdout.close()
    process.wait()

    ids = {row.id for row in kept(database)}
    old = [name for name, at in put if killed - float(at) > 1]
    assert ids >= set(old)
    assert len(put) > 10


async def test_locked_database_delays_no_answer(settings: Settings) -> None:
    async with app.quoth(settings, kept=True) as quoth:
        await quoth.curator.start()
        with closing(sqlite3.connect(settings.data / app.DATABASE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()

            answers = [await quoth.service.ask(QUESTION, door=Door.SLASH) for _ in range(20)]

            assert time.monotonic() - began < 1
            assert all(answer.passages for answer in answers)
            assert len({answer.id for answer in answers}) == 20
            other.execute("ROLLBACK")
    database = app.remembered(settings)
    assert {row.id for row in kept(database)} == {answer.id for answer in answers}
    database.close()


async def test_server_that_is_killed_delays_no_answer(settings: Settings, postgres: Postgres) -> None:
    address = SecretStr(postgres.new())
    settings = settings.model_copy(update={"database_url": address})
    async with app.quoth(settings, kept=True) as quoth:
        await quoth.curator.start()
        postgres.stop()
        began = time.monotonic()

        answers = [await quoth.service.ask(QUESTION, door=Door.SLASH) for _ in range(20)]

        assert time.monotonic() - began < 1
        assert all(answer.passages for answer in answers)
        postgres.start()
    database = app.remembered(settings)
    assert {row.id for row in kept(database)} >= {answer.id for answer in answers}
    database.close()


async def test_log_that_cannot_be_written_is_told_once_and_answers_go_on(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.data.write_text("a file where the folder should be")
    async with app.quoth(settings, kept=True) as quoth:
        await quoth.curator.start()

        answers = [await quoth.service.ask(QUESTION, door=Door.SLASH) for _ in range(3)]

    assert all(answer.passages for answer in answers)
    assert len([told for told in warnings(caplog) if "Answers go on" in told]) == 1
    assert len([told for told in warnings(caplog) if "The settings of servers are the operator's" in told]) == 1
