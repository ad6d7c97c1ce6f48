"""What `quoth eval` does: judged collections in, scorecards out, floors held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TextIO

from retrieval.errors import QuothError
from retrieval.evaluation import (
    Collection,
    Question,
    Scorecard,
    read_collection,
    read_questions,
    scorecard,
    write_run,
)
from retrieval.floors import Floor, complaints, floor_of, raised, read_floors, write_floors
from retrieval.language import detected
from retrieval.loading import load
from retrieval.rows import BadCollection

Track = Callable[[str, Sequence[Question]], Iterable[Question]]
"""Goes through questions while it shows how far it is."""

_OFF_TOPIC = 500
"""Questions of other collections that a collection must refuse, at most; every n-th of them."""


class RunUnwritable(QuothError):
    """The rankings cannot be written where they should be."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A collection's scorecard, and what its floor would be."""

    folder: Path
    card: Scorecard
    floor: Floor


def measure(
    folders: Sequence[Path],
    *,
    naive: bool,
    questions: Path | None,
    run: Path | None,
    track: Track,
) -> list[Measured]:
    """Every collection in *folders*, in their order; questions of the others in its language are its off-topic ones.

    *naive* compares with rank-bm25 as everybody uses it; *questions* judges a folder of articles; *run* takes the
    rankings in TREC's run format.

    Raises:
        BadCollection: A folder holds no collection, or has the name of another.
        RunUnwritable: The rankings cannot be written there.
        UnknownJudgment: A judgment quotes words that stand in no paragraph.

    """
    names = [folder.resolve().name for folder in folders]
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise BadCollection(f"Two of the collections are named {twice[0]}; their figures could not be told apart.")
    collections = [_read(folder, questions) for folder in folders]
    with _opened(run) if run is not None else nullcontext() as out:
        return [
            _measured(folder, collection, collections, naive=naive, out=out, track=track)
            for folder, collection in zip(folders, collections, strict=True)
        ]


@contextmanager
def _opened(run: Path) -> Iterator[TextIO]:
    """*run*, to be written anew: opened before anything is measured, so that nobody waits for a file that cannot be."""
    try:
        file = run.open("w", encoding="utf-8")
    except OSError as error:
        raise RunUnwritable(f"The rankings cannot be written to {run} ({error.strerror}).") from error
    with file:
        yield file


def _measured(
    folder: Path,
    collection: Collection,
    collections: Sequence[Collection],
    *,
    naive: bool,
    out: TextIO | None,
    track: Track,
) -> Measured:
    card, rankings = scorecard(
        collection,
        baseline="naive" if naive else None,
        off_topic=_off_topic(collection, collections),
        progress=partial(track, collection.name),
    )
    if out is not None:
        write_run(rankings, out)
    return Measured(folder, card, floor_of(folder, card.scores))


def against(path: Path, measured: Sequence[Measured], *, raising: bool, may_lower: bool) -> list[str]:
    """What of *measured* breaks the floors in *path*, in sentences; if *raising* the floors are written anew instead.

    Raises:
        FloorLowered: A floor would be lowered, and it may not.

    """
    floors = read_floors(path)
    new = {one.card.collection: one.floor for one in measured}
    if raising:
        write_floors(path, raised(floors, new, may_lower=may_lower))
        return []
    return [sentence for name, floor in new.items() for sentence in complaints(name, floor, floors)]


def _read(folder: Path, questions: Path | None) -> Collection:
    if questions is not None and not any((folder / name).is_file() for name in ("corpus.jsonl", "passages.jsonl")):
        return replace(read_questions(questions, load(folder)), name=folder.resolve().name)
    return read_collection(folder, load)


def _off_topic(collection: Collection, collections: Sequence[Collection]) -> list[str]:
    """Questions on other articles in the language of the collection's own questions."""
    language = _language(collection)
    texts = {question.text for question in collection.questions}
    others = [
        question.text
        for other in collections
        if other is not collection and _language(other) == language
        for question in other.questions
        if question.text not in texts
    ]
    return others[:: max(1, -(-len(others) // _OFF_TOPIC))]


def _language(collection: Collection) -> str | None:
    return detected(" ".join(question.text for question in collection.questions[:50]))
