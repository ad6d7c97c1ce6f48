"""The rules about asking. Discord, the terminal and the local preview all come here and get the same answer.

What takes time runs in a thread, so that the event loop stays free for the next person.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

from bot.pace import Pace
from bot.querylog import Asked, Door, Sent, Writer
from bot.wanted import ALL, Chosen, NoneWanted, Wanted, chosen, fitting, language_name
from bot.words import _, n_
from retrieval.errors import EmptyCorpus, QuothError
from retrieval.facets import Facets
from retrieval.library import Cited, Library
from retrieval.model import Article, CitationId, Outcome, Paragraph, Passage
from retrieval.ranking import Explanation
from retrieval.sentences import sentence_spans
from retrieval.shelf import Shelf
from retrieval.snapshot import Found, Snapshot
from retrieval.spelling import Repair
from retrieval.splitting import is_citation_id
from retrieval.verifying import FEWEST_WORDS, Verdict, verdict
from retrieval.versions import Version

logger = logging.getLogger(__name__)

T = TypeVar("T")

MIN_QUESTION, MAX_QUESTION = 3, 300
"""Characters of a question, without the white space around it."""

_PERSON, _SERVER, _ALL, _TYPING = 6, 60, 600, 30
"""How many times the questions that one person may ask in a minute: what a person may do, and all in a server, and all;
and the letters that a person may type where something is suggested."""

REFUSED, FAILED = "refused", "failed"
"""What else than an `Outcome` may become of a question: it cannot be asked like that, or the fault is ours."""

_CHECKED = 5
"""Sentences of a message that are checked."""

# https://discord.com/developers/docs/resources/message: 4,000 characters with Nitro.
_CHECKED_CHARACTERS = 4000


class Refused(Exception):
    """Something asked for cannot be done. The message is one sentence for the person."""


class BadQuestion(Refused):
    """The question is too short or too long."""


class TooSoon(Refused):
    """The person, the server or everybody together has done too much in the last minute."""


class Removed(Refused):
    """The paragraph was taken out of the articles."""


class NoSuchParagraph(Refused):
    """The article has no paragraph of that number."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and the paragraphs that answer it, or none."""

    id: str
    """Names the question in the log; more passages for it have another."""
    question: str
    outcome: Outcome
    passages: tuple[Passage, ...]
    """Those of one article together, the articles in the order of their best passages."""
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
    language: str
    """Of the question, as it was read."""
    terms: tuple[str, ...]
    """What was searched for, as far as it stands in the articles."""
    engine: str
    """What searched."""
    wanted: Wanted = ALL
    """Which articles were searched."""
    filters: tuple[str, ...] = ()
    """The same in words; empty for all."""
    skipped: int = 0
    """How many better passages were passed over, because they were shown before."""
    more: bool = False
    """Whether there are passages beyond these."""
    changed: datetime | None = None
    """When the articles last changed, where that is kept."""

    @property
    def lacking(self) -> tuple[str, ...]:
        """Words of the question that the first passage and its title lack, those that stand in no article first."""
        return tuple(dict.fromkeys([*self.missing, *self.passages[0].lacking]))


@dataclass(frozen=True, slots=True)
class Place:
    """An article, opened at one of its paragraphs or at its beginning."""

    article: Article
    paragraph: Paragraph | None
    cited: Cited | None = None
    """What became of the paragraph since it was cited, where a citation led here."""


class Service:
    """Answers from the libraries of the servers and keeps the log of it."""

    def __init__(
        self,
        shelf: Shelf,
        writer: Writer,
        *,
        passages: int,
        asks_per_minute: int,
        pseudonym: Callable[[int], str] | None = None,
        ids: Callable[[], str],
        now: Callable[[], datetime],
        clock: Callable[[], float],
        asked: Callable[[str, float], None],
        searchers: int = 1,
    ) -> None:
        """*pseudonym*: what is kept of an asker, if anything; it may read a file.

        *searchers*: how many questions are searched for at a time. They take turns with everything else that wants the
        interpreter, so more than one only helps where they wait for another machine.

        *asked*: told of each question what became of it, an `Outcome`, `REFUSED` or `FAILED`, and its seconds.
        """
        self._shelf = shelf
        self._writer = writer
        self._pseudonym = pseudonym
        self._ids = ids
        self._passages = passages
        self._asks = asks_per_minute
        self._pace = Pace(clock)
        self._now = now
        self._clock = clock
        self._told = asked
        self._searchers = ThreadPoolExecutor(searchers, "search")

    def admit(self, person: int, server: int | None) -> None:
        """Let *person* do something, whatever it is; called before each command, button, form and mention.

        Raises:
            TooSoon: The person, the *server* or everybody together has done too much in the last minute.

        """
        limits = [(("person", person), _PERSON * self._asks), ("all", _ALL * self._asks)]
        if server is not None:
            limits.append((("server", server), _SERVER * self._asks))
        if wait := self._pace.seconds_to_wait(*limits):
            seconds = math.ceil(wait)
            raise TooSoon(
                n_(
                    "That is too much at once. You can go on in {n} second.",
                    "That is too much at once. You can go on in {n} seconds.",
                    seconds,
                )
            )

    def suggests_to(self, person: int) -> bool:
        """Whether *person*, who types, is offered something to choose from; called at each letter."""
        typing = ((("typing", person), _TYPING * self._asks), ("typing", _ALL * self._asks))
        return not self._pace.seconds_to_wait(*typing)

    async def ask(
        self,
        question: str,
        *,
        door: Door,
        server: int | None = None,
        asker: int | None = None,
        wanted: Wanted = ALL,
        top: int | None = None,
    ) -> Answer:
        """The passages for *question*, at most *top*, of the articles that are *wanted*.

        *asker* is used to hold back a flood; at most a pseudonym is kept.

        Raises:
            BadQuestion: It has fewer than 3 or more than 300 characters.
            TooSoon: *asker* has asked too often in the last minute.
            Refused: No article is wanted, or a date is none.
            UnknownArticle: There is no such article.
            EmptyCorpus: No articles are loaded.

        """
        began, outcome = self._clock(), FAILED
        try:
            answer = await self._new(question.strip(), door, server, asker, wanted, top)
            outcome = answer.outcome.value
            return answer
        except (Refused, QuothError):
            outcome = REFUSED
            raise
        finally:
            self._told(outcome, self._clock() - began)

    async def _new(
        self, question: str, door: Door, server: int | None, asker: int | None, wanted: Wanted, top: int | None
    ) -> Answer:
        """See `ask`."""
        if not MIN_QUESTION <= len(question) <= MAX_QUESTION:
            raise BadQuestion(
                _(
                    "A question has {least} to {most} characters; yours has {count:,}.",
                    least=MIN_QUESTION,
                    most=MAX_QUESTION,
                    count=len(question),
                )
            )
        library = await self._library(server)
        snapshot, version = library.current, library.version
        only = await _chosen(snapshot, wanted)
        if asker is not None and (wait := self._pace.seconds_to_wait((asker, self._asks))):
            seconds = math.ceil(wait)
            raise TooSoon(n_("You can ask again in {n} second.", "You can ask again in {n} seconds.", seconds))
        answer = _honest(await self._answer(snapshot, question, top or self._passages, only), version)
        self._writer.put(await self._asked(answer, door, server, asker))
        return answer

    async def again(
        self, question: str, name: str, *, server: int | None, wanted: Wanted = ALL, top: int | None = None
    ) -> Answer:
        """The answer to *question*, which was asked before under the id *name*, as it is now. It is not logged.

        Raises:
            NoneWanted: No article is wanted any more.
            UnknownArticle: There is no such article.
            EmptyCorpus: No articles are loaded.

        """
        library = await self._library(server)
        snapshot, version = library.current, library.version
        only = await _chosen(snapshot, wanted)
        answer = await self._answer(snapshot, question, top or self._passages, only)
        return replace(_honest(answer, version), id=name)

    async def tell(self, question: str, name: str, *, door: Door, server: int, wanted: Wanted = ALL) -> None:
        """Send *question*, which came in by *door* under the id *name*, to the moderators of *server*, with its words.

        Raises:
            NoneWanted: No article is wanted any more.
            UnknownArticle: There is no such article.
            EmptyCorpus: No articles are loaded.

        """
        answer = await self.again(question, name, server=server, wanted=wanted)
        self._writer.put(Sent(await self._asked(answer, door, server, None), self._now()))

    async def more(
        self, question: str, skip: int, *, server: int | None, wanted: Wanted = ALL, top: int | None = None
    ) -> Answer:
        """At most *top* passages after the first *skip*, also what only chance may have brought up. It is not logged.

        Raises:
            UnknownArticle: There is no such article.
            EmptyCorpus: No articles are loaded.
            Refused: There are no more, or no article is wanted any more.

        """
        snapshot = (await self._library(server)).current
        only = await _chosen(snapshot, wanted)
        answer = await self._answer(snapshot, question, top or self._passages, only, skip)
        if not answer.passages:
            raise Refused(_("There are no more passages with words of this question."))
        outcome = Outcome.WEAK if answer.outcome is Outcome.UNCOVERED else answer.outcome
        return replace(answer, outcome=outcome, skipped=skip)

    async def why(
        self, question: str, *, server: int | None, wanted: Wanted = ALL, top: int | None = None
    ) -> tuple[tuple[Passage, Explanation], ...]:
        """The *top* passages that answer *question*, in the same order, with the account of their scores.

        It is not logged.

        Raises:
            Refused: No article is wanted any more.
            UnknownArticle: There is no such article.
            EmptyCorpus: No articles are loaded.

        """
        snapshot = (await self._library(server)).current
        only = await _chosen(snapshot, wanted)
        # One more, as an answer has been decided with.
        top = top or self._passages
        explained = await self._searched(lambda: snapshot.explain(question, top + 1, only.articles))
        return grouped(explained[:top], lambda one: one[0])

    async def verify(self, words: str, *, server: int | None) -> Verdict:
        """How *words* stand in the articles. It is not logged.

        Raises:
            EmptyCorpus: No articles are loaded.

        """
        snapshot = (await self._library(server)).current
        return await asyncio.to_thread(verdict, snapshot, words)

    async def sources(self, text: str, *, server: int | None) -> tuple[tuple[Verdict, ...], int]:
        """How the first sentences of *text* stand in the articles, and how many more there are. It is not logged.

        Raises:
            Refused: There is no sentence in it.
            EmptyCorpus: No articles are loaded.

        """
        snapshot = (await self._library(server)).current

        def check() -> tuple[tuple[Verdict, ...], int]:
            sentences = [text[start:end] for start, end in sentence_spans(text[:_CHECKED_CHARACTERS])]
            telling = [one for one in sentences if sum(map(str.isalnum, one)) >= MIN_QUESTION]
            return tuple(verdict(snapshot, one, fewest=FEWEST_WORDS) for one in telling[:_CHECKED]), max(
                0, len(telling) - _CHECKED
            )

        verdicts, more = await asyncio.to_thread(check)
        if not verdicts:
            raise Refused(_("There is no sentence in that message to look for."))
        return verdicts, more

    async def _answer(self, snapshot: Snapshot, question: str, top: int, only: Chosen, skip: int = 0) -> Answer:
        began = self._clock()
        found, (articles, paragraphs) = await self._searched(
            lambda: (snapshot.search(question, skip + top + 1, only.articles), snapshot.extent(only.articles))
        )
        return Answer(
            id=self._ids(),
            question=question,
            outcome=found.outcome,
            passages=grouped(found.passages[skip : skip + top], lambda passage: passage),
            # A word that no article has as such may stand in the passage in another form.
            missing=tuple(word for word in found.missing if word not in _matched(found)),
            repairs=found.repairs,
            searchable=found.searchable,
            version=snapshot.version,
            articles=articles,
            paragraphs=paragraphs,
            milliseconds=(self._clock() - began) * 1000,
            language=found.language,
            terms=found.terms,
            engine=snapshot.engine,
            wanted=only.wanted,
            filters=only.words,
            more=len(found.passages) > skip + top,
        )

    async def source(self, article: str, paragraph: int | None = None, *, server: int | None = None) -> Place:
        """*article* (an id or a title), at paragraph number *paragraph* or at its beginning.

        Raises:
            UnknownArticle: There is no such article.
            NoSuchParagraph: It has fewer paragraphs.
            EmptyCorpus: No articles are loaded.

        """
        found = (await self._library(server)).current.article(article)
        if paragraph is None:
            return Place(found, None)
        if not 1 <= paragraph <= len(found.paragraphs):
            last = len(found.paragraphs)
            raise NoSuchParagraph(_("“{title}” has paragraphs 1 to {last}.", title=found.title, last=last))
        return Place(found, found.paragraphs[paragraph - 1])

    async def recall(self, target: str, number: int | None = None, *, server: int | None = None) -> Place:
        """The place that *target*, a citation id or an article id from an earlier answer, names today.

        *number* is the one that the paragraph had in that answer, where it is known.

        Raises:
            Removed: The paragraph was taken out of the articles.
            UnknownCitation: No article ever held those words.
            UnknownArticle: The article is gone.
            EmptyCorpus: No articles are loaded.

        """
        if not is_citation_id(target):
            return await self.source(target, server=server)
        library = await self._library(server)
        # What became of old paragraphs is on disk.
        cited = await asyncio.to_thread(library.cited, CitationId(target), number)
        if cited.article is None:
            assert cited.was is not None
            raise Removed(
                _(
                    "That paragraph, ¶{number} of “{title}”, has been taken out of the articles.",
                    number=cited.was.number,
                    title=cited.was.title,
                )
            )
        return Place(cited.article, cited.paragraph, cited)

    async def suggest(self, text: str, limit: int, *, server: int | None = None, wanted: Wanted = ALL) -> list[Article]:
        """At most *limit* articles whose titles begin with *text*, hold it or are like it; none if none are loaded.

        Only those that fit what else is *wanted*; what is no date yet is not.
        Equals are newest first, and so are all articles where *text* is empty.
        """
        try:
            snapshot = (await self._library(server)).current
        except EmptyCorpus:
            return []
        return await asyncio.to_thread(lambda: snapshot.titles.search(text, limit, fitting(snapshot.facets, wanted)))

    async def publishers(self, text: str, limit: int, *, server: int | None = None) -> list[str]:
        """At most *limit* publishers of articles whose names hold *text*, those that begin with it first."""
        facets = await self._facets(server)
        return facets.holding(text)[:limit] if facets else []

    async def days(self, text: str, limit: int, *, server: int | None = None) -> list[str]:
        """At most *limit* days of publication that begin with *text*, like 2021-02-01, newest first."""
        facets = await self._facets(server)
        days = (day.isoformat() for day in (facets.days if facets else ()))
        return list(islice((day for day in days if day.startswith(text.strip())), limit))

    async def languages(self, text: str, limit: int, *, server: int | None = None) -> list[tuple[str, str]]:
        """Codes and names of at most *limit* languages of articles whose names hold *text* or whose code it is."""
        facets = await self._facets(server)
        named = [(code, language_name(code)) for code in (facets.languages if facets else ())]
        wanted = text.strip().casefold()
        held = [(code, name) for code, name in named if wanted in name.casefold() or wanted == code]
        return sorted(held, key=lambda one: one[1])[:limit]

    async def articles(self, wanted: Wanted, *, server: int | None = None) -> tuple[Wanted, Sequence[Article]]:
        """The articles that are *wanted*, by title, and the wish as a button carries it.

        Raises:
            Refused: No article is wanted, or a date is none.
            EmptyCorpus: No articles are loaded.

        """
        snapshot = (await self._library(server)).current
        only = await _chosen(snapshot, wanted)

        def found() -> Sequence[Article]:
            by_title = snapshot.corpus.by_title
            # All of them are not looked at for one page.
            return by_title if only.articles is None else [one for one in by_title if one.id in only.articles]

        return only.wanted, await asyncio.to_thread(found)

    async def count(self, *, server: int | None) -> int:
        """How many articles there are to ask about."""
        try:
            return len((await self._library(server)).current.corpus.articles)
        except EmptyCorpus:
            return 0

    async def original(self, article: str, *, server: int | None = None) -> tuple[str, bytes]:
        """Name and bytes of the untouched file of *article*.

        Raises:
            UnknownArticle: There is no such article.
            UnreadableFile: The file is gone or has changed since it was read.

        """
        library = await self._library(server)
        return await asyncio.to_thread(library.original, library.current.article(article))

    async def close(self) -> None:
        """Write what is still to be written, and let go. What cannot be written in a few seconds is given up."""
        await asyncio.to_thread(self._writer.close)

    async def _searched(self, search: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._searchers, search)

    async def _library(self, server: int | None) -> Library:
        at_hand = self._shelf.at_hand(server)
        return at_hand if at_hand is not None else await asyncio.to_thread(self._shelf.library, server)

    async def _facets(self, server: int | None) -> Facets | None:
        """What can be chosen from; None where nothing is loaded."""
        try:
            snapshot = (await self._library(server)).current
        except EmptyCorpus:
            return None
        return await asyncio.to_thread(lambda: snapshot.facets)

    async def _asked(self, answer: Answer, door: Door, server: int | None, asker: int | None) -> Asked:
        return Asked(
            id=answer.id,
            at=self._now(),
            door=door,
            server=server,
            question=answer.question,
            outcome=answer.outcome,
            shown=tuple((passage.paragraph.citation, passage.score) for passage in answer.passages),
            terms=answer.terms,
            missing=answer.missing,
            language=answer.language,
            index_version=answer.version,
            engine=answer.engine,
            milliseconds=answer.milliseconds,
            asker=await self._known_as(asker),
        )

    async def _known_as(self, asker: int | None) -> str | None:
        if asker is None or self._pseudonym is None:
            return None
        try:
            return await asyncio.to_thread(self._pseudonym, asker)
        except OSError as error:
            # The question goes without it: less is known then, not more.
            logger.warning("The key of the pseudonyms cannot be used (%s).", error)
            return None


def grouped(entries: Sequence[T], passage: Callable[[T], Passage]) -> tuple[T, ...]:
    """*entries*, those whose passages are of one article together where the first of them stood."""
    order = list(dict.fromkeys(passage(entry).article.id for entry in entries))
    return tuple(sorted(entries, key=lambda entry: order.index(passage(entry).article.id)))


def _honest(answer: Answer, version: Version | None) -> Answer:
    """*answer* of that *version*, without what only chance may have brought up: that is no answer."""
    answer = replace(answer, changed=version.at if version else None)
    if answer.outcome is not Outcome.UNCOVERED:
        return answer
    return replace(answer, passages=(), more=bool(answer.passages))


def _matched(found: Found) -> tuple[str, ...]:
    return found.passages[0].matched if found.passages else ()


async def _chosen(snapshot: Snapshot, wanted: Wanted) -> Chosen:
    if wanted == ALL:
        return Chosen(None, ALL, ())
    try:
        return await asyncio.to_thread(chosen, snapshot, wanted)
    except NoneWanted as error:
        raise Refused(str(error)) from None
