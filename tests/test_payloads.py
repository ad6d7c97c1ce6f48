"""The payload check passes what discord.py really sends and fails for each of Discord's limits."""

import io
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from discord import app_commands, ui
from discord.ext import commands

from tests.payloads import COMPONENTS_V2, MEBIBYTE, PublishedApi

CALLBACK = "/interactions/1/token/callback"
FOLLOW_UP = "/webhooks/2/token"
ORIGINAL = "/webhooks/2/token/messages/@original"
COMMANDS = "/applications/2/commands"

api = PublishedApi(Path(__file__).with_name("discord") / "openapi.json")

Json = dict[str, Any]


def text(content: str = "words") -> Json:
    return {"type": 10, "content": content}


def button(**changes: Any) -> Json:
    return {"type": 2, "style": 2, "label": "Open", "custom_id": "open:1"} | changes


def link(**changes: Any) -> Json:
    return {"type": 2, "style": 5, "label": "Original", "url": "https://example.org"} | changes


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


def select(count: int = 2, **changes: Any) -> Json:
    options = [{"label": f"Label {number}", "value": f"value {number}"} for number in range(count)]
    return {"type": 3, "custom_id": "article", "options": options} | changes


def section(*components: Json, **accessory: Json) -> Json:
    return {"type": 9, "components": list(components)} | accessory


def container(*components: Json) -> Json:
    return {"type": 17, "components": list(components)}


def card(*components: Json, **changes: Any) -> Json:
    return {"components": list(components), "flags": COMPONENTS_V2, "allowed_mentions": {"parse": []}} | changes


def plain(content: str = "words", **changes: Any) -> Json:
    return {"content": content, "allowed_mentions": {"parse": []}} | changes


def reply(message: Json) -> Json:
    return {"type": 4, "data": message}


def choices(count: int = 1, **changes: Any) -> Json:
    listed = [{"name": f"Article {number}", "value": f"article-{number}"} | changes for number in range(count)]
    return {"type": 8, "data": {"choices": listed}}


def option(**changes: Any) -> Json:
    return {"type": 3, "name": "question", "description": "What you want to know"} | changes


def command(*options: Json, **changes: Any) -> Json:
    return {"type": 1, "name": "ask", "description": "Ask the articles", "options": list(options)} | changes


def modal(*components: Json, **changes: Any) -> Json:
    field = {"type": 18, "label": "Why", "component": {"type": 4, "custom_id": "why", "style": 1}}
    data = {"custom_id": "feedback", "title": "Feedback", "components": list(components) or [field]}
    return {"type": 9, "data": data | changes}


TAKEN: dict[str, tuple[str, str, Any]] = {
    "text in a callback": ("POST", CALLBACK, reply(plain())),
    "card in a callback": (
        "POST",
        CALLBACK,
        reply(
            card(
                container(text(), section(text(), accessory=button()), {"type": 14}, row(link(), button(custom_id="b")))
            )
        ),
    ),
    "exactly 40 components": ("POST", CALLBACK, reply(card(container(*[text()] * 39)))),
    "exactly 4,000 characters": ("POST", CALLBACK, reply(card(text("a" * 2000), text("🙂" * 1000)))),
    "defer": ("POST", CALLBACK, {"type": 5, "data": {"flags": 64}}),
    "deferred update": ("POST", CALLBACK, {"type": 6}),
    "25 choices": ("POST", CALLBACK, choices(25, name="é" * 100, value="v" * 100)),
    "no choices": ("POST", CALLBACK, choices(0)),
    "modal": ("POST", CALLBACK, modal()),
    "edit to a card": ("PATCH", ORIGINAL, card(text(), row(select(25)))),
    "removed components": ("PATCH", ORIGINAL, {"components": []}),
    "file named by number": (
        "POST",
        FOLLOW_UP,
        card({"type": 13, "file": {"url": "attachment://a.txt"}}, attachments=[{"id": 0, "filename": "a.txt"}]),
    ),
    "whole URL with a query": ("POST", f"https://discord.com/api/v10{FOLLOW_UP}?wait=1", plain()),
    "commands": ("PUT", COMMANDS, [command(option(required=True), option(name="private", type=5))]),
    "context menu": ("PUT", COMMANDS, [{"type": 3, "name": "Ask Quoth"}]),
    "guild command": ("POST", "/applications/2/guilds/3/commands", command()),
    "no body": ("DELETE", ORIGINAL, None),
}

REFUSED: dict[str, tuple[str, str, Any, str]] = {
    # the document
    "unknown operation": ("POST", "/interactions/1/token/reply", {}, "no such operation"),
    "unknown method": ("PUT", ORIGINAL, {}, "no such operation"),
    "missing body": ("POST", CALLBACK, None, "a JSON body is missing"),
    "unwanted body": ("DELETE", ORIGINAL, {}, "takes no JSON body"),
    "body of the wrong type": ("POST", CALLBACK, [], "the body: [] is not allowed here, only object"),
    "unknown callback": ("POST", CALLBACK, {"type": 99}, "type 99 is not allowed here, only 8, 4, 5"),
    "callback without type": ("POST", CALLBACK, {}, "'type' is a required property"),
    "content too long": ("POST", CALLBACK, reply(plain("x" * 2001)), "data.content: 'xxx"),
    "content of the wrong type": ("PATCH", ORIGINAL, plain() | {"content": 5}, "content: 5 is not of type"),
    "unknown component": (
        "POST",
        CALLBACK,
        reply(card(container({"type": 99}))),
        "components[0]: type 99 is not allowed",
    ),
    "component in the wrong place": (
        "POST",
        CALLBACK,
        reply(card(container(container(text())))),
        "data.components[0].components[0]: type 17 is not allowed here",
    ),
    "style that does not exist": ("POST", FOLLOW_UP, card(row(button(style=9))), "9 is none of 1 PRIMARY, 2 SECONDARY"),
    "empty text display": ("POST", FOLLOW_UP, card(text("")), "components[0].content: '' should be non-empty"),
    "six buttons in a row": (
        "POST",
        FOLLOW_UP,
        card(row(*(button(custom_id=str(number)) for number in range(6)))),
        "components[0].components: 6 items; at most 5",
    ),
    "button label of 81": ("POST", FOLLOW_UP, card(row(button(label="x" * 81))), "components[0].label: 'xxx"),
    "button label of 41 emoji": ("POST", FOLLOW_UP, card(row(button(label="🙂" * 41))), "41 characters (82 in UTF-16)"),
    "url of 513": ("POST", FOLLOW_UP, card(row(link(url="https://" + "x" * 505))), "components[0].url: 'https"),
    "custom_id of 101": ("POST", FOLLOW_UP, card(row(button(custom_id="x" * 101))), "[0].custom_id: 'xxx"),
    "section without text": ("POST", FOLLOW_UP, card(section(accessory=button())), "[] should be non-empty"),
    "section of four texts": (
        "POST",
        FOLLOW_UP,
        card(section(*[text()] * 4, accessory=button())),
        "components[0].components: 4 items; at most 3",
    ),
    "section without accessory": ("POST", FOLLOW_UP, card(section(text())), "'accessory' is a required property"),
    "select of 26": ("POST", FOLLOW_UP, card(row(select(26))), "components[0].options: 26 items; at most 25"),
    "select option of 101": (
        "POST",
        FOLLOW_UP,
        card(row(select(options=[{"label": "x" * 101, "value": "v"}]))),
        "options[0].label: 'xxx",
    ),
    "26 choices": ("POST", CALLBACK, choices(26), "data.choices: 26 items; at most 25"),
    "choice of 101": ("POST", CALLBACK, choices(name="x" * 101), "data.choices[0].name: 'xxx"),
    "choice of 51 emoji": ("POST", CALLBACK, choices(name="🙂" * 51), "51 characters (102 in UTF-16)"),
    "modal title of 46": ("POST", CALLBACK, modal(title="x" * 46), "data.title: 'xxx"),
    "command name of 33": ("PUT", COMMANDS, [command(name="x" * 33)], "[0].name: 'xxx"),
    "command description of 101": ("PUT", COMMANDS, [command(description="x" * 101)], "[0].description: 'xxx"),
    "option description of 101": ("PUT", COMMANDS, [command(option(description="x" * 101))], "options[0].description"),
    "26 options": (
        "PUT",
        COMMANDS,
        [command(*(option(name=f"o{number}") for number in range(26)))],
        "[0].options: 26 items; at most 25",
    ),
    # limits in words
    "empty message": ("POST", FOLLOW_UP, {"allowed_mentions": {"parse": []}}, "is empty"),
    "content beside components v2": ("POST", FOLLOW_UP, card(text(), content="x"), "content: not allowed beside"),
    "embeds beside components v2": ("POST", FOLLOW_UP, card(text(), embeds=[{"title": "x"}]), "embeds: not allowed"),
    "components v2 without the flag": ("POST", FOLLOW_UP, card(text(), flags=0), "needs the flag"),
    "six rows without the flag": (
        "POST",
        FOLLOW_UP,
        plain(components=[row(button(custom_id=str(number))) for number in range(6)]),
        "6 rows; at most 5",
    ),
    "41 nested components": ("POST", CALLBACK, reply(card(container(*[text()] * 39), text())), "41 components, nested"),
    "41 with an accessory": (
        "POST",
        CALLBACK,
        reply(card(container(*[text()] * 37, section(text(), accessory=button())))),
        "41 components, nested",
    ),
    "4,001 characters": (
        "POST",
        CALLBACK,
        reply(card(text("x" * 2000), container(text("x" * 2001)))),
        "have 4001 char",
    ),
    "4,002 UTF-16 units": ("PATCH", ORIGINAL, card(text("🙂" * 1000), text("🙂" * 1001)), "(4002 in UTF-16)"),
    "custom_id twice": ("POST", FOLLOW_UP, card(row(button()), container(row(button()))), "'open:1' stands 2 times"),
    "component id twice": ("POST", FOLLOW_UP, card(text() | {"id": 1}, text() | {"id": 1}), "id '1' stands 2 times"),
    "select beside a button": ("POST", FOLLOW_UP, card(row(select(), button())), "a select stands alone"),
    "select value twice": (
        "POST",
        FOLLOW_UP,
        card(row(select(options=[{"label": "a", "value": "v"}] * 2))),
        "value 'v' stands 2 times",
    ),
    "more values than options": ("POST", FOLLOW_UP, card(row(select(max_values=3))), "do not fit 2 options"),
    "button without custom_id": ("POST", FOLLOW_UP, card(row(button(custom_id=None))), "style 2 has a custom_id"),
    "link with custom_id": ("POST", FOLLOW_UP, card(row(link(custom_id="x"))), "style 5 has no custom_id"),
    "button without a label": ("POST", FOLLOW_UP, card(row(button(label=None))), "needs a label or an emoji"),
    "javascript link": ("POST", FOLLOW_UP, card(row(link(url="javascript:alert(1)"))), "is no http, https or discord"),
    "6,001 characters of embeds": (
        "POST",
        FOLLOW_UP,
        {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}], "allowed_mentions": {"parse": []}},
        "embeds: 6001 characters",
    ),
    "attachment that is not there": (
        "POST",
        FOLLOW_UP,
        card({"type": 13, "file": {"url": "attachment://a.txt"}}),
        "attachment://a.txt is not among them",
    ),
    "attachment with a space": (
        "POST",
        FOLLOW_UP,
        card({"type": 13, "file": {"url": "attachment://a b.txt"}}, attachments=[{"id": 0, "filename": "a b.txt"}]),
        "cannot be referred to",
    ),
    "attachment that no component shows": (
        "POST",
        FOLLOW_UP,
        card(text(), attachments=[{"id": 0, "filename": "a.txt"}]),
        "'a.txt' stays invisible",
    ),
    "mentions allowed by default": (
        "POST",
        CALLBACK,
        reply({"content": "hi"}),
        "data.allowed_mentions: None lets text",
    ),
    "everyone allowed": (
        "POST",
        FOLLOW_UP,
        plain(allowed_mentions={"parse": ["everyone"]}),
        "allowed_mentions: {'parse': ['everyone']} lets text ping",
    ),
    "mentions allowed in an edit": ("PATCH", ORIGINAL, {"content": "hi"}, "allowed_mentions: None lets text ping"),
    "user allowed": ("POST", FOLLOW_UP, plain(allowed_mentions={"parse": [], "users": ["5"]}), "names people to ping"),
    "choice value of 101": ("POST", CALLBACK, choices(value="v" * 101), "data.choices[0].value: 101 characters"),
    "modal of six": ("POST", CALLBACK, modal(*[text()] * 6), "at most 5 in a modal"),
    "modal ids twice": (
        "POST",
        CALLBACK,
        modal(*[{"type": 18, "label": "a", "component": {"type": 4, "custom_id": "x", "style": 1}}] * 2),
        "custom_id 'x' stands 2 times",
    ),
    "text input that nothing fits": (
        "POST",
        CALLBACK,
        modal(row({"type": 4, "custom_id": "x", "style": 1, "label": "Why", "min_length": 9, "max_length": 8})),
        "min_length is more than max_length",
    ),
    "command in capitals": ("PUT", COMMANDS, [command(name="Ask")], "'Ask' has other characters"),
    "command with a space": ("PUT", COMMANDS, [command(name="ask me")], "'ask me' has other characters"),
    "option in capitals": ("PUT", COMMANDS, [command(option(name="Question"))], "'Question' has other characters"),
    "command without description": ("PUT", COMMANDS, [command(description="")], "a slash command has a description"),
    "context menu with description": (
        "PUT",
        COMMANDS,
        [{"type": 3, "name": "Ask", "description": "x"}],
        "no description",
    ),
    "commands twice": ("PUT", COMMANDS, [command(), command()], "command 'ask of type 1' stands 2 times"),
    "option twice": ("PUT", COMMANDS, [command(option(), option())], "option 'question' stands 2 times"),
    "required option last": (
        "PUT",
        COMMANDS,
        [command(option(), option(name="b", required=True))],
        "required options come first",
    ),
    "option beside a subcommand": (
        "PUT",
        COMMANDS,
        [command(option(), {"type": 1, "name": "status", "description": "x"})],
        "do not mix",
    ),
    "choices and autocomplete": (
        "PUT",
        COMMANDS,
        [command(option(autocomplete=True, choices=[{"name": "a", "value": "a"}]))],
        "exclude each other",
    ),
    "8,001 characters in a command": (
        "PUT",
        COMMANDS,
        [
            command(
                *(
                    option(name=f"o{number}", choices=[{"name": f"{c:0100}", "value": "v" * 100} for c in range(20)])
                    for number in range(2)
                )
            )
        ],
        "characters of names, descriptions and values",
    ),
}


@pytest.mark.parametrize("case", TAKEN.values(), ids=TAKEN)
def test_valid_payload_passes(case: tuple[str, str, Any]) -> None:
    api.check(*case)


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_invalid_payload_fails_for_its_one_reason(case: tuple[str, str, Any, str]) -> None:
    method, path, payload, reason = case

    found = api.differences(method, path, payload)

    assert len(found) == 1, found
    assert reason in found[0]
    assert len(found[0]) < 400, "readable"


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ({"a.txt": 10 * MEBIBYTE + 1}, "at most 10 MiB"),
        ({f"{number}.txt": 9 * MEBIBYTE for number in range(3)}, "at most 25 MiB"),
        ({f"{number}.txt": 1 for number in range(11)}, "11 files; at most 10"),
    ],
)
def test_files_too_large_fail(sizes: dict[str, int], reason: str) -> None:
    found = api.differences("POST", FOLLOW_UP, plain(), sizes)

    assert len(found) == 1, found
    assert reason in found[0]


def test_message_lists_every_difference() -> None:
    payload = reply(card(row(button(label="x" * 81, custom_id="y" * 101)), allowed_mentions=None))

    with pytest.raises(AssertionError) as refusal:
        api.check("post", CALLBACK, payload)

    first, *differences = str(refusal.value).split("\n  ")
    assert first == "Discord would refuse POST /interactions/1/token/callback:"
    assert [line.partition(": ")[0] for line in differences] == [
        "data.components[0].components[0].custom_id",
        "data.components[0].components[0].label",
        "data.allowed_mentions",
    ]


class Reader(ui.LayoutView):
    """A layout with every component that Quoth uses."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        buttons: ui.ActionRow[Reader] = ui.ActionRow(
            ui.Button(label="Next", custom_id="next", emoji="📖"),
            ui.Button(label="Original", url="https://example.org"),
        )
        self.add_item(
            ui.Container(
                ui.TextDisplay("# Title"),
                ui.Separator(),
                ui.Section(ui.TextDisplay("Words"), accessory=ui.Button(label="Open", custom_id="open")),
                buttons,
                accent_color=discord.Color.blue(),
            )
        )
        choice = ui.Select[Reader](custom_id="article", options=[discord.SelectOption(label="Title", value="1")])
        self.add_item(ui.ActionRow(choice))


class Feedback(ui.Modal, title="Feedback"):
    why: ui.Label["Feedback"] = ui.Label(text="Why", component=ui.TextInput(max_length=100))


def small_bot() -> commands.Bot:
    """A bot whose commands send through every door: replies, edits, follow-ups, files, modals, autocomplete."""
    bot = commands.Bot("!", intents=discord.Intents(guilds=True), allowed_mentions=discord.AllowedMentions.none())

    def file() -> discord.File:
        return discord.File(io.BytesIO(b"words"), "article.txt", description="The article")

    @bot.tree.command(description="Ask the articles")
    @app_commands.guild_only()
    @app_commands.default_permissions(send_messages=True)
    async def ask(
        interaction: discord.Interaction, question: app_commands.Range[str, 3, 300], private: bool = False
    ) -> None:
        await interaction.response.send_message(view=Reader(), ephemeral=private)
        await interaction.followup.send("Words", ephemeral=True)
        await interaction.followup.send(view=Reader())
        await interaction.followup.send("Words", file=file(), embed=discord.Embed(title="Title", description="Words"))
        await interaction.edit_original_response(view=Reader())

    @ask.autocomplete("question")
    async def questions(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name="Title", value="1")]

    @bot.tree.command(description="Show the article")
    async def source(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        view = ui.LayoutView()
        view.add_item(ui.File("attachment://article.txt"))
        await interaction.edit_original_response(view=view, attachments=[file()])
        await interaction.delete_original_response()

    @bot.tree.command(description="Say what you think")
    async def feedback(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Feedback())

    @bot.tree.context_menu(name="Ask Quoth")
    async def ask_about(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message("Words")

    bot.setup_hook = bot.tree.sync  # type: ignore[method-assign,assignment] # shorter than a class
    return bot


async def test_whatever_discord_py_sends_passes() -> None:
    async with simcord.run(small_bot()) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("general")
        member = guild.add_member(env.create_user("alice"))

        await member.autocomplete(channel, "ask", "question", "ti")
        await member.slash(channel, "ask", question="Who?")
        await member.slash(channel, "source")
        await member.slash(channel, "feedback")

        sent = [(entry.method, entry.path, entry.json) for entry in env.http_requests]
    kinds = {(method, path.rpartition("/")[2]) for method, path, _ in sent}
    assert {("PUT", "commands"), ("POST", "callback"), ("PATCH", "@original"), ("DELETE", "@original")} <= kinds
    assert {4, 5, 8, 9} == {json["type"] for _, path, json in sent if json and path.endswith("/callback")}
    for method, path, json in sent:
        api.check(method, path, json)
