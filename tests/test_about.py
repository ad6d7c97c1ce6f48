"""What Quoth says about itself, what moderators choose for their server, and questions in messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord.builders import ChannelHandle
from simcord.env import Env

from bot.client import QuothBot
from bot.curating import Curator
from bot.escaping import unescape
from bot.preferences import Preferences
from bot.settings import LogMode, Settings
from tests.screens import buttons, menus, message_of, text
from tests.servers import Server

INDEPENDENCE = "When did Kosovo declare independence?"
FEBRUARY = "declared independence from Serbia in 2008"


@pytest.fixture
def preferences(quoth: Any) -> Preferences:
    made: Preferences = quoth.preferences
    return made


def last(channel: ChannelHandle) -> str:
    """What the bot's last message in *channel* says; empty where a person wrote last."""
    message = channel.last_message
    assert message is not None
    if not message.author.bot:
        return ""
    waiting, said = list(message.components), []
    while waiting:
        part: Any = waiting.pop(0)
        said.append(getattr(part, "content", ""))
        waiting[:0] = getattr(part, "children", [])
    return unescape("\n".join(filter(None, said)))


async def test_help_tells_how_to_ask_with_the_real_settings(server: Server, preferences: Preferences) -> None:
    helped = await server.member.slash(server.channel, "help")
    assert helped.ephemeral
    assert "finds the paragraphs of 1 article that match your words" in text(helped)
    assert "mention me with a question" in text(helped)

    preferences.change(server.env.guild.id, mentions=False, private=True, channels=(server.channel.id,))
    changed = text(await server.member.slash(server.channel, "help"))
    assert "mention me" not in changed
    assert "Answers are for you alone" in changed
    assert f"Questions are answered in <#{server.channel.id}>." in changed


async def test_privacy_tells_the_mode_of_the_server_and_how_long(server: Server, preferences: Preferences) -> None:
    said = await server.member.slash(server.channel, "privacy")
    assert said.ephemeral
    assert "The text of a question is kept with its outcome, without who asked." in text(said)
    assert "It is deleted after 30 days." in text(said)

    preferences.change(server.env.guild.id, log_mode=LogMode.OFF)
    off = text(await server.member.slash(server.channel, "privacy"))
    assert "Nothing of a question is kept." in off
    assert "days" not in off


async def test_settings_are_chosen_on_a_card_and_outlive_a_restart(
    server: Server, new_bot: Callable[[], QuothBot], preferences: Preferences
) -> None:
    shown = await server.moderator.slash(server.channel, "settings")
    assert shown.ephemeral
    assert text(shown).startswith("### Settings of this server\nQuestions are answered in all channels.")
    await server.env.restart_bot(new_bot())

    await server.choose(shown, "Passages", "1")
    await server.choose(shown, "Answers", "1")
    preferences.load()

    answered = await server.member.slash(server.channel, "ask", question=INDEPENDENCE)
    assert answered.ephemeral
    assert "1 passage from 1 article" in text(answered)
    why = text(await server.member.click(message_of(answered).message, label="Why these?"))
    assert "[1]" in why
    assert "[2]" not in why
    more = text(await server.member.click(message_of(answered).message, label="More passages"))
    assert "Passage 2 with some of your words" in more
    again = await server.moderator.slash(server.channel, "settings")
    chosen = {
        name: [one["value"] for one in menu.get("options", []) if one.get("default")]
        for name, menu in menus(message_of(again)).items()
    }
    assert (chosen["Passages"], chosen["Answers"], chosen["Mentions"]) == (["1"], ["1"], ["1"])


async def test_questions_are_answered_in_the_chosen_channels_alone(server: Server, preferences: Preferences) -> None:
    other = server.env.guild.create_text_channel("elsewhere")
    shown = await server.moderator.slash(server.channel, "settings")
    menu = menus(message_of(shown))["Channels; none means all"]
    await server.moderator.select(message_of(shown).message, [other], custom_id=menu["custom_id"])
    assert preferences.of(server.env.guild.id).channels == (other.id,)

    assert await server.ask(INDEPENDENCE) == f"Questions are answered in <#{other.id}>."
    await server.member.send(server.channel, f"<@{bot_id(server)}> {INDEPENDENCE}")
    await server.env.settle()
    assert last(server.channel) == ""
    assert FEBRUARY in text(await server.member.slash(other, "ask", question=INDEPENDENCE))


async def test_answer_is_not_shared_where_no_questions_are_answered(server: Server, preferences: Preferences) -> None:
    answer = await server.member.slash(server.channel, "ask", question=INDEPENDENCE, private=True)
    other = server.env.guild.create_text_channel("elsewhere")
    preferences.change(server.env.guild.id, channels=(other.id,))

    refused = await server.member.click(message_of(answer).message, label="Share in channel")

    assert refused.ephemeral
    assert text(refused) == f"Questions are answered in <#{other.id}>."


async def test_who_is_no_moderator_any_more_cannot_choose(server: Server, simcord_bot: QuothBot) -> None:
    shown = await server.moderator.slash(server.channel, "settings")
    guild = simcord_bot.get_guild(server.env.guild.id)
    assert guild is not None
    await next(role for role in guild.roles if role.name == "Mods").edit(permissions=discord.Permissions.none())

    refused = await server.choose(shown, "Passages", "5")

    assert text(refused) == "Only members who may manage this server can change its settings."


def bot_id(server: Server) -> int:
    assert server.env.guild.me is not None
    return int(server.env.guild.me.id)


async def test_mention_is_answered_and_a_reply_asks_on_in_the_article(
    server: Server, articles: Path, curator: Curator
) -> None:
    (articles / "other.md").write_text("# Harbour\n\nIt was a historic day for the harbour.\n")
    await curator.reload(None, by="test")
    await server.member.send(server.channel, f"<@{bot_id(server)}> {INDEPENDENCE}")
    await server.env.settle()
    assert FEBRUARY in last(server.channel)

    answer = server.channel.last_message
    await server.member.send(server.channel, f"<@{bot_id(server)}> Was it a historic day?", reply_to=answer)
    await server.env.settle()
    assert 'agreement as a "historic day' in last(server.channel)
    assert "harbour" not in last(server.channel)

    await server.member.send(server.channel, f"<@{bot_id(server)}> Was it a historic day?")
    await server.env.settle()
    assert "harbour" in last(server.channel)


async def test_mention_leaves_no_word_of_the_question_in_the_programs_log(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await server.member.send(server.channel, f"<@{bot_id(server)}> secretword was declared when?")
    await server.env.settle()

    assert last(server.channel)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert "secretword" not in caplog.text


async def test_message_that_does_not_mention_the_bot_is_left_alone(server: Server) -> None:
    await server.member.send(server.channel, INDEPENDENCE)
    await server.env.settle()
    assert last(server.channel) == ""


async def test_mention_without_words_gets_help_and_a_short_one_a_sentence(server: Server) -> None:
    await server.member.send(server.channel, f"<@{bot_id(server)}>")
    await server.env.settle()
    assert "Quoth answers by quoting" in last(server.channel)

    await server.member.send(server.channel, f"<@{bot_id(server)}> hm")
    await server.env.settle()
    assert last(server.channel) == "A question has 3 to 300 characters; yours has 2."


async def test_mentions_can_be_switched_off_and_give_way_where_answers_are_private(
    server: Server, preferences: Preferences
) -> None:
    preferences.change(server.env.guild.id, private=True)
    await server.member.send(server.channel, f"<@{bot_id(server)}> {INDEPENDENCE}")
    await server.env.settle()
    assert last(server.channel) == "Answers in this server are for the asker alone: please use /ask."

    preferences.change(server.env.guild.id, mentions=False)
    await server.member.send(server.channel, f"<@{bot_id(server)}> {INDEPENDENCE}")
    await server.env.settle()
    assert last(server.channel) == ""


async def test_direct_message_is_answered_from_the_shared_articles(server: Server) -> None:
    stranger = server.env.create_user("stranger")
    await stranger.send_dm(INDEPENDENCE)
    await server.env.settle()
    assert FEBRUARY in last(stranger.dm_channel)


class TestErasing:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"log_asker": "pseudonym"})

    async def test_own_questions_are_erased_where_a_pseudonym_is_kept(self, server: Server, simcord_env: Env) -> None:
        await server.ask(INDEPENDENCE)
        await server.moderator.slash(server.channel, "ask", question="Who hailed the historic day?")
        said = await server.member.slash(server.channel, "privacy")
        assert "A pseudonym is kept with your questions" in text(said)

        erased = await server.member.click(message_of(said).message, label="Erase my questions")

        assert text(erased) == "1 question of yours was deleted."


async def test_members_use_commands_everywhere_and_moderators_in_servers(server: Server, simcord_bot: QuothBot) -> None:
    guild, person = 0, 1
    told = {command.name: command.to_dict(simcord_bot.tree) for command in simcord_bot.tree.get_commands()}
    for name in ("ask", "source", "articles", "verify", "help", "privacy", "Find sources"):
        assert sorted(told[name]["integration_types"]) == [guild, person]
        assert sorted(told[name]["contexts"]) == [0, 1, 2]
    for name in ("index", "reload", "log", "settings"):
        assert (told[name]["integration_types"], told[name]["contexts"]) == ([guild], [0])


async def test_where_the_bot_is_no_member_there_is_nobody_to_tell(server: Server, simcord_bot: QuothBot) -> None:
    guild = simcord_bot.get_guild(server.env.guild.id)
    assert guild is not None
    simcord_bot._connection._remove_guild(guild)

    refused = await server.member.slash(server.channel, "ask", question="Who won the 2020 US election?")

    assert "do not cover" in text(refused)
    assert "Tell the moderators" not in buttons(message_of(refused))
