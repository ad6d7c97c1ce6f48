"""Titles, found while somebody types: by their beginning, by what stands inside, or by what was meant.

A search takes a few milliseconds at 100,000 titles, because only those that share three letters in a row with what is
typed are looked at; `benchmarks/suggesting.py` measures it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from retrieval.analysis import LONGEST_WORD, lowered, without_accents
from retrieval.columns import Chosen, Columns, Words, words_columns
from retrieval.language import UNKNOWN
from retrieval.model import Article
from retrieval.ordered import beginning
from retrieval.typography import straightened

_GRAM = 3
"""Letters in a row that are looked up; fewer where no more are typed."""

_BUCKETS = 1 << 18
"""Numbers that stand for letters in a row. Letters that share a number cost time and no mistake."""

_TYPED = 100
"""Characters of what is typed that count; so many a choice of Discord has."""

_FUZZY_LETTERS = 4
"""Fewer letters have too many others that are like them."""

_SIMILAR = 75
"""Of 100, from which a title may hold what was meant: one wrong letter in four."""

_TELLING = 16
"""Of what is typed, the three letters in a row that are looked for: the rarest that any title has."""

_SHORT = 8
"""Letters up to which one that is wrong may be part of nearly every three in a row, so two in a row count as well."""

_LIKELIEST = 200
"""Titles that are compared letter by letter."""

_COMPARED = 64
"""Characters that are compared; a machine word has so many bits, and beyond it RapidFuzz takes four times as long."""

_MOST_READ = 20_000
"""Titles that are read for words that stand apart; the newest."""

Ranks = NDArray[np.int64]
"""Places in the order of the titles, the newest first."""

Fitting = NDArray[np.bool_]
"""For every article, in the order of the collection, whether it fits."""

Number = TypeVar("Number", np.int32, np.int64)


class Titles:
    """The titles of one collection, ready to be searched. It never changes."""

    def __init__(self, articles: Sequence[Article], columns: Columns | None = None) -> None:
        """*columns*: what `titles_columns` gives for *articles*, if that is there already."""
        if columns is None:
            columns = titles_columns(articles)
        self._articles = articles
        self._titles: Sequence[str] = Words(columns, "ranked_title")
        self._places: Ranks = columns["ranked"]
        self._by_title: NDArray[np.int32] = columns["ranks_by_title"]
        self._sorted: Sequence[str] = Chosen(self._titles, self._by_title)
        self._grams: NDArray[np.int32] = columns["grams"]
        self._first: Ranks = columns["gram_first"]
        self._holders: NDArray[np.int32] = columns["gram_titles"]

    def search(self, typed: str, limit: int, fitting: Fitting | None = None) -> list[Article]:
        """At most *limit* articles: titles that begin with *typed*, then those that hold it, then those like it.

        Only those that are *fitting*, which has a value for every article in the order in which they were given.

        Case and accents do not matter. Of equals the newest is first, those without a date after all others, then by
        title and id. Nothing typed stands for all.
        """
        wanted = folded_title(typed[:_TYPED])
        fits = None if fitting is None else fitting[self._places]
        found: dict[int, None] = {}
        for ranks in (
            self._beginning(wanted, limit, fits),
            self._holding(wanted, fits),
            self._alike(wanted, limit, fits),
        ):
            for rank in ranks:
                if len(found) == limit:
                    break
                found[rank] = None
            if len(found) == limit:
                break
        return [self._articles[place] for place in self._places[np.array([*found], dtype=np.int64)].tolist()]

    def _beginning(self, wanted: str, limit: int, fits: Fitting | None) -> Iterator[int]:
        """The newest *limit* titles that begin with *wanted*."""
        ranks = _those(self._by_title[beginning(self._sorted, wanted)], fits)
        if len(ranks) > limit:
            ranks = np.partition(ranks, limit)[:limit]
        yield from np.sort(ranks).tolist()

    def _holding(self, wanted: str, fits: Fitting | None) -> Iterator[int]:
        """All titles that hold *wanted* as typed, then those that hold each word of it; each of both newest first."""
        words = wanted.split()
        for rank in map(int, self._sharing([wanted], fits)):
            if wanted in self._titles[rank]:
                yield rank
        if words == [wanted]:
            return
        for rank in map(int, self._sharing(words, fits)[:_MOST_READ]):
            if all(word in self._titles[rank] for word in words):
                yield rank

    def _sharing(self, texts: Sequence[str], fits: Fitting | None) -> NDArray[np.int32]:
        """The titles that share all letters in a row with *texts*, in order; none if there are none to look up."""
        numbers = sorted({number for text in texts for number in _numbers(text)}, key=self._frequency)
        if not numbers:
            return np.array([], dtype=np.int32)
        sharing = _those(self._of(numbers[0]), fits)
        for number in numbers[1:]:
            if not len(sharing):
                break
            holding = np.zeros(len(self._titles), dtype=np.bool_)
            holding[self._of(number)] = True
            sharing = _those(sharing, holding)
        return sharing

    def _alike(self, wanted: str, limit: int, fits: Fitting | None) -> Iterator[int]:
        """At most *limit* titles with a part that differs from *wanted* in few letters, the most similar first."""
        wanted = wanted[:_COMPARED]
        grams = _numbers(wanted)
        if len(wanted) <= _SHORT:
            grams += _numbered(wanted, _GRAM - 1).tolist()
        numbers = sorted(filter(self._frequency, grams), key=self._frequency)[:_TELLING]
        if len(wanted) < _FUZZY_LETTERS or not numbers:
            return
        shared = np.bincount(np.concatenate([self._of(number) for number in numbers]), minlength=len(self._titles))
        ranks = _those(np.flatnonzero(shared >= max(1, len(numbers) // 4)), fits)
        # Small numbers are sorted in one walk through them.
        ranks = ranks[np.argsort((_TELLING - shared[ranks]).astype(np.uint8), kind="stable")[:_LIKELIEST]]
        titles = {rank: self._titles[rank] for rank in sorted(ranks.tolist())}
        for _, _, rank in process.extract(
            wanted, titles, scorer=fuzz.partial_ratio, score_cutoff=_SIMILAR, limit=limit
        ):
            yield rank

    def _of(self, number: int) -> NDArray[np.int32]:
        return self._holders[self._its(number)]

    def _frequency(self, number: int) -> int:
        return len(self._of(number))

    def _its(self, number: int) -> slice:
        at = int(np.searchsorted(self._grams, number))
        if at == len(self._grams) or self._grams[at] != number:
            return slice(0, 0)
        return slice(int(self._first[at]), int(self._first[at + 1]))


def _those(ranks: NDArray[Number], fits: Fitting | None) -> NDArray[Number]:
    return ranks if fits is None else ranks[fits[ranks]]


def titles_columns(articles: Iterable[Article]) -> dict[str, NDArray[Any]]:
    """The columns of `Titles`, of which it looks at titles, dates and ids only. It takes about 20 µs a title."""
    folded = sorted(
        (-day_number(article), folded_title(article.title), article.id, place) for place, article in enumerate(articles)
    )
    titles = [title for _, title, _, _ in folded]
    # A line break stands in no folded title.
    grams, first, holders = _grams("\n".join(titles), [len(title) + 1 for title in titles])
    columns: dict[str, NDArray[Any]] = {
        "ranked": np.array([place for *_, place in folded], dtype=np.int64),
        "ranks_by_title": np.array(sorted(range(len(titles)), key=titles.__getitem__), dtype=np.int32),
        "grams": grams,
        "gram_first": first,
        "gram_titles": holders,
    }
    return columns | words_columns("ranked_title", titles)


def folded_title(text: str) -> str:
    """*text* with one spelling for quotes and dashes, without case and accents, one space between words."""
    return " ".join(filter(None, map(_folded, text.split())))


@lru_cache(maxsize=1 << 16)
def _folded(word: str) -> str:
    word = straightened(word)
    pieces = (word[at : at + LONGEST_WORD] for at in range(0, len(word), LONGEST_WORD))
    return " ".join("".join(without_accents(lowered(piece, UNKNOWN)) for piece in pieces).split())


def day_number(article: Article) -> int:
    """Grows with the date; 0 without one."""
    return article.metadata.published.toordinal() if article.metadata.published else 0


def _grams(text: str, lengths: Sequence[int]) -> tuple[NDArray[np.int32], Ranks, NDArray[np.int32]]:
    """The numbers of letters in a row, where the titles of each begin and, one after the other, the titles of all.

    *text* are the titles with a character after each; *lengths* count it.
    """
    owners = np.repeat(np.arange(len(lengths)), lengths)
    # Letters with a line break among them belong to two titles; nobody types one.
    rows = [_numbered(text, size) for size in range(1, _GRAM + 1)]
    keys = np.concatenate([row * len(lengths) + owners[: len(row)] for row in rows])
    keys.sort()
    keys = keys[np.flatnonzero(np.diff(keys, prepend=-1))]
    numbers, holders = np.divmod(keys, max(1, len(lengths)))
    grams, first = np.unique(numbers, return_index=True)
    return grams.astype(np.int32), np.append(first, len(keys)), holders.astype(np.int32)


def _numbers(text: str) -> list[int]:
    """The numbers of all letters in a row, each once."""
    return list(dict.fromkeys(_numbered(text, min(_GRAM, max(1, len(text)))).tolist()))


def _numbered(text: str, size: int) -> Ranks:
    """The number of every *size* letters in a row."""
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    numbers = np.zeros(max(0, len(letters) - size + 1), dtype=np.int64)
    for at in range(size):
        # An odd factor, so that the letters of one alphabet are spread over all the numbers.
        numbers = numbers * 7919 + letters[at : at + len(numbers)]
    return numbers % _BUCKETS
