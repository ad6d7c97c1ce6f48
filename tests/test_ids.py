"""Ids that people send are looked up among the articles and questions, and never lead to a file."""

from __future__ import annotations

import ast
import random
import sysconfig
from functools import partial
from pathlib import Path

from bot.cogs import about, asking, index, log, reading
from tests.loopback import MODERATOR, LoopbackDiscord, Reply, Sender
from tests.loopback_objects import walk
from tests.test_moderating import SEED
from tests.test_process import running

PATHS = [
    "../../.env",
    "/etc/passwd",
    "..",
    "/",
    "C:\\Windows\\win.ini",
    "%2e%2e%2f.env",
    "~root/.bashrc",
    "file:///etc/passwd",
]
PARTS = [
    *PATHS,
    "\0",
    ":",
    "-",
    "1",
    "0.x.aaaabbbbcccc",
    "9" * 30,
    "٣",
    "\u202e",
    "'; DROP TABLE question;--",
    "{0}",
    "|",
    "\ud800",
]
VERBS = sorted({**asking.PRESSES, **reading.PRESSES, **index.PRESSES, **about.PRESSES, **log.PRESSES})
FORMS = sorted({**reading.FORMS, **index.FORMS, **log.FORMS})


def generated(count: int) -> list[str]:
    chance = random.Random(6)
    return ["".join(chance.choices(PARTS, k=chance.randint(1, 4)))[:80] for _ in range(count)]


ASKED = "Who is in Kosovo?"


def said(reply: Reply) -> str:
    """All that the person is shown; of files and forms that they are there."""
    told = [reply.text, *(str(sent) for sent in reply.follow_ups), *reply.files]
    return "\n".join([*told, "a form"] if reply.callback["type"] == 9 else told)


def says_something(reply: Reply) -> bool:
    return any(map(str.isalpha, said(reply)))


async def test_hostile_id_opens_no_file_outside_the_data_and_is_answered_with_a_sentence(
    tmp_path: Path, articles: Path
) -> None:
    opened = tmp_path / "opened"
    (tmp_path / ".env").write_text("DISCORD_TOKEN=canary.token\n")
    hostile = [*PATHS, *generated(200)]
    chance = random.Random(7)
    settings = {"LOOPBACK_OPENED": str(opened), "QUOTH_ASKS_PER_MINUTE": "600"}
    async with LoopbackDiscord() as discord, running(tmp_path, discord, articles, **settings) as program:
        await discord.slash("ask", {"question": ASKED}, user="mira")
        await discord.until(lambda: "Ready as" in program.output)
        before = len(opened.read_text().splitlines())
        for number, sent in enumerate(hostile):
            who = Sender(user=f"otto {number}", permissions=MODERATOR)
            replies = [await discord.slash("source", {"article": sent}, **who)]
            for verb in chance.sample(VERBS, 3):
                replies.append(await discord.press(f"{verb}:{sent}", **who))
            replies.append(await discord.press(f"choose-{chance.choice(VERBS)}:", values=[sent], **who))
            replies.append(await discord.send_form(f"form-{chance.choice(FORMS)}:{sent}", {"number": sent}, **who))
            for reply in replies:
                await discord.until(partial(says_something, reply))
                assert "went wrong" not in said(reply), program.output
                assert "canary" not in said(reply)
        assert await program.stop() == 0
        assert "Traceback" not in program.output

    paths = {Path(ast.literal_eval(line)) for line in opened.read_text().splitlines()[before:]}
    mine = [articles, tmp_path / "data", *map(Path, sysconfig.get_paths().values()), Path(__file__).parent.parent]
    allowed = [path for path in paths if any(path.is_relative_to(one) for one in mine)]
    assert sorted(paths - set(allowed)) == []


async def test_id_of_something_else_is_answered_with_a_sentence(tmp_path: Path, articles: Path) -> None:
    async with LoopbackDiscord() as discord, running(tmp_path, discord, articles) as program:
        asked = await discord.slash("ask", {"question": ASKED}, user="mira")
        ids = {
            part["custom_id"].rpartition(":")[2]
            for part in walk((asked.message or {})["components"])
            if "custom_id" in part
        }
        for sent in [SEED, f"1:{SEED}", *sorted(ids)]:
            for verb in VERBS:
                reply = await discord.press(f"{verb}:{sent}", user=f"{verb} {sent}", permissions=MODERATOR)

                await discord.until(partial(says_something, reply))
                assert "went wrong" not in said(reply), (verb, sent, program.output)
        assert "Traceback" not in program.output
