"""How long a question takes, by the size of the collection: `python -m benchmarks.search FOLDER [PARAGRAPHS…]`.

FOLDER is what `benchmarks.debian_text` made. Beside Quoth with each engine stand the usual rank-bm25 bot, which splits
at spaces and scores every paragraph, and plain tantivy with the terms of Quoth's analysis; both only rank. All take
turns with the same questions. Times are of this machine's processor, so only ratios of one run say something. What is
found is written to docs/search.json, docs/search.png and docs/benchmarks.md.
"""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rank_bm25 import BM25Okapi
from rich.progress import track
from tantivy import Document, Index, Occur, Query, SchemaBuilder

from benchmarks.debian_text import corpus
from benchmarks.report import DOCS, markdown, plot, publish
from retrieval.analysis import analyzer
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.index.tantivy_index import tantivy_engine
from retrieval.model import Corpus
from retrieval.snapshot import Snapshot

Asked = Callable[[str], object]

SIZES = (20, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
_QUESTIONS = 100
_FEW, _MANY = 5, 30
"""Words of the questions that tell how time grows with them."""
_USUAL_AT_MOST = 100_000
"""Paragraphs above which the usual bot, which takes seconds and gigabytes there, is left out."""


def main(folder: Path, sizes: Sequence[int], docs: Path = DOCS) -> None:
    """Measure, print the table, draw the picture."""
    rows = []
    whole = Snapshot(corpus(folder, max(sizes)))
    for size in track(sizes, "Sizes"):
        rows.append(_measured(corpus(folder, size), whole))
        gc.collect()
    names = dict.fromkeys(name for row in rows for name in _times(row))
    medians = {
        name: [(row["paragraphs"], _times(row)[name]["p50"]) for row in rows if name in _times(row)] for name in names
    }
    picture = plot("paragraphs", "CPU ms a question, median", medians)
    ratios = _ratios(rows)
    table = (
        _table(rows, [*names]) + "\n" + markdown(["ratio", ""], ([name, f"{its:g}"] for name, its in ratios.items()))
    )
    publish(docs, "search", {"rows": rows, "ratios": ratios}, table, picture)


def _ratios(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """How the engine that is chosen by itself does beside the others, and beside itself."""
    first, last = rows[0], rows[-1]
    quoth, exact, plain, usual = "Quoth, tantivy", "Quoth, rank-bm25", "plain tantivy", "usual rank-bm25 bot"
    with_usual = [row for row in rows if usual in _times(row)]
    found = {
        f"{first['paragraphs']:,} paragraphs: Quoth's median in those of the usual bot": _ratio(
            first, exact, first, usual
        ),
        f"{with_usual[-1]['paragraphs']:,} paragraphs: the usual bot's median in those of Quoth": _ratio(
            with_usual[-1], usual, with_usual[-1], quoth
        ),
        f"{last['paragraphs']:,} paragraphs: Quoth's median in those of plain tantivy": _ratio(
            last, quoth, last, plain
        ),
        f"{last['paragraphs']:,} paragraphs: Quoth's 99th percentile in its medians": _ratio(
            last, quoth, last, quoth, "p99"
        ),
        f"{last['paragraphs']:,} paragraphs: a question of {_MANY} words in one of {_FEW}": last["many_in_few"],
    }
    for row in rows:
        if row["paragraphs"] * 10 == last["paragraphs"]:
            name = f"{last['paragraphs']:,} paragraphs: Quoth's median in that of {row['paragraphs']:,}"
            found[name] = _ratio(last, quoth, row, quoth)
    return found


def _ratio(one: Mapping[str, Any], name: str, other: Mapping[str, Any], beside: str, percentile: str = "p50") -> float:
    return round(_times(one)[name][percentile] / _times(other)[beside]["p50"], 2)


def _measured(part: Corpus, whole: Snapshot) -> dict[str, Any]:
    """One size: percentiles of the milliseconds of everybody, and how alike the engines' answers are."""
    questions = asked_about(part)
    exact = Snapshot(part, engine=RankBm25Index, known=whole.known)
    large = Snapshot(part, engine=tantivy_engine, known=whole.known)
    usual = {} if len(part.places) > _USUAL_AT_MOST else {"usual rank-bm25 bot": usual_bot(part)}
    contenders: dict[str, Asked] = {
        "Quoth, rank-bm25": lambda question: exact.search(question, 5),
        "Quoth, tantivy": lambda question: large.search(question, 5),
        "plain tantivy": plain_tantivy(part),
        **usual,
    }
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for question in questions[:5]:
        for ask in contenders.values():
            ask(question)
    for question in questions:
        for name, ask in contenders.items():
            began = time.process_time()
            ask(question)
            times[name].append((time.process_time() - began) * 1000)
    few, many = (_median_ms(large, asked_about(part, words)) for words in (_FEW, _MANY))
    overlap = [_overlap(exact, large, question) for question in questions]
    return {
        "paragraphs": len(part.places),
        "overlap_at_10": round(float(np.mean(overlap)), 4),
        "many_in_few": round(many / few, 2),
        "ms": {
            name: {f"p{at}": round(float(np.percentile(its, at)), 3) for at in (50, 95, 99)}
            for name, its in times.items()
        },
    }


def asked_about(part: Corpus, words: int = 6) -> list[str]:
    """Questions of so many words and two more out of paragraphs of the collection, drawn with a fixed seed."""
    chance = random.Random(2)  # noqa: S311  # text for measuring
    questions = []
    for _ in range(_QUESTIONS):
        text = chance.choice(part.places)[1].text.split()
        at = chance.randrange(max(1, len(text) - words - 4))
        stretch = text[at : at + words + 4]
        while len(stretch) < words:
            stretch += chance.choice(part.places)[1].text.split()
        questions.append(f"How does {' '.join(chance.sample(stretch, min(words, len(stretch))))}?")
    return questions


def _median_ms(snapshot: Snapshot, questions: Sequence[str]) -> float:
    times = []
    for question in questions:
        began = time.process_time()
        snapshot.search(question, 5)
        times.append((time.process_time() - began) * 1000)
    return float(np.median(times))


def usual_bot(part: Corpus) -> Asked:
    """rank-bm25 as its own README uses it: words between spaces, scores of all paragraphs."""
    index = BM25Okapi([paragraph.text.lower().split() for _, paragraph in part.places])
    return lambda question: index.get_scores(question.lower().split())


def plain_tantivy(part: Corpus) -> Asked:
    """Tantivy over ready terms, which are not counted as time of the question: ten best and how many there are."""
    english = analyzer("en")
    index = plain_index(" ".join(term.text for term in english.terms(paragraph.text)) for _, paragraph in part.places)
    searcher = index.searcher()
    queries: dict[str, Query] = {}

    def ask(question: str) -> object:
        return searcher.search(queries[question], 10)

    for question in asked_about(part):
        queries[question] = Query.boolean_query(
            [
                (Occur.Should, Query.term_query(index.schema, "terms", term, "freq"))
                for term in dict.fromkeys(term.text for term in english.terms(question))
            ]
        )
    return ask


def plain_index(texts: Iterable[str]) -> Index:
    """Tantivy's index of texts whose terms are divided by spaces."""
    index = Index(SchemaBuilder().add_text_field("terms", tokenizer_name="whitespace", index_option="freq").build())
    writer = index.writer(num_threads=1)
    for text in texts:
        document = Document()
        document.add_text("terms", text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


def _overlap(one: Snapshot, other: Snapshot, question: str) -> float:
    """Share of the ten best of one that are among those of the other."""
    best = [{entry.position for entry in snapshot.ranked(question, 10)} for snapshot in (one, other)]
    return len(best[0] & best[1]) / max(1, len(best[0]))


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """CPU milliseconds of a question: median, 95th and 99th percentile."""
    cells = (
        [
            f"{row['paragraphs']:,}",
            *(" / ".join(f"{value:.2f}" for value in _times(row).get(name, {}).values()) or "–" for name in names),
            f"{row['overlap_at_10']}",
        ]
        for row in rows
    )
    return markdown(["paragraphs", *names, "overlap@10"], cells)


def _times(row: Mapping[str, Any]) -> Mapping[str, Mapping[str, float]]:
    times: Mapping[str, Mapping[str, float]] = row["ms"]
    return times


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size.replace("_", "")) for size in sys.argv[2:]] or SIZES)
