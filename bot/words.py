"""The words of the interface, in the language of whoever reads them.

Whoever begins something for a person says `speak(locale)` once; `_` and `n_` then give its language in all that follows
in the same task and in its threads.
"""

from __future__ import annotations

import io
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_SOURCE = "en"

_catalogue: ContextVar[NullTranslations] = ContextVar("catalogue", default=NullTranslations())  # noqa: B039  # never changed


@cache
def languages() -> tuple[str, ...]:
    """The codes of the languages that there are words in."""
    folders = (files("bot") / "locales").iterdir()
    return (_SOURCE, *sorted(folder.name for folder in folders if (folder / "quoth.po").is_file()))


def speak(*wanted: str | None) -> None:
    """Use the first of the *wanted* languages (as Discord's locales, `es-419`) that has words here, else English."""
    codes = (locale.partition("-")[0] for locale in wanted if locale)
    _catalogue.set(catalogue(next((code for code in codes if code in languages()), _SOURCE)))


def _(message: str, **values: object) -> str:
    """*message* in the language that is spoken, with the *values* that it names in braces."""
    return _catalogue.get().gettext(message).format(**values)


def n_(one: str, many: str, number: int, **values: object) -> str:
    """*one* or *many*, whichever form the language has for *number*, which stands in them as `{n}`."""
    return _catalogue.get().ngettext(one, many, number).format(n=f"{number:,}", **values)


@cache
def catalogue(language: str) -> NullTranslations:
    """The words of *language*, one of `languages`."""
    if language == _SOURCE:
        return NullTranslations()
    compiled = io.BytesIO()
    with (files("bot") / "locales" / language / "quoth.po").open("rb") as written:
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
