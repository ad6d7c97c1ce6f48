"""Reads the file that WordPress exports (WXR): each published post or page is an article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree

from retrieval.errors import N_, UnreadableFile
from retrieval.formats.draft import Draft, with_remarks
from retrieval.formats.markup import safe_xml
from retrieval.formats.page import Block, blocks, text_of, tree
from retrieval.metadata import metadata_from
from retrieval.model import LeftOut, Line, Rule
from retrieval.phrases import Phrase

NAMESPACE: Final = "http://wordpress.org/export/"
"""How the namespace of every version of the format begins."""


def read(data: bytes) -> tuple[Draft, ...]:
    """The published posts and pages of the export *data*, in its order.

    Comments, attachments, menus and what is not published or has a password are left out; how many posts and pages that
    were is a remark. The author is named as the site shows him, not by his login.

    Source: wordpress-importer, https://github.com/WordPress/wordpress-importer.

    Raises:
        UnreadableFile: *data* is broken XML, has no published post, or defines entities.

    """
    xml, doubts = safe_xml(data)
    try:
        root = defusedxml.ElementTree.fromstring(xml)
    except ParseError as error:
        raise UnreadableFile(N_("its XML is broken at line {line}"), line=error.position[0]) from error
    names = dict(_display_names(root))
    publisher, language = root.findtext("channel/title"), root.findtext("channel/language")
    drafts, remarks = [], list(doubts)
    unpublished = 0
    for item in root.iter("item"):
        fields = _fields(item)
        if fields.get("post_type") not in ("post", "page"):
            continue
        if fields.get("status") != "publish" or fields.get("post_password"):
            unpublished += 1
            continue
        try:
            statements: dict[str, object] = {
                "title": text_of(fields.get("title", "")),
                "author": names.get(fields.get("creator", "")),
                "publisher": publisher,
                "published": fields.get("post_date"),
                "url": fields.get("link"),
                "language": language,
            }
            drafts.append(_draft(fields, statements))
        except UnreadableFile as error:
            title = fields.get("title") or Phrase(N_("a post without a title"))
            remarks.append(Phrase(N_("“{title}” was left out: {reason}"), title=title, reason=error.phrase))
    if unpublished:
        told = N_("posts and pages that are not published or have a password were left out: {count}")
        remarks.append(Phrase(told, count=unpublished))
    return with_remarks(drafts, remarks)


def _fields(item: Element) -> dict[str, str]:
    """The texts of *item* by their names without namespace; its excerpt is not its content."""
    return {
        child.tag.rpartition("}")[2]: child.text or ""
        for child in item
        if "excerpt" not in child.tag  # named `encoded` too, in a namespace of its own
    }


def _display_names(root: Element) -> Iterator[tuple[str, str]]:
    for author in root.iter():
        if author.tag.endswith("}author"):
            fields = _fields(author)
            yield fields.get("author_login", ""), fields.get("author_display_name", "")


def _draft(fields: dict[str, str], statements: dict[str, object]) -> Draft:
    found = blocks(tree(_as_page(fields["encoded"]))) if fields.get("encoded", "").strip() else []
    lines = tuple(Line(block.line, block.text) for block in found if block.kind == "text")
    if not lines:
        raise UnreadableFile(N_("it has no text"))
    metadata, remarks = metadata_from(statements)
    left_out = tuple(LeftOut(block.line, block.text, _rule(block)) for block in found if block.kind != "text")
    title = metadata.title
    said = tuple(Phrase(N_("“{title}”: {remark}"), title=title, remark=one) for one in remarks)
    return Draft(title, lines, (), left_out, metadata, said, fields.get("post_id") or title or "untitled")


def _rule(block: Block) -> Rule:
    return Rule.CAPTION if block.kind == "caption" else Rule.HEADING


def _as_page(content: str) -> str:
    """HTML of a post as WordPress would send it.

    A post is stored as it was typed: a blank line begins a paragraph and a line break is one, outside of `<pre>`
    (https://developer.wordpress.org/reference/functions/wpautop/). Its own shortcodes stand for pictures and players;
    a picture's caption stays.
    """
    content = _CAPTION_START.sub("<figcaption>", _CAPTION_END.sub("</figcaption>", _PLAYER.sub("", content)))
    parts = re.split(r"(</?pre\b[^<>]*>)", content.replace("\r\n", "\n"))
    for place in range(0, len(parts), 2):
        if place == 0 or not parts[place - 1].startswith("<pre"):
            typed = re.sub(r"\n[ \t]*\n\s*", "<p>", parts[place])
            parts[place] = re.sub(r"(?<![>\s])[ \t]*\n(?=[^\s<])", "<br>", typed)
    return "".join(parts)


# Written so that no text makes them slow: each ends at the next bracket.
_CAPTION_START: Final = re.compile(r"\[(?:wp_)?caption\b[^\[\]]*\]")
_CAPTION_END: Final = re.compile(r"\[/(?:wp_)?caption\]")
_PLAYER: Final = re.compile(
    r"\[(?:gallery|audio|video|playlist|embed)\b[^\[\]]*\](?:[^\[\]]*\[/(?:audio|video|playlist|embed)\])?"
)
