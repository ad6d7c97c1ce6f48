"""What a cluster adds to the promises of an index: sharing, resuming, waiting, and going on when a node dies."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import engines
from bot.settings import BadSettings, EngineName, read_settings
from retrieval.errors import IndexUnavailable
from retrieval.index import Index, Postings, WeightedTerm
from retrieval.index.opensearch_index import Cluster, OpenSearchEngine
from retrieval.library import Library, Store
from retrieval.shelf import SHARED
from tests.opensearch import Nodes
from tests.test_index import found, postings

DOCUMENTS = [["harbour", "ice"] if at % 2 else ["harbour", "ferry", f"day{at}"] for at in range(2500)]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATIENT = 30.0


@pytest.fixture
def collection(request: pytest.FixtureRequest) -> str:
    """A name of its own for each test."""
    return f"{abs(hash(request.node.name)):x}"


@pytest.fixture
def engine(nodes: Nodes, collection: str) -> OpenSearchEngine:
    return engine_of(Cluster(nodes.addresses, seconds=PATIENT), collection)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of something that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def engine_of(cluster: Cluster, collection: str, now: Callable[[], datetime] = lambda: NOW) -> OpenSearchEngine:
    return OpenSearchEngine(cluster, collection, revision="1", shards=2, now=now)


def write(folder: Path, name: str, *texts: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text(f"# {name.title()}\n\n" + "\n\n".join(texts) + "\n", encoding="utf-8")


def answers(library: Library, question: str) -> list[str]:
    return [passage.paragraph.text for passage in library.current.search(question, 3).passages]


def live(library: Library) -> None:
    library.activate(library.reload(), by="test", at=NOW)


def test_reload_is_a_new_index_and_the_alias_follows_it(nodes: Nodes, collection: str, tmp_path: Path) -> None:
    later = [datetime.now(UTC)]
    engine = engine_of(Cluster(nodes.addresses, seconds=PATIENT), collection, now=lambda: later[0])
    folder = tmp_path / "articles"
    write(folder, "harbour", "The harbour froze in March.", "Gulls cried.")
    library = Library(folder, engine=engine, store=Store.at(tmp_path / "data", keep=3))
    live(library)
    assert answers(library, "When did the harbour freeze?")[0] == "The harbour froze in March."
    (first,) = nodes.client.indices.get_alias(name=f"quoth-{collection}")

    write(folder, "ferry", "The ferry was built in Bergen.")
    before = library.current
    live(library)

    assert answers(library, "Where was the ferry built?")[0] == "The ferry was built in Bergen."
    assert before.search("Where was the harbour?", 3).passages[0].paragraph.text == "The harbour froze in March."
    (second,) = nodes.client.indices.get_alias(name=f"quoth-{collection}")
    assert second != first

    later[0] += timedelta(hours=2)
    write(folder, "bakery", "The bakery opened.")
    live(library)
    # The one before stays, for a process that has not followed yet; what is older goes.
    assert not nodes.client.indices.exists(index=first)
    assert nodes.client.indices.exists(index=second)


def test_articles_that_are_not_kept_leave_the_alias_where_it_is(
    nodes: Nodes, collection: str, engine: OpenSearchEngine, tmp_path: Path
) -> None:
    write(tmp_path / "articles", "harbour", "The harbour froze in March.")
    live(Library(tmp_path / "articles", engine=engine, store=Store.at(tmp_path / "data", keep=3)))
    (served,) = nodes.client.indices.get_alias(name=f"quoth-{collection}")

    write(tmp_path / "others", "ferry", "The ferry was built in Bergen.")
    live(Library(tmp_path / "others", engine=engine))

    assert list(nodes.client.indices.get_alias(name=f"quoth-{collection}")) == [served]


def test_question_within_few_of_many_paragraphs_looks_at_more_than_ten_thousand(engine: OpenSearchEngine) -> None:
    index = engine(postings([["ice"]] * 12_000))

    assert found(index, "ice", limit=12_000) == list(range(12_000))


def test_another_process_and_a_start_find_the_articles_loaded_already(
    nodes: Nodes, collection: str, engine: OpenSearchEngine
) -> None:
    engine(postings(DOCUMENTS))
    again = postings(DOCUMENTS)

    def never(position: int) -> list[str]:
        raise AssertionError(position)

    index = engine_of(Cluster(nodes.addresses, seconds=PATIENT), collection)(replace(again, terms=never))

    assert found(index, "day4") == [4]


def test_loading_goes_on_where_it_was_interrupted(engine: OpenSearchEngine) -> None:
    whole = postings(DOCUMENTS)
    asked: list[int] = []

    def cut(position: int) -> list[str]:
        if position == 2400:
            raise KeyboardInterrupt
        return whole.terms(position)

    def noted(position: int) -> list[str]:
        asked.append(position)
        return whole.terms(position)

    with pytest.raises(KeyboardInterrupt):
        engine(replace(whole, terms=cut))
    index = engine(replace(whole, terms=noted))

    assert asked == list(range(2000, 2500))
    assert found(index, "ice", limit=2000) == list(range(1, 2500, 2))


def test_scores_agree_across_shards(engine: OpenSearchEngine) -> None:
    hits = engine(postings(DOCUMENTS)).search([WeightedTerm("ice")], 2000)

    assert len(set(hits.scores.tolist())) == 1


def test_cluster_that_is_silent_costs_less_than_a_second_once(
    silent: str, collection: str, engine: OpenSearchEngine
) -> None:
    clock = [0.0]
    index = engine(postings(DOCUMENTS))
    cluster = Cluster([silent], clock=lambda: clock[0])
    index._cluster = cluster

    began = time.monotonic()
    with pytest.raises(IndexUnavailable, match="The search does not answer at the moment"):
        found(index, "ice")
    assert time.monotonic() - began < 1.5  # 0.8 and what a busy machine takes
    began = time.monotonic()
    with pytest.raises(IndexUnavailable):
        found(index, "ice")
    assert time.monotonic() - began < 0.1


def test_start_without_the_cluster_has_titles_and_sources_and_searches_as_soon_as_it_is_there(
    nodes: Nodes, collection: str, tmp_path: Path
) -> None:
    folder, store = tmp_path / "articles", Store.at(tmp_path / "data", keep=3)
    write(folder, "harbour", "The harbour froze in March.")
    live(Library(folder, store=store))
    working = engine_of(Cluster(nodes.addresses, seconds=PATIENT), collection)
    there = threading.Event()

    def engine(postings: Postings, folder: Path | None = None, before: Path | None = None, /) -> Index:
        if not there.is_set():
            raise IndexUnavailable("The search cluster is away.")
        return working(postings, folder, before)

    library = Library(folder, engine=engine, store=store)
    assert library.open()
    assert library.current.titles.search("harb", 5)[0].title == "Harbour"
    with pytest.raises(IndexUnavailable, match="not ready yet"):
        answers(library, "When did the harbour freeze?")

    there.set()
    deadline = time.monotonic() + 60
    while library.current.engine != "opensearch" and time.monotonic() < deadline:
        time.sleep(0.2)
        try:
            answers(library, "When did the harbour freeze?")
        except IndexUnavailable:
            continue
    assert answers(library, "When did the harbour freeze?")[0] == "The harbour froze in March."


def test_change_is_refused_while_the_cluster_is_away(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    write(folder, "harbour", "The harbour froze in March.")
    library = Library(folder, engine=engine_of(Cluster(["http://127.0.0.1:1"]), "none"))

    with pytest.raises(IndexUnavailable, match="does not take the articles at the moment; those that were there still"):
        library.reload()


def test_settings_name_the_cluster() -> None:
    address = "https://quoth:canary@search:9200"
    chosen = {"QUOTH_ENGINE": "opensearch", "QUOTH_OPENSEARCH_URL": f"{address}, https://two:9200"}
    settings = read_settings(**chosen)

    assert isinstance(engines(settings)(SHARED), OpenSearchEngine)
    assert "canary" not in repr(settings)
    with pytest.raises(BadSettings, match="the engine opensearch needs QUOTH_OPENSEARCH_URL"):
        read_settings(QUOTH_ENGINE=EngineName.OPENSEARCH.value)
    with pytest.raises(BadSettings, match=r"QUOTH_OPENSEARCH_URL: it takes addresses like") as bad:
        read_settings(QUOTH_ENGINE="opensearch", QUOTH_OPENSEARCH_URL="quoth:canary@search")
    assert "canary" not in str(bad.value)


def test_answers_go_on_when_a_node_is_killed_in_the_middle_of_questions(nodes: Nodes, collection: str) -> None:
    engine = engine_of(Cluster(nodes.addresses, seconds=PATIENT), collection)
    index = engine(postings(DOCUMENTS))
    nodes.client.cluster.health(index=index._index, wait_for_status="green")
    right = list(range(1, 2500, 2))
    wrong: list[object] = []
    count = 0

    def ask() -> None:
        nonlocal count
        while not done.is_set():
            try:
                if found(index, "ice", limit=2000) != right:
                    wrong.append("another answer")
            except IndexUnavailable as error:
                wrong.append(repr(error.__cause__))
            count += 1

    done = threading.Event()
    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    time.sleep(2)
    nodes.kill(1)
    asked_before = count
    time.sleep(8)
    done.set()
    for thread in asking:
        thread.join()

    assert wrong == []
    assert count > asked_before
