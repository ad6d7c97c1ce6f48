"""The rules about asking. Discord, the terminal and the local preview all come here and get the same answer.

What takes time runs in a thread, so that the event loop stays free for the next person.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.pace import Pace
from bot.querylog import Asked, Door, LogUnavailable, QueryLog
from retrieval.difference import Difference, manifest, remember
from retrieval.errors import EmptyCorpus, QuothError
from retrieval.library import Library
from retrieval.loading import original
from retrieval.model import Article, CitationId, Outcome, Paragraph, Passage
from retrieval.spelling import Repair
from retrieval.splitting import is_citation_id

logger = logging.getLogger(__name__)

MIN_QUESTION, MAX_QUESTION = 3, 300
"""Characters of a question, without the white space around it."""


class Refused(Exception):
    """Something asked for cannot be done. The message is one sentence for the person."""


class BadQuestion(Refused):
    """The question is too short or too long."""


class TooSoon(Refused):
    """The person has asked too often."""


class ReloadRunning(Refused):
    """Somebody else's reload is not finished."""


class ReloadFailed(Refused):
    """Nothing was read or built; what was loaded before goes on serving."""


class NoSuchParagraph(Refused):
    """The article has no paragraph of that number."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and the paragraphs that answer it, or none."""

    question: str
    outcome: Outcome
    passages: tuple[Passage, ...]
    missing: tuple[str, ...]
    """Words of the question that stand in no article."""
    repairs: tuple[Repair, ...]
    """Words that were searched for as others."""
    searchable: bool
    """False when the question has no word that is searched for."""
    version: str
    """Of the index that was searched."""
    articles: int
    paragraphs: int
    """How many were searched."""
    milliseconds: float

    @property
    def lacking(self) -> tuple[str, ...]:
        """Words of the question that the first passage and its title lack, those that stand in no article first."""
        return tuple(dict.fromkeys([*self.missing, *self.passages[0].lacking]))


@dataclass(frozen=True, slots=True)
class Place:
    """An article, opened at one of its paragraphs or at its beginning."""

    article: Article
    paragraph: Paragraph | None


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload did."""

    difference: Difference
    version: str
    articles: int
    paragraphs: int
    seconds: float


class Service:
    """Answers from one library and keeps the log of it."""

    def __init__(
        self,
        library: Library,
        log: QueryLog,
        *,
        remembered: Path | None,
        passages: int,
        asks_per_minute: int,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self._library = library
        self._log = log
        self._remembered = remembered
        self._passages = passages
        self._pace = Pace(asks_per_minute, clock)
        self._now = now
        self._clock = clock
        self._reloading = False
        # One thread writes, so that a slow disk delays other log rows and never an answer.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="query-log")
        self._log_failing = False

    async def ask(
        self,
        question: str,
        *,
        door: Door,
        server: int | None = None,
        asker: int | None = None,
        article: str | None = None,
        top: int | None = None,
    ) -> Answer:
        """The passages for *question*, at most *top*; only those of *article* (an id or a title) if one is given.

        *asker* is used to hold back a flood and is not kept.

        Raises:
            BadQuestion: It has fewer than 3 or more than 300 characters.
            TooSoon: *asker* has asked too often in the last minute.
            UnknownArticle: There is no such article.
            EmptyCorpus: No articles are loaded.

        """
        question = question.strip()
        if not MIN_QUESTION <= len(question) <= MAX_QUESTION:
            raise BadQuestion(
                f"A question has {MIN_QUESTION} to {MAX_QUESTION} characters; yours has {len(question):,}."
            )
        snapshot = self._library.current
        only = None if article is None else snapshot.article(article).id
        if asker is not None and (wait := self._pace.seconds_to_wait(asker)):
            seconds = math.ceil(wait)
            raise TooSoon(f"You can ask again in {seconds} second{'s' if seconds != 1 else ''}.")
        began = self._clock()
        found = await asyncio.to_thread(snapshot.search, question, top or self._passages, only)
        answer = Answer(
            question=question,
            outcome=found.outcome,
            # What only chance may have brought up is no answer.
            passages=() if found.outcome is Outcome.UNCOVERED else found.passages,
            missing=found.missing,
            repairs=found.repairs,
            searchable=found.searchable,
            version=snapshot.version,
            articles=1 if only else len(snapshot.corpus.articles),
            paragraphs=len(snapshot.corpus.by_id[only].paragraphs if only else snapshot.corpus.places),
            milliseconds=(self._clock() - began) * 1000,
        )
        self._keep(answer, door, server)
        return answer

    def source(self, article: str, paragraph: int | None = None) -> Place:
        """*article* (an id or a title), at paragraph number *paragraph* or at its beginning.

        Raises:
            UnknownArticle: There is no such article.
            NoSuchParagraph: It has fewer paragraphs.
            EmptyCorpus: No articles are loaded.

        """
        found = self._library.current.article(article)
        if paragraph is None:
            return Place(found, None)
        if not 1 <= paragraph <= len(found.paragraphs):
            raise NoSuchParagraph(f"“{found.title}” has paragraphs 1 to {len(found.paragraphs)}.")
        return Place(found, found.paragraphs[paragraph - 1])

    def recall(self, target: str) -> Place:
        """The place that *target*, a citation id or an article id from an earlier answer, names today.

        Raises:
            UnknownCitation: No article holds those words any more.
            UnknownArticle: The article is gone.
            EmptyCorpus: No articles are loaded.

        """
        if is_citation_id(target):
            return Place(*self._library.current.cited(CitationId(target)))
        return self.source(target)

    def suggest(self, text: str, limit: int) -> list[Article]:
        """At most *limit* articles whose titles hold *text*, those that begin with it first; from memory."""
        wanted = text.strip().casefold()
        try:
            articles = self._library.current.corpus.articles
        except EmptyCorpus:
            return []
        held = [article for article in articles if wanted in article.title.casefold()]
        return sorted(held, key=lambda article: not article.title.casefold().startswith(wanted))[:limit]

    async def original(self, article: str) -> tuple[str, bytes]:
        """Name and bytes of the untouched file of *article*.

        Raises:
            UnknownArticle: There is no such article.
            UnreadableFile: The file is gone or has changed since it was read.

        """
        found = self._library.current.article(article)
        data = await asyncio.to_thread(original, self._library.folder, found)
        return Path(found.source).name, data

    async def reload(self) -> Reloaded:
        """Read the folder again and serve what it holds now. Until then, and if it fails, the old articles serve.

        Raises:
            ReloadRunning: Another reload is not finished.
            ReloadFailed: Nothing can be read, or building failed.

        """
        if self._reloading:
            raise ReloadRunning("A reload is already running; its report will come to whoever started it.")
        self._reloading = True
        began = self._clock()
        try:
            change = await asyncio.to_thread(self._library.prepare)
            self._library.activate(change)
            await asyncio.to_thread(self._remember)
        except QuothError as error:
            raise ReloadFailed(f"{error} {self._what_stays()}") from error
        except Exception as error:
            logger.exception("A reload failed.")
            raise ReloadFailed(f"The articles could not be read. {self._what_stays()}") from error
        finally:
            self._reloading = False
        corpus = change.snapshot.corpus
        return Reloaded(
            difference=change.difference,
            version=change.snapshot.version,
            articles=len(corpus.articles),
            paragraphs=len(corpus.places),
            seconds=self._clock() - began,
        )

    async def close(self) -> None:
        """Write what is still to be written, and let go. Rows for a log that cannot be written are given up."""
        await asyncio.to_thread(self._writer.shutdown, cancel_futures=self._log_failing)
        self._log.close()

    def _what_stays(self) -> str:
        try:
            count = len(self._library.current.corpus.articles)
        except EmptyCorpus:
            return "No articles are loaded."
        return f"The {count:,} loaded before stay." if count > 1 else "The one loaded before stays."

    def _remember(self) -> None:
        if self._remembered is None:
            return
        try:
            remember(self._remembered, manifest(self._library.current.corpus))
        except OSError as error:
            # `quoth reload-check` then compares with an older state; answers do not need it.
            logger.warning("What was loaded could not be noted in %s: %s", self._remembered, error)

    def _keep(self, answer: Answer, door: Door, server: int | None) -> None:
        asked = Asked(
            at=self._now(),
            door=door,
            server=server,
            question=answer.question,
            outcome=answer.outcome,
            shown=tuple((passage.paragraph.citation, passage.score) for passage in answer.passages),
            missing=answer.missing,
            index_version=answer.version,
            milliseconds=answer.milliseconds,
        )
        self._writer.submit(self._record, asked)

    def _record(self, asked: Asked) -> None:
        try:
            self._log.record(asked)
        except LogUnavailable as error:
            # The first failure of a row says it; a warning for each question would only fill a second disk.
            if not self._log_failing:
                logger.warning("%s Answers go on; questions are not kept until it can be written again.", error)
            self._log_failing = True
        except Exception:
            logger.exception("A question could not be kept; answers go on.")
        else:
            if self._log_failing:
                logger.warning("The query log can be written again.")
            self._log_failing = False
