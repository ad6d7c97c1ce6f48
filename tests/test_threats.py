"""Threats that a rule for all of the code keeps away; each test fails for the first line that breaks its rule."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterable, Iterator
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
    # https://discord.com/developers/docs/components/reference#button
    **{
        f"bot.ui.view.{card}.__discord_ui_compiled_template__": "is held by discord.py against 100 characters at most"
        for card in ("CardButton", "CardChannels", "CardSelect")
    },
}
"""Patterns that would search a long text slowly, and why none is given to them."""


MADE = {"retrieval/cleaning/evidence.py"}
"""Where a function makes patterns that modules hold by name, so that they are tried all the same."""


def modules() -> Iterator[str]:
    for package in (bot, retrieval):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in found.name and not found.name.endswith("__main__"):
                yield found.name


def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled pattern of text that a module holds, also in its tables and classes, by where it stands."""
    found: dict[str, re.Pattern[str]] = {}
    for module in modules():
        for name, value in vars(importlib.import_module(module)).items():
            if not name.startswith("__"):
                found |= held(value, f"{module}.{name}")
    return found


def held(value: object, place: str) -> dict[str, re.Pattern[str]]:
    """The patterns in *value*; a class is looked into only where it was made."""
    if isinstance(value, re.Pattern):
        return {place: value} if isinstance(value.pattern, str) else {}
    inner: Iterable[tuple[object, object]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list | tuple | set | frozenset):
        inner = enumerate(value)
    elif isinstance(value, type) and place == f"{value.__module__}.{value.__name__}":
        inner = vars(value).items()
    return {name: pattern for key, one in inner for name, pattern in held(one, f"{place}.{key}").items()}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for part in ("bot", "retrieval"):
        for path in sorted((ROOT / part).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def written_in_functions() -> dict[str, re.Pattern[str]]:
    """Every pattern that is written where it is used, like `re.findall(r"…", text)`, by its place."""
    found = {}
    for path, tree in trees():
        functions = [
            one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        ]
        for node in (inner for function in functions for inner in ast.walk(function)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called, pattern = ast.unparse(node.func), node.args[0]
            if called.partition(".")[0] != "re" or called == "re.escape":
                continue
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            if isinstance(pattern, ast.Constant):
                flags = [ast.unparse(word.value) for word in node.keywords if word.arg == "flags"]
                assert flags in ([], ["re.DOTALL"]), place
                found[place] = re.compile(str(pattern.value), re.DOTALL if flags else re.NOFLAG)
            else:
                assert str(path.relative_to(ROOT)) in MADE, (place, ast.unparse(pattern))
    return found


ALL = patterns()
PATTERNS = {name: pattern for name, pattern in ALL.items() if name not in BOUNDED} | written_in_functions()


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_pattern_takes_time_in_proportion(name: str) -> None:
    pattern = PATTERNS[name]
    for unit, text in HOSTILE.items():
        began = time.process_time()
        for _ in pattern.finditer(text):
            pass
        pattern.fullmatch(text)

        assert time.process_time() - began < 0.5, (pattern.pattern, unit)


def test_patterns_in_tables_and_classes_are_tried_too() -> None:
    assert BOUNDED.keys() <= ALL.keys()
    assert {"retrieval.asking._PATTERNS.en", "retrieval.quoting._PATTERNS.en.0.1"} <= PATTERNS.keys()


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


def test_only_the_index_is_made_in_processes_that_are_sent_pickles() -> None:
    # Both send objects to and fro pickled: what is asked of them must be the program's own, and no bytes of others.
    pickling = {"multiprocessing", "ProcessPoolExecutor", "concurrent.futures.process"}
    using = set()
    for path, tree in trees():
        for node in ast.walk(tree):
            names = {node.id} if isinstance(node, ast.Name) else set()
            names |= {node.attr} if isinstance(node, ast.Attribute) else set()
            if isinstance(node, ast.Import | ast.ImportFrom):
                names |= {name for alias in node.names for name in (alias.name, alias.name.partition(".")[0])}
                module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
                names |= {module, module.partition(".")[0]}
            if names & pickling:
                using.add(str(path.relative_to(ROOT)))

    assert using == {"retrieval/indexing.py"}
