"""One question and its outcome, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retrieval.model import CitationId, Outcome


class Door(StrEnum):
    """Where a question came in."""

    SLASH = "slash"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered or refused. Nothing in it says who asked."""

    at: datetime
    """In UTC."""
    door: Door
    server: int | None
    """Discord's id of the server; None in the terminal and in direct messages."""
    question: str
    outcome: Outcome
    shown: tuple[tuple[CitationId, float], ...]
    """The passages shown, best first, with their scores."""
    missing: tuple[str, ...]
    """Words of the question that no article has."""
    index_version: str
    milliseconds: float
