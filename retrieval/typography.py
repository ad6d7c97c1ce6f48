"""One spelling for what different keyboards and programs write differently: quotes, dashes, compatibility forms."""

from __future__ import annotations

import re
import unicodedata

from retrieval.marks import LONGEST_MARK_RUN, REORDERED

# And those that enclose a character.
_MARK = rf"[{REORDERED}\u0300-\u036f\u20d0-\u20ff]"
_MANY_MARKS = re.compile(f"({_MARK}{{{LONGEST_MARK_RUN}}}){_MARK}+")
_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff"),
    }
)


def straightened(text: str) -> str:
    """*text* with one spelling for each quote, dash and compatibility form; case and accents stay.

    Takes time in proportion to the length, whatever the text.
    """
    if text.isascii():
        return text.replace("`", "'")
    once = _MANY_MARKS.sub(r"\1", text).translate(_TYPOGRAPHY)
    if unicodedata.is_normalized("NFKC", once):
        return once
    return unicodedata.normalize("NFKC", once).translate(_TYPOGRAPHY)


def folded(text: str) -> str:
    """*text* straightened, without case and without accents."""
    decomposed = unicodedata.normalize("NFD", straightened(text).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
