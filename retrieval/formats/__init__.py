"""One reader for each type of file. A new type is one file here and one line in `READERS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from retrieval.formats import feed, feed_or_export, html, json_lines, markdown, pdf, plain
from retrieval.formats.draft import Draft

READERS: Mapping[str, Callable[[bytes], tuple[Draft, ...]]] = {
    ".txt": plain.read,
    ".md": markdown.read,
    ".html": html.read,
    ".htm": html.read,
    ".pdf": pdf.read,
    ".rss": feed.read,
    ".atom": feed.read,
    ".xml": feed_or_export.read,
    ".jsonl": json_lines.read,
    ".ndjson": json_lines.read,
}
"""By the file name's ending in lower case. A reader gives one or more drafts, in the order of the file, or raises
UnreadableFile with a sentence without the file's name."""

__all__ = ["READERS", "Draft"]
