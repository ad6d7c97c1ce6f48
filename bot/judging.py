"""Votes → a judged collection, so that a server can measure its own retrieval."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bot.querylog.reading import Kept
from retrieval.evaluation import Collection, Question
from retrieval.model import CitationId, Corpus


@dataclass(frozen=True, slots=True)
class Judged:
    """A collection, and how many votes it is made of."""

    collection: Collection
    votes: int
    gone: int
    """Votes on passages that are no longer in the articles as they were."""


def judged(rows: Iterable[Kept], corpus: Corpus, name: str) -> Judged:
    """The questions with votes on paragraphs of *corpus*, whose gain is 1 with more helpful votes than others, else 0.

    A vote on a whole answer counts for its first passage if it was helpful, else for all: one passage is enough to
    help, and none did. Equal questions, whatever their case and white space, are one.
    """
    known = {paragraph.citation for _, paragraph in corpus.places}
    balance: defaultdict[str, Counter[CitationId]] = defaultdict(Counter)
    asked: dict[str, str] = {}
    votes = gone = 0
    for kept in rows:
        if kept.asked.question is None:
            continue
        text = " ".join(kept.asked.question.split())
        shown = [citation for citation, _score in kept.asked.shown]
        for voted, helpful in kept.votes:
            meant = [voted] if voted is not None else shown[:1] if helpful else shown
            here = [citation for citation in meant if citation in known]
            votes += bool(here)
            gone += not here
            for citation in here:
                asked.setdefault(text.casefold(), text)
                balance[text.casefold()][citation] += 1 if helpful else -1
    ids = {key: f"q{number}" for number, key in enumerate(asked, start=1)}
    gains: dict[str, dict[str, int]] = {
        ids[key]: {citation: int(votes_for > 0) for citation, votes_for in balance[key].items()} for key in asked
    }
    questions = tuple(Question(ids[key], text) for key, text in asked.items())
    return Judged(Collection(name, corpus, questions, gains), votes, gone)
