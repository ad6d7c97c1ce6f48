"""What the program counts of itself for Prometheus: numbers alone, never a word or an id of anybody."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Up to where Discord has given up on an answer, with some room."""


class Meters:
    """Counters and gauges of one process, in a registry of their own."""

    CONTENT_TYPE = CONTENT_TYPE_LATEST
    """Of the exposition."""

    def __init__(self, *, waiting: Callable[[], int], lost: Callable[[], int]) -> None:
        """*waiting* and *lost*: entries of the query log that are not written yet, and that never will be."""
        self._registry = CollectorRegistry()
        self._asks = Counter("quoth_asks", "Questions by what became of them.", ["outcome"], registry=self._registry)
        self._seconds = Histogram(
            "quoth_ask_seconds", "From a question to its answer.", registry=self._registry, buckets=_SECONDS
        )
        self._changes = Counter(
            "quoth_changes", "Reloads and other changes of the articles.", ["result"], registry=self._registry
        )
        self._lag = Histogram(
            "quoth_loop_lag_seconds",
            "How late the event loop was, measured ten times a second.",
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._gauge("quoth_log_waiting", "Entries of the query log that are not written yet.", waiting)
        self._gauge("quoth_log_lost", "Entries of the query log that could not be kept since the start.", lost)

    def asked(self, outcome: str, seconds: float) -> None:
        """Count a question."""
        self._asks.labels(outcome).inc()
        self._seconds.observe(seconds)

    def changed(self, live: bool) -> None:
        """Count a change of the articles that is *live* now, or that failed."""
        self._changes.labels("live" if live else "failed").inc()

    def lagged(self, seconds: float) -> None:
        """Note how late the event loop was."""
        self._lag.observe(seconds)

    def watch_gateway(self, connected: Callable[[], bool]) -> None:
        """Show whether there is a session with Discord."""
        self._gauge("quoth_gateway_connected", "1 while there is a session with Discord.", connected)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, told: str, value: Callable[[], float]) -> None:
        Gauge(name, told, registry=self._registry).set_function(value)
