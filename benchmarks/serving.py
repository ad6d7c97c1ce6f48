"""The bot without Discord over real paragraphs: what a door asks, and what lies behind it."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.load import written
from bot import app
from bot.querylog import QueryLog, Writer
from bot.service import Service
from bot.settings import LogMode, Settings
from retrieval.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Served:
    """A service over so many paragraphs that answers whoever asks, and logs it."""

    service: Service
    writer: Writer
    snapshot: Snapshot
    questions: list[str]
    """One about each of the articles."""


@asynccontextmanager
async def serving(source: Path, size: int) -> AsyncIterator[Served]:
    """*size* paragraphs of *source*, which is what `benchmarks.debian_text` made, with the usual settings."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        settings = Settings(QUOTH_ARTICLES=folder / "articles", QUOTH_DATA=folder)
        questions = written(source, settings.articles, size)
        shelf = app.shelf(settings, kept=False)
        shelf.shared.activate(shelf.shared.reload(), by="benchmark", at=datetime.now(UTC))
        memory = app.remembered(settings)
        log = QueryLog(memory, mode_of=lambda _: LogMode.FULL)
        writer = Writer(log, keep=None, now=_now, clock=time.monotonic)
        service = Service(
            shelf,
            writer,
            passages=settings.passages,
            asks_per_minute=settings.asks_per_minute,
            ids=lambda: secrets.token_hex(8),
            now=_now,
            clock=time.monotonic,
            asked=lambda _outcome, _seconds: None,
        )
        try:
            yield Served(service, writer, shelf.shared.current, questions)
        finally:
            await service.close()
            memory.close()


def _now() -> datetime:
    return datetime.now(UTC)
