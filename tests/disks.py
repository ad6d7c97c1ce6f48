"""Small disks that a test can fill and turn, where this machine lets us mount one."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(disk: Path, size: str) -> Iterator[Path]:
    """A disk of *size*, like `600k`, at *disk*; where nobody may mount one, the test is skipped, in CI it fails."""
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        missing = "This machine lets nobody mount a small disk."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def turn(disk: Path, way: str) -> None:
    """Let *disk* be read only (`ro`) or written too (`rw`)."""
    subprocess.run(["mount", "-o", f"remount,{way}", disk], check=True)


def fill(disk: Path) -> Path:
    """Take all of the room that *disk* has left; the file that does."""
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 1024)
    assert not shutil.disk_usage(disk).free
    return ballast
