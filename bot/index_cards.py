"""What moderators see of the articles: how they stand, what a change would do, what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.cards import (
    MAX_UNITS,
    READER,
    REPORT,
    SENTENCE_UNITS,
    TITLE_UNITS,
    Block,
    Button,
    Card,
    Choice,
    Field,
    Form,
    Line,
    Row,
    Select,
    Text,
    choice_label,
    counted,
    short,
    stated,
    within,
)
from bot.curating import Activated, Prepared, Preview, Status
from bot.escaping import escape
from bot.log_cards import coverage_line
from bot.reader import PAGE, list_card, turning
from retrieval.difference import ArticleChange, Difference
from retrieval.gate import Thresholds
from retrieval.library import Library
from retrieval.model import Article, LeftOut, Metadata, Problem
from retrieval.snapshot import Found
from retrieval.versions import Version

_LISTED = 8
_NUMBERS = 12
_LINE_UNITS = 200
_SECTION_UNITS = 790
_PREVIEWS_UNITS = 2400

STATEMENTS = ("title", "publisher", "published", "url", "author")
"""What the form asks for; Discord allows five fields."""

_LABELS = {
    "title": ("Title", ""),
    "publisher": ("Publisher", ""),
    "published": ("Date of publication", "2021-02-01"),
    "url": ("Web address", "https://…"),
    "author": ("Author", ""),
}


def report_card(activated: Activated) -> Card:
    """What a change did."""
    prepared, version = activated.prepared, activated.version
    corpus = prepared.change.snapshot.corpus
    held = f"{counted(len(corpus.articles), 'article')}, {counted(len(corpus.places), 'paragraph')}"
    number = f" · version {version.number}" if version else ""
    lines = [
        f"### {_DONE[prepared.change.action.split()[0]]}",
        f"{held}{number} · index {prepared.token} · {prepared.seconds:.1f} s",
    ]
    if activated.unkept is not None:
        reason = escape(activated.unkept)
        lines.append(f"It could not be kept on disk ({reason}); a restart goes back to the last version that is kept.")
    if activated.coverage is not None and (line := coverage_line(activated.coverage)):
        lines.append(line)
    return Card(_difference(lines, prepared.change.difference), REPORT)


_DONE = {
    "reload": "Articles reloaded",
    "add": "Article added",
    "edit": "Article edited",
    "remove": "Article removed",
    "restore": "Article restored",
    "roll": "Rolled back",
    "share": "Shared articles included",
    "unshare": "Shared articles left out",
}


def change_card(prepared: Prepared, *, do: str, action: str) -> Card:
    """What a change would do, with a button named *do* that does it by *action*."""
    told = prepared.change.difference
    lines = ["### What would change"]
    if prepared.cited:
        verb = "cites" if prepared.cited == 1 else "cite"
        lines.append(f"{counted(prepared.cited, 'earlier answer')} {verb} a paragraph that changes.")
    elif prepared.cited is None:
        lines.append("-# How many earlier answers are concerned is not known: the query log cannot be read.")
    if told.nothing:
        lines[0] = "### Nothing would change"
        return Card(_difference(lines, told), REPORT)
    row = Row(
        (
            Button(do, action=action),
            Button("Full diff", action=f"diff:{prepared.token}"),
            Button("Discard", action="discard:-"),
        )
    )
    return Card((*_difference(lines, told), Line(), row), REPORT)


def full_diff(told: Difference) -> str:
    """Every paragraph that differs, as plain text."""
    return "\n".join(_full(told)) + "\n"


def status_card(status: Status, *, owner: str) -> Card:
    """How the collection stands; *owner* says whose it is."""
    library = status.library
    snapshot = library.current
    version = library.version
    lines = [
        "### The articles",
        f"{counted(len(snapshot.corpus.articles), 'article')}, {counted(len(snapshot.corpus.places), 'paragraph')}"
        f" · languages: {', '.join(sorted(set(snapshot.languages)))} · index {snapshot.version}",
    ]
    if version is not None:
        lines.append(f"Version {version.number}: {_history_line(version)}")
    lines.append(owner)
    lines += [f"! {short(complaint, SENTENCE_UNITS)}" for complaint in library.complaints]
    if status.waiting:
        lines.append(
            f"**{counted(len(status.waiting), 'file')} of the folder changed since:** /index reload shows how."
        )
    if status.milliseconds is not None:
        median, p95 = status.milliseconds
        lines.append(f"Searching takes {median:.0f} ms (median), {p95:.0f} ms (95th percentile).")
    if status.lost:
        lines.append(f"! {counted(status.lost, 'question')} could not be kept in the log since the start.")
    lines.append("-# Questions are logged without names, for as long as the operator chose.")
    blocks = [Text(within("\n".join(lines), MAX_UNITS // 2))]
    if problems := _problems(snapshot.corpus.problems):
        blocks.append(Text(within("\n".join(problems), MAX_UNITS // 2)))
    return Card(tuple(blocks), REPORT)


def preview_card(preview: Preview) -> Card:
    """An uploaded file as it would become articles."""
    articles = preview.articles
    blocks = [Text(f"### {escape(preview.upload.name)}")]
    if not articles:
        blocks.append(Text("There is nothing in it that could be added."))
    # A block for each: Discord might draw what follows a quotation as a part of it.
    size = _PREVIEWS_UNITS // min(max(1, len(articles)), _LISTED)
    blocks += [Text(within(_previewed(article, size), size)) for article in articles[:_LISTED]]
    rest = [f"-# … and {len(articles) - _LISTED} more articles."] if len(articles) > _LISTED else []
    rest += _listed([short(remark, SENTENCE_UNITS) for remark in preview.remarks], "! ")
    if rest:
        blocks.append(Text(within("\n".join(rest), _SECTION_UNITS)))
    digest = preview.upload.digest
    row = [
        Button("Add to index", action=f"add:{digest}", disabled=not articles),
        Button("Show what was left out", action=f"left:{digest}", disabled=not articles),
        Button("Cancel", action="discard:-"),
    ]
    if len(articles) == 1:
        row.insert(1, Button("Add details", action=f"details:{digest}"))
    return Card((*blocks, Line(), Row(tuple(row))), REPORT)


def _previewed(article: Article, size: int) -> str:
    left_out = len(article.left_out) + len(article.notices)
    missing = [name for name in ("publisher", "published", "url") if getattr(article.metadata, name) is None]
    return "\n".join(
        [
            f"**{short(article.title, TITLE_UNITS)}**",
            "-# " + " · ".join([*stated(article), counted(len(article.paragraphs), "paragraph")]),
            f"-# {counted(left_out, 'line')} left out or kept as notices",
            *([f"-# Not stated, and so not shown: {', '.join(missing)}"] if missing else []),
            f"> {short(' '.join(article.paragraphs[0].text.split()), min(_LINE_UNITS, size // 4))}",
        ]
    )


def left_out_text(articles: Sequence[Article]) -> str:
    """Every line that is no paragraph, with the rule that says so, as plain text."""
    lines = []
    for article in articles:
        lines += [article.title, "=" * len(article.title), ""]
        lines += [f"line {line.line}, {line.rule.value}: {line.text}" for line in _beside(article)]
        lines.append("")
    return "\n".join(lines)


def details_form(title: str, action: str, metadata: Metadata) -> Form:
    """The form for what is stated about an article."""
    values = {name: getattr(metadata, name) for name in STATEMENTS}
    return Form(
        choice_label(title)[:45],
        action,
        tuple(Field(name, _LABELS[name][0], str(values[name] or ""), _LABELS[name][1]) for name in STATEMENTS),
    )


def articles_card(articles: Sequence[Article], page: int) -> Card:
    """A page of the articles, each to be chosen."""
    return list_card(articles, page, Select("article", "Choose an article", ()), turn="list")


def article_card(article: Article, page: int = 1) -> Card:
    """One article as moderators see it: what is stated, and the lines that were left out, to be put back."""
    beside = _beside(article)
    pages = max(1, -(-len(beside) // PAGE))
    page = min(max(page, 1), pages)
    first = (page - 1) * PAGE
    shown = beside[first : first + PAGE]
    metadata = article.metadata
    lines = [
        f"### {short(article.title, 2 * TITLE_UNITS)}",
        "-# " + " · ".join([*stated(article), counted(len(article.paragraphs), "paragraph"), escape(article.source)]),
    ]
    if metadata.url:
        lines.append(escape(metadata.url))
    if shown:
        lines.append(f"**Left out, or kept as notices:** {counted(len(beside), 'line')}, page {page} of {pages}")
        lines += [f"-# {line.rule.value}: {short(' '.join(line.text.split()), _LINE_UNITS)}" for line in shown]
    blocks: list[Block] = [Text(within("\n".join(lines)))]
    if shown:
        choices = tuple(
            Choice(choice_label(" ".join(line.text.split())), str(first + nth), line.rule.value)
            for nth, line in enumerate(shown)
        )
        blocks.append(Select(f"back:{article.id}", "Put a line back", choices))
    if len(article.paragraphs) > 1:
        paragraphs = tuple(
            Choice(choice_label(f"¶{part.number} {' '.join(part.text.split())}"), str(part.number))
            for part in article.paragraphs[:25]
        )
        blocks.append(Select(f"take:{article.id}", "Take a paragraph out", paragraphs))
    blocks.append(
        Row(
            (
                Button("Read", action=f"open:{article.id}"),
                Button("Edit details", action=f"edit:{article.id}"),
                Button("Remove", action=f"remove:{article.id}"),
                Button("Previous", action=f"about:{page - 1}:{article.id}", disabled=page == 1),
                Button("Next", action=f"about:{page + 1}:{article.id}", disabled=page == pages),
            )
        )
    )
    return Card(tuple(blocks), READER)


def left_out_line(article: Article, nth: int) -> LeftOut | None:
    """The line that entry *nth* of the article's card names, counted from 0."""
    beside = _beside(article)
    return beside[nth] if 0 <= nth < len(beside) else None


def history_card(versions: Sequence[Version], page: int) -> Card:
    """The versions that are kept, newest first, each to go back to but the newest."""
    pages = max(1, -(-len(versions) // PAGE))
    page = min(max(page, 1), pages)
    shown = versions[(page - 1) * PAGE : page * PAGE]
    lines = [f"### {counted(len(versions), 'version')} kept\n-# page {page} of {pages}"]
    lines += [f"**{version.number}** · {_history_line(version)}" for version in shown]
    blocks: list[Block] = [Text(within("\n".join(lines)))]
    back = tuple(
        Choice(f"Version {version.number}", str(version.number), _counts(version))
        for version in shown
        if version is not versions[0]
    )
    if back:
        blocks.append(Select("version", "Roll back to…", back))
    blocks.append(turning("history", page, pages))
    return Card(tuple(blocks), READER)


def test_card(question: str, found: Found, library: Library) -> Card:
    """How a question is answered, with the reasons."""
    thresholds = Thresholds()
    lines = [
        f"**{short(question, 600)}**",
        f"### {found.outcome.value.capitalize()}\nThe confidence in the first passage is {found.confidence:.2f}; from"
        f" {thresholds.answered:g} on a question counts as answered, from {thresholds.weak:g} on as weak.",
    ]
    if found.repairs:
        lines.append(
            "Searched for "
            + ", ".join(f"“{escape(one.meant)}” instead of “{escape(one.word)}”" for one in found.repairs)
        )
    if found.missing:
        lines.append("In no article: " + ", ".join(f"“{escape(word)}”" for word in found.missing))
    if not found.passages:
        lines.append("No paragraph shares a word with the question.")
    for rank, passage in enumerate(found.passages, start=1):
        lines.append(
            f"**{rank}.** {short(passage.article.title, TITLE_UNITS)} · ¶{passage.paragraph.number}"
            f" · score {passage.score:.2f} · coverage {passage.coverage:.0%}"
        )
        lines.append(f"-# has {_words(passage.matched)}; lacks {_words(passage.lacking)}")
    version = library.version
    lines.append(f"-# index {library.current.version}" + (f" · version {version.number}" if version else ""))
    return Card((Text(within("\n".join(lines))),), REPORT)


def progress_card(done: int, total: int) -> Card:
    """How far a long reading is."""
    if not total:
        return Card((Text("Building the index…"),), REPORT)
    if done >= total:
        return Card((Text(f"Read {counted(total, 'file')}; building the index…"),), REPORT)
    bar = round(20 * done / total)
    return Card(
        (Text(f"Reading the articles: {done:,} of {counted(total, 'file')}\n`{'█' * bar}{'░' * (20 - bar)}`"),), REPORT
    )


def _words(words: Sequence[str]) -> str:
    return short(", ".join(words), _LINE_UNITS) if words else "nothing"


def _beside(article: Article) -> list[LeftOut]:
    return sorted((*article.left_out, *article.notices), key=lambda line: line.line)


def _history_line(version: Version) -> str:
    about = f" “{short(version.about, TITLE_UNITS)}”" if version.about else ""
    who = f"<@{version.by}>" if version.by.isdecimal() else escape(version.by)
    return f"{version.action}{about} · {who} · <t:{int(version.at.timestamp())}:f> · {_counts(version)}"


def _counts(version: Version) -> str:
    numbers = [(version.added, "+"), (version.changed, "~"), (version.removed, "−")]
    changed = " ".join(f"{sign}{number}" for number, sign in numbers if number)
    return f"{counted(version.articles, 'article')}, {counted(version.paragraphs, 'paragraph')}" + (
        f" ({changed})" if changed else ""
    )


def _difference(lead: Sequence[str], told: Difference) -> tuple[Text, ...]:
    """*lead*, and a block for each kind of change: in one block Discord would draw a heading as a part of a list."""
    first = [*lead, *([f"Unchanged: {counted(told.unchanged, 'article')}"] if told.unchanged else [])]
    sections = [
        first,
        _changes("+ Added", told.added, sum(len(change.added) for change in told.added)),
        _changes("~ Changed", told.changed),
        _changes("− Removed", told.removed, sum(len(change.removed) for change in told.removed)),
        _problems(told.problems),
    ]
    # Five sections are within the 4,000 units of a message.
    return tuple(Text(within("\n".join(section), _SECTION_UNITS)) for section in sections if section)


def _changes(verb: str, changes: Sequence[ArticleChange], paragraphs: int = 0) -> list[str]:
    if not changes:
        return []
    count = ", ".join([counted(len(changes), "article"), *([counted(paragraphs, "paragraph")] if paragraphs else [])])
    lines = [f"{short(change.article.title, TITLE_UNITS)} ({_change(change)})" for change in changes]
    return [f"**{verb}: {count}**", *_listed(lines, "- ")]


def _change(change: ArticleChange) -> str:
    if change.old is None:
        return f"+{len(change.added)} ¶"
    if change.new is None:
        return f"−{len(change.removed)} ¶"
    told = [
        *(f"¶{new.number} changed" for _, new in change.changed),
        *(f"¶{part.number} new" for part in change.added),
        *(f"¶{part.number} removed" for part in change.removed),
    ]
    more = f", and {len(told) - _NUMBERS} more" if len(told) > _NUMBERS else ""
    return (", ".join(told[:_NUMBERS]) + more) if told else "details only"


def _problems(problems: Sequence[Problem]) -> list[str]:
    if not problems:
        return []
    return [
        f"**To look at: {counted(len(problems), 'file')}**",
        *_listed([short(one.sentence, SENTENCE_UNITS) for one in problems], "- ! "),
    ]


def _listed(lines: Sequence[str], mark: str) -> list[str]:
    shown = [mark + line for line in lines[:_LISTED]]
    rest = len(lines) - _LISTED
    return [*shown, f"-# … and {rest} more; “Full diff” or `quoth check` lists them all."] if rest > 0 else shown


def _full(told: Difference) -> Iterator[str]:
    for change in told.changes:
        sign = "+" if change.old is None else "-" if change.new is None else "~"
        yield f"{sign} {change.article.title} ({change.article.source})"
        for old, new in change.changed:
            yield f"    - ¶{old.number} {old.text}"
            yield f"    + ¶{new.number} {new.text}"
        yield from (f"    - ¶{part.number} {part.text}" for part in change.removed)
        yield from (f"    + ¶{part.number} {part.text}" for part in change.added)
        if change.old is not None and change.new is not None and change.old.metadata != change.new.metadata:
            yield f"    - {change.old.metadata}"
            yield f"    + {change.new.metadata}"
        yield ""
    yield from (f"! {problem.sentence}" for problem in told.problems)
