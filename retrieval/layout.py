"""The row of a collection's terms and what its stretches belong to.

All terms of a collection stand in one row, article after article: the title, then the paragraphs in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.signedinteger[Any]]
"""Offsets into the row, or numbers of paragraphs or articles; those that are kept have 32 bits, so a row 2³¹ terms."""


@dataclass(frozen=True)
class Layout:
    """Where titles, paragraphs and sentences stand in the row. Paragraphs are numbered as in `Corpus.places`."""

    paragraph_start: Places
    paragraph_end: Places
    paragraph_article: Places
    """Number of the article that a paragraph belongs to."""
    title_start: Places
    title_end: Places
    article_end: Places
    """An article starts where its title does."""
    sentence_start: Places
    sentence_end: Places
    sentence_from: Places
    """Where a sentence starts and ends in the text of its paragraph, in characters."""
    sentence_to: Places
    first_sentence: Places
    """Number of a paragraph's first sentence; one more entry than paragraphs. Every paragraph has at least one."""


def differs(values: Places) -> NDArray[np.bool_]:
    """Whether each value is another than the one before it."""
    different = np.ones(len(values), dtype=bool)
    different[1:] = values[1:] != values[:-1]
    return different


def stretches(owners: Places, starts: Places, ends: Places) -> tuple[Places, Places]:
    """(owner, offset) for every offset from start up to, and without, end."""
    lengths = ends - starts
    before = np.cumsum(lengths, dtype=np.int32) - lengths
    return np.repeat(owners, lengths), np.arange(lengths.sum(), dtype=np.int32) + np.repeat(starts - before, lengths)
