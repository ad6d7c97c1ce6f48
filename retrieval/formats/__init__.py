"""One reader for each type of file. A new type is one file here and one line in `READERS`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from retrieval.formats import markdown, plain
from retrieval.formats.draft import Draft

READERS: Mapping[str, Callable[[bytes], tuple[Draft, ...]]] = {
    ".txt": plain.read,
    ".md": markdown.read,
}
"""By the file name's ending in lower case. A reader raises UnreadableFile with a sentence without the file's name."""


@cache
def revision() -> str:
    """Changes whenever the readers do; what another revision has read is read again."""
    code = hashlib.blake2b(digest_size=8)
    package = Path(__file__).parents[1]
    for path in sorted([*package.glob("formats/*.py"), *package.glob("cleaning/*.py"), package / "metadata.py"]):
        code.update(path.read_bytes())
    return code.hexdigest()


__all__ = ["READERS", "Draft", "revision"]
