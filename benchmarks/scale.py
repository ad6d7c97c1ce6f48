"""Reckons what many servers and large collections take: `python -m benchmarks.scale`.

Reads what the other benchmarks wrote into docs and writes the tables of docs/scale.md, where the arithmetic is told.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.load import PARAGRAPHS, PER_SECOND, PER_SECOND_BESIDE_A_RELOAD
from benchmarks.report import DOCS, markdown, put

Points = Sequence[tuple[float, float]]
"""Sizes, ascending, and what was measured at each."""

COLLECTIONS = (10_000, 100_000, 1_000_000, 10_000_000, 1_000_000_000)
SERVERS = (1, 2_500, 100_000)

QUESTIONS_A_DAY = 20
"""Of one server."""
BUSIEST = 5
"""How many times the mean of a day the busiest minute has."""
KEPT_DAYS = 30
_TANTIVY = "Quoth, tantivy"

SERVERS_A_SHARD = 1_000
SESSION_SECONDS = 5
"""In which Discord takes one new session."""
# https://docs.aws.amazon.com/wellarchitected/latest/amazon-opensearch-service-lens/aosperf01-bp01.html
SHARD_GB = 30

USD_A_GB_OF_MEMORY, USD_A_GB_OF_DISK = 4.0, 0.1
"""A month; a machine is reckoned by its memory."""


def main(docs: Path = DOCS) -> None:
    """Write the tables and print them."""
    tables = {"measured": _measured(docs), "collections": _collections(docs), "servers": _servers(docs)}
    for name, table in tables.items():
        put(docs / "scale.md", name, table)
        sys.stdout.write(f"{table}\n")


def proportional(points: Points) -> Callable[[float], float]:
    """What was measured, and between; beyond it the steepest line from a smaller size through the largest."""
    sizes, values = zip(*points, strict=True)
    slope = max(0.0, *((values[-1] - value) / (sizes[-1] - size) for size, value in points[:-1]))
    return lambda at: float(np.interp(at, sizes, values)) + slope * max(0.0, at - sizes[-1])


def powered(points: Points) -> Callable[[float], float]:
    """What was measured, and beyond that the power of the size that leads from the last but a decade to the last."""
    size, value = points[-1]
    earlier, before = next(point for point in reversed(points) if point[0] <= size / 10)
    exponent = math.log(value / before) / math.log(size / earlier)
    return lambda at: dict(points).get(at, value * (at / size) ** exponent)


def _measured(docs: Path) -> str:
    least, *_, largest = _found(docs, "growth")["rows"]
    log = _found(docs, "query_log")
    first, *_, last = _found(docs, "servers")["rows"]
    asked = next(row for row in _found(docs, "askers")["rows"] if row["paragraphs"] == PARAGRAPHS)
    cluster = max(_found(docs, "cluster")["rows"], key=lambda row: (row["paragraphs"], -row["nodes"]))
    a_paragraph = (largest["memory MB"] - least["memory MB"]) / (largest["paragraphs"] - least["paragraphs"])
    a_server = (last["memory MB"] - first["memory MB"]) / (last["servers"] - first["servers"])
    lines = [
        (
            f"answers a second of one process, {PARAGRAPHS:,} paragraphs, over the gateway, none lost",
            f"{_a_second(docs)}",
            "load",
        ),
        (f"the same without Discord, with the log, {PARAGRAPHS:,} paragraphs", f"{asked['Service.ask']:.0f}", "askers"),
        ("memory of the bot without articles", _bytes(first["memory MB"]), "servers"),
        ("memory for a server more", f"{a_server * 1024:.0f} kB", "servers"),
        ("a question in the log, SQLite", f"{log['megabytes'] * 1024**2 / log['questions']:.0f} bytes", "query_log"),
        (
            f"memory for a paragraph more, from {least['paragraphs']:,} to {largest['paragraphs']:,}",
            f"{a_paragraph * 1024**2:.0f} bytes",
            "growth",
        ),
        (
            f"a paragraph in the data folder, {largest['paragraphs']:,} paragraphs",
            f"{largest['disk MB'] * 1024**2 / largest['paragraphs']:.0f} bytes",
            "growth",
        ),
        (
            f"a paragraph on the disk of a cluster, {cluster['paragraphs']:,} paragraphs",
            f"{cluster['disk MB'] * 1024**2 / cluster['paragraphs']:.0f} bytes",
            "cluster",
        ),
    ]
    return markdown(["what", "measured", "by"], ([what, figure, f"`benchmarks.{by}`"] for what, figure, by in lines))


def _collections(docs: Path) -> str:
    """One collection that one process has, by its size."""
    growth = _found(docs, "growth")["rows"]
    of = {
        column: proportional([(row["paragraphs"], row[column]) for row in growth])
        for column in ("build s", "start s", "memory MB", "making MB", "disk MB")
    }
    asked = powered([(row["paragraphs"], row["ms"][_TANTIVY]["p50"]) for row in _found(docs, "search")["rows"]])
    cluster = max(_found(docs, "cluster")["rows"], key=lambda row: (row["paragraphs"], -row["nodes"]))
    rows = []
    for size in COLLECTIONS:
        indexed = cluster["disk MB"] * size / cluster["paragraphs"]
        machine = _machine_gb(of["memory MB"](size) + of["making MB"](size))
        rows.append(
            [
                f"{size:,}",
                "measured" if size in {row["paragraphs"] for row in growth} else "reckoned",
                f"{asked(size):.0f} ms",
                _time(of["build s"](size)),
                _time(of["start s"](size)),
                _bytes(of["memory MB"](size)),
                _bytes(of["making MB"](size)),
                _bytes(of["disk MB"](size)),
                f"{_bytes(indexed)} / {math.ceil(indexed / 1024 / SHARD_GB)}",
                f"{machine:,} GB",
                _usd(machine, of["disk MB"](size)),
            ]
        )
    headings = ["paragraphs", "", "question", "first reading", "start", "memory", "making", "data folder"]
    return markdown(
        [*headings, "in a cluster / shards (reckoned)", "machine (reckoned)", "USD a month (reckoned)"], rows
    )


def _servers(docs: Path) -> str:
    """All servers on the shared articles."""
    growth = _found(docs, "growth")["rows"]
    one, making = (
        proportional([(row["paragraphs"], row[column]) for row in growth])(PARAGRAPHS)
        for column in ("memory MB", "making MB")
    )
    servers = [(row["servers"], row["memory MB"]) for row in _found(docs, "servers")["rows"]]
    log = _found(docs, "query_log")
    rows = []
    for number in SERVERS:
        busiest = number * QUESTIONS_A_DAY / 86_400 * BUSIEST
        processes = max(1, math.ceil(busiest / _a_second(docs)))
        shards = math.ceil(number / SERVERS_A_SHARD)
        memory = one + proportional(servers)(number / processes) - servers[0][1]
        kept = number * QUESTIONS_A_DAY * KEPT_DAYS * log["megabytes"] / log["questions"]
        machine = _machine_gb(processes * memory + making)
        rows.append(
            [
                f"{number:,}",
                f"{busiest:,.2g}" if busiest < 1 else f"{busiest:,.0f}",
                f"{shards:,}",
                f"{processes}",
                _bytes(memory),
                _bytes(kept),
                _time(shards * SESSION_SECONDS),
                f"{machine} GB",
                _usd(machine, kept),
            ]
        )
    headings = [
        "servers",
        "questions a second, busiest",
        "shards",
        "processes",
        "memory of each",
        "log",
        "start of all",
    ]
    return markdown([*headings, "machine", "USD a month"], rows)


def _found(docs: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((docs / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _a_second(docs: Path) -> int:
    """Questions a second that one process answered without losing one."""
    lost = _found(docs, "load")["rows"][0]["lost"]
    return PER_SECOND_BESIDE_A_RELOAD if lost else PER_SECOND


def _machine_gb(megabytes: float) -> int:
    """Memory of the smallest usual machine that has so much, and half a gigabyte for the system."""
    return int(2 ** max(0, math.ceil(math.log2(megabytes / 1024 + 0.5))))


def _usd(machine_gb: int, disk_megabytes: float) -> str:
    return f"{machine_gb * USD_A_GB_OF_MEMORY + disk_megabytes / 1024 * USD_A_GB_OF_DISK:,.0f}"


def _bytes(megabytes: float) -> str:
    for unit in ("MB", "GB"):
        if megabytes < 1000:
            return f"{megabytes:.3g} {unit}"
        megabytes /= 1024
    return f"{megabytes:.3g} TB"


def _time(seconds: float) -> str:
    for unit, most in (("s", 120), ("min", 60), ("h", 48)):
        if seconds < most:
            return f"{seconds:.2g} {unit}" if seconds < 10 else f"{seconds:.0f} {unit}"
        seconds /= 60 if unit != "h" else 24
    return f"{seconds:.0f} days"


if __name__ == "__main__":
    main()
