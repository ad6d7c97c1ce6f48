"""Where Quoth keeps what it remembers: one SQLite file, or PostgreSQL where the operator names one."""

from pathlib import Path

from bot.database.database import Database, DatabaseUnavailable, NewerDatabase
from bot.database.postgres import PostgresDatabase
from bot.database.sqlite import SqliteDatabase

__all__ = ["Database", "DatabaseUnavailable", "NewerDatabase", "PostgresDatabase", "SqliteDatabase", "database"]


def database(file: Path, url: str | None) -> Database:
    """The database at *url*, or the SQLite *file* without one. Nothing is opened yet."""
    return SqliteDatabase(file) if url is None else PostgresDatabase(url)
