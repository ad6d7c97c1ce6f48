"""The sentences of a paragraph as spans of its text, in any language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

Span = tuple[int, int]
"""Start and end in a text; `text[start:end]` is what is meant."""

# Sentence ends of scripts that nupunkt, trained on English, does not know: CJK, Arabic, Devanagari, Armenian, Burmese,
# Khmer and Ethiopic, with the closing quotation marks that follow them.
_FOREIGN_END: Final = re.compile("[。！？｡؟۔।॥։။៕።]+[」』”’»）)\\]]*")
# An ordinal (German "1. Februar", Norwegian "1. februar") or an initial ends no sentence; nor does a stop before a
# small letter.
_ORDINAL_END: Final = re.compile(r"(?:^|[\s(])\d{1,2}\.\s*$")
_ORDINAL_LANGUAGES: Final = frozenset(
    {"cs", "da", "de", "et", "fi", "hr", "hu", "nb", "nn", "no", "sk", "sl", "sr", "tr"}
)

# What closes the speech of a sentence that goes on: «¿Quién manda?», preguntó. «Кто там?» — спросил он.
_BEFORE_WORDS: Final = re.compile(r"[»”’)\]–—\s]*+")


def sentence_spans(text: str, language: str = "en") -> tuple[Span, ...]:
    """The sentences of the text in order, without the white space between them; none for a blank text."""
    spans: list[Span] = []
    for start, end in _pieces(text):
        if spans and _goes_on(text, spans[-1], start, language):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(spans)


def _pieces(text: str) -> Iterator[Span]:
    """What nupunkt takes for sentences, cut at other scripts' sentence ends too."""
    # Imported at the first use: it takes 0.1 s.
    import nupunkt

    for first, last in nupunkt.sent_spans(text):
        ends = [match.end() for match in _FOREIGN_END.finditer(text, first, last)]
        for start, end in zip([first, *ends], [*ends, last], strict=True):
            stripped = text[start:end].strip()
            if stripped:
                begin = start + text[start:end].index(stripped[0])
                yield begin, begin + len(stripped)


def _goes_on(text: str, before: Span, start: int, language: str) -> bool:
    """Whether the sentence *before* goes on at *start*."""
    opening = _BEFORE_WORDS.match(text, start)
    first = text[opening.end() : opening.end() + 1] if opening else ""
    if first.islower() or first in {",", ";", ":"}:
        return not _FOREIGN_END.match(text, before[1] - 1)
    return language in _ORDINAL_LANGUAGES and bool(_ORDINAL_END.search(text, max(before[0], before[1] - 4), before[1]))
