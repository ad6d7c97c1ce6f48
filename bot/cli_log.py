"""`quoth log …`: what was asked, over all servers, for the operator."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot import app, log_terminal
from bot.app import Quoth
from bot.judging import judged
from bot.printing import EXIT_BAD_INPUT, fail, out, print_json, say, sentences
from bot.reviewing import MAX_DAYS
from bot.service import Refused
from bot.settings import MOST_LOG_DAYS, Settings, read_settings
from bot.terminal import counted
from retrieval.evaluation import write_beir
from retrieval.model import Outcome

cli = typer.Typer(help="See what was asked and what the articles lack, over all servers.", no_args_is_help=True)

Server = Annotated[int | None, typer.Option(help="Id of the one server that is meant; all otherwise.")]
Days = Annotated[int, typer.Option(min=1, max=MAX_DAYS, help="How many days, today among them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text for people.")]


class Form(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSON_LINES = "jsonl"


@cli.command()
def summary(server: Server = None, days: Days = 30, as_json: AsJson = False) -> None:
    """Questions by outcome, helpful votes, times, what is read most, and what is missing."""

    async def look(quoth: Quoth) -> None:
        overview = await quoth.reviewer.overview(server, days)
        if as_json:
            print_json(log_terminal.summary_json(overview))
        else:
            out.print(log_terminal.summary_text(overview))

    _with_log(look, articles=True)


@cli.command()
def recent(
    server: Server = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only questions that came out like this.")] = None,
    page: Annotated[int, typer.Option(min=1, help="Which page, from 1.")] = 1,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many questions a page has.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The last questions, newest first."""

    async def look(quoth: Quoth) -> None:
        found = await quoth.reviewer.recent(server, outcome, page, size=limit)
        if as_json:
            print_json(log_terminal.recent_json(found))
        else:
            out.print(log_terminal.recent_text(found))

    _with_log(look)


@cli.command()
def gaps(server: Server = None, as_json: AsJson = False) -> None:
    """What was asked and not covered, near-duplicates together, and what is covered by now."""

    async def look(quoth: Quoth) -> None:
        coverage = await quoth.reviewer.coverage(server)
        if as_json:
            print_json(log_terminal.gaps_json(coverage))
        else:
            out.print(log_terminal.gaps_text(coverage))

    _with_log(look, articles=True)


@cli.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write, .csv or .jsonl.", dir_okay=False)],
    server: Server = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=MOST_LOG_DAYS, help="How many days; all that are kept otherwise.")
    ] = None,
    form: Annotated[Form | None, typer.Option("--format", help="As the file's name says, unless told.")] = None,
) -> None:
    """Write the questions into FILE, as CSV or JSON Lines."""

    async def write(quoth: Quoth) -> None:
        named = form or (Form.JSON_LINES if file.suffix.lower() in (".jsonl", ".ndjson") else Form.CSV)
        try:
            count = await quoth.reviewer.export(server, days, [(file, named.value)])
        except OSError as error:
            fail(f"{file} cannot be written ({error.strerror}).", EXIT_BAD_INPUT)
        say(f"{count:,} questions are in {file}.")

    _with_log(write)


@cli.command()
def prune(
    days: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_LOG_DAYS, help="For how many days questions stay; QUOTH_LOG_DAYS otherwise."),
    ] = None,
) -> None:
    """Delete what is older, now."""

    async def delete(quoth: Quoth) -> None:
        before = datetime.now(UTC) - timedelta(days=days or quoth.log_days)
        out.print(f"{await quoth.reviewer.prune(before):,} questions were deleted.")

    _with_log(delete)


@cli.command()
def report(
    html: Annotated[Path, typer.Option("--html", help="The file to write.", dir_okay=False)],
    server: Server = None,
    days: Days = 30,
) -> None:
    """Write the summary as one web page that needs nothing else."""

    async def write(quoth: Quoth) -> None:
        overview = await quoth.reviewer.overview(server, days, listed=20)
        page = await asyncio.to_thread(log_terminal.report_html, overview, datetime.now(UTC))
        try:
            await asyncio.to_thread(html.write_text, page, encoding="utf-8")
        except OSError as error:
            fail(f"{html} cannot be written ({error.strerror}).", EXIT_BAD_INPUT)
        say(f"The report is in {html}.")

    _with_log(write, articles=True)


@cli.command()
def judgments(
    folder: Annotated[Path, typer.Argument(help="The folder to write.", file_okay=False)], server: Server = None
) -> None:
    """Write the votes on passages as a collection into FOLDER, for `quoth eval FOLDER`.

    The passages are those of the articles that the server searches; the shared ones, without a server.
    """

    async def write(quoth: Quoth) -> None:
        rows = await quoth.reviewer.voted(server)
        corpus = await quoth.curator.corpus(server)
        found = judged(rows, corpus, folder.resolve().name)
        if not any(gain for gains in found.collection.judgments.values() for gain in gains.values()):
            fail("No passage of these articles was found helpful yet, so there is nothing to measure.", EXIT_BAD_INPUT)
        try:
            await asyncio.to_thread(write_beir, found.collection, folder)
        except OSError as error:
            fail(f"{folder} cannot be written ({error.strerror}).", EXIT_BAD_INPUT)
        questions, votes = counted(len(found.collection.questions), "question"), counted(found.votes, "vote")
        told = f"In {folder}: {questions} with {votes}."
        if found.gone:
            told += f" Left out, because their passages are gone: {found.gone:,}."
        say(told)

    _with_log(write, articles=True)


def _with_log(work: Callable[[Quoth], Awaitable[None]], *, articles: bool = False) -> None:
    """Do *work* on the log, with the *articles* at hand where it says what they hold."""

    async def go(settings: Settings) -> None:
        async with app.quoth(settings, kept=True) as quoth:
            if articles:
                # The log can be read without them.
                with contextlib.suppress(Refused):
                    await quoth.curator.start(looking=True)
            await work(quoth)

    with sentences():
        asyncio.run(go(read_settings()))
