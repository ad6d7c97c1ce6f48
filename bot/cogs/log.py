"""`/log`: what was asked in a server and where its articles fall short, for its moderators alone."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import Card, choice_label, notice_card
from bot.charts import load, questions_a_day
from bot.cogs.moderators import moderated
from bot.cogs.states import number, unknown
from bot.cogs.telling import told
from bot.cogs.titles import MAX_CHOICES
from bot.log_cards import CONFIRMED, RECENT, clear_form, outcome_names, question_card, recent_card, summary_card
from bot.reviewing import MAX_DAYS, Reviewer
from bot.service import Refused
from bot.settings import MOST_LOG_DAYS
from bot.ui import reply
from bot.words import _, n_
from retrieval.errors import N_
from retrieval.model import Outcome

if TYPE_CHECKING:
    from bot.client import QuothBot

_DAYS = 30


async def question_choices(interaction: discord.Interaction[QuothBot], typed: str) -> list[app_commands.Choice[str]]:
    """The last questions of the server that hold what was typed."""
    try:
        reviewer, server = _moderated(interaction)
        latest = await reviewer.latest(server, 200)
    except Refused:
        return []
    texts = ((text or f"{at:%Y-%m-%d %H:%M}", name) for name, at, text in latest)
    held = [(text, name) for text, name in texts if typed.casefold() in f"{text} {name}".casefold()]
    return [app_commands.Choice(name=choice_label(text), value=name) for text, name in held[:MAX_CHOICES]]


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class Log(commands.GroupCog, group_name="log", group_description=N_("See what was asked and what the articles lack")):
    """Commands for those who manage the server. All answers are for the moderator alone."""

    @app_commands.command(name="summary", description=N_("Questions, outcomes, what is read most, and what is missing"))
    @app_commands.describe(days=N_("How many days, today among them; 30 without"))
    @told
    async def summary(
        self, interaction: discord.Interaction[QuothBot], days: app_commands.Range[int, 1, MAX_DAYS] = _DAYS
    ) -> None:
        """Show the numbers, the chart and the gaps."""
        reviewer, server = _moderated(interaction)
        await reply.defer(interaction, new=True)
        await reply.update(interaction, await summary_of(reviewer, server, days))

    @app_commands.command(name="recent", description=N_("The last questions, newest first"))
    @app_commands.describe(outcome=N_("Only questions that came out like this"))
    @told
    async def recent(
        self,
        interaction: discord.Interaction[QuothBot],
        outcome: Literal["answered", "weak", "uncovered"] | None = None,
    ) -> None:
        """Show the first page."""
        reviewer, server = _moderated(interaction)
        await reply.defer(interaction, new=True)
        wanted = Outcome(outcome) if outcome else None
        page = await reviewer.recent(server, wanted, 1, size=RECENT)
        await reply.update(interaction, recent_card(page, wanted))

    @app_commands.command(name="question", description=N_("One question in full: what was shown, and why"))
    @app_commands.describe(question=N_("Begin to type it, and choose"))
    @app_commands.autocomplete(question=question_choices)
    @told
    async def question(self, interaction: discord.Interaction[QuothBot], question: str) -> None:
        """Show one question."""
        reviewer, server = _moderated(interaction)
        await reply.defer(interaction, new=True)
        await reply.update(interaction, question_card(await reviewer.question(server, question)))

    @app_commands.command(name="export", description=N_("The questions as files: CSV and JSON Lines"))
    @app_commands.describe(days=N_("How many days; all that are kept without"))
    @told
    async def export(
        self, interaction: discord.Interaction[QuothBot], days: app_commands.Range[int, 1, MOST_LOG_DAYS] | None = None
    ) -> None:
        """Send both files."""
        reviewer, server = _moderated(interaction)
        assert interaction.guild is not None
        await reply.defer(interaction, new=True)
        with tempfile.TemporaryDirectory(prefix="quoth-export-") as folder:
            table, lines = Path(folder) / "questions.csv", Path(folder) / "questions.jsonl"
            count = await reviewer.export(
                server, days, [(table, "csv"), (lines, "jsonl")], limit=interaction.guild.filesize_limit
            )
            sentence = n_("{n} question, once in each file.", "{n} questions, once in each file.", count)
            await reply.send_files(interaction, sentence, [table, lines])

    @app_commands.command(name="clear", description=N_("Delete all questions of this server for good"))
    @told
    async def clear(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Ask for a word first."""
        reviewer, server = _moderated(interaction)
        count = await reviewer.count(server)
        if not count:
            raise Refused(_("There is no question in the log of this server."))
        await reply.ask(interaction, clear_form(count))


async def _cleared(interaction: discord.Interaction[QuothBot], _state: str, filled: dict[str, str]) -> None:
    reviewer, server = _moderated(interaction)
    if filled.get("word", "").strip().casefold() != CONFIRMED:
        raise Refused(_("Nothing was deleted: the word was not {word}.", word=CONFIRMED))
    await reply.defer(interaction, new=True)
    interaction.client.lately.clear(server)
    count = await reviewer.clear(server)
    await reply.update(interaction, notice_card(n_("{n} question deleted.", "{n} questions deleted.", count)))


async def _done(interaction: discord.Interaction[QuothBot], state: str) -> None:
    days, _colon, gap = state.partition(":")
    reviewer, server = _moderated(interaction)
    await reply.defer(interaction, new=False)
    await reviewer.done(server, gap)
    await reply.update(interaction, await summary_of(reviewer, server, min(max(number(days), 1), MAX_DAYS)))


async def _recent(interaction: discord.Interaction[QuothBot], state: str) -> None:
    page, _colon, outcome = state.partition(":")
    if outcome not in ("-", *Outcome):
        unknown()
    reviewer, server = _moderated(interaction)
    wanted = None if outcome == "-" else Outcome(outcome)
    await reply.defer(interaction, new=False)
    found = await reviewer.recent(server, wanted, number(page), size=RECENT)
    await reply.update(interaction, recent_card(found, wanted))


async def _show(interaction: discord.Interaction[QuothBot], state: str) -> None:
    reviewer, server = _moderated(interaction)
    await reply.defer(interaction, new=True)
    found = await reviewer.question(server, state.removeprefix(":"))
    await reply.update(interaction, question_card(found))


PRESSES: dict[str, Callable[[discord.Interaction[Any], str], Awaitable[None]]] = {
    "logdone": _done,
    "logrecent": _recent,
    "logshow": _show,
}
"""What the buttons and menus of the log's cards do."""

FORMS: dict[str, Callable[[discord.Interaction[Any], str, dict[str, str]], Awaitable[None]]] = {"logclear": _cleared}
"""What submitted forms do."""


async def summary_of(reviewer: Reviewer, server: int, days: int) -> Card:
    """The summary of a server as its moderators see it, chart and all."""
    # The first summary of all loads what draws its chart while its rows are read.
    overview, _loaded = await asyncio.gather(reviewer.overview(server, days), asyncio.to_thread(load))
    if not overview.summary.questions:
        return summary_card(overview, None)
    title = _("Questions a day")
    chart = await asyncio.to_thread(questions_a_day, overview.summary.days, outcome_names(), title)
    return summary_card(overview, chart)


def _moderated(interaction: discord.Interaction[QuothBot]) -> tuple[Reviewer, int]:
    """The reviewer, and the server whose log this moderator may see.

    Raises:
        Refused: It is no moderator of a server.

    """
    refusal = _("Only members who may manage this server can see its log.")
    return interaction.client.reviewer, moderated(interaction, refusal)
