"""Whatever an article holds, Discord shows it letter by letter."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simcord.preview._markdown import markdown_tokens

from bot.escaping import bold, escape, is_active, unescape

# https://discord.com/developers/docs/reference#message-formatting and Discord's help page on Markdown
MARKUP = [
    "@everyone", "@here", "<@80351110224678912>", "<@!80351110224678912>", "<@&165511591545143296>",
    "<#103735883630395392>", "</airhorn:816437322781949972>", "<:mmLol:216154654256398347>", "<a:b1nzy:392938283556143104>",
    "<t:1618953630:R>", "<id:customize>", ":smile:", "https://evil.example/x", "<https://evil.example>",
    "[a](https://evil.example) [b](https://evil.example)", "[a]( <https://evil.example> \"t\")", "mailto:a@b.example",
    "# heading", "## heading", "-# small", "> quote", ">>> quote", "- item", "* item", "+ item", "1. item", "  12. item",
    "*i*", "**b**", "***bi***", "_i_", "__u__", "~~s~~", "||spoiler||", "`code`", "``co`de``", "```py\ncode\n```",
    "\\*already\\*", "a\\", "\\\\", "**unfinished", "a_b_c", "2 * 3 * 4",
]  # fmt: skip
# simcord looks for `-# ` after undoing the escapes; Discord looks before.
HARMLESS = {"paragraph", "inline", "text", "break", "subtext"}
ALPHABET = st.text(st.sampled_from(string.punctuation + " \n\t1aé“") | st.characters())


def rendered(markdown: str) -> tuple[set[str], str]:
    """The kinds of things that a renderer of Discord's Markdown makes of *markdown*, and the text it shows."""
    kinds: set[str] = set()
    parts: list[str] = []

    def visit(tokens: list[dict[str, Any]]) -> None:
        for token in tokens:
            kinds.add(token["type"])
            parts.append("\n" if token["type"] == "break" else token.get("content", ""))
            visit(token.get("children", []))
            parts.append("\n" if token["type"] == "paragraph" else "")

    visit(markdown_tokens(markdown))
    return kinds - HARMLESS, "".join(parts).strip("\n")


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_shown_and_does_nothing(text: str) -> None:
    kinds, seen = rendered(escape(text))

    assert not kinds
    assert seen == text.strip().removeprefix("-# ")
    assert unescape(escape(text)) == text


@given(st.lists(st.sampled_from([*MARKUP, " ", "\n", "word", "&amp;"]), min_size=1, max_size=8))
def test_joined_markup_does_nothing_either(parts: list[str]) -> None:
    text = "x" + "".join(parts)

    kinds, seen = rendered(escape(text))

    assert not kinds
    # The renderer tells of a line break without a character for it.
    assert "".join(seen.replace("-# ", "").split()) == "".join(text.replace("-# ", "").split())


@given(ALPHABET)
def test_undoing_the_escape_gives_the_text_back(text: str) -> None:
    assert unescape(escape(text)) == text


def test_every_line_with_words_is_bold_and_nothing_else_is_added() -> None:
    text = "The *harbour*\n\n  \nfroze."

    assert bold(text) == "**The \\*harbour\\***\n\n  \n**froze\\.**"
    assert unescape(bold(text)) == text


@given(ALPHABET)
def test_no_active_markup_remains(text: str) -> None:
    # A backslash shows the character after it; what is left must be free of every character that could act.
    rest = re.sub(r"\\[^0-9A-Za-z\s]", "", escape(text))

    assert not set(rest) & set("\\`*_~|<>#@[]():")
    assert not re.search(r"^\s*[-+*]\s|^\s*\d+\.\s", rest, re.MULTILINE)


@given(st.integers(1, 300), st.sampled_from(["[](", "**", "`", "<@1>", "\\"]))
def test_escape_at_most_doubles_the_text(times: int, text: str) -> None:
    assert len(escape(text * times)) <= 2 * len(text * times)


@given(st.characters())
def test_active_characters_are_those_that_get_a_backslash(character: str) -> None:
    for one in (character, *string.punctuation):
        assert is_active(one) == (escape(one) != one)
