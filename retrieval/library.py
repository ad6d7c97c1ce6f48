"""The articles of one collection as they are searched now, the changes that can be made to them, and the way back.

A change is prepared first, which may take long and alters nothing, and activated second, which is one assignment and
one small file. With a store every activation is a numbered version on disk.
"""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from threading import RLock

from filelock import FileLock, Timeout

from retrieval import formats
from retrieval.assembling import OWN, UPLOAD, FileRead, assembled, origins, shown_name
from retrieval.changing import Wish, changed
from retrieval.decisions import NOTHING_DECIDED, Decision, Decisions, together
from retrieval.difference import Difference, difference, wording
from retrieval.errors import (
    CHANGED_MEANWHILE,
    N_,
    ChangeUnderWay,
    EmptyCorpus,
    FileUnavailable,
    FolderMissing,
    IndexUnavailable,
    StaleChange,
    UnknownArticle,
    UnknownCitation,
    UnknownUpload,
    VersionDamaged,
)
from retrieval.glances import Glances
from retrieval.index import Engine
from retrieval.index.later import or_later
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.ledger import Ledger, Retired
from retrieval.loading import Progress, bytes_in, original, read_file, read_folder
from retrieval.metadata import statements_of
from retrieval.model import Article, CitationId, Corpus, Metadata, Paragraph, Problem
from retrieval.phrases import Phrase
from retrieval.ranking import Weights
from retrieval.records import decision_json
from retrieval.snapshot import Snapshot, digest
from retrieval.splitting import fingerprint, words_cited
from retrieval.uploads import Upload, Uploads
from retrieval.versions import KeptFiles, State, Stored, Version, Versions
from retrieval.volumes import SMALL, Volumes, intact

logger = logging.getLogger(__name__)

_LOCK_SECONDS = 20.0
"""How long another process may be writing."""

_FILES_DAMAGED = N_(
    "What was read of the files is damaged on disk. The articles are whole; a reload reads all files again."
)

RELOAD, REMOVE = "reload", "remove"
"""The actions of a change that reads the folder again, and of one that takes an article out."""

_REMOVED = Decision(removed=True)

_APART_BYTES = 2 * 1024**2
"""Of files, or of a collection in memory, from which on another process changes it; it takes a second to start."""


@dataclass(frozen=True, slots=True)
class Store:
    """Where a collection is kept on disk. *lock* is for writing: another process may write too.

    *changing* is held while a change is prepared, which nobody waits for.
    """

    folder: Path
    versions: Versions
    ledger: Ledger
    uploads: Uploads
    volumes: Volumes
    lock: FileLock
    changing: FileLock

    @classmethod
    def at(cls, folder: Path, *, keep: int, pool: Executor | None = None) -> Store:
        """The store in *folder*, which keeps the last *keep* versions; *pool* as in `Volumes`."""
        return cls(
            folder,
            Versions(folder, keep=keep),
            Ledger(folder / "retired.jsonl"),
            Uploads(folder / "uploads"),
            Volumes(folder / "volumes", pool),
            FileLock(folder / "lock", timeout=_LOCK_SECONDS),
            FileLock(folder / "changing", timeout=0),
        )


@dataclass(frozen=True, slots=True)
class Base:
    """What a library served when a change was begun."""

    state: State
    snapshot: Snapshot | None
    shared: State | None
    """Of the shared library."""
    edition: object = None
    """Another one whenever something else is served."""
    shared_edition: object = None
    """The same of the shared library."""
    number: int | None = None
    """Of the version on disk, if there is one."""

    @property
    def files(self) -> tuple[FileRead, ...]:
        """The collection's own files, and the shared ones."""
        return (*self.state.files, *(self.shared.files if self.shared else ()))


@dataclass(frozen=True, slots=True)
class Change:
    """A finished new state and how it differs from the current one; nothing has happened yet."""

    action: str
    about: str
    """The title of the one article it is about, or empty."""
    state: State
    readers: str
    """What the files of *state* were read with; see `formats.revision`."""
    snapshot: Snapshot
    difference: Difference
    base: Base
    """What it was prepared on."""

    @property
    def retired(self) -> frozenset[CitationId]:
        """The citations that will no longer name what they name now."""
        return frozenset(paragraph.citation for _, paragraph, _ in self.difference.successors)


@dataclass(frozen=True, slots=True)
class Gone:
    """An article that moderators removed."""

    origin: str
    """See `Article.origin`."""
    title: str

    @property
    def name(self) -> str:
        """Stands for the origin where little space is."""
        return fingerprint(self.origin)


class Fate(StrEnum):
    """What became of a paragraph since it was cited."""

    HERE = "here"
    MOVED = "moved"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Cited:
    """What a citation names today."""

    fate: Fate
    article: Article | None
    """None only when the paragraph is removed."""
    paragraph: Paragraph | None
    was: Retired | None = None
    """What it was when it was cited, where that is another thing."""
    was_number: int | None = None
    """Its number when it was cited, where that is known and another one."""


class Library:
    """One collection: its current snapshot, and the way to the next one."""

    def __init__(
        self,
        folder: Path | None,
        *,
        engine: Engine = RankBm25Index,
        weights: Weights | None = None,
        store: Store | None = None,
        shared: Library | None = None,
        asked: bool = True,
    ) -> None:
        """*folder* is the operator's, if the collection has one; without a *store* nothing is kept.

        *engine* builds the indexes. *asked*: this process answers, so that another one changes a large collection.

        *shared*: the library whose articles this one has beside its own, unless its moderators decide otherwise.
        """
        self.folder = folder
        self.shared = shared
        self.complaints: tuple[str, ...] = ()
        """A sentence for each thing that was found damaged since the last change."""
        self.unkept: str | None = None
        """Why what is served is not on disk, if it is not though it should be."""
        self._engine = engine
        self._weights = weights or Weights()
        self._store = store
        self._asked = asked
        self._glances = Glances()
        self._stored: Stored | None = None
        self._loose: State | None = State()
        """What the current articles are made of, where no version on disk is."""
        self._edition: object = object() if shared is None else shared._edition
        self._current: Snapshot | None = None
        self._previous: Snapshot | None = None
        self._shared_seen: object = None
        """The edition of the shared library that the current articles have."""
        if shared is not None:
            # Until it has a version of its own, the articles are the shared ones.
            self._current, self._shared_seen = shared._current, shared._edition
        self._borrowed = self._current
        self._newest = 0
        """The highest number of a version that was seen on disk."""
        self._lock = RLock()
        """Held while what is served is exchanged for something else."""

    @property
    def current(self) -> Snapshot:
        """The state that is searched now. Take it once for each request.

        Raises:
            EmptyCorpus: Nothing has been loaded yet.

        """
        if self._current is None:
            raise EmptyCorpus(N_("No articles are loaded yet."))
        return self._current

    @property
    def state(self) -> State:
        """What the current articles are made of, read from disk if nobody holds it.

        Raises:
            VersionDamaged: It cannot be read any more.

        """
        if self._loose is not None:
            return self._loose
        assert self._stored is not None
        return self._stored.state

    @property
    def version(self) -> Version | None:
        """What is told about the version that is served; None when it is not kept."""
        return self._stored.version if self._stored and self.unkept is None else None

    @property
    def moved(self) -> bool:
        """Whether the articles that are served were read from another folder."""
        return self.folder is not None and self._told.folder != str(self.folder.resolve())

    def open(self) -> bool:
        """Serve the newest stored version that is intact; whether there was one.

        What its files were read from is not looked at, nor, where it is large, what was read of them; see `check`.
        """
        if self._store is None:
            return False
        with self._lock:
            numbers = self._store.versions.numbers()
            self._newest = max(numbers, default=0)
            complaints: list[str] = []
            opened = any(self._opened(self._store, number, complaints) for number in reversed(numbers))
            self.complaints = tuple(complaints)
            if opened and self._stored is not None and self._store.versions.size(self._stored) <= SMALL:
                self._look_through(self._store, self._stored)
            if not opened and complaints and self.shared is not None:
                self._take_up(self._store, State(), None)
            return opened

    def _opened(self, store: Store, number: int, complaints: list[str]) -> bool:
        """Serve the version of that number, or say why not."""
        try:
            stored = store.versions.told(number)
            if self._stored is None or number != self._stored.version.number:
                self._take_up(store, None, stored)
                self.unkept = None
        except VersionDamaged as error:
            complaints.append(error.phrase)
            return False
        return True

    def check(self) -> None:
        """Look whether what is served is on disk as it was written, where it was too large for the start.

        What is damaged is made again, which may take long; nothing of what is quoted is affected meanwhile. What was
        read of the files is not: a reload does that.
        """
        if self._store is not None:
            self._store.volumes.tidy()
            said = self.complaints
            self._look_through(self._store, self._stored)
            if self.complaints != said:
                logger.error(_FILES_DAMAGED)
        snapshot = self._current
        if self._store is None or snapshot is None or snapshot.folder is None or snapshot is self._borrowed:
            return
        # Where it is gone another process serves something newer, which is taken up soon.
        if intact(snapshot.folder) or not snapshot.folder.exists():
            return
        logger.error("What the articles are searched with is damaged on disk; it is made again.")
        with self._lock:
            if snapshot is not self._current or max(self._store.versions.numbers(), default=0) > self._newest:
                return
            seen = self.shared._edition if self.shared else None
            corpus = self._corpus(self.state, self.shared.state if self.shared else None)
            made = self._snapshot(corpus, None, live=True)
            self._remember(made, None if self._loose is not None else self._stored, seen)
            self._serve(self._loose, self._stored, made, seen)

    def _look_through(self, store: Store, stored: Stored | None) -> None:
        """Complain if what was read of the files of *stored*, which is served, is not as it was written."""
        if stored is None:
            return
        try:
            store.versions.look_through(stored)
        except VersionDamaged as error:
            # Another one may have been forgotten meanwhile.
            if stored is self._stored and _FILES_DAMAGED not in self.complaints:
                logger.warning("%s", error)
                self.complaints = (*self.complaints, Phrase(_FILES_DAMAGED))

    def _take_up(self, store: Store, state: State | None, stored: Stored | None) -> None:
        """Serve *stored*, or *state* where that is on no disk."""
        shared = self.shared
        seen = shared._edition if shared else None
        made_of = self._made_of(stored)
        snapshot = None if made_of is None else store.volumes.open(made_of, self._engine, self._weights)
        if snapshot is None:
            if state is None:
                assert stored is not None
                state = stored.state
            corpus = self._corpus(state, shared.state if shared else None)
            snapshot = self._snapshot(corpus, self._current, live=True)
            self._remember(snapshot, stored, seen)
        self._serve(None if stored is not None else state, stored, snapshot, seen)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Keep other processes from preparing a change at the same time, where the store can be written.

        Raises:
            ChangeUnderWay: One is preparing a change.

        """
        with contextlib.ExitStack() as held:
            if self._store is not None:
                try:
                    self._store.folder.mkdir(parents=True, exist_ok=True)
                    held.enter_context(self._store.changing)
                except Timeout:
                    raise ChangeUnderWay(
                        N_("A change is already being prepared; please try again when it is done.")
                    ) from None
                except OSError as error:
                    logger.warning(
                        "Other processes cannot be kept from preparing a change (%s).", error.strerror or error
                    )
            yield

    def reload(self, progress: Progress | None = None) -> Change:
        """Read the folder again and build its index; the current snapshot goes on serving.

        Files that have not changed since the current version are not read again. Uploaded files stay.

        Raises:
            FolderMissing: There is no such folder.
            EmptyCorpus: Nothing in it could be read.

        """
        base = self._begin()
        if (change := self._changed_apart(base, lambda: [RELOAD], progress)) is not None:
            return change
        state = self._reread(base, progress)
        return self._change(base, state, RELOAD, readers=formats.revision(), progress=progress)

    def _changed_apart(self, base: Base, wish: Callable[[], Wish], progress: Progress | None = None) -> Change | None:
        """What *wish* comes to in another process; None where it does not take long, or no other can do it."""
        if not self._is_large(base):
            return None
        try:
            return self._fetched(base, wish(), progress)
        except OSError as error:
            self._refuse_outdated(base)  # what was made of it may be taken away already
            # Where nothing can be kept there is nothing that two processes could share.
            logger.warning("A change is made by the bot itself (%s).", error.strerror or error)
            return None

    def _is_large(self, base: Base) -> bool:
        """Whether a change would take long, and another process finds what there is now on disk."""
        if self.folder is None or self._store is None or not self._asked or self.unkept is not None:
            return False
        if self._loose is not None and self._loose != State():
            return False
        articles = 0 if base.snapshot is None else base.snapshot.size
        return articles > _APART_BYTES or bytes_in(self.folder, _APART_BYTES) > _APART_BYTES

    def _fetched(self, base: Base, wish: Wish, progress: Progress | None) -> Change:
        """What *wish* comes to in another process."""
        assert self.folder is not None
        assert self._store is not None
        found = changed(
            wish,
            self.folder,
            self._store.folder,
            base.number,
            self._store.versions,
            engine=self._engine,
            weights=self._weights or Weights(),
            progress=progress,
        )
        if found.volume is None:
            assert base.snapshot is not None
            snapshot = base.snapshot
        else:
            snapshot = self._store.volumes.take(found.volume, self._engine, self._weights or Weights())
        old = base.snapshot.corpus if base.snapshot else Corpus(())
        told = found.difference(old, snapshot.corpus)
        return Change(found.action, found.about, found.state, found.readers, snapshot, told, base)

    def kept(self, change: Change) -> State:
        """The state that *change* leads to, with its files on disk, for another process to activate.

        Raises:
            OSError: It could not be written.

        """
        assert self._store is not None
        if self._stored is not None and _is_kept(change.state, self._stored):
            return self._stored.state
        return self._store.versions.kept(change.state, change.readers, self._stored)

    def foreseen(self) -> Difference:
        """What a reload would change; nothing is built or written.

        Raises:
            FolderMissing: There is no such folder.
            EmptyCorpus: Nothing in it could be read.

        """
        base = self._begin()
        old = base.snapshot.corpus if base.snapshot else Corpus(())
        return difference(old, self._readable(base, self._reread(base), RELOAD))

    def _reread(self, base: Base, progress: Progress | None = None) -> State:
        """What the collection is made of when its folder is read again."""
        try:
            before, known = tuple(base.state.files), self._known(base.state)
        except VersionDamaged as error:
            logger.warning("%s All files are read again.", error)
            assert isinstance(base.state.files, KeptFiles)
            before, known = base.state.files.unread, {}
        files = [] if self.folder is None else read_folder(self.folder, known, progress, self._glances)
        uploaded = [self._uploaded(file, known) for file in before if file.source.startswith(UPLOAD)]
        folder = str(self.folder and self.folder.resolve())
        now = (*files, *uploaded)
        decisions = followed(base.state.decisions, before, now)
        return replace(base.state, files=now, folder=folder, decisions=decisions)

    def add(self, upload: Upload) -> Change:
        """Add an uploaded file, in place of one of the same name. In a large collection it is one that is kept.

        Raises:
            UnreadableFile: No article can be read from it.
            UnknownUpload: It is not kept any more.

        """
        base = self._begin()
        wish = ["add", upload.digest, upload.name, statements_of(upload.metadata)]
        if (change := self._changed_apart(base, lambda: wish)) is not None:
            return change
        file = self.read(upload)
        if file.problem is not None:
            raise FileUnavailable(N_("{name} cannot be added: {problem}."), name=upload.name, problem=file.problem)
        files = [other for other in base.state.files if other.source != file.source]
        decisions = {
            origin: decision
            for origin, decision in base.state.decisions.items()
            if origin != file.source and not origin.startswith(f"{file.source}#")
        }
        decisions |= stated_about(upload, file)
        title = upload.metadata.title or file.drafts[0].metadata.title or file.drafts[0].title or upload.name
        state = replace(base.state, files=(*files, file), decisions=decisions)
        change = self._change(base, state, "add", title if len(file.drafts) == 1 else "")
        if change.difference.nothing:
            raise FileUnavailable(N_("{name} was not added: what it holds is in the index already."), name=upload.name)
        return change

    def replaced_by(self, upload: Upload) -> tuple[str, ...]:
        """The titles of the articles whose place *upload* would take, because their file has the same name."""
        articles = self._current.corpus.articles if self._current else ()
        return tuple(one.title for one in articles if one.source == self._source(upload))

    def _source(self, upload: Upload) -> str:
        return f"{UPLOAD}{OWN if self.shared else ''}{upload.name}"

    def read(self, upload: Upload) -> FileRead:
        """What an uploaded file holds, under the name that it would have in this collection."""
        return read_file(self._source(upload), upload.data)

    def revise(self, name: str, decide: Callable[[Decision], Decision]) -> Change:
        """Let what *decide* makes of the decision about an article (an id or a title) stand from now on.

        An uploaded file of one article that is removed goes.

        Raises:
            UnknownArticle: There is no such article.
            EmptyCorpus: Nothing is loaded.

        """
        base = self._begin()
        if base.snapshot is None:
            raise EmptyCorpus(N_("No articles are loaded yet."))
        article = base.snapshot.article(name)

        def wish() -> Wish:
            # Which of them holds is told from the file alone.
            before = {base.state.decisions.get(article.origin, NOTHING_DECIDED), NOTHING_DECIDED}
            return ["revise", article.id, [[decision_json(one), decision_json(decide(one))] for one in before]]

        if (change := self._changed_apart(base, wish)) is not None:
            return change
        state = _revised(base, base.state, article, decide)
        if not state.decisions.get(article.origin, _REMOVED).removed:
            return self._change(base, state, "edit", article.title)
        while twin := _twin(article, self._corpus(state, base.shared)):
            state = _revised(base, state, twin, decide)
        return self._change(base, state, REMOVE, article.title)

    def removed(self) -> tuple[Gone, ...]:
        """The articles that moderators removed and whose file is still there, by title."""
        return _gone(self._begin())

    def restore(self, name: str) -> Change:
        """Have a removed article back, which *name* (see `Gone`) or its title names.

        Raises:
            UnknownArticle: There is none.

        """
        base = self._begin()
        if (change := self._changed_apart(base, lambda: ["restore", name])) is not None:
            return change
        named = name.strip().casefold()
        gone = next((one for one in _gone(base) if named in (one.name, one.title.casefold())), None)
        if gone is None:
            raise UnknownArticle(N_("No removed article is called “{name}”."), name=name)
        decision = replace(base.state.decisions[gone.origin], removed=False)
        state = replace(base.state, decisions={**base.state.decisions, gone.origin: decision})
        return self._change(base, state, "restore", gone.title)

    def share(self, shared: bool) -> Change:
        """Have the shared articles beside one's own, or no longer."""
        base = self._begin()
        return self._change(base, replace(base.state, shared=shared), "share" if shared else "unshare")

    def roll_back(self, number: int) -> Change:
        """Have the articles as they were in version *number*.

        Raises:
            VersionDamaged: That version is not kept any more, or not as it was written.

        """
        if self._store is None:
            raise VersionDamaged(N_("No versions of the articles are kept here."))
        base = self._begin()
        if (change := self._changed_apart(base, lambda: ["roll_back", number])) is not None:
            return change
        stored = self._store.versions.load(number)
        # Which folder is read is the operator's, not the version's.
        state = replace(stored.state, folder=base.state.folder)
        return self._change(base, state, f"roll back to {number}", readers=stored.readers)

    def waiting(self) -> list[str]:
        """The files of the folder that are not as they were when they were read, and those that are gone."""
        if self.folder is None:
            return []
        stored, state = self._stored, self._loose
        if state is None and stored is not None and stored.digests and stored.readers == formats.revision():
            # What files hold depends on their bytes alone.
            known = {source: FileRead(source, digest) for source, digest in stored.digests.items()}
            before: Mapping[str, object] = stored.digests
        else:
            state = self.state
            known = dict(self._known(state))
            before = {file.source: file for file in state.files}
        try:
            files = {file.source: file for file in read_folder(self.folder, known, glances=self._glances)}
        except FolderMissing:
            files = {}
        now = {source: file.digest for source, file in files.items()} if state is None else files
        before = {source: its for source, its in before.items() if not source.startswith(UPLOAD)}
        return sorted(source for source in now.keys() | before.keys() if now.get(source) != before.get(source))

    def history(self) -> list[Version]:
        """The versions that are kept, newest first."""
        return [] if self._store is None else self._store.versions.history()

    def activate(self, change: Change, *, by: str, at: datetime) -> Version | None:
        """Serve the new state from now on. The state before is closed at the next activation, when nobody reads it.

        A change that changes nothing makes no version. Returns what is told about the version now served.

        Raises:
            StaleChange: The articles have changed since the change was prepared.
            OSError: The new version could not be written, and the old one goes on serving. A reload is served all the
                same; see `unkept`.

        """
        with self._lock:
            self._refuse_outdated(change.base)
            stored, unkept = self._stored, None
            if self._store is not None and (stored is None or self.unkept or not _is_kept(change.state, stored)):
                try:
                    self._store.folder.mkdir(parents=True, exist_ok=True)
                    with self._store.lock:
                        stored = self._kept(self._store, change, by, at)
                except OSError as error:
                    # A time-out of the lock has no reason of its own.
                    reason = "another process is writing" if isinstance(error, Timeout) else error.strerror
                    if change.action != RELOAD:
                        raise OSError(error.errno, reason) from error
                    # What the folder holds is not lost when no version can be written.
                    unkept = reason or str(error)
            kept = stored is not None and unkept is None
            self._serve(None if kept else change.state, stored, change.snapshot, change.base.shared_edition)
            self.unkept = unkept
            return self.version

    def _refuse_outdated(self, base: Base) -> None:
        """Raises StaleChange if something else than *base* is served by now."""
        if base.edition is not self._edition:
            raise StaleChange(N_("The articles have changed since this was prepared; look at the difference again."))

    def _kept(self, store: Store, change: Change, by: str, at: datetime) -> Stored:
        """Write the version that *change* makes."""
        told, corpus = change.difference, change.snapshot.corpus
        newest = max(store.versions.numbers(), default=0)
        if newest > self._newest:
            raise StaleChange(CHANGED_MEANWHILE)
        version = Version(
            number=self._newest + 1,
            at=at,
            by=by,
            action=change.action,
            about=change.about,
            articles=len(corpus.articles),
            paragraphs=len(corpus.places),
            added=len(told.added),
            changed=len(told.changed),
            removed=len(told.removed),
        )
        # The ledger first: a crash before the version leaves entries about paragraphs that are still there.
        store.ledger.retire(told.successors)
        stored = store.versions.save(version, change.state, change.readers, self._stored)
        # Other processes, which wait for the lock, need not make it again.
        self._remember(change.snapshot, stored, change.base.shared_edition)
        self._newest = version.number
        self.complaints = ()
        with contextlib.suppress(OSError):  # what cannot be removed now is removed another time
            store.uploads.forget(self._used_uploads(), at)
        return stored

    def follow(self) -> bool:
        """Take up what the shared library now has, or another process has activated; whether anything was taken up."""
        with self._lock:
            if self._store and max(self._store.versions.numbers(), default=0) > self._newest:
                before = self._current
                # Whoever writes it leaves the index beside it before anybody else holds the lock.
                with contextlib.suppress(OSError), self._store.lock:
                    pass
                self.open()
                return self._current is not before
            if self.shared is None or self._shared_seen is self.shared._edition or not self._told.shared:
                return False
            seen = self.shared._edition
            corpus = self._corpus(self.state, self.shared.state)
            told = difference(self.current.corpus, corpus)
            snapshot = self._snapshot(corpus, self._current, live=True)
            self._remember(snapshot, None if self._loose is not None else self._stored, seen)
            self._serve(self._loose, self._stored, snapshot, seen)
            if self._store is not None:
                self._store.ledger.retire(told.successors)
            return True

    def rest(self) -> None:
        """Give back the memory of what was looked at of files; see `Snapshot.rest`."""
        for snapshot in (self._current, self._previous):
            if snapshot is not None:
                snapshot.rest()

    def cited(self, citation: CitationId, number: int | None = None) -> Cited:
        """What *citation*, which named paragraph *number* when it was made, names today.

        Raises:
            UnknownCitation: No article of this collection ever held those words.
            EmptyCorpus: Nothing is loaded.

        """
        first: Retired | None = None
        seen: set[CitationId] = set()
        name: CitationId | None = citation
        while name is not None and name not in seen:
            seen.add(name)
            with contextlib.suppress(UnknownCitation):
                return _cited(*self.current.cited(name), first, number)
            retired = self._retired(name)
            if retired is None and self.shared is not None:
                # Its moderators may call a shared article otherwise than those who changed it meanwhile.
                mark = words_cited(name)
                if (place := self.current.worded(mark)) is not None:
                    return _cited(*place, first, number)
                retired = self._retired_words(mark)
            if retired is None:
                break
            first = first or retired
            name = retired.heir
        if first is None:
            raise UnknownCitation(N_("That paragraph is no longer in the articles."))
        return Cited(Fate.REMOVED, None, None, first)

    def original(self, article: Article) -> tuple[str, bytes]:
        """Name and bytes of the untouched file that *article* was read from.

        Raises:
            UnreadableFile: The file is gone, or no longer the one that was read.
            UnknownUpload: The uploaded file is not kept any more.

        """
        if article.source.startswith(UPLOAD):
            owner = self if article.digest in self._told.uploads or self.shared is None else self.shared
            assert owner._store is not None
            return shown_name(article.source), owner._store.uploads.find(article.digest).data
        folder = self.folder or (self.shared.folder if self.shared else None)
        if folder is None:
            raise FileUnavailable(N_("The file of “{title}” is no longer in the folder."), title=article.title)
        return PurePosixPath(article.source).name, original(folder, article)

    def _retired(self, citation: CitationId) -> Retired | None:
        """What is known of a retired paragraph, also from the shared collection."""
        own = self._store.ledger.find(citation) if self._store else None
        return _better(own, self.shared._retired(citation) if self.shared else None)

    def _retired_words(self, mark: str) -> Retired | None:
        """The same of a paragraph of that fingerprint, whatever its article was called."""
        own = self._store.ledger.find_words(mark) if self._store else None
        # Where a server only calls an article otherwise, its own entry leads back to the same words.
        return _better(self.shared._retired_words(mark) if self.shared else None, own)

    @property
    def uploads(self) -> Uploads:
        """The uploaded files, also those that are only looked at.

        Raises:
            UnreadableFile: This library keeps none.

        """
        if self._store is None:
            raise FileUnavailable(N_("No uploaded files are kept here."))
        return self._store.uploads

    def _begin(self) -> Base:
        with self._lock:
            shared = self.shared
            # What is served meanwhile is another edition, which is then seen to be newer.
            seen = shared._edition if shared else None
            number = self._stored.version.number if self._stored is not None else None
            return Base(self.state, self._current, shared.state if shared else None, self._edition, seen, number)

    @property
    def _told(self) -> State | Stored:
        """What tells about the current articles without being read from disk."""
        told = self._loose if self._loose is not None else self._stored
        assert told is not None
        return told

    def _corpus(self, state: State, shared: State | None) -> Corpus:
        files: Iterable[FileRead] = state.files
        decisions = dict(state.decisions)
        if shared is not None and state.shared:
            files = (*shared.files, *files)
            decisions = {**shared.decisions, **decisions}
            for origin in shared.decisions.keys() & state.decisions.keys():
                decisions[origin] = together(state.decisions[origin], shared.decisions[origin])
        return assembled(files, decisions)

    def _known(self, state: State) -> Mapping[str, FileRead]:
        """The files of *state*, which is served, as read before, unless other readers read them."""
        if self._stored is None or self._stored.readers != formats.revision():
            return {}
        return {file.source: file for file in state.files}

    def _uploaded(self, file: FileRead, known: Mapping[str, FileRead]) -> FileRead:
        """An uploaded file read anew, if that may give another result."""
        if file.source in known or self._store is None:
            return file
        try:
            return read_file(file.source, self._store.uploads.find(file.digest).data)
        except UnknownUpload as error:
            # Its bytes are lost; what was read of it is not, unless there was more damage.
            lost = Phrase(N_("it cannot be read ({reason})"), reason=error.phrase)
            return file if file.drafts or file.problem else replace(file, problem=lost)

    def _used_uploads(self) -> set[str]:
        assert self._store is not None
        used: set[str] = set()
        for number in self._store.versions.numbers():
            used |= self._store.versions.uploads(number)
        return used

    def _change(
        self,
        base: Base,
        state: State,
        action: str,
        about: str = "",
        readers: str | None = None,
        progress: Progress | None = None,
    ) -> Change:
        corpus = self._readable(base, state, action)
        if readers is None:
            readers = self._stored.readers if self._stored else formats.revision()
        old = base.snapshot.corpus if base.snapshot else Corpus(())
        if base.snapshot is not None and base.snapshot.digest == digest(corpus) and old.problems == corpus.problems:
            snapshot = base.snapshot
        else:
            snapshot = self._snapshot(corpus, base.snapshot, progress=progress)
        # Where all is new it need not be read from the disk once more.
        told = difference(old, snapshot.corpus if old.articles else corpus)
        return Change(action, about, state, readers, snapshot, told, base)

    def _readable(self, base: Base, state: State, action: str) -> Corpus:
        """The articles of *state*; raises EmptyCorpus if there are none."""
        corpus = self._corpus(state, base.shared)
        if not corpus.articles and action == REMOVE:
            raise EmptyCorpus(N_("It is the last article, and there is nothing to search without one."))
        if not corpus.articles:
            problems = Phrase.joined(["", *_first(corpus.problems)])
            if self.folder:
                none = N_("There is no article that can be read in “{folder}”.{problems}")
                raise EmptyCorpus(none, folder=self.folder.name or str(self.folder), problems=problems)
            raise EmptyCorpus(N_("There is no article that can be read.{problems}"), problems=problems)
        return corpus

    def _snapshot(
        self, corpus: Corpus, before: Snapshot | None, *, live: bool = False, progress: Progress | None = None
    ) -> Snapshot:
        """*corpus*, ready to be asked, on disk where that can be written.

        A change is refused while the engine is away; articles that are *live* already are searched later.
        """
        engine = or_later(self._engine) if live else self._engine
        if self._store is not None:
            try:
                return self._store.volumes.make(
                    corpus, self._engine, self._weights, before, live=live, progress=progress
                )
            except OSError as error:
                logger.warning("The index cannot be kept (%s); the next start makes it again.", error.strerror or error)
        known = before.known if before is not None else None
        return Snapshot(corpus, engine=engine, weights=self._weights, known=known)

    def _made_of(self, stored: Stored | None) -> str | None:
        """Names what the articles are made of, if all of it is on disk."""
        if stored is None:
            return None
        if self.shared is None:
            return stored.checksum
        shared = self.shared
        if not stored.shared:
            return stored.checksum
        if shared._loose is not None or shared._stored is None:
            return None
        return f"{stored.checksum} {shared._stored.checksum}"

    def _remember(self, snapshot: Snapshot, stored: Stored | None, shared: object) -> None:
        """Let the next start open *snapshot*, which was made of *stored* and that edition of the shared library."""
        if self._store is None or snapshot.folder is None or (self.shared and self.shared._edition is not shared):
            return
        if (made_of := self._made_of(stored)) is not None:
            with contextlib.suppress(OSError):  # the next start makes it again
                self._store.volumes.serve(snapshot, made_of)

    def _serve(self, state: State | None, stored: Stored | None, snapshot: Snapshot, shared: object) -> None:
        """Exchange what is served; *state* is on no disk; *shared* is the edition that *snapshot* was made with."""
        # Neither what only changes the collection nor a single question in a terminal is what others ask.
        asked = self._asked and self._store is not None
        if asked:
            snapshot.prepare()
        if self._previous is not None and self._previous is not snapshot:
            self._previous.close()
        self._loose, self._stored, self._shared_seen = state, stored, shared
        self._previous = None if self._current in (self._borrowed, snapshot) else self._current
        self._current, self._edition = snapshot, object()
        if asked:
            try:
                snapshot.serve()
            except IndexUnavailable as error:
                # It is there and is asked by its own name; the engine is told at the next change.
                logger.warning("%s", error)


def _is_kept(state: State, stored: Stored) -> bool:
    """Whether *stored* holds *state*, and that can be read."""
    try:
        return state == stored.state
    except VersionDamaged:
        return False


def followed(decisions: Decisions, before: Sequence[FileRead], now: Sequence[FileRead]) -> dict[str, Decision]:
    """*decisions*, those about a file that was renamed said about its new name.

    A file that is gone was renamed to a new one of the same bytes, or else of the same title, if there is one such.
    """
    sources = [{file.source for file in files} for files in (before, now)]
    gone = [file for file in before if file.source not in sources[1]]
    come = [file for file in now if file.source not in sources[0]]
    renamed: dict[str, str] = {}
    for mark in (lambda file: file.digest, _title):
        old = _single(mark, [file for file in gone if file.source not in renamed])
        new = _single(mark, [file for file in come if file.source not in renamed.values()])
        renamed |= {old[key]: new[key] for key in old.keys() & new.keys()}
    told = dict(decisions)
    for origin in decisions:
        source, sign, part = origin.partition("#")
        if source in renamed:
            told.setdefault(f"{renamed[source]}{sign}{part}", told.pop(origin))
    return told


def _single(mark: Callable[[FileRead], str], files: Sequence[FileRead]) -> dict[str, str]:
    """The source of each of *files* by its mark, where it has one and no other has the same."""
    often = Counter(map(mark, files))
    return {mark(file): file.source for file in files if mark(file) and often[mark(file)] == 1}


def _title(file: FileRead) -> str:
    """The title of the only article of *file*, empty without one."""
    return (file.drafts[0].title or "") if len(file.drafts) == 1 else ""


def _revised(base: Base, state: State, article: Article, decide: Callable[[Decision], Decision]) -> State:
    """*state* with what *decide* makes of the decision about *article*."""
    titles = (origins(file).get(article.origin) for file in base.files if file.source == article.source)
    title = next(titles, None)
    before = state.decisions.get(article.origin, NOTHING_DECIDED)
    # What was decided about another article that the file held then is no part of it.
    decision = replace(decide(before if before.title == title else NOTHING_DECIDED), title=title)
    decisions = {**state.decisions, article.origin: decision}
    own = {file.source for file in state.files if file.source.startswith(UPLOAD)}
    if not (decision.removed and article.source in own and not article.part):
        return replace(state, decisions=decisions)
    del decisions[article.origin]
    return replace(
        state, files=tuple(file for file in state.files if file.source != article.source), decisions=decisions
    )


def _twin(article: Article, corpus: Corpus) -> Article | None:
    """The article of *corpus* that has the words of *article*, which is not in it."""
    return next((one for one in corpus.articles if wording(one) == wording(article)), None)


def _gone(base: Base) -> tuple[Gone, ...]:
    """The removed articles whose file is still there, by title."""
    removed = {origin: its for origin, its in base.state.decisions.items() if its.removed}
    sources = {origin.partition("#")[0] for origin in removed}
    gone = (
        Gone(origin, removed[origin].metadata.title or title or shown_name(file.source))
        for file in base.files
        if file.source in sources
        for origin, title in origins(file).items()
        if origin in removed and removed[origin].title == title
    )
    return tuple(sorted(gone, key=lambda one: (one.title, one.origin)))


def _better(one: Retired | None, other: Retired | None) -> Retired | None:
    """The first that leads to an heir, or else the first there is."""
    known = [entry for entry in (one, other) if entry is not None]
    return next((entry for entry in known if entry.heir is not None), known[0] if known else None)


def stated_about(upload: Upload, file: FileRead) -> dict[str, Decision]:
    """The decision that states the metadata of *upload* about its article; a file of several states its own."""
    if upload.metadata == Metadata() or len(file.drafts) != 1:
        return {}
    ((origin, title),) = origins(file).items()
    return {origin: Decision(metadata=upload.metadata, title=title)}


def _first(problems: Sequence[Problem]) -> Iterator[str]:
    """The first problems, and how many there are beyond them."""
    yield from (problem.sentence for problem in problems[:_NAMED])
    if len(problems) > _NAMED:
        yield Phrase(N_("Further problems: {count}."), count=len(problems) - _NAMED)


_NAMED = 3


def _cited(article: Article, paragraph: Paragraph, first: Retired | None, number: int | None) -> Cited:
    was = number if number is not None else (first.number if first else None)
    reworded = first is not None and words_cited(first.citation) != words_cited(paragraph.citation)
    if first is not None and first.heir is not None and first.text is not None and reworded:
        return Cited(Fate.CHANGED, article, paragraph, first, was)
    if was is not None and was != paragraph.number:
        return Cited(Fate.MOVED, article, paragraph, None, was)
    return Cited(Fate.HERE, article, paragraph)
