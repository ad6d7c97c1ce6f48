"""HTML → the blocks of text that a reader of the page sees, letter by letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree, html

from retrieval.errors import N_, UnreadableFile


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row, quote, heading or caption of a page."""

    line: int
    """Number of the line in the file where it begins, from 1."""
    text: str
    kind: Literal["text", "heading", "caption"] = "text"
    aside: bool = False
    """Stands in a part of the page that says of itself that it is not the article: navigation, aside, footer."""


def tree(text: str) -> html.HtmlElement:
    """The page *text*, parsed as browsers do, forgiving all errors.

    Raises:
        UnreadableFile: It is nested or crowded as no page for readers is, or it holds nothing.

    """
    data = text.encode("utf-8", "replace")
    # A target sees every element and builds nothing, so it takes a moment whatever the text is.
    measured = _Measure()
    parser = etree.HTMLParser(target=measured, encoding="utf-8")  # type: ignore[arg-type]  # it needs no text
    etree.fromstring(data, parser)
    if measured.deepest > _DEEPEST:
        raise UnreadableFile(N_("its elements are nested more than {most} deep"), most=_DEEPEST)
    if measured.elements > _MOST_ELEMENTS:
        raise UnreadableFile(
            N_("it has {count:,} elements, and {most:,} is the limit"), count=measured.elements, most=_MOST_ELEMENTS
        )
    if measured.attributes > _MOST_ATTRIBUTES:
        raise UnreadableFile(N_("one of its elements has {count:,} attributes"), count=measured.attributes)
    try:
        return html.document_fromstring(data, html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True))
    except etree.ParserError as error:
        raise UnreadableFile(N_("there is no text in it")) from error


# libxml2 stops reading at a depth of 256, without a word; pages for readers have some thirty.
_DEEPEST: Final = 200
# Finding the article takes about 0.3 ms an element; a long encyclopedia page has 30,000.
_MOST_ELEMENTS: Final = 60_000
# libxml2 takes quadratic time in the attributes of one element.
_MOST_ATTRIBUTES: Final = 1_000


class _Measure:
    """How deep, long and crowded a page is; a parser target as lxml wants it."""

    def __init__(self) -> None:
        self.depth = self.deepest = self.elements = self.attributes = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        self.elements += 1
        self.attributes = max(self.attributes, len(attributes))

    def end(self, tag: str) -> None:
        self.depth -= 1

    def close(self) -> None:
        pass


def blocks(root: html.HtmlElement) -> list[Block]:
    """What a reader sees of *root*, block by block in the order of the page.

    Space is what a browser makes of it: one space for any run of it, a line break for `<br>`, two `<br>` begin a new
    block. The cells of a table's row are joined by “ | ”, unless the table is there to lay out the page. Scripts,
    styles, templates, buttons, hidden elements, pictures and their descriptions are not seen.
    """
    return list(_Walk().blocks(root))


def text_of(fragment: str) -> str:
    """What a reader sees of a *fragment* of HTML, on one line.

    Raises:
        UnreadableFile: As `tree`.

    """
    return " ".join(block.text for block in blocks(tree(fragment))) if fragment.strip() else ""


_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CAPTIONS: Final = frozenset({"figcaption", "caption"})
_ASIDE: Final = frozenset({"nav", "footer", "aside", "menu"})
_BREAKING: Final = frozenset({
    "address", "article", "blockquote", "body", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt",
    "fieldset", "figure", "form", "header", "hgroup", "hr", "html", "legend", "li", "main", "ol", "p", "pre", "search",
    "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}) | _HEADINGS | _CAPTIONS | _ASIDE  # fmt: skip
_UNSEEN: Final = frozenset({
    "applet", "area", "audio", "base", "button", "canvas", "datalist", "embed", "frameset", "head", "iframe",
    "img", "input", "link", "map", "meta", "noembed", "noframes", "noscript", "object", "optgroup", "option",
    "param", "rp", "rt", "script", "select", "source", "style", "svg", "template", "textarea", "title", "track",
    "video",
})  # fmt: skip
_HIDDEN_STYLE: Final = re.compile(r"(?i)(?:display\s*:\s*none|visibility\s*:\s*hidden)")
_SPACE: Final = re.compile(r"[ \t\n\r\f]+")
_SPEAKING: Final = re.compile(r"[^\W_]")


class _Walk:
    """The text since the last border of a block, and what stands around it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._line = 1
        self._kind: Literal["text", "heading", "caption"] = "text"
        self._asides = 0
        self._verbatim = 0
        self._row: html.HtmlElement | None = None

    def blocks(self, root: html.HtmlElement) -> Iterator[Block]:
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            name = element.tag
            if event == "start":
                unseen = _unseen(element)
                yield from self._border(element, opens=True)
                if unseen:
                    walk.skip_subtree()
                else:
                    self._say(element.text, element)
            else:
                yield from self._border(element, opens=False)
                if name == "br":
                    self._parts.append("\n")
                    if "".join(self._parts[-3:]).replace(" ", "").endswith("\n\n"):
                        yield from self._flush()
                self._say(element.tail, element)
        yield from self._flush()

    def _border(self, element: html.HtmlElement, *, opens: bool) -> Iterator[Block]:
        name = element.tag
        if self._row is not None and element is not self._row:
            if name in ("td", "th") and not opens and element.getnext() is not None:
                self._parts.append(" | ")
            elif name in _BREAKING:
                self._parts.append(" ")
            return
        if name not in _BREAKING:
            return
        yield from self._flush()
        step = 1 if opens else -1
        self._asides += step * (name in _ASIDE)
        self._verbatim += step * (name == "pre")
        if name in _HEADINGS or name in _CAPTIONS:
            self._kind = ("heading" if name in _HEADINGS else "caption") if opens else "text"
        if name == "tr":
            self._row = element if opens and _holds_cells_only(element) else None

    def _say(self, text: str | None, element: html.HtmlElement) -> None:
        if not text:
            return
        if not self._parts:
            self._line = element.sourceline or 1
        self._parts.append(text if self._verbatim else _SPACE.sub(" ", text))

    def _flush(self) -> Iterator[Block]:
        text = "".join(self._parts)
        self._parts.clear()
        if not self._verbatim:
            text = re.sub(r" ?\n ?", "\n", re.sub(r" {2,}", " ", text))
        text = text.strip()
        if _SPEAKING.search(text):
            yield Block(self._line, text, self._kind, aside=self._asides > 0)


def _unseen(element: html.HtmlElement) -> bool:
    return (
        not isinstance(element.tag, str)
        or element.tag in _UNSEEN
        or "hidden" in element.attrib
        or (element.tag == "dialog" and "open" not in element.attrib)
        or _HIDDEN_STYLE.search(element.get("style", "")) is not None
    )


def _holds_cells_only(row: html.HtmlElement) -> bool:
    """Whether each cell of *row* is a short text, not a part of the page that a table lays out."""
    for cell in row:
        inner = [element.tag for element in cell.iterdescendants() if element.tag in _BREAKING]
        if len(inner) > 1 or any(name not in ("p", "div") for name in inner):
            return False
    return True
