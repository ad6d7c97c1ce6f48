"""`quoth` as its users call it: a real process, its output and its exit status."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser import ROOT
from tests.conftest import SEEDS

HARBOUR = ROOT / "tests" / "harbour"
QUESTION = "When did Kosovo declare independence?"


def quoth(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QUOTH_", "DISCORD_"))}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "200", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def asked(tmp_path: Path, *arguments: str, **environment: str) -> tuple[int, dict[str, Any]]:
    done = quoth("ask", *arguments, "--json", cwd=tmp_path, QUOTH_ARTICLES=str(SEEDS), **environment)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_ask_prints_the_quotation_with_its_source(tmp_path: Path) -> None:
    done = quoth("ask", QUESTION, "--articles", str(SEEDS), cwd=tmp_path)

    assert done.returncode == 0
    assert "[1] Kosovo declared independence from Serbia in 2008, nine years after NATO" in done.stdout
    assert "Kosovo Formally Establishes Ties With Israel, To Open Embassy In Jerusalem · ¶18" in done.stdout
    assert done.stderr == ""


def test_question_with_a_byte_that_is_no_text_is_answered_and_kept(tmp_path: Path) -> None:
    question = "When did Kosovo \udcff declare independence?"

    status, answer = asked(tmp_path, question)

    assert (status, answer["question"]) == (0, question)


def test_ask_json_has_every_field_and_null_for_what_is_unknown(tmp_path: Path) -> None:
    status, answer = asked(tmp_path, QUESTION, "--top", "1")

    assert status == 0
    assert set(answer) == {
        "question",
        "filters",
        "outcome",
        "passages",
        "missing",
        "repairs",
        "version",
        "milliseconds",
    }
    assert (answer["question"], answer["outcome"], answer["missing"]) == (QUESTION, "answered", [])
    (passage,) = answer["passages"]
    assert passage["text"].startswith("Kosovo declared independence from Serbia in 2008")
    assert passage["text"] in next(SEEDS.iterdir()).read_text(encoding="utf-8")
    assert (passage["article"], passage["paragraph"]) == ("kosovo-formally-establishes-ties-with", 18)
    assert passage["citation"].startswith("1.kosovo-formally-establishes-ties-with.")
    assert (passage["publisher"], passage["published"], passage["url"]) == (None, None, None)
    assert passage["matched"] == ["Kosovo", "declare", "independence"]
    assert passage["score"] > 0


def test_ask_searches_what_was_chosen_and_says_so(tmp_path: Path, articles: Path) -> None:
    (articles / "ferry.md").write_text(
        "---\npublisher: Harbour Post\npublished: 2021-02-03\nlanguage: en\n---\n# Ferry\n\nKosovo declared independence, said the ferryman.\n"
    )
    options = ["--publisher", "harb", "--after", "2021-02", "--before", "2021", "--language", "English"]

    shown = quoth("ask", QUESTION, *options, cwd=tmp_path, QUOTH_ARTICLES=str(articles))
    done = quoth("ask", QUESTION, *options, "--json", cwd=tmp_path, QUOTH_ARTICLES=str(articles))
    one = quoth("ask", QUESTION, "--article", "Ferry", "--json", cwd=tmp_path, QUOTH_ARTICLES=str(articles))

    assert "[1] Kosovo declared independence, said the ferryman." in shown.stdout
    assert "Searched 1 paragraph of 1 article (Harbour Post, from 2021-02 on, up to 2021, in English)" in shown.stdout
    assert json.loads(done.stdout)["filters"] == {
        "publisher": "harb", "after": "2021-02", "before": "2021", "language": "en", "article": None,
    }  # fmt: skip
    assert json.loads(one.stdout)["filters"]["article"] == "ferry"


def test_uncovered_question_has_status_1_and_its_missing_words(tmp_path: Path) -> None:
    status, answer = asked(tmp_path, "Who won the 2020 US election?")

    assert status == 1
    assert (answer["outcome"], answer["passages"], answer["missing"]) == ("uncovered", [], ["won", "2020", "election"])


@pytest.mark.parametrize("question", ["who is the", "🙂🙂🙂", "@everyone", "Где живёт медведь?"])
def test_question_without_a_known_word_has_status_1(tmp_path: Path, question: str) -> None:
    status, answer = asked(tmp_path, question)

    assert (status, answer["outcome"], answer["passages"]) == (1, "uncovered", [])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ask", "hm"], "A question has 3 to 300 characters; yours has 2."),
        (["ask", "x" * 6000], "A question has 3 to 300 characters; yours has 6,000."),
        (["ask", QUESTION, "--articles", "nowhere"], "There is no folder “nowhere”. No articles are loaded."),
        (["ask", QUESTION, "--articles", "."], "There is no article that can be read in “.”. No articles are loaded."),
        (["ask", QUESTION, "--after", "spring"], "“spring” is not a date like 2021-02-01, 2021-02 or 2021."),
        (
            ["ask", QUESTION, "--publisher", "x"],
            "No article has a publisher that begins with “x”; none states its own.",
        ),
        (["ask", QUESTION, "--article", "Moon landing"], "There is no article “Moon landing”."),
        (["source", "Moon landing"], "There is no article “Moon landing”."),
        (["source", "kosovo-formally-establishes-ties-with", "--paragraph", "99"], "has paragraphs 1 to 18."),
    ],
)
def test_bad_input_has_status_2_and_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    done = quoth(*arguments, cwd=tmp_path, QUOTH_ARTICLES=str(SEEDS))

    assert done.returncode == 2
    assert done.stderr.strip().endswith(sentence)
    assert done.stdout == ""


def test_source_shows_the_article_with_its_numbers_and_notices(tmp_path: Path) -> None:
    done = quoth("source", "Kosovo Formally Establishes Ties With Israel, To Open Embassy In Jerusalem",
                 "--paragraph", "18", cwd=tmp_path, QUOTH_ARTICLES=str(SEEDS))  # fmt: skip

    assert done.returncode == 0
    assert "▶ ¶18 Kosovo declared independence" in done.stdout
    assert "¶1 Kosovo and Israel have formally established" in done.stdout
    assert "With reporting by AFP, AP, and Reuters" in done.stdout
    assert "Accessibility links" not in done.stdout


def test_check_lists_articles_and_each_problem_in_a_sentence(tmp_path: Path, articles: Path) -> None:
    (articles / "empty.txt").write_text("")

    done = quoth("check", cwd=tmp_path, QUOTH_ARTICLES=str(articles))

    assert done.returncode == 1
    assert "empty.txt was skipped: the file is empty." in done.stdout
    assert "│ 18 " in done.stdout


def test_check_json_accounts_for_every_line_of_the_file(tmp_path: Path) -> None:
    done = quoth("check", "--json", cwd=tmp_path, QUOTH_ARTICLES=str(SEEDS))

    assert done.returncode == 0
    (article,) = json.loads(done.stdout)["articles"]
    parts = [line["text"] for key in ("paragraphs", "notices", "left_out") for line in article[key]]
    lines = [line for line in next(SEEDS.iterdir()).read_text(encoding="utf-8").split("\n") if line.strip()]
    assert sorted(parts) == sorted(lines)


def test_reload_check_says_what_a_reload_would_do_and_changes_nothing(tmp_path: Path, articles: Path) -> None:
    before = quoth("reload-check", cwd=tmp_path, QUOTH_ARTICLES=str(articles))

    assert before.returncode == 0
    assert "Nothing has been loaded by a bot here yet" in before.stdout
    assert "(paragraphs: 18 new)" in before.stdout
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", ["run", "sync"])
def test_missing_token_has_its_own_status_and_one_sentence(tmp_path: Path, command: str) -> None:
    done = quoth(command, cwd=tmp_path)

    assert done.returncode == 78
    assert done.stderr.startswith("DISCORD_TOKEN is not set.")
    assert "Traceback" not in done.stderr


def test_misspelt_setting_has_its_own_status(tmp_path: Path) -> None:
    done = quoth("ask", QUESTION, cwd=tmp_path, QUOTH_ARTICELS="x")

    assert (done.returncode, done.stderr) == (
        78,
        "QUOTH_ARTICELS is not a setting; did you mean QUOTH_ARTICLES?\n",
    )


def test_read_only_data_folder_costs_no_answer(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(stat.S_IRUSR | stat.S_IXUSR)
    # Root may write anywhere, so for root the folder is put where nobody can write.
    where = data if os.geteuid() else Path("/proc/quoth")

    done = quoth("ask", QUESTION, cwd=tmp_path, QUOTH_ARTICLES=str(SEEDS), QUOTH_DATA=str(where))

    assert done.returncode == 0
    assert "in 2008" in done.stdout
    assert "Answers go on" in done.stderr
    assert "Traceback" not in done.stderr


def test_console_script_is_the_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--help"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )

    for command in ("ask", "source", "reload-check", "check", "run", "sync", "demo"):
        assert f" {command} " in done.stdout


def test_explain_accounts_for_the_score_of_each_passage(tmp_path: Path) -> None:
    done = quoth(
        "explain", "When did Kosovo declare indepndence?", "--top", "1", cwd=tmp_path, QUOTH_ARTICLES=str(SEEDS)
    )

    assert done.returncode == 0
    assert done.stdout.startswith("answered: the confidence in the first passage is ")
    assert "Searched for “independence” instead of “indepndence”" in done.stdout
    shares = [float(line.split("│")[-2]) for line in done.stdout.splitlines() if line.startswith("│")]
    assert sum(shares[:-1]) == pytest.approx(shares[-1], abs=0.003)


def test_tables_keep_their_numbers_whole_in_a_narrow_terminal(tmp_path: Path) -> None:
    terminal = {"FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "80"}

    measured = quoth("eval", str(HARBOUR), "--baseline", "naive", cwd=tmp_path, **terminal)
    explained = quoth("explain", QUESTION, "--top", "1", cwd=tmp_path, QUOTH_ARTICLES=str(SEEDS), **terminal)

    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in (measured.stdout + explained.stdout).splitlines()]
    assert max(map(len, plain)) <= 80
    assert any(re.fullmatch(r" *nDCG@10 +\d\.\d{3} *", line) for line in plain)
    shares = [line.split("│")[3:-1] for line in plain if line.startswith("│")]
    assert all(re.fullmatch(r"(?:\d+\.\d{3})?", share.strip()) for row in shares for share in row)
    assert sum(any(share.strip() for share in row) for row in shares) >= 4


def test_eval_measures_a_collection_beside_the_naive_bot_and_writes_the_run(tmp_path: Path) -> None:
    run = tmp_path / "run.txt"

    done = quoth("eval", str(HARBOUR), "--baseline", "naive", "--json", "--run", str(run), cwd=tmp_path)

    assert done.returncode == 0
    (card,) = json.loads(done.stdout)
    assert (card["collection"], card["questions"]) == ("harbour", 14)
    assert card["scores"]["nDCG@10"] > card["baseline"]["nDCG@10"]
    assert card["refusals"]["false_answers"] == 0
    assert re.fullmatch(r"q1 Q0 \S+ 1 1\.000000 quoth", run.read_text(encoding="utf-8").splitlines()[0])


def test_eval_fails_below_a_floor_and_refuses_to_lower_it(tmp_path: Path) -> None:
    floors = tmp_path / "floors.json"
    assert quoth("eval", str(HARBOUR), "--floors", str(floors), "--raise-floors", cwd=tmp_path).returncode == 0
    kept = json.loads(floors.read_text(encoding="utf-8"))
    kept["harbour"]["scores"]["nDCG@10"] = 1.5
    floors.write_text(json.dumps(kept), encoding="utf-8")

    below = quoth("eval", str(HARBOUR), "--floors", str(floors), cwd=tmp_path)
    refused = quoth("eval", str(HARBOUR), "--floors", str(floors), "--raise-floors", cwd=tmp_path)
    lowered = quoth("eval", str(HARBOUR), "--floors", str(floors), "--raise-floors", "--lower", cwd=tmp_path)

    assert (below.returncode, refused.returncode, lowered.returncode) == (1, 2, 0)
    assert "below its floor of 1.5000." in below.stderr
    assert refused.stderr.strip().endswith("Nothing was written.")


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "has neither corpus.jsonl nor passages.jsonl nor questions.toml."),
        (
            {"questions.toml": '[[question]]\nask = "Who?"\nquotes = ["nowhere"]\n', "a.md": "Here.\n"},
            "stands in no paragraph.",
        ),
    ],
)
def test_eval_names_what_is_wrong_with_a_collection(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    folder = tmp_path / "collection"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")

    done = quoth("eval", str(folder), cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.strip().endswith(sentence)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--run", "nowhere/run.txt"],
            "The rankings cannot be written to nowhere/run.txt (No such file or directory).",
        ),
        (["--floors", "broken.json"], "broken.json does not hold floors as --raise-floors writes them."),
        (["--questions", "nowhere.toml"], "nowhere.toml is missing."),
        (["--baseline", "bm25"], "There is no baseline “bm25”; there is “naive”."),
        (["--raise-floors"], "--raise-floors needs --floors FILE."),
        ([str(HARBOUR)], "Two of the collections are named harbour; their figures could not be told apart."),
    ],
)
def test_eval_names_what_is_wrong_with_its_options(options: list[str], sentence: str, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")

    done = quoth("eval", str(HARBOUR), *options, cwd=tmp_path)

    assert (done.returncode, done.stderr.strip()) == (2, sentence)


@pytest.mark.parametrize(
    ("arguments", "missing", "sentence"),
    [
        (
            ["eval", str(HARBOUR)],
            "ir_measures",
            "Measuring needs ir-measures. Install it with: pip install 'quoth[eval]'",
        ),
        (["demo"], "simcord", "The demo needs simcord. Install it with: pip install 'quoth[demo]'"),
        (
            ["ask", QUESTION],
            "opensearchpy",
            "QUOTH_ENGINE=opensearch needs opensearch-py. Install it with: pip install 'quoth[opensearch]'",
        ),
        (
            ["ask", QUESTION],
            "psycopg",
            "QUOTH_DATABASE_URL needs psycopg. Install it with: pip install 'quoth[postgres]'",
        ),
    ],
)
def test_package_that_is_not_installed_is_named_with_the_way_to_install_it(
    arguments: list[str], missing: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "opensearchpy":
        monkeypatch.setenv("QUOTH_ENGINE", "opensearch")
        monkeypatch.setenv("QUOTH_OPENSEARCH_URL", "http://127.0.0.1:9")
    if missing == "psycopg":
        monkeypatch.setenv("QUOTH_DATABASE_URL", "postgresql+psycopg://127.0.0.1:9/quoth")
    without = f"import sys; sys.modules[{missing!r}] = None; from bot.cli import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", without, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QUOTH_ARTICLES": str(SEEDS)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr.strip()) == (78, "", sentence)


def test_demo_on_a_port_that_is_in_use_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = quoth("demo", "--no-browser", "--port", str(port), cwd=tmp_path, QUOTH_ARTICLES=str(SEEDS))

    assert (done.returncode, done.stderr.strip()) == (
        2,
        f"Port {port} is in use; choose another, or leave --port out to have a free one.",
    )


async def test_demo_without_a_browser_says_which_address_to_open(tmp_path: Path) -> None:
    without = {"PATH": "", "DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": ""}
    made = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "QUOTH_ARTICLES": str(SEEDS)}
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", cwd=tmp_path, env=os.environ | without | made, stdout=subprocess.PIPE
    )
    try:
        assert demo.stdout is not None
        lines = [(await asyncio.wait_for(demo.stdout.readline(), 60)).decode() for _ in range(3)]
        demo.send_signal(signal.SIGINT)
        status = await asyncio.wait_for(demo.wait(), 20)
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()

    assert lines[0].startswith("Quoth is at http://127.0.0.1:")
    assert lines[2] == "No browser could be opened here; open that address in one.\n"
    assert status == 0
