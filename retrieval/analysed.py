"""One article as numbered terms: what stays of the work on it from one state of a collection to the next."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from retrieval.analysis import LONGEST_WORD, Analyzer, Term
from retrieval.model import Article
from retrieval.sentences import Span, sentence_spans

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
    spans: Numbers
    """Start and end of each of these sentences in the text of its paragraph."""
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
    spans: list[Span] = []
    sentence_counts: list[int] = []
    forms: Counter[tuple[str, str]] = Counter()
    for place, text in enumerate((article.title, *(paragraph.text for paragraph in article.paragraphs))):
        found = list(language.words(text))
        forms.update((word.folded, text[word.start : word.end][:LONGEST_WORD]) for word in found)
        own = [Term(language.term(word), word.start, word.end) for word in found if not language.is_stop_word(word)]
        terms.extend(vocabulary.terms.setdefault(term.text, len(vocabulary.terms)) for term in own)
        lengths.append(len(own))
        if place:
            # What is blank is one sentence without anything in it.
            its = sentence_spans(text, language.language) or ((0, 0),)
            sentences += _sentence_lengths(its, own)
            spans += its
            sentence_counts.append(len(its))
    numbers = [vocabulary.forms.setdefault(form, len(vocabulary.forms)) for form in forms]
    counted = (terms, lengths, sentences, [*chain.from_iterable(spans)], sentence_counts, numbers, [*forms.values()])
    return Analysed(*(np.array(values, dtype=np.int32) for values in counted))


def _sentence_lengths(spans: Sequence[Span], terms: list[Term]) -> list[int]:
    """How many of a paragraph's terms each of its sentences has."""
    starts = [term.start for term in terms]
    ends = [*[bisect_left(starts, end) for _, end in spans][:-1], len(terms)]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
