"""Whatever articles and files are called, what moderators see is within Discord's limits and acts on nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import index_cards
from bot.cards import Card, Select
from bot.curating import Activated, Prepared, Preview
from bot.reader import articles_card
from bot.wanted import Wanted
from retrieval.difference import ArticleChange, Difference
from retrieval.library import Base, Change
from retrieval.model import Article, Corpus, LeftOut, Metadata, Problem, Rule
from retrieval.snapshot import Snapshot
from retrieval.splitting import fingerprint, paragraphs, slug
from retrieval.uploads import Upload
from retrieval.versions import State, Version
from tests.test_cards import LINES, TEXTS, all_texts, articles, assert_within_limits

CHANGES = st.builds(
    lambda article, kind: ArticleChange(
        None if kind == 0 else article,
        None if kind == 2 else article,
        added=article.paragraphs if kind == 0 else (),
        removed=article.paragraphs if kind == 2 else (),
        changed=tuple((part, part) for part in article.paragraphs) if kind == 1 else (),
    ),
    articles(),
    st.integers(0, 2),
)
PROBLEMS = st.builds(Problem, st.just("x"), TEXTS)
SNAPSHOT = Snapshot(Corpus(()))


def prepared(difference: Difference) -> Prepared:
    return Prepared(
        Change("reload", "", State(), "", SNAPSHOT, difference, Base(State(), None, None)), "0a1b2c3d", 3, 0.1
    )


@given(st.lists(CHANGES, max_size=12), st.lists(PROBLEMS, max_size=12))
@settings(max_examples=40)
def test_reports_are_within_limits(changes: list[ArticleChange], problems: list[Problem]) -> None:
    told = Difference.of(tuple(changes), tuple(changes), tuple(changes), 5, tuple(problems))

    for card in (
        index_cards.change_card(prepared(told), do="Activate", action="activate:0a1b2c3d"),
        index_cards.report_card(Activated(prepared(told), None, "No space left on device")),
    ):
        assert_within_limits(card)
    assert index_cards.full_diff(told)


@given(st.lists(articles(), min_size=1, max_size=12, unique_by=lambda one: one.id), st.integers(-1, 9))
@settings(max_examples=40)
def test_lists_are_within_limits(found: list[Article], page: int) -> None:
    assert_within_limits(index_cards.articles_card(found, page))
    for article in found[:2]:
        assert_within_limits(index_cards.article_card(article, page))


@given(st.lists(articles(), max_size=12, unique_by=lambda one: one.id), LINES, st.integers(-1, 9))
@settings(max_examples=40)
def test_list_for_members_is_within_limits(found: list[Article], publisher: str, page: int) -> None:
    assert_within_limits(articles_card(found, Wanted(publisher[:30], "2021-02-01", "2021-02-28"), page))


@given(LINES, st.lists(articles(), max_size=10, unique_by=lambda one: one.id), st.lists(TEXTS, max_size=10))
@settings(max_examples=40)
def test_preview_is_within_limits(name: str, found: list[Article], remarks: list[str]) -> None:
    upload = Upload("a" * 32, name, b"")

    assert_within_limits(index_cards.preview_card(Preview(upload, tuple(found), tuple(remarks))))


@given(st.lists(LINES, min_size=1, max_size=25), st.integers(-1, 9))
@settings(max_examples=40)
def test_history_is_within_limits(titles: list[str], page: int) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    versions = [Version(n, at, "1" * 19, "add", title, 9**9, 9**9, 9, 9, 9) for n, title in enumerate(titles)]

    assert_within_limits(index_cards.history_card(versions, page))


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ((0, 0), "Building the index…"),
        ((3, 12, 0, 0), "Reading the articles: 3 of 12 files\n`█████░░░░░░░░░░░░░░░`"),
        ((12, 12), "Read 12 files; building the index…"),
        ((12, 12, 300, 400), "Read 12 files; building the index…\n`███████████████░░░░░`"),
        ((1, 1, 0, 0), "Read 1 file; building the index…"),
    ],
)
def test_how_far_a_reload_is_can_be_seen(at: tuple[int, ...], shown: str) -> None:
    assert _text(index_cards.progress_card(*at)) == shown


def test_lines_left_out_are_listed_with_their_rules_and_named_by_their_words() -> None:
    beside = tuple(LeftOut(n, f"Line {n} of the menu", Rule.NAVIGATION) for n in range(25))
    name = slug("Harbour")
    article = Article(name, "Harbour", paragraphs(name, ["The harbour froze."]), "a.txt", "0", left_out=beside)

    second = index_cards.article_card(article, 2)

    assert "25 lines, page 2 of 3" in _text(second)
    assert "navigation: Line 10 of the menu" in _text(second)
    assert index_cards.left_out_line(article, fingerprint("Line 10 of the menu")) == "Line 10 of the menu"
    assert index_cards.left_out_line(article, "10") is None


def test_change_whose_answers_cannot_be_counted_says_so() -> None:
    uncounted = replace(prepared(Difference.of((), (), (), 5, ())), cited=None)

    assert "-# How many earlier answers are concerned is not known: the query log cannot be read." in _text(
        index_cards.change_card(uncounted, do="Activate", action="activate:0a1b2c3d")
    )


def test_article_of_one_paragraph_with_nothing_beside_it_has_nothing_to_move() -> None:
    name = slug("Harbour")
    article = Article(name, "Harbour", paragraphs(name, ["The harbour froze."]), "a.txt", "0")

    card = index_cards.article_card(article)

    assert _text(card) == "### Harbour\n-# 1 paragraph · a\\.txt"
    assert not [block for block in card.blocks if isinstance(block, Select)]


def test_full_difference_tells_what_an_article_states_now_and_stated_before() -> None:
    name = slug("Harbour")
    old = Article(
        name, "Harbour", paragraphs(name, ["It froze."]), "a.txt", "0", Metadata(author="Ada", publisher="Coast Weekly")
    )
    new = replace(old, metadata=Metadata(author="Ada", publisher="Harbour Post", published=date(2024, 1, 19)))

    told = index_cards.full_diff(Difference.of((), (ArticleChange(old, new, (), (), ()),), (), 0, ()))

    assert told.splitlines()[1:] == [
        "    - publisher: Coast Weekly",
        "    + publisher: Harbour Post",
        "    + published: 2024-01-19",
        "",
    ]


def _text(card: Card) -> str:
    return "\n".join(all_texts(card))
