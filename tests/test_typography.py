"""One spelling for what is written differently."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval import typography
from retrieval.marks import LONGEST_MARK_RUN
from retrieval.typography import straightened

CHARACTERS = "aÉжあ한ﬁ…’“—`\u00ad\u200b\u0301\u0327\u05b0\u064e\u20dd\u302a\ufe20\U0001d165�┌→"


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("“It’s over” – he said.", '"It\'s over" - he said.'),
        ("`It´s over`", "'It's over'"),
        ("«Всё» ― сказал он…", '"Всё" - сказал он...'),
        ("sol\u00aduble co\u200boperation", "soluble cooperation"),
        ("ﬁve Ångström", "five Ångström"),
    ],
)
def test_quotes_dashes_and_compatibility_forms_have_one_spelling(written: str, spelled: str) -> None:
    assert straightened(written) == spelled


@given(st.text(CHARACTERS, max_size=40))
@example("e" + "\u0301" * 6 + "\u200b" + "\u0301" * 6)
@example("e" + "\u0301" * 40 + "’")
def test_what_is_looked_for_first_makes_no_difference(text: str) -> None:
    """The same as when marks in a row are cut, quotes are spelled and forms are made compatible one after the other."""
    cut = re.sub(f"({typography._MARK}{{{LONGEST_MARK_RUN}}}){typography._MARK}+", r"\1", text)
    table = str.maketrans(typography._SPELLINGS)

    assert straightened(text) == unicodedata.normalize("NFKC", cut.translate(table)).translate(table)


def test_no_mark_is_passed_over() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))

    assert set(re.findall(typography._MARK, every)) <= set(re.findall(f"[{typography._AMONG}]", every))
