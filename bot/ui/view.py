"""Card → the view that discord.py sends; form → its dialogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import discord

from bot import cards

if TYPE_CHECKING:
    from bot.client import QuothBot


class CardView(discord.ui.LayoutView):
    """One card as a Components V2 message. Its buttons carry their state, so discord.py keeps nothing for it."""

    def __init__(self, card: cards.Card) -> None:
        super().__init__(timeout=None)
        container: discord.ui.Container[CardView] = discord.ui.Container(accent_colour=card.accent)
        for block in card.blocks:
            container.add_item(_item(block))
        self.add_item(container)
        # discord.py would keep one that is not done, a private one with a task for 15 minutes.
        self.stop()


class CardButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.LayoutView]], template=r"(?P<verb>[a-z]+):(?P<state>.+)"
):
    """A button whose custom id says what to do, so that it needs no memory and outlives the process."""

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, item: discord.ui.Item[discord.ui.LayoutView], _match: re.Match[str], /
    ) -> Self:
        """The button that was pressed; see discord.py."""
        assert isinstance(item, discord.ui.Button)
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the custom id says."""
        bot: QuothBot = interaction.client
        await bot.pressed(interaction, self.custom_id)


class CardSelect(
    discord.ui.DynamicItem[discord.ui.Select[discord.ui.LayoutView]], template=r"choose-(?P<verb>[a-z]+):(?P<state>.*)"
):
    """A menu whose custom id says what to do with the choice."""

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, item: discord.ui.Item[discord.ui.LayoutView], _match: re.Match[str], /
    ) -> Self:
        """The menu that was used; see discord.py."""
        assert isinstance(item, discord.ui.Select)
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the custom id says, with the choice."""
        bot: QuothBot = interaction.client
        await bot.pressed(interaction, f"{self.custom_id}:{self.item.values[0]}")


class CardChannels(
    discord.ui.DynamicItem[discord.ui.ChannelSelect[discord.ui.LayoutView]], template=r"channels-(?P<verb>[a-z]+):"
):
    """A menu of channels whose custom id says what to do with those chosen."""

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, item: discord.ui.Item[discord.ui.LayoutView], _match: re.Match[str], /
    ) -> Self:
        """The menu that was used; see discord.py."""
        assert isinstance(item, discord.ui.ChannelSelect)
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the custom id says, with the ids of the channels."""
        bot: QuothBot = interaction.client
        chosen = ",".join(str(channel.id) for channel in self.item.values)
        await bot.pressed(interaction, f"{self.custom_id.removeprefix('channels-')}{chosen}")


def dialogue(form: cards.Form) -> discord.ui.Modal:
    """The dialogue of *form*. What is filled in comes as an interaction of its own, so it may outlive the process."""
    modal = discord.ui.Modal(title=form.title, custom_id=f"form-{form.action}")
    for field in form.fields:
        line: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
            custom_id=field.name,
            default=field.value or None,
            placeholder=field.placeholder or None,
            required=False,
            max_length=500,
        )
        modal.add_item(discord.ui.Label(text=field.label, component=line))
    return modal


def filled_in(interaction: discord.Interaction[Any]) -> tuple[str, dict[str, str]] | None:
    """The action of the submitted form and its fields by name; None for another interaction."""
    data: Any = interaction.data
    if interaction.type is not discord.InteractionType.modal_submit or not data["custom_id"].startswith("form-"):
        return None
    lines = (label["component"] for label in data["components"])
    return data["custom_id"].removeprefix("form-"), {line["custom_id"]: line["value"] for line in lines}


def _item(block: cards.Block) -> discord.ui.Item[Any]:
    if isinstance(block, cards.Line):
        return discord.ui.Separator()
    if isinstance(block, cards.Row):
        return discord.ui.ActionRow(*map(_button, block.buttons))
    if isinstance(block, cards.Media):
        item = discord.MediaGalleryItem(f"attachment://{block.filename}", description=block.description)
        return discord.ui.MediaGallery(item)
    if isinstance(block, cards.Select):
        return discord.ui.ActionRow(_select(block))
    if isinstance(block, cards.Channels):
        return discord.ui.ActionRow(_channels(block))
    if block.button is None:
        return discord.ui.TextDisplay(block.markdown)
    texts = [block.markdown] if block.below is None else [block.markdown, block.below]
    return discord.ui.Section(*texts, accessory=_button(block.button))


def _button(button: cards.Button) -> discord.ui.Item[Any]:
    plain: discord.ui.Button[CardView] = discord.ui.Button(
        label=button.label, custom_id=button.action, url=button.url, disabled=button.disabled
    )
    return plain if button.action is None else CardButton(plain)


def _select(select: cards.Select) -> CardSelect:
    options = [
        discord.SelectOption(
            label=choice.label,
            value=choice.value,
            description=choice.description,
            default=choice.value == select.chosen,
        )
        for choice in select.choices
    ]
    verb, _, state = select.action.partition(":")
    menu: discord.ui.Select[discord.ui.LayoutView] = discord.ui.Select(
        custom_id=f"choose-{verb}:{state}", placeholder=select.placeholder, options=options
    )
    return CardSelect(menu)


def _channels(channels: cards.Channels) -> CardChannels:
    menu: discord.ui.ChannelSelect[discord.ui.LayoutView] = discord.ui.ChannelSelect(
        custom_id=f"channels-{channels.action}:",
        channel_types=[discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum],
        placeholder=channels.placeholder,
        min_values=0,
        max_values=25,
        default_values=[
            discord.SelectDefaultValue(id=one, type=discord.SelectDefaultValueType.channel) for one in channels.chosen
        ],
    )
    return CardChannels(menu)
