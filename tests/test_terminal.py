"""What `quoth` prints for people, line by line, on a small collection."""

from __future__ import annotations

import io
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from bot import app, log_terminal, terminal
from bot.app import Quoth
from bot.curating import Activated
from bot.querylog import Door
from bot.querylog.gaps import Gap
from bot.reviewing import Coverage, Covered
from bot.settings import Settings
from retrieval.difference import Difference
from retrieval.loading import load
from retrieval.model import Corpus, Outcome
from retrieval.versions import Version
from tests.test_cli import HARBOUR
from tests.test_index_cards import prepared
from tests.test_querylog import asked

FERRY = "New Ferry Crosses the Sound in Forty Minutes"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder with the five articles of a harbour town."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for path in HARBOUR.glob("*.md"):
        shutil.copy(path, folder)
    return folder


def shown(text: RenderableType) -> str:
    out = io.StringIO()
    Console(width=200, file=out).print(text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who won the election?", "The articles do not cover this.\nNot in any article: “won”, “election”\n"),
        (
            "who is the",
            "The articles do not cover this.\n"
            "The question has no word to search for: name a person, a place or a thing.\n",
        ),
        (
            "Which pupils are sold in Rostock?",
            "The articles do not cover this.\n"
            "Every word of the question is in the articles, but no paragraph has enough of them together.\n",
        ),
        ("bicycles whale", "No passage has all your words; the closest lacks “whale”:\n"),
        ("Was the ferry sold by Greta?", "\nNot in passage [1]: “Greta”\nSearched 19 paragraphs of 5 articles"),
        (
            "Who retires after four decades of lamp?",
            "\nOf passage [1] only in the title: “retires”, “four”, “decades”\nSearched 19 paragraphs of 5 articles",
        ),
        ("Who keeps a diray of every shipwreck?", "Searched for “diary”\n"),
    ],
)
async def test_answer_says_what_it_lacks(quoth: Quoth, question: str, said: str) -> None:
    answer = await quoth.service.ask(question, door=Door.TERMINAL, top=1)

    assert said in shown(terminal.answer_text(answer))


async def test_answer_to_all_words_says_nothing_else(quoth: Quoth) -> None:
    answer = await quoth.service.ask("What thickness did the ice reach?", door=Door.TERMINAL, top=1)

    _, passage, origin, empty, searched, _ = shown(terminal.answer_text(answer)).split("\n")
    assert passage.startswith("[1] The inner harbour was closed on Friday after the ice reached a thickness of 38")
    assert origin.split(" · ")[1:3] == ["Harbour Post", "2024-01-19"]
    assert (empty, searched.split(" in ")[0]) == ("", "Searched 19 paragraphs of 5 articles")


async def test_article_is_shown_with_what_it_states_and_no_rule_where_there_is_no_notice(
    quoth: Quoth, articles: Path
) -> None:
    (articles / "lamps.md").write_text("---\nauthor: Ada\nurl: https://example.org/lamps\n---\n# Lamps\n\nOil burns.\n")
    await quoth.curator.reload(None, by="test")

    ferry, lamps = [
        [line.strip() for line in shown(terminal.place_text(await quoth.service.source(name, 1))).splitlines()]
        for name in (FERRY, "Lamps")
    ]

    assert ferry[:2] == [FERRY, "Harbour Post · 2024-03-11"]
    assert ferry[-1].startswith("¶4 Tickets cost 45 crowns")
    assert lamps == ["Lamps", "Ada · https://example.org/lamps", "", "▶ ¶1 Oil burns."]


async def test_status_says_what_is_known(quoth: Quoth, articles: Path) -> None:
    await quoth.service.ask("What thickness did the ice reach?", door=Door.TERMINAL)
    # It waits until the question is in the log.
    await quoth.reviewer.overview(None, 1)
    (articles / "lamps.md").write_text("# Lamps\n\nOil burns.\n")

    status = shown(terminal.status_text(await quoth.curator.status(None)))

    assert "5 articles, 19 paragraphs\nVersion 1: reload by start, " in status
    assert re.search(r"\nSearching: \d+\.\d ms median, \d+\.\d ms 95th percentile\nLog: full, 30 days\n", status)
    assert "\nChanged since they were read: lamps.md\n" in status


async def test_status_of_what_is_not_kept_has_no_version(settings: Settings) -> None:
    async with app.quoth(settings, kept=False) as unkept:
        await unkept.curator.start()
        status = shown(terminal.status_text(await unkept.curator.status(None)))

    assert status.startswith("5 articles, 19 paragraphs\nLanguages: de, en\n")


async def test_articles_and_versions_are_listed(quoth: Quoth) -> None:
    articles = shown(terminal.articles_text(await quoth.curator.articles(None))).splitlines()
    history = shown(terminal.history_text(await quoth.curator.history(None))).splitlines()

    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in (*articles, *history) if line.startswith("│")]
    assert rows[3] == [FERRY, "Harbour Post", "2024-03-11", "4", "ferry.md"]
    assert [rows[5][at] for at in (0, 2, 3, 4, 5)] == ["1", "start", "reload", "5", "19"]


def test_check_shows_the_lines_left_out_if_wanted_and_says_when_there_is_nothing_to_complain_of(articles: Path) -> None:
    (articles / "lamps.md").write_text("# Lamps\n\nOil burns.\n\n## Later\n\nGas burns.\n")
    corpus = load(articles)

    brief, verbose = (shown(terminal.corpus_text(corpus, verbose=wanted)) for wanted in (False, True))

    assert "Later" not in brief
    assert "lamps.md: kept 2 paragraphs; left out or kept as notices:\n  1  title    Lamps" in verbose
    assert "  5  heading  Later" in verbose
    assert brief.endswith("No problems.\n")
    assert shown(terminal.corpus_text(Corpus(()), verbose=False)).endswith("There is no article that can be read.\n")


def test_numbers_of_the_gaps_asked_most_are_said_to_be_no_more() -> None:
    gaps = tuple(Gap((asked(number, outcome=Outcome.UNCOVERED),)) for number in range(3))
    article = load(HARBOUR).articles[0]
    coverage = Coverage(gaps, 2, (Covered(gaps[0], article, article.paragraphs[0]),))
    version = Version(2, datetime(2026, 11, 24, tzinfo=UTC), "terminal", "reload", "", 1, 4, 1, 0, 0)
    activated = Activated(prepared(Difference.of((), (), (), 1, ())), version, coverage=coverage)

    change, listed = shown(terminal.activated_text(activated)), shown(log_terminal.gaps_text(coverage))

    note = "only the 2 asked most were asked again"
    assert f"1 of 3 open gaps covered by now: “{article.title}” ({note})" in change
    assert listed.endswith(f"1 of 3 open gaps are covered by now; {note}.\n")


def test_check_says_of_an_article_that_nothing_of_it_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "lamps.jsonl").write_text('{"title": "Lamps", "paragraphs": ["Oil burns."]}\n')

    assert "\nlamps.jsonl: kept 1 paragraph; nothing was left out.\n" in shown(
        terminal.corpus_text(load(tmp_path), verbose=True)
    )
