"""What fewer candidates of the engine lose: `python -m benchmarks.candidates FOLDER [PARAGRAPHS]`.

The judged questions of squad2-devhalf are asked of its articles among PARAGRAPHS of FOLDER, which
`benchmarks.debian_text` made; whole, and as two or three of their words, which leave the most to chance.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.debian_text import corpus
from benchmarks.retrieval import EVAL
from retrieval.analysis import analyzer
from retrieval.evaluation import read_collection
from retrieval.index.tantivy_index import tantivy_engine
from retrieval.model import CitationId, Corpus
from retrieval.ranking import Weights
from retrieval.snapshot import Built, Snapshot

_NUMBERS: Final = (1000, 500, 350, 250, 100)
_QUESTIONS: Final = 600
_SHOWN: Final = 5


def main(folder: Path, paragraphs: int) -> None:
    """One row for each length of the questions and number of candidates, beside the first number."""
    collection = read_collection(EVAL / "squad2-devhalf")
    articles = [*collection.corpus.articles, *corpus(folder, paragraphs).articles]
    part = Corpus(tuple(sorted(articles, key=lambda article: article.id)))
    its = Snapshot(part, engine=tantivy_engine)
    built = Built(its.digest, its._positions, its._index)
    chance = random.Random(5)  # noqa: S311  # a sample
    asked = collection.questions[:_QUESTIONS]
    texts = {
        "whole": [question.text for question in asked],
        "3 words": [_words(question.text, 3, chance) for question in asked],
        "2 words": [_words(question.text, 2, chance) for question in asked],
    }
    table = Table("Questions", "Candidates", "MRR@5", "Success@1", "Success@3", "other first five", "CPU ms")
    for name, its_texts in track(texts.items(), "Questions"):
        first: list[list[CitationId]] = []
        for number in _NUMBERS:
            snapshot = Snapshot(part, weights=Weights(candidates=number), built=built)
            found, times = [], []
            for text in its_texts:
                began = time.process_time()
                ranked = snapshot.ranked(text, _SHOWN)
                times.append((time.process_time() - began) * 1000)
                found.append([part.places[entry.position][1].citation for entry in ranked])
            first = first or found
            ranks = [
                next(
                    (rank for rank, one in enumerate(shown, start=1) if one in collection.judgments[question.id]), None
                )
                for shown, question in zip(found, asked, strict=True)
            ]
            figures = (
                np.mean([1 / rank if rank else 0 for rank in ranks]),
                np.mean([rank == 1 for rank in ranks]),
                np.mean([rank is not None and rank <= 3 for rank in ranks]),
                np.mean([one != other for one, other in zip(first, found, strict=True)]),
            )
            cells = (*(f"{figure:.3f}" for figure in figures), f"{np.median(times):.1f}")
            table.add_row(name, str(number), *cells)
    Console().print(table)


def _words(question: str, number: int, chance: random.Random) -> str:
    words = [question[term.start : term.end] for term in analyzer("en").terms(question)]
    return " ".join(chance.sample(words, min(number, len(words))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 99_000)
