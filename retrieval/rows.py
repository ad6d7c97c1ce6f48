"""The rows of a judged collection's files, each held against what it has to be: a mistake is told with its line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from retrieval.errors import QuothError

_GAIN: Final = re.compile(r"(-?\d{1,6})(?:\.0*)?")


class BadCollection(QuothError):
    """A collection's files cannot be read, or do not fit together."""


@dataclass(frozen=True, slots=True)
class Row:
    """One object of a file, and where it stands."""

    place: str
    fields: Mapping[str, Any]

    def id(self, name: str) -> str:
        """The field as an id; a number is read as its digits."""
        value = self.fields.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise BadCollection(f"{self.place} has no “{name}” that is text or a number.")
        return str(value)

    def text(self, name: str) -> str:
        """The field, which has to be text."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            raise BadCollection(f"{self.place} has no “{name}” that is text.")
        return value

    def title(self) -> str:
        """The title; empty where there is none."""
        return "" if self.fields.get("title") is None else self.text("title")


@dataclass(frozen=True, slots=True)
class Judgment:
    """A line of qrels."""

    place: str
    question: str
    judged: str
    """A paragraph, or an article where whole articles are judged."""
    gain: int


def json_rows(path: Path) -> Iterator[Row]:
    """The objects of a JSON Lines file.

    Raises:
        BadCollection: The file cannot be read, or a line of it is no object.

    """
    # Not splitlines: JSON may have U+2028 in its strings.
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if line.strip():
            place = f"{path}, line {number}"
            yield Row(place, _object(line, place))


def json_row(path: Path) -> Row:
    """The one object of a JSON file.

    Raises:
        BadCollection: The file cannot be read, or is no object.

    """
    return Row(str(path), _object(text_of(path), str(path)))


def judgments(path: Path, questions: frozenset[str]) -> Iterator[Judgment]:
    """The lines of qrels: question, judged id and gain, with tabs between them.

    A first line that is on none of *questions* and has no number for a gain is a heading.

    Raises:
        BadCollection: The file cannot be read, a line is none of that, or its question is not among *questions*.

    """
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if not line.strip():
            continue
        place, fields = f"{path}, line {number}", [field.strip() for field in line.split("\t")]
        if len(fields) != 3:
            raise BadCollection(f"{place} is not a question, a paragraph and a gain with tabs between them.")
        question, judged, gain = fields
        read = _GAIN.fullmatch(gain)
        if read is None and number == 1 and question not in questions:
            continue
        if read is None:
            raise BadCollection(f"{place}: the gain “{gain}” is not a whole number.")
        if question not in questions:
            raise BadCollection(f"{place} judges question {question}, which is not there.")
        yield Judgment(place, question, judged, int(read[1]))


def question_rows(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What each `[[question]]` table asks, and the words it quotes.

    Raises:
        BadCollection: The file cannot be read, or a table is not as it must be.

    """
    try:
        tables = tomllib.loads(text_of(path)).get("question", [])
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadCollection(f"{path} is not TOML ({error}).") from error
    if not isinstance(tables, list):
        raise BadCollection(f"{path}: a question begins with [[question]], in two pairs of brackets.")
    for number, table in enumerate(tables, start=1):
        row = Row(f"{path}, question {number}", table if isinstance(table, dict) else {})
        ask, quotes = row.text("ask"), row.fields.get("quotes", [])
        if not isinstance(quotes, list) or not all(isinstance(quote, str) and quote.strip() for quote in quotes):
            raise BadCollection(f'{row.place}: “quotes” is not a list of texts, as in quotes = ["the harbour froze"].')
        yield ask, tuple(quotes)


def text_of(path: Path) -> str:
    """The text of a file in UTF-8, without a byte order mark.

    Raises:
        BadCollection: The file cannot be read, or is no such text.

    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadCollection(f"{path} is missing.") from None
    except OSError as error:
        raise BadCollection(f"{path} cannot be read ({error.strerror}).") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadCollection(f"{path}, line {line} is not text in UTF-8.") from error


def _object(text: str, place: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadCollection(f"{place} is not JSON.") from error
    if not isinstance(found, dict):
        raise BadCollection(f"{place} is not a JSON object.")
    return found
