"""Threats that a rule for all of the code keeps away; each test fails for the first line that breaks its rule."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
import retrieval
from tests.browser import ROOT

SIZE = 60_000
HOSTILE = {
    unit: (unit * SIZE)[: SIZE - 1] + end
    for unit, end in [
        ("a", "!"),
        (" ", "x"),
        ("\n", "x"),
        ("1", "x"),
        (".", "x"),
        ("a.", "!"),
        ("a ", "\0"),
        ("[(", "x"),
        ("<a", "x"),
        ("-", "x"),
        ("'a", "1"),
        ("А1,", "\0"),
    ]
}
"""What makes a pattern that can match in many ways try them all."""


BOUNDED = {
    "retrieval.analysis._DECADE": "is only held against a whole word",
    "retrieval.formats.printed._LAST": "sees the last word of a line, up to a length",
}
"""Patterns that would search a long text slowly, and why none is given to them."""


def modules() -> Iterator[str]:
    for package in (bot, retrieval):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in found.name and not found.name.endswith("__main__"):
                yield found.name


def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled pattern of text that a module holds, by its module and name."""
    return {
        f"{module}.{name}": value
        for module in modules()
        for name, value in vars(importlib.import_module(module)).items()
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
    }


@pytest.mark.parametrize("name", sorted(patterns().keys() - BOUNDED.keys()))
def test_pattern_takes_time_in_proportion(name: str) -> None:
    pattern = patterns()[name]
    for unit, text in HOSTILE.items():
        began = time.process_time()
        for _ in pattern.finditer(text):
            pass
        pattern.fullmatch(text)

        assert time.process_time() - began < 0.5, (pattern.pattern, unit)


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for part in ("bot", "retrieval"):
        for path in sorted((ROOT / part).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_nothing_that_is_read_can_execute() -> None:
    for path, tree in trees():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & {"pickle", "shelve", "marshal", "dill", "joblib"}, (
                path
            )
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("eval", "exec", "compile", "yaml.load", "yaml.unsafe_load"), path
                given = {word.arg: ast.unparse(word.value) for word in node.keywords}
                assert given.get("allow_pickle", "False") == "False", path


def test_no_sql_is_put_together_from_words() -> None:
    for path, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in ("text", "execute", "exec_driver_sql") and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
                # The one exception names a constant of the program.
                assert ast.unparse(node.args[0]) == "f'PRAGMA {pragma}'", (path, node.lineno)
