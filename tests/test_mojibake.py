"""Misread letters are repaired where that is certain, and fine text stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.formats.mojibake import repaired

FINE = [
    "“Élan” is what the café’s owner called it – naïve, as ever… for 30 €.",
    "„GERÄT“ steht auf dem Schild, und »SPÄT« darunter; Übergröße, Straße.",
    "CAFÉ™ and ROSÉ® are the marks of À LA CARTE.",
    "ÂNGELA ESTÁ EM SÃO PAULO, NÃO É? À NOITE, ÀS 9.",
    "L’été, où êtes-vous ? « Là-bas, à l’île d’Oléron », dit-il.",
    "Za­żółć gęślą jaźń. Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "Гавань замёрзла в понедельник — «и паромы», сказал он.",
    "Το λιμάνι πάγωσε τη Δευτέρα.",
    "Cảng đóng băng vào thứ Hai, và các chuyến phà ở lại bến.",
    "Liman pazartesi günü dondu; “vapurlar” limanda kaldı, ışıklar söndü.",
    "تجمد الميناء يوم الاثنين.",
    "港口星期一结冰了。",
    "90° 15′ N, 5 × 3 ± 2 ≠ 10½ µm © ® ™",
]


@pytest.mark.parametrize("text", FINE)
def test_fine_text_stays_as_it_is(text: str) -> None:
    assert repaired(text) == (text, None)


LETTERS = {
    "English": "’“”‘–—…é",
    "German": "äöüßÄÖÜ„“»«–",
    "French": "éèêëàâçîïôùûœÉÈÀÇ«»’\u00a0",
    "Portuguese": "ãõáéíóúâêôçÃÕÁÉÂÇ“”",
    "Polish": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ„”",
    "Turkish": "çğıöşüÇĞİÖŞÜ“”",
    "Russian": "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗРС«»—",
    "Greek": "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώ«»",
}


@given(
    st.sampled_from(sorted(LETTERS)).flatmap(lambda name: st.lists(st.text("abcdeinorst" + LETTERS[name], min_size=1)))
)
def test_words_of_ordinary_letters_with_right_quotes_stay_as_they_are(words: list[str]) -> None:
    # A right opening quote can be no byte of UTF-8, so no line that has one is a line of misread letters.
    text = " ".join(["“or „", *words])

    assert repaired(text) == (text, None)


@given(st.sampled_from(FINE), st.sampled_from(["sloppy-windows-1252", "latin-1"]))
def test_a_repair_gives_the_very_letters_or_leaves_them(text: str, mistaken: str) -> None:
    wrong = text.encode().decode(mistaken)

    right, sentence = repaired(wrong)

    assert (right, sentence is None) in ((text, False), (wrong, True))


def test_repair_is_told_with_its_first_letter() -> None:
    text, sentence = repaired("Plain first line.\r\nThe cafÃ©â€™s owner said nothing.\n")

    assert text == "Plain first line.\r\nThe café’s owner said nothing.\n"
    assert sentence == "its letters were repaired: “Ã©” is read as “é”"


def test_every_line_is_repaired_and_the_first_repair_told() -> None:
    assert repaired("The cafÃ© froze.\nSo did the naÃ¯ve.") == (
        "The café froze.\nSo did the naïve.",
        "its letters were repaired: “Ã©” is read as “é”",
    )


def test_single_letter_that_may_be_meant_as_it_is_stays() -> None:
    assert repaired("The Ð¼ was left.") == ("The Ð¼ was left.", None)


def test_other_scripts_and_spaces_are_repaired() -> None:
    assert repaired("ÐŸÑ€Ð¸Ð²ÐµÑ‚, Ð¼Ð¸Ñ€")[0] == "Привет, мир"
    assert repaired("РџСЂРёРІРµС‚, РјРёСЂ!")[0] == "Привет, мир!"
    assert repaired("10Â\u00a0km, he said â€” no")[0] == "10\u00a0km, he said — no"


def test_line_with_right_letters_beside_wrong_ones_stays_as_it_is() -> None:
    line = "He writes “cafÃ©” when he means “café”."

    assert repaired(line) == (line, None)
