"""One article as numbered terms: what stays of the work on it from one state of a collection to the next."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retrieval.analysis import LONGEST_WORD, Analyzer, Term
from retrieval.model import Article
from retrieval.sentences import sentence_spans

Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Numbers for the terms and the forms of a collection, in the order in which they were met."""

    terms: dict[str, int] = field(default_factory=dict)
    forms: dict[tuple[str, str], int] = field(default_factory=dict)
    """(A word in lower case, without accents and not stemmed; as written) → its number."""

    def copy(self) -> Vocabulary:
        """One that can be added to while this one is read."""
        return Vocabulary(dict(self.terms), dict(self.forms))


@dataclass(frozen=True, slots=True, eq=False)
class Analysed:
    """The terms of one article in one language, title first, and where its parts end."""

    terms: Numbers
    """Their numbers in the vocabulary of the collection."""
    lengths: Numbers
    """How many terms the title and each paragraph have."""
    sentences: Numbers
    """How many terms each sentence of the paragraphs has."""
    sentence_counts: Numbers
    """How many sentences each paragraph has; at least one."""
    forms: Numbers
    """The numbers of the different forms that its words have."""
    form_counts: Numbers
    """How often each of these forms occurs."""


Key = tuple[str, bytes]
"""Language and words (see `Article.words`): articles of equal keys are analysed equally."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What need not be found out again about articles."""

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    analysed: Mapping[Key, Analysed] = field(default_factory=dict)
    detected: Mapping[bytes, str | None] = field(default_factory=dict)
    """By words, the language that was found."""


def analysed(article: Article, language: Analyzer, vocabulary: Vocabulary) -> Analysed:
    """The title and the paragraphs of *article*; what is new in them gets the next numbers of *vocabulary*."""
    terms: list[int] = []
    lengths: list[int] = []
    sentences: list[int] = []
    sentence_counts: list[int] = []
    forms: Counter[tuple[str, str]] = Counter()
    for place, text in enumerate((article.title, *(paragraph.text for paragraph in article.paragraphs))):
        found = list(language.words(text))
        forms.update((word.folded, text[word.start : word.end][:LONGEST_WORD]) for word in found)
        own = [Term(language.term(word), word.start, word.end) for word in found if not language.is_stop_word(word)]
        terms.extend(vocabulary.terms.setdefault(term.text, len(vocabulary.terms)) for term in own)
        lengths.append(len(own))
        if place:
            divided = _sentence_lengths(text, own, language.language)
            sentences += divided
            sentence_counts.append(len(divided))
    numbers = [vocabulary.forms.setdefault(form, len(vocabulary.forms)) for form in forms]
    return Analysed(*map(_numbers, (terms, lengths, sentences, sentence_counts, numbers, list(forms.values()))))


def _sentence_lengths(text: str, terms: list[Term], language: str) -> list[int]:
    """How many of a paragraph's terms each of its sentences has."""
    starts = [term.start for term in terms]
    ends = [*[bisect_left(starts, end) for _, end in sentence_spans(text, language)][:-1], len(terms)]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


def _numbers(values: list[int]) -> Numbers:
    return np.array(values, dtype=np.int32)
