"""How the running bot does, as a container, Prometheus and the operator see it."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import app
from bot.curating import ChangeFailed
from bot.monitor import AWAY_SECONDS, STUCK_SECONDS, Health, watched
from bot.querylog import Door
from bot.settings import Settings
from tests.browser import ROOT
from tests.conftest import SEEDS
from tests.loopback import MODERATOR, LoopbackDiscord
from tests.test_cli import quoth
from tests.test_process import QUESTION, running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def meters(port: int) -> dict[str, float]:
    return samples(get(port, "/metrics")[1])


def samples(text: str) -> dict[str, float]:
    """Every sample by its name and labels."""
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_bot_tells_how_it_does_and_what_it_did(tmp_path: Path) -> None:
    port = free_port()
    environment = {"QUOTH_MONITOR_PORT": str(port), "QUOTH_LOG_FORMAT": "json"}
    async with LoopbackDiscord() as discord, running(tmp_path, discord, SEEDS, **environment) as program:
        await discord.until(lambda: get(port, "/readyz")[0] == 200)
        await discord.slash("ask", {"question": QUESTION}, user="mira")
        await discord.slash("ask", {"question": "Which lighthouse keeper sings?"}, user="mira")
        refused = await discord.slash("ask", {"question": QUESTION, "article": "nowhere"}, user="mira")
        reload = await discord.slash("reload", user="otto", permissions=MODERATOR)
        await discord.until(lambda: "Nothing has changed" in reload.text or "reloaded" in reload.text)
        counted = meters(port)

        assert "nowhere" in refused.text
        assert counted["quoth_asks_total answered"] == 1
        assert counted["quoth_asks_total uncovered"] == 1
        assert counted["quoth_asks_total refused"] == 1
        assert counted["quoth_ask_seconds_count"] == 3
        assert counted["quoth_gateway_connected"] == 1
        assert counted["quoth_log_lost"] == 0
        assert counted["quoth_changes_total live"] >= 1
        assert counted["quoth_loop_lag_seconds_count"] > 1
        assert get(port, "/healthz") == (200, "Quoth is at work.\n")
        assert get(port, "/elsewhere")[0] == 404
        done = await asyncio.to_thread(quoth, "health", cwd=tmp_path, QUOTH_MONITOR_PORT=str(port))
        assert (done.returncode, done.stdout) == (0, "Quoth is at work.\n")

        async with discord.outage():
            await discord.until(lambda: get(port, "/readyz")[0] == 503)
            assert get(port, "/readyz")[1] == "There is no session with Discord.\n"
            # A restart would not help.
            assert get(port, "/healthz")[0] == 200
            assert meters(port)["quoth_gateway_connected"] == 0
        await discord.until(lambda: get(port, "/readyz")[0] == 200, 20)

        assert await program.stop(signal.SIGTERM) == 0
        lines = [json.loads(line) for line in program.output.splitlines()]
        asks = [line for line in lines if line["message"].startswith("Asked: ")]
        assert [line["outcome"] for line in asks] == ["answered", "uncovered", "refused"]
        assert all(line["milliseconds"] > 0 for line in asks)
        for word in ("Kosovo", "lighthouse", "nowhere", "mira", "otto", discord.token):
            assert word not in program.output
        gone = await asyncio.to_thread(quoth, "health", cwd=tmp_path, QUOTH_MONITOR_PORT=str(port))
        assert gone.returncode == 1
        assert "Nobody answers" in gone.stderr


async def test_what_is_weak_fails_and_waits_is_counted(settings: Settings) -> None:
    settings = settings.model_copy(update={"monitor_port": free_port()})
    async with app.quoth(settings, kept=True) as made:
        await made.curator.start()
        assert made.meters is not None
        await made.service.ask("Who is the president of France and Kosovo?", door=Door.SLASH)
        with pytest.raises(AttributeError):
            await made.service.ask(None, door=Door.SLASH)  # type: ignore[arg-type] # a fault of ours
        with pytest.raises(ChangeFailed):
            await made.curator.prepare_add(None, "0123")
        with closing(sqlite3.connect(settings.data / app.DATABASE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await made.service.ask(QUESTION, door=Door.SLASH)
            counted = samples(made.meters.exposition().decode())
            other.execute("ROLLBACK")

    assert counted["quoth_asks_total weak"] == 1
    assert counted["quoth_asks_total failed"] == 1
    assert counted["quoth_changes_total failed"] == 1
    assert counted["quoth_log_waiting"] >= 1


async def test_no_articles_are_a_reason_to_wait_and_none_to_restart(tmp_path: Path) -> None:
    port = free_port()
    environment = {"QUOTH_MONITOR_PORT": str(port)}
    async with LoopbackDiscord() as discord, running(tmp_path, discord, tmp_path / "none", **environment):
        await discord.until(lambda: get(port, "/readyz") == (503, "No articles are loaded.\n"))

        assert get(port, "/healthz")[0] == 200


async def test_nobody_but_this_machine_is_let_in(tmp_path: Path) -> None:
    port = free_port()
    settings = {"QUOTH_MONITOR_PORT": str(port)}
    async with LoopbackDiscord() as discord, running(tmp_path, discord, SEEDS, **settings) as program:
        await discord.until(lambda: get(port, "/healthz")[0] == 200)

        assert listening_of(program.process.pid) == {f"0100007F:{port:04X}"}
        # On Linux every address of 127.0.0.0/8 is this machine, so that it would answer here at 0.0.0.0.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)


async def test_nobody_is_answered_unless_a_port_is_set(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord, SEEDS) as program:
        assert listening_of(program.process.pid) == set()


def listening_of(process: int) -> set[str]:
    """The local addresses at which a process takes connections, as the kernel writes them."""
    held = {str(one.readlink()) for one in Path(f"/proc/{process}/fd").iterdir() if one.is_symlink()}
    found = set()
    for kind in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process}/net/{kind}").read_text().splitlines()[1:]:
            words = line.split()
            # 0A is the state of a socket that listens: include/net/tcp_states.h.
            if words[3] == "0A" and f"socket:[{words[9]}]" in held:
                found.add(words[1])
    return found


class Unwell(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        said = b"The event loop has stood still for 31 seconds.\n"
        self.send_response(503)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_health_of_a_bot_that_is_not_well_is_a_failure(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Unwell) as bot:
        Thread(target=bot.serve_forever).start()
        done = quoth("health", cwd=tmp_path, QUOTH_MONITOR_PORT=str(bot.server_port))
        bot.shutdown()

    assert done.returncode == 1
    assert done.stderr == "The event loop has stood still for 31 seconds.\n"


async def test_port_in_use_is_a_wrong_setting(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = await asyncio.to_thread(
            quoth, "run", cwd=tmp_path, QUOTH_MONITOR_PORT=str(port), DISCORD_TOKEN="canary.token"
        )

    assert done.returncode == 78
    assert done.stderr.startswith(f"QUOTH_MONITOR_PORT: port {port} cannot be used")
    assert "Traceback" not in done.stderr


def test_health_without_a_port_is_a_wrong_setting(tmp_path: Path) -> None:
    done = quoth("health", cwd=tmp_path)

    assert done.returncode == 78
    assert done.stderr == "QUOTH_MONITOR_PORT is not set, so nobody can ask the bot how it does.\n"


@pytest.mark.parametrize(
    ("connected", "seconds", "failing"),
    [
        (True, STUCK_SECONDS, None),
        (True, STUCK_SECONDS + 1, "The event loop has stood still for 31 seconds."),
        (True, -3600.0, None),
    ],
)
def test_loop_that_stands_still_is_a_reason_to_restart(connected: bool, seconds: float, failing: str | None) -> None:
    now = 5000.0
    health = Health(lambda: connected, lambda: True, lambda: now)
    health.beat()

    now += seconds

    assert health.failing == failing
    assert health.unready == failing


def test_discord_that_stays_away_is_a_reason_to_restart() -> None:
    now, connected = 5000.0, True
    health = Health(lambda: connected, lambda: True, lambda: now)
    connected = False
    for _ in range(int(AWAY_SECONDS)):
        now += 1
        health.beat()
    assert health.failing is None
    now += 1
    health.beat()
    assert health.failing == "There has been no session with Discord for 15 minutes."

    connected = True
    health.beat()

    assert health.failing is None


async def test_bot_whose_loop_stands_still_ends_itself_and_one_that_turns_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.monitor.HOPELESS_SECONDS", (1.0, 1800.0))
    given_up: list[str] = []
    health = Health(lambda: True, lambda: True, time.monotonic)

    async with watched(health, None, give_up=given_up.append, seconds=0.1):
        await asyncio.sleep(2.5)
        assert given_up == []
        time.sleep(2)  # noqa: ASYNC251  # this is what must not happen

        assert given_up == ["The event loop has stood still for 1 seconds."]


def test_bot_that_gives_up_ends_with_a_status_that_has_it_started_anew() -> None:
    code = "import bot.cli; bot.cli._give_up('The event loop has stood still for 61 seconds.'); print('never')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)

    assert (done.returncode, done.stdout) == (75, "")
    assert "stood still for 61 seconds. Quoth ends, to be started anew." in done.stderr


def test_only_a_session_that_was_had_can_be_missed() -> None:
    now, connected = 5000.0, False
    health = Health(lambda: connected, lambda: True, lambda: now)
    now += 7200
    health.beat()
    assert health.hopeless is None  # the first reading of a million paragraphs

    connected = True
    health.beat()
    connected = False
    now += 1801
    health.beat()

    assert health.hopeless == "There has been no session with Discord for 30 minutes."
