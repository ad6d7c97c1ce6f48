"""Words in columns are the words that were put into them, in memory and on disk."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.columns import (
    Backwards,
    Chosen,
    SortedWords,
    Words,
    let_go,
    loaded,
    saved,
    saved_words,
    words_columns,
)
from tests.memory import mapped_memory

# Also the halves of characters that some files have.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=6) | st.text("ab\U0001f6a2\uffff", max_size=4)


@given(st.lists(TEXTS, max_size=8), st.booleans(), st.booleans())
def test_words_come_back_from_disk_as_they_were(words: list[str], mapped: bool, one_by_one: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        if one_by_one:
            saved_words(Path(place), "word", words)
        else:
            saved(Path(place), words_columns("word", words))
        found = Words(loaded(Path(place), mapped=mapped), "word")

        assert list(found) == [found[at] for at in range(len(words))] == words
        assert found[1:3] == words[1:3]


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells what is in memory.")
def test_memory_of_what_was_looked_at_is_given_back_and_read_again(tmp_path: Path) -> None:
    saved(tmp_path, {"numbers": np.arange(1_000_000)})
    columns = loaded(tmp_path, mapped=True)
    total = columns["numbers"].sum()
    looked_at = mapped_memory(tmp_path)
    let_go(columns)

    assert looked_at > 7000
    assert mapped_memory(tmp_path) == 0
    assert columns["numbers"].sum() == total


@given(st.sets(TEXTS, max_size=8), TEXTS)
def test_sorted_words_are_found_by_their_places(words: set[str], other: str) -> None:
    found = SortedWords(words_columns("word", sorted(words)), "word")

    assert [found.number(word) for word in sorted(words)] == list(range(len(words)))
    assert (other in found) == (other in words)
    assert (found.number(other) is None) == (other not in words)


def test_words_are_counted_from_the_end_as_in_a_list() -> None:
    found = Words(words_columns("word", ["ice", "ferry"]), "word")

    assert found[-1] == "ferry"
    for outside in (2, -3):
        with pytest.raises(IndexError):
            found[outside]


def test_words_that_are_too_many_for_the_memory_are_found_where_they_stand() -> None:
    words = [f"word{number:06}" for number in range(100_001)]
    found = SortedWords(words_columns("word", words), "word")

    assert found.number("word077777") == 77_777
    assert found.number("word100001") is None
    assert "harbour" not in found


@given(st.lists(TEXTS, max_size=8), TEXTS.filter(bool))
def test_words_that_hold_a_part_are_those_that_hold_it(words: list[str], part: str) -> None:
    found = Words(words_columns("word", words), "word")

    assert list(found.holding(part)) == [number for number, word in enumerate(words) if part in word]


def test_part_is_looked_for_in_every_stretch_and_never_across_two_words() -> None:
    words = ["ice"] * 1999 + ["fer", "ry", "ferry"]
    found = Words(words_columns("word", words), "word")

    assert list(found.holding("ferry")) == [2001]
    assert list(found) == words


def test_chosen_words_stand_in_the_order_of_their_numbers() -> None:
    words = Words(words_columns("word", ["ice", "ferry", "quay"]), "word")

    assert list(Chosen(words, np.array([2, 0], dtype=np.int32))) == ["quay", "ice"]
    assert list(Backwards(words, np.array([1], dtype=np.int32))) == ["yrref"]
