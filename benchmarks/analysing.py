"""How fast text is analysed and cleaned, beside a plain regex: `python -m benchmarks.analysing FOLDER [PARAGRAPHS]`.

FOLDER is what `benchmarks.debian_text` made. All take turns with the same text; the saved page is the one in `seeds/`.
Megabytes are of UTF-8, seconds of this machine's processor, so only the ratios say something. What is found is written
to docs/analysing.json, docs/analysing.png and docs/benchmarks.md.
"""

from __future__ import annotations

import re
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from matplotlib.figure import Figure

from benchmarks.debian_text import corpus
from benchmarks.report import DOCS, markdown, publish
from retrieval.analysed import Vocabulary, analysed
from retrieval.analysis import analyzer
from retrieval.cleaning import clean
from retrieval.model import Article

PARAGRAPHS = 20_000
_ROUNDS = 5
_REGEX = "plain regex"
_SEEDS = Path(__file__).parents[1] / "seeds"


@dataclass(frozen=True, slots=True)
class Work:
    """What is done to each of *texts*; *megabytes* are of all of them."""

    do: Callable[[Any], object]
    texts: Sequence[Any]
    megabytes: float

    def seconds(self) -> float:
        """Of the processor, for all of them."""
        began = time.process_time()
        deque(map(self.do, self.texts), maxlen=0)
        return time.process_time() - began


def main(source: Path, paragraphs: int, docs: Path = DOCS) -> None:
    """Measure, print the table, draw the picture."""
    works = _works(corpus(source, paragraphs).articles)
    times: dict[str, list[float]] = {name: [] for name in works}
    for _round in range(_ROUNDS):
        for name, work in works.items():
            times[name].append(work.seconds())
    fast = {name: works[name].megabytes / median(its) for name, its in times.items()}
    rows = [
        {"what": name, "megabytes_a_second": round(rate, 2), "times_the_regex": round(fast[_REGEX] / rate, 1)}
        for name, rate in fast.items()
    ]
    told = {"paragraphs": paragraphs, "megabytes": round(works[_REGEX].megabytes, 2), "rows": rows}
    cells = ([name, f"{rate:.2f}", f"{fast[_REGEX] / rate:.1f}"] for name, rate in fast.items())
    publish(docs, "analysing", told, markdown(["", "MB/s", "times the regex's time"], cells), _picture(fast))


def _works(articles: Sequence[Article]) -> dict[str, Work]:
    texts = [paragraph.text for article in articles for paragraph in article.paragraphs]
    pages = [
        "\n\n".join([article.title, *(paragraph.text for paragraph in article.paragraphs)]) for article in articles
    ]
    saved = [path.read_text(encoding="utf-8") for path in _SEEDS.glob("*.txt")]
    # About as much as of the rest, or once.
    saved *= max(1, len("".join(pages)) // len("".join(saved)))
    english, vocabulary = analyzer("en"), Vocabulary()
    return {
        _REGEX: Work(lambda text: re.findall(r"\w+", text.lower()), texts, _megabytes(texts)),
        "terms of a text": Work(english.terms, texts, _megabytes(texts)),
        "an article as an index takes it": Work(
            lambda article: analysed(article, english, vocabulary), articles, _megabytes(pages)
        ),
        "cleaning an article": Work(clean, pages, _megabytes(pages)),
        "cleaning a saved page": Work(clean, saved, _megabytes(saved)),
    }


def _megabytes(texts: Sequence[str]) -> float:
    return sum(len(text.encode()) for text in texts) / 1e6


def _picture(fast: Mapping[str, float]) -> Figure:
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots()
    axes.barh(list(fast), list(fast.values()))
    axes.invert_yaxis()
    axes.set(xlabel="MB/s")
    axes.grid(axis="x", alpha=0.3)
    return figure


if __name__ == "__main__":
    folder, *sizes = sys.argv[1:]
    main(Path(folder), int(sizes[0].replace("_", "")) if sizes else PARAGRAPHS)
