"""The user's article: what of it can be quoted, what is kept beside it, and that the file is the user's."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from retrieval.evaluation import Collection, read_questions
from retrieval.library import Library
from retrieval.loading import load
from retrieval.model import Outcome, Rule
from retrieval.snapshot import Snapshot
from tests.conftest import SEEDS

FLOOR_RIGHT, FLOOR_REFUSED = 18, 11


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return Library(SEEDS).reload().snapshot


@pytest.fixture(scope="module")
def judged(snapshot: Snapshot) -> Collection:
    return read_questions(Path(__file__).parent / "questions.toml", snapshot.corpus)


def test_seed_is_the_file_that_was_given() -> None:
    (seed,) = SEEDS.iterdir()

    assert (
        hashlib.sha256(seed.read_bytes()).hexdigest()
        == "99269fe2747c15bfc6d665bf19eb1e35c85edafa728f1c79685434e0e7decbea"
    )


def test_seed_has_its_title_and_exactly_its_18_body_paragraphs() -> None:
    (article,) = load(SEEDS).articles
    lines = next(SEEDS.iterdir()).read_text(encoding="utf-8").split("\n")
    body = [line for line in lines[9:46] if line]

    assert article.title == "Kosovo Formally Establishes Ties With Israel, To Open Embassy In Jerusalem"
    assert [paragraph.text for paragraph in article.paragraphs] == body
    assert [paragraph.number for paragraph in article.paragraphs] == list(range(1, 19))


def test_seed_keeps_credit_and_notice_and_leaves_out_furniture() -> None:
    (article,) = load(SEEDS).articles

    assert [(line.line, line.rule) for line in article.left_out if line.rule is not Rule.TITLE] == [
        (1, Rule.NAVIGATION),
        (3, Rule.NAVIGATION),
        (8, Rule.CAPTION),
        (9, Rule.CAPTION),
    ]
    assert [(line.line, line.rule) for line in article.notices] == [
        (47, Rule.CREDIT),
        (49, Rule.NOTICE),
        (51, Rule.NOTICE),
        (53, Rule.NOTICE),
    ]


def test_seed_states_nothing_and_nothing_is_guessed() -> None:
    (article,) = load(SEEDS).articles
    metadata = article.metadata

    assert (metadata.author, metadata.publisher, metadata.published, metadata.url) == (None, None, None, None)


def test_questions_on_the_seed_are_answered_by_the_right_paragraph(snapshot: Snapshot, judged: Collection) -> None:
    wrong = []
    for question in judged.questions:
        found = snapshot.search(question.text, 1)
        right = judged.judgments[question.id]
        if found.outcome is Outcome.UNCOVERED or found.passages[0].paragraph.citation not in right:
            wrong.append(question.text)

    assert len(judged.questions) == 20
    assert 20 - len(wrong) >= FLOOR_RIGHT, wrong


def test_questions_beside_the_seed_are_refused(snapshot: Snapshot, judged: Collection) -> None:
    shown = [
        question.text
        for question in judged.refused
        if snapshot.search(question.text, 1).outcome is not Outcome.UNCOVERED
    ]

    assert len(judged.refused) == 12
    assert 12 - len(shown) >= FLOOR_REFUSED, shown
