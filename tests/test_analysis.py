"""Text becomes terms, in time that grows with its length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.analysis import analyzer

LANGUAGES = ["en", "de", "es", "ru", "ar", "tr", "no", "zh", "und"]


def terms(text: str, language: str = "en") -> list[str]:
    return [term.text for term in analyzer(language).terms(text)]


def test_country_is_a_word_where_the_pronoun_is_none() -> None:
    assert terms("Tell us") == terms("tell")
    assert "us" in terms("the US")
    assert terms("the U.S.") == terms("the US")


def test_accents_and_case_make_no_difference() -> None:
    assert terms("CAFÉ cafe\u0301 cafe") == [terms("cafe")[0]] * 3


def test_thousands_separators_make_no_difference() -> None:
    assert terms("10,375 10.375 10375") == ["10375"] * 3


@pytest.mark.parametrize(("written", "term"), [("2,5", "2.5"), ("1990s", "1990"), ("the 1990s", "1990")])
def test_decimals_and_decades_are_read_as_their_numbers(written: str, term: str) -> None:
    assert terms(written) == [term]


def test_scripts_without_spaces_are_read_in_pairs() -> None:
    assert terms("面包店", "zh") == ["面包", "包店"]


@given(st.text(), st.sampled_from(LANGUAGES))
def test_every_term_has_a_span_of_the_text_in_order(text: str, language: str) -> None:
    spans = [(term.start, term.end) for term in analyzer(language).terms(text)]

    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)
