"""One reader for each type of file. A new type is one file here and one line in `_MODULES`."""

from __future__ import annotations

import hashlib
import importlib
import logging
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

from retrieval.errors import N_, UnreadableFile
from retrieval.formats.draft import Draft

logger = logging.getLogger(__name__)

Reader = Callable[[bytes], tuple[Draft, ...]]

_MODULES: Mapping[str, str] = {
    ".txt": "plain",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".rss": "feed",
    ".atom": "feed",
    ".xml": "feed_or_export",
    ".jsonl": "json_lines",
    ".ndjson": "json_lines",
}
"""By the file name's ending in lower case. Each module has a function `read`, and is loaded when it is needed."""


def _read(module: str, data: bytes) -> tuple[Draft, ...]:
    """What the reader of *module* makes of *data*.

    The parsers are other people's and the files anybody's: what nobody foresaw in one must not stop the others.
    """
    reader: Reader = importlib.import_module(f"{__name__}.{module}").read
    try:
        return reader(data)
    except (UnreadableFile, MemoryError):
        raise
    except Exception as error:
        logger.exception("A reader failed.")
        raise UnreadableFile(
            N_("its reader failed ({error}); the log says where"), error=type(error).__name__
        ) from error


READERS: Mapping[str, Reader] = {ending: partial(_read, module) for ending, module in _MODULES.items()}
"""By the file name's ending in lower case. A reader gives one or more drafts, in the order of the file, or raises
UnreadableFile with a sentence without the file's name."""


@cache
def revision() -> str:
    """Changes whenever the readers do; what another revision has read is read again."""
    code = hashlib.blake2b(digest_size=8)
    package = Path(__file__).parents[1]
    for path in sorted([*package.glob("formats/*.py"), *package.glob("cleaning/*.py"), package / "metadata.py"]):
        code.update(path.read_bytes())
    return code.hexdigest()


__all__ = ["READERS", "Draft", "Reader", "revision"]
