"""Words that only ask are left out of questions, in every language that we have cues for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.analysis import analyzer
from retrieval.asking import question_language, without_asking

ASKED = {
    "ar": ("لماذا غرقت السفينة؟ كم راكبا ومتى؟", ["غرقت", "السفينة", "راكبا"]),
    "da": ("Hvornår sank skibet, og hvor mange døde?", ["sank", "skibet", "døde"]),
    "de": ("Wie viele Schiffe sanken, wann, und wofür?", ["Schiffe", "sanken"]),
    "en": ("How many ships sank, when and how often, did they say?", ["ships", "sank"]),
    "es": ("¿Cuántos barcos? ¿Adónde?", ["barcos"]),
    "fr": ("Combien de navires ont coulé, quand et pourquoi\u202f?", ["navires", "coulé"]),
    "it": ("Quando affondò la nave? Che cosa trasportava? Quanti morti?", ["affondò", "nave", "trasportava", "morti"]),
    "ja": ("船長は誰ですか", ["船長", "長は"]),
    "ko": ("배는 언제 침몰?", ["배는", "침몰"]),
    "nl": ("Hoeveel schepen zonken wanneer, en waarom?", ["schepen", "zonken"]),
    "no": ("Hvilket skip sank? Hvor mange døde?", ["skip", "sank", "døde"]),
    "pl": ("Ilu rybaków zginęło? Komu pomogli?", ["rybaków", "zginęło", "pomogli"]),
    "pt": ("Quantos navios afundaram e por que?", ["navios", "afundaram"]),
    "ru": ("Какой корабль затонул? Сколько людей погибло?", ["корабль", "затонул", "людей", "погибло"]),
    "sv": ("Hur många skepp sjönk?", ["skepp", "sjönk"]),
    "th": ("ใครจม", ["จม"]),
    "tr": ("Gemi ne zaman battı? Kaç kişi öldü? Nerede?", ["Gemi", "battı", "kişi", "öldü"]),
    "uk": ("Скільки кораблів затонуло, чому, та якого року?", ["кораблів", "затонуло", "року"]),
    "zh": ("渡船是什么时候沉没的？为什么？", ["渡船", "沉没"]),
}


@pytest.mark.parametrize("language", ASKED)
def test_words_that_only_ask_are_no_terms(language: str) -> None:
    question, words = ASKED[language]

    terms = analyzer(language).terms(without_asking(question, language))

    assert [question[term.start : term.end] for term in terms] == words


def test_words_that_ask_are_found_without_their_accents_and_with_them_apart() -> None:
    assert without_asking("Cuantos barcos", "es") == "        barcos"
    assert without_asking("Cua\u0301ntos barcos", "es") == "         barcos"


def test_word_that_asks_is_left_out_as_a_whole_word_only() -> None:
    assert without_asking("Wannsee", "de") == "Wannsee"


@given(st.text(), st.sampled_from([*ASKED, "und"]))
def test_other_words_keep_their_places(question: str, language: str) -> None:
    left = without_asking(question, language)

    assert len(left) == len(question)
    assert all(one in (other, " ") for one, other in zip(left, question, strict=True))


@pytest.mark.parametrize(
    ("question", "present", "language"),
    [
        ("What is it about?", ("de", "en"), "en"),
        ("Worum geht es hier?", ("en", "de"), "de"),
        ("Did he die?", ("de", "en"), "en"),
        ("Ne zaman oldu?", ("en", "tr"), "tr"),
        ("渡船?", ("en", "zh"), "zh"),
        ("ferry", ("de", "en"), "de"),
        ("ferry", (), "und"),
        # There are no lists of the common words of these two.
        (
            "Sa njerëz jetonin në qytetin e vjetër para luftës dhe pse u larguan shumica e tyre më vonë?",
            ("en", "sq"),
            "sq",
        ),
        ("Koliko je ljudi živelo u starom gradu pre rata i zašto je većina njih kasnije otišla?", ("en", "sr"), "sr"),
        ("When was the old bridge over the river built, and how much did it cost our town?", ("sq", "en"), "en"),
    ],
)
def test_question_is_in_the_language_of_its_common_words(
    question: str, present: tuple[str, ...], language: str
) -> None:
    assert question_language(question, present) == language
