"""Every button, menu and form does its work after the bot was stopped and started again, from what it carries alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from simcord.results import InteractionResult

from bot import app
from bot.app import Quoth
from bot.client import QuothBot
from bot.settings import Settings
from tests.conftest import in_one_shard
from tests.screens import message_of, nested, text
from tests.servers import Server

INDEPENDENCE = "When did Kosovo declare independence?"
ELECTION = "Who won the 2020 US election?"
BOATS = [f"Paragraph number {number} is about the boats of the harbour." for number in range(1, 41)]
SEED = "kosovo-formally-establishes-ties-with"
LAMPS = ("lamps.md", b"# Lamps\n\nThe lamps were lit at six.\n\nThey burn whale oil.\n")


Shown = Callable[[Server], Awaitable[InteractionResult]]


@dataclass(frozen=True)
class Case:
    """What is on the screen before the restart, and what a person reads after having used it."""

    shown: Shown
    seen: str
    values: tuple[Any, ...] = ()
    """What is chosen in a menu; its first choice where nothing is named."""
    fields: dict[str, str] | None = None
    """What is filled into a form."""


def slash(command: str, **options: object) -> Shown:
    async def shown(server: Server) -> InteractionResult:
        return await server.moderator.slash(server.channel, command, **options)

    return shown


def then(before: Shown, verb: str, *values: str) -> Shown:
    """The screen that comes after *verb* was used on the one *before*."""

    async def shown(server: Server) -> InteractionResult:
        return await use(server, await before(server), verb, values)

    return shown


async def use(server: Server, on: InteractionResult, verb: str, values: tuple[Any, ...] = ()) -> InteractionResult:
    """Press the first button of *on* that can be pressed and says *verb*, or choose from its menu."""
    for one in nested(message_of(on).components):
        kind, _colon, _state = one.get("custom_id", "").partition(":")
        if kind == verb and not one.get("disabled"):
            return await server.moderator.click(message_of(on).message, custom_id=one["custom_id"])
        if kind in (f"choose-{verb}", f"channels-{verb}"):
            chosen = values or (one["options"][0]["value"],)
            return await server.moderator.select(message_of(on).message, chosen, custom_id=one["custom_id"])
    raise AssertionError(f"There is nothing that says {verb}.")


def after(*before: Shown, last: Shown) -> Shown:
    """The screen *last*, after all those *before*."""

    async def shown(server: Server) -> InteractionResult:
        for one in before:
            await one(server)
        return await last(server)

    return shown


ANSWER, PRIVATE = slash("ask", question=INDEPENDENCE), slash("ask", question=INDEPENDENCE, private=True)
UNCOVERED = slash("ask", question=ELECTION)
READER = slash("source", article="boats", paragraph=2)
CHANGE, PREVIEW = slash("index reload"), slash("index add", file=LAMPS)
ARTICLES = slash("index list")
REMOVING = slash("index remove", article="boats")
RESTORED = after(then(REMOVING, "removed"), last=slash("index restore", article="Boats"))
HISTORY = after(RESTORED, last=slash("index history"))

PRESSES = {
    "more": Case(ANSWER, "[4]\n> "),
    "why": Case(ANSWER, "How much each word of yours counted"),
    "good": Case(ANSWER, "Counted as helpful, without your name."),
    "bad": Case(ANSWER, "Counted as not helpful, without your name."),
    "forget": Case(PRIVATE, "Forgotten: the question is deleted from the log."),
    "share": Case(PRIVATE, "Shared by"),
    "tell": Case(UNCOVERED, "Sent to the moderators of this server"),
    "open": Case(ANSWER, "cited"),
    "page": Case(READER, "page 2 of"),
    "jump": Case(READER, BOATS[-1], fields={"number": str(len(BOATS))}),
    "cite": Case(READER, f"“{BOATS[1]}”"),
    "whole": Case(READER, "boats.txt"),
    "file": Case(READER, "boats.md"),
    "articles": Case(slash("articles"), "page 2 of 2"),
    "set": Case(slash("settings"), "Settings of this server", values=("0",)),
    "erase": Case(after(ANSWER, last=slash("privacy")), "1 question of yours was deleted."),
    "activate": Case(CHANGE, "Articles reloaded"),
    "diff": Case(CHANGE, "difference.txt"),
    "discard": Case(CHANGE, "Discarded; nothing has changed."),
    "add": Case(PREVIEW, "Article added"),
    "details": Case(PREVIEW, "Harbour Post", fields={"publisher": "Harbour Post"}),
    "left": Case(PREVIEW, "left-out.txt"),
    "list": Case(ARTICLES, "page 2 of 2"),
    "article": Case(ARTICLES, "40 paragraphs"),
    "about": Case(then(ARTICLES, "article", "boats"), "page 2 of"),
    "back": Case(then(ARTICLES, "article", SEED), "Article edited"),
    "take": Case(then(ARTICLES, "article", "boats"), "Article edited"),
    "remove": Case(then(ARTICLES, "article", "boats"), "What would change"),
    "removed": Case(REMOVING, "Article removed"),
    "edit": Case(then(ARTICLES, "article", "boats"), "Article edited", fields={"publisher": "Harbour Post"}),
    "history": Case(after(*[RESTORED] * 5, last=slash("index history")), "page 2 of 2"),
    "version": Case(HISTORY, "What would change"),
    "rollback": Case(then(HISTORY, "version"), "Rolled back"),
    "logdone": Case(after(UNCOVERED, last=slash("log summary")), "1 question"),
    "logrecent": Case(after(*[ANSWER] * 11, last=slash("log recent")), "page 2 of 2"),
    "logshow": Case(after(ANSWER, last=slash("log recent")), "asked by command"),
}
"""What every button and menu does; where it opens a form, what the form does."""

FORMS = {
    **{verb: case for verb, case in PRESSES.items() if case.fields},
    "logclear": Case(after(ANSWER, last=slash("log clear")), "1 question deleted.", fields={"word": "delete"}),
}


@pytest.fixture(autouse=True)
def _collection(articles: Path) -> None:
    (articles / "boats.md").write_text(
        "\n\n".join(["# Boats", *BOATS, *(f"## Heading {number}" for number in range(11))])
    )
    for number in range(10):
        (articles / f"{number}.md").write_text(f"# Pier {number}\n\nOn pier {number} there are {number} lamps.\n")


@pytest.fixture
def settings(articles: Path, tmp_path: Path) -> Settings:
    return Settings(
        QUOTH_ARTICLES=articles,
        QUOTH_DATA=tmp_path / "data",
        QUOTH_ASKS_PER_MINUTE=600,
        QUOTH_LOG_ASKER="pseudonym",
        QUOTH_VERSIONS=20,
    )


@pytest.fixture
async def restart(server: Server, quoth: Quoth, settings: Settings) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Ends all that ran, as at the end of a process, and begins anew on the same data."""
    async with AsyncExitStack() as stack:

        async def restart() -> None:
            await quoth.service.close()
            again = await stack.enter_async_context(app.quoth(settings, kept=True))
            await again.curator.start()
            await server.env.restart_bot(QuothBot(in_one_shard(again)))

        yield restart


def seen(result: InteractionResult) -> str:
    """All that a person reads of an answer: the card, what stands outside of one, and the names of files."""
    message = message_of(result).message
    return "\n".join([text(result), message.content, *(file.filename for file in message.attachments)])


def test_no_button_menu_or_form_is_missing(simcord_bot: QuothBot) -> None:
    assert set(simcord_bot.presses) == set(PRESSES)
    assert set(simcord_bot.forms) == set(FORMS)


@pytest.mark.parametrize("verb", PRESSES)
async def test_button_or_menu_works_after_a_restart(
    verb: str, server: Server, articles: Path, restart: Callable[[], Awaitable[None]]
) -> None:
    case = PRESSES[verb]
    (articles / "late.md").write_text("# Late\n\nThis came while the bot was running.\n")
    shown = await case.shown(server)
    await restart()

    result = await use(server, shown, verb, case.values)

    assert (result.modal is not None) if case.fields else case.seen in seen(result)


@pytest.mark.parametrize("verb", FORMS)
async def test_form_works_after_a_restart(verb: str, server: Server, restart: Callable[[], Awaitable[None]]) -> None:
    case = FORMS[verb]
    assert case.fields is not None
    form = await (then(case.shown, verb) if verb in PRESSES else case.shown)(server)
    await restart()

    result = await server.moderator.submit_modal(form, case.fields)

    assert case.seen in seen(result)
