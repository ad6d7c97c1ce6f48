"""The bot as members and moderators meet it, under simcord: real discord.py, a simulated Discord."""

from __future__ import annotations

import asyncio
import itertools
import re
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest
import simcord
from simcord.backend.errors import SetupError
from simcord.enums import InteractionType
from simcord.results import InteractionResult

from bot import app
from bot.app import Quoth
from bot.client import QuothBot
from bot.curating import Curator
from bot.excerpts import units
from bot.feedback import Feedback
from bot.preferences import Preferences
from bot.querylog import Door, LogReader, QueryLog, Writer
from bot.reviewing import Reviewer
from bot.service import Service
from bot.sessions import Sessions
from bot.settings import Settings
from bot.wanted import Wanted
from retrieval.errors import UnknownArticle
from retrieval.library import Change, Library, Store
from retrieval.loading import Progress
from retrieval.snapshot import Snapshot
from tests.conftest import in_one_shard
from tests.memory import mapped_memory
from tests.screens import buttons, markdown, message_of, text
from tests.servers import Server, server_in

INDEPENDENCE = "When did Kosovo declare independence?"


@asynccontextmanager
async def quoth_on(
    library: Library,
    settings: Settings,
    *,
    asks_per_minute: int = 600,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Quoth]:
    """Quoth with parts that no setting chooses."""
    shelf = app.shelf(settings, kept=False)
    shelf.shared = library
    database = app.remembered(settings)
    preferences = Preferences(database, settings)
    log = QueryLog(database, mode_of=preferences.log_mode)
    writer = Writer(log, keep=timedelta(days=30), now=lambda: datetime.now(UTC), clock=time.monotonic)
    service = Service(
        shelf,
        writer,
        passages=3,
        asks_per_minute=asks_per_minute,
        ids=itertools.repeat("0123456789abcdef").__next__,
        now=lambda: datetime.now(UTC),
        clock=clock,
        asked=lambda outcome, seconds: None,
    )
    reviewer = Reviewer(LogReader(database), log, writer, shelf, now=lambda: datetime.now(UTC), clock=time.monotonic)
    curator = Curator(
        shelf,
        log,
        reviewer,
        lost=lambda: writer.lost,
        log_mode=preferences.log_mode,
        log_days=30,
        home=frozenset(),
        upload_bytes=1024**2,
        now=lambda: datetime.now(UTC),
        clock=time.monotonic,
        changed=lambda live: None,
    )
    feedback = Feedback(log, writer, pseudonym=None, now=lambda: datetime.now(UTC))
    registered = settings.data / app.REGISTERED
    sessions = Sessions(settings.data / app.SESSIONS, time.time)
    yield Quoth(service, feedback, curator, reviewer, preferences=preferences, registered=registered, sessions=sessions)
    await service.close()
    database.close()


@asynccontextmanager
async def playing(quoth: Quoth) -> AsyncIterator[Server]:
    """A server with a bot that answers from *quoth*; its faults are for the test to look at."""
    bot = QuothBot(in_one_shard(quoth))
    async with simcord.run(bot, check_errors=False) as env:
        yield server_in(env)


async def ask_unchecked(server: Server, question: str) -> InteractionResult:
    """`/ask` past the checks of Discord's client."""
    ask = server.env.backend.find_command("ask", server.env.guild.id)
    assert ask is not None
    data = {"id": ask["id"], "name": "ask", "type": 1, "options": [{"name": "question", "type": 3, "value": question}]}
    return await server.member._dispatch_interaction(InteractionType.APPLICATION_COMMAND, server.channel, data)


async def test_ask_quotes_the_paragraph_word_for_word_with_its_citation(server: Server, service: Service) -> None:
    result = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)

    seen = text(result)
    paragraph = (await service.source("kosovo-formally-establishes-ties-with", 18)).paragraph
    assert paragraph is not None
    assert INDEPENDENCE in seen
    assert f"To Open Embassy In Jerusalem\n[1]\n> {paragraph.text}\n-# ¶18\n[2]\n> " in seen
    assert seen.count("-# 3 passages from Kosovo Formally Establishes Ties With Israel") == 1
    assert next(iter(buttons(message_of(result)))) == "Open ¶18"


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells what is in memory.")
async def test_memory_of_what_a_question_looked_at_on_disk_is_given_back_soon(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.volumes.SMALL", 0)  # as if it were too large to be read into memory
    monkeypatch.setattr("bot.curating._FOLLOW_SECONDS", 0.1)
    kept = settings.data / "shared"
    library = Library(settings.articles, store=Store.at(kept, keep=1))
    library.activate(library.reload(), by="test", at=datetime.now(UTC))
    async with quoth_on(library, settings) as quoth, playing(quoth) as server:
        before = text(await server.member.slash(server.channel, "ask", question=INDEPENDENCE))
        assert mapped_memory(kept)
        following = asyncio.create_task(quoth.curator.follow())
        try:
            async with asyncio.timeout(30):
                while mapped_memory(kept):  # noqa: ASYNC110  # nobody tells
                    await asyncio.sleep(0.05)
        finally:
            following.cancel()

        assert text(await server.member.slash(server.channel, "ask", question=INDEPENDENCE)) == before


async def test_ask_answers_directly_and_in_public(server: Server) -> None:
    result = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)

    assert not result.deferred
    assert not result.ephemeral
    assert [request.path.endswith("/callback") for request in server.env.http_requests].count(True) == 1


async def test_nothing_is_kept_of_an_answer_whose_buttons_carry_all_they_need(server: Server) -> None:
    before = asyncio.all_tasks()

    await server.member.slash(server.channel, "ask", question=INDEPENDENCE, private=True)

    # discord.py would wait 15 minutes to forget them.
    assert asyncio.all_tasks() == before


async def test_private_answer_is_for_the_asker_alone(server: Server) -> None:
    result = await server.member.slash(server.channel, "ask", question=INDEPENDENCE, private=True)

    assert result.ephemeral


async def test_not_covered_names_the_missing_words_and_quotes_nothing(server: Server) -> None:
    result = await server.member.slash(server.channel, "ask", question="Who won the 2020 US election?")

    assert "The articles do not cover this" in text(result)
    assert "Not in any article: “won”, “2020”, “election”" in text(result)
    assert re.search(r"Searched 18 paragraphs of 1 article · index [0-9a-f]{8}, <t:\d+:d>$", text(result))
    assert not any(line.startswith(">") for line in markdown(message_of(result)).split("\n"))
    assert list(buttons(message_of(result))) == ["Show the closest", "Tell the moderators"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("who is the", "no word to search for"),
        ("🙂🙂🙂🙂", "no word to search for"),
        ("@everyone", "Not in any article: “everyone”"),
        ("Кто победил на выборах?", "Not in any article: “Кто”, “победил”, “на”, “выборах”"),
        ("hm", "A question has 3 to 300 characters; yours has 2."),
        ("x" * 6000, "A question has 3 to 300 characters; yours has 6,000."),
    ],
)
async def test_questions_that_find_nothing_get_a_sentence(server: Server, question: str, answer: str) -> None:
    interaction = await ask_unchecked(server, question)

    assert answer in text(interaction)


async def test_article_option_searches_one_article_only(server: Server, articles: Path, curator: Curator) -> None:
    (articles / "other.md").write_text("# Harbour news\n\nKosovo declared independence, said the harbour master.\n")
    await curator.reload(None, by="test")

    result = await server.member.slash(server.channel, "ask", question=INDEPENDENCE, article="harbour-news")

    assert "the harbour master" in text(result)
    assert "Serbia" not in text(result)


async def test_unknown_article_gets_a_private_sentence(server: Server) -> None:
    result = await server.member.slash(server.channel, "source", article="Moon landing")

    assert text(result) == "There is no article “Moon landing”."
    assert result.ephemeral


async def test_autocomplete_offers_titles_and_takes_their_ids(server: Server) -> None:
    choices = await server.member.autocomplete(server.channel, "source", "article", "israel")

    assert choices == [
        {
            "name": "Kosovo Formally Establishes Ties With Israel, To Open Embassy In Jerusalem",
            "value": "kosovo-formally-establishes-ties-with",
        }
    ]


async def test_autocomplete_stays_within_discords_limits(server: Server, articles: Path, curator: Curator) -> None:
    for number in range(40):
        (articles / f"{number}.md").write_text(f"# {'𝔏ong ' * 60}{number}\n\nA paragraph of article {number}.\n")
    await curator.reload(None, by="test")

    choices = await server.member.autocomplete(server.channel, "source", "article", "")

    assert len(choices) == 25
    assert all(units(choice["name"]) <= 100 for choice in choices)
    assert all(choice["name"].endswith("…") for choice in choices if "ong" in choice["name"])


async def test_open_shows_the_article_privately_at_the_marked_paragraph(server: Server) -> None:
    answer = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)

    reader = await server.moderator.click(message_of(answer).message, label="Open ¶18")

    assert reader.ephemeral
    assert "¶18 · cited\n> Kosovo declared independence" in text(reader)
    assert "¶17\nMost Western countries" in text(reader)
    assert "With reporting by AFP, AP, and Reuters" in text(reader)
    assert 'RFE/RL has been declared an "undesirable organization"' in text(reader)


async def test_pages_turn_from_the_first_paragraph_to_the_notice(server: Server, service: Service) -> None:
    result = await server.member.slash(server.channel, "source", article="kosovo-formally-establishes-ties-with")
    assert buttons(message_of(result))["Previous"]["disabled"]
    pages = [text(result)]
    while not buttons(message_of(result))["Next"].get("disabled"):
        await server.member.click(message_of(result).message, label="Next")
        pages.append(text(result))

    whole = "\n".join(pages)
    article = (await service.source("kosovo-formally-establishes-ties-with")).article
    places = [whole.index(f"¶{paragraph.number}\n{paragraph.text}") for paragraph in article.paragraphs]
    assert places == sorted(places)
    assert "Accessibility links" not in whole
    assert "takes a selfie" not in whole
    assert "To find out more, click here." in pages[-1]

    await server.member.click(message_of(result).message, label="Previous")
    assert text(result) == pages[-2]


async def test_the_untouched_file_comes_on_request(server: Server, articles: Path) -> None:
    reader = await server.member.slash(server.channel, "source", article="kosovo-formally-establishes-ties-with")

    result = await server.member.click(message_of(reader).message, label="Original file")

    assert result.ephemeral
    (attached,) = message_of(result).attachments
    assert attached.filename == "000_d92db8f7ee24511e.txt"
    assert attached.size == (articles / attached.filename).stat().st_size


async def test_original_link_stands_where_the_file_gives_an_address(
    server: Server, articles: Path, curator: Curator
) -> None:
    (articles / "000_d92db8f7ee24511e.toml").write_text(
        'url = "https://example.org/a"\npublisher = "Example Press"\npublished = 2021-02-01\n'
    )
    await curator.reload(None, by="test")

    reader = await server.member.slash(server.channel, "source", article="kosovo-formally-establishes-ties-with")
    answer = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)

    assert buttons(message_of(reader))["Original"]["url"] == "https://example.org/a"
    assert "Example Press · 2021-02-01" in text(reader)
    assert "Example Press · 2021-02-01\n[1]\n" in text(answer)


async def test_member_does_not_see_reload(server: Server) -> None:
    with pytest.raises(SetupError):
        await server.member.slash(server.channel, "reload")


async def test_reload_is_refused_in_code_where_a_server_opened_it_to_all(server: Server, articles: Path) -> None:
    (articles / "new.md").write_text("# New\n\nSomething new.\n")
    reload = server.env.backend.find_command("reload", server.env.guild.id)
    assert reload is not None
    server.env.guild.set_command_permissions(int(reload["id"]), {server.env.guild.default_role: True})

    result = await server.member.slash(server.channel, "reload")

    assert text(result) == "Only members who may manage this server can reload or change the articles."
    assert result.ephemeral


async def test_reload_reports_what_was_added_changed_removed_and_skipped(server: Server, articles: Path) -> None:
    (articles / "new.md").write_text("# Fresh news\n\nOne.\n\nTwo.\n")
    (articles / "photo.txt").write_bytes(bytes(range(256)) * 40)
    seed = articles / "000_d92db8f7ee24511e.txt"
    seed.write_text(seed.read_text().replace("78-day", "seventy-eight-day"))

    result = await server.moderator.slash(server.channel, "reload")

    assert result.ephemeral
    seen = text(result)
    assert "Added: 1 article, 2 paragraphs\n- Fresh news (+2 ¶)" in seen
    assert "Changed: 1 article\n- Kosovo Formally" in seen
    assert "(¶18 changed)" in seen
    assert "! photo.txt was skipped: it holds binary data, not text." in seen
    asked = await server.member.slash(server.channel, "ask", question="How long was the air campaign?")
    assert "seventy-eight-day" in text(asked)

    (articles / "new.md").unlink()
    again = await server.moderator.slash(server.channel, "reload")
    assert "Removed: 1 article, 2 paragraphs\n- Fresh news (−2 ¶)" in text(again)


async def test_failed_reload_says_so_and_the_old_articles_stay(server: Server, articles: Path) -> None:
    (articles / "000_d92db8f7ee24511e.txt").unlink()

    result = await server.moderator.slash(server.channel, "reload")

    assert text(result).startswith("There is no article that can be read in ")
    assert text(result).endswith("The one loaded before stays.")
    asked = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)
    assert "declared independence from Serbia in 2008" in text(asked)


async def test_second_reload_is_told_that_one_is_running(settings: Settings) -> None:
    class SlowLibrary(Library):
        reading, go_on, times = threading.Event(), threading.Event(), 0

        def reload(self, progress: Progress | None = None) -> Change:
            self.times += 1
            self.reading.set()
            self.go_on.wait(30)
            return super().reload(progress)

    library = SlowLibrary(settings.articles)
    async with quoth_on(library, settings) as quoth, playing(quoth) as server:
        first = asyncio.create_task(quoth.curator.reload(None, by="test"))
        await asyncio.to_thread(library.reading.wait, 30)

        others = [await server.moderator.slash(server.channel, "reload") for _ in range(20)]

        library.go_on.set()
        await first
    assert {text(one) for one in others} == {"A change is already being prepared; please try again when it is done."}
    assert library.times == 1


async def test_buttons_work_after_a_restart(server: Server, new_bot: Callable[[], QuothBot]) -> None:
    answer = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)
    reader = await server.member.click(message_of(answer).message, label="Open ¶2")

    await server.env.restart_bot(new_bot())
    opened = await server.member.click(message_of(answer).message, label="Open ¶17")
    await server.member.click(message_of(reader).message, label="Next")

    assert "¶17 · cited" in text(opened)
    assert "page 2 of" in text(reader)


async def test_button_of_an_article_since_removed_says_so(server: Server, articles: Path, curator: Curator) -> None:
    (articles / "short.md").write_text("# Short lived\n\nThe lighthouse keeper counted seven boats.\n")
    await curator.reload(None, by="test")
    answer = await server.member.slash(server.channel, "ask", question="What did the lighthouse keeper count?")
    (articles / "short.md").unlink()
    await curator.reload(None, by="test")

    opened = await server.member.click(message_of(answer).message, label="Open ¶1")

    assert text(opened) == "That paragraph, ¶1 of “Short lived”, has been taken out of the articles."
    assert opened.ephemeral


async def test_commands_are_registered_only_when_they_changed(
    server: Server, new_bot: Callable[[], QuothBot], settings: Settings
) -> None:
    def registrations() -> int:
        return sum(request.method == "PUT" for request in server.env.http_requests)

    before = registrations()
    await server.env.restart_bot(new_bot())
    unchanged = registrations()
    (settings.data / app.REGISTERED).write_text("other commands")
    await server.env.restart_bot(new_bot())

    assert before == 1
    assert unchanged == before
    assert registrations() == before + 1


async def test_oversize_paragraph_is_shortened_openly_and_read_whole(
    server: Server, articles: Path, curator: Curator
) -> None:
    sentences = " ".join(f"Sentence {number} tells of zebras in the town of Prizren." for number in range(400))
    assert len(sentences) > 20_000
    (articles / "long.md").write_text(f"# Zebras\n\n{sentences}\n")
    await curator.reload(None, by="test")

    answer = await server.member.slash(server.channel, "ask", question="Are there zebras in Prizren?")

    quoted = text(answer)
    assert "[…] *shortened; Open shows all of it*" in quoted
    reader = await server.member.click(message_of(answer).message, label="Open ¶1")
    pages = [text(reader)]
    while not buttons(message_of(reader))["Next"].get("disabled"):
        await server.member.click(message_of(reader).message, label="Next")
        pages.append(text(reader))
    bodies = [page.split("¶1", 1)[1].split("\n", 1)[1].removeprefix("> ").rsplit("\n", 0)[0] for page in pages]
    assert "".join(bodies) == sentences


async def test_question_on_an_unknown_article_takes_no_turn(settings: Settings) -> None:
    async with quoth_on(Library(settings.articles), settings, asks_per_minute=1) as quoth:
        await quoth.curator.start()
        wanted = Wanted(article="Moon landing")

        with pytest.raises(UnknownArticle):
            await quoth.service.ask("When did it freeze?", door=Door.SLASH, asker=1, wanted=wanted)

        assert (await quoth.service.ask("When did it freeze?", door=Door.SLASH, asker=1)).version


async def test_too_many_questions_are_held_back_with_the_seconds_left(settings: Settings) -> None:
    async with quoth_on(Library(settings.articles), settings, asks_per_minute=2) as quoth, playing(quoth) as server:
        await quoth.curator.start()
        for _ in range(2):
            await server.member.slash(server.channel, "ask", question=INDEPENDENCE)

        third = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)
        other = await server.moderator.slash(server.channel, "ask", question=INDEPENDENCE)

    assert re.fullmatch(r"You can ask again in (5\d|60) seconds\.", text(third))
    assert third.ephemeral
    assert "2008" in text(other)


async def test_failing_log_costs_no_answer(server: Server, settings: Settings) -> None:
    (settings.data / app.DATABASE).write_bytes(b"this is no database" * 100)

    result = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)

    assert "2008" in text(result)


async def test_log_keeps_the_question_and_nobody(server: Server, service: Service, settings: Settings) -> None:
    await server.member.slash(server.channel, "ask", question=INDEPENDENCE)
    await service.close()

    with sqlite3.connect(settings.data / app.DATABASE) as database:
        (row,) = database.execute("SELECT * FROM question").fetchall()
    database.close()
    assert INDEPENDENCE in row
    assert "answered" in row
    assert all(str(server.member.id) not in str(value) for value in row)


async def test_fault_of_ours_gets_a_sentence_and_a_reference(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    class BrokenLibrary(Library):
        @property
        def current(self) -> Snapshot:
            raise ZeroDivisionError

    async with quoth_on(BrokenLibrary(settings.articles), settings) as quoth, playing(quoth) as server:
        by_command = await server.member.slash(server.channel, "source", article="any")

    reference = text(by_command).rstrip(".").rsplit(" ", 1)[1]
    assert "Something went wrong on Quoth's side" in text(by_command)
    assert by_command.ephemeral
    assert f"reference {reference}" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_intents_are_not_privileged(simcord_bot: QuothBot) -> None:
    privileged = discord.Intents(members=True, presences=True, message_content=True)

    assert simcord_bot.intents.value & privileged.value == 0
