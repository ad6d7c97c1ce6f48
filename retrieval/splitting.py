"""Names for articles and paragraphs that are made from their words, so that every machine makes the same ones."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from retrieval.model import ArticleId, CitationId, Paragraph
from retrieval.typography import folded, straightened

_SLUG_LENGTH = 40
_CITATION_ID = re.compile(
    r"1\.(?P<slug>[^\W_]+(?:-[^\W_]+)*)\.(?P<fingerprint>[a-z2-7]{12})(?:\.(?P<nth>[1-9]\d{0,5}))?"
)


def canonical(text: str) -> str:
    """The form of *text* that its fingerprint is made of, version 1.

    NFKC, one spelling for quotes and dashes, no case, one space for each run of white space. A paragraph that was only
    typeset anew keeps its name; one changed word gives it another.
    """
    return " ".join(straightened(text).casefold().split())


def fingerprint(text: str) -> str:
    """Twelve letters and digits (60 bits of BLAKE2b, base 32) that stand for the words of *text*."""
    digest = hashlib.blake2b(canonical(text).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:12]


def slug(title: str) -> ArticleId:
    """The words of *title* in lower case, joined by hyphens, at most 40 characters; never empty."""
    words = re.findall(r"[^\W_]+", folded(title).replace("'", ""))
    name = "-".join(words)
    if len(name) > _SLUG_LENGTH:
        name = name[: _SLUG_LENGTH + 1].rpartition("-")[0] or name[:_SLUG_LENGTH]
    return ArticleId(name or f"article-{fingerprint(title)[:6]}")


def citation_id(article: ArticleId, text: str, nth: int = 1) -> CitationId:
    """`1.<slug>.<fingerprint>`, with `.<nth>` for a repetition of the same words in the same article."""
    return _citation(article, fingerprint(text), nth)


def _citation(article: ArticleId, mark: str, nth: int) -> CitationId:
    return CitationId(f"1.{article}.{mark}" + (f".{nth}" if nth > 1 else ""))


def is_citation_id(text: str) -> bool:
    """Whether *text* has the form of a citation id; it may still name nothing."""
    return _CITATION_ID.fullmatch(text) is not None


def article_cited(citation: CitationId) -> ArticleId:
    """The article that *citation* names, as it was called then."""
    found = _CITATION_ID.fullmatch(citation)
    return ArticleId(found["slug"] if found else citation)


def words_cited(citation: CitationId) -> str:
    """The fingerprint in *citation*, whichever repetition of the words it is; empty if it is no citation."""
    found = _CITATION_ID.fullmatch(citation)
    return found["fingerprint"] if found else ""


def paragraphs(
    article: ArticleId, texts: Sequence[str], fingerprints: Sequence[str] | None = None
) -> tuple[Paragraph, ...]:
    """The paragraphs of *article*, numbered from 1 and named by their words.

    *fingerprints* are those of *texts*, where they are known already.
    """
    marks = [fingerprint(text) for text in texts] if fingerprints is None else fingerprints
    seen: Counter[str] = Counter()
    found = []
    for number, (text, mark) in enumerate(zip(texts, marks, strict=True), start=1):
        seen[mark] += 1
        found.append(Paragraph(_citation(article, mark, seen[mark]), number, text))
    return tuple(found)
