"""What every engine promises; one set of tests, run for each of them."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from retrieval.errors import IndexUnavailable
from retrieval.index import K1, B, Engine, Hits, Index, Postings, WeightedTerm
from retrieval.index.auto import SMALL, auto_engine
from retrieval.index.later import LaterIndex
from retrieval.index.opensearch_index import Cluster, OpenSearchEngine
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.index.tantivy_index import tantivy_engine
from retrieval.laying import Spoken, laid_out
from retrieval.model import Article, ArticleId, Corpus
from retrieval.positions import Positions
from retrieval.splitting import paragraphs
from tests.opensearch import Nodes

DOCUMENTS = [["harbour", "ice", "ice"], ["harbour", "ferry"], ["harbour", "ferry"], ["mayor"], []]
ROUNDED = 0.06
"""By how much a score may differ because a length is kept in one byte."""


def postings(documents: Sequence[Sequence[str]], grouped: int = 1) -> Postings:
    """Articles of as many paragraphs as are *grouped*, without a title, in a language that has no stems."""
    articles = []
    for at in range(0, len(documents), grouped):
        texts = [" ".join(document) for document in documents[at : at + grouped]]
        name = ArticleId(f"a{at:06d}")
        articles.append(Article(name, "", paragraphs(name, texts, [f"{at}-{n}" for n in range(len(texts))]), "a", "d"))
    codes = ("xx",) * len(articles)
    return Positions(laid_out(Corpus(tuple(articles)), Spoken(codes, "xx", codes))).postings(title_weight=2)


@pytest.fixture(params=["rank-bm25", "tantivy", "auto", "opensearch"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "opensearch":
        nodes: Nodes = request.getfixturevalue("nodes")
        cluster = Cluster(nodes.addresses, seconds=30)
        return OpenSearchEngine(cluster, "suite", revision="1", shards=1, now=lambda: datetime.now(UTC))
    engines: dict[str, Engine] = {
        "rank-bm25": RankBm25Index,
        "tantivy": tantivy_engine,
        "auto": auto_engine,
    }
    return engines[request.param]


class _Oracle(BM25Okapi):  # type: ignore[misc]  # rank-bm25 ships no types
    def _calc_idf(self, nd: Mapping[str, int]) -> None:
        self.idf = {term: math.log(1 + (self.corpus_size - n + 0.5) / (n + 0.5)) for term, n in nd.items()}


def expected(documents: Sequence[Sequence[str]], terms: Sequence[str]) -> dict[int, float]:
    scores = _Oracle(documents, k1=K1, b=B).get_scores(terms)
    return {at: scores[at] for at, document in enumerate(documents) if set(document) & set(terms)}


def by_position(hits: Hits) -> dict[int, float]:
    return dict(zip(hits.positions.tolist(), hits.scores.tolist(), strict=True))


def found(index: Index, *terms: str, limit: int = 10) -> list[int]:
    positions: list[int] = index.search([WeightedTerm(term) for term in terms], limit).positions.tolist()
    return positions


def test_scores_are_those_of_rank_bm25(engine: Engine) -> None:
    hits = engine(postings(DOCUMENTS)).search([WeightedTerm("harbour"), WeightedTerm("ice")], 10)

    scores = expected(DOCUMENTS, ["harbour", "ice"])
    if engine(postings(DOCUMENTS)).name == "opensearch":
        # Lucene counts only documents that have any term, and may leave out a factor that is the same for all.
        scores = expected(DOCUMENTS[:-1], ["harbour", "ice"])
        factor = hits.scores[0] / scores[0]
        assert factor == pytest.approx(1, rel=1e-5) or factor == pytest.approx(1 / (K1 + 1), rel=1e-5)
        scores = {position: score * factor for position, score in scores.items()}
    assert by_position(hits) == pytest.approx(scores, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["ice", "ferry", "mayor", "quay", "gull"]), min_size=1, max_size=90),
        min_size=1,
        max_size=12,
    ),
    st.lists(st.sampled_from(["ice", "ferry", "mayor", "whale"]), min_size=1, max_size=3, unique=True),
)
def test_all_engines_find_the_same_with_the_same_scores_but_for_rounded_lengths(
    documents: list[list[str]], terms: list[str]
) -> None:
    query = [WeightedTerm(term) for term in terms]
    exact = by_position(RankBm25Index(postings(documents)).search(query, 20))
    other = by_position(tantivy_engine(postings(documents)).search(query, 20))

    assert exact == pytest.approx(expected(documents, terms))
    assert other.keys() == exact.keys()
    assert other == pytest.approx(exact, rel=ROUNDED)


def test_equal_scores_are_in_order_of_position_and_the_limit_holds(engine: Engine) -> None:
    index = engine(postings(DOCUMENTS))

    assert found(index, "ferry") == [1, 2]
    assert found(index, "ferry", limit=1) == [1]
    assert found(index, "ferry", limit=0) == []


def test_weight_is_a_factor_on_the_score(engine: Engine) -> None:
    index = engine(postings(DOCUMENTS))
    once, thrice = (index.search([WeightedTerm("ice", weight)], 1).scores for weight in (1.0, 3.0))

    assert thrice == pytest.approx(3 * once)


def test_unknown_terms_and_empty_collections_find_nothing(engine: Engine) -> None:
    assert found(engine(postings(DOCUMENTS)), "volcano") == []
    assert found(engine(postings([])), "ice") == []
    assert found(engine(postings([[], []])), "ice") == []
    assert found(engine(postings(DOCUMENTS))) == []


def test_score_in_a_collection_of_one_document_is_positive(engine: Engine) -> None:
    (score,) = engine(postings([["ice"]])).search([WeightedTerm("ice")], 5).scores

    assert score > 0


def test_more_terms_than_any_question_has_are_searched(engine: Engine) -> None:
    documents = [[f"word{at}"] for at in range(1000)]

    assert found(engine(postings(documents)), *(f"word{at}" for at in range(1000)), limit=2000) == list(range(1000))


WORDS = st.lists(st.sampled_from(["ice", "ferry", "mayor", "quay"]), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=8, unique_by=tuple), min_size=2, max_size=6))
def test_index_made_of_the_one_before_finds_what_one_made_afresh_finds_and_the_old_one_goes_on(
    states: list[list[list[str]]],
) -> None:
    with tempfile.TemporaryDirectory() as place:
        built, before = [], None
        for number, documents in enumerate(states):
            folder = Path(place) / str(number)
            folder.mkdir()
            built.append((documents, tantivy_engine(postings(documents, grouped=2), folder, before)))
            built.append((documents, tantivy_engine(postings(documents, grouped=2), folder)))
            before = folder

        for documents, index in built:
            for term in ("ice", "ferry", "quay"):
                assert set(found(index, term, limit=50)) == {
                    at for at, document in enumerate(documents) if term in document
                }


def test_index_made_of_the_one_before_shares_its_files(tmp_path: Path) -> None:
    documents = [["ice", f"word{at}"] for at in range(100)]
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    tantivy_engine(postings(documents), tmp_path / "one")

    tantivy_engine(postings([*documents, ["ferry"]]), tmp_path / "two", tmp_path / "one")

    files = [{path.stat().st_ino for path in (tmp_path / name / "tantivy").iterdir()} for name in ("one", "two")]
    assert len(files[0] & files[1]) > 3


def test_what_is_gone_is_not_found_in_an_index_made_of_the_one_before(tmp_path: Path) -> None:
    documents = [["ice", f"word{at}"] for at in range(100)]
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    tantivy_engine(postings(documents), tmp_path / "one")

    index = tantivy_engine(postings(documents[:-1]), tmp_path / "two", tmp_path / "one")

    assert found(index, "word99") == []
    assert found(index, "word98") == [98]


def test_auto_takes_tantivy_for_what_is_not_small() -> None:
    many = [["ice", f"word{at}"] for at in range(SMALL + 1)]

    assert auto_engine(postings(many[:-1], grouped=50)).name == "rank-bm25"
    assert auto_engine(postings(many, grouped=50)).name == "tantivy"


def test_index_that_never_came_is_closed_and_one_that_came_is_closed_with_it() -> None:
    class Closing(RankBm25Index):
        closed = False

        def close(self) -> None:
            self.closed = True

    made = Closing(postings(DOCUMENTS))
    index = LaterIndex(lambda: made)
    index.close()
    assert not made.closed

    with pytest.raises(IndexUnavailable):
        found(index, "ice")
    deadline = time.monotonic() + 30
    while index.name != made.name and time.monotonic() < deadline:
        time.sleep(0.01)
    index.close()

    assert made.closed


def test_index_that_comes_later_is_built_once_at_a_time() -> None:
    begun: list[Postings] = []
    go_on, clock = Event(), [0.0]

    def slow(postings: Postings) -> Index:
        begun.append(postings)
        go_on.wait(30)
        return RankBm25Index(postings)

    index = LaterIndex(lambda: slow(postings(DOCUMENTS)), clock=lambda: clock[0])
    for _ in range(4):
        clock[0] += 10
        with pytest.raises(IndexUnavailable):
            found(index, "ice")
    go_on.set()
    deadline = time.monotonic() + 30
    while index.name != "rank-bm25" and time.monotonic() < deadline:
        time.sleep(0.01)

    assert found(index, "ice") == [0]
    assert len(begun) == 1
