"""A collection on disk: each article is read when it is asked for, and what is not as it was written is not shown."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import Chosen, Columns, Made, SortedWords, Words, saved, saved_words, words_columns
from retrieval.errors import N_, ArticleDamaged
from retrieval.model import Article, ArticleId, CitationId, Corpus, Paragraph, Problem
from retrieval.records import article_of, record_of_article
from retrieval.splitting import words_cited
from retrieval.typography import straightened

FOLDED = "folded"
"""The `Words` of `folded`."""

_MOST_CHARACTERS = 8_000_000
"""Of the articles that stay in memory after they were read."""


def save_corpus(folder: Path, corpus: Corpus) -> None:
    """Write the columns of a `KeptCorpus`.

    Raises:
        OSError: They could not be written.

    """
    checks = array("Q")

    def records() -> Iterator[str]:
        for article in corpus.articles:
            record = json.dumps(record_of_article(article), ensure_ascii=False)
            checks.append(_number(record))
            yield record

    saved_words(folder, "record", records())
    titles = [article.title.casefold() for article in corpus.articles]
    columns: dict[str, NDArray[Any]] = {
        "record_check": np.array(checks, dtype=np.uint64),
        "first_paragraph": first_paragraphs(corpus),
        "by_title": np.array(sorted(range(len(titles)), key=titles.__getitem__), dtype=np.int32),
    }
    saved(folder, columns | words_columns("id", (article.id for article in corpus.articles)))


def first_paragraphs(corpus: Corpus) -> NDArray[np.int64]:
    """The position of the first paragraph of every article, and that of one more."""
    return np.cumsum([0, *(len(article.paragraphs) for article in corpus.articles)], dtype=np.int64)


class KeptCorpus(Corpus):
    """A corpus in columns."""

    def __init__(self, columns: Columns, problems: tuple[Problem, ...]) -> None:
        """*columns*: as `save_corpus` writes them."""
        super().__init__(_Articles(columns), problems)
        # Set as the dataclass sets its own.
        object.__setattr__(self, "_columns", columns)

    _columns: Columns

    @cached_property
    def by_id(self) -> Mapping[ArticleId, Article]:
        """See `Corpus.by_id`."""
        return _ById(SortedWords(self._columns, "id"), self.articles)

    @cached_property
    def by_title(self) -> Sequence[Article]:
        """See `Corpus.by_title`."""
        return Chosen(self.articles, self._columns["by_title"])

    @cached_property
    def places(self) -> Sequence[tuple[Article, Paragraph]]:
        """See `Corpus.places`."""
        return _Places(self.articles, self._columns["first_paragraph"])

    def contents(self) -> Mapping[ArticleId, object]:
        """See `Corpus.contents`."""
        ids = map(ArticleId, Words(self._columns, "id"))
        return dict(zip(ids, self._columns["record_check"].tolist(), strict=True))


class Citations:
    """Finds paragraphs by what cites them."""

    def __init__(self, places: Sequence[tuple[Article, Paragraph]], columns: Columns) -> None:
        """*columns*: as `citation_columns` gives them."""
        self._places = places
        self._columns = columns

    def cited(self, citation: CitationId) -> tuple[Article, Paragraph] | None:
        """The paragraph that *citation* names, if there is one."""
        return next((place for place in self._at("citation", citation) if place[1].citation == citation), None)

    def worded(self, mark: str) -> tuple[Article, Paragraph] | None:
        """The first paragraph of that fingerprint, if there is one."""
        return next((place for place in self._at("wording", mark) if words_cited(place[1].citation) == mark), None)

    def _at(self, name: str, key: str) -> Iterator[tuple[Article, Paragraph]]:
        numbers, places = self._columns[f"{name}_numbers"], self._columns[f"{name}_places"]
        sought = np.uint64(_number(key))
        its = slice(*(int(np.searchsorted(numbers, sought, side=side)) for side in ("left", "right")))
        yield from map(self._places.__getitem__, places[its].tolist())


def citation_columns(corpus: Corpus) -> dict[str, NDArray[Any]]:
    """The columns of `Citations`."""
    citations = [paragraph.citation for _, paragraph in corpus.places]
    return _looked_up("citation", citations) | _looked_up("wording", map(words_cited, citations))


def folded(corpus: Corpus) -> Iterator[str]:
    """The words of every paragraph with one spelling for quotes and dashes, without case."""
    return (straightened(paragraph.text).casefold() for _, paragraph in corpus.places)


class _Articles(Made[Article]):
    """The articles by number. Some of those that were asked for lately stay in memory."""

    def __init__(self, columns: Columns) -> None:
        self._records = Words(columns, "record")
        self._checks: NDArray[np.uint64] = columns["record_check"]
        self._lock = Lock()
        self._lately: OrderedDict[int, tuple[Article, int]] = OrderedDict()
        self._characters = 0

    def __len__(self) -> int:
        return len(self._records)

    def entry(self, at: int) -> Article:
        """The article of that number.

        Raises:
            ArticleDamaged: It is not as it was written.

        """
        with self._lock:
            if (known := self._lately.get(at)) is not None:
                self._lately.move_to_end(at)
                return known[0]
        article, size = self._read(at)
        with self._lock:
            if at not in self._lately:
                self._lately[at] = article, size
                self._characters += size
            while self._characters > _MOST_CHARACTERS and len(self._lately) > 1:
                self._characters -= self._lately.popitem(last=False)[1][1]
        return article

    def __iter__(self) -> Iterator[Article]:
        # Who looks at all of them does not look at them again soon.
        return (self._read(at)[0] for at in range(len(self)))

    def _read(self, at: int) -> tuple[Article, int]:
        """The article of that number, and the length of its record."""
        try:
            record = self._records[at]
            intact = _number(record) == int(self._checks[at])
        except UnicodeDecodeError:
            intact = False
        if not intact:
            raise ArticleDamaged(
                N_("An article cannot be read from the disk any more; the others can. A reload reads it again.")
            )
        return article_of(json.loads(record)), len(record)


class _Places(Made[tuple[Article, Paragraph]]):
    """Every paragraph with its article."""

    def __init__(self, articles: Sequence[Article], first: NDArray[np.int64]) -> None:
        self._articles = articles
        self._first = first

    def __len__(self) -> int:
        return int(self._first[-1])

    def entry(self, at: int) -> tuple[Article, Paragraph]:
        """The paragraph of that position."""
        number = int(np.searchsorted(self._first, at, side="right")) - 1
        article = self._articles[number]
        return article, article.paragraphs[at - int(self._first[number])]

    def __iter__(self) -> Iterator[tuple[Article, Paragraph]]:
        return ((article, paragraph) for article in self._articles for paragraph in article.paragraphs)


class _ById(Mapping[ArticleId, Article]):
    """The articles, which are in the order of their ids, by id."""

    def __init__(self, ids: SortedWords, articles: Sequence[Article]) -> None:
        self._ids = ids
        self._articles = articles

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[ArticleId]:
        return map(ArticleId, self._ids)

    def __contains__(self, name: object) -> bool:
        return name in self._ids

    def __getitem__(self, name: ArticleId) -> Article:
        number = self._ids.number(name)
        if number is None:
            raise KeyError(name)
        return self._articles[number]


def _looked_up(name: str, keys: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The places of *keys* by their numbers; of equals in order."""
    numbers = np.array(list(map(_number, keys)), dtype=np.uint64)
    order = np.argsort(numbers, kind="stable")
    return {f"{name}_numbers": numbers[order], f"{name}_places": order.astype(np.int32)}


def _number(text: str) -> int:
    """64 bits of BLAKE2b that stand for *text*."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
