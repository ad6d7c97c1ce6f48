"""A real PostgreSQL for the tests, from the binaries of this machine, in a folder of its own and on its socket alone."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg


def _binaries() -> Path | None:
    # Debian keeps them out of the way, with one folder for each version.
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    plain = shutil.which("initdb")
    return found[-1].parent if found else Path(plain).resolve().parent if plain else None


BINARIES = _binaries()


class Postgres:
    """A server that can be stopped, killed and started again."""

    def __init__(self) -> None:
        assert BINARIES is not None
        # Short, because the path of a socket has at most 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        self._files = self.folder / "files"
        self._numbers = itertools.count()
        if os.geteuid() == 0:
            # It refuses to be run by root.
            shutil.chown(self.folder, "nobody")
        self._run("initdb", "-D", str(self._files), "-U", "quoth", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-D", str(self._files), "-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def stop(self) -> None:
        """End it at once, as a machine does that loses its power."""
        self._run("pg_ctl", "-D", str(self._files), "-m", "immediate", "-w", "stop")

    def close(self) -> None:
        """End it, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder)

    def new(self) -> str:
        """The address of a new, empty database."""
        name = f"quoth{next(self._numbers)}"
        self.run_sql(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://quoth@/{name}?host={self.folder}"

    def run_sql(self, statement: str) -> list[tuple[object, ...]]:
        """What the server answers to one statement of its superuser."""
        with psycopg.connect(f"host={self.folder} user=quoth dbname=postgres", autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _run(self, program: str, *arguments: str) -> None:
        assert BINARIES is not None
        user = "nobody" if os.geteuid() == 0 else None
        subprocess.run(
            [BINARIES / program, *arguments],
            user=user,
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
