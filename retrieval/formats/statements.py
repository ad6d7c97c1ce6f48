"""What a web page states of itself, for programs to read: author, date, publisher."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from lxml import html


def stated(root: html.HtmlElement) -> dict[str, object]:
    """The statements of the page *root* by the names of `Metadata`, for `metadata_from`.

    Read are JSON-LD (https://schema.org/Article), Open Graph (https://ogp.me), the meta names of HTML, Dublin Core and
    Google Scholar, `<link rel=canonical>`, `<html lang>` and a `<time>` that says it is the date of publication.
    JSON-LD comes first, as the most exact, unless it describes several articles.

    Nothing is inferred. trafilatura's own metadata are not used: they take a date from the address or the text, an
    author from the names of CSS classes and a publisher from the title or the host (2.3.1, `extract_metadata`).
    """
    found: dict[str, object] = {}
    metas = _metas(root)
    for source in (_linked_data(root), _meta_statements(metas), _elements(root)):
        for name, value in source.items():
            if value:
                found.setdefault(name, value)
    return found


_META_NAMES: Final = {
    "title": ("og:title", "citation_title", "dc.title", "dcterms.title"),
    "author": ("author", "article:author", "citation_author", "dc.creator", "dcterms.creator", "parsely-author"),
    "publisher": ("og:site_name", "citation_publisher", "dc.publisher", "dcterms.publisher"),
    "published": (
        "article:published_time", "og:article:published_time", "citation_publication_date", "dc.date.issued",
        "dcterms.issued", "parsely-pub-date", "datepublished",
    ),
    "url": ("og:url",),
    "language": ("content-language",),
}  # fmt: skip


def _metas(root: html.HtmlElement) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv") or ""
        content = meta.get("content", "").strip()
        if content:
            metas.setdefault(name.strip().lower(), []).append(content)
    return metas


def _meta_statements(metas: Mapping[str, list[str]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, keys in _META_NAMES.items():
        for key in keys:
            values = metas.get(key, [])
            if name == "author":
                values = [value for value in values if _is_name(value)]
            if values and name not in found:
                found[name] = list(dict.fromkeys(values)) if name == "author" else values[0]
            if key == "citation_publication_date" and found.get(name) in values:
                found[name] = values[0].replace("/", "-")  # Google Scholar's own way: 2021/02/01
    return found


def _elements(root: html.HtmlElement) -> dict[str, object]:
    found: dict[str, object] = {"language": root.get("lang") or root.get("xml:lang")}
    for link in root.iter("link"):
        if "canonical" in link.get("rel", "").lower().split() and link.get("href", "").startswith("http"):
            found["url"] = link.get("href")
    for time in root.iter("time"):
        says = time.get("itemprop") == "datePublished" or "pubdate" in time.attrib
        if says or "dt-published" in time.get("class", "").split():
            found.setdefault("published", time.get("datetime"))
    return found


def _linked_data(root: html.HtmlElement) -> dict[str, object]:
    articles = []
    for script in root.iter("script"):
        if script.get("type", "").strip().lower() == "application/ld+json":
            try:
                articles += list(_articles(json.loads(script.text or "")))
            except (ValueError, RecursionError):
                continue  # Many sites write broken JSON-LD; their meta elements say the same.
    if len(articles) != 1:
        return {}
    (article,) = articles
    return {
        "title": _text(article.get("headline")),
        "author": [name for name in map(_text, _listed(article.get("author"))) if name and _is_name(name)],
        "publisher": _text(article.get("publisher")),
        "published": _text(article.get("datePublished")),
        "language": _text(article.get("inLanguage")),
    }


def _articles(found: object) -> Iterator[Mapping[str, object]]:
    """The objects of JSON-LD that are an article of any kind, at its top or in its graph."""
    for thing in _listed(found):
        if isinstance(thing, dict):
            kinds = [kind for kind in _listed(thing.get("@type")) if isinstance(kind, str)]
            if any(kind.endswith(("Article", "Posting", "Report")) for kind in kinds):
                yield thing
            else:
                yield from _articles(thing.get("@graph", []))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _text(value: object) -> str | None:
    """A string, or the name of a thing."""
    if isinstance(value, dict):
        value = value.get("name")
    return value.strip() if isinstance(value, str) else None


def _is_name(value: str) -> bool:
    """Some sites give the author's address on the web instead."""
    return not value.lower().startswith(("http://", "https://", "@", "/"))
