"""The collections of many servers: opened when they are needed, closed when they take too much, and never mixed up."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retrieval.index import Engine
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.library import Library
from retrieval.model import Metadata
from retrieval.shelf import Shelf
from tests.conftest import SEEDS

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ONE, OTHER = 111111111111111111, 222222222222222222


def shelf(data: Path, memory: int = 1 << 40) -> Shelf:
    made = Shelf(SEEDS, data, memory=memory)
    if not made.shared.open():
        made.shared.activate(made.shared.reload(), by="test", at=NOW)
    return made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two servers with an article of their own each."""
    made = shelf(tmp_path)
    for server, word in ((ONE, "lamps"), (OTHER, "goats")):
        own = made.own(server)
        upload = own.uploads.keep(f"{word}.md", f"# {word}\n\nAll about {word}.\n".encode(), Metadata())
        own.activate(own.add(upload), by="test", at=NOW)
        made.keep(server, own)
    return tmp_path


def articles(library: Library) -> list[str]:
    return [article.id for article in library.current.corpus.articles if len(article.id) < 20]


def test_servers_have_their_own_after_a_restart_and_others_the_shared(data: Path) -> None:
    made = shelf(data)

    assert made.at_hand(ONE) is None
    assert articles(made.library(ONE)) == ["lamps"]
    assert articles(made.library(OTHER)) == ["goats"]
    assert made.library(333333333333333333) is made.shared
    assert made.library(None) is made.shared
    assert made.at_hand(ONE) is made.library(ONE)


def test_the_least_used_is_closed_above_the_memory_and_opened_again(data: Path) -> None:
    made = shelf(data, memory=1)
    first = made.library(ONE)

    made.library(OTHER)
    assert made.at_hand(ONE) is None
    assert made.at_hand(OTHER) is not None

    again = made.library(ONE)
    assert again is not first
    assert again.current.corpus == first.current.corpus
    assert first.current.search("What about lamps?", 1).passages


def test_nobody_waits_while_the_articles_of_another_server_are_opened(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = shelf(data)
    made.library(OTHER)
    opening, go_on = threading.Event(), threading.Event()
    real = Library.open

    def slow(library: Library) -> bool:
        opening.set()
        assert go_on.wait(30)
        return real(library)

    monkeypatch.setattr(Library, "open", slow)
    thread = threading.Thread(target=made.library, args=(ONE,))
    thread.start()
    assert opening.wait(30)

    assert made.at_hand(OTHER) is not None
    assert made.at_hand(ONE) is None
    go_on.set()
    thread.join(30)
    assert made.at_hand(ONE) is not None


def test_version_of_a_server_that_another_process_made_is_taken_up(data: Path) -> None:
    made, other = shelf(data), shelf(data)
    made.library(ONE)
    own = other.library(ONE)
    upload = own.uploads.keep("more.md", b"# more\n\nAnd more of it.\n", Metadata())
    own.activate(own.add(upload), by="test", at=NOW)

    made.follow()

    assert articles(made.library(ONE)) == ["lamps", "more"]


def test_collection_that_two_want_at_once_is_opened_once(data: Path) -> None:
    opened: list[str] = []

    def engine(name: str) -> Engine:
        opened.append(name)
        if name == str(ONE):
            time.sleep(0.5)
        return RankBm25Index

    made = Shelf(SEEDS, data, engine=engine, memory=1 << 40)
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(made.library, (ONE, ONE))

    assert first is second
    assert opened == ["shared", str(ONE)]
