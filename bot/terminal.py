"""Answers, places and reports → what the terminal shows, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule as Ruler
from rich.table import Column, Table
from rich.text import Text

from bot.curating import Activated, Status
from bot.excerpts import excerpt
from bot.reviewing import Coverage
from bot.service import Answer, Place
from bot.settings import SECRETS, Settings, setting_names
from retrieval.difference import ArticleChange, Difference
from retrieval.evaluation import MEASURES, Scorecard
from retrieval.gate import Thresholds
from retrieval.model import Article, Corpus, Outcome, Paragraph, Passage, Problem
from retrieval.ranking import Explanation
from retrieval.snapshot import Found
from retrieval.versions import Version

_EXCERPT_UNITS = 2000
"""Of a passage; about twenty-five lines."""


def answer_text(answer: Answer) -> RenderableType:
    """The passages of *answer*, or what the articles lack."""
    if not answer.passages:
        return Group(Text("The articles do not cover this.", style="bold yellow"), *_lacking(answer), _searched(answer))
    shown: list[RenderableType] = []
    if answer.outcome is Outcome.WEAK:
        sentence = (
            f"No passage has all your words; the closest lacks {_words(answer.lacking)}:"
            if answer.lacking
            else "No passage matches your words well; the closest:"
        )
        shown.append(Text(sentence, style="bold yellow"))
    if answer.repairs:
        shown.append(Text(f"Searched for {_words(repair.meant for repair in answer.repairs)}", style="yellow"))
    for number, passage in enumerate(answer.passages, start=1):
        shown += [
            Padding(Text.assemble((f"[{number}] ", "bold cyan"), *_quoted(passage)), (1, 0, 0, 0)),
            Padding(Text(_origin(passage.article, passage.paragraph), style="dim"), (0, 0, 0, 4)),
        ]
    shown.append(Text())
    if answer.outcome is Outcome.ANSWERED:
        shown += _lacking(answer) if answer.missing else []
        if elsewhere := [word for word in answer.lacking if word not in answer.missing]:
            shown.append(Text(f"Not in passage [1]: {_words(elsewhere)}"))
        if in_title := answer.passages[0].in_title:
            shown.append(Text(f"Of passage [1] only in the title: {_words(in_title)}"))
    return Group(*shown, _searched(answer))


def _quoted(passage: Passage) -> Iterator[Text]:
    """The passage, the sentence that answers in bold; where it is cut, a mark in another style says so."""
    text = passage.paragraph.text
    start, end = excerpt(passage, _EXCERPT_UNITS)
    quoted = Text(text)
    if passage.bold not in (None, (0, len(text))):
        quoted.stylize("bold", *passage.bold)
    if start:
        yield Text("[…] ", style="dim")
    yield quoted[start:end]
    if end < len(text):
        yield Text(f" […] shortened; `quoth source {passage.article.id}` shows all of it", style="dim")


def answer_json(answer: Answer) -> dict[str, Any]:
    """*answer* as one object; what is not known is None."""
    return {
        "question": answer.question,
        "filters": {name: value or None for name, value in asdict(answer.wanted).items()},
        "outcome": answer.outcome.value,
        "passages": [_passage_json(passage) for passage in answer.passages],
        "missing": list(answer.missing),
        "repairs": [{"word": repair.word, "meant": repair.meant} for repair in answer.repairs],
        "version": answer.version,
        "milliseconds": round(answer.milliseconds, 3),
    }


def place_text(place: Place) -> RenderableType:
    """The whole article with its numbers, the paragraph of *place* marked."""
    article = place.article
    stated = [part for part in _stated(article) if part]
    shown: list[RenderableType] = [Text(article.title, style="bold")]
    if stated or article.metadata.url:
        shown.append(Text(" · ".join([*stated, article.metadata.url or ""]).removesuffix(" · "), style="dim"))
    for paragraph in article.paragraphs:
        cited = paragraph == place.paragraph
        label = Text(f"{'▶ ' if cited else ''}¶{paragraph.number}", style="bold cyan" if cited else "cyan")
        row = Table.grid(padding=(0, 1))
        row.add_column(width=6, justify="right")
        row.add_column()
        row.add_row(label, Text(paragraph.text, style="bold" if cited else ""))
        shown.append(Padding(row, (1, 0, 0, 0)))
    if article.notices:
        shown += [Text(), Ruler(style="dim"), *(Text(notice.text, style="dim") for notice in article.notices)]
    return Group(*shown)


def difference_text(change: Difference, *, lead: str) -> RenderableType:
    """What a change would do, below *lead*."""
    lines = [Text(lead, style="bold")]
    for verb, style, changes in (
        ("add", "green", change.added),
        ("change", "yellow", change.changed),
        ("remove", "red", change.removed),
    ):
        lines += [Text(f"  {verb} {_changed(one)}", style=style) for one in changes]
    if change.unchanged:
        lines.append(Text(f"  leave {counted(change.unchanged, 'article')} as before", style="dim"))
    lines += [Text(f"  ! {problem.sentence}", style="red") for problem in change.problems]
    return Group(*lines)


def activated_text(activated: Activated) -> RenderableType:
    """What a change did, or would do."""
    told = activated.prepared.change.difference
    if activated.version is None:
        return difference_text(told, lead="This would:")
    version = activated.version
    held = f"{counted(version.articles, 'article')}, {counted(version.paragraphs, 'paragraph')}"
    lead = f"Version {version.number} is live: {held}."
    if activated.coverage is not None and activated.coverage.covered:
        titles = dict.fromkeys(one.article.title for one in activated.coverage.covered)
        count = f"{len(activated.coverage.covered):,} of {counted(len(activated.coverage.gaps), 'open gap')}"
        lead += f"\n{count} covered by now: {_words(titles)}"
        if activated.coverage.note:
            lead += f" ({activated.coverage.note})"
    return difference_text(told, lead=lead)


def activated_json(activated: Activated, *, dry_run: bool) -> dict[str, Any]:
    """What a change did, or would do if *dry_run*."""
    told = activated.prepared.change.difference
    return {
        "live": not dry_run,
        "version": activated.version.number if activated.version else None,
        "index": activated.prepared.token,
        "added": [_change_json(change) for change in told.added],
        "changed": [_change_json(change) for change in told.changed],
        "removed": [_change_json(change) for change in told.removed],
        "unchanged": told.unchanged,
        "answers_citing": activated.prepared.cited,
        "gaps": None if activated.coverage is None else _coverage_json(activated.coverage),
        "problems": [_problem_json(problem) for problem in told.problems],
    }


def status_text(status: Status) -> RenderableType:
    """How the articles stand."""
    library, corpus = status.library, status.library.current.corpus
    lines = [
        Text(f"{counted(len(corpus.articles), 'article')}, {counted(len(corpus.places), 'paragraph')}", style="bold")
    ]
    if library.version is not None:
        lines.append(Text(f"Version {_version_line(library.version)}"))
    lines.append(Text(f"Languages: {', '.join(sorted(set(library.current.languages)))}"))
    if status.milliseconds is not None:
        lines.append(Text("Searching: {:.1f} ms median, {:.1f} ms 95th percentile".format(*status.milliseconds)))
    lines.append(Text(f"Log: {status.log_mode.value}, {counted(status.log_days, 'day')}"))
    lines += [Text(f"! {sentence}", style="red") for sentence in library.complaints]
    lines += [Text(f"! {problem.sentence}", style="red") for problem in corpus.problems]
    if status.waiting:
        lines.append(Text(f"Changed since they were read: {', '.join(status.waiting[:10])}", style="yellow"))
    return Group(*lines)


def status_json(status: Status) -> dict[str, Any]:
    """How the articles stand."""
    library, corpus = status.library, status.library.current.corpus
    version = library.version
    return {
        "version": version.number if version else None,
        "index": library.current.version,
        "articles": len(corpus.articles),
        "paragraphs": len(corpus.places),
        "languages": sorted(set(library.current.languages)),
        "waiting": list(status.waiting),
        "milliseconds": list(status.milliseconds) if status.milliseconds else None,
        "at": version.at.isoformat() if version else None,
        "by": version.by if version else None,
        "action": version.action if version else None,
        "log": status.log_mode.value,
        "log_days": status.log_days,
        "damaged": list(library.complaints),
        "problems": [_problem_json(problem) for problem in corpus.problems],
    }


def articles_text(articles: Sequence[Article]) -> RenderableType:
    """All articles."""
    table = Table("Article", "Publisher", "Date", "Paragraphs", "File")
    for article in articles:
        table.add_row(
            Text(article.title),
            Text(article.metadata.publisher or ""),
            article.metadata.day or "",
            str(len(article.paragraphs)),
            Text(article.source),
        )
    return table


def articles_json(articles: Sequence[Article]) -> list[dict[str, Any]]:
    """All articles, without their text."""
    return [
        {
            "article": article.id,
            "title": article.title,
            "file": article.source,
            "metadata": _metadata_json(article),
            "paragraphs": len(article.paragraphs),
        }
        for article in articles
    ]


def history_text(versions: Sequence[Version]) -> RenderableType:
    """The versions, newest first."""
    table = Table("Version", Column("When", no_wrap=True), "Who", "What", "Articles", "¶", "+", "~", "−")
    for version in versions:
        counts = (version.articles, version.paragraphs, version.added, version.changed, version.removed)
        about = f"{version.action} “{version.about}”" if version.about else version.action
        table.add_row(
            str(version.number),
            f"{version.at:%Y-%m-%d %H:%M} UTC",
            version.by,
            Text(about),
            *(f"{count:,}" for count in counts),
        )
    return table


def history_json(versions: Sequence[Version]) -> list[dict[str, Any]]:
    """The versions, newest first."""
    return [asdict(version) | {"at": version.at.isoformat()} for version in versions]


def explanation_text(found: Found, explained: Sequence[tuple[Passage, Explanation]]) -> RenderableType:
    """The outcome with its reason, and for each passage a table whose shares sum to the score."""
    thresholds = Thresholds()
    shown: list[RenderableType] = [
        Text.assemble(
            (found.outcome.value, "bold"),
            f": the confidence in the first passage is {found.confidence:.2f}; ",
            f"{thresholds.answered:g} is answered, {thresholds.weak:g} is weak",
        )
    ]
    shown += [Text(f"Searched for “{repair.meant}” instead of “{repair.word}”") for repair in found.repairs]
    for number, (passage, account) in enumerate(explained, start=1):
        # In a narrow terminal words are broken, never numbers.
        figures = ("idf", "passage", "title", "article", "kin", "sentence", "sum")
        table = Table(
            *(Column(name, overflow="fold") for name in ("Word", "Term")),
            *(Column(name, no_wrap=True) for name in figures),
            title_justify="left",
            padding=0,
        )
        table.title = f"[{number}] {passage.article.title} · ¶{passage.paragraph.number} · score {account.score:.4f}"
        for term in account.terms:
            shares = (term.weight, term.passage, term.title, term.article, term.related, term.sentence, term.score)
            table.add_row(Text(term.word), Text(term.term), *(f"{share:.3f}" for share in shares))
        for pair in account.pairs:
            words = Text(f"{pair.first} {pair.second}")
            table.add_row(words, Text("side by side"), f"{pair.weight:.3f}", "", "", "", "", "", f"{pair.score:.3f}")
        table.add_section()
        table.add_row(Text("sum"), "", "", "", "", "", "", "", f"{account.score:.3f}")
        shown.append(table)
    return Group(*shown)


_SCORECARD_COLUMNS = 150
"""Characters of a line in which a scorecard's row has its place; in fewer it is turned into a column."""


def scorecards_text(cards: Sequence[Scorecard], *, columns: int) -> RenderableType:
    """One row for each collection; beside nDCG@10 what the baseline reaches, and whether the difference is chance.

    On lines of less than 150 *columns* a column for each, because the row would be broken.
    """
    compared = any(card.baseline for card in cards)
    headings = ["Collection", "Questions", *MEASURES]
    if compared:
        headings += ["naive nDCG@10", "p"]
    headings += ["AUROC", "Answered off topic", "Refused on topic", "ms"]
    rows = [_scorecard_row(card, compared=compared) for card in cards]
    if columns < _SCORECARD_COLUMNS:
        headings, *rows = map(list, zip(headings, *rows, strict=True))
    table = Table(*headings, box=box.SIMPLE_HEAD, padding=(0, 1))
    for row in rows:
        table.add_row(*row)
    return table


def _scorecard_row(card: Scorecard, *, compared: bool) -> list[str]:
    row = [card.collection, f"{card.questions:,}", *(f"{card.scores[name]:.3f}" for name in MEASURES)]
    if compared:
        row += [f"{card.baseline['nDCG@10']:.3f}" if card.baseline else "", f"{card.p_value or 0:.4f}"]
    gate = card.refusals
    row += [f"{gate.auroc:.3f}", f"{gate.false_answers:.3f}", f"{gate.false_refusals:.3f}"] if gate else [""] * 3
    return [*row, f"{card.milliseconds:.1f}"]


def settings_text(settings: Settings) -> RenderableType:
    """Every setting with its value; a secret only as set or not set."""
    table = Table("Setting", "Value", title="Settings", title_justify="left")
    for name, field in setting_names().items():
        value = getattr(settings, field)
        table.add_row(name, ("set" if value else "not set") if field in SECRETS else str(value))
    return table


def corpus_text(corpus: Corpus, *, verbose: bool) -> RenderableType:
    """The articles and the problems of *corpus*; if *verbose*, also each line that was left out and why."""
    table = Table("Article", "Paragraphs", "Notices", "Left out", "File", title="Articles", title_justify="left")
    for article in corpus.articles:
        counts = (article.paragraphs, article.notices, article.left_out)
        table.add_row(Text(article.title), *(str(len(part)) for part in counts), Text(article.source))
    shown: list[RenderableType] = [table]
    if verbose:
        shown += [line for article in corpus.articles for line in _left_out(article)]
    shown += [Text(problem.sentence, style="red") for problem in corpus.problems]
    if not corpus.articles:
        shown.append(Text("There is no article that can be read.", style="red"))
    elif not corpus.problems:
        shown.append(Text("No problems.", style="green"))
    return Group(*shown)


def corpus_json(corpus: Corpus) -> dict[str, Any]:
    """For each file the paragraphs kept, the lines left out with their rules, the metadata and the problems."""
    return {
        "articles": [
            {
                "file": article.source,
                "article": article.id,
                "title": article.title,
                "metadata": _metadata_json(article),
                "paragraphs": [
                    {"paragraph": paragraph.number, "citation": paragraph.citation, "text": paragraph.text}
                    for paragraph in article.paragraphs
                ],
                "notices": [
                    {"line": line.line, "rule": line.rule.value, "text": line.text} for line in article.notices
                ],
                "left_out": [
                    {"line": line.line, "rule": line.rule.value, "text": line.text} for line in article.left_out
                ],
            }
            for article in corpus.articles
        ],
        "problems": [_problem_json(problem) for problem in corpus.problems],
    }


def _version_line(version: Version) -> str:
    about = f" “{version.about}”" if version.about else ""
    return f"{version.number}: {version.action}{about} by {version.by}, {version.at:%Y-%m-%d %H:%M} UTC"


def _change_json(change: ArticleChange) -> dict[str, Any]:
    return {
        "article": change.article.id,
        "title": change.article.title,
        "added": [part.number for part in change.added],
        "changed": [[old.number, new.number] for old, new in change.changed],
        "removed": [part.number for part in change.removed],
    }


def _coverage_json(coverage: Coverage) -> dict[str, Any]:
    return {
        "open": len(coverage.gaps),
        "asked_again": coverage.asked,
        "covered": [
            {
                "id": one.gap.id,
                "question": one.gap.text,
                "covered_by": {"title": one.article.title, "number": one.paragraph.number},
            }
            for one in coverage.covered
        ],
    }


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {"file": problem.source, "skipped": problem.skipped, "problem": problem.sentence}


def _passage_json(passage: Passage) -> dict[str, Any]:
    metadata = passage.article.metadata
    return {
        "citation": passage.paragraph.citation,
        "article": passage.article.id,
        "title": passage.article.title,
        "publisher": metadata.publisher,
        "published": metadata.day,
        "url": metadata.url,
        "paragraph": passage.paragraph.number,
        "text": passage.paragraph.text,
        "score": passage.score,
        "matched": list(passage.matched),
        "in_title": list(passage.in_title),
        "lacking": list(passage.lacking),
        "sentence": passage.paragraph.text[slice(*passage.bold)] if passage.bold else None,
    }


def _metadata_json(article: Article) -> dict[str, str | None]:
    metadata = article.metadata
    return {
        "author": metadata.author,
        "publisher": metadata.publisher,
        "published": metadata.day,
        "url": metadata.url,
        "language": metadata.language,
    }


def _origin(article: Article, paragraph: Paragraph) -> str:
    stated = [part for part in _stated(article) if part]
    return " · ".join([article.title, *stated, f"¶{paragraph.number}", *filter(None, [article.metadata.url])])


def _stated(article: Article) -> Iterator[str | None]:
    metadata = article.metadata
    yield metadata.author
    yield metadata.publisher
    yield metadata.day


def _lacking(answer: Answer) -> list[Text]:
    if not answer.searchable:
        return [Text("The question has no word to search for: name a person, a place or a thing.")]
    if not answer.missing:
        return [Text("Every word of the question is in the articles, but no paragraph has enough of them together.")]
    return [Text(f"Not in any article: {_words(answer.missing)}")]


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)


def _searched(answer: Answer) -> Text:
    paragraphs, articles = counted(answer.paragraphs, "paragraph"), counted(answer.articles, "article")
    if answer.filters:
        articles += f" ({', '.join(answer.filters)})"
    return Text(
        f"Searched {paragraphs} of {articles} in {answer.milliseconds:.1f} ms · index {answer.version}",
        style="dim",
    )


def _changed(change: ArticleChange) -> str:
    numbers = [(change.added, "new"), (change.changed, "changed"), (change.removed, "gone")]
    differing = ", ".join(f"{len(parts)} {what}" for parts, what in numbers if parts)
    return f"“{change.article.title}” ({f'paragraphs: {differing}' if differing else 'details only'})"


def _left_out(article: Article) -> Iterator[RenderableType]:
    lines = sorted((*article.left_out, *article.notices), key=lambda line: line.line)
    kept = f"\n{article.source}: kept {counted(len(article.paragraphs), 'paragraph')}"
    if not lines:
        yield Text(f"{kept}; nothing was left out.")
        return
    yield Text(f"{kept}; left out or kept as notices:")
    table = Table.grid(padding=(0, 2))
    for line in lines:
        table.add_row(f"  {line.line}", line.rule.value, Text(line.text, overflow="ellipsis", no_wrap=True))
    yield table


def counted(number: int, noun: str) -> str:
    """So many of what *noun* names, in English: `1 article`, `2 articles`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
