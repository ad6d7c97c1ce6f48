"""Reads `.rss` and `.atom`: each entry of a feed is an article."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser

from retrieval.errors import N_, UnreadableFile
from retrieval.formats.draft import Draft, with_remarks
from retrieval.formats.markup import root_of, safe_xml
from retrieval.formats.page import blocks, text_of, tree
from retrieval.metadata import metadata_from
from retrieval.model import LeftOut, Line, Rule
from retrieval.phrases import Phrase

ROOTS = frozenset({"rss", "RDF", "feed"})
"""Names of the outermost element of RSS 0.9 to 2.0 and Atom."""


def read(data: bytes) -> tuple[Draft, ...]:
    """The entries of the feed *data* that have a text, in its order.

    An entry's text is its content, else its summary. Many feeds give only a teaser of what stands on the page: it is
    read, because it can be quoted and has the address of the page, and one remark says of how many entries that holds.
    The date is that of publication as the feed writes it; a date of change is not one.

    Raises:
        UnreadableFile: *data* is no feed, has no entry with a text, or defines entities.

    """
    xml, doubts = safe_xml(data)
    if root_of(xml)[0] not in ROOTS:
        raise UnreadableFile(N_("it is no RSS or Atom feed"))
    # The page's own words are wanted: feedparser would rewrite HTML to make it safe for a browser.
    found = feedparser.parse(xml, sanitize_html=False, resolve_relative_uris=False)
    drafts, remarks = [], list(doubts)
    if found.bozo:
        told = N_("its XML has an error ({reason}); check that no entry is missing")
        remarks.append(Phrase(told, reason=_reason(found.bozo_exception)))
    teasers = 0
    for number, entry in enumerate(found.entries, 1):
        try:
            draft = _draft(entry, found.feed, inherits=found.version.startswith("atom"))
        except UnreadableFile as error:
            title = entry.get("title") or Phrase(N_("without a title"))
            told = N_("entry {number} (“{title}”) was left out: {reason}")
            remarks.append(Phrase(told, number=number, title=title, reason=error.phrase))
            continue
        teasers += not entry.get("content")
        drafts.append(draft)
    if teasers:
        told = N_("{some} of {all} entries have no text but their summary, which is what can be quoted")
        remarks.append(Phrase(told, some=teasers, all=len(drafts)))
    return with_remarks(drafts, remarks)


def _draft(entry: Mapping[str, Any], feed: Mapping[str, Any], *, inherits: bool) -> Draft:
    """An article of the words of *entry*, with what the whole *feed* states where the entry states nothing."""
    contents = entry.get("content") or [entry.get("summary_detail") or {}]
    content = next((one for one in contents if "html" in one.get("type", "")), contents[0])
    title = _words(entry.get("title_detail"))
    lines, left_out = [], []
    for line, text, rule in _blocks(content):
        if rule is None:
            lines.append(Line(line, text))
        else:
            left_out.append(LeftOut(line, text, rule))
    if not lines:
        raise UnreadableFile(N_("it has no text"))
    statements = {
        "title": title,
        "author": _author(entry) or (_author(feed) if inherits else None),
        "publisher": _words((entry.get("source") or {}).get("title_detail") or feed.get("title_detail")),
        "published": _published(entry.get("published")),
        "url": entry.get("link"),
        "language": content.get("language") or feed.get("language"),
    }
    metadata, remarks = metadata_from(statements)
    said = tuple(Phrase(N_("“{title}”: {remark}"), title=title, remark=one) for one in remarks)
    part = entry.get("id") or entry.get("link") or title or "untitled"
    return Draft(title, tuple(lines), (), tuple(left_out), metadata, said, part)


def _blocks(content: Mapping[str, Any]) -> list[tuple[int, str, Rule | None]]:
    """(line in the entry, text, the rule that leaves it out) of each block of *content*."""
    value = content.get("value", "")
    if "html" not in content.get("type", ""):
        return [(1, part.strip(), None) for part in value.split("\n\n") if part.strip()]
    rules = {"heading": Rule.HEADING, "caption": Rule.CAPTION, "text": None}
    found = blocks(tree(value)) if value.strip() else []
    return [(block.line, block.text, rules[block.kind]) for block in found]


def _words(detail: Mapping[str, Any] | None) -> str | None:
    """A title, of which feeds do not say reliably whether it is HTML."""
    value = (detail or {}).get("value") or ""
    return (text_of(value) if detail and "html" in detail.get("type", "") else " ".join(value.split())) or None


def _author(thing: Mapping[str, Any]) -> str | None:
    """The names of the authors; RSS often has an address of electronic mail instead, which is not shown."""
    names = [author.get("name", "") for author in thing.get("authors", ())]
    return ", ".join(name for name in names if name and "@" not in name) or None


def _published(stated: str | None) -> date | str | None:
    """The day as written: RSS writes dates as mail does (RFC 822), Atom as ISO 8601."""
    if stated is None:
        return None
    try:
        return parsedate_to_datetime(stated).date()
    except (ValueError, OverflowError):
        return stated


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "getMessage", lambda: error)()).split())
