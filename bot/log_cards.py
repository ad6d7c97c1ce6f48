"""What moderators see of the log: the summary, its gaps, the last questions, and one in full."""

from __future__ import annotations

from collections.abc import Iterable

from bot.cards import (
    MAX_UNITS,
    QUESTION_UNITS,
    READER,
    REPORT,
    TITLE_UNITS,
    Block,
    Button,
    Card,
    Choice,
    Field,
    Form,
    Line,
    Media,
    Row,
    Select,
    Text,
    all_quoted,
    choice_label,
    moment,
    opening,
    short,
    within,
)
from bot.excerpts import units
from bot.querylog import Asked, Door, Gap
from bot.querylog.reading import Page
from bot.reader import page_of, turning
from bot.reviewing import Coverage, Covered, Overview, Question, Quoted
from bot.wanted import language_name
from bot.words import _, n_, quoted
from retrieval.model import Outcome

RECENT = 10
"""Questions on a page; a menu holds 25 at most."""

CONFIRMED = "delete"
"""What is typed before the log is cleared."""

_GAPS = 5
_LINE_UNITS = 200
_WORDS_UNITS = 200


def summary_card(overview: Overview, chart: bytes | None) -> Card:
    """The numbers of some days, the chart if there is one, what is most frequent, and the gaps with a button each."""
    summary = overview.summary
    days = len(summary.days)
    lines = ["### " + n_("The log of the last day", "The log of the last {n} days", days), *_counts(overview)]
    alt = _(
        "Bar chart of questions a day from {first} to {last}: {answered} answered, {weak} weak, {uncovered} uncovered.",
        first=summary.days[0].day,
        last=summary.days[-1].day,
        **{outcome.value: f"{summary.of(outcome):,}" for outcome in Outcome},
    )
    blocks: list[Block] = [Text("\n".join(lines))]
    if chart is not None:
        blocks.append(Media("questions.png", chart, alt))
    lists = [
        _list(_("Busiest articles"), map(_quoted, overview.articles)),
        _list(_("Busiest paragraphs"), map(_quoted, overview.paragraphs)),
        _list(
            _("Words that no article has"),
            (f"{quoted(short(word, 60))} {_times(times)}" for word, times in summary.missing),
        ),
    ]
    # A block for each: in one block Discord would draw a heading as a part of the list above it.
    rest = _gaps(overview.coverage, days)
    if overview.notes:
        rest.append(Text("-# " + " ".join(overview.notes)))
    left = MAX_UNITS - sum(units(one.markdown) for one in (*blocks, *rest) if isinstance(one, Text))
    size = min(MAX_UNITS // 2 - 100, left) // len(lists)
    blocks += [Text(within("\n".join(some), size)) for some in lists if some]
    return Card((*blocks, *rest), REPORT)


def outcome_names() -> dict[Outcome, str]:
    """How outcomes are called."""
    return {Outcome.ANSWERED: _("answered"), Outcome.WEAK: _("weak"), Outcome.UNCOVERED: _("uncovered")}


def coverage_line(coverage: Coverage) -> str | None:
    """How many open gaps are covered now, and by what; None if none is."""
    if not coverage.covered:
        return None
    titles = dict.fromkeys(one.article.title for one in coverage.covered)
    line = n_(
        "{covered} of {n} open gap is now covered by {articles}",
        "{covered} of {n} open gaps are now covered by {articles}",
        len(coverage.gaps),
        covered=f"{len(coverage.covered):,}",
        articles=all_quoted(titles, 2 * TITLE_UNITS),
    )
    return f"{line} ({coverage.note})" if coverage.note else line


def recent_card(page: Page, outcome: Outcome | None) -> Card:
    """A page of the questions, newest first, each to be seen in full."""
    names = outcome_names()
    head = n_("{n} question", "{n} questions", page.count)
    if outcome is not None:
        head += f" · {names[outcome]}"
    lines = [f"### {head}", "-# " + page_of(page.number, page.pages)]
    lines += [
        f"{moment(asked.at)} · {names[asked.outcome]} · {short(_text(asked), _LINE_UNITS)}" for asked in page.questions
    ]
    blocks: list[Block] = [Text(within("\n".join(lines)))]
    if page.questions:
        choices = tuple(
            Choice(choice_label(_text(asked)), asked.id, f"{asked.at:%Y-%m-%d %H:%M} UTC") for asked in page.questions
        )
        blocks.append(Select("logshow", _("Show one in full"), choices))
    blocks.append(turning("logrecent", page.number, page.pages, f":{outcome.value if outcome else '-'}"))
    return Card(tuple(blocks), READER)


def question_card(question: Question) -> Card:
    """One question in full: what was shown with its scores, what became of it, and why."""
    kept, asked = question.kept, question.kept.asked
    lines = [
        f"**{short(_text(asked), QUESTION_UNITS)}**",
        f"{moment(asked.at)} · {outcome_names()[asked.outcome]} · {_door(asked.door)} · {asked.milliseconds:.1f} ms",
    ]
    if asked.terms:
        lines.append(_("Searched for: {words}", words=all_quoted(asked.terms, _WORDS_UNITS)))
    if asked.missing:
        lines.append(_("In no article: {words}", words=all_quoted(asked.missing, _WORDS_UNITS)))
    if asked.sent_at is not None:
        lines.append(_("Sent to the moderators: {when}", when=moment(asked.sent_at)))
    if asked.done_at is not None:
        lines.append(_("Marked done: {when}", when=moment(asked.done_at)))
    if kept.votes:
        helpful = sum(vote for _citation, vote in kept.votes)
        lines.append(
            _("Votes: {helpful} helpful, {unhelpful} not", helpful=helpful, unhelpful=len(kept.votes) - helpful)
        )
    if kept.opened:
        lines.append(n_("A source was opened once", "Sources were opened {n} times", len(kept.opened)))
    language = language_name(asked.language) if asked.language else "?"
    index = _("index {version}", version=asked.index_version)
    lines.append(f"-# {asked.id} · {language} · {index} · {asked.engine or '?'}")
    blocks: list[Block] = [Text("\n".join(lines))]
    if not question.passages:
        blocks.append(Text(_("No passage was shown.")))
    for rank, (citation, score, article, paragraph) in enumerate(question.passages, start=1):
        place = _("no longer in the articles") if article is None else short(article.title, TITLE_UNITS)
        number = f" · ¶{paragraph.number}" if paragraph else ""
        open_it = opening(paragraph.number, citation) if paragraph is not None else None
        score_line = "-# " + _("score {score} at the time", score=f"{score:.2f}")
        blocks.append(Text(f"**{rank}.** {place}{number}\n{score_line}", button=open_it))
    if asked.question is not None and question.passages:
        blocks += [Line(), Row((Button(_("Why these?"), action="why:-"),))]
    return Card(tuple(blocks), REPORT)


def clear_form(count: int) -> Form:
    """Asks for the word that confirms."""
    title = n_("Delete {n} question for good", "Delete {n} questions for good", count)
    return Form(title[:45], "logclear:-", (Field("word", _("Type {word} to confirm", word=CONFIRMED)[:45]),))


def _counts(overview: Overview) -> list[str]:
    summary = overview.summary
    if not summary.questions:
        return [_("No question of this time is in the log.")]
    names = outcome_names()
    of = ", ".join(f"{summary.of(outcome):,} {names[outcome]}" for outcome in Outcome)
    lines = [f"**{n_('{n} question', '{n} questions', summary.questions)}**: {of}"]
    if summary.helpful_rate is not None:
        lines.append(
            n_(
                "Found helpful: {rate} of {n} vote",
                "Found helpful: {rate} of {n} votes",
                summary.votes,
                rate=f"{summary.helpful_rate:.0%}",
            )
        )
    if summary.milliseconds is not None:
        median, p95 = summary.milliseconds
        lines.append(
            _(
                "Searching took {median} ms (median), {p95} ms (95th percentile)",
                median=f"{median:.1f}",
                p95=f"{p95:.1f}",
            )
        )
    return lines


def _gaps(coverage: Coverage, days: int) -> list[Block]:
    if not coverage.gaps:
        return []
    lines = ["**" + n_("{n} open gap", "{n} open gaps", len(coverage.gaps)) + "**"]
    if line := coverage_line(coverage) or coverage.note:
        lines.append(line)
    covered = {one.gap.id: one for one in coverage.covered}
    blocks: list[Block] = [Line(), Text("\n".join(lines))]
    for gap in coverage.gaps[:_GAPS]:
        done = Button(_("Mark done"), action=f"logdone:{days}:{gap.id}")
        blocks.append(Text(_gap(gap, covered.get(gap.id)), button=done))
    if (more := len(coverage.gaps) - _GAPS) > 0:
        blocks.append(Text("-# " + n_("… and {n} more", "… and {n} more", more)))
    return blocks


def _gap(gap: Gap, covered: Covered | None) -> str:
    told = [n_("asked once", "asked {n} times", gap.count)]
    if gap.sent:
        told.append(n_("sent to you once", "sent to you {n} times", gap.sent))
    if covered is not None:
        place = f"{quoted(short(covered.article.title, 80))} ¶{covered.paragraph.number}"
        told.append(_("now covered by {place}", place=place))
    return f"{short(gap.text, _LINE_UNITS)}\n-# {' · '.join(told)}"


def _list(title: str, entries: Iterable[str]) -> list[str]:
    found = [f"- {entry}" for entry in entries]
    return [f"**{title}**", *found] if found else []


def _quoted(one: Quoted) -> str:
    number = f" ¶{one.number}" if one.number else ""
    return f"{short(one.title, 100)}{number} {_times(one.times)}"


def _times(number: int) -> str:
    return f"({number:,}×)"


def _text(asked: Asked) -> str:
    return " ".join(asked.question.split()) if asked.question is not None else _("(the text is not kept)")


def _door(door: Door) -> str:
    names = {
        Door.SLASH: _("asked by command"),
        Door.MENTION: _("asked by mention"),
        Door.MENU: _("asked by menu"),
        Door.TERMINAL: _("asked in the terminal"),
    }
    return names[door]
