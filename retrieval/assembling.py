"""Files as read + what moderators decided → Corpus. Pure: equal files and decisions give equal collections."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from retrieval.decisions import NOTHING_DECIDED, Decisions, decided
from retrieval.errors import N_
from retrieval.formats import Draft
from retrieval.model import Article, ArticleId, Corpus, LeftOut, Problem, Rule
from retrieval.phrases import Phrase
from retrieval.splitting import fingerprint, paragraphs, slug

UPLOAD = "upload:"
"""Begins the source of a file that did not come from the collection's folder."""

OWN = "own/"
"""Comes next in the source of a file of a server's own collection, which may be called like a shared one."""


@dataclass(frozen=True)
class FileRead:
    """What reading one file gave. It depends on the bytes of the file, and of its sidecar, alone."""

    source: str
    """See `Article.source`."""
    digest: str
    """See `Article.digest`; empty when the file could not be opened."""
    drafts: tuple[Draft, ...] = ()
    problem: str | None = None
    """Why it was skipped, in a sentence; a `Phrase`, or English from a version that an older Quoth wrote."""

    @cached_property
    def pieces(self) -> tuple[_Piece, ...]:
        """The drafts on their way to articles, with nothing decided about them."""
        return tuple(_Piece.of(self, part, draft, frozenset()) for part, draft in _parts(self))


def assembled(files: Iterable[FileRead], decisions: Decisions) -> Corpus:
    """The collection that *files*, in the order of their sources, and *decisions* make.

    An article that moderators removed is not in it. Words that stand twice are one article, the first. A paragraph that
    stands in many articles is furniture; see `_furniture`.
    """
    problems: list[Problem] = []
    pieces: list[_Piece] = []
    origins: dict[tuple[str, ...], str] = {}
    for file in sorted(files, key=lambda file: file.source):
        name = shown_name(file.source)
        if file.problem is not None:
            problems.append(_skipped(file.source, name, file.problem))
        for piece in file.pieces:
            part, draft, origin = piece.part, piece.draft, piece.origin
            decision = decisions.get(origin, NOTHING_DECIDED)
            if decision.title != draft.title and decision != NOTHING_DECIDED:
                decision = NOTHING_DECIDED
                problems.append(Problem(file.source, Phrase(_OTHER_TITLE, name=name), skipped=False))
            problems += [
                Problem(file.source, Phrase(N_("{name}: {remark}."), name=name, remark=remark), skipped=False)
                for remark in draft.remarks
            ]
            which = Phrase(N_("“{title}” in {name}"), title=draft.title, name=name) if part else name
            if decision.removed:
                told = Phrase(N_("{name} is not in the index: a moderator removed it."), name=which)
                problems.append(Problem(file.source, told, skipped=not part))
                continue
            if decision != NOTHING_DECIDED:
                piece = _Piece.of(file, part, decided(draft, decision), decision.put_back)
            if not piece.marks:
                problems.append(_skipped(file.source, which, Phrase(N_("no paragraph of an article is left in it"))))
            elif piece.marks in origins:
                twin = Phrase(N_("{name} holds the same article"), name=origins[piece.marks])
                problems.append(_skipped(file.source, which, twin, skipped=not part))
            else:
                origins[piece.marks] = name
                pieces.append(piece)
    furniture = _furniture([piece.marks for piece in pieces])
    articles: dict[ArticleId, Article] = {}
    for piece in pieces:
        article = piece.article(furniture - piece.put_back, taken=articles)
        articles[article.id] = article
    return Corpus(tuple(articles[name] for name in sorted(articles)), tuple(problems))


def _skipped(source: str, name: str, reason: str, *, skipped: bool = True) -> Problem:
    return Problem(source, Phrase(N_("{name} was skipped: {reason}."), name=name, reason=reason), skipped)


def shown_name(source: str) -> str:
    """The file's name as a person knows it."""
    return source.removeprefix(UPLOAD).removeprefix(OWN)


def origins(file: FileRead) -> dict[str, str | None]:
    """The origins of the articles of *file* (see `Article.origin`), with what the file calls them."""
    return {f"{file.source}#{part}" if part else file.source: draft.title for part, draft in _parts(file)}


_OTHER_TITLE = N_(
    "{name}: what moderators decided about its article was left out, because the file now holds one of another title."
)


@dataclass(frozen=True)
class _Piece:
    """A draft on its way to an article, with the fingerprints of its paragraphs."""

    file: FileRead
    part: str
    draft: Draft
    marks: tuple[str, ...]
    put_back: frozenset[str]

    @classmethod
    def of(cls, file: FileRead, part: str, draft: Draft, put_back: frozenset[str]) -> _Piece:
        return cls(file, part, draft, tuple(fingerprint(line.text) for line in draft.lines), put_back)

    @property
    def origin(self) -> str:
        return f"{self.file.source}#{self.part}" if self.part else self.file.source

    def article(self, furniture: frozenset[str], taken: dict[ArticleId, Article]) -> Article:
        shared = [mark in furniture for mark in self.marks]
        if 2 * _letters(self.draft, shared) > _letters(self.draft, [True] * len(shared)):
            # The file is one more copy of an article, or of a part of it.
            shared = [False] * len(shared)
        name = self._whole.id
        if name in taken:
            name = ArticleId(f"{name}-{fingerprint(self.origin)[:6]}")
        if name in taken:
            name = ArticleId(f"{self._whole.id}-{fingerprint(self.origin + chr(10).join(self.draft.paragraphs))}")
        return self._whole if name == self._whole.id and not any(shared) else self._made(name, shared)

    @cached_property
    def _whole(self) -> Article:
        """The article when its name is free and nothing of it is furniture."""
        return self._made(slug(self._title), [False] * len(self.marks))

    @property
    def _title(self) -> str:
        return self.draft.metadata.title or self.draft.title or _stem(self.file.source)

    def _made(self, name: ArticleId, shared: Sequence[bool]) -> Article:
        lines = list(zip(self.draft.lines, self.marks, shared, strict=True))
        out = [LeftOut(line.line, line.text, Rule.FURNITURE) for line, _, gone in lines if gone]
        return Article(
            id=name,
            title=self._title,
            paragraphs=paragraphs(
                name, [line.text for line, _, gone in lines if not gone], [mark for _, mark, gone in lines if not gone]
            ),
            source=self.file.source,
            digest=self.file.digest,
            metadata=self.draft.metadata,
            notices=self.draft.notices,
            left_out=tuple(sorted((*self.draft.left_out, *out), key=lambda line: line.line)),
            part=self.part,
        )


def _parts(file: FileRead) -> Iterator[tuple[str, Draft]]:
    """The drafts of *file*, each with a part of its own, which does not depend on what stands before it in the file."""
    names = [fingerprint(draft.part) if draft.part else "" for draft in file.drafts]
    often = Counter(names)
    for name, draft in zip(names, file.drafts, strict=True):
        yield (f"{name}-{fingerprint(chr(10).join(draft.paragraphs))}" if often[name] > 1 else name), draft


def _furniture(articles: Sequence[tuple[str, ...]]) -> frozenset[str]:
    """The fingerprints that stand in many of *articles*: mottos, invitations, imprints of the site they come from.

    Many is half the square root of the number of articles, and at least 3: among 10 articles a paragraph must stand in
    3, among 10,000 of perhaps a hundred sites in 50.
    """
    found: Counter[str] = Counter()
    for marks in articles:
        found.update(set(marks))
    many = max(3, math.ceil(math.sqrt(len(articles)) / 2))
    return frozenset(mark for mark, count in found.items() if count >= many)


def _letters(draft: Draft, chosen: Sequence[bool]) -> int:
    return sum(len(line.text) for line, its in zip(draft.lines, chosen, strict=True) if its)


def _stem(source: str) -> str:
    name = shown_name(source).rpartition("/")[2]
    return name.rpartition(".")[0] or name
