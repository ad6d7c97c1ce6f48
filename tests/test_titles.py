"""What is offered while somebody types a title: fast, forgiving and in an order that can be relied on."""

from __future__ import annotations

import random
import statistics
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.curating import Curator
from bot.wanted import Wanted, fitting
from retrieval.facets import Facets, facets_columns
from retrieval.model import Article, ArticleId, Metadata
from retrieval.titles import Titles, folded_title
from tests.servers import Server, server_in


def titled(*titles: str, day: int | None = None) -> list[Article]:
    """Articles of these titles, each a day older than the one before it."""
    return [
        Article(
            ArticleId(f"a{at}"),
            title,
            (),
            "a.txt",
            "0",
            Metadata(published=date(2021, 2, 1) - timedelta(days=at) if day is None else None),
        )
        for at, title in enumerate(titles)
    ]


def faceted(articles: list[Article], languages: list[str]) -> Facets:
    return Facets([article.id for article in articles], languages, facets_columns(articles))


def found(typed: str, *titles: str, limit: int = 25) -> list[str]:
    return [article.title for article in Titles(titled(*titles)).search(typed, limit)]


def test_beginnings_come_before_what_is_inside_and_that_before_typos() -> None:
    titles = ("A new karbour", "Old harbours", "Harbour news", "The Harbour")

    assert found("harbour", *titles) == ["Harbour news", "Old harbours", "The Harbour", "A new karbour"]
    assert found("harbour", *titles, limit=2) == ["Harbour news", "Old harbours"]


def test_inside_of_a_word_is_found() -> None:
    assert found("bour", "Harbour news", "The ferry") == ["Harbour news"]


@pytest.mark.parametrize("typed", ["habour", "harbuor", "harrbour", "hrabour news", "jarbour", "harbour mews"])
def test_typo_is_forgiven(typed: str) -> None:
    assert found(typed, "The ferry", "Fresh harbour news", "A bakery burned") == ["Fresh harbour news"]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("malmo", "Eine Fähre nach Malmö"),
        ("FAHRE", "Eine Fähre nach Malmö"),
        ("istanbul", "İSTANBUL limanı"),
        ("LİMANI", "istanbul limanı"),
        ("елка", "Ёлка в гавани"),
        ("渡船", "港口的渡船"),
        ("o'neill's", "O’Neill’s ferry"),
        ("ferry   sank", "The ferry sank"),
    ],
)
def test_case_accents_and_the_kind_of_quote_do_not_matter(typed: str, title: str) -> None:
    assert found(typed, "Something else", title) == [title]


def test_words_may_stand_apart_and_in_another_order() -> None:
    assert found("embassy kosovo", "Kosovo opens an embassy", "Kosovo", "An embassy")[:1] == ["Kosovo opens an embassy"]


def test_letters_of_a_word_in_other_words_are_not_the_word() -> None:
    assert found("ferry news", "Ferro merry news", "News of the ferry") == ["News of the ferry", "Ferro merry news"]
    assert found("news ferry", "Ferro merry news") == []


def test_nothing_typed_shows_the_newest_and_last_those_without_a_date() -> None:
    dated, undated = titled("Older", "Oldest"), titled("An undated one", day=0)

    assert [one.title for one in Titles([*undated, *reversed(dated)]).search(" ", 25)] == [
        "Older",
        "Oldest",
        "An undated one",
    ]


def test_no_titles_and_no_letters_find_nothing() -> None:
    assert Titles([]).search("harbour", 25) == []
    assert Titles([]).search("", 25) == []
    assert found("zz", "", "🙂", "\n") == []


@given(st.lists(st.text(max_size=12), min_size=1, max_size=12), st.data())
def test_every_title_is_found_by_every_part_of_it(titles: list[str], data: st.DataObject) -> None:
    whole = folded_title(data.draw(st.sampled_from(titles)))
    start = data.draw(st.integers(0, len(whole)))
    part = " ".join(whole[start : data.draw(st.integers(start, len(whole)))].split())

    shown = Titles(titled(*titles)).search(part, len(titles))

    holding = {one.id for one in titled(*titles) if folded_title(part) in folded_title(one.title)}
    assert holding <= {one.id for one in shown}
    assert len(shown) == len({one.id for one in shown})
    assert Titles([*reversed(titled(*titles))]).search(part, len(titles)) == shown


def test_title_of_the_last_character_is_among_all() -> None:
    assert len(Titles(titled("\U0010ffff", "\U0010ffff\U0010ffff")).search("", 25)) == 2


def test_hundred_thousand_titles_are_searched_in_ten_milliseconds() -> None:
    chance = random.Random(1)
    words = [f"{one}{other}" for one in ("har", "fer", "ky", "bak", "isl") for other in ("bour", "ry", "kö", "", "and")]
    made = titled(*(f"{' '.join(chance.choices(words, k=8))} {number}" for number in range(100_000)))
    titles, facets = Titles(made), faceted(made, chance.choices(["en", "de"], k=len(made)))

    # The first wish fits all, the second half, the third a hundred and the last none.
    for wanted in (Wanted(), Wanted(language="en"), Wanted(after="2020-10-25"), Wanted(before="1700", language="de")):
        for typed in ("", "h", "q", "zz", "bour fer", "harbuor kyand", "99999", "harbour nowhere at all " * 4):
            times = []
            for _ in range(5):
                began = time.process_time()
                titles.search(typed, 25, fitting(facets, wanted))
                times.append((time.process_time() - began) * 1000)
            assert statistics.median(times) < 10, (wanted, typed)


def test_titles_are_narrowed_by_what_else_is_wanted() -> None:
    made = titled("Harbour news", "A harbour", "Old harbours", "The ferry", "Harbor")
    titles, facets = Titles(made), faceted(made, ["en", "de", "en", "en", "en"])

    def found(typed: str, **wanted: str) -> list[str]:
        return [article.title for article in titles.search(typed, 25, fitting(facets, Wanted.typed(**wanted)))]

    assert found("harbour", language="en") == ["Harbour news", "Old harbours", "Harbor"]
    assert found("harbour", language="en", before="2021-01-31") == ["Old harbours", "Harbor"]
    assert found("", after="2021-01-31") == ["Harbour news", "A harbour"]
    assert found("y", before="2021-01-30") == ["The ferry"]
    # Not yet a date.
    assert found("ferry", after="2021-") == ["The ferry"]
    assert found("ferry", publisher="Harbour Times") == []


@given(st.lists(st.text("harbo ", max_size=9), min_size=1, max_size=12), st.text("harbo ", max_size=4), st.data())
def test_narrowed_titles_are_those_of_all_that_fit(titles: list[str], typed: str, data: st.DataObject) -> None:
    made = titled(*titles)
    fits = np.array(data.draw(st.lists(st.booleans(), min_size=len(made), max_size=len(made))))

    shown = Titles(made).search(typed, len(made), fits)

    everything = Titles(made).search(typed, len(made))
    assert [one.id for one in shown] == [one.id for one in everything if fits[int(one.id[1:])]]


async def test_choices_keep_to_the_other_options(server: Server, articles: Path, curator: Curator) -> None:
    for year in (2020, 2021):
        (articles / f"{year}.md").write_text(
            f"---\npublished: {year}-02-01\nlanguage: de\n---\n# Hafen {year}\n\nEs schneite {year} Mal.\n"
        )
    await curator.reload(None, by="test")

    early = await server.member.autocomplete(server.channel, "ask", "article", "hafen", before="2020")
    german = await server.member.autocomplete(server.channel, "ask", "article", "hafen", language="de")

    assert [choice["name"] for choice in early] == ["Hafen 2020"]
    assert [choice["name"] for choice in german] == ["Hafen 2021", "Hafen 2020"]


async def test_choices_forgive_a_typo_and_begin_with_the_newest(
    server: Server, articles: Path, curator: Curator
) -> None:
    for day in range(1, 4):
        (articles / f"{day}.md").write_text(
            f"---\npublished: 2021-02-0{day}\n---\n# Hafen Tag {day}\n\nEs schneite {day} Mal.\n"
        )
    await curator.reload(None, by="test")

    typed = await server.member.autocomplete(server.channel, "ask", "article", "kosvo")
    empty = await server.member.autocomplete(server.channel, "source", "article", "")

    assert [choice["value"] for choice in typed] == ["kosovo-formally-establishes-ties-with"]
    assert [choice["name"] for choice in empty][:3] == ["Hafen Tag 3", "Hafen Tag 2", "Hafen Tag 1"]


async def test_titles_of_another_server_are_never_offered(server: Server) -> None:
    guest = server_in(server.env, "Guest")
    preview = await guest.moderator.slash(
        guest.channel, "index add", file=("lamps.md", b"# Lamps of the guest\n\nThe lamps burn oil.\n")
    )
    await guest.press(preview, "Add to index")

    for typed in ("", "lamps", "lmaps"):
        ours = await server.member.autocomplete(server.channel, "ask", "article", typed)
        theirs = await guest.member.autocomplete(guest.channel, "ask", "article", typed)
        assert "lamps-of-the-guest" not in {choice["value"] for choice in ours}
        assert "lamps-of-the-guest" in {choice["value"] for choice in theirs}
