"""Languages are told from enough text, by script, or from the metadata; what cannot be told is not guessed."""

from __future__ import annotations

import pytest

from retrieval.language import UNKNOWN, detected, languages, prevailing
from tests.test_snapshot import TOWNS


@pytest.mark.parametrize("language", TOWNS)
def test_language_of_an_article_is_told(language: str) -> None:
    assert detected(" ".join(TOWNS[language][0])) == language


def test_language_of_every_article_of_a_mixed_collection_is_told() -> None:
    texts = [(None, " ".join(town[0])) for town in TOWNS.values()]

    assert languages(texts) == tuple(TOWNS)


@pytest.mark.parametrize("given", ["de", "DE", "de-AT", "de_CH"])
def test_metadata_win(given: str) -> None:
    assert languages([(given, " ".join(TOWNS["en"][0]))]) == ("de",)


def test_text_that_is_too_short_takes_the_language_of_most_of_the_collection() -> None:
    assert detected("Ned Price") is None
    assert languages([(None, "Ned Price"), (None, " ".join(TOWNS["no"][0])), (None, "渡船停航。")]) == (
        "no",
        "no",
        "zh",
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [("渡船?", "zh"), ("フェリーは", "ja"), ("나룻배", "ko"), ("เรือ", "th"), ("Πλοίο", "el"), ("Ferry", None)],
)
def test_short_text_is_told_by_its_script_if_at_all(text: str, language: str | None) -> None:
    assert detected(text) == language


def test_nothing_is_told_of_nothing() -> None:
    assert detected("") is None
    assert languages([]) == ()
    assert languages([(None, "12:30")]) == (UNKNOWN,)


def test_language_of_equal_weight_is_the_first_in_the_alphabet() -> None:
    assert prevailing([("en", 5), ("de", 5), (None, 90)]) == "de"
