"""How long titles take to be found while somebody types: `python -m benchmarks.suggesting [TITLES…]`.

Beside it stands the plain way, which folds and looks through every title each time. Seconds are those of this machine;
the ratio is of one run. The titles are made of the words of the seed.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import ParamSpec

from rich.console import Console
from rich.table import Table

from retrieval.loading import load
from retrieval.model import Article, ArticleId, Metadata
from retrieval.titles import Titles

P = ParamSpec("P")

_SEEDS = Path(__file__).parents[1] / "seeds"
_LIMIT = 25
TYPED = {
    "nothing": "",
    "beginning": "kosovo",
    "inside a word": "osov",
    "two words apart": "serbia embassy",
    "typo": "indepandence",
    "typo in a long line": "establish tise with israell and to open an embassy in jerusalem today",
    "two letters nowhere": "zz",
    "nowhere": "xylophone",
}


def main(counts: Sequence[int]) -> None:
    """Print one table for each number of titles."""
    for number in counts:
        made = articles(number)
        began = time.perf_counter()
        titles = Titles(made)
        building = time.perf_counter() - began
        table = Table("Typed", "ms", "most ms", "plain scan ms", "ratio", title_justify="left")
        table.title = f"{number:,} titles; made ready in {building:.2f} s"
        for name, typed in TYPED.items():
            times, plain = milliseconds(titles.search, typed, _LIMIT), milliseconds(scan, made, typed)
            here, there = statistics.median(times), statistics.median(plain)
            table.add_row(name, f"{here:.2f}", f"{max(times):.2f}", f"{there:.2f}", f"{here / there:.3f}")
        Console().print(table)


def articles(number: int) -> list[Article]:
    """Articles with titles of ten words of the seed and a number of their own, over thirty years."""
    words = " ".join(paragraph.text for _, paragraph in load(_SEEDS).places).split()
    chance = random.Random(1)  # noqa: S311  # text for measuring
    return [
        Article(
            ArticleId(f"article-{at}"),
            f"{' '.join(chance.choices(words, k=10))} {at}",
            (),
            "a.txt",
            "0",
            Metadata(published=date(1990, 1, 1) + timedelta(days=chance.randrange(12_000))),
        )
        for at in range(number)
    ]


def scan(articles: Sequence[Article], typed: str) -> list[Article]:
    """The plain way: titles that hold *typed*, those that begin with it first."""
    wanted = typed.casefold()
    held = [article for article in articles if wanted in article.title.casefold()]
    return sorted(held, key=lambda article: not article.title.casefold().startswith(wanted))[:_LIMIT]


def milliseconds(work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> list[float]:
    """Of processor time that *work* takes, five times."""
    times = []
    for _ in range(5):
        began = time.process_time()
        work(*args, **kwargs)
        times.append((time.process_time() - began) * 1000)
    return times


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]] or [1_000, 10_000, 100_000])
