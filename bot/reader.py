"""The reader: an article page by page, within Discord's limits, and what can be taken away from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote

from bot.cards import (
    READER,
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
    paragraphs_counted,
    quotation,
    rule_name,
    short,
    side_by_side,
    stated,
    within,
)
from bot.escaping import escape
from bot.excerpts import pieces, units
from bot.service import Place
from bot.wanted import Wanted
from bot.words import _
from retrieval.library import Fate
from retrieval.model import Article, Paragraph, Rule

PAGE = 10
"""Entries on a page of a list."""

_OLD_UNITS = 600
_FRAGMENT_WORDS = 8
# https://discord.com/developers/docs/components/reference#button: a link button takes 512 characters.
_URL_LENGTH = 512
_PAGE_UNITS = 2400
_PAGE_ENTRIES = 6


def source_card(place: Place, page: int | None = None, *, downloads: bool = True) -> Card:
    """A page of the article at *place*: the page of its paragraph, or page number *page*, counted from 1.

    A page number beyond the last shows the last. Whole texts are offered if *downloads*.
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
    head = f"{_fate(place)}### {short(article.title, 2 * TITLE_UNITS)}\n-# " + side_by_side(
        [*stated(article), paragraphs_counted(len(article.paragraphs)), page_of(page, len(pages))]
    )
    row = [
        Button(_("Previous"), action=f"page:{page - 1}:{target}", disabled=page == 1),
        Button(_("Next"), action=f"page:{page + 1}:{target}", disabled=page == len(pages)),
        Button(_("Jump to ¶"), action=f"jump:{target}", disabled=len(pages) == 1),
    ]
    if article.metadata.url:
        row.append(Button(_("Original"), url=_at_paragraph(article.metadata.url, place.paragraph)))
    rows = [Row(tuple(row))]
    more = [Button(_("Copy citation"), action=f"cite:{place.paragraph.citation}")] if place.paragraph else []
    if downloads:
        more += [
            Button(_("Whole article (.txt)"), action=f"whole:{article.id}"),
            Button(_("Original file"), action=f"file:{article.id}"),
        ]
    if more:
        rows.append(Row(tuple(more)))
    return Card((Text(head), Line(), Text(shown), Line(), *rows), READER)


def articles_card(articles: Sequence[Article], wanted: Wanted, page: int) -> Card:
    """A page of *articles*, which are those that are *wanted*, each to be read."""
    state = f":{wanted.after}:{wanted.before}:{wanted.publisher}"
    return list_card(articles, page, Select("open", _("Choose an article to read"), ()), turn="articles", state=state)


def list_card(articles: Sequence[Article], page: int, choose: Select, *, turn: str, state: str = "") -> Card:
    """A page of *articles*, each to be chosen; the buttons act by `<turn>:<page><state>`."""
    pages = max(1, -(-len(articles) // PAGE))
    page = min(max(page, 1), pages)
    shown = articles[(page - 1) * PAGE : page * PAGE]
    lines = [f"### {articles_counted(len(articles))}\n-# {page_of(page, pages)}"]
    for article in shown:
        about = [*stated(article), paragraphs_counted(len(article.paragraphs))]
        lines.append(f"**{short(article.title, TITLE_UNITS)}**\n-# {side_by_side(about)}")
    blocks: list[Block] = [Text(within("\n".join(lines)))]
    if shown:
        choices = tuple(Choice(choice_label(article.title), article.id) for article in shown)
        blocks.append(replace(choose, choices=choices))
    return Card((*blocks, turning(turn, page, pages, state)), READER)


def page_of(page: int, pages: int) -> str:
    """Which page is shown."""
    return _("page {page} of {pages}", page=page, pages=pages)


def turning(verb: str, page: int, pages: int, state: str = "") -> Row:
    """The buttons that turn the pages of a list, by `<verb>:<page><state>`."""
    return Row(
        (
            Button(_("Previous"), action=f"{verb}:{page - 1}{state}", disabled=page == 1),
            Button(_("Next"), action=f"{verb}:{page + 1}{state}", disabled=page == pages),
        )
    )


def jump_form(article: Article, target: str) -> Form:
    """Asks for the number of a paragraph of *article*."""
    last = len(article.paragraphs)
    asked = Field("number", _("Its number, 1 to {last}", last=last))
    return Form(_("Jump to a paragraph"), f"jump:{target}", (asked,))


def citation_text(article: Article, paragraph: Paragraph) -> str:
    """The quotation with all that names its place, in plain text; what is not stated is left out."""
    metadata = article.metadata
    parts = [metadata.author, article.title, metadata.publisher, metadata.day, f"¶{paragraph.number}", metadata.url]
    return f"“{paragraph.text}”\n{', '.join(part for part in parts if part)}\n{paragraph.citation}"


def whole_text(article: Article) -> str:
    """The article in plain text: title, what is stated, the numbered paragraphs, the notices."""
    metadata = article.metadata
    lines = [article.title, *filter(None, (metadata.author, metadata.publisher, metadata.day, metadata.url)), ""]
    lines += [f"¶{paragraph.number}\n{paragraph.text}\n" for paragraph in article.paragraphs]
    return "\n".join([*lines, *(notice.text for notice in article.notices)]) + "\n"


def _at_paragraph(url: str, paragraph: Paragraph | None) -> str:
    """*url*, which opens at the first words of *paragraph* in browsers that know text fragments.

    Source: https://wicg.github.io/scroll-to-text-fragment/
    """
    if paragraph is None or "#" in url:
        return url
    words = " ".join(paragraph.text.split()[:_FRAGMENT_WORDS])
    # A hyphen ends the words before the text in a fragment, so it is written in hexadecimal like all the rest.
    at = f"{url}#:~:text={quote(words, safe='').replace('-', '%2D')}"
    return at if len(at) <= _URL_LENGTH else url


def _fate(place: Place) -> str:
    """What became of the paragraph since it was cited, if anything did."""
    cited = place.cited
    if cited is None or cited.paragraph is None:
        return ""
    if cited.fate is Fate.CHANGED and cited.was is not None and cited.was.text is not None:
        old = next(pieces(cited.was.text, _OLD_UNITS))
        cut = "" if old == cited.was.text else "\\[…\\] "
        lead = _("This paragraph was reworded since it was cited as ¶{number}. It read then:", number=cited.was_number)
        return f"{lead}\n{quotation(old)}\n-# {cut}" + _("Now it reads:") + "\n"
    if cited.fate is Fate.MOVED:
        moved = _(
            "This paragraph has moved from ¶{was} to ¶{now} since it was cited.",
            was=cited.was_number,
            now=cited.paragraph.number,
        )
        return f"-# {moved}\n"
    return ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A piece of a paragraph or of a notice that fits a page."""

    label: str
    """Its number or its rule; pages are kept for readers of any language."""
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
            yield _Entry(notice.rule, None, piece, nth > 0)


def _shown(entry: _Entry, cited: Paragraph | None, before: _Entry | None) -> str:
    """*entry* under its label, which notices of one kind in a row share."""
    marked = cited is not None and entry.paragraph == cited
    label = entry.label if entry.paragraph else _headed(rule_name(Rule(entry.label)))
    label += (" · " + _("cited") if marked else "") + (" · " + _("continued") if entry.continued else "")
    if entry.paragraph is None:
        again = before is not None and before.label == entry.label
        return escape(entry.text) if again else f"-# {label}\n{escape(entry.text)}"
    return f"**{label}**\n{quotation(entry.text) if marked else escape(entry.text)}"


def _headed(name: str) -> str:
    return name[:1].upper() + name[1:]
