"""Lines that many files of one collection share: the furniture of the site they were saved from."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

_FEWEST: Final = 3


def repeated_lines(texts: Iterable[str]) -> frozenset[str]:
    """Lines that stand in many of *texts*, without the space around them, to be passed to `clean`.

    Many is half the square root of the number of texts, and at least 3: among 10 articles a line must stand in 3,
    among 10,000 of perhaps a hundred sites in 50. A text that occurs twice is counted once.
    """
    found: Counter[str] = Counter()
    pages = {frozenset(stripped for line in _BREAK.split(text) if (stripped := line.strip())) for text in texts}
    for lines in pages:
        found.update(lines)
    many = max(_FEWEST, math.ceil(math.sqrt(len(pages)) / 2))
    return frozenset(line for line, pages_with_it in found.items() if pages_with_it >= many)


_BREAK: Final = re.compile(r"\r\n|\r|\n")
