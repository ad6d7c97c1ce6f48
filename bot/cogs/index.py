"""`/index` and `/reload`: what moderators do with the articles, and the buttons of their cards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import discord
from discord import app_commands
from discord.ext import commands

from bot import index_cards
from bot.cards import Card, choice_label, notice_card
from bot.cogs.moderators import moderated
from bot.cogs.states import number
from bot.cogs.telling import told
from bot.cogs.titles import MAX_CHOICES, article_choices
from bot.curating import OUTDATED, Curator, Prepared
from bot.service import MAX_QUESTION, MIN_QUESTION, Refused
from bot.ui import reply
from bot.words import _, command
from retrieval.errors import N_, StaleChange
from retrieval.loading import Progress
from retrieval.splitting import fingerprint

if TYPE_CHECKING:
    from bot.client import QuothBot

T = TypeVar("T")

_GONE = N_("That line is no longer there; open the article again.")

_TESTED = 5
"""Passages that `/index test` shows."""


async def removed_choices(interaction: discord.Interaction[QuothBot], typed: str) -> list[app_commands.Choice[str]]:
    """The removed articles whose titles hold what was typed."""
    try:
        curator, target = _moderated(interaction)
    except Refused:
        return []
    held = [one for one in await curator.removed(target) if typed.casefold() in one.title.casefold()]
    return [app_commands.Choice(name=choice_label(one.title), value=one.name) for one in held[:MAX_CHOICES]]


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class Index(commands.GroupCog, group_name="index", group_description=N_("See and change the articles of this server")):
    """Commands for those who manage the server. All answers are for the moderator alone."""

    @app_commands.command(name="status", description=N_("How the articles stand: version, counts, problems"))
    @told
    async def status(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Show how the collection stands."""
        curator, target = _moderated(interaction)
        await reply.defer(interaction, new=True)
        status = await curator.status(target, interaction.guild_id)
        card = index_cards.status_card(status, owner=_owner(interaction, target), shards=interaction.client.part)
        await reply.update(interaction, card)

    @app_commands.command(name="reload", description=N_("Read the folder again and show what would change"))
    @app_commands.describe(now=N_("Make it live at once"))
    @told
    async def reload(self, interaction: discord.Interaction[QuothBot], now: bool = False) -> None:
        """Show what a reload would change, or do it."""
        await reload(interaction, now=now)

    @app_commands.command(name="add", description=N_("Add an article from a file; you see it before it is live"))
    @app_commands.describe(file=N_("A text, page, PDF, feed or export"), url=N_("The web address of the original"))
    @told
    async def add(
        self, interaction: discord.Interaction[QuothBot], file: discord.Attachment, url: str | None = None
    ) -> None:
        """Show what the file would become."""
        curator, target = _moderated(interaction)
        curator.accept(file.filename, file.size)
        await reply.defer(interaction, new=True)
        preview = await curator.preview(target, file.filename, await file.read(), url or "")
        await reply.update(interaction, index_cards.preview_card(preview))

    @app_commands.command(name="list", description=N_("All articles; choose one to read, edit or remove it"))
    @app_commands.describe(page=N_("Which page, from 1"))
    @told
    async def list(
        self, interaction: discord.Interaction[QuothBot], page: app_commands.Range[int, 1] | None = None
    ) -> None:
        """Show a page of the articles."""
        curator, target = _moderated(interaction)
        await reply.send(
            interaction, index_cards.articles_card(await curator.articles(target), page or 1), private=True
        )

    @app_commands.command(name="remove", description=N_("Remove an article; you see what changes before it is live"))
    @app_commands.describe(article=N_("The article's title"))
    @app_commands.autocomplete(article=article_choices)
    @told
    async def remove(self, interaction: discord.Interaction[QuothBot], article: str) -> None:
        """Show what removing it would change."""
        await _remove(interaction, article)

    @app_commands.command(name="restore", description=N_("Have a removed article back"))
    @app_commands.describe(article=N_("The removed article's title"))
    @app_commands.autocomplete(article=removed_choices)
    @told
    async def restore(self, interaction: discord.Interaction[QuothBot], article: str) -> None:
        """Take the removal back."""
        curator, target = _moderated(interaction)
        await _live(interaction, lambda: curator.prepare_restoring(target, article), target)

    @app_commands.command(name="edit", description=N_("State an article's title, publisher, date, address and author"))
    @app_commands.describe(article=N_("The article's title"))
    @app_commands.autocomplete(article=article_choices)
    @told
    async def edit(self, interaction: discord.Interaction[QuothBot], article: str) -> None:
        """Ask for what is to be stated."""
        await _edit(interaction, article)

    @app_commands.command(
        name="history", description=N_("Who changed the articles when; go back to an earlier version")
    )
    @told
    async def history(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Show the versions that are kept."""
        await _history(interaction, "1")

    @app_commands.command(
        name="test", description=N_("How a question is answered: ranks, scores, the decision and why")
    )
    @app_commands.describe(question=N_("A question as for /ask"))
    @told
    async def test(
        self,
        interaction: discord.Interaction[QuothBot],
        question: app_commands.Range[str, MIN_QUESTION, MAX_QUESTION],
    ) -> None:
        """Explain an answer without logging the question."""
        curator, target = _moderated(interaction)
        found, library = await curator.test(target, question, _TESTED)
        await reply.send(interaction, index_cards.test_card(question, found, library), private=True)

    @app_commands.command(name="shared", description=N_("Search the shared articles beside this server's own, or not"))
    @app_commands.describe(include=N_("Whether the shared articles are searched too"))
    @told
    async def shared(self, interaction: discord.Interaction[QuothBot], include: bool) -> None:
        """Include the shared articles, or leave them out."""
        curator, target = _moderated(interaction)
        await _live(interaction, lambda: curator.prepare_sharing(target, include), target)


class Moderating(commands.Cog):
    """The short form of `/index reload now:True`."""

    @app_commands.command(name="reload", description=N_("Read the articles again and show what changed"))
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    @told
    async def reload(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Read the folder again; the report is for the moderator alone."""
        await reload(interaction, now=True)


async def reload(interaction: discord.Interaction[QuothBot], *, now: bool) -> None:
    """Read the folder again; make it live if *now*, else show what would change."""
    curator, target = _moderated(interaction)
    await reply.defer(interaction, new=True)
    prepared = await with_progress(interaction, lambda progress: curator.prepare_reload(target, progress))
    if now:
        await _make_live(interaction, target, prepared)
    else:
        card = index_cards.change_card(prepared, do=_("Activate"), action=f"activate:{prepared.token}")
        await reply.update(interaction, card)


async def _activate(interaction: discord.Interaction[QuothBot], token: str) -> None:
    curator, target = _moderated(interaction)
    await reply.defer(interaction, new=False)
    await _make_live(interaction, target, await curator.prepared(target, token))


async def _full_diff(interaction: discord.Interaction[QuothBot], token: str) -> None:
    curator, target = _moderated(interaction)
    await reply.defer(interaction, new=True)
    prepared = await curator.prepared(target, token)
    text = await asyncio.to_thread(index_cards.full_diff, prepared.change.difference)
    await reply.send_file(interaction, "difference.txt", text.encode("utf-8", "replace"))


async def _discard(interaction: discord.Interaction[QuothBot], _state: str) -> None:
    curator, target = _moderated(interaction)
    curator.discard(target)
    await reply.replace(interaction, notice_card(_("Discarded; nothing has changed.")))


async def _add(interaction: discord.Interaction[QuothBot], digest: str) -> None:
    curator, target = _moderated(interaction)
    await _live(interaction, lambda: curator.prepare_add(target, digest), target)


async def _details(interaction: discord.Interaction[QuothBot], digest: str) -> None:
    curator, target = _moderated(interaction)
    preview = await curator.look_at(target, digest)
    article = preview.articles[0]
    form = index_cards.details_form(article.title, f"details:{digest}", article.metadata)
    await reply.ask(interaction, form)


async def _detailed(interaction: discord.Interaction[QuothBot], digest: str, filled: dict[str, str]) -> None:
    curator, target = _moderated(interaction)
    preview = await curator.restate(target, digest, filled)
    await reply.replace(interaction, index_cards.preview_card(preview))


async def _left_out(interaction: discord.Interaction[QuothBot], digest: str) -> None:
    curator, target = _moderated(interaction)
    preview = await curator.look_at(target, digest)
    text = index_cards.left_out_text(preview.articles)
    await reply.send_file(interaction, "left-out.txt", text.encode("utf-8", "replace"))


async def _list(interaction: discord.Interaction[QuothBot], page: str) -> None:
    curator, target = _moderated(interaction)
    await reply.replace(interaction, index_cards.articles_card(await curator.articles(target), number(page)))


async def _about(interaction: discord.Interaction[QuothBot], state: str) -> None:
    page, _colon, article = state.partition(":")
    curator, target = _moderated(interaction)
    found = await curator.article(target, article)
    await reply.replace(interaction, index_cards.article_card(found, number(page)))


async def _chosen(interaction: discord.Interaction[QuothBot], state: str) -> None:
    curator, target = _moderated(interaction)
    found = await curator.article(target, state.removeprefix(":"))
    await reply.send(interaction, index_cards.article_card(found), private=True)


async def _put_back(interaction: discord.Interaction[QuothBot], state: str) -> None:
    curator, target = _moderated(interaction)
    name, _colon, mark = state.rpartition(":")
    line = index_cards.left_out_line(await curator.article(target, name), mark)
    if line is None:
        raise Refused(_(_GONE))
    await _live(interaction, lambda: curator.prepare_line(target, name, line, keep=True), target)


async def _take_out(interaction: discord.Interaction[QuothBot], state: str) -> None:
    curator, target = _moderated(interaction)
    name, _colon, mark = state.rpartition(":")
    paragraphs = (await curator.article(target, name)).paragraphs
    text = next((part.text for part in paragraphs if fingerprint(part.text) == mark), None)
    if text is None:
        raise Refused(_(_GONE))
    await _live(interaction, lambda: curator.prepare_line(target, name, text, keep=False), target)


async def _remove(interaction: discord.Interaction[QuothBot], article: str) -> None:
    curator, target = _moderated(interaction)
    await reply.defer(interaction, new=True)
    prepared = await with_progress(interaction, lambda _progress: curator.prepare_removal(target, article))
    gone = prepared.change.difference.removed
    name = gone[0].article.id if gone else article
    action = f"removed:{prepared.base}:{name}"
    await reply.update(interaction, index_cards.change_card(prepared, do=_("Remove"), action=action))


async def _removed(interaction: discord.Interaction[QuothBot], state: str) -> None:
    curator, target = _moderated(interaction)
    base, _colon, article = state.partition(":")
    await _live(interaction, lambda: curator.prepare_removal(target, article), target, base)


async def _edit(interaction: discord.Interaction[QuothBot], article: str) -> None:
    curator, target = _moderated(interaction)
    found = await curator.article(target, article)
    await reply.ask(interaction, index_cards.details_form(found.title, f"edit:{found.id}", found.metadata))


async def _edited(interaction: discord.Interaction[QuothBot], article: str, filled: dict[str, str]) -> None:
    curator, target = _moderated(interaction)
    await reply.defer(interaction, new=True)
    prepared = await with_progress(interaction, lambda _progress: curator.prepare_edit(target, article, filled))
    await _make_live(interaction, target, prepared)


async def _history(interaction: discord.Interaction[QuothBot], page: str) -> None:
    curator, target = _moderated(interaction)
    card = index_cards.history_card(await curator.history(target), number(page))
    if interaction.type is discord.InteractionType.component:
        await reply.replace(interaction, card)
    else:
        await reply.send(interaction, card, private=True)


async def _version(interaction: discord.Interaction[QuothBot], state: str) -> None:
    curator, target = _moderated(interaction)
    version = number(state.removeprefix(":"))
    await reply.defer(interaction, new=True)
    prepared = await with_progress(interaction, lambda _progress: curator.prepare_roll_back(target, version))
    action = f"rollback:{prepared.base}:{version}"
    await reply.update(interaction, index_cards.change_card(prepared, do=_("Roll back"), action=action))


async def _roll_back(interaction: discord.Interaction[QuothBot], state: str) -> None:
    curator, target = _moderated(interaction)
    base, _colon, version = state.partition(":")
    await _live(interaction, lambda: curator.prepare_roll_back(target, number(version)), target, base)


async def _live(
    interaction: discord.Interaction[QuothBot],
    prepare: Callable[[], Awaitable[Prepared]],
    target: int | None,
    base: str | None = None,
) -> None:
    """Prepare a change and make it live; the report stands where the button was, or answers the command.

    *base* names the state on which it was looked at, if it was.

    Raises:
        StaleChange: The articles have changed since.

    """
    await reply.defer(interaction, new=interaction.type is not discord.InteractionType.component)
    prepared = await with_progress(interaction, lambda _progress: prepare())
    if base is not None and prepared.base != base:
        raise StaleChange(OUTDATED)
    await _make_live(interaction, target, prepared)


async def _make_live(interaction: discord.Interaction[QuothBot], target: int | None, prepared: Prepared) -> None:
    """Make a change live, and report it as the answer of the deferred interaction."""
    activated = await interaction.client.curator.activate(
        target, prepared, by=str(interaction.user.id), gaps_of=interaction.guild_id
    )
    await reply.update(interaction, index_cards.report_card(activated))


PRESSES: dict[str, Callable[[discord.Interaction[Any], str], Awaitable[None]]] = {
    "activate": _activate,
    "diff": _full_diff,
    "discard": _discard,
    "add": _add,
    "details": _details,
    "left": _left_out,
    "list": _list,
    "about": _about,
    "article": _chosen,
    "back": _put_back,
    "take": _take_out,
    "remove": _remove,
    "removed": _removed,
    "edit": _edit,
    "history": _history,
    "version": _version,
    "rollback": _roll_back,
}
"""What the buttons and menus of the moderators' cards do; the text after the verb is the state they carry."""

FORMS: dict[str, Callable[[discord.Interaction[Any], str, dict[str, str]], Awaitable[None]]] = {
    "details": _detailed,
    "edit": _edited,
}
"""What submitted forms do."""


def _moderated(interaction: discord.Interaction[QuothBot]) -> tuple[Curator, int | None]:
    """The curator, and whose collection this moderator's server changes.

    Raises:
        Refused: It is no moderator of a server.

    """
    refusal = _("Only members who may manage this server can reload or change the articles.")
    server = moderated(interaction, refusal)
    bot = interaction.client
    return bot.curator, bot.curator.target(server, alone=bot.in_one_server)


def _owner(interaction: discord.Interaction[QuothBot], target: int | None) -> str:
    """Whose articles these are, in a sentence."""
    assert interaction.guild is not None
    if target is None:
        return _("This server may change these articles; all servers without their own share them.")
    if interaction.client.curator.has_own(target):
        return _("This server has articles of its own.")
    return _(
        "These are the shared articles. {add} gives this server a collection of its own beside them.",
        add=command("index add"),
    )


async def with_progress(interaction: discord.Interaction[QuothBot], work: Callable[[Progress], Awaitable[T]]) -> T:
    """Do *work*, and while it goes on show once a second how far it is."""
    read, indexed = (0, 0), (0, 0)

    def note(done: int, total: int, /, *, indexing: bool = False) -> None:
        nonlocal read, indexed
        if indexing:
            indexed = (done, total)
        else:
            read = (done, total)

    async def show() -> None:
        while True:
            await asyncio.sleep(1)
            card: Card = index_cards.progress_card(*read, *indexed)
            await reply.update(interaction, card)

    showing = asyncio.create_task(show())
    try:
        return await work(note)
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
