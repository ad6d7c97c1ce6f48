"""Languages are told from enough text, by script, or from the metadata; what cannot be told is not guessed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from retrieval.language import UNKNOWN, detected, languages, prevailing, stated_or
from tests.test_snapshot import TOWNS


def told(texts: Sequence[tuple[str | None, str]]) -> tuple[str, ...]:
    return languages([(stated_or(given, detected(text)), len(text)) for given, text in texts])


@pytest.mark.parametrize("language", TOWNS)
def test_language_of_an_article_is_told(language: str) -> None:
    assert detected(" ".join(TOWNS[language][0])) == language


def test_language_of_every_article_of_a_mixed_collection_is_told() -> None:
    texts = [(None, " ".join(town[0])) for town in TOWNS.values()]

    assert told(texts) == tuple(TOWNS)


@pytest.mark.parametrize("given", ["de", "DE", "de-AT", "de_CH"])
def test_metadata_win(given: str) -> None:
    assert told([(given, " ".join(TOWNS["en"][0]))]) == ("de",)


def test_text_that_is_too_short_takes_the_language_of_most_of_the_collection() -> None:
    assert detected("Ned Price") is None
    assert told([(None, "Ned Price"), (None, " ".join(TOWNS["no"][0])), (None, "渡船停航。")]) == (
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
    assert told([]) == ()
    assert told([(None, "12:30")]) == (UNKNOWN,)


def test_language_of_equal_weight_is_the_first_in_the_alphabet() -> None:
    assert prevailing([("en", 5), ("de", 5), (None, 90)]) == "de"
