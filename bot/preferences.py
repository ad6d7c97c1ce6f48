"""What the moderators of a server chose for it, beside the operator's settings; at hand in memory."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import Select, delete, insert, select, text

from bot.database import Database, DatabaseUnavailable
from bot.database.tables import server_settings
from bot.settings import LogMode, Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How Quoth behaves in one server."""

    private: bool
    """Whether an answer is for the asker alone unless the asker says otherwise."""
    passages: Annotated[int, Field(ge=1, le=5)]
    """How many passages an answer shows."""
    log_mode: LogMode
    channels: tuple[int, ...] = ()
    """Where Quoth answers; everywhere without one."""
    mentions: bool = True
    """Whether a mention is answered."""
    language: str | None = None
    """In which cards are written for those whose own language has no words here."""
    suggestions: bool = False
    """Whether questions that were answered lately are suggested while a member types."""

    @property
    def keeps(self) -> bool:
        """Whether anything is kept of a question."""
        return self.log_mode is not LogMode.OFF

    @property
    def suggests(self) -> bool:
        """Whether questions may be suggested: those whose text is kept for nobody are not."""
        return self.suggestions and self.log_mode is LogMode.FULL


_READ = TypeAdapter(ServerSettings)

_FOLLOW_SECONDS = 5.0


def _of(server: int) -> Select[tuple[Any]]:
    return select(server_settings.c.settings).where(server_settings.c.server == server)


class Preferences:
    """The settings of all servers. `of` is from memory; the other methods that are not async belong in a thread."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self.defaults = ServerSettings(settings.private, settings.passages, settings.log)
        self._chosen: dict[int, ServerSettings] | None = None
        self._understood: dict[int, tuple[dict[str, Any], ServerSettings]] = {}
        """What was made of what is stored, so that it is not made, or complained of, again."""
        self._changing = Lock()

    def of(self, server: int | None) -> ServerSettings:
        """The settings of *server*, the defaults where nothing was chosen or could be read."""
        return self.defaults if server is None else (self._chosen or {}).get(server, self.defaults)

    def load(self) -> None:
        """Read what was chosen; when that fails, a line says so and the defaults hold until it can be read."""
        try:
            self._load()
        except DatabaseUnavailable as error:
            logger.warning("%s The settings of servers are the operator's until it can be read.", error)

    async def follow(self) -> None:
        """Take up, again and again, what another process that uses the same database has changed."""
        while True:
            await asyncio.sleep(_FOLLOW_SECONDS)
            try:
                # The writer of the log tells what is wrong with the database.
                with suppress(DatabaseUnavailable):
                    await asyncio.to_thread(self._load)
            except Exception:
                logger.exception("What another process may have chosen could not be read.")

    def log_mode(self, server: int | None) -> LogMode:
        """How much is kept of the questions in *server*, as it is chosen now, be it in another process; never guessed.

        Raises:
            DatabaseUnavailable: It cannot be read.

        """
        if server is None:
            return self.defaults.log_mode
        if self._chosen is None:
            self._load()
        with self._changing:
            with self._database.reading() as connection:
                chosen = connection.execute(_of(server)).scalar() or {}
            made = self._readable(server, chosen)
            self._chosen = {**(self._chosen or {}), server: made}
        return made.log_mode

    def change(self, server: int, **changes: Any) -> ServerSettings:
        """Choose something for *server*, by the names of `ServerSettings`; None is the operator's default again.

        Raises:
            DatabaseUnavailable: It could not be written; the old settings stay.
            ValueError: A value cannot be used; likewise.

        """
        if self._chosen is None:
            self._load()
        with self._changing:
            with self._database.writing() as connection:
                if connection.dialect.name == "postgresql":
                    # Two processes that change one server would each undo what the other did; SQLite has one writer.
                    connection.execute(text("LOCK TABLE server_settings IN SHARE ROW EXCLUSIVE MODE"))
                kept = connection.execute(_of(server)).scalar() or {}
                chosen = {name: value for name, value in {**kept, **changes}.items() if value is not None}
                made = self._made(chosen)
                chosen = {name: value for name, value in _READ.dump_python(made, mode="json").items() if name in chosen}
                connection.execute(delete(server_settings).where(server_settings.c.server == server))
                connection.execute(insert(server_settings).values(server=server, settings=chosen))
            # Read by others at the same time, and so never changed in place.
            self._chosen = {**(self._chosen or {}), server: made}
            return made

    def _load(self) -> None:
        with self._changing:
            with self._database.reading() as connection:
                rows = connection.execute(select(server_settings.c.server, server_settings.c.settings)).all()
            self._chosen = {server: self._readable(server, chosen or {}) for server, chosen in rows}

    def _readable(self, server: int, chosen: dict[str, Any]) -> ServerSettings:
        known = self._understood.get(server)
        if known is not None and known[0] == chosen:
            return known[1]
        settings = self.defaults
        for name, value in chosen.items():
            try:
                settings = self._made({name: value}, settings)
            except ValueError:
                # A later Quoth may have written it.
                logger.warning("The setting %s of server %d is not understood; the default holds.", name, server)
        self._understood[server] = chosen, settings
        return settings

    def _made(self, chosen: dict[str, Any], before: ServerSettings | None = None) -> ServerSettings:
        try:
            return _READ.validate_python(asdict(replace(before or self.defaults, **chosen)))
        except (ValidationError, TypeError):
            raise ValueError("A setting of a server has no such name or value.") from None
