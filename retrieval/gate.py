"""What the articles have to say about a question, judged by the paragraph that was ranked first.

As the mean over eight English collections, the thresholds call .94 of the answerable questions answered, .05 weak and
.02 uncovered; of those on other articles .15 answered, .18 weak and .68 uncovered. No one threshold would do for both:
the one that keeps .97 of the answerable lets .24 of the others through. docs/retrieval.md has every collection.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from retrieval.model import Outcome
from retrieval.positions import Positions
from retrieval.ranking import Ranked


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which confidence on a question counts as answered, or as touched."""

    answered: float = 1.45
    weak: float = 1.1


WORD = 0.05
"""What each word found adds to the confidence: by chance one or two are found, seldom five."""

PAIR = 0.1
"""What each two words of the question add that stand side by side: chance brings up words, seldom expressions."""

SENTENCE = 0.02
"""What each unit of idf adds that one sentence holds at once."""

SMALL = 0.14
"""What is added times ln(300 / paragraphs) in a collection of 18 to 300: chance finds less there than elsewhere."""

SMALLEST, SMALL_COLLECTION = 18, 300
"""Paragraphs below and from which on the size makes no difference; chosen on parts of squad2-devhalf."""

SCORE_AT_MOST = 2.5
"""Share of the possible score that counts. Words of every title have next to no idf, but as much of the article's score
as any: where a question has no others, the share would be 20 and more."""

SENTENCE_AT_MOST = 20.0
"""idf of one sentence that counts, about three rare words."""


def coverage(ranked: Ranked) -> float:
    """Share of the question's idf that the paragraph holds, from 0 to 1; another form of a word counts in part."""
    reading, held = ranked.evidence.reading, ranked.evidence.held[:, ranked.column].tolist()
    covered: float = sum(term.idf * share for term, share in zip(reading.terms, held, strict=True))
    return covered / reading.total_idf


def confidence(ranked: Ranked, positions: Positions) -> float:
    """How sure it is that the question is about this paragraph; about 0.5 for chance, 2 and more for a good match.

    The score, divided by what it could be at most: the idf of the whole question, or of the whole paragraph where that
    is less (a long question cannot find more in a short paragraph). Then something for every word found, for every two
    found side by side, and for what stands together in one sentence; and in a small collection, in which chance finds
    less, for that.
    """
    evidence, column = ranked.evidence, ranked.column
    at_most = min(evidence.reading.total_idf, float(positions.paragraph_mass[ranked.position]))
    words: int = sum(share >= 1 for share in evidence.held[:, column].tolist())
    pairs: int = sum(score > 0 for score in evidence.pairs[:, column].tolist())
    together = min(float(evidence.best_sentence[column]), SENTENCE_AT_MOST)
    if not at_most:
        return 0.0
    size = min(max(positions.paragraphs, SMALLEST), SMALL_COLLECTION)
    small = SMALL * math.log(SMALL_COLLECTION / size)
    share = min(ranked.score / at_most, SCORE_AT_MOST)
    return share + WORD * words + PAIR * pairs + SENTENCE * together + small


def outcome(sure: float, thresholds: Thresholds) -> Outcome:
    """Which of the three it is, for the confidence in the paragraph ranked first; 0 if there is none."""
    if sure >= thresholds.answered:
        return Outcome.ANSWERED
    return Outcome.WEAK if sure >= thresholds.weak else Outcome.UNCOVERED
