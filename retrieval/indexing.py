"""Articles on disk → their terms and their index beside them, in this process or in one of its own.

What takes minutes for a large collection takes the interpreter's turn from those who ask meanwhile, unless another
process does it, and others again the analysis.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from retrieval.columns import loaded, saved, saved_words
from retrieval.facets import facets_columns
from retrieval.index import Engine
from retrieval.index.auto import auto_engine
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.index.tantivy_index import tantivy_engine
from retrieval.kept import FOLDED, KeptCorpus, citation_columns, folded
from retrieval.laying import known, laid_out, spoken
from retrieval.loading import Progress
from retrieval.model import Corpus
from retrieval.positions import Positions
from retrieval.processes import Told, command, done_apart, end_with_parent, serve
from retrieval.titles import titles_columns

ARTICLES, TERMS, ENGINE = "articles", "terms", "engine"
"""The folders of a volume; see `retrieval.volumes`."""

_HERE: tuple[Engine, ...] = (auto_engine, tantivy_engine, RankBm25Index)
"""The engines that are no other machine's; another process finds them by their names."""

_PROCESSES = 4
"""That analyse at most; each takes 100 MB of memory."""

COMMAND = command("retrieval.indexing")

_TELLING_SECONDS = 0.2
"""How often one process tells the other how far it is."""


def analysts() -> ProcessPoolExecutor:
    """Who analyse many articles: up to four processes, none before there is anything to do."""
    processes = min(_PROCESSES, os.cpu_count() or 1)
    return ProcessPoolExecutor(processes, get_context("spawn"), end_with_parent)


def index(
    corpus: Corpus,
    place: Path,
    before: Path | None,
    engine: Engine | None,
    title: int,
    pool: Executor | None = None,
    progress: Progress | None = None,
) -> None:
    """Make the terms of *corpus*, which is in the volume *place*, and its index where *engine* keeps it there.

    What the volume *before* has in common with it is not done again.

    Raises:
        OSError: It could not be written.

    """
    saved(place / ARTICLES, citation_columns(corpus))
    saved_words(place / ARTICLES, FOLDED, folded(corpus))
    heads = [replace(article, paragraphs=(), notices=(), left_out=()) for article in corpus.articles]
    saved(place / ARTICLES, titles_columns(heads) | facets_columns(heads))
    its = None
    if before is not None:
        try:
            its = known(loaded(before / TERMS, mapped=True))
        except (KeyError, OSError, ValueError):
            # Another process, which serves a newer one, is taking it away.
            before = None
    told = progress and partial(progress, indexing=True)
    terms = laid_out(corpus, spoken(corpus, its, pool), its, pool, told)
    saved(place / TERMS, terms)
    if engine in _HERE:
        engine(Positions(terms).postings(title), place / ENGINE, None if before is None else before / ENGINE)


def index_apart(place: Path, before: Path | None, engine: Engine, title: int, progress: Progress | None = None) -> None:
    """The same by a process of its own, and the analysis by up to four.

    Raises:
        OSError: It could not be written.
        IndexingFailed: The process ended; nobody else noticed.

    """
    done_apart(
        COMMAND,
        {"place": str(place), "before": before and str(before), "engine": engine_name(engine), "title": title},
        hearing(progress),
    )


def engine_name(engine: Engine) -> str | None:
    """By which another process finds *engine*; None if it is another machine's."""
    return engine.__name__ if engine in _HERE else None  # type: ignore[attr-defined]


def engine_named(name: str | None) -> Engine | None:
    """The engine of that name."""
    return {engine.__name__: engine for engine in _HERE}.get(name or "")  # type: ignore[attr-defined]


def telling(told: Told) -> Progress:
    """Tells another process now and then how far it is; see `hearing`."""
    last = float("-inf")

    def progress(done: int, of: int, /, *, indexing: bool = False) -> None:
        nonlocal last
        if done in (0, of) or time.monotonic() - last >= _TELLING_SECONDS:
            last = time.monotonic()
            told([done, of, indexing])

    return progress


def hearing(progress: Progress | None) -> Told | None:
    """Tells *progress* what `telling` tells."""
    return None if progress is None else lambda heard: progress(heard[0], heard[1], indexing=heard[2])


def main() -> None:
    """What `index_apart` starts."""
    serve(_index)


def _index(asked: Any, told: Told) -> None:
    place, before = Path(asked["place"]), asked["before"] and Path(asked["before"])
    corpus = KeptCorpus(loaded(place / ARTICLES, mapped=True), ())
    with analysts() as pool:
        index(corpus, place, before, engine_named(asked["engine"]), asked["title"], pool, telling(told))
