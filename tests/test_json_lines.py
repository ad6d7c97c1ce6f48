"""Many articles in one file, an object a line: the good lines are read, the others are named."""

from __future__ import annotations

import json
from datetime import date

import pytest

from retrieval.errors import UnreadableFile
from retrieval.formats.json_lines import read
from retrieval.model import Metadata
from retrieval.reading import MAX_FILE_BYTES, read_here


def lines(*objects: object) -> bytes:
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in objects).encode()


def test_each_line_is_an_article_with_its_metadata() -> None:
    first, second = read(
        lines(
            {"title": "Ice", "text": "The harbour froze.\n\nIt thawed\non Tuesday.", "published": "2031-02-03"},
            {"paragraphs": ["One ferry left.", " ", "Then another."], "author": ["A. Brook", "B. Hill"]},
        )
    )

    assert (first.title, first.paragraphs) == ("Ice", ("The harbour froze.", "It thawed\non Tuesday."))
    assert first.metadata == Metadata(title="Ice", published=date(2031, 2, 3))
    assert (second.title, second.paragraphs) == (None, ("One ferry left.", "Then another."))
    assert second.metadata.author == "A. Brook, B. Hill"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nonsense", "it is not JSON at character 1"),
        (b'["a list"]', "it is JSON, but no object in braces"),
        (b'{"title": "Ice"}', "it has neither “text”, a text, nor “paragraphs”, a list of texts"),
        (b'{"paragraphs": [1]}', "it has neither “text”, a text, nor “paragraphs”, a list of texts"),
        (b'{"text": "a", "paragraphs": ["b"]}', "it has both “text” and “paragraphs”"),
        (b'{"text": " \\u0000 "}', "it has no text"),
        (b'{"text": "half \\ud800"}', "it holds half a letter"),
        (b"[" * 200_000, "it is JSON of a kind that nobody writes by hand or program"),
        (b'{"n": ' + b"9" * 5000 + b"}", "it is JSON of a kind that nobody writes by hand or program"),
    ],
)
def test_bad_line_is_named_and_the_others_are_read(line: bytes, reason: str) -> None:
    (draft,) = read(b"\n" + line + b'\n{"text": "The harbour froze."}\n')

    assert draft.paragraphs == ("The harbour froze.",)
    assert draft.remarks == (f"line 2 was left out: {reason}",)


def test_other_names_are_told_once() -> None:
    first, second = read(lines({"text": "A.", "id": 1, "tags": []}, {"text": "B.", "id": 2}))

    assert first.remarks == (
        "of each line only text, paragraphs, title, author, publisher, published, url, language are read; "
        "passed over: id, tags",
    )
    assert second.remarks == ()


def test_statement_of_no_use_is_told_with_its_line() -> None:
    _, second = read(lines({"text": "A."}, {"text": "B.", "published": "soon"}))

    assert second.remarks == ("line 2: published “soon” is not a date like 2021-02-01; it was left out",)


def test_file_without_an_article_is_refused_with_the_first_reason() -> None:
    with pytest.raises(UnreadableFile, match="no article was found in it \\(line 1 was left out: it is not JSON"):
        read(b"The harbour froze.\nThen it thawed.\n")


def test_statements_beside_a_file_of_many_articles_are_of_all_but_their_titles() -> None:
    found = read_here(
        "news.jsonl", lines({"title": "A", "text": "A."}, {"text": "B."}), b'title = "x"\npublisher = "Post"'
    )

    assert [(draft.metadata.title, draft.metadata.publisher) for draft in found.drafts] == [
        ("A", "Post"),
        (None, "Post"),
    ]


def test_file_that_grew_beyond_the_limit_is_not_read() -> None:
    found = read_here("news.jsonl", bytes(MAX_FILE_BYTES + 1))

    assert (found.drafts, str(found.problem)) == ((), "it has 5 MB, and 5 MB is the limit")
