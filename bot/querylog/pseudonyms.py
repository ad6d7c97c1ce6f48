"""Names for askers that nobody can turn back: good for erasing one's own questions, and no longer than a period."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock

from retrieval.files import write_whole

_SET_RIGHT = timedelta(days=1)
"""A clock that is set back by less than this does not end the life of a key."""


class Pseudonyms:
    """HMAC-SHA256 of a member's id, with a key in a file that is replaced, and so deleted, every *period*."""

    def __init__(self, path: Path, *, period: timedelta, now: Callable[[], datetime]) -> None:
        self._path = path
        self._period = period
        self._now = now
        self._key: tuple[bytes, datetime] | None = None

    def of(self, member: int) -> str:
        """32 hexadecimal digits, equal for equal members while the key is the same. It may read and write a file.

        Raises:
            OSError: The key cannot be read or kept.

        """
        if self._key is None or not self._serves(self._key[1]):
            self._key = self._current()
        return hmac.new(self._key[0], str(member).encode(), hashlib.sha256).hexdigest()[:32]

    def _current(self) -> tuple[bytes, datetime]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._path.with_name(self._path.name + ".lock"), timeout=2):
            kept = self._read()
            if kept is not None and self._serves(kept[1]):
                return kept
            made = secrets.token_bytes(32), self._now()
            kept_as = json.dumps({"key": made[0].hex(), "begun": made[1].isoformat()})
            # Nobody but the owner can read it at any moment.
            write_whole(self._path, kept_as.encode("ascii"), mode=0o600)
            return made

    def _serves(self, begun: datetime) -> bool:
        """Whether a key from that time is still used; one from the future, by a clock that was wrong, is not."""
        return -_SET_RIGHT <= self._now() - begun < self._period

    def _read(self) -> tuple[bytes, datetime] | None:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            return bytes.fromhex(kept["key"]), datetime.fromisoformat(kept["begun"])
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            # A key that cannot be read links nothing any more; a new one takes its place.
            return None
