"""The data folder in one file and back: consistent while the bot runs, checked before anything is touched."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from bot.alone import LOCK, alone
from bot.app import ASKER_KEY, COLLECTIONS, DATABASE
from bot.database import DatabaseUnavailable, SqliteDatabase

_FORMAT = 1
_MANIFEST = "manifest.json"

# What is missing here is made again: volumes, locks, the note of registered commands, copies from before migrations.
_KEPT = re.compile(
    rf"{re.escape(DATABASE)}|{re.escape(ASKER_KEY)}|{COLLECTIONS}/(shared|\d{{1,20}})/"
    r"(retired\.jsonl|versions/\d{1,20}\.json|segments/[0-9a-f]{32}\.jsonl|uploads/[0-9a-f]{32}\.(file|json))"
)

_PART = 1024**2


class BadArchive(Exception):
    """A backup cannot be made or used. The message is a sentence; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds."""

    files: int
    bytes: int
    at: datetime
    """When it was made."""
    has_log: bool
    """Whether a query log is among them."""


def back_up(data: Path, to: Path, *, at: datetime, replace: bool = False) -> Contents:
    """Write what *data* keeps into the new file *to*, which only its owner can read; the bot may run meanwhile.

    Raises:
        BadArchive: There is such a file and it is not to be *replaced*; or something cannot be read or written.

    """
    if to.exists() and not replace:
        raise BadArchive(f"There is a file “{to}” already. With --replace it is written anew.")
    draft = to.with_name(f"{to.name}.{secrets.token_hex(6)}.tmp")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            contents = _write(data, file, at)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(to)
    except DatabaseUnavailable as error:
        raise BadArchive(f"{error} No backup was made.") from error
    except Timeout:
        raise BadArchive("The articles are being changed just now; please try again. No backup was made.") from None
    except OSError as error:
        raise BadArchive(f"No backup could be made ({error.strerror or error}).") from error
    finally:
        draft.unlink(missing_ok=True)
    if not contents.files:
        to.unlink()
        raise BadArchive(f"There is nothing to back up in “{data}”.")
    return contents


def restore(archive: Path, data: Path, *, at: datetime, replace: bool = False) -> tuple[Contents, Path | None]:
    """Put what *archive* holds into *data*; what was there is set aside in a folder of it, which is told too.

    Raises:
        BadArchive: The archive is damaged or none; or there is something in *data* and it is not to be *replaced*.
        Occupied: A bot uses *data*.

    """
    with alone(data):
        there = [path for path in data.iterdir() if path.name != LOCK] if data.is_dir() else []
        if there and not replace:
            raise BadArchive(
                f"There is something in “{data}” already. With --replace it is set aside, and what the backup holds "
                "takes its place."
            )
        try:
            with _unpacked(archive, data) as (drafts, contents):
                aside = _set_aside(there, data / f"before-restore-{at:%Y%m%dT%H%M%SZ}") if there else None
                for path in sorted(drafts.iterdir()):
                    path.replace(data / path.name)
                _give(data)
        except OSError as error:
            raise BadArchive(f"The backup could not be restored ({error.strerror or error}).") from error
        return contents, aside


def _write(data: Path, file: IO[bytes], at: datetime) -> Contents:
    """Everything, with a manifest of lengths and checksums at the end."""
    listed: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, ExitStack() as held:
        for name, path in _sources(data, held):
            digest, size = hashlib.sha256(), 0
            with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as entry:
                while part := source.read(_PART):
                    digest.update(part)
                    size += len(part)
                    entry.write(part)
            listed[name] = {"bytes": size, "sha256": digest.hexdigest()}
        archive.writestr(_MANIFEST, json.dumps({"format": _FORMAT, "at": at.isoformat(), "files": listed}, indent=0))
    return _contents(listed, at)


def _sources(data: Path, held: ExitStack) -> Iterator[tuple[str, Path]]:
    """The files to keep, by their names in the archive. What changes them is held up until *held* is closed."""
    if (data / DATABASE).is_file():
        copy = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="quoth-backup-"))) / DATABASE
        SqliteDatabase(data / DATABASE).copy_to(copy)
        yield DATABASE, copy
    for folder in sorted((data / COLLECTIONS).glob("*/")):
        # The lock under which versions are written and forgotten; see `Store`.
        held.enter_context(FileLock(folder / "lock", timeout=20))
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data).as_posix()
        if name != DATABASE and _KEPT.fullmatch(name) and path.is_file():
            yield name, path


@contextmanager
def _unpacked(archive: Path, data: Path) -> Iterator[tuple[Path, Contents]]:
    """A folder within *data* with all that *archive* holds, every byte of it checked; it goes at the end."""
    drafts = data / f"restoring-{secrets.token_hex(6)}"
    try:
        with zipfile.ZipFile(archive) as file:
            listed, at = _listed(file)
            drafts.mkdir(parents=True)
            for name, told in listed.items():
                _unpack(file, name, told, drafts / name)
        yield drafts, _contents(listed, at)
    except FileNotFoundError as error:
        raise BadArchive(f"There is no file “{archive}”.") from error
    except _DAMAGED as error:
        raise BadArchive(f"The backup “{archive}” is damaged or none; nothing was changed.") from error
    finally:
        shutil.rmtree(drafts, ignore_errors=True)


def _listed(file: zipfile.ZipFile) -> tuple[dict[str, dict[str, Any]], datetime]:
    manifest = json.loads(file.read(_MANIFEST))
    listed: dict[str, dict[str, Any]] = manifest["files"]
    if manifest["format"] != _FORMAT or set(file.namelist()) != {*listed, _MANIFEST}:
        raise ValueError("not what the manifest lists")
    # Nothing can be written elsewhere than where a backup takes it from.
    if not all(_KEPT.fullmatch(name) for name in listed):
        raise ValueError("a name that no backup has")
    return listed, datetime.fromisoformat(manifest["at"])


def _unpack(file: zipfile.ZipFile, name: str, told: dict[str, Any], to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o600 if name == ASKER_KEY else 0o666
    digest, left = hashlib.sha256(), int(told["bytes"])
    with file.open(name) as entry, os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as target:
        while part := entry.read(_PART):
            left -= len(part)
            if left < 0:
                break
            digest.update(part)
            target.write(part)
        target.flush()
        os.fsync(target.fileno())
    if left or digest.hexdigest() != told["sha256"]:
        raise ValueError(name)


# What zipfile, zlib and json raise about bytes that are not theirs. A zip may claim to be encrypted: RuntimeError.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)


def _give(data: Path) -> None:
    """Let everything in *data* be that user's whose it is: root restores what a service reads."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    owner = data.stat()
    for path in data.rglob("*"):
        os.chown(path, owner.st_uid, owner.st_gid)


def _set_aside(paths: list[Path], folder: Path) -> Path:
    folder.mkdir()
    for path in paths:
        path.replace(folder / path.name)
    return folder


def _contents(listed: dict[str, dict[str, Any]], at: datetime) -> Contents:
    return Contents(len(listed), sum(told["bytes"] for told in listed.values()), at, DATABASE in listed)
