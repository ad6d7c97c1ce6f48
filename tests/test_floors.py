"""The retriever keeps what it has reached on judged collections; and the gate that says so has teeth."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from retrieval.evaluation import rankings, read_collection, scores, snapshot_system
from retrieval.floors import (
    MEASURES,
    BadFloors,
    Floor,
    FloorLowered,
    checksum,
    complaints,
    floor_of,
    raised,
    read_floors,
    write_floors,
)
from retrieval.loading import load
from retrieval.snapshot import Snapshot
from tests.browser import ROOT

FLOORS = ROOT / "tests" / "floors.json"
EVAL = Path(os.environ.get("EVAL_COLLECTIONS", ROOT.parent / "shared" / "eval"))
OWN = {"harbour": ROOT / "tests" / "harbour"}
"""Written for this project, so it is there when the collections of others are not."""
SCORES = {"nDCG@10": 0.9, "MRR@10": 0.8, "Success@1": 0.7, "Recall@100": 1.0}


def _measured(folder: Path) -> Floor:
    collection = read_collection(folder, load)
    found, _ = rankings(collection, snapshot_system(Snapshot(collection.corpus)))
    return floor_of(folder, scores(collection, found).means)


def _collections() -> list[str]:
    there = [name for name in read_floors(FLOORS) if name in OWN or (EVAL / name).is_dir()]
    # CI has the collections beside the checkout; a figure must not go unmeasured there unseen.
    assert there == list(read_floors(FLOORS)) or not os.environ.get("CI") or not EVAL.is_dir()
    return there


@pytest.mark.parametrize("name", _collections())
def test_retriever_keeps_its_floor(name: str) -> None:
    assert complaints(name, _measured(OWN.get(name, EVAL / name)), read_floors(FLOORS)) == []


def test_every_own_collection_has_a_floor() -> None:
    assert set(OWN) <= set(read_floors(FLOORS))


@pytest.mark.parametrize("measure", MEASURES)
def test_drop_of_any_measure_is_named(measure: str) -> None:
    floors = {"a": Floor("x", SCORES)}
    worse = Floor("x", SCORES | {measure: SCORES[measure] - 0.002})

    assert complaints("a", worse, floors) == [
        f"a: {measure} is {SCORES[measure] - 0.002:.4f}, below its floor of {SCORES[measure]:.4f}."
    ]


def test_last_bits_of_arithmetic_are_no_drop() -> None:
    floors = {"a": Floor("x", SCORES)}

    assert complaints("a", Floor("x", {name: score - 0.0005 for name, score in SCORES.items()}), floors) == []


def test_other_collection_under_the_same_name_is_named() -> None:
    floors = {"a": Floor("x", SCORES)}

    assert complaints("a", Floor("y", SCORES), floors) == ["a is not the collection that its floor was measured on."]


def test_collection_without_a_floor_is_named() -> None:
    assert complaints("a", Floor("x", SCORES), {}) == ["a has no floor yet."]


def test_one_changed_byte_changes_the_checksum(tmp_path: Path) -> None:
    (tmp_path / "questions.toml").write_text("a")
    before = checksum(tmp_path)
    (tmp_path / "questions.toml").write_text("b")

    assert checksum(tmp_path) != before


@pytest.mark.parametrize(("judged", "counts"), [("questions.toml", True), ("corpus.jsonl", False)])
def test_articles_count_where_they_are_what_is_measured(judged: str, counts: bool, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / judged).write_text("a")
    before = checksum(tmp_path)
    (tmp_path / "articles" / "ice.md").write_text("The harbour froze.")

    assert (checksum(tmp_path) != before) is counts


def test_floors_are_raised_and_lowered_only_when_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    write_floors(path, raised({}, {"a": Floor("x", SCORES)}, may_lower=False))
    better = {"a": Floor("x", SCORES | {"nDCG@10": 0.95})}
    worse = {"a": Floor("x", SCORES | {"nDCG@10": 0.5})}

    write_floors(path, raised(read_floors(path), better, may_lower=False))
    with pytest.raises(
        FloorLowered, match=r"a: nDCG@10 is 0\.5000, below its floor of 0\.9500\. Nothing was written\."
    ):
        raised(read_floors(path), worse, may_lower=False)

    assert read_floors(path) == better
    assert raised(read_floors(path), worse, may_lower=True) == worse


def test_floor_does_not_sink_by_noise() -> None:
    floors = {"a": Floor("x", SCORES)}
    mixed = Floor("x", SCORES | {"nDCG@10": SCORES["nDCG@10"] - 0.0005, "MRR@10": 0.85})

    assert raised(floors, {"a": mixed}, may_lower=False) == {"a": Floor("x", SCORES | {"MRR@10": 0.85})}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"a": 1}', '{"a": {}}', '{"a": {"checksum": "x", "scores": {"speed": 1}}}', "[" * 100_000]
)
def test_file_that_holds_no_floors_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    path.write_text(text)

    with pytest.raises(BadFloors, match="does not hold floors as --raise-floors writes them"):
        read_floors(path)


def test_floors_that_cannot_be_read_or_written_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadFloors, match="cannot be read"):
        read_floors(tmp_path)
    with pytest.raises(BadFloors, match="cannot be written"):
        write_floors(tmp_path / "nowhere" / "floors.json", {})
