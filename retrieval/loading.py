"""Folder → Corpus. A file that cannot be read becomes a Problem, never an exception."""

from __future__ import annotations

import hashlib
import os
import stat
import tomllib
from collections.abc import Container, Iterator
from dataclasses import fields, replace
from pathlib import Path

from retrieval.errors import FolderMissing, UnreadableFile
from retrieval.formats import READERS, Draft
from retrieval.metadata import metadata_from
from retrieval.model import Article, ArticleId, Corpus, Metadata, Problem
from retrieval.splitting import fingerprint, paragraphs, slug

MAX_FILE_BYTES = 5 * 1024 * 1024
"""A newspaper article has some ten kilobytes and a novel one megabyte; a file beyond this is neither."""


def load(folder: Path) -> Corpus:
    """Every article in *folder* and its subfolders.

    Hidden files are passed over. Beside `name.txt` a `name.toml` may state the metadata.

    Raises:
        FolderMissing: There is no such folder.

    """
    if not folder.is_dir():
        raise FolderMissing(f"There is no folder “{folder}”.")
    articles: dict[ArticleId, Article] = {}
    same_words: dict[tuple[str, ...], str] = {}
    problems: list[Problem] = []
    for path in _files(folder, problems):
        source = path.relative_to(folder).as_posix()
        try:
            data, drafts = _read(path, folder)
        except UnreadableFile as error:
            problems.append(Problem(source, f"{source} was skipped: {error}."))
            continue
        for draft in drafts:
            problems += [Problem(source, f"{source}: {remark}.", skipped=False) for remark in draft.remarks]
            words = tuple(fingerprint(text) for text in draft.paragraphs)
            if words in same_words:
                twin = same_words[words]
                if len(drafts) == 1:
                    sentence = f"{source} was skipped: it holds the same article as {twin}."
                else:
                    sentence = f"{source}: “{draft.title}” was left out: {twin} holds the same article."
                problems.append(Problem(source, sentence, skipped=len(drafts) == 1))
                continue
            same_words[words] = source
            article = _article(draft, source, path.stem, data, taken=articles.keys())
            articles[article.id] = article
    return Corpus(tuple(articles[name] for name in sorted(articles)), tuple(problems))


def original(folder: Path, article: Article) -> bytes:
    """The untouched file that *article* was read from.

    Raises:
        UnreadableFile: The file is gone, or no longer the one that was read.

    """
    path = folder / article.source
    try:
        data = _bytes(path, folder)
    except UnreadableFile:
        raise UnreadableFile(f"The file of “{article.title}” is no longer in the folder.") from None
    if _digest(data, _sidecar_bytes(path, folder)) != article.digest:
        raise UnreadableFile(
            f"The file of “{article.title}” has changed since it was read; a reload will read it anew."
        )
    return data


def _files(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """The files to read, in the order of their names; others are reported or passed over."""
    found = sorted(path for path in folder.rglob("*") if not path.is_dir())
    texts = {path.with_suffix("") for path in found if path.suffix.lower() in READERS}
    for path in found:
        source = path.relative_to(folder)
        if any(part.startswith(".") for part in source.parts):
            continue
        if path.suffix.lower() in READERS:
            yield path
        elif path.name == "questions.toml":
            continue  # the judged questions of a folder that is measured; see `retrieval.evaluation`
        elif path.suffix.lower() != ".toml":
            kinds = ", ".join(READERS)
            problems.append(Problem(str(source), f"{source} was skipped: only {kinds} files are read."))
        elif path.with_suffix("") not in texts:
            problems.append(Problem(str(source), f"{source} was skipped: there is no article of that name beside it."))


def _read(path: Path, folder: Path) -> tuple[tuple[bytes, bytes], tuple[Draft, ...]]:
    data = _bytes(path, folder)
    drafts = READERS[path.suffix.lower()](data)
    if not any(draft.paragraphs for draft in drafts):
        raise UnreadableFile("no paragraph of an article was found in it")
    sidecar = _sidecar_bytes(path, folder)
    if sidecar:
        drafts = tuple(_with_sidecar(draft, sidecar, path.with_suffix(".toml").name) for draft in drafts)
    return (data, sidecar), drafts


def _bytes(path: Path, folder: Path) -> bytes:
    try:
        # A link may point anywhere, and a pipe never ends.
        if not path.resolve().is_relative_to(folder.resolve()):
            raise UnreadableFile("it is a link to a place outside the folder")
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableFile("it is not a regular file")
            if status.st_size > MAX_FILE_BYTES:
                size, limit = status.st_size // 1024**2, MAX_FILE_BYTES // 1024**2
                raise UnreadableFile(f"it has {size} MB, and {limit} MB is the limit")
            return file.read(MAX_FILE_BYTES)
    except (OSError, RuntimeError) as error:
        raise UnreadableFile(f"it cannot be read ({getattr(error, 'strerror', None) or error})") from error


def _open_without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _sidecar_bytes(path: Path, folder: Path) -> bytes:
    sidecar = path.with_suffix(".toml")
    return _bytes(sidecar, folder) if sidecar.exists() else b""


def _with_sidecar(draft: Draft, sidecar: bytes, name: str) -> Draft:
    """*draft* with the statements of *sidecar* over its own."""
    try:
        stated, remarks = metadata_from(tomllib.loads(sidecar.decode("utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return replace(draft, remarks=(*draft.remarks, f"{name} cannot be read and was left out ({error})"))
    both = {
        field.name: getattr(stated, field.name) or getattr(draft.metadata, field.name) for field in fields(Metadata)
    }
    return replace(draft, metadata=Metadata(**both), remarks=(*draft.remarks, *remarks))


def _article(draft: Draft, source: str, stem: str, data: tuple[bytes, bytes], taken: Container[str]) -> Article:
    title = draft.metadata.title or draft.title or stem
    name = slug(title)
    if name in taken:
        name = ArticleId(f"{name}-{fingerprint(source)[:6]}")
    if name in taken:  # of several articles of one title in one file, the words tell which is which
        name = ArticleId(f"{slug(title)}-{fingerprint(' '.join((source, *draft.paragraphs)))}")
    return Article(
        id=name,
        title=title,
        paragraphs=paragraphs(name, draft.paragraphs),
        source=source,
        digest=_digest(*data),
        metadata=draft.metadata,
        notices=draft.notices,
        left_out=draft.left_out,
    )


def _digest(data: bytes, sidecar: bytes) -> str:
    return hashlib.blake2b(len(data).to_bytes(8, "big") + data + sidecar, digest_size=16).hexdigest()
