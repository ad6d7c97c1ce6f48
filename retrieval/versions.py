"""Numbered, immutable versions of a collection on disk: what was read, what was decided, when and by whom.

    versions/000012.json        one version: its files by segment, the decisions, counts, and a checksum of all that
    segments/<checksum>.jsonl   files as read, one a line; written once, shared by all versions that did not change them

The version's own file is written last, so a version is there whole or not at all. Nothing here can execute: it is JSON,
and what does not match its checksum is not used.
"""

from __future__ import annotations

import contextlib
import json
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from retrieval.assembling import UPLOAD, FileRead
from retrieval.decisions import Decisions
from retrieval.errors import CHANGED_MEANWHILE, N_, StaleChange, VersionDamaged
from retrieval.files import Taken, checksum, checksum_of, write_by_checksum, write_whole
from retrieval.phrases import Phrase
from retrieval.records import decision_json, decision_of, file_of, record_of

_FORMAT = 1

_MOST_SEGMENTS = 64
"""A version whose files lie in more segments writes them all into one."""


class KeptFiles(Sequence[FileRead]):
    """Files that lie in segments on disk. They are read when the first of them is looked at."""

    def __init__(
        self, segments: Mapping[str, str], digests: Mapping[str, str], read: Callable[[], tuple[FileRead, ...]]
    ) -> None:
        """*segments* and *digests*: by source; *read*: reads them, in the order of *segments*."""
        self.segments = segments
        self.digests = digests
        self._read = read

    @cached_property
    def _files(self) -> tuple[FileRead, ...]:
        return self._read()

    @overload
    def __getitem__(self, at: int) -> FileRead: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[FileRead]: ...

    def __getitem__(self, at: int | slice) -> FileRead | Sequence[FileRead]:
        return self._files[at]

    def __len__(self) -> int:
        return len(self.segments)

    @property
    def unread(self) -> tuple[FileRead, ...]:
        """Names and digests, as far as these are known, without what was read."""
        return tuple(FileRead(source, self.digests.get(source, "")) for source in self.segments)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        if isinstance(other, KeptFiles):
            if self.segments == other.segments:
                return True
            if digests(self) != digests(other):
                return False
        return tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # equal to a list of the same files


def digests(files: Sequence[FileRead]) -> Mapping[str, str]:
    """The digest of every file by its source."""
    # A version that an older Quoth wrote does not tell them.
    told = files.digests if isinstance(files, KeptFiles) else {}
    return told if len(told) == len(files) else {file.source: file.digest for file in files}


@dataclass(frozen=True, slots=True, weakref_slot=True)
class State:
    """All that a collection is made of."""

    files: Sequence[FileRead] = ()
    decisions: Decisions = field(default_factory=dict)
    shared: bool = True
    """Whether a server's collection has the shared articles beside its own."""
    folder: str = ""
    """Where the files that were not uploaded were read."""

    @property
    def uploads(self) -> frozenset[str]:
        """The digests of the uploaded files among the files."""
        return frozenset(mark for source, mark in digests(self.files).items() if source.startswith(UPLOAD))


@dataclass(frozen=True, slots=True)
class Version:
    """What is told about a version."""

    number: int
    """From 1; never given twice."""
    at: datetime
    """In UTC."""
    by: str
    """Who made it, as the caller names them."""
    action: str
    """What was done, in a word or two."""
    about: str
    """The title of the one article it was done to, or empty."""
    articles: int
    paragraphs: int
    added: int
    """Articles that are new in it."""
    changed: int
    removed: int


@dataclass(frozen=True)
class Stored:
    """A version, and where each file of it lies."""

    version: Version
    readers: str
    """What the files were read with; see `formats.revision`."""
    segments: Mapping[str, str]
    """Source → segment."""
    digests: Mapping[str, str]
    """Source → digest of the file; empty in a version that an older Quoth wrote."""
    uploads: frozenset[str]
    """The digests of the uploaded files."""
    shared: bool
    """See `State`."""
    folder: str
    """See `State`."""
    checksum: str
    """Of all that."""
    read: Callable[[], State] = field(compare=False, repr=False)
    """Makes the state anew; its files are read from disk when they are looked at."""
    _held: list[weakref.ref[State]] = field(default_factory=list, compare=False, repr=False)

    @property
    def state(self) -> State:
        """All that it is made of, which stays in memory for as long as somebody holds it.

        Who looks at its files may come upon VersionDamaged: they are not as they were written any more.
        """
        state = self._held[0]() if self._held else None
        if state is None:
            state = self.read()
            self.hold(state)
        return state

    def hold(self, state: State) -> None:
        """Do not read *state* again for as long as somebody holds it."""
        self._held[:] = [weakref.ref(state)]


class Versions:
    """The versions in one folder, which is made at the first writing."""

    def __init__(self, folder: Path, *, keep: int) -> None:
        """*keep*: how many versions stay, the newest ones."""
        self.folder = folder
        self._keep = keep

    def numbers(self) -> list[int]:
        """The numbers of all versions that are there, ascending; some may be damaged."""
        return sorted(
            int(path.stem)
            for path in (self.folder / "versions").glob("*.json")
            if path.stem.isascii() and path.stem.isdecimal()
        )

    def told(self, number: int) -> Stored:
        """The version of that number, whose files are not looked at.

        Raises:
            VersionDamaged: It is not there, or what is told about it is not as it was written.

        """
        with self._told_as_damage(number):
            return self._stored(*self._manifest(number))

    def load(self, number: int) -> Stored:
        """The version of that number, all files of which are there as they were written.

        Raises:
            VersionDamaged: It is not there, or not as it was written.

        """
        stored = self.told(number)
        self.look_through(stored)
        return stored

    def look_through(self, stored: Stored) -> None:
        """Read all that was read of the files of a version.

        Raises:
            VersionDamaged: It is not there, or not as it was written.

        """
        with self._told_as_damage(stored.version.number):
            for name in set(stored.segments.values()):
                if checksum(self._segment_path(name)) != name:
                    raise ValueError(name)

    def size(self, stored: Stored) -> int:
        """How many bytes what was read of its files takes on disk, as far as it is there."""
        total = 0
        for name in set(stored.segments.values()):
            with contextlib.suppress(OSError):
                total += self._segment_path(name).stat().st_size
        return total

    @contextlib.contextmanager
    def _told_as_damage(self, number: int) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, FileNotFoundError) and not self._path(number).exists():
                raise VersionDamaged(N_("Version {number} of the articles is not kept."), number=number) from error
            told = error.strerror if isinstance(error, OSError) else None
            reason = told or Phrase(N_("its checksum does not fit"))
            raise VersionDamaged(
                N_("Version {number} of the articles cannot be used ({reason})."), number=number, reason=reason
            ) from error

    def history(self) -> list[Version]:
        """What is told about every version that is intact so far as its own file goes, newest first."""
        found = []
        for number in reversed(self.numbers()):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
                found.append(_version(self._manifest(number)[0]))
        return found

    def uploads(self, number: int) -> frozenset[str]:
        """The digests of the uploaded files that a version has; of a damaged one none."""
        try:
            return frozenset(self._manifest(number)[0]["uploads"])
        except (OSError, ValueError, KeyError, TypeError):
            return frozenset()

    def save(self, version: Version, state: State, readers: str, before: Stored | None) -> Stored:
        """Write a version, and forget the oldest beyond those that are kept.

        Files as in *before* are not written anew, unless other readers read them, whose remarks may differ.

        Raises:
            StaleChange: There is a version of that number already.
            OSError: It could not be written; what was there before still is.

        """
        state = self.kept(state, readers, before)
        assert isinstance(state.files, KeptFiles)
        manifest: dict[str, Any] = {
            "format": _FORMAT,
            **asdict(version),
            "at": version.at.isoformat(),
            "readers": readers,
            "segments": dict(state.files.segments),
            "digests": dict(digests(state.files)),
            "shared": state.shared,
            "folder": state.folder,
            "uploads": sorted(state.uploads),
            "decisions": {origin: decision_json(decision) for origin, decision in state.decisions.items()},
        }
        mark = checksum_of(json.dumps(manifest, indent=0).encode("ascii"))
        whole = json.dumps({"checksum": mark, "version": manifest}, indent=0)
        try:
            write_whole(self._path(version.number), whole.encode("ascii"), new=True)
        except Taken:
            raise StaleChange(CHANGED_MEANWHILE) from None
        with contextlib.suppress(OSError):  # what cannot be removed now is removed another time
            self._forget()
        stored = self._stored(manifest, mark)
        stored.hold(state)
        return stored

    def kept(self, state: State, readers: str, before: Stored | None) -> State:
        """*state* with its files on disk; see `save`. No version has it yet.

        Raises:
            OSError: It could not be written.

        """
        if isinstance(state.files, KeptFiles):
            return state
        files = tuple(state.files)
        known = before if before is not None and before.readers == readers else None
        lies = {} if known is None else known.segments
        were: Mapping[str, FileRead] = {}
        if known is not None:
            with contextlib.suppress(VersionDamaged):  # or else all are written anew
                were = {file.source: file for file in known.state.files}
        segments = {file.source: lies[file.source] for file in files if were.get(file.source) == file}
        if len(set(segments.values())) > _MOST_SEGMENTS:
            segments = {}
        new = [file for file in files if file.source not in segments]
        if new:
            # One at a time: all of them take twice as much memory as what was read.
            lines = (json.dumps(record_of(file)).encode("ascii") + b"\n" for file in new)
            name = write_by_checksum(self.folder / "segments", ".jsonl", lines)
            segments |= {file.source: name for file in new}
        ordered = {file.source: segments[file.source] for file in files}
        return replace(state, files=KeptFiles(ordered, digests(files), lambda: files))

    def lying(self, segments: Mapping[str, str], marks: Mapping[str, str], number: int) -> KeptFiles:
        """The files that lie in these *segments* and have these digests; those of version *number*, or of the next."""

        def read() -> tuple[FileRead, ...]:
            with self._told_as_damage(number):
                return self._files(segments)

        return KeptFiles(segments, marks, read)

    def _path(self, number: int) -> Path:
        return self.folder / "versions" / f"{number:06d}.json"

    def _manifest(self, number: int) -> tuple[dict[str, Any], str]:
        """What is told about a version, and the checksum of that."""
        whole = json.loads(self._path(number).read_bytes())
        manifest: dict[str, Any] = whole["version"]
        mark: str = whole["checksum"]
        if mark != checksum_of(json.dumps(manifest, indent=0).encode("ascii")) or manifest["format"] != _FORMAT:
            raise ValueError(number)
        return manifest, mark

    def _stored(self, manifest: Mapping[str, Any], mark: str) -> Stored:
        version = _version(manifest)
        decisions = {origin: decision_of(decision) for origin, decision in manifest["decisions"].items()}

        def read() -> State:
            files = self.lying(manifest["segments"], manifest.get("digests", {}), version.number)
            return State(files, decisions, manifest["shared"], manifest["folder"])

        return Stored(
            version,
            manifest["readers"],
            manifest["segments"],
            manifest.get("digests", {}),
            frozenset(manifest["uploads"]),
            manifest["shared"],
            manifest["folder"],
            mark,
            read,
        )

    def _files(self, segments: Mapping[str, str]) -> tuple[FileRead, ...]:
        files: dict[str, FileRead] = {}
        for name in dict.fromkeys(segments.values()):
            for line in self._segment(name).splitlines():
                file = file_of(json.loads(line))
                if segments.get(file.source) == name:
                    files[file.source] = file
        return tuple(files[source] for source in segments)

    def _segment_path(self, name: str) -> Path:
        return self.folder / "segments" / f"{name}.jsonl"

    def _segment(self, name: str) -> bytes:
        data = self._segment_path(name).read_bytes()
        if checksum_of(data) != name:
            raise ValueError(name)
        return data

    def _forget(self) -> None:
        """Remove old versions, and the segments that none of the others uses."""
        used: set[str] = set()
        for number in self.numbers()[: -self._keep]:
            self._path(number).unlink(missing_ok=True)
        for number in self.numbers():
            try:
                manifest, _ = self._manifest(number)
            except (OSError, ValueError, KeyError, TypeError):
                continue
            used |= {f"{name}.jsonl" for name in manifest["segments"].values()}
        for path in (self.folder / "segments").glob("*"):
            if path.name not in used:
                path.unlink(missing_ok=True)


def _version(manifest: Mapping[str, Any]) -> Version:
    told = {field.name: manifest[field.name] for field in fields(Version)}
    return Version(**told | {"at": datetime.fromisoformat(manifest["at"])})
