"""The bytes of one file → `FileRead`, in this process; `apart` does it in one that can be killed."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import replace
from pathlib import PurePosixPath

from retrieval.assembling import FileRead
from retrieval.decisions import stated
from retrieval.errors import N_, UnreadableFile
from retrieval.formats import READERS, Draft
from retrieval.formats.draft import with_remarks
from retrieval.metadata import metadata_from
from retrieval.phrases import Phrase

MAX_FILE_BYTES = 5 * 1024 * 1024
"""A newspaper article has some ten kilobytes and a novel one megabyte; a file beyond this is neither."""


def read_here(source: str, data: bytes, sidecar: bytes = b"") -> FileRead:
    """What the bytes of a file, and of the statements beside it, hold. *source* tells the type by its ending."""
    mark = digest(data, sidecar)
    if len(data) > MAX_FILE_BYTES:
        return FileRead(source, mark, problem=too_large(len(data)).phrase)
    try:
        drafts = READERS[PurePosixPath(source).suffix.lower()](data)
    except UnreadableFile as error:
        return FileRead(source, mark, problem=error.phrase)
    if not any(draft.paragraphs for draft in drafts):
        return FileRead(source, mark, problem=Phrase(N_("no paragraph of an article was found in it")))
    if sidecar:
        drafts = _with_sidecar(drafts, sidecar, PurePosixPath(source).with_suffix(".toml").name)
    return FileRead(source, mark, drafts)


def digest(data: bytes, sidecar: bytes = b"") -> str:
    """BLAKE2b of a file and of the statements beside it, in hexadecimal."""
    return hashlib.blake2b(len(data).to_bytes(8, "big") + data + sidecar, digest_size=16).hexdigest()


def too_large(size: int) -> UnreadableFile:
    """Why a file of *size* bytes is not read."""
    told = N_("it has {size} MB, and {most} MB is the limit")
    return UnreadableFile(told, size=size // 1024**2, most=MAX_FILE_BYTES // 1024**2)


def _with_sidecar(drafts: tuple[Draft, ...], sidecar: bytes, name: str) -> tuple[Draft, ...]:
    """*drafts* with the statements of *sidecar* over their own; a title is that of a single article only."""
    try:
        over, remarks = metadata_from(tomllib.loads(sidecar.decode("utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        told = N_("{name} cannot be read and was left out ({reason})")
        return with_remarks(drafts, [Phrase(told, name=name, reason=str(error))])
    if len(drafts) > 1:
        over = replace(over, title=None)
    return with_remarks([replace(draft, metadata=stated(over, draft.metadata)) for draft in drafts], remarks)
