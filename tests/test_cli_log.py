"""`quoth log …` in real processes on one data folder, as an operator types them, and its page in a real browser."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from playwright.async_api import expect

from bot import app
from bot.database import SqliteDatabase
from bot.judging import judged
from bot.querylog import Asked, Judged, QueryLog
from bot.querylog.reading import Kept
from bot.settings import LogMode
from retrieval.loading import load
from retrieval.model import CitationId, Outcome
from tests.browser import CHROMIUM, page_of
from tests.conftest import SEEDS
from tests.test_cli import quoth
from tests.test_querylog import ASKED

Log = Callable[..., CompletedProcess[str]]
HOSTILE = "<script>document.title='owned'</script> “moon” & [bold]tide[/bold]"
PLACES = {paragraph.number: paragraph.citation for _, paragraph in load(SEEDS).places}


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Runs `quoth log` on the seed article and a log with questions of two servers."""
    shutil.copytree(SEEDS, tmp_path / "articles")
    database = SqliteDatabase(tmp_path / "data" / app.DATABASE)
    QueryLog(database, mode_of=lambda server: LogMode.FULL).write(
        [
            row(1, "When did Kosovo declare independence?", shown=((PLACES[18], 9.0), (PLACES[4], 1.0))),
            row(2, "when did  Kosovo declare independence?", server=7, shown=((PLACES[18], 9.0),)),
            row(3, "Who unveiled a plaque?", shown=((PLACES[4], 2.0), (PLACES[5], 1.0))),
            row(4, HOSTILE, outcome=Outcome.UNCOVERED, missing=("moon", "tide")),
            row(5, "=tide moon", outcome=Outcome.UNCOVERED, missing=("tide", "moon")),
            row(6, "When did Kosovo declare independence from Serbia?", outcome=Outcome.UNCOVERED, server=7),
            Judged(f"{1:016x}", True, datetime.now(UTC)),
            Judged(f"{2:016x}", False, datetime.now(UTC), PLACES[4]),
            Judged(f"{3:016x}", False, datetime.now(UTC)),
            Judged(f"{3:016x}", True, datetime.now(UTC), CitationId("1.gone.aaaabbbbcccc")),
        ]
    )
    database.close()

    def run(*arguments: str) -> CompletedProcess[str]:
        return quoth("log", *arguments, cwd=tmp_path, QUOTH_ARTICLES=str(tmp_path / "articles"))

    return run


def row(number: int, text: str, **changes: Any) -> Asked:
    at = datetime.now(UTC) - timedelta(hours=number)
    own: dict[str, Any] = {
        "id": f"{number:016x}",
        "at": at,
        "question": text,
        "shown": (),
        "terms": (),
        "missing": (),
    }
    return replace(ASKED, **own | changes)


def of(done: CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_summary_counts_all_servers_or_one(log: Log) -> None:
    told = of(log("summary", "--days", "2", "--json"))
    assert (told["questions"], told["outcomes"]) == (6, {"answered": 3, "weak": 0, "uncovered": 3})
    assert (told["helpful"], told["unhelpful"]) == (2, 2)
    assert {(one["number"], one["times"]) for one in told["paragraphs"]} == {(4, 2), (18, 2), (5, 1)}
    assert told["articles"] == [{"title": load(SEEDS).articles[0].title, "times": 5}]
    assert of(log("summary", "--days", "2", "--server", "7", "--json"))["questions"] == 2

    shown = log("summary", "--days", "2").stdout
    assert "found helpful  50% of 4 votes" in shown
    assert "open gaps      2, 1 covered by now" in shown


def test_recent_and_gaps_show_questions_as_they_were_asked(log: Log) -> None:
    shown = log("recent", "--outcome", "uncovered", "--limit", "2").stdout
    assert HOSTILE in shown
    assert "3 questions, page 1 of 2" in shown
    assert [one["id"] for one in of(log("recent", "--json"))["questions"]] == [f"{n:016x}" for n in range(1, 7)]

    moon, independence = of(log("gaps", "--json"))
    assert (moon["question"], moon["asked"], moon["covered_by"]) == (HOSTILE, 2, None)
    assert (independence["server"], independence["covered_by"]["number"]) == ("7", 18)
    assert "1 of 2 open gaps are covered by now." in log("gaps").stdout


def test_change_of_the_articles_tells_which_gaps_it_covers(log: Log, tmp_path: Path) -> None:
    (tmp_path / "tide.md").write_text("# Tides\n\nThe moon makes the tide.\n")

    added = quoth("index", "add", "tide.md", cwd=tmp_path, QUOTH_ARTICLES=str(tmp_path / "articles"))

    assert "2 of 2 open gaps covered by now: “Tides”, “Kosovo Formally" in added.stdout
    gaps = of(quoth("index", "remove", "Tides", "--json", cwd=tmp_path))["gaps"]
    assert (gaps["open"], gaps["asked_again"]) == (2, 2)
    (covered,) = gaps["covered"]
    assert covered["question"] == "When did Kosovo declare independence from Serbia?"
    assert covered["covered_by"]["number"] == 18


def test_log_of_no_questions_has_a_sentence_for_a_chart(tmp_path: Path) -> None:
    shutil.copytree(SEEDS, tmp_path / "articles")

    assert quoth("log", "report", "--html", "report.html", cwd=tmp_path).returncode == 0

    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<p>No question of this time is in the log.</p>" in page
    assert "<img" not in page


def test_export_writes_what_the_name_says_and_prune_deletes(log: Log, tmp_path: Path) -> None:
    assert "6 questions are in all.csv." in log("export", "all.csv").stdout
    assert "2 questions are in seven.jsonl." in log("export", "seven.jsonl", "--server", "7").stdout
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        assert {one["question"] for one in csv.DictReader(file)} >= {"'=tide moon", HOSTILE}
    lines = (tmp_path / "seven.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["server"] for line in lines} == {"7"}
    failed = log("export", "no/such/folder.csv")
    assert (failed.returncode, failed.stderr.strip()) == (
        2,
        "no/such/folder.csv cannot be written (No such file or directory).",
    )

    assert "0 questions were deleted." in log("prune", "--days", "1").stdout
    assert of(log("summary", "--json"))["questions"] == 6


def test_votes_become_a_collection_that_eval_reads(log: Log, tmp_path: Path) -> None:
    done = log("judgments", "votes")
    assert done.stdout.strip() == ("In votes: 2 questions with 3 votes. Left out, because their passages are gone: 1.")
    lines = (tmp_path / "votes" / "qrels" / "test.tsv").read_text().splitlines()
    assert sorted(lines[1:]) == sorted(
        [f"q2\t{PLACES[18]}\t1", f"q2\t{PLACES[4]}\t0", f"q1\t{PLACES[4]}\t0", f"q1\t{PLACES[5]}\t0"]
    )

    (card,) = of(quoth("eval", "votes", "--json", cwd=tmp_path))
    assert (card["collection"], card["questions"]) == ("votes", 2)

    refused = log("judgments", "none", "--server", "7")
    assert (refused.returncode, "nothing to measure" in refused.stderr) == (2, True)


def test_votes_on_passages_that_are_all_there_leave_nothing_out(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "data" / app.DATABASE)
    asked = row(1, "When did Kosovo declare independence?", shown=((PLACES[18], 9.0),))
    QueryLog(database, mode_of=lambda server: LogMode.FULL).write([asked, Judged(asked.id, True, datetime.now(UTC))])
    database.close()

    done = quoth("log", "judgments", "votes", cwd=tmp_path, QUOTH_ARTICLES=str(SEEDS))

    assert (done.returncode, done.stdout) == (0, "In votes: 1 question with 1 vote.\n")
    assert (tmp_path / "votes" / "qrels" / "test.tsv").read_text().splitlines()[1:] == [f"q1\t{PLACES[18]}\t1"]


def test_vote_on_a_question_whose_words_are_not_kept_judges_nothing() -> None:
    asked = row(1, "When?", question=None, shown=((PLACES[18], 1.0),))

    found = judged([Kept(asked, ((None, True),), ())], load(SEEDS), "votes")

    assert (found.collection.questions, found.votes) == ((), 0)


def test_more_votes_outweigh_fewer() -> None:
    corpus = load(SEEDS)
    asked = row(1, "When?", shown=((PLACES[18], 1.0),))

    found = judged([Kept(asked, ((None, True), (PLACES[18], True), (None, False)), ())], corpus, "votes")
    even = judged([Kept(asked, ((None, True), (PLACES[18], False)), ())], corpus, "votes")

    assert found.collection.judgments == {"q1": {PLACES[18]: 1}}
    assert even.collection.judgments == {"q1": {PLACES[18]: 0}}


@pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="There is no Chromium on this machine.")
async def test_report_is_one_page_that_shows_its_chart_and_runs_nothing(log: Log, tmp_path: Path) -> None:
    assert log("report", "--html", "report.html", "--days", "2").returncode == 0
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "http" not in text.replace("http-equiv", "")

    async with page_of((tmp_path / "report.html").as_uri()) as page:
        await expect(page.locator("h1")).to_contain_text("The log from ")
        assert "owned" not in await page.title()
        await expect(page.locator("#gaps")).to_contain_text(HOSTILE)
        await expect(page.locator("#numbers")).to_contain_text("50% of 4 votes")
        chart = page.get_by_role("img", name="Bar chart of 6 questions by day and outcome")
        assert await chart.evaluate("image => image.complete && image.naturalWidth > 0")


@pytest.mark.parametrize("arguments", [("export", "out.csv", "--days", "999999"), ("prune", "--days", "1000000")])
def test_days_beyond_all_calendars_get_a_sentence(log: Log, arguments: tuple[str, ...]) -> None:
    done = log(*arguments)

    assert done.returncode == 2
    assert "should be less than or equal to 3650" in " ".join(done.stderr.replace("│", " ").split())


def test_questions_are_read_without_the_articles(log: Log, tmp_path: Path) -> None:
    done = log("recent", "--json")

    assert len(json.loads(done.stdout)["questions"]) == 6
    assert not (tmp_path / "data" / app.COLLECTIONS).exists()
