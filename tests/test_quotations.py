"""Whatever the articles hold, what stands as a quotation on a screen is a stored span, letter by letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import index_cards
from bot.cards import Card, answer_card
from bot.curating import Activated, Preview
from bot.escaping import unescape
from bot.reader import source_card
from bot.service import Place, grouped
from bot.verify_card import verify_card
from bot.why_card import why_card
from bot.words import languages, speak
from retrieval.difference import Difference
from retrieval.ledger import Retired
from retrieval.library import Cited, Fate
from retrieval.model import Article, Corpus, Outcome, Passage
from retrieval.sentences import sentence_spans
from retrieval.snapshot import Snapshot
from retrieval.uploads import Upload
from retrieval.verifying import Match, Verdict
from tests.test_cards import LINES, TEXTS, all_texts, answer, articles, assert_within_limits
from tests.test_index_cards import CHANGES, prepared


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    speak(None)


def quotations(card: Card) -> Iterator[str]:
    """The words of each quotation of *card* as they are stored, if they are."""
    for text in all_texts(card):
        for quoted, lines in groupby(text.split("\n"), key=lambda line: line.startswith("> ")):
            if quoted:
                yield unescape("\n".join(line.removeprefix("> ") for line in lines))


def passages_of(article: Article, data: st.DataObject) -> list[Passage]:
    return [
        Passage(article, part, "en", 1.0, 1.0, (), bold=data.draw(st.sampled_from([None, *sentence_spans(part.text)])))
        for part in {part.citation: part for part in article.paragraphs}.values()
    ][:5]


def answers(article: Article, data: st.DataObject) -> Iterator[Card]:
    found = grouped(passages_of(article, data), lambda passage: passage)
    for outcome in (Outcome.ANSWERED, Outcome.WEAK):
        told = answer([*found], outcome)
        yield answer_card(told)
        yield answer_card(replace(told, skipped=3, more=True))


def readers(article: Article, data: st.DataObject) -> Iterator[Card]:
    cited = data.draw(st.sampled_from(article.paragraphs))
    # Words that stand in the article too, so that they are known below.
    was = Retired(cited.citation, article.title, 2, article.paragraphs[0].text, cited.citation)
    for fate in (Fate.HERE, Fate.MOVED):
        yield source_card(Place(article, cited, Cited(fate, article, cited, None, 2)))
    yield source_card(Place(article, cited, Cited(Fate.CHANGED, article, cited, was, 2)), 10**9)


def verdicts(article: Article, data: st.DataObject) -> Iterator[Card]:
    words = data.draw(TEXTS)
    found = []
    for part in article.paragraphs[:5]:
        match = data.draw(st.sampled_from([Match.EXACT, Match.NEAR, Match.SIMILAR]))
        span = data.draw(st.sampled_from([None, *sentence_spans(part.text)])) if match is Match.EXACT else None
        differing = ((words[:99], "x"),) * 9 if match is Match.NEAR else ()
        found.append(Verdict(words, match, article, part, differing, span))
    yield verify_card(found, more=3)
    yield verify_card(found[:1])


def moderators(article: Article, data: st.DataObject) -> Iterator[Card]:
    change = data.draw(CHANGES)
    told = Difference.of((change,), (change,), (change,), 5, ())
    yield index_cards.preview_card(Preview(Upload("0a", "a.txt", b""), (article,) * data.draw(st.integers(1, 9)), ()))
    yield index_cards.change_card(prepared(told), do="Activate", action="activate:0a1b2c3d")
    yield index_cards.report_card(Activated(prepared(told), None))
    yield index_cards.article_card(article)


def reasons(article: Article, data: st.DataObject) -> Iterator[Card]:
    question = data.draw(LINES)
    yield why_card(question, Snapshot(Corpus((article,))).explain(question, 5))


Screens = Callable[[Article, st.DataObject], Iterator[Card]]


@pytest.mark.parametrize(
    "screens", [answers, readers, verdicts, moderators, reasons], ids=lambda screens: screens.__name__
)
@settings(max_examples=40)
@given(article=articles(), code=st.sampled_from(languages()), data=st.data())
def test_every_quotation_is_a_stored_span(screens: Screens, article: Article, code: str, data: st.DataObject) -> None:
    speak(code)
    for card in screens(article, data):
        assert_within_limits(card)
        for said in quotations(card):
            assert any(said in part.text for part in article.paragraphs), said
