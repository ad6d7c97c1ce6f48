"""Searching a small collection of our own: the ranking, its account, and what is said about missing words."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.loading import load
from retrieval.model import Article, ArticleId, Corpus, Metadata
from retrieval.ranking import Weights
from retrieval.snapshot import Snapshot
from retrieval.splitting import paragraphs

HARBOUR = [
    "The harbour froze in January.",
    "The ferry to the island carries eighty passengers.",
    "Fishermen mended nets.",
]
BAKERY = ["The bakery burned down in spring.", "A new oven was bought from the United States."]


def article(name: str, texts: list[str], language: str = "en") -> Article:
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
    found = town.search("harbour ferry bakery oven", 5, ArticleId("bakery"))

    assert {passage.article.id for passage in found.passages} <= {ArticleId("bakery")}


def test_word_that_is_in_no_article_is_named(town: Snapshot) -> None:
    assert town.search("ferry volcano", 3).missing == ("volcano",)


def test_misspelt_word_is_searched_for_as_the_one_meant(town: Snapshot) -> None:
    (repair,) = town.search("How many pasengers?", 3).repairs

    assert (repair.word, repair.meant) == ("pasengers", "passengers")


def test_question_of_stop_words_only_is_not_searchable(town: Snapshot) -> None:
    found = town.search("what is it about?", 3)

    assert not found.searchable
    assert found.passages == ()


@pytest.mark.parametrize(
    ("language", "right", "wrong", "question"),
    [
        ("en", "The ferries carried passengers.", "The bakery burned down.", "Which ferry carries a passenger?"),
        ("de", "Die Fähren brachten Fahrgäste.", "Die Bäckerei brannte ab.", "Welche Fähre bringt Fahrgäste?"),
        ("es", "Los barcos llevaban pasajeros.", "La panadería ardió.", "¿Qué barco lleva pasajeros?"),
        ("ru", "Паромы перевозили пассажиров.", "Пекарня сгорела.", "Какой паром перевозил пассажира?"),
        ("ar", "نقلت السفينة الركاب.", "احترق المخبز.", "أي سفينة نقلت الركاب؟"),
        ("tr", "Vapurlar yolcu taşıdı.", "Fırın yandı.", "Hangi vapur yolcu taşıdı?"),
        ("no", "Fergene fraktet passasjerer.", "Bakeriet brant ned.", "Hvilken ferge fraktet passasjerene?"),
        ("zh", "渡船运送乘客。", "面包店着火了。", "哪艘渡船运送乘客？"),
    ],
)
def test_right_paragraph_is_first_in_every_language(language: str, right: str, wrong: str, question: str) -> None:
    assert first(snapshot(article("town", [wrong, right], language)), question) == right


def test_mixed_collection_is_searched_in_every_language() -> None:
    mixed = snapshot(article("en", ["The ferries sailed."], "en"), article("de", ["Die Bäckerei brannte ab."], "de"))

    assert first(mixed, "ferry") == "The ferries sailed."
    assert first(mixed, "Bäckereien") == "Die Bäckerei brannte ab."


def test_common_words_of_one_language_are_not_missing_in_a_mixed_collection() -> None:
    snapshot = Snapshot(load(Path(__file__).parent / "harbour"))

    assert snapshot.search("Who restored the windmill?", 1).missing == ("restored", "windmill")
