"""One reader for each type of file. A new type is one file here and one line in `READERS`."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping

from retrieval.errors import UnreadableFile
from retrieval.formats import feed, feed_or_export, html, json_lines, markdown, pdf, plain
from retrieval.formats.draft import Draft

_LOG = logging.getLogger(__name__)
_Reader = Callable[[bytes], tuple[Draft, ...]]


def _guarded(reader: _Reader) -> _Reader:
    """*reader*, with every failure as an UnreadableFile.

    The parsers are other people's and the files anybody's: what nobody foresaw in one must not stop the others.
    """

    @functools.wraps(reader)
    def read(data: bytes) -> tuple[Draft, ...]:
        try:
            return reader(data)
        except UnreadableFile:
            raise
        except Exception as error:
            _LOG.exception("A reader failed")
            raise UnreadableFile(f"its reader failed ({type(error).__name__}); the log says where") from error

    return read


_READERS: Mapping[str, _Reader] = {
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
READERS: Mapping[str, _Reader] = {ending: _guarded(reader) for ending, reader in _READERS.items()}
"""By the file name's ending in lower case. A reader gives one or more drafts, in the order of the file, or raises
UnreadableFile with a sentence without the file's name."""

__all__ = ["READERS", "Draft"]
