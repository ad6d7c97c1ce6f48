"""The token and the password of the database are in no output, no log, no file and no answer, whatever fails."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from tests.browser import ROOT
from tests.loopback import MODERATOR, LoopbackDiscord
from tests.test_cli import quoth
from tests.test_monitor import free_port, get
from tests.test_process import QUESTION, running

TOKEN, PASSWORD = "canary.token.MTIz", "canary-password"
# Nobody listens at port 1.
DATABASE = f"postgresql+psycopg://quoth:{PASSWORD}@127.0.0.1:1/quoth"
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "DISCORD_TOKEN": TOKEN, "QUOTH_DATABASE_URL": DATABASE}


def assert_silent(folder: Path, *told: str) -> None:
    """Neither what was *told* nor a file below *folder* holds a secret."""
    for text in told:
        assert "canary" not in text.replace(str(folder), "").lower(), text[max(0, text.lower().find("canary") - 300) :][
            :400
        ]
    for path in folder.rglob("*"):
        if path.is_file():
            assert b"canary" not in path.read_bytes(), path


async def test_running_bot_to_which_everything_happens_tells_no_secret(tmp_path: Path, articles: Path) -> None:
    port = free_port()
    environment = {
        **ENVIRONMENT, "QUOTH_LOG_LEVEL": "DEBUG", "QUOTH_MONITOR_PORT": str(port),
        "QUOTH_LOG_ASKER": "pseudonym",
    }  # fmt: skip
    shown: list[Any] = []
    async with LoopbackDiscord(TOKEN) as discord, running(tmp_path, discord, articles, **environment) as program:
        shown.append((await discord.slash("ask", {"question": QUESTION})).callback)
        for name, options in {
            "index status": {}, "log summary": {}, "log recent": {}, "settings": {}, "help": {}, "privacy": {},
            "source": {"article": "nowhere"}, "index remove": {"article": "nowhere"}, "articles": {"after": "canari"},
        }.items():  # fmt: skip
            reply = await discord.slash(name, options, user="otto", permissions=MODERATOR)
            await asyncio.sleep(0.2)
            shown += [reply.callback, reply.edits, reply.follow_ups]
        for fault in ({"status": 500}, {"reset": True}, {"status": 404, "code": 10015}, {"status": 401}):
            for pattern in ("POST */callback", "PATCH */@original", "POST /webhooks/*"):
                discord.fault(pattern, **fault)
        await asyncio.to_thread(shutil.rmtree, articles)
        for _ in range(6):
            discord.fault("POST */callback", status=403)
            reload = asyncio.create_task(discord.slash("reload", user="otto", permissions=MODERATOR, seconds=2))
            shown += [getattr(one, "edits", repr(one)) for one in await asyncio.gather(reload, return_exceptions=True)]
        await discord.gateway.close(4000)
        await discord.until(lambda: discord.gateway.resumes, 20)
        shown += [get(port, path) for path in ("/metrics", "/healthz", "/readyz", "/elsewhere")]
        backup = await asyncio.to_thread(quoth, "backup", str(tmp_path / "quoth.zip"), cwd=tmp_path, **ENVIRONMENT)
        await program.stop(signal.SIGTERM, 30)

        assert "cannot be" in program.output, "the database failed"
        assert "could not be" in program.output, "an answer failed"
        assert backup.returncode == 0
        sent = [request.json for request in discord.requests]
        assert_silent(tmp_path, program.output, json.dumps([shown, sent]), backup.stdout, backup.stderr)


@pytest.mark.parametrize(
    ("fault", "status"),
    [({"status": 401}, 77), ({"status": 200}, 1)],
    ids=["refused", "crash"],
)
async def test_start_that_fails_tells_no_secret(tmp_path: Path, fault: dict[str, Any], status: int) -> None:
    async with LoopbackDiscord(TOKEN) as discord:
        # Of a body that it does not understand discord.py raises whatever comes to it.
        discord.fault("GET /users/@me", **fault)
        program = await discord.launch(
            "bot", "run", folder=tmp_path, environment={**ENVIRONMENT, "QUOTH_LOG_LEVEL": "DEBUG"}
        )

        assert await program.ended(60) == status, program.output
        assert program.output
        assert_silent(tmp_path, program.output)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",), ("check", "--json"), ("ask", QUESTION, "--json"), ("log", "summary"), ("index", "status"), ("sync",),
        ("health",), ("restore", "nothing.zip"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_command_tells_no_secret(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    # `sync` finds nobody at the address of a proxy.
    environment = ENVIRONMENT | {"QUOTH_LOG_LEVEL": "DEBUG", "HTTPS_PROXY": "http://127.0.0.1:1"}
    done = quoth(*arguments, cwd=tmp_path, **environment)

    assert_silent(tmp_path, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "wrong",
    [
        {"QUOTH_DATABASE_URL": f"postgres://quoth:{PASSWORD}@db/quoth"},
        {"QUOTH_DATABASE_URL": f"postgresql+psycopg://quoth:{PASSWORD}"},
        {"QUOTH_DATABASE_URL": f"postgresql+psycopg://quoth:x@db/quoth?{PASSWORD}=1"},
        {"QUOTH_OPENSEARCH_URL": f"https://quoth:{PASSWORD}@node"},
        {"QUOTH_ENGINE": "opensearch", "QUOTH_OPENSEARCH_URL": f"http://quoth:{PASSWORD}@127.0.0.1:1"},
        {"DISCORD_TOKEN": f"{TOKEN}\n{TOKEN}"},
        {"QUOTH_PASSAGES": TOKEN},
    ],
    ids=lambda wrong: " ".join(wrong),
)
def test_wrong_setting_tells_no_secret(tmp_path: Path, wrong: dict[str, str]) -> None:
    done = quoth("ask", QUESTION, cwd=tmp_path, **{**ENVIRONMENT, **wrong})

    assert_silent(tmp_path, done.stdout, done.stderr)


def test_settings_show_no_secret() -> None:
    settings = Settings(DISCORD_TOKEN=TOKEN, QUOTH_DATABASE_URL=DATABASE)

    for text in (repr(settings), str(settings), f"{settings.model_dump()}", settings.model_dump_json()):
        assert "canary" not in text
