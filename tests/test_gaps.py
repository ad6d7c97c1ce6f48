"""Which questions are one gap, and which are not."""

from __future__ import annotations

import time
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.querylog import Asked
from bot.querylog.gaps import Gap, grouped
from retrieval.model import Outcome
from tests.test_querylog import NOON, asked


def lacking(number: int, text: str, **changes: object) -> Asked:
    words = {"terms": (), "missing": tuple(text.split()), "question": text, "outcome": Outcome.UNCOVERED}
    return asked(number, **words | changes)


def gaps_of(*texts: str) -> list[list[str]]:
    found = grouped([lacking(number, text) for number, text in enumerate(texts)])
    return [sorted(str(asked.question) for asked in gap.questions) for gap in found]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("harbour frozen", "frozen harbour"),
        ("harbour frozen", "Harbour FROZEN"),
        ("harbour frozen", "harbuor frozen"),
        ("harbour frozen", "harbour frozn"),
        ("lighthouse keeper", "lihgthous keeper"),
        ("lighthouse", "lighthouze"),
        ("lighthouse boat", "lighthouse baot"),
        ("bakery frozen harbour", "bakrey frozne harbuor"),
        ("lighthouse frontier", "lighthouse frantiar"),
    ],
)
def test_other_order_case_and_typos_are_one_gap(one: str, other: str) -> None:
    assert len(gaps_of(one, other)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("election 2020", "election 2021"),
        ("harbour frozen", "harbour frozen twice"),
        ("harbour opened", "harbour closed"),
        ("who won", "who owns"),
        ("cat food", "car food"),
        ("harbour frozen", "lighthouse keeper"),
        ("election winner", "electi0n winner"),
        ("keeper lighthouse tower", "keeper lighthouse tides"),
        ("keeper lighthouse harbour", "keeper lighthouse hbrbzur"),
        ("keeper lighthouse", "keeper lishthuuze"),
    ],
)
def test_other_words_and_numbers_are_two(one: str, other: str) -> None:
    assert len(gaps_of(one, other)) == 2


def test_gap_tells_how_it_is_asked_mostly_how_often_and_since_when() -> None:
    questions = [
        lacking(1, "harbuor frozen"),
        lacking(2, "harbour frozen", sent_at=NOON),
        lacking(3, "harbour frozen"),
        lacking(4, "moon"),
        lacking(5, "tide"),
    ]

    frozen, tide, moon = grouped(questions)

    assert (frozen.text, frozen.count, frozen.sent, frozen.id) == ("harbour frozen", 3, 1, asked(1).id)
    assert (tide.text, moon.text) == ("tide", "moon")
    assert not frozen.was_answered


def test_two_spellings_join_the_one_between_that_is_asked_most() -> None:
    texts = ["harbxur frozen", "harbour frozen", "harbour frozen", "hxrbour frozen"]

    assert gaps_of(*texts) == [sorted(texts)]
    assert len(gaps_of(texts[0], texts[-1])) == 2


def test_words_that_articles_have_tell_questions_apart_too() -> None:
    one = lacking(1, "Who built the lighthouse?", terms=("lighthous",), missing=("built",))
    other = lacking(2, "Who built the harbour?", terms=("harbour",), missing=("built",))
    alike = lacking(3, "The lighthouse: who built it?", terms=("lighthous",), missing=("built",))

    assert {gap.count for gap in grouped([one, other, alike])} == {2, 1}


def test_questions_of_which_nothing_is_searched_for_are_told_apart_by_all_their_words() -> None:
    texts = ["Where is it?", "it: WHERE is", "Who is he?"]
    questions = [lacking(number, text, terms=(), missing=()) for number, text in enumerate(texts)]

    assert [gap.count for gap in grouped(questions)] == [2, 1]


def test_questions_of_two_servers_are_two_gaps() -> None:
    assert len(grouped([lacking(1, "moon"), lacking(2, "moon", server=7), lacking(3, "moon", server=None)])) == 3


QUESTIONS = st.lists(
    st.builds(
        lambda text, ago, server: (" ".join(text), ago, server),
        st.lists(
            st.sampled_from(["harbour", "harbuor", "frozen", "frozne", "2020", "2021", "moon"]), min_size=1, max_size=3
        ),
        st.integers(0, 5),
        st.sampled_from([None, 7]),
    ),
    max_size=12,
)


@given(QUESTIONS, st.randoms())
def test_every_question_is_in_one_gap_whatever_their_order(
    made: list[tuple[str, int, int | None]], chance: Random
) -> None:
    questions = [
        lacking(number, text, at=NOON - timedelta(days=ago), server=server)
        for number, (text, ago, server) in enumerate(made)
    ]
    shuffled = list(questions)
    chance.shuffle(shuffled)

    found = grouped(questions)

    def ids(gaps: tuple[Gap, ...]) -> list[list[str]]:
        return [[asked.id for asked in gap.questions] for gap in gaps]

    assert sorted(asked.id for gap in found for asked in gap.questions) == [asked.id for asked in questions]
    assert ids(grouped(shuffled)) == ids(found)
    assert all(len({asked.server for asked in gap.questions}) == 1 for gap in found)


def test_as_many_as_are_looked_at_take_no_more_than_a_moment() -> None:
    chance = Random(1)
    words = ["".join(chance.choices("abcdefghij", k=chance.randint(3, 10))) for _ in range(500)]
    questions = [lacking(number, " ".join(chance.sample(words, 4))) for number in range(4000)]

    began = time.process_time()
    found = grouped(questions)

    assert len(found) > 3900
    assert time.process_time() - began < 5
