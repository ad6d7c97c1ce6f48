"""A file as it was read ↔ JSON, for the disk and between processes. Nothing in it can execute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from retrieval.assembling import FileRead
from retrieval.formats import Draft
from retrieval.metadata import metadata_of, statements_of
from retrieval.model import LeftOut, Line, Rule
from retrieval.phrases import Phrase


def record_of(file: FileRead) -> dict[str, Any]:
    """*file* in terms of JSON."""
    return {
        "source": file.source,
        "digest": file.digest,
        "problem": _phrase_json(file.problem),
        "drafts": [
            {
                "title": draft.title,
                "part": draft.part,
                "lines": [[line.line, line.text] for line in draft.lines],
                "notices": _left_out_json(draft.notices),
                "left_out": _left_out_json(draft.left_out),
                "metadata": statements_of(draft.metadata),
                "remarks": [_phrase_json(remark) for remark in draft.remarks],
            }
            for draft in file.drafts
        ],
    }


def file_of(record: Mapping[str, Any]) -> FileRead:
    """The file that `record_of` gave *record* for.

    Raises:
        KeyError, ValueError, TypeError: It is no such record.

    """
    drafts = (
        Draft(
            title=draft["title"],
            lines=tuple(Line(line, text) for line, text in draft["lines"]),
            notices=_left_out(draft["notices"]),
            left_out=_left_out(draft["left_out"]),
            metadata=metadata_of(draft["metadata"]),
            remarks=tuple(map(_phrase, draft["remarks"])),
            part=draft["part"],
        )
        for draft in record["drafts"]
    )
    return FileRead(record["source"], record["digest"], tuple(drafts), _phrase(record["problem"]))


def _phrase_json(said: object) -> Any:
    """A phrase as its message and its values; anything else as it is."""
    if not isinstance(said, Phrase):
        return said
    return [said.message, {name: _phrase_json(value) for name, value in said.values.items()}]


def _phrase(written: Any) -> Any:
    if not isinstance(written, list):
        return written
    message, values = written
    return Phrase(message, **{name: _phrase(value) for name, value in values.items()})


def _left_out_json(lines: Iterable[LeftOut]) -> list[list[Any]]:
    return [[line.line, line.text, line.rule.value] for line in lines]


def _left_out(lines: Sequence[Sequence[Any]]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(line, text, Rule(rule)) for line, text, rule in lines)
