"""What the query log costs: `python -m benchmarks.query_log [ADDRESS]`, on SQLite, or on an empty PostgreSQL database.

First `/log summary` over 1,000,000 questions of 30 days, most of them of one server: from the rows to the card with its
chart, and the plan of every query on the way. In SQLite their megabytes are written to docs/query_log.json.
Then answers at 50 questions a second for a minute, with logging on beside off, in turns.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import event, text

from benchmarks.machine import machine
from benchmarks.report import DOCS
from bot import app, charts
from bot.cogs.log import summary_of
from bot.database import Database, SqliteDatabase
from bot.querylog import Asked, Door, Judged, LogReader, QueryLog
from bot.settings import LogMode, Settings
from retrieval.model import CitationId, Outcome

ROWS = 1_000_000
_BUSY, _OTHERS = 1, 50
"""The server that has nine of ten questions, and how many share the rest."""

_ASKS_PER_SECOND, _SECONDS = 50, 60
_SEEDS = Path(__file__).parents[1] / "seeds"
_QUESTIONS = (
    "When did Kosovo declare independence?",
    "Who unveiled a plaque?",
    "Who agreed to establish diplomatic ties?",
    "Who won the 2020 US election?",
)


def main(address: str | None) -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(QUOTH_ARTICLES=_SEEDS, QUOTH_DATA=Path(place), QUOTH_DATABASE_URL=address)
        memory = app.remembered(settings)
        _fill(memory)
        if isinstance(memory, SqliteDatabase):
            size = (settings.data / app.DATABASE).stat().st_size
            told = {**machine(), "questions": ROWS, "megabytes": round(size / 1024**2)}
            (DOCS / "query_log.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        asyncio.run(_summarise(settings, memory))
        memory.close()
        asyncio.run(_compare(settings))


def _fill(memory: Database) -> None:
    log = QueryLog(memory, mode_of=lambda server: LogMode.FULL)
    began = time.perf_counter()
    if isinstance(memory, SqliteDatabase):
        with memory.reading() as connection:
            # 400 MB, for the filling alone.
            connection.exec_driver_sql("PRAGMA cache_size = -400000")
    batch: list[Asked | Judged] = []
    for entry in _entries():
        batch.append(entry)
        if len(batch) >= 20_000:
            log.write(batch)
            batch = []
    log.write(batch)
    with memory.reading() as connection:
        # As PostgreSQL does by itself some minutes later; within a transaction it may not.
        sqlite = isinstance(memory, SqliteDatabase)
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        alone.execute(text("ANALYZE" if sqlite else "VACUUM (ANALYZE)"))
    memory.close()
    Console().print(f"{ROWS:,} questions written in {time.perf_counter() - began:.0f} s")


def _entries() -> Iterator[Asked | Judged]:
    chance = random.Random(1)  # noqa: S311  # text for measuring
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(5000)]
    citations = [CitationId(f"1.article-{n // 20}.{n:012d}".translate(_LETTERS)) for n in range(20_000)]
    now = datetime.now(UTC)
    for number in range(ROWS):
        outcome = chance.choices(list(Outcome), (70, 10, 20))[0]
        shown = () if outcome is Outcome.UNCOVERED else tuple((one, 1.0) for one in chance.sample(citations, 3))
        missing = tuple(chance.sample(words, 2)) if outcome is Outcome.UNCOVERED else ()
        asked = Asked(
            id=f"{chance.getrandbits(64):016x}",
            at=now - timedelta(days=29) * (1 - number / ROWS),
            door=Door.SLASH,
            server=_BUSY if chance.random() < 0.9 else 2 + chance.randrange(_OTHERS),
            question=" ".join(chance.sample(words, 5)),
            outcome=outcome,
            shown=shown,
            terms=tuple(chance.sample(words, 3)),
            missing=missing,
            language="en",
            index_version="0a1b2c3d",
            engine="rank-bm25",
            milliseconds=chance.expovariate(1),
        )
        yield asked
        if chance.random() < 0.05:
            yield Judged(asked.id, chance.random() < 0.8, asked.at)


_LETTERS = str.maketrans("0189", "abcd")
"""What a fingerprint has no digits for."""


async def _summarise(settings: Settings, memory: Database) -> None:
    charts.load()  # as the first summary after a start does
    table = Table(
        "`/log summary` of", "Questions", "ms, median of 5", "of the processor", "First", title_justify="left"
    )
    table.title = "`/log summary`, from the rows to the card with its chart"
    async with app.quoth(settings, kept=True) as quoth:
        await quoth.curator.start()
        for name, server in (("the busiest server", _BUSY), ("a usual server", 2)):
            times, cpu = [], []
            for _ in range(5):
                began, began_cpu = time.perf_counter(), time.process_time()
                await summary_of(quoth.reviewer, server, 30)
                times.append((time.perf_counter() - began) * 1000)
                cpu.append((time.process_time() - began_cpu) * 1000)
            count = await quoth.reviewer.count(server)
            table.add_row(name, f"{count:,}", f"{median(times):.0f}", f"{median(cpu):.0f}", f"{times[0]:.0f}")
        plans = _plans(memory, LogReader(memory))
    Console().print(table)
    for plan in dict.fromkeys(plans):
        Console().print(plan, markup=False, highlight=False, soft_wrap=True)


def _plans(memory: Database, reader: LogReader) -> list[str]:
    """How the database goes about each query of a summary: the steps that read a table or an index."""
    plans: list[str] = []
    explain = "EXPLAIN QUERY PLAN " if isinstance(memory, SqliteDatabase) else "EXPLAIN "

    def note(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        cursor.execute(explain + statement, parameters)
        steps = [str(row[-1]).split("  (cost")[0].strip() for row in cursor.fetchall()]
        plans.extend(step for step in steps if "SCAN" in step.upper() or step.startswith("SEARCH"))

    with memory.reading() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", note)
    reader.summary(_BUSY, days=1, today=datetime.now(UTC).date(), listed=5)
    reader.gaps(_BUSY)
    event.remove(engine, "before_cursor_execute", note)
    return plans


async def _compare(settings: Settings) -> None:
    table = Table("Logging", "Answers", "Median ms", "p95 ms", title_justify="left")
    table.title = f"{_ASKS_PER_SECOND} questions a second for {_SECONDS} s each, in turns of a quarter"
    times: dict[str, list[float]] = {"off": [], "full": []}
    lost = 0
    for turn in range(4):
        for mode in ("off", "full") if turn % 2 else ("full", "off"):
            own = {"data": settings.data / f"{mode}{turn}", "log": LogMode(mode)}
            async with app.quoth(settings.model_copy(update=own), kept=True) as quoth:
                await quoth.curator.start()
                times[mode] += await _ask(quoth, _SECONDS // 4)
                lost += (await quoth.curator.status(None)).lost
    p95 = {mode: quantiles(some, n=20)[-1] for mode, some in times.items()}
    for mode, some in times.items():
        table.add_row(mode, f"{len(some):,}", f"{median(some):.2f}", f"{p95[mode]:.2f}")
    Console().print(table, f"p95 with logging / without: {p95['full'] / p95['off']:.2f}", f"Questions lost: {lost}")


async def _ask(quoth: app.Quoth, seconds: int) -> list[float]:
    """How many milliseconds each answer took, asked at an even pace whatever becomes of the one before."""

    async def one(question: str) -> float:
        began = time.perf_counter()
        await quoth.service.ask(question, door=Door.SLASH, server=_BUSY)
        return (time.perf_counter() - began) * 1000

    asking = []
    began = time.perf_counter()
    for number in range(seconds * _ASKS_PER_SECOND):
        await asyncio.sleep(max(0.0, began + number / _ASKS_PER_SECOND - time.perf_counter()))
        asking.append(asyncio.create_task(one(_QUESTIONS[number % len(_QUESTIONS)])))
    return await asyncio.gather(*asking)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
