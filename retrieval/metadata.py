"""What a file says about its article → Metadata, with a sentence for each statement that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from urllib.parse import urlsplit

from retrieval.errors import N_, QuothError
from retrieval.model import Metadata
from retrieval.phrases import Phrase

_NAMES = tuple(field.name for field in fields(Metadata))


def metadata_from(statements: Mapping[str, object]) -> tuple[Metadata, tuple[str, ...]]:
    """The metadata in *statements* (names as in `Metadata`), and remarks on what was left out of it."""
    known: dict[str, object] = {}
    remarks = []
    for name, value in statements.items():
        if name not in _NAMES:
            told = N_("“{name}” is none of {names}; it was passed over")
            remarks.append(Phrase(told, name=name, names=", ".join(_NAMES)))
        elif value not in (None, ""):
            try:
                known[name] = _READ[name](value)
            except _Unusable as error:
                remarks.append(Phrase(N_("{name} {reason}; it was left out"), name=name, reason=error.phrase))
    return Metadata(**known), tuple(remarks)  # type: ignore[arg-type]  # each reader gives its field's type


def statements_of(metadata: Metadata) -> dict[str, str]:
    """What *metadata* state, as text that `metadata_of` reads."""
    stated = {name: getattr(metadata, name) for name in _NAMES}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in stated.items()
        if value is not None
    }


def metadata_of(statements: Mapping[str, str]) -> Metadata:
    """The metadata that `statements_of` wrote down.

    Raises:
        ValueError, TypeError: They are not as they were written.

    """
    published = statements.get("published")
    known = {**statements, "published": None if published is None else date.fromisoformat(published)}
    return Metadata(**known)  # type: ignore[arg-type]  # names and types are those of `statements_of`


class _Unusable(QuothError):
    """A statement cannot be used; the message is what follows its name in a sentence."""


def _line(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_line(item) for item in value)
    if not isinstance(value, str | int | float | date):
        raise _Unusable(N_("is not a line of text"))
    return " ".join(str(value).replace("\x00", "").split())


def _date(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value).strip()).date()
    except ValueError:
        raise _Unusable(N_("“{value}” is not a date like 2021-02-01"), value=str(value)) from None


def _url(value: object) -> str:
    url = str(value).strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        usable = False
    # https://discord.com/developers/docs/components/reference#button: a link button takes 512 characters.
    if not usable or len(url) > 512 or re.search(r"[\s<>\"\x00-\x1f\x7f]", url):
        raise _Unusable(N_("“{value}” is not a web address"), value=url[:80])
    return url


def _language(value: object) -> str:
    # YAML 1.1 reads an unquoted no as false (https://yaml.org/type/bool.html), and Norwegian is the likelier meaning.
    if value is False:
        return "no"
    code = str(value).strip().lower().replace("_", "-").partition("-")[0]
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise _Unusable(N_("“{value}” is not a language code like en"), value=str(value))
    return code


_READ = {
    "title": _line,
    "author": _line,
    "publisher": _line,
    "published": _date,
    "url": _url,
    "language": _language,
}
