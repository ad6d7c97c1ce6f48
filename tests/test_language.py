"""Languages are told from enough text, by script, or from the metadata; what cannot be told is guessed at last."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from retrieval.language import UNKNOWN, Model, detected, guessed, languages, prevailing, stated_or
from tests.test_snapshot import TOWNS, article, snapshot


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


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("Havnen frøs til i januar, og fiskebåtene ble liggende ved kaien. Bakeren kjøpte ny ovn.", {"no", "nn", "nb"}),
        ("Brod je otišao u luku. Škola je zatvorena zbog snijega. Pekar je kupio novu peć.", {"hr", "bs", "sr"}),
        ("Kapal itu pergi ke pulau setiap pagi. Sekolah ditutup karena hujan lebat sekali.", {"id", "ms"}),
    ],
)
def test_languages_that_are_much_alike_do_not_take_the_certainty_from_each_other(text: str, likely: set[str]) -> None:
    assert detected(text) in likely


def test_collection_of_which_nothing_can_be_told_is_guessed_as_a_whole() -> None:
    pool = "The pool opened at nine.", "Entry costs two crowns."
    read = snapshot(article("pool", list(pool), None))

    assert detected(" ".join(pool)) is None
    assert tuple(read.languages) == ("en",)
    assert read.search("When did the pool open?", 1).missing == ()


def test_hardly_any_letters_are_not_guessed_from() -> None:
    assert guessed(["12:30", "Ned Price"]) is None
    assert guessed([]) is None


def unloaded(monkeypatch: pytest.MonkeyPatch) -> Model:
    """The model that tells languages from now on, which nobody has needed yet."""
    own = Model()
    monkeypatch.setattr("retrieval.language._MODEL", own)
    return own


def test_where_questions_are_told_by_the_model_the_first_need_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    albanian, english = article("sq", ["Kush e ndërtoi urën?"], "sq"), article("en", list(TOWNS["en"][0]), "en")
    tamil = article("ta", ["பழைய பாலம் எப்போது கட்டப்பட்டது?"], "ta")  # of a script of its own
    one, by_script, several = snapshot(albanian), snapshot(tamil, english), snapshot(albanian, english)
    model = unloaded(monkeypatch)

    one.prepare()
    by_script.prepare()
    assert not model.loaded
    several.prepare()
    assert model.loaded


def test_questions_in_several_languages_are_told_without_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    town = snapshot(*(article(code, list(TOWNS[code][0]), code) for code in ("de", "en")))
    model = unloaded(monkeypatch)

    town.prepare()
    assert (
        town.search("When and by whom was the old bridge over the river built, and what did it cost?", 1).language
        == "en"
    )
    assert (
        town.search("Wann und von wem wurde die alte Brücke über den Fluss gebaut, und was kostete sie?", 1).language
        == "de"
    )
    assert not model.loaded


def test_table_without_a_language_takes_that_of_the_collection() -> None:
    table = "\n".join(f"0x{number:04x} 0x{number * 3:04x} U+{number * 5:04X}" for number in range(0xA1A1, 0xA1FF))

    assert detected(table) is None
    assert guessed([table]) is None
    assert told([(None, table), (None, " ".join(TOWNS["de"][0]))]) == ("de", "de")


def test_model_is_let_go_of_when_nobody_needs_it() -> None:
    model = Model(idle_seconds=0.3)
    for _ in range(2):
        held, longest = model.get(), 0.0
        began = last = time.monotonic()
        while last < began + 1:
            time.sleep(0.02)
            used, now = model.get(), time.monotonic()
            longest, last = max(longest, now - last), now
            # A machine that is busy with something else may have let it go.
            assert used is held or longest >= 0.3
            held = used
        while model.loaded and time.monotonic() < last + 10:
            time.sleep(0.01)
        assert not model.loaded


def test_model_that_questions_need_stays() -> None:
    model = Model(idle_seconds=0.1)
    model.get()
    kept = model.get(keep=True)
    time.sleep(0.4)
    assert model.get() is kept
