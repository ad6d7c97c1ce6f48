"""A collection and its versions: any way to a state leads to the same state, and no citation is ever lost."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from retrieval.assembling import FileRead, assembled
from retrieval.decisions import NOTHING_DECIDED, Decision
from retrieval.errors import (
    ArticleDamaged,
    EmptyCorpus,
    IndexingFailed,
    StaleChange,
    UnknownArticle,
    UnknownCitation,
    UnknownUpload,
    UnreadableFile,
    VersionDamaged,
)
from retrieval.formats import Draft
from retrieval.ledger import Ledger
from retrieval.library import Change, Fate, Library, Store
from retrieval.loading import load
from retrieval.model import Article, CitationId, Corpus, Line, Metadata, Rule
from retrieval.phrases import Phrase
from retrieval.splitting import fingerprint, paragraphs, slug, words_cited
from retrieval.versions import State, Version, Versions
from tests.browser import ROOT
from tests.memory import mapped_memory

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

WORDS = ["harbour", "ferry", "ice", "mayor", "bridge", "school", "river", "market"]
SENTENCES = [
    f"The {one} and the {other} were closed in the winter of {year}."
    for one, other, year in zip(WORDS, WORDS[1:], range(1990, 1997), strict=False)
]


def library(folder: Path | None, data: Path, *, keep: int = 10, shared: Library | None = None) -> Library:
    return Library(folder, store=Store.at(data, keep=keep), shared=shared)


def live(made: Library, change: Change) -> None:
    made.activate(change, by="test", at=NOW)


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


def write(path: Path, title: str, paragraphs: list[str]) -> None:
    path.write_text("\n\n".join([f"# {title}", *paragraphs]) + "\n", encoding="utf-8")


def texts(corpus: Corpus, article: str) -> list[str]:
    return [paragraph.text for paragraph in corpus.by_id[article].paragraphs]  # type: ignore[index]


def test_a_start_serves_the_last_version_without_looking_at_the_folder(
    made: Library, folder: Path, tmp_path: Path
) -> None:
    before = made.current.corpus
    shutil.rmtree(folder)

    again = library(folder, tmp_path / "data")

    assert again.open()
    assert again.current.corpus == before
    assert again.version is not None
    assert (again.version.number, again.version.by, again.version.at) == (1, "test", NOW)
    assert again.waiting() == ["one.md", "two.md"]


def test_reading_again_reads_only_what_changed(made: Library, folder: Path) -> None:
    write(folder / "two.md", "Two", SENTENCES[4:])

    change = made.reload()

    before = {file.source: file for file in change.base.state.files}
    after = {file.source: file for file in change.state.files}
    assert after["one.md"] is before["one.md"]
    assert after["two.md"] != before["two.md"]
    assert [change.article.id for change in change.difference.changed] == ["two"]


def test_difference_names_paragraphs_that_are_new_changed_and_gone(made: Library, folder: Path) -> None:
    write(
        folder / "one.md",
        "One",
        [SENTENCES[0].replace("winter", "long winter"), SENTENCES[2], "Something else entirely, with 7 numbers."],
    )

    (changed,) = made.reload().difference.changed

    assert [(old.number, new.number) for old, new in changed.changed] == [(1, 1)]
    assert [part.number for part in changed.removed] == [2]
    assert [part.number for part in changed.added] == [3]


def test_reload_that_changes_nothing_makes_no_version(made: Library) -> None:
    change = made.reload()
    live(made, change)

    assert change.difference.nothing
    assert [version.number for version in made.history()] == [1]


def test_of_two_changes_prepared_on_one_version_the_second_is_refused(made: Library, folder: Path) -> None:
    write(folder / "three.md", "Three", ["A third article, about lamps."])
    first, second = made.reload(), made.reload()
    live(made, first)

    with pytest.raises(StaleChange):
        live(made, second)


def test_of_two_processes_that_activate_one_is_refused(made: Library, folder: Path, tmp_path: Path) -> None:
    other = library(folder, tmp_path / "data")
    other.open()
    write(folder / "three.md", "Three", ["A third article, about lamps."])
    mine, theirs = made.reload(), other.reload()
    live(other, theirs)

    # Both would have made version 2, and the numbers are given out by the file system.
    made._store.versions.numbers = lambda: [1]  # type: ignore[method-assign, union-attr]
    with pytest.raises(StaleChange):
        live(made, mine)


def test_change_on_what_another_process_has_replaced_is_refused_and_nothing_of_either_is_lost(
    made: Library, folder: Path, tmp_path: Path
) -> None:
    terminal = library(folder, tmp_path / "data")
    terminal.open()
    mine = decide(made, made.current.article("one"), replaced(made, "one", metadata=Metadata(author="Ada")))
    live(terminal, decide(terminal, terminal.current.article("two"), replaced(terminal, "two", removed=True)))

    with pytest.raises(StaleChange):
        live(made, mine)

    assert made.follow()
    assert "two" not in made.current.corpus.by_id


def test_change_that_was_begun_before_another_was_activated_is_refused(made: Library, folder: Path) -> None:
    write(folder / "three.md", "Three", ["A third article, about lamps."])
    waiting = made.reload()
    begun = made._begin()
    live(made, waiting)
    late = made._change(begun, begun.state, "edit")

    with pytest.raises(StaleChange):
        live(made, late)
    assert "three" in made.current.corpus.by_id


def test_decision_is_made_on_what_is_served_when_it_is_begun(made: Library) -> None:
    author = decide(made, made.current.article("one"), replaced(made, "one", metadata=Metadata(author="Ada")))

    def begun_before(before: Decision) -> Decision:
        live(made, author)  # another moderator is faster
        return replace(before, taken_out=frozenset({fingerprint(SENTENCES[0])}))

    late = made.revise("one", begun_before)

    with pytest.raises(StaleChange):
        live(made, late)
    assert made.current.article("one").metadata.author == "Ada"


def test_two_that_activate_at_once_leave_the_disk_as_the_memory(folder: Path, tmp_path: Path) -> None:
    for attempt in range(20):
        data = tmp_path / f"data{attempt}"
        made = library(folder, data)
        live(made, made.reload())
        changes = [
            made.add(made.uploads.keep(f"{n}.md", f"# Up {n}\n\nWords {n}.\n".encode(), Metadata())) for n in "ab"
        ]
        with ThreadPoolExecutor(2) as both:
            done = [both.submit(made.activate, change, by="test", at=NOW) for change in changes]
        assert [type(one.exception()) for one in done if one.exception()] == [StaleChange]

        again = library(folder, data)
        again.open()
        assert again.current.corpus == made.current.corpus


def test_what_was_before_is_asked_while_the_new_articles_are_made_ready(
    made: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, asked = made.current, []
    monkeypatch.setattr("retrieval.snapshot.keep_model", lambda: asked.append(made.current))
    # No list of its common words is known, so questions are told by a model, which takes half a second to load.
    (folder / "sq.md").write_text("---\nlanguage: sq\n---\n# Ura\n\nKush e ndërtoi urën?\n", encoding="utf-8")
    live(made, made.reload())

    assert asked == [before]
    assert made.current is not before


def test_reload_that_cannot_be_kept_serves_until_the_end(made: Library, folder: Path, tmp_path: Path) -> None:
    citation = made.current.article("one").paragraphs[2].citation
    shutil.move(tmp_path / "data" / "versions", tmp_path / "aside")
    (tmp_path / "data" / "versions").write_text("no folder")
    write(folder / "one.md", "One", [*SENTENCES[:2], SENTENCES[2].replace("closed", "closed again")])

    live(made, made.reload())

    assert made.unkept
    assert made.version is None
    assert not made.follow()
    assert "closed again" in texts(made.current.corpus, "one")[2]
    assert made.cited(citation).fate is Fate.CHANGED
    (tmp_path / "data" / "versions").unlink()
    shutil.move(tmp_path / "aside", tmp_path / "data" / "versions")
    live(made, made.reload())
    assert made.unkept is None
    assert made.version is not None
    assert made.version.number == 2


def test_damaged_newest_version_is_not_opened_again_and_again(made: Library, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "versions" / "000002.json").write_text("{}")

    assert not made.follow()
    snapshot = made.current
    assert not made.follow()
    assert made.current is snapshot
    assert len(made.complaints) == 1


def test_edit_does_not_pass_old_readers_off_as_new(made: Library) -> None:
    assert made._stored is not None
    made._stored = replace(made._stored, readers="older")

    live(made, decide(made, made.current.article("one"), replaced(made, "one", metadata=Metadata(author="Ada"))))

    assert made._stored.readers == "older"
    live(made, made.reload())
    assert made._stored.readers != "older" or made.reload().difference.nothing


def test_new_file_of_the_same_title_takes_no_citation_away(made: Library, folder: Path) -> None:
    cited = [part.citation for part in made.current.article("one").paragraphs]
    write(folder / "aaa.md", "One", ["Another article of that title."])

    change = made.reload()
    live(made, change)

    assert len(change.difference.added) == 1
    for citation, text in zip(cited, SENTENCES[:3], strict=True):
        found = made.cited(citation)
        assert found.paragraph is not None
        assert found.paragraph.text == text


def test_paragraph_that_is_moved_and_reworded_at_once_is_found(made: Library, folder: Path) -> None:
    first = made.current.article("one").paragraphs[0]
    write(
        folder / "one.md",
        "One",
        [*SENTENCES[1:3], "Between stands a new paragraph.", SENTENCES[0].replace("1990", "1989")],
    )

    live(made, made.reload())

    found = made.cited(first.citation, 1)
    assert found.fate is Fate.CHANGED
    assert found.paragraph is not None
    assert "1989" in found.paragraph.text


def test_repetition_of_a_paragraph_is_found_when_the_first_is_gone(made: Library, folder: Path) -> None:
    write(folder / "one.md", "One", [SENTENCES[0], SENTENCES[1], SENTENCES[0]])
    live(made, made.reload())
    again = made.current.article("one").paragraphs[2]
    write(folder / "one.md", "One", [SENTENCES[1], SENTENCES[0]])
    live(made, made.reload())

    found = made.cited(again.citation, 3)

    assert (found.fate, found.paragraph and found.paragraph.number) == (Fate.MOVED, 2)


def test_renamed_file_keeps_its_citations(made: Library, folder: Path) -> None:
    (folder / "plain.txt").write_text(f"{SENTENCES[3]}\n\nAnd one more that nobody else has.\n")
    live(made, made.reload())
    article = next(one for one in made.current.corpus.articles if one.source == "plain.txt")
    (folder / "plain.txt").rename(folder / "other.txt")

    live(made, made.reload())

    assert all(made.cited(part.citation).paragraph is not None for part in article.paragraphs)


def test_entry_added_in_front_of_a_file_moves_no_decision_to_another(folder: Path, tmp_path: Path) -> None:
    lines = [f'{{"title": "Day", "text": "On {day} it rained."}}\n' for day in ("Monday", "Tuesday", "Wednesday")]
    (folder / "days.jsonl").write_text("".join(lines[1:]))
    made = library(folder, tmp_path / "data")
    live(made, made.reload())
    tuesday = next(one for one in made.current.corpus.articles if "Tuesday" in one.paragraphs[0].text)
    live(made, decide(made, tuesday, replaced(made, tuesday.id, removed=True)))

    (folder / "days.jsonl").write_text("".join(lines))
    live(made, made.reload())

    whole = " ".join(part.text for _, part in made.current.corpus.places)
    assert "Monday" in whole
    assert "Tuesday" not in whole
    assert "Wednesday" in whole


def test_decisions_about_an_article_do_not_pass_to_another_under_its_file_name(made: Library, folder: Path) -> None:
    live(made, decide(made, made.current.article("one"), replaced(made, "one", metadata=Metadata(author="Ada"))))
    live(made, decide(made, made.current.article("two"), replaced(made, "two", removed=True)))
    write(folder / "one.md", "Another story", ["Nothing of the first one."])
    write(folder / "two.md", "A third story", ["Nothing of the second one."])

    live(made, made.reload())

    assert made.current.article("another-story").metadata.author is None
    assert "a-third-story" in made.current.corpus.by_id
    assert [problem.sentence.split(":")[0] for problem in made.current.corpus.problems] == ["one.md", "two.md"]


def test_removed_article_is_told_among_the_problems(made: Library) -> None:
    live(made, decide(made, made.current.article("one"), replaced(made, "one", removed=True)))

    assert [problem.sentence for problem in made.current.corpus.problems] == [
        "one.md is not in the index: a moderator removed it."
    ]


def test_decisions_follow_a_file_that_is_renamed(made: Library, folder: Path) -> None:
    live(made, decide(made, made.current.article("one"), replaced(made, "one", metadata=Metadata(publisher="Post"))))
    live(made, decide(made, made.current.article("two"), replaced(made, "two", removed=True)))
    (folder / "one.md").rename(folder / "first.md")
    (folder / "two.md").rename(folder / "second.md")

    live(made, made.reload())

    assert [(article.id, article.metadata.publisher) for article in made.current.corpus.articles] == [("one", "Post")]
    assert [one.origin for one in made.removed()] == ["second.md"]


def test_decisions_follow_a_file_that_is_renamed_and_edited_at_once(made: Library, folder: Path) -> None:
    live(made, decide(made, made.current.article("one"), replaced(made, "one", metadata=Metadata(title="The first"))))
    (folder / "one.md").unlink()
    write(folder / "first.md", "One", [*SENTENCES[:2], "A new last paragraph."])

    live(made, made.reload())

    assert texts(made.current.corpus, "the-first")[-1] == "A new last paragraph."


def test_decision_about_an_upload_stays_with_it(made: Library, folder: Path) -> None:
    upload = b"# Weather\n\nIt rained on the harbour all day.\n"
    live(made, made.add(made.uploads.keep("up.md", upload, Metadata(publisher="Post"))))
    write(folder / "w.md", "Weather", ["Another day it was dry."])

    live(made, made.reload())

    published = {article.source: article.metadata.publisher for article in made.current.corpus.articles}
    assert (published["upload:up.md"], published["w.md"]) == ("Post", None)


def test_of_two_files_of_one_title_that_are_renamed_none_gets_the_decisions_of_the_other(
    made: Library, folder: Path
) -> None:
    write(folder / "a.md", "Same", SENTENCES[:1])
    write(folder / "b.md", "Same", SENTENCES[1:2])
    live(made, made.reload())
    for article, name in zip(("same", made.current.corpus.articles[2].id), ("Ada", "Bob"), strict=True):
        live(made, made.revise(article, lambda before, by=name: replace(before, metadata=Metadata(author=by))))  # type: ignore[misc]
    for name in "ab":
        (folder / f"{name}.md").rename(folder / f"new-{name}.md")
        write(folder / f"new-{name}.md", "Same", [f"Nothing of {name} is left here."])

    live(made, made.reload())

    assert {article.metadata.author for article in made.current.corpus.articles} == {None}


def test_copy_that_is_only_typeset_otherwise_is_removed_too(made: Library, folder: Path) -> None:
    write(folder / "bridge.md", "Bridge", ["“The bridge is open,” he said."])
    write(folder / "copy.md", "Bridge two", ['"The bridge is open," he said.'])
    live(made, made.reload())

    live(made, made.revise("bridge", lambda before: replace(before, removed=True)))

    assert [article.id for article in made.current.corpus.articles] == ["one", "two"]


def test_ledger_knows_the_latest_of_equal_words(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "retired.jsonl")
    (x, heir), (y,) = (
        Article(slug(title), title, paragraphs(slug(title), texts), "a.md", "0").paragraphs
        for title, texts in (("X", SENTENCES[:2]), ("Y", SENTENCES[:1]))
    )
    article = Article(slug("Y"), "Y", (y,), "a.md", "0")
    ledger.retire([(article, x, None)])
    ledger.retire([(article, y, heir.citation)])

    for one in (ledger, Ledger(tmp_path / "retired.jsonl")):
        found = one.find_words(fingerprint(SENTENCES[0]))
        assert found is not None
        assert found.heir == heir.citation


def test_what_is_no_citation_is_unknown_in_a_servers_collection_too(made: Library, tmp_path: Path) -> None:
    own = library(None, tmp_path / "server", shared=made)
    live(own, own.revise("one", lambda before: replace(before, metadata=Metadata(title="The first"))))

    for one in (made, own):
        with pytest.raises(UnknownCitation):
            one.cited(CitationId("nonsense"))


def test_article_that_stands_twice_is_removed_twice_and_restored_once(made: Library, folder: Path) -> None:
    shutil.copy(folder / "one.md", folder / "twin.md")
    live(made, made.reload())

    live(made, made.revise("one", lambda before: replace(before, removed=True)))
    assert [article.id for article in made.current.corpus.articles] == ["two"]
    live(made, made.reload())
    assert [article.id for article in made.current.corpus.articles] == ["two"]
    assert [(one.origin, one.title) for one in made.removed()] == [("one.md", "One"), ("twin.md", "One")]

    live(made, made.restore("one"))
    assert [article.id for article in made.current.corpus.articles] == ["one", "two"]
    with pytest.raises(UnknownArticle, match=r"No removed article is called “Two”\."):
        made.restore("Two")


def test_removal_of_another_article_of_the_file_is_no_part_of_the_next_decision(made: Library, folder: Path) -> None:
    live(made, made.revise("one", lambda before: replace(before, removed=True)))
    write(folder / "one.md", "One of Ostend", SENTENCES[:3])
    live(made, made.reload())
    assert made.removed() == ()

    change = made.revise("one-of-ostend", lambda before: replace(before, metadata=Metadata(publisher="Post")))

    assert change.action == "edit"
    assert change.snapshot.article("one-of-ostend").metadata.publisher == "Post"


def test_file_that_is_called_like_an_upload_is_reported(made: Library, folder: Path) -> None:
    write(folder / "upload:evil.md", "Evil", ["Not uploaded."])

    change = made.reload()

    assert "evil" not in change.snapshot.corpus.by_id
    assert "uploaded files are called like that" in change.difference.problems[0].sentence


def test_version_of_another_process_is_taken_up(made: Library, folder: Path, tmp_path: Path) -> None:
    other = library(folder, tmp_path / "data")
    other.open()
    write(folder / "three.md", "Three", ["A third article, about lamps."])
    live(other, other.reload())

    assert made.follow()
    assert "three" in made.current.corpus.by_id
    assert not made.follow()


def test_who_takes_a_version_up_reads_only_what_is_new_and_writes_nothing(
    made: Library, folder: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    other = library(folder, data)
    other.open()
    old = set((data / "segments").iterdir())
    write(folder / "three.md", "Three", ["A third article, about lamps."])
    live(other, other.reload())
    for path in old:
        path.rename(tmp_path / path.name)
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}

    assert made.follow()

    assert made.current.version == other.current.version
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before


def test_only_the_last_versions_are_kept_and_nothing_else_stays_on_disk(folder: Path, tmp_path: Path) -> None:
    made = library(folder, tmp_path / "data", keep=3)
    for number in range(6):
        write(folder / "one.md", "One", [*SENTENCES[:2], f"Day {number} was cold."])
        live(made, made.reload())

    assert [version.number for version in made.history()] == [6, 5, 4]
    assert len(list((tmp_path / "data" / "versions").iterdir())) == 3
    # One segment for the file that never changed, and one for each day that is kept.
    assert len(list((tmp_path / "data" / "segments").iterdir())) == 4
    with pytest.raises(VersionDamaged):
        made.roll_back(2)


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("place", ["versions", "segments"])
def test_damaged_version_is_said_and_the_newest_intact_one_serves(
    made: Library, folder: Path, tmp_path: Path, place: str
) -> None:
    write(folder / "one.md", "One", ["Only this is left of it."])
    live(made, made.reload())
    damage(max((tmp_path / "data" / place).iterdir(), key=lambda path: path.stat().st_mtime_ns))
    shutil.rmtree(tmp_path / "data" / "volumes")

    again = library(folder, tmp_path / "data")

    assert again.open()
    assert again.version is not None
    assert again.version.number == 1
    assert texts(again.current.corpus, "one") == SENTENCES[:3]
    assert again.complaints == ("Version 2 of the articles cannot be used (its checksum does not fit).",)
    live(again, again.reload())
    assert (again.version.number, len(again.complaints)) == (3, 0)


@pytest.mark.parametrize("restarted", [True, False])
@pytest.mark.parametrize("large", [True, False])
def test_reload_mends_what_was_read_of_the_files_and_nothing_of_moderators_is_lost(
    made: Library, folder: Path, tmp_path: Path, restarted: bool, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(made, made.add(made.uploads.keep("lamps.md", b"# Lamps\n\nOil burns.\n", Metadata(publisher="Coast"))))
    live(made, decide(made, made.current.article("two"), replaced(made, "two", removed=True)))
    right = made.current.corpus
    if restarted:
        made = library(folder, tmp_path / "data")
    for path in (tmp_path / "data" / "segments").iterdir():
        damage(path)
    gc.collect()  # or else somebody may still hold what was read
    if large:
        monkeypatch.setattr("retrieval.library._APART_BYTES", 0)
        monkeypatch.setattr("retrieval.library.SMALL", 0)

    assert made.open()
    assert len(made.complaints) == (0 if large else 1)
    made.check()
    assert [*made.complaints] == [
        "What was read of the files is damaged on disk. The articles are whole; a reload reads all files again."
    ]
    live(made, made.reload())

    again = library(folder, tmp_path / "data")
    assert again.open()
    again.check()
    for one in (made, again):
        assert one.version is not None
        assert (one.version.number, one.complaints, one.current.corpus) == (4, (), right)
        assert [gone.title for gone in one.removed()] == ["Two"]


def test_upload_that_is_damaged_in_both_places_is_told(made: Library, tmp_path: Path) -> None:
    live(made, made.add(made.uploads.keep("lamps.md", b"# Lamps\n\nOil burns.\n", Metadata())))
    for path in [*(tmp_path / "data").rglob("*.file"), *(tmp_path / "data" / "segments").iterdir()]:
        damage(path)
    gc.collect()

    live(made, made.reload())

    assert [problem.sentence for problem in made.current.corpus.problems] == [
        "lamps.md was skipped: it cannot be read (That file is damaged; please upload it again.)."
    ]


def test_every_flipped_byte_is_detected_or_harmless(made: Library, tmp_path: Path) -> None:
    right, right_answers = made.current.corpus, answers(made)
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file() and path.stat().st_size]
    shutil.copytree(tmp_path / "data", tmp_path / "whole")
    chance = random.Random(1)
    for _ in range(1000):
        path = chance.choice(files)
        whole = path.read_bytes()
        data = bytearray(whole)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)

        again = library(None, tmp_path / "data")
        if opened := again.open():
            assert again.current.corpus == right
            assert answers(again) == right_answers
        else:
            assert len(again.complaints) == 1
        if opened and again.current.folder == made.current.folder:
            path.write_bytes(whole)
        else:
            shutil.rmtree(tmp_path / "data")
            shutil.copytree(tmp_path / "whole", tmp_path / "data")


def test_a_crowd_of_segments_becomes_one(folder: Path, tmp_path: Path) -> None:
    made = library(folder, tmp_path / "data", keep=1)
    for number in range(70):
        write(folder / f"day{number}.md", f"Day {number}", [f"On day {number} it rained."])
        live(made, made.reload())

    assert len(list((tmp_path / "data" / "segments").iterdir())) <= 64
    again = library(folder, tmp_path / "data")
    assert again.open()
    assert again.current.corpus == load(folder)


def test_roll_back_brings_the_old_articles_back_as_a_new_version(made: Library, folder: Path) -> None:
    before = made.current.corpus
    (folder / "one.md").unlink()
    live(made, made.reload())

    live(made, made.roll_back(1))

    assert made.current.corpus == before
    assert [(version.number, version.action) for version in made.history()] == [
        (3, "roll back to 1"),
        (2, "reload"),
        (1, "reload"),
    ]


def test_uploaded_article_is_kept_through_reloads_and_its_file_given_back(made: Library, tmp_path: Path) -> None:
    data = b"# Lamps\n\nThe lamps of the harbour were lit at six.\n"
    live(made, made.add(made.uploads.keep("lamps.md", data, Metadata(publisher="Harbour Post"))))
    live(made, made.reload())

    again = library(made.folder, tmp_path / "data")
    assert again.open()
    article = again.current.article("lamps")
    assert article.metadata.publisher == "Harbour Post"
    assert again.original(article) == ("lamps.md", data)


def test_removed_upload_is_gone_and_an_upload_of_the_same_name_takes_its_place(made: Library) -> None:
    for text in (b"# Lamps\n\nLit at six.\n", b"# Lamps\n\nLit at seven.\n"):
        live(made, made.add(made.uploads.keep("lamps.md", text, Metadata())))
    assert texts(made.current.corpus, "lamps") == ["Lit at seven."]

    removed = decide(made, made.current.article("lamps"), replaced(made, "lamps", removed=True))
    live(made, removed)

    assert "lamps" not in made.current.corpus.by_id
    assert not made.state.uploads


def decide(made: Library, article: Article, decision: Decision) -> Change:
    return made.revise(article.id, lambda _: decision)


def replaced(made: Library, article: str, **changes: object) -> Decision:
    origin = made.current.article(article).origin
    return replace(made.state.decisions.get(origin, NOTHING_DECIDED), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "a" * 32, "A" * 32, "\0"])
def test_upload_is_found_by_its_digest_and_by_nothing_else(made: Library, digest: str) -> None:
    with pytest.raises(UnknownUpload):
        made.uploads.find(digest)


def test_upload_whose_bytes_changed_on_disk_is_said_to_be_damaged(made: Library, tmp_path: Path) -> None:
    upload = made.uploads.keep("lamps.md", b"# Lamps\n\nOil burns.\n", Metadata())
    (file,) = (tmp_path / "data").rglob(f"{upload.digest}.file")
    file.write_bytes(b"# Lamps\n\nGas burns.\n")

    with pytest.raises(UnknownUpload, match=r"That file is damaged; please upload it again\."):
        made.uploads.find(upload.digest)


def test_upload_that_nobody_added_is_kept_for_a_day(made: Library) -> None:
    used, looked_at = (made.uploads.keep(name, name.encode(), Metadata()) for name in ("a.txt", "b.txt"))
    now = datetime.now(UTC)

    made.uploads.forget({used.digest}, now + timedelta(hours=23))
    assert made.uploads.find(looked_at.digest) == looked_at
    made.uploads.forget({used.digest}, now + timedelta(hours=25))

    assert made.uploads.find(used.digest) == used
    with pytest.raises(UnknownUpload, match=r"That file is no longer here; please upload it again\."):
        made.uploads.find(looked_at.digest)


def test_article_of_which_every_paragraph_is_taken_out_is_skipped(made: Library, folder: Path) -> None:
    marks = frozenset(words_cited(part.citation) for part in made.current.article("one").paragraphs)
    live(made, decide(made, made.current.article("one"), replaced(made, "one", taken_out=marks)))

    assert [article.id for article in made.current.corpus.articles] == ["two"]
    assert [problem.sentence for problem in made.current.corpus.problems] == [
        "one.md was skipped: no paragraph of an article is left in it."
    ]


def test_files_of_two_versions_are_the_same_however_they_lie_on_disk(folder: Path, tmp_path: Path) -> None:
    at_once, one_by_one = library(folder, tmp_path / "at once"), library(folder, tmp_path / "one by one")
    live(at_once, at_once.reload())
    (folder / "two.md").rename(tmp_path / "two.md")
    live(one_by_one, one_by_one.reload())
    (tmp_path / "two.md").rename(folder / "two.md")
    live(one_by_one, one_by_one.reload())

    assert at_once.state.files == one_by_one.state.files
    assert at_once.state.files != at_once.state.files[:1]


def test_decisions_outlive_a_reload(made: Library, folder: Path) -> None:
    article = made.current.article("one")
    edited = replaced(made, "one", metadata=Metadata(title="The first", publisher="Harbour Post"))
    live(made, decide(made, article, edited))
    taken = replaced(made, "the-first", taken_out=frozenset({fingerprint(SENTENCES[1])}))
    live(made, decide(made, made.current.article("the-first"), taken))
    write(folder / "one.md", "One", [*SENTENCES[:3], "A new last paragraph."])

    live(made, made.reload())

    after = made.current.article("the-first")
    assert after.metadata.publisher == "Harbour Post"
    assert [part.text for part in after.paragraphs] == [SENTENCES[0], SENTENCES[2], "A new last paragraph."]
    assert [(line.text, line.rule) for line in after.left_out if line.rule is Rule.TAKEN_OUT] == [
        (SENTENCES[1], Rule.TAKEN_OUT)
    ]


def test_line_that_was_left_out_is_put_back_in_its_place(folder: Path, tmp_path: Path) -> None:
    (folder / "one.md").write_text(f"# One\n\n{SENTENCES[0]}\n\n## A heading\n\n{SENTENCES[1]}\n")
    made = library(folder, tmp_path / "data")
    live(made, made.reload())

    back = replaced(made, "one", put_back=frozenset({fingerprint("A heading")}))
    live(made, decide(made, made.current.article("one"), back))

    assert texts(made.current.corpus, "one") == [SENTENCES[0], "A heading", SENTENCES[1]]


def test_citations_are_here_moved_reworded_or_removed(made: Library, folder: Path) -> None:
    first, second, third = made.current.article("one").paragraphs
    reworded = SENTENCES[2].replace("closed", "closed again")
    write(folder / "one.md", "One", ["A new beginning stands here now.", SENTENCES[0], reworded])
    live(made, made.reload())

    here = made.cited(made.current.article("two").paragraphs[0].citation, 1)
    moved = made.cited(first.citation, first.number)
    changed = made.cited(third.citation, third.number)
    removed = made.cited(second.citation, second.number)

    assert here.fate is Fate.HERE
    assert (moved.fate, moved.was_number, moved.paragraph and moved.paragraph.number) == (Fate.MOVED, 1, 2)
    assert changed.fate is Fate.CHANGED
    assert changed.was is not None
    assert changed.was.text == SENTENCES[2]
    assert changed.paragraph is not None
    assert changed.paragraph.text == reworded
    assert (removed.fate, removed.article) == (Fate.REMOVED, None)
    assert removed.was is not None
    assert (removed.was.title, removed.was.number, removed.was.text) == ("One", 2, None)


def test_citation_is_followed_through_many_versions_and_a_new_title(
    made: Library, folder: Path, tmp_path: Path
) -> None:
    citation = made.current.article("one").paragraphs[2].citation
    for day in range(15):
        write(folder / "one.md", "One" if day < 8 else "Another name", [*SENTENCES[:2], SENTENCES[2] + " Again." * day])
        live(made, made.reload())

    again = library(folder, tmp_path / "data")
    again.open()
    found = again.cited(citation)

    assert found.fate is Fate.CHANGED
    assert found.article is not None
    assert found.article.id == "another-name"
    assert found.paragraph is not None
    assert found.paragraph.text.endswith("Again.")


def test_citation_that_was_never_given_is_unknown(made: Library) -> None:
    with pytest.raises(UnknownCitation):
        made.cited(CitationId("1.one.aaaaaaaaaaaa"))


def test_servers_collection_has_the_shared_articles_beside_its_own(made: Library, folder: Path, tmp_path: Path) -> None:
    own = library(None, tmp_path / "server", shared=made)
    live(own, own.add(own.uploads.keep("lamps.md", b"# Lamps\n\nLit at six.\n", Metadata())))
    assert sorted(own.current.corpus.by_id) == ["lamps", "one", "two"]
    assert sorted(made.current.corpus.by_id) == ["one", "two"]

    write(folder / "three.md", "Three", ["A third article, about lamps."])
    live(made, made.reload())
    assert own.follow()
    assert sorted(own.current.corpus.by_id) == ["lamps", "one", "three", "two"]

    live(own, own.share(False))
    assert sorted(own.current.corpus.by_id) == ["lamps"]
    with pytest.raises(EmptyCorpus):
        decide(own, own.current.article("lamps"), replaced(own, "lamps", removed=True))


def test_citation_of_a_shared_article_is_followed_in_a_servers_collection(
    made: Library, folder: Path, tmp_path: Path
) -> None:
    citation = made.current.article("one").paragraphs[2].citation
    write(folder / "one.md", "One", [*SENTENCES[:2], SENTENCES[2].replace("closed", "closed again")])
    live(made, made.reload())

    own = library(None, tmp_path / "server", shared=made)
    live(own, own.add(own.uploads.keep("lamps.md", b"# Lamps\n\nLit at six.\n", Metadata())))

    assert own.cited(citation).fate is Fate.CHANGED


def test_citation_under_a_servers_own_title_resolves_though_the_server_slept_through_the_change(
    made: Library, folder: Path, tmp_path: Path
) -> None:
    own = library(None, tmp_path / "server", shared=made)
    live(own, own.revise("one", lambda before: replace(before, metadata=Metadata(title="The first"))))
    changed, kept, gone = (paragraph.citation for paragraph in own.current.article("the-first").paragraphs)

    write(folder / "one.md", "One", ["Gulls nest.", SENTENCES[0].replace("closed", "closed again"), SENTENCES[1]])
    live(made, made.reload())
    again = library(None, tmp_path / "server", shared=made)
    assert again.open()

    assert [again.cited(one).fate for one in (changed, kept)] == [Fate.CHANGED, Fate.HERE]
    assert again.cited(gone).fate is Fate.REMOVED


def test_server_changes_its_own_upload_and_not_a_shared_one_of_the_same_name(made: Library, tmp_path: Path) -> None:
    live(made, made.add(made.uploads.keep("lamps.md", b"# Lamps\n\nLit at six.\n", Metadata())))
    own = library(None, tmp_path / "server", shared=made)
    live(own, own.add(own.uploads.keep("lamps.md", b"# Own lamps\n\nLit at ten.\n", Metadata())))

    live(own, decide(own, own.current.article("lamps"), replaced(own, "lamps", removed=True)))

    assert "lamps" not in own.current.corpus.by_id
    assert "own-lamps" in own.current.corpus.by_id
    assert "lamps" in made.current.corpus.by_id
    assert own.original(own.current.article("own-lamps")) == ("lamps.md", b"# Own lamps\n\nLit at ten.\n")


def test_what_the_operator_decides_holds_beside_what_a_server_decides(made: Library, tmp_path: Path) -> None:
    own = library(None, tmp_path / "server", shared=made)
    mark = frozenset({fingerprint(SENTENCES[0])})
    live(own, decide(own, own.current.article("one"), replaced(own, "one", taken_out=mark)))
    live(made, decide(made, made.current.article("one"), replaced(made, "one", metadata=Metadata(title="The first"))))
    own.follow()

    assert texts(own.current.corpus, "the-first") == SENTENCES[1:3]


def test_change_made_with_outdated_shared_articles_takes_the_new_ones_up(
    made: Library, folder: Path, tmp_path: Path
) -> None:
    own = library(None, tmp_path / "server", shared=made)
    change = own.add(own.uploads.keep("lamps.md", b"# Lamps\n\nLit at six.\n", Metadata()))
    (folder / "one.md").unlink()
    live(made, made.reload())

    live(own, change)
    own.follow()

    assert sorted(own.current.corpus.by_id) == ["lamps", "two"]


def test_paragraph_of_many_articles_is_furniture_unless_it_is_put_back() -> None:
    motto = "The paper for everyone who lives between the hills and the sea."
    files = [
        FileRead(f"{n}.txt", str(n), (Draft(f"Title {n}", (Line(1, f"{SENTENCES[n]} " * 3), Line(2, motto))),))
        for n in range(4)
    ]

    corpus = assembled(files, {})

    assert all(len(article.paragraphs) == 1 for article in corpus.articles)
    assert {line.rule for article in corpus.articles for line in article.left_out} == {Rule.FURNITURE}


def test_copies_of_an_article_do_not_erase_it() -> None:
    files = [
        FileRead(
            f"{n}.txt",
            str(n),
            (Draft("Title", (*(Line(at, text) for at, text in enumerate(SENTENCES)), Line(99, f"Saved {n} times."))),),
        )
        for n in range(4)
    ]

    corpus = assembled(files, {})

    assert all(len(article.paragraphs) == len(SENTENCES) + 1 for article in corpus.articles)


PARAGRAPHS = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4, unique=True)
NAMES = st.sampled_from(["a", "b", "c"])


class Moderated(RuleBasedStateMachine):
    """Any sequence of add, edit, remove, reload and roll back."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.folder = self.place / "articles"
        self.folder.mkdir()
        write(self.folder / "always.md", "Always", ["This paragraph stays here for ever."])
        self.library = library(self.folder, self.place / "data", keep=4)
        self.issued: set[CitationId] = set()

    @initialize()
    def start(self) -> None:
        self.do(self.library.reload())

    @rule(name=NAMES, paragraphs=PARAGRAPHS)
    def write_and_reload(self, name: str, paragraphs: list[str]) -> None:
        write(self.folder / f"{name}.md", name.upper(), paragraphs)
        self.do(self.library.reload())

    @rule(name=NAMES)
    def delete_and_reload(self, name: str) -> None:
        (self.folder / f"{name}.md").unlink(missing_ok=True)
        self.do(self.library.reload())

    @rule(name=NAMES, paragraphs=PARAGRAPHS)
    def add(self, name: str, paragraphs: list[str]) -> None:
        text = "\n\n".join([f"# Upload {name}", *paragraphs])
        with contextlib.suppress(UnreadableFile):  # the same again adds nothing
            self.do(self.library.add(self.library.uploads.keep(f"{name}.md", text.encode(), Metadata())))

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        article = data.draw(st.sampled_from(self.library.current.corpus.articles))
        if article.id != "always":
            self.do(decide(self.library, article, replaced(self.library, article.id, removed=True)))

    @rule(name=NAMES, new=NAMES)
    def rename_and_reload(self, name: str, new: str) -> None:
        if (self.folder / f"{name}.md").exists():
            (self.folder / f"{name}.md").rename(self.folder / f"{new}.md")
        self.do(self.library.reload())

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        if removed := self.library.removed():
            self.do(self.library.restore(data.draw(st.sampled_from(removed)).name))

    @rule(data=st.data(), title=st.sampled_from(["New title", "Another title"]))
    def edit(self, data: st.DataObject, title: str) -> None:
        article = data.draw(st.sampled_from(self.library.current.corpus.articles))
        if article.id != "always":
            self.do(decide(self.library, article, replaced(self.library, article.id, metadata=Metadata(title=title))))

    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        version = data.draw(st.sampled_from(self.library.history()))
        self.do(self.library.roll_back(version.number))

    @rule()
    def restart(self) -> None:
        before = self.library.current.corpus
        self.library = library(self.folder, self.place / "data", keep=4)
        assert self.library.open()
        assert self.library.current.corpus == before

    def do(self, change: Change) -> None:
        live(self.library, change)
        self.issued |= {paragraph.citation for _, paragraph in self.library.current.corpus.places}

    @invariant()
    def every_citation_ever_issued_resolves(self) -> None:
        for citation in self.issued:
            found = self.library.cited(citation)
            assert (found.fate is Fate.REMOVED) == (found.paragraph is None)
            if found.fate in (Fate.HERE, Fate.MOVED):
                assert found.paragraph is not None
                assert found.paragraph.citation.split(".")[2] == citation.split(".")[2]

    @invariant()
    def equal_to_one_built_afresh(self) -> None:
        state = self.library.state
        if self.library.version is not None:
            assert self.library.current.corpus == assembled(state.files, state.decisions)

    def teardown(self) -> None:
        self.library.activate(self.library.reload(), by="test", at=NOW)
        fresh = library(self.folder, self.place / "fresh")
        for source in self.library.state.files:
            if source.source.startswith("upload:"):
                fresh.uploads.keep(
                    source.source.removeprefix("upload:"), self.library.uploads.find(source.digest).data, Metadata()
                )
        fresh._loose = self.library.state
        assert fresh.reload().snapshot.corpus == self.library.current.corpus
        shutil.rmtree(self.place)


TestModerated = Moderated.TestCase
TestModerated.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)


def answers(library: Library) -> list[object]:
    questions = [
        "Was the harbour closed in 1990?",
        "ferry ice winter",
        "the mayr and the brigde",
        "school river market",
    ]
    return [library.current.version, [*library.current.languages]] + [
        library.current.search(one, 5) for one in questions
    ]


def volumes(data: Path) -> list[Path]:
    return [path for path in (data / "volumes").iterdir() if path.is_dir()]


def test_started_library_answers_as_the_one_that_read_the_files(made: Library, folder: Path, tmp_path: Path) -> None:
    write(folder / "three.md", "Three", [*SENTENCES[2:], "A straße, a fjord, naïve NAÏVE and U.S. 10,375."])
    (folder / "one.md").unlink()
    live(made, made.reload())
    fresh = library(folder, tmp_path / "other")
    live(fresh, fresh.reload())

    again = library(folder, tmp_path / "data")
    again.open()

    assert again.current.folder == made.current.folder
    assert answers(again) == answers(made) == answers(fresh)


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[:-9], lambda data: data[:-9] + b"?" + data[-8:]]
)
@pytest.mark.parametrize("name", ["terms/row.npy", "articles/record_letters.npy", "about.json"])
def test_damaged_volume_is_made_again(
    made: Library, tmp_path: Path, name: str, damage: Callable[[bytes], bytes]
) -> None:
    (before,) = volumes(tmp_path / "data")
    (before / name).write_bytes(damage((before / name).read_bytes()))

    again = library(None, tmp_path / "data")

    assert again.open()
    assert again.complaints == ()
    assert answers(again) == answers(made)
    assert again.current.folder != before
    third = library(None, tmp_path / "data")
    third.open()
    assert third.current.folder == again.current.folder


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells what is in memory.")
def test_memory_of_what_is_served_and_of_what_was_before_is_given_back(
    made: Library, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.volumes.SMALL", 0)
    for name in ("three", "four"):
        write(folder / f"{name}.md", name, SENTENCES[4:])
        live(made, made.reload())
    right = answers(made)
    assert mapped_memory(tmp_path / "data")

    made.rest()

    assert not mapped_memory(tmp_path / "data")
    assert answers(made) == right


def test_what_is_damaged_in_a_large_volume_is_never_quoted_and_made_again_soon(
    made: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("retrieval.volumes.SMALL", 0)
    right = answers(made)
    (before,) = volumes(tmp_path / "data")
    records = before / "articles" / "record_letters.npy"
    records.write_bytes(records.read_bytes().replace(b"harbour", b"harvest"))

    again = library(None, tmp_path / "data")
    again.open()

    with pytest.raises(ArticleDamaged, match="cannot be read from the disk any more"):
        answers(again)
    again.check()
    assert answers(again) == right
    assert "damaged on disk; it is made again" in caplog.text
    assert volumes(tmp_path / "data") == [again.current.folder]


def test_what_another_process_makes_is_what_is_made_here(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = library(folder, tmp_path / "here")
    monkeypatch.setattr("retrieval.volumes._APART_CHARACTERS", 0)
    apart = library(folder, tmp_path / "apart")

    for sentences in (SENTENCES[6:], SENTENCES[5:], []):
        for made in (here, apart):
            live(made, made.reload())
        assert answers(apart) == answers(here)
        write(folder / "three.md", "Three", ["A lamp for the ferry of 1996.", *sentences])


LEFT_BEHIND = """
import os, subprocess, sys
print("no memory", file=sys.stderr, flush=True)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20)"])
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize(("code", "status"), [("raise SystemExit('no memory')", 1), (LEFT_BEHIND, -9)])
def test_process_that_cannot_make_an_index_costs_nothing_that_was_there(
    made: Library,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    code: str,
    status: int,
) -> None:
    right = answers(made)
    monkeypatch.setattr("retrieval.volumes._APART_CHARACTERS", 0)
    monkeypatch.setattr("retrieval.indexing.COMMAND", ("-c", code))
    write(folder / "three.md", "Three", ["A lamp for the ferry."])

    began = time.monotonic()
    with pytest.raises(IndexingFailed, match=f"its process ended with status {status}"):
        made.reload()
    assert answers(made) == right
    assert volumes(tmp_path / "data") == [made.current.folder]
    assert "no memory" in caplog.text
    assert time.monotonic() - began < 15


def test_large_volume_that_cannot_be_opened_is_made_again(
    made: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.volumes.SMALL", 0)
    for name in ("terms/row.npy", "engine", "articles/id_ends.npy"):
        (place,) = volumes(tmp_path / "data")
        if name == "engine":
            numbers = np.load(place / "terms" / "paragraph_article.npy")
            np.save(place / "terms" / "paragraph_article.npy", numbers + 1000)
        else:
            (place / name).write_bytes(b"")

        again = library(None, tmp_path / "data")

        assert again.open()
        assert answers(again) == answers(made)


def test_damage_of_what_is_served_is_not_taken_over(made: Library, folder: Path, tmp_path: Path) -> None:
    (place,) = volumes(tmp_path / "data")
    np.save(place / "terms" / "row.npy", np.zeros_like(np.load(place / "terms" / "row.npy")))
    write(folder / "three.md", "Three", ["A lamp for the ferry."])

    live(made, made.reload())

    fresh = library(folder, tmp_path / "fresh")
    live(fresh, fresh.reload())
    assert answers(made) == answers(fresh)


def test_what_is_not_kept_is_made_again_for_now_and_not_for_the_next_start(
    made: Library, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "three.md", "Three", ["A lamp for the ferry."])
    with monkeypatch.context() as full:
        full.setattr(made._store.versions, "save", lambda *_: (_ for _ in ()).throw(OSError(28, "disk full")))  # type: ignore[union-attr]
        live(made, made.reload())
    served = made.current.folder
    assert served is not None
    (served / "terms" / "row.npy").write_bytes(b"")

    made.check()

    assert made.unkept == "disk full"
    assert made.current.search("A lamp", 1).passages
    again = library(folder, tmp_path / "data")
    again.open()
    assert len(again.current.corpus.articles) == 2


def test_check_leaves_alone_what_another_process_serves(made: Library, folder: Path, tmp_path: Path) -> None:
    other = library(folder, tmp_path / "data")
    other.open()
    write(folder / "three.md", "Three", ["A lamp for the ferry."])
    live(other, other.reload())

    made.check()

    assert volumes(tmp_path / "data") == [other.current.folder]
    assert made.follow()
    assert made.current.folder == other.current.folder


def test_check_makes_nothing_where_nothing_is_damaged(made: Library, folder: Path, tmp_path: Path) -> None:
    nothing, unkept = library(None, tmp_path / "nothing"), Library(folder)
    live(unkept, unkept.reload())
    shared = library(None, tmp_path / "server", shared=made)
    served = [made.current, unkept.current, shared.current]

    for one in (made, unkept, shared, nothing):
        one.check()

    assert [made.current, unkept.current, shared.current] == served
    assert made.current.folder is not None
    shutil.rmtree(made.current.folder)
    made.check()
    assert made.current is served[0]


def test_damaged_volume_of_what_no_version_holds_is_made_again(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "versions").write_text("a file where the folder should be")
    made = library(folder, tmp_path / "data")
    live(made, made.reload())
    right, (before,) = answers(made), volumes(tmp_path / "data")
    (before / "terms" / "row.npy").write_bytes(b"")

    made.check()

    assert made.unkept
    assert made.current.folder != before
    assert answers(made) == right


def test_damaged_volume_of_a_server_is_made_again_for_the_next_start_too(
    made: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = library(None, tmp_path / "server", shared=made)
    live(own, own.add(own.uploads.keep("lamps.md", b"# Lamps\n\nLit at six.\n", Metadata())))
    right, before = answers(own), own.current.folder
    assert before is not None
    (before / "terms" / "row.npy").write_bytes(b"")

    own.check()

    assert caplog.messages == ["What the articles are searched with is damaged on disk; it is made again."]
    assert own.current.folder != before
    assert sorted(own.current.corpus.by_id) == ["lamps", "one", "two"]
    again = library(None, tmp_path / "server", shared=made)
    again.open()
    assert again.current.folder == own.current.folder
    assert answers(again) == answers(own) == right
    assert not again.follow()


def test_volume_of_another_revision_is_not_used(made: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.volumes.revision", lambda: "another")

    again = library(None, tmp_path / "data")
    again.open()

    assert again.current.folder != made.current.folder
    assert answers(again) == answers(made)


def test_only_the_volume_that_is_served_stays(folder: Path, tmp_path: Path) -> None:
    made = library(folder, tmp_path / "data")
    for number in range(5):
        write(folder / "one.md", "One", [f"On day {number} it rained."])
        live(made, made.reload())

    assert volumes(tmp_path / "data") == [made.current.folder]


def test_reload_that_changes_nothing_makes_nothing(made: Library, tmp_path: Path) -> None:
    before = volumes(tmp_path / "data")

    change = made.reload()
    live(made, change)

    assert volumes(tmp_path / "data") == before == [made.current.folder]
    assert change.difference.nothing


def test_server_with_articles_of_its_own_starts_with_what_it_had(made: Library, tmp_path: Path) -> None:
    server = library(None, tmp_path / "server", shared=made)
    live(server, server.add(server.uploads.keep("own.md", b"# Own\n\nA lamp for the harbour.\n", Metadata())))

    again = library(None, tmp_path / "server", shared=made)
    again.open()

    assert again.current.folder == server.current.folder
    assert answers(again) == answers(server)


def test_killed_at_any_moment_the_next_start_serves_a_whole_version(tmp_path: Path) -> None:
    killing = subprocess.run(
        [sys.executable, "-m", "tests.killing", str(tmp_path), "200"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert killing.returncode == 0, killing.stderr
    assert killing.stdout.startswith("200 kills")
    assert int(killing.stdout.split()[-3]) > 20


def test_versions_are_plain_json(made: Library, tmp_path: Path) -> None:
    for path in (tmp_path / "data").rglob("*.json*"):
        for line in path.read_text().split("\n}\n"):
            assert (
                json.loads(line.splitlines()[0]) is not None
                if path.suffix == ".jsonl"
                else json.loads(path.read_text())
            )


def test_versions_keep_what_can_be_translated_and_older_ones_are_read(tmp_path: Path) -> None:
    versions = Versions(tmp_path, keep=2)
    said = Phrase("{name} was skipped: {reason}.", name="a.txt", reason=Phrase("the file is empty"))
    for number, problem in ((1, said), (2, "as an older Quoth wrote it")):
        version = Version(number, datetime.now(UTC), "test", "reload", "", 0, 0, 0, 0, 0)
        versions.save(version, State((FileRead("a.txt", "0", problem=problem),)), "readers", None)

    (kept,), (older,) = (versions.load(number).state.files for number in (1, 2))
    assert isinstance(kept.problem, Phrase)
    assert (kept.problem.message, kept.problem.values) == (said.message, said.values)
    assert isinstance(kept.problem.values["reason"], Phrase)
    assert older.problem == "as an older Quoth wrote it"


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, sprung: Path) -> None:
        self._sprung = sprung

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._sprung,)


@pytest.mark.parametrize("small", [0, 10**9])
def test_what_is_pickled_into_a_volume_is_refused_and_does_not_run(
    made: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    # Of large volumes the sizes alone are looked at before they are opened.
    monkeypatch.setattr("retrieval.volumes.SMALL", small)
    for name in ("terms/row.npy", "articles/id_ends.npy"):
        (place,) = volumes(tmp_path / "data")
        size = (place / name).stat().st_size
        np.save(place / name, np.array([Trap(tmp_path / "sprung")], dtype=object), allow_pickle=True)
        data = (place / name).read_bytes()
        (place / name).write_bytes(data.ljust(size, b"\0"))

        again = library(None, tmp_path / "data")

        assert again.open()
        assert answers(again) == answers(made)
        assert not (tmp_path / "sprung").exists()
        np.load(io.BytesIO(data), allow_pickle=True)
        assert (tmp_path / "sprung").exists(), "it would have run"
        (tmp_path / "sprung").unlink()
