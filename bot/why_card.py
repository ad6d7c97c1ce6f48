"""*Why these?*: which words of the question brought a passage to its place, and how much each counted."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import MAX_UNITS, REPORT, TITLE_UNITS, Card, Text, short, within
from retrieval.model import Passage
from retrieval.ranking import Explanation

_BAR = 10
_WORDS_SHOWN = 8


def why_card(question: str, explained: Sequence[tuple[Passage, Explanation]]) -> Card:
    """For each passage the words it has, as shares of its score, and the words it lacks."""
    lead = f"**{short(question, 620)}**\n-# How much each word of yours counted for each passage."
    size = (MAX_UNITS - 700) // max(1, len(explained))
    blocks = [within(_why(number, *one), size) for number, one in enumerate(explained, start=1)]
    return Card(tuple(map(Text, [lead, *blocks])), REPORT)


def _why(number: int, passage: Passage, account: Explanation) -> str:
    lines = [f"**\\[{number}\\]** {short(passage.article.title, TITLE_UNITS)} · ¶{passage.paragraph.number}"]
    total = account.score or 1.0
    asked = {term.term: term.word for term in account.terms}
    elsewhere = {word: f"{word} (elsewhere in the article)" for word in passage.lacking}
    shares = [(elsewhere.get(term.word, term.word), term.score / total) for term in account.terms]
    shares += [
        (f"{asked[pair.first]} {asked[pair.second]}, side by side", pair.score / total) for pair in account.pairs
    ]
    shares.sort(key=lambda share: -share[1])
    for word, share in shares[:_WORDS_SHOWN]:
        filled = round(share * _BAR)
        lines.append(f"`{'█' * filled}{'░' * (_BAR - filled)}` {share:.0%} {short(word, 60)}")
    if passage.in_title:
        lines.append(f"-# In the title only: {_listed(passage.in_title)}")
    lines.append(f"-# Missing: {_listed(passage.lacking)}" if passage.lacking else "-# No word is missing.")
    return "\n".join(lines)


def _listed(words: Sequence[str]) -> str:
    return short(", ".join(f"“{word}”" for word in words), 190)
