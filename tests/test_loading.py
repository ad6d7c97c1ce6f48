"""Folders as people leave them: what can be read is read, and everything else is named in a sentence."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from retrieval.errors import EmptyCorpus, FolderMissing, UnreadableFile
from retrieval.glances import SETTLED_NANOSECONDS, Glances
from retrieval.library import Library
from retrieval.loading import load, original, read_folder
from retrieval.model import Metadata, Rule
from retrieval.reading import MAX_FILE_BYTES
from retrieval.splitting import fingerprint
from tests.browser import ROOT

STORY = "The harbour froze on Monday and the ferries stayed in port.\n\nOn Tuesday the ice broke, and the first ferry left.\n"


def sentences(folder: Path) -> list[str]:
    return [problem.sentence for problem in load(folder).problems]


def test_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing, match="There is no folder"):
        load(tmp_path / "nowhere")


def test_empty_folder_is_said_when_it_should_serve(tmp_path: Path) -> None:
    library = Library(tmp_path)

    with pytest.raises(EmptyCorpus, match="There is no article that can be read"):
        library.reload()


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("empty.txt", b"", "empty.txt was skipped: the file is empty."),
        ("blank.md", b" \n\n ", "blank.md was skipped: the file is empty."),
        ("photo.txt", bytes(range(256)) * 9, "photo.txt was skipped: it holds binary data, not text."),
        (
            "text.docx",
            b"PK",
            "text.docx was skipped: only .txt, .md, .html, .htm, .pdf, .rss, .atom, .xml, .jsonl, .ndjson files are read.",
        ),
        ("lonely.toml", b'title = "x"', "lonely.toml was skipped: there is no article of that name beside it."),
        ("heads.md", b"# Only\n\n## Headings\n", "heads.md was skipped: no paragraph of an article was found in it."),
        ("yaml.md", b"---\ntitle: [\n---\nText.\n", "yaml.md was skipped: its front matter cannot be read at line 3."),
    ],
)
def test_file_that_cannot_be_used_is_named_and_the_others_are_read(
    tmp_path: Path, name: str, data: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "story.md").write_text(STORY)

    assert sentences(tmp_path) == [sentence]
    assert len(load(tmp_path).articles) == 1


def test_file_of_50_megabytes_is_named_and_not_read(tmp_path: Path) -> None:
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(50 * 1024**2)

    assert sentences(tmp_path) == ["big.txt was skipped: it has 50 MB, and 5 MB is the limit."]


def test_file_at_the_limit_is_read(tmp_path: Path) -> None:
    sentence = "The harbour froze again. "
    (tmp_path / "book.md").write_text(sentence * (MAX_FILE_BYTES // len(sentence)))

    assert len(load(tmp_path).articles) == 1


@pytest.mark.parametrize(
    ("encoding", "doubt"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", None),
        ("utf-16-le", "story.txt: read as UTF-16, which the file does not say; check its letters."),
        ("utf-16-be", "story.txt: read as UTF-16, which the file does not say; check its letters."),
        ("utf-32", None),
        ("cp1252", "story.txt: not UTF-8 at byte 0, read as Windows-1252; check its letters."),
    ],
)
def test_encodings_are_read_and_doubts_are_told(tmp_path: Path, encoding: str, doubt: str | None) -> None:
    text = "“Élan” is what the café’s owner called it on Monday, and the ferries – all of them – stayed in port."
    (tmp_path / "story.txt").write_bytes(text.encode(encoding))

    corpus = load(tmp_path)

    assert [paragraph.text for paragraph in corpus.articles[0].paragraphs] == [text]
    assert [(problem.sentence, problem.skipped) for problem in corpus.problems] == ([(doubt, False)] if doubt else [])


def test_russian_of_another_age_is_read(tmp_path: Path) -> None:
    text = "Гавань замёрзла в понедельник, и паромы остались в порту до самого вечера вторника.\n"
    (tmp_path / "old.txt").write_bytes(text.encode("cp1251"))

    (article,) = load(tmp_path).articles

    assert article.paragraphs[0].text == text.strip()


def test_sidecar_states_what_the_text_does_not(tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text(STORY)
    (tmp_path / "story.toml").write_text(
        'title = "Ice"\nauthor = "A. Writer"\npublisher = "Harbour Post"\npublished = 2021-02-01\n'
        'url = "https://example.org/ice"\nlanguage = "en-GB"\n'
    )

    (article,) = load(tmp_path).articles

    assert article.title == "Ice"
    assert article.metadata == Metadata(
        "Ice", "A. Writer", "Harbour Post", date(2021, 2, 1), "https://example.org/ice", "en"
    )


@pytest.mark.parametrize("stated", ["no", "No", "NO", '"no"', "no-NO"])
def test_norwegian_in_front_matter_is_no_denial(stated: str, tmp_path: Path) -> None:
    (tmp_path / "story.md").write_text(f"---\nlanguage: {stated}\n---\n{STORY}")

    corpus = load(tmp_path)

    assert (corpus.articles[0].metadata.language, corpus.problems) == ("no", ())


def test_statements_of_no_use_are_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "story.md").write_text(
        "---\npublished: yesterday\nurl: javascript:alert(1)\nlanguage: Klingon-ish\nmood: cold\n"
        f"publisher: Harbour Post\n---\n{STORY}"
    )

    corpus = load(tmp_path)

    assert corpus.articles[0].metadata == Metadata(publisher="Harbour Post")
    assert [problem.sentence for problem in corpus.problems] == [
        "story.md: published “yesterday” is not a date like 2021-02-01; it was left out.",
        "story.md: url “javascript:alert(1)” is not a web address; it was left out.",
        "story.md: language “Klingon-ish” is not a language code like en; it was left out.",
        "story.md: “mood” is none of title, author, publisher, published, url, language; it was passed over.",
    ]


def test_broken_sidecar_is_told_and_the_article_is_read(tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text(STORY)
    (tmp_path / "story.toml").write_text("title = \n")

    corpus = load(tmp_path)

    assert len(corpus.articles) == 1
    assert corpus.problems[0].sentence.startswith("story.txt: story.toml cannot be read and was left out")


def test_markdown_gives_the_words_without_their_markup(tmp_path: Path) -> None:
    (tmp_path / "story.md").write_text(
        "---\nauthor: A. Writer\n---\n# The *ice*\n\nThe **harbour** [froze](https://e.example)\non `Monday`.\n\n"
        "## Later\n\n- one ferry\n- two ferries\n\n| port | ice |\n|---|---|\n| north | thick |\n\n> “Cold,” he said.\n"
    )

    (article,) = load(tmp_path).articles

    assert article.title == "The ice"
    assert [paragraph.text for paragraph in article.paragraphs] == [
        "The harbour froze\non Monday.",
        "one ferry",
        "two ferries",
        "port | ice",
        "north | thick",
        "“Cold,” he said.",
    ]
    assert [(line.line, line.text, line.rule) for line in article.left_out] == [
        (4, "The ice", Rule.TITLE),
        (9, "Later", Rule.HEADING),
    ]


@pytest.mark.parametrize(
    ("written", "paragraphs"),
    [
        ("| port | ice |\n|---|---|\n|  |  |\n| north | thick |", ["port | ice", "north | thick"]),
        ("The harbour froze.\n\n![](pier.png)", ["The harbour froze."]),
        (
            "The harbour froze.\n\n```\nport: closed\nice: thick\n```",
            ["The harbour froze.", "port: closed\nice: thick"],
        ),
        ("![The pier](pier.png) at noon", ["The pier at noon"]),
    ],
)
def test_markdown_without_words_is_no_paragraph_and_code_and_captions_are(
    tmp_path: Path, written: str, paragraphs: list[str]
) -> None:
    (tmp_path / "story.md").write_text(written)

    (article,) = load(tmp_path).articles

    assert [paragraph.text for paragraph in article.paragraphs] == paragraphs


@pytest.mark.parametrize(
    ("statement", "metadata", "remarks"),
    [
        ("published: 2031-02-03 10:30:00", Metadata(published=date(2031, 2, 3)), []),
        (
            "author: {name: Ada Brook}",
            Metadata(),
            ["story.md: author is not a line of text; it was left out."],
        ),
    ],
)
def test_front_matter_is_read_as_yaml_has_it(
    tmp_path: Path, statement: str, metadata: Metadata, remarks: list[str]
) -> None:
    (tmp_path / "story.md").write_text(f"---\n{statement}\n---\n{STORY}")

    assert load(tmp_path).articles[0].metadata == metadata
    assert sentences(tmp_path) == remarks


def test_articles_of_one_title_have_different_ids(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# News\n\nThe harbour froze.\n")
    (tmp_path / "b.md").write_text("# News\n\nThe harbour thawed.\n")

    first, second = load(tmp_path).articles

    assert first.id == "news"
    assert second.id.startswith("news-")


def test_article_whose_short_id_another_title_has_gets_a_long_one(tmp_path: Path) -> None:
    mark = fingerprint("c.md")[:6]
    for name, title, text in (
        ("a", "News", "It froze."),
        ("b", f"News {mark}", "It thawed."),
        ("c", "News", "It sank."),
    ):
        (tmp_path / f"{name}.md").write_text(f"# {title}\n\n{text}\n")

    ids = {article.paragraphs[0].text: article.id for article in load(tmp_path).articles}

    assert (ids["It froze."], ids["It thawed."]) == ("news", f"news-{mark}")
    assert ids["It sank."].startswith("news-")
    assert len(ids["It sank."]) > len(ids["It thawed."])


def test_same_article_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(STORY)
    (tmp_path / "b.md").write_text(STORY)

    assert sentences(tmp_path) == ["b.md was skipped: a.md holds the same article."]


def test_articles_of_one_title_in_one_file_have_different_ids(tmp_path: Path) -> None:
    lines = ['{"title": "News", "text": "The harbour froze."}', '{"title": "News", "text": "The harbour thawed."}']
    lines.append('{"title": "News", "text": "The harbour froze again."}')
    (tmp_path / "news.jsonl").write_text("\n".join(lines))

    articles = load(tmp_path).articles

    assert len({article.id for article in articles}) == 3
    assert all(original(tmp_path, article) == "\n".join(lines).encode() for article in articles)


def test_same_article_twice_in_one_file_is_read_once(tmp_path: Path) -> None:
    line = '{"title": "Ice", "text": "The harbour froze."}\n'
    (tmp_path / "news.jsonl").write_text(line * 2)

    assert sentences(tmp_path) == ["“Ice” in news.jsonl was skipped: news.jsonl holds the same article."]
    assert len(load(tmp_path).articles) == 1


def test_links_out_of_the_folder_pipes_and_hidden_files_are_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "x.txt").write_text(STORY)
    (tmp_path / "secret.txt").write_text(STORY)
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    os.mkfifo(folder / "pipe.txt")
    (folder / "elsewhere").symlink_to(tmp_path)

    assert load(folder).articles == ()
    linked, *rest = sentences(folder)
    assert linked == "elsewhere was skipped: it is a link to a folder; put the folder itself here."
    assert rest[0] == "link.txt was skipped: it is a link to a place outside the folder."
    assert rest[1].startswith("loop.txt was skipped: it cannot be read (")
    assert rest[2] == "pipe.txt was skipped: it is not a regular file."


def test_device_is_not_read(tmp_path: Path) -> None:
    try:
        # The numbers of /dev/zero, which never ends.
        os.mknod(tmp_path / "zero.txt", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("Nobody may make a device on this machine.")

    assert load(tmp_path).articles == ()
    assert sentences(tmp_path) == ["zero.txt was skipped: it is not a regular file."]


def test_original_is_the_untouched_file_or_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_bytes(STORY.encode("utf-16"))
    (article,) = load(tmp_path).articles

    assert original(tmp_path, article) == path.read_bytes()
    path.write_text("Something else.")
    with pytest.raises(UnreadableFile, match="has changed since it was read"):
        original(tmp_path, article)
    path.unlink()
    with pytest.raises(UnreadableFile, match="is no longer in the folder"):
        original(tmp_path, article)


def later() -> int:
    """A time at which everything written until now has settled."""
    return time.time_ns() + 2 * SETTLED_NANOSECONDS


READS_TWICE = """
import sys, time
from pathlib import Path
from retrieval.glances import SETTLED_NANOSECONDS, Glances
from retrieval.loading import read_folder

glances = Glances(lambda: time.time_ns() + int(sys.argv[2]) * SETTLED_NANOSECONDS)
known = {file.source: file for file in read_folder(Path(sys.argv[1]), glances=glances)}
opened = []
sys.addaudithook(lambda event, its: opened.append(its[0]) if event == "open" else None)
assert read_folder(Path(sys.argv[1]), known, glances=glances) == list(known.values())
print(any(str(path).endswith("story.txt") for path in opened))
"""


@pytest.mark.parametrize(("settled", "opened"), [(2, False), (0, True)])
def test_file_that_has_settled_is_not_opened_again(tmp_path: Path, settled: int, opened: bool) -> None:
    (tmp_path / "story.txt").write_text(STORY, encoding="utf-8")

    # An audit hook stays for the life of its process.
    done = subprocess.run(
        [sys.executable, "-c", READS_TWICE, str(tmp_path), str(settled)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout == f"{opened}\n"


@pytest.mark.parametrize("clock", [later, time.time_ns])
def test_edit_that_keeps_size_and_time_is_noticed(tmp_path: Path, clock: Callable[[], int]) -> None:
    path, glances = tmp_path / "story.txt", Glances(clock)
    path.write_text(STORY, encoding="utf-8")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    known = {file.source: file for file in read_folder(tmp_path, {}, glances=glances)}
    before = path.stat()
    path.write_text(STORY.replace("Monday", "Friday"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    (again,) = read_folder(tmp_path, known, glances=glances)

    assert again != known["story.txt"]


def test_settled_file_is_not_opened_again_until_it_or_its_sidecar_changes(tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text(STORY, encoding="utf-8")
    file = read_folder(tmp_path)[0]
    taken = ((1, 2, 3), ())
    glances = Glances()
    glances.remember(path, taken, file.digest)

    assert glances.digest(path, taken) == file.digest
    assert glances.digest(path, ((1, 2, 4), ())) is None
    assert glances.digest(path, ((1, 2, 3), (5,))) is None
    assert glances.digest(path, None) is None
    assert glances.stamps(path, tmp_path / "story.toml") is None


def test_one_paragraph_of_20000_characters_is_one_paragraph(tmp_path: Path) -> None:
    text = "zebra " * 3334
    (tmp_path / "long.txt").write_text(text)

    (article,) = load(tmp_path).articles

    assert [paragraph.text for paragraph in article.paragraphs] == [text.strip()]
