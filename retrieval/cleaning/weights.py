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
        "bias": -1.583,
        "length": 0.585,
        "sentence, short": 1.279,
        "sentence, long": 1.299,
        "tiny words, long": -1.918,
        "shouting": -2.636,
        "starts in lower case": 1.269,
        "list item": 2.447,
        "trails off": -1.750,
        "dated, short": -1.487,
        "interface words": -1.219,
        "legal words": -2.094,
        "comment words": -1.538,
        "related words": -2.373,
        "repeated": -2.104,
        "relative length": 0.986,
        "length, 1 before": 0.479,
        "length, 1 after": 0.225,
        "prose, 2 after": 0.444,
        "prose around": -0.588,
        "prose reached": -0.348,
        "prose reached, squared": -1.147,
        "prose in the file": -0.660,
        "furniture words before": -1.472,
        "furniture words around": -2.612,
        "after an ending": -1.007,
        "endings before": -0.935,
    }
)
