"""What a reader makes of an article in a file, before it has an id and a place in the collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from retrieval.errors import N_, UnreadableFile
from retrieval.model import LeftOut, Line, Metadata


@dataclass(frozen=True, slots=True)
class Draft:
    """The parts of an article as its file gives them."""

    title: str | None
    lines: tuple[Line, ...]
    """The paragraphs, with their places in the file."""
    notices: tuple[LeftOut, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    remarks: tuple[str, ...] = ()
    """Sentences for the moderator about doubts that did not stop the reading; see `FileRead.problem`."""
    part: str = ""
    """What tells it from the other articles of its file, whatever is added to the file; empty if it is the only one."""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The texts of the paragraphs."""
        return tuple(line.text for line in self.lines)


def with_remarks(drafts: Sequence[Draft], remarks: Sequence[str]) -> tuple[Draft, ...]:
    """*drafts* of one file, the first of which says *remarks* about the whole file before its own.

    Raises:
        UnreadableFile: There is no draft; the sentence gives the first remark as the reason.

    """
    if not drafts:
        if remarks:
            raise UnreadableFile(N_("no article was found in it ({reason})"), reason=remarks[0])
        raise UnreadableFile(N_("no article was found in it"))
    first, *others = drafts
    return (replace(first, remarks=(*remarks, *first.remarks)), *others)
