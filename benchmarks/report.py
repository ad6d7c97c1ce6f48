"""How a benchmark tells what it found: as JSON, as a table in a page of docs, and as a picture."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from benchmarks.machine import machine

DOCS: Final = Path(__file__).parents[1] / "docs"


def publish(
    docs: Path, name: str, found: Mapping[str, object], table: str, picture: Figure, page: str = "benchmarks.md"
) -> None:
    """Write NAME.json and NAME.png into *docs*, print the table and put it in its place in the *page* there."""
    told = {**machine(), **found}
    (docs / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    picture.savefig(docs / f"{name}.png", dpi=120)
    put(docs / page, name, table)
    sys.stdout.write(table)


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The rows as a table of Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def put(page: Path, name: str, text: str) -> None:
    """Replace what stands in the page between `<!-- NAME -->` and the next `<!-- end -->`.

    Raises:
        ValueError: The page has no such place.

    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    if not end:
        raise ValueError(f"{page.name} has no place for {name}.")
    page.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")


def plot(across: str, up: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> Figure:
    """Each line by its name, with both axes logarithmic."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for name, points in lines.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel=across, ylabel=up)
    figure.legend(loc="outside right upper")
    axes.grid(alpha=0.3)
    return figure
