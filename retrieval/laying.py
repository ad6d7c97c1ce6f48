"""The columns of a collection: its terms laid out in a row, counted, and the words that they were made of.

`retrieval.positions` searches them; `known` reads back what need not be found out again about the articles.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, fields, replace
from itertools import chain, islice, pairwise, starmap
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

_AT_ONCE = 500_000
"""Terms that are sorted at a time, in 100 MB of memory with all that comes of them."""

_NONE: NDArray[np.int32] = np.zeros(0, dtype=np.int32)


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
            np.stack([layout.sentence_from[spoken], layout.sentence_to[spoken]], axis=1).ravel(),
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
        *_joined(one.spans for one in row).reshape(-1, 2).T,
        np.concatenate([[0], np.cumsum(counts)]),
    )
    return Layout(*(one.astype(np.int32) for one in found))


def _terms(analyses: Sequence[Analysed], layout: Layout, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The row and all that is counted in it. Its terms are numbered in their order."""
    row, terms, often = _numbered(_joined(one.terms for one in analyses), names)
    total = len(layout.paragraph_start)
    frequency, article_frequency = (np.zeros(len(terms), dtype=np.int64) for _ in range(2))
    first = np.concatenate([[0], np.cumsum(often)])
    order, ends = np.zeros(len(row), dtype=np.int32), first[:-1].copy()
    inside: list[tuple[Numbers, Numbers]] = []
    for articles in _some_articles(layout):
        sorted_terms, places = _sorted(row, layout, articles)
        begins = np.flatnonzero(differs(sorted_terms))
        counts, different = np.diff(begins, append=len(places)), sorted_terms[begins]
        order[np.arange(len(places)) + np.repeat(ends[different] - begins, counts)] = places
        ends[different] += counts
        held = holders(row, sorted_terms, places, layout, articles)
        its = held.inside > 0
        inside.append((held.terms[its], held.paragraphs[its]))
        frequency += np.bincount(held.terms, minlength=len(terms))
        owners = np.searchsorted(layout.article_end, places, side="right")
        # Of a term's places in one article only the first is counted.
        article_frequency += np.bincount(sorted_terms[differs(owners) | differs(sorted_terms)], minlength=len(terms))
    worth, mass = np.log1p((total - frequency + 0.5) / (frequency + 0.5)), np.zeros(total)
    for its_terms, paragraphs in inside:
        mass += np.bincount(paragraphs, worth[its_terms], minlength=total)
    alphabetic = np.array([number for number, term in enumerate(terms) if term.isalpha()], dtype=np.int32)
    backwards = sorted(alphabetic.tolist(), key=lambda number: terms[number][::-1])
    return {
        "row": row,
        "order": order,
        "first": first,
        "paragraph_frequency": frequency.astype(np.int32),
        "article_frequency": article_frequency.astype(np.int32),
        "paragraph_mass": mass,
        "alphabetic": alphabetic,
        "backwards": np.array(backwards, dtype=np.int32),
    } | words_columns("term", terms)


def _numbered(row: Numbers, names: Sequence[str]) -> tuple[Numbers, list[str], Places]:
    """*row* with the terms of *names* that are in it numbered in their order, these, and how often each is there."""
    often = _often(row, None, len(names))
    here = np.flatnonzero(often).tolist()
    here.sort(key=names.__getitem__)
    return _placed(row, here, len(names)), [names[one] for one in here], often[here]


def _often(numbers: Numbers, times: Numbers | None, total: int) -> Places:
    """How often each of so many numbers is there, counted so many *times* where it stands."""
    often = np.zeros(total, dtype=np.int64)
    for its in _stretches_of(len(numbers)):
        often += np.bincount(numbers[its], None if times is None else times[its], total).astype(np.int64)
    return often


def _placed(numbers: Numbers, here: Sequence[int], total: int) -> Numbers:
    """*numbers*, all of which are *here*, changed into their places there."""
    place = np.zeros(total, dtype=np.int32)
    place[here] = np.arange(len(here))
    for its in _stretches_of(len(numbers)):
        numbers[its] = place[numbers[its]]
    return numbers


def _sorted(row: Numbers, layout: Layout, articles: slice) -> tuple[Places, Places]:
    """The terms of some articles in order, and their places; equal ones in the order of these."""
    first, end = layout.title_start[articles][0], layout.article_end[articles][-1]
    # As one number each they are sorted in half the time.
    both = np.sort(row[first:end].astype(np.int64) << 32 | np.arange(first, end))
    return both >> 32, both & 0xFFFFFFFF


def _stretches_of(length: int) -> Iterator[slice]:
    """A row of that length in parts that are small beside all of it."""
    return (slice(begin, begin + _AT_ONCE) for begin in range(0, length, _AT_ONCE))


def _some_articles(layout: Layout) -> Iterator[slice]:
    """All articles, so many at a time that they have about that many terms."""
    length = int(layout.article_end[-1]) if len(layout.article_end) else 0
    cuts = np.searchsorted(layout.article_end, [its.start for its in _stretches_of(length)][1:])
    return starmap(slice, pairwise(dict.fromkeys([0, *cuts.tolist(), len(layout.article_end)])))


@dataclass(frozen=True)
class Holders:
    """Every pair of a term and a paragraph that holds it, in order."""

    terms: Numbers
    paragraphs: Numbers
    inside: Numbers
    """How often the term is in the paragraph itself."""
    in_title: Numbers
    """How often it is in the title of its article."""


def holders(row: Places, terms: Places, places: Places, layout: Layout, articles: slice = slice(None)) -> Holders:
    """Which paragraphs, of all articles or of some, hold which terms; a paragraph's title is a part of it.

    *terms*: those of the articles, in order, with their *places* in *row*, which are in order too.
    """
    total = len(layout.paragraph_start)
    if not len(terms):
        return Holders(_NONE, _NONE, _NONE, _NONE)
    begin = layout.title_start[articles][0]
    here = np.arange(len(layout.title_start))[articles]
    numbers = np.arange(*np.searchsorted(layout.paragraph_article, [here[0], here[-1] + 1]))
    inside = np.full(len(terms), -1)
    own = stretches(numbers, layout.paragraph_start[numbers], layout.paragraph_end[numbers])
    inside[own[1] - begin] = own[0]
    # The places of a term are in order, and so are the paragraphs at them.
    paragraphs = inside[places - begin]
    bodies = (terms * np.int64(total) + paragraphs)[paragraphs >= 0]
    owners = layout.paragraph_article[numbers]
    titles = stretches(numbers, layout.title_start[owners], layout.title_end[owners])
    held = np.concatenate([bodies, np.sort(row[titles[1]] * np.int64(total) + titles[0])])
    merged = np.argsort(held, kind="stable")  # two rows in order become one
    held = held[merged]
    begins = np.flatnonzero(differs(held))
    counts = np.diff(begins, append=len(held))
    in_title = np.diff(np.concatenate([[0], np.cumsum(merged >= len(bodies))])[np.append(begins, len(held))])
    different, paragraphs = np.divmod(held[begins], total)
    return Holders(*(part.astype(np.int32) for part in (different, paragraphs, counts - in_title, in_title)))


def _forms(row: Sequence[Analysed], names: Sequence[tuple[str, str]]) -> dict[str, NDArray[Any]]:
    """The words of the texts as they are written, and how often: `names` are (folded, written)."""
    forms, counts = _joined(one.forms for one in row), _joined(one.form_counts for one in row)
    often = _often(forms, counts, len(names))
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
    counted: dict[str, NDArray[Any]] = {
        "surface_counts": np.array([surface[word] for word in words], dtype=np.int64),
        "forms": _placed(forms, here, len(names)),
        "form_counts": counts,
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


def _joined(parts: Iterable[Numbers]) -> Numbers:
    return np.concatenate([_NONE, *parts])
