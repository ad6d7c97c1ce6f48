"""Reads `.txt`: a text, often a web page saved as text, with the page's furniture around the article."""

from __future__ import annotations

from retrieval.cleaning import clean
from retrieval.formats.decoding import decoded
from retrieval.formats.draft import Draft
from retrieval.model import Line


def read(data: bytes) -> tuple[Draft, ...]:
    """The article in *data*.

    Raises:
        UnreadableFile: *data* is no text.

    """
    text, doubts = decoded(data)
    page = clean(text)
    draft = Draft(
        title=page.title,
        lines=tuple(Line(paragraph.line, paragraph.text) for paragraph in page.paragraphs),
        notices=page.notices,
        left_out=page.left_out,
        remarks=doubts,
    )
    return (draft,)
