"""What a reader makes of an article in a file, before it has an id and a place in the collection."""

from __future__ import annotations

from dataclasses import dataclass, field

from retrieval.model import LeftOut, Line, Metadata


@dataclass(frozen=True, slots=True)
class Draft:
    """The parts of an article as its file gives them."""

    title: str | None
    paragraphs: tuple[Line, ...]
    notices: tuple[LeftOut, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    remarks: tuple[str, ...] = ()
    """Sentences for the moderator about doubts that did not stop the reading."""
    part: str = ""
    """What tells it from the other articles of its file, whatever is added to the file; empty if it is the only one."""
