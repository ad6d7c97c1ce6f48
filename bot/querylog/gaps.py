"""Questions that the articles lack an answer to, near-duplicates together."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.querylog.row import Asked
from retrieval.model import Outcome

LONG_WORD: Final = 8
"""Letters from which two of them may be wrong, as in the repair of spellings; in a shorter word one."""

SHORTEST_WORD: Final = 4
"""Letters from which a word may have a wrong one."""

_ALIKE: Final = 80.0
"""Of 100, from which on two questions are compared word by word; no typo goes below it in three words."""

Words = tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """Questions that ask the same; those of a server only, and of all servers for the operator."""

    questions: tuple[Asked, ...]
    """Newest first; every one has its text."""

    @cached_property
    def id(self) -> str:
        """That of the oldest question, so that it stays while others join."""
        return min(self.questions, key=lambda asked: (asked.at, asked.id)).id

    @cached_property
    def text(self) -> str:
        """How it was asked most often, and of those last."""
        counts = Counter(asked.question for asked in self.questions)
        return max(self.questions, key=lambda asked: (counts[asked.question], asked.at, asked.id)).question or ""

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.questions)

    @property
    def sent(self) -> int:
        """How often a member sent it to the moderators."""
        return sum(asked.sent_at is not None for asked in self.questions)

    @property
    def was_answered(self) -> bool:
        """Whether passages were found each time, which somebody was not satisfied with."""
        return all(asked.outcome is Outcome.ANSWERED for asked in self.questions)

    @property
    def missing(self) -> tuple[str, ...]:
        """Its words that no article had."""
        return tuple(dict.fromkeys(word for asked in self.questions for word in asked.missing))


def grouped(questions: Sequence[Asked]) -> tuple[Gap, ...]:
    """The questions, those that ask the same together: what was asked most first, then the newest.

    Two ask the same when they have the same words whatever their order, but for a typo in each long word. Digits are
    never a typo. A question joins the words that are asked most; those of different servers are never together.
    """
    same: defaultdict[tuple[int | None, Words], list[Asked]] = defaultdict(list)
    for asked in questions:
        same[asked.server, _words(asked)].append(asked)
    leaders: defaultdict[int | None, dict[Words, str]] = defaultdict(dict)
    gaps: defaultdict[tuple[int | None, Words], list[Asked]] = defaultdict(list)
    for (server, words), members in sorted(same.items(), key=lambda one: (-len(one[1]), one[0][1])):
        leader = _leader(words, leaders[server])
        if leader == words:
            leaders[server][words] = " ".join(words)
        gaps[server, leader] += members
    made = (Gap(tuple(sorted(some, key=lambda asked: (asked.at, asked.id), reverse=True))) for some in gaps.values())
    return tuple(sorted(made, key=lambda gap: (gap.count, gap.questions[0].at, gap.id), reverse=True))


def _words(asked: Asked) -> Words:
    """What was searched for, whether articles have it or not; all words where there is nothing of that."""
    found = [word.casefold() for word in (*asked.terms, *asked.missing)]
    return tuple(sorted(set(found or re.findall(r"\w+", (asked.question or "").casefold()))))


def _leader(words: Words, leaders: dict[Words, str]) -> Words:
    alike = process.extract(
        " ".join(words), leaders, scorer=fuzz.ratio, processor=None, score_cutoff=_ALIKE, limit=None
    )
    return next((leader for _, _, leader in alike if _same(words, leader)), words)


def _same(one: Words, other: Words) -> bool:
    """Whether each word of one has its own word in the other."""
    if len(one) != len(other):
        return False
    left = [word for word in other if word not in one]
    for word in one:
        if word in other:
            continue
        meant = next((candidate for candidate in left if _misspelt(word, candidate)), None)
        if meant is None:
            return False
        left.remove(meant)
    return True


def _misspelt(one: str, other: str) -> bool:
    length = min(len(one), len(other))
    if length < SHORTEST_WORD or not (one.isalpha() and other.isalpha()):
        return False
    return OSA.distance(one, other) <= (2 if length >= LONG_WORD else 1)
