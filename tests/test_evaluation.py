"""Collections are read and written, and measures are what one computes by hand."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import pytest

from retrieval.evaluation import (
    BadCollection,
    Collection,
    Question,
    UnknownJudgment,
    auroc,
    p_value,
    read_collection,
    read_questions,
    scores,
    write_beir,
    write_run,
)
from retrieval.model import Article, ArticleId, Corpus
from retrieval.splitting import paragraphs

NAME = ArticleId("harbour")
CORPUS = Corpus((Article(NAME, "Harbour", paragraphs(NAME, ["The harbour froze.", "A ferry sank."]), "h", ""),))
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


def test_run_file_is_in_trecs_format() -> None:
    out = io.StringIO()
    write_run({"q1": (FERRY, ICE)}, out)

    assert out.getvalue() == f"q1 Q0 {FERRY} 1 1.000000 quoth\nq1 Q0 {ICE} 2 0.500000 quoth\n"
