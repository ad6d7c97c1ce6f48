"""`/ask`: a question, and the paragraphs that answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.about_cards import mentioned
from bot.cards import Offers, Text, answer_card, choice_label, notice_card, question_of
from bot.cogs.parts import actions_of, parts, verbs_of
from bot.cogs.places import answered_in, seen_by_all, still_there
from bot.cogs.states import number
from bot.cogs.telling import told
from bot.cogs.titles import MAX_CHOICES, article_choices, day_choices, language_choices, publisher_choices
from bot.preferences import ServerSettings
from bot.querylog import Door
from bot.service import MAX_QUESTION, MIN_QUESTION, Answer, Refused
from bot.ui import reply
from bot.wanted import ALL, Wanted
from bot.why_card import why_card
from bot.words import _
from retrieval.errors import N_
from retrieval.model import Outcome

if TYPE_CHECKING:
    from bot.client import QuothBot


async def question_choices(interaction: discord.Interaction[QuothBot], typed: str) -> list[app_commands.Choice[str]]:
    """Questions that were lately answered in the server for all to see, where its moderators allow that."""
    settings = interaction.client.preferences.of(interaction.guild_id)
    if interaction.guild_id is None or not settings.suggests:
        return []
    found = interaction.client.lately.suggest(interaction.guild_id, typed, MAX_CHOICES)
    return [app_commands.Choice(name=one, value=one) for one in found if choice_label(one) == one]


class Asking(commands.Cog):
    """What every member may ask."""

    @app_commands.command(name="ask", description=N_("Find the paragraphs of the articles that match your question"))
    @app_commands.describe(
        question=N_("What you want to know, in your own words"),
        article=N_("Search in one article only"),
        publisher=N_("Search only articles of this publisher"),
        after=N_("Published on this day, in this month or year, or later: 2021-02-01, 2021-02 or 2021"),
        before=N_("Published on this day, in this month or year, or earlier: 2021-02-28, 2021-02 or 2021"),
        language=N_("Search only articles in this language"),
        private=N_("Show the answer to you alone"),
    )
    @app_commands.autocomplete(
        question=question_choices,
        article=article_choices,
        publisher=publisher_choices,
        after=day_choices,
        before=day_choices,
        language=language_choices,
    )
    @told
    async def ask(
        self,
        interaction: discord.Interaction[QuothBot],
        question: app_commands.Range[str, MIN_QUESTION, MAX_QUESTION],
        article: str | None = None,
        publisher: str | None = None,
        after: str | None = None,
        before: str | None = None,
        language: str | None = None,
        private: bool | None = None,
    ) -> None:
        """Answer with one card, at once."""
        settings = interaction.client.preferences.of(interaction.guild_id)
        _check_channel(interaction, settings)
        answer = await interaction.client.service.ask(
            question,
            top=settings.passages,
            door=Door.SLASH,
            server=interaction.guild_id,
            asker=interaction.user.id,
            wanted=Wanted.typed(article=article, publisher=publisher, after=after, before=before, language=language),
        )
        hidden = settings.private if private is None else private
        if not hidden:
            note(interaction.client, interaction.channel, interaction.guild, answer)
        await reply.send(interaction, answer_card(answer, offers(settings, interaction, hidden)), private=hidden)


def note(bot: QuothBot, channel: Any, guild: discord.Guild | None, answer: Answer) -> None:
    """Remember a question that was answered for all to see, where it may be suggested."""
    if guild is None or answer.outcome is not Outcome.ANSWERED or not seen_by_all(channel, guild):
        return
    settings = bot.preferences.of(guild.id)
    # What somebody erases in a server of another process would stay here.
    if settings.suggests and not bot.shares_servers:
        bot.lately.note(guild.id, answer.id, answer.question)


def offers(settings: ServerSettings, interaction: discord.Interaction[QuothBot], hidden: bool) -> Offers:
    """What is offered below an answer, which only the asker sees if it is *hidden*."""
    return Offers(
        judging=settings.keeps,
        telling=_moderated_here(interaction),
        sharing=hidden and interaction.guild is not None,
        forgetting=hidden and settings.keeps,
    )


async def show_more(interaction: discord.Interaction[QuothBot], state: str) -> None:
    """Button: the passages after those shown before, privately; *state* is `<how many these are>:<which articles>`."""
    skip, _colon, articles = state.partition(":")
    answer = await interaction.client.service.more(
        _question(interaction),
        min(number(skip), _MOST),
        server=interaction.guild_id,
        wanted=Wanted.of_state(articles),
        top=interaction.client.preferences.of(interaction.guild_id).passages,
    )
    await reply.send(interaction, answer_card(answer), private=True)


async def show_why(interaction: discord.Interaction[QuothBot], articles: str) -> None:
    """Button: what made up the places of the passages, privately; its state says which *articles* were searched."""
    question, wanted = _question(interaction), Wanted.of_state(articles)
    # As many as the card shows, whatever has been chosen since, so that their numbers are the same.
    shown = list(verbs_of(interaction.message)).count("open") if interaction.message else 0
    explained = await interaction.client.service.why(
        question, server=interaction.guild_id, wanted=wanted, top=shown or None
    )
    await reply.send(interaction, why_card(question, explained), private=True)


async def judge(interaction: discord.Interaction[QuothBot], name: str, *, helpful: bool) -> None:
    """Button: count a vote about the answer to the question of that id."""
    if not interaction.client.preferences.of(interaction.guild_id).keeps:
        raise Refused(_("Nothing of a question is kept."))
    if not await interaction.client.feedback.judge(name, interaction.user.id, helpful=helpful):
        raise Refused(_("This question is forgotten: nothing of it is kept, and your vote is not counted."))
    said = _("Counted as helpful, without your name.") if helpful else _("Counted as not helpful, without your name.")
    await reply.send(interaction, notice_card(said), private=True)


async def forget(interaction: discord.Interaction[QuothBot], name: str) -> None:
    """Button: delete the question of that id; its card, which only the asker sees, goes too."""
    interaction.client.feedback.forget(name)
    interaction.client.lately.forget(name)
    await reply.replace(interaction, notice_card(_("Forgotten: the question is deleted from the log.")))


async def tell(interaction: discord.Interaction[QuothBot], name: str) -> None:
    """Button: send the question to the moderators; the click is the consent to keep its words."""
    if interaction.guild_id is None or not _moderated_here(interaction):
        raise Refused(_("There are no moderators here."))
    question, wanted = _question(interaction), _wanted(interaction)
    # What answers a command or a button says so; what answers a mention is a plain reply.
    by_command = interaction.message is not None and interaction.message.interaction_metadata is not None
    await interaction.client.service.tell(
        question, name, door=Door.SLASH if by_command else Door.MENTION, server=interaction.guild_id, wanted=wanted
    )
    said = _("Sent to the moderators of this server, with its words and without your name.")
    await reply.send(interaction, notice_card(said), private=True)


async def share(interaction: discord.Interaction[QuothBot], name: str) -> None:
    """Button: show an answer that only the asker sees to everybody in the channel."""
    settings = interaction.client.preferences.of(interaction.guild_id)
    _check_channel(interaction, settings)
    answer = await interaction.client.service.again(
        _question(interaction), name, server=interaction.guild_id, wanted=_wanted(interaction), top=settings.passages
    )
    card = answer_card(answer, offers(settings, interaction, hidden=False))
    shared = Text("-# " + _("Shared by {member}", member=interaction.user.mention))
    await reply.send(interaction, replace(card, blocks=(*card.blocks, shared)), private=False)


PRESSES: dict[str, Callable[[discord.Interaction[Any], str], Awaitable[None]]] = {
    "more": show_more,
    "why": show_why,
    "good": partial(judge, helpful=True),
    "bad": partial(judge, helpful=False),
    "forget": forget,
    "tell": tell,
    "share": share,
}
"""What the buttons of an answer do; the question stands on the card itself."""

_MOST = 200
"""Passages that are shown of a question, however often more are asked for."""


def _moderated_here(interaction: discord.Interaction[QuothBot]) -> bool:
    """Whether there are moderators who can read the log: whoever installed Quoth for themselves brings it anywhere."""
    return interaction.guild_id is not None and interaction.client.get_guild(interaction.guild_id) is not None


def _check_channel(interaction: discord.Interaction[QuothBot], settings: ServerSettings) -> None:
    """Raises Refused where no questions are answered."""
    if not answered_in(settings, interaction.channel, interaction.guild):
        channels = mentioned(still_there(settings, interaction.guild))
        raise Refused(_("Questions are answered in {channels}.", channels=channels))


def _question(interaction: discord.Interaction[QuothBot]) -> str:
    """The question on the card whose button was pressed."""
    for part in parts(interaction.message) if interaction.message else ():
        if isinstance(part, discord.TextDisplay):
            return question_of(part.content)
    raise Refused(_("The question of this card cannot be read any more; please ask again."))


def _wanted(interaction: discord.Interaction[QuothBot]) -> Wanted:
    """Which articles were searched for the card whose button was pressed; other buttons of it carry that."""
    actions = actions_of(interaction.message) if interaction.message else {}
    if "why" in actions:
        return Wanted.of_state(actions["why"])
    return Wanted.of_state(actions["more"].partition(":")[2]) if "more" in actions else ALL
