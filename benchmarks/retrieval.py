"""Measures the retriever on the developers' collections: `python -m benchmarks.retrieval [NAME…]`.

The collections are no part of the project: EVAL_COLLECTIONS names their folder (`../shared/eval` otherwise).
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

from retrieval.evaluation import Collection, Question, rankings, read_collection, refusals, scorecard, scores
from retrieval.evaluation import snapshot_system as system
from retrieval.model import Outcome
from retrieval.snapshot import Snapshot

EVAL = Path(os.environ.get("EVAL_COLLECTIONS", "../shared/eval"))
ENGLISH = ("xquad-en", "squad2-devhalf", "time", "checkthat-dev", "stackfaq", "cacm", "cisi", "med")
NAMES = ("xquad-en", "xquad-de", "xquad-es", "xquad-ru", *ENGLISH[1:], "trecqa-dev")
OFF_TOPIC = 45
"""Questions taken from every other collection, evenly spaced."""
ANSWERABLE = 300
TYPO_SEED = 1


def main() -> None:
    """Every figure of docs/retrieval.md, one line for each collection."""
    for name in sys.argv[1:] or NAMES:
        sys.stderr.write(f"{name} …\n")
        collection = read_collection(EVAL / name)
        _ranking(collection)
        snapshot = Snapshot(collection.corpus)
        if name == "xquad-en":
            _typos(collection, snapshot)
        if (EVAL / name / "answers.jsonl").is_file():
            _bold(collection, snapshot)
        _refusals(collection, snapshot)


def _ranking(collection: Collection) -> None:
    card, _ = scorecard(collection, baseline="naive")
    naive = card.baseline["nDCG@10"] if card.baseline else 0.0
    _say(collection, f"naive {naive:.3f}  ", **card.scores, ms=card.milliseconds)


def _typos(collection: Collection, snapshot: Snapshot) -> None:
    """nDCG@10 with one letter of every question left out, added, replaced or swapped."""
    chance = random.Random(TYPO_SEED)  # noqa: S311  # repeatable, not secret
    wrong = tuple(Question(question.id, misspelt(question.text, chance)) for question in collection.questions)
    other = Collection(collection.name, collection.corpus, wrong, collection.judgments, collection.level)
    clean, typed = (scores(one, rankings(one, system(snapshot))[0]).means["nDCG@10"] for one in (collection, other))
    _say(collection, "typos ", clean=clean, typo=typed, cost=clean - typed)


def misspelt(text: str, chance: random.Random) -> str:
    """The text with one wrong letter in one of its words of four letters or more, if there is any."""
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    if not long:
        return text
    at = chance.choice(long)
    word, place, letter = words[at], chance.randrange(len(words[at]) - 1), chance.choice("abcdefghijklmnopqrstuvwxyz")
    words[at] = chance.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + letter + word[place:],
            word[:place] + letter + word[place + 1 :],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        )
    )
    return " ".join(words)


def _bold(collection: Collection, snapshot: Snapshot) -> None:
    """How often the bold sentence holds a gold answer: of the gold paragraph, and of the paragraph ranked first."""
    gold = {row["query_id"]: row for row in _rows(collection.name, "answers.jsonl")}
    places = {paragraph.citation: at for at, (_, paragraph) in enumerate(collection.corpus.places)}
    given = first = 0
    for question in collection.questions:
        row = gold[question.id]
        ranked = snapshot.ranked(question.text, 1)
        if not ranked:
            continue
        reading = ranked[0].evidence.reading
        text, bold = snapshot.bold(question.text, reading, ranked[0].position)
        if bold:
            first += any(answer in text[slice(*bold)] for answer in row["answers"])
        _, bold = snapshot.bold(question.text, reading, places[row["passage_id"]])
        if bold:
            spans = zip(row["answers"], row["starts"], strict=False)
            given += any(bold[0] <= start and start + len(answer) <= bold[1] for answer, start in spans)
    count = len(collection.questions)
    _say(collection, "bold ", gold_paragraph=given / count, end_to_end=first / count)


def _refusals(collection: Collection, snapshot: Snapshot) -> None:
    """Questions of the other English collections are off topic; the two SQuAD sets share paragraphs."""
    own = {"xquad-en", "squad2-devhalf"} if collection.name in {"xquad-en", "squad2-devhalf"} else {collection.name}
    outside = [
        question
        for name in ENGLISH
        if name not in own
        for question in _spread(_texts(name, "queries.jsonl"), OFF_TOPIC)
    ]
    inside = _spread([question.text for question in collection.questions], ANSWERABLE)
    gate = refusals(snapshot, inside, outside)
    _say(
        collection,
        "refusals ",
        auroc=gate.auroc,
        false_answers=gate.false_answers,
        refused=gate.refused,
        false_refusals=gate.false_refusals,
        answered=gate.answered,
    )
    if (EVAL / collection.name / "unanswerable.jsonl").is_file():
        asked = _spread(_texts(collection.name, "unanswerable.jsonl"), ANSWERABLE)
        answered = [snapshot.search(text, 1).outcome is Outcome.ANSWERED for text in asked]
        _say(collection, "unanswerable ", answered=sum(answered) / len(answered))


def _spread(texts: list[str], at_most: int) -> list[str]:
    step = max(1, len(texts) // at_most)
    return texts[::step][:at_most]


def _texts(name: str, file: str) -> list[str]:
    return [row["text"] for row in _rows(name, file)]


def _rows(name: str, file: str) -> list[dict[str, Any]]:
    with (EVAL / name / file).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _say(collection: Collection, kind: str, **figures: float) -> None:
    text = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
    sys.stdout.write(f"{collection.name:15} {kind}{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
