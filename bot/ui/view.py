"""Card → the view that discord.py sends."""

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


def _item(block: cards.Text | cards.Row | cards.Line) -> discord.ui.Item[Any]:
    if isinstance(block, cards.Line):
        return discord.ui.Separator()
    if isinstance(block, cards.Row):
        return discord.ui.ActionRow(*map(_button, block.buttons))
    if block.button is None:
        return discord.ui.TextDisplay(block.markdown)
    texts = [block.markdown] if block.below is None else [block.markdown, block.below]
    return discord.ui.Section(*texts, accessory=_button(block.button))


def _button(button: cards.Button) -> discord.ui.Item[Any]:
    plain: discord.ui.Button[CardView] = discord.ui.Button(
        label=button.label, custom_id=button.action, url=button.url, disabled=button.disabled
    )
    return plain if button.action is None else CardButton(plain)
