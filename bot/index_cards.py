"""What moderators see of the articles: how they stand, what a change would do, what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from bot.about_cards import kept
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
    articles_counted,
    choice_label,
    moment,
    paragraphs_counted,
    quotation,
    rule_name,
    short,
    side_by_side,
    stated,
    within,
)
from bot.curating import Activated, Prepared, Preview, Status
from bot.escaping import escape
from bot.excerpts import pieces
from bot.log_cards import coverage_line
from bot.reader import PAGE, list_card, page_of, turning
from bot.shards import Shards
from bot.words import _, command, explained, isolated, n_, quoted
from retrieval.difference import ArticleChange, Difference
from retrieval.gate import Thresholds
from retrieval.library import Library
from retrieval.model import Article, LeftOut, Metadata, Outcome, Problem
from retrieval.snapshot import Found
from retrieval.splitting import fingerprint
from retrieval.versions import Version

_LISTED = 8
_NUMBERS = 12
_LINE_UNITS = 200
_SECTION_UNITS = 790
_PREVIEWS_UNITS = 2400

STATEMENTS = ("title", "publisher", "published", "url", "author")
"""What the form asks for; Discord allows five fields."""

_EXAMPLES = {"published": "2021-02-01", "url": "https://…"}


def report_card(activated: Activated) -> Card:
    """What a change did."""
    prepared, version = activated.prepared, activated.version
    corpus = prepared.change.snapshot.corpus
    parts = [
        f"{articles_counted(len(corpus.articles))}, {paragraphs_counted(len(corpus.places))}",
        *([_version(version.number)] if version else []),
        _("index {version}", version=prepared.token),
        _("{seconds:.1f} s", seconds=prepared.seconds),
    ]
    lines = [f"### {_done(prepared.change.action)}", side_by_side(parts)]
    if activated.unkept is not None:
        reason = escape(activated.unkept)
        lines.append(
            _(
                "It could not be kept on disk ({reason}); a restart goes back to the last version that is kept.",
                reason=reason,
            )
        )
    if activated.coverage is not None and (line := coverage_line(activated.coverage)):
        lines.append(line)
    return Card(_difference(lines, prepared.change.difference), REPORT)


def _done(action: str) -> str:
    """What an action of the library's (`add`, `roll back to 3`) has done."""
    return {
        "reload": _("Articles reloaded"),
        "add": _("Article added"),
        "edit": _("Article edited"),
        "remove": _("Article removed"),
        "restore": _("Article restored"),
        "roll": _("Rolled back"),
        "share": _("Shared articles included"),
        "unshare": _("Shared articles left out"),
    }[action.split()[0]]


def _version(number: int) -> str:
    return _("version {number}", number=number)


def change_card(prepared: Prepared, *, do: str, action: str) -> Card:
    """What a change would do, with a button named *do* that does it by *action*."""
    told = prepared.change.difference
    lines = ["### " + _("What would change")]
    if prepared.cited:
        lines.append(
            n_(
                "{n} earlier answer cites a paragraph that changes.",
                "{n} earlier answers cite a paragraph that changes.",
                prepared.cited,
            )
        )
    elif prepared.cited is None:
        unknown = _("How many earlier answers are concerned is not known: the query log cannot be read.")
        lines.append(f"-# {unknown}")
    if told.nothing:
        lines[0] = "### " + _("Nothing would change")
        if prepared.change.state == prepared.change.base.state:
            return Card(_difference(lines, told), REPORT)
        lines.append(_("No article differs, but files were renamed or written anew; this takes note of them."))
    row = Row(
        (
            Button(do, action=action),
            Button(_("Full diff"), action=f"diff:{prepared.token}"),
            Button(_("Discard"), action="discard:-"),
        )
    )
    return Card((*_difference(lines, told), Line(), row), REPORT)


def full_diff(told: Difference) -> str:
    """Every paragraph that differs, as plain text."""
    return "\n".join(_full(told)) + "\n"


def status_card(status: Status, *, owner: str, shards: Shards | None = None) -> Card:
    """How the collection stands; *owner* says whose it is, and *shards* for which of several this process answers."""
    library = status.library
    snapshot = library.current
    version = library.version
    parts = [
        f"{articles_counted(len(snapshot.corpus.articles))}, {paragraphs_counted(len(snapshot.corpus.places))}",
        _("languages: {codes}", codes=", ".join(sorted(set(snapshot.languages)))),
        _("index {version}", version=snapshot.version),
    ]
    lines = ["### " + _("The articles"), side_by_side(parts)]
    if version is not None:
        lines.append(_("Version {number}: {what}", number=version.number, what=_history_line(version)))
    lines.append(owner)
    lines += [f"! {short(explained(complaint), SENTENCE_UNITS)}" for complaint in library.complaints]
    if status.waiting:
        lines.append(
            n_(
                "**{n} file of the folder changed since:** {reload} shows how.",
                "**{n} files of the folder changed since:** {reload} shows how.",
                len(status.waiting),
                reload=command("index reload"),
            )
        )
    if status.milliseconds is not None:
        median, p95 = status.milliseconds
        lines.append(
            _("Searching takes {median:.0f} ms (median), {p95:.0f} ms (95th percentile).", median=median, p95=p95)
        )
    if status.lost:
        lost = n_(
            "{n} question could not be kept in the log since the start.",
            "{n} questions could not be kept in the log since the start.",
            status.lost,
        )
        lines.append(f"! {lost}")
    if shards is not None:
        lines.append(_("Shards of this process: {shards} of {total}.", shards=shards.ranges, total=shards.total))
    lines.append(f"-# {kept(status.log_mode, status.log_days)}")
    blocks = [Text(within("\n".join(lines), MAX_UNITS // 2))]
    if problems := _problems(snapshot.corpus.problems):
        blocks.append(Text(within("\n".join(problems), MAX_UNITS // 2)))
    return Card(tuple(blocks), REPORT)


def preview_card(preview: Preview) -> Card:
    """An uploaded file as it would become articles."""
    articles = preview.articles
    blocks = [Text(f"### {escape(preview.upload.name)}")]
    if not articles:
        blocks.append(Text(_("There is nothing in it that could be added.")))
    # A block for each: Discord might draw what follows a quotation as a part of it.
    size = _PREVIEWS_UNITS // min(max(1, len(articles)), _LISTED)
    blocks += [Text(within(_previewed(article, size), size)) for article in articles[:_LISTED]]
    rest = []
    if (more := len(articles) - _LISTED) > 0:
        rest.append("-# … " + n_("and {n} more articles.", "and {n} more articles.", more))
    remarks = [short(remark, SENTENCE_UNITS) for remark in preview.remarks[:_LISTED]]
    rest += _listed(remarks, "! ", len(preview.remarks))
    if rest:
        blocks.append(Text(within("\n".join(rest), _SECTION_UNITS)))
    digest = preview.upload.digest
    row = [
        Button(_("Add to index"), action=f"add:{digest}", disabled=not articles),
        Button(_("Show what was left out"), action=f"left:{digest}", disabled=not articles),
        Button(_("Cancel"), action="discard:-"),
    ]
    if len(articles) == 1:
        row.insert(1, Button(_("Add details"), action=f"details:{digest}"))
    return Card((*blocks, Line(), Row(tuple(row))), REPORT)


def _previewed(article: Article, size: int) -> str:
    left_out = len(article.left_out) + len(article.notices)
    labels = {"publisher": _("publisher"), "published": _("published"), "url": _("url")}
    text = article.paragraphs[0].text
    beginning = next(pieces(text, min(_LINE_UNITS, size // 4)))
    missing = ", ".join(label for name, label in labels.items() if getattr(article.metadata, name) is None)
    beside = n_("{n} line left out or kept as notices", "{n} lines left out or kept as notices", left_out)
    return "\n".join(
        [
            f"**{short(article.title, TITLE_UNITS)}**",
            "-# " + side_by_side([*stated(article), paragraphs_counted(len(article.paragraphs))]),
            f"-# {beside}",
            *(["-# " + _("Not stated, and so not shown: {names}", names=missing)] if missing else []),
            quotation(beginning),
            *([] if beginning == text else ["-# \\[…\\]"]),
        ]
    )


def left_out_text(articles: Sequence[Article]) -> str:
    """Every line that is no paragraph, with the rule that says so, as plain text."""
    lines = []
    for article in articles:
        lines += [article.title, "=" * len(article.title), ""]
        lines += [
            _("line {number}, {rule}: {text}", number=line.line, rule=rule_name(line.rule), text=line.text)
            for line in _beside(article)
        ]
        lines.append("")
    return "\n".join(lines)


def details_form(title: str, action: str, metadata: Metadata) -> Form:
    """The form for what is stated about an article."""
    values = {name: getattr(metadata, name) for name in STATEMENTS}
    labels = {
        "title": _("Title"),
        "publisher": _("Publisher"),
        "published": _("Date of publication"),
        "url": _("Web address"),
        "author": _("Author"),
    }
    return Form(
        choice_label(title)[:45],
        action,
        tuple(Field(name, labels[name], str(values[name] or ""), _EXAMPLES.get(name, "")) for name in STATEMENTS),
    )


def articles_card(articles: Sequence[Article], page: int) -> Card:
    """A page of the articles, each to be chosen."""
    return list_card(articles, page, Select("article", _("Choose an article"), ()), turn="list")


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
        "-# " + side_by_side([*stated(article), paragraphs_counted(len(article.paragraphs)), escape(article.source)]),
    ]
    if metadata.url:
        lines.append(escape(metadata.url))
    if shown:
        count = n_("{n} line", "{n} lines", len(beside))
        lines.append("**" + _("Left out, or kept as notices:") + f"** {count}, {page_of(page, pages)}")
        for line in shown:
            said = isolated(short(" ".join(line.text.split()), _LINE_UNITS))
            lines.append(f"-# {rule_name(line.rule)}: {said}")
    blocks: list[Block] = [Text(within("\n".join(lines)))]
    if shown:
        lines_by_mark = {fingerprint(line.text): line for line in shown}
        choices = tuple(
            Choice(choice_label(" ".join(line.text.split())), mark, rule_name(line.rule))
            for mark, line in lines_by_mark.items()
        )
        blocks.append(Select(f"back:{article.id}", _("Put a line back"), choices))
    if len(article.paragraphs) > 1:
        parts_by_mark = {fingerprint(part.text): part for part in reversed(article.paragraphs[:25])}
        paragraphs = tuple(
            Choice(choice_label(f"¶{part.number} {' '.join(part.text.split())}"), mark)
            for mark, part in reversed(parts_by_mark.items())
        )
        blocks.append(Select(f"take:{article.id}", _("Take a paragraph out"), paragraphs))
    blocks.append(
        Row(
            (
                Button(_("Read"), action=f"open:{article.id}"),
                Button(_("Edit details"), action=f"edit:{article.id}"),
                Button(_("Remove"), action=f"remove:{article.id}"),
                Button(_("Previous"), action=f"about:{page - 1}:{article.id}", disabled=page == 1),
                Button(_("Next"), action=f"about:{page + 1}:{article.id}", disabled=page == pages),
            )
        )
    )
    return Card(tuple(blocks), READER)


def left_out_line(article: Article, mark: str) -> str | None:
    """The line beside the article that has that fingerprint."""
    return next((line.text for line in _beside(article) if fingerprint(line.text) == mark), None)


def history_card(versions: Sequence[Version], page: int) -> Card:
    """The versions that are kept, newest first, each to go back to but the newest."""
    pages = max(1, -(-len(versions) // PAGE))
    page = min(max(page, 1), pages)
    shown = versions[(page - 1) * PAGE : page * PAGE]
    kept = n_("{n} version kept", "{n} versions kept", len(versions))
    lines = [f"### {kept}\n-# {page_of(page, pages)}"]
    lines += [f"**{version.number}** · {_history_line(version)}" for version in shown]
    blocks: list[Block] = [Text(within("\n".join(lines)))]
    back = tuple(
        Choice(_("Version {number}", number=version.number), str(version.number), _counts(version))
        for version in shown
        if version is not versions[0]
    )
    if back:
        blocks.append(Select("version", _("Roll back to…"), back))
    blocks.append(turning("history", page, pages))
    return Card(tuple(blocks), READER)


def test_card(question: str, found: Found, library: Library) -> Card:
    """How a question is answered, with the reasons."""
    thresholds = Thresholds()
    outcomes = {Outcome.ANSWERED: _("Answered"), Outcome.WEAK: _("Weak"), Outcome.UNCOVERED: _("Uncovered")}
    lines = [
        f"**{isolated(short(question, 600))}**",
        f"### {outcomes[found.outcome]}",
        _(
            "The confidence in the first passage is {confidence:.2f}; from {answered:g} on a question counts as "
            "answered, from {weak:g} on as weak.",
            confidence=found.confidence,
            answered=thresholds.answered,
            weak=thresholds.weak,
        ),
    ]
    if found.repairs:
        repairs = (
            _("“{meant}” instead of “{word}”", meant=escape(one.meant), word=escape(one.word)) for one in found.repairs
        )
        lines.append(_("Searched for {words}", words=", ".join(repairs)))
    if found.missing:
        lines.append(_("In no article: {words}", words=", ".join(quoted(escape(word)) for word in found.missing)))
    if not found.passages:
        lines.append(_("No paragraph shares a word with the question."))
    for rank, passage in enumerate(found.passages, start=1):
        parts = [
            short(passage.article.title, TITLE_UNITS),
            f"¶{passage.paragraph.number}",
            _("score {score:.2f}", score=passage.score),
            _("coverage {share:.0%}", share=passage.coverage),
        ]
        lines.append(f"**{rank}.** {side_by_side(parts)}")
        words = _("has {has}; lacks {lacks}", has=_words(passage.matched), lacks=_words(passage.lacking))
        lines.append(f"-# {words}")
    version = library.version
    index = _("index {version}", version=library.current.version)
    lines.append("-# " + side_by_side([index, *([_version(version.number)] if version else [])]))
    return Card((Text(within("\n".join(lines))),), REPORT)


def progress_card(done: int, total: int, indexed: int = 0, to_index: int = 0) -> Card:
    """How far a long reload is: so many files are read of all, and so many articles analysed of those that are new."""
    building = _("Building the index…")
    if total and done >= total:
        building = n_("Read {n} file; building the index…", "Read {n} files; building the index…", total)
    if done >= total:
        return Card((Text(f"{building}\n{_bar(indexed, to_index)}" if to_index else building),), REPORT)
    reading = n_(
        "Reading the articles: {done:,} of {n} file", "Reading the articles: {done:,} of {n} files", total, done=done
    )
    return Card((Text(f"{reading}\n{_bar(done, total)}"),), REPORT)


def _bar(done: int, total: int) -> str:
    full = round(20 * done / total)
    return f"`{'█' * full}{'░' * (20 - full)}`"


def _words(words: Sequence[str]) -> str:
    return short(", ".join(words), _LINE_UNITS) if words else _("nothing")


def _beside(article: Article) -> list[LeftOut]:
    return sorted((*article.left_out, *article.notices), key=lambda line: line.line)


def _history_line(version: Version) -> str:
    about = f" {quoted(short(version.about, TITLE_UNITS))}" if version.about else ""
    who = f"<@{version.by}>" if version.by.isdecimal() else escape(version.by)
    return f"{_action(version.action)}{about} · {who} · {moment(version.at)} · {_counts(version)}"


def _action(action: str) -> str:
    """What was done to make a version."""
    return {
        "reload": _("reload"),
        "add": _("add"),
        "edit": _("edit"),
        "remove": _("remove"),
        "restore": _("restore"),
        "roll": _("roll back to {number}", number=action.split()[-1]),
        "share": _("share"),
        "unshare": _("unshare"),
    }[action.split()[0]]


def _counts(version: Version) -> str:
    numbers = [(version.added, "+"), (version.changed, "~"), (version.removed, "−")]
    changed = " ".join(f"{sign}{number}" for number, sign in numbers if number)
    return f"{articles_counted(version.articles)}, {paragraphs_counted(version.paragraphs)}" + (
        f" ({changed})" if changed else ""
    )


def _difference(lead: Sequence[str], told: Difference) -> tuple[Text, ...]:
    """*lead*, and a block for each kind of change: in one block Discord would draw a heading as a part of a list."""
    first = [
        *lead,
        *([_("Unchanged: {articles}", articles=articles_counted(told.unchanged))] if told.unchanged else []),
    ]
    sections = [
        first,
        _changes("+ " + _("Added"), told.added, told.paragraphs_added),
        _changes("~ " + _("Changed"), told.changed),
        _changes("− " + _("Removed"), told.removed, told.paragraphs_removed),
        _problems(told.problems),
    ]
    # Five sections are within the 4,000 units of a message.
    return tuple(Text(within("\n".join(section), _SECTION_UNITS)) for section in sections if section)


def _changes(verb: str, changes: Sequence[ArticleChange], paragraphs: int = 0) -> list[str]:
    if not changes:
        return []
    count = ", ".join([articles_counted(len(changes)), *([paragraphs_counted(paragraphs)] if paragraphs else [])])
    lines = [
        f"{isolated(short(change.article.title, TITLE_UNITS))} ({_change(change)})" for change in changes[:_LISTED]
    ]
    return [f"**{verb}: {count}**", *_listed(lines, "- ", len(changes))]


def _change(change: ArticleChange) -> str:
    if change.old is None:
        return f"+{len(change.added)} ¶"
    if change.new is None:
        return f"−{len(change.removed)} ¶"
    told = [
        *(_("¶{number} changed", number=new.number) for _old, new in change.changed),
        *(_("¶{number} new", number=part.number) for part in change.added),
        *(_("¶{number} removed", number=part.number) for part in change.removed),
    ]
    more = len(told) - _NUMBERS
    shown = [*told[:_NUMBERS], *([n_("and {n} more", "and {n} more", more)] if more > 0 else [])]
    return ", ".join(shown) or _("details only")


def _problems(problems: Sequence[Problem]) -> list[str]:
    if not problems:
        return []
    return [
        "**" + _("To look at: {files}", files=n_("{n} file", "{n} files", len(problems))) + "**",
        *_listed([short(explained(one.sentence), SENTENCE_UNITS) for one in problems[:_LISTED]], "- ! ", len(problems)),
    ]


def _listed(lines: Sequence[str], mark: str, count: int) -> list[str]:
    """The first *lines*, and how many there are beyond them of *count*."""
    shown = [mark + line for line in lines]
    rest = count - len(lines)
    more = "-# … " + n_(
        "and {n} more; “{button}” or `quoth check` lists them all.",
        "and {n} more; “{button}” or `quoth check` lists them all.",
        rest,
        button=_("Full diff"),
    )
    return [*shown, more] if rest > 0 else shown


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
            before, now = (asdict(article.metadata) for article in (change.old, change.new))
            differing = [name for name in now if before[name] != now[name]]
            yield from (f"    - {name}: {before[name]}" for name in differing if before[name] is not None)
            yield from (f"    + {name}: {now[name]}" for name in differing if now[name] is not None)
        yield ""
    yield from (f"! {explained(problem.sentence)}" for problem in told.problems)
