"""A file as it was read, or an article ↔ JSON, for the disk and between processes. Nothing in it can execute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from retrieval.assembling import FileRead
from retrieval.decisions import Decision
from retrieval.formats import Draft
from retrieval.metadata import metadata_of, statements_of
from retrieval.model import Article, LeftOut, Line, Paragraph, Problem, Rule
from retrieval.phrases import phrase_json, phrase_of


def record_of(file: FileRead) -> dict[str, Any]:
    """*file* in terms of JSON."""
    return {
        "source": file.source,
        "digest": file.digest,
        "problem": phrase_json(file.problem),
        "drafts": [
            {
                "title": draft.title,
                "part": draft.part,
                "lines": [[line.line, line.text] for line in draft.lines],
                "notices": _left_out_json(draft.notices),
                "left_out": _left_out_json(draft.left_out),
                "metadata": statements_of(draft.metadata),
                "remarks": [phrase_json(remark) for remark in draft.remarks],
            }
            for draft in file.drafts
        ],
    }


def file_of(record: Mapping[str, Any]) -> FileRead:
    """The file that `record_of` gave *record* for.

    Raises:
        KeyError, ValueError, TypeError: It is no such record.

    """
    drafts = (
        Draft(
            title=draft["title"],
            lines=tuple(Line(line, text) for line, text in draft["lines"]),
            notices=_left_out(draft["notices"]),
            left_out=_left_out(draft["left_out"]),
            metadata=metadata_of(draft["metadata"]),
            remarks=tuple(map(phrase_of, draft["remarks"])),
            part=draft["part"],
        )
        for draft in record["drafts"]
    )
    return FileRead(record["source"], record["digest"], tuple(drafts), phrase_of(record["problem"]))


def record_of_article(article: Article) -> list[Any]:
    """*article* in terms of JSON."""
    return [
        article.id,
        article.title,
        [[paragraph.citation, paragraph.text] for paragraph in article.paragraphs],
        article.source,
        article.digest,
        statements_of(article.metadata),
        _left_out_json(article.notices),
        _left_out_json(article.left_out),
        article.part,
    ]


def article_of(record: Sequence[Any]) -> Article:
    """The article that `record_of_article` gave *record* for."""
    name, title, paragraphs, source, digest, metadata, notices, left_out, part = record
    return Article(
        name,
        title,
        tuple(Paragraph(citation, number, text) for number, (citation, text) in enumerate(paragraphs, start=1)),
        source,
        digest,
        metadata_of(metadata),
        _left_out(notices),
        _left_out(left_out),
        part,
    )


def problem_json(problem: Problem) -> list[Any]:
    """*problem* in terms of JSON."""
    return [problem.source, phrase_json(problem.sentence), problem.skipped]


def problem_of(record: Sequence[Any]) -> Problem:
    """The problem that `problem_json` gave *record* for."""
    source, sentence, skipped = record
    return Problem(source, phrase_of(sentence), skipped)


def decision_json(decision: Decision) -> dict[str, Any]:
    """*decision* in terms of JSON."""
    return {
        "removed": decision.removed,
        "metadata": statements_of(decision.metadata),
        "put_back": sorted(decision.put_back),
        "taken_out": sorted(decision.taken_out),
        "title": decision.title,
    }


def decision_of(record: Mapping[str, Any]) -> Decision:
    """The decision that `decision_json` gave *record* for."""
    return Decision(
        record["removed"],
        metadata_of(record["metadata"]),
        frozenset(record["put_back"]),
        frozenset(record["taken_out"]),
        record["title"],
    )


def _left_out_json(lines: Iterable[LeftOut]) -> list[list[Any]]:
    return [[line.line, line.text, line.rule.value] for line in lines]


def _left_out(lines: Sequence[Sequence[Any]]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(line, text, Rule(rule)) for line, text, rule in lines)
