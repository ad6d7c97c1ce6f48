"""The terms of a collection in columns."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from retrieval.columns import Words
from retrieval.laying import laid_out, spoken
from retrieval.model import Corpus
from tests.test_snapshot import article

ARTICLES = Corpus(
    (
        article(
            "bakery", ["The baker of the harbour bought an oven.", "It burned for a week, and the baker slept."], "en"
        ),
        article("empty", [], "en"),
        article(
            "harbour", ["The harbour froze.", "A ferry lay in the harbour and the harbour froze again.", "..."], "en"
        ),
        article("hafen", ["Der Hafen war im Winter zugefroren.", "Der Winter war lang, der Hafen leer."], "de"),
    )
)


@pytest.mark.parametrize("at_once", [1, 7, 20])
def test_terms_that_are_sorted_in_parts_are_laid_out_like_all_at_once(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = laid_out(ARTICLES, spoken(ARTICLES))

    monkeypatch.setattr("retrieval.laying._AT_ONCE", at_once)
    parts = laid_out(ARTICLES, spoken(ARTICLES))

    assert whole.keys() == parts.keys()
    for name, column in whole.items():
        np.testing.assert_array_equal(column, parts[name], strict=True, err_msg=name)


def test_every_place_of_a_term_is_counted_once() -> None:
    columns = laid_out(ARTICLES, spoken(ARTICLES))
    names, row = [*Words(columns, "term")], columns["row"].tolist()
    first, order = columns["first"].tolist(), columns["order"].tolist()

    assert names == sorted(names)
    for number, name in enumerate(names):
        places = order[first[number] : first[number + 1]]
        assert places == sorted(places) == [at for at, its in enumerate(row) if its == number], name
    of_paragraphs = Counter(
        number
        for article, (begin, end) in zip(
            columns["paragraph_article"].tolist(),
            zip(columns["paragraph_start"].tolist(), columns["paragraph_end"].tolist(), strict=True),
            strict=True,
        )
        for number in {*row[begin:end], *row[columns["title_start"][article] : columns["title_end"][article]]}
    )
    assert columns["paragraph_frequency"].tolist() == [of_paragraphs[number] for number in range(len(names))]
