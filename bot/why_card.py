"""*Why these?*: which words of the question brought a passage to its place, and how much each counted."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import (
    MAX_UNITS,
    QUESTION_UNITS,
    REPORT,
    TITLE_UNITS,
    Card,
    Text,
    all_quoted,
    short,
    side_by_side,
    within,
)
from bot.words import _, isolated
from retrieval.model import Passage
from retrieval.ranking import Explanation

_BAR = 10
_WORDS_SHOWN = 8


def why_card(question: str, explained: Sequence[tuple[Passage, Explanation]]) -> Card:
    """For each passage the words it has, as shares of its score, and the words it lacks."""
    lead = f"**{isolated(short(question, QUESTION_UNITS))}**\n-# " + _(
        "How much each word of yours counted for each passage."
    )
    size = (MAX_UNITS - 700) // max(1, len(explained))
    blocks = [within(_why(number, *one), size) for number, one in enumerate(explained, start=1)]
    return Card(tuple(map(Text, [lead, *blocks])), REPORT)


def _why(number: int, passage: Passage, account: Explanation) -> str:
    origin = [short(passage.article.title, TITLE_UNITS), f"¶{passage.paragraph.number}"]
    lines = [f"**\\[{number}\\]** {side_by_side(origin)}"]
    total = account.score or 1.0
    asked = {term.term: term.word for term in account.terms}
    elsewhere = {word: _("{word} (elsewhere in the article)", word=word) for word in passage.lacking}
    shares = [(elsewhere.get(term.word, term.word), term.score / total) for term in account.terms]
    shares += [
        (_("{words}, side by side", words=f"{asked[pair.first]} {asked[pair.second]}"), pair.score / total)
        for pair in account.pairs
    ]
    shares.sort(key=lambda share: -share[1])
    for word, share in shares[:_WORDS_SHOWN]:
        filled = round(share * _BAR)
        lines.append(f"`{'█' * filled}{'░' * (_BAR - filled)}` {share:.0%} {isolated(short(word, 60))}")
    if passage.in_title:
        lines.append("-# " + _("In the title only: {words}", words=all_quoted(passage.in_title)))
    lacking = _("Missing: {words}", words=all_quoted(passage.lacking)) if passage.lacking else _("No word is missing.")
    lines.append(f"-# {lacking}")
    return "\n".join(lines)
