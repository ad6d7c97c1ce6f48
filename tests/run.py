"""Runs every check of the project: `python3 tests/run.py`, on a machine with Python and nothing else.

Makes `.venv` beside the project, installs what `requirements-dev.txt` pins, then runs ruff, mypy, import-linter and
pytest, and ends with status 0 if all of them did. Arguments go to pytest.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if sys.platform == "win32" else "bin")

INSTALL = [
    # The file names everything that is needed. Older versions of pip, left to look for more, ask for the newest version
    # of what is wanted with an extra, and refuse it because it is not pinned.
    ["pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", "requirements-dev.txt"],
    ["pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "-e", "."],
]
CHECKS = [
    ["pip", "check"],
    ["ruff", "check", "."],
    ["ruff", "format", "--check", "."],
    ["mypy"],
    ["lint-imports"],
    # Two files at a time: a test of the running program mostly waits. A cluster or a database is started once a file.
    ["python", "-m", "pytest", "-n", "2", "--dist", "loadfile"],
]


def main() -> int:
    """Everything in order; the checks all run, even when one fails."""
    if not BIN.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    for command in INSTALL:
        _run(command, check=True)
    CHECKS[-1] += sys.argv[1:]
    failed = [" ".join(command) for command in CHECKS if _run(command).returncode]
    if failed:
        sys.stdout.write(f"Failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def _run(command: list[str], *, check: bool = False) -> subprocess.CompletedProcess[bytes]:
    sys.stdout.write(f"$ {' '.join(command)}\n")
    sys.stdout.flush()
    return subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=check)


if __name__ == "__main__":
    sys.exit(main())
