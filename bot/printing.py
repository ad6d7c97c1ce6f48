"""How the terminal prints and ends: sentences for people, JSON for programs, exit statuses for both."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import NoReturn

import typer
from rich.console import Console

from bot.alone import Occupied
from bot.archive import BadArchive
from bot.monitor import PortTaken
from bot.service import Refused
from bot.settings import BadSettings
from retrieval.errors import QuothError

EXIT_UNCOVERED, EXIT_UNHEALTHY, EXIT_BAD_INPUT = 1, 1, 2
# https://man.freebsd.org/cgi/man.cgi?query=sysexits: after 75 a service manager may try again, after 77 and 78 not.
EXIT_TRY_AGAIN, EXIT_TOKEN_REFUSED, EXIT_BAD_SETTINGS = 75, 77, 78

out = Console()
err = Console(stderr=True)


@contextlib.contextmanager
def sentences() -> Iterator[None]:
    """Turn what a person can be told into one sentence and an exit status."""
    try:
        yield
    except (BadSettings, PortTaken) as error:
        fail(str(error), EXIT_BAD_SETTINGS)
    except Occupied as error:
        fail(str(error), EXIT_TRY_AGAIN)
    except (BadArchive, Refused, QuothError) as error:
        fail(str(error), EXIT_BAD_INPUT)


def fail(sentence: str, status: int) -> NoReturn:
    """End the program with *status* and a sentence on standard error."""
    err.print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(status)


def say(sentence: str) -> None:
    """Print a sentence as it is, on one line."""
    out.print(sentence, markup=False, highlight=False, soft_wrap=True)


def print_json(value: object) -> None:
    """Print *value*, at once."""
    text = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    # Half a character, which a terminal gives for a byte that is no UTF-8, is written as JSON's own escape.
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8"))
    sys.stdout.flush()
