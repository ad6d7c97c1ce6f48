"""A real OpenSearch cluster for the tests, on loopback; see tests/servers/opensearch."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from opensearchpy import OpenSearch

_SCRIPT = Path(__file__).parent / "servers" / "opensearch"

JAVA = bool(shutil.which("mvn") and (os.environ.get("JAVA_HOME") or shutil.which("javac")))
"""Whether this machine can run a cluster."""


class Nodes:
    """The nodes of a cluster, each of which can be killed."""

    def __init__(self, number: int = 3) -> None:
        self._folder = tempfile.mkdtemp(prefix="opensearch")
        printed = subprocess.check_output([_SCRIPT, "start", self._folder, str(number)], text=True)
        told = json.loads(printed.splitlines()[-1])
        self.addresses: list[str] = told["addresses"]
        self.pids: list[int] = told["pids"]

    @property
    def client(self) -> OpenSearch:
        """One that has time."""
        return OpenSearch(self.addresses, timeout=60, max_retries=3, retry_on_timeout=True)

    def kill(self, number: int) -> None:
        """End one node as a machine does that loses its power."""
        os.kill(self.pids[number], signal.SIGKILL)

    def close(self) -> None:
        """End all, and leave nothing behind."""
        subprocess.run([_SCRIPT, "stop", self._folder], check=True)
        shutil.rmtree(self._folder)
