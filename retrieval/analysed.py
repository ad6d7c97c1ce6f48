"""One article as numbered terms: what stays of the work on it from one state of a collection to the next."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.analysis import LONGEST_WORD, Analyzer, Term
from retrieval.sentences import sentence_spans

Numbers = NDArray[np.int32]

Words = tuple[str, ...]
"""The title and the paragraphs of an article: equal words are analysed equally."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysed:
    """The terms of one article in one language, title first, and where its parts end."""

    terms: Numbers
    """Their numbers in the collection's vocabulary."""
    lengths: Numbers
    """How many terms the title and each paragraph have."""
    sentences: Numbers
    """How many terms each sentence of the paragraphs has."""
    sentence_counts: Numbers
    """How many sentences each paragraph has; at least one."""
    forms: Mapping[tuple[str, str], int]
    """How often each word occurs in each form: (in lower case, without accents and not stemmed; as written)."""


def analysed(words: Words, language: Analyzer, vocabulary: dict[str, int]) -> Analysed:
    """The article of these words; terms that are new get the next numbers of *vocabulary*."""
    terms: list[int] = []
    lengths: list[int] = []
    sentences: list[int] = []
    sentence_counts: list[int] = []
    forms: Counter[tuple[str, str]] = Counter()
    for place, text in enumerate(words):
        found = list(language.words(text))
        forms.update((word.folded, text[word.start : word.end][:LONGEST_WORD]) for word in found)
        own = [Term(language.term(word), word.start, word.end) for word in found if not language.is_stop_word(word)]
        terms.extend(vocabulary.setdefault(term.text, len(vocabulary)) for term in own)
        lengths.append(len(own))
        if place:
            divided = _sentence_lengths(text, own, language.language)
            sentences += divided
            sentence_counts.append(len(divided))
    return Analysed(_numbers(terms), _numbers(lengths), _numbers(sentences), _numbers(sentence_counts), forms)


def _sentence_lengths(text: str, terms: list[Term], language: str) -> list[int]:
    """How many of a paragraph's terms each of its sentences has."""
    starts = [term.start for term in terms]
    ends = [*[bisect_left(starts, end) for _, end in sentence_spans(text, language)][:-1], len(terms)]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


def _numbers(values: list[int]) -> Numbers:
    return np.array(values, dtype=np.int32)
