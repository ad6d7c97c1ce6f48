"""Reads `.xml`: a feed or the export of WordPress, whichever it is."""

from __future__ import annotations

from retrieval.errors import N_, UnreadableFile
from retrieval.formats import feed, wordpress
from retrieval.formats.draft import Draft
from retrieval.formats.markup import root_of, safe_xml


def read(data: bytes) -> tuple[Draft, ...]:
    """What `wordpress.read` or `feed.read` makes of *data*.

    Raises:
        UnreadableFile: As these two, and for any other XML.

    """
    xml, _ = safe_xml(data)
    name, tag = root_of(xml)
    if name == "rss" and wordpress.NAMESPACE.encode() in tag:
        return wordpress.read(data)
    if name in feed.ROOTS:
        return feed.read(data)
    raise UnreadableFile(N_("its XML is neither an RSS or Atom feed nor an export of WordPress"))
