"""A misspelt word is repaired only where that is safe."""

from __future__ import annotations

import pytest

from retrieval.spelling import Speller

SPELLER = Speller({"campaign": 3, "embassy": 2, "iran": 5, "independence": 1}, ())


@pytest.mark.parametrize("typed", ["campagn", "campaiggn", "campaugn", "capmaign"])
def test_one_wrong_letter_is_repaired(typed: str) -> None:
    assert SPELLER.nearest(typed) == "campaign"


def test_two_wrong_letters_are_repaired_in_long_words_only() -> None:
    assert SPELLER.nearest("indapendance") == "independence"
    assert SPELLER.nearest("cempaugn") is None


def test_short_words_stay() -> None:
    assert SPELLER.nearest("iraq") is None
