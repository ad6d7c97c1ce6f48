"""Brings the schema of a database up to date, with the migrations of this package."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

# alembic takes a tenth of a second to import, which commands without a database need not wait for.

_LOCK = 0x51756F7468
"""Names our lock among those of a PostgreSQL server: “Quoth” in ASCII."""


class UnknownRevision(Exception):
    """The database has a revision that is not among ours."""


def revisions() -> list[str]:
    """All revisions, the first one first."""
    from alembic.script import ScriptDirectory

    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def migrate(engine: Engine, back_up: Callable[[str], None], *, to: str | None = None) -> None:
    """Bring the database to revision *to*, the newest unless told; all of it in one transaction.

    *back_up* is called with that revision before anything that is there is changed.

    Raises:
        UnknownRevision: It is none of ours; nothing was changed.

    """
    from alembic import command

    known = revisions()
    to = to or known[-1]
    with engine.connect() as connection:
        if _revision(connection, known) == to:
            return
    with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        # Another process may have been faster.
        if _revision(connection, known) == to:
            return
        if inspect(connection).get_table_names():
            back_up(to)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def _revision(connection: Connection, known: list[str]) -> str | None:
    from alembic.runtime.migration import MigrationContext

    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in known:
        raise UnknownRevision(f"revision {found}; this one knows {known[-1]}")
    return found


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "bot.database:migrations")
    return config
