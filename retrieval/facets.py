"""What can be chosen from in a collection: publishers, days of publication and languages, and the articles that fit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from retrieval.model import Article, ArticleId
from retrieval.titles import Fitting, day_number, folded_title


class Facets:
    """What the articles of one collection state, without repetitions. It never changes."""

    def __init__(self, articles: Sequence[Article], languages: Sequence[str]) -> None:
        """*languages*: the language of every article, as it is read."""
        told = [(article.id, article.metadata.publisher or "", day_number(article)) for article in articles]
        self._ids = [name for name, _, _ in told]
        names = [name for _, name, _ in told]
        folded = {name: folded_title(name) for name in set(names) - {""}}
        self.publishers: tuple[str, ...] = tuple(sorted(folded, key=lambda name: (folded[name], name)))
        """By name, whatever its case and accents."""
        self.days: tuple[date, ...] = tuple(
            date.fromordinal(day) for day in sorted({day for _, _, day in told if day}, reverse=True)
        )
        """Newest first."""
        self.languages: tuple[str, ...] = tuple(sorted(set(languages)))
        """Codes of ISO 639-1."""
        self._folded = {name: folded[name] for name in self.publishers}
        numbers = {name: number for number, name in enumerate(self.publishers)}
        self._publisher = np.array([numbers.get(name, -1) for name in names], dtype=np.int64)
        # Day 1 is in the year 1, so 0 is before all days.
        self._day = np.array([day for _, _, day in told], dtype=np.int64)
        codes = {code: number for number, code in enumerate(self.languages)}
        self._language = np.array([codes[code] for code in languages], dtype=np.int64)

    def named(self, typed: str) -> tuple[str, ...]:
        """The publishers of that name, or else those whose names begin so, whatever case and accents."""
        wanted = folded_title(typed)
        exact = tuple(name for name, folded in self._folded.items() if folded == wanted)
        return exact or tuple(name for name, folded in self._folded.items() if folded.startswith(wanted))

    def holding(self, typed: str) -> list[str]:
        """The publishers whose names hold *typed*, those that begin with it first."""
        wanted = folded_title(typed)
        held = [name for name, folded in self._folded.items() if wanted in folded]
        return sorted(held, key=lambda name: not self._folded[name].startswith(wanted))

    def of_publishers(self, names: Sequence[str]) -> Fitting:
        """The articles of these publishers."""
        wanted = set(names)
        return np.isin(self._publisher, [number for number, name in enumerate(self.publishers) if name in wanted])

    def between(self, first: date | None, last: date | None) -> Fitting:
        """The articles published on these days or between them; never one without a date."""
        fits: Fitting = self._day >= (first.toordinal() if first else 1)
        if last is not None:
            fits &= self._day <= last.toordinal()
        return fits

    def in_language(self, code: str) -> Fitting:
        """The articles in this language."""
        fits: Fitting = self._language == (self.languages.index(code) if code in self.languages else -1)
        return fits

    def ids(self, fits: Fitting) -> frozenset[ArticleId]:
        """The ids of the articles that fit."""
        return frozenset(self._ids[at] for at in np.flatnonzero(fits).tolist())
