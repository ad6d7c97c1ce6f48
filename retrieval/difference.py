"""How a collection differs from what it was: computed first, applied second, and the report of a reload."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from retrieval.model import ArticleId, CitationId, Corpus, Problem


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """How one article differs from what it was."""

    id: ArticleId
    title: str
    added: int
    """Paragraphs that are new."""
    removed: int
    """Paragraphs that are gone. A reworded paragraph counts once here and once as added."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What activating the new state changes, in numbers and titles; the same object is the report of a reload."""

    added: tuple[ArticleChange, ...]
    removed: tuple[ArticleChange, ...]
    changed: tuple[ArticleChange, ...]
    unchanged: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Stand:
    """What must be remembered of an article to tell later how it changed."""

    title: str
    digest: str
    citations: tuple[CitationId, ...]


Manifest = Mapping[ArticleId, Stand]


def manifest(corpus: Corpus) -> dict[ArticleId, Stand]:
    """What must be remembered of *corpus*."""
    return {
        article.id: Stand(article.title, article.digest, tuple(paragraph.citation for paragraph in article.paragraphs))
        for article in corpus.articles
    }


def difference(old: Manifest, new: Corpus) -> Difference:
    """What is different in *new*."""
    stands = manifest(new)

    def change(name: ArticleId) -> ArticleChange:
        before, after = old.get(name), stands.get(name)
        known = (after or before).title  # type: ignore[union-attr]  # one of them exists
        was = frozenset(before.citations if before else ())
        now = frozenset(after.citations if after else ())
        return ArticleChange(name, known, len(now - was), len(was - now))

    both = [name for name in stands if name in old]
    changed = [name for name in both if stands[name] != old[name]]
    return Difference(
        added=tuple(change(name) for name in stands if name not in old),
        removed=tuple(change(name) for name in old if name not in stands),
        changed=tuple(change(name) for name in changed),
        unchanged=len(both) - len(changed),
        problems=new.problems,
    )


def remember(path: Path, stands: Manifest) -> None:
    """Write *stands* to *path*, whole or not at all.

    Raises:
        OSError: It could not be written; what was there before still is.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump({name: asdict(stand) for name, stand in stands.items()}, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def remembered(path: Path) -> dict[ArticleId, Stand] | None:
    """The stands last written to *path*; None if there are none that can be read."""
    try:
        stands = json.loads(path.read_text(encoding="utf-8"))
        return {
            ArticleId(name): Stand(stand["title"], stand["digest"], tuple(map(CitationId, stand["citations"])))
            for name, stand in stands.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
