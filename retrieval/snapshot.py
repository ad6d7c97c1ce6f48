"""One state of the articles, ready to be asked: analysed, indexed, and never changed again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from retrieval.analysed import Known
from retrieval.analysis import analyzer, lowered, without_accents
from retrieval.asking import question_language, without_asking
from retrieval.errors import N_, UnknownArticle, UnknownCitation
from retrieval.facets import Facets
from retrieval.gate import Thresholds, confidence, coverage, outcome
from retrieval.index import Engine
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.language import detected, guessed, languages, prevailing, stated_or
from retrieval.model import Article, ArticleId, CitationId, Corpus, Outcome, Paragraph, Passage
from retrieval.positions import Places, Positions
from retrieval.query import QueryTerm, Reading, reading, written
from retrieval.quoting import best_sentence
from retrieval.ranking import Explanation, Ranked, Ranker, Weights, explanation
from retrieval.sentences import Span
from retrieval.spelling import Repair, Speller
from retrieval.splitting import words_cited
from retrieval.titles import Titles
from retrieval.typography import straightened

HELD = 0.6
"""Similarity from which another form of a word counts as the word."""


_BYTES_A_CHARACTER = 30
"""Memory for each character of the articles, measured on 10,000 articles with rank-bm25."""


_Read = tuple[Reading, tuple[Reading, ...], tuple[Repair, ...]]
"""A question in its own language and in every one of the collection, and the repairs of its words."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one search found."""

    outcome: Outcome
    confidence: float
    """What the outcome was decided by; 0 when nothing was found."""
    passages: tuple[Passage, ...]
    """Best first, each at least weak. When the outcome is UNCOVERED the closest, for whoever asks for them."""
    missing: tuple[str, ...]
    """Words of the question, as asked, that stand in no article."""
    repairs: tuple[Repair, ...]
    """Words that were searched for as others, and not as other forms of themselves."""
    searchable: bool
    """False when the question has no word that is searched for: only common words, or none at all."""
    language: str
    """Of the question, as it was read."""
    terms: tuple[str, ...]
    """What was searched for, as far as it stands in the articles."""


class Snapshot:
    """One corpus with its index. Equal questions get equal results; searches may run side by side in many threads."""

    def __init__(
        self,
        corpus: Corpus,
        *,
        engine: Engine = RankBm25Index,
        weights: Weights | None = None,
        thresholds: Thresholds | None = None,
        known: Known | None = None,
    ) -> None:
        """Articles that are *known* are not analysed again."""
        known = known or Known()
        self.corpus = corpus
        self.version = version(corpus)
        self._weights = weights or Weights()
        self._thresholds = thresholds or Thresholds()
        self._detected: dict[bytes, str | None] = {}
        found: list[tuple[str | None, int]] = []
        for article in corpus.articles:
            words = article.words
            told = self._detected[words] = (
                known.detected[words] if words in known.detected else detected(" ".join(_texts(article)))
            )
            found.append((stated_or(article.metadata.language, told), sum(map(len, _texts(article)))))
        nothing_told = not any(language for language, _ in found)
        guess = guessed(text for article in corpus.articles for text in _texts(article)) if nothing_told else None
        self.languages = languages(found, guess)
        """The language of every article."""
        self._positions: Positions = Positions(corpus, self.languages, known)
        self._index = engine(self._positions.postings(self._weights.title))
        self._ranker = Ranker(self._positions, self._index, self._weights)
        self._speller = Speller(self._positions)
        main = prevailing((language, size) for language, (_, size) in zip(self.languages, found, strict=True))
        self._present = tuple(dict.fromkeys([main, *sorted(set(self.languages))]))

    def search(self, question: str, limit: int, only: Set[ArticleId] | None = None) -> Found:
        """At most *limit* passages, best first, and whether they can be called an answer; of *only* these, if given.

        Equal scores are in the order of article id and paragraph number.
        """
        read = self._read(question)
        ranked, sure, decided = self._decided(read, limit, only)
        own, _, repairs = read
        return Found(
            outcome=decided,
            confidence=sure,
            passages=tuple(self._passage(question, entry) for entry in ranked),
            missing=self._missing(question, own),
            repairs=tuple(repair for repair in repairs if not repair.same),
            searchable=bool(own.terms),
            language=own.language,
            terms=tuple(term.text for term in own.terms if term.text in self._positions),
        )

    def explain(
        self, question: str, limit: int, only: Set[ArticleId] | None = None
    ) -> tuple[tuple[Passage, Explanation], ...]:
        """The passages that `search` finds, each with the account of its score."""
        ranked, _, _ = self._decided(self._read(question), limit, only)
        return tuple((self._passage(question, entry), explanation(entry)) for entry in ranked)

    def ranked(self, question: str, limit: int, only: Set[ArticleId] | None = None) -> list[Ranked]:
        """At most *limit* paragraphs with the evidence for them, best first: the ranking alone, for measuring."""
        return self._ranker.ranked(self._read(question)[1], limit, self._places_of(only))

    def bold(self, question: str, asked: Reading, position: int) -> tuple[str, Span | None]:
        """A paragraph's text, and the span of the sentence to set in bold for the question as it was read."""
        text = self.corpus.places[position][1].text
        return text, best_sentence(question, asked, text, self._positions.sentence_terms(position))

    def extent(self, only: Set[ArticleId] | None = None) -> tuple[int, int]:
        """How many articles and paragraphs are searched: all, or those of *only* these articles."""
        if only is None:
            return len(self.corpus.articles), len(self.corpus.places)
        return len(only), sum(len(self.corpus.by_id[one].paragraphs) for one in only)

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
        raise UnknownArticle(N_("There is no article “{name}”."), name=name)

    def cited(self, citation: CitationId) -> tuple[Article, Paragraph]:
        """The paragraph that *citation* names.

        Raises:
            UnknownCitation: No article holds those words any more.

        """
        try:
            return self._by_citation[citation]
        except KeyError:
            raise UnknownCitation(N_("That paragraph is no longer in the articles.")) from None

    def worded(self, mark: str) -> tuple[Article, Paragraph] | None:
        """The first paragraph of that fingerprint; None if no article holds its words."""
        return self._by_words.get(mark)

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The words of every paragraph with one spelling for quotes and dashes, without case; made when first asked."""
        return tuple(straightened(paragraph.text).casefold() for _, paragraph in self.corpus.places)

    @cached_property
    def titles(self) -> Titles:
        """The titles, to be searched while somebody types. At first it takes seconds for 100,000 articles."""
        return Titles(self.corpus.articles)

    @cached_property
    def facets(self) -> Facets:
        """The publishers, days and languages. At first it takes a second for 100,000 articles."""
        return Facets(self.corpus.articles, self.languages)

    @property
    def known(self) -> Known:
        """What the next snapshot need not find out again."""
        return Known(self._positions.numbers, self._positions.analysed, self._detected)

    @property
    def worn(self) -> bool:
        """Whether most of what is known is of articles that are gone, so that it is better to begin anew."""
        return len(self._positions.numbers.terms) > 2 * len(self._positions.vocabulary)

    @property
    def engine(self) -> str:
        """What searches, by its name."""
        return self._index.name

    @property
    def size(self) -> int:
        """About how many bytes of memory the articles and their index take."""
        characters = sum(len(paragraph.text) for _, paragraph in self.corpus.places)
        return _BYTES_A_CHARACTER * characters

    def serve(self) -> None:
        """Tell the engine that this is what is asked from now on.

        Raises:
            IndexUnavailable: The engine did not answer.

        """
        self._index.serve()

    def close(self) -> None:
        """Let go of the index; the snapshot is not asked again."""
        self._index.close()

    @cached_property
    def _by_citation(self) -> dict[CitationId, tuple[Article, Paragraph]]:
        return {paragraph.citation: (article, paragraph) for article, paragraph in self.corpus.places}

    @cached_property
    def _by_words(self) -> dict[str, tuple[Article, Paragraph]]:
        # Of equal words the first stay.
        return {words_cited(place[1].citation): place for place in reversed(self.corpus.places)}

    def _read(self, question: str) -> _Read:
        """The question as read in its own language and in every one of the collection, and the repairs of its words."""
        language = question_language(question, self._present)
        asked = without_asking(question, language)
        repairs = self._speller.repairs(asked, analyzer(language))
        readings = {
            one: reading(asked, one, self._positions, self._weights.relatives, repairs) for one in self._present
        }
        own = readings.get(language) or Reading(language, (), ())
        return own, tuple(readings.values()), repairs

    def _decided(self, read: _Read, limit: int, only: Set[ArticleId] | None) -> tuple[list[Ranked], float, Outcome]:
        """What is shown of the ranking, the confidence in the first, and what that makes of the question."""
        own, readings, _ = read
        # What is a word in another language only, as an English "the" is in German, is not what was asked for.
        ranked = self._ranker.ranked(readings if own.terms else (), limit, self._places_of(only))
        sure = [confidence(entry, self._positions) for entry in ranked] or [0.0]
        decided = outcome(sure[0], self._thresholds)
        if decided is not Outcome.UNCOVERED:
            # Beside a passage that matches, what only chance brought up is left out. This costs 1 right one in 100.
            ranked = [one for one, its in zip(ranked, sure, strict=True) if its >= self._thresholds.weak]
        return ranked, sure[0], decided

    def _missing(self, question: str, own: Reading) -> tuple[str, ...]:
        """The words that stand in no article, whether they are stemmed by the question's language or not at all."""
        unknown = [term for term in own.terms if not self._stands(term, own.language)]
        known = [span for term in own.terms if term not in unknown for span in term.spans]
        return written(question, [known, [span for term in unknown for span in term.spans]])[1]

    def _stands(self, term: QueryTerm, language: str) -> bool:
        return term.text in self._positions or without_accents(lowered(term.word, language)) in self._positions.surface

    def _places_of(self, only: Set[ArticleId] | None) -> Places | None:
        """The positions of all paragraphs of these articles."""
        if only is None:
            return None
        held = np.array([article.id in only for article in self.corpus.articles], dtype=bool)
        return np.flatnonzero(held[self._positions.layout.paragraph_article])

    def _passage(self, question: str, ranked: Ranked) -> Passage:
        article, paragraph = self.corpus.places[ranked.position]
        asked = ranked.evidence.reading
        groups: tuple[list[Span], list[Span], list[Span]] = [], [], []
        for row, term in enumerate(asked.terms):
            evidence = ranked.evidence.in_paragraph, ranked.evidence.held
            shares = [float(part[row, ranked.column]) for part in evidence]
            groups[next((at for at, share in enumerate(shares) if share >= HELD), 2)].extend(term.spans)
        matched, in_title, lacking = written(question, groups)
        return Passage(
            article,
            paragraph,
            asked.language,
            ranked.score,
            coverage(ranked),
            matched=matched,
            in_title=in_title,
            lacking=lacking,
            bold=self.bold(question, asked, ranked.position)[1],
        )


def _texts(article: Article) -> Iterator[str]:
    """All that is analysed of *article*."""
    yield article.title
    for paragraph in article.paragraphs:
        yield paragraph.text


def version(corpus: Corpus) -> str:
    """Eight letters and digits that change whenever anything that can be searched or shown changes."""
    digest = hashlib.blake2b(digest_size=4)
    for article in corpus.articles:
        digest.update(repr((article.id, article.title, article.metadata, article.source, article.digest)).encode())
        digest.update(article.words)
        for notice in article.notices:
            digest.update(f"{len(notice.text)} {notice.text}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
