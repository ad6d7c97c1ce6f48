"""The terminal door, and the only place that prints or exits."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console, RenderableType
from rich.progress import track

from bot import app, archive, logs, measuring, monitor, terminal
from bot.alone import alone
from bot.cli_index import cli as index
from bot.cli_log import cli as log
from bot.printing import (
    EXIT_BAD_INPUT,
    EXIT_BAD_SETTINGS,
    EXIT_TOKEN_REFUSED,
    EXIT_TRY_AGAIN,
    EXIT_UNCOVERED,
    EXIT_UNHEALTHY,
    err,
    fail,
    out,
    print_json,
    say,
    sentences,
)
from bot.querylog import Door
from bot.service import Answer, Place, Refused, grouped
from bot.sessions import TooManySessions
from bot.settings import SECRETS, Settings, read_settings
from bot.wanted import Wanted
from retrieval.evaluation import Question
from retrieval.loading import load

if TYPE_CHECKING:
    from bot.app import Quoth
    from bot.client import QuothBot

logger = logging.getLogger(__name__)

cli = typer.Typer(
    name="quoth",
    help="Answers questions about a set of articles only by quoting them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

cli.add_typer(index, name="index")
cli.add_typer(log, name="log")

Articles = Annotated[Path | None, typer.Option(help="Folder of the articles; QUOTH_ARTICLES otherwise.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text for people.")]


@cli.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know, in your own words.")],
    articles: Articles = None,
    article: Annotated[str, typer.Option(help="Search in the article of this title or id only.")] = "",
    publisher: Annotated[str, typer.Option(help="Search only articles of this publisher.")] = "",
    after: Annotated[str, typer.Option(help="Published then or later: 2021-02-01, 2021-02 or 2021.")] = "",
    before: Annotated[str, typer.Option(help="Published then or earlier: 2021-02-28, 2021-02 or 2021.")] = "",
    language: Annotated[str, typer.Option(help="Search only articles in this language, like de or German.")] = "",
    top: Annotated[int | None, typer.Option(min=1, max=100, help="How many passages at most.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the paragraphs that answer QUESTION. Exit status 0, or 1 when the articles do not cover it."""
    wanted = Wanted.typed(article=article, publisher=publisher, after=after, before=before, language=language)

    async def answer(settings: Settings) -> Answer:
        async with app.quoth(settings, kept=False) as quoth:
            await quoth.curator.start()
            found = await quoth.service.ask(question, door=Door.TERMINAL, wanted=wanted, top=top)
            # Before the log is written out: nobody waits for that.
            if as_json:
                print_json(terminal.answer_json(found))
            else:
                out.print(terminal.answer_text(found))
            return found

    with sentences():
        found = asyncio.run(answer(_settings(articles)))
    raise typer.Exit(0 if found.passages else EXIT_UNCOVERED)


@cli.command()
def source(
    article: Annotated[str, typer.Argument(help="The article's title or id.")],
    paragraph: Annotated[int | None, typer.Option(help="The number of the paragraph to mark.")] = None,
    articles: Articles = None,
) -> None:
    """Show an article: its paragraphs with their numbers, and its notices."""

    async def read(settings: Settings) -> Place:
        async with app.quoth(settings, kept=False) as quoth:
            await quoth.curator.start()
            return await quoth.service.source(article, paragraph)

    with sentences():
        place = asyncio.run(read(_settings(articles)))
    out.print(terminal.place_text(place))


@cli.command("reload-check")
def reload_check(articles: Articles = None) -> None:
    """Show what a reload of the bot would change; nothing is changed."""
    with sentences():
        settings = _settings(articles)
        library = app.shelf(settings, kept=True).shared
        first = not library.open()
        told = library.foreseen()
    lead = "Nothing has been loaded by a bot here yet; its first start would read this." if first else "A reload would:"
    out.print(terminal.difference_text(told, lead=lead))


@cli.command()
def check(
    articles: Articles = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show what was left out of each article, and why.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the settings and every article. Exit status 0, or 1 when something needs attention."""
    with sentences():
        settings = _settings(articles)
        corpus = load(settings.articles)
    if as_json:
        print_json(terminal.corpus_json(corpus))
    else:
        out.print(terminal.settings_text(settings))
        out.print(terminal.corpus_text(corpus, verbose=verbose))
    raise typer.Exit(1 if corpus.problems or not corpus.articles else 0)


@cli.command()
def explain(
    question: Annotated[str, typer.Argument(help="A question as for `quoth ask`.")],
    articles: Articles = None,
    top: Annotated[int, typer.Option(min=1, max=20, help="How many passages.")] = 3,
) -> None:
    """Show where the score of each passage comes from, and why the outcome is what it is."""
    with sentences():
        settings = _settings(articles)
        snapshot = app.library(settings).reload().snapshot
    explained = grouped(snapshot.explain(question, top), lambda one: one[0])
    _print_wide(terminal.explanation_text(snapshot.search(question, top), explained))


@cli.command("eval")
def evaluate(
    collections: Annotated[
        list[Path],
        typer.Argument(help="Folders of judged collections: BEIR's layout, or articles with questions.toml."),
    ],
    baseline: Annotated[str | None, typer.Option(help="`naive`: compare with rank-bm25 as everybody uses it.")] = None,
    questions: Annotated[Path | None, typer.Option(help="questions.toml for a folder of articles without one.")] = None,
    run: Annotated[Path | None, typer.Option(help="Write the rankings in TREC's run format.")] = None,
    floors: Annotated[Path | None, typer.Option(help="Fail when a figure is below the floors in this file.")] = None,
    raise_floors: Annotated[bool, typer.Option("--raise-floors", help="Write the figures as floors.")] = False,
    lower: Annotated[bool, typer.Option("--lower", help="Let --raise-floors lower a floor.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure the retriever on judged questions. Exit status 1 when a figure is below its floor."""
    if baseline not in (None, "naive"):
        fail(f"There is no baseline “{baseline}”; there is “naive”.", EXIT_BAD_INPUT)
    if importlib.util.find_spec("ir_measures") is None:
        fail("Measuring needs ir-measures. Install it with: pip install 'quoth[eval]'", EXIT_BAD_SETTINGS)
    if raise_floors and floors is None:
        fail("--raise-floors needs --floors FILE.", EXIT_BAD_INPUT)
    with sentences():
        _settings()
        measured = measuring.measure(
            collections, naive=baseline is not None, questions=questions, run=run, track=_track
        )
        broken = measuring.against(floors, measured, raising=raise_floors, may_lower=lower) if floors else []
    cards = [one.card for one in measured]
    if as_json:
        print_json([card.as_json() for card in cards])
    else:
        _print_wide(terminal.scorecards_text(cards, columns=_columns()))
    for sentence in broken:
        err.print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if broken else 0)


@cli.command()
def run(
    hold: Annotated[
        bool, typer.Option("--hold", help="Where no restart would help, do nothing instead of ending: for Docker.")
    ] = False,
) -> None:
    """Run the bot in Discord until it is told to stop."""
    try:
        # Where whoever reads the log stands still, the bot does not.
        settings = _discord_settings(blocking=False)
        with sentences():
            asyncio.run(_run(settings))
    except typer.Exit as end:
        if hold and end.exit_code in (EXIT_TOKEN_REFUSED, EXIT_BAD_SETTINGS):
            asyncio.run(_hold())
        raise


@cli.command()
def health() -> None:
    """Ask the bot on this machine how it does, for container checks. Exit status 0, or 1 when a restart may help."""
    with sentences():
        settings = _settings()
    if not settings.monitor_port:
        fail("QUOTH_MONITOR_PORT is not set, so nobody can ask the bot how it does.", EXIT_BAD_SETTINGS)
    try:
        say(monitor.asked(settings.monitor_port))
    except monitor.Unhealthy as error:
        fail(str(error), EXIT_UNHEALTHY)


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, like quoth.zip.", dir_okay=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Write it also where there is such a file.")] = False,
) -> None:
    """Write all that the bot keeps into FILE; it may run meanwhile."""
    with sentences():
        settings = _settings()
        made = archive.back_up(settings.data, file, at=datetime.now(UTC), replace=replace)
    say(f"{_size(made)} are in {file}.")
    if settings.database_url is not None:
        say("The query log is in PostgreSQL and not in this file; pg_dump backs it up.")


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `quoth backup` wrote.", dir_okay=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Set aside what is there, and restore.")] = False,
) -> None:
    """Put what FILE holds into the data folder, while the bot does not run."""
    with sentences():
        settings = _settings()
        found, aside = archive.restore(file, settings.data, at=datetime.now(UTC), replace=replace)
    say(f"{_size(found)} of {found.at:%Y-%m-%d %H:%M} UTC are in {settings.data}.")
    if aside is not None:
        say(f"What was there before is in {aside}; delete it when you are sure.")


@cli.command()
def sync() -> None:
    """Tell Discord the bot's commands, whether they changed or not."""
    settings = _discord_settings()
    with sentences():
        count = asyncio.run(_sync(settings))
    out.print(f"Discord knows {count} commands now. A client may need a restart to show them.")


@cli.command()
def demo(
    articles: Articles = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the local page; 0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Run the bot in a local web page that stands in for Discord: no token, no network."""
    if importlib.util.find_spec("simcord") is None:
        fail("The demo needs simcord. Install it with: pip install 'quoth[demo]'", EXIT_BAD_SETTINGS)
    with sentences():
        settings = _settings(articles)
        # The simulated Discord makes clients of its own, and discord.py has remarks about them.
        logging.getLogger("discord").setLevel(logging.ERROR)
        logging.getLogger().setLevel(logging.WARNING)
        if port and not _is_free(port):
            fail(f"Port {port} is in use; choose another, or leave --port out to have a free one.", EXIT_BAD_INPUT)
        asyncio.run(_demo(settings, port=port, browser=browser))


def main() -> None:
    """Run the command line."""
    cli()


async def _demo(settings: Settings, *, port: int, browser: bool) -> None:
    from bot import preview

    with _told_to_stop() as stop:
        await preview.serve(settings, port=port, browser=browser, say=say, stop=stop)


async def _run(settings: Settings) -> None:
    from bot import client

    with _told_to_stop() as stop, alone(settings.data, settings.shards):
        async with app.quoth(settings, kept=True) as quoth:
            bot = client.QuothBot(quoth)
            async with _looked_after(settings.monitor_port, bot, quoth):
                await _started(quoth, stop)
                _attentive()
                if not stop.is_set():
                    await _refusable(client.run(bot, _token(settings), stop), named=settings.shards is not None)


async def _started(quoth: Quoth, stop: asyncio.Event) -> None:
    """Have the articles, unless it is told to *stop* before."""
    starting = asyncio.create_task(quoth.curator.start(), name="start")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        await quoth.curator.give_up()
    stopping.cancel()
    try:
        await starting
    except Refused as error:
        if not stop.is_set():
            # The bot starts all the same: a moderator can put articles in the folder and reload.
            logger.error("%s /reload reads the folder again.", error)  # noqa: TRY400  # no fault of ours


_TURN_SECONDS = 0.0002
"""How long a thread may keep the interpreter while another waits for it; Python's own default is 25 times that."""


def _attentive() -> None:
    """Let nobody wait long for the interpreter."""
    # A search lets go of it some sixty times. With Python's default each costs five milliseconds while another thread
    # computes, and a search in a thread would keep the event loop waiting as long.
    sys.setswitchinterval(_TURN_SECONDS)


async def _hold() -> None:
    with _told_to_stop() as stop:
        err.print("Nothing is done until this is mended and Quoth is started again.", highlight=False)
        await stop.wait()


@contextlib.asynccontextmanager
async def _looked_after(port: int, bot: QuothBot, quoth: Quoth) -> AsyncIterator[None]:
    """The bot, which ends where only a start anew helps, and is asked how it does at *port*, if there is one."""
    health = monitor.Health(lambda: bot.connected, lambda: quoth.curator.loaded, time.monotonic)
    async with contextlib.AsyncExitStack() as looking:
        await looking.enter_async_context(monitor.watched(health, quoth.meters, give_up=_give_up))
        if quoth.meters is not None:
            quoth.meters.watch_gateway(lambda: bot.connected)
            await looking.enter_async_context(monitor.monitored(port, health, quoth.meters))
        yield


def _give_up(fault: str) -> None:
    """End at once: the event loop, which would do it in order, may never have its turn again."""
    logger.critical("%s Quoth ends, to be started anew.", fault)
    logging.shutdown()
    os._exit(EXIT_TRY_AGAIN)


async def _sync(settings: Settings) -> int:
    from bot import client

    async with app.quoth(settings, kept=True) as quoth:
        bot = client.QuothBot(quoth)
        async with bot:
            await _refusable(bot.login(_token(settings)))
            await bot.register_commands(force=True)
            return len(bot.tree.get_commands())


# https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
_REFUSED_BY_GATEWAY = {
    4004: "it does not accept DISCORD_TOKEN",
    4010: "it does not know such a shard",
    4011: "the bot is in too many servers for one connection",
    4012: "it does not speak this version of its protocol any more; Quoth needs an upgrade",
    4013: "it does not know what the bot wants to see",
    4014: "the bot may not see what it wants to see",
}


_OF_SHARDS = (4010, 4011)


async def _refusable(talking: Awaitable[None], *, named: bool = True) -> None:
    """*talking* to Discord, with its refusals as exit statuses. *named*: the shards are, by a setting."""
    import discord

    from bot.client import ElsewhereAnswered
    from bot.ui.reply import NETWORK_ERRORS

    try:
        await talking
    except discord.LoginFailure:
        fail(
            "Discord does not accept DISCORD_TOKEN. Copy the token again from the Developer Portal (Bot, Reset Token).",
            EXIT_TOKEN_REFUSED,
        )
    except ElsewhereAnswered:
        fail(
            "Discord sends commands to the “Interactions Endpoint URL” and none to the bot. "
            "Empty that field in the Developer Portal (General Information).",
            EXIT_BAD_SETTINGS,
        )
    except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
        code = error.code if isinstance(error, discord.ConnectionClosed) else 4014
        reason = _REFUSED_BY_GATEWAY.get(code, "it gives no reason")
        # A start asks how many shards there should be, and a reason that is new may go away.
        again = code not in _REFUSED_BY_GATEWAY or (code in _OF_SHARDS and not named)
        fail(f"Discord refuses the connection: {reason} (code {code}).", EXIT_TRY_AGAIN if again else EXIT_BAD_SETTINGS)
    except TooManySessions as error:
        fail(str(error), EXIT_TRY_AGAIN)
    except NETWORK_ERRORS as error:
        fail(f"Discord cannot be reached or does not answer as it should ({error}).", EXIT_TRY_AGAIN)


def _track(what: str, questions: Sequence[Question]) -> Iterable[Question]:
    """*questions*, with a progress bar on standard error while they are gone through."""
    return track(questions, description=what, console=err, transient=True)


def _settings(articles: Path | None = None, *, blocking: bool = True) -> Settings:
    settings = read_settings(QUOTH_ARTICLES=articles)
    secrets = [getattr(settings, name) for name in SECRETS]
    logs.set_up(
        settings.log_level,
        settings.log_format,
        secrets=[secret.get_secret_value() for secret in secrets if secret is not None],
        blocking=blocking,
    )
    return settings


def _discord_settings(*, blocking: bool = True) -> Settings:
    with sentences():
        settings = _settings(blocking=blocking)
    if settings.token is None:
        fail(
            "DISCORD_TOKEN is not set. Put it into the file .env as .env.example shows, or try `quoth demo`, "
            "which needs none.",
            EXIT_BAD_SETTINGS,
        )
    return settings


def _size(contents: archive.Contents) -> str:
    log = "the query log" if contents.has_log else "no query log"
    return f"{contents.files:,} files with {contents.bytes / 1024**2:,.1f} MB and {log}"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _token(settings: Settings) -> str:
    assert settings.token is not None
    return settings.token.get_secret_value()


@contextlib.contextmanager
def _told_to_stop() -> Iterator[asyncio.Event]:
    """An event that SIGTERM or Ctrl+C sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    names = (signal.SIGTERM, signal.SIGINT)
    # Windows has no signal handlers in asyncio; there Ctrl+C ends the program by itself.
    with contextlib.suppress(NotImplementedError):
        for name in names:
            loop.add_signal_handler(name, stop.set)
    try:
        yield stop
    finally:
        with contextlib.suppress(NotImplementedError):
            for name in names:
                loop.remove_signal_handler(name)


def _print_wide(table: RenderableType) -> None:
    """*table* in full width where nobody's terminal breaks it: a row in two cannot be compared with the next."""
    Console(width=_columns()).print(table)


def _columns() -> int:
    """Characters of a line: the terminal's, and enough for any table where there is none."""
    return out.width if out.is_terminal else max(out.width, 170)
