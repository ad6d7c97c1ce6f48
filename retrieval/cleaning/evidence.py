"""How much speaks for each block of a saved page being part of its article."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median
from typing import Final

from retrieval.cleaning.blocks import CLOSERS, LIST_ITEM, ends_sentence


def evidence(shapes: Sequence[Shape], weights: Mapping[str, float]) -> list[float]:
    """For each block the log-odds of being part of the article; above 0 it is more likely than not.

    A logistic regression over the block's shape, its place in the file and the shape of what stands around it;
    *weights* as in `retrieval.cleaning.weights`.
    """
    return [weights["bias"] + sum(weights[name] * value for name, value in block.items()) for block in features(shapes)]


def features(shapes: Sequence[Shape]) -> list[dict[str, float]]:
    """What the regression looks at, for each block in order."""
    page = _Surroundings(shapes)
    return [_own(shape) | page.around(place) for place, shape in enumerate(shapes)]


# A block shorter than this says nothing by itself; longer ones are judged by how they are written.
SHORT: Final = 12.0
# What decides is in the first words; a line of a megabyte must not cost more than a page.
_LOOKED_AT: Final = 2000


@dataclass(frozen=True, slots=True)
class Shape:
    """What can be measured on one block."""

    words: float
    """Words, or for scripts without spaces what they would come to."""
    sentence: bool
    """Ends like a sentence."""
    prose: bool
    """Long, written in sentences and said once: almost certainly text of some author."""
    tiny: float
    """Share of its words that have three letters or fewer, in lower case: articles, prepositions."""
    shouting: bool
    starts_lower: bool
    item: bool
    """Starts like the item of a list."""
    trails_off: bool
    """Ends in an ellipsis, as teasers do."""
    dated: bool
    repeated: bool
    """Stands in the file more than once."""
    interface: int
    legal: int
    comment: int
    related: int

    @property
    def short(self) -> bool:
        """Too short to be judged by how it is written."""
        return self.words < SHORT

    @property
    def fragment(self) -> bool:
        """A few words that are neither a sentence nor a list item: a heading, or one of the many entries of a menu."""
        return self.words <= 5 and not self.sentence and not self.item

    @property
    def furniture_words(self) -> int:
        """Words that buttons, menus and the like are made of."""
        return self.interface + self.legal + self.comment + self.related

    @property
    def names_furniture(self) -> bool:
        """Holds one of those words, and little else."""
        return self.furniture_words > 0


def measured(texts: Sequence[str]) -> list[Shape]:
    """The shape of each block, in order."""
    times = Counter(texts)
    return [_shape(text, repeated=times[text] > 1) for text in texts]


def _shape(text: str, *, repeated: bool) -> Shape:
    words = length(text)
    head = text[:_LOOKED_AT]
    tokens = head.split()
    count = max(1, len(tokens))
    letters = sum(letter.isalpha() for letter in head)
    capitals = sum(letter.isupper() for letter in head)
    sentence = ends_sentence(text)
    short = words < SHORT
    return Shape(
        words=words,
        sentence=sentence,
        prose=words >= SHORT and (sentence or words >= 25) and not repeated,
        tiny=sum(len(token) <= 3 and token.islower() for token in tokens) / count,
        shouting=capitals > 0.7 * letters,
        starts_lower=text[0].islower(),
        item=LIST_ITEM.match(text) is not None,
        trails_off=text.rstrip(CLOSERS).endswith(("...", "…")),
        dated=_DATE.search(head) is not None,
        repeated=repeated,
        interface=len(_INTERFACE.findall(head)) if short else 0,
        legal=len(_LEGAL.findall(head)) if short else 0,
        comment=len(_COMMENT.findall(head)) if short else 0,
        related=len(_RELATED.findall(head)) if short else 0,
    )


_DATE: Final = re.compile(r"\b\d{1,2}[:.]\d\d\b|\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_IDEOGRAPH: Final = re.compile(r"[\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff]")
_ABUGIDA: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


def length(text: str) -> float:
    """The length of *text* in words, comparable between scripts.

    Chinese and Japanese need about two characters for a word, Thai, Lao, Burmese and Khmer about five.
    """
    if text.isascii():
        return float(len(text.split()))
    ideographs = len(_IDEOGRAPH.findall(text))
    signs = len(_ABUGIDA.findall(text))
    spaced = _IDEOGRAPH.sub(" ", text) if ideographs else text
    spaced = _ABUGIDA.sub(" ", spaced) if signs else spaced
    return len(spaced.split()) + ideographs / 2 + signs / 5


def _any_of(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?i)\b(?:{words})\b")


# What buttons, menus and share bars are called, in the languages that saved pages mostly are in. Only looked for in
# short blocks, and never enough alone.
_INTERFACE: Final = _any_of(
    r"share[sd]?|sharing|teilen|partager|compartir|condividi\w*|udostępnij|tweet|facebook|twitter|whatsapp"
    r"|pinterest|linkedin|instagram|youtube|xing|rss|e-?mail|print|drucken|imprimer|newsletter|subscri\w+"
    r"|abonn\w+|abo|suscri\w+|iscriv\w+|prenumer\w+|log[- ]?in|sign (?:in|up)|regist\w+|anmeld\w+|einloggen"
    r"|connexion|zaloguj\w*|passwor[td]|search|suchen?|rechercher?|buscar|szukaj|men[uü]|home|homepage"
    r"|startseite|contact|kontakt|about us|über uns|back to top|nach oben|skip to|zum inhalt|advertis\w+"
    r"|werbung|anzeigen?|publicité|publicidad|reklama|click here|download|app|shop|warenkorb|navigation"
    r"|categor\w+|kategorien?|archive?|tags?|schlagw\w+|sitemap|faq|jobs?|karriere|team|follow|folgen"
    r"|permalink|trackbacks?|pingbacks?"
)
_LEGAL: Final = re.compile(
    r"(?i)©|\(c\) ?\d{4}|\b(?:cookies?|privacy|datenschutz\w*|impressum|agb|copyright|rights reserved|terms|conditions"
    r"|rechte vorbehalten|tous droits|derechos reservados|diritti riservati|wszelkie prawa|nutzungsbedingungen"
    r"|disclaimer|mentions légales|gdpr|dsgvo|consent|einwilligung|prywatności|privacidad|powered by"
    r"|creative commons)\b"
)
_COMMENT: Final = _any_of(
    r"comments?|kommentar\w*|kommentieren|commentaires?|comentarios?|coment[aá]rios|komentarz\w*|commenti"
    r"|repl(?:y|ies)|antwort(?:en)?|répondre|responder|rispondi|odpowiedz|leave a|hinterlass\w+|schreibe einen"
    r"|says?|sagt|schreibt|schrieb|a écrit"
)
_RELATED: Final = _any_of(
    r"related|read (?:more|also)|more (?:from|on)|see also|also read|you (?:may|might)|most (?:read|popular)"
    r"|popular|trending|latest|recent|recommended|previous|next|mehr (?:zum|zu|aus|von|lesen)|weiterlesen"
    r"|lesen sie|auch interess\w+|könnte\w* (?:sie|dich|ihnen|dir)|ähnliche\w*|verwandte\w*|passende\w*"
    r"|weitere\w*|meistgelesen\w*|beliebt\w*|neueste\w*|aktuelle\w*|letzte beiträge|vorherige\w*|nächste\w*"
    r"|zurück|lire la suite|lire aussi|à lire|articles? (?:liés|similaires)|sur le même|leia|lea también"
    r"|relacionad\w+|leggi anche|correlati|czytaj|zobacz|powiązane|podobne|polecamy|najnowsze|lees"
)


def _size(shape: Shape) -> float:
    """Length on a scale on which twice as long is one step more."""
    return math.log1p(min(shape.words, 200.0))


def _own(shape: Shape) -> dict[str, float]:
    short = float(shape.short)
    long = 1.0 - short
    return {
        "length": _size(shape),
        "sentence, short": short * shape.sentence,
        "sentence, long": long * shape.sentence,
        "tiny words, long": long * shape.tiny,
        "shouting": float(shape.shouting),
        "starts in lower case": float(shape.starts_lower),
        "list item": float(shape.item),
        "trails off": float(shape.trails_off),
        "dated, short": short * shape.dated,
        "interface words": float(min(3, shape.interface)),
        "legal words": float(min(2, shape.legal)),
        "comment words": float(min(2, shape.comment)),
        "related words": float(min(2, shape.related)),
        "repeated": float(shape.repeated),
    }


class _Surroundings:
    """Sums over the blocks of a file, so that a block's surroundings cost the same however large the file is."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._shapes = shapes
        self._prose = _sums(shape.words if shape.prose else 0.0 for shape in shapes)
        self._density = _sums(_size(shape) if shape.prose else 0.0 for shape in shapes)
        self._furniture = _sums(float(shape.names_furniture) for shape in shapes)
        self._endings = _sums(
            float(shape.short and shape.comment + shape.related > 0 and prose > self._prose[-1] / 4)
            for shape, prose in zip(shapes, self._prose, strict=False)
        )
        self._median = median([shape.words for shape in shapes if shape.prose] or [SHORT])
        self._share = self._prose[-1] / max(1.0, sum(shape.words for shape in shapes))

    def around(self, place: int) -> dict[str, float]:
        """The features that depend on where in the file a block stands."""
        reached = self._prose[place] / max(1.0, self._prose[-1])
        # Headings like "Comments" and "Related articles" end an article; in a menu, before the prose, they end nothing.
        endings = self._endings[place]
        return {
            "relative length": min(2.0, self._shapes[place].words / self._median),
            "length, 1 before": self._size(place - 1),
            "length, 1 after": self._size(place + 1),
            "prose, 2 after": float(place + 2 < len(self._shapes) and self._shapes[place + 2].prose),
            "prose around": _mean(self._density, place - 20, place + 21),
            "prose reached": reached,
            "prose reached, squared": reached * reached,
            "prose in the file": self._share,
            "furniture words before": _mean(self._furniture, place - 4, place),
            "furniture words around": _mean(self._furniture, place - 10, place + 11),
            "after an ending": float(endings > 0),
            "endings before": math.log1p(endings),
        }

    def _size(self, place: int) -> float:
        return _size(self._shapes[place]) if 0 <= place < len(self._shapes) else 0.0


def _sums(values: Iterable[float]) -> list[float]:
    """The sum of the values before each place, and of all of them at the end."""
    return [0.0, *accumulate(values)]


def _mean(sums: Sequence[float], start: int, end: int) -> float:
    """Mean of the values from *start* up to *end*, those outside the file counting as 0."""
    size = len(sums) - 1
    return (sums[min(max(end, 0), size)] - sums[min(max(start, 0), size)]) / (end - start)
