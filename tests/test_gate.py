"""Three outcomes, by two thresholds on a confidence that grows with every kind of evidence."""

from __future__ import annotations

import math

import pytest

from retrieval.gate import Thresholds, confidence, coverage, outcome
from retrieval.laying import laid_out, spoken
from retrieval.loading import load
from retrieval.model import Outcome
from retrieval.positions import Positions
from retrieval.snapshot import Snapshot
from tests.conftest import SEEDS
from tests.test_snapshot import article, snapshot

TOWN = snapshot(
    article(
        "town",
        [
            "The old harbour froze in January. The ferry stayed in its berth.",
            "Fishermen mended nets while the bakery burned. The school had to close because of its roof.",
            "A campaign against noise failed in court.",
        ],
    )
)


def sure(question: str, town: Snapshot = TOWN) -> float:
    (entry,) = town.ranked(question, 1)
    return confidence(entry, Positions(laid_out(town.corpus, spoken(town.corpus))))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, Outcome.UNCOVERED), (0.99, Outcome.UNCOVERED), (1.0, Outcome.WEAK), (1.5, Outcome.ANSWERED)],
)
def test_threshold_itself_belongs_to_the_better_outcome(value: float, expected: Outcome) -> None:
    assert outcome(value, Thresholds(answered=1.5, weak=1.0)) is expected


def test_coverage_is_the_share_of_the_idf_that_is_held() -> None:
    (whole,) = TOWN.ranked("harbour January", 1)
    (half,) = TOWN.ranked("harbour volcano", 1)
    idf = {term.word: term.idf for term in half.evidence.reading.terms}

    assert coverage(whole) == 1
    assert coverage(half) == pytest.approx(idf["harbour"] / (idf["harbour"] + idf["volcano"]))


def test_another_form_of_a_word_is_covered_in_part() -> None:
    (entry,) = TOWN.ranked("fisher", 1)

    assert 0 < coverage(entry) < 1


def test_words_that_are_missing_lower_the_confidence() -> None:
    assert sure("harbour froze January") > sure("harbour froze volcano") > sure("harbour volcano dinosaur")


def test_words_side_by_side_give_more_confidence_than_the_same_words_apart() -> None:
    assert sure("old harbour froze") > sure("froze harbour old")


def test_words_side_by_side_in_another_paragraph_add_nothing() -> None:
    town = snapshot(article("town", ["In January the ferry left the harbour.", "The harbour ferry sank."]))

    (entry,) = town.ranked("harbour ferry January", 1)

    idf = entry.evidence.reading.total_idf
    small = 0.14 * math.log(300 / 18)
    assert sure("harbour ferry January", town) == pytest.approx(entry.score / idf + 3 * 0.05 + 0.02 * idf + small)


def test_words_of_one_sentence_give_more_confidence_than_words_of_two() -> None:
    assert sure("fishermen bakery") > sure("fishermen roof")


def test_confidence_adds_up_score_words_pairs_sentence_and_size() -> None:
    (entry,) = TOWN.ranked("old harbour froze", 1)
    (apart,) = TOWN.ranked("fishermen roof", 1)
    idf = apart.evidence.reading.terms[0].idf

    # Three words and two pairs, all of them in one sentence; two words in two sentences.
    small = 0.14 * math.log(300 / 18)
    of_score = entry.score / (3 * idf)
    assert sure("old harbour froze") == pytest.approx(of_score + 3 * 0.05 + 2 * 0.1 + 0.02 * 3 * idf + small)
    assert sure("fishermen roof") == pytest.approx(apart.score / (2 * idf) + 2 * 0.05 + 0.02 * idf + small)


def test_paragraph_without_a_telling_word_is_no_answer_whatever_its_title() -> None:
    town = snapshot(article("harbour", ["And so it was."]))

    assert sure("harbour", town) == 0


def test_long_question_is_judged_by_what_a_short_paragraph_can_hold() -> None:
    long = "campaign against noise failed in court " + " ".join(f"unknown{letter}" for letter in "abcdefghijklmnop")

    assert outcome(sure(long), Thresholds()) is not Outcome.UNCOVERED


def test_question_of_title_words_alone_has_no_more_confidence_than_a_good_match() -> None:
    seed = Snapshot(load(SEEDS))

    found = seed.search("Where is Jerusalem?", 1)

    assert found.outcome is Outcome.ANSWERED
    assert found.confidence < 4
