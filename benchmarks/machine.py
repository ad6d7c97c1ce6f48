"""The machine that something was measured on, by nothing but its size."""

from __future__ import annotations

import os


def machine() -> dict[str, int | None]:
    """Cores, and memory in GB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cores": os.cpu_count(), "memory_gb": round(memory / 1024**3)}
