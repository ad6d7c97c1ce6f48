"""How the sentences of a message, or a quotation, stand in the articles."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import MAX_UNITS, READER, TITLE_UNITS, Block, Button, Card, Line, Text, quotation, short, within
from bot.excerpts import pieces
from retrieval.model import Article, CitationId, Paragraph
from retrieval.verifying import Match, Verdict

_GIVEN_UNITS = 260
_SHOWN_UNITS = 300
_DIFFERENCES = 6


def verify_card(verdicts: Sequence[Verdict], *, more: int = 0) -> Card:
    """A block for each verdict; *more* sentences were not looked at."""
    size = (MAX_UNITS - 300) // max(1, len(verdicts))
    blocks: list[Block] = []
    opened: set[CitationId] = set()
    for verdict in verdicts:
        # Discord takes each custom id once in a message.
        new = verdict.paragraph is not None and verdict.paragraph.citation not in opened
        opened |= {verdict.paragraph.citation} if verdict.paragraph else set()
        blocks += [_block(verdict, size, opens=new), Line()]
    if more:
        blocks.append(Text(f"-# {more} more were not checked; at most {len(verdicts)} are."))
    blocks.append(Text("-# A match shows what the articles say, not whether it is true."))
    return Card(tuple(blocks), READER)


def _block(verdict: Verdict, size: int, *, opens: bool) -> Text:
    given = f"**{short(' '.join(verdict.words.split()), _GIVEN_UNITS)}**"
    if verdict.article is None or verdict.paragraph is None:
        return Text(f"{given}\nNo passage found.")
    place = _place(verdict.article, verdict.paragraph)
    said = {
        Match.EXACT: f"Exact words in {place}",
        Match.NEAR: f"Nearly in {place}",
        Match.SIMILAR: f"Not in these words; a similar passage is {place}",
    }[verdict.match]
    lines = [given, said]
    for asked, own in verdict.differing[:_DIFFERENCES]:
        lines.append(f"-# given {_or_nothing(asked)}, in the article {_or_nothing(own)}")
    text = verdict.paragraph.text
    shown = next(pieces(text, _SHOWN_UNITS))
    lines.append(quotation(shown) + ("" if shown == text else "\n-# \\[…\\]"))
    button = Button(
        f"Open ¶{verdict.paragraph.number}", f"open:{verdict.paragraph.number}:{verdict.paragraph.citation}"
    )
    return Text(within("\n".join(lines), size), button=button if opens else None)


def _place(article: Article, paragraph: Paragraph) -> str:
    return f"¶{paragraph.number} of {short(article.title, TITLE_UNITS)}"


def _or_nothing(words: str) -> str:
    return f"“{short(words, 80)}”" if words else "nothing"
