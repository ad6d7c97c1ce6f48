"""Reads `.jsonl`: each line is an article, as a JSON object."""

from __future__ import annotations

import json
import re
from dataclasses import fields

from retrieval.errors import N_, UnreadableFile
from retrieval.formats.decoding import decoded
from retrieval.formats.draft import Draft, with_remarks
from retrieval.metadata import metadata_from
from retrieval.model import Line, Metadata
from retrieval.phrases import Phrase

_STATEMENTS = tuple(field.name for field in fields(Metadata))


def read(data: bytes) -> tuple[Draft, ...]:
    """The articles of *data*, in its order.

    An object has `text`, whose paragraphs are parted by blank lines, or `paragraphs`, a list of texts; beside it the
    names of `Metadata`. A line that cannot be used is a remark with its number, other names are one remark.

    Source: https://jsonlines.org

    Raises:
        UnreadableFile: *data* is no text, or no line of it is an article.

    """
    text, doubts = decoded(data)
    drafts, remarks = [], list(doubts)
    unknown: dict[str, None] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = _object(line)
            paragraphs = _paragraphs(found)
        except UnreadableFile as error:
            remarks.append(Phrase(N_("line {number} was left out: {reason}"), number=number, reason=error.phrase))
            continue
        metadata, doubtful = metadata_from({name: found[name] for name in _STATEMENTS if name in found})
        unknown.update(dict.fromkeys(found.keys() - {*_STATEMENTS, "text", "paragraphs"}))
        said = tuple(Phrase(N_("line {number}: {remark}"), number=number, remark=one) for one in doubtful)
        lines = tuple(Line(place, part) for place, part in enumerate(paragraphs, 1))
        part = metadata.url or metadata.title or paragraphs[0]
        drafts.append(Draft(metadata.title, lines, metadata=metadata, remarks=said, part=part))
    if unknown:
        told = N_("of each line only text, paragraphs, {names} are read; passed over: {others}")
        remarks.append(Phrase(told, names=", ".join(_STATEMENTS), others=", ".join(sorted(unknown))))
    return with_remarks(drafts, remarks)


def _object(line: str) -> dict[str, object]:
    try:
        found = json.loads(line)
        # JSON can write half a letter (a lone surrogate), which no file or message can hold.
        line.encode() if "\\u" not in line else json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise UnreadableFile(N_("it holds half a letter")) from None
    except json.JSONDecodeError as error:
        raise UnreadableFile(N_("it is not JSON at character {place}"), place=error.pos + 1) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(N_("it is JSON of a kind that nobody writes by hand or program")) from error
    if not isinstance(found, dict):
        raise UnreadableFile(N_("it is JSON, but no object in braces"))
    return found


def _paragraphs(found: dict[str, object]) -> tuple[str, ...]:
    text, listed = found.get("text"), found.get("paragraphs")
    if text is not None and listed is not None:
        raise UnreadableFile(N_("it has both “text” and “paragraphs”"))
    if isinstance(text, str):
        parts = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))
    elif isinstance(listed, list) and all(isinstance(part, str) for part in listed):
        parts = listed
    else:
        raise UnreadableFile(N_("it has neither “text”, a text, nor “paragraphs”, a list of texts"))
    kept = tuple(stripped for part in parts if (stripped := part.replace("\x00", "").strip()))
    if not kept:
        raise UnreadableFile(N_("it has no text"))
    return kept
