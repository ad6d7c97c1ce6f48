"""The words of the interface, in the language of whoever reads them.

Whoever begins something for a person says `speak(locale)` once; `_` and `n_` then give its language in all that follows
in the same task and in its threads. Without it they give English.
"""

from __future__ import annotations

import io
import unicodedata
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from retrieval.errors import QuothError
from retrieval.phrases import Phrase

NAME = "name"
"""The context of the names of commands and options, which have no spaces and no capitals."""

SOURCE = "en"
"""The language of the messages that are translated."""
# https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
_FIRST_STRONG, _POP = "\u2068", "\u2069"
_ISOLATES = "\u2066\u2067" + _FIRST_STRONG + _POP
_TURNING = frozenset({"R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI"})
"""Classes of characters whose direction, or that which they begin, would reach into the words around them."""

_language: ContextVar[str] = ContextVar("language", default=SOURCE)
_names: ContextVar[str] = ContextVar("names", default=SOURCE)


@cache
def languages() -> tuple[str, ...]:
    """The codes of the languages that there are words in."""
    folders = (files("bot") / "locales").iterdir()
    return (SOURCE, *sorted(folder.name for folder in folders if (folder / "quoth.po").is_file()))


def load() -> None:
    """Read all catalogues, so that nobody waits for one later."""
    for language in languages():
        catalogue(language)


def language_of(*wanted: str | None) -> str:
    """The first of the *wanted* languages (as Discord's locales, `es-419`) that has words here, else English."""
    codes = (locale.partition("-")[0] for locale in wanted if locale)
    return next((code for code in codes if code in languages()), SOURCE)


def spoken() -> str:
    """The code of the language that is spoken."""
    return _language.get()


def speak(*wanted: str | None, names: str | None = None) -> None:
    """Use the first of the *wanted* languages that has words here, else English.

    *names* is the locale in which the person's Discord shows the names of commands, where that is known.
    """
    _language.set(language_of(*wanted))
    _names.set(language_of(names))


def _(message: str, **values: object) -> str:
    """*message* in the language that is spoken, with the *values* that it names in braces."""
    told = catalogue(_language.get()).gettext(message)
    return told.format(**_isolated(values)) if values else told


def n_(one: str, many: str, number: int, **values: object) -> str:
    """*one* or *many*, whichever form the language has for *number*, which stands in them as `{n}`."""
    told = catalogue(_language.get()).ngettext(one, many, number)
    return told.format(n=f"{number:,}", **_isolated(values))


def pgettext(_context: str, message: str) -> str:
    """*message*, which is translated later, as a word of that context: gettext's tools look for this name."""
    return message


def command(name: str) -> str:
    """A command, `index reload`, as whoever reads it finds it in Discord."""
    known = catalogue(_names.get())
    return "/" + " ".join(known.pgettext(NAME, part) for part in name.split())


def quoted(words: str) -> str:
    """*words* between the quotation marks of the language that is spoken."""
    return _("“{words}”", words=words)


def explained(said: QuothError | str) -> str:
    """What went wrong, or what the library says of it, in the language that is spoken; what is no phrase as it is."""
    phrase = said.phrase if isinstance(said, QuothError) else said
    if not isinstance(phrase, Phrase):
        return phrase
    values = {name: explained(value) if isinstance(value, str) else value for name, value in phrase.values.items()}
    return _(phrase.message, **values)


def isolated(text: str) -> str:
    """*text* as it is put beside words of ours, which its direction must not turn around, nor they its own.

    A mark that ends an isolate which is not its own would end ours, and one that is never ended would take our words
    in: neither is shown.
    """
    if text:
        text = _paired(text) or "…"
    turned = not text.isascii() and any(map(_turns, text))
    if not text or not (_leftwards(_language.get()) or turned):
        return text
    return f"{_FIRST_STRONG}{text}{_POP}"


def unisolated(text: str) -> str:
    """What `isolated` was given."""
    return text[1:-1] if text[:1] == _FIRST_STRONG and text[-1:] == _POP else text


@cache
def catalogue(language: str) -> NullTranslations:
    """The words of *language*, one of `languages`."""
    if language == SOURCE:
        return NullTranslations()
    compiled = io.BytesIO()
    with (files("bot") / "locales" / language / "quoth.po").open("rb") as written:
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _isolated(values: dict[str, object]) -> dict[str, object]:
    return {name: isolated(value) if isinstance(value, str) else value for name, value in values.items()}


def _paired(text: str) -> str:
    """*text* without marks of isolates that have no counterpart in it."""
    if not any(mark in text for mark in _ISOLATES):
        return text
    alone: set[int] = set()
    opened: list[int] = []
    for at, character in enumerate(text):
        if character == _POP and opened:
            opened.pop()
        elif character in _ISOLATES:
            (alone.add if character == _POP else opened.append)(at)
    alone.update(opened)
    return "".join(character for at, character in enumerate(text) if at not in alone)


@cache
def _leftwards(language: str) -> bool:
    return Locale(language).text_direction == "rtl"


def _turns(character: str) -> bool:
    return unicodedata.bidirectional(character) in _TURNING
