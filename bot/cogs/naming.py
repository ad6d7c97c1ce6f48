"""How commands and their options are called in the languages of Discord."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bot.words import NAME, SOURCE, catalogue, language_of, pgettext

NAMES = frozenset(
    {
        pgettext("name", "ask"),
        pgettext("name", "source"),
        pgettext("name", "articles"),
        pgettext("name", "verify"),
        pgettext("name", "help"),
        pgettext("name", "privacy"),
        pgettext("name", "settings"),
        pgettext("name", "index"),
        pgettext("name", "status"),
        pgettext("name", "reload"),
        pgettext("name", "add"),
        pgettext("name", "list"),
        pgettext("name", "remove"),
        pgettext("name", "restore"),
        pgettext("name", "edit"),
        pgettext("name", "history"),
        pgettext("name", "test"),
        pgettext("name", "shared"),
        pgettext("name", "log"),
        pgettext("name", "summary"),
        pgettext("name", "recent"),
        pgettext("name", "export"),
        pgettext("name", "clear"),
        pgettext("name", "days"),
        pgettext("name", "outcome"),
        pgettext("name", "question"),
        pgettext("name", "article"),
        pgettext("name", "publisher"),
        pgettext("name", "after"),
        pgettext("name", "before"),
        pgettext("name", "language"),
        pgettext("name", "private"),
        pgettext("name", "paragraph"),
        pgettext("name", "quote"),
        pgettext("name", "now"),
        pgettext("name", "file"),
        pgettext("name", "url"),
        pgettext("name", "page"),
        pgettext("name", "include"),
    }
)
"""The names of all commands and options. An option is called like the parameter of its function, so they stand here."""

_NAMED = frozenset({Location.command_name, Location.group_name, Location.parameter_name})


class Translator(app_commands.Translator):
    """Gives Discord the names and descriptions of the commands in every language that there are words in."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Called by discord.py for each text of a command and each of Discord's locales."""
        language = language_of(str(locale))
        if language == SOURCE:
            return None
        words = catalogue(language)
        # A context menu's name is of another kind: it may have spaces and capitals.
        named = context.location in _NAMED and not isinstance(context.data, app_commands.ContextMenu)
        return words.pgettext(NAME, string.message) if named else words.gettext(string.message)
