"""Which language a text is in, or a whole collection of texts: what cannot be told is guessed only where nothing is.

py3langid tells whole articles apart without error; a text of a few words is less sure, so it is not told at all, unless
its script says more.
"""

from __future__ import annotations

import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from threading import Lock, Timer
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN: Final = "und"
"""ISO 639-2 for undetermined: read unstemmed, with no stop words."""

_READ: Final = 2000
"""Characters of a text that are looked at."""

ENOUGH_LETTERS: Final = 60
"""Below this a text is too short to trust: py3langid takes "Ned Price" for Czech."""

ENOUGH_CONFIDENCE: Final = 0.9

GUESSED_LETTERS: Final = 20
"""Below this the texts of a whole collection are too little to guess from."""

PLAUSIBLE: Final = 0.5
"""Confidence from which a guess is better than stemming nothing and searching for every common word."""

_ALIKE: Final = (frozenset({"nb", "nn", "no"}), frozenset({"bs", "hr", "sr"}), frozenset({"id", "ms"}))
"""Languages that py3langid tells from others and not from each other; either one's analysis serves all."""

_NO_LANGUAGE: Final = "zxx"
"""What py3langid calls tables of numbers and the like, ISO 639-2 for no linguistic content."""

_SCRIPTS: Final[dict[str, str]] = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "THAI": "th",
    "CJK": "zh",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "HEBREW": "he",
    "TAMIL": "ta",
}
"""Scripts that (nearly) one language alone is written in; kana before Han, which Japanese uses too."""

OF_THEIR_OWN_SCRIPT: Final = frozenset(_SCRIPTS.values())
"""The languages that `by_script` tells."""


class Model:
    """py3langid's, loaded when it is needed and let go of when nobody has needed it for a while."""

    def __init__(self, idle_seconds: float = 60.0) -> None:
        """*idle_seconds*: without use, after which it is let go of: it takes 70 MB, and half a second to load."""
        self._idle_seconds = idle_seconds
        self._lock = Lock()
        self._loaded: LanguageIdentifier | None = None
        self._used = 0.0
        self._kept = False

    @property
    def loaded(self) -> bool:
        """Whether it is in memory."""
        return self._loaded is not None

    def get(self, *, keep: bool = False) -> LanguageIdentifier:
        """The model; *keep*: which stays from now on."""
        with self._lock:
            self._kept |= keep
            if self._loaded is None:
                from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

                self._loaded = LanguageIdentifier.from_modelpath(Path(MODEL_DIR) / MODEL_FILE, norm_probs=True)
                self._look_later(self._idle_seconds)
            self._used = time.monotonic()
            return self._loaded

    def _look_later(self, seconds: float) -> None:
        timer = Timer(seconds, self._tidy)
        timer.daemon = True
        timer.start()

    def _tidy(self) -> None:
        with self._lock:
            left = self._used + self._idle_seconds - time.monotonic()
            if self._kept:
                return
            if left > 0:
                self._look_later(left)
            else:
                self._loaded = None


_MODEL: Final = Model()


def keep_model() -> None:
    """Have what tells languages in memory for as long as this process runs."""
    _MODEL.get(keep=True)


def by_script(text: str) -> str | None:
    """The language that the script of most letters gives away, if any."""
    counts: Counter[str] = Counter()
    for character, often in Counter(text[:_READ]).items():
        if character.isalpha():
            counts[unicodedata.name(character, "").split(" ")[0]] += often
    letters = counts.total()
    if counts["HIRAGANA"] + counts["KATAKANA"] > letters / 10:
        return "ja"
    script, count = max(counts.items(), key=lambda entry: (entry[1], entry[0]), default=("", 0))
    return _SCRIPTS.get(script) if count > letters / 2 else None


def detected(text: str) -> str | None:
    """ISO 639-1 code of the text's language, or None when it cannot be told."""
    if (language := by_script(text)) is not None:
        return language
    if sum(map(str.isalpha, text[:_READ])) < ENOUGH_LETTERS:
        return None
    return _likeliest(text, ENOUGH_CONFIDENCE)


def guessed(texts: Iterable[str]) -> str | None:
    """The likeliest language of texts that belong together, none of which can be told alone; None for hardly any."""
    start = " ".join(islice(texts, _READ))[:_READ]
    if sum(map(str.isalpha, start)) < GUESSED_LETTERS:
        return None
    return _likeliest(start, PLAUSIBLE)


def _likeliest(text: str, enough: float) -> str | None:
    """The likeliest language, if it is one and it or one that is much like it is right with *enough* confidence."""
    ranked = [(str(language), float(confidence)) for language, confidence in _MODEL.get().rank(text[:_READ])]
    best = ranked[0][0]
    alike = next((group for group in _ALIKE if best in group), frozenset({best}))
    confidence = sum(confidence for language, confidence in ranked if language in alike)
    return best if confidence >= enough and best != _NO_LANGUAGE else None


def stated_or(stated: str | None, found: str | None) -> str | None:
    """The code of the language that metadata state, or *found*."""
    return _code(stated) or found


def languages(found: Sequence[tuple[str | None, int]], guess: str | None = None) -> tuple[str, ...]:
    """The language of every text of a collection, given as (what was found, its size).

    A text whose language cannot be told takes the one that most of the collection is in, and where none can be told
    *guess*.
    """
    fallback = prevailing(found) if any(language for language, _ in found) else guess or UNKNOWN
    return tuple(language or fallback for language, _ in found)


def prevailing(weighed: Iterable[tuple[str | None, int]]) -> str:
    """The language with the greatest weight, the first in the alphabet of equals; `UNKNOWN` if there is none."""
    weights: Counter[str] = Counter()
    for language, weight in weighed:
        if language is not None:
            weights[language] += weight
    return min(weights, key=lambda language: (-weights[language], language), default=UNKNOWN)


def _code(given: str | None) -> str | None:
    """`de` for what metadata write as `de-AT`, `DE` or `de_CH`; None for nothing."""
    return given.replace("_", "-").split("-")[0].strip().lower() or None if given else None
