"""Makes the pictures of README and docs from the running demo: `.venv/bin/python -m docs.screenshots`."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser import command, demo, page_of

FOLDER = Path(__file__).parent


async def main() -> None:
    """One picture for each card."""
    with tempfile.TemporaryDirectory() as folder:
        async with demo(Path(folder)) as (_, address), page_of(address, height=1500) as page:
            await _seen(page, "in 2008", "answer")
            await _press(page, "Why these?", "How much each word of yours counted", "why")
            await _press(page, "Open ¶18", "¶18 · cited", "reader")
            await _press(page, "Copy citation", "1.kosovo-formally", "citation")
            await _command(page, "ask", "No passage has all your words", "weak", question="What did Russia sign?")
            await _command(page, "ask", "do not cover", "uncovered", question="Who won the 2020 US election?")
            quote = "declared independence from Serbia in 2009"
            await _command(page, "verify", "Nearly in", "verify", quote=quote)
            await _command(page, "privacy", "It is deleted after", "privacy")
            await page.get_by_label("Viewing as").select_option(label="Otto")
            await _command(page, "settings", "Settings of this server", "settings")
            await _command(page, "index status", "Version 1", "status")
            await _command(page, "log summary", "The log of the last", "log")


async def _press(page: Page, label: str, words: str, name: str) -> None:
    """Press a button, wait for *words* and take the card."""
    await page.get_by_role("button", name=label, exact=True).last.click()
    await _seen(page, words, name)


async def _command(page: Page, typed: str, words: str, name: str, **options: str) -> None:
    """Send a command, wait for *words* and take the card."""
    await command(page, typed, **options)
    await _seen(page, words, name)


async def _seen(page: Page, words: str, name: str) -> None:
    await expect(page.locator("#channel-message-list")).to_contain_text(words, timeout=30_000)
    # The page draws a card once more when all of it is there.
    await page.wait_for_timeout(1000)
    await _take(page, name)


async def _take(page: Page, name: str) -> None:
    await page.locator(".channel-message").last.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
