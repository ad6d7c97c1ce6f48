"""The documentation is true: every command it shows exists, and every file it names is there."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version
from typer.main import get_command

from bot.cli import cli
from tests.browser import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
TEXTS = [README, SECURITY, *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))]


def test_readme_and_cli_know_the_same_commands() -> None:
    shown = set(re.findall(r"^\| `quoth ([a-z-]+)", README, re.MULTILINE))

    assert shown == set(get_command(cli).commands)  # type: ignore[attr-defined]  # typer types it as a plain command


def test_links_of_the_documentation_lead_to_files_that_are_there() -> None:
    for text in TEXTS:
        for link in re.findall(r"\]\((?!http|#)([^)#]+)\)", text):
            assert (ROOT / link).exists() or (ROOT / "docs" / link).exists(), link


def test_test_command_of_the_readme_is_what_ci_runs() -> None:
    (command,) = re.findall(r"Run all tests:\n\n```sh\n(.+)\n```", README)

    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith(f"exec {command}")


def test_requirements_are_pinned_by_hash_and_name_no_index() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        packages = re.findall(r"^[A-Za-z0-9][\w.-]*==\S+.*(?:\n    .*)+", text, re.MULTILINE)
        assert len(packages) > 20
        assert all("--hash=sha256:" in package for package in packages)
        assert "http" not in text.replace("aiohttp", "")
        assert "-index" not in text


def test_nobody_who_installs_the_pins_lets_pip_look_for_more() -> None:
    for name in ("README.md", "Dockerfile", "docs/operations.md", "tests/run.py"):
        text = (ROOT / name).read_text(encoding="utf-8")
        installs = re.findall(r"^.*-r\W+requirements.*$", text, re.MULTILINE)
        assert installs, name
        assert all("--no-deps" in line for line in installs), name


@pytest.mark.parametrize(
    ("package", "mended"),
    [
        ("aiohttp", "3.14.3"),  # GHSA-cq5v-8q36-5273
        ("defusedxml", "0.7.1"),
        ("jinja2", "3.1.6"),  # CVE-2025-27516
        ("lxml", "6.1.0"),  # CVE-2026-41066
        ("lxml-html-clean", "0.4.5"),  # GHSA-4jhm-jv67-739f
        ("pypdf", "6.16.1"),  # CVE-2026-84309
    ],
)
def test_no_version_is_pinned_or_installed_that_has_a_known_flaw(package: str, mended: str) -> None:
    for pins in ("requirements.txt", "requirements-dev.txt"):
        pinned = re.search(rf"^{package}==(\S+)", (ROOT / pins).read_text(), re.MULTILINE)
        assert pinned, pins
        assert Version(pinned[1]) >= Version(mended), pins
    assert Version(version(package)) >= Version(mended)


def test_no_secret_and_no_path_of_a_machine_is_in_the_tree() -> None:
    token = re.compile(r"[MNO][A-Za-z\d_-]{23,25}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,}")
    for path in _files():
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not token.search(text), path
        assert "/root/" not in text or path == Path(__file__), path


def _files() -> list[Path]:
    parts = ("bot", "retrieval", "tests", "docs", "benchmarks", ".ci", "deploy")
    found = [path for part in parts for path in (ROOT / part).rglob("*") if path.is_file()]
    names = ("README.md", "SECURITY.md", "CHANGELOG.md", "pyproject.toml", ".env.example", "Dockerfile", "compose.yaml")
    return [*(path for path in found if "__pycache__" not in path.parts), *(ROOT / name for name in names)]
