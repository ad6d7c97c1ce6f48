"""What the retriever must reach on each judged collection, so that no change makes it worse unnoticed.

A floor is kept with the checksum of the collection it was measured on: a figure on other questions says nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from retrieval.errors import QuothError

MEASURES: Final = ("nDCG@10", "MRR@10", "Success@1", "Recall@100")
NOISE: Final = 0.001
"""The retriever is deterministic; this is for the last bits of another machine's arithmetic."""


class FloorLowered(QuothError):
    """New figures are below the floors, and nobody said that they may be."""


class BadFloors(QuothError):
    """The file of the floors cannot be read or written, or holds something else."""


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that is accepted on one collection."""

    checksum: str
    scores: Mapping[str, float]


Floors = Mapping[str, Floor]
"""By the collection's name."""


def checksum(folder: Path) -> str:
    """SHA-256 over the names and bytes of everything that a collection in *folder* is read from."""
    digest = hashlib.sha256()
    # A collection of passages may hold its articles a second time as files to be indexed; judgments name the passages.
    passages = any((folder / name).is_file() for name in ("corpus.jsonl", "passages.jsonl"))
    passed_over = {"articles"} if passages else set()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "README.md" and passed_over.isdisjoint(path.relative_to(folder).parts):
            digest.update(f"{path.relative_to(folder).as_posix()} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def floor_of(folder: Path, scores: Mapping[str, float]) -> Floor:
    """The floor that *scores*, just measured on the collection in *folder*, would be."""
    return Floor(checksum(folder), {name: round(scores[name], 4) for name in MEASURES})


def complaints(name: str, measured: Floor, floors: Floors) -> list[str]:
    """A sentence for each way in which *measured* breaks the floor of the collection *name*."""
    floor = floors.get(name)
    if floor is None:
        return [f"{name} has no floor yet."]
    if floor.checksum != measured.checksum:
        return [f"{name} is not the collection that its floor was measured on."]
    return [
        f"{name}: {measure} is {measured.scores[measure]:.4f}, below its floor of {least:.4f}."
        for measure, least in floor.scores.items()
        if measured.scores[measure] < least - NOISE
    ]


def raised(floors: Floors, measured: Floors, *, may_lower: bool) -> dict[str, Floor]:
    """*floors* with what *measured* has more; if *may_lower*, with all of *measured* in their places.

    What is less by no more than noise leaves the floor where it is, so that it cannot sink bit by bit.

    Raises:
        FloorLowered: A floor would be lowered, or its collection changed, and *may_lower* is false.

    """
    broken = [line for name, one in measured.items() if name in floors for line in complaints(name, one, floors)]
    if broken and not may_lower:
        raise FloorLowered(" ".join(broken) + " Nothing was written.")
    return {**floors, **{name: one if may_lower else _higher(one, floors.get(name)) for name, one in measured.items()}}


def _higher(measured: Floor, floor: Floor | None) -> Floor:
    if floor is None:
        return measured
    least = {name: max(score, floor.scores.get(name, 0.0)) for name, score in measured.scores.items()}
    return Floor(measured.checksum, least)


def read_floors(path: Path) -> dict[str, Floor]:
    """The floors in *path*; none if there is no such file.

    Raises:
        BadFloors: The file cannot be read, or holds something else.

    """
    if not path.exists():
        return {}
    try:
        return {name: _floor(**floor) for name, floor in json.loads(path.read_text(encoding="utf-8")).items()}
    except OSError as error:
        raise BadFloors(f"The floors in {path} cannot be read ({error.strerror}).") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadFloors(f"{path} does not hold floors as --raise-floors writes them.") from error


def _floor(*, checksum: str, scores: Mapping[str, float]) -> Floor:
    if set(scores) - set(MEASURES):
        raise ValueError("There is a measure that is not known.")
    return Floor(checksum, {name: float(score) for name, score in scores.items()})


def write_floors(path: Path, floors: Floors) -> None:
    """Write *floors* to *path*, in the order of their names.

    Raises:
        BadFloors: The file cannot be written.

    """
    text = json.dumps({name: asdict(floors[name]) for name in sorted(floors)}, indent=2)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise BadFloors(f"The floors cannot be written to {path} ({error.strerror}).") from error
