"""Answers, places and reports → what a card says, within Discord's limits. Knows no discord.py.

Everything that is not Quoth's own wording passes through `escape`, so nothing in an article or a question can act.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.escaping import bold, escape, unescape
from bot.excerpts import excerpt, pieces, units
from bot.service import Answer
from retrieval.model import Article, Outcome, Passage

# https://discord.com/developers/docs/components/reference: over all text displays of a message.
MAX_UNITS = 4000
# https://discord.com/developers/docs/interactions/application-commands#application-command-object-option-choice
_CHOICE_UNITS = 100

TITLE_UNITS = 140
_STATED_UNITS = 60
_WORDS_UNITS = 190
SENTENCE_UNITS = 600
_QUESTION_UNITS = 620
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


@dataclass(frozen=True, slots=True)
class Media:
    """A picture that is sent along."""

    filename: str
    data: bytes
    description: str
    """What it shows, for those who do not see it; at most 1,024 characters."""


Block = Text | Row | Line | Select | Media


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
        said = (Text(f"-# {short(answer.question, _QUESTION_UNITS)}"), Text(_uncovered(answer)))
        closest = Row((Button("Show the closest", action=f"more:0:{answer.only or '-'}"),))
        return Card((*said, closest) if answer.more else said, UNCOVERED)
    lead = "\n".join([asked, *_found(answer)])
    metas = [_passage_line(passage) for passage in answer.passages]
    spare = MAX_UNITS - units(lead) - sum(map(units, metas))
    # Beside the words of a passage stand its number, the marks of quotation and bold, and the notes on a cut.
    size = spare // len(answer.passages) - 2 * len(_CUT) - 30
    blocks: list[Block] = [Text(lead)]
    for number, (passage, meta) in enumerate(zip(answer.passages, metas, strict=True), start=answer.skipped + 1):
        paragraph = passage.paragraph
        start, end = excerpt(passage, size)
        # Where the passage is one sentence, there is none to pick out.
        strong = None if passage.bold == (0, len(paragraph.text)) else passage.bold
        above = f"**\\[{number}\\]**" + (f" {_CUT}" if start else "")
        blocks += [
            Line(),
            Text(
                f"{above}\n{quotation(paragraph.text[start:end], strong, start)}",
                below=meta if end == len(paragraph.text) else f"{_CUT}\n{meta}",
                button=Button(f"Open ¶{paragraph.number}", action=f"open:{paragraph.number}:{paragraph.citation}"),
            ),
        ]
    shown = answer.skipped + len(answer.passages)
    below = [Button("Why these?", action=f"why:{answer.only or '-'}")] if not answer.skipped else []
    if answer.more:
        below.insert(0, Button("More passages", action=f"more:{shown}:{answer.only or '-'}"))
    if below:
        blocks += [Line(), Row(tuple(below))]
    return Card(tuple(blocks), ANSWERED if answer.outcome is Outcome.ANSWERED else WEAK)


def question_of(markdown: str) -> str:
    """The question that the first text of an answer's card shows."""
    line = markdown.split("\n")[0]
    return unescape(line.removeprefix("-# ").removeprefix("**").removesuffix("**"))


def choice_label(text: str) -> str:
    """*text* for a list of choices: at most 100 characters, with an ellipsis where it is cut."""
    if units(text) <= _CHOICE_UNITS:
        return text
    while units(text) >= _CHOICE_UNITS:
        text = text[: min(len(text), _CHOICE_UNITS) - 1]
    return text.rstrip() + "…"


def notice_card(sentence: str) -> Card:
    """One sentence from Quoth, such as a refusal; *sentence* may hold words of others."""
    return Card((Text(short(sentence, MAX_UNITS - 1)),), UNCOVERED)


def _found(answer: Answer) -> list[str]:
    """What is said above the passages, the most important first."""
    articles = len({passage.article.id for passage in answer.passages})
    if answer.skipped:
        first, last = answer.skipped + 1, answer.skipped + len(answer.passages)
        which = f"Passage {first}" if first == last else f"Passages {first} to {last}"
        return [f"-# {which} with some of your words, quoted exactly."]
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
        if in_title := answer.passages[0].in_title:
            lines.append(f"-# Of passage \\[1\\] only in the title: {_words(in_title)}")
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
    return [short(value, _STATED_UNITS) for value in (metadata.author, metadata.publisher, metadata.day) if value]


def quotation(text: str, strong: tuple[int, int] | None = None, offset: int = 0) -> str:
    """*text* as a quotation, the span *strong* in bold; the span counts from *offset* characters before *text*."""
    start, end = (min(max(at - offset, 0), len(text)) for at in strong or (0, 0))
    marked = escape(text[:start]) + (bold(text[start:end]) if start < end else "") + escape(text[end:])
    return "\n".join(f"> {line}" for line in marked.split("\n"))


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
