"""Articles on disk → their terms and their index beside them, in this process or in one of its own.

What takes minutes for a large collection takes the interpreter's turn from those who ask meanwhile, unless another
process does it, and others again the analysis.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

from retrieval.columns import loaded, saved
from retrieval.errors import N_, IndexingFailed
from retrieval.index import Engine
from retrieval.index.auto import auto_engine
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.index.tantivy_index import tantivy_engine
from retrieval.kept import KeptCorpus, citation_columns, folded_columns
from retrieval.laying import known, laid_out, spoken
from retrieval.positions import Positions

logger = logging.getLogger(__name__)

ARTICLES, TERMS, ENGINE = "articles", "terms", "engine"
"""The folders of a volume; see `retrieval.volumes`."""

_HERE: tuple[Engine, ...] = (auto_engine, tantivy_engine, RankBm25Index)
"""The engines that are no other machine's; another process finds them by their names."""

_PROCESSES = 4
"""That analyse at most; each takes 100 MB of memory."""

_ROOT = str(Path(__file__).parents[1])
# With -P nothing is imported from the working folder, which may be anybody's.
_COMMAND = ("-P", "-c", f"import sys; sys.path.append({_ROOT!r}); from retrieval.indexing import main; main()")


def index(place: Path, before: Path | None, engine: Engine | None, title: int, pool: Executor | None = None) -> None:
    """Make the terms of the articles in the volume *place*, and their index where *engine* keeps it there.

    What the volume *before* has in common with it is not done again.

    Raises:
        OSError: It could not be written.

    """
    corpus = KeptCorpus(loaded(place / ARTICLES, mapped=True), ())
    saved(place / ARTICLES, citation_columns(corpus) | folded_columns(corpus))
    its = known(loaded(before / TERMS, mapped=True)) if before is not None else None
    terms = laid_out(corpus, spoken(corpus, its, pool), its, pool)
    saved(place / TERMS, terms)
    if engine in _HERE:
        engine(Positions(terms).postings(title), place / ENGINE, None if before is None else before / ENGINE)


def index_apart(place: Path, before: Path | None, engine: Engine, title: int) -> None:
    """The same by a process of its own, and the analysis by up to four.

    Raises:
        OSError: It could not be written.
        IndexingFailed: The process ended; nobody else noticed.

    """
    asked = {
        "place": str(place),
        "before": before and str(before),
        "engine": engine.__name__ if engine in _HERE else None,  # type: ignore[attr-defined]
        "title": title,
    }
    # Into files: what others of its processes hold open, should it be killed, would be waited for.
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        process = subprocess.Popen(  # noqa: S603  # this interpreter and this package
            [sys.executable, *_COMMAND],
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=complained,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith(("DISCORD_", "QUOTH_"))},
        )
        process.communicate(json.dumps(asked))
        for file in (said, complained):
            file.seek(0)
        if status := process.returncode:
            logger.error(
                "The process that makes the index ended with status %d.\n%s", status, complained.read().strip()
            )
            raise IndexingFailed(
                N_("The index could not be made: its process ended with status {status}."), status=status
            )
        # What a library may have printed stands before it.
        if told := json.loads(said.read().splitlines()[-1])["error"]:
            raise OSError(*told)


def end_with_parent() -> None:
    """End this process soon after the one that started it: nobody waits for it any more."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def main() -> None:
    """What `index_apart` starts: reads what is asked from its input and tells an error of the disk on its output."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)  # those who ask come first
    end_with_parent()
    asked = json.load(sys.stdin)
    engines = {engine.__name__: engine for engine in _HERE}  # type: ignore[attr-defined]
    before = asked["before"] and Path(asked["before"])
    told = None
    processes = min(_PROCESSES, os.cpu_count() or 1)
    with ProcessPoolExecutor(processes, get_context("spawn"), end_with_parent) as pool:
        try:
            index(Path(asked["place"]), before, engines.get(asked["engine"]), asked["title"], pool)
        except OSError as error:
            told = [error.errno, error.strerror]
    sys.stdout.write(f"\n{json.dumps({'error': told})}\n")
