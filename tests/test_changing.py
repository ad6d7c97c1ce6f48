"""A large collection is changed by a process of its own, and nobody can tell from what comes of it."""

from __future__ import annotations

import contextlib
import random
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Never

import pytest

from retrieval.decisions import Decision
from retrieval.errors import EmptyCorpus, IndexingFailed, QuothError, StaleChange
from retrieval.library import Change, Library, Store
from retrieval.model import Metadata
from retrieval.processes import command, done_apart
from retrieval.splitting import fingerprint
from retrieval.versions import Versions
from retrieval.volumes import intact

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUESTIONS = ("When was the harbour closed?", "Who mended the ferry?", "a lamp", "volcano")
HARBOUR = ["The harbour was closed in 1990.", "The ferry was mended by the mayor.", "Ice covered the river."]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    write(made / "harbour.md", "Harbour", HARBOUR)
    write(made / "bakery.md", "Bakery", ["A baker bought a new oven.", "The oven burned for a week."])
    write(made / "school.md", "School", ["The school has a tower.", "Its bell was cast in 1812."])
    (made / "empty.txt").write_text("")
    return made


def write(path: Path, title: str, paragraphs: list[str]) -> None:
    path.write_text("\n\n".join([f"# {title}", *paragraphs]) + "\n", encoding="utf-8")


@pytest.fixture
def apart(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A library whose folder counts as large."""
    monkeypatch.setattr("retrieval.library._APART_BYTES", -1)
    return Library(folder, store=Store.at(tmp_path / "apart", keep=3))


@pytest.fixture
def here(folder: Path, tmp_path: Path) -> Library:
    return Library(folder, store=Store.at(tmp_path / "here", keep=3), asked=False)


def live(made: Library, change: Change) -> Change:
    made.activate(change, by="test", at=NOW)
    return change


def told(change: Change) -> tuple[object, ...]:
    """All that a change says of itself."""
    its = change.difference
    counts = (its.unchanged, its.problems, its.paragraphs_added, its.paragraphs_removed)
    changes = (tuple(its.added), tuple(its.removed), tuple(its.changed))
    state = (tuple(change.state.files), change.state.decisions, change.state.shared, change.state.folder)
    return changes, counts, set(its.successors), its.nothing, state, change.readers, change.retired


def asked(made: Library) -> list[object]:
    return [made.current.version, *(made.current.search(question, 5) for question in QUESTIONS)]


def test_what_a_process_of_its_own_reads_is_what_is_read_here(apart: Library, here: Library, folder: Path) -> None:
    def same() -> None:
        one, other = apart.reload(), here.reload()
        assert told(one) == told(other)
        live(apart, one)
        live(here, other)
        assert asked(apart) == asked(here)
        assert apart.version == here.version
        assert apart.current.corpus == here.current.corpus

    same()
    for made in (apart, here):
        upload = made.uploads.keep("lamp.md", b"# Lamp\n\nA lamp stood on the quay.\n", Metadata())
        live(made, made.add(upload))
    write(folder / "harbour.md", "Harbour", [HARBOUR[2], HARBOUR[0].replace("1990", "1991"), "A crane came."])
    (folder / "bakery.md").unlink()
    (folder / "school.md").rename(folder / "tower.md")
    same()
    again = Library(folder, store=Store.at(folder.parent / "apart", keep=3))
    again.open()
    assert asked(again) == asked(here)


Doing = Callable[[Library], Change]


def nobody(*_: object) -> Never:
    """Stands where articles are put together, while another process does that."""
    raise AssertionError


def lamp(text: str) -> Doing:
    return lambda made: made.add(made.uploads.keep("lamp.md", f"# Lamp\n\n{text}\n".encode(), Metadata(author="Eva")))


def revised(name: str, decide: Callable[[Decision], Decision]) -> Doing:
    return lambda made: made.revise(name, decide)


def removed(name: str) -> Doing:
    return revised(name, lambda before: replace(before, removed=True))


def test_what_moderators_decide_in_a_process_of_its_own_is_what_they_decide_here(
    apart: Library, here: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = frozenset({fingerprint(HARBOUR[2])})
    # The same words once more, of which something is decided already.
    (folder / "harbour.md").rename(folder / "port.md")
    for made in (apart, here):
        live(made, made.reload())
        live(made, revised("harbour", lambda before: replace(before, metadata=Metadata(publisher="Port")))(made))
    write(folder / "harbour.md", "Harbour", HARBOUR)
    for made in (apart, here):
        live(made, made.reload())
        assert made.current.article("harbour").metadata.publisher is None
    doings: list[Doing] = [
        lamp("A lamp stood on the quay."),
        revised("bakery", lambda before: replace(before, metadata=Metadata(publisher="Post"))),
        revised("bakery", lambda before: replace(before, metadata=replace(before.metadata, author="Ida"))),
        revised("harbour", lambda before: replace(before, taken_out=before.taken_out | out)),
        revised("harbour", lambda before: replace(before, taken_out=before.taken_out - out)),
        lamp("The lamp was lit."),
        removed("harbour"),
        removed("lamp"),
        lambda made: made.restore("Harbour"),
        lambda made: made.roll_back(made.history()[-2].number),
    ]

    for doing in doings:
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr("retrieval.library.assembled", nobody)
            one = doing(apart)
        other = doing(here)
        assert told(one) == told(other)
        assert (one.action, one.about) == (other.action, other.about)
        live(apart, one)
        live(here, other)
        assert asked(apart) == asked(here)
        assert apart.current.corpus == here.current.corpus
        assert apart.version == here.version


def test_why_moderators_cannot_decide_something_is_told_as_if_it_happened_here(
    apart: Library, here: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for made in (apart, here):
        live(made, made.reload())
        live(made, lamp("A lamp stood on the quay.")(made))
    doings: list[Doing] = [
        lamp("A lamp stood on the quay."),
        lambda made: made.add(made.uploads.keep("empty.md", b"", Metadata())),
        lambda made: made.restore("nowhere"),
        lambda made: made.roll_back(99),
    ]

    for doing in doings:
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr("retrieval.library.assembled", nobody)
            with pytest.raises(QuothError) as one:
                doing(apart)
        with pytest.raises(QuothError) as other:
            doing(here)
        assert type(one.value) is type(other.value)
        assert one.value.phrase == other.value.phrase


def test_change_that_is_outdated_when_it_is_made_is_refused_and_not_made_once_more(
    apart: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(apart, apart.reload())
    author = revised("bakery", lambda before: replace(before, metadata=Metadata(author="Ida")))(apart)

    def taken_away(*_: object) -> Never:
        live(apart, author)
        raise FileNotFoundError

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("retrieval.volumes.Volumes.take", taken_away)
        meanwhile.setattr("retrieval.library.assembled", nobody)
        with pytest.raises(StaleChange):
            removed("school")(apart)
    assert apart.current.article("bakery").metadata.author == "Ida"


def test_reload_that_finds_nothing_new_makes_no_version_and_no_index(apart: Library, tmp_path: Path) -> None:
    live(apart, apart.reload())
    before = apart.current

    change = live(apart, apart.reload())

    assert change.difference.nothing
    assert apart.current is before
    assert [version.number for version in apart.history()] == [1]
    assert [path for path in (tmp_path / "apart" / "volumes").iterdir() if path.is_dir()] == [before.folder]


def test_volume_that_another_process_takes_away_meanwhile_is_not_missed(
    here: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(here, here.reload())
    write(folder / "school.md", "School", ["The school burned down."])

    def taken_away_afterwards(place: Path) -> bool:
        whole = intact(place)
        (place / "terms" / "paragraph_start.npy").unlink()
        return whole

    monkeypatch.setattr("retrieval.volumes.intact", taken_away_afterwards)
    change = here.reload()
    monkeypatch.undo()
    live(here, change)

    (found,) = here.current.search("Did the school burn down?", 1).passages
    assert found.paragraph.text == "The school burned down."


def test_files_that_changed_are_told_from_those_before_without_reading_either(
    apart: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(apart, apart.reload())
    write(folder / "school.md", "School", ["The school burned down."])
    change = apart.reload()
    read: list[str] = []
    segment = Versions._segment

    def noted(versions: Versions, name: str) -> bytes:
        read.append(name)
        return segment(versions, name)

    monkeypatch.setattr(Versions, "_segment", noted)

    live(apart, change)

    assert not read
    assert [version.number for version in apart.history()] == [2, 1]
    assert apart.state == change.state
    assert apart.state.files[0].source == "bakery.md"
    assert read


def test_how_far_it_is_is_told_meanwhile(apart: Library) -> None:
    heard: list[tuple[int, int, bool]] = []

    def note(done: int, of: int, /, *, indexing: bool = False) -> None:
        heard.append((done, of, indexing))

    live(apart, apart.reload(note))
    files = [one[:2] for one in heard if not one[2]]
    articles = [one[:2] for one in heard if one[2]]

    assert (files[0], files[-1]) == ((0, 4), (4, 4))
    assert (articles[0], articles[-1]) == ((0, 3), (3, 3))
    assert heard == [*((*one, False) for one in files), *((*one, True) for one in articles)]


def test_what_it_comes_upon_is_told_as_if_it_happened_here(apart: Library, here: Library, folder: Path) -> None:
    for path in folder.glob("*.md"):
        path.unlink()

    with pytest.raises(EmptyCorpus) as one:
        apart.reload()
    with pytest.raises(EmptyCorpus) as other:
        here.reload()

    assert str(one.value) == str(other.value)
    assert "empty.txt was skipped: the file is empty." in str(one.value)
    assert one.value.phrase.values.keys() == other.value.phrase.values.keys()


def test_a_version_that_somebody_else_made_in_the_meantime_is_not_passed_over(
    apart: Library, here: Library, folder: Path, tmp_path: Path
) -> None:
    live(apart, apart.reload())
    other = Library(folder, store=Store.at(tmp_path / "apart", keep=3), asked=False)
    other.open()
    write(folder / "new.md", "New", ["Something new."])
    live(other, other.reload())
    (folder / "new.md").unlink()

    with pytest.raises(StaleChange):
        apart.reload()
    assert apart.follow()
    assert [one.article.id for one in apart.reload().difference.removed] == ["new"]


def test_where_nothing_can_be_kept_the_folder_is_read_all_the_same(
    apart: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    live(apart, apart.reload())
    versions = tmp_path / "apart" / "versions"
    versions.rename(tmp_path / "aside")
    versions.write_text("no folder")
    write(tmp_path / "articles" / "new.md", "New", ["A lamp was lit."])

    live(apart, apart.reload())

    assert "A change is made by the bot itself" in caplog.text
    assert apart.unkept
    assert apart.current.search("Who lit the lamp?", 1).passages[0].article.id == "new"


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)", "1 / 0"])
def test_process_that_ends_costs_nothing_that_was_there(
    apart: Library, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    live(apart, apart.reload())
    before = asked(apart)
    monkeypatch.setattr("retrieval.changing.COMMAND", ("-c", code))
    write(folder / "new.md", "New", ["Something new."])

    with pytest.raises(IndexingFailed, match="ended with status"):
        apart.reload()

    assert asked(apart) == before
    assert "ended with status" in caplog.text


def test_process_without_anybody_who_waits_for_it_ends() -> None:
    code = (
        "import time; from retrieval.processes import serve; serve(lambda *_: [print(1, flush=True), time.sleep(60)])"
    )
    started = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdin=-1, stdout=-3, stderr=-1, text=True)\n"
        "child.stdin.write('{}'); child.stdin.close(); child.stderr.readline(); print(child.pid)"
    )
    done = subprocess.run([sys.executable, "-c", started, code], capture_output=True, text=True, timeout=60, check=True)

    status = Path("/proc", done.stdout.strip(), "stat")
    end = time.monotonic() + 30
    while status.exists() and ") Z " not in status.read_text():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_what_a_process_prints_is_not_taken_for_its_answer(caplog: pytest.LogCaptureFixture) -> None:
    code = (
        "import warnings; from retrieval.processes import serve\n"
        "def work(asked, told):\n    print('[\"done\", 1]'); told(asked); return [asked, 'é']\n"
        "serve(work)"
    )
    heard: list[object] = []

    assert done_apart(("-c", code), {"ask": "ü"}, heard.append) == [{"ask": "ü"}, "é"]
    assert heard == [{"ask": "ü"}]
    assert '["done", 1]' in caplog.text


def test_process_knows_neither_token_nor_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "canary")
    monkeypatch.setenv("QUOTH_DATABASE_URL", "canary")
    code = "import os; from retrieval.processes import serve; serve(lambda *_: sorted(os.environ.items()))"

    assert "canary" not in str(done_apart(("-c", code), None))


def test_what_is_started_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "retrieval.py").write_text("raise SystemExit('somebody else’s')")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(IndexingFailed):
        done_apart(command("retrieval.no_such_module"), None)
    assert stat.S_ISREG((tmp_path / "retrieval.py").stat().st_mode)


def test_process_that_says_nothing_any_more_is_ended_and_the_next_reload_works(
    apart: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as hanging:
        hanging.setattr("retrieval.processes.SILENT_SECONDS", 1.0)
        hanging.setattr("retrieval.changing.COMMAND", ("-c", "import time; time.sleep(600)"))
        with pytest.raises(IndexingFailed):
            apart.reload()

    assert "has said nothing for 1 seconds; it is ended" in caplog.text
    live(apart, apart.reload())
    assert apart.current.search("Who mended the ferry?", 1).passages


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux lets a process offer itself.")
def test_where_memory_runs_out_a_process_is_ended_before_the_bot() -> None:
    code = (
        "from pathlib import Path; from retrieval.processes import serve\n"
        "serve(lambda *_: int(Path('/proc/self/oom_score_adj').read_text()))"
    )

    assert done_apart(("-c", code), None) == 1000


def test_what_a_killed_reload_left_behind_is_taken_away_at_the_next_start(apart: Library, tmp_path: Path) -> None:
    live(apart, apart.reload())
    served = apart.current.folder
    left = tmp_path / "apart" / "volumes" / "0123456789abcdef"
    (left / "articles").mkdir(parents=True)
    (left / "articles" / "record_letters.npy").write_bytes(b"half of it")

    again = Library(tmp_path / "articles", store=Store.at(tmp_path / "apart", keep=3))
    again.open()
    again.check()

    assert [path for path in (tmp_path / "apart" / "volumes").iterdir() if path.is_dir()] == [served]


def test_killed_at_any_moment_of_a_large_reload_the_next_start_serves_a_whole_version(
    apart: Library, folder: Path, tmp_path: Path
) -> None:
    live(apart, apart.reload())
    code = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime; import retrieval.library as library\n"
        "library._APART_BYTES = -1\n"
        "made = library.Library(Path(sys.argv[1]), store=library.Store.at(Path(sys.argv[2]), keep=3)); made.open()\n"
        "print('begun', flush=True); made.activate(made.reload(), by='test', at=datetime.now(UTC)); print('done')"
    )
    chance = random.Random(5)
    done = 0
    for number in range(12):
        write(folder / "harbour.md", "Harbour", [*HARBOUR, f"On day {number} it rained."])
        arguments = [sys.executable, "-c", code, str(folder), str(tmp_path / "apart")]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            program.stdout.readline()
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(chance.uniform(0.1, 4.0))
            program.kill()
            done += "done" in program.stdout.read()

        again = Library(folder, store=Store.at(tmp_path / "apart", keep=3))
        assert again.open()
        assert again.complaints == ()
        assert again.version is not None
        again.check()
        shown = {paragraph.text for _, paragraph in again.current.corpus.places}
        rained = [text for text in shown if "it rained" in text]
        assert len(rained) == (again.version.number > 1)
        assert again.current.search("When was the harbour closed?", 1).passages
    live(again, again.reload())
    assert f"On day {number} it rained." in {part.text for _, part in again.current.corpus.places}
    assert 0 <= done < 12


def test_what_only_questions_need_is_not_loaded_by_a_process_that_nobody_asks(
    here: Library, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[bool] = []
    monkeypatch.setattr("retrieval.snapshot.keep_model", lambda: loaded.append(True))
    (folder / "sq.md").write_text("---\nlanguage: sq\n---\n# Ura\n\nKush e ndërtoi urën?\n", encoding="utf-8")
    live(here, here.reload())
    assert not loaded

    assert Library(folder, store=Store.at(tmp_path / "here", keep=3)).open()
    assert loaded
