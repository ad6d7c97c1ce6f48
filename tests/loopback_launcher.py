"""Starts a program with discord.py pointed at a loopback Discord, so that the program needs no hook for tests.

    python loopback_launcher.py http://127.0.0.1:PORT MODULE [ARGUMENT ...]

runs `python -m MODULE ARGUMENT ...` (or, if MODULE ends in `.py`, that file) in this very process: signals, exit status
and traceback are the program's own.

`LOOPBACK_OPENED` in the environment names a file into which the path of every file that the program opens is written.
`LOOPBACK_CLOCK` names one with the seconds by which the program's clock is wrong, read whenever it looks at the clock.
"""

import os
import runpy
import sys
import time
from datetime import datetime, tzinfo
from pathlib import Path


def tell_what_is_opened(listing: str) -> None:
    """Write the path of every file that is opened from now on into the file *listing*, a line each."""
    told = os.open(listing, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes):
            os.write(told, repr(os.path.abspath(os.fsdecode(arguments[0]))).encode() + b"\n")  # noqa: PTH100 # quicker

    sys.addaudithook(hear)


def shift_clock(offset: Path) -> None:
    """Let `time.time` and `datetime.now` be wrong by the seconds in *offset*, for what is imported from now on."""
    right = time.time

    def wrong() -> float:
        return right() + float(offset.read_text())

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

    class Wrong(datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override] # a plain one
            return datetime.fromtimestamp(wrong(), tz)

    time.time = wrong
    sys.modules["datetime"].datetime = Wrong  # type: ignore[attr-defined] # a module of any kind


def main() -> None:
    if offset := os.environ.get("LOOPBACK_CLOCK"):
        shift_clock(Path(offset))
    import discord
    import yarl

    if listing := os.environ.get("LOOPBACK_OPENED"):
        tell_what_is_opened(listing)
    _, server, module, *arguments = sys.argv
    discord.http.Route.BASE = f"{server}/api/v10"
    # Used for the first connection and after INVALID_SESSION; a RESUME takes the address from READY.
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server).with_scheme("ws") / "gateway"
    sys.argv = [module, *arguments]
    sys.path[0] = str(Path.cwd())  # where `python -m` looks first, instead of this file's folder
    if module.endswith(".py"):
        runpy.run_path(module, run_name="__main__")
    else:
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
