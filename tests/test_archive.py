"""Backup and restore, as the operator does it: two commands, while the bot runs, and never a half."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import app
from bot.archive import BadArchive, restore
from bot.settings import Settings
from retrieval.versions import Versions
from tests.loopback import LoopbackDiscord
from tests.test_cli import quoth
from tests.test_process import QUESTION, running


def with_versions(folder: Path, versions: int = 3) -> Settings:
    """The settings of a data folder with a log and several versions of an article."""
    articles = folder / "articles"
    articles.mkdir()
    settings = Settings(QUOTH_ARTICLES=articles, QUOTH_DATA=folder / "data")
    for number in range(versions):
        (articles / "story.md").write_text(f"# Story\n\nThe harbour froze {number} times.\n\nThe nets were mended.\n")
        reload(settings)
    assert told(folder, "ask", "Who mended the nets?").returncode == 0
    return settings


def reload(settings: Settings) -> None:
    library = app.shelf(settings, kept=True).shared
    library.open()
    library.activate(library.reload(), by="test", at=datetime.now(UTC))


def told(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return quoth(*arguments, cwd=folder, QUOTH_ARTICLES=str(folder / "articles"), QUOTH_LOG_ASKER="pseudonym")


def questions(data: Path) -> int:
    with closing(sqlite3.connect(data / app.DATABASE)) as connection:
        count: int = connection.execute("SELECT count(*) FROM question").fetchone()[0]
        return count


def kept(data: Path) -> dict[str, bytes]:
    """Every file of the collections but what is made again."""
    return {
        str(path.relative_to(data)): path.read_bytes()
        for path in sorted((data / app.COLLECTIONS).rglob("*"))
        if path.is_file() and path.name != "lock" and "volumes" not in path.parts
    }


def test_everything_that_is_kept_comes_back(tmp_path: Path) -> None:
    settings = with_versions(tmp_path)
    (settings.data / app.ASKER_KEY).write_text("{}")
    before, history = kept(settings.data), json.loads(told(tmp_path, "index", "history", "--json").stdout)

    made = told(tmp_path, "backup", "kept.zip")
    shutil.rmtree(settings.data)
    restored = told(tmp_path, "restore", "kept.zip")

    assert (made.returncode, restored.returncode) == (0, 0), made.stderr + restored.stderr
    assert "the query log are in kept.zip." in made.stdout
    assert "UTC are in data." in restored.stdout
    assert kept(settings.data) == before
    assert questions(settings.data) == 1
    assert json.loads(told(tmp_path, "index", "history", "--json").stdout) == history
    # They hold what members asked, and the key of their pseudonyms.
    assert stat.S_IMODE((tmp_path / "kept.zip").stat().st_mode) == 0o600
    assert stat.S_IMODE((settings.data / app.ASKER_KEY).stat().st_mode) == 0o600


async def test_backup_of_a_running_bot_is_consistent(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "story.md").write_text("# Story\n\nKosovo declared independence on a Sunday.\n")
    settings = Settings(QUOTH_ARTICLES=articles, QUOTH_DATA=tmp_path / "data")
    async with LoopbackDiscord() as discord, running(tmp_path, discord, articles, QUOTH_ASKS_PER_MINUTE="600"):
        made: list[str] = []

        async def ask() -> None:
            while len(made) < 3:
                await discord.slash("ask", {"question": QUESTION})

        async def change() -> None:
            number = 0
            while len(made) < 3:
                number += 1
                (articles / "story.md").write_text(f"# Story\n\nKosovo declared independence {number} times.\n")
                await asyncio.to_thread(reload, settings)

        async def copy() -> None:
            for number in range(3):
                done = await asyncio.to_thread(told, tmp_path, "backup", f"{number}.zip")
                assert done.returncode == 0, done.stderr
                made.append(f"{number}.zip")

        await discord.slash("ask", {"question": QUESTION})
        await discord.until((tmp_path / "data" / app.DATABASE).exists)
        await asyncio.sleep(1)
        await asyncio.gather(ask(), change(), copy())
        occupied = await asyncio.to_thread(told, tmp_path, "restore", "0.zip", "--replace")

        assert occupied.returncode == 75
        assert occupied.stderr.startswith("Another Quoth is using the folder “data”.")

    for name in made:
        data = tmp_path / f"from-{name}"
        restore(tmp_path / name, data, at=datetime.now(UTC))
        versions = Versions(data / app.COLLECTIONS / "shared", keep=10)
        assert [versions.load(number).version.number for number in versions.numbers()]
        assert questions(data) >= 1


def test_nothing_is_overwritten_without_being_told(tmp_path: Path) -> None:
    settings = with_versions(tmp_path, versions=1)
    assert told(tmp_path, "backup", "kept.zip").returncode == 0
    archive, before = (tmp_path / "kept.zip").read_bytes(), kept(settings.data)

    again, restored = told(tmp_path, "backup", "kept.zip"), told(tmp_path, "restore", "kept.zip")

    assert (again.returncode, restored.returncode) == (2, 2)
    assert again.stderr == "There is a file “kept.zip” already. With --replace it is written anew.\n"
    assert restored.stderr.startswith("There is something in “data” already. With --replace it is set aside")
    assert (tmp_path / "kept.zip").read_bytes() == archive
    assert kept(settings.data) == before


def test_what_a_restore_replaces_is_set_aside(tmp_path: Path) -> None:
    settings = with_versions(tmp_path, versions=1)
    assert told(tmp_path, "backup", "kept.zip").returncode == 0
    then = kept(settings.data)
    (tmp_path / "articles" / "story.md").write_text("# Story\n\nThe harbour thawed.\n")
    reload(settings)
    now = kept(settings.data)

    done = told(tmp_path, "restore", "kept.zip", "--replace")

    assert done.returncode == 0, done.stderr
    (aside,) = settings.data.glob("before-restore-*")
    assert f"What was there before is in data/{aside.name};" in done.stdout
    assert kept(aside) == now
    assert kept(settings.data) == then
    # What is set aside is no part of the next backup.
    assert told(tmp_path, "backup", "next.zip").returncode == 0
    assert not any("before-restore" in name for name in zipfile.ZipFile(tmp_path / "next.zip").namelist())


def test_damaged_archive_is_refused_and_nothing_is_touched(tmp_path: Path) -> None:
    settings = with_versions(tmp_path, versions=1)
    assert told(tmp_path, "backup", "kept.zip").returncode == 0
    whole, before = (tmp_path / "kept.zip").read_bytes(), kept(settings.data)
    broken, target = tmp_path / "broken.zip", tmp_path / "elsewhere"
    target.mkdir()
    chance, refused = random.Random(8), 0
    left: list[str] = []
    damages = [whole[: chance.randrange(len(whole))] for _ in range(40)]
    for _ in range(200):
        place = chance.randrange(len(whole))
        damages.append(whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :])

    for damage in damages:
        broken.write_bytes(damage)
        try:
            restore(broken, target, at=datetime.now(UTC))
        except BadArchive as error:
            refused += "nothing was changed" in str(error)
            left += [path.name for path in target.iterdir() if path.name != "running.lock"]
        else:
            # A bit that nothing depends on, such as a time within the zip.
            assert kept(target) == before
            shutil.rmtree(target)
            target.mkdir()
    assert refused > 200
    assert left == []
    done = told(tmp_path, "restore", "articles/story.md", "--replace")
    assert (done.returncode, done.stderr) == (
        2,
        "The backup “articles/story.md” is damaged or none; nothing was changed.\n",
    )
    assert kept(settings.data) == before


@pytest.mark.parametrize(
    "name", ["../elsewhere", "/tmp/elsewhere", "collections/shared/../../../x", "quoth.sqlite3-wal"]
)
def test_archive_writes_nowhere_else(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "hostile.zip", "w") as file:
        file.writestr(name, b"x")
        digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        files = {name: {"bytes": 1, "sha256": digest}}
        file.writestr("manifest.json", json.dumps({"format": 1, "at": "2026-01-01T00:00:00+00:00", "files": files}))

    done = told(tmp_path, "restore", "hostile.zip")

    assert (done.returncode, done.stderr) == (2, "The backup “hostile.zip” is damaged or none; nothing was changed.\n")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(("size", "content"), [(1, b"xy"), (2, b"x"), (1, b"y")])
def test_archive_whose_file_is_not_what_its_list_says_is_refused(tmp_path: Path, size: int, content: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        file.writestr(app.DATABASE, content)
        files = {app.DATABASE: {"bytes": size, "sha256": hashlib.sha256(b"x").hexdigest()}}
        file.writestr("manifest.json", json.dumps({"format": 1, "at": "2026-01-01T00:00:00+00:00", "files": files}))

    with pytest.raises(BadArchive, match=r"is damaged or none; nothing was changed\."):
        restore(tmp_path / "other.zip", tmp_path / "data", at=datetime.now(UTC))

    assert not (tmp_path / "data" / app.DATABASE).exists()


def test_missing_archive_and_nothing_to_back_up_are_said(tmp_path: Path) -> None:
    nothing, missing = told(tmp_path, "backup", "kept.zip"), told(tmp_path, "restore", "kept.zip")

    assert (nothing.returncode, nothing.stderr) == (2, "There is nothing to back up in “data”.\n")
    assert (missing.returncode, missing.stderr) == (2, "There is no file “kept.zip”.\n")
    assert list(tmp_path.glob("kept.zip*")) == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="Only root gives files away.")
def test_what_root_restores_belongs_to_whom_the_folder_belongs(tmp_path: Path) -> None:
    settings = with_versions(tmp_path)
    assert told(tmp_path, "backup", "kept.zip").returncode == 0
    shutil.rmtree(settings.data)
    settings.data.mkdir()
    os.chown(settings.data, 10001, 10002)

    assert told(tmp_path, "restore", "kept.zip").returncode == 0

    restored = [*settings.data.rglob("*")]
    assert len(restored) > 5
    assert {(path.stat().st_uid, path.stat().st_gid) for path in restored} == {(10001, 10002)}
