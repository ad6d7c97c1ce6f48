"""Reads `.md`: front matter for the metadata, blocks for the paragraphs, the words without their markup."""

from __future__ import annotations

from collections.abc import Iterator

import frontmatter
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from retrieval.errors import N_, UnreadableFile
from retrieval.formats.decoding import decoded
from retrieval.formats.draft import Draft
from retrieval.metadata import metadata_from
from retrieval.model import LeftOut, Line, Rule

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def read(data: bytes) -> tuple[Draft, ...]:
    """The article in *data*: a paragraph for each paragraph, list item, table row and code block.

    The first heading of the first level is the title where the front matter names none; other headings are left out.

    Raises:
        UnreadableFile: *data* is no text, or its front matter is not YAML.

    """
    text, doubts = decoded(data)
    try:
        statements, body = frontmatter.parse(text)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise UnreadableFile(N_("its front matter cannot be read at line {line}"), line=line) from error
    metadata, remarks = metadata_from({str(name): value for name, value in statements.items()})
    first_line = text.count("\n", 0, max(text.find(body), 0)) if body else 0
    title = metadata.title
    lines = []
    left_out = []
    for level, line, block in _blocks(body):
        if level == 0:
            lines.append(Line(first_line + line, block))
        elif level == 1 and title is None and not lines:
            title = block
            left_out.append(LeftOut(first_line + line, block, Rule.TITLE))
        else:
            rule = Rule.TITLE if block == title else Rule.HEADING
            left_out.append(LeftOut(first_line + line, block, rule))
    draft = Draft(
        title=title,
        lines=tuple(lines),
        left_out=tuple(left_out),
        metadata=metadata,
        remarks=(*doubts, *remarks),
    )
    return (draft,)


def _blocks(body: str) -> Iterator[tuple[int, int, str]]:
    """(heading level or 0, line from 1, text) of each block of *body* that holds words."""
    level = 0
    row: list[str] | None = None
    for token in _MARKDOWN.parse(body):
        line = token.map[0] + 1 if token.map else 1
        if token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "tr_open":
            row, row_line = [], line
        elif token.type == "tr_close" and row is not None:
            if any(row):
                yield 0, row_line, " | ".join(row)
            row = None
        elif token.type == "inline":
            text = _words(token)
            if row is not None:
                row.append(text)
            elif text:
                yield level, line, text
        elif token.type in ("fence", "code_block") and token.content.strip():
            yield 0, line, token.content.strip("\n")


def _words(inline: Token) -> str:
    """What a reader of the rendered page would read."""
    parts = []
    for token in inline.children or ():
        if token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "image":
            parts.append(_words(token))
        else:
            parts.append(token.content)
    return "".join(parts).strip()
