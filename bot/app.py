"""The composition root: the only place that reads a setting and chooses an implementation."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.curating import Curator
from bot.database import Database, database
from bot.feedback import Feedback
from bot.preferences import Preferences
from bot.querylog import LogReader, Pseudonyms, QueryLog, Writer
from bot.reviewing import Reviewer
from bot.service import Service
from bot.sessions import Sessions
from bot.settings import BadSettings, EngineName, Settings
from bot.shards import Shards
from retrieval.index import Engine
from retrieval.index.auto import auto_engine
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.index.tantivy_index import tantivy_engine
from retrieval.library import Library
from retrieval.ranking import Weights
from retrieval.shelf import SHARED, Shelf
from retrieval.volumes import revision

if TYPE_CHECKING:
    from bot.meters import Meters

logger = logging.getLogger(__name__)

DATABASE, COLLECTIONS, REGISTERED = "quoth.sqlite3", "collections", "registered"
"""Names in the data folder: the query log, the versions of the articles, which commands Discord was told."""

SESSIONS = "sessions"
"""Likewise: when sessions with Discord were begun."""

ASKER_KEY = "asker.key"
"""Likewise: what pseudonyms are made with."""


_SEARCHERS_ELSEWHERE = 8
"""Questions that are searched for at a time where a cluster does it."""


@dataclass(frozen=True, slots=True)
class Quoth:
    """What the doors talk to."""

    service: Service
    feedback: Feedback
    curator: Curator
    reviewer: Reviewer
    preferences: Preferences
    registered: Path
    """The file that remembers which commands Discord was last told."""
    sessions: Sessions
    """How often the bot begins a session with Discord."""
    log_days: int = 30
    """For how long questions are kept."""
    shards: Shards | None = None
    """Which of Discord's shards this process answers for; all without."""
    downloads: bool = True
    """Whether whole articles are given as files."""
    meters: Meters | None = None
    """What is counted for whoever monitors the bot, if anybody does."""

    @property
    def leads(self) -> bool:
        """Whether this process does what one of several has to do."""
        return _leads(self.shards)


def engines(settings: Settings) -> Callable[[str], Engine]:
    """What makes the engine of a collection by its name.

    Raises:
        BadSettings: The engine is not installed.

    """
    if settings.engine is not EngineName.OPENSEARCH:
        simple: dict[EngineName, Engine] = {
            EngineName.AUTO: auto_engine,
            EngineName.RANK_BM25: RankBm25Index,
            EngineName.TANTIVY: tantivy_engine,
        }
        return lambda _: simple[settings.engine]
    if importlib.util.find_spec("opensearchpy") is None:
        raise BadSettings(
            "QUOTH_ENGINE=opensearch needs opensearch-py. Install it with: pip install 'quoth[opensearch]'"
        )
    # Imported where it is wanted: it is not always installed.
    from retrieval.index.opensearch_index import Cluster, OpenSearchEngine

    assert settings.opensearch_url is not None
    addresses = [one.strip() for one in settings.opensearch_url.get_secret_value().split(",")]
    cluster = Cluster(addresses, authorities=settings.opensearch_ca)
    return lambda collection: OpenSearchEngine(
        cluster, collection, revision=revision(), shards=settings.opensearch_shards, now=_now
    )


def library(settings: Settings) -> Library:
    """The articles of the folder that *settings* name, without a memory; nothing is loaded yet."""
    return Library(settings.articles, engine=engines(settings)(SHARED), weights=Weights(k1=settings.k1, b=settings.b))


def shelf(settings: Settings, *, kept: bool) -> Shelf:
    """The collections that *settings* describe; nothing is loaded yet. If they are not *kept*, nothing is written."""
    return Shelf(
        settings.articles,
        settings.data / COLLECTIONS if kept else None,
        engine=engines(settings),
        weights=Weights(k1=settings.k1, b=settings.b),
        keep=settings.versions,
        memory=settings.memory_mb * 1024**2,
    )


def remembered(settings: Settings) -> Database:
    """The database that *settings* name; nothing is opened yet.

    Raises:
        BadSettings: The address cannot be used, or the driver is not installed.

    """
    url = settings.database_url
    if url and importlib.util.find_spec("psycopg") is None:
        raise BadSettings("QUOTH_DATABASE_URL needs psycopg. Install it with: pip install 'quoth[postgres]'")
    return database(settings.data / DATABASE, url.get_secret_value() if url else None)


@asynccontextmanager
async def quoth(settings: Settings, *, kept: bool) -> AsyncIterator[Quoth]:
    """Quoth as *settings* describe it. Its articles are not loaded yet; at the end its log is written out.

    *kept* tells the bot, whose articles have versions on disk, from a single question in the terminal.
    """
    shelved = shelf(settings, kept=kept)
    memory = remembered(settings)
    preferences = Preferences(memory, settings)
    log = QueryLog(memory, mode_of=preferences.log_mode)
    period = timedelta(days=settings.log_days)
    writer = Writer(log, keep=period if _leads(settings.shards) else None, now=_now, clock=time.monotonic)
    meters = _meters(writer) if kept and settings.monitor_port else None

    def asked(outcome: str, seconds: float) -> None:
        if kept:
            told = {"outcome": outcome, "milliseconds": round(seconds * 1000, 1)}
            logger.info("Asked: %(outcome)s in %(milliseconds).1f ms.", told)
        if meters is not None:
            meters.asked(outcome, seconds)

    pseudonyms = Pseudonyms(settings.data / ASKER_KEY, period=period, now=_now)
    pseudonym = pseudonyms.of if settings.log_asker == "pseudonym" else None
    service = Service(
        shelved,
        writer,
        passages=settings.passages,
        asks_per_minute=settings.asks_per_minute,
        pseudonym=pseudonym,
        ids=_new_id,
        now=_now,
        clock=time.monotonic,
        asked=asked,
        searchers=_SEARCHERS_ELSEWHERE if settings.engine is EngineName.OPENSEARCH else 1,
    )
    reviewer = Reviewer(LogReader(memory), log, writer, shelved, now=_now, clock=time.monotonic)
    curator = Curator(
        shelved,
        log,
        reviewer,
        lost=lambda: writer.lost,
        log_mode=lambda server: preferences.of(server).log_mode,
        log_days=settings.log_days,
        home=frozenset(int(name) for name in settings.home_servers.replace(",", " ").split()),
        upload_bytes=int(settings.upload_mb * 1024**2),
        now=_now,
        clock=time.monotonic,
        changed=meters.changed if meters is not None else lambda live: None,
        leads=_leads(settings.shards),
    )
    if kept:
        await asyncio.to_thread(preferences.load)
        writer.start()
    try:
        yield Quoth(
            service,
            Feedback(log, writer, pseudonym=pseudonym, now=_now),
            curator,
            reviewer,
            preferences=preferences,
            registered=settings.data / REGISTERED,
            sessions=Sessions(settings.data / SESSIONS, time.time),
            log_days=settings.log_days,
            shards=settings.shards,
            downloads=settings.downloads,
            meters=meters,
        )
    finally:
        await service.close()
        memory.close()


def _leads(shards: Shards | None) -> bool:
    return shards is None or shards.leads


def _meters(writer: Writer) -> Meters:
    # Takes a tenth of a second to import, which nobody else needs to wait for.
    from bot.meters import Meters

    return Meters(waiting=lambda: writer.waiting, lost=lambda: writer.lost)


def _new_id() -> str:
    return secrets.token_hex(8)


def _now() -> datetime:
    return datetime.now(UTC)
