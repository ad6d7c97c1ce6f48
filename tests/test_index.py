"""What every engine promises; one set of tests, run for each of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from rank_bm25 import BM25Okapi

from retrieval.index import Postings, WeightedTerm
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.snapshot import Engine

DOCUMENTS = [["harbour", "ice", "ice"], ["harbour", "ferry"], ["harbour", "ferry"], ["mayor"], []]


def postings(documents: Sequence[Sequence[str]]) -> Postings:
    terms = sorted({term for document in documents for term in document})
    held = [[(at, document.count(term)) for at, document in enumerate(documents) if term in document] for term in terms]
    entries = [entry for its in held for entry in its]
    return Postings(
        numbers={term: number for number, term in enumerate(terms)},
        first=np.cumsum([0, *map(len, held)]),
        documents=np.array([at for at, _ in entries], dtype=np.int64),
        counts=np.array([often for _, often in entries], dtype=np.int64),
        lengths=np.array([len(document) for document in documents], dtype=np.int64),
    )


pytestmark = pytest.mark.parametrize("engine", [RankBm25Index])


class _Oracle(BM25Okapi):  # type: ignore[misc]  # rank-bm25 ships no types
    def _calc_idf(self, nd: Mapping[str, int]) -> None:
        self.idf = {term: math.log(1 + (self.corpus_size - n + 0.5) / (n + 0.5)) for term, n in nd.items()}


def test_scores_are_those_of_rank_bm25(engine: Engine) -> None:
    hits = engine(postings(DOCUMENTS), k1=1.5, b=0.75).search([WeightedTerm("harbour"), WeightedTerm("ice")], 10)
    expected = _Oracle(DOCUMENTS, k1=1.5, b=0.75).get_scores(["harbour", "ice"])

    assert {hit.position: hit.score for hit in hits} == pytest.approx({at: expected[at] for at in (0, 1, 2)})


def test_equal_scores_are_in_order_of_position_and_the_limit_holds(engine: Engine) -> None:
    index = engine(postings(DOCUMENTS), k1=1.5, b=0.75)

    assert [hit.position for hit in index.search([WeightedTerm("ferry")], 10)] == [1, 2]
    assert [hit.position for hit in index.search([WeightedTerm("ferry")], 1)] == [1]
    assert index.search([WeightedTerm("ferry")], 0) == []


def test_weight_is_a_factor_on_the_score(engine: Engine) -> None:
    index = engine(postings(DOCUMENTS), k1=1.5, b=0.75)
    (once,), (thrice,) = (index.search([WeightedTerm("ice", weight)], 1) for weight in (1.0, 3.0))

    assert thrice.score == pytest.approx(3 * once.score)


def test_unknown_terms_and_empty_collections_find_nothing(engine: Engine) -> None:
    assert engine(postings(DOCUMENTS), k1=1.5, b=0.75).search([WeightedTerm("volcano")], 5) == []
    assert engine(postings([]), k1=1.5, b=0.75).search([WeightedTerm("ice")], 5) == []
    assert engine(postings([[], []]), k1=1.5, b=0.75).search([WeightedTerm("ice")], 5) == []


def test_score_in_a_collection_of_one_document_is_positive(engine: Engine) -> None:
    (hit,) = engine(postings([["ice"]]), k1=1.5, b=0.75).search([WeightedTerm("ice")], 5)

    assert hit.score > 0
