"""How many faults, put into the code one at a time, the tests notice: `python -m benchmarks.mutation FOLDER [PART…]`.

mutmut makes the faults (mutants) and runs the tests that reach each. FOLDER is where it works: what was interrupted
goes on there, and `--again` tries anew what survived before tests were added. `--some` tries every fifth. `mutmut show
NAME`, called in the folder of a part, shows a mutant. What is found is written to docs/mutation.json and
docs/reliability.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.report import DOCS, markdown, put

_ROOT = Path(__file__).parents[1]
_MUTMUT = Path(sys.executable).with_name("mutmut")
_SOURCES = ("bot", "retrieval")
_ALSO = ("tests", "seeds")

_NOTICED = {"killed", "timeout"}
"""Whoever waits for ever notices."""

_SOME = ("*1", "*6")
"""The names of every fifth mutant; they are numbered in each function."""

# mutmut gives a mutant this many times the time of its tests and of so many seconds, which preparing them may take.
_PATIENCE = {"timeout_multiplier": 2.0, "timeout_constant": 10.0}


@dataclass(frozen=True, slots=True)
class Part:
    """Some modules, and the tests that are about them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()
    """Names of tests, or parts of them, that would take longer than all others."""


_LONG = (
    "postgresql",
    "killed",
    "kill_costs",
    "server_that_is_down",
    "full_disk",
    "read_only",
    "log_that_cannot_be_written",
)
"""Names of tests of the log that take longer than all others."""

PARTS = {
    "escaper": Part(("bot/escaping.py",), ("tests/test_escaping.py",)),
    "gate": Part(("retrieval/gate.py",), ("tests/test_gate.py",)),
    "query log": Part(
        tuple(f"bot/querylog/{name}.py" for name in ("exporting", "gaps", "log", "pseudonyms", "reading", "row")),
        (
            "tests/test_gaps.py",
            "tests/test_privacy.py",
            "tests/test_querylog.py",
            "tests/test_reading.py",
            "tests/test_writer.py",
        ),
        (*_LONG, "no_word_of_a_question"),
    ),
    # Most of what breaks it makes its tests wait.
    "writer of the log": Part(
        ("bot/querylog/writer.py",),
        ("tests/test_writer.py",),
        (*_LONG, "locked", "permission"),
    ),
    "library": Part(
        ("retrieval/library.py",),
        ("tests/test_changes.py", "tests/test_changing.py", "tests/test_library.py"),
        ("killed", "flipped", "TestModerated", "another_process", "crowd_of_segments"),
    ),
}


def main(folder: Path, parts: Sequence[str], *, again: bool = False, some: bool = False, docs: Path = DOCS) -> None:
    """Try the mutants of each part, tell what became of them, and keep what was told of other parts."""
    kept = docs / "mutation.json"
    known = json.loads(kept.read_text(encoding="utf-8"))["rows"] if kept.exists() else {}
    names = _SOME if some else ()
    known |= {name: _tried(folder / name.replace(" ", "-"), PARTS[name], names, again=again) for name in parts}
    rows = {name: known[name] for name in PARTS if name in known}
    kept.write_text(json.dumps({**machine(), "rows": rows}, indent=1) + "\n", encoding="utf-8")
    table = _table(rows)
    put(docs / "reliability.md", "mutation", table)
    sys.stdout.write(table)


def _tried(place: Path, part: Part, names: Sequence[str], *, again: bool) -> Mapping[str, Any]:
    """How many of the mutants are noticed, or of those whose names are like one of *names*, if any are given."""
    for name in (*_SOURCES, *_ALSO):
        shutil.rmtree(place / name, ignore_errors=True)
        # With their times, by which mutmut knows what has not changed.
        shutil.copytree(_ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    (place / "pyproject.toml").write_text(_settings(part), encoding="utf-8")
    before = _unnoticed(place) if again else []
    _run(place, names)
    if left := [name for name in _unnoticed(place) if name in before]:
        _run(place, left)
    results = _results(place)
    became = Counter(
        what for name, what in results.items() if not names or any(fnmatchcase(name, one) for one in names)
    )
    survived = sum(number for what, number in became.items() if what not in _NOTICED)
    return {
        "modules": part.modules,
        "killed": became["killed"],
        "timed_out": became["timeout"],
        "survived": survived,
        "tried": became.total(),
        "mutants": len(results),
        "score": round(1 - survived / became.total(), 4),
    }


def _run(place: Path, names: Sequence[str] = ()) -> None:
    # One at a time: some tests look at the clock.
    subprocess.run([_MUTMUT, "run", "--max-children", "1", *names], cwd=place, check=True)  # noqa: S603  # its own names


def _unnoticed(place: Path) -> list[str]:
    return [name for name, became in _results(place).items() if became not in {*_NOTICED, "not checked"}]


def _results(place: Path) -> Mapping[str, str]:
    """What became of each mutant, by its name."""
    told = subprocess.run(  # noqa: S603  # nothing of others
        [_MUTMUT, "results", "--all", "true"], cwd=place, check=True, capture_output=True, encoding="utf-8"
    )
    lines = (line.strip().partition(": ") for line in told.stdout.splitlines())
    return {name: became for name, _, became in lines}


def _settings(part: Part) -> str:
    """The project's own, and those of mutmut."""
    chosen = [*part.tests, *(("-k", " and ".join(f"not {name}" for name in part.without)) if part.without else ())]
    settings: Mapping[str, object] = {
        "source_paths": _SOURCES,
        "only_mutate": part.modules,
        "also_copy": _ALSO,
        # Its own process would be left with the children that read files, and take their end for a mutant's.
        "process_isolation": "forkserver",
        "pytest_add_cli_args": ("-p", "no:cacheprovider"),
        "pytest_add_cli_args_test_selection": chosen,
        **_PATIENCE,
    }
    # A list of strings is the same in JSON and in TOML.
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    return f"{(_ROOT / 'pyproject.toml').read_text(encoding='utf-8')}\n[tool.mutmut]\n{lines}"


def _table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    counts = ("killed", "timed_out", "survived", "tried", "mutants")
    cells = ([name, *(f"{row[one]:,}" for one in counts), f"{row['score']:.1%}"] for name, row in rows.items())
    return markdown(["part", "killed", "timed out", "survived", "tried", "of", "score"], cells)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("parts", nargs="*", choices=[*PARTS], default=[*PARTS])
    asked.add_argument("--again", action="store_true", help="try what survived before with the tests of today")
    asked.add_argument("--some", action="store_true", help="try every fifth")
    told = asked.parse_args()
    main(told.folder, told.parts, again=told.again, some=told.some)
