"""The rules about looking at the log: what moderators and the operator are told of it, and what they may do with it.

No method reads a database or searches on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar

from bot.database import DatabaseUnavailable
from bot.querylog import Gap, LogReader, QueryLog, Writer
from bot.querylog.exporting import Format, into
from bot.querylog.reading import LOOKED_AT, OPEN_GAPS, Kept, Page, Summary
from bot.service import Refused
from bot.words import _, n_
from retrieval.errors import EmptyCorpus, UnknownCitation
from retrieval.library import Library
from retrieval.model import Article, ArticleId, CitationId, Outcome, Paragraph
from retrieval.shelf import Shelf
from retrieval.splitting import article_cited

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

MAX_DAYS = 366
"""That a summary may cover."""

_LISTED = 5
"""Entries of each list of what is most frequent."""

_ASKED_AGAIN = 100
"""Gaps that are asked again, those asked most first."""

_ASKING_SECONDS, _GLANCING_SECONDS = 5.0, 0.15
"""For how long they are, after a change of the articles and for a summary."""

_SETTLE_SECONDS = 2.0
"""How long what was asked just now may take to be in the log."""


class LogUnavailable(Refused):
    """The log cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A passage or an article that was shown, and how often."""

    title: str
    """Of the article; its id at the time, where it is gone."""
    number: int | None
    """Of the paragraph; None for an article, or where the paragraph is gone."""
    times: int


@dataclass(frozen=True, slots=True)
class Covered:
    """A gap that the articles have an answer to by now."""

    gap: Gap
    article: Article
    paragraph: Paragraph
    """The first passage for it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which gaps are covered by now."""

    gaps: tuple[Gap, ...]
    """All that are open."""
    asked: int
    """How many of them were asked again."""
    covered: tuple[Covered, ...]

    @property
    def note(self) -> str | None:
        """What a reader must know of the numbers, if they are not of all gaps."""
        if self.asked >= sum(not gap.was_answered for gap in self.gaps):
            return None
        return n_("only the one asked most was asked again", "only the {n} asked most were asked again", self.asked)


@dataclass(frozen=True, slots=True)
class Overview:
    """A summary with the titles to its citations, and the gaps."""

    summary: Summary
    articles: tuple[Quoted, ...]
    paragraphs: tuple[Quoted, ...]
    coverage: Coverage

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of numbers that are not of all questions, a sentence each."""
        told = []
        if self.summary.questions > LOOKED_AT:
            told.append(
                _(
                    "Times and what is busiest are of the last {most} questions, "
                    "words of the last {most} uncovered ones.",
                    most=f"{LOOKED_AT:,}",
                )
            )
        uncovered = (one.outcome is Outcome.UNCOVERED for gap in self.coverage.gaps for one in gap.questions)
        if sum(uncovered) >= OPEN_GAPS:
            told.append(_("Gaps are those of the last {most} uncovered questions.", most=f"{OPEN_GAPS:,}"))
        return tuple(told)


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and what its passages are today."""

    kept: Kept
    passages: tuple[tuple[CitationId, float, Article | None, Paragraph | None], ...]
    """Citation, score, and where it stands now, if it does."""


class Reviewer:
    """Looks at the log of one server. None for a server stands for all of them, and is for the operator alone."""

    def __init__(
        self,
        reader: LogReader,
        log: QueryLog,
        writer: Writer,
        shelf: Shelf,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self._reader = reader
        self._log = log
        self._writer = writer
        self._shelf = shelf
        self._now = now
        self._clock = clock

    async def overview(self, server: int | None, days: int, listed: int = _LISTED) -> Overview:
        """The last *days* days, today among them.

        Raises:
            Refused: *days* is not 1 to 366.
            LogUnavailable: The log cannot be read.

        """
        if not 1 <= days <= MAX_DAYS:
            raise Refused(_("A summary covers 1 to {most} days.", most=MAX_DAYS))

        def look() -> Overview:
            self._writer.settle(_SETTLE_SECONDS)
            summary = self._reader.summary(server, days=days, today=self._now().date(), listed=listed)
            library = self._shelf.library(server)
            return Overview(
                summary,
                tuple(Quoted(_title(library, name), None, times) for name, times in summary.articles),
                tuple(_quoted(library, citation, times) for citation, times in summary.paragraphs),
                self._coverage(server, _GLANCING_SECONDS),
            )

        return await _in_thread(look)

    async def recent(self, server: int | None, outcome: Outcome | None, page: int, *, size: int) -> Page:
        """A page of the questions, newest first; the last one, if there are fewer.

        Raises:
            LogUnavailable: The log cannot be read.

        """

        def look() -> Page:
            self._writer.settle(_SETTLE_SECONDS)
            return self._reader.recent(server, outcome, page, size=size)

        return await _in_thread(look)

    async def question(self, server: int | None, name: str) -> Question:
        """The question with the id *name*.

        Raises:
            Refused: It is not kept, or is another server's.
            LogUnavailable: The log cannot be read.

        """

        def look() -> Question | None:
            kept = self._reader.question(server, name.strip())
            if kept is None:
                return None
            library = self._shelf.library(server)
            return Question(
                kept, tuple((citation, score, *_place(library, citation)) for citation, score in kept.asked.shown)
            )

        found = await _in_thread(look)
        if found is None:
            raise Refused(
                _("That question is not in the log of this server; it may have been forgotten, or be too old.")
            )
        return found

    async def coverage(self, server: int | None) -> Coverage:
        """The open gaps, and which of them the articles of today cover.

        Raises:
            LogUnavailable: The log cannot be read.

        """
        return await _in_thread(self._coverage, server)

    async def done(self, server: int | None, gap: str) -> Gap:
        """Close the open gap of that id: its questions are told no more, until it is asked again.

        Raises:
            Refused: There is none.
            LogUnavailable: The log cannot be written.

        """

        def close() -> Gap | None:
            found = next(
                (one for one in self._reader.gaps(server) if gap in {asked.id for asked in one.questions}), None
            )
            if found is not None:
                self._log.finish(server, [asked.id for asked in found.questions], self._now())
            return found

        closed = await _in_thread(close)
        if closed is None:
            raise Refused(_("That gap is not open any more."))
        return closed

    async def export(
        self, server: int | None, days: int | None, targets: Sequence[tuple[Path, Format]], *, limit: int | None = None
    ) -> int:
        """Write the questions of the last *days* days (all that are kept, without) into files; tell how many.

        Raises:
            Refused: A file grew beyond *limit* bytes. What was written is of no use then.
            LogUnavailable: The log cannot be read.
            OSError: A file cannot be written.

        """

        def write() -> int:
            self._writer.settle(_SETTLE_SECONDS)
            since = self._now() - timedelta(days=days) if days else None
            count = 0
            with ExitStack() as stack:
                files = [stack.enter_context(path.open("w", encoding="utf-8", newline="")) for path, _form in targets]
                writers = [into(file, form) for file, (_path, form) in zip(files, targets, strict=True)]
                for kept in self._reader.every(server, since):
                    count += 1
                    for writer in writers:
                        writer(kept)
                    if limit is not None and max(file.tell() for file in files) > limit:
                        raise Refused(
                            _(
                                "The export is larger than the {limit} MB that a file may have here. "
                                "Export fewer days, or ask the operator for `quoth log export`, which has no limit.",
                                limit=f"{limit / 1024**2:g}",
                            )
                        )
            return count

        return await _in_thread(write)

    async def clear(self, server: int) -> int:
        """Delete all questions of *server*, also those that are just being written; tell how many.

        Raises:
            LogUnavailable: The log cannot be written; all stay.

        """

        def delete() -> int:
            self._writer.settle(_SETTLE_SECONDS)
            return self._log.clear(server)

        return await _in_thread(delete)

    async def prune(self, before: datetime) -> int:
        """Delete all questions from before that time, of all servers; tell how many.

        Raises:
            LogUnavailable: The log cannot be written; all stay.

        """
        return await _in_thread(self._log.prune, before)

    async def voted(self, server: int | None) -> list[Kept]:
        """The questions that somebody found helpfully answered or not, the oldest first.

        Raises:
            LogUnavailable: The log cannot be read.

        """
        return await _in_thread(lambda: [kept for kept in self._reader.every(server) if kept.votes])

    async def count(self, server: int) -> int:
        """How many questions are kept, those that are just being written too.

        Raises:
            LogUnavailable: The log cannot be read.

        """

        def counted() -> int:
            self._writer.settle(_SETTLE_SECONDS)
            return self._reader.count(server)

        return await _in_thread(counted)

    async def latest(self, server: int, limit: int) -> list[tuple[str, datetime, str | None]]:
        """Id, time and text of the last *limit* questions, newest first.

        Raises:
            LogUnavailable: The log cannot be read.

        """
        return await _in_thread(self._reader.latest, server, limit)

    def _coverage(self, server: int | None, seconds: float = _ASKING_SECONDS) -> Coverage:
        gaps = self._reader.gaps(server)
        until = self._clock() + seconds
        covered: list[Covered] = []
        asked = 0
        # What found passages before and was sent all the same would find them again.
        for gap in [one for one in gaps if not one.was_answered][:_ASKED_AGAIN]:
            if self._clock() > until:
                break
            asked += 1
            try:
                found = self._shelf.library(gap.questions[0].server).current.search(gap.text, 1)
            except EmptyCorpus:
                continue
            if found.outcome is Outcome.ANSWERED:
                covered.append(Covered(gap, found.passages[0].article, found.passages[0].paragraph))
        return Coverage(gaps, asked, tuple(covered))


async def _in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except DatabaseUnavailable as error:
        logger.warning("%s", error)
        raise LogUnavailable(_("The log cannot be reached just now. Answers go on; please try again later.")) from error


def _place(library: Library, citation: CitationId) -> tuple[Article | None, Paragraph | None]:
    try:
        cited = library.cited(citation)
    except (UnknownCitation, EmptyCorpus):
        return None, None
    return cited.article, cited.paragraph


def _quoted(library: Library, citation: CitationId, times: int) -> Quoted:
    article, paragraph = _place(library, citation)
    if article is None:
        return Quoted(article_cited(citation), None, times)
    return Quoted(article.title, paragraph.number if paragraph else None, times)


def _title(library: Library, name: str) -> str:
    try:
        found = library.current.corpus.by_id.get(ArticleId(name))
    except EmptyCorpus:
        found = None
    return found.title if found else name
