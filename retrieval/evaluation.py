"""How good the retriever is on judged questions: collections read, searched and scored by measures the field trusts."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TextIO, get_args

import numpy as np

from retrieval.errors import QuothError
from retrieval.model import Article, ArticleId, CitationId, Corpus, Metadata, Outcome, Paragraph
from retrieval.rows import BadCollection, json_row, json_rows, judgments, question_rows
from retrieval.snapshot import Snapshot

Level = Literal["passage", "article", "candidates"]
"""What is judged: paragraphs, whole articles, or only the paragraphs of the question's own article."""

DEPTH: Final = 100
"""Ranks that are scored."""

SEARCHED: Final = 500
"""Paragraphs asked for, so that enough articles and candidates are among them."""

MEASURES: Final = ("nDCG@10", "MRR@10", "Success@1", "Success@3", "Success@5", "Recall@100")


class UnknownJudgment(QuothError):
    """The words that a judgment quotes stand in no paragraph, so it judges nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a collection."""

    id: str
    text: str


@dataclass(frozen=True)
class Collection:
    """Articles with judged questions."""

    name: str
    corpus: Corpus
    questions: tuple[Question, ...]
    """Only those that are judged."""
    judgments: Mapping[str, Mapping[str, int]]
    """Question id → id of a paragraph (or article, see level) → gain."""
    level: Level = "passage"
    refused: tuple[Question, ...] = ()
    """Questions that the articles do not cover."""


class System(Protocol):
    """Something that ranks a collection's paragraphs for a question."""

    def __call__(self, question: str, limit: int) -> Sequence[CitationId]:
        """At most *limit* paragraphs, best first."""


Ranking = tuple[str, ...]
"""Ids of paragraphs or articles, as the collection judges them, best first."""


# ------------------------------------------------------------------------------------------------ reading and writing


def read_collection(folder: Path, load: Callable[[Path], Corpus] | None = None) -> Collection:
    """The collection in a folder: BEIR's layout, the developers' (`passages.jsonl`), or articles with `questions.toml`.

    *load* reads a folder of articles; only the last layout needs it.

    Raises:
        BadCollection: The folder has none of the layouts, or its judgments name what is not there.
        UnknownJudgment: A judgment quotes words that no paragraph has.

    """
    if (folder / "corpus.jsonl").is_file():
        return _read_beir(folder)
    if (folder / "passages.jsonl").is_file():
        return _read_developers(folder)
    if (folder / "questions.toml").is_file() and load is not None:
        return read_questions(folder / "questions.toml", load(folder))
    raise BadCollection(f"{folder} has neither corpus.jsonl nor passages.jsonl nor questions.toml.")


def _read_beir(folder: Path) -> Collection:
    """`corpus.jsonl` {_id, title, text[, article]}, `queries.jsonl` {_id, text}, `qrels/test.tsv` or all."""
    rows = [
        (row.id("_id"), row.id("article" if row.fields.get("article") else "_id"), row.title(), row.text("text"))
        for row in json_rows(folder / "corpus.jsonl")
    ]
    questions = [Question(row.id("_id"), row.text("text")) for row in json_rows(folder / "queries.jsonl")]
    test = folder / "qrels" / "test.tsv"
    files = [test] if test.is_file() else sorted((folder / "qrels").glob("*.tsv"))
    if not files:
        raise BadCollection(f"{folder} has no qrels/test.tsv.")
    return _collection(_name(folder), rows, questions, files, "passage")


def _read_developers(folder: Path) -> Collection:
    """`passages.jsonl` {id, article_id, title, text}, `queries.jsonl` {id, text}, `qrels.tsv`, `meta.json` {level}."""
    rows = [
        (row.id("id"), row.id("article_id"), row.title(), row.text("text"))
        for row in json_rows(folder / "passages.jsonl")
    ]
    questions = [Question(row.id("id"), row.text("text")) for row in json_rows(folder / "queries.jsonl")]
    level = json_row(folder / "meta.json").fields.get("level", "passage")
    if level not in get_args(Level):
        raise BadCollection(f"{folder / 'meta.json'}: “level” is none of {', '.join(get_args(Level))}.")
    return _collection(_name(folder), rows, questions, [folder / "qrels.tsv"], level)


def read_questions(path: Path, corpus: Corpus) -> Collection:
    """The articles' own questions: `[[question]]` tables with `ask` and `quotes`, words of the paragraphs that answer.

    A question without quotes must be refused.

    Raises:
        BadCollection: The file cannot be read, or no question of it has quotes.
        UnknownJudgment: Quoted words stand in no paragraph.

    """
    asked: list[Question] = []
    refused: list[Question] = []
    gains: dict[str, dict[str, int]] = {}
    for number, (ask, quotes) in enumerate(question_rows(path), start=1):
        question = Question(f"q{number}", ask)
        (asked if quotes else refused).append(question)
        for quote in quotes:
            holders = [paragraph.citation for _, paragraph in corpus.places if _plain(quote) in _plain(paragraph.text)]
            if not holders:
                raise UnknownJudgment(f"{path.name}, question {number}: “{quote}” stands in no paragraph.")
            gains.setdefault(question.id, {}).update(dict.fromkeys(holders, 1))
    if not asked:
        raise BadCollection(f"{path} has no question with quotes, so there is nothing to measure.")
    return Collection(_name(path.parent), corpus, tuple(asked), gains, "passage", tuple(refused))


def write_beir(collection: Collection, folder: Path) -> None:
    """The collection in BEIR's layout, with the article of every paragraph. Only paragraphs' judgments fit into it."""
    if collection.level == "article":
        raise BadCollection(f"{collection.name} judges whole articles; BEIR's layout judges paragraphs.")
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as out:
        for article, paragraph in collection.corpus.places:
            row = {"_id": paragraph.citation, "title": article.title, "text": paragraph.text, "article": article.id}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    with (folder / "queries.jsonl").open("w", encoding="utf-8") as out:
        for question in collection.questions:
            out.write(json.dumps({"_id": question.id, "text": question.text}, ensure_ascii=False) + "\n")
    with (folder / "qrels" / "test.tsv").open("w", encoding="utf-8") as out:
        out.write("query-id\tcorpus-id\tscore\n")
        for question_id, gains in collection.judgments.items():
            out.writelines(f"{question_id}\t{document_id}\t{gain}\n" for document_id, gain in gains.items())


def write_run(rankings: Mapping[str, Ranking], out: TextIO, tag: str = "quoth") -> None:
    """The rankings in TREC's run format: question, Q0, id, rank from 1, a score that falls with the rank, tag."""
    for question_id, ranking in rankings.items():
        for rank, document_id in enumerate(ranking, start=1):
            out.write(f"{question_id} Q0 {document_id} {rank} {1 / rank:.6f} {tag}\n")


def _name(folder: Path) -> str:
    return folder.resolve().name


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _collection(
    name: str,
    rows: Iterable[tuple[str, str, str, str]],
    questions: Sequence[Question],
    files: Sequence[Path],
    level: Level,
) -> Collection:
    """Rows are (paragraph id, article id, title, text), files those of the judgments."""
    articles: dict[str, tuple[str, list[Paragraph]]] = {}
    for paragraph_id, article_id, title, text in rows:
        paragraphs = articles.setdefault(article_id, (title, []))[1]
        paragraphs.append(Paragraph(CitationId(paragraph_id), len(paragraphs) + 1, text))
    corpus = Corpus(
        tuple(
            Article(ArticleId(article_id), title, tuple(paragraphs), article_id, "", Metadata(title=title))
            for article_id, (title, paragraphs) in articles.items()
        )
    )
    for what, ids in (
        ("paragraphs", [paragraph.citation for _, paragraph in corpus.places]),
        ("questions", [question.id for question in questions]),
    ):
        if twice := [one for one, times in Counter(ids).items() if times > 1]:
            raise BadCollection(f"{name}: two {what} have the id {twice[0]}.")
    known = set(articles) if level == "article" else {paragraph.citation for _, paragraph in corpus.places}
    asked = frozenset(question.id for question in questions)
    gains: dict[str, dict[str, int]] = {}
    for one in (judgment for path in files for judgment in judgments(path, asked)):
        if one.judged not in known:
            raise BadCollection(
                f"{one.place}: the judgment of question {one.question} names {one.judged}, which is not there."
            )
        gains.setdefault(one.question, {})[one.judged] = one.gain
    if not any(gain > 0 for judged in gains.values() for gain in judged.values()):
        raise BadCollection(f"{name} has no judged question, so there is nothing to measure.")
    return Collection(name, corpus, tuple(q for q in questions if q.id in gains), gains, level)


# ------------------------------------------------------------------------------------------------ searching


def snapshot_system(snapshot: Snapshot) -> System:
    """Quoth's own ranking."""

    def search(question: str, limit: int) -> list[CitationId]:
        return [snapshot.corpus.places[entry.position][1].citation for entry in snapshot.ranked(question, limit)]

    return search


def naive_system(corpus: Corpus) -> System:
    """The bot that everyone writes: rank-bm25 as it comes, over lower-case text split at white space."""
    from rank_bm25 import BM25Okapi

    bm25 = BM25Okapi([paragraph.text.lower().split() for _, paragraph in corpus.places])

    def search(question: str, limit: int) -> list[CitationId]:
        scores = bm25.get_scores(question.lower().split())
        return [corpus.places[at][1].citation for at in np.argsort(-scores, kind="stable")[:limit].tolist()]

    return search


def rankings(
    collection: Collection,
    system: System,
    progress: Callable[[Sequence[Question]], Iterable[Question]] = iter,
) -> tuple[dict[str, Ranking], float]:
    """What the system finds for every question, as the collection judges it, and the mean milliseconds a question."""
    article_of = {paragraph.citation: article.id for article, paragraph in collection.corpus.places}
    limit = len(article_of) if collection.level == "candidates" else SEARCHED
    found: dict[str, Ranking] = {}
    seconds = 0.0
    for question in progress(collection.questions):
        start = time.perf_counter()
        citations = system(question.text, limit)
        seconds += time.perf_counter() - start
        found[question.id] = tuple(_judged(citations, question.id, article_of, collection.level))[:DEPTH]
    return found, 1000 * seconds / max(1, len(found))


def _judged(
    citations: Iterable[CitationId], question_id: str, article_of: Mapping[CitationId, ArticleId], level: Level
) -> Iterator[str]:
    if level == "article":
        yield from dict.fromkeys(article_of[citation] for citation in citations)
    elif level == "candidates":
        yield from (citation for citation in citations if article_of[citation] == question_id)
    else:
        yield from citations


# ------------------------------------------------------------------------------------------------ scoring


@dataclass(frozen=True)
class Scores:
    """The measures of one system on one collection, by the names in `MEASURES`."""

    means: Mapping[str, float]
    by_question: Mapping[str, Mapping[str, float]] = field(repr=False)
    """Question id → measure → value."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """How well questions that the articles cover are told from others."""

    answerable: int
    off_topic: int
    auroc: float
    """Chance that an answerable question gets more confidence than an off-topic one."""
    false_answers: float
    """Share of the off-topic questions that are answered."""
    refused: float
    """Share of the off-topic questions that are not covered; the others are weak."""
    false_refusals: float
    """Share of the answerable questions that are not covered."""
    answered: float
    """Share of the answerable questions that are answered; the others of them are weak or uncovered."""


@dataclass(frozen=True)
class Scorecard:
    """One row of the evaluation's table."""

    collection: str
    questions: int
    scores: Mapping[str, float]
    milliseconds: float
    """Mean time a question."""
    baseline: Mapping[str, float] | None = None
    p_value: float | None = None
    """Of the difference in nDCG@10 to the baseline, two-sided."""
    refusals: Refusals | None = None

    def as_json(self) -> dict[str, Any]:
        """The card as what `json` can write."""
        return asdict(self)


def scores(collection: Collection, found: Mapping[str, Ranking]) -> Scores:
    """All measures, computed by ir-measures (trec_eval). A question without any result counts as 0."""
    import ir_measures
    from ir_measures import RR, R, Success, nDCG

    # Not by their names: ir-measures 0.4.3 reads these with parts of `ast` that Python 3.14 no longer has.
    measures = [nDCG @ 10, RR @ 10, Success @ 1, Success @ 3, Success @ 5, R @ 100]
    names = dict(zip(map(str, measures), MEASURES, strict=True))
    # trec_eval orders equal scores by id; a score for each rank keeps the order as it is.
    run = {
        question_id: {document_id: 1 / rank for rank, document_id in enumerate(ranking, start=1)}
        for question_id, ranking in found.items()
        if ranking
    }
    judgments = {question.id: dict(collection.judgments[question.id]) for question in collection.questions}
    by_question = {question.id: dict.fromkeys(MEASURES, 0.0) for question in collection.questions}
    for value in ir_measures.iter_calc(measures, judgments, run):
        by_question[value.query_id][names[str(value.measure)]] = float(value.value)
    count = max(1, len(by_question))
    means = {name: math.fsum(row[name] for row in by_question.values()) / count for name in MEASURES}
    return Scores(means, by_question)


def p_value(one: Sequence[float], other: Sequence[float], rounds: int = 10_000) -> float:
    """Two-sided p-value of the mean difference of paired values, by Fisher's randomisation test with a fixed seed.

    Source: Smucker, Allan & Carterette, "A comparison of statistical significance tests for information retrieval
    evaluation", CIKM 2007.
    """
    differences = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    if not differences.any():
        return 1.0
    generator = np.random.default_rng(2007)
    observed = abs(float(differences.sum())) - 1e-12
    extreme = 0
    for _ in range(0, rounds, 1000):
        signs = generator.integers(0, 2, size=(min(1000, rounds), len(differences))) * 2 - 1
        extreme += int((np.abs(signs @ differences) >= observed).sum())
    return (extreme + 1) / (rounds + 1)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """Chance that a positive is above a negative, equals counting half; 0.5 if there are none of either.

    Source: Hanley & McNeil, "The meaning and use of the area under a ROC curve", 1982 (Mann-Whitney's U).
    """
    if not positives or not negatives:
        return 0.5
    ordered = np.sort(np.asarray(negatives, dtype=np.float64))
    values = np.asarray(positives, dtype=np.float64)
    below = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    return float(below.mean() / 2 / len(ordered))


def refusals(snapshot: Snapshot, answerable: Iterable[str], off_topic: Iterable[str]) -> Refusals:
    """How the gate tells the two kinds of questions apart."""
    inside = [snapshot.search(question, 1) for question in answerable]
    outside = [snapshot.search(question, 1) for question in off_topic]
    return Refusals(
        len(inside),
        len(outside),
        auroc([result.confidence for result in inside], [result.confidence for result in outside]),
        _share(result.outcome is Outcome.ANSWERED for result in outside),
        _share(result.outcome is Outcome.UNCOVERED for result in outside),
        _share(result.outcome is Outcome.UNCOVERED for result in inside),
        _share(result.outcome is Outcome.ANSWERED for result in inside),
    )


def _share(facts: Iterable[bool]) -> float:
    values = list(facts)
    return sum(values) / len(values) if values else 0.0


def scorecard(
    collection: Collection,
    *,
    baseline: Literal["naive"] | None = None,
    off_topic: Sequence[str] = (),
    progress: Callable[[Sequence[Question]], Iterable[Question]] = iter,
) -> tuple[Scorecard, dict[str, Ranking]]:
    """The row of a collection, and the rankings it was made from (for `write_run`).

    *off_topic*: questions of other collections; refusals are measured when there are any, or when the collection has
    its own.
    """
    snapshot = Snapshot(collection.corpus)
    try:
        found, milliseconds = rankings(collection, snapshot_system(snapshot), progress)
        own = scores(collection, found)
        other, p = None, None
        if baseline == "naive":
            naive = scores(collection, rankings(collection, naive_system(collection.corpus))[0])
            ours = [own.by_question[question]["nDCG@10"] for question in naive.by_question]
            theirs = [row["nDCG@10"] for row in naive.by_question.values()]
            other, p = naive.means, p_value(ours, theirs)
        outside = [*off_topic, *(question.text for question in collection.refused)]
        gate = refusals(snapshot, [question.text for question in collection.questions], outside) if outside else None
    finally:
        snapshot.close()
    return Scorecard(collection.name, len(found), own.means, milliseconds, other, p, gate), found
