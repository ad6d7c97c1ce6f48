"""What Discord makes of a text: a parser of its Markdown, which sees markup rather once too often than too seldom.

Sources: https://support.discord.com/hc/en-us/articles/210298617, and the open parsers that follow its client:
https://github.com/brussell98/discord-markdown and https://github.com/Khan/simple-markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Token(NamedTuple):
    """Something that a text is made of."""

    kind: str
    source: str
    """As written."""
    inside: str = ""
    """What stands between the marks, as written; of a link its address."""


# In this order; the first that matches at a place wins. `^` is the beginning of a line.
_RULES = [
    ("code block", r"```(?:[a-z0-9_+\-.#]+?\n)?\n*([^\n][\s\S]*?)\n*```"),
    ("quote", r"^ *>>> ([\s\S]*)|^ *> ([^\n]*(?:\n *> [^\n]*)*)"),
    ("heading", r"^ *#{1,3}\s+([^\n]+)"),
    ("small", r"^ *-# +([^\n]*)"),
    ("list", r"^ *(?:[-*+]|\d+\.) +([^\n]*)"),
    ("shown", r"(?:\\[^0-9A-Za-z\s])+"),
    ("time", r"<t:-?\d+(?::[tTdDfFRsS])?>"),
    ("mention", r"<@[!&]?\d+>|<#\d+>|</[^>\n]+:\d+>|<id:\w+>|@everyone|@here"),
    ("emoji", r"<a?:\w+:\d+>|:[^\s:]+:"),
    ("address", r"<(?:[a-zA-Z][a-zA-Z0-9+.-]*:|[^<>\s]+@[^<>\s]+\.)[^ <>]+>|(?:https?|steam|ftp|discord)://[^\s<]+"),
    ("link", r"!?\[(?:\\[\s\S]|[^\[\]\\]|\[[^\]]*\])*\]\(\s*(<?(?:\\[\s\S]|[^\s\\)])+>?)[^)]*\)"),
    ("bold", r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)"),
    ("underline", r"__((?:\\[\s\S]|[^\\])+?)__(?!_)"),
    ("italic", r"\*(?=\S)((?:\*\*|\\[\s\S]|[^*\\])+?)\*(?!\*)|_((?:__|\\[\s\S]|[^\\_])+?)_(?![0-9A-Za-z])"),
    ("struck", r"~~([\s\S]+?)~~"),
    ("spoiler", r"\|\|([\s\S]+?)\|\|"),
    ("code", r"(?<!`)`([^`]+)`(?!`)|``([\s\S]+?)``"),
]
_PLAIN = frozenset({"code block", "code", "time", "mention", "emoji", "address", "link", "shown", "text"})


def _compiled(rules: list[tuple[str, str]]) -> re.Pattern[str]:
    named = (f"(?P<{kind.replace(' ', '_')}>{rule})" for kind, rule in rules)
    return re.compile("|".join(named), re.MULTILINE)


_ANYWHERE = _compiled(_RULES)
_QUOTED = _compiled([rule for rule in _RULES if rule[0] != "quote"])
"""A quotation holds no other."""


def tokens(text: str, rules: re.Pattern[str] = _ANYWHERE) -> Iterator[Token]:
    """What *text* is made of, in its order, each followed by what it holds itself; plain text between as `text`."""
    at = 0
    for found in rules.finditer(text):
        if found.start() > at:
            yield Token("text", text[at : found.start()])
        at = found.end()
        kind = (found.lastgroup or "").replace("_", " ")
        inside = next((group for group in found.groups() if group is not None and group != found.group()), "")
        if kind == "quote":
            inside = re.sub(r"\n *> ", "\n", inside)
        if kind == "shown":
            inside = found.group()[1::2]
        yield Token(kind, found.group(), inside)
        if kind not in _PLAIN:
            yield from tokens(inside, _QUOTED if kind == "quote" else rules)
    if at < len(text):
        yield Token("text", text[at:])


def seen(text: str) -> str:
    """The letters of *text* that a person reads, without marks."""
    return "".join(
        one.inside if one.kind in ("shown", "code", "code block") else one.source
        for one in tokens(text)
        if one.kind in _PLAIN
    )
