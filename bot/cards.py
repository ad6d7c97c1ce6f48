"""Answers, places and reports → what a card says, within Discord's limits. Knows no discord.py.

Everything that is not Quoth's own wording passes through `escape`, so nothing in an article or a question can act.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bot.escaping import bold, escape, unescape
from bot.excerpts import excerpt, pieces, units
from bot.service import Answer
from bot.words import _, isolated, n_, quoted, unisolated
from retrieval.model import Article, CitationId, Outcome, Passage, Rule

# https://discord.com/developers/docs/components/reference: over all text displays of a message.
MAX_UNITS = 4000
# https://discord.com/developers/docs/interactions/application-commands#application-command-object-option-choice
_CHOICE_UNITS = 100

TITLE_UNITS = 140
_STATED_UNITS = 60
_WORDS_UNITS = 190
_FILTER_UNITS = 220
SENTENCE_UNITS = 600
QUESTION_UNITS = 620

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
    chosen: str | None = None
    """The value that is chosen already."""


@dataclass(frozen=True, slots=True)
class Channels:
    """A menu of the server's text channels, of which any number up to 25 is chosen; *action* acts on their ids."""

    action: str
    placeholder: str
    chosen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Media:
    """A picture that is sent along."""

    filename: str
    data: bytes
    description: str
    """What it shows, for those who do not see it; at most 1,024 characters."""


Block = Text | Row | Line | Select | Channels | Media


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


@dataclass(frozen=True, slots=True)
class Offers:
    """What the asker can do with an answer beside reading it."""

    judging: bool = False
    """Say whether it was helpful, where questions are kept."""
    telling: bool = False
    """Send it to moderators, where there are some."""
    sharing: bool = False
    """Share what only the asker sees."""
    forgetting: bool = False
    """Delete the question from the log."""


def answer_card(answer: Answer, offers: Offers = Offers()) -> Card:
    """The passages of *answer*, or what the articles lack, and below it what is offered."""
    question = isolated(short(answer.question, QUESTION_UNITS))
    if answer.outcome is Outcome.UNCOVERED:
        said = (Text(f"-# {question}"), Text(_uncovered(answer)))
        closest = Button(_("Show the closest"), action=f"more:0:{answer.wanted.state}")
        row = [closest] if answer.more else []
        row += [Button(_("Tell the moderators"), action=f"tell:{answer.id}")] if offers.telling else []
        row += [_forgetting(answer)] if offers.forgetting else []
        return Card((*said, Row(tuple(row))) if row else said, UNCOVERED)
    lead = "\n".join([f"**{question}**", *_found(answer)])
    groups = [tuple(group) for _article, group in groupby(answer.passages, key=lambda passage: passage.article.id)]
    heads = [_group_line(group) if len(group) > 1 else None for group in groups]
    metas = [
        f"-# ¶{passage.paragraph.number}" if head else _passage_line(passage)
        for head, group in zip(heads, groups, strict=True)
        for passage in group
    ]
    spare = MAX_UNITS - sum(map(units, filter(None, [lead, *heads, *metas])))
    # Beside the words of a passage stand its number, the marks of quotation and bold, and the notes on a cut.
    size = spare // len(answer.passages) - 2 * units(_cut()) - 30
    blocks: list[Block] = [Text(lead)]
    lines, number = iter(metas), answer.skipped
    for head, group in zip(heads, groups, strict=True):
        blocks += [Line()] if head is None else [Line(), Text(head)]
        for passage in group:
            number += 1
            blocks.append(_passage_text(number, passage, next(lines), size))
    shown = answer.skipped + len(answer.passages)
    below = [Button(_("Why these?"), action=f"why:{answer.wanted.state}")] if not answer.skipped else []
    if answer.more:
        below.insert(0, Button(_("More passages"), action=f"more:{shown}:{answer.wanted.state}"))
    if offers.judging:
        below += [
            Button(_("Helpful"), action=f"good:{answer.id}"),
            Button(_("Not helpful"), action=f"bad:{answer.id}"),
        ]
    own = [Button(_("Share in channel"), action=f"share:{answer.id}")] if offers.sharing else []
    own += [_forgetting(answer)] if offers.forgetting else []
    rows = [Row(tuple(row)) for row in (below, own) if row]
    blocks += [Line(), *rows] if rows else []
    return Card(tuple(blocks), ANSWERED if answer.outcome is Outcome.ANSWERED else WEAK)


def _forgetting(answer: Answer) -> Button:
    return Button(_("Forget this question"), action=f"forget:{answer.id}")


def _passage_text(number: int, passage: Passage, meta: str, size: int) -> Text:
    """The passage as number *number*, in at most *size* units, above *meta*."""
    paragraph = passage.paragraph
    start, end = excerpt(passage, size)
    # Where the passage is one sentence, there is none to pick out.
    strong = None if passage.bold == (0, len(paragraph.text)) else passage.bold
    above = f"**\\[{number}\\]**" + (f" {_cut()}" if start else "")
    return Text(
        f"{above}\n{quotation(paragraph.text[start:end], strong, start)}",
        below=meta if end == len(paragraph.text) else f"{_cut()}\n{meta}",
        button=opening(paragraph.number, paragraph.citation),
    )


def opening(number: int, citation: CitationId) -> Button:
    """Opens the reader at the paragraph of that citation, which is number *number* today."""
    return Button(_("Open ¶{number}", number=number), action=f"open:{number}:{citation}")


def moment(at: datetime) -> str:
    """A time as Discord shows it to each reader."""
    return f"<t:{int(at.timestamp())}:f>"


def _cut() -> str:
    return "\\[…\\] *" + _("shortened; Open shows all of it") + "*"


def question_of(markdown: str) -> str:
    """The question that the first text of an answer's card shows."""
    line = markdown.split("\n")[0]
    return unescape(unisolated(line.removeprefix("-# ").removeprefix("**").removesuffix("**")))


def choice_label(text: str) -> str:
    """*text* for a list of choices: at most 100 characters, with an ellipsis where it is cut or nothing can be seen."""
    # Discord takes no label that is blank.
    if all(unicodedata.category(character)[0] in "CZ" for character in text):
        return "…"
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
    searched = [_searched(answer)] if answer.filters else []
    if answer.skipped:
        first, last = answer.skipped + 1, answer.skipped + len(answer.passages)
        which = (
            _("Passage {first} with some of your words, quoted exactly.", first=first)
            if first == last
            else _("Passages {first} to {last} with some of your words, quoted exactly.", first=first, last=last)
        )
        return [f"-# {which}", *searched]
    lines = []
    if answer.outcome is Outcome.WEAK:
        lines.append(
            _("No passage has all your words; the closest lacks {words}:", words=all_quoted(answer.lacking))
            if answer.lacking
            else _("No passage matches your words well; the closest:")
        )
    if answer.repairs:
        lines.append("-# " + _("Searched for {words}", words=all_quoted(repair.meant for repair in answer.repairs)))
    if answer.outcome is Outcome.ANSWERED:
        if answer.missing:
            lines.append("-# " + _("Not in any article: {words}", words=all_quoted(answer.missing)))
        if elsewhere := [word for word in answer.lacking if word not in answer.missing]:
            lines.append("-# " + _("Not in passage \\[1\\]: {words}", words=all_quoted(elsewhere)))
        if in_title := answer.passages[0].in_title:
            lines.append("-# " + _("Of passage \\[1\\] only in the title: {words}", words=all_quoted(in_title)))
        count = n_(
            "{n} passage {origin} that matches your words, quoted exactly.",
            "{n} passages {origin} that match your words, quoted exactly.",
            len(answer.passages),
            origin=n_("from {n} article", "from {n} articles", articles),
        )
    else:
        count = n_(
            "{n} passage {origin} with some of your words, quoted exactly.",
            "{n} passages {origin} with some of your words, quoted exactly.",
            len(answer.passages),
            origin=n_("from {n} article", "from {n} articles", articles),
        )
    return [*lines, f"-# {count} " + _("Nothing here is generated."), *searched]


def _uncovered(answer: Answer) -> str:
    if not answer.searchable:
        reason = _("Your question has no word to search for: name a person, a place or a thing.")
    elif answer.missing:
        reason = _("Not in any article: {words}", words=all_quoted(answer.missing))
    else:
        reason = _("Every word of yours is in the articles, but no paragraph has enough of them together.")
    index = _("index {version}", version=answer.version)
    if answer.changed is not None:
        index += f", <t:{int(answer.changed.timestamp())}:d>"
    return "### " + _("The articles do not cover this") + f"\n{reason}\n{_searched(answer)} · {index}"


def _searched(answer: Answer) -> str:
    """How much was searched, and what it was chosen by."""
    searched = n_(
        "Searched {n} paragraph {origin}",
        "Searched {n} paragraphs {origin}",
        answer.paragraphs,
        origin=n_("of {n} article", "of {n} articles", answer.articles),
    )
    filters = short(", ".join(answer.filters), _FILTER_UNITS)
    return f"-# {searched}: {isolated(filters)}" if filters else f"-# {searched}"


def all_quoted(words: Iterable[str], size: int = _WORDS_UNITS) -> str:
    """*words*, each in quotation marks, in at most *size* units."""
    return short(", ".join(map(quoted, words)), size)


def _passage_line(passage: Passage) -> str:
    origin = [short(passage.article.title, TITLE_UNITS), *stated(passage.article), f"¶{passage.paragraph.number}"]
    return f"-# {side_by_side(origin)}"


def _group_line(group: Sequence[Passage]) -> str:
    """Where all passages of *group* are from."""
    article = group[0].article
    origin = side_by_side([short(article.title, TITLE_UNITS), *stated(article)])
    return "-# " + n_("{n} passage from {origin}", "{n} passages from {origin}", len(group), origin=origin)


def stated(article: Article) -> list[str]:
    """What the file states about the article, escaped; nothing for what it does not state."""
    metadata = article.metadata
    return [short(value, _STATED_UNITS) for value in (metadata.author, metadata.publisher, metadata.day) if value]


def side_by_side(parts: Iterable[str]) -> str:
    """*parts* in a line, each where it belongs even if its script runs the other way."""
    return " · ".join(map(isolated, parts))


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
    lines, rest = markdown.split("\n"), "-# … " + _("cut short")
    while units("\n".join([*lines, rest])) > size:
        lines.pop()
    return "\n".join([*lines, rest])


def articles_counted(number: int) -> str:
    """How many articles."""
    return n_("{n} article", "{n} articles", number)


def paragraphs_counted(number: int) -> str:
    """How many paragraphs."""
    return n_("{n} paragraph", "{n} paragraphs", number)


def rule_name(rule: Rule) -> str:
    """Why a line is no paragraph."""
    return {
        Rule.NAVIGATION: _("navigation"),
        Rule.TITLE: _("title"),
        Rule.CAPTION: _("caption"),
        Rule.FURNITURE: _("furniture"),
        Rule.HEADING: _("heading"),
        Rule.CREDIT: _("credit"),
        Rule.NOTICE: _("notice"),
        Rule.TAKEN_OUT: _("taken out"),
    }[rule]
