"""What a change is called in the history, what it carries over, and the sentence for each that cannot be made."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from filelock import FileLock

from retrieval.decisions import Decision
from retrieval.errors import (
    N_,
    ChangeUnderWay,
    EmptyCorpus,
    FileUnavailable,
    IndexUnavailable,
    QuothError,
    StaleChange,
    UnknownArticle,
    UnknownCitation,
    VersionDamaged,
)
from retrieval.index import Index, Postings
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.library import Change, Fate, Library, Store
from retrieval.model import CitationId, Metadata
from retrieval.splitting import words_cited
from retrieval.versions import State
from tests.test_library import NOW, SENTENCES, library, live, texts, write

LAMPS = b"# Lamps\n\nThe lamps were lit at six.\n"
TWO = b'{"title": "Moon", "text": "The moon rose early."}\n{"title": "Tide", "text": "The tide came late."}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    write(made / "one.md", "One", SENTENCES[:3])
    write(made / "two.md", "Two", SENTENCES[3:6])
    return made


@pytest.fixture
def made(folder: Path, tmp_path: Path) -> Library:
    new = library(folder, tmp_path / "data")
    live(new, new.reload())
    return new


def added(made: Library, name: str, data: bytes, metadata: Metadata | None = None) -> Change:
    return made.add(made.uploads.keep(name, data, metadata or Metadata()))


def told(change: Change) -> tuple[str, str]:
    return change.action, change.about


def removed(made: Library, name: str) -> Change:
    return made.revise(name, lambda before: replace(before, removed=True))


def publisher(name: str) -> Decision:
    return Decision(metadata=Metadata(publisher=name))


def test_every_change_is_named_in_the_history_with_the_one_article_it_is_about(made: Library, tmp_path: Path) -> None:
    own = library(None, tmp_path / "server", shared=made)
    live(own, added(own, "lamps.md", LAMPS))

    assert told(made.reload()) == ("reload", "")
    assert told(removed(made, "one")) == ("remove", "One")
    assert told(made.revise("One", lambda _: publisher("Post"))) == ("edit", "One")
    assert told(own.share(False)) == ("unshare", "")
    live(own, own.share(False))
    assert told(own.share(True)) == ("share", "")
    live(made, removed(made, "one"))
    assert told(made.restore(" ONE ")) == ("restore", "One")
    assert told(made.roll_back(1)) == ("roll back to 1", "")
    live(made, made.roll_back(1))
    first, *_, last = made.history()[::-1]
    assert [(one.number, one.action, one.by, one.at) for one in (first, last)] == [
        (1, "reload", "test", NOW), (3, "roll back to 1", "test", NOW),
    ]  # fmt: skip
    assert [(one.articles, one.paragraphs, one.added, one.removed) for one in made.history()] == [
        (2, 6, 1, 0), (1, 3, 0, 1), (2, 6, 2, 0),
    ]  # fmt: skip


def test_history_counts_the_articles_that_a_change_is_about(made: Library) -> None:
    live(made, made.revise("one", lambda _: publisher("Post")))

    (edit, _) = made.history()

    assert (edit.about, edit.articles, edit.added, edit.changed, edit.removed) == ("One", 2, 0, 1, 0)


@pytest.mark.parametrize(
    ("name", "data", "stated", "title"),
    [
        ("lamps.md", LAMPS, Metadata(), "Lamps"),
        ("lamps.md", LAMPS, Metadata(title="All lamps"), "All lamps"),
        ("lamps.md", b"---\ntitle: Street lamps\n---\n\n" + LAMPS, Metadata(), "Street lamps"),
        ("two.jsonl", TWO, Metadata(), ""),
    ],
)
def test_upload_is_called_as_it_is_stated_or_as_it_states_itself(
    made: Library, name: str, data: bytes, stated: Metadata, title: str
) -> None:
    assert told(added(made, name, data, stated)) == ("add", title)


def test_upload_in_place_of_another_keeps_all_decisions_but_those_about_it(made: Library) -> None:
    live(made, made.revise("one", lambda _: publisher("Post")))
    live(made, added(made, "two.jsonl", TWO))
    live(made, made.revise("moon", lambda _: publisher("Moon Post")))
    live(made, added(made, "lamps.md", LAMPS))
    live(made, made.revise("lamps", lambda _: publisher("Lamp Post")))
    assert made.replaced_by(made.uploads.keep("two.jsonl", TWO, Metadata())) == ("Moon", "Tide")
    assert made.replaced_by(made.uploads.keep("new.md", LAMPS, Metadata())) == ()

    live(made, added(made, "two.jsonl", TWO.replace(b"early", b"late")))
    live(made, added(made, "lamps.md", LAMPS.replace(b"six", b"nine")))

    publishers = {name: article.metadata.publisher for name, article in made.current.corpus.by_id.items()}
    assert publishers == {"one": "Post", "two": None, "moon": None, "tide": None, "lamps": None}


def test_refused_upload_is_told_with_its_name_and_why(made: Library) -> None:
    live(made, added(made, "lamps.md", LAMPS))

    with pytest.raises(FileUnavailable, match=r"^empty\.md cannot be added: the file is empty\.$"):
        added(made, "empty.md", b" \n")
    with pytest.raises(FileUnavailable, match=r"^again\.md was not added: what it holds is in the index already\.$"):
        added(made, "again.md", LAMPS)


def test_what_is_not_there_is_told_in_a_sentence(made: Library, folder: Path, tmp_path: Path) -> None:
    unkept, nothing = Library(folder), library(None, tmp_path / "nothing")

    def sentence(error: type[QuothError], refused: object) -> str:
        assert callable(refused)
        with pytest.raises(error) as told:
            refused()
        return str(told.value)

    assert sentence(UnknownArticle, lambda: made.restore("One")) == "No removed article is called “One”."
    assert sentence(VersionDamaged, lambda: unkept.roll_back(1)) == "No versions of the articles are kept here."
    assert sentence(FileUnavailable, lambda: unkept.uploads) == "No uploaded files are kept here."
    assert sentence(EmptyCorpus, lambda: nothing.current) == "No articles are loaded yet."
    assert sentence(EmptyCorpus, lambda: removed(nothing, "one")) == "No articles are loaded yet."
    assert sentence(UnknownCitation, lambda: made.cited(CitationId("1.a.b"))) == (
        "That paragraph is no longer in the articles."
    )
    assert sentence(EmptyCorpus, nothing.reload) == "There is no article that can be read."
    live(made, removed(made, "one"))
    last = sentence(EmptyCorpus, lambda: removed(made, "two"))
    assert last == "It is the last article, and there is nothing to search without one."
    assert nothing.replaced_by(nothing.uploads.keep("lamps.md", LAMPS, Metadata())) == ()
    assert unkept.history() == []
    assert unkept.waiting() == ["one.md", "two.md"]
    assert nothing.waiting() == []


def test_change_that_came_too_late_is_told_so_in_a_sentence(made: Library, folder: Path, tmp_path: Path) -> None:
    terminal = library(folder, tmp_path / "data")
    assert terminal.open()
    mine, late = removed(made, "one"), removed(made, "one")
    live(terminal, removed(terminal, "two"))

    other = r"^Somebody else changed the articles in the meantime; look at the difference again\.$"
    with pytest.raises(StaleChange, match=other):
        live(made, mine)
    assert sorted(made.current.corpus.by_id) == ["one", "two"]
    assert made.follow()
    same = r"^The articles have changed since this was prepared; look at the difference again\.$"
    with pytest.raises(StaleChange, match=same):
        live(made, late)
    assert sorted(made.current.corpus.by_id) == ["one"]


def test_only_one_process_at_a_time_prepares_a_change(tmp_path: Path) -> None:
    one, other = (library(None, tmp_path / "far" / "data") for _ in range(2))
    refusal = r"^A change is already being prepared; please try again when it is done\.$"

    with one.changing(), pytest.raises(ChangeUnderWay, match=refusal), other.changing():
        raise AssertionError

    with other.changing():
        pass
    with Library(None).changing():
        pass


def test_change_can_be_prepared_where_nothing_can_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    prepared = []

    with library(None, tmp_path / "data").changing():
        prepared.append(True)

    assert prepared
    assert caplog.messages == ["Other processes cannot be kept from preparing a change (File exists)."]


def test_change_waits_for_the_disk_and_only_a_reload_goes_on_without(folder: Path, tmp_path: Path) -> None:
    store = replace(Store.at(tmp_path / "data", keep=10), lock=FileLock(tmp_path / "data" / "lock", timeout=0.05))
    made = Library(folder, store=store)
    live(made, made.reload())
    write(folder / "one.md", "One", SENTENCES[:1])

    with FileLock(tmp_path / "data" / "lock"):
        with pytest.raises(OSError, match="another process is writing"):
            live(made, removed(made, "one"))
        assert (sorted(made.current.corpus.by_id), made.unkept) == (["one", "two"], None)
        live(made, made.reload())
        assert (texts(made.current.corpus, "one"), made.unkept) == (SENTENCES[:1], "another process is writing")
        assert made.version is None

    live(made, made.reload())
    assert made.unkept is None
    assert [one.number for one in made.history()] == [2, 1]


def test_index_that_cannot_be_kept_costs_no_answer(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "volumes").write_text("a file where the folder should be")
    made = library(folder, tmp_path / "data")

    live(made, made.reload())

    assert made.current.search("Was the harbour closed?", 1).passages
    assert made.version is not None
    made.check()
    assert caplog.messages == ["The index cannot be kept (File exists); the next start makes it again."]
    (tmp_path / "data" / "volumes").unlink()
    again = library(folder, tmp_path / "data")
    assert again.open()
    assert again.current.folder is not None


def test_upload_is_read_anew_by_other_readers_unless_its_bytes_are_lost(made: Library, tmp_path: Path) -> None:
    change = added(made, "lamps.md", LAMPS)
    *others, lamps = change.state.files
    old, older = (replace(lamps, drafts=(replace(lamps.drafts[0], title=title),)) for title in ("Old", "Older"))

    live(made, replace(change, state=replace(change.state, files=(*others, old))))
    assert made.reload().state.files[-1] == old
    change = added(made, "two.jsonl", TWO)
    live(made, replace(change, state=replace(change.state, files=(*others, older)), readers="older"))
    assert made.reload().state.files[-1] == lamps
    shutil.rmtree(tmp_path / "data" / "uploads")
    assert made.reload().state.files[-1] == older


def test_collection_that_is_not_kept_follows_the_citations_of_the_shared_one(made: Library, folder: Path) -> None:
    kept, gone = (paragraph.citation for paragraph in made.current.article("one").paragraphs[1:])
    write(folder / "one.md", "One", [SENTENCES[0], SENTENCES[1].replace("closed", "closed again")])
    live(made, made.reload())

    alone = Library(None, shared=made)

    assert alone.cited(kept).fate is Fate.CHANGED
    renamed = CitationId(f"1.another-title.{words_cited(gone)}")
    was = alone.cited(renamed).was
    assert was is not None
    assert (alone.cited(renamed).fate, was.title) == (Fate.REMOVED, "One")
    assert alone.cited(CitationId(f"1.another-title.{words_cited(kept)}")).fate is Fate.CHANGED


def test_what_a_reload_would_change_is_told_without_changing_anything(
    made: Library, folder: Path, tmp_path: Path
) -> None:
    fresh = library(folder, tmp_path / "fresh")
    assert [one.article.id for one in fresh.foreseen().added] == ["one", "two"]
    write(folder / "one.md", "One", SENTENCES[:2])
    (folder / "two.md").unlink()
    served = made.current

    foreseen = made.foreseen()

    assert ([one.article.id for one in foreseen.changed], [one.article.id for one in foreseen.removed]) == (
        ["one"],
        ["two"],
    )
    assert made.current is served
    assert [path for path in (tmp_path / "data" / "volumes").iterdir() if path.is_dir()] == [served.folder]
    (folder / "one.md").unlink()
    with pytest.raises(EmptyCorpus, match=r"^There is no article that can be read in “articles”\.$"):
        made.foreseen()


def test_folder_without_an_article_is_told_with_its_first_three_problems(made: Library, folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    for number in range(5):
        (folder / f"empty{number}.md").write_text("")

    with pytest.raises(EmptyCorpus) as refused:
        made.reload()

    said = str(refused.value)
    assert said.startswith("There is no article that can be read in “articles”. ")
    assert [f"empty{number}.md" in said for number in range(5)] == [True, True, True, False, False]
    assert said.endswith(" Further problems: 2.")
    for number in (3, 4):
        (folder / f"empty{number}.md").unlink()
    with pytest.raises(EmptyCorpus) as three:
        made.reload()
    assert "Further" not in str(three.value)


def test_files_that_wait_are_those_that_changed_came_or_went(made: Library, folder: Path) -> None:
    assert made.waiting() == []

    (folder / "one.md").unlink()
    write(folder / "two.md", "Two", SENTENCES[:2])
    write(folder / "three.md", "Three", SENTENCES[4:])

    assert made.waiting() == ["one.md", "three.md", "two.md"]
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert made.waiting() == ["one.md", "two.md"]


def test_roll_back_keeps_the_folder_that_is_read_now(made: Library, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    folder.rename(other)
    moved = library(other, tmp_path / "data")
    assert moved.open()
    assert moved.moved
    write(other / "one.md", "One", SENTENCES[:2])
    live(moved, moved.reload())
    assert not moved.moved

    live(moved, moved.roll_back(1))

    assert texts(moved.current.corpus, "one") == SENTENCES[:3]
    assert not moved.moved


def test_server_hands_out_the_files_of_the_shared_articles_too(made: Library, folder: Path, tmp_path: Path) -> None:
    live(made, added(made, "lamps.md", LAMPS))
    own = library(None, tmp_path / "server", shared=made)
    live(own, added(own, "tide.md", b"# Tide\n\nThe tide came late.\n"))

    found = {name: own.original(article)[1] for name, article in own.current.corpus.by_id.items()}

    assert found == {
        "lamps": LAMPS,
        "one": (folder / "one.md").read_bytes(),
        "tide": b"# Tide\n\nThe tide came late.\n",
        "two": (folder / "two.md").read_bytes(),
    }
    assert own.original(own.current.article("one"))[0] == "one.md"
    alone = library(None, tmp_path / "server")
    assert alone.open()
    with pytest.raises(FileUnavailable, match=r"^The file of “One” is no longer in the folder\.$"):
        alone.original(made.current.article("one"))


def test_server_takes_up_what_the_shared_articles_become_once(made: Library, folder: Path, tmp_path: Path) -> None:
    own = library(None, tmp_path / "server", shared=made)
    live(own, added(own, "lamps.md", LAMPS))
    citation = own.current.article("one").paragraphs[0].citation
    version = own.version
    write(folder / "one.md", "One", SENTENCES[1:3])
    live(made, made.reload())

    assert own.follow()
    served = own.current
    assert not own.follow()

    assert own.current is served
    assert own.version == version
    live(own, own.share(False))
    write(folder / "one.md", "One", SENTENCES[2:3])
    live(made, made.reload())
    assert not own.follow()
    # The server's own ledger remembers, though the shared articles are no longer beside its own.
    alone = library(None, tmp_path / "server")
    assert alone.open()
    was = alone.cited(citation).was
    assert was is not None
    assert was.title == "One"


def test_server_all_of_whose_versions_are_damaged_has_the_shared_articles(made: Library, tmp_path: Path) -> None:
    own = library(None, tmp_path / "server", shared=made)
    live(own, added(own, "lamps.md", LAMPS))
    (tmp_path / "server" / "versions" / "000001.json").write_text("{}")

    again = library(None, tmp_path / "server", shared=made)

    assert not again.open()
    assert list(again.current.corpus.by_id) == list(made.current.corpus.by_id)
    assert again.state == State()
    assert len(again.complaints) == 1


def test_while_its_engine_is_away_a_server_has_the_shared_articles_as_they_are_now_and_makes_no_change(
    made: Library, folder: Path, tmp_path: Path
) -> None:
    away = False

    def elsewhere(postings: Postings, folder: Path | None = None, before: Path | None = None) -> Index:
        if away:
            raise IndexUnavailable(N_("The search does not answer at the moment."))
        return RankBm25Index(postings, folder, before)

    def server() -> Library:
        return Library(None, engine=elsewhere, store=Store.at(tmp_path / "server", keep=3), shared=made)

    own = server()
    live(own, added(own, "lamps.md", LAMPS))
    write(folder / "one.md", "One", SENTENCES[1:3])
    live(made, made.reload())
    away = True

    for is_served in (server().open, own.follow):
        assert is_served()
    assert texts(own.current.corpus, "one") == SENTENCES[1:3]
    for needs_it in (lambda: own.current.search("lamps", 3), lambda: own.share(False)):
        with pytest.raises(IndexUnavailable):
            needs_it()


def test_engine_is_told_what_is_asked_and_after_the_next_change_what_is_not_any_more(
    folder: Path, tmp_path: Path
) -> None:
    numbers, told = count(1), list[str]()

    class Engine(RankBm25Index):
        def __init__(self, postings: Postings, folder: Path | None = None, before: Path | None = None) -> None:
            super().__init__(postings, folder, before)
            self.number = next(numbers)

        def serve(self) -> None:
            told.append(f"{self.number} is asked")

        def close(self) -> None:
            told.append(f"{self.number} is closed")

    made = Library(folder, engine=Engine, store=Store.at(tmp_path / "data", keep=3))
    for name in ("three", "four", "five"):
        write(folder / f"{name}.md", name, SENTENCES[4:])
        live(made, made.reload())

    assert told == ["1 is asked", "2 is asked", "1 is closed", "3 is asked"]


def test_servers_articles_that_were_made_again_are_not_made_once_more(made: Library, tmp_path: Path) -> None:
    own = library(None, tmp_path / "server", shared=made)
    live(own, added(own, "lamps.md", LAMPS))
    assert own.current.folder is not None
    (own.current.folder / "terms" / "row.npy").write_bytes(b"")
    before = own.current

    own.check()

    assert own.current is not before
    assert not own.follow()


def test_way_back_leads_to_what_the_readers_of_then_read(made: Library, folder: Path) -> None:
    assert made._stored is not None
    now = made._stored.readers
    made._stored = replace(made._stored, readers="older")
    live(made, made.revise("one", lambda _: publisher("Post")))
    write(folder / "three.md", "Three", SENTENCES[2:4])
    live(made, made.reload())

    assert [made.roll_back(number).readers for number in (1, 2)] == [now, "older"]
