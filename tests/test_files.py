"""Files are written whole, also where a file system has no links, as on many USB sticks."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from retrieval.files import Taken, write_whole


@pytest.mark.parametrize("links", [True, False])
def test_new_file_takes_the_place_of_no_other(links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:
        monkeypatch.setattr(os, "link", refused)
    path = tmp_path / "1.json"

    write_whole(path, b"first", new=True)
    with pytest.raises(Taken):
        write_whole(path, b"second", new=True)

    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]
