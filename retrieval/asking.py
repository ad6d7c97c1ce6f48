"""The form of a question apart from what it asks about: its language, and the words in it that only ask.

Only questions lack these words: in an article they may say something (Turkish *ne zaman*, when, has the word for time).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from retrieval.analysis import analyzer, without_accents
from retrieval.language import OF_THEIR_OWN_SCRIPT, UNKNOWN, by_script, detected

# What the lists of stop words lack. Patterns are read without accents, as the question is.
_ASKING: Final[dict[str, str]] = {
    "ar": "لماذا|أية|[وفب]?(?:كم|متى|أين|كيف)",
    "da": "hvem|hvis|hvornår|hvorfor|hvordan|hvilke[nt]?|hvor (?:mange|meget|længe|ofte)",
    "de": r"we(?:r|n|m|ssen)|wann|woher|wohin|warum|wieso|weshalb|wie (?:viele?[nrs]?|lange|oft)"
    r"|wo(?:bei|durch|für|gegen|mit|nach|r(?:an|auf|aus|in|über|um|unter)|von|vor|zu)",
    "en": "whose|how (?:many|much|long|often)|says?",
    "es": "ad[oó]nde|cuánt[oa]s?|cuáles",
    "fr": "quoi|quand|pourquoi|comment|combien|quel(?:le)?s?|lequel|laquelle|lesquel(?:le)?s|est-ce qu[ei]?",
    "it": "(?:che )?cosa|quando|quali|quant[oaie]",
    "ko": "언제|어디(?:에서?|서|로)?|누(?:가|구[가의를]?|구에게)|무엇(?:을|이|인가요?)?|무슨|뭐|왜"
    "|어떻게|얼마나?|몇|어느|어떤",
    "nb": "hvilke[nt]?|hvor (?:mange|mye|lenge|ofte)",
    "nl": r"wiens|wanneer|waar(?:door|heen|in|mee|om|op|over|toe|uit|van|voor)?|hoeveel|welke?|hoe (?:lang|vaak)",
    "pl": r"kogo|komu|[zo] kim|kim (?:jest|by[lł]\w*)|ilu|czyj\w*|jak (?:długo|często)",
    "pt": "aonde|onde|por ?que|quant[oa]s?|quais|qual",
    "ru": "кого|кому|кем|откуда|почему|сколько|как(?:ой|ая|ое|ие|ого|ому|ом|им|их|ую|ими)|как (?:долго|часто)"
    r"|котор(?:ый|ая|ое|ые|ого|ому|ом|ым|ых|ую|ыми)|че(?:й|го|му|м)|чь[яеию]",
    "sv": "vems|hur (?:många|mycket|länge|ofta)",
    "tr": r"ne (?:zaman|kadar)|kaç(?:ıncı|ta|tan|a|ı)?|nere(?:de|ye|den|nin|si|li)|hangi(?:si|leri)?"
    "|kim(?:e|i|in|den|ler)?",
    "uk": "хто|кого|кому|ким|куди|звідки|чому|навіщо|скільки|як(?:ий|а|е|і|ого|ому|ій|у|их|им|ими)|як (?:довго|часто)"
    "|чи(?:й|я|є|ї)",
}
# Written without spaces, so a word that asks runs into its neighbours; with the particles that would do so too.
_ASKING_UNSPACED: Final[dict[str, str]] = {
    "ja": "いつ|どこ|だれ|誰|何[人年月日時回個]?|なに|なぜ|どうして|どうやって|どの(?:くらい|ような)?|どれ(?:くらい)?"
    "|いくつ|いくら|(?:です|でした|ます|ました)か",
    "th": "เมื่อ(?:ไร|ไหร่|ใด)|ที่ไหน|ไหน|ใคร|อะไร|ทำไม|อย่างไร|ยังไง|เท่า(?:ไร|ไหร่|ใด)|กี่|หรือไม่|ไหม",
    "zh": "[在从]?(?:什[么麼](?:时候|時候|时间|時間|地方)?|哪(?:里|裡|儿|兒|一?年|一?天|[些个個位座艘家只條条本])?)"
    "|[谁誰]|[为為](?:什[么麼]|何)|怎(?:[么麼]样?|样|樣)|如何|多少[个個人年次位名]?|多[久长長大高远遠]|[几幾][个個人年次位天]?|何[时時处處地人]|是否|[吗嗎呢的了是]",
}
_ASKING["nn"] = _ASKING["no"] = _ASKING["nb"]
_PATTERNS: Final = {
    **{language: re.compile(rf"\b(?:{without_accents(words)})\b") for language, words in _ASKING.items()},
    **{language: re.compile(words) for language, words in _ASKING_UNSPACED.items()},
}


def question_language(question: str, present: Sequence[str]) -> str:
    """The language a question is asked in, among those of the collection (*present*, the prevailing one first).

    Where its script does not tell, it is in the one that has the most of its words for common ones: questions are full
    of these. Among twenty such languages py3langid, which takes 70 MB, tells 2 in 1,000 long ones better.
    """
    if len(present) == 1:
        return present[0]
    if (language := (detected if needs_model(present) else by_script)(question)) in present:
        return language or UNKNOWN
    # All languages read the question as the same number of words.
    return min(present, key=lambda one: len(analyzer(one).terms(without_asking(question, one))), default=UNKNOWN)


def needs_model(present: Sequence[str]) -> bool:
    """Whether one of these languages, if they are several, is told neither by its script nor by its common words."""
    told = (one in OF_THEIR_OWN_SCRIPT or analyzer(one).knows_common_words for one in present)
    return len(present) > 1 and not all(told)


def without_asking(question: str, language: str) -> str:
    """The question with spaces in the place of every word that only asks; the other words keep their spans."""
    pattern = _PATTERNS.get(language)
    if pattern is None:
        return question
    folded, places = _folded(question)
    left = list(question)
    for match in pattern.finditer(folded):
        start, end = places[match.start()], places[match.end()]
        left[start:end] = " " * (end - start)
    return "".join(left)


def _folded(question: str) -> tuple[str, Sequence[int]]:
    """The question in small letters without accents, and from where in it each of its characters comes."""
    if question.isascii():
        return question.casefold(), range(len(question) + 1)
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(question):
        plain = without_accents(character.casefold())
        folded.append(plain)
        places += [place] * len(plain)
    return "".join(folded), [*places, len(question)]
