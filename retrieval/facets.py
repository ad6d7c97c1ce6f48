"""What can be chosen from in a collection: publishers, days of publication and languages, and the articles that fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Columns, Words, words_columns
from retrieval.model import Article, ArticleId
from retrieval.titles import Fitting, day_number, folded_title


class Facets:
    """What the articles of one collection state, without repetitions. It never changes."""

    def __init__(self, ids: Sequence[str], languages: Sequence[str], columns: Columns) -> None:
        """*ids* and *languages* of the articles, as they are read, and what `facets_columns` gives for them."""
        self._ids = ids
        self.publishers: tuple[str, ...] = tuple(Words(columns, "publisher"))
        """By name, whatever its case and accents."""
        # Day 1 is in the year 1, so 0 is before all days.
        self._day: NDArray[np.int32] = columns["day"]
        days = np.unique(self._day[self._day > 0])[::-1].tolist()
        self.days: tuple[date, ...] = tuple(map(date.fromordinal, days))
        """Newest first."""
        self.languages: tuple[str, ...] = tuple(sorted(set(languages)))
        """Codes of ISO 639-1."""
        self._folded = {name: folded_title(name) for name in self.publishers}
        self._publisher: NDArray[np.int32] = columns["published_by"]
        codes = {code: number for number, code in enumerate(self.languages)}
        self._language = np.array([codes[code] for code in languages], dtype=np.int16)

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
        return frozenset(ArticleId(self._ids[at]) for at in np.flatnonzero(fits).tolist())


def facets_columns(articles: Iterable[Article]) -> dict[str, NDArray[Any]]:
    """The columns of `Facets`."""
    told = [(article.metadata.publisher or "", day_number(article)) for article in articles]
    folded = {name: folded_title(name) for name in {name for name, _ in told} - {""}}
    publishers = sorted(folded, key=lambda name: (folded[name], name))
    numbers = {name: number for number, name in enumerate(publishers)}
    return {
        "published_by": np.array([numbers.get(name, -1) for name, _ in told], dtype=np.int32),
        "day": np.array([day for _, day in told], dtype=np.int32),
    } | words_columns("publisher", publishers)
