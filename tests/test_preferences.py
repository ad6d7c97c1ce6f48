"""The settings of servers: the operator's where nothing was chosen, and never a failure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from bot.database import Database, DatabaseUnavailable, SqliteDatabase
from bot.database.tables import server_settings
from bot.preferences import Preferences, ServerSettings
from bot.querylog import QueryLog
from bot.settings import LogMode, Settings
from tests.test_querylog import ASKED, asked, recent

OURS = Settings(QUOTH_PASSAGES=2, QUOTH_LOG="gaps")


def test_server_without_a_choice_has_the_settings_of_the_operator(database: Database) -> None:
    preferences = Preferences(database, OURS)
    preferences.load()

    assert preferences.of(7) == preferences.of(None) == ServerSettings(False, 2, LogMode.GAPS)


def test_what_was_chosen_outlives_a_restart_and_holds_in_one_server_alone(
    new_database: Callable[[], Database],
) -> None:
    first = Preferences(new_database(), OURS)
    first.change(7, channels=(1, 2), log_mode=LogMode.OFF)
    first.change(7, passages=5, language="de")
    chosen = ServerSettings(False, 5, LogMode.OFF, channels=(1, 2), language="de")
    assert first.of(7) == chosen

    later = Preferences(new_database(), OURS)
    later.load()

    assert (later.of(7), later.of(8)) == (chosen, later.defaults)


def test_only_what_was_chosen_is_kept_so_the_operator_may_change_the_rest(database: Database) -> None:
    Preferences(database, OURS).change(7, private=True)
    Preferences(database, OURS).change(7, language="de")
    Preferences(database, OURS).change(7, language=None)

    with database.reading() as connection:
        assert connection.execute(select(server_settings.c.settings)).scalar() == {"private": True}
    later = Preferences(database, Settings(QUOTH_PASSAGES=4))
    later.load()
    assert (later.of(7).passages, later.of(7).private) == (4, True)


@pytest.mark.parametrize("change", [{"colour": "red"}, {"passages": "many"}, {"passages": 6}, {"log_mode": "some"}])
def test_setting_that_cannot_be_used_is_refused(database: Database, change: dict[str, object]) -> None:
    preferences = Preferences(database, OURS)

    with pytest.raises(ValueError, match=r"^A setting of a server has no such name or value\.$"):
        preferences.change(7, **change)

    assert preferences.of(7) == preferences.defaults


def test_setting_of_a_later_quoth_does_not_cost_the_others(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with database.writing() as connection:
        row = {"passages": 1, "colour": "red", "mentions": "maybe"}
        connection.execute(insert(server_settings).values(server=7, settings=row))
    preferences = Preferences(database, OURS)

    preferences.load()

    assert preferences.of(7) == ServerSettings(False, 1, LogMode.GAPS)
    assert "The setting colour of server 7 is not understood; the default holds." in caplog.text


def test_dead_database_means_the_operators_settings_and_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("in the way")
    preferences = Preferences(SqliteDatabase(tmp_path / "data" / "quoth.sqlite3"), OURS)

    preferences.load()

    assert preferences.of(7) == preferences.defaults
    (record,) = caplog.records
    assert record.getMessage().endswith("The settings of servers are the operator's until it can be read.")
    with pytest.raises(DatabaseUnavailable):
        preferences.change(7, private=True)


def test_server_that_chose_off_stays_off_while_its_choice_cannot_be_read(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "data" / "quoth.sqlite3")
    Preferences(database, Settings()).change(7, log_mode=LogMode.OFF)
    database.close()
    (tmp_path / "data").rename(tmp_path / "away")
    (tmp_path / "data").write_text("in the way")
    preferences = Preferences(database, Settings())
    preferences.load()
    log = QueryLog(database, mode_of=preferences.log_mode)
    with pytest.raises(DatabaseUnavailable):
        log.write([asked(1, server=7)])

    (tmp_path / "data").unlink()
    (tmp_path / "away").rename(tmp_path / "data")
    log.write([asked(1, server=7), ASKED])

    assert recent(log, 10) == [ASKED]
    database.close()
