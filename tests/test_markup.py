"""What an article or a question holds acts nowhere: generated texts in the real cards, each read as Discord reads it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from discord.webhook.async_ import interaction_message_response_params

from bot.app import Quoth
from bot.cards import Card, Offers, answer_card, notice_card
from bot.client import QuothBot
from bot.reader import articles_card, citation_text, source_card
from bot.service import Answer, Place, grouped
from bot.ui.reply import code_block
from bot.ui.view import CardView
from bot.verify_card import verify_card
from bot.wanted import Wanted
from retrieval.ledger import Retired
from retrieval.library import Cited, Fate
from retrieval.model import Article, ArticleId, LeftOut, Metadata, Outcome, Passage, Rule
from retrieval.spelling import Repair
from retrieval.splitting import paragraphs, slug
from retrieval.verifying import Match, Verdict
from tests.markdown import seen, tokens
from tests.payloads import PublishedApi
from tests.test_escaping import MARKUP

SEED = 8
"""Another one makes other payloads."""
CALLBACK = "/interactions/1/token/callback"
ISOLATES, POP = "\u2066\u2067\u2068", "\u2069"
EMBEDDING = "\u202a\u202b\u202d\u202e"
"""What turns words around up to the end of the line, or of the isolate in which it stands."""

PIECES = [
    *MARKUP,
    "[a](https://evil.example)", "![a](https://evil.example/a.png)", "[\u200b](http://evil.example)", "](", "[](",
    "[https://bank.example](https://evil.example)", "<mailto:a@evil.example>", "discord://-/settings", "¯\\_(ツ)_/¯",
    "\u202egnp.exe", "\u202d", "\u2066", "\u2067", "\u2068", "\u2069", "\u202c", "\u200b", "\u200d", "\ufeff", "\u00ad",
    "\U000e0041\U000e007f", "Z\u0351\u036b\u0343" * 4, "👩‍👩‍👧‍👦", "مرحبا", "שלום", "𝔘𝔫𝔦", "ｆｕｌｌ", "\u2028", "\u0085", "\x1b[31m",
    "\n", "\n\n", "\n> ", "\n>>> ", "\n# ", "\n-# ", "\n- ", "\n1. ", "```\n", "\n```", "\\", "\\\\", "**", "*", "_", "__", "~~", "||", "`", "``",
    "<", ">", "@", "#", ":", "(", ")", "[", "]", "&", "word", "The harbour froze. ", " ", "  ", "é", "“", "…", "1", ".",
]  # fmt: skip


def words(chance: random.Random, most: int, *, line: bool = False) -> str:
    """Up to *most* pieces, joined; never blank. In a *line* there is no line break, as there is none in a title."""
    while True:
        parts = chance.choices(PIECES, k=chance.randint(1, most))
        if chance.random() < 0.2:
            parts = [chance.choice(PIECES)] * len(parts)
        text = "".join(parts)[:3000]
        text = " ".join(text.split()) if line else text.strip()
        if text:
            return text


def article(chance: random.Random) -> Article:
    title = words(chance, 12, line=True)
    texts = [words(chance, 18) for _ in range(chance.randint(1, 3))]
    stated = [words(chance, 5, line=True) if chance.random() < 0.7 else None for _ in range(2)]
    url = "https://example.org/a" if chance.random() < 0.3 else None
    metadata = Metadata(author=stated[0], publisher=stated[1], published=date(2021, 2, 1), url=url)
    name = ArticleId(f"{slug(title)[:40]}-{chance.randrange(10**9)}")
    notices = (LeftOut(9, words(chance, 10), Rule.NOTICE),)
    return Article(name, title, paragraphs(name, texts), "a.txt", str(chance.random()), metadata, notices)


def passage(chance: random.Random) -> Passage:
    found = article(chance)
    paragraph = chance.choice(found.paragraphs)
    start, end = sorted(chance.choices(range(len(paragraph.text) + 1), k=2))
    lacking = tuple(words(chance, 2, line=True) for _ in range(chance.randint(0, 2)))
    bold = (start, end) if start < end else None
    return Passage(found, paragraph, "en", 1.0, 1.0, (), lacking[:1], lacking, bold)


@dataclass
class Shown:
    """A card, and what may act in it."""

    card: Card
    quotable: Sequence[str] = ()
    """Texts that it may quote."""
    strong: Sequence[str] = ()
    """Texts that it may show in bold, from their beginning on."""
    headings: int = 0
    times: int = 0
    told: Sequence[str] = ()
    """Texts that it shows, from their beginning on."""
    links: Sequence[str] = ()
    mixed: bool = True
    """Whether words of ours stand in its lines, also in those that are not small."""


def an_answer(chance: random.Random, outcome: Outcome) -> Shown:
    found = grouped([passage(chance) for _ in range(chance.randint(1, 5))], lambda one: one)
    question = words(chance, 12, line=True)[:300]
    missing = tuple(words(chance, 2, line=True) for _ in range(chance.randint(0, 3)))
    repairs = tuple(Repair(word, 0, 1, word, same=False) for word in missing[:1])
    filters = tuple(words(chance, 3, line=True) for _ in range(chance.randint(0, 2)))
    changed = datetime(2026, 1, 1, tzinfo=UTC)
    uncovered = outcome is Outcome.UNCOVERED
    told = Answer(
        *("0123456789abcdef", question, outcome, () if uncovered else found, missing, repairs, True, "0a1b2c3d", 1, 8),
        *(0.5, "en", (), "none", Wanted(), filters, 0, True, changed),
    )
    offers = Offers(*(chance.random() < 0.5 for _ in range(4)))
    if uncovered:
        return Shown(answer_card(told, offers), headings=1, times=1, told=[question])
    bold = [one.paragraph.text[slice(*one.bold)] for one in found if one.bold]
    titles = [one.article.title for one in found]
    quotable = [one.paragraph.text for one in found]
    return Shown(answer_card(told, offers), quotable, [question, *bold], told=[question, *titles])


def a_reader(chance: random.Random) -> Shown:
    found = article(chance)
    paragraph = chance.choice(found.paragraphs)
    was = Retired(paragraph.citation, found.title, 3, words(chance, 20), paragraph.citation)
    fate = chance.choice([Fate.CHANGED, Fate.MOVED, Fate.HERE])
    return Shown(
        source_card(Place(found, paragraph, Cited(fate, found, paragraph, was, 3))),
        [paragraph.text, was.text or ""],
        headings=1,
        told=[found.title],
        links=[found.metadata.url or ""],
        mixed=False,
    )


def a_list(chance: random.Random) -> Shown:
    found = [article(chance) for _ in range(chance.randint(1, 6))]
    titles = [one.title for one in found]
    card = articles_card(found, Wanted(publisher=words(chance, 2)[:30]), 1)
    return Shown(card, (), titles, 1, told=titles[:1], mixed=False)


def a_verdict(chance: random.Random) -> Shown:
    verdicts = []
    for _ in range(chance.randint(1, 5)):
        one = passage(chance)
        match = chance.choice([*Match])
        differing = ((words(chance, 2, line=True), ""),) * chance.randint(0, 3)
        given = words(chance, 10, line=True)
        span = one.bold if match is Match.EXACT else None
        found = Verdict(given, match, one.article, one.paragraph, differing, span)
        verdicts.append(Verdict(given, match) if match is Match.NONE else found)
    quotable = [one.paragraph.text for one in verdicts if one.paragraph]
    bold = [one.paragraph.text[slice(*one.span)] for one in verdicts if one.paragraph and one.span]
    given_words = [one.words for one in verdicts]
    return Shown(verify_card(verdicts), quotable, [*given_words, *bold], told=given_words)


def a_notice(chance: random.Random) -> Shown:
    sentence = words(chance, 60)
    return Shown(notice_card(sentence), told=[sentence], mixed=False)


CARDS: dict[str, tuple[int, Callable[[random.Random], Shown]]] = {
    "answer": (1500, lambda chance: an_answer(chance, Outcome.ANSWERED)),
    "weak": (1000, lambda chance: an_answer(chance, Outcome.WEAK)),
    "uncovered": (4000, lambda chance: an_answer(chance, Outcome.UNCOVERED)),
    "reader": (3000, a_reader),
    "articles": (2500, a_list),
    "verify": (2000, a_verdict),
    "notice": (4000, a_notice),
}
"""How many payloads of each card, 18,000 together; with the 2,000 citations below they are 20,000."""


@pytest.mark.parametrize("kind", CARDS)
async def test_nothing_of_an_article_or_a_question_acts(kind: str, quoth: Quoth, published: PublishedApi) -> None:
    bot, (count, made) = QuothBot(quoth), CARDS[kind]
    for nth in range(count):
        shown = made(random.Random(f"{SEED} {kind} {nth}"))
        payload = sent(bot, shown.card)
        texts = [part["content"] for part in walk(payload["data"]["components"]) if "content" in part]

        assert payload["data"]["allowed_mentions"] == {"parse": []}, nth
        assert sum(len(text.encode("utf-16-le")) // 2 for text in texts) <= 4000, nth
        assert len([*walk(payload["data"]["components"])]) <= 40, nth
        for part in walk(payload["data"]["components"]):
            assert "url" not in part or part["url"].split("#")[0] in shown.links, nth
        assert told_only_what_it_may(texts, shown) is None, (nth, texts)
        if nth % 40 == 0:
            published.check("POST", CALLBACK, payload)


def told_only_what_it_may(texts: Sequence[str], shown: Shown) -> str | None:
    """What in *texts* acts and should not, or is not shown as it should be; None if nothing is."""
    counts = {"heading": 0, "time": 0}
    for text in texts:
        quoted = set()
        for token in tokens(text):
            if token.kind in counts:
                counts[token.kind] += 1
            elif token.kind == "quote":
                if not any(seen(token.inside) in one for one in shown.quotable):
                    return f"not a quotation: {token.inside!r}"
                quoted |= {*token.source.split("\n")}
            elif token.kind == "bold":
                if not _beginning(seen(token.inside), shown.strong):
                    return f"bold: {token.source!r}"
            elif token.kind == "italic":
                if token.inside != "shortened; Open shows all of it":
                    return f"italic: {token.source!r}"
            elif token.kind not in ("text", "shown", "small"):
                return f"{token.kind}: {token.source!r}"
        for line in text.split("\n"):
            if ((shown.mixed and line not in quoted) or line.startswith("-# ")) and not _in_balance(line):
                return f"direction: {line!r}"
    if counts != {"heading": shown.headings, "time": shown.times}:
        return str(counts)
    everything = _without_isolates("".join(map(seen, texts)))
    return next(
        (f"not shown: {one!r}" for one in shown.told if _without_isolates(one)[:8].strip() not in everything), None
    )


def _beginning(text: str, known: Sequence[str]) -> bool:
    if re.fullmatch(r"\[\d\]|¶\d+( · cited)?( · continued)?", text):
        return True
    start = _without_isolates(text).removesuffix("…").strip()
    return any(start in _without_isolates(one) for one in known)


def _without_isolates(text: str) -> str:
    return re.sub(f"[{ISOLATES}{POP}]", "", text)


def _in_balance(line: str) -> bool:
    """Whether no direction that is begun in *line* reaches into the words around it: an isolate ends all inside."""
    depth = 0
    for character in line:
        depth += (character in ISOLATES) - (character == POP)
        if depth < 0 or (depth == 0 and character in EMBEDDING):
            return False
    return depth == 0


def sent(bot: QuothBot, card: Card) -> dict[str, Any]:
    """The answer with *card* as discord.py sends it for *bot*."""
    made = interaction_message_response_params(
        type=4, view=CardView(card), previous_allowed_mentions=bot.allowed_mentions
    )
    assert made.payload is not None
    return made.payload


def walk(components: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in components:
        yield part
        yield from walk(part.get("components", []))
        if "accessory" in part:
            yield part["accessory"]


def test_citation_to_copy_is_one_block_of_code_or_a_file() -> None:
    blocks = 0
    for nth in range(2_000):
        found = article(random.Random(f"{SEED} citation {nth}"))
        text = citation_text(found, found.paragraphs[0])
        block = code_block(text)
        if block is None:
            assert "```" in text or len(text) > 1800
            continue
        blocks += 1

        (only,) = tokens(block)
        assert (only.kind, only.inside) == ("code block", text)
    assert blocks > 500
