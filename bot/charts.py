"""Questions a day by outcome as a picture, readable on any background and without telling colours apart."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from bot.querylog.reading import Day
from retrieval.model import Outcome

_COLOURS: Final = {Outcome.ANSWERED: "#3b5bdb", Outcome.WEAK: "#e8a800", Outcome.UNCOVERED: "#6b7280"}
_PATTERNS: Final = {Outcome.ANSWERED: "", Outcome.WEAK: "///", Outcome.UNCOVERED: "..."}
_PAPER, _INK = "#f2f3f5", "#1e1f22"
"""The picture has its own ground: Discord may show it on a dark one or a light one."""

_TICKS = 8
_NARROW = 90
"""Days up to which bars have a gap and an edge between them; of more bars little would be left."""


def load() -> None:
    """Import what draws: a second of the processor and 28 MB, which many a bot never needs."""
    from matplotlib.backends import backend_agg  # noqa: F401  # likewise only to have it at hand
    from matplotlib.figure import Figure  # noqa: F401


def questions_a_day(
    days: Sequence[Day], names: Mapping[Outcome, str], title: str, form: Literal["png", "svg"] = "png"
) -> bytes:
    """The chart, with *names* for the outcomes; 900 by 400 pixels where it has any."""
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    # Fixed margins and one shape an outcome, not one a bar: each saves a third of the time.
    figure = Figure(figsize=(9, 4), dpi=100, facecolor=_PAPER)
    axes = figure.add_axes((0.085, 0.085, 0.885, 0.81), facecolor=_PAPER)
    narrow = len(days) > _NARROW
    half = 0.5 if narrow else 0.4
    below = [0] * len(days)
    for outcome in Outcome:
        above = [base + day.counts[outcome] for base, day in zip(below, days, strict=True)]
        bars = [
            [(at - half, low), (at - half, high), (at + half, high), (at + half, low)]
            for at, (low, high) in enumerate(zip(below, above, strict=True))
            if high > low
        ]
        axes.add_collection(
            PolyCollection(
                bars,
                facecolors=_COLOURS[outcome],
                edgecolors=_PAPER,
                linewidths=0 if narrow else 0.5,
                hatch=_PATTERNS[outcome],
                label=_drawable(names[outcome], outcome.value),
            ),
            autolim=False,
        )
        below = above
    step = max(1, -(-len(days) // _TICKS))
    # The last day is today, and always has its name.
    ticks = list(range(len(days) - 1, -1, -step))
    axes.set_xticks(ticks, [days[tick].day.isoformat()[5:] for tick in ticks])
    axes.set_xlim(-0.6, len(days) - 0.4)
    axes.set_ylim(0, max(1, *below) * 1.05)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_title(_drawable(title, "Questions a day"), color=_INK, loc="left")
    axes.tick_params(colors=_INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=_INK, alpha=0.15)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, labelcolor=_INK, ncols=len(Outcome), loc="lower right", bbox_to_anchor=(1, 1))
    out = io.BytesIO()
    figure.savefig(out, format=form, metadata={"Date": None} if form == "svg" else None)
    return out.getvalue()


def _drawable(text: str, otherwise: str) -> str:
    """*text* if the font of the chart has its letters."""
    from matplotlib import font_manager

    letters = font_manager.get_font(font_manager.findfont("DejaVu Sans")).get_charmap()
    # A dollar sign would begin a formula.
    return text.replace("$", "\\$") if all(ord(letter) in letters for letter in text) else otherwise
