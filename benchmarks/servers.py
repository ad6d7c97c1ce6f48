"""What the bot's memory grows by with its servers: `python -m benchmarks.servers [SERVERS…]`.

The bot is told of each server what Discord tells it: thirty channels, three of them with permissions of their own for
each of two roles, and fifteen roles. No members come: Quoth does not ask for them. What is found is written to
docs/servers.json, docs/servers.png and docs/benchmarks.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rich.progress import track

from benchmarks.report import DOCS, markdown, plot, publish
from bot import app
from bot.client import QuothBot
from bot.settings import Settings
from tests.loopback_objects import Json, channel, guild, snowflake
from tests.memory import resident

SIZES = (1, 1_000, 2_500, 10_000)
CHANNELS, CLOSED_CHANNELS, ROLES = 30, 3, 15


def main(sizes: Sequence[int], docs: Path = DOCS) -> None:
    """Measure, print the table, draw the picture."""
    rows = [{"servers": size, "memory MB": _apart(size)} for size in track(sizes, "Sizes")]
    cells = ([f"{row['servers']:,}", f"{row['memory MB']:,.1f}"] for row in rows)
    picture = plot("servers", "memory MB", {"the whole bot": [(row["servers"], row["memory MB"]) for row in rows]})
    publish(docs, "servers", {"rows": rows}, markdown(["servers", "memory MB"], cells), picture)


def _apart(size: int) -> float:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run, size).result()


def _run(size: int) -> float:
    return asyncio.run(_megabytes(size))


async def _megabytes(size: int) -> float:
    """Of memory that the bot has in so many servers, without any articles."""
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(QUOTH_ARTICLES=Path(place), QUOTH_DATA=Path(place))
        async with app.quoth(settings, kept=False) as quoth, QuothBot(quoth) as bot:
            for _ in range(size):
                # As from the gateway, where no two servers share a string.
                bot._connection._add_guild_from_data(json.loads(json.dumps(_server())))
            assert len(bot.guilds) == size
            return round(resident(os.getpid()) / 1024**2, 1)


def _server() -> Json:
    about = guild(snowflake())
    everyone = about["roles"][0]
    roles = [everyone | {"id": snowflake(), "name": f"Role {at}", "position": at} for at in range(1, ROLES)]
    channels = [
        channel() | {"id": snowflake(), "name": f"channel-{at}", "topic": f"What channel {at} is for.", "position": at}
        for at in range(CHANNELS)
    ]
    for one in channels[:CLOSED_CHANNELS]:
        one["permission_overwrites"] = [
            {"id": role["id"], "type": 0, "allow": "0", "deny": "2048"} for role in roles[:2]
        ]
    return about | {"roles": [everyone, *roles], "channels": channels}


if __name__ == "__main__":
    main([int(size.replace("_", "")) for size in sys.argv[1:]] or SIZES)
