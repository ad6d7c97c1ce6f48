"""How a collection differs from what it was: computed first, applied second, and the report of a reload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from rapidfuzz import fuzz, process

from retrieval.model import Article, CitationId, Corpus, Paragraph, Problem

SAME_PARAGRAPH = 50.0
"""Similarity (rapidfuzz's ratio, 0 to 100) from which a paragraph is another's new wording."""

_COMPARED = 4000
"""Pairs of paragraphs compared in one stretch at most; a longer stretch is paired in its order."""


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """How one article differs from what it was."""

    old: Article | None
    """None for a new article."""
    new: Article | None
    """None for one that is gone."""
    added: tuple[Paragraph, ...] = ()
    """Paragraphs that are new."""
    removed: tuple[Paragraph, ...] = ()
    """Paragraphs that are gone."""
    changed: tuple[tuple[Paragraph, Paragraph], ...] = ()
    """Paragraphs with their new wording."""

    @property
    def article(self) -> Article:
        """The article as it is, or was if it is gone."""
        article = self.new or self.old
        assert article is not None
        return article


@dataclass(frozen=True, slots=True)
class Difference:
    """What activating the new state changes; the same object is the report of a reload."""

    added: tuple[ArticleChange, ...]
    removed: tuple[ArticleChange, ...]
    changed: tuple[ArticleChange, ...]
    unchanged: int
    problems: tuple[Problem, ...]

    @property
    def nothing(self) -> bool:
        """Whether no article differs."""
        return not (self.added or self.removed or self.changed)

    @property
    def changes(self) -> tuple[ArticleChange, ...]:
        """All of them: what is added, changed, removed."""
        return (*self.added, *self.changed, *self.removed)

    def successors(self) -> Iterator[tuple[Article, Paragraph, CitationId | None]]:
        """Every paragraph whose citation names nothing any more, with its article and the citation it has now."""
        for change in (*self.changed, *self.removed):
            assert change.old is not None
            now = {} if change.new is None else {part.citation for part in change.new.paragraphs}
            heirs: Mapping[CitationId, CitationId] = _same_words(change) | {
                old.citation: new.citation for old, new in change.changed
            }
            for paragraph in change.old.paragraphs:
                if paragraph.citation not in now:
                    yield change.old, paragraph, heirs.get(paragraph.citation)


def difference(old: Corpus, new: Corpus) -> Difference:
    """What is different in *new*. An article is the same one when it comes from the same place or has the same id."""
    by_origin = {article.origin: article for article in old.articles}
    added, changed, met = [], [], set()
    unchanged = 0
    for article in new.articles:
        before = by_origin.get(article.origin) or old.by_id.get(article.id)
        if before is None or before.id in met:
            added.append(ArticleChange(None, article, added=article.paragraphs))
            continue
        met.add(before.id)
        if _shown(before) == _shown(article):
            unchanged += 1
        else:
            changed.append(_change(before, article))
    removed = (
        ArticleChange(article, None, removed=article.paragraphs) for article in old.articles if article.id not in met
    )
    return Difference(tuple(added), tuple(removed), tuple(changed), unchanged, new.problems)


def _shown(article: Article) -> tuple[object, ...]:
    return article.id, article.title, article.metadata, article.paragraphs, [notice.text for notice in article.notices]


def _change(old: Article, new: Article) -> ArticleChange:
    before = [_mark(part) for part in old.paragraphs]
    after = [_mark(part) for part in new.paragraphs]
    here, there = set(after), set(before)
    # What only stands elsewhere now is neither gone nor new.
    gone = [part for part, mark in zip(old.paragraphs, before, strict=True) if mark not in here]
    come = [part for part, mark in zip(new.paragraphs, after, strict=True) if mark not in there]
    pairs: list[tuple[Paragraph, Paragraph]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "replace":
            stretch = [part for part in old.paragraphs[i1:i2] if part in gone]
            pairs += _paired(stretch, [part for part in new.paragraphs[j1:j2] if part in come])
    paired = {part.citation for pair in pairs for part in pair}
    return ArticleChange(
        old,
        new,
        added=tuple(part for part in come if part.citation not in paired),
        removed=tuple(part for part in gone if part.citation not in paired),
        changed=tuple(pairs),
    )


def _mark(paragraph: Paragraph) -> str:
    """The part of a citation that does not depend on the article's title."""
    return paragraph.citation.split(".", 2)[2]


def _same_words(change: ArticleChange) -> dict[CitationId, CitationId]:
    """The new citations of paragraphs whose words stayed though the article has another id."""
    if change.old is None or change.new is None or change.old.id == change.new.id:
        return {}
    now = {_mark(part): part.citation for part in change.new.paragraphs}
    return {part.citation: now[_mark(part)] for part in change.old.paragraphs if _mark(part) in now}


def _paired(gone: Sequence[Paragraph], come: Sequence[Paragraph]) -> list[tuple[Paragraph, Paragraph]]:
    """Each paragraph with its new wording, the most similar pairs first; of equals the first in the article."""
    if len(gone) * len(come) > _COMPARED:
        return list(zip(gone, come, strict=False))
    similar = process.cdist(
        [part.text for part in gone], [part.text for part in come], scorer=fuzz.ratio, score_cutoff=SAME_PARAGRAPH
    )
    pairs: dict[int, int] = {}
    for place in np.argsort(-similar, axis=None, kind="stable").tolist():
        old, new = divmod(place, len(come))
        if similar[old, new] and old not in pairs and new not in pairs.values():
            pairs[old] = new
    return [(gone[old], come[new]) for old, new in sorted(pairs.items())]
