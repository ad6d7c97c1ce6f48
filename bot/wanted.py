"""Which articles somebody wants to search or to see, and what is said about that choice."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple

import numpy as np
from babel import Locale

from bot.words import SOURCE, _, n_, spoken
from retrieval.facets import Facets
from retrieval.language import UNKNOWN
from retrieval.model import ArticleId
from retrieval.snapshot import Snapshot
from retrieval.titles import Fitting

# With two units for each, a button carries them beside all the rest:
# https://discord.com/developers/docs/components/reference#anatomy-of-a-component-custom-id
_PUBLISHER = 30
_PERIOD = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_NAMED = 5
"""Publishers that a sentence names."""


class NoneWanted(ValueError):
    """No article is wanted, or a date is none. The message is one sentence for the person."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles somebody wants; an empty string stands for no wish."""

    publisher: str = ""
    """Its name or the beginning of it, whatever case and accents; at most 30 characters, which a button can carry."""
    after: str = ""
    """A day, month or year like 2021-02-01, 2021-02 or 2021, which is wanted too; articles without a date are not."""
    before: str = ""
    """Likewise: up to the end of that day, month or year."""
    language: str = ""
    """A code like de or its name, in English or in the language that is spoken."""
    article: str = ""
    """Id or title of the only article wanted."""

    @classmethod
    def typed(
        cls,
        *,
        article: str | None = None,
        publisher: str | None = None,
        after: str | None = None,
        before: str | None = None,
        language: str | None = None,
    ) -> Wanted:
        """What somebody typed, without white space that says nothing."""
        return cls(
            " ".join((publisher or "").split())[:_PUBLISHER].rstrip(),
            (after or "").strip(),
            (before or "").strip(),
            (language or "").strip(),
            (article or "").strip(),
        )

    @classmethod
    def of_state(cls, state: str) -> Wanted:
        """What `state` wrote, or an older Quoth, which knew articles only."""
        article, _, rest = state.partition(":")
        if article not in ("", "-"):
            return cls(article=article)
        after, before, language, publisher = [*rest.split(":", 3), "", "", "", ""][:4]
        return cls(publisher, after, before, language)

    @property
    def state(self) -> str:
        """What a button carries of a choice that `chosen` has made: at most 91 UTF-16 code units."""
        if self.article or self == ALL:
            return self.article or "-"
        return f"-:{self.after}:{self.before}:{self.language}:{self.publisher}"


ALL = Wanted()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The articles that are wanted; there is at least one."""

    articles: frozenset[ArticleId] | None
    """None for all."""
    wanted: Wanted
    """Dates in full, the language as a code, and nothing beside an article."""
    words: tuple[str, ...]
    """What was wished for, each in words, like `from 2021-02 on`."""


class Period(NamedTuple):
    """A day, a month or a year."""

    first: date
    last: date
    text: str


class _Filter(NamedTuple):
    words: str
    fits: Fitting
    none: str
    """What is said if no article fits."""


def chosen(snapshot: Snapshot, wanted: Wanted) -> Chosen:
    """The articles of *snapshot* that are *wanted*. Beside an article the other wishes only decide whether it fits.

    Raises:
        NoneWanted: There are none, or a date is none.
        UnknownArticle: There is no such article.

    """
    only = snapshot.article(wanted.article) if wanted.article else None
    facets = snapshot.facets
    after, before = period(wanted.after), period(wanted.before)
    language = _code(wanted.language, facets.languages)
    filters = _filters(facets, wanted, after, before, language)
    for one in filters:
        if not one.fits.any():
            raise NoneWanted(one.none)
    if not filters:
        return Chosen(frozenset([only.id]), Wanted(article=only.id), (only.title,)) if only else Chosen(None, ALL, ())
    together = np.logical_and.reduce([one.fits for one in filters])
    words = tuple(one.words for one in filters)
    if not together.any():
        alone = "; ".join(f"{one.words}: {int(one.fits.sum()):,}" for one in filters)
        raise NoneWanted(_("No article fits all of this together. How many fit each alone: {counts}.", counts=alone))
    articles = facets.ids(together)
    if only is not None:
        if only.id not in articles:
            raise NoneWanted(
                _(
                    "“{title}” is not among the articles that fit: {filters}.",
                    title=only.title,
                    filters=", ".join(words),
                )
            )
        return Chosen(frozenset([only.id]), Wanted(article=only.id), (only.title,))
    canonical = Wanted(
        wanted.publisher, after.text if after else "", before.text if before else "", language if language else ""
    )
    return Chosen(articles, canonical, words)


def fitting(facets: Facets, wanted: Wanted) -> Fitting | None:
    """The articles that fit while somebody is still typing; None for all.

    What is no date, or not yet, is no wish; nor is an article.
    """
    filters = _filters(
        facets, wanted, _begun(wanted.after), _begun(wanted.before), _code(wanted.language, facets.languages)
    )
    return np.logical_and.reduce([one.fits for one in filters]) if filters else None


def _begun(text: str) -> Period | None:
    try:
        return period(text)
    except NoneWanted:
        return None


def period(text: str) -> Period | None:
    """The day, month or year that *text* names, like 2021-02-01, 2021-02 or 2021; None for an empty text.

    Raises:
        NoneWanted: It names none.

    """
    if not text:
        return None
    parts = _PERIOD.fullmatch(text)
    # There is no year 0.
    year, month, day = (int(part or 0) for part in parts.groups()) if parts else (0, 0, 0)
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    except ValueError:
        shown = text if len(text) <= _PUBLISHER else text[:_PUBLISHER] + "…"
        raise NoneWanted(_("“{typed}” is not a date like 2021-02-01, 2021-02 or 2021.", typed=shown)) from None
    return Period(first, last, first.isoformat()[: 4 + 3 * bool(month) + 3 * bool(day)])


def language_name(code: str) -> str:
    """The language of that code of ISO 639-1, in the language that is spoken; the code itself where it is not known."""
    return _("Unknown language") if code == UNKNOWN else _name(code, spoken())


@cache
def _name(code: str, language: str) -> str:
    return str(Locale(language).languages.get(code, code))


def _filters(
    facets: Facets, wanted: Wanted, after: Period | None, before: Period | None, language: str | None
) -> list[_Filter]:
    """One for each wish, in the order in which they are told."""
    filters = []
    if wanted.publisher:
        names = facets.named(wanted.publisher)
        begun = _("publishers that begin with “{name}”", name=wanted.publisher)
        either = _("{one} or {other}", one=names[0], other=names[1]) if len(names) == 2 else begun
        words = names[0] if len(names) == 1 else either
        there = (
            _("there are articles of {publishers}", publishers=_listed(facets.publishers))
            if facets.publishers
            else _("none states its own")
        )
        none = _("No article has a publisher that begins with “{name}”; {there}.", name=wanted.publisher, there=there)
        filters.append(_Filter(words, facets.of_publishers(names), none))
    dated = (
        _("the dates go from {first} to {last}", first=str(facets.days[-1]), last=str(facets.days[0]))
        if facets.days
        else _("no article states its date")
    )
    if after is not None:
        fits = facets.between(after.first, None)
        words = _("from {day} on", day=after.text)
        filters.append(_Filter(words, fits, _("No article is {when}; {dated}.", when=words, dated=dated)))
    if before is not None:
        fits = facets.between(None, before.last)
        words = _("up to {day}", day=before.text)
        filters.append(_Filter(words, fits, _("No article is {when}; {dated}.", when=words, dated=dated)))
    if language is not None:
        there = _listed([language_name(code) for code in facets.languages])
        name = language_name(language) if language else wanted.language[:_PUBLISHER]
        none = _("No article is in “{language}”; there are articles in {there}.", language=name, there=there)
        words = _("in a language that cannot be told") if language == UNKNOWN else _("in {language}", language=name)
        filters.append(_Filter(words, facets.in_language(language), none))
    return filters


def _code(typed: str, present: Sequence[str]) -> str | None:
    """The code of the language that was typed as a code or as a name: empty for one not *present*, None for none."""
    if not typed:
        return None
    wanted = typed.casefold()
    by_name = {name.casefold(): code for code in present for name in (_name(code, SOURCE), language_name(code))}
    code = wanted.replace("_", "-").partition("-")[0]
    return by_name.get(wanted) or (code if code in present else "")


def _listed(names: Sequence[str]) -> str:
    """The first of *names*, and how many more there are."""
    more = len(names) - _NAMED
    shown = [*names[:_NAMED], *([n_("{n} more", "{n} more", more)] if more > 0 else [])]
    return _("{some} and {last}", some=", ".join(shown[:-1]), last=shown[-1]) if len(shown) > 1 else shown[0]
