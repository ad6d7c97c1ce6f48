"""What became of paragraphs that were cited once: one line for each that a change took away, and never one less."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from retrieval.model import Article, CitationId, Paragraph
from retrieval.splitting import fingerprint, words_cited


@dataclass(frozen=True, slots=True)
class Retired:
    """A paragraph that is no longer in the articles under the citation it had."""

    citation: CitationId
    title: str
    """Of its article then."""
    number: int
    """Its number then."""
    text: str | None
    """Its wording then; None where the paragraph is gone, whose words nobody needs to keep."""
    heir: CitationId | None
    """What became of it; None if it is gone."""


class Ledger:
    """The retired paragraphs of one collection, in a file of JSON lines that only grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._retired: dict[CitationId, Retired] = {}
        self._by_words: dict[str, Retired] = {}
        self._size = 0

    def retire(self, gone: Iterable[tuple[Article, Paragraph, CitationId | None]]) -> None:
        """Note each paragraph, with its article and what it became.

        Raises:
            OSError: It could not be written; this process knows it all the same.

        """
        entries = [
            Retired(paragraph.citation, article.title, paragraph.number, None if heir is None else paragraph.text, heir)
            for article, paragraph, heir in gone
        ]
        if not entries:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._read()
        for entry in entries:
            self._note(entry)
        rows = [[entry.citation, entry.title, entry.number, entry.text, entry.heir] for entry in entries]
        with self._path.open("ab") as file:
            # A line that a crash cut off ends here.
            file.write(b"\n" + b"".join(json.dumps(row).encode("ascii") + b"\n" for row in rows))
            file.flush()
            os.fsync(file.fileno())
            self._size = file.tell()

    def find(self, citation: CitationId) -> Retired | None:
        """The latest that is known of the paragraph; None if it was never retired."""
        self._read()
        return self._retired.get(citation)

    def find_words(self, mark: str) -> Retired | None:
        """The latest that is known of a paragraph of that fingerprint, whatever its article was called."""
        self._read()
        return self._by_words.get(mark)

    def _note(self, entry: Retired) -> None:
        self._retired[entry.citation] = entry
        self._by_words[words_cited(entry.citation)] = entry

    def _read(self) -> None:
        size = self._path.stat().st_size if self._path.exists() else 0
        if size != self._size:  # another process writes too
            for line in self._path.read_bytes().split(b"\n"):
                entry = _retired(line)
                if entry is not None:
                    self._note(entry)
            self._size = size


def _retired(line: bytes) -> Retired | None:
    """The entry in *line*; None for a line that is not as it was written."""
    try:
        citation, title, number, text, heir = json.loads(line)
        intact = text is None or fingerprint(text) == words_cited(citation)
        return Retired(citation, title, int(number), text, heir) if intact else None
    except (ValueError, TypeError, AttributeError, IndexError):
        return None
