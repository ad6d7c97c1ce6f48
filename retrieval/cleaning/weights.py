"""What each feature of a block adds to the log-odds that it is part of the article.

Fitted by `benchmarks/cleaning.py` (logistic regression, L2 penalty 10 on standardised features) on the judged
segments of 383 saved pages and on 250 articles without furniture; the features are defined in
`retrieval.cleaning.evidence`. Not to be edited by hand: change a feature, then train again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "bias": -1.551,
        "length": 0.558,
        "sentence, short": 1.279,
        "sentence, long": 1.322,
        "tiny words, long": -1.860,
        "shouting": -2.615,
        "starts in lower case": 1.254,
        "list item": 2.435,
        "trails off": -1.766,
        "dated, short": -1.462,
        "interface words": -1.253,
        "legal words": -2.144,
        "comment words": -1.525,
        "related words": -2.353,
        "repeated": -2.114,
        "relative length": 1.014,
        "length, 1 before": 0.475,
        "length, 1 after": 0.228,
        "prose, 2 after": 0.437,
        "prose around": -0.582,
        "prose reached": -0.338,
        "prose reached, squared": -1.156,
        "prose in the file": -0.653,
        "furniture words before": -1.476,
        "furniture words around": -2.591,
        "after an ending": -1.008,
        "endings before": -0.931,
    }
)
