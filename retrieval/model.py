"""The values everything else passes around: frozen, comparable, and free of behaviour that needs a file or a clock."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import NewType

ArticleId = NewType("ArticleId", str)
"""The slug of an article: lower-case words of its title joined by hyphens."""

CitationId = NewType("CitationId", str)
"""Names one paragraph by its words; made and taken apart in `retrieval.splitting`."""


class Rule(StrEnum):
    """Why a line of a file is not a paragraph of its article."""

    NAVIGATION = "navigation"
    """Furniture before the article: menus, section names, skip links."""
    TITLE = "title"
    """The title itself, which is shown with every paragraph."""
    CAPTION = "caption"
    """A picture's caption, which saved pages repeat."""
    FURNITURE = "furniture"
    """Anything else around or inside the article: buttons, teasers, counters, related links."""
    HEADING = "heading"
    """A heading inside the article."""
    CREDIT = "credit"
    """Who wrote or supplied the article; kept as a notice."""
    NOTICE = "notice"
    """What the publisher wants said with the article; kept as a notice."""
    TAKEN_OUT = "taken out"
    """A moderator took it out."""


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of a file that is a paragraph of its article."""

    line: int
    """Number of its first line in the file, from 1; in a file without lines, its place among the pieces."""
    text: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line of the file that `/ask` never returns, and the rule that says so."""

    line: int
    """Number of the line in the file, from 1."""
    text: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says about its article. What it does not say is None, and never guessed."""

    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: date | None = None
    url: str | None = None
    language: str | None = None
    """ISO 639-1 code."""

    @property
    def day(self) -> str | None:
        """The date of publication as 2021-02-01."""
        return self.published.isoformat() if self.published else None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of an article, letter by letter as the file has it."""

    citation: CitationId
    number: int
    """Position in the article, from 1."""
    text: str


@dataclass(frozen=True)
class Article:
    """An article as read: what can be quoted, what is kept beside it and what was left out."""

    id: ArticleId
    title: str
    paragraphs: tuple[Paragraph, ...]
    source: str
    """Path of the file inside the collection's folder, with forward slashes; `upload:<name>` for an uploaded one."""
    digest: str
    """BLAKE2b of the file, and of what stands beside it, in hexadecimal."""
    metadata: Metadata = field(default_factory=Metadata)
    notices: tuple[LeftOut, ...] = ()
    """Credits and legal notices: shown with the source, never an answer."""
    left_out: tuple[LeftOut, ...] = ()
    part: str = ""
    """Which article of the file it is, where a file may hold several; empty where it holds one."""

    def __hash__(self) -> int:
        """Of what the article was read from, so that hashing takes no time even for a book."""
        return hash((self.id, self.digest))

    @cached_property
    def words(self) -> bytes:
        """BLAKE2b of the title and the paragraphs, which is all that is analysed of an article."""
        digest = hashlib.blake2b(digest_size=16)
        for text in (self.title, *(paragraph.text for paragraph in self.paragraphs)):
            digest.update(f"{len(text)} {text}\n".encode("utf-8", "surrogatepass"))
        return digest.digest()

    @property
    def origin(self) -> str:
        """Names the article by its place among the files, whatever moderators call it."""
        return f"{self.source}#{self.part}" if self.part else self.source


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be used, or only with a doubt, in a sentence."""

    source: str
    sentence: str
    """A `Phrase`."""
    skipped: bool = True
    """False when the article was read all the same."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """The articles of one collection, ordered by id, with what could not be read."""

    articles: Sequence[Article]
    problems: tuple[Problem, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[ArticleId, Article]:
        """Every article under its id."""
        return {article.id: article for article in self.articles}

    @cached_property
    def by_title(self) -> Sequence[Article]:
        """Every article, by title whatever its case."""
        return tuple(sorted(self.articles, key=lambda article: article.title.casefold()))

    @cached_property
    def places(self) -> Sequence[tuple[Article, Paragraph]]:
        """Every paragraph with its article; its index in this sequence is the paragraph's position everywhere."""
        return tuple((article, paragraph) for article in self.articles for paragraph in article.paragraphs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Corpus):
            return NotImplemented
        return self.problems == other.problems and tuple(self.articles) == tuple(other.articles)

    __hash__ = object.__hash__

    def contents(self) -> Mapping[ArticleId, object]:
        """Of every article what is equal for equal articles."""
        return self.by_id


class Outcome(StrEnum):
    """What the articles have to say about a question."""

    ANSWERED = "answered"
    """A passage matches the question's words well. That it answers cannot be told from words."""
    WEAK = "weak"
    """Passages have some of the words; which ones are missing is said first."""
    UNCOVERED = "uncovered"
    """What is shared with the articles may be chance."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph found for a question, and why."""

    article: Article
    paragraph: Paragraph
    language: str
    """Of the article, as a code of ISO 639-1."""
    score: float
    coverage: float
    """Share of the question's idf weight that the paragraph holds, from 0 to 1."""
    matched: tuple[str, ...]
    """Words of the question, as asked, that the paragraph holds, itself or in another form."""
    in_title: tuple[str, ...] = ()
    """Those that only its article's title holds."""
    lacking: tuple[str, ...] = ()
    """Those that neither holds."""
    bold: tuple[int, int] | None = None
    """Span in the paragraph's text of the sentence that most likely answers."""
