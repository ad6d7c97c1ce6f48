"""The benchmarks run, on next to nothing: each prints its table and leaves it in the documentation with its picture."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import analysing, askers, cluster, growth, load, mutation, scale, search, servers, shares, soak
from tests.browser import ROOT
from tests.conftest import SEEDS
from tests.opensearch import JAVA


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """What `benchmarks.debian_text` makes, out of the seed."""
    (seed,) = SEEDS.glob("*.txt")
    texts = [line for line in seed.read_text(encoding="utf-8").splitlines() if len(line.split()) > 12]
    lines = [json.dumps({"title": f"Page {at}", "paragraphs": [text]}) for at, text in enumerate(texts)]
    (tmp_path / "articles.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A copy of the pages with the tables."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for page in ("benchmarks.md", "reliability.md"):
        shutil.copy(ROOT / "docs" / page, folder)
    return folder


def test_times_of_a_question_are_told_by_size(source: Path, docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    search.main(source, [3, 5], docs)

    (three, *its), (five, *_) = rows_published("search", docs, capsys)
    assert (three, five) == ("3", "5")
    *percentiles, overlap = its
    assert len(percentiles) == 4
    assert all(0 < float(p50) <= float(p99) for p50, _, p99 in (one.split(" / ") for one in percentiles))
    assert float(overlap) == 1


def test_building_changing_and_starting_are_told_by_size(
    source: Path, docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    growth.main(source, [5], docs)

    ((five, *figures),) = rows_published("growth", docs, capsys)
    build, least, reload, _start, memory, making, _disk = map(float, figures)
    assert five == "5"
    assert 0 < least < build
    assert reload > 0
    assert memory > 10
    assert making < memory  # so few paragraphs need no other process


def test_memory_of_what_a_process_of_a_process_holds_is_watched() -> None:
    holding = "import time; held = b'x' * 200_000_000; time.sleep(2)"
    between = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {holding!r}])"
    making = growth.Making()
    making.start()
    subprocess.run([sys.executable, "-c", between], check=True)

    assert making.ended() > 190


async def test_shares_of_an_ask_are_told_by_stage(source: Path, docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await shares.main(source, [5], docs)

    ((five, _milliseconds, *told),) = rows_published("shares", docs, capsys)
    assert five == "5"
    assert len(told) == len(shares.STAGES)
    assert all(float(share.removesuffix("%")) > 0 for share in told)
    assert sum(float(share.removesuffix("%")) for share in told) == pytest.approx(100, abs=1)


def test_speed_of_the_analysis_is_told_beside_a_plain_regex(
    source: Path, docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    analysing.main(source, 5, docs)

    rows = rows_published("analysing", docs, capsys)
    assert [what for what, _, _ in rows] == [
        "plain regex",
        "terms of a text",
        "an article as an index takes it",
        "cleaning an article",
        "cleaning a saved page",
    ]
    assert rows[0][2] == "1.0"
    assert all(float(rate) > 0 and float(times) > 1 for _, rate, times in rows[1:])


async def test_answers_a_second_are_told_for_one_asker_and_for_many(
    source: Path, docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await askers.main(source, [5], docs, seconds=0.05)

    rows = rows_published("askers", docs, capsys)
    assert [row[:2] for row in rows] == [["5", "1"], ["5", "2"], ["5", "8"]]
    assert all(float(rate) > 0 for row in rows for rate in row[2:5])


@pytest.mark.skipif(not JAVA and not os.environ.get("CI"), reason="Java or Maven is missing on this machine")
def test_cluster_is_told_by_its_nodes(source: Path, docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cluster.main(source, [5], [1], docs)

    (row,) = rows_published("cluster", docs, capsys)
    assert row[:2] == ["5", "1"]
    assert all(float(figure) > 0 for figure in row[2:6])


def test_memory_is_told_by_the_number_of_servers(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    servers.main([1, 300], docs)

    (one, alone), (many, together) = rows_published("servers", docs, capsys)
    assert (one, many) == ("1", "300")
    assert 0 < float(alone) < float(together)


async def test_load_is_told_beside_a_bare_bot(source: Path, docs: Path) -> None:
    await load.main(source, 0.4, paragraphs=4, reloaded=6, docs=docs)

    page = (docs / "reliability.md").read_text(encoding="utf-8")
    table = page.partition("<!-- load -->\n")[2].partition("<!-- end -->")[0]
    rows = [re.split(r" \| ", line.strip("| ")) for line in table.splitlines() if line.startswith("| ")]
    assert [row[0].split(" (")[0] for row in rows[2:6]] == [
        "Quoth, 100 a second",
        "bare bot, 100 a second",
        "Quoth, 50 a second",
        "the same, during a reload of 6 paragraphs",
    ]
    assert [row[1:3] for row in rows[2:5]] == [["40", "0"], ["40", "0"], ["20", "0"]]
    assert all(float(row[3]) <= float(row[5]) for row in rows[2:6])
    assert all(float(ratio) > 0 for _, ratio in rows[8:])
    assert (docs / "load.png").read_bytes().startswith(b"\x89PNG")


async def test_memory_is_told_by_answers(docs: Path) -> None:
    await soak.main(200, docs)

    row = (docs / "reliability.md").read_text(encoding="utf-8").partition("<!-- soak -->\n")[2].splitlines()[2]
    answers, warm_up, *memory = row.strip("| ").split(" | ")
    assert (answers, warm_up) == ("200", "20")
    assert all(float(megabytes) > 50 for megabytes in memory)
    assert json.loads((docs / "soak.json").read_text(encoding="utf-8"))["answers"] == 200
    assert (docs / "soak.png").read_bytes().startswith(b"\x89PNG")


def test_faults_that_are_noticed_are_told_by_part(
    docs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "docs" / "reliability.md", docs)
    gate = {"killed": 9, "timed_out": 1, "survived": 10, "tried": 20, "mutants": 100, "score": 0.5}
    (docs / "mutation.json").write_text(json.dumps({"rows": {"gate": gate}}))

    mutation.main(tmp_path / "work", ["escaper"], docs=docs)

    told = json.loads((docs / "mutation.json").read_text(encoding="utf-8"))["rows"]
    assert [*told] == ["escaper", "gate"]
    assert told["escaper"]["killed"] > 10
    row = "| escaper | {killed} | {timed_out} | {survived} | {tried} | {mutants} | {score:.1%} |\n".format(
        **told["escaper"]
    )
    assert row in capfd.readouterr().out
    page = (docs / "reliability.md").read_text(encoding="utf-8")
    assert f"{row}| gate | 9 | 1 | 10 | 20 | 100 | 50.0% |\n<!-- end -->" in page


def test_tables_of_the_scale_follow_from_what_was_measured(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "scale.md"
    shutil.copytree(ROOT / "docs", page.parent)
    page.write_text(re.sub(r"(-->\n)\|.*?(<!-- end)", r"\1\2", page.read_text(encoding="utf-8"), flags=re.DOTALL))

    scale.main(page.parent)

    assert page.read_text(encoding="utf-8") == (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")


def test_what_is_reckoned_goes_on_as_the_largest_sizes_did() -> None:
    line = scale.proportional([(1, 7), (10, 20), (100, 200)])
    power = scale.powered([(10, 1), (100, 2), (1000, 4)])

    falling = scale.proportional([(10, 20), (100, 10)])

    assert [line(1), line(100), line(1000)] == [7, 200, 2000]
    assert [falling(55), falling(1000)] == [15, 10]
    assert [power(10), power(1000)] == [1, 4]
    assert power(100_000) == pytest.approx(16)


def rows_published(name: str, docs: Path, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """The rows of the first table that was printed, which stands in the documentation, too."""
    page = (docs / "benchmarks.md").read_text(encoding="utf-8")
    section = page.partition(f"<!-- {name} -->\n")[2].partition("<!-- end -->")[0]
    assert section
    assert section in capsys.readouterr().out
    table = section.partition("\n\n")[0]
    assert (docs / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((docs / f"{name}.json").read_text(encoding="utf-8"))["rows"]
    return [re.split(r" \| ", line.strip("| ")) for line in table.splitlines()[2:]]
