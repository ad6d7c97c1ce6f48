"""Files that are written whole or not at all, and told from others by their checksums."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

# Windows would write another line break.
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Taken(Exception):
    """There is a file of that name already."""


def write_whole(path: Path, data: bytes, *, new: bool = False, mode: int = 0o666) -> None:
    """Write *data* to *path* by way of a temporary name, so that no crash leaves a part of it.

    *mode*: who may read it, from the first moment on, less what the process's umask takes away.

    Raises:
        Taken: *new*, and there is a file of that name. Of two writers one wins.
        OSError: It could not be written; what was there before still is.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with os.fdopen(os.open(draft, _NEW, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if new:
            _claim(draft, path)
        else:
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # Windows has no descriptor of a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _claim(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        raise Taken(path) from None
    except OSError:  # a file system without links
        if path.exists():
            raise Taken(path) from None
        draft.replace(path)


def checksum(path: Path) -> str:
    """32 letters and digits of BLAKE2b over the bytes of a file, which are never in memory together.

    Raises:
        OSError: It cannot be read.

    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
