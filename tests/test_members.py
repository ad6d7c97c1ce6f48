"""What a member can do with an answer and in the reader, each after a restart of the bot in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord.results import InteractionResult
from sqlalchemy import Row, Table, select

from bot import app
from bot.app import Quoth
from bot.client import QuothBot
from bot.curating import Curator
from bot.database.tables import feedback, opened, question
from bot.querylog import Door
from bot.service import Service
from bot.settings import LogMode, Settings
from tests.screens import buttons, markdown, menus, message_of, text
from tests.servers import Server

INDEPENDENCE = "When did Kosovo declare independence?"
ELECTION = "Who won the 2020 US election?"
SEED = "kosovo-formally-establishes-ties-with"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a pseudonym beside each question, so that there is something to erase."""
    return settings.model_copy(update={"log_asker": "pseudonym"})


async def ask(server: Server, question: str = INDEPENDENCE, **options: object) -> InteractionResult:
    return await server.member.slash(server.channel, "ask", question=question, **options)


async def press(server: Server, on: InteractionResult, label: str) -> InteractionResult:
    return await server.member.click(message_of(on).message, label=label)


async def test_more_passages_come_in_their_order_and_end_with_a_sentence(
    server: Server, new_bot: Callable[[], QuothBot], service: Service
) -> None:
    first = await ask(server)
    await server.env.restart_bot(new_bot())

    second = await press(server, first, "More passages")
    seen = text(second)
    assert second.ephemeral
    assert "[4]\n> " in seen
    assert "Passage 4 with some of your words, quoted exactly." in seen
    stored = {part.text for part in (await service.source(SEED)).article.paragraphs}
    quoted = [line.removeprefix("> ") for line in seen.split("\n") if line.startswith("> ")]
    assert quoted
    assert set(quoted) <= stored

    card = second
    while "More passages" in buttons(message_of(card)):
        card = await press(server, card, "More passages")
    assert "Why these?" not in buttons(message_of(card))


async def test_why_these_shows_shares_that_sum_to_all(server: Server, new_bot: Callable[[], QuothBot]) -> None:
    answer = await ask(server)
    await server.env.restart_bot(new_bot())

    why = await press(server, answer, "Why these?")

    assert why.ephemeral
    assert text(why).startswith(INDEPENDENCE)
    first = text(why).split("[1]")[1].split("[2]")[0]
    shares = [int(line.split("%")[0].split()[-1]) for line in first.split("\n") if "%" in line]
    assert sum(shares) in range(97, 104)
    assert "independence" in first
    assert "No word is missing." in first
    assert "Kosovo declare, side by side" in first
    assert "declare (elsewhere in the article)" in text(why).split("[3]")[1]


async def test_numbers_agree_on_the_card_its_reasons_and_its_next_page(
    server: Server, articles: Path, curator: Curator, service: Service
) -> None:
    (articles / "ferry.md").write_text(
        "# Ferry\n\nThe ferry of Hestoy carries eighty.\n\nRain fell.\n\nThe old ferry sank off Hestoy.\n"
    )
    (articles / "strike.md").write_text(
        "# Strike\n\nOn Hestoy the ferry crew went on strike.\n\nThe ferry to Hestoy is back.\n"
    )
    await curator.reload(None, by="test")
    question = "Where is the ferry of Hestoy?"

    first = await ask(server, question)
    why, more = await press(server, first, "Why these?"), await press(server, first, "More passages")

    passages = (await service.ask(question, door=Door.TERMINAL, top=3)).passages
    order = [f"{passage.article.title} · ¶{passage.paragraph.number}" for passage in passages]
    assert len(passages) == 3
    assert [line.split("] ")[1] for line in text(why).split("\n") if line.startswith("[")] == order
    titles = [passage.article.title for passage in passages]
    assert titles == sorted(titles, key=titles.index)
    opened = [label.removeprefix("Open ") for label in buttons(message_of(first)) if label.startswith("Open")]
    assert opened == [line.split(" · ")[1] for line in order]
    assert "[1]\n> " in text(first)
    assert text(more).count("[4]\n> ") == 1
    assert "[3]" not in text(more)


async def test_closest_passages_are_shown_when_asked_for(server: Server) -> None:
    refused = await ask(server, "Who won the 2020 US election?")

    closest = await press(server, refused, "Show the closest")

    assert closest.ephemeral
    assert text(closest).startswith(
        "Who won the 2020 US election?\nNo passage has all your words; the closest lacks “won”"
    )
    assert "[1]\n> " in text(closest)


async def test_buttons_of_an_answer_keep_to_its_article(server: Server, articles: Path, curator: Curator) -> None:
    (articles / "other.md").write_text("# Other\n\nKosovo declared independence, said the harbour master.\n")
    await curator.reload(None, by="test")
    answer = await ask(server, article=SEED)

    assert "harbour" not in text(await press(server, answer, "Why these?"))


@pytest.mark.parametrize(
    "question",
    [
        "**Kosovo** `independence` declared from [Serbia](x)",
        "-# Kosovo | independence ||now||",
        "Kosovo\\*s independence",
    ],
)
async def test_question_is_read_from_the_card_as_it_was_asked(server: Server, question: str) -> None:
    answer = await ask(server, question)

    why = await press(server, answer, "Why these?")

    assert text(why).startswith(question)


async def test_reader_jumps_to_a_paragraph(server: Server, new_bot: Callable[[], QuothBot]) -> None:
    reader = await press(server, await ask(server), "Open ¶18")
    form = await press(server, reader, "Jump to ¶")
    assert form.modal is not None
    await server.env.restart_bot(new_bot())

    await server.member.submit_modal(form, {"number": " ¶7 "})
    assert "¶7 · cited" in text(reader)

    form = await press(server, reader, "Jump to ¶")
    far = await server.member.submit_modal(form, {"number": "99"})
    assert text(far).endswith("has paragraphs 1 to 18.")
    form = await press(server, reader, "Jump to ¶")
    wrong = await server.member.submit_modal(form, {"number": "seven"})
    assert text(wrong) == "The number of a paragraph is written in digits, like 7."


async def test_citation_is_copied_with_what_is_stated_and_nothing_else(
    server: Server, articles: Path, curator: Curator, service: Service
) -> None:
    reader = await press(server, await ask(server), "Open ¶18")
    plain = message_of(await press(server, reader, "Copy citation")).content
    place = await service.source(SEED, 18)
    assert place.paragraph is not None
    assert plain == (f"```\n“{place.paragraph.text}”\n{place.article.title}, ¶18\n{place.paragraph.citation}\n```")

    (articles / "000_d92db8f7ee24511e.toml").write_text(
        'url = "https://example.org/a"\npublisher = "Example Press"\npublished = 2021-02-01\nauthor = "Ada"\n'
    )
    await curator.reload(None, by="test")
    full = message_of(await press(server, reader, "Copy citation")).content
    assert f"Ada, {place.article.title}, Example Press, 2021-02-01, ¶18, https://example.org/a" in full


async def test_citation_that_would_end_its_block_is_sent_as_a_file(
    server: Server, articles: Path, curator: Curator
) -> None:
    (articles / "code.md").write_text("# Code\n\nA block ends with ``` on a line of its own.\n\nThe harbour froze.\n")
    await curator.reload(None, by="test")
    reader = await server.member.slash(server.channel, "source", article="code", paragraph=1)

    sent = message_of(await press(server, reader, "Copy citation"))

    (attached,) = sent.attachments
    assert (attached.filename, sent.content) == ("citation.txt", "")
    assert (await sent.message.attachments[0].read()).startswith("“A block ends with ``` on a line".encode())


async def test_passages_that_went_with_their_article_are_said_to_be_no_more(
    server: Server, articles: Path, curator: Curator
) -> None:
    (articles / "boats.md").write_text("# Boats\n\n" + "\n\n".join(f"Boat {one} has oars." for one in "ABCDEF"))
    await curator.reload(None, by="test")
    answer = await ask(server, "Which boat has oars?")
    (articles / "boats.md").unlink()
    await curator.reload(None, by="test")

    assert text(await press(server, answer, "More passages")) == (
        "There are no more passages with words of this question."
    )


async def test_original_link_opens_at_the_cited_words(server: Server, articles: Path, curator: Curator) -> None:
    (articles / "000_d92db8f7ee24511e.toml").write_text('url = "https://example.org/a"\n')
    await curator.reload(None, by="test")

    reader = await press(server, await ask(server), "Open ¶18")

    assert buttons(message_of(reader))["Original"]["url"] == (
        "https://example.org/a#:~:text=Kosovo%20declared%20independence%20from%20Serbia%20in%202008%2C%20nine"
    )


async def test_whole_article_is_a_file_with_every_paragraph(server: Server) -> None:
    reader = await press(server, await ask(server), "Open ¶18")

    result = await press(server, reader, "Whole article (.txt)")

    (attached,) = message_of(result).attachments
    assert attached.filename == f"{SEED}.txt"
    assert result.ephemeral


class TestWithoutDownloads:
    @pytest.fixture
    def settings(self, articles: Path, tmp_path: Path) -> Settings:
        return Settings(QUOTH_ARTICLES=articles, QUOTH_DATA=tmp_path / "data", QUOTH_DOWNLOADS=False)

    async def test_whole_texts_are_neither_offered_nor_given(self, server: Server, simcord_bot: QuothBot) -> None:
        simcord_bot.downloads = True
        reader = await press(server, await ask(server), "Open ¶18")
        simcord_bot.downloads = False

        for label in ("Whole article (.txt)", "Original file"):
            refused = await press(server, reader, label)
            assert text(refused) == "The operator does not offer whole articles; read them here page by page."
        again = await press(server, await ask(server), "Open ¶18")
        assert "Original file" not in buttons(message_of(again))

    async def test_article_that_is_opened_at_its_beginning_can_only_be_read(self, server: Server) -> None:
        reader = await server.member.slash(server.channel, "source", article=SEED)

        assert list(buttons(message_of(reader))) == ["Previous", "Next", "Jump to ¶"]


async def test_articles_are_listed_ten_a_page_filtered_and_opened(
    server: Server, articles: Path, curator: Curator, new_bot: Callable[[], QuothBot]
) -> None:
    for number in range(12):
        (articles / f"{number}.md").write_text(
            f"---\npublisher: Harbour Post\npublished: 2021-02-{number + 1:02}\n---\n# Day {number:02}\n\nIt rained on day {number}.\n"
        )
    await curator.reload(None, by="test")

    listed = await server.member.slash(server.channel, "articles", publisher="harbour", after="2021-02-02")
    assert "11 articles\n-# page 1 of 2" in text(listed)
    assert "Day 01\n-# Harbour Post · 2021-02-02 · 1 paragraph" in text(listed)
    assert "Kosovo" not in text(listed)
    await server.env.restart_bot(new_bot())
    await press(server, listed, "Next")
    assert "page 2 of 2" in text(listed)
    assert "Day 11" in text(listed)

    menu = menus(message_of(listed))["Choose an article to read"]
    opened = await server.member.select(message_of(listed).message, ["day-11"], custom_id=menu["custom_id"])
    assert "It rained on day 11." in text(opened)

    wrong = await server.member.slash(server.channel, "articles", after="spring")
    assert text(wrong) == "“spring” is not a date like 2021-02-01, 2021-02 or 2021."
    assert markdown(message_of(wrong))


@pytest.fixture
def remembered(settings: Settings) -> Iterator[Callable[[Table], list[Row[Any]]]]:
    """What is kept in a table, once the writer has written."""
    database = app.remembered(settings)

    def rows(table: Table) -> list[Row[Any]]:
        with database.reading() as connection:
            return list(connection.execute(select(table)))

    yield rows
    database.close()


async def until(found: Callable[[], bool]) -> None:
    for _ in range(100):
        if await asyncio.to_thread(found):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("It was never written.")


async def test_vote_counts_once_and_can_be_changed(
    server: Server, new_bot: Callable[[], QuothBot], remembered: Callable[[Table], list[Row[Any]]]
) -> None:
    answer = await ask(server)
    await server.env.restart_bot(new_bot())

    said = await press(server, answer, "Helpful")
    assert said.ephemeral
    assert text(said) == "Counted as helpful, without your name."
    await press(server, answer, "Helpful")
    await press(server, answer, "Not helpful")
    await server.moderator.click(message_of(answer).message, label="Helpful")

    await until(lambda: sorted(row.helpful for row in remembered(feedback)) == [False, True])


async def test_private_answer_is_shared_as_it_is(server: Server, new_bot: Callable[[], QuothBot]) -> None:
    answer = await ask(server, private=True, article=SEED)
    await server.env.restart_bot(new_bot())

    shared = await press(server, answer, "Share in channel")

    assert not shared.ephemeral
    assert "Shared by" in text(shared)
    quoted = [line for line in text(answer).split("\n") if line.startswith("> ")]
    assert quoted
    assert [line for line in text(shared).split("\n") if line.startswith("> ")] == quoted
    assert "Searched 18 paragraphs of 1 article: Kosovo Formally" in text(shared)
    assert not {"Share in channel", "Forget this question"} & set(buttons(message_of(shared)))
    assert not {"Share in channel", "Forget this question"} & set(buttons(message_of(await ask(server))))


async def test_forgotten_question_leaves_the_log(
    server: Server, new_bot: Callable[[], QuothBot], remembered: Callable[[Table], list[Row[Any]]]
) -> None:
    answer = await ask(server, private=True)
    await until(lambda: len(remembered(question)) == 1)
    await server.env.restart_bot(new_bot())

    forgotten = await press(server, answer, "Forget this question")

    assert text(forgotten) == "Forgotten: the question is deleted from the log."
    await until(lambda: not remembered(question))


async def test_vote_on_a_forgotten_question_is_said_not_to_count(
    server: Server, remembered: Callable[[Table], list[Row[Any]]]
) -> None:
    answer = await ask(server, private=True)
    shared = await press(server, answer, "Share in channel")
    await press(server, answer, "Forget this question")

    refused = await server.moderator.click(message_of(shared).message, label="Helpful")

    assert text(refused) == "This question is forgotten: nothing of it is kept, and your vote is not counted."
    assert not remembered(feedback)


async def test_question_of_a_mention_is_sent_as_such_where_none_was_kept(
    server: Server, quoth: Quoth, remembered: Callable[[Table], list[Row[Any]]]
) -> None:
    quoth.preferences.change(server.env.guild.id, log_mode=LogMode.OFF)
    assert server.env.bot.user is not None
    await server.member.send(server.channel, f"<@{server.env.bot.user.id}> {ELECTION}")
    replied = server.channel.last_message
    assert replied is not None
    refused = await ask(server, ELECTION)

    await server.member.click(replied, label="Tell the moderators")
    await press(server, refused, "Tell the moderators")

    await until(lambda: [row.door for row in remembered(question)] == [Door.MENTION, Door.SLASH])


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("Erase my questions", "Your questions could not be deleted; please try again later."),
        ("Mentions", "The choice could not be kept, and the old one stays; please try again later."),
    ],
)
async def test_fault_of_the_database_names_no_path_to_a_person_but_does_in_the_log(
    server: Server, settings: Settings, quoth: Quoth, caplog: pytest.LogCaptureFixture, label: str, told: str
) -> None:
    screen = await server.moderator.slash(server.channel, "privacy" if label.startswith("Erase") else "settings")
    await quoth.service.close()
    database = settings.data / app.DATABASE
    for file in settings.data.glob(f"{app.DATABASE}*"):
        file.unlink()
    database.mkdir()

    if label.startswith("Erase"):
        said = await server.press(screen, label)
    else:
        said = await server.choose(screen, label, "0")

    assert text(said) == told
    assert str(database) in caplog.text


async def test_question_is_sent_to_the_moderators_with_its_words_by_a_click_alone(
    server: Server, quoth: Quoth, remembered: Callable[[Table], list[Row[Any]]]
) -> None:
    quoth.preferences.change(server.env.guild.id, log_mode=LogMode.GAPS)
    refused = await ask(server, "Who won the 2020 US election?")
    await until(lambda: [(row.question, row.sent_at) for row in remembered(question)] == [(None, None)])

    said = await press(server, refused, "Tell the moderators")

    assert text(said) == "Sent to the moderators of this server, with its words and without your name."
    await until(lambda: remembered(question)[0].question == "Who won the 2020 US election?")
    assert remembered(question)[0].sent_at is not None


async def test_opened_source_is_noted_with_its_question(
    server: Server, remembered: Callable[[Table], list[Row[Any]]]
) -> None:
    await press(server, await ask(server), "Open ¶18")

    await until(lambda: len(remembered(opened)) == 1)
    assert remembered(opened)[0].question == remembered(question)[0].id


async def test_where_nothing_is_kept_nothing_is_offered_for_it(server: Server, quoth: Quoth) -> None:
    quoth.preferences.change(server.env.guild.id, log_mode=LogMode.OFF)

    shown = buttons(message_of(await ask(server, private=True)))

    assert not {"Helpful", "Not helpful", "Forget this question"} & set(shown)


async def test_vote_is_refused_where_nothing_is_kept_any_more(
    server: Server, quoth: Quoth, remembered: Callable[[Table], list[Row[Any]]]
) -> None:
    answer = await ask(server)
    quoth.preferences.change(server.env.guild.id, log_mode=LogMode.OFF)

    assert text(await press(server, answer, "Helpful")) == "Nothing of a question is kept."
    assert not remembered(feedback)


async def test_vote_is_taken_on_trust_while_the_log_cannot_be_read(articles: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    settings = Settings(QUOTH_ARTICLES=articles, QUOTH_DATA=tmp_path / "data")
    async with app.quoth(settings, kept=True) as unkept:
        await unkept.curator.start()
        answer = await unkept.service.ask(INDEPENDENCE, door=Door.SLASH)

        assert await unkept.feedback.judge(answer.id, 1, helpful=True)


async def test_questions_are_suggested_only_where_allowed_and_only_if_all_saw_them(
    server: Server, quoth: Quoth
) -> None:
    async def suggested() -> list[str]:
        return [one["value"] for one in await server.moderator.autocomplete(server.channel, "ask", "question", "koso")]

    await ask(server)
    assert await suggested() == []

    quoth.preferences.change(server.env.guild.id, suggestions=True)
    assert await suggested() == []
    await ask(server, private=True)
    assert await suggested() == []
    await ask(server)
    await ask(server, "Who won the 2020 Kosovo election?")
    assert await suggested() == [INDEPENDENCE]


async def test_question_of_a_hidden_channel_or_that_is_cleared_is_not_suggested(server: Server, quoth: Quoth) -> None:
    quoth.preferences.change(server.env.guild.id, suggestions=True)
    hidden = server.env.guild.create_text_channel(
        "hidden",
        overwrites={
            server.env.guild.default_role: discord.PermissionOverwrite(view_channel=False),
            server.member: discord.PermissionOverwrite(view_channel=True),
        },
    )

    async def suggested() -> list[str]:
        return [one["value"] for one in await server.moderator.autocomplete(server.channel, "ask", "question", "koso")]

    await server.member.slash(hidden, "ask", question=INDEPENDENCE)
    assert await suggested() == []
    await ask(server)
    assert await suggested() == [INDEPENDENCE]

    form = await server.moderator.slash(server.channel, "log clear")
    await server.moderator.submit_modal(form, {"word": "delete"})
    assert await suggested() == []


async def test_reader_goes_on_when_its_paragraph_is_taken_out(server: Server, articles: Path, curator: Curator) -> None:
    long = [f"Paragraph number {number} is about the harbour and its boats." for number in range(1, 31)]
    (articles / "boats.md").write_text("\n\n".join(["# Boats", *long]))
    await curator.reload(None, by="test")
    reader = await server.member.slash(server.channel, "source", article="boats", paragraph=30)
    (articles / "boats.md").write_text("\n\n".join(["# Boats", *long[:20]]))
    await curator.reload(None, by="test")

    turned = await press(server, reader, "Previous")

    assert "Paragraph number 20 is" in text(turned)
