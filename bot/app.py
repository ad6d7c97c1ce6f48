"""The composition root: the only place that reads a setting and chooses an implementation."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.querylog import QueryLog
from bot.service import Service
from bot.settings import Settings
from retrieval.library import Library

DATABASE, REMEMBERED, REGISTERED = "quoth.sqlite3", "loaded.json", "registered"
"""Names in the data folder: the query log, what was loaded last, which commands Discord was told."""


def library(settings: Settings) -> Library:
    """The library that *settings* describe; nothing is loaded yet."""
    return Library(settings.articles, k1=settings.k1, b=settings.b)


@asynccontextmanager
async def service(settings: Settings, *, serving: bool) -> AsyncIterator[Service]:
    """The service that *settings* describe. Its articles are not loaded yet; at the end its log is written out.

    *serving* tells the bot, whose loaded articles `quoth reload-check` compares with, from a single question.
    """
    made = Service(
        library(settings),
        QueryLog(settings.data / DATABASE),
        remembered=settings.data / REMEMBERED if serving else None,
        passages=settings.passages,
        asks_per_minute=settings.asks_per_minute,
        now=lambda: datetime.now(UTC),
        clock=time.monotonic,
    )
    try:
        yield made
    finally:
        await made.close()
