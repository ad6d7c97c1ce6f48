"""Files that are written whole or not at all, and told from others by their checksums."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

# Windows would write another line break.
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)

_MODE = 0o666
"""Whoever may read it, less what the process's umask takes away."""

_CHECKSUM_BYTES = 16


class Taken(Exception):
    """There is a file of that name already."""


def write_whole(path: Path, data: bytes, *, new: bool = False, mode: int = _MODE) -> None:
    """Write *data* to *path* by way of a temporary name, so that no crash leaves a part of it.

    *mode*: who may read it, from the first moment on, less what the process's umask takes away.

    Raises:
        Taken: *new*, and there is a file of that name. Of two writers one wins.
        OSError: It could not be written; what was there before still is.

    """
    draft = _drafted(path, [data], mode)
    try:
        if new:
            _claim(draft, path)
        else:
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _settled(path.parent)


def write_by_checksum(folder: Path, ending: str, parts: Iterable[bytes]) -> str:
    """Write *parts* one after the other to a file in *folder* that is called by their `checksum`, which is returned.

    Raises:
        OSError: It could not be written.

    """
    digest = hashlib.blake2b(digest_size=_CHECKSUM_BYTES)

    def seen() -> Iterator[bytes]:
        for part in parts:
            digest.update(part)
            yield part

    draft = _drafted(folder / f"new{ending}", seen(), _MODE)
    try:
        draft.replace(folder / f"{digest.hexdigest()}{ending}")
    finally:
        draft.unlink(missing_ok=True)
    _settled(folder)
    return digest.hexdigest()


def _drafted(path: Path, parts: Iterable[bytes], mode: int) -> Path:
    """A file beside *path* that holds *parts*, safe on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with os.fdopen(os.open(draft, _NEW, mode), "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _settled(folder: Path) -> None:
    """Have the names of the files in *folder* safe on the disk."""
    with contextlib.suppress(OSError):  # Windows has no descriptor of a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _claim(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        raise Taken(path) from None
    except OSError:  # a file system without links
        if path.exists():
            raise Taken(path) from None
        draft.replace(path)


def checksum_of(data: bytes) -> str:
    """The `checksum` of a file that holds *data*."""
    return hashlib.blake2b(data, digest_size=_CHECKSUM_BYTES).hexdigest()


def checksum(path: Path) -> str:
    """32 letters and digits of BLAKE2b over the bytes of a file, which are never in memory together.

    Raises:
        OSError: It cannot be read.

    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=_CHECKSUM_BYTES)).hexdigest()
