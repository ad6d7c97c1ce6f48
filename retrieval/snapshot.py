"""One state of the articles, ready to be asked: analysed, indexed, and never changed again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.analysed import Known
from retrieval.analysis import analyzer, lowered, without_accents
from retrieval.asking import needs_model, question_language, without_asking
from retrieval.columns import Chosen, Columns, Words, let_go, words_columns
from retrieval.errors import N_, UnknownArticle, UnknownCitation
from retrieval.facets import Facets, facets_columns
from retrieval.gate import Thresholds, confidence, coverage, outcome
from retrieval.index import Engine, Index
from retrieval.index.rank_bm25_index import RankBm25Index
from retrieval.kept import FOLDED, Citations, citation_columns, folded
from retrieval.language import keep_model
from retrieval.laying import known, laid_out, spoken
from retrieval.layout import Places
from retrieval.model import Article, ArticleId, CitationId, Corpus, Outcome, Paragraph, Passage
from retrieval.positions import Positions
from retrieval.query import QueryTerm, Reading, reading, written
from retrieval.quoting import best_sentence
from retrieval.ranking import Explanation, Ranked, Ranker, Weights, explanation
from retrieval.sentences import Span
from retrieval.spelling import Repair, Speller
from retrieval.titles import Titles

HELD = 0.6
"""Similarity from which another form of a word counts as the word."""


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


@dataclass(frozen=True, slots=True)
class Built:
    """What is made of a corpus before it can be asked."""

    digest: str
    """Of the corpus; see `digest`."""
    positions: Positions
    index: Index
    found: Columns | None = None
    """What paragraphs are found by that are named or quoted; without it that is made when it is asked for."""
    folder: Path | None = None
    """Where all of it is kept, if it is."""


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
        built: Built | None = None,
    ) -> None:
        """*built*: what was made of *corpus* before. Without it that is made here: *known* articles not again."""
        self._weights = weights or Weights()
        self._thresholds = thresholds or Thresholds()
        if built is None:
            positions = Positions(laid_out(corpus, spoken(corpus, known), known))
            built = Built(digest(corpus), positions, engine(positions.postings(self._weights.title)))
        self.corpus = corpus
        self.digest = built.digest
        self._built = built
        self._index = built.index
        self._positions = built.positions
        self._ranker = Ranker(self._positions, self._index, self._weights)
        self._speller = Speller(self._positions)
        self._present = tuple(
            dict.fromkeys([*Words(self._positions.columns, "prevailing"), *self._positions.languages])
        )
        self.languages: Sequence[str] = Chosen(self._positions.languages, self._positions.language)
        """The language of every article."""

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
            passages=tuple(self._passages(question, ranked)),
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
        return tuple(zip(self._passages(question, ranked), map(explanation, ranked), strict=True))

    def ranked(self, question: str, limit: int, only: Set[ArticleId] | None = None) -> list[Ranked]:
        """At most *limit* paragraphs with the evidence for them, best first: the ranking alone, for measuring."""
        return self._ranker.ranked(self._read(question)[1], limit, self._places_of(only))

    def bold(self, question: str, asked: Reading, position: int) -> tuple[str, Span | None]:
        """A paragraph's text, and the span of the sentence to set in bold for the question as it was read."""
        text = self.corpus.places[position][1].text
        return text, self._bold(question, asked, position, text, self._positions.numbered(asked.families))

    def extent(self, only: Set[ArticleId] | None = None) -> tuple[int, int]:
        """How many articles and paragraphs are searched: all, or those of *only* these articles."""
        if only is None:
            return len(self.corpus.articles), len(self.corpus.places)
        return len(only), int(self._positions.sizes[self._held(only)].sum())

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
        place = self._citations.cited(citation)
        if place is None:
            raise UnknownCitation(N_("That paragraph is no longer in the articles."))
        return place

    def worded(self, mark: str) -> tuple[Article, Paragraph] | None:
        """The first paragraph of that fingerprint; None if no article holds its words."""
        return self._citations.worded(mark)

    @cached_property
    def folded(self) -> Words:
        """The words of every paragraph with one spelling for quotes and dashes, without case."""
        return Words(self._built.found or words_columns(FOLDED, folded(self.corpus)), FOLDED)

    @cached_property
    def titles(self) -> Titles:
        """The titles, to be searched while somebody types."""
        return Titles(self.corpus.articles, self._built.found)

    @cached_property
    def facets(self) -> Facets:
        """The publishers, days and languages."""
        found = self._built.found or facets_columns(self.corpus.articles)
        return Facets(tuple(self.corpus.by_id), self.languages, found)

    @property
    def known(self) -> Known:
        """What the next snapshot need not find out again."""
        return known(self._positions.columns)

    @property
    def version(self) -> str:
        """Eight letters and digits for people to tell one state from another by."""
        return self.digest[:8]

    @property
    def folder(self) -> Path | None:
        """Where it is kept, if it is; see `retrieval.volumes`."""
        return self._built.folder

    @property
    def engine(self) -> str:
        """What searches, by its name."""
        return self._index.name

    @property
    def size(self) -> int:
        """About how many bytes of memory the articles and their index take when all of them are looked at."""
        return sum(column.nbytes for part in self._parts for column in part.values())

    @property
    def _parts(self) -> tuple[Columns, Columns]:
        return self._positions.columns, self._built.found or {}

    def prepare(self) -> None:
        """Have the model in memory that tells the languages of questions, where they need one.

        Else the first question that is long enough would wait for it, and all behind it.
        """
        if needs_model(self._present):
            keep_model()

    def serve(self) -> None:
        """Be asked from now on, which the engine is told.

        Raises:
            IndexUnavailable: The engine did not answer.

        """
        self._index.serve()

    def rest(self) -> None:
        """Give back the memory of what was looked at of files; see `let_go`."""
        for part in self._parts:
            let_go(part)

    def close(self) -> None:
        """Let go of the index; the snapshot is not asked again."""
        self._index.close()

    @cached_property
    def _citations(self) -> Citations:
        return Citations(self.corpus.places, self._built.found or citation_columns(self.corpus))

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
        return np.flatnonzero(self._held(only)[self._positions.layout.paragraph_article])

    def _held(self, only: Set[ArticleId]) -> NDArray[np.bool_]:
        """Of every article whether it is one of these."""
        return np.array([name in only for name in self.corpus.by_id], dtype=np.bool_)

    def _passages(self, question: str, ranked: Sequence[Ranked]) -> Iterator[Passage]:
        numbered: dict[str, dict[int, str]] = {}
        for entry in ranked:
            asked = entry.evidence.reading
            if asked.language not in numbered:
                numbered[asked.language] = self._positions.numbered(asked.families)
            yield self._passage(question, entry, numbered[asked.language])

    def _passage(self, question: str, ranked: Ranked, numbered: Mapping[int, str]) -> Passage:
        """*numbered*: the terms of the reading and their relatives by number."""
        article, paragraph = self.corpus.places[ranked.position]
        asked, column = ranked.evidence.reading, ranked.column
        groups: tuple[list[Span], list[Span], list[Span]] = [], [], []
        in_paragraph, held = ranked.evidence.in_paragraph[:, column].tolist(), ranked.evidence.held[:, column].tolist()
        for term, own, also_title in zip(asked.terms, in_paragraph, held, strict=True):
            groups[0 if own >= HELD else 1 if also_title >= HELD else 2].extend(term.spans)
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
            bold=self._bold(question, asked, ranked.position, paragraph.text, numbered),
        )

    def _bold(
        self, question: str, asked: Reading, position: int, text: str, numbered: Mapping[int, str]
    ) -> Span | None:
        return best_sentence(question, asked, text, self._positions.sentences(position, numbered))


def digest(corpus: Corpus) -> str:
    """32 letters and digits that change whenever anything that can be searched or shown changes."""
    found = hashlib.blake2b(digest_size=16)
    for article in corpus.articles:
        told = (article.id, article.title, article.metadata, article.origin, article.digest)
        found.update(repr(told).encode("utf-8", "surrogatepass"))
        found.update(article.words)
        for line in (*article.notices, *article.left_out):
            found.update(f"{line.rule} {len(line.text)} {line.text}\n".encode("utf-8", "surrogatepass"))
    return found.hexdigest()
