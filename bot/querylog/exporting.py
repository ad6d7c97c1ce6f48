"""Questions as rows of CSV, which a spreadsheet cannot take for formulas, or as lines of JSON; without pseudonyms."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any, Literal, TextIO

from bot.querylog.reading import Kept
from bot.querylog.row import Asked

Format = Literal["csv", "jsonl"]

COLUMNS = (
    "id",
    "at",
    "server",
    "door",
    "question",
    "outcome",
    "language",
    "terms",
    "missing",
    "passages",
    "scores",
    "helpful",
    "unhelpful",
    "opened",
    "milliseconds",
    "index_version",
    "engine",
    "sent_at",
    "done_at",
)
"""Names of the fields, and in CSV the heading."""

# https://owasp.org/www-community/attacks/CSV_Injection, with the wide forms that some spreadsheets read likewise.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def into(out: TextIO, form: Format) -> Callable[[Kept], None]:
    """What writes one question after the other into *out*; a heading is written at once where the form has one."""
    if form == "jsonl":
        return lambda kept: _write_line(out, kept)
    table = csv.writer(out)
    table.writerow(COLUMNS)
    return lambda kept: table.writerow([_cell(value) for value in as_json(kept).values()])


def as_json(kept: Kept) -> dict[str, Any]:
    """One question and what became of it, as an object with the `COLUMNS` for names; what is not known is None."""
    became = {
        "helpful": sum(helpful for _, helpful in kept.votes),
        "unhelpful": sum(not helpful for _, helpful in kept.votes),
        "opened": list(kept.opened),
    }
    row = asked_json(kept.asked) | became
    return {name: row[name] for name in COLUMNS}


def asked_json(asked: Asked) -> dict[str, Any]:
    """One question alone, likewise."""
    return {
        "id": asked.id,
        "at": asked.at.isoformat(),
        # As text: beyond 2**53 many readers of JSON lose digits.
        "server": None if asked.server is None else str(asked.server),
        "door": asked.door.value,
        "question": asked.question,
        "outcome": asked.outcome.value,
        "language": asked.language,
        "terms": list(asked.terms),
        "missing": list(asked.missing),
        "passages": [citation for citation, _ in asked.shown],
        "scores": [round(score, 4) for _, score in asked.shown],
        "milliseconds": round(asked.milliseconds, 3),
        "index_version": asked.index_version,
        "engine": asked.engine,
        "sent_at": asked.sent_at.isoformat() if asked.sent_at else None,
        "done_at": asked.done_at.isoformat() if asked.done_at else None,
    }


def _write_line(out: TextIO, kept: Kept) -> None:
    out.write(json.dumps(as_json(kept), ensure_ascii=False) + "\n")


def _cell(value: Any) -> Any:
    """Text that begins like a formula gets an apostrophe in front."""
    if isinstance(value, list):
        value = " ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
