"""Reads `.html`: the article of a web page, in the words its reader sees."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Final

import trafilatura
from lxml.html import HtmlElement

from retrieval.cleaning.blocks import ends_sentence
from retrieval.formats.decoding import decoded
from retrieval.formats.draft import Draft
from retrieval.formats.page import Block, blocks, tree
from retrieval.formats.statements import stated
from retrieval.metadata import metadata_from
from retrieval.model import LeftOut, Line, Rule


def read(data: bytes) -> tuple[Draft, ...]:
    """The article of the page *data*: a paragraph for each paragraph, list item, table row and quote.

    trafilatura judges which blocks of the page are the article; the words are the page's own, as `page.blocks` sees
    them, so nothing from a script or a template is ever shown. Where trafilatura finds nothing, everything stays that
    does not stand in navigation, aside or footer. The title is the one that the page states, else its only `<h1>`, else
    its `<title>`.

    Raises:
        UnreadableFile: *data* is no text or no page that a browser would show.

    """
    text, doubts = decoded(data, declared_encoding(data))
    root = tree(text)
    metadata, remarks = metadata_from(stated(root))
    found = blocks(root)
    title = metadata.title or _title(root, found)
    article = _article_blocks(root, found)
    lines, notices, left_out = [], [], []
    for block, kept in zip(found, article, strict=True):
        if kept and _is_credit(block.text, metadata.author):
            notices.append(LeftOut(block.line, block.text, Rule.CREDIT))
        elif kept and block.kind == "text" and block.text != title:
            lines.append(Line(block.line, block.text))
        else:
            left_out.append(LeftOut(block.line, block.text, _rule(block, title, kept=kept)))
    return (Draft(title, tuple(lines), tuple(notices), tuple(left_out), metadata, (*doubts, *remarks)),)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page names in a `<meta>` among its first 4096 bytes."""
    found = _CHARSET.search(data[:4096])
    return found[1].decode("ascii") if found else None


_CHARSET: Final = re.compile(rb"(?i)<meta\s[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-z0-9_-]{1,40})")


def _title(root: HtmlElement, found: Sequence[Block]) -> str | None:
    first = [" ".join(heading.text_content().split()) for heading in root.iter("h1")]
    if len(set(first)) == 1 and first[0]:
        return first[0]
    named = root.find(".//title")
    return (" ".join(named.text_content().split()) if named is not None else "") or None


def _is_credit(text: str, author: str | None) -> bool:
    """Whether *text* is the line with the name of the author whom the page states, as “By Ada Brook”."""
    return author is not None and author in text and len(text) <= len(author) + 30 and not ends_sentence(text)


def _rule(block: Block, title: str | None, *, kept: bool) -> Rule:
    if block.text == title:
        return Rule.TITLE
    if block.kind == "caption":
        return Rule.CAPTION
    return Rule.HEADING if kept and block.kind == "heading" else Rule.FURNITURE


def _article_blocks(root: HtmlElement, found: Sequence[Block]) -> list[bool]:
    """For each block of *found* whether it belongs to the article.

    A block belongs to it when a line of what trafilatura found has its letters, or when most of its word sequences
    occur in there: trafilatura drops a word here and there, a footnote's number or a button.
    """
    extracted = trafilatura.extract(copy.deepcopy(root), include_comments=False, include_tables=True) or ""
    lines = {_letters(line) for line in extracted.splitlines()}
    sequences = set(_sequences(extracted))
    kept = []
    for block in found:
        own = _sequences(block.text)
        exact = all(_letters(line) in lines for line in block.text.splitlines() if _letters(line))
        kept.append(exact or (bool(own) and 2 * sum(one in sequences for one in own) > len(own)))
    if not any(belongs and block.kind == "text" for belongs, block in zip(kept, found, strict=True)):
        return [not block.aside for block in found]
    return _without_echoes(found, kept)


def _without_echoes(found: Sequence[Block], kept: list[bool]) -> list[bool]:
    """*kept*, without the short lines far from the article that happen to have the letters of one of its lines."""
    long = [place for place, block in enumerate(found) if kept[place] and _sequences(block.text)]
    if not long:
        return kept
    return [belongs and long[0] - 3 <= place <= long[-1] + 3 for place, belongs in enumerate(kept)]


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text))


def _sequences(text: str) -> list[str]:
    """Every four words in a row, or every four characters of a script without spaces."""
    words = _WORD.findall(text)
    return [" ".join(words[start : start + 4]) for start in range(len(words) - 3)]


_WORD: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
