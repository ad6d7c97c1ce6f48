"""The engine of large collections: tantivy, which changes as little as its collection does.

tantivy/        tantivy's own files: once written they do not change, so what two states share lies there once
marks.npy       16 bytes that stand for each group of documents
numbers.npy     the number under which the documents of each group are indexed
counts.npy      how many numbers were ever given, and how many of their groups are gone
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tantivy import Document, Index, Occur, Query, SchemaBuilder, Searcher

from retrieval.columns import loaded, saved
from retrieval.index import NO_HITS, Hits, Postings, WeightedTerm

_WRITER_BYTES: Final = 64_000_000
_PLACE_BITS: Final = 32
_MOST_GONE: Final = 0.1
"""Share of what was ever indexed that may be gone: what is gone counts in tantivy's idf until it is merged away."""

_FILES: Final = "tantivy"
_REWRITTEN: Final = ("meta.json", ".managed.json")
"""The files that tantivy writes anew under the same name."""

_MARK_BYTES: Final = 16

_SCHEMA: Final = (
    SchemaBuilder()
    .add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    # A text, because deleting by an unsigned field deletes nothing.
    .add_text_field("group", tokenizer_name="raw", index_option="basic")
    .add_unsigned_field("place", fast=True)
    .build()
)


def tantivy_engine(postings: Postings, folder: Path | None = None, before: Path | None = None) -> TantivyIndex:
    """Tantivy's index, in memory without a *folder*; see `retrieval.index.Engine`.

    tantivy keeps a paragraph's length in one byte, so scores, and with them the order of what is nearly equal, differ a
    little from those of rank-bm25.
    """
    if folder is not None and (folder / _FILES).exists():
        index = Index(_SCHEMA, path=str(folder / _FILES))
        return TantivyIndex(index, postings, loaded(folder, mapped=False)["numbers"])
    marks = _marks(postings)
    held, next_number, gone = _taken_over(folder, before, marks)
    index = Index(_SCHEMA, path=str(_made(folder / _FILES))) if folder else Index(_SCHEMA)
    wanted = set(marks)
    out = [number for mark, number in held.items() if mark not in wanted]
    new = [at for at, mark in enumerate(marks) if mark not in held]
    for number, at in enumerate(new, start=next_number):
        held[marks[at]] = number
    if out or new:
        _write(index, postings, out, [(at, held[marks[at]]) for at in new])
    numbers = np.array([held[mark] for mark in marks], dtype=np.int64)
    if folder is not None:
        counts = np.array([next_number + len(new), gone + len(out)], dtype=np.int64)
        letters = np.frombuffer(b"".join(marks), dtype=np.uint8)
        saved(folder, {"marks": letters, "numbers": numbers, "counts": counts})
    return TantivyIndex(index, postings, numbers)


class TantivyIndex:
    """One state of what is indexed; see `retrieval.index.Index`."""

    name = "tantivy"

    def __init__(self, index: Index, postings: Postings, numbers: NDArray[np.int64]) -> None:
        """*numbers*: under which the documents of each group are indexed."""
        # Without this a thread would look twice a second whether somebody changes it.
        index.config_reader("manual")
        index.reload()
        self._searcher: Searcher = index.searcher()
        self._first: NDArray[np.int64] = np.zeros(int(numbers.max(initial=-1)) + 1, dtype=np.int64)
        """The position of the first document of a group, by the group's number."""
        self._first[numbers] = postings.group_first[:-1]

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> Hits:
        """See `Index.search`."""
        if not terms or limit < 1:
            return NO_HITS
        query = Query.boolean_query(
            [
                (Occur.Should, Query.boost_query(Query.term_query(_SCHEMA, "terms", term.text, "freq"), term.weight))
                for term in terms
            ]
        )
        hits = self._searcher.search(query, limit, count=False).hits
        if not hits:
            return NO_HITS
        its_scores, addresses = zip(*hits, strict=True)
        places = np.array(self._searcher.fast_field_values("place", list(addresses)), dtype=np.int64)
        groups, offsets = np.divmod(places, 1 << _PLACE_BITS)
        positions, scores = self._first[groups] + offsets, np.array(its_scores)
        best = np.lexsort((positions, -scores))
        return Hits(positions[best], scores[best])

    def serve(self) -> None:
        """Nobody else searches it."""

    def close(self) -> None:
        """Its files are forgotten with their folder."""


def _marks(postings: Postings) -> list[bytes]:
    return [hashlib.blake2b(repr(group).encode(), digest_size=_MARK_BYTES).digest() for group in postings.groups()]


def _taken_over(folder: Path | None, before: Path | None, marks: Sequence[bytes]) -> tuple[dict[bytes, int], int, int]:
    """What *folder* has of the index in *before* for a start: numbers by mark, how many were given and are gone."""
    if folder is None or before is None or not (before / _FILES).exists():
        return {}, 0, 0
    columns: Mapping[str, NDArray[Any]] = loaded(before, mapped=False)
    letters = columns["marks"].tobytes()
    numbers = columns["numbers"].tolist()
    held = {letters[at * _MARK_BYTES : (at + 1) * _MARK_BYTES]: number for at, number in enumerate(numbers)}
    given, gone = columns["counts"].tolist()
    wanted = set(marks)
    new = sum(mark not in held for mark in wanted)
    if gone + sum(mark not in wanted for mark in held) > _MOST_GONE * (given + new):
        return {}, 0, 0
    _made(folder / _FILES)
    for path in (before / _FILES).iterdir():
        if path.suffix == ".lock":
            continue  # one file would be one lock
        target = folder / _FILES / path.name
        try:
            (shutil.copyfile if path.name in _REWRITTEN else os.link)(path, target)
        except OSError:  # a file system without links
            shutil.copyfile(path, target)
    return held, given, gone


def _write(index: Index, postings: Postings, gone: Sequence[int], new: Sequence[tuple[int, int]]) -> None:
    """*gone*: numbers of groups; *new*: place of a group among the postings, and its number."""
    writer = index.writer(_WRITER_BYTES, num_threads=1)
    for number in gone:
        writer.delete_documents_by_term("group", str(number))
    for at, number in new:
        first, end = postings.group_first[at : at + 2].tolist()
        for position in range(first, end):
            document = Document()
            document.add_text("terms", " ".join(postings.terms(position)))
            document.add_text("group", str(number))
            document.add_unsigned("place", number << _PLACE_BITS | position - first)
            writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
