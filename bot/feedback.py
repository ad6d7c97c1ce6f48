"""What members decide about their own questions: helpful or not, forgotten, erased. Nobody's id is kept for it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.database import DatabaseUnavailable
from bot.querylog import Forgotten, Judged, Opened, QueryLog, Writer
from retrieval.model import CitationId

_VOTES = 10_000
"""Votes that are remembered, so that whoever votes again changes a vote and does not add one."""

_SETTLE_SECONDS = 5.0
_GLANCE_SECONDS = 1.0
"""How long the person who votes waits; Discord waits for three."""


class Feedback:
    """Passes on to the query log what members decide."""

    def __init__(
        self,
        log: QueryLog,
        writer: Writer,
        *,
        pseudonym: Callable[[int], str] | None,
        now: Callable[[], datetime],
    ) -> None:
        """*pseudonym*: what is kept of an asker, if anything; it may read a file."""
        self._log = log
        self._writer = writer
        self._pseudonym = pseudonym
        self._now = now
        self._votes: OrderedDict[tuple[str, int], Judged] = OrderedDict()

    @property
    def pseudonymous(self) -> bool:
        """Whether a pseudonym of the asker is kept with each question."""
        return self._pseudonym is not None

    async def judge(self, question: str, member: int, *, helpful: bool) -> bool:
        """Count the vote of *member* about the answer to the question of that id, in place of an earlier one.

        False if nothing of that question is kept any more, so that nothing is counted.
        """
        try:
            async with asyncio.timeout(2 * _GLANCE_SECONDS):
                kept = await asyncio.to_thread(self._keeps, question)
        except TimeoutError:
            kept = True
        if not kept:
            return False
        before = self._votes.pop((question, member), None)
        vote = Judged(question, helpful, self._now())
        if before is not None:
            vote = replace(vote, vote=before.vote)
        self._votes[question, member] = vote
        while len(self._votes) > _VOTES:
            self._votes.popitem(last=False)
        if before is None or before.helpful is not helpful:
            self._writer.put(vote)
        return True

    def _keeps(self, question: str) -> bool:
        """Whether anything is kept of the question of that id, as far as can be told."""
        if self._writer.failing:
            return True
        try:
            return not self._writer.settle(_GLANCE_SECONDS) or self._log.keeps(question)
        except DatabaseUnavailable:
            return True

    def forget(self, question: str) -> None:
        """Delete the question of that id, and all that hangs on it."""
        self._writer.put(Forgotten(question))

    def opened(self, question: str | None, server: int | None, citation: CitationId) -> None:
        """Note that a source was opened, from the answer to the question of that id where it is known."""
        self._writer.put(Opened(question, server, citation, self._now()))

    async def erase(self, member: int) -> int:
        """Delete all questions of *member* that can still be told to be theirs; how many there were.

        Raises:
            DatabaseUnavailable: It could not be written; all stay.

        """
        if self._pseudonym is None:
            return 0
        pseudonym = self._pseudonym

        def delete() -> int:
            # What waits to be written would outlive its own deletion.
            self._writer.settle(_SETTLE_SECONDS)
            return self._log.erase(pseudonym(member))

        return await asyncio.to_thread(delete)
