"""Mentions and direct messages: a question in words, answered like `/ask`. No other message is read."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from bot.about_cards import help_card
from bot.cards import Card, Offers, answer_card, notice_card
from bot.cogs.asking import note
from bot.cogs.parts import actions_of
from bot.cogs.places import answered_in, still_there
from bot.querylog import Door
from bot.service import Refused, TooSoon
from bot.ui import reply
from bot.wanted import Wanted
from bot.words import _, command, speak
from retrieval.errors import QuothError

if TYPE_CHECKING:
    from bot.client import QuothBot

logger = logging.getLogger(__name__)

_MENTION = re.compile(r"<@[!&]?\d{1,20}>")


class Mentions(commands.Cog):
    """Answers messages that mention the bot, and direct messages."""

    def __init__(self, bot: QuothBot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Called by discord.py for every message; it has words only where the bot is mentioned, and in private."""
        # A reply without words, such as a picture, asks nothing.
        if message.author.bot or not self._meant(message) or (message.reference and not _question(message)):
            return
        settings = self._bot.preferences.of(_server(message))
        if message.guild is not None:
            if not settings.mentions or not answered_in(settings, message.channel, message.guild):
                return
            speak(settings.language, str(message.guild.preferred_locale))
        else:
            speak(None)
        try:
            self._bot.service.admit(message.author.id, _server(message))
        except TooSoon:
            # To say so each time would be a flood, too.
            return
        try:
            card = await self._answer(message)
        except Exception as error:
            card = notice_card(self._bot.sentence(error))
        try:
            await reply.respond(message, card)
        except reply.Undelivered as error:
            # Often Quoth may not write there.
            logger.info("A mention could not be answered (%s).", error)
        except discord.HTTPException as error:
            logger.warning("Discord does not take the answer to a mention (%s).", error)

    def _meant(self, message: discord.Message) -> bool:
        if message.guild is None:
            return True
        return self._bot.user is not None and self._bot.user in message.mentions

    async def _answer(self, message: discord.Message) -> Card:
        server = _server(message)
        settings = self._bot.preferences.of(server)
        question = _question(message)
        if not question:
            count = await self._bot.service.count(server=server)
            return help_card(settings, articles=count, channels=still_there(settings, message.guild))
        if message.guild is not None and settings.private:
            return notice_card(
                _("Answers in this server are for the asker alone: please use {ask}.", ask=command("ask"))
            )
        article = await self._article(message, server)
        answer = await self._bot.service.ask(
            question,
            door=Door.MENTION,
            server=server,
            asker=message.author.id,
            wanted=Wanted.typed(article=article),
            top=settings.passages,
        )
        note(self._bot, message.channel, message.guild, answer)
        offers = Offers(
            judging=settings.keeps, telling=server is not None, forgetting=settings.keeps and server is None
        )
        return answer_card(answer, offers)

    async def _article(self, message: discord.Message, server: int | None) -> str | None:
        """The article that the first passage of the answer is from to which *message* replies; None if to none."""
        to = message.reference and message.reference.resolved
        if not isinstance(to, discord.Message) or to.author != self._bot.user:
            return None
        if "open" not in (actions := actions_of(to)):
            return None
        try:
            place = await self._bot.service.recall(actions["open"].rpartition(":")[2], server=server)
        except (Refused, QuothError):
            return None
        return place.article.id


def _question(message: discord.Message) -> str:
    return " ".join(_MENTION.sub(" ", message.content).split())


def _server(message: discord.Message) -> int | None:
    return message.guild.id if message.guild is not None else None
