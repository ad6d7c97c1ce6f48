"""PostgreSQL, through psycopg."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, make_url

from bot.database.database import Database


class PostgresDatabase(Database):
    """A database on a server. A connection that broke is noticed before it is used, and made anew."""

    def __init__(self, url: str) -> None:
        """*url*: like `postgresql+psycopg://user:password@host/database`."""
        self._url = make_url(url)
        super().__init__(f"{self._url.database} on {self._url.host or 'this machine'}")

    def _connected(self) -> Engine:
        return create_engine(
            self._url,
            pool_pre_ping=True,
            hide_parameters=True,
            # https://www.postgresql.org/docs/current/libpq-connect.html: seconds, and milliseconds without an answer.
            connect_args={"connect_timeout": 3, "tcp_user_timeout": 5000},
        )
