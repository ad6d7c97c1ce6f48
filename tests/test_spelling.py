"""A misspelt word is repaired only where that is safe."""

from __future__ import annotations

import pytest

from retrieval.analysis import analyzer
from retrieval.laying import Spoken, laid_out
from retrieval.loading import load
from retrieval.model import Corpus
from retrieval.positions import Positions
from retrieval.snapshot import Snapshot
from retrieval.spelling import LOOKED_UP, Speller
from tests.conftest import SEEDS
from tests.test_snapshot import article, snapshot


def speller(*texts: str, language: str = "en") -> Speller:
    columns = laid_out(Corpus((article("a", list(texts), language),)), Spoken((language,), language, (None,)))
    return Speller(Positions(columns))


SPELLER = speller("Campaign in Iran: the campaign for independence. Embassy of Iran.")


def repairs(question: str, of: Speller = SPELLER, language: str = "en") -> list[tuple[str, str]]:
    return [(repair.word, repair.meant) for repair in of.repairs(question, analyzer(language))]


@pytest.mark.parametrize("typed", ["campagn", "campaiggn", "campaugn", "capmaign"])
def test_one_wrong_letter_is_repaired(typed: str) -> None:
    assert SPELLER.nearest(typed) == "campaign"


def test_two_wrong_letters_are_repaired_in_long_words_only() -> None:
    assert SPELLER.nearest("indapendance") == "independence"
    assert SPELLER.nearest("cempaugn") is None


def test_short_words_stay() -> None:
    assert repairs("Iraq Irna") == []


def test_known_words_stay_in_any_form() -> None:
    assert repairs("CAMPAIGNS campaigning embassies", speller("The campaign. An embassy.")) == []


def test_word_is_shown_as_the_articles_have_it_most_often() -> None:
    kosovo = speller("KOSOVO. Kosovo declared it. Kosovo.", "Passengers waited. Two passengers slept. Café Zuñiga.")

    assert repairs("Kosvo pasengers zuniiga", kosovo) == [
        ("Kosvo", "Kosovo"),
        ("pasengers", "passengers"),
        ("zuniiga", "Zuñiga"),
    ]


@pytest.mark.parametrize(
    ("language", "text", "asked"),
    [
        ("tr", "Köylüler sustu.", "köylüleri"),
        ("tr", "Martılar uçtu.", "martıları"),
        ("de", "Die Leuchtturmwärter schliefen.", "Leuchtturmwärterin"),
    ],
)
def test_another_form_of_a_word_is_found_and_not_called_a_repair(language: str, text: str, asked: str) -> None:
    found = snapshot(article("a", [text], language)).search(asked, 1)

    assert [passage.matched for passage in found.passages] == [(asked,)]
    assert (found.repairs, found.missing) == ((), ())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("campain", "campaign"), ("Moroco", "Morocco"), ("embasy", "embassy"), ("kosoo", "Kosovo"), ("Palme", "Palmer")],
)
def test_misspelt_word_is_announced(typed: str, meant: str) -> None:
    one = snapshot(article("a", ["The campaign of Morocco.", "Palmer left the embassy in Kosovo."]))

    assert [(repair.word, repair.meant) for repair in one.search(f"Where is {typed}?", 1).repairs] == [(typed, meant)]


def test_misspelt_words_of_the_seed_are_announced() -> None:
    seed = Snapshot(load(SEEDS))
    words = sorted({word for _, part in seed.corpus.places for word in part.text.split() if word.isalpha()})
    typed = {word[:-2] + word[-1]: word for word in words if len(word) >= 5}

    repaired = {one: seed._speller.repairs(one, analyzer("en")) for one in typed}
    announced = [one for one in typed if seed.search(one, 1).repairs]

    assert [(one.word, one.meant) for one in seed.search("How long was the NATO air campain?", 1).repairs] == [
        ("campain", "campaign")
    ]
    assert len(announced) > 0.9 * sum(map(bool, repaired.values()))


def test_question_of_many_unknown_words_looks_up_only_some() -> None:
    one = speller("A campaign.")
    letters = "bdfghjlo"

    one.repairs(" ".join(f"{a}{b}{c}mpaxgn" for a in letters for b in letters for c in letters), analyzer("en"))

    assert len(one.remembered) == LOOKED_UP


def test_word_that_no_text_has_is_written_in_no_form() -> None:
    positions = Positions(laid_out(Corpus((article("a", ["The Ferry."]),)), Spoken(("en",), "en", (None,))))

    assert positions.written("ferry") == "Ferry"
    with pytest.raises(KeyError):
        positions.written("harbour")
