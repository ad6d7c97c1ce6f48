"""One state of the articles that can be searched: what `/ask` and `/source` read from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from retrieval.analysis import Analyzer
from retrieval.errors import UnknownArticle, UnknownCitation
from retrieval.index import Index
from retrieval.index.rank_bm25_index import RankBM25Index, lucene_idf
from retrieval.model import Article, ArticleId, CitationId, Corpus, Outcome, Paragraph, Passage
from retrieval.ranking import MIN_COVERAGE, query


@dataclass(frozen=True, slots=True)
class Found:
    """What one search found."""

    outcome: Outcome
    passages: tuple[Passage, ...]
    missing: tuple[str, ...]
    """Words of the question, as asked, that stand in no article."""
    searchable: bool
    """False when the question has no word that is searched for: only common words, or none at all."""


class Snapshot:
    """One state of the articles, with its index. Never changes, so it may be searched from many threads at once."""

    def __init__(self, corpus: Corpus, *, k1: float, b: float) -> None:
        self.corpus = corpus
        self.version = version(corpus)
        self._analyzer = Analyzer()
        self._terms = [self._analyzer.terms(paragraph.text) for _, paragraph in corpus.places]
        self._index: Index = RankBM25Index(self._terms, k1=k1, b=b)
        self._by_citation = {paragraph.citation: (article, paragraph) for article, paragraph in corpus.places}

    def search(self, question: str, limit: int, article: ArticleId | None = None) -> Found:
        """At most *limit* passages for *question*, best first; only those of *article* if one is given.

        Ties are in the order of article id and paragraph number. A paragraph that covers too little of the question is
        no passage, however little else there is.
        """
        asked = query(self._analyzer.words(question), self._idf)
        missing = tuple(word for term, word in asked.asked.items() if not self._index.document_frequency(term))
        passages = []
        for hit in self._index.search(asked.terms, len(self._terms)):
            place, paragraph = self.corpus.places[hit.position]
            held = frozenset(self._terms[hit.position])
            coverage = asked.coverage(held)
            if coverage >= MIN_COVERAGE and article in (None, place.id):
                passages.append(Passage(place, paragraph, hit.score, coverage, asked.matched(held)))
            if len(passages) == limit:
                break
        outcome = Outcome.ANSWERED if passages else Outcome.UNCOVERED
        return Found(outcome, tuple(passages), missing, searchable=bool(asked.terms))

    def article(self, name: str) -> Article:
        """The article of that id, or of that title whatever its case.

        Raises:
            UnknownArticle: There is none.

        """
        if name in self.corpus.by_id:
            return self.corpus.by_id[ArticleId(name)]
        for article in self.corpus.articles:
            if article.title.casefold() == name.strip().casefold():
                return article
        raise UnknownArticle(f"There is no article “{name}”.")

    def cited(self, citation: CitationId) -> tuple[Article, Paragraph]:
        """The paragraph that *citation* names.

        Raises:
            UnknownCitation: No article holds those words any more.

        """
        try:
            return self._by_citation[citation]
        except KeyError:
            raise UnknownCitation("That paragraph is no longer in the articles.") from None

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def _idf(self, term: str) -> float:
        return lucene_idf(self._index.document_frequency(term), len(self._terms))


def version(corpus: Corpus) -> str:
    """Eight letters and digits that change whenever anything that can be searched or shown changes."""
    digest = hashlib.blake2b(digest_size=4)
    for article in corpus.articles:
        digest.update(f"{article.id} {article.source} {article.digest}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
