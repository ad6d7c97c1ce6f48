"""Columns of numbers and of words: in memory while they are made, and read from disk as they are needed later."""

from __future__ import annotations

import mmap
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, starmap
from pathlib import Path
from typing import IO, Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from retrieval.remembered import Remembered

Columns = Mapping[str, NDArray[Any]]
"""Arrays of one dimension by name."""

T_co = TypeVar("T_co", covariant=True)

_REMEMBERED = 4096

_FEW = 100_000
"""Words up to which all are in memory, which takes 10 MB, and found in a tenth of the time."""

_LOOKED_THROUGH = 2000
"""Words that are looked through in one stretch."""

_GIVEN_BACK = 1024**2
"""Bytes of memory that are given back at a time, in a fifth of a millisecond."""


def saved(folder: Path, columns: Columns) -> None:
    """Write each column to `<name>.npy` in *folder*.

    Raises:
        OSError: It could not be written.

    """
    for name, column in columns.items():
        np.save(folder / f"{name}.npy", column, allow_pickle=False)


def loaded(folder: Path, *, mapped: bool) -> dict[str, NDArray[Any]]:
    """The columns in *folder*; those that are *mapped* are read when they are looked at and may not be changed.

    Raises:
        OSError, ValueError: One of them is not as it was written.

    """
    # As an array of its own kind each look at what is mapped would cost ten times as much.
    return {
        path.stem: np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False).view(np.ndarray)
        for path in folder.glob("*.npy")
    }


def let_go(columns: Columns) -> None:
    """Give the system back the memory of what was looked at of mapped columns; it is read again when it is needed.

    The system itself takes it where memory is scarce, and until then counts it as the program's.
    """
    if not hasattr(mmap, "MADV_DONTNEED"):
        return  # Windows has no such thing
    for column in columns.values():
        holder: object = column
        while holder is not None and not isinstance(holder, mmap.mmap):
            holder = getattr(holder, "base", None)
        if holder is not None:
            # Each call keeps the interpreter's turn.
            for begin in range(0, len(holder), _GIVEN_BACK):
                holder.madvise(mmap.MADV_DONTNEED, begin, min(_GIVEN_BACK, len(holder) - begin))


class Made(Sequence[T_co], Generic[T_co]):
    """A sequence whose entries are made when they are looked at."""

    def entry(self, at: int) -> T_co:
        """The entry of that number, from 0."""
        raise NotImplementedError

    @overload
    def __getitem__(self, at: int) -> T_co: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[T_co]: ...

    def __getitem__(self, at: int | slice) -> T_co | Sequence[T_co]:
        if isinstance(at, slice):
            return [self.entry(one) for one in range(*at.indices(len(self)))]
        if at < 0:
            at += len(self)
        if not 0 <= at < len(self):
            raise IndexError(at)
        return self.entry(at)

    def __iter__(self) -> Iterator[T_co]:
        return map(self.entry, range(len(self)))


class Words(Made[str]):
    """Words by number, in UTF-8 one after the other."""

    def __init__(self, columns: Columns, name: str) -> None:
        """*name*: that `words_columns` or `saved_words` was given."""
        self._letters = columns[_letters(name)].data
        self._ends = columns[_ends(name)].data

    def __len__(self) -> int:
        return len(self._ends) - 1

    def entry(self, at: int) -> str:
        """The word of that number."""
        return str(self._letters[self._ends[at] : self._ends[at + 1]], "utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        """All of them, in less than half the time that they would take one by one."""
        ends = np.asarray(self._ends)
        for first in range(0, len(self), _LOOKED_THROUGH):
            its = ends[first : first + _LOOKED_THROUGH + 1]
            letters = self._letters[its[0] : its[-1]]
            text, cuts = str(letters, "utf-8", "surrogatepass"), its - its[0]
            if len(text) < len(letters):
                # Every byte but those that go on with a character begins one.
                begins = (np.frombuffer(letters, np.uint8) & 0xC0) != 0x80
                cuts = np.concatenate([[0], np.cumsum(begins)])[cuts]
            yield from map(text.__getitem__, starmap(slice, pairwise(cuts.tolist())))

    def holding(self, part: str) -> Iterator[int]:
        """The numbers of the words that hold *part*, in order. Others get a turn every millisecond or so."""
        sought, ends = _encoded(part), self._ends
        for first in range(0, len(self), _LOOKED_THROUGH):
            last = min(first + _LOOKED_THROUGH, len(self))
            begin = ends[first]
            letters = bytes(self._letters[begin : ends[last]])
            at = letters.find(sought)
            while at >= 0:
                number = bisect_right(ends, begin + at, first, last) - 1
                inside = begin + at + len(sought) <= ends[number + 1]
                if inside:
                    yield number
                at = letters.find(sought, ends[number + 1] - begin if inside else at + 1)


class SortedWords(Words):
    """Different words in order: each is found, and its number is its place."""

    def __init__(self, columns: Columns, name: str) -> None:
        super().__init__(columns, name)
        self._numbers = dict(zip(self, range(len(self)), strict=True)) if len(self) <= _FEW else None
        # The same words are looked up again and again.
        self._found: Remembered[str, int | None] = Remembered(_REMEMBERED)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.number(word) is not None

    @property
    def at_hand(self) -> Sequence[str]:
        """The same, those that are in memory as they are there."""
        return self if self._numbers is None else [*self._numbers]

    def number(self, word: str) -> int | None:
        """The number of *word*, None if it is none of them."""
        if self._numbers is not None:
            return self._numbers.get(word)
        return self._found.get(word, lambda: self._number(word))

    def _number(self, word: str) -> int | None:
        at = bisect_left(self, word)
        return at if at < len(self) and self.entry(at) == word else None


class Chosen(Made[T_co]):
    """Entries of a sequence, in another order."""

    def __init__(self, entries: Sequence[T_co], numbers: NDArray[Any]) -> None:
        self._entries = entries
        self._numbers = numbers.data

    def __len__(self) -> int:
        return len(self._numbers)

    def entry(self, at: int) -> T_co:
        """The entry that stands there."""
        return self._entries[self._numbers[at]]


class Backwards(Chosen[str]):
    """Words, in another order, read from their end."""

    def entry(self, at: int) -> str:
        """The word that stands there, its last letter first."""
        return super().entry(at)[::-1]


def words_columns(name: str, words: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The columns of `Words`."""
    letters, ends = bytearray(), array("q", [0])
    for word in words:
        letters += _encoded(word)
        ends.append(len(letters))
    return {_letters(name): np.frombuffer(letters, dtype=np.uint8), _ends(name): np.array(ends, dtype=np.int64)}


def saved_words(folder: Path, name: str, words: Iterable[str]) -> None:
    """Write the columns of `Words`, whose letters are never in memory together.

    Raises:
        OSError: They could not be written.

    """
    ends = array("q", [0])
    with (folder / f"{_letters(name)}.npy").open("wb") as file:
        begin = _headed(file, 0)
        for word in words:
            ends.append(ends[-1] + file.write(_encoded(word)))
        file.seek(0)
        if _headed(file, ends[-1]) != begin:  # numpy leaves room for the length
            raise ValueError(name)
    saved(folder, {_ends(name): np.array(ends, dtype=np.int64)})


def _headed(file: IO[bytes], length: int) -> int:
    """Write what stands before so many bytes in a file of numpy's; where they begin."""
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (length,)})
    return file.tell()


def _encoded(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


def _letters(name: str) -> str:
    return f"{name}_letters"


def _ends(name: str) -> str:
    return f"{name}_ends"
