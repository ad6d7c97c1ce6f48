"""Searching a small collection of our own: the ranking, its account, and what is said about missing words."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval.laying import laid_out, spoken
from retrieval.loading import load
from retrieval.model import Article, ArticleId, Corpus, Metadata, Outcome
from retrieval.query import LONGEST_QUERY
from retrieval.ranking import Weights
from retrieval.snapshot import Snapshot
from retrieval.splitting import paragraphs

HARBOUR = [
    "The harbour froze in January.",
    "The ferry to the island carries eighty passengers.",
    "Fishermen mended nets.",
]
BAKERY = ["The bakery burned down in spring.", "A new oven was bought from the United States."]

TOWNS = {
    "en": (
        [
            "The harbour froze in January and the fishing boats stayed in their berths for three weeks.",
            "The old ferry carried eighty passengers to the island of Hestoy every morning.",
            "A baker named Olav Lunde bought a new oven after the fire in the market street.",
            "The school closed because the snow had broken the roof of the gymnasium.",
        ],
        "How many passengers did the old ferry carry?",
        "Which vaccine protects children against measles?",
        ("vaccine", "protects", "children", "measles"),
    ),
    "de": (
        [
            "Der Hafen fror im Januar zu, und die Fischerboote blieben drei Wochen lang an ihren Plätzen.",
            "Die alte Fähre brachte jeden Morgen achtzig Fahrgäste auf die Insel Hestoy.",
            "Der Bäcker Olav Lunde kaufte nach dem Brand in der Marktstraße einen neuen Ofen.",
            "Die Schule wurde geschlossen, weil der Schnee das Dach der Turnhalle eingedrückt hatte.",
        ],
        "Wie viele Fahrgäste brachte die alte Fähre auf die Insel?",
        "Wann wurde der Impfstoff gegen Masern erfunden?",
        ("Impfstoff", "Masern", "erfunden"),
    ),
    "es": (
        [
            "El puerto se heló en enero y los barcos de pesca quedaron amarrados durante tres semanas.",
            "El viejo transbordador llevaba cada mañana ochenta pasajeros a la isla de Hestoy.",
            "El panadero Olav Lunde compró un horno nuevo después del incendio en la calle del mercado.",
            "La escuela cerró porque la nieve había hundido el techo del gimnasio.",
        ],
        "¿Cuántos pasajeros llevaba el viejo transbordador?",
        "¿Quién descubrió la vacuna contra el sarampión?",
        ("descubrió", "vacuna", "sarampión"),
    ),
    "ru": (
        [
            "В январе гавань замёрзла, и рыбацкие лодки три недели стояли у причалов.",
            "Старый паром каждое утро перевозил восемьдесят пассажиров на остров Хестёй.",
            "Пекарь Олав Лунде купил новую печь после пожара на Рыночной улице.",
            "Школу закрыли, потому что снег проломил крышу спортивного зала.",
        ],
        "Сколько пассажиров перевозил старый паром?",
        "Кто изобрёл вакцину против кори?",
        ("изобрёл", "вакцину", "против", "кори"),
    ),
    "ar": (
        [
            "تجمد الميناء في يناير وبقيت قوارب الصيد في أماكنها ثلاثة أسابيع.",
            "كانت العبارة القديمة تنقل ثمانين راكبا إلى جزيرة هستوي كل صباح.",
            "اشترى الخباز أولاف لوندي فرنا جديدا بعد الحريق في شارع السوق.",
            "أغلقت المدرسة أبوابها لأن الثلج حطم سقف القاعة الرياضية.",
        ],
        "كم راكبا كانت تنقل العبارة القديمة؟",
        "من اكتشف لقاح الحصبة؟",
        ("اكتشف", "لقاح", "الحصبة"),
    ),
    "tr": (
        [
            "Liman ocak ayında dondu ve balıkçı tekneleri üç hafta boyunca yerlerinde kaldı.",
            "Eski vapur her sabah Hestoy adasına seksen yolcu taşıyordu.",
            "Fırıncı Olav Lunde, çarşı caddesindeki yangından sonra yeni bir fırın aldı.",
            "Okul kapandı, çünkü kar spor salonunun çatısını çökertmişti.",
        ],
        "Eski vapur kaç yolcu taşıyordu?",
        "Kızamık aşısı ne zaman bulundu?",
        ("Kızamık", "aşısı", "bulundu"),
    ),
    "no": (
        [
            "Havnen frøs til i januar, og fiskebåtene ble liggende ved kaien i tre uker.",
            "Den gamle fergen fraktet åtti passasjerer til øya Hestøy hver morgen.",
            "Bakeren Olav Lunde kjøpte ny ovn etter brannen i torggata.",
            "Skolen stengte fordi snøen hadde knust taket på gymsalen.",
        ],
        "Hvor mange passasjerer fraktet den gamle fergen?",
        "Hvem oppdaget vaksinen mot meslinger?",
        ("oppdaget", "vaksinen", "meslinger"),
    ),
    "zh": (
        [
            "港口在一月结冰，渔船在泊位停了三个星期。",
            "老渡船每天早上运送八十名乘客前往海斯特岛。",
            "面包师奥拉夫在市场街火灾之后买了新烤炉。",
            "学校关闭，因为大雪压垮了体育馆的屋顶。",
        ],
        "老渡船每天运送多少名乘客？",
        "麻疹疫苗是什么时候发明的？",
        ("麻疹疫苗", "发明"),
    ),
}
"""Articles of one language, a question that the second paragraph answers, one off topic, and its words."""


def article(name: str, texts: list[str], language: str | None = "en") -> Article:
    key = ArticleId(name)
    return Article(key, name, paragraphs(key, texts), name, name, Metadata(title=name, language=language))


def snapshot(*articles: Article, weights: Weights | None = None) -> Snapshot:
    return Snapshot(Corpus(articles), weights=weights)


@pytest.fixture
def town() -> Snapshot:
    return snapshot(article("bakery", BAKERY), article("harbour", HARBOUR))


def first(found: Snapshot, question: str) -> str:
    (entry,) = found.ranked(question, 1)
    return found.corpus.places[entry.position][1].text


def test_shares_of_an_explanation_sum_to_the_score(town: Snapshot) -> None:
    accounts = town.explain("How many passengers does the harbour ferry carry to the island?", 5)

    assert accounts
    for passage, account in accounts:
        total = sum(share.score for share in account.terms) + sum(share.score for share in account.pairs)
        assert total == pytest.approx(passage.score, abs=1e-9)


def test_equal_paragraphs_are_in_the_order_of_the_articles() -> None:
    found = snapshot(article("a", ["A storm came."]), article("b", ["A storm came."])).ranked("storm", 5)

    assert [entry.position for entry in found] == [0, 1]


def test_equal_questions_get_equal_answers(town: Snapshot) -> None:
    assert town.search("island ferry", 3) == town.search("island ferry", 3)


def test_article_filter_leaves_out_every_other_article(town: Snapshot) -> None:
    found = town.search("harbour ferry bakery oven", 5, {ArticleId("bakery")})

    assert {passage.article.id for passage in found.passages} <= {ArticleId("bakery")}


def test_word_that_is_in_no_article_is_named(town: Snapshot) -> None:
    assert town.search("ferry volcano", 3).missing == ("volcano",)


def test_words_of_the_title_are_not_words_of_the_paragraph(town: Snapshot) -> None:
    (passage,) = town.search("Did the harbour ferry carry passengers of the bakery?", 1).passages

    assert passage.matched == ("ferry", "carry", "passengers")
    assert (passage.in_title, passage.lacking) == (("harbour",), ("bakery",))


def test_misspelt_word_is_searched_for_as_the_one_meant(town: Snapshot) -> None:
    (repair,) = town.search("How many pasengers?", 3).repairs

    assert (repair.word, repair.meant) == ("pasengers", "passengers")


@pytest.mark.parametrize("question", ["what is it about?", "Wo war es?", "Who was it?", "Wie viele sind es?"])
def test_question_of_common_words_only_is_not_searchable(question: str) -> None:
    mixed = snapshot(article("en", HARBOUR), article("de", ["Was da war, das war IT.", "Die Bäckerei brannte."], "de"))

    found = mixed.search(question, 3)

    assert not found.searchable
    assert found.passages == ()


@pytest.mark.parametrize("language", TOWNS)
def test_plain_question_is_answered_and_one_off_topic_refused_in_every_language(language: str) -> None:
    texts, question, off_topic, missing = TOWNS[language]
    # The language is told from the text; the metadata do not say it.
    town = snapshot(article("town", texts, None))

    found, nothing = town.search(question, 3), town.search(off_topic, 3)

    assert (found.outcome, found.passages[0].paragraph.text) == (Outcome.ANSWERED, texts[1])
    assert (found.missing, found.passages[0].lacking) == ((), ())
    assert (nothing.outcome, nothing.missing) == (Outcome.UNCOVERED, missing)


@pytest.mark.parametrize("language", TOWNS)
def test_languages_of_a_mixed_collection_do_not_disturb_each_other(language: str) -> None:
    texts, question, _, _ = TOWNS[language]
    world = snapshot(*(article(name, town[0], None) for name, town in TOWNS.items()))

    found = world.search(question, 1)

    assert (found.outcome, found.passages[0].paragraph.text) == (Outcome.ANSWERED, texts[1])


def test_mixed_collection_is_searched_in_every_language() -> None:
    mixed = snapshot(article("en", ["The ferries sailed."], "en"), article("de", ["Die Bäckerei brannte ab."], "de"))

    assert first(mixed, "ferry") == "The ferries sailed."
    assert first(mixed, "Bäckereien") == "Die Bäckerei brannte ab."


def test_common_words_of_one_language_are_not_missing_in_a_mixed_collection() -> None:
    snapshot = Snapshot(load(Path(__file__).parent / "harbour"))

    assert snapshot.search("Who restored the windmill?", 1).missing == ("restored", "windmill")


@pytest.mark.parametrize("question", ["Türkiye'nin limanı nerede?", "O'Neill'ın, Mısır’daki", "TÜRKİYE'NİN LİMANI"])
def test_turkish_ending_after_an_apostrophe_is_no_word(question: str) -> None:
    town = snapshot(article("town", TOWNS["tr"][0], "tr"))

    assert not {"nin", "ın", "daki", "NİN"} & set(town.search(question, 1).missing)
    assert set(town.search(question, 1).missing) <= {"Türkiye", "TÜRKİYE", "Neill", "Mısır", "limanı", "LİMANI"}
    assert town.search(question, 1).missing


def test_snapshot_made_from_an_earlier_one_is_as_one_made_afresh() -> None:
    first = Corpus(
        (article("Harbour", ["The harbour froze.", "A ferry sank in May."]), article("Goats", ["A goat ate."]))
    )
    second = Corpus(
        (article("Harbour", ["The harbour froze.", "A ferry sank in June."]), article("Lamps", ["It is lit."]))
    )

    reused, fresh = Snapshot(second, known=Snapshot(first).known), Snapshot(second)

    for question in ("When did the ferry sink in June?", "Who was the goat in May?", "What is lit in the harbour?"):
        assert reused.search(question, 5) == fresh.search(question, 5)
        assert [why for _, why in reused.explain(question, 5)] == [why for _, why in fresh.explain(question, 5)]
    assert reused.search("Which goat?", 5).missing == ("goat",)


def test_columns_of_a_large_collection_are_the_same_however_many_make_them() -> None:
    texts = [f"{' '.join(HARBOUR)} {number} " * 2000 for number in range(11)]
    corpus = Corpus(tuple(article(f"a{number}", [text], None) for number, text in enumerate(texts)))
    told: list[tuple[int, int]] = []

    with ThreadPoolExecutor(2) as pool:
        shared = laid_out(corpus, spoken(corpus, pool=pool), pool=pool, told=lambda *so_far: told.append(so_far))
    alone = laid_out(corpus, spoken(corpus))

    assert shared.keys() == alone.keys()
    assert all(np.array_equal(shared[name], alone[name]) for name in alone)
    assert told == [(done, 11) for done in range(12)]


def test_question_of_many_words_is_searched_with_the_first_of_them() -> None:
    text = "".join(chr(0x9000 + at) for at in range(300))

    found = snapshot(article("harbour", [text], "zh")).search(text, 1)

    assert found.outcome is Outcome.ANSWERED
    assert found.terms == tuple(text[at : at + 2] for at in range(LONGEST_QUERY))


def test_collection_without_articles_finds_nothing() -> None:
    found = snapshot().search("When did the harbour freeze?", 3)

    assert (found.outcome, found.passages) == (Outcome.UNCOVERED, ())


def test_collection_is_freed_as_soon_as_nobody_has_its_snapshot() -> None:
    snapshot = Snapshot(load(Path(__file__).parent / "harbour"))
    snapshot.search("Who mended the lighthous?", 3)
    positions = weakref.ref(snapshot._positions)
    gc.disable()
    try:
        snapshot.close()
        del snapshot
        assert positions() is None
    finally:
        gc.enable()
