"""The bold sentence, and where sentences end in several languages."""

from __future__ import annotations

import pytest

from retrieval.sentences import sentence_spans
from tests.test_snapshot import article, snapshot


def test_sentence_that_answers_is_bold() -> None:
    text = "The ferry was painted white. It was built in 1921 in Bergen. Gulls follow it."
    (passage,) = snapshot(article("ferry", [text])).search("When was the ferry built?", 1).passages

    assert passage.bold is not None
    assert text[slice(*passage.bold)] == "It was built in 1921 in Bergen."


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["A U.S.-brokered truce held.", "The port opened."]),
        ("de", ["Am 1. Februar fror der Hafen zu.", "Die Fähre blieb liegen."]),
        ("ru", ["Гавань замёрзла.", "Паром остался у берега."]),
        ("ar", ["هل تجمد الميناء؟", "نعم تجمد."]),
    ],
)
def test_text_is_divided_at_the_ends_of_sentences(language: str, sentences: list[str]) -> None:
    text = " ".join(sentences)

    assert [text[start:end] for start, end in sentence_spans(text, language)] == sentences


def test_chinese_is_divided_without_spaces() -> None:
    text = "港口结冰了。渡船停航。"

    assert [text[start:end] for start, end in sentence_spans(text, "zh")] == ["港口结冰了。", "渡船停航。"]
