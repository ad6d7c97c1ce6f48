"""Text of others → text that Discord shows letter by letter.

`discord.utils.escape_markdown` is not used: it leaves the second masked link of a line alive, and list numbers,
timestamps, emoji and mentions too, and takes cubic time on hostile text.
"""

from __future__ import annotations

import re

# A backslash before any of these makes Discord show it: https://support.discord.com/hc/en-us/articles/210298617
# `.` starts a numbered list, `:` an emoji or a web address, `@` and `&` a mention, `-` and `+` a bullet, `#` a heading.
_ACTIVE = "\\`*_~|<>#-+.:@&[]()"
_TABLE = str.maketrans({character: "\\" + character for character in _ACTIVE})
_SHOWN = re.compile("\\\\([" + re.escape(_ACTIVE) + r"])|\*\*")


def escape(text: str) -> str:
    """*text* with a backslash before every character that Discord could take for markup."""
    return text.translate(_TABLE)


def is_active(character: str) -> bool:
    """Whether `escape` puts a backslash before it."""
    return character in _ACTIVE


def bold(text: str) -> str:
    """*text* escaped and bold; line by line, for a mark reaches no further in a quotation."""
    return "\n".join(f"**{escape(line)}**" if line.strip() else escape(line) for line in text.split("\n"))


def unescape(shown: str) -> str:
    """What `escape` and `bold` were given; the inverse exists so that a test can prove that nothing was changed."""
    return _SHOWN.sub(r"\1", shown)
