"""`quoth index …` in real processes, one after the other on one data folder, as an operator types them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.conftest import SEEDS
from tests.test_cli import quoth

Index = Callable[..., CompletedProcess[str]]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Runs `quoth index` on a folder with the seed article."""
    shutil.copytree(SEEDS, tmp_path / "articles")
    (tmp_path / "lamps.md").write_text("# Lamps\n\nThey burn whale oil.\n")
    (tmp_path / "photo.txt").write_bytes(bytes(range(256)) * 9)

    def run(*arguments: str) -> CompletedProcess[str]:
        return quoth("index", *arguments, cwd=tmp_path, QUOTH_ARTICLES=str(tmp_path / "articles"))

    return run


def of(done: CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_article_is_added_listed_removed_and_brought_back(index: Index) -> None:
    added = of(index("add", "lamps.md", "--url", "https://example.org/lamps", "--json"))
    assert (added["version"], [change["title"] for change in added["added"]]) == (2, ["Lamps"])

    titles = {article["title"]: article for article in of(index("list", "--json"))}
    assert titles["Lamps"]["metadata"]["url"] == "https://example.org/lamps"

    looked = index("remove", "Lamps", "--dry-run")
    assert "remove “Lamps” (paragraphs: 1 gone)" in looked.stdout
    assert of(index("remove", "Lamps", "--json"))["version"] == 3
    assert [article["title"] for article in of(index("list", "--json"))] == [
        "Kosovo Formally Establishes Ties With Israel, To Open Embassy In Jerusalem"
    ]

    assert "Version 4 is live: 2 articles, 19 paragraphs." in index("rollback", "2").stdout
    assert [(version["number"], version["by"]) for version in of(index("history", "--json"))] == [
        (4, "terminal"),
        (3, "terminal"),
        (2, "terminal"),
        (1, "start"),
    ]


def test_reload_tells_what_changed_and_status_what_waits(index: Index, tmp_path: Path) -> None:
    assert of(index("status", "--json"))["version"] == 1
    (tmp_path / "articles" / "lamps.md").write_text("# Lamps\n\nThey burn whale oil.\n")

    assert of(index("status", "--json"))["waiting"] == ["lamps.md"]
    assert "add “Lamps” (paragraphs: 1 new)" in index("reload").stdout
    assert of(index("status", "--json"))["waiting"] == []
    assert "1 article" not in index("status").stdout
    assert re.search(r"│ Lamps +│ +│ +│ 1 +│ lamps\.md +│", index("list").stdout)
    assert re.search(
        r"│ 2 +│ [-0-9]+ [:0-9]+ UTC │ terminal │ reload +│ 2 +│ 19 │ 1 │ 0 │ 0 │", index("history").stdout
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "photo.txt"), "photo.txt cannot be added: it holds binary data, not text."),
        (("add", "lamps.md", "--url", "ftp://x"), "Url “ftp://x” is not a web address; it was left out."),
        (("remove", "Moon"), "There is no article “Moon”."),
        (("rollback", "99"), "Version 99 of the articles is not kept. The one loaded before stays."),
    ],
)
def test_what_cannot_be_done_gets_a_sentence_and_status_2(
    index: Index, arguments: tuple[str, ...], sentence: str
) -> None:
    done = index(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip().endswith(sentence)
    assert "Traceback" not in done.stderr
