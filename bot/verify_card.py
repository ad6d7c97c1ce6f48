"""How the sentences of a message, or a quotation, stand in the articles."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import MAX_UNITS, READER, TITLE_UNITS, Block, Card, Line, Text, opening, quotation, short, within
from bot.excerpts import around, units
from bot.words import _, isolated, n_, quoted
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
        blocks.append(
            Text(
                "-# "
                + n_(
                    "{n} more were not checked; at most {most} are.",
                    "{n} more were not checked; at most {most} are.",
                    more,
                    most=len(verdicts),
                )
            )
        )
    blocks.append(Text("-# " + _("A match shows what the articles say, not whether it is true.")))
    return Card(tuple(blocks), READER)


def _block(verdict: Verdict, size: int, *, opens: bool) -> Text:
    given = f"**{isolated(short(' '.join(verdict.words.split()), min(_GIVEN_UNITS, size // 4)))}**"
    if verdict.article is None or verdict.paragraph is None:
        return Text(f"{given}\n" + _("No passage found."))
    place = _place(verdict.article, verdict.paragraph)
    said = {
        Match.EXACT: _("Exact words in {place}", place=place),
        Match.NEAR: _("Nearly in {place}", place=place),
        Match.SIMILAR: _("Not in these words; a similar passage is {place}", place=place),
    }[verdict.match]
    text = verdict.paragraph.text
    start, end = around(text, verdict.span or (0, 0), _SHOWN_UNITS)
    cut = "-# \\[…\\]"
    shown = [*([cut] if start else []), quotation(text[start:end], verdict.span, start)]
    shown += [] if end == len(text) else [cut]
    lines = [given, said]
    for asked, own in verdict.differing[:_DIFFERENCES]:
        told = "-# " + _("given {given}, in the article {own}", given=_or_nothing(asked), own=_or_nothing(own))
        # What is quoted goes first where there is little room.
        lines += [told] if units("\n".join([*lines, told, *shown])) <= size else []
    lines += shown
    button = opening(verdict.paragraph.number, verdict.paragraph.citation)
    return Text(within("\n".join(lines), size), button=button if opens else None)


def _place(article: Article, paragraph: Paragraph) -> str:
    return _("¶{number} of {title}", number=paragraph.number, title=short(article.title, TITLE_UNITS))


def _or_nothing(words: str) -> str:
    return quoted(short(words, 80)) if words else _("nothing")
