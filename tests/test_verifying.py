"""Quotations held against the articles: exact, near, similar or not there, and a message sentence by sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import Text
from bot.verify_card import verify_card
from retrieval.library import Library
from retrieval.snapshot import Snapshot
from retrieval.verifying import FEWEST_WORDS, Match, Verdict, verdict
from tests.conftest import SEEDS
from tests.screens import buttons, message_of, text
from tests.servers import Server
from tests.test_cards import TEXTS, articles, assert_within_limits
from tests.test_snapshot import article
from tests.test_snapshot import snapshot as snapshot_of


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return Library(SEEDS).reload().snapshot


@pytest.mark.parametrize(
    ("words", "match", "paragraph"),
    [
        ("Kosovo declared independence from Serbia in 2008", Match.EXACT, 18),
        ("“KOSOVO DECLARED INDEPENDENCE from Serbia … a 78–day air campaign”", Match.EXACT, 18),
        ("a 78-day air campaign ... Kosovo declared independence", Match.SIMILAR, 18),
        ("Kosovo declared independence from Serbia in 2009", Match.NEAR, 18),
        ("When did Kosovo declare its independence?", Match.SIMILAR, 18),
        ("The moon is made of green cheese.", Match.NONE, None),
        ("historic day", Match.EXACT, 8),
        ("moon", Match.NONE, None),
        ("the moon", Match.NONE, None),
        ("", Match.NONE, None),
    ],
)
def test_words_are_told_exact_near_similar_or_absent(
    snapshot: Snapshot, words: str, match: Match, paragraph: int | None
) -> None:
    found = verdict(snapshot, words)

    assert found.match is match
    assert (found.paragraph.number if found.paragraph else None) == paragraph


@pytest.mark.parametrize(
    ("language", "paragraph", "words"),
    [
        ("zh", "渡船于一月在赫斯托沉没。船长是一位老人。", "渡船于一月在赫斯托沉没。船长是一位老人。"),
        ("zh", "渡船于一月在赫斯托沉没。船长是一位老人。", "在赫斯托沉没"),
        ("ja", "船は一月に沈みました。船長は老人でした。", "船長は老人でした。"),
        ("th", "เรือข้ามฟากจมลงในเดือนมกราคม", "จมลงในเดือนมกราคม"),
        ("en", "To be or not to be, he had it all.", "To be or not to be"),
    ],
)
def test_words_without_spaces_and_common_words_are_found_exactly(language: str, paragraph: str, words: str) -> None:
    made = snapshot_of(
        article("story", [paragraph], language), article("harbour", ["The harbour froze in the winter."])
    )

    found = verdict(made, words)

    assert found.match is Match.EXACT
    assert found.span is not None
    assert paragraph[slice(*found.span)] == words.rstrip("。")


def test_quotation_of_words_that_all_differ_is_told_whole() -> None:
    made = snapshot_of(article("nets", ["The fishermen mended ferryboats."]), article("harbour", ["It froze."]))

    found = verdict(made, "fishermens mend ferryboat")

    assert (found.match, found.differing) == (Match.NEAR, (("fishermens mend ferryboat", ""),))


def test_short_sentences_of_a_message_are_no_quotations(snapshot: Snapshot) -> None:
    assert verdict(snapshot, "of the", fewest=FEWEST_WORDS).match is Match.NONE


def test_short_words_of_a_script_with_spaces_are_words() -> None:
    made = snapshot_of(article("말", ["그 말 은 항구 에 있다."], "ko"), article("harbour", ["The harbour froze."]))

    assert verdict(made, "그 말 은", fewest=FEWEST_WORDS).match is Match.EXACT


def test_card_shows_the_sentences_around_what_was_found() -> None:
    sentences = [f"The keeper counted boat number {number} on that day." for number in range(60)]
    made = snapshot_of(article("boats", [" ".join(sentences)]))

    card = verify_card([verdict(made, "counted boat number 30 on that day")])

    said = "\n".join(block.markdown for block in card.blocks if isinstance(block, Text))
    assert "**counted boat number 30 on that day**" in said
    assert "boat number 0 " not in said
    assert said.count("[…") == 2


def test_changed_words_are_named_beside_the_article_s_own(snapshot: Snapshot) -> None:
    found = verdict(snapshot, "Kosovo declared independence from Albania in 2009, nine years after NATO acted")

    assert ("albania", "serbia") in found.differing
    assert ("2009", "2008") in found.differing


def test_every_paragraph_of_the_seed_is_found_word_for_word(snapshot: Snapshot) -> None:
    for _, paragraph in snapshot.corpus.places:
        found = verdict(snapshot, paragraph.text)

        assert (found.match, found.paragraph) == (Match.EXACT, paragraph)


@given(st.lists(st.tuples(TEXTS, articles(), st.sampled_from(Match)), min_size=1, max_size=5), st.integers(0, 9))
@settings(max_examples=40)
def test_card_is_within_limits(found: list[tuple[str, object, Match]], more: int) -> None:
    verdicts = [
        Verdict(words, match, article, article.paragraphs[0], ((words[:99], "x"),) * 9)  # type: ignore[attr-defined, arg-type]
        if match is not Match.NONE
        else Verdict(words, match)
        for words, article, match in found
    ]

    assert_within_limits(verify_card(verdicts, more=more))


async def test_verify_answers_privately_with_the_place(server: Server) -> None:
    exact = await server.member.slash(
        server.channel, "verify", quote="Kosovo declared independence from Serbia in 2008"
    )
    near = await server.member.slash(server.channel, "verify", quote="Kosovo declared independence from Serbia in 2009")
    absent = await server.member.slash(server.channel, "verify", quote="The moon is made of green cheese.")

    assert exact.ephemeral
    assert "Exact words in ¶18 of Kosovo Formally" in text(exact)
    assert "given “2009”, in the article “2008”" in text(near)
    assert "No passage found." in text(absent)
    for result in (exact, near, absent):
        assert text(result).endswith("A match shows what the articles say, not whether it is true.")
    opened = await server.member.click(message_of(exact).message, label="Open ¶18")
    assert "¶18 · cited" in text(opened)


async def test_sources_of_a_message_are_found_sentence_by_sentence(server: Server) -> None:
    message = await server.moderator.send(
        server.channel,
        "Kosovo declared independence from Serbia in 2008. The moon is made of green cheese. One two three. Four. "
        "Five is here. Six is here too. And seven.",
    )

    result = await server.member.context_menu(server.channel, "Find sources", message)

    assert result.ephemeral
    assert "Exact words in ¶18" in text(result)
    assert text(result).count("No passage found.") == 4
    assert "more were not checked; at most 5 are." in text(result)
    assert list(buttons(message_of(result))) == ["Open ¶18"]


async def test_message_without_a_sentence_is_said(server: Server) -> None:
    message = await server.moderator.send(server.channel, "🙂")

    result = await server.member.context_menu(server.channel, "Find sources", message)

    assert text(result) == "There is no sentence in that message to look for."


async def test_answer_of_the_bot_itself_is_a_message_too(server: Server) -> None:
    answer = await server.member.slash(server.channel, "ask", question="When did Kosovo declare independence?")

    result = await server.member.context_menu(server.channel, "Find sources", message_of(answer).message)

    assert "Exact words in ¶18" in text(result)
