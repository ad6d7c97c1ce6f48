"""How often the bot begins a session with Discord: at 1,000 in a day Discord ends all of them and resets the token.

Source: https://discord.com/developers/docs/events/gateway#identifying
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from retrieval.files import write_whole

logger = logging.getLogger(__name__)

MOST = 40
"""Sessions that are begun in an hour, but for a bot with many shards; in a day 24 times as many, whatever it has."""

_HOUR_SECONDS, _DAY_SECONDS = 3600.0, 86_400.0


class TooManySessions(Exception):
    """So many sessions were begun that another one has to wait. The message is one sentence."""


class Sessions:
    """Remembers in a file when sessions were begun, so that a restart does not begin to count anew."""

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        """*now*: seconds since 1970."""
        self._path = path
        self._now = now
        self._begun: list[float] = []

    def seconds_to_wait(self, shards: int = 1, beginning: int = 1) -> float:
        """How long *beginning* sessions may not be begun; 0 if they may. Reads the file.

        Many *shards* begin more: all of them may be started twice in an hour.
        """
        return self._held_back(shards, beginning)[0]

    def begin(self, shards: int = 1) -> None:
        """Count a session that is about to be begun, of a bot with so many *shards*. Reads and writes the file.

        Raises:
            TooManySessions: It must not be.

        """
        wait, told = self._held_back(shards, 1)
        if wait:
            raise TooManySessions(
                f"Discord has ended {told}. The next one is begun in {wait / 60:.0f} minutes, before Discord resets "
                "the token."
            )
        self._begun.append(self._now())
        try:
            write_whole(self._path, "".join(f"{at}\n" for at in self._begun).encode("ascii"))
        except OSError as error:
            logger.warning("%s cannot be written (%s); a restart forgets what it counts.", self._path, error.strerror)

    def _held_back(self, shards: int, beginning: int) -> tuple[float, str]:
        """The seconds, and how many sessions in how long are the reason."""
        now = self._now()
        # A clock that is set back by less than a day makes nothing be forgotten.
        self._begun = sorted(at for at in {*self._begun, *self._stored()} if abs(now - at) < _DAY_SECONDS)
        waits = [(0.0, "")]
        hour, day = max(MOST, 2 * shards), 24 * MOST
        for most, seconds, told in ((hour, _HOUR_SECONDS, "an hour"), (day, _DAY_SECONDS, "a day")):
            recent = [at for at in self._begun if abs(now - at) < seconds]
            too_many = min(len(recent) + beginning - most, len(recent))
            if too_many > 0:
                wait = max(1.0, recent[too_many - 1] + seconds - now)
                waits.append((wait, f"{most} sessions within {told}"))
        return max(waits)

    def _stored(self) -> list[float]:
        try:
            return [float(line) for line in self._path.read_text(encoding="ascii").split()]
        except (OSError, ValueError):
            return []
