"""The documentation is true: every command it shows exists, and every file it names is there."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, version

import pytest
from packaging.requirements import Requirement
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


MENDED = [
    ("aiohttp", "3.14.3"),  # GHSA-cq5v-8q36-5273
    ("defusedxml", "0.7.1"),
    ("jinja2", "3.1.6"),  # CVE-2025-27516
    ("lxml", "6.1.0"),  # CVE-2026-41066
    ("lxml-html-clean", "0.4.5"),  # GHSA-4jhm-jv67-739f
    ("pypdf", "6.16.1"),  # CVE-2026-84309
]
"""Packages that had known flaws, and the first versions without them."""


@pytest.mark.parametrize(("package", "mended"), MENDED)
def test_no_version_is_pinned_or_installed_that_has_a_known_flaw(package: str, mended: str) -> None:
    for pins in ("requirements.txt", "requirements-dev.txt"):
        pinned = re.search(rf"^{package}==(\S+)", (ROOT / pins).read_text(), re.MULTILINE)
        assert pinned, pins
        assert Version(pinned[1]) >= Version(mended), pins
    assert Version(version(package)) >= Version(mended)


LICENSED: dict[str, str] = {}
"""Packages under the GPL or AGPL alone that are installed all the same, each with the reason why Quoth may use it."""


def test_nothing_that_is_installed_with_quoth_is_under_the_gpl_alone() -> None:
    names = re.findall(r"^([A-Za-z0-9][\w.-]*)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    known = {name: choices for name in names if (choices := _licences(name))}
    assert len(known) > 50

    strict = {name for name, choices in known.items() if all(_STRICT.search(choice) for choice in choices)}
    assert strict == LICENSED.keys()


@pytest.mark.parametrize(("package", "mended"), MENDED)
def test_nobody_is_let_install_a_version_with_a_known_flaw(package: str, mended: str) -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {(one := Requirement(text)).name.casefold(): one.specifier for text in about["dependencies"]}

    floors = [Version(one.version) for one in asked[package] if one.operator == ">="]
    assert floors
    assert max(floors) >= Version(mended)


def test_audit_fails_where_nobody_answers() -> None:
    assert " --strict " in (ROOT / ".ci" / "audit").read_text(encoding="utf-8")


SECRETS = {
    "a token of Discord": re.compile(r"[MNO][A-Za-z\d_-]{23,25}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,}"),
    "a webhook of Discord": re.compile(r"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "an address with a password": re.compile(r"[a-z]://[^\s/:@\"']+:(?!password@)[^\s/@\"']+@[\w.\[]"),
    "a path of a machine": re.compile(r"/root/"),
}
MADE_UP = {
    "tests/test_canary.py": "follows made-up passwords through the program",
    "tests/test_database.py": "reads and refuses addresses with made-up passwords",
    "tests/test_docs.py": "names the path that is looked for",
    "tests/test_opensearch.py": "looks for a made-up password in what is shown",
}
"""Files that need what looks like a secret, and why."""


def test_no_secret_and_no_path_of_a_machine_is_in_the_tree() -> None:
    found = {
        (name, what)
        for name in _tracked()
        for what, pattern in SECRETS.items()
        if pattern.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    }

    assert {name for name, _ in found} == MADE_UP.keys(), found
    assert {what for _, what in found} == {"an address with a password", "a path of a machine"}


def test_settings_with_the_token_stay_out_of_the_tree() -> None:
    assert ".env" not in _tracked()
    assert (
        subprocess.run(
            ["git", "-c", "safe.directory=*", "check-ignore", "-q", ".env"], cwd=ROOT, check=False
        ).returncode
        == 0
    )


def _tracked() -> list[str]:
    """The files of the tree, by their paths in it, except for pictures."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name and not name.endswith(".png")]


_STRICT = re.compile(r"(?<!L)(?:A?GPL|GNU (?:Affero )?General Public)", re.IGNORECASE)


def _licences(name: str) -> list[str]:
    """Under which licences an installed package may be used, by its metadata; none if it is not installed here."""
    try:
        about = metadata(name).json
    except PackageNotFoundError:
        return []
    if expression := about.get("license_expression"):
        return str(expression).split(" OR ")
    stated = [one for one in about.get("classifier", []) if one.startswith("License :: ")]
    return stated or str(about.get("license", "")).splitlines()[:1]
