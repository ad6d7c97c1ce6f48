"""What happens to a question, as values: asked, opened, found helpful, sent to the moderators, forgotten."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from retrieval.model import CitationId, Outcome


def new_number() -> int:
    """A name for a row that no other has, made before it is written, so that it can be written twice."""
    return secrets.randbits(63)


class Door(StrEnum):
    """Where a question came in."""

    SLASH = "slash"
    MENTION = "mention"
    MENU = "menu"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered or refused. Nothing in it says who asked."""

    id: str
    """16 hexadecimal digits, which a button can carry."""
    at: datetime
    """In UTC."""
    door: Door
    server: int | None
    """Discord's id of the server; None in the terminal and in direct messages."""
    question: str | None
    """None where its text is not kept."""
    outcome: Outcome
    shown: tuple[tuple[CitationId, float], ...]
    """The passages shown, best first, with their scores."""
    terms: tuple[str, ...]
    """What was searched for, as far as it stands in the articles."""
    missing: tuple[str, ...]
    """Words of the question that no article has."""
    language: str | None
    """Of the question, as a code of ISO 639-1; None for what an earlier Quoth has kept, like *engine*."""
    index_version: str
    engine: str | None
    milliseconds: float
    asker: str | None = None
    """A pseudonym, see `Pseudonyms`."""
    sent_at: datetime | None = None
    """When its asker sent it to the moderators."""
    done_at: datetime | None = None
    """When a moderator was done with it."""

    @property
    def wordless(self) -> Asked:
        """The same with no word but those that are in the articles."""
        return replace(self, question=None, missing=())


@dataclass(frozen=True, slots=True)
class Sent:
    """A question that its asker sends to the moderators: its text is kept, whatever the mode of the server."""

    asked: Asked
    """With its text; it makes the row where none was kept."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A question of which nothing is to be kept."""

    id: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Somebody found an answer, or the one passage *citation* of it, helpful or not."""

    id: str
    helpful: bool
    at: datetime
    citation: CitationId | None = None
    vote: int = field(default_factory=new_number)
    """Names the vote; another one of the same name takes its place."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody opened a source, from an answer or from elsewhere."""

    id: str | None
    """Of the question."""
    server: int | None
    citation: CitationId
    at: datetime
    number: int = field(default_factory=new_number)
    """Names this once."""


Entry = Asked | Sent | Forgotten | Judged | Opened
