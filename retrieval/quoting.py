"""The one sentence of a passage that most likely answers the question, to be set in bold as it stands.

The sentence with the rarest of the question's words wins; one that has what the question asks for (a date for *when*, a
number for *how many*, a name for *who* and *where*) beyond the question's own words gets a bonus.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from enum import StrEnum
from functools import lru_cache
from typing import Final

from retrieval.analysis import without_accents
from retrieval.query import Reading
from retrieval.sentences import Span


class Kind(StrEnum):
    """What a question asks for."""

    NUMBER = "number"
    DATE = "date"
    PERSON = "person"
    PLACE = "place"


# Without accents, in the order they are tried: "how long ago" is a date though "how long" is a number.
_CUES: Final[dict[str, tuple[tuple[Kind, str], ...]]] = {
    "ar": (
        (Kind.NUMBER, "كم"),
        (Kind.DATE, "متى|اي عام|اي سنة"),
        (Kind.PERSON, "من هو|من هي|من الذي"),
        (Kind.PLACE, "اين"),
    ),
    "da": (
        (Kind.DATE, "hvornar|hvilket ar"),
        (Kind.NUMBER, "hvor m(?:ange|eget)"),
        (Kind.PERSON, "hvem"),
        (Kind.PLACE, "hvor"),
    ),
    "de": (
        (Kind.DATE, r"wann|seit wann|welche[mnrs]? (?:jahr|tag|monat|jahrhundert|datum)\w*"),
        (
            Kind.NUMBER,
            r"wie ?viele?\w*|wie (?:lange|hoch|gross|alt|oft|weit|schnell)|welche[rn]? (?:prozent\w*|anteil|anzahl)",
        ),
        (Kind.PERSON, "wer|wen|wem|wessen"),
        (Kind.PLACE, r"wo|woher|wohin|welche[mnrs]? (?:land|stadt|staat|ort|region|insel)\w*"),
    ),
    "en": (
        (Kind.DATE, r"when|how long ago|(?:what|which) (?:\w+ ){0,2}(?:years?|dates?|days?|months?|century|decade)"),
        (
            Kind.NUMBER,
            r"how (?:many|much|old|long|far|large|big|tall|high|often|fast|deep|wide)"
            r"|(?:what|which) (?:\w+ ){0,2}"
            r"(?:percentage|percent|number|amount|population|age|proportion|rate|size|cost|price)",
        ),
        (Kind.PERSON, "who|whom|whose"),
        (
            Kind.PLACE,
            r"where|(?:what|which) (?:\w+ )?(?:city|country|state|place|town|region|continent|river|island|location)",
        ),
    ),
    "es": (
        (Kind.DATE, "cuando|que (?:ano|fecha|dia|mes|siglo)"),
        (Kind.NUMBER, "cuant[oa]s?|que (?:porcentaje|cantidad|numero)"),
        (Kind.PERSON, "quien(?:es)?"),
        (Kind.PLACE, "donde|que (?:pais|ciudad|estado|region|lugar)"),
    ),
    "fr": (
        (Kind.DATE, "quand|quelle (?:annee|date)|quel (?:jour|mois|siecle)"),
        (Kind.NUMBER, "combien|quel (?:nombre|pourcentage|age)"),
        (Kind.PERSON, "qui"),
        (Kind.PLACE, "ou|quel(?:le)? (?:pays|ville|region)"),
    ),
    "it": ((Kind.DATE, "quando|che anno"), (Kind.NUMBER, "quant[oaie]"), (Kind.PERSON, "chi"), (Kind.PLACE, "dove")),
    "nb": (
        (Kind.DATE, "nar|hvilket ar"),
        (Kind.NUMBER, "hvor m(?:ange|ye)"),
        (Kind.PERSON, "hvem"),
        (Kind.PLACE, "hvor"),
    ),
    "nl": (
        (Kind.DATE, "wanneer|welk jaar"),
        (Kind.NUMBER, "hoeveel|hoe (?:lang|oud|groot)"),
        (Kind.PERSON, "wie"),
        (Kind.PLACE, "waar"),
    ),
    "pl": (
        (Kind.DATE, "kiedy|ktorym roku"),
        (Kind.NUMBER, "ile|ilu"),
        (Kind.PERSON, "kto|kogo|komu|kim"),
        (Kind.PLACE, "gdzie"),
    ),
    "pt": ((Kind.DATE, "quando|que ano"), (Kind.NUMBER, "quant[oa]s?"), (Kind.PERSON, "quem"), (Kind.PLACE, "onde")),
    "ru": (
        (Kind.DATE, r"когда|како(?:м|й) (?:году?|день|веке?|дату?)"),
        (Kind.NUMBER, "сколько|какой процент|какая (?:доля|численность)|какое количество"),
        (Kind.PERSON, "кто|кого|кому|кем|чь[яеию]|чей"),
        (Kind.PLACE, r"где|куда|откуда|како(?:й|м) (?:стране|городе|страна|город|штате)"),
    ),
    "sv": (
        (Kind.DATE, "nar|vilket ar"),
        (Kind.NUMBER, "hur m(?:anga|ycket)"),
        (Kind.PERSON, "vem"),
        (Kind.PLACE, "var"),
    ),
    "tr": (
        (Kind.DATE, "ne zaman|hangi yil"),
        (Kind.NUMBER, "kac|ne kadar"),
        (Kind.PERSON, "kim"),
        (Kind.PLACE, "nerede|nereye"),
    ),
    "uk": (
        (Kind.DATE, "коли|якому роц[іи]"),
        (Kind.NUMBER, "скільки"),
        (Kind.PERSON, "хто|кого|кому"),
        (Kind.PLACE, "де|куди|звідки"),
    ),
    "zh": (
        (Kind.DATE, "何时|什么时候|哪年|哪一年"),
        (Kind.NUMBER, "多少|几"),
        (Kind.PERSON, "谁"),
        (Kind.PLACE, "哪里|何地|在哪"),
    ),
}
_CUES["no"] = _CUES["nn"] = _CUES["nb"]
_WHOLE_WORDS: Final = re.compile(r"[一-鿿]")
_PATTERNS: Final = {
    language: tuple((kind, re.compile(cue if _WHOLE_WORDS.search(cue) else rf"\b(?:{cue})\b")) for kind, cue in cues)
    for language, cues in _CUES.items()
}
_YEAR: Final = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")
_NUMBER: Final = re.compile(
    r"\d+|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand"
    r"|million|billion|half|dozen)\b"
)
_WORD: Final = re.compile(r"[^\W\d_]\w*")

# Chosen on xquad-* and squad2-devhalf, where every value is on a plateau; docs/retrieval.md has the figures.
_RELATIVE: Final = 0.6
"""What a word of the same family counts, times its similarity."""
_LOCAL: Final = 2.0
"""How much more a word counts that few sentences of the passage have."""
_BONUS: Final = {Kind.DATE: 3.0, Kind.NUMBER: 2.0, Kind.PERSON: 2.0, Kind.PLACE: 2.0}


@lru_cache(maxsize=256)
def kind_of_question(question: str, language: str) -> Kind | None:
    """What the question asks for, if a word of its language says so."""
    folded = without_accents(question.lower())
    return next((kind for kind, cue in _PATTERNS.get(language, ()) if cue.search(folded)), None)


def best_sentence(
    question: str, reading: Reading, text: str, sentences: Sequence[tuple[Span, Set[str]]]
) -> Span | None:
    """The span of the sentence of *text* to set in bold; the first of equals. *sentences*: spans and terms of all.

    None when no sentence shares a word with the question or has what it asks for.
    """
    scores = sentence_scores(
        question, reading, [text[start:end] for (start, end), _ in sentences], [terms for _, terms in sentences]
    )
    best = max(range(len(sentences)), key=lambda at: (scores[at], -at))
    return None if scores[best] <= 0 else sentences[best][0]


def sentence_scores(
    question: str, reading: Reading, sentences: Sequence[str], terms: Sequence[Set[str]]
) -> list[float]:
    """How likely each sentence of a passage, which has *terms*, is to answer; only to be compared with each other.

    A term weighs √idf · (1 + 2 ln((n + 1) / (h + 0.5))), where h of the passage's n sentences hold it.
    """
    held = [_shares(reading, its) for its in terms]
    holders = Counter(row for shares in held for row in shares)
    weights = {
        row: math.sqrt(reading.terms[row].idf) * (1 + _LOCAL * math.log((len(sentences) + 1) / (often + 0.5)))
        for row, often in holders.items()
    }
    scores = [sum(weights[row] * share for row, share in sorted(shares.items())) for shares in held]
    kind = kind_of_question(question, reading.language)
    if kind is None:
        return scores
    asked = question.casefold()
    return [
        score + _BONUS[kind] * _offers(kind, sentence, asked) for score, sentence in zip(scores, sentences, strict=True)
    ]


def _shares(reading: Reading, terms: Iterable[str]) -> dict[int, float]:
    """How much of each term of the reading, by its row, a sentence with these *terms* holds, where it is anything."""
    shares: dict[int, float] = {}
    for term in terms:
        for row, similarity in reading.families.get(term, ()):
            own = term == reading.terms[row].text
            shares[row] = max(shares.get(row, 0.0), 1.0 if own else _RELATIVE * similarity)
    return shares


def _offers(kind: Kind, sentence: str, asked: str) -> bool:
    """Whether the sentence has something of that kind that the question (casefolded) does not have itself."""
    if kind is Kind.DATE:
        return any(match.group() not in asked for match in _YEAR.finditer(sentence))
    if kind is Kind.NUMBER:
        return any(match.group() not in asked for match in _NUMBER.finditer(sentence.casefold()))
    words = list(_WORD.finditer(sentence))[1:]
    return any(match.group()[0].isupper() and match.group().casefold() not in asked for match in words)
