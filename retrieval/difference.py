"""How a collection differs from what it was: computed first, applied second, and the report of a reload."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from retrieval.columns import Made
from retrieval.model import Article, ArticleId, CitationId, Corpus, Paragraph, Problem
from retrieval.splitting import words_cited

SAME_PARAGRAPH = 50.0
"""Similarity (rapidfuzz's ratio, 0 to 100) from which a paragraph is another's new wording."""

SAME_ELSEWHERE = 80.0
"""The same for a paragraph in another part of the article."""

_COMPARED = 250_000
"""Pairs of paragraphs compared in one stretch at most; of a longer stretch none is called another's new wording."""


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


Successor = tuple[Article, Paragraph, CitationId | None]
"""A paragraph as it was in its article, and the citation that its words, or their new wording, have now."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What activating the new state changes; the same object is the report of a reload."""

    added: Sequence[ArticleChange]
    removed: Sequence[ArticleChange]
    changed: Sequence[ArticleChange]
    unchanged: int
    problems: tuple[Problem, ...]
    paragraphs_added: int
    """In the articles that are added."""
    paragraphs_removed: int
    """In those that are removed."""
    successors: tuple[Successor, ...]
    """Every paragraph whose citation names nothing any more."""

    @classmethod
    def of(
        cls,
        added: Sequence[ArticleChange],
        removed: Sequence[ArticleChange],
        changed: Sequence[ArticleChange],
        unchanged: int,
        problems: tuple[Problem, ...],
    ) -> Difference:
        """The difference that these changes make."""
        come, gone = sum(len(one.added) for one in added), sum(len(one.removed) for one in removed)
        heirs = tuple(_successors((*added, *changed, *removed)) if changed or removed else ())
        return cls(added, removed, changed, unchanged, problems, come, gone, heirs)

    @property
    def nothing(self) -> bool:
        """Whether no article differs."""
        return not (self.added or self.removed or self.changed)

    @property
    def changes(self) -> Iterator[ArticleChange]:
        """All of them: what is added, changed, removed."""
        return chain(self.added, self.changed, self.removed)


def difference(old: Corpus, new: Corpus) -> Difference:
    """What is different in *new*. An article is the same one when it comes from the same place or has the same id."""
    contents = old.contents()
    # Most articles are what they were, and are not even looked at.
    same = {name for name, content in new.contents().items() if contents.get(name) == content}
    was, now = ([corpus.by_id[name] for name in corpus.by_id if name not in same] for corpus in (old, new))
    before_of = _pairs(was, now)
    met = {article.id for article in before_of.values()}
    added, changed = [], []
    unchanged = len(same)
    for article in now:
        before = before_of.get(article.id)
        if before is None:
            added.append(ArticleChange(None, article, added=article.paragraphs))
        elif _shown(before) == _shown(article):
            unchanged += 1
        else:
            changed.append(_change(before, article))
    removed = [ArticleChange(article, None, removed=article.paragraphs) for article in was if article.id not in met]
    return Difference.of(tuple(added), tuple(removed), tuple(changed), unchanged, new.problems)


def difference_json(told: Difference) -> dict[str, Any]:
    """*told* in terms of JSON, by the ids of articles and the numbers of paragraphs."""
    return {
        "added": [one.article.id for one in told.added],
        "removed": [one.article.id for one in told.removed],
        "changed": [
            [
                *(article and article.id for article in (one.old, one.new)),
                [part.number for part in one.added],
                [part.number for part in one.removed],
                [[old.number, new.number] for old, new in one.changed],
            ]
            for one in told.changed
        ],
        "unchanged": told.unchanged,
        "paragraphs_added": told.paragraphs_added,
        "paragraphs_removed": told.paragraphs_removed,
        "successors": [[article.id, paragraph.number, heir] for article, paragraph, heir in told.successors],
    }


def difference_of(record: Mapping[str, Any], old: Corpus, new: Corpus) -> Difference:
    """The difference of *new* to *old* that `difference_json` gave *record* for. Articles are read when looked at."""

    def parts(article: Article, numbers: Sequence[int]) -> tuple[Paragraph, ...]:
        return tuple(article.paragraphs[number - 1] for number in numbers)

    def added(name: ArticleId) -> ArticleChange:
        return ArticleChange(None, new.by_id[name], added=new.by_id[name].paragraphs)

    def removed(name: ArticleId) -> ArticleChange:
        return ArticleChange(old.by_id[name], None, removed=old.by_id[name].paragraphs)

    def changed(told: Sequence[Any]) -> ArticleChange:
        was, now = old.by_id[told[0]], new.by_id[told[1]]
        pairs = ((was.paragraphs[one - 1], now.paragraphs[other - 1]) for one, other in told[4])
        return ArticleChange(was, now, parts(now, told[2]), parts(was, told[3]), tuple(pairs))

    return Difference(
        _Looked(record["added"], added),
        _Looked(record["removed"], removed),
        _Looked(record["changed"], changed),
        record["unchanged"],
        new.problems,
        record["paragraphs_added"],
        record["paragraphs_removed"],
        tuple((old.by_id[name], old.by_id[name].paragraphs[at - 1], heir) for name, at, heir in record["successors"]),
    )


class _Looked(Made[ArticleChange]):
    """Changes that are made of what is told about them when they are looked at."""

    def __init__(self, told: Sequence[Any], change: Callable[[Any], ArticleChange]) -> None:
        self._told = told
        self._change = change

    def __len__(self) -> int:
        return len(self._told)

    def entry(self, at: int) -> ArticleChange:
        return self._change(self._told[at])


def _successors(changes: Sequence[ArticleChange]) -> Iterator[Successor]:
    elsewhere = {
        _fingerprint(part): part.citation
        for change in changes
        if change.new is not None
        for part in change.new.paragraphs
    }
    for change in changes:
        if change.old is None:
            continue
        own = () if change.new is None else change.new.paragraphs
        here = {_fingerprint(part): part.citation for part in reversed(own)}
        now = {part.citation for part in own}
        reworded = {old.citation: new.citation for old, new in change.changed}
        for paragraph in change.old.paragraphs:
            if paragraph.citation not in now:
                mark = _fingerprint(paragraph)
                heir = here.get(mark) or reworded.get(paragraph.citation) or elsewhere.get(mark)
                yield change.old, paragraph, heir


def _pairs(old: Sequence[Article], new: Sequence[Article]) -> dict[ArticleId, Article]:
    """What each article of *new* was: the one from the same place, else that of the same id, else of the same words."""
    pairs: dict[ArticleId, Article] = {}
    free = {article.id: article for article in old}
    keys: tuple[Callable[[Article], object], ...] = (
        lambda article: article.origin,
        lambda article: article.id,
        wording,
    )
    for key in keys:
        known = {key(article): article for article in free.values()}
        for article in new:
            before = None if article.id in pairs else known.get(key(article))
            if before is not None and before.id in free:
                pairs[article.id] = free.pop(before.id)
    return pairs


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
    # What was moved and changed at once stands in no stretch with its new wording, so it has to be more alike.
    pairs += _paired(
        [part for part in gone if part.citation not in paired],
        [part for part in come if part.citation not in paired],
        SAME_ELSEWHERE,
    )
    paired = {part.citation for pair in pairs for part in pair}
    return ArticleChange(
        old,
        new,
        added=tuple(part for part in come if part.citation not in paired),
        removed=tuple(part for part in gone if part.citation not in paired),
        changed=tuple(pairs),
    )


def wording(article: Article) -> tuple[str, ...]:
    """Equal for articles of the same words, however they are typeset and whatever the title."""
    return tuple(map(_mark, article.paragraphs))


def _mark(paragraph: Paragraph) -> str:
    """The part of a citation that does not depend on the article's title."""
    return paragraph.citation.split(".", 2)[2]


def _fingerprint(paragraph: Paragraph) -> str:
    """What stands for the words alone, whichever repetition it is."""
    return words_cited(paragraph.citation)


def _paired(
    gone: Sequence[Paragraph], come: Sequence[Paragraph], alike: float = SAME_PARAGRAPH
) -> list[tuple[Paragraph, Paragraph]]:
    """Each paragraph with its new wording, the most similar pairs first; of equals the first in the article."""
    if not 0 < len(gone) * len(come) <= _COMPARED:
        return []
    similar = process.cdist(
        [part.text for part in gone], [part.text for part in come], scorer=fuzz.ratio, score_cutoff=alike
    )
    pairs: dict[int, int] = {}
    for place in np.argsort(-similar, axis=None, kind="stable").tolist():
        old, new = divmod(place, len(come))
        if similar[old, new] and old not in pairs and new not in pairs.values():
            pairs[old] = new
    return [(gone[old], come[new]) for old, new in sorted(pairs.items())]
