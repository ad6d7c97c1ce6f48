"""The columns of a collection: its terms laid out in a row, counted, and the words that they were made of.

`retrieval.positions` searches them; `known` reads back what need not be found out again about the articles.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, fields, replace
from itertools import chain, islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval.analysed import Analysed, Key, Known, Vocabulary, analysed
from retrieval.analysis import analyzer
from retrieval.columns import Columns, Words, words_columns
from retrieval.kept import first_paragraphs
from retrieval.language import detected, guessed, languages, prevailing, stated_or
from retrieval.layout import Layout, Places, differs, stretches
from retrieval.model import Article, Corpus

Numbers = NDArray[np.int32]

MARK_BYTES = 16
"""Of `Article.words`."""

Batch = list[tuple[Article, str]]
"""Articles with their languages, where these are known."""

T = TypeVar("T")

_BATCH_CHARACTERS = 200_000
"""About half a second's work."""

_AHEAD = 8
"""Batches that are under way at a time."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The languages of the articles of a collection, in order."""

    languages: tuple[str, ...]
    prevailing: str
    """The one that most of the collection is in."""
    detected: tuple[str | None, ...]
    """What was found in the words of each, whatever it states."""


def spoken(corpus: Corpus, known: Known | None = None, pool: Executor | None = None) -> Spoken:
    """The language of every article, stated or found; those that are *known* are not looked at again.

    The others are divided among the processes of *pool*, if there is one.
    """
    before = known.detected if known else {}
    fresh = chain.from_iterable(
        _done(pool, _detected, _batches((article, "") for article in corpus.articles if article.words not in before))
    )
    found: list[tuple[str | None, int]] = []
    told = []
    for article in corpus.articles:
        told.append(before[article.words] if article.words in before else next(fresh))
        found.append((stated_or(article.metadata.language, told[-1]), sum(map(len, _texts(article)))))
    nothing_told = not any(language for language, _ in found)
    guess = guessed(text for article in corpus.articles for text in _texts(article)) if nothing_told else None
    codes = languages(found, guess)
    sizes = (size for _, size in found)
    return Spoken(codes, prevailing(zip(codes, sizes, strict=True)), tuple(told))


def laid_out(
    corpus: Corpus,
    its: Spoken,
    known: Known | None = None,
    pool: Executor | None = None,
    told: Callable[[int, int], None] | None = None,
) -> dict[str, NDArray[Any]]:
    """The columns of *corpus*. Articles that are *known* are not analysed again; the others by *pool*, if given.

    *told* is told how many of how many are analysed.
    """
    vocabulary = known.vocabulary.copy() if known else Vocabulary()
    before: Mapping[Key, Analysed] = known.analysed if known else {}
    marks = [article.words for article in corpus.articles]
    ones = [before.get(key) for key in zip(its.languages, marks, strict=True)]
    new = (
        (article, language)
        for article, language, one in zip(corpus.articles, its.languages, ones, strict=True)
        if one is None
    )
    fresh = _renumbered(_done(pool, _analysed, _batches(new)), vocabulary)
    if told is not None:
        fresh = _counted(fresh, ones.count(None), told)
    row = [next(fresh) if one is None else one for one in ones]
    layout = _layout(row)
    columns: dict[str, NDArray[Any]] = {field.name: getattr(layout, field.name) for field in fields(Layout)}
    columns["first_paragraph"] = first_paragraphs(corpus)
    columns |= _terms(row, layout, list(vocabulary.terms))
    columns |= _forms(row, list(vocabulary.forms))
    columns["article_words"] = np.frombuffer(b"".join(marks), dtype=np.uint8)
    columns |= _coded("language", its.languages) | words_columns("prevailing", [its.prevailing])
    columns |= _coded("detected", [code or "" for code in its.detected])
    return columns


def known(columns: Columns) -> Known:
    """What *columns* tell about the articles that they were made of."""
    analyses = _Analyses(columns)
    surface, written = Words(columns, "surface"), Words(columns, "form")
    folded = [surface[number] for number in columns["form_surface"].tolist()]
    found = Words(columns, "detecteds")
    codes = [found[number] or None for number in columns["detected"].tolist()]
    return Known(
        Vocabulary(
            {term: number for number, term in enumerate(Words(columns, "term"))},
            {form: number for number, form in enumerate(zip(folded, written, strict=True))},
        ),
        analyses,
        dict(zip((mark for _, mark in keys(columns)), codes, strict=True)),
    )


def keys(columns: Columns) -> Iterator[Key]:
    """Language and words of every article, in order."""
    codes, marks = Words(columns, "languages"), columns["article_words"].tobytes()
    for at, number in enumerate(columns["language"].tolist()):
        yield codes[number], marks[at * MARK_BYTES : (at + 1) * MARK_BYTES]


class _Analyses(Mapping[Key, Analysed]):
    """What was laid out in columns, article by article; each is read when it is asked for."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._layout = Layout(*(columns[field.name] for field in fields(Layout)))
        self._first_form = np.cumsum([0, *columns["form_sizes"].tolist()])
        # Of equal articles any will do.
        self._number = {key: number for number, key in enumerate(keys(columns))}

    def __len__(self) -> int:
        return len(self._number)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._number)

    def __getitem__(self, key: Key) -> Analysed:
        at, layout = self._number[key], self._layout
        first = self._columns["first_paragraph"][at : at + 2].tolist()
        its = slice(*first)
        sentences = layout.first_sentence[first[0] : first[1] + 1]
        spoken = slice(sentences[0], sentences[-1])
        title = layout.title_end[at] - layout.title_start[at]
        forms = slice(self._first_form[at], self._first_form[at + 1])
        return Analysed(
            self._columns["row"][layout.title_start[at] : layout.article_end[at]],
            np.concatenate([[title], layout.paragraph_end[its] - layout.paragraph_start[its]]).astype(np.int32),
            layout.sentence_end[spoken] - layout.sentence_start[spoken],
            np.diff(sentences),
            self._columns["forms"][forms],
            self._columns["form_counts"][forms],
        )


def _batches(articles: Iterable[tuple[Article, str]]) -> Iterator[Batch]:
    """*articles* with their languages, so many together that their work outweighs the way to another process."""
    batch: Batch = []
    characters = 0
    for article, language in articles:
        batch.append((article, language))
        characters += sum(map(len, _texts(article)))
        if characters >= _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _done(pool: Executor | None, work: Callable[[Batch], T], batches: Iterator[Batch]) -> Iterator[T]:
    """What *work* makes of each batch, in order; by the processes of *pool*, if given, some batches at a time."""
    first = list(islice(batches, 2))
    if pool is None or len(first) < 2:  # a process takes a second to start
        yield from map(work, chain(first, batches))
        return
    begun: deque[Future[T]] = deque()
    for batch in chain(first, batches):
        begun.append(pool.submit(work, batch))
        if len(begun) > _AHEAD:
            yield begun.popleft().result()
    for future in begun:
        yield future.result()


def _counted(found: Iterable[T], of: int, told: Callable[[int, int], None]) -> Iterator[T]:
    told(0, of)
    for done, one in enumerate(found, start=1):
        told(done, of)
        yield one


def _detected(batch: Batch) -> list[str | None]:
    return [detected(" ".join(_texts(article))) for article, _ in batch]


def _analysed(batch: Batch) -> tuple[Vocabulary, list[Analysed]]:
    """What is found in the articles, in numbers of their own."""
    vocabulary = Vocabulary()
    return vocabulary, [analysed(article, analyzer(language), vocabulary) for article, language in batch]


def _renumbered(found: Iterable[tuple[Vocabulary, list[Analysed]]], vocabulary: Vocabulary) -> Iterator[Analysed]:
    """The same in numbers of *vocabulary*, which gets what it has not."""
    for own, batch in found:
        terms = [vocabulary.terms.setdefault(term, len(vocabulary.terms)) for term in own.terms]
        forms = [vocabulary.forms.setdefault(form, len(vocabulary.forms)) for form in own.forms]
        term_of, form_of = np.array(terms, dtype=np.int32), np.array(forms, dtype=np.int32)
        for one in batch:
            yield replace(one, terms=term_of[one.terms], forms=form_of[one.forms])


def _texts(article: Article) -> Iterator[str]:
    """All that is analysed of *article*."""
    yield article.title
    for paragraph in article.paragraphs:
        yield paragraph.text


def _coded(name: str, codes: Sequence[str]) -> dict[str, NDArray[Any]]:
    """A column of numbers for *codes*, and the different ones."""
    number = {code: at for at, code in enumerate(sorted(set(codes)))}
    return {name: np.array([number[code] for code in codes], dtype=np.int16)} | words_columns(f"{name}s", number)


def _layout(row: Sequence[Analysed]) -> Layout:
    """The stretches of all articles, one after the other."""
    lengths = _joined(one.lengths for one in row)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    parts = np.array([len(one.lengths) for one in row], dtype=np.int64)
    first = np.cumsum(parts) - parts
    is_paragraph = np.ones(len(lengths), dtype=bool)
    is_paragraph[first] = False
    sentences = _joined(one.sentences for one in row)
    counts = _joined(one.sentence_counts for one in row)
    # A paragraph's sentences fill it, and titles have none: their terms are stepped over.
    titles_before = np.cumsum(np.where(is_paragraph, 0, lengths))[is_paragraph]
    sentence_ends = np.cumsum(sentences) + np.repeat(titles_before, counts)
    found = (
        starts[is_paragraph],
        ends[is_paragraph],
        np.repeat(np.arange(len(row)), parts - 1),
        starts[first],
        ends[first],
        ends[first + parts - 1],
        sentence_ends - sentences,
        sentence_ends,
        np.concatenate([[0], np.cumsum(counts)]),
    )
    return Layout(*(one.astype(np.int32) for one in found))


def _terms(analyses: Sequence[Analysed], layout: Layout, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The row and all that is counted in it. Its terms are numbered in their order."""
    row, terms = _numbered(_joined(one.terms for one in analyses), names)
    total = len(layout.paragraph_start)
    order = np.argsort(row, kind="stable").astype(np.int32)
    paragraphs = holders(row, order, layout)
    frequency = np.bincount(paragraphs.terms, minlength=len(terms))
    owners, _ = stretches(np.arange(len(analyses)), layout.title_start, layout.article_end)
    articles = owners[order]
    # Of a term's places in one article only the first is counted.
    different = np.flatnonzero(differs(articles) | differs(row[order]))
    inside = paragraphs.inside > 0
    worth = np.log1p((total - frequency + 0.5) / (frequency + 0.5))[paragraphs.terms[inside]]
    alphabetic = np.array([number for number, term in enumerate(terms) if term.isalpha()], dtype=np.int32)
    backwards = sorted(alphabetic.tolist(), key=lambda number: terms[number][::-1])
    return {
        "row": row,
        "order": order,
        "first": np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(terms)))]),
        "paragraph_frequency": frequency.astype(np.int32),
        "article_frequency": np.bincount(row[order[different]], minlength=len(terms)).astype(np.int32),
        "paragraph_mass": np.bincount(paragraphs.paragraphs[inside], worth, minlength=total).astype(np.float64),
        "alphabetic": alphabetic,
        "backwards": np.array(backwards, dtype=np.int32),
    } | words_columns("term", terms)


def _numbered(row: NDArray[np.int64], names: Sequence[str]) -> tuple[Numbers, list[str]]:
    """*row* with the terms of *names* that are in it numbered in their order, and these."""
    here = np.flatnonzero(np.bincount(row, minlength=len(names))).tolist()
    here.sort(key=names.__getitem__)
    number = np.zeros(len(names), dtype=np.int32)
    number[here] = np.arange(len(here))
    return number[row], [names[one] for one in here]


@dataclass(frozen=True)
class Holders:
    """Every pair of a term and a paragraph that holds it, in order."""

    terms: Numbers
    paragraphs: Numbers
    inside: Numbers
    """How often the term is in the paragraph itself."""
    in_title: Numbers
    """How often it is in the title of its article."""


def holders(row: Places, order: Places, layout: Layout) -> Holders:
    """Which paragraphs hold which terms; a paragraph's title is a part of it."""
    total = len(layout.paragraph_start)
    inside = np.full(len(row), -1)
    own = stretches(np.arange(total), layout.paragraph_start, layout.paragraph_end)
    inside[own[1]] = own[0]
    # The places of a term are in order, and so are the paragraphs at them.
    paragraphs, numbers = inside[order], row[order].astype(np.int64)
    bodies = (numbers * total + paragraphs)[paragraphs >= 0]
    articles = layout.paragraph_article
    titles = stretches(np.arange(total), layout.title_start[articles], layout.title_end[articles])
    held = np.concatenate([bodies, np.sort(row[titles[1]] * np.int64(total) + titles[0])])
    merged = np.argsort(held, kind="stable")  # two rows in order become one
    held = held[merged]
    begins = np.flatnonzero(differs(held))
    counts = np.diff(begins, append=len(held))
    in_title = np.diff(np.concatenate([[0], np.cumsum(merged >= len(bodies))])[np.append(begins, len(held))])
    terms, paragraphs = np.divmod(held[begins], max(1, total))
    return Holders(*(part.astype(np.int32) for part in (terms, paragraphs, counts - in_title, in_title)))


def _forms(row: Sequence[Analysed], names: Sequence[tuple[str, str]]) -> dict[str, NDArray[Any]]:
    """The words of the texts as they are written, and how often: `names` are (folded, written)."""
    forms, weights = _joined(one.forms for one in row), _joined(one.form_counts for one in row)
    often = np.bincount(forms, weights, minlength=len(names)).astype(np.int64)
    here = np.flatnonzero(often).tolist()
    surface: dict[str, int] = {}
    written: dict[str, str] = {}
    most: dict[str, int] = {}
    for (folded, form), count in zip((names[one] for one in here), often[here].tolist(), strict=True):
        surface[folded] = surface.get(folded, 0) + count
        best = most.get(folded, 0)
        # Of equals the one in small letters.
        if count > best or (count == best and form.swapcase() < written[folded].swapcase()):
            most[folded], written[folded] = count, form
    words = sorted(surface)
    place = {word: at for at, word in enumerate(words)}
    number = np.zeros(len(names), dtype=np.int32)
    number[here] = np.arange(len(here))
    counted: dict[str, NDArray[Any]] = {
        "surface_counts": np.array([surface[word] for word in words], dtype=np.int64),
        "forms": number[forms],
        "form_counts": weights.astype(np.int32),
        "form_sizes": np.array([len(one.forms) for one in row], dtype=np.int32),
        "form_surface": np.array([place[names[one][0]] for one in here], dtype=np.int32),
    }
    counted |= words_columns("surface", words)
    counted |= words_columns("written", (written[word] for word in words))
    counted |= words_columns("form", (names[one][1] for one in here))
    return counted | _by_length(words)


def _by_length(words: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Words of letters alone, those of a length together, each with a line break after it."""
    groups: dict[int, list[str]] = {}
    for word in words:
        if word.isalpha():
            groups.setdefault(len(word), []).append(word)
    return words_columns(
        "of_length", ("\n".join(groups.get(length, ())) for length in range(max(groups, default=0) + 1))
    )


def _joined(parts: Iterable[NDArray[np.int32]]) -> NDArray[np.int64]:
    some = list(parts)
    return np.concatenate(some).astype(np.int64) if some else np.zeros(0, dtype=np.int64)
