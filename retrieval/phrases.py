"""What the library says of files and versions, in English, and in pieces that whoever shows it can translate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Phrase(str):
    """A sentence or a part of one: *message*, which names its *values* in braces. A value may be a phrase itself.

    As a text it is English. Equal texts are equal phrases.
    """

    message: str
    values: dict[str, object]

    def __new__(cls, message: str, **values: object) -> Phrase:
        """*message* is marked with `N_`, so that gettext's tools find it."""
        phrase = super().__new__(cls, message.format(**values) if values else message)
        phrase.message, phrase.values = message, values
        return phrase

    @classmethod
    def joined(cls, parts: Iterable[str]) -> Phrase:
        """*parts*, one after the other with a space between them; there is at least one."""
        values = {f"part{number}": part for number, part in enumerate(parts)}
        return cls(" ".join(f"{{{name}}}" for name in values), **values)


def phrase_json(said: object) -> Any:
    """A phrase as its message and its values, in terms of JSON; anything else as it is."""
    if not isinstance(said, Phrase):
        return said
    return [said.message, {name: phrase_json(value) for name, value in said.values.items()}]


def phrase_of(written: Any) -> Any:
    """The phrase that `phrase_json` wrote, or what was none."""
    if not isinstance(written, list):
        return written
    message, values = written
    return Phrase(message, **{name: phrase_of(value) for name, value in values.items()})
