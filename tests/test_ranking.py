"""What each kind of evidence adds to a paragraph's score, and that the account of a score is exact."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.model import ArticleId
from retrieval.positions import idf
from retrieval.ranking import Explanation, TermShare, Weights, explanation
from retrieval.snapshot import Snapshot
from tests.test_snapshot import article, first, snapshot

WORDS = ["harbour", "harbours", "ferry", "ice", "the", "bakery", "Hafen", "渡船", "2019"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


def account(found: Snapshot, question: str) -> Explanation:
    (entry,) = found.ranked(question, 1)
    return explanation(entry)


def share(found: Snapshot, question: str) -> TermShare:
    return next(share for share in account(found, question).terms if share.word == question.split()[0])


def test_word_of_the_title_finds_a_paragraph_that_lacks_it() -> None:
    town = snapshot(article("bakery", ["A new oven came."]), article("harbour", ["The ice was thick."]))

    assert first(town, "harbour") == "The ice was thick."
    assert share(town, "harbour").title > 0
    assert share(town, "harbour").passage == 0


def test_title_adds_to_a_paragraph_that_has_the_word_too() -> None:
    texts = ["The harbour froze."]

    assert first(snapshot(article("a", texts), article("harbour", texts)), "harbour") == texts[0]
    assert snapshot(article("a", texts), article("harbour", texts)).ranked("harbour", 1)[0].position == 1


def test_words_elsewhere_in_the_article_break_a_tie() -> None:
    town = snapshot(article("a", ["The ferry left.", "Gulls cried."]), article("b", ["The ferry left.", "Ice came."]))

    order = [entry.position for entry in town.ranked("ferry ice", 4)]

    assert order.index(2) < order.index(0)


def test_words_side_by_side_go_before_the_same_words_apart() -> None:
    town = snapshot(article("a", ["The ice of the old harbour was thin.", "The old ice of the harbour was thin."]))

    assert first(town, "old ice") == "The old ice of the harbour was thin."
    assert [(pair.first, pair.second) for pair in account(town, "old ice").pairs] == [("old", "ice")]


def test_weight_of_two_words_that_stand_in_very_many_places_is_an_estimate_that_is_near() -> None:
    together, apart = 3_000, 3_000
    texts = [f"The old ice of day {day}." for day in range(together)]
    texts += [f"Old men, and the ice, {day}." for day in range(apart)]

    (pair,) = account(snapshot(article("a", texts)), "old ice").pairs

    assert pair.weight == pytest.approx(idf(together, together + apart), abs=0.05)


def test_weight_of_two_frequent_words_that_seldom_stand_together_is_not_that_of_words_that_never_do() -> None:
    texts = [f"Old men, and the ice, {day}." for day in range(6_000)]
    texts[2_900] = "The old ice."

    (pair,) = account(snapshot(article("a", texts)), "old ice").pairs

    assert idf(6, 6_000) < pair.weight < idf(0, 6_000)


def test_words_of_one_sentence_go_before_the_same_words_of_two() -> None:
    apart, together = "A ferry came. Then ice set in.", "A ferry broke ice. Then night fell."
    town = snapshot(article("a", [apart, together]))

    assert first(town, "ice and a ferry") == together


def test_relative_of_a_word_counts_only_where_the_word_is_missing() -> None:
    town = snapshot(article("a", ["The fisherman slept.", "Bakers slept."]))

    related = share(town, "fisher")

    assert related.related > 0
    assert related.passage == 0
    assert share(town, "fisherman").related == 0


def test_only_the_positions_within_are_looked_at() -> None:
    town = snapshot(article("a", ["The ferry left."]), article("b", ["The ferry sank.", "Ice."]))

    found = town.search("ferry", 5, {ArticleId("b")}).passages

    assert [passage.paragraph.text for passage in found] == ["The ferry sank."]


def test_articles_that_all_others_outrank_are_found_where_only_they_are_wanted() -> None:
    often = [article(f"a{number:02}", ["The ferry sank in May."]) for number in range(30)]
    seldom = [
        article(f"b{number}", ["A crane came. Later on that day the ferry left the pier for the island."])
        for number in range(3)
    ]
    town = snapshot(*often, *seldom, weights=Weights(candidates=2))

    found = town.search("ferry", 5, {one.id for one in seldom}).passages

    assert [passage.article.id for passage in found] == ["b0", "b1"]


def places(town: Snapshot, question: str, only: set[ArticleId] | None) -> list[tuple[ArticleId, float]]:
    ranked = town.ranked(question, 20, only)
    return [(town.corpus.places[entry.position][0].id, entry.score) for entry in ranked]


@given(st.lists(TEXTS, min_size=4, max_size=9), st.sets(st.integers(0, 8)), st.integers(1, 9), TEXTS)
@settings(max_examples=60)
def test_ranking_within_articles_is_that_of_all_with_the_others_left_out(
    texts: list[str], inside: set[int], candidates: int, question: str
) -> None:
    town = snapshot(
        *(article(f"a{at}", [text]) for at, text in enumerate(texts)), weights=Weights(candidates=candidates)
    )
    only = {ArticleId(f"a{at}") for at in inside}
    everything = {one.id for one in town.corpus.articles}

    found, same = (places(town, question, articles) for articles in (only, everything))

    left = [entry for entry in places(snapshot(*town.corpus.articles), question, None) if entry[0] in only]
    assert same == places(town, question, None)
    assert found == [entry for entry in left if entry in found]
    assert found == left or candidates < len(texts)


def test_weights_are_what_the_shares_are_made_of() -> None:
    town = snapshot(article("harbour", ["The ferry left."]), weights=Weights(article=0, pairs=0, sentence=0, related=0))

    (only,) = account(town, "ferry").terms

    assert (only.article, only.sentence, only.related) == (0, 0, 0)
    assert only.passage == account(town, "ferry").score


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.lists(TEXTS, min_size=1, max_size=3)), min_size=1, max_size=4), TEXTS)
def test_shares_sum_to_the_score_and_nothing_depends_on_when_an_article_was_added(
    articles: list[tuple[str, list[str]]], question: str
) -> None:
    made = [article(f"{title} {number}", texts, None) for number, (title, texts) in enumerate(articles)]
    made.sort(key=lambda one: one.id)
    one = snapshot(*made)
    # What is known from another order of adding gives the terms other numbers.
    known = snapshot(*random.Random(len(made)).sample(made, len(made))).known
    other = Snapshot(one.corpus, known=known)

    found = one.ranked(question, 20)

    assert [entry.score for entry in found] == sorted((entry.score for entry in found), reverse=True)
    for entry in found:
        its = explanation(entry)
        total = sum(share.score for share in its.terms) + sum(pair.score for pair in its.pairs)
        assert total == pytest.approx(entry.score, abs=1e-9)
    scores = {one.corpus.places[entry.position][1].citation: entry.score for entry in found}
    assert scores == pytest.approx(
        {other.corpus.places[entry.position][1].citation: entry.score for entry in other.ranked(question, 20)}
    )


def test_words_side_by_side_in_a_title_without_paragraphs_find_nothing() -> None:
    assert snapshot(article("old harbour", [])).search("old harbour", 3).passages == ()
