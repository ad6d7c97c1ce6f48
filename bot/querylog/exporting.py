"""Questions as rows of CSV, which a spreadsheet cannot take for formulas, or as lines of JSON; without pseudonyms."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any, Literal, TextIO

from bot.querylog.reading import Kept

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
    """One question as an object with the `COLUMNS` for names; what is not known is None."""
    asked = kept.asked
    values = (
        asked.id,
        asked.at.isoformat(),
        # Beyond 2**53, where many readers of JSON lose digits.
        None if asked.server is None else str(asked.server),
        asked.door.value,
        asked.question,
        asked.outcome.value,
        asked.language,
        list(asked.terms),
        list(asked.missing),
        [citation for citation, _ in asked.shown],
        [round(score, 4) for _, score in asked.shown],
        sum(helpful for _, helpful in kept.votes),
        sum(not helpful for _, helpful in kept.votes),
        list(kept.opened),
        round(asked.milliseconds, 3),
        asked.index_version,
        asked.engine,
        asked.sent_at.isoformat() if asked.sent_at else None,
        asked.done_at.isoformat() if asked.done_at else None,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _write_line(out: TextIO, kept: Kept) -> None:
    out.write(json.dumps(as_json(kept), ensure_ascii=False) + "\n")


def _cell(value: Any) -> Any:
    """Text that begins like a formula gets an apostrophe in front."""
    if isinstance(value, list):
        value = " ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
