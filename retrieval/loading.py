"""Folder → Corpus. A file that cannot be read becomes a Problem, never an exception."""

from __future__ import annotations

import contextlib
import os
import stat
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from retrieval.apart import READERS as APART
from retrieval.assembling import UPLOAD, FileRead, assembled
from retrieval.errors import N_, FileUnavailable, FolderMissing, UnreadableFile
from retrieval.formats import READERS
from retrieval.glances import Glances
from retrieval.model import Article, Corpus
from retrieval.phrases import Phrase
from retrieval.reading import MAX_FILE_BYTES, digest, too_large


class Progress(Protocol):
    """Is told how far a reload is."""

    def __call__(self, done: int, of: int, /, *, indexing: bool = False) -> None:
        """So many files of so many are read or, when it is *indexing*, so many new articles of so many analysed."""


def load(folder: Path) -> Corpus:
    """Every article in *folder* and its subfolders.

    Raises:
        FolderMissing: There is no such folder.

    """
    return assembled(read_folder(folder), {})


def read_folder(
    folder: Path,
    known: Mapping[str, FileRead] | None = None,
    progress: Progress | None = None,
    glances: Glances | None = None,
) -> list[FileRead]:
    """Every file in *folder* and its subfolders, in the order of their names.

    Hidden files are passed over. Beside `name.txt` a `name.toml` may state the metadata. A file whose bytes are those
    of its source in *known* is not read again, nor opened when *glances* tell as much.

    Raises:
        FolderMissing: There is no such folder.

    """
    if not folder.is_dir():
        raise FolderMissing(N_("There is no folder “{folder}”."), folder=str(folder))
    known, glances = known or {}, glances or Glances()
    passed_over: list[FileRead] = []
    paths = list(_files(folder, passed_over))
    found: list[FileRead] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for file in _read(paths, folder, known, glances, pool):
                if progress is not None:
                    progress(len(found), len(paths))
                found.append(file)
        finally:
            # After a failure nobody waits for the files that are not begun.
            pool.shutdown(wait=False, cancel_futures=True)
    if progress is not None:
        progress(len(paths), len(paths))
    return [*passed_over, *found]


_AT_ONCE = 2
"""Files that are read at the same time; the bot that answers meanwhile needs its share of the processors."""

_AHEAD = 8
"""Files that wait to be read; each may be as large as files may be."""


def bytes_in(folder: Path, most: int) -> int:
    """How many bytes the files in *folder* have, counted until there are more than *most*."""
    total = 0
    for path in _files(folder, []):
        with contextlib.suppress(OSError):
            total += path.stat().st_size
        if total > most:
            break
    return total


def read_file(source: str, data: bytes) -> FileRead:
    """What the bytes of one file hold. *source* tells the type by its ending.

    Raises:
        ReadersUnavailable: It cannot be read just now.

    """
    return APART.read(source, data)


def _read(
    paths: Sequence[Path],
    folder: Path,
    known: Mapping[str, FileRead],
    glances: Glances,
    pool: Executor,
) -> Iterator[FileRead]:
    """The files in their order, some of them read at the same time."""
    begun: deque[FileRead | Future[FileRead]] = deque()
    for path in paths:
        begun.append(_begun(path, folder, known, glances, pool))
        if len(begun) > _AHEAD:
            yield _finished(begun.popleft())
    yield from map(_finished, begun)


def _begun(
    path: Path, folder: Path, known: Mapping[str, FileRead], glances: Glances, pool: Executor
) -> FileRead | Future[FileRead]:
    source = _source(path, folder)
    before = known.get(source)
    seen = glances.stamps(path, path.with_suffix(".toml"))
    if before is not None and glances.digest(path, seen) == before.digest:
        return before
    try:
        data, sidecar = _bytes(path, folder), _sidecar_bytes(path, folder)
    except UnreadableFile as error:
        return FileRead(source, "", problem=error.phrase)
    mark = digest(data, sidecar)
    glances.remember(path, seen, mark)
    if before is not None and before.digest == mark:
        return before
    return pool.submit(APART.read, source, data, sidecar)


def _finished(begun: FileRead | Future[FileRead]) -> FileRead:
    return begun if isinstance(begun, FileRead) else begun.result()


def original(folder: Path, article: Article) -> bytes:
    """The untouched file that *article* was read from.

    Raises:
        UnreadableFile: The file is gone, or no longer the one that was read.

    """
    path = folder / article.source
    try:
        data = _bytes(path, folder)
    except UnreadableFile:
        raise FileUnavailable(N_("The file of “{title}” is no longer in the folder."), title=article.title) from None
    if digest(data, _sidecar_bytes(path, folder)) != article.digest:
        raise FileUnavailable(
            N_("The file of “{title}” has changed since it was read; a reload will read it anew."), title=article.title
        )
    return data


_LINKED = Phrase(N_("it is a link to a folder; put the folder itself here"))


def _hidden(source: str) -> bool:
    return source.startswith(".") or "/." in source


def _files(folder: Path, passed_over: list[FileRead]) -> Iterator[Path]:
    """The files to read, in the order of their names; others are reported in *passed_over* or are none of ours."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        found += [Path(place, name) for name in names]
        # What a link leads to is outside, or read where it stands.
        links = [_source(link, folder) for link in (Path(place, name) for name in folders) if link.is_symlink()]
        passed_over += [FileRead(link, "", problem=_LINKED) for link in links if not _hidden(link)]
    found.sort()
    texts = {path.with_suffix("") for path in found if path.suffix.lower() in READERS}
    for path in found:
        source = _source(path, folder)
        if _hidden(source):
            continue
        if source.startswith(UPLOAD):
            told = Phrase(N_("uploaded files are called like that"))
            passed_over.append(FileRead(f"./{source}", "", problem=told))
        elif path.suffix.lower() in READERS:
            yield path
        elif path.name == "questions.toml":
            continue  # the judged questions of a folder that is measured; see `retrieval.evaluation`
        elif path.suffix.lower() != ".toml":
            told = Phrase(N_("only {endings} files are read"), endings=", ".join(READERS))
            passed_over.append(FileRead(source, "", problem=told))
        elif path.with_suffix("") not in texts:
            told = Phrase(N_("there is no article of that name beside it"))
            passed_over.append(FileRead(source, "", problem=told))


def _source(path: Path, folder: Path) -> str:
    """See `Article.source`."""
    return "/".join(path.parts[len(folder.parts) :])


def _bytes(path: Path, folder: Path) -> bytes:
    try:
        # A link may point anywhere, and a pipe never ends.
        if not path.resolve().is_relative_to(folder.resolve()):
            raise UnreadableFile(N_("it is a link to a place outside the folder"))
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableFile(N_("it is not a regular file"))
            if status.st_size > MAX_FILE_BYTES:
                raise too_large(status.st_size)
            return file.read(MAX_FILE_BYTES)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableFile(N_("it cannot be read ({reason})"), reason=reason) from error


def _open_without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _sidecar_bytes(path: Path, folder: Path) -> bytes:
    sidecar = path.with_suffix(".toml")
    return _bytes(sidecar, folder) if sidecar.exists() else b""
