"""A saved page taken apart: its title, its paragraphs, its notices and what was left out."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from retrieval.cleaning.blocks import Block, blocks
from retrieval.cleaning.evidence import Shape, evidence, measured
from retrieval.cleaning.weights import WEIGHTS
from retrieval.model import LeftOut, Rule


@dataclass(frozen=True, slots=True)
class CleanParagraph:
    """One paragraph of the article, letter by letter as the file has it.

    Where the file breaks its paragraphs at a fixed width, a space stands for each line break.
    """

    line: int
    """Number of its first line in the file, from 1."""
    last_line: int
    text: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file taken apart: each line that is not blank is in exactly one of paragraphs, notices and left_out.

    The lines of the title are in `left_out`, under `Rule.TITLE`.
    """

    title: str | None
    paragraphs: tuple[CleanParagraph, ...]
    notices: tuple[LeftOut, ...]
    """Credits and legal notices."""
    left_out: tuple[LeftOut, ...]


def clean(text: str, *, weights: Mapping[str, float] = WEIGHTS) -> Cleaned:
    """*text* taken apart, everything in the order of the file.

    In doubt a line is kept. A file that does not look like a saved page loses at most what stands before and in its
    title, captions that stand twice, credits and what follows them, and the names of buttons at either end. A file
    that says anything keeps at least one paragraph.

    *text* has one block a line or is wrapped at a fixed width, with or without blank lines. Other *weights* are for
    measuring.
    """
    page = _page(blocks(text))
    rules: _Rules = [None] * len(page.blocks)
    _leave_out_silent(page, rules)
    _leave_out_doubled(page, rules)
    _leave_out_unlikely(page, rules, weights)
    title = _title(page, rules)
    if title is not None:
        _leave_out_title(page, rules, title)
    _set_aside_credits(page, rules, title)
    _set_aside_epilogue(page, rules)
    _set_aside_copyright(page, rules)
    if all(rules):
        title, rules = None, _whatever_speaks(page)
    _name_navigation(rules)
    return _cleaned(page, rules, title)


_Rules = list[Rule | None]
"""For each block the rule that leaves it out; None for a paragraph."""


@dataclass(frozen=True, slots=True)
class _Page:
    """The blocks of a file, with what is measured on them."""

    blocks: tuple[Block, ...]
    texts: tuple[str, ...]
    shapes: tuple[Shape, ...]
    saved: bool
    """Looks like a saved page, not like a file that somebody wrote or cleaned."""


def _page(found: Sequence[Block]) -> _Page:
    texts = tuple(block.text for block in found)
    shapes = tuple(measured(texts))
    return _Page(tuple(found), texts, shapes, saved=_looks_saved(shapes))


def _looks_saved(shapes: Sequence[Shape]) -> bool:
    """Whether there are menus: many fragments, and either words such as "search" or runs of fragments beside prose.

    A poem or a list has fragments but neither; in an article with many headings they stand alone.
    """
    fragments = [shape.fragment for shape in shapes]
    if sum(fragments) < max(_FRAGMENTS, _FRAGMENT_SHARE * len(shapes)):
        return False
    named = sum(shape.names_furniture for shape in shapes)
    run = max(len(list(group)) for fragment, group in groupby(fragments) if fragment)
    return named >= _NAMED or (run >= _RUN and sum(shape.prose for shape in shapes) >= _PROSE)


# All but 4 of 383 saved pages have 8 fragments or more and all but 5 a quarter of their blocks.
_FRAGMENTS: Final = 8
_FRAGMENT_SHARE: Final = 0.15
_NAMED: Final = 3
_RUN: Final = 3
_PROSE: Final = 3


def _leave_out_silent(page: _Page, rules: _Rules) -> None:
    """Lines without a letter or digit (rules, arrows, stars) say nothing that could be quoted."""
    for place, text in enumerate(page.texts):
        if _SPEAKING.search(text) is None:
            rules[place] = Rule.FURNITURE


_SPEAKING: Final = re.compile(r"[^\W_]")


def _leave_out_doubled(page: _Page, rules: _Rules) -> None:
    """A saved page has a picture's caption twice in a row: as the text for those who cannot see it, and below it.

    What is too long for a caption was doubled by accident: its first copy stays. What is too short is furniture.
    """
    for place in range(1, len(page.texts)):
        if page.texts[place] != page.texts[place - 1]:
            continue
        words = page.shapes[place].words
        if words > _LONGEST_CAPTION or len(page.texts) == 2:
            rules[place] = rules[place] or Rule.FURNITURE
        else:
            caption = Rule.CAPTION if words >= _SHORTEST_CAPTION else Rule.FURNITURE
            rules[place - 1] = rules[place - 1] or caption
            rules[place] = rules[place] or caption


_SHORTEST_CAPTION: Final = 4
_LONGEST_CAPTION: Final = 60


def _leave_out_unlikely(page: _Page, rules: _Rules, weights: Mapping[str, float]) -> None:
    """What is probably not the article, in a saved page; in any other file only the names of buttons at its ends.

    A long text in sentences between two likely ones is kept: nothing else stands there as often as one more paragraph.
    """
    prose = [place for place, shape in enumerate(page.shapes) if shape.prose]
    if page.saved:
        unlikely = [odds <= _DOUBT for odds in evidence(page.shapes, weights)]
        likely = [shape.prose and not no for shape, no in zip(page.shapes, unlikely, strict=True)]
        for place, shape in enumerate(page.shapes):
            between = any(likely[max(0, place - 3) : place]) and any(likely[place + 1 : place + 4])
            if unlikely[place] and not (shape.prose and between):
                rules[place] = rules[place] or Rule.FURNITURE
    elif len(prose) >= 3:
        for place, shape in enumerate(page.shapes):
            if shape.fragment and shape.names_furniture and not prose[0] < place < prose[-1]:
                rules[place] = rules[place] or Rule.FURNITURE


# Below 0: to lose a paragraph is worse than to keep a teaser. Chosen by cross-validation.
_DOUBT: Final = -0.5


def _title(page: _Page, rules: _Rules) -> int | None:
    """The place of the title: a line above the prose that is not a sentence, or None where nothing looks like one."""
    candidates = [
        place
        for place, (text, shape) in enumerate(zip(page.texts, page.shapes, strict=True))
        if _could_be_title(text, shape) and (page.saved or rules[place] is None)
    ]
    return _title_of_saved(page, rules, candidates) if page.saved else _title_of_plain(page, rules, candidates)


def _title_of_plain(page: _Page, rules: _Rules, candidates: Sequence[int]) -> int | None:
    """The first candidate of three words or more above the first sentence, else the first of any length.

    In a list of questions and answers, the first question is not the title.
    """
    sentences = [place for place, shape in enumerate(page.shapes) if shape.sentence and rules[place] is None]
    answers = [place for place in sentences if not page.texts[place].endswith(_QUESTION)]
    asked = sum(shape.short and text.endswith(_QUESTION) for shape, text in zip(page.shapes, page.texts, strict=True))
    above = [
        place
        for place in candidates
        if answers and place < answers[0] and not (asked > 1 and page.texts[place].endswith(_QUESTION))
    ]
    # Who wrote it and when stands below the title, and may be longer.
    above = [place for place in above if not (page.shapes[place].dated or _CREDIT.match(page.texts[place]))] or above
    return next((place for place in above if page.shapes[place].words >= 3), above[0] if above else None)


def _title_of_saved(page: _Page, rules: _Rules, candidates: Sequence[int]) -> int | None:
    """The candidate that has most to do with the article, stands close above its text and looks least like a menu.

    The factors were fitted on pages whose file name holds a word of the title, and rounded; `docs/cleaning.md` has
    the figures.
    """
    kept = [rule is None and shape.prose for rule, shape in zip(rules, page.shapes, strict=True)]
    spoken: Counter[str] = Counter()
    for place in (place for place, prose in enumerate(kept) if prose):
        spoken.update(set(_words(page.texts[place])))
    total = sum(shape.words for shape, prose in zip(page.shapes, kept, strict=True) if prose)
    below = _distance_to_next(kept)
    reached = 0.0
    best: tuple[float, int] | None = None
    chosen = set(candidates)
    for place, shape in enumerate(page.shapes):
        if reached > 0.4 * total:
            break
        if place in chosen and total:
            text = page.texts[place]
            words = set(_words(text))
            rank = (
                3.5 * min(shape.words, 8.0) / 8
                + 2.2 * sum(math.log1p(spoken[word]) for word in words) / max(1, len(words))
                + 1.7 * any(near.dated and near.short for near in page.shapes[place + 1 : place + 4])
                - 6.0 * reached / total
                - 1.0 * math.log1p(min(40, below[place]))
                - 1.0 * (rules[place] is None)
                - 0.6 * min(2, shape.furniture_words)
                - 0.6 * min(3, text.count(","))
                - 0.8 * shape.dated
                - 1.0 * shape.shouting
                - 1.5 * (_CREDIT.match(text) is not None)
            )
            if best is None or rank > best[0]:
                best = (rank, place)
        reached += shape.words if kept[place] else 0.0
    return None if best is None else best[1]


def _distance_to_next(marked: Sequence[bool]) -> list[int]:
    """For each place how many unmarked ones lie between it and the next marked one."""
    found = [0] * len(marked)
    distance = len(marked)
    for place in range(len(marked) - 1, -1, -1):
        found[place] = distance
        distance = 0 if marked[place] else distance + 1
    return found


_QUESTION: Final = ("?", "？", "؟")


def _could_be_title(text: str, shape: Shape) -> bool:
    ends_like_one = not shape.sentence or text.endswith((*_QUESTION, "!", "！"))
    longest = _LONGEST_QUESTION if shape.sentence else _LONGEST_TITLE
    return shape.words <= longest and ends_like_one and not shape.item and _SPEAKING.search(text) is not None


_LONGEST_TITLE: Final = 30.0
_LONGEST_QUESTION: Final = 20.0


def _words(text: str) -> list[str]:
    """What two texts may share: words of four letters or more, and pairs of characters in scripts without spaces."""
    return _LONG_WORD.findall(text[:2000].lower())


_LONG_WORD: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2}|[^\W\d_]{4,}")


def _leave_out_title(page: _Page, rules: _Rules, title: int) -> None:
    """The title and its copies; above it there is only navigation, unless text of the article is there."""
    above = range(title)
    only_navigation = not any(page.shapes[place].sentence and rules[place] is None for place in above)
    for place in above:
        if only_navigation:
            rules[place] = rules[place] or Rule.NAVIGATION
    for place, text in enumerate(page.texts):
        if text == page.texts[title]:
            rules[place] = Rule.TITLE


def _set_aside_credits(page: _Page, rules: _Rules, title: int | None) -> None:
    """Who wrote, reported or photographed: short lines of names near the top or the end of the article."""
    kept = [place for place, rule in enumerate(rules) if rule is None]
    if not kept:
        return
    top = range(kept[0] if title is None else title, kept[0] + 6)
    end = range(max(kept[-1] - 3, 0), kept[-1] + 7)
    for place, text in enumerate(page.texts):
        if (place in top or place in end) and rules[place] in _OPEN and _is_credit(text, page.shapes[place]):
            rules[place] = Rule.CREDIT


_OPEN: Final = (None, Rule.FURNITURE, Rule.NAVIGATION)


def _is_credit(text: str, shape: Shape) -> bool:
    """A word such as "by", then names: most of the other words start with a capital or a digit."""
    if shape.words > _LONGEST_CREDIT or shape.sentence:
        return False
    opening = _CREDIT.match(text)
    if opening is None:
        return False
    names = [word for word in re.findall(r"[^\W_]+", text[opening.end() :]) if len(word) > 3 or not word.islower()]
    return bool(names) and 2 * sum(not word[0].islower() for word in names) > len(names)


_LONGEST_CREDIT: Final = 16
_CREDIT: Final = re.compile(
    r"(?i)©|(?:(?:with )?(?:additional )?reporting|written|edited|compiled|photo(?:graph)?s?|image|source|words|text"
    r"|by|von|autor(?:in)?|redaktion|quelle|foto(?:s)?|bild|mit material|par|avec|por|con|di|door|av|przez"
    r"|źródło|fuente)\b"
)


def _set_aside_epilogue(page: _Page, rules: _Rules) -> None:
    """What follows the credit at the end of an article is said by the publisher.

    Only if it is little: at most five blocks and a fifth of the words, after three paragraphs or more.
    """
    credits = [place for place, rule in enumerate(rules) if rule is Rule.CREDIT]
    kept = [place for place, rule in enumerate(rules) if rule is None]
    for credit in credits:
        before = [place for place in kept if place < credit]
        after = [place for place in kept if place > credit]
        words = sum(page.shapes[place].words for place in after)
        if len(before) >= 3 and len(after) <= 5 and 5 * words <= sum(page.shapes[place].words for place in kept):
            for place in after:
                rules[place] = Rule.NOTICE
            return


def _set_aside_copyright(page: _Page, rules: _Rules) -> None:
    """A copyright line around the last paragraph or below belongs to the publisher, whatever else was said of it.

    The word alone does not make one: an article may be about copyright.
    """
    kept = [place for place, rule in enumerate(rules) if rule is None]
    for place in range(max(kept[-1] - 2, 1) if kept else 0, len(rules)):
        if (
            rules[place] in _OPEN
            and page.shapes[place].words <= _LONGEST_NOTICE
            and _COPYRIGHT.search(page.texts[place])
        ):
            rules[place] = Rule.NOTICE


_LONGEST_NOTICE: Final = 60
_COPYRIGHT: Final = re.compile(
    r"(?i)©|\(c\) ?\d{4}|\bcopyright\W{0,3}(?:19|20)\d\d\b|\brights reserved\b|\brechte vorbehalten\b|\btous droits\b"
    r"|\bderechos reservados\b|\bdiritti riservati\b|\bprawa zastrzeżone\b|\bправа защищены\b|版权所有|無断転載"
)


def _whatever_speaks(page: _Page) -> _Rules:
    """Nothing is left: keep all that says something, and of what stands twice the first."""
    said: set[str] = set()
    rules: _Rules = []
    for text in page.texts:
        rules.append(None if text not in said and _SPEAKING.search(text) else Rule.FURNITURE)
        said.add(text)
    return rules


def _name_navigation(rules: _Rules) -> None:
    """Furniture above the article is navigation."""
    for place, rule in enumerate(rules):
        if rule is None or rule is Rule.TITLE:
            return
        if rule is Rule.FURNITURE:
            rules[place] = Rule.NAVIGATION


def _cleaned(page: _Page, rules: _Rules, title: int | None) -> Cleaned:
    paragraphs: list[CleanParagraph] = []
    notices: list[LeftOut] = []
    left_out: list[LeftOut] = []
    for block, text, rule in zip(page.blocks, page.texts, rules, strict=True):
        if rule is None:
            paragraphs.append(CleanParagraph(block.lines[0].number, block.lines[-1].number, text))
        else:
            kind = notices if rule in (Rule.CREDIT, Rule.NOTICE) else left_out
            kind.extend(LeftOut(line.number, line.text, rule) for line in block.lines)
    return Cleaned(
        title=None if title is None else page.texts[title],
        paragraphs=tuple(paragraphs),
        notices=tuple(notices),
        left_out=tuple(left_out),
    )
