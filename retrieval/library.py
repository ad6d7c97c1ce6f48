"""The articles of one collection as they are searched now, the changes that can be made to them, and the way back.

A change is prepared first, which may take long and alters nothing, and activated second, which is one assignment and
one small file. With a store every activation is a numbered version on disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath

from retrieval import formats
from retrieval.assembling import UPLOAD, FileRead, assembled
from retrieval.decisions import NOTHING_DECIDED, Decision
from retrieval.difference import Difference, difference
from retrieval.errors import (
    EmptyCorpus,
    FolderMissing,
    StaleChange,
    UnknownCitation,
    UnknownUpload,
    UnreadableFile,
    VersionDamaged,
)
from retrieval.ledger import Ledger, Retired
from retrieval.loading import Progress, original, read_file, read_folder
from retrieval.model import Article, CitationId, Corpus, Metadata, Paragraph, Problem
from retrieval.ranking import Weights
from retrieval.snapshot import Snapshot
from retrieval.uploads import Upload, Uploads
from retrieval.versions import State, Stored, Version, Versions

RELOAD = "reload"
"""The action of a change that reads the folder again."""


@dataclass(frozen=True, slots=True)
class Store:
    """Where a collection is kept on disk."""

    folder: Path
    versions: Versions
    ledger: Ledger
    uploads: Uploads

    @classmethod
    def at(cls, folder: Path, *, keep: int) -> Store:
        """The store in *folder*, which keeps the last *keep* versions."""
        return cls(folder, Versions(folder, keep=keep), Ledger(folder / "retired.jsonl"), Uploads(folder / "uploads"))


@dataclass(frozen=True, slots=True)
class Change:
    """A finished new state and how it differs from the current one; nothing has happened yet."""

    action: str
    about: str
    """The title of the one article it is about, or empty."""
    state: State
    snapshot: Snapshot
    difference: Difference
    base: int
    """Number of the version it was prepared on; 0 without one."""

    @property
    def retired(self) -> frozenset[CitationId]:
        """The citations that will no longer name what they name now."""
        return frozenset(paragraph.citation for _, paragraph, _ in self.difference.successors())


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
        weights: Weights | None = None,
        store: Store | None = None,
        shared: Library | None = None,
    ) -> None:
        """*folder* is the operator's, if the collection has one; without a *store* nothing is kept.

        *shared*: the library whose articles this one has beside its own, unless its moderators decide otherwise.
        """
        self.folder = folder
        self.shared = shared
        self.complaints: tuple[str, ...] = ()
        """A sentence for each stored version that was found damaged at the start."""
        self.unkept: str | None = None
        """Why what is served is not on disk, if it is not though it should be."""
        self._weights = weights
        self._store = store
        self._stored: Stored | None = None
        self._state = State()
        self._current: Snapshot | None = None
        self._previous: Snapshot | None = None
        self._shared_seen: State | None = None
        """The state of the shared library that the current articles have."""
        if shared is not None:
            # Until it has a version of its own, the articles are the shared ones.
            self._current, self._shared_seen = shared._current, shared.state
        self._borrowed = self._current

    @property
    def current(self) -> Snapshot:
        """The state that is searched now. Take it once for each request.

        Raises:
            EmptyCorpus: Nothing has been loaded yet.

        """
        if self._current is None:
            raise EmptyCorpus("No articles are loaded yet.")
        return self._current

    @property
    def state(self) -> State:
        """What the current articles are made of."""
        return self._state

    @property
    def version(self) -> Version | None:
        """What is told about the version that is served; None when nothing is kept."""
        return self._stored.version if self._stored else None

    @property
    def moved(self) -> bool:
        """Whether the articles that are served were read from another folder."""
        return self.folder is not None and self._state.folder != str(self.folder.resolve())

    def open(self) -> bool:
        """Serve the newest stored version that is intact; whether there was one.

        What its files were read from is not looked at.
        """
        if self._store is None:
            return False
        stored, complaints = self._store.versions.newest()
        self.complaints = tuple(complaints)
        if stored is None:
            if complaints and self.shared is not None:
                self._serve(State(), None, self._snapshot(self._corpus(State())))
            return False
        self._serve(stored.state, stored, self._snapshot(self._corpus(stored.state)))
        return True

    def reload(self, progress: Progress | None = None) -> Change:
        """Read the folder again and build its index; the current snapshot goes on serving.

        Files that have not changed since the current version are not read again. Uploaded files stay.

        Raises:
            FolderMissing: There is no such folder.
            EmptyCorpus: Nothing in it could be read.

        """
        known = self._known()
        files = [] if self.folder is None else read_folder(self.folder, known, progress)
        uploaded = [self._uploaded(file, known) for file in self._state.files if file.source.startswith(UPLOAD)]
        return self._change(
            replace(self._state, files=(*files, *uploaded), folder=str(self.folder and self.folder.resolve())), RELOAD
        )

    def add(self, upload: Upload) -> Change:
        """Add an uploaded file, in place of one of the same name.

        Raises:
            UnreadableFile: No article can be read from it.

        """
        file = read_upload(upload)
        if file.problem is not None:
            raise UnreadableFile(f"{upload.name} cannot be added: {file.problem}.")
        files = [other for other in self._state.files if other.source != file.source]
        decisions = {
            origin: decision
            for origin, decision in self._state.decisions.items()
            if origin != file.source and not origin.startswith(f"{file.source}#")
        }
        if upload.metadata != Metadata():
            decisions[file.source] = Decision(metadata=upload.metadata)
        title = upload.metadata.title or file.drafts[0].metadata.title or file.drafts[0].title or upload.name
        return self._change(
            replace(self._state, files=(*files, file), decisions=decisions),
            "add",
            title if len(file.drafts) == 1 else "",
        )

    def decide(self, article: Article, decision: Decision) -> Change:
        """Let *decision* stand for *article* from now on; an uploaded file of one article that is removed goes."""
        action = "remove" if decision.removed else "edit"
        state = replace(self._state, decisions={**self._state.decisions, article.origin: decision})
        if decision.removed and article.source.startswith(UPLOAD) and not article.part:
            state = replace(
                state,
                files=tuple(file for file in state.files if file.source != article.source),
                decisions={origin: its for origin, its in state.decisions.items() if origin != article.origin},
            )
        return self._change(state, action, article.title)

    def decision(self, article: Article) -> Decision:
        """What stands decided about *article*."""
        return self._state.decisions.get(article.origin, NOTHING_DECIDED)

    def share(self, shared: bool) -> Change:
        """Have the shared articles beside one's own, or no longer."""
        return self._change(replace(self._state, shared=shared), "share" if shared else "unshare")

    def roll_back(self, number: int) -> Change:
        """Have the articles as they were in version *number*.

        Raises:
            VersionDamaged: That version is not kept any more, or not as it was written.

        """
        if self._store is None:
            raise VersionDamaged("No versions of the articles are kept here.")
        return self._change(self._store.versions.load(number).state, f"roll back to {number}")

    def waiting(self) -> list[str]:
        """The files of the folder that are not as they were when they were read, and those that are gone."""
        if self.folder is None:
            return []
        try:
            now = {file.source: file for file in read_folder(self.folder, self._known())}
        except FolderMissing:
            now = {}
        before = {file.source: file for file in self._state.files if not file.source.startswith(UPLOAD)}
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
        if change.base != self._base:
            raise StaleChange("The articles have changed since this was prepared; look at the difference again.")
        stored, self.unkept = self._stored, None
        if self._store is not None and (stored is None or change.state != self._state):
            try:
                stored = self._kept(self._store, change, by, at)
            except OSError as error:
                if change.action != RELOAD:
                    raise
                # What the folder holds is not lost when no version can be written: the next start reads it again.
                stored, self.unkept = None, error.strerror or str(error)
        self._serve(change.state, stored, change.snapshot)
        return self.version

    def _kept(self, store: Store, change: Change, by: str, at: datetime) -> Stored:
        """Write the version that *change* makes."""
        told, corpus = change.difference, change.snapshot.corpus
        version = Version(
            number=max(store.versions.numbers(), default=0) + 1,
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
        store.ledger.retire(told.successors())
        stored = store.versions.save(version, change.state, formats.revision(), self._stored)
        store.uploads.forget(self._used_uploads(), at)
        return stored

    def follow(self) -> bool:
        """Take up what the shared library now has, or another process has activated; whether anything was taken up."""
        newest = max(self._store.versions.numbers(), default=0) if self._store else 0
        if newest > self._base:
            return self.open()
        if self.shared is None or not self._state.shared or self._shared_seen is self.shared.state:
            return False
        corpus = self._corpus(self._state)
        if self._store is not None:
            self._store.ledger.retire(difference(self.current.corpus, corpus).successors())
        self._serve(self._state, self._stored, self._snapshot(corpus))
        return True

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
            try:
                article, paragraph = self.current.cited(name)
            except UnknownCitation:
                retired = self._store.ledger.find(name) if self._store else None
                if retired is None:
                    break
                first = first or retired
                name = retired.heir
            else:
                return _cited(article, paragraph, first, number)
        if first is None:
            raise UnknownCitation("That paragraph is no longer in the articles.")
        return Cited(Fate.REMOVED, None, None, first)

    def original(self, article: Article) -> tuple[str, bytes]:
        """Name and bytes of the untouched file that *article* was read from.

        Raises:
            UnreadableFile: The file is gone, or no longer the one that was read.
            UnknownUpload: The uploaded file is not kept any more.

        """
        if article.source.startswith(UPLOAD):
            owner = self if article.digest in self._state.uploads or self.shared is None else self.shared
            assert owner._store is not None
            return article.source.removeprefix(UPLOAD), owner._store.uploads.find(article.digest).data
        folder = self.folder or (self.shared.folder if self.shared else None)
        if folder is None:
            raise UnreadableFile(f"The file of “{article.title}” is no longer in the folder.")
        return PurePosixPath(article.source).name, original(folder, article)

    @property
    def uploads(self) -> Uploads:
        """The uploaded files, also those that are only looked at.

        Raises:
            UnreadableFile: This library keeps none.

        """
        if self._store is None:
            raise UnreadableFile("No uploaded files are kept here.")
        return self._store.uploads

    @property
    def _base(self) -> int:
        return self._stored.version.number if self._stored else 0

    def _corpus(self, state: State) -> Corpus:
        files: Iterable[FileRead] = state.files
        decisions = dict(state.decisions)
        if self.shared is not None and state.shared:
            files = (*self.shared.state.files, *files)
            decisions = {**self.shared.state.decisions, **decisions}
        return assembled(files, decisions)

    def _known(self) -> Mapping[str, FileRead]:
        """The files as read before, unless other readers read them."""
        if self._stored is None or self._stored.readers != formats.revision():
            return {}
        return {file.source: file for file in self._state.files}

    def _uploaded(self, file: FileRead, known: Mapping[str, FileRead]) -> FileRead:
        """An uploaded file read anew, if that may give another result."""
        if file.source in known or self._store is None:
            return file
        try:
            return read_upload(self._store.uploads.find(file.digest))
        except UnknownUpload:
            return file  # its bytes are lost; what was read of it is not

    def _used_uploads(self) -> set[str]:
        assert self._store is not None
        used: set[str] = set()
        for number in self._store.versions.numbers():
            used |= self._store.versions.uploads(number)
        return used

    def _change(self, state: State, action: str, about: str = "") -> Change:
        corpus = self._corpus(state)
        if not corpus.articles:
            where = f" in “{self.folder}”" if self.folder else ""
            raise EmptyCorpus(" ".join([f"There is no article that can be read{where}.", *_first(corpus.problems)]))
        old = self._current.corpus if self._current else Corpus(())
        return Change(action, about, state, self._snapshot(corpus), difference(old, corpus), self._base)

    def _snapshot(self, corpus: Corpus) -> Snapshot:
        return Snapshot(corpus, weights=self._weights, before=self._current)

    def _serve(self, state: State, stored: Stored | None, snapshot: Snapshot) -> None:
        if self._previous is not None:
            self._previous.close()
        self._state, self._stored = state, stored
        self._shared_seen = self.shared.state if self.shared else None
        self._previous = None if self._current is self._borrowed else self._current
        self._current = snapshot


def _first(problems: Sequence[Problem]) -> Iterator[str]:
    """The first problems, and how many there are beyond them."""
    yield from (problem.sentence for problem in problems[:_NAMED])
    if len(problems) > _NAMED:
        yield f"And {len(problems) - _NAMED} more."


_NAMED = 3


def read_upload(upload: Upload) -> FileRead:
    """What an uploaded file holds."""
    return read_file(f"{UPLOAD}{upload.name}", upload.data)


def _cited(article: Article, paragraph: Paragraph, first: Retired | None, number: int | None) -> Cited:
    was = number if number is not None else (first.number if first else None)
    if first is not None and first.heir is not None and first.text is not None:
        same = first.citation.split(".", 2)[2] == paragraph.citation.split(".", 2)[2]
        if not same:
            return Cited(Fate.CHANGED, article, paragraph, first, was)
    if was is not None and was != paragraph.number:
        return Cited(Fate.MOVED, article, paragraph, None, was)
    return Cited(Fate.HERE, article, paragraph)
