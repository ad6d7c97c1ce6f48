"""One spelling for what different keyboards and programs write differently: quotes, dashes, compatibility forms."""

from __future__ import annotations

import re
import unicodedata

from retrieval.marks import LONGEST_MARK_RUN, REORDERED

# And those that enclose a character.
_MARK = rf"[{REORDERED}\u0300-\u036f\u20d0-\u20ff]"
_MANY_MARKS = re.compile(f"({_MARK}{{{LONGEST_MARK_RUN}}}){_MARK}+")
_SPELLINGS = {
    one: spelling
    for ones, spelling in (
        ("\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4`", "'"),
        ("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        ("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        ("\u00ad\u200b\u2060\ufeff", ""),
    )
    for one in ones
}
_SPELLED = re.compile(f"[{''.join(_SPELLINGS)}]")
_AMONG = "\u0300-\u036f\u0483-\u1fff\u20d0-\u20ff\u2c00-\ufe2f\U00010000-\U0010ffff"
_MAY_BE_MANY = re.compile(f"[{_AMONG}]{{{LONGEST_MARK_RUN + 1}}}")
"""All marks are among these characters, and no everyday letter of Latin, Greek or Cyrillic. What has not so many of
them in a row is told in a tenth of the time."""


def straightened(text: str) -> str:
    """*text* with one spelling for each quote, dash and compatibility form; case and accents stay.

    Takes time in proportion to the length, whatever the text.
    """
    if text.isascii():
        return text.replace("`", "'")
    once = _spelled(text)
    if _MAY_BE_MANY.search(once):
        once = _spelled(_MANY_MARKS.sub(r"\1", text))
    if unicodedata.is_normalized("NFKC", once):
        return once
    return _spelled(unicodedata.normalize("NFKC", once))


def _spelled(text: str) -> str:
    # By a table it would take ten times as long.
    return _SPELLED.sub(lambda found: _SPELLINGS[found[0]], text)


def folded(text: str) -> str:
    """*text* straightened, without case and without accents."""
    decomposed = unicodedata.normalize("NFD", straightened(text).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
