"""A minimal bot that knows nothing of the loopback Discord, to test the loopback Discord with."""

import asyncio
import io
import os
import re
import signal
import sys
import time
from typing import Self

import discord
from discord import app_commands, ui
from discord.ext import commands


class OpenButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template="open:(?P<number>[0-9]+)"):
    """A button that carries its paragraph in its custom id, so that it works after a restart."""

    def __init__(self, number: int) -> None:
        super().__init__(ui.Button(label=f"Open {number}", custom_id=f"open:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[ui.LayoutView], match: re.Match[str]
    ) -> Self:
        return cls(int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        view = ui.LayoutView(timeout=None)
        view.add_item(
            ui.Container(ui.TextDisplay(f"Paragraph {self.number}"), ui.ActionRow(OpenButton(self.number + 1)))
        )
        await interaction.response.edit_message(view=view)


class Why(ui.Modal, title="Feedback"):
    why: ui.Label[Self] = ui.Label(text="Why", component=ui.TextInput(custom_id="why"))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.why.component, ui.TextInput)
        await interaction.response.send_message(f"Because {self.why.component.value}")


def small_bot() -> commands.Bot:
    bot = commands.Bot("!", intents=discord.Intents(guilds=True), allowed_mentions=discord.AllowedMentions.none())
    bot.add_dynamic_items(OpenButton)

    @bot.tree.command(description="Ask the articles")
    async def ask(interaction: discord.Interaction, question: str, private: bool = False) -> None:
        view = ui.LayoutView(timeout=None)
        view.add_item(ui.Container(ui.TextDisplay(f"You asked: {question}"), ui.ActionRow(OpenButton(1))))
        try:
            await interaction.response.send_message(view=view, ephemeral=private)
        except (discord.HTTPException, OSError) as error:
            await interaction.followup.send(f"{type(error).__name__} {getattr(error, 'code', '')}".strip())

    @ask.autocomplete("question")
    async def questions(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}?", value=current)]

    @bot.tree.command(description="Show the file")
    async def source(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        view = ui.LayoutView()
        view.add_item(ui.File("attachment://article.txt"))
        await interaction.edit_original_response(
            view=view, attachments=[discord.File(io.BytesIO(b"words"), "article.txt")]
        )
        message = await interaction.original_response()
        await interaction.followup.send(f"{len(message.attachments)} file of {message.attachments[0].size} bytes")

    @bot.tree.command(description="Choose an article")
    async def pick(interaction: discord.Interaction) -> None:
        articles = [discord.SelectOption(label=name) for name in ("one", "two")]
        select: ui.Select[ui.View] = ui.Select(custom_id="article", options=articles)

        async def picked(interaction: discord.Interaction) -> None:
            await interaction.response.defer()
            message = await interaction.followup.send(f"Picked {select.values[0]}", wait=True)
            await message.edit(content=f"{message.content}, then edited")
            await interaction.delete_original_response()

        select.callback = picked  # type: ignore[method-assign] # as discord.py's documentation has it
        view = ui.View()
        view.add_item(select)
        await interaction.response.send_message("Which?", view=view)

    @bot.tree.command(description="Say why")
    async def feedback(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Why())

    @bot.tree.command(description="Block the loop")
    async def block(interaction: discord.Interaction, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251 # the point
        await interaction.response.send_message("Awake")

    group = app_commands.Group(name="index", description="The index")

    @group.command(description="Who may do what")
    async def status(interaction: discord.Interaction, count: int) -> None:
        where = "here" if interaction.guild else "directly"
        await interaction.response.send_message(f"{count} {where} {interaction.permissions.manage_guild}")

    bot.tree.add_command(group)
    return bot


async def main() -> int:
    bot = small_bot()
    async with bot:
        try:
            await bot.login(os.environ["DISCORD_TOKEN"])
        except discord.LoginFailure:
            return 78
        await bot.tree.sync()
        connection = asyncio.create_task(bot.connect())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, connection.cancel)
        try:
            await connection
        except asyncio.CancelledError:
            return 0
        except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired):
            return 78
    return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
