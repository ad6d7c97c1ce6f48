"""What the tests share: the seed's articles, a service on them, and the bot in a simulated Discord."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from coverage import Coverage
from simcord.env import Env

from bot import app
from bot.app import Quoth
from bot.client import QuothBot
from bot.curating import Curator
from bot.database import Database, PostgresDatabase, SqliteDatabase
from bot.service import Service
from bot.settings import Settings, setting_names
from bot.shards import Shards
from retrieval import apart
from tests.browser import CHROMIUM, ROOT
from tests.opensearch import JAVA, Nodes
from tests.payloads import PublishedApi
from tests.postgres import BINARIES, Postgres
from tests.servers import Server, server_in

SEEDS = ROOT / "seeds"

# The machines that run this are shared; how long an example takes says nothing.
hypothesis.settings.register_profile("quoth", deadline=None)
hypothesis.settings.load_profile("quoth")

if Coverage.current() is not None:
    # A reader that is killed could not tell what it ran; one that is asked nothing more ends by itself.
    _kill = apart._Child.kill

    def _let_end(reader: apart._Child) -> None:
        with contextlib.suppress(OSError):
            reader._to.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            reader._process.wait(5)
        _kill(reader)

    apart._Child.kill = _let_end  # type: ignore[assignment, method-assign]

_DISCORD = PublishedApi(Path(__file__).parent / "discord" / "openapi.json")

# In CI a missing browser is a failure, elsewhere the report's first lines say what is left out.
collect_ignore = [] if CHROMIUM or os.environ.get("CI") else ["test_browser.py"]


def pytest_report_header() -> list[str]:
    """Say in a line each what is not tested on this machine."""
    browser = "The browser tests are left out: there is no Chromium on this machine."
    postgres = "The tests with PostgreSQL are left out: it is not installed on this machine."
    cluster = "The cluster suite is left out: Java or Maven is missing on this machine."
    return [
        browser if collect_ignore else f"browser tests: with {CHROMIUM}",
        postgres if BINARIES is None else f"tests with PostgreSQL: from {BINARIES}",
        "tests with OpenSearch: three nodes" if JAVA else cluster,
    ]


@pytest.fixture(scope="session", autouse=True)
def _no_reader_is_left() -> Iterator[None]:
    """End those that wait for a file while what they ran is still counted."""
    yield
    apart.READERS.end()


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the person who runs the tests, and no file written outside the test's folder."""
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; in CI a missing one is a failure."""
    if BINARIES is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed on this machine.")
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(scope="session")
def nodes() -> Iterator[Nodes]:
    """An OpenSearch cluster; in CI a missing one is a failure."""
    if not JAVA and not os.environ.get("CI"):
        pytest.skip("Java or Maven is missing on this machine.")
    cluster = Nodes()
    yield cluster
    cluster.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Makes a way to one and the same database, as each process has its own; nothing is in it at first."""
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    url = server.new() if server else None
    made: list[Database] = []

    def make() -> Database:
        path = tmp_path / "data" / app.DATABASE
        made.append(PostgresDatabase(url) if url else SqliteDatabase(path, busy_seconds=0.2))
        return made[-1]

    yield make
    for database in made:
        database.close()


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    """An empty database, once on SQLite and once on PostgreSQL."""
    return new_database()


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder with the seed article, free to be changed."""
    folder = tmp_path / "articles"
    shutil.copytree(SEEDS, folder)
    return folder


@pytest.fixture
def settings(articles: Path, tmp_path: Path) -> Settings:
    """Settings for the folder of the test; the asking pace is no hindrance."""
    return Settings(QUOTH_ARTICLES=articles, QUOTH_DATA=tmp_path / "data", QUOTH_ASKS_PER_MINUTE=600)


@pytest.fixture
async def quoth(settings: Settings) -> AsyncIterator[Quoth]:
    """What a running bot talks to, its articles loaded."""
    async with app.quoth(settings, kept=True) as made:
        await made.curator.start()
        yield made


@pytest.fixture
def service(quoth: Quoth) -> Service:
    """The service of a running bot."""
    return quoth.service


@pytest.fixture
def curator(quoth: Quoth) -> Curator:
    """The curator of a running bot."""
    return quoth.curator


def in_one_shard(quoth: Quoth) -> Quoth:
    """*quoth* for the simulated Discord, which recommends no number of shards."""
    return replace(quoth, shards=Shards((0,), 1))


@pytest.fixture
def new_bot(settings: Settings, quoth: Quoth) -> Callable[[], QuothBot]:
    """Makes the bot as `quoth run` does, also a second time as after a restart."""
    return lambda: QuothBot(in_one_shard(quoth))


@pytest.fixture
def simcord_bot(new_bot: Callable[[], QuothBot]) -> QuothBot:
    """See simcord."""
    return new_bot()


@pytest.fixture
def published() -> PublishedApi:
    """Discord's own description of its API."""
    return _DISCORD


@pytest.fixture
def discord_env(simcord_env: Env) -> Iterator[Env]:
    """The bot in a simulated Discord; at the end every request it made is checked against Discord's own description."""
    yield simcord_env
    # A refusal is told to the person and is no error of the command.
    for error in simcord_env.errors:
        raise error
    for request in simcord_env.http_requests:
        _DISCORD.check(request.method, request.path, request.json)


@pytest.fixture
def server(discord_env: Env) -> Server:
    """A server of the simulated Discord."""
    return server_in(discord_env)
