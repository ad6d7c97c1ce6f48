"""Whatever the articles hold, a card is within Discord's limits, and what it quotes is what is stored."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.cards import (
    Card,
    Row,
    Text,
    answer_card,
    choice_label,
    notice_card,
)
from bot.escaping import unescape
from bot.excerpts import excerpt, pieces, units
from bot.reader import source_card
from bot.service import Answer, Place, grouped
from bot.terminal import answer_json, answer_text
from bot.ui.view import CardView
from bot.wanted import Wanted
from bot.why_card import why_card
from retrieval.model import Article, Corpus, LeftOut, Metadata, Outcome, Passage, Rule
from retrieval.sentences import sentence_spans
from retrieval.snapshot import Snapshot
from retrieval.spelling import Repair
from retrieval.splitting import paragraphs, slug
from tests.payloads import PublishedApi

DISCORD = PublishedApi(Path(__file__).parent / "discord" / "openapi.json")
"""Discord's own description of its API."""

WORST = st.sampled_from(
    ["@everyone ", "```", "**", "[x](https://e.example) ", "\u202eabc\u202c", "\u200b", "👩‍👩‍👧‍👦", "مرحبا ", "𝔘𝔫𝔦 ", "\n", "> ", "1. ", "word. "]
)  # fmt: skip
TEXTS = st.builds(
    lambda parts, times: "".join(parts) * times, st.lists(WORST, min_size=1, max_size=6), st.integers(1, 150)
)
LINES = st.builds(
    lambda parts, times: ("".join(parts) * times)[:300].strip() or "x", st.lists(WORST, min_size=1), st.integers(1, 90)
)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    title = draw(LINES)
    name = slug(title)
    return Article(
        id=name,
        title=title,
        paragraphs=paragraphs(name, draw(st.lists(TEXTS, min_size=1, max_size=8))),
        source="a.txt",
        digest="0",
        metadata=Metadata(
            author=draw(LINES),
            publisher=draw(LINES),
            published=date(2021, 2, 1),
            url="https://example.org/" + "a" * 480,
        ),
        notices=(LeftOut(9, draw(TEXTS), Rule.NOTICE),),
    )


def all_texts(card: Card) -> list[str]:
    return [part for block in card.blocks if isinstance(block, Text) for part in (block.markdown, block.below) if part]


def assert_within_limits(card: Card) -> None:
    view = CardView(card)  # discord.py counts components and refuses more than 40
    sent = {"flags": 1 << 15, "allowed_mentions": {"parse": []}, "components": view.to_components()}  # type: ignore[no-untyped-call]
    DISCORD.check("POST", "/channels/1/messages", sent)
    assert view.content_length() <= 4000
    assert sum(map(units, all_texts(card))) <= 4000
    assert all(all_texts(card))
    actions = []
    for block in card.blocks:
        buttons = block.buttons if isinstance(block, Row) else [block.button] if isinstance(block, Text) else []
        assert len(buttons) <= 5
        for button in filter(None, buttons):
            assert units(button.label) <= 80
            assert units(button.action or "") <= 100
            assert units(button.url or "") <= 512
            actions.append(button.action or button.url)
    assert len(actions) == len(set(actions))


def answer(
    found: list[Passage],
    outcome: Outcome = Outcome.ANSWERED,
    question: str = "When?",
    missing: tuple[str, ...] = (),
    repairs: tuple[Repair, ...] = (),
) -> Answer:
    return Answer(
        "0123456789abcdef",
        question,
        outcome,
        tuple(found),
        missing,
        repairs,
        True,
        "0a1b2c3d",
        1,
        8,
        0.5,
        "en",
        (),
        "none",
    )


@settings(max_examples=80)
@given(
    st.lists(articles(), min_size=1, max_size=5, unique_by=lambda one: one.id),
    st.text("*@<[`", min_size=300, max_size=300),
    st.lists(LINES),
    st.data(),
)
def test_answer_card_is_within_limits_and_quotes_what_is_stored(
    found: list[Article], question: str, missing: list[str], data: st.DataObject
) -> None:
    passages = {}
    for article, paragraph in data.draw(st.permutations(Corpus(tuple(found)).places))[:5]:
        bold = data.draw(st.sampled_from([None, *sentence_spans(paragraph.text)]))
        passages[paragraph.citation] = Passage(
            article, paragraph, "en", 1.0, 1.0, (), lacking=tuple(missing), bold=bold
        )
    shown = grouped([*passages.values()], lambda passage: passage)
    outcome = data.draw(st.sampled_from([Outcome.ANSWERED, Outcome.WEAK]))
    repairs = tuple(Repair(word, 0, 1, word, same=False) for word in missing)

    searched = Wanted.typed(publisher=data.draw(LINES), after="2021-02-01", before="2021-02-28", language="de")
    filters = tuple(data.draw(st.lists(LINES, max_size=4)))

    told = answer([*shown], outcome, question, tuple(missing), repairs)
    card = answer_card(replace(told, more=True, wanted=searched, filters=filters))
    refused = replace(told, outcome=Outcome.UNCOVERED, passages=(), more=True, wanted=searched, filters=filters)
    assert_within_limits(answer_card(refused))

    assert_within_limits(card)
    quotations = [block for block in card.blocks if isinstance(block, Text) and block.button]
    for number, (block, passage) in enumerate(zip(quotations, shown, strict=True), start=1):
        head, *lines = block.markdown.split("\n")
        assert head.startswith(f"**\\[{number}\\]**")
        assert (block.below or "").endswith(f"¶{passage.paragraph.number}")
        assert all(line.startswith("> ") for line in lines)
        quoted = unescape("\n".join(line.removeprefix("> ") for line in lines))
        text = passage.paragraph.text
        assert quoted
        assert quoted in text
        assert text.startswith(quoted) or "shortened" in head
        assert text.endswith(quoted) or "shortened" in (block.below or "")
        if passage.bold:
            start, end = passage.bold
            assert text[start:end] in quoted or quoted in text[start:end]


def test_sentence_that_answers_is_bold_and_unchanged() -> None:
    text = "The harbour froze. It *thawed* on Tuesday. Ferries left."
    name = slug("Harbour")
    article = Article(name, "Harbour", paragraphs(name, [text]), "a.txt", "0")
    passage = Passage(article, article.paragraphs[0], "en", 1.0, 1.0, ("thaw",), bold=(19, 42))

    card = answer_card(answer([passage]))

    assert "> The harbour froze\\. **It \\*thawed\\* on Tuesday\\.** Ferries left\\." in all_texts(card)[1]


def test_passages_of_one_article_stand_together_under_their_origin_where_the_best_of_them_stood() -> None:
    ferry, ice = (
        Article(slug(title), title, paragraphs(slug(title), texts), "a.txt", "0", Metadata(publisher="Harbour Post"))
        for title, texts in (("Ferry", ["It left.", "It sank."]), ("Ice", ["It froze."]))
    )
    found = [
        Passage(article, article.paragraphs[at], "en", 1.0, 1.0, ())
        for article, at in ((ferry, 1), (ice, 0), (ferry, 0))
    ]

    first, *shown = all_texts(answer_card(answer([*grouped(found, lambda one: one)])))

    assert "3 passages from 2 articles" in first
    assert shown == [
        "-# 2 passages from Ferry · Harbour Post",
        "**\\[1\\]**\n> It sank\\.",
        "-# ¶2",
        "**\\[2\\]**\n> It left\\.",
        "-# ¶1",
        "**\\[3\\]**\n> It froze\\.",
        "-# Ice · Harbour Post · ¶1",
    ]


def test_weak_card_says_so_first_with_the_words_that_lack() -> None:
    name = slug("Harbour")
    article = Article(name, "Harbour", paragraphs(name, ["The harbour froze."]), "a.txt", "0")
    passage = Passage(article, article.paragraphs[0], "en", 1.0, 1.0, ("harbour",), lacking=("boil",))

    lead = all_texts(answer_card(answer([passage], Outcome.WEAK, "Did it boil?")))[0]

    assert lead.split("\n")[1] == "No passage has all your words; the closest lacks “boil”:"


def test_weak_card_of_a_passage_that_lacks_nothing_does_not_say_that_it_does() -> None:
    name = slug("Harbour")
    article = Article(name, "Harbour", paragraphs(name, ["The harbour froze."]), "a.txt", "0")
    passage = Passage(article, article.paragraphs[0], "en", 1.0, 1.0, ("harbour",))

    lead = all_texts(answer_card(answer([passage], Outcome.WEAK, "A harbour?")))[0]

    assert lead.split("\n")[1] == "No passage matches your words well; the closest:"


def test_answered_card_names_the_words_that_the_first_passage_lacks() -> None:
    name = slug("Harbour")
    article = Article(name, "Harbour", paragraphs(name, ["The harbour froze."]), "a.txt", "0")
    passage = Passage(article, article.paragraphs[0], "en", 1.0, 1.0, ("froze",), ("harbour",), ("boil", "ferry"))

    lead = all_texts(answer_card(answer([passage], question="Did it boil?", missing=("boil",))))[0]

    assert "-# Not in any article: “boil”\n-# Not in passage \\[1\\]: “ferry”\n" in lead


def test_repaired_word_is_said() -> None:
    name = slug("Harbour")
    article = Article(name, "Harbour", paragraphs(name, ["The campaign froze."]), "a.txt", "0")
    passage = Passage(article, article.paragraphs[0], "en", 1.0, 1.0, ("campain",))

    card = answer_card(answer([passage], repairs=(Repair("campain", 0, 7, "campaign", same=False),)))

    assert "Searched for “campaign”" in all_texts(card)[0]


@settings(max_examples=40)
@given(articles(), LINES)
def test_reasons_are_within_limits(article: Article, question: str) -> None:
    explained = Snapshot(Corpus((article,))).explain(question, 5)

    assert_within_limits(why_card(question, explained))


@settings(max_examples=80)
@given(articles(), st.data())
def test_every_page_of_the_reader_is_within_limits_and_nothing_is_lost(article: Article, data: st.DataObject) -> None:
    cited = data.draw(st.sampled_from(article.paragraphs))
    place = Place(article, cited)
    first = source_card(place, 1)
    count = int(all_texts(first)[0].rsplit(" of ", 1)[1])

    pages = [source_card(place, number) for number in range(1, count + 1)]

    for card in pages:
        assert_within_limits(card)
    shown = "".join(all_texts(card)[1] for card in pages)
    for text in [*(paragraph.text for paragraph in article.paragraphs), *(notice.text for notice in article.notices)]:
        for piece in pieces(text, 2400):
            assert piece in unescape(shown.replace("\n> ", "\n")) or piece in unescape(shown)
    assert source_card(place, 10**9) == pages[-1]
    assert f"¶{cited.number} · cited" in all_texts(source_card(place))[1]


def test_one_long_line_is_cut_and_not_dropped() -> None:
    (notice,) = all_texts(notice_card("word " * 2000))

    assert "word word" in notice
    assert notice.endswith("word…")


def test_bold_sentence_of_many_lines_is_within_limits() -> None:
    name = slug("Poem")
    article = Article(name, "Poem", paragraphs(name, ["\n".join(["ab"] * 600)]), "a.txt", "0")
    passage = Passage(article, article.paragraphs[0], "en", 1.0, 1.0, (), bold=(0, 1700))

    assert_within_limits(answer_card(answer([passage])))


def test_long_passage_is_cut_at_the_sentences_of_its_own_language() -> None:
    name = slug("Hafen")
    text = "Er fror am 1. Februar zu. " * 400
    article = Article(name, "Hafen", paragraphs(name, [text.strip()]), "a.txt", "0")
    passage = Passage(article, article.paragraphs[0], "de", 1.0, 1.0, ("fror",), bold=(0, 25))

    _, end = excerpt(passage, 100)

    assert text[:end].endswith("Februar zu.")


@given(TEXTS)
def test_notice_card_is_within_limits(sentence: str) -> None:
    assert_within_limits(notice_card(sentence))


@given(articles())
@settings(max_examples=50)
def test_choice_label_is_within_limits(article: Article) -> None:
    label = choice_label(article.title)

    assert 1 <= units(label) <= 100
    assert article.title.startswith(label.removesuffix("…"))


@given(TEXTS | st.text(), st.integers(2, 500))
def test_pieces_are_the_text_again_and_fit(text: str, size: int) -> None:
    found = list(pieces(text, size))

    assert "".join(found) == text
    assert all(len(piece) == 1 or units(piece) <= size for piece in found)


def test_choice_that_cannot_be_seen_is_an_ellipsis() -> None:
    assert choice_label("\u200b \n") == "…"
    assert choice_label("Harbour") == "Harbour"


def test_pieces_end_at_sentences_where_they_can() -> None:
    text = "One sentence stands here. “Another follows it.” The third is cut off."

    assert list(pieces(text, 55)) == ["One sentence stands here. “Another follows it.”", " The third is cut off."]


def test_uncovered_card_quotes_nothing_and_says_what_was_searched() -> None:
    card = answer_card(answer([], Outcome.UNCOVERED, "Who won?", ("won",)))

    (asked, said) = all_texts(card)
    assert asked == "-# Who won?"
    assert "Not in any article: “won”" in said
    assert "Searched 8 paragraphs of 1 article · index 0a1b2c3d" in said


def test_terminal_cuts_a_long_passage_outside_the_quotation_and_json_has_all_of_it() -> None:
    name = slug("Harbour")
    text = "The harbour froze. " * 1000 + "It thawed in May. " + "Gulls came back. " * 1000
    article = Article(name, "Harbour", paragraphs(name, [text.strip()]), "a.txt", "0")
    start = text.index("It thawed")
    passage = Passage(article, article.paragraphs[0], "en", 1.0, 1.0, ("thaw",), bold=(start, start + 17))
    out = io.StringIO()

    Console(width=100, file=out).print(answer_text(answer([passage])))

    shown = " ".join(out.getvalue().split())
    assert "[1] […] The harbour froze. " in shown
    assert "It thawed in May." in shown
    assert "Gulls came back. […] shortened; `quoth source harbour` shows all of it" in shown
    assert len(shown) < 2500
    assert answer_json(answer([passage]))["passages"][0]["text"] == text.strip()
