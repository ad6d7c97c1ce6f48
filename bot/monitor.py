"""How the bot does, over HTTP on this machine alone: `/healthz`, `/readyz` and Prometheus' `/metrics`.

It answers from threads of its own, so that it can tell that the event loop hangs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.meters import Meters

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
"""There is no password, so nobody else is let in."""

HOPELESS_SECONDS = 60.0, 1800.0
"""How long the loop may stand still, or Discord be away, before the bot ends itself to be started anew."""

AWAY_SECONDS = 900.0
"""How long Discord may be away before a restart may help; discord.py waits up to 1,024 seconds for another try."""

STUCK_SECONDS = 30.0
"""How long the event loop may stand still. Discord gives up on an answer after 3, on the connection after some 60."""

_SAMPLE_SECONDS = 0.1


class PortTaken(Exception):
    """The port cannot be used. The message is one sentence."""


class Unhealthy(Exception):
    """The bot does not work, or cannot be asked. The message is one sentence."""


class Health:
    """Whether the bot works, and whether it can answer just now."""

    def __init__(self, connected: Callable[[], bool], articles: Callable[[], bool], clock: Callable[[], float]) -> None:
        """*connected*: to Discord; *articles*: whether any are loaded. Both are called from other threads."""
        self._connected = connected
        self._articles = articles
        self._clock = clock
        self._turned = self._in_session = clock()
        self._met = False
        """Whether there was a session with Discord."""

    def beat(self) -> None:
        """Note that the event loop turns; to be called in it, often."""
        self._turned = self._clock()
        if self._connected():
            self._in_session, self._met = self._turned, True

    @property
    def failing(self) -> str | None:
        """Why a restart may help, in a sentence; None while it would not."""
        return self._fault(STUCK_SECONDS, AWAY_SECONDS)

    @property
    def hopeless(self) -> str | None:
        """Why nothing else than a restart helps, in a sentence; None while something may.

        The first reading of the articles may take long; Discord is not away before there was a session.
        """
        stuck, away = HOPELESS_SECONDS
        return self._fault(stuck, away if self._met else math.inf)

    def _fault(self, most_stuck: float, most_away: float) -> str | None:
        now = self._clock()
        if (stuck := now - self._turned) > most_stuck:
            return f"The event loop has stood still for {stuck:.0f} seconds."
        if (away := now - self._in_session) > most_away:
            return f"There has been no session with Discord for {away / 60:.0f} minutes."
        return None

    @property
    def unready(self) -> str | None:
        """Why no question can be answered just now, in a sentence; None if it can."""
        if (failing := self.failing) is not None:
            return failing
        if not self._connected():
            return "There is no session with Discord."
        return None if self._articles() else "No articles are loaded."


@asynccontextmanager
async def watched(
    health: Health, meters: Meters | None, *, give_up: Callable[[str], None], seconds: float = 5.0
) -> AsyncIterator[None]:
    """Measure the event loop, and *give_up* where nothing else than a restart helps.

    That is called in another thread, with the reason, when two looks so many *seconds* apart find the same.
    """
    sampling = asyncio.create_task(_sample(health, meters), name="lag")
    ended = Event()
    Thread(target=_watch, args=(health, give_up, ended, seconds), name="watchdog", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        sampling.cancel()


def _watch(health: Health, give_up: Callable[[str], None], ended: Event, seconds: float) -> None:
    before = None
    while not ended.wait(seconds):
        # A machine that was asleep finds its loop turning a moment later.
        if (fault := health.hopeless) is not None and before is not None:
            give_up(fault)
            return
        before = fault


@asynccontextmanager
async def monitored(port: int, health: Health, meters: Meters) -> AsyncIterator[None]:
    """Serve `/healthz`, `/readyz` and `/metrics` at *port*.

    Raises:
        PortTaken: The port cannot be used.

    """
    try:
        server = _Server((HOST, port), _Answering)
    except OSError as error:
        raise PortTaken(f"QUOTH_MONITOR_PORT: port {port} cannot be used ({error.strerror}).") from error
    server.health, server.meters = health, meters
    Thread(target=server.serve_forever, name="monitor", daemon=True).start()
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()


def asked(port: int, *, seconds: float = 5.0) -> str:
    """What the bot that is monitored at *port* says of its health, in a sentence.

    Raises:
        Unhealthy: It is not well, or does not answer.

    """
    connection = HTTPConnection(HOST, port, timeout=seconds)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            said = answer.read(1000).decode("utf-8", "replace").strip()
        except (OSError, HTTPException) as error:
            raise Unhealthy(f"Nobody answers at port {port} of this machine ({error}).") from error
    if answer.status != 200:
        raise Unhealthy(said)
    return said


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A client that keeps its connection open must not hold up the end.
    block_on_close = False
    health: Health
    meters: Meters

    def handle_error(self, request: object, client_address: object) -> None:
        """Called by socketserver, for example when a client hangs up early; it would print a traceback."""
        logger.debug("A request to the monitor failed.", exc_info=True)


class _Answering(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5.0
    """Seconds that a client may take over its request."""

    def do_GET(self) -> None:  # http.server's name
        """Called by http.server."""
        match self.path.partition("?")[0]:
            case "/healthz":
                self._tell(self.server.health.failing, "Quoth is at work.")
            case "/readyz":
                self._tell(self.server.health.unready, "Quoth answers questions.")
            case "/metrics":
                self._send(200, self.server.meters.exposition(), self.server.meters.CONTENT_TYPE)
            case _:
                self._send(404, b"There are /healthz, /readyz and /metrics.\n")

    def log_message(self, format: str, *args: object) -> None:  # http.server's name
        """Called by http.server for every request; what is asked every few seconds is no news."""

    def _tell(self, fault: str | None, otherwise: str) -> None:
        self._send(503 if fault else 200, f"{fault or otherwise}\n".encode())

    def _send(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


async def _sample(health: Health, meters: Meters | None) -> None:
    while True:
        began = time.monotonic()
        await asyncio.sleep(_SAMPLE_SECONDS)
        if meters is not None:
            meters.lagged(max(0.0, time.monotonic() - began - _SAMPLE_SECONDS))
        health.beat()
