"""What Quoth says about itself: how to use it, what it keeps, and how it is set up in a server."""

from __future__ import annotations

from collections.abc import Sequence

from babel import Locale

from bot.cards import READER, REPORT, Button, Card, Channels, Choice, Row, Select, Text
from bot.preferences import ServerSettings
from bot.settings import LogMode
from bot.words import _, command, languages, n_


def help_card(settings: ServerSettings, *, articles: int, channels: Sequence[int]) -> Card:
    """How to ask, in a server with these *settings*; *channels*: where it answers, if not everywhere."""
    lines = [
        "### " + _("Quoth answers by quoting"),
        n_(
            "`{ask}` finds the paragraphs of {n} article that match your words and shows them word for word.",
            "`{ask}` finds the paragraphs of {n} articles that match your words and shows them word for word.",
            articles,
            ask=command("ask"),
        )
        + " "
        + _(
            "`{source}` and `{articles}` open the originals, `{verify}` checks a quotation.",
            source=command("source"),
            articles=command("articles"),
            verify=command("verify"),
        ),
    ]
    if settings.private:
        lines.append(_("Answers are for you alone, unless you choose otherwise."))
    if settings.mentions and not settings.private:
        lines.append(_("You can also mention me with a question, or reply to an answer to ask on in its article."))
    if channels:
        lines.append(_("Questions are answered in {channels}.", channels=mentioned(channels)))
    lines.append(
        "-# "
        + _(
            "Nothing is generated: what is not in the articles gets no answer. {privacy} says what is kept.",
            privacy=command("privacy"),
        )
    )
    return Card((Text("\n".join(lines)),), READER)


def privacy_card(settings: ServerSettings, *, days: int, pseudonym: bool) -> Card:
    """What is kept of a question in a server with these *settings*, and for how many *days*."""
    lines = ["### " + _("What Quoth keeps"), kept(settings.log_mode, days)]
    lines.append(
        _(
            "What you send to the moderators yourself is kept with its text. Quoth reads commands, messages that "
            "mention it and direct messages to it, and no others."
        )
    )
    if not pseudonym or not settings.keeps:
        return Card((Text("\n".join(lines)),), READER)
    lines.append(_("A pseudonym is kept with your questions, so that you can erase them all."))
    return Card((Text("\n".join(lines)), Row((Button(_("Erase my questions"), action="erase:all"),))), READER)


def kept(mode: LogMode, days: int) -> str:
    """What is kept of a question and for how many *days*, in a sentence or two."""
    said = {
        LogMode.FULL: _("The text of a question is kept with its outcome, without who asked."),
        LogMode.GAPS: _(
            "Of a question only the outcome is kept, and those of its words that stand in the articles; "
            "not its text, and not who asked."
        ),
        LogMode.OFF: _("Nothing of a question is kept."),
    }[mode]
    if mode is LogMode.OFF:
        return said
    return said + " " + n_("It is deleted after {n} day.", "It is deleted after {n} days.", days)


def settings_card(settings: ServerSettings, channels: Sequence[int]) -> Card:
    """How Quoth behaves in a server, each point to be chosen; *channels*: those of the chosen ones that still exist."""
    menus = (
        Select(
            "set:private",
            _("Answers"),
            _two(_("Answers: for everyone"), _("Answers: for the asker alone")),
            _bit(settings.private),
        ),
        Select(
            "set:passages",
            _("Passages"),
            tuple(Choice(n_("{n} passage in an answer", "{n} passages in an answer", n), str(n)) for n in range(1, 6)),
            str(settings.passages),
        ),
        Select(
            "set:mentions",
            _("Mentions"),
            _two(_("Mentions: not answered"), _("Mentions: answered")),
            _bit(settings.mentions),
        ),
        Select(
            "set:language",
            _("Language"),
            (
                Choice(_("Language: each member's own"), "-"),
                *(
                    Choice(_("Language: their own, else {language}", language=_named(code)), code)
                    for code in languages()
                ),
            ),
            settings.language or "-",
        ),
        Select(
            "set:log_mode",
            _("Log"),
            (
                Choice(_("Log: questions with their text"), LogMode.FULL),
                Choice(_("Log: outcomes, and texts that are sent"), LogMode.GAPS),
                Choice(_("Log: nothing"), LogMode.OFF),
            ),
            settings.log_mode,
        ),
        Select(
            "set:suggestions",
            _("Suggestions"),
            _two(_("Lately answered: not suggested"), _("Lately answered: suggested to all")),
            _bit(settings.suggestions),
        ),
        Channels("set", _("Channels; none means all"), tuple(channels)),
    )
    where = (
        _("Questions are answered in {channels}.", channels=mentioned(channels))
        if channels
        else _("Questions are answered in all channels.")
    )
    return Card((Text("### " + _("Settings of this server") + f"\n{where}"), *menus), REPORT)


def mentioned(channels: Sequence[int]) -> str:
    """The channels, as Discord shows them."""
    return ", ".join(f"<#{one}>" for one in channels)


def _two(no: str, yes: str) -> tuple[Choice, ...]:
    return Choice(no, "0"), Choice(yes, "1")


def _bit(value: bool) -> str:
    return str(int(value))


def _named(code: str) -> str:
    return Locale(code).get_display_name(code) or code
