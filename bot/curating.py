"""The rules about changing the articles: who may, one change at a time, looked at before it is live, and undone.

No method touches a file or builds an index on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath

from bot.database import DatabaseUnavailable
from bot.querylog import QueryLog
from bot.reviewing import Coverage, LogUnavailable, Reviewer
from bot.service import Refused
from bot.settings import LogMode
from bot.words import _, command, explained, n_, quoted
from retrieval.apart import READERS as APART
from retrieval.assembling import assembled
from retrieval.decisions import Decision, stated
from retrieval.errors import (
    N_,
    ChangeUnderWay,
    EmptyCorpus,
    FileUnavailable,
    QuothError,
    StaleChange,
    UnknownArticle,
    UnreadableFile,
)
from retrieval.formats import READERS
from retrieval.library import Change, Gone, Library, stated_about
from retrieval.loading import Progress
from retrieval.metadata import metadata_from
from retrieval.model import Article, Corpus, Metadata
from retrieval.processes import end_all
from retrieval.sentences import sentence_spans
from retrieval.shelf import Shelf
from retrieval.snapshot import Found
from retrieval.splitting import fingerprint
from retrieval.uploads import Upload
from retrieval.versions import Version

logger = logging.getLogger(__name__)

STARTED, TERMINAL = "start", "terminal"
"""Who made a version, where it was no member."""

_WAITING = 2
"""Changes of a collection that wait to be made live; each holds an index."""

_FOLLOW_SECONDS = 5.0
"""How soon the bot takes up what was made live in a terminal."""


class ChangeRunning(Refused):
    """Somebody else's change is not finished."""


class ChangeFailed(Refused):
    """Nothing was read or built; what was loaded before goes on serving."""


class NotYours(Refused):
    """The articles belong to another server, or to the operator alone."""


OUTDATED = N_("That is no longer what would become live; look at the difference again.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A change that waits to be made live."""

    change: Change
    token: str
    """Names the state that the change leads to; equal states have equal tokens."""
    cited: int | None
    """Answers in the log that cite a paragraph which the change alters; None when the log cannot be read."""
    seconds: float

    @property
    def base(self) -> str:
        """Names the state that it was prepared on."""
        return self.change.base.snapshot.version if self.change.base.snapshot else "-"


@dataclass(frozen=True, slots=True)
class Activated:
    """A change that is live."""

    prepared: Prepared
    version: Version | None
    unkept: str | None = None
    """Why it is not kept on disk, if it is not."""
    coverage: Coverage | None = None
    """Which open gaps are covered now; None when the log cannot be read, or nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a server's collection stands."""

    library: Library
    waiting: tuple[str, ...]
    """Files of the folder that differ from what is served."""
    milliseconds: tuple[float, float] | None
    """Median and 95th percentile of the last searches; None without any, or when the log cannot be read."""
    lost: int
    """Questions that could not be kept since the start, in all servers."""
    log_mode: LogMode
    """How much is kept of a question."""
    log_days: int
    """For how long."""


@dataclass(frozen=True, slots=True)
class Preview:
    """An uploaded file as it would become articles."""

    upload: Upload
    articles: Sequence[Article]
    remarks: tuple[str, ...]


class Curator:
    """Changes the collections of a shelf. One change is prepared at a time; answers go on meanwhile."""

    def __init__(
        self,
        shelf: Shelf,
        log: QueryLog,
        reviewer: Reviewer,
        *,
        lost: Callable[[], int],
        log_mode: Callable[[int | None], LogMode],
        log_days: int,
        home: frozenset[int],
        upload_bytes: int,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        changed: Callable[[bool], None],
        leads: bool = True,
    ) -> None:
        """*home*: the servers that may change the shared collection; *lost*: how many questions could not be kept.

        *changed*: told of each change whether it is live now; otherwise it failed. *leads*: whether the folder is read
        without being asked for; otherwise another process does that.
        """
        self._shelf = shelf
        self._log = log
        self._reviewer = reviewer
        self._lost = lost
        self._log_mode = log_mode
        self._log_days = log_days
        self._home = home
        self._upload_bytes = upload_bytes
        self._now = now
        self._clock = clock
        self._changed = changed
        self._leads = leads
        self._busy: set[int | None] = set()
        self._waiting: dict[int | None, dict[str, Prepared]] = {}

    async def start(self, *, looking: bool = False) -> None:
        """Serve the articles: those of the newest version that is kept, or else what the folder holds.

        What is kept is not replaced by what has changed in the folder since: a moderator looks at that first. Only when
        the operator names another folder it is read at once, unless somebody is only *looking*. Where another process
        leads, that one does so, and what it reads is taken up.

        Raises:
            ChangeFailed: Nothing can be read.

        """
        library = self._shelf.shared
        await asyncio.to_thread(library.open)
        for complaint in library.complaints:
            logger.error("%s", complaint)
        if not self._leads and not looking:
            if library.version is None:
                logger.warning("No articles are kept yet; those that the process of shard 0 reads are taken up.")
        elif library.version is None or (library.moved and not looking):
            await self.reload(None, by=STARTED)
        if not looking and (version := library.version) is not None:
            await asyncio.to_thread(_ask_first, library)
            logger.info("%s.", _live(version))

    async def follow(self) -> None:
        """Say what has changed in the folder, and from then on take up what another process makes live.

        That may be `quoth index` in a terminal. Looking at a large folder takes seconds, so no start waits for it.
        """
        shared = self._shelf.shared
        try:
            await asyncio.to_thread(shared.check)
            await asyncio.to_thread(_ready, shared)
            if self._leads and (waiting := await asyncio.to_thread(shared.waiting)):
                logger.warning("Files that changed since they were read: %d; /reload reads them.", len(waiting))
        except Exception:
            logger.exception("What the articles are found in, or read from, could not be looked at.")
        while True:
            await asyncio.sleep(_FOLLOW_SECONDS)
            before = shared.version
            try:
                await asyncio.to_thread(self._shelf.follow)
                if shared.version is not None and shared.version != before:
                    await asyncio.to_thread(_ready, shared)
                    logger.info("%s; taken up.", _live(shared.version))
                await asyncio.to_thread(self._shelf.rest)
            except Exception:
                logger.exception("What another process may have changed could not be read.")

    async def give_up(self) -> None:
        """End what reads and indexes in other processes: the program ends, and the articles stay as they are."""
        end_all()
        # Waits for each of them.
        await asyncio.to_thread(APART.end_all)

    async def reload(self, server: int | None, *, by: str, progress: Progress | None = None) -> Activated:
        """Read the folder again and serve what it holds now. Until then, and if it fails, the old articles serve.

        Raises:
            ChangeRunning: Another change is not finished.
            ChangeFailed: Nothing can be read, or building failed.

        """
        return await self.activate(server, await self.prepare_reload(server, progress), by=by)

    async def prepare_reload(self, server: int | None, progress: Progress | None = None) -> Prepared:
        """What a reload would change.

        Raises: as `reload`.
        """

        def reload(library: Library) -> Change:
            if library.folder is None:
                raise NotYours(
                    _(
                        "There is no folder to read for this server: its own articles come by {add}, "
                        "and the shared ones are reloaded by the operator.",
                        add=command("index add"),
                    )
                )
            return library.reload(progress)

        return await self._prepare(server, reload)

    async def activate(
        self, server: int | None, prepared: Prepared, *, by: str, gaps_of: int | None = None
    ) -> Activated:
        """Make *prepared* live, and ask the open gaps of the server *gaps_of* (of all, without one) again.

        Raises:
            StaleChange: The articles have changed since it was prepared.
            ChangeFailed: The new version could not be written; the old one goes on serving.

        """
        library = await self._library(server)
        self._waiting.pop(server, None)
        try:
            version = await asyncio.to_thread(library.activate, prepared.change, by=by, at=self._now())
        except OSError as error:
            self._changed(False)
            told = _("The new version could not be written ({reason}).", reason=error.strerror)
            raise ChangeFailed(f"{told} {_stays(library)}") from error
        if server is not None and library is not self._shelf.shared:
            self._shelf.keep(server, library)
        await asyncio.to_thread(self._shelf.follow)
        await asyncio.to_thread(_ready, library)
        self._changed(True)
        if by != STARTED and version is not None:
            # Who made it is in the version, not here.
            logger.info("%s; prepared in %.1f seconds.", _live(version), prepared.seconds)
        if library.unkept is not None:
            logger.warning("The articles are served but could not be kept on disk (%s).", library.unkept)
        return Activated(prepared, version, library.unkept, None if by == STARTED else await self._coverage(gaps_of))

    async def prepared(self, server: int | None, token: str) -> Prepared:
        """The change that was looked at under *token*; after a restart a reload is prepared again for it.

        Raises:
            StaleChange: What was looked at is no longer what would become live.

        """
        waiting = self._waiting.get(server, {}).get(token)
        if waiting is None and (await self._library(server)).folder is not None:
            waiting = await self.prepare_reload(server)
        if waiting is None or waiting.token != token:
            raise StaleChange(OUTDATED)
        return waiting

    def discard(self, server: int | None) -> None:
        """Forget the change that waits."""
        self._waiting.pop(server, None)

    def accept(self, name: str, size: int) -> None:
        """Look at the name and size of a file before it is fetched.

        Raises:
            UnreadableFile: It is of no kind that is read, or too large.

        """
        name = _plain(name)
        if PurePosixPath(name).suffix.lower() not in READERS:
            raise FileUnavailable(
                N_("{name} cannot be added: only {kinds} files are read."), name=name, kinds=", ".join(READERS)
            )
        if size > self._upload_bytes:
            raise FileUnavailable(
                N_("{name} cannot be added: it has {size:.1f} MB, and {limit:g} MB is the limit."),
                name=name,
                size=size / 1024**2,
                limit=self._upload_bytes / 1024**2,
            )

    async def preview(self, server: int | None, name: str, data: bytes, url: str) -> Preview:
        """Keep an uploaded file for a while, and show what articles it would become.

        *url* is the address of the original, or empty.

        Raises:
            Refused: The address is none.
            UnreadableFile: No article can be read from it.
            ChangeFailed: It could not be kept.

        """
        self.accept(name, len(data))
        metadata = _stated_by({"url": url}, Metadata())
        library = await self._library(server)
        try:
            upload = await asyncio.to_thread(library.uploads.keep, _plain(name), data, metadata)
        except OSError as error:
            told = _("The file could not be kept ({reason}).", reason=error.strerror)
            raise ChangeFailed(f"{told} {_stays(library)}") from error
        return await self.look_at(server, upload.digest)

    async def look_at(self, server: int | None, digest: str) -> Preview:
        """The uploaded file of that digest, as it would become articles.

        Raises:
            UnknownUpload: It is not kept any more.
            UnreadableFile: No article can be read from it.

        """
        library = await self._library(server)
        return await asyncio.to_thread(_preview, library, digest)

    async def restate(self, server: int | None, digest: str, statements: dict[str, str]) -> Preview:
        """The uploaded file of that digest, with *statements* (names as in `Metadata`) about it.

        Raises:
            Refused: A statement cannot be used.
            UnknownUpload: It is not kept any more.

        """
        uploads = (await self._library(server)).uploads
        upload = await asyncio.to_thread(uploads.find, digest)
        metadata = _stated_by(statements, upload.metadata)
        await asyncio.to_thread(uploads.keep, upload.name, upload.data, metadata)
        return await self.look_at(server, digest)

    async def prepare_add(self, server: int | None, digest: str) -> Prepared:
        """What adding the uploaded file of that digest would change.

        Raises:
            UnknownUpload: It is not kept any more.
            UnreadableFile: No article can be read from it.

        """
        return await self._prepare(server, lambda library: library.add(library.uploads.find(digest)))

    async def prepare_removal(self, server: int | None, article: str) -> Prepared:
        """What removing *article* (an id or a title) would change.

        Raises:
            UnknownArticle: There is no such article.

        """

        def removed(before: Decision) -> Decision:
            return replace(before, removed=True)

        return await self._prepare(server, lambda library: library.revise(article, removed))

    async def removed(self, server: int | None) -> tuple[Gone, ...]:
        """The removed articles that can be had back, by title."""
        library = await self._library(server)
        return await asyncio.to_thread(library.removed)

    async def prepare_restoring(self, server: int | None, name: str) -> Prepared:
        """What having the removed article of that name (see `Gone`) or title back would change.

        Raises:
            UnknownArticle: There is none.

        """
        return await self._prepare(server, lambda library: library.restore(name))

    async def prepare_edit(self, server: int | None, article: str, statements: dict[str, str]) -> Prepared:
        """What stating *statements* (names as in `Metadata`) about *article* would change.

        An empty statement lets that of the file stand again.

        Raises:
            UnknownArticle: There is no such article.
            Refused: A statement cannot be used.

        """

        def edited(before: Decision) -> Decision:
            return replace(before, metadata=_stated_by(statements, before.metadata))

        return await self._prepare(server, lambda library: library.revise(article, edited))

    async def prepare_line(self, server: int | None, article: str, text: str, *, keep: bool) -> Prepared:
        """What putting a piece that was left out back (*keep*), or taking a paragraph out, would change.

        Raises:
            UnknownArticle: There is no such article.

        """
        mark = fingerprint(text)

        def moved(before: Decision) -> Decision:
            back, out = before.put_back, before.taken_out
            return replace(
                before,
                put_back=(back | {mark}) if keep and mark not in out else back - {mark},
                taken_out=(out | {mark}) if not keep and mark not in back else out - {mark},
            )

        return await self._prepare(server, lambda library: library.revise(article, moved))

    async def prepare_sharing(self, server: int | None, shared: bool) -> Prepared:
        """What having the shared articles beside one's own, or no longer, would change.

        Raises:
            Refused: The server has no articles of its own.

        """
        if server is None or not self._shelf.has_own(server):
            raise Refused(_("This server has no articles of its own; it searches the shared ones."))
        return await self._prepare(server, lambda library: library.share(shared))

    async def prepare_roll_back(self, server: int | None, number: int) -> Prepared:
        """What going back to version *number* would change.

        Raises:
            VersionDamaged: It is not kept any more, or not as it was written.

        """
        return await self._prepare(server, lambda library: library.roll_back(number))

    async def history(self, server: int | None) -> list[Version]:
        """The versions that are kept, newest first."""
        library = await self._library(server)
        return await asyncio.to_thread(library.history)

    async def status(self, server: int | None, asking: int | None = None) -> Status:
        """How the collection of *server* stands, and how long a search takes in the server *asking*, or in all."""
        library = await self._library(server)

        def look() -> Status:
            try:
                pace = self._log.milliseconds(asking)
            except DatabaseUnavailable:
                pace = None
            return Status(library, tuple(library.waiting()), pace, self._lost(), self._log_mode(asking), self._log_days)

        return await asyncio.to_thread(look)

    async def articles(self, server: int | None) -> Sequence[Article]:
        """All articles that *server* searches, by title.

        Raises:
            EmptyCorpus: Nothing is loaded.

        """
        return (await self._library(server)).current.corpus.by_title

    async def corpus(self, server: int | None) -> Corpus:
        """All that *server* searches.

        Raises:
            EmptyCorpus: Nothing is loaded.

        """
        return (await asyncio.to_thread(self._shelf.library, server)).current.corpus

    async def article(self, server: int | None, name: str) -> Article:
        """The article of that id or title.

        Raises:
            UnknownArticle: There is none.

        """
        return (await self._library(server)).current.article(name)

    @property
    def loaded(self) -> bool:
        """Whether there are shared articles to search."""
        with suppress(EmptyCorpus):
            return bool(self._shelf.shared.current.corpus.articles)
        return False

    def has_own(self, server: int) -> bool:
        """Whether *server* has articles of its own."""
        return self._shelf.has_own(server)

    async def test(self, server: int | None, question: str, limit: int) -> tuple[Found, Library]:
        """How *question* is answered, whatever the outcome.

        Raises:
            EmptyCorpus: Nothing is loaded.

        """
        library = await self._library(server)
        return await asyncio.to_thread(library.current.search, question, limit), library

    def target(self, server: int, *, alone: bool) -> int | None:
        """Whose collection moderators of *server* change: None for the shared one. *alone*: there is no other."""
        home = server in self._home or (alone and not self._home)
        return None if home and not self._shelf.has_own(server) else server

    async def _library(self, server: int | None) -> Library:
        if server is None:
            return self._shelf.shared
        return await asyncio.to_thread(self._shelf.own, server)

    async def _prepare(self, server: int | None, prepare: Callable[[Library], Change]) -> Prepared:
        """Run *prepare* on the server's library in a thread, one at a time, and let its result wait."""
        library = await self._library(server)
        began = self._clock()
        with self._alone(server):
            try:
                change = await asyncio.to_thread(self._change, library, prepare)
                cited = await asyncio.to_thread(self._cited, server, change)
            except (Refused, StaleChange, UnknownArticle, UnreadableFile):
                raise
            except QuothError as error:
                self._changed(False)
                logger.warning("A change of the articles failed: %s", error)
                raise ChangeFailed(f"{explained(error)} {_stays(library)}") from error
            except Exception as error:
                self._changed(False)
                logger.exception("A change of the articles failed.")
                raise ChangeFailed(_("The articles could not be read.") + f" {_stays(library)}") from error
        prepared = Prepared(change, change.snapshot.version, cited, self._clock() - began)
        waiting = self._waiting.setdefault(server, {})
        waiting[prepared.token] = prepared
        while len(waiting) > _WAITING:
            del waiting[next(iter(waiting))]
        return prepared

    def _change(self, library: Library, prepare: Callable[[Library], Change]) -> Change:
        """What *prepare* makes of the newest version, which another process may have activated a moment ago."""
        try:
            with library.changing():
                self._shelf.follow()
                return prepare(library)
        except ChangeUnderWay as error:
            raise ChangeRunning(explained(error)) from error

    @contextmanager
    def _alone(self, server: int | None) -> Iterator[None]:
        if server in self._busy:
            raise ChangeRunning(_("A change is already being prepared; please try again when it is done."))
        self._busy.add(server)
        try:
            yield
        finally:
            self._busy.discard(server)

    async def _coverage(self, server: int | None) -> Coverage | None:
        try:
            return await self._reviewer.coverage(server)
        except LogUnavailable:
            return None

    def _cited(self, server: int | None, change: Change) -> int | None:
        retired = change.retired
        try:
            # What is shared is no other's who has articles of their own.
            without = self._shelf.with_own if server is None else frozenset()
            return self._log.answers_citing(retired, server, without=without) if retired else 0
        except DatabaseUnavailable:
            return None


def _preview(library: Library, digest: str) -> Preview:
    upload = library.uploads.find(digest)
    file = library.read(upload)
    if file.problem is not None:
        raise FileUnavailable(N_("{name} cannot be added: {problem}."), name=upload.name, problem=file.problem)
    corpus = assembled([file], stated_about(upload, file))
    remarks = [explained(problem.sentence) for problem in corpus.problems]
    titles = ", ".join(map(quoted, library.replaced_by(upload)))
    if titles:
        told = _("A file of this name was added before; this one takes its place, and that of {titles}.", titles=titles)
        remarks.insert(0, told)
    return Preview(upload, corpus.articles, tuple(remarks))


def _live(version: Version) -> str:
    return f"Version {version.number}; articles: {version.articles}, paragraphs: {version.paragraphs}"


def _ask_first(library: Library) -> None:
    """Ask something, so that no person waits for the models that the first question loads."""
    with suppress(QuothError):  # whoever asks next is told
        title = library.current.corpus.articles[0].title
        library.current.search(title, 1)
        sentence_spans(title)  # a long passage is cut between sentences


def _ready(library: Library) -> None:
    """Have what suggestions are found in, so that the first one is not late; seconds for 100,000 articles."""
    with suppress(EmptyCorpus):
        snapshot = library.current
        snapshot.titles, snapshot.facets  # noqa: B018


def _plain(name: str) -> str:
    """The last part of *name*, without characters that are not seen or turn the order of letters around."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip() or "upload"


def _stated_by(statements: dict[str, str], before: Metadata) -> Metadata:
    """*before* with *statements*; an empty one is a statement that is taken back."""
    given, remarks = metadata_from(statements)
    if remarks:
        told = explained(remarks[0])
        raise Refused(f"{told[0].upper()}{told[1:]}.")
    kept = dict.fromkeys(statements)
    return stated(given, replace(before, **kept))


def _stays(library: Library) -> str:
    try:
        count = len(library.current.corpus.articles)
    except EmptyCorpus:
        return _("No articles are loaded.")
    return n_("The one loaded before stays.", "The {n} loaded before stay.", count)
