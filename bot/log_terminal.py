"""What the log tells → what the terminal shows, for people and for programs, and the report as a page."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.charts import questions_a_day
from bot.querylog import Asked, Gap
from bot.querylog.exporting import asked_json
from bot.querylog.reading import Page, Summary
from bot.reviewing import Coverage, Covered, Overview, Quoted
from retrieval.model import Outcome

_NAMES = {outcome: outcome.value for outcome in Outcome}


def summary_text(overview: Overview) -> RenderableType:
    """The numbers, then what is most frequent."""
    summary = overview.summary
    numbers = Table.grid(padding=(0, 2))
    for name, value in _numbers(summary):
        numbers.add_row(Text(name, style="dim"), value)
    covered = len(overview.coverage.covered)
    note = f" ({overview.coverage.note})" if overview.coverage.note else ""
    numbers.add_row(
        Text("open gaps", style="dim"), f"{len(overview.coverage.gaps):,}, {covered:,} covered by now{note}"
    )
    lists = [
        _table("Busiest articles", ((_name(one), one.times) for one in overview.articles)),
        _table("Busiest paragraphs", ((_name(one), one.times) for one in overview.paragraphs)),
        _table("Words that no article has", summary.missing),
    ]
    tables = [table for table in lists if table.row_count]
    notes = [Text(note, style="dim") for note in overview.notes]
    return Group(Text(_title(summary), style="bold"), numbers, *tables, *notes)


def summary_json(overview: Overview) -> dict[str, Any]:
    """The same as one object; what is not known is None."""
    summary = overview.summary
    median, p95 = summary.milliseconds or (None, None)
    return {
        "first": summary.days[0].day.isoformat(),
        "last": summary.days[-1].day.isoformat(),
        "questions": summary.questions,
        "outcomes": {outcome.value: summary.of(outcome) for outcome in Outcome},
        "days": [
            {"day": day.day.isoformat(), **{outcome.value: day.counts[outcome] for outcome in Outcome}}
            for day in summary.days
        ],
        "helpful": summary.helpful,
        "unhelpful": summary.unhelpful,
        "median_milliseconds": median,
        "p95_milliseconds": p95,
        "articles": [{"title": one.title, "times": one.times} for one in overview.articles],
        "paragraphs": [{"title": one.title, "number": one.number, "times": one.times} for one in overview.paragraphs],
        "missing": [{"word": word, "questions": times} for word, times in summary.missing],
        "gaps": gaps_json(overview.coverage),
    }


def recent_text(page: Page) -> RenderableType:
    """A row a question."""
    table = Table("Time (UTC)", "Server", "Outcome", "ms", "Question")
    for asked in page.questions:
        server = str(asked.server) if asked.server is not None else "–"
        table.add_row(
            f"{asked.at:%Y-%m-%d %H:%M:%S}", server, asked.outcome.value, f"{asked.milliseconds:.1f}", _question(asked)
        )
    return Group(table, Text(f"{page.count:,} questions, page {page.number} of {page.pages}", style="dim"))


def recent_json(page: Page) -> dict[str, Any]:
    """The same as one object."""
    return {
        "page": page.number,
        "pages": page.pages,
        "count": page.count,
        "questions": [asked_json(asked) for asked in page.questions],
    }


def gaps_text(coverage: Coverage) -> RenderableType:
    """A row a gap."""
    table = Table("Asked", "Sent", "Server", "Question", "Covered by now")
    covered = _covered(coverage)
    for gap in coverage.gaps:
        server = gap.questions[0].server
        table.add_row(
            f"{gap.count:,}",
            f"{gap.sent:,}",
            "–" if server is None else str(server),
            Text(gap.text),
            Text(_place(covered.get(gap.id))),
        )
    line = f"{len(coverage.covered):,} of {len(coverage.gaps):,} open gaps are covered by now"
    if coverage.note:
        line += f"; {coverage.note}"
    return Group(table, Text(line + ".", style="dim"))


def gaps_json(coverage: Coverage) -> list[dict[str, Any]]:
    """The open gaps, those asked most first."""
    covered = _covered(coverage)
    return [_gap_json(gap, covered.get(gap.id)) for gap in coverage.gaps]


def report_html(overview: Overview, made: datetime) -> str:
    """One page that needs nothing else: no script, no font, no picture from elsewhere."""
    # Every value is escaped, whatever somebody asked.
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        (files("bot") / "report.html").read_text(encoding="utf-8")
    )
    summary = overview.summary
    chart = questions_a_day(summary.days, _NAMES, "Questions a day", "svg") if summary.questions else None
    covered = _covered(overview.coverage)
    return template.render(
        title=_title(summary),
        made=f"{made:%Y-%m-%d %H:%M} UTC",
        numbers=_numbers(summary),
        chart=chart and base64.b64encode(chart).decode("ascii"),
        alt=f"Bar chart of {summary.questions:,} questions by day and outcome; the table below has the numbers.",
        outcomes=list(Outcome),
        days=summary.days,
        lists=[
            ("Busiest articles", [(_name(one), one.times) for one in overview.articles]),
            ("Busiest paragraphs", [(_name(one), one.times) for one in overview.paragraphs]),
            ("Words that no article has", summary.missing),
        ],
        notes=[*overview.notes, *filter(None, [overview.coverage.note])],
        gaps=[(gap, _place(covered.get(gap.id))) for gap in overview.coverage.gaps],
    )


def _numbers(summary: Summary) -> list[tuple[str, str]]:
    rows = [("questions", f"{summary.questions:,}")]
    rows += [(outcome.value, f"{summary.of(outcome):,}") for outcome in Outcome]
    rate = summary.helpful_rate
    rows.append(("found helpful", "no votes" if rate is None else f"{rate:.0%} of {summary.votes:,} votes"))
    if summary.milliseconds is not None:
        median, p95 = summary.milliseconds
        rows.append(("searching", f"{median:.1f} ms (median), {p95:.1f} ms (95th percentile)"))
    return rows


def _title(summary: Summary) -> str:
    return f"The log from {summary.days[0].day} to {summary.days[-1].day}"


def _table(title: str, rows: Iterable[tuple[str, int]]) -> Table:
    table = Table(title, "Times")
    for name, times in rows:
        table.add_row(Text(name), f"{times:,}")
    return table


def _name(quoted: Quoted) -> str:
    return quoted.title if quoted.number is None else f"{quoted.title} ¶{quoted.number}"


def _question(asked: Asked) -> Text:
    return Text("(not kept)", style="dim") if asked.question is None else Text(" ".join(asked.question.split()))


def _covered(coverage: Coverage) -> dict[str, Covered]:
    return {one.gap.id: one for one in coverage.covered}


def _place(covered: Covered | None) -> str:
    return "" if covered is None else f"{covered.article.title} ¶{covered.paragraph.number}"


def _gap_json(gap: Gap, covered: Covered | None) -> dict[str, Any]:
    server = gap.questions[0].server
    return {
        "id": gap.id,
        "server": None if server is None else str(server),
        "question": gap.text,
        "asked": gap.count,
        "sent": gap.sent,
        "missing": list(gap.missing),
        "covered_by": None if covered is None else {"title": covered.article.title, "number": covered.paragraph.number},
    }
