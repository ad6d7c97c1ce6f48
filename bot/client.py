"""The discord.py bot: what it may see, which commands it has, and the one place that explains an error to a person."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import hashlib
import json
import logging
import os
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import Quoth
from bot.cards import notice_card
from bot.cogs import about, asking, index, log, reading
from bot.cogs.about import About, Settings
from bot.cogs.asking import Asking
from bot.cogs.index import Index, Moderating
from bot.cogs.log import Log
from bot.cogs.mentions import Mentions
from bot.cogs.naming import Translator
from bot.cogs.reading import Reading
from bot.cogs.states import unknown
from bot.cogs.verifying import Verifying, find_sources
from bot.lately import Lately
from bot.service import Refused
from bot.shards import Shards
from bot.ui import reply
from bot.ui.view import CardButton, CardChannels, CardSelect, filled_in
from bot.words import _, explained, load, speak
from retrieval.errors import QuothError

logger = logging.getLogger(__name__)

# Quoth does not speak; without this discord.py warns at every start that it could not.
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False


_REGISTERING_SECONDS = 600.0
"""How long Discord is left alone after it did not take the commands."""

_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
"""It is in no id of ours, and no database can be asked about it."""


class ElsewhereAnswered(Exception):
    """Discord sends what people type to a web address instead of to the bot."""


class QuothBot(commands.AutoShardedBot):
    """Quoth in Discord. It needs no privileged intent: of messages it sees the words only where it is mentioned.

    It has as many connections as Discord recommends, or those for the shards that are set.
    """

    def __init__(self, quoth: Quoth) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            tree_cls=_Tree,
            # Also for a person who installed it for themselves, who finds the shared articles in every direct message.
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            # Those that Discord recommends where none are named; discord.py's type knows only the others.
            shard_ids=list(quoth.shards.ids) if quoth.shards else None,  # type: ignore[arg-type]
            shard_count=quoth.shards.total if quoth.shards else None,
        )
        self.service = quoth.service
        self.feedback = quoth.feedback
        self.lately = Lately()
        self.curator = quoth.curator
        self.preferences = quoth.preferences
        self.reviewer = quoth.reviewer
        self.log_days = quoth.log_days
        self._leads = quoth.leads
        self._registered = quoth.registered
        self.sessions = quoth.sessions
        self.downloads = quoth.downloads
        # By the verbs that custom ids begin with.
        self.presses = {**asking.PRESSES, **reading.PRESSES, **index.PRESSES, **about.PRESSES, **log.PRESSES}
        self.forms = {**reading.FORMS, **index.FORMS, **log.FORMS}
        self.unregistered = False
        """Whether Discord has still to be told the commands."""
        self._in_session: set[int] = set()
        """The shards that have a session with Discord."""
        self._cluttered = False
        """Whether a session has begun since garbage was looked for."""

    @property
    def part(self) -> Shards | None:
        """The shards that this process answers for; None before that is known, and where there is one in all."""
        if self.shard_count is None or self.shard_count == 1:
            return None
        return Shards(tuple(self.shard_ids or range(self.shard_count)), self.shard_count)

    @property
    def shares_servers(self) -> bool:
        """Whether another process answers for other servers."""
        return self.part is not None and len(self.part.ids) < self.part.total

    @property
    def connected(self) -> bool:
        """Whether there is a session with Discord, for every shard of this process."""
        return len(self._in_session) == (len(self.part.ids) if self.part else 1)

    @property
    def in_one_server(self) -> bool:
        """Whether the bot is in one server only; of several shards none can tell."""
        return self.part is None and len(self.guilds) == 1

    async def setup_hook(self) -> None:
        """Called by discord.py after login: commands and buttons are ready before the first event."""
        if self.application is not None and self.application.interactions_endpoint_url:
            raise ElsewhereAnswered
        await asyncio.to_thread(load)
        members = (Asking(), Reading(), Verifying(), About(), Mentions(self))
        for cog in (*members, Moderating(), Index(), Log(), Settings()):
            await self.add_cog(cog)
        self.tree.add_command(find_sources)
        self.add_dynamic_items(CardButton, CardSelect, CardChannels)
        await self.tree.set_translator(Translator())
        if self._leads:
            try:
                await self.register_commands()
            except reply.NETWORK_ERRORS as error:
                logger.warning(
                    "Discord does not take the commands now (%s); those it knows go on, and it is told them again.",
                    error,
                )
                self.unregistered = True

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Called by discord.py before a session is begun.

        Raises:
            TooManySessions: It must not be begun now.

        """
        await super().before_identify_hook(shard_id, initial=initial)
        await asyncio.to_thread(self.sessions.begin, self.shard_count or 1)

    async def on_interaction(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Called by discord.py for every interaction; forms are read here, so that they outlive a restart."""
        if (submitted := filled_in(interaction)) is not None:
            action, fields = submitted
            await self._act(interaction, self.forms, action, fields)

    async def on_message(self, _message: discord.Message, /) -> None:
        """Called by discord.py for every message. There are no commands with a prefix to look for; see `Mentions`."""

    async def on_ready(self) -> None:
        """Called by discord.py when all shards have a session, and with one shard whenever a session has begun."""
        shards = f"; shards: {self.part}" if self.part else ""
        logger.info("Ready as %s; servers: %d%s.", self.user, len(self.guilds), shards)

    async def on_shard_ready(self, shard: int) -> None:
        """Called by discord.py whenever a session of *shard* has begun."""
        self._in_session.add(shard)
        self._cluttered = True
        self._tidy()

    async def on_shard_resumed(self, shard: int) -> None:
        """Called by discord.py whenever a session of *shard* goes on after its connection was lost."""
        self._in_session.add(shard)
        logger.info("The session with Discord goes on%s.", self._named(shard))
        self._tidy()

    async def on_shard_disconnect(self, shard: int) -> None:
        """Called by discord.py whenever the connection of *shard* is lost, and for each attempt that fails."""
        if shard in self._in_session:
            logger.warning("The connection to Discord is lost%s; it is tried again.", self._named(shard))
        self._in_session.discard(shard)

    def _tidy(self) -> None:
        """Look for garbage when all shards have a session, and not again among what is in use then.

        To look through all that a start and a session leave behind, servers with their channels above all, holds
        everybody up for a tenth of a second or more. What was of the session before is garbage.
        """
        if self._cluttered and self.connected:
            self._cluttered = False
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def _named(self, shard: int) -> str:
        return f" (shard {shard} of {self.part.total})" if self.part else ""

    async def stop_listening(self, *, seconds: float = 2.0) -> None:
        """Take leave of Discord within *seconds*, but keep what answers under way are sent with."""
        self._in_session.clear()
        leaving = [shard.disconnect() for shard in self.shards.values()]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*leaving, return_exceptions=True), seconds)

    async def register_commands(self, *, force: bool = False) -> bool:
        """Tell Discord the commands if they differ from what it was last told; whether it was told.

        Raises:
            discord.HTTPException: Discord refused them.

        """
        definitions = [
            await command.get_translated_payload(self.tree, Translator()) for command in self.tree.get_commands()
        ]
        digest = hashlib.sha256(json.dumps([self.application_id, definitions], sort_keys=True).encode()).hexdigest()
        if not force and await asyncio.to_thread(_text, self._registered) == digest:
            return False
        await self.tree.sync()
        try:
            await asyncio.to_thread(_write, self._registered, digest)
        except OSError as error:
            logger.warning("%s cannot be written (%s); they are registered at each start.", self._registered, error)
        return True

    async def register_later(self) -> None:
        """Tell Discord the commands again until it takes them, if it did not at the start."""
        while True:
            await asyncio.sleep(_REGISTERING_SECONDS)
            if self.unregistered:
                with contextlib.suppress(*reply.NETWORK_ERRORS):
                    await self.register_commands()
                    self.unregistered = False
                    logger.info("Discord has taken the commands.")

    async def pressed(self, interaction: discord.Interaction[QuothBot], custom_id: str) -> None:
        """Do what a button's or menu's *custom_id*, `<verb>:<state>`, says, or tell the person why not."""
        await self._act(interaction, self.presses, custom_id.removeprefix("choose-"))

    async def _act(
        self,
        interaction: discord.Interaction[QuothBot],
        actions: Mapping[str, Callable[..., Awaitable[None]]],
        action: str,
        *fields: dict[str, str],
    ) -> None:
        verb, _colon, state = action.partition(":")
        self.speak_to(interaction)
        try:
            self.service.admit(interaction.user.id, interaction.guild_id)
            if verb not in actions or _HALF_A_CHARACTER.search(action):
                unknown()
            await actions[verb](interaction, state, *fields)
        except Exception as error:  # discord.py would only log it, and the person would see "did not respond"
            await self.explain(interaction, error)

    async def explain(self, interaction: discord.Interaction[QuothBot], error: Exception) -> None:
        """Tell the person what *error* means in a sentence, and the operator the rest if it was none of theirs."""
        if isinstance(error, app_commands.CommandInvokeError):
            error = error.original if isinstance(error.original, Exception) else error
        if isinstance(error, reply.Undelivered):
            logger.warning("An answer could not be delivered (%s).", error)
            return
        sentence = self.sentence(error)
        try:
            await reply.send(interaction, notice_card(sentence), private=True)
        except (reply.Undelivered, discord.HTTPException) as unsent:
            # The sentence may hold words of theirs.
            logger.warning("A person could not be told of %s (%s).", type(error).__name__, unsent)

    def sentence(self, error: Exception) -> str:
        """What to tell a person about *error*; a fault of ours goes into the log under a reference."""
        told = _sentence(error)
        if told is not None:
            return told
        reference = secrets.token_hex(3)
        logger.error("An answer failed, reference %s.", reference, exc_info=error)
        return _(
            "Something went wrong on Quoth's side. The operator finds it under the reference {reference}.",
            reference=reference,
        )

    def speak_to(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Use the language of the person, or that of the server, in what follows."""
        locale = str(interaction.locale)
        speak(locale, self.preferences.of(interaction.guild_id).language, names=locale)


class _Tree(app_commands.CommandTree[QuothBot]):
    async def interaction_check(self, interaction: discord.Interaction[QuothBot], /) -> bool:
        """Called by discord.py before every command and suggestion, in the same task."""
        self.client.speak_to(interaction)
        if interaction.type is discord.InteractionType.autocomplete:
            if self.client.service.suggests_to(interaction.user.id):
                return True
            # Nobody waits for it.
            with contextlib.suppress(*reply.NETWORK_ERRORS):
                await interaction.response.autocomplete([])
            return False
        try:
            self.client.service.admit(interaction.user.id, interaction.guild_id)
        except Refused as refusal:
            await self.client.explain(interaction, refusal)
            return False
        return True

    async def on_error(
        self, interaction: discord.Interaction[QuothBot], error: app_commands.AppCommandError, /
    ) -> None:
        await self.client.explain(interaction, error)


def _sentence(error: Exception) -> str | None:
    """What to tell a person; None if it is a fault of ours."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, QuothError):
        return explained(error)
    if isinstance(error, app_commands.CheckFailure):
        return _("You may not use this command here.")
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        return _("This command has just changed. Discord learns of it within minutes; please try again then.")
    return None


async def run(bot: QuothBot, token: str, stop: asyncio.Event, *, drain_seconds: float = 10.0) -> None:
    """Serve until *stop* is set, then finish the answers under way, for at most *drain_seconds*.

    Raises:
        discord.LoginFailure: Discord refuses the token.
        discord.ConnectionClosed: Discord refuses the connection, and will the next time.
        discord.PrivilegedIntentsRequired: Likewise.
        TooManySessions: So many have ended that the next one has to wait.
        ConnectionResetError: The connection has ended, and nobody wanted it.

    """
    beginning = len(bot.shard_ids or [0])
    if wait := await asyncio.to_thread(bot.sessions.seconds_to_wait, bot.shard_count or 1, beginning):
        logger.warning("Too many sessions with Discord have ended; the next one is begun in %.0f minutes.", wait / 60)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait)
    others = asyncio.all_tasks()
    serving = asyncio.create_task(bot.start(token), name="gateway")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    later = (bot.curator.follow(), bot.preferences.follow(), bot.register_later())
    following = [asyncio.create_task(one, name="follow") for one in later]
    try:
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        # Closing first would lose the answers.
        while not serving.done():
            # While it reconnects, discord.py takes a cancellation for an attempt that failed.
            serving.cancel()
            await asyncio.wait((serving,), timeout=0.1)
        await bot.stop_listening()
        ours = {*others, *_shards(), serving, stopping, *following}
        if left := await _drain(drain_seconds, ours):
            # A reload, for example, has time to say that nothing comes of it.
            await bot.curator.give_up()
            left = await _drain(_GIVING_UP_SECONDS, ours)
        if left:
            logger.warning("%d answers were not finished in %.0f seconds.", left, drain_seconds)
    finally:
        for task in (stopping, *following):
            task.cancel()
        await bot.close()


def _shards() -> set[asyncio.Task[object]]:
    """What discord.py does for each shard; one may be waiting for another try to connect."""
    return {task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == "Shard.worker"}


_GIVING_UP_SECONDS = 2.0


async def _drain(seconds: float, ours: set[asyncio.Task[object]]) -> int:
    """Wait for what the gateway had started: with the gateway gone, every other task is an answer under way.

    Returns how many are left.
    """
    until = time.monotonic() + seconds
    while answers := asyncio.all_tasks() - ours:
        left = until - time.monotonic()
        if left <= 0:
            return len(answers)
        await asyncio.wait(answers, timeout=left)
    return 0


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
