"""Which articles are searched: wishes as people type them, what is said about them, and that buttons keep them."""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simcord.results import InteractionResult

from bot.client import QuothBot
from bot.curating import Curator
from bot.excerpts import units
from bot.wanted import ALL, NoneWanted, Wanted, chosen, period
from retrieval.model import Article, ArticleId, Corpus, Metadata
from retrieval.snapshot import Snapshot
from retrieval.splitting import paragraphs, slug
from tests.screens import buttons, message_of, text
from tests.servers import Server

QUESTION = "When did the ferry of Hestoy sink?"


def article(title: str, publisher: str | None, day: date | None, language: str = "en", *texts: str) -> Article:
    name = slug(title)
    stated = Metadata(publisher=publisher, published=day, language=language)
    return Article(name, title, paragraphs(name, texts or ("The ferry sank.",)), "a.txt", "0", stated)


def ids(*names: str) -> frozenset[ArticleId]:
    return frozenset(map(ArticleId, names))


TOWN = Snapshot(
    Corpus(
        (
            article("Bells", "Harbour Post", date(2021, 2, 1)),
            article("Ferry", "Harbour Post", date(2021, 2, 28), "en", "The ferry sank.", "It was raised."),
            article("Hafen", "Hafenblatt", date(2020, 12, 31), "de", "Die Fähre sank."),
            article("Ice", "BBC", date(2019, 1, 1)),
            article("Jars", "BBC News", date(2018, 1, 1)),
            article("Undated", None, None),
        )
    )
)


@pytest.mark.parametrize(
    ("wanted", "fitting", "words"),
    [
        (Wanted("harb"), ids("bells", "ferry"), ("Harbour Post",)),
        (Wanted("HÄRBOUR POST"), ids("bells", "ferry"), ("Harbour Post",)),
        (Wanted("bbc"), ids("ice"), ("BBC",)),
        (Wanted("bb"), ids("ice", "jars"), ("BBC or BBC News",)),
        (Wanted("b"), ids("ice", "jars"), ("BBC or BBC News",)),
        (Wanted(after="2021-02-01"), ids("bells", "ferry"), ("from 2021-02-01 on",)),
        (Wanted(after="2021-02"), ids("bells", "ferry"), ("from 2021-02 on",)),
        (Wanted(after="2020-12-31"), ids("bells", "ferry", "hafen"), ("from 2020-12-31 on",)),
        (Wanted(before="2021-02"), ids("bells", "ferry", "hafen", "ice", "jars"), ("up to 2021-02",)),
        (Wanted(before="2021-2-1"), ids("bells", "hafen", "ice", "jars"), ("up to 2021-02-01",)),
        (Wanted(after="2019", before="2020"), ids("hafen", "ice"), ("from 2019 on", "up to 2020")),
        (Wanted(language="German"), ids("hafen"), ("in German",)),
        (Wanted(language="de-AT"), ids("hafen"), ("in German",)),
        (Wanted("h", "2020", "", "de"), ids("hafen"), ("Hafenblatt or Harbour Post", "from 2020 on", "in German")),
        (Wanted("harb", article="Ferry"), ids("ferry"), ("Ferry",)),
    ],
)
def test_wishes_choose_the_articles_that_fit_all_of_them(
    wanted: Wanted, fitting: frozenset[ArticleId], words: tuple[str, ...]
) -> None:
    found = chosen(TOWN, wanted)

    assert found.articles == fitting
    assert found.words == words
    assert chosen(TOWN, Wanted.of_state(found.wanted.state)).articles == fitting


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (
            Wanted("Times"),
            "No article has a publisher that begins with “Times”; there are articles of BBC, BBC News, Hafenblatt and Harbour Post.",
        ),
        (Wanted(after="2022"), "No article is from 2022 on; the dates go from 2018-01-01 to 2021-02-28."),
        (Wanted(before="2017-05"), "No article is up to 2017-05; the dates go from 2018-01-01 to 2021-02-28."),
        (Wanted(language="tlh"), "No article is in “tlh”; there are articles in German and English."),
        (
            Wanted("bbc", after="2020"),
            "No article fits all of this together. How many fit each alone: BBC: 1; from 2020 on: 3.",
        ),
        (Wanted("bbc", article="ferry"), "“Ferry” is not among the articles that fit: BBC."),
        (Wanted(after="spring"), "“spring” is not a date like 2021-02-01, 2021-02 or 2021."),
        (Wanted(before="2021-02-30"), "“2021-02-30” is not a date like 2021-02-01, 2021-02 or 2021."),
        (Wanted(before="0000"), "“0000” is not a date like 2021-02-01, 2021-02 or 2021."),
        (Wanted(before="2021-13"), "“2021-13” is not a date like 2021-02-01, 2021-02 or 2021."),
        (Wanted(before="９９９９"), "“９９９９” is not a date like 2021-02-01, 2021-02 or 2021."),
    ],
)
def test_wish_that_nothing_fits_gets_a_sentence_that_names_what_there_is(wanted: Wanted, sentence: str) -> None:
    with pytest.raises(NoneWanted) as told:
        chosen(TOWN, wanted)

    assert str(told.value) == sentence


def test_articles_that_state_nothing_are_said_to_state_nothing() -> None:
    bare = Snapshot(Corpus((article("Undated", None, None),)))

    for wanted, there in ((Wanted("b"), "none states its own."), (Wanted(after="2021"), "no article states its date.")):
        with pytest.raises(NoneWanted) as told:
            chosen(bare, wanted)
        assert str(told.value).endswith(there)


@given(st.dates() | st.none(), st.sampled_from(["{:%Y-%m-%d}", "{:%Y-%m}", "{:%Y}"]))
def test_period_holds_its_day_and_is_written_as_it_was_typed(day: date | None, form: str) -> None:
    if day is None:
        assert period("") is None
        return
    typed = form.format(day).zfill(len(form.format(date(2021, 12, 31))))

    found = period(typed)

    assert found is not None
    assert found.first <= day <= found.last
    assert found.text == typed
    assert period(found.text) == found


@given(st.text(string.printable + "𝔘é:", max_size=80), st.sampled_from(["", "2021", "2021-02-28"]))
def test_buttons_carry_every_wish_within_discords_limit(publisher: str, day: str) -> None:
    wanted = Wanted.typed(publisher=publisher, after=day, before=day, language="deu" if day else "")

    assert Wanted.of_state(wanted.state) == wanted
    assert units(f"more:205:{wanted.state}") <= 100


def test_older_buttons_are_read() -> None:
    assert Wanted.of_state("-") == ALL
    assert Wanted.of_state("") == ALL
    assert Wanted.of_state("ferry") == Wanted(article="ferry")


@pytest.fixture
async def harbour(server: Server, articles: Path, curator: Curator) -> Server:
    for name, publisher, day, language, texts in (
        (
            "Ferry",
            "Harbour Post",
            "2021-02-01",
            "en",
            [
                "The old ferry of Hestoy sank in January.",
                "The ferry of Hestoy was raised.",
                "The Hestoy ferry sailed.",
                "A ferry to Hestoy left.",
                "No ferry came to Hestoy.",
            ],
        ),
        ("Crew", "Harbour Post", "2020-05-05", "en", ["The crew of the Hestoy ferry never saw it sink."]),
        ("Fähre", "Hafenblatt", "2021-03-01", "de", ["Die Fähre von Hestoy sank im Januar."]),
    ):
        head = f"---\npublisher: {publisher}\npublished: {day}\nlanguage: {language}\n---\n# {name}\n\n"
        (articles / f"{slug(name)}.md").write_text(head + "\n\n".join(texts) + "\n")
    await curator.reload(None, by="test")
    return server


async def ask(server: Server, question: str = QUESTION, **options: str) -> InteractionResult:
    return await server.member.slash(server.channel, "ask", question=question, **options)


async def test_filters_are_kept_by_every_button_after_a_restart(
    harbour: Server, new_bot: Callable[[], QuothBot]
) -> None:
    answer = await ask(harbour, publisher="harbour", after="2021-02", before="2021")
    assert "-# Searched 5 paragraphs of 1 article: Harbour Post, from 2021-02 on, up to 2021" in text(answer)
    assert "Crew" not in text(answer)
    assert "Open ¶1" in buttons(message_of(answer))
    await harbour.env.restart_bot(new_bot())

    why = await harbour.member.click(message_of(answer).message, label="Why these?")
    assert "Ferry · ¶1" in text(why)
    assert "Crew" not in text(why)
    more = await harbour.member.click(message_of(answer).message, label="More passages")
    assert "[4]\n> " in text(more)
    assert "Searched 5 paragraphs of 1 article: Harbour Post, from 2021-02 on, up to 2021" in text(more)
    assert "Crew" not in text(more)


async def test_language_is_chosen_by_its_name(harbour: Server) -> None:
    answer = await ask(harbour, "Wann sank die Fähre von Hestoy?", language="German")

    assert "Die Fähre von Hestoy sank im Januar." in text(answer)
    assert "Searched 1 paragraph of 1 article: in German" in text(answer)


async def test_card_that_covers_nothing_says_what_was_searched_and_shows_the_closest_of_it(harbour: Server) -> None:
    refused = await ask(harbour, "Who won the ferry election of 2020?", publisher="Harbour Post", before="2020-12")

    assert "The articles do not cover this" in text(refused)
    assert "Searched 1 paragraph of 1 article: Harbour Post, up to 2020-12 · index" in text(refused)
    closest = await harbour.member.click(message_of(refused).message, label="Show the closest")
    assert "The crew of the Hestoy ferry" in text(closest)
    assert "raised" not in text(closest)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"after": "spring"}, "“spring” is not a date like 2021-02-01, 2021-02 or 2021."),
        ({"before": "2019"}, "No article is up to 2019; the dates go from 2020-05-05 to 2021-03-01."),
        ({"publisher": "@everyone"}, "No article has a publisher that begins with “@everyone”; there are articles of Hafenblatt and Harbour Post."),
        ({"language": "Klingon"}, "No article is in “Klingon”; there are articles in German and English."),
        ({"article": "crew", "after": "2021"}, "“Crew” is not among the articles that fit: from 2021 on."),
    ],
)  # fmt: skip
async def test_wrong_filter_gets_a_private_sentence(harbour: Server, options: dict[str, str], sentence: str) -> None:
    result = await ask(harbour, **options)

    assert text(result) == sentence
    assert result.ephemeral


async def test_filters_are_offered_from_what_there_is(harbour: Server) -> None:
    async def offered(option: str, typed: str, command: str = "ask") -> list[tuple[str, str]]:
        choices = await harbour.member.autocomplete(harbour.channel, command, option, typed)
        return [(choice["name"], choice["value"]) for choice in choices]

    assert await offered("publisher", "") == [("Hafenblatt", "Hafenblatt"), ("Harbour Post", "Harbour Post")]
    assert await offered("publisher", "POST") == [("Harbour Post", "Harbour Post")]
    assert [value for _, value in await offered("after", "")] == ["2021-03-01", "2021-02-01", "2020-05-05"]
    assert [value for _, value in await offered("before", "2021-0", "articles")] == ["2021-03-01", "2021-02-01"]
    assert await offered("language", "") == [("English", "en"), ("German", "de")]
    assert await offered("language", "germ") == [("German", "de")]
    assert await offered("language", "xx") == []


async def test_button_of_an_older_answer_still_works(harbour: Server) -> None:
    answer = await ask(harbour, article="ferry")
    actions = {label: button["custom_id"] for label, button in buttons(message_of(answer)).items()}

    assert actions["More passages"] == "more:3:ferry"
    assert actions["Why these?"] == "why:ferry"
    assert buttons(message_of(await ask(harbour)))["Why these?"]["custom_id"] == "why:-"
