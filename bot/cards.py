"""Answers, places and reports → what a card says, within Discord's limits. Knows no discord.py.

Everything that is not Quoth's own wording passes through `escape`, so nothing in an article or a question can act.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.escaping import bold, escape
from bot.excerpts import excerpt, pieces, units
from bot.service import Answer, Place
from retrieval.library import Fate
from retrieval.model import Article, Outcome, Paragraph, Passage

# https://discord.com/developers/docs/components/reference: over all text displays of a message.
MAX_UNITS = 4000
# https://discord.com/developers/docs/interactions/application-commands#application-command-object-option-choice
_CHOICE_UNITS = 100

TITLE_UNITS = 140
_STATED_UNITS = 60
_WORDS_UNITS = 190
SENTENCE_UNITS = 600
_QUESTION_UNITS = 620
_OLD_UNITS = 600
_PAGE_UNITS = 2400
_PAGE_ENTRIES = 6
_CUT = "\\[…\\] *shortened; Open shows all of it*"

ANSWERED, WEAK, UNCOVERED, READER, REPORT = 0x5865F2, 0xC9A227, 0x80848E, 0x3BA55D, 0xFAA61A
"""Accents. What they tell stands in words too."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button that acts (*action*, its custom id) or that leads to a web page (*url*)."""

    label: str
    action: str | None = None
    url: str | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown, already escaped where it is not ours."""

    markdown: str
    below: str | None = None
    """A second paragraph, which a quotation in the first does not reach into."""
    button: Button | None = None
    """Stands beside the text."""


@dataclass(frozen=True, slots=True)
class Row:
    """Buttons side by side, at most five."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line between two blocks."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a select menu."""

    label: str
    value: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Select:
    """A menu of at most 25 choices, of which one is chosen; *action* acts on the value of the choice."""

    action: str
    placeholder: str
    choices: tuple[Choice, ...]


Block = Text | Row | Line | Select


@dataclass(frozen=True, slots=True)
class Card:
    """One message."""

    blocks: tuple[Block, ...]
    accent: int


@dataclass(frozen=True, slots=True)
class Field:
    """A line to fill in."""

    name: str
    label: str
    value: str = ""
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A dialogue of at most five fields; *action* acts on what was filled in."""

    title: str
    action: str
    fields: tuple[Field, ...]


def answer_card(answer: Answer) -> Card:
    """The passages of *answer*, or what the articles lack."""
    asked = f"**{short(answer.question, _QUESTION_UNITS)}**"
    if answer.outcome is Outcome.UNCOVERED:
        return Card((Text(f"-# {short(answer.question, _QUESTION_UNITS)}"), Text(_uncovered(answer))), UNCOVERED)
    lead = "\n".join([asked, *_found(answer)])
    metas = [_passage_line(passage) for passage in answer.passages]
    spare = MAX_UNITS - units(lead) - sum(map(units, metas))
    # Beside the words of a passage stand its number, the marks of quotation and bold, and the notes on a cut.
    size = spare // len(answer.passages) - 2 * len(_CUT) - 30
    blocks: list[Block] = [Text(lead)]
    for number, (passage, meta) in enumerate(zip(answer.passages, metas, strict=True), start=1):
        paragraph = passage.paragraph
        start, end = excerpt(passage, size)
        # Where the passage is one sentence, there is none to pick out.
        strong = None if passage.bold == (0, len(paragraph.text)) else passage.bold
        above = f"**\\[{number}\\]**" + (f" {_CUT}" if start else "")
        blocks += [
            Line(),
            Text(
                f"{above}\n{_quotation(paragraph.text[start:end], strong, start)}",
                below=meta if end == len(paragraph.text) else f"{_CUT}\n{meta}",
                button=Button(f"Open ¶{paragraph.number}", action=f"open:{paragraph.number}:{paragraph.citation}"),
            ),
        ]
    return Card(tuple(blocks), ANSWERED if answer.outcome is Outcome.ANSWERED else WEAK)


def source_card(place: Place, page: int | None = None) -> Card:
    """A page of the article at *place*: the page of its paragraph, or page number *page*, counted from 1.

    A page number beyond the last shows the last.
    """
    article = place.article
    pages = _pages(article)
    if page is None:
        page = _page_of(place.paragraph, pages)
    page = min(max(page, 1), len(pages))
    entries = pages[page - 1]
    shown = "\n\n".join(
        _shown(entry, place.paragraph, before) for entry, before in zip(entries, (None, *entries), strict=False)
    )
    target = place.paragraph.citation if place.paragraph else article.id
    head = f"{_fate(place)}### {short(article.title, 2 * TITLE_UNITS)}\n-# " + " · ".join(
        [*stated(article), counted(len(article.paragraphs), "paragraph"), f"page {page} of {len(pages)}"]
    )
    row = [
        Button("Previous", action=f"page:{page - 1}:{target}", disabled=page == 1),
        Button("Next", action=f"page:{page + 1}:{target}", disabled=page == len(pages)),
        Button("Original file", action=f"file:{article.id}"),
    ]
    if article.metadata.url:
        row.append(Button("Original", url=article.metadata.url))
    return Card((Text(head), Line(), Text(shown), Line(), Row(tuple(row))), READER)


def choice_label(text: str) -> str:
    """*text* for a list of choices: at most 100 characters, with an ellipsis where it is cut."""
    if units(text) <= _CHOICE_UNITS:
        return text
    while units(text) >= _CHOICE_UNITS:
        text = text[: min(len(text), _CHOICE_UNITS) - 1]
    return text.rstrip() + "…"


def _fate(place: Place) -> str:
    """What became of the paragraph since it was cited, if anything did."""
    cited = place.cited
    if cited is None or cited.paragraph is None:
        return ""
    if cited.fate is Fate.CHANGED and cited.was is not None and cited.was.text is not None:
        old = next(pieces(cited.was.text, _OLD_UNITS))
        cut = "" if old == cited.was.text else "\\[…\\] "
        lead = f"This paragraph was reworded since it was cited as ¶{cited.was_number}. It read then:"
        return f"{lead}\n{_quotation(old)}\n-# {cut}Now it reads:\n"
    if cited.fate is Fate.MOVED:
        return (
            f"-# This paragraph has moved from ¶{cited.was_number} to ¶{cited.paragraph.number} since it was cited.\n"
        )
    return ""


def notice_card(sentence: str) -> Card:
    """One sentence from Quoth, such as a refusal; *sentence* may hold words of others."""
    return Card((Text(short(sentence, MAX_UNITS - 1)),), UNCOVERED)


def _found(answer: Answer) -> list[str]:
    """What is said above the passages, the most important first."""
    articles = len({passage.article.id for passage in answer.passages})
    count = f"{counted(len(answer.passages), 'passage')} from {counted(articles, 'article')}"
    lines = []
    if answer.outcome is Outcome.WEAK:
        lines.append(
            f"No passage has all your words; the closest lacks {_words(answer.lacking)}:"
            if answer.lacking
            else "No passage matches your words well; the closest:"
        )
    if answer.repairs:
        lines.append(f"-# Searched for {_words(repair.meant for repair in answer.repairs)}")
    match = "with some of your words"
    if answer.outcome is Outcome.ANSWERED:
        if answer.missing:
            lines.append(f"-# Not in any article: {_words(answer.missing)}")
        if elsewhere := [word for word in answer.lacking if word not in answer.missing]:
            lines.append(f"-# Not in passage \\[1\\]: {_words(elsewhere)}")
        match = f"that {'matches' if len(answer.passages) == 1 else 'match'} your words"
    return [*lines, f"-# {count} {match}, quoted exactly. Nothing here is generated."]


def _uncovered(answer: Answer) -> str:
    searched = f"-# Searched {counted(answer.paragraphs, 'paragraph')} of {counted(answer.articles, 'article')}"
    if not answer.searchable:
        reason = "Your question has no word to search for: name a person, a place or a thing."
    elif answer.missing:
        reason = f"Not in any article: {_words(answer.missing)}"
    else:
        reason = "Every word of yours is in the articles, but no paragraph has enough of them together."
    return f"### The articles do not cover this\n{reason}\n{searched} · index {answer.version}"


def _words(words: Iterable[str]) -> str:
    return short(", ".join(f"“{word}”" for word in words), _WORDS_UNITS)


def _passage_line(passage: Passage) -> str:
    origin = [short(passage.article.title, TITLE_UNITS), *stated(passage.article), f"¶{passage.paragraph.number}"]
    return "-# " + " · ".join(origin)


def stated(article: Article) -> list[str]:
    """What the file states about the article, escaped; nothing for what it does not state."""
    metadata = article.metadata
    values = [metadata.author, metadata.publisher, metadata.published and metadata.published.isoformat()]
    return [short(value, _STATED_UNITS) for value in values if value]


def _quotation(text: str, strong: tuple[int, int] | None = None, offset: int = 0) -> str:
    """*text* as a quotation, the span *strong* in bold; the span counts from *offset* characters before *text*."""
    start, end = (min(max(at - offset, 0), len(text)) for at in strong or (0, 0))
    marked = escape(text[:start]) + (bold(text[start:end]) if start < end else "") + escape(text[end:])
    return "\n".join(f"> {line}" for line in marked.split("\n"))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A piece of a paragraph or of a notice that fits a page."""

    label: str
    paragraph: Paragraph | None
    text: str
    continued: bool


@lru_cache(maxsize=64)
def _pages(article: Article) -> tuple[tuple[_Entry, ...], ...]:
    """The pages of the reader: paragraphs and then notices, each page with what fits it."""
    pages: list[list[_Entry]] = [[]]
    used = 0
    for entry in _entries(article):
        size = units(escape(entry.text)) + 3 * entry.text.count("\n")
        full = used + size > _PAGE_UNITS or (len(pages[-1]) >= _PAGE_ENTRIES and entry.paragraph is not None)
        if pages[-1] and full:
            pages.append([])
            used = 0
        pages[-1].append(entry)
        used += size
    return tuple(tuple(page) for page in pages)


def _page_of(cited: Paragraph | None, pages: Sequence[Sequence[_Entry]]) -> int:
    """The number of the page on which *cited* begins; 1 without one."""
    if cited is None:
        return 1
    return next(number for number, page in enumerate(pages, start=1) if any(entry.paragraph == cited for entry in page))


def _entries(article: Article) -> Iterator[_Entry]:
    for paragraph in article.paragraphs:
        for nth, piece in enumerate(pieces(paragraph.text, _PAGE_UNITS)):
            yield _Entry(f"¶{paragraph.number}", paragraph, piece, nth > 0)
    for notice in article.notices:
        for nth, piece in enumerate(pieces(notice.text, _PAGE_UNITS)):
            yield _Entry(notice.rule.value.capitalize(), None, piece, nth > 0)


def _shown(entry: _Entry, cited: Paragraph | None, before: _Entry | None) -> str:
    """*entry* under its label, which notices of one kind in a row share."""
    marked = cited is not None and entry.paragraph == cited
    label = entry.label + (" · cited" if marked else "") + (" · continued" if entry.continued else "")
    if entry.paragraph is None:
        again = before is not None and before.label == entry.label
        return escape(entry.text) if again else f"-# {label}\n{escape(entry.text)}"
    return f"**{label}**\n{_quotation(entry.text) if marked else escape(entry.text)}"


def short(text: str, size: int) -> str:
    """*text* escaped; an ellipsis shows where it is cut to *size* units."""
    first = next(pieces(text, size))
    return escape(first) if first == text else escape(first.rstrip()) + "…"


def within(markdown: str, size: int = MAX_UNITS) -> str:
    """*markdown*, cut at a line so that *size* units hold it, and saying so. No line is as long by itself."""
    if units(markdown) <= size:
        return markdown
    lines = markdown.split("\n")
    while units("\n".join(lines)) > size - 20:
        lines.pop()
    return "\n".join([*lines, "-# … cut short"])


def counted(number: int, noun: str) -> str:
    """The number with its noun, in the plural where it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
