"""`quoth index …`: what moderators do from Discord, for the operator in a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot import app, terminal
from bot.curating import TERMINAL, Activated, Curator, Prepared
from bot.printing import err, out, print_json, sentences
from bot.settings import Settings, read_settings
from retrieval import loading

cli = typer.Typer(
    help="See and change the articles that the bot serves; a running bot takes changes up in seconds.",
    no_args_is_help=True,
)

Server = Annotated[
    int | None, typer.Option(help="Id of the server whose own articles are meant; the shared ones otherwise.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text for people.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]


@cli.command()
def status(server: Server = None, as_json: AsJson = False) -> None:
    """How the articles stand: version, counts, problems, and files that changed since."""

    async def look(curator: Curator) -> None:
        found = await curator.status(server, server)
        if as_json:
            print_json(terminal.status_json(found))
        else:
            out.print(terminal.status_text(found))

    _with_curator(look)


@cli.command()
def reload(server: Server = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Read the folder again and make it live."""

    async def read(curator: Curator) -> None:
        with _bar() as progress:
            prepared = await curator.prepare_reload(server, progress)
        await _make_live(curator, server, prepared, dry_run=dry_run, as_json=as_json)

    _with_curator(read)


@cli.command()
def add(
    file: Annotated[Path, typer.Argument(help="A text, page, PDF, feed or export.", exists=True, dir_okay=False)],
    server: Server = None,
    url: Annotated[str, typer.Option(help="The web address of the original.")] = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Add the articles of FILE."""

    async def keep(curator: Curator) -> None:
        curator.accept(file.name, file.stat().st_size)
        data = await asyncio.to_thread(file.read_bytes)
        with err.status("Building the index"):
            preview = await curator.preview(server, file.name, data, url)
            prepared = await curator.prepare_add(server, preview.upload.digest)
        await _make_live(curator, server, prepared, dry_run=dry_run, as_json=as_json)

    _with_curator(keep)


@cli.command("list")
def list_(server: Server = None, as_json: AsJson = False) -> None:
    """All articles, by title."""

    async def look(curator: Curator) -> None:
        found = await curator.articles(server)
        if as_json:
            print_json(terminal.articles_json(found))
        else:
            out.print(terminal.articles_text(found))

    _with_curator(look)


@cli.command()
def remove(
    article: Annotated[str, typer.Argument(help="The article's title or id.")],
    server: Server = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Remove an article. Its file in the folder stays; a reload does not bring the article back."""
    _change(lambda curator: curator.prepare_removal(server, article), server, dry_run=dry_run, as_json=as_json)


@cli.command()
def restore(
    article: Annotated[str, typer.Argument(help="The title of an article that was removed.")],
    server: Server = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Have a removed article back."""
    _change(lambda curator: curator.prepare_restoring(server, article), server, dry_run=dry_run, as_json=as_json)


@cli.command()
def history(server: Server = None, as_json: AsJson = False) -> None:
    """The versions that are kept, newest first: who made them, when, and what changed."""

    async def look(curator: Curator) -> None:
        found = await curator.history(server)
        if as_json:
            print_json(terminal.history_json(found))
        else:
            out.print(terminal.history_text(found))

    _with_curator(look)


@cli.command()
def rollback(
    version: Annotated[int, typer.Argument(min=1, help="The number of the version to go back to.")],
    server: Server = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Have the articles as they were in VERSION; that makes a new version."""
    _change(lambda curator: curator.prepare_roll_back(server, version), server, dry_run=dry_run, as_json=as_json)


def _change(
    prepare: Callable[[Curator], Awaitable[Prepared]], server: int | None, *, dry_run: bool, as_json: bool
) -> None:
    async def change(curator: Curator) -> None:
        with err.status("Building the index"):
            prepared = await prepare(curator)
        await _make_live(curator, server, prepared, dry_run=dry_run, as_json=as_json)

    _with_curator(change)


async def _make_live(curator: Curator, server: int | None, prepared: Prepared, *, dry_run: bool, as_json: bool) -> None:
    done = (
        Activated(prepared, None) if dry_run else await curator.activate(server, prepared, by=TERMINAL, gaps_of=server)
    )
    if as_json:
        print_json(terminal.activated_json(done, dry_run=dry_run))
    else:
        out.print(terminal.activated_text(done))


def _with_curator(work: Callable[[Curator], Awaitable[None]]) -> None:
    async def go(settings: Settings) -> None:
        async with app.quoth(settings, kept=True) as quoth:
            await quoth.curator.start(looking=True)
            await work(quoth.curator)

    with sentences():
        asyncio.run(go(read_settings()))


@contextmanager
def _bar() -> Iterator[loading.Progress]:
    """A progress bar on standard error, which is told how far a reload is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Reading", total=None)

        def note(done: int, total: int, /, *, indexing: bool = False) -> None:
            building = indexing or done >= total
            bar.update(task, completed=done, total=total, description="Building the index" if building else "Reading")

        yield note
