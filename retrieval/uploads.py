"""Uploaded files, byte for byte, from the moment they are looked at until no version of the articles has them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from retrieval.errors import N_, UnknownUpload
from retrieval.files import write_whole
from retrieval.metadata import metadata_of, statements_of
from retrieval.model import Metadata
from retrieval.reading import digest

KEPT_SECONDS = 24 * 3600
"""How long a file is kept that was looked at and not added."""

_DIGEST = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file, and what is stated about it beyond what it states itself."""

    digest: str
    name: str
    """As the person's computer had it."""
    data: bytes = field(repr=False)
    metadata: Metadata = field(default_factory=Metadata)


class Uploads:
    """The uploaded files of one collection, in a folder that is made at the first one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, data: bytes, metadata: Metadata) -> Upload:
        """Write the file and what is stated about it; the digest of it finds it again.

        Raises:
            OSError: It could not be written.

        """
        upload = Upload(digest(data), name, data, metadata)
        write_whole(self._data(upload.digest), data)
        stated = json.dumps({"name": name, "metadata": statements_of(metadata)})
        write_whole(self._stated(upload.digest), stated.encode("ascii"))
        return upload

    def find(self, mark: str) -> Upload:
        """The file of that digest.

        Raises:
            UnknownUpload: It is not there any more, or not as it was.

        """
        if not _DIGEST.fullmatch(mark):
            raise UnknownUpload(N_("That is no uploaded file."))
        try:
            data = self._data(mark).read_bytes()
            stated = json.loads(self._stated(mark).read_bytes())
            upload = Upload(digest(data), stated["name"], data, metadata_of(stated["metadata"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnknownUpload(N_("That file is no longer here; please upload it again.")) from error
        if upload.digest != mark:
            raise UnknownUpload(N_("That file is damaged; please upload it again."))
        return upload

    def forget(self, used: Collection[str], now: datetime) -> None:
        """Remove the files whose digests are not *used*, unless somebody may still be looking at them."""
        for path in self._folder.glob("*.file"):
            if path.stem not in used and now.timestamp() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink(missing_ok=True)
                self._stated(path.stem).unlink(missing_ok=True)

    def _data(self, mark: str) -> Path:
        return self._folder / f"{mark}.file"

    def _stated(self, mark: str) -> Path:
        return self._folder / f"{mark}.json"
