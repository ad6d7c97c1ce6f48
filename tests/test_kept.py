"""A collection on disk gives the articles that were written, however much of them fits into memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.columns import loaded
from retrieval.kept import _MOST_CHARACTERS, KeptCorpus, save_corpus
from retrieval.model import ArticleId, Corpus
from tests.test_snapshot import article


def kept_in(folder: Path, corpus: Corpus) -> KeptCorpus:
    save_corpus(folder, corpus)
    return KeptCorpus(loaded(folder, mapped=True), ())


def test_articles_that_do_not_fit_into_memory_together_are_read_again(tmp_path: Path) -> None:
    texts = [[letter * (_MOST_CHARACTERS // 2 + 1)] for letter in "abc"]
    corpus = Corpus(tuple(article(f"a{number}", text) for number, text in enumerate(texts)))
    kept = kept_in(tmp_path, corpus)

    for at in (0, 1, 2, 0, 2):
        assert kept.articles[at] == corpus.articles[at]


def test_article_is_found_by_its_id_and_no_other(tmp_path: Path) -> None:
    kept = kept_in(tmp_path, Corpus((article("harbour", ["It froze."]),)))

    assert kept.by_id[ArticleId("harbour")].paragraphs[0].text == "It froze."
    with pytest.raises(KeyError):
        kept.by_id[ArticleId("bakery")]
