"""`/index` as moderators of one server and of two meet it, under simcord."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import discord
import pytest
import pytest_asyncio
from discord.ui import TextDisplay
from simcord.backend.errors import SetupError
from simcord.env import Env

from bot import app
from bot.app import Quoth
from bot.client import QuothBot
from bot.cogs.index import with_progress
from bot.curating import Curator
from bot.service import Service
from bot.settings import Settings
from bot.ui.view import CardView
from retrieval.errors import StaleChange
from retrieval.loading import Progress
from tests.loopback import MEMBER, MODERATOR, LoopbackDiscord, Sender
from tests.loopback_objects import GUILD
from tests.screens import menus, message_of, text
from tests.servers import Server, server_in
from tests.test_process import running

LAMPS = ("lamps.md", b"# Lamps of the harbour\n\nThe lamps were lit at six.\n\nThey burn whale oil.\n")
SEED = "kosovo-formally-establishes-ties-with"


@pytest.fixture
def home(discord_env: Env) -> Server:
    return server_in(discord_env, "Home")


@pytest.fixture
def guest(home: Server) -> Server:
    """A second server; with it nobody may change the shared articles unless the operator names a home."""
    return server_in(home.env, "Guest")


def id_of(server: Server) -> int:
    assert server.channel.guild is not None
    return int(server.channel.guild.id)


@pytest.mark.parametrize("verb", ["status", "reload", "list", "history"])
async def test_members_do_not_see_the_commands(home: Server, verb: str) -> None:
    with pytest.raises(SetupError):
        await home.member.slash(home.channel, f"index {verb}")


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("status", {}),
        ("reload", {}),
        ("add", {"file": LAMPS}),
        ("list", {}),
        ("remove", {"article": SEED}),
        ("restore", {"article": SEED}),
        ("edit", {"article": SEED}),
        ("history", {}),
        ("test", {"question": "What is lit?"}),
        ("shared", {"include": True}),
    ],
)
async def test_every_command_is_refused_in_code_where_a_server_opened_it_to_all(
    home: Server, verb: str, options: dict[str, object]
) -> None:
    command = home.env.backend.find_command("index", home.env.guild.id)
    assert command is not None
    home.env.guild.set_command_permissions(int(command["id"]), {home.env.guild.default_role: True})

    result = await home.member.slash(home.channel, f"index {verb}", **options)

    assert text(result) == "Only members who may manage this server can reload or change the articles."
    assert result.ephemeral


@pytest.mark.parametrize("label", ["Activate", "Full diff", "Discard"])
async def test_buttons_do_nothing_for_who_is_no_moderator_any_more(
    home: Server, articles: Path, simcord_bot: QuothBot, label: str
) -> None:
    (articles / "new.md").write_text("# Lighthouse\n\nThe keeper counted seven boats.\n")
    shown = await home.index("reload")
    guild = simcord_bot.get_guild(home.env.guild.id)
    assert guild is not None
    await next(role for role in guild.roles if role.name == "Mods").edit(permissions=discord.Permissions.none())

    result = await home.press(shown, label)

    assert text(result) == "Only members who may manage this server can reload or change the articles."
    assert "do not cover" in await home.ask("How many boats did the keeper count?")


async def test_status_tells_version_counts_and_problems(home: Server, articles: Path) -> None:
    (articles / "photo.txt").write_bytes(bytes(range(256)) * 40)
    await home.index("reload", now=True)
    await home.ask("When did Kosovo declare independence?")
    (articles / "late.md").write_text("# Late\n\nAfter the reload.\n")

    seen = text(await home.index("status"))

    assert "1 article, 18 paragraphs · languages: en · index " in seen
    assert f"Version 2: reload · <@{home.moderator.id}>" in seen
    assert "This server may change these articles" in seen
    assert "photo.txt was skipped: it holds binary data, not text." in seen
    assert "1 file of the folder changed since" in seen
    for _ in range(100):  # the row is written by a thread
        if "ms (median)" in seen:
            break
        await asyncio.sleep(0.1)
        seen = text(await home.index("status"))
    assert "ms (median)" in seen
    assert "could not be kept" not in seen


async def test_status_tells_how_many_questions_could_not_be_kept(
    home: Server, quoth: Quoth, settings: Settings
) -> None:
    await home.ask("When did Kosovo declare independence?")
    with closing(sqlite3.connect(settings.data / app.DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await quoth.service.close()

    assert "! 1 question could not be kept in the log since the start." in text(await home.index("status"))


async def test_reload_shows_the_difference_and_is_live_only_when_activated(home: Server, articles: Path) -> None:
    (articles / "new.md").write_text("# Lighthouse\n\nThe keeper counted seven boats.\n")
    shown = await home.index("reload")

    assert shown.ephemeral
    assert "What would change" in text(shown)
    assert "Added: 1 article, 1 paragraph\n- Lighthouse (+1 ¶)" in text(shown)
    assert "do not cover" in await home.ask("How many boats did the keeper count?")

    done = await home.press(shown, "Activate")
    assert "Articles reloaded\n2 articles, 19 paragraphs · version 2" in text(done)
    assert "seven boats" in await home.ask("How many boats did the keeper count?")


async def test_difference_names_paragraphs_and_counts_the_answers_that_cite_them(home: Server, articles: Path) -> None:
    await home.ask("When did Kosovo declare independence?")
    seed = articles / "000_d92db8f7ee24511e.txt"
    seed.write_text(seed.read_text().replace("78-day", "seventy-eight-day"))

    shown = await home.index("reload")
    for _ in range(100):  # the row is written by a thread
        if "earlier answer" in text(shown):
            break
        shown = await home.index("reload")
    whole = await home.press(shown, "Full diff")

    assert "(¶18 changed)" in text(shown)
    assert "1 earlier answer cites a paragraph that changes." in text(shown)
    (attached,) = message_of(whole).attachments
    assert attached.filename == "difference.txt"


async def test_discarded_change_changes_nothing(home: Server, articles: Path) -> None:
    (articles / "new.md").write_text("# Lighthouse\n\nThe keeper counted seven boats.\n")
    shown = await home.index("reload")

    assert text(await home.press(shown, "Discard")) == "Discarded; nothing has changed."
    assert "1 version kept" in text(await home.index("history"))


async def test_activate_works_after_a_restart_unless_the_folder_changed(
    home: Server, articles: Path, new_bot: Callable[[], QuothBot]
) -> None:
    (articles / "new.md").write_text("# Lighthouse\n\nThe keeper counted seven boats.\n")
    shown = await home.index("reload")
    bot = new_bot()
    bot.curator.discard(None)
    await home.env.restart_bot(bot)
    (articles / "new.md").write_text("# Lighthouse\n\nThe keeper counted eight boats.\n")

    changed = await home.press(shown, "Activate")
    again = await home.index("reload")
    bot.curator.discard(None)
    done = await home.press(again, "Activate")

    assert "no longer what would become live" in text(changed)
    assert "version 2" in text(done)
    assert "eight boats" in await home.ask("How many boats did the keeper count?")


async def test_add_shows_the_article_takes_details_and_makes_it_live(home: Server) -> None:
    shown = await home.index("add", file=LAMPS, url="https://example.org/lamps")
    assert "Lamps of the harbour" in text(shown)
    assert "2 paragraphs" in text(shown)
    assert "> The lamps were lit at six." in text(shown)
    assert "Not stated, and so not shown: publisher, published" in text(shown)

    form = await home.press(shown, "Add details")
    assert form.modal is not None
    detailed = await home.moderator.submit_modal(form, {"publisher": "Harbour Post", "published": "1901-02-03"})
    assert "Harbour Post · 1901-02-03" in text(detailed)
    left_out = await home.press(shown, "Show what was left out")
    assert message_of(left_out).attachments[0].filename == "left-out.txt"
    assert "do not cover" in await home.ask("What do the lamps burn?")

    done = await home.press(shown, "Add to index")
    assert "Article added\n2 articles, 20 paragraphs · version 2" in text(done)
    seen = await home.ask("What do the lamps burn?")
    assert "They burn whale oil." in seen
    assert "Harbour Post · 1901-02-03\n[1]\n> They burn whale oil.\n-# ¶2\n" in seen
    history = text(await home.index("history"))
    assert f"2 · add “Lamps of the harbour” · <@{home.moderator.id}>" in history


async def test_add_can_be_finished_after_a_restart(home: Server, new_bot: Callable[[], QuothBot]) -> None:
    shown = await home.index("add", file=LAMPS)
    form = await home.press(shown, "Add details")

    await home.env.restart_bot(new_bot())
    await home.moderator.submit_modal(form, {"title": "Lamps, all of them"})
    await home.press(shown, "Add to index")

    assert "passages from Lamps, all of them\n[1]\n" in await home.ask("What do the lamps burn?")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (("photo.txt", bytes(range(256)) * 40), "photo.txt cannot be added: it holds binary data, not text."),
        (("a.exe", b"MZ"), "a.exe cannot be added: only "),
        (("../../up.md", b"# Up\n\nUp.\n"), "### up.md\nUp\n"),
        (("empty.txt", b""), "empty.txt cannot be added: the file is empty."),
        (("big.txt", b"x" * 6_000_000), "big.txt cannot be added: it has 5.7 MB, and 5 MB is the limit."),
    ],
)
async def test_file_that_cannot_be_added_gets_a_sentence(home: Server, file: tuple[str, bytes], sentence: str) -> None:
    result = await home.index("add", file=file)

    assert text(result).startswith(sentence)
    assert "2008" in await home.ask("When did Kosovo declare independence?")


async def test_wrong_date_in_the_details_is_said_and_nothing_is_lost(home: Server) -> None:
    shown = await home.index("add", file=LAMPS)
    form = await home.press(shown, "Add details")

    result = await home.moderator.submit_modal(form, {"published": "in spring"})

    assert text(result) == "Published “in spring” is not a date like 2021-02-01; it was left out."
    assert "Article added" in text(await home.press(shown, "Add to index"))


async def test_upload_that_takes_anothers_place_says_so_and_one_that_adds_nothing_is_refused(home: Server) -> None:
    await home.press(await home.index("add", file=LAMPS), "Add to index")

    same = await home.index("add", file=("copy.md", LAMPS[1]))
    refused = text(await home.press(same, "Add to index"))
    assert refused == "copy.md was not added: what it holds is in the index already."

    other = await home.index("add", file=(LAMPS[0], b"# Trams\n\nThe trams went on.\n"))
    assert "this one takes its place, and that of “Lamps of the harbour”." in text(other)


async def test_renamed_file_is_taken_note_of(home: Server, articles: Path, service: Service) -> None:
    (articles / (await service.source(SEED)).article.source).rename(articles / "seed.txt")
    assert "2 files of the folder changed" in text(await home.index("status"))

    shown = await home.index("reload")
    assert "Nothing would change" in text(shown)
    await home.press(shown, "Activate")

    assert "changed since" not in text(await home.index("status"))


async def test_line_that_another_moderator_moved_is_not_moved_again(home: Server) -> None:
    chosen = await home.choose(await home.index("list"), "Choose an article", SEED)
    first = menus(message_of(chosen))["Put a line back"]["options"][0]["value"]
    other = await home.choose(await home.index("list"), "Choose an article", SEED)
    assert "Article edited" in text(await home.choose(other, "Put a line back", first))

    again = await home.choose(chosen, "Put a line back", first)

    assert text(again) == "That line is no longer there; open the article again."


async def test_paragraph_that_is_gone_is_not_taken_out(home: Server, articles: Path) -> None:
    (articles / "boats.md").write_text("# Boats\n\nSeven boats came.\n\nThe ferry left at noon.\n")
    await home.index("reload", now=True)
    chosen = await home.choose(await home.index("list"), "Choose an article", "boats")
    last = menus(message_of(chosen))["Take a paragraph out"]["options"][1]["value"]
    (articles / "boats.md").write_text("# Boats\n\nSeven boats came.\n")
    await home.index("reload", now=True)

    again = await home.choose(chosen, "Take a paragraph out", last)

    assert text(again) == "That line is no longer there; open the article again."


async def test_server_without_articles_of_its_own_cannot_leave_the_shared_ones(home: Server) -> None:
    assert text(await home.index("shared", include=False)) == (
        "This server has no articles of its own; it searches the shared ones."
    )


async def test_of_many_changes_that_were_looked_at_the_last_two_can_be_made_live(
    curator: Curator, articles: Path
) -> None:
    looked_at = []
    for number in range(3):
        (articles / "boats.md").write_text(f"# Boats\n\n{number} boats came.\n")
        looked_at.append(await curator.prepare_reload(None))

    assert [await curator.prepared(None, one.token) for one in looked_at[1:]] == looked_at[1:]
    with pytest.raises(StaleChange, match="That is no longer what would become live; look at the difference again"):
        await curator.prepared(None, looked_at[0].token)


async def test_status_tells_what_is_kept_of_questions(home: Server) -> None:
    assert "The text of a question is kept with its outcome, without who asked. It is deleted after 30 days." in text(
        await home.index("status")
    )


async def test_list_leads_to_an_article_that_can_be_read_edited_and_removed(home: Server) -> None:
    await home.press(await home.index("add", file=LAMPS), "Add to index")
    shown = await home.index("list")
    assert "2 articles\n-# page 1 of 1" in text(shown)

    chosen = await home.choose(shown, "Choose an article", "lamps-of-the-harbour")
    assert "The lamps were lit" in text(await home.press(chosen, "Read"))
    form = await home.press(chosen, "Edit details")
    edited = await home.moderator.submit_modal(form, {"title": "Lamps", "author": "Ada"})
    assert "Article edited" in text(edited)
    assert "passages from Lamps · Ada\n[1]\n" in await home.ask("What do the lamps burn?")

    removing = await home.index("remove", article="Lamps")
    assert "Removed: 1 article, 2 paragraphs\n- Lamps (−2 ¶)" in text(removing)
    assert "whale oil" in await home.ask("What do the lamps burn?")
    assert "Article removed\n1 article" in text(await home.press(removing, "Remove"))
    assert "do not cover" in await home.ask("What do the lamps burn?")


async def test_removed_article_of_the_folder_is_offered_and_restored(home: Server) -> None:
    await home.press(await home.index("add", file=LAMPS), "Add to index")
    await home.press(await home.index("remove", article=SEED), "Remove")
    offered = await home.moderator.autocomplete(home.channel, "index restore", "article", "kosovo")
    ((name, value),) = [(choice["name"], choice["value"]) for choice in offered]
    assert name.startswith("Kosovo")

    assert "Article restored\n2 articles" in text(await home.index("restore", article=value))
    assert "establish diplomatic ties" in await home.ask("Who agreed to establish diplomatic ties?")


async def test_roll_back_shows_the_difference_first(home: Server) -> None:
    await home.press(await home.index("add", file=LAMPS), "Add to index")
    history = await home.index("history")

    shown = await home.choose(history, "Roll back to…", "1")
    assert "Removed: 1 article, 2 paragraphs\n- Lamps of the harbour (−2 ¶)" in text(shown)
    assert "whale oil" in await home.ask("What do the lamps burn?")

    assert "Rolled back\n1 article, 18 paragraphs · version 3" in text(await home.press(shown, "Roll back"))
    assert "do not cover" in await home.ask("What do the lamps burn?")


@pytest.mark.parametrize("what", ["Remove", "Roll back"])
async def test_change_that_another_moderator_has_overtaken_is_looked_at_again(home: Server, what: str) -> None:
    await home.press(await home.index("add", file=LAMPS), "Add to index")
    if what == "Remove":
        shown = await home.index("remove", article="lamps-of-the-harbour")
    else:
        shown = await home.choose(await home.index("history"), "Roll back to…", "1")
    await home.press(await home.index("add", file=("gulls.md", b"# Gulls\n\nGulls nest here.\n")), "Add to index")

    refused = text(await home.press(shown, what))

    assert refused == "That is no longer what would become live; look at the difference again."
    assert "whale oil" in await home.ask("What do the lamps burn?")


async def test_lines_are_put_back_and_paragraphs_taken_out_for_good(home: Server) -> None:
    chosen = await home.choose(await home.index("list"), "Choose an article", SEED)
    line = next(
        option
        for option in menus(message_of(chosen))["Put a line back"]["options"]
        if option["description"] == "notice"
    )
    await home.choose(chosen, "Put a line back", line["value"])
    again = await home.choose(await home.index("list"), "Choose an article", SEED)
    last = menus(message_of(again))["Take a paragraph out"]["options"][17]
    assert last["label"].startswith("¶18 ")
    await home.choose(again, "Take a paragraph out", last["value"])

    await home.index("reload", now=True)

    assert "19 paragraphs" not in text(await home.index("list"))
    assert "18 paragraphs" in text(await home.index("list"))
    assert "in 2008" not in await home.ask("When did Kosovo declare independence?")


async def test_old_button_says_what_became_of_its_paragraph(home: Server, articles: Path) -> None:
    (articles / "boats.md").write_text(
        "# Boats\n\nThe keeper counted seven boats.\n\nThe ferry left at noon.\n\nA goat stood on the pier.\n"
    )
    await home.index("reload", now=True)
    answers = [
        await home.member.slash(home.channel, "ask", question=question, article="boats")
        for question in (
            "How many boats did the keeper count?",
            "Which ferry left at noon?",
            "Which goat stood on the pier?",
        )
    ]
    (articles / "boats.md").write_text(
        "# Boats\n\nA new beginning, about gulls.\n\nThe keeper counted seven boats.\n\nThe ferry left at one.\n"
    )
    await home.index("reload", now=True)

    moved, changed, removed = [
        text(await home.member.click(message_of(answer).message, label=f"Open ¶{number}"))
        for number, answer in enumerate(answers, start=1)
    ]

    assert "This paragraph has moved from ¶1 to ¶2 since it was cited." in moved
    assert "reworded since it was cited as ¶2. It read then:\n> The ferry left at noon." in changed
    assert "¶3 · cited\n> The ferry left at one." in changed
    assert removed == "That paragraph, ¶3 of “Boats”, has been taken out of the articles."


async def test_test_explains_an_answer_and_logs_nothing(home: Server) -> None:
    seen = text(await home.index("test", question="When did Atlantis declare independence?"))

    assert "The confidence in the first passage is" in seen
    assert "In no article: “Atlantis”" in seen
    assert "score" in seen
    assert "coverage" in seen
    assert "(median)" not in text(await home.index("status"))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("When did Kosovo declare indepndence?", "Searched for “independence” instead of “indepndence”"),
        (
            "Which volcano erupted?",
            "In no article: “volcano”, “erupted”\nNo paragraph shares a word with the question.",
        ),
    ],
)
async def test_test_tells_of_repairs_and_of_nothing_found(home: Server, question: str, said: str) -> None:
    assert said in text(await home.index("test", question=question))


async def test_server_that_adds_an_article_has_its_own_collection_and_nobody_else_sees_it(
    home: Server, guest: Server
) -> None:
    assert "These are the shared articles." in text(await guest.index("status"))
    done = await guest.press(await guest.index("add", file=LAMPS), "Add to index")
    assert "2 articles, 20 paragraphs · version 1" in text(done)

    assert "whale oil" in await guest.ask("What do the lamps burn?")
    assert "2008" in await guest.ask("When did Kosovo declare independence?")
    assert "do not cover" in await home.ask("What do the lamps burn?")
    assert text(await home.member.slash(home.channel, "source", article="lamps-of-the-harbour")) == (
        "There is no article “lamps-of-the-harbour”."
    )
    assert [
        choice["name"] for choice in await home.member.autocomplete(home.channel, "source", "article", "lamp")
    ] == []
    assert [
        choice["name"] for choice in await guest.member.autocomplete(guest.channel, "source", "article", "lamp")
    ] == ["Lamps of the harbour"]
    assert "This server has articles of its own." in text(await guest.index("status"))
    assert "Lamps" not in text(await home.index("list"))

    await guest.index("shared", include=False)
    assert "do not cover" in await guest.ask("When did Kosovo declare independence?")
    assert "2008" in await home.ask("When did Kosovo declare independence?")


async def test_of_two_servers_none_reloads_the_shared_articles_unless_the_operator_says_so(
    guest: Server, home: Server
) -> None:
    for server in (home, guest):
        seen = text(await server.index("reload", now=True))
        assert seen.startswith("There is no folder to read for this server")


async def test_servers_collection_is_there_after_a_restart(guest: Server, settings: object) -> None:
    from bot import app
    from bot.settings import Settings

    assert isinstance(settings, Settings)
    await guest.press(await guest.index("add", file=LAMPS), "Add to index")

    async def again() -> AsyncIterator[app.Quoth]:
        async with app.quoth(settings, kept=True) as quoth:
            await quoth.curator.start()
            yield quoth

    async for quoth in again():
        assert guest.channel.guild is not None
        guild = id_of(guest)
        assert [article.id for article in await quoth.curator.articles(guild)] == [SEED, "lamps-of-the-harbour"]
        assert [article.id for article in await quoth.curator.articles(None)] == [SEED]


async def test_long_work_shows_once_a_second_how_far_it_is() -> None:
    class Deferred:
        """Stands for an interaction that was deferred; simcord's clock does not move on while a command works."""

        shown: ClassVar[list[str]] = []

        async def edit_original_response(self, *, view: CardView, attachments: list[discord.File]) -> None:
            self.shown.append(
                "".join(str(part.content) for part in view.walk_children() if isinstance(part, TextDisplay))
            )

    def read(progress: Progress) -> str:
        progress(3, 10)
        time.sleep(2.5)
        return "read"

    done = await with_progress(Deferred(), lambda progress: asyncio.to_thread(read, progress))  # type: ignore[arg-type]

    assert done == "read"
    assert len(Deferred.shown) == 2
    assert Deferred.shown[0].startswith("Reading the articles: 3 of 10 files\n`██████")


async def test_home_server_is_told_nothing_of_what_another_asks_its_own_articles(
    home: Server, guest: Server, quoth: Quoth
) -> None:
    await guest.press(await guest.index("add", file=LAMPS), "Add to index")
    for _ in range(3):
        assert "whale oil" in await guest.ask("What do the lamps burn?")
    quoth.curator._home = frozenset([id_of(home)])
    await asyncio.to_thread(quoth.service._writer.settle, 5)

    assert "Searching takes" not in text(await home.index("status"))
    assert "Searching takes" in text(await guest.index("status"))
    await home.press(await home.index("add", file=LAMPS), "Add to index")
    assert "earlier answer" not in text(await home.index("remove", article="lamps-of-the-harbour"))


async def test_server_with_articles_of_its_own_keeps_them_when_it_is_called_home(
    home: Server, guest: Server, quoth: Quoth
) -> None:
    await guest.press(await guest.index("add", file=LAMPS), "Add to index")
    quoth.curator._home = frozenset([id_of(home), id_of(guest)])

    assert "Lamps of the harbour" in text(await guest.index("list"))
    assert "whale oil" in await guest.ask("What do the lamps burn?")
    assert "Lamps" not in text(await home.index("list"))


ROLES = {"administrator": MEMBER | 1 << 3, "manager": MODERATOR, "member": MEMBER, "nobody": 0}
PLACES = {"server": GUILD, "direct message": None, "foreign server": "200000000000000999"}
COMMANDS: dict[str, dict[str, object]] = {
    "index status": {},
    "index reload": {},
    "index list": {},
    "index remove": {"article": SEED},
    "index restore": {"article": SEED},
    "index edit": {"article": SEED},
    "index history": {},
    "index test": {"question": "What is lit?"},
    "index shared": {"include": True},
    "reload": {},
    "log summary": {},
    "log recent": {},
    "log question": {"question": "0123456789abcdef"},
    "log export": {},
    "log clear": {},
    "settings": {},
}
PRESSED = [
    *("activate:0123", "diff:0123", "discard:0123", "add:0123", "details:0123", "left:0123", "list:1", "history:1"),
    *(f"about:1:{SEED}", f"back:{SEED}:0123", f"take:{SEED}:0123", f"remove:{SEED}", f"removed:0123:{SEED}"),
    *(f"edit:{SEED}", "rollback:0123:1", "logdone:30:0123", "logrecent:1:-", "set:passages:3"),
]
FILLED = ["form-details:0123", f"form-edit:{SEED}", "form-logclear:"]
REFUSAL = re.compile("Only members who may manage this server can")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def open_to_all(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LoopbackDiscord]:
    """The running program, in a Discord that refuses nobody a command."""
    folder = tmp_path_factory.mktemp("rights")
    async with LoopbackDiscord() as discord, running(folder, discord, QUOTH_ASKS_PER_MINUTE="600"):
        yield discord


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("action", [*COMMANDS, *PRESSED, *FILLED])
async def test_rights(open_to_all: LoopbackDiscord, role: str, place: str, action: str) -> None:
    who = Sender(user=f"{role} {action}", permissions=ROLES[role], guild=PLACES[place])

    if action in COMMANDS:
        reply = await open_to_all.slash(action, COMMANDS[action], **who)
    elif action in FILLED:
        reply = await open_to_all.send_form(action, {"title": "Ties", "word": "no"}, **who)
    else:
        reply = await open_to_all.press(action, **who)

    await open_to_all.until(lambda: reply.text or reply.follow_ups or reply.callback["type"] == 9)
    moderates = role in ("administrator", "manager") and place == "server"
    assert bool(REFUSAL.search(reply.text)) is not moderates
