"""Text → terms, the same for questions and paragraphs.

A term is what two spellings of one word have in common: compatibility forms, case, accents, curly quotes, dashes,
the dots of an acronym and the ending are gone. Terms are for searching only; what is shown is always the original.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import Stemmer

_MARK = "[\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
# Normalising a run of n combining marks takes n² steps in Python 3.11 (cpython #149079); no word has more than a few.
_MANY_MARKS = re.compile(f"({_MARK}{{8}}){_MARK}+")
_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff"),
    }
)
_WORD = re.compile(r"[^\W\d_](?:\.[^\W\d_])+\b\.?|\d+(?:[.,]\d+)*|[^\W_]+(?:'[^\W_]+)*")

# The function words of the Snowball project's English list (snowballstem.org), with the question words of its readers.
_STOP_WORDS = frozenset(
    """
    a about above after again against all am an and any are as at be because been before being below between
    both but by can cannot could did do does doing down during each few for from further had has have having he
    her here hers herself him himself his how i if in into is it its itself just let me more most my myself no
    nor not of off on once only or other ought our ours ourselves out over own same she should so some such than
    that the their theirs them themselves then there these they this those through to too under until up us very
    was we were what when where which while who whom whose why will with would you your yours yourself
    yourselves
    """.split()  # noqa: SIM905  # a page of quotes and commas reads worse
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, as it stands there, and the term it is searched by."""

    text: str
    term: str | None
    """None for a stop word."""


def straightened(text: str) -> str:
    """*text* with one spelling for each quote, dash and compatibility form; case and accents stay.

    Takes time in proportion to the length, whatever the text.
    """
    return unicodedata.normalize("NFKC", _MANY_MARKS.sub(r"\1", text).translate(_TYPOGRAPHY)).translate(_TYPOGRAPHY)


def folded(text: str) -> str:
    """*text* straightened, without case and without accents."""
    decomposed = unicodedata.normalize("NFD", straightened(text).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


class Analyzer:
    """Takes texts of one language apart. Safe to share between threads."""

    def __init__(self, language: str = "english") -> None:
        self._language = language

    def words(self, text: str) -> list[Word]:
        """Every word of *text* in order, stop words included."""
        shown = straightened(text)
        has_lower = any(character.islower() for character in shown)
        found = [match.group() for match in _WORD.finditer(shown)]
        # PyStemmer objects keep a cache that is not safe to share between threads.
        stem = Stemmer.Stemmer(self._language).stemWord
        return [Word(word, self._term(word, has_lower, stem)) for word in found]

    def terms(self, text: str) -> list[str]:
        """The terms of *text* in order, repeated as often as they stand there."""
        return [word.term for word in self.words(text) if word.term is not None]

    def _term(self, word: str, text_has_lower: bool, stem: Callable[[str], str]) -> str | None:
        plain = folded(word)
        if "." in plain and not plain[0].isdigit():
            return plain.replace(".", "")
        # "US" is a country, "us" is not; in a text of capitals nobody can tell.
        if text_has_lower and len(word) > 1 and word.isupper():
            return plain
        plain = plain.removesuffix("'s")
        if plain.replace("'", "") in _STOP_WORDS or plain.split("'")[0] in _STOP_WORDS:
            return None
        return str(stem(plain))
