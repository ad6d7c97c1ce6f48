"""How the gate does on small collections: `python -m benchmarks.small`, on parts of squad2-devhalf.

The questions on the part's own paragraphs are answerable; those on articles outside of the part are not.
"""

from __future__ import annotations

import random
from dataclasses import replace

from rich.console import Console
from rich.table import Table

from benchmarks.retrieval import EVAL
from retrieval.evaluation import Collection, read_collection
from retrieval.gate import Thresholds
from retrieval.model import Corpus
from retrieval.snapshot import Snapshot

_QUESTIONS = 60
_FEW_PARAGRAPHS = 18


def main() -> None:
    """One row for each number of articles; one article is cut to the size of the seed."""
    collection = read_collection(EVAL / "squad2-devhalf")
    chance = random.Random(0)  # noqa: S311  # a sample
    table = Table("Articles", "Paragraphs", "On topic: refused", "Off topic: answered", "weak", "refused")
    for articles, trials in ((1, 12), (2, 6), (4, 5), (8, 4), (15, 2)):
        sizes: list[int] = []
        on: list[float] = []
        off: list[float] = []
        for _ in range(trials):
            part = _part(collection, articles, chance)
            snapshot = Snapshot(part)
            sizes.append(len(part.places))
            here, there = _questions(collection, part)
            on += [snapshot.search(text, 1).confidence for text in chance.sample(here, min(_QUESTIONS, len(here)))]
            off += [snapshot.search(text, 1).confidence for text in chance.sample(there, _QUESTIONS)]
        thresholds = Thresholds()
        answered = sum(sure >= thresholds.answered for sure in off) / len(off)
        refused = sum(sure < thresholds.weak for sure in off) / len(off)
        lost = sum(sure < thresholds.weak for sure in on) / len(on)
        shares = (lost, answered, 1 - answered - refused, refused)
        table.add_row(str(articles), str(sum(sizes) // trials), *(f"{share:.3f}" for share in shares))
    Console().print(table)


def _part(collection: Collection, articles: int, chance: random.Random) -> Corpus:
    chosen = chance.sample(collection.corpus.articles, articles)
    if articles == 1:
        chosen = [replace(chosen[0], paragraphs=chosen[0].paragraphs[:_FEW_PARAGRAPHS])]
    return Corpus(tuple(sorted(chosen, key=lambda article: article.id)))


def _questions(collection: Collection, part: Corpus) -> tuple[list[str], list[str]]:
    """The questions that *part* answers, and those that only other articles do."""
    held = {paragraph.citation for _, paragraph in part.places}
    home = {paragraph.citation: article.id for article, paragraph in collection.corpus.places}
    here, there = [], []
    for question in collection.questions:
        right = set(collection.judgments[question.id])
        if right & held:
            here.append(question.text)
        elif not {home[citation] for citation in home if citation in right} & part.by_id.keys():
            there.append(question.text)
    return here, there


if __name__ == "__main__":
    main()
