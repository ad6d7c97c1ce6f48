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
        ("en", ["“The ice is gone,” said J. R. Holm.", "“We sail,” he said."]),
        ("en", ["He asked: “Is it open?”", "Nobody knew."]),
        ("de", ["„Das Eis ist weg“, sagte J. Holm.", "Ein U.S.-Schiff lief ein."]),
        ("es", ["El barco de J. M. Holm salió.", "«¿Quién manda?», preguntó."]),
        ("fr", ["M. Holm est parti.", "« La glace a fondu », dit-il."]),
        ("ru", ["«Кто там?» — спросил он.", "— Никого, — сказала она."]),
        ("no", ["Den 3. mai gikk isen.", "«Vi seiler», sa J. Holm."]),
        ("tr", ["Liman 1. kez dondu.", "Vapur kaldı."]),
        ("de", ["Am 1. Februar fror der Hafen zu.", "Die Fähre blieb liegen."]),
        ("ru", ["Гавань замёрзла.", "Паром остался у берега."]),
        ("ar", ["هل تجمد الميناء؟", "نعم تجمد."]),
    ],
)
def test_text_is_divided_at_the_ends_of_sentences(language: str, sentences: list[str]) -> None:
    text = " ".join(sentences)

    assert [text[start:end] for start, end in sentence_spans(text, language)] == sentences


@pytest.mark.parametrize(
    ("language", "question", "right"),
    [
        ("de", "Wann wurde die Fähre gebaut?", "Sie wurde 1921 in Bergen gebaut."),
        ("es", "¿Cuándo se construyó el barco?", "Se construyó en 1921 en Bergen."),
        ("ru", "Когда построили паром?", "Его построили в 1921 году."),
        ("tr", "Vapur ne zaman yapıldı?", "Vapur 1921 yılında yapıldı."),
        ("no", "Når ble fergen bygget?", "Den ble bygget i 1921."),
        ("zh", "渡船是什么时候建造的？", "它于1921年建造。"),
    ],
)
def test_sentence_with_what_is_asked_for_is_bold_in_other_languages(language: str, question: str, right: str) -> None:
    before = {
        "de": "Die Fähre war weiß.",
        "es": "El barco era blanco.",
        "ru": "Паром был белым.",
        "zh": "渡船是白色的。",
    }
    text = f"{before.get(language, 'Xyz.')} {right}"
    (passage,) = snapshot(article("ferry", [text], language)).search(question, 1).passages

    assert passage.bold is not None
    assert text[slice(*passage.bold)] == right


def test_chinese_is_divided_without_spaces() -> None:
    text = "港口结冰了。渡船停航。"

    assert [text[start:end] for start, end in sentence_spans(text, "zh")] == ["港口结冰了。", "渡船停航。"]
