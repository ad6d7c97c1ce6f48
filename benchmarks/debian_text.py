"""Real text for large collections, out of Debian's documentation: `python -m benchmarks.debian_text FOLDER`.

Packages are fetched with `apt-get download` (about 300 MB) and unpacked in FOLDER, nothing is installed. What comes out
is FOLDER/articles.jsonl: of each page its title and its paragraphs, without those that stood on an earlier page.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from lxml import etree, html
from rich.console import Console
from rich.progress import track

from retrieval.model import Article, ArticleId, Corpus, Metadata
from retrieval.splitting import fingerprint, paragraphs

PACKAGES = (
    "aptitude-doc-en",
    "bible-kjv-text",
    "debian-policy",
    "debian-reference-en",
    "developers-reference",
    "dict-gcide",
    "emacs-el",
    "erlang-doc",
    "ghc-doc",
    "gimp-help-en",
    "installation-guide-amd64",
    "kicad-doc-en",
    "libboost1.74-doc",
    "libgtk-3-doc",
    "libreoffice-help-en-us",
    "lilypond-doc-html",
    "linux-doc-6.1",
    "manpages",
    "maxima-doc",
    "octave-doc",
    "openjdk-17-doc",
    "perl-doc",
    "postgresql-doc-15",
    "python-django-doc",
    "python3.11-doc",
    "qtbase5-doc-html",
    "r-doc-html",
    "rust-doc",
)
_PAGES = (".html", ".htm", ".txt", ".rst", ".html.gz", ".txt.gz", ".rst.gz", ".gz")
_FEWEST_WORDS = 12
_MOST_BYTES = 20_000_000
_BREAK = re.compile(r"\n\s*\n")


def main(folder: Path) -> None:
    """Write the articles, and say how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [path for name in track(PACKAGES, "fetching") for path in unpacked(folder, name)]
    seen: set[int] = set()
    articles = written = 0
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as out:
        for path in track(paths, "reading"):
            title, texts = page(path)
            own = [text for text in texts if hash(text) not in seen]
            seen.update(map(hash, own))
            if own:
                out.write(json.dumps({"title": title, "paragraphs": own}) + "\n")
                articles, written = articles + 1, written + len(own)
    Console().print(f"{articles:,} articles with {written:,} paragraphs")


def pages(folder: Path, size: int) -> Iterator[tuple[str, list[str]]]:
    """Titles and paragraphs of the first articles, *size* paragraphs together.

    Where that is more than there are, the articles come again, each with words that are drawn from its own.
    """
    chance = random.Random(1)  # noqa: S311  # text for measuring
    for again in count():
        with (folder / "articles.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                if size < 1:
                    return
                row = json.loads(line)
                texts = row["paragraphs"][:size]
                if again:
                    words = " ".join(row["paragraphs"]).split()
                    texts = [" ".join(chance.choices(words, k=len(text.split()))) for text in texts]
                size -= len(texts)
                yield row["title"], texts


def corpus(folder: Path, size: int) -> Corpus:
    """The articles of `pages`."""
    articles = []
    for number, (title, texts) in enumerate(pages(folder, size)):
        name = ArticleId(f"a{number:06d}")
        parts = paragraphs(name, texts, [fingerprint(text) for text in texts])
        articles.append(Article(name, title, parts, f"{number}.txt", "", Metadata(language="en")))
    return Corpus(tuple(articles))


def unpacked(folder: Path, name: str) -> list[Path]:
    """The pages of one package, in the order of their names; none where it cannot be had."""
    place = folder / name
    if not place.exists():
        if not list(folder.glob(f"{name}_*.deb")):
            subprocess.run(["apt-get", "download", name], cwd=folder, check=False, capture_output=True)  # noqa: S603, S607
        for package in folder.glob(f"{name}_*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, place], check=True)  # noqa: S603, S607
    return sorted(path for path in place.rglob("*") if path.name.endswith(_PAGES) and path.is_file())


def page(path: Path) -> tuple[str, list[str]]:
    """The title of a page and its paragraphs of at least a dozen words."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    title = path.stem
    texts: Iterator[str] = iter(())
    if b"<html" in data[:5000].lower() and len(data) < _MOST_BYTES:
        try:
            tree = html.document_fromstring(data, parser=html.HTMLParser(encoding="utf-8"))
        except (etree.LxmlError, ValueError):
            return title, []
        title = " ".join((tree.findtext(".//title") or title).split())
        texts = (
            "".join(map(str, node.itertext()))
            for node in tree.iter("p", "li", "dd")
            if node.tag == "p" or not len(node)
        )
    elif len(data) < _MOST_BYTES:
        texts = iter(_BREAK.split(data.decode("utf-8", "replace")))
    return title, list(_paragraphs(texts))


def _paragraphs(texts: Iterator[str]) -> Iterator[str]:
    for text in texts:
        words = text.split()
        if len(words) >= _FEWEST_WORDS:
            yield " ".join(words[:400])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
