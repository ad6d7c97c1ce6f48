"""Collections are read and written, and measures are what one computes by hand."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.evaluation import (
    Collection,
    Level,
    Question,
    UnknownJudgment,
    auroc,
    p_value,
    rankings,
    read_collection,
    read_questions,
    scores,
    write_beir,
    write_run,
)
from retrieval.model import Article, ArticleId, Corpus
from retrieval.rows import BadCollection
from retrieval.splitting import paragraphs

NAME = ArticleId("harbour")
CORPUS = Corpus((Article(NAME, "Harbour", paragraphs(NAME, ["The harbour froze.", "A ferry sank."]), "h", ""),))
LAMPS = ArticleId("lamps")
(LAMP,) = (paragraph.citation for paragraph in paragraphs(LAMPS, ["Oil burns."]))
ICE, FERRY = (paragraph.citation for _, paragraph in CORPUS.places)
COLLECTION = Collection("town", CORPUS, (Question("q1", "What froze?"),), {"q1": {ICE: 1}})


def test_collection_written_in_beirs_layout_is_read_back(tmp_path: Path) -> None:
    write_beir(COLLECTION, tmp_path)
    read = read_collection(tmp_path)

    assert read.questions == COLLECTION.questions
    assert read.judgments == COLLECTION.judgments
    assert [(a.id, a.title, p.citation, p.text) for a, p in read.corpus.places] == [
        (a.id, a.title, p.citation, p.text) for a, p in CORPUS.places
    ]


def test_developers_layout_is_read_and_a_judgment_of_nothing_fails(tmp_path: Path) -> None:
    row = {"id": "p1", "article_id": "a", "title": "T", "text": "Ice."}
    (tmp_path / "passages.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "queries.jsonl").write_text('{"id": "1", "text": "ice?"}\n{"id": "2", "text": "unjudged?"}\n')
    (tmp_path / "meta.json").write_text('{"level": "passage"}')
    (tmp_path / "qrels.tsv").write_text("1\tp1\t1\n")

    assert read_collection(tmp_path).questions == (Question("1", "ice?"),)

    (tmp_path / "qrels.tsv").write_text("1\tp9\t1\n")

    with pytest.raises(BadCollection, match="p9"):
        read_collection(tmp_path)


def test_quoted_words_judge_and_words_that_stand_nowhere_fail(tmp_path: Path) -> None:
    path = tmp_path / "questions.toml"
    path.write_text('[[question]]\nask = "What sank?"\nquotes = ["A ferry"]\n[[question]]\nask = "Who?"\n')
    read = read_questions(path, CORPUS)

    assert read.judgments == {"q1": {FERRY: 1}}
    assert read.refused == (Question("q2", "Who?"),)

    path.write_text('[[question]]\nask = "What?"\nquotes = ["A tram"]\n')

    with pytest.raises(UnknownJudgment, match="A tram"):
        read_questions(path, CORPUS)


def test_measures_are_those_computed_by_hand() -> None:
    means = scores(COLLECTION, {"q1": (FERRY, ICE)}).means

    assert means["nDCG@10"] == pytest.approx(1 / math.log2(3))
    assert means["MRR@10"] == 0.5
    assert (means["Success@1"], means["Success@3"], means["Recall@100"]) == (0, 1, 1)


def test_equal_systems_do_not_differ_and_auroc_counts_equals_half() -> None:
    assert p_value([0.5, 1], [0.5, 1]) == 1
    assert p_value([1.0] * 20, [0.0] * 20) < 0.01
    assert auroc([1, 2], [0, 1]) == pytest.approx(3.5 / 4)


def test_nothing_to_tell_apart_is_told_apart_by_chance() -> None:
    assert auroc([], [0.5]) == auroc([0.5], []) == 0.5


def test_collection_that_judges_articles_does_not_fit_into_beirs_layout(tmp_path: Path) -> None:
    with pytest.raises(BadCollection, match=r"town judges whole articles; BEIR's layout judges paragraphs\."):
        write_beir(replace(COLLECTION, level="article"), tmp_path)


@pytest.mark.parametrize(
    ("level", "found"), [("passage", (FERRY, ICE, LAMP)), ("article", ("harbour", "lamps")), ("candidates", (LAMP,))]
)
def test_what_is_found_is_told_as_the_collection_judges_it(level: Level, found: tuple[str, ...]) -> None:
    corpus = Corpus((*CORPUS.articles, Article(LAMPS, "Lamps", paragraphs(LAMPS, ["Oil burns."]), "l", "")))
    collection = Collection("town", corpus, (Question("lamps", "What burns?"),), {}, level)

    assert rankings(collection, lambda question, limit: [FERRY, ICE, LAMP])[0] == {"lamps": found}


def test_run_file_is_in_trecs_format() -> None:
    out = io.StringIO()
    write_run({"q1": (FERRY, ICE)}, out)

    assert out.getvalue() == f"q1 Q0 {FERRY} 1 1.000000 quoth\nq1 Q0 {ICE} 2 0.500000 quoth\n"


BEIR = {
    "corpus.jsonl": '{"_id": 7, "title": null, "text": "The harbour froze."}\n{"_id": "d2", "text": "A ferry sank."}\n',
    "queries.jsonl": '{"_id": 1, "text": "What froze?"}\n{"_id": "q2", "text": "What sank?"}\n',
    "qrels/test.tsv": "query-id\tcorpus-id\tscore\n1\t7\t1.0\n",
}
DEVELOPERS = {
    "passages.jsonl": '{"id": "p1", "article_id": "a", "title": "T", "text": "Ice."}\n',
    "queries.jsonl": '{"id": "1", "text": "ice?"}\n',
    "meta.json": "{}",
    "qrels.tsv": "1\tp1\t1\n",
}


def collection_in(folder: Path, files: dict[str, str | bytes | None]) -> Path:
    for name, content in files.items():
        if content is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_numbers_as_ids_whole_gains_no_titles_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    files = {name: b"\xef\xbb\xbf" + text.encode() for name, text in BEIR.items()}

    read = read_collection(collection_in(tmp_path, {**files}))

    assert read.questions == (Question("1", "What froze?"),)
    assert read.judgments == {"1": {"7": 1}}
    assert [article.title for article in read.corpus.articles] == ["", ""]


def test_judgments_of_the_test_set_are_read_alone(tmp_path: Path) -> None:
    train = {"qrels/train.tsv": "query-id\tcorpus-id\tscore\nq2\td2\t1\n"}
    both, alone = tmp_path / "both", tmp_path / "alone"

    assert read_collection(collection_in(both, {**BEIR, **train})).judgments == {"1": {"7": 1}}
    assert read_collection(collection_in(alone, {**BEIR, "qrels/test.tsv": None, **train})).judgments == {
        "q2": {"d2": 1}
    }


def test_blank_line_among_judgments_is_passed_over(tmp_path: Path) -> None:
    files = {**BEIR, "qrels/test.tsv": "query-id\tcorpus-id\tscore\n\n1\t7\t1\n \nq2\td2\t1\n"}

    assert read_collection(collection_in(tmp_path, {**files})).judgments == {"1": {"7": 1}, "q2": {"d2": 1}}


def test_judgments_without_a_heading_are_all_read(tmp_path: Path) -> None:
    files = {**BEIR, "qrels/test.tsv": "1\t7\t1\nq2\td2\t2\n"}

    assert read_collection(collection_in(tmp_path, {**files})).judgments == {"1": {"7": 1}, "q2": {"d2": 2}}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("qrels/test.tsv", "1\t7\n", "test.tsv, line 1 is not a question, a paragraph and a gain with tabs between"),
        ("qrels/test.tsv", "1 7 1\n", "test.tsv, line 1 is not a question, a paragraph and a gain with tabs between"),
        ("qrels/test.tsv", "1\t7\thigh\n", "test.tsv, line 1: the gain “high” is not a whole number."),
        ("qrels/test.tsv", "1\t7\t1\n1\td2\t\n", "test.tsv, line 2: the gain “” is not a whole number."),
        ("qrels/test.tsv", "1\t7\t0.5\n", "the gain “0.5” is not a whole number."),
        ("qrels/test.tsv", "1\t7\t1\nq9\t7\t1\n", "test.tsv, line 2 judges question q9, which is not there."),
        ("qrels/test.tsv", "1\tp9\t1\n", "the judgment of question 1 names p9, which is not there."),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "has no judged question, so there is nothing to measure."),
        ("qrels/test.tsv", "1\t7\t0\n", "has no judged question, so there is nothing to measure."),
        ("qrels/test.tsv", None, "has no qrels/test.tsv."),
        ("corpus.jsonl", '{"_id": "7", "text": "Ice."}\n\n{"_id": "d', "corpus.jsonl, line 3 is not JSON."),
        ("corpus.jsonl", "[" * 100_000, "corpus.jsonl, line 1 is not JSON."),
        ("corpus.jsonl", "[]\n", "corpus.jsonl, line 1 is not a JSON object."),
        ("corpus.jsonl", '{"text": "Ice."}\n', "corpus.jsonl, line 1 has no “_id” that is text or a number."),
        ("corpus.jsonl", '{"_id": "7", "text": null}\n', "corpus.jsonl, line 1 has no “text” that is text."),
        ("corpus.jsonl", '{"_id": "7", "title": 3, "text": "Ice."}\n', "line 1 has no “title” that is text."),
        ("corpus.jsonl", b'{"_id": "7", "text": "a"}\n{"_id": "8", "text": "\xe9"}\n', "line 2 is not text in UTF-8."),
        ("corpus.jsonl", '{"_id": 7, "text": "a"}\n{"_id": "7", "text": "b"}\n', "two paragraphs have the id 7."),
        ("queries.jsonl", '{"_id": 1, "text": "a"}\n{"_id": "1", "text": "b"}\n', "two questions have the id 1."),
        ("queries.jsonl", None, "queries.jsonl is missing."),
        ("queries.jsonl", '{"_id": "1"}\n', "queries.jsonl, line 1 has no “text” that is text."),
    ],
)
def test_mistake_in_a_collection_is_told_with_its_place(
    name: str, content: str | bytes | None, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(BadCollection, match=re.escape(sentence)):
        read_collection(collection_in(tmp_path, {**BEIR, name: content}))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("meta.json", None, "meta.json is missing."),
        ("meta.json", "{", "meta.json is not JSON."),
        ("meta.json", '{"level": "page"}', "meta.json: “level” is none of passage, article, candidates."),
        ("qrels.tsv", None, "qrels.tsv is missing."),
        ("passages.jsonl", '{"id": "p1", "text": "Ice."}\n', "line 1 has no “article_id” that is text or a number."),
    ],
)
def test_mistake_in_the_developers_layout_is_told(
    name: str, content: str | None, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(BadCollection, match=re.escape(sentence)):
        read_collection(collection_in(tmp_path, {**DEVELOPERS, name: content}))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[question]\n", "questions.toml is not TOML"),
        ("[[question]]\nquotes = []\n", "questions.toml, question 1 has no “ask” that is text."),
        ("question = 1\n", "a question begins with [[question]], in two pairs of brackets."),
        ('[question]\nask = "What?"\n', "a question begins with [[question]], in two pairs of brackets."),
        ('[[question]]\nask = "What?"\nquotes = "A ferry"\n', "question 1: “quotes” is not a list of texts"),
        ('[[question]]\nask = "What?"\nquotes = [" "]\n', "question 1: “quotes” is not a list of texts"),
        ('[[question]]\nask = "Who?"\n', "has no question with quotes, so there is nothing to measure."),
        ("", "has no question with quotes, so there is nothing to measure."),
    ],
)
def test_mistake_in_questions_is_told(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "questions.toml"
    path.write_text(text)

    with pytest.raises(BadCollection, match=re.escape(sentence)):
        read_questions(path, CORPUS)


def test_questions_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadCollection, match=r"questions\.toml is missing\."):
        read_questions(tmp_path / "questions.toml", CORPUS)
