"""Three outcomes, by two thresholds."""

from __future__ import annotations

import pytest

from retrieval.gate import Thresholds, outcome
from retrieval.model import Outcome


@pytest.mark.parametrize(
    ("sure", "expected"),
    [(0.0, Outcome.UNCOVERED), (0.99, Outcome.UNCOVERED), (1.0, Outcome.WEAK), (1.5, Outcome.ANSWERED)],
)
def test_threshold_itself_belongs_to_the_better_outcome(sure: float, expected: Outcome) -> None:
    assert outcome(sure, Thresholds(answered=1.5, weak=1.0)) is expected
