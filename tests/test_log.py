"""`/log` as moderators of one server and of two meet it, under simcord, on the log of a real bot."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import pytest
from PIL import Image
from simcord.backend.errors import SetupError
from simcord.env import Env
from simcord.results import InteractionResult

from bot import app
from bot.app import Quoth
from bot.charts import questions_a_day
from bot.client import QuothBot
from bot.querylog import Asked, Entry, Judged, LogReader, Opened, QueryLog, Sent
from bot.querylog.reading import LOOKED_AT, OPEN_GAPS, Day
from bot.service import Refused
from bot.settings import LogMode, Settings
from retrieval.model import Outcome
from tests.screens import buttons, menus, message_of, nested, text
from tests.servers import Server, server_in
from tests.test_querylog import ASKED

INDEPENDENCE = "When did Kosovo declare independence?"
MEDIA_GALLERY = 12


@pytest.fixture
def home(discord_env: Env) -> Server:
    return server_in(discord_env, "Home")


@pytest.fixture
def guest(home: Server) -> Server:
    return server_in(home.env, "Guest")


@pytest.fixture
def log(settings: Settings, quoth: Quoth) -> Iterator[QueryLog]:
    database = app.remembered(settings)
    yield QueryLog(database, mode_of=lambda server: LogMode.FULL)
    database.close()


async def command(server: Server, verb: str, **options: object) -> InteractionResult:
    return await server.moderator.slash(server.channel, f"log {verb}", **options)


def guild(server: Server) -> int:
    assert server.channel.guild is not None
    return server.channel.guild.id


def lacking(server: Server, number: int, words: str, **changes: Any) -> Asked:
    row = replace(
        ASKED,
        id=f"{number:016x}",
        at=datetime.now(UTC) - timedelta(minutes=number),
        server=guild(server),
        question=words,
        outcome=Outcome.UNCOVERED,
        shown=(),
        terms=(),
        missing=tuple(words.casefold().rstrip("?").split()),
    )
    return replace(row, **changes)


@pytest.mark.parametrize("verb", ["summary", "recent", "export", "clear"])
async def test_members_do_not_see_the_commands(home: Server, verb: str) -> None:
    with pytest.raises(SetupError):
        await home.member.slash(home.channel, f"log {verb}")


@pytest.mark.parametrize("verb", ["summary", "recent", "question", "export", "clear"])
async def test_every_command_is_refused_in_code_where_a_server_opened_it_to_all(home: Server, verb: str) -> None:
    found = home.env.backend.find_command("log", home.env.guild.id)
    assert found is not None
    home.env.guild.set_command_permissions(int(found["id"]), {home.env.guild.default_role: True})
    options = {"question": "0" * 16} if verb == "question" else {}

    result = await home.member.slash(home.channel, f"log {verb}", **options)

    assert text(result) == "Only members who may manage this server can see its log."
    assert message_of(result).ephemeral


async def test_summary_shows_numbers_chart_and_lists(home: Server, log: QueryLog) -> None:
    await home.ask(INDEPENDENCE)
    await home.ask("Who won the 2020 US election?")

    shown = await command(home, "summary", days=7)

    seen = text(shown)
    assert shown.ephemeral
    assert "The log of the last 7 days\n2 questions: 1 answered, 0 weak, 1 uncovered" in seen
    assert "ms (median)" in seen
    assert "Busiest articles\n- Kosovo Formally Establishes Ties" in seen
    assert "Words that no article has\n- “2020” (1×)\n- “election” (1×)\n- “won” (1×)" in seen
    assert "1 open gap\nWho won the 2020 US election?\n-# asked once" in seen
    (chart,) = [item for item in nested(message_of(shown).components) if item["type"] == MEDIA_GALLERY]
    (item,) = chart["items"]
    today = datetime.now(UTC).date()
    assert item["media"]["url"].endswith("questions.png")
    assert item["description"] == (
        f"Bar chart of questions a day from {today - timedelta(days=6)} to {today}: 1 answered, 0 weak, 1 uncovered."
    )


async def test_summary_tells_the_votes(home: Server, log: QueryLog) -> None:
    rows = [lacking(home, n, "moon", outcome=Outcome.ANSWERED) for n in (1, 2)]
    log.write([*rows, Judged(rows[0].id, True, rows[0].at), Judged(rows[1].id, False, rows[1].at)])

    assert "Found helpful: 50% of 2 votes" in text(await command(home, "summary"))


async def test_empty_log_has_a_summary(home: Server) -> None:
    shown = await command(home, "summary", days=1)

    assert text(shown) == "### The log of the last day\nNo question of this time is in the log."
    assert MEDIA_GALLERY not in [item["type"] for item in nested(message_of(shown).components)]


async def test_summary_tells_which_numbers_are_of_the_last_questions_alone(home: Server, log: QueryLog) -> None:
    log.write([lacking(home, n, f"moon {n}", outcome=Outcome.ANSWERED) for n in range(LOOKED_AT)])
    told = "-# Times and what is busiest are of the last 2,500 questions, words of the last 2,500 uncovered ones."
    assert told not in text(await command(home, "summary"))

    log.write([lacking(home, LOOKED_AT, "tide")])

    assert told in text(await command(home, "summary"))


async def test_summary_tells_how_many_gaps_were_asked_again_and_of_how_many_questions_they_are(
    home: Server, log: QueryLog
) -> None:
    log.write([lacking(home, n, "moon", missing=(f"moon{n}",)) for n in range(OPEN_GAPS - 1)])
    seen = text(await command(home, "summary"))
    # How many depends on the machine, at most 100.
    assert re.search(r"999 open gaps\nonly the (100|\d\d?) asked most were asked again", seen)
    assert "Gaps are those of the last" not in seen

    log.write([lacking(home, n, "moon", missing=(f"moon{n}",)) for n in range(OPEN_GAPS, OPEN_GAPS + 9)])

    assert text(await command(home, "summary")).endswith("-# Gaps are those of the last 1,000 uncovered questions.")


async def test_near_duplicates_are_one_gap_that_can_be_marked_done(home: Server, log: QueryLog) -> None:
    log.write(
        [
            lacking(home, 1, "lighthouse keeper"),
            lacking(home, 2, "keeper lighthouze"),
            Sent(lacking(home, 3, "Lighthouse keeper"), datetime.now(UTC)),
            lacking(home, 4, "moon"),
        ]
    )
    shown = await command(home, "summary")
    assert "2 open gaps\n" in text(shown)
    assert "asked 3 times · sent to you once" in text(shown)

    after = await home.moderator.click(message_of(shown).message, custom_id=f"logdone:30:{3:016x}")

    assert "1 open gap\nmoon" in text(after)
    assert "keeper" not in text(after).partition("1 open gap")[2]


async def test_gap_that_new_articles_cover_is_told_at_the_reload_and_in_the_summary(
    home: Server, articles: Path, log: QueryLog
) -> None:
    for question in ("How many boats did the lighthouse keeper count?", "Who painted the ceiling in Rome?"):
        await home.ask(question)
    assert "covered" not in text(await command(home, "summary")).partition("open gaps")[2]
    (articles / "new.md").write_text("# Lighthouse\n\nThe lighthouse keeper had to count the boats: seven boats.\n")

    reloaded = await home.index("reload", now=True)

    assert "1 of 2 open gaps are now covered by “Lighthouse”" in text(reloaded)
    summary = text(await command(home, "summary"))
    assert "1 of 2 open gaps are now covered by “Lighthouse”" in summary
    assert "asked once · now covered by “Lighthouse” ¶1" in summary


async def test_recent_pages_filters_and_shows_one_in_full(home: Server, log: QueryLog) -> None:
    await home.ask(INDEPENDENCE)
    log.write([lacking(home, n, f"moon {n}") for n in range(1, 13)])

    first = await command(home, "recent")
    assert "13 questions\n-# page 1 of 2" in text(first)
    assert f"answered · {INDEPENDENCE}" in text(first)
    second = await home.press(first, "Next")
    assert "page 2 of 2" in text(second)
    assert "uncovered · moon 12" in text(second)
    filtered = await command(home, "recent", outcome="answered")
    assert "1 question · answered\n" in text(filtered)

    (option,) = menus(message_of(filtered))["Show one in full"]["options"]
    full = await home.choose(filtered, "Show one in full", option["value"])

    assert f"{INDEPENDENCE}\n" in text(full)
    assert "answered · asked by command" in text(full)
    assert "1. Kosovo Formally Establishes Ties With Israel, To Open Embassy In Jerusalem · ¶18\n-# score " in text(
        full
    )
    assert "How much each word of yours counted" in text(await home.press(full, "Why these?"))
    assert "¶18 · cited" in text(await home.press(full, "Open ¶18"))


async def test_question_is_found_while_it_is_typed_and_shown_with_what_became_of_it(
    home: Server, log: QueryLog
) -> None:
    sent = lacking(home, 1, "moon and tide", missing=("moon", "tide"))
    log.write([Sent(sent, datetime.now(UTC)), Judged(sent.id, False, sent.at), lacking(home, 2, "ice", question=None)])

    (choice,) = await home.moderator.autocomplete(home.channel, "log question", "question", "TIDE")
    seen = text(await command(home, "question", question=choice["value"]))

    assert choice["name"] == "moon and tide"
    assert "In no article: “moon”, “tide”" in seen
    assert "Sent to the moderators: <t:" in seen
    assert "Votes: 0 helpful, 1 not" in seen
    assert "No passage was shown." in seen
    other = text(await command(home, "question", question=f"{2:016x}"))
    assert other.startswith("(the text is not kept)\n")


async def test_question_that_is_done_tells_when_and_how_often_its_sources_were_opened(
    home: Server, log: QueryLog
) -> None:
    asked = lacking(home, 1, "moon", shown=ASKED.shown, done_at=datetime.now(UTC))
    log.write([asked, *(Opened(asked.id, asked.server, citation, asked.at) for citation, _ in ASKED.shown)])

    seen = text(await command(home, "question", question=asked.id))

    assert "Marked done: <t:" in seen
    assert "Sources were opened 2 times" in seen
    assert "1. no longer in the articles\n-# score 3.25 at the time" in seen


async def test_what_was_shown_of_articles_that_never_were_here_is_named_by_its_citation(
    home: Server, log: QueryLog
) -> None:
    log.write([lacking(home, 1, "moon", outcome=Outcome.ANSWERED, shown=ASKED.shown)])

    assert "harbour-news" in text(await command(home, "summary"))


async def test_summary_of_no_days_is_refused(quoth: Quoth) -> None:
    with pytest.raises(Refused, match=r"A summary covers 1 to 366 days\."):
        await quoth.reviewer.overview(None, 0)


async def test_no_command_shows_another_servers_questions(home: Server, guest: Server, log: QueryLog) -> None:
    mine = lacking(home, 1, "secret lighthouse")
    log.write([mine])

    assert "No question of this time" in text(await command(guest, "summary"))
    assert "secret" not in text(await command(guest, "recent"))
    assert text(await command(guest, "question", question=mine.id)).startswith("That question is not in the log")
    assert await guest.moderator.autocomplete(guest.channel, "log question", "question", "secret") == []
    exported = message_of(await command(guest, "export"))
    assert b"secret" not in b"".join([await attachment.read() for attachment in exported.message.attachments])
    assert text(await command(guest, "clear")) == "There is no question in the log of this server."
    assert "1 question" in text(await command(home, "recent"))


async def test_export_has_every_question_and_no_formula_and_leaves_no_file(
    home: Server, log: QueryLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    texts = ["=HYPERLINK(1)", "+1", "-1", "@x", "plain, with “quotes” and\nlines", "\t=1", "\r=1", "\n=1", "＝1"]
    words: dict[str, Any] = {"terms": ("＠SUM(1)",), "missing": ("=1", "b")}
    entries: list[Entry] = [lacking(home, n, written, **words) for n, written in enumerate(texts)]
    log.write([*entries, Judged(f"{0:016x}", True, datetime.now(UTC))])

    result = await command(home, "export")

    table, lines = [await attachment.read() for attachment in message_of(result).message.attachments]
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(table.decode(), newline=""))}
    objects = {row["id"]: row for row in map(json.loads, lines.decode().splitlines())}
    names = [f"{n:016x}" for n in range(len(texts))]
    assert result.ephemeral or message_of(result).ephemeral
    assert [rows[name]["question"] for name in names] == [
        "'=HYPERLINK(1)",
        "'+1",
        "'-1",
        "'@x",
        "plain, with “quotes” and\nlines",
        "'\t=1",
        "'\r=1",
        "'\n=1",
        "'＝1",
    ]
    assert {(rows[name]["terms"], rows[name]["missing"]) for name in names} == {("'＠SUM(1)", "'=1 b")}
    assert [objects[name]["question"] for name in names] == texts
    assert (rows[names[0]]["helpful"], objects[names[0]]["helpful"]) == ("1", 1)
    assert "asker" not in rows[names[0]]
    assert left_over(tmp_path) == []


async def test_export_that_discord_would_not_take_is_told_and_a_shorter_one_is_sent(
    home: Server, log: QueryLog
) -> None:
    log.write([lacking(home, n, "moon " * 60_000, at=datetime.now(UTC) - timedelta(days=n)) for n in range(40)])

    refused = await command(home, "export")

    assert text(refused) == (
        "The export is larger than the 10 MB that a file may have here. "
        "Export fewer days, or ask the operator for `quoth log export`, which has no limit."
    )
    assert message_of(refused).message.attachments == []
    sent = await command(home, "export", days=10)
    assert message_of(sent).content == "10 questions, once in each file."
    assert len(message_of(sent).message.attachments) == 2


async def test_moderator_who_lost_the_role_is_refused_by_every_button_menu_and_form(
    home: Server, log: QueryLog, simcord_bot: QuothBot
) -> None:
    log.write([lacking(home, n, f"moon {n}") for n in range(12)])
    summary, recent = await command(home, "summary"), await command(home, "recent")
    form = await command(home, "clear")
    (option, *_) = menus(message_of(recent))["Show one in full"]["options"]
    server = simcord_bot.get_guild(guild(home))
    assert server is not None
    await next(role for role in server.roles if role.name == "Mods").edit(permissions=discord.Permissions.none())

    for refused in (
        await home.moderator.click(message_of(summary).message, custom_id=f"logdone:30:{0:016x}"),
        await home.press(recent, "Next"),
        await home.choose(recent, "Show one in full", option["value"]),
        await home.moderator.submit_modal(form, {"word": "delete"}),
    ):
        assert text(refused) == "Only members who may manage this server can see its log."
        assert message_of(refused).ephemeral
    kept = LogReader(log._database)
    assert (kept.count(guild(home)), len(kept.gaps(guild(home)))) == (12, 12)


async def test_clearing_takes_the_right_word_and_only_the_servers_questions(
    home: Server, guest: Server, log: QueryLog
) -> None:
    log.write([lacking(home, 1, "moon"), lacking(home, 2, "tide"), lacking(guest, 3, "ice")])

    form = await command(home, "clear")
    assert form.modal is not None
    assert form.modal["title"] == "Delete 2 questions for good"
    wrong = await home.moderator.submit_modal(form, {"word": "yes"})
    assert text(wrong) == "Nothing was deleted: the word was not delete."
    assert "2 questions" in text(await command(home, "recent"))

    right = await home.moderator.submit_modal(await command(home, "clear"), {"word": "Delete "})

    assert text(right) == "2 questions deleted."
    assert "0 questions" in text(await command(home, "recent"))
    assert "1 question" in text(await command(guest, "recent"))


async def test_log_that_cannot_be_read_is_told_in_a_sentence(home: Server, settings: Settings, quoth: Quoth) -> None:
    await quoth.service.close()
    path = settings.data / app.DATABASE
    for file in settings.data.glob(f"{app.DATABASE}*"):
        file.unlink()
    path.mkdir()

    for verb in ("summary", "recent", "export", "clear"):
        assert text(await command(home, verb)).startswith("The log cannot be reached just now.")
    assert "2008" in await home.ask(INDEPENDENCE)
    assert "! 1 question could not be kept in the log since the start." in text(await home.index("status"))


async def test_buttons_work_after_a_restart(home: Server, log: QueryLog, new_bot: Any) -> None:
    log.write([lacking(home, 1, "moon")])
    shown = await command(home, "summary")
    bot: QuothBot = new_bot()
    await home.env.restart_bot(bot)

    assert "open gap" not in text(await home.press(shown, "Mark done"))
    assert "Mark done" not in buttons(message_of(await command(home, "summary")))


@pytest.mark.parametrize("count", [1, 30, 366])
def test_chart_is_a_picture_that_tells_outcomes_apart_without_colours(count: int) -> None:
    today = datetime.now(UTC).date()
    days = [Day(today - timedelta(days=n), dict(zip(Outcome, (3, 2, 4), strict=True))) for n in range(count)][::-1]
    names = {outcome: outcome.value for outcome in Outcome}

    picture = Image.open(io.BytesIO(questions_a_day(days, names, "Questions a day")))
    drawing = questions_a_day(days, names, "质问 $x$", "svg").decode()

    assert picture.size == (900, 400)
    colours = picture.convert("L").getcolors()
    assert colours is not None
    assert len(colours) > 3
    assert picture.getpixel((2, 2)) == (242, 243, 245, 255)
    assert drawing.count("<pattern") == 2


def left_over(folder: Path) -> list[Path]:
    return list(folder.glob("quoth-export-*"))
