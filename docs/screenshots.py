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
            timeline = page.locator("#channel-message-list")
            await expect(timeline).to_contain_text("in 2008", timeout=30_000)
            await _take(page, "answer")
            await page.get_by_role("button", name="Open ¶18").click()
            await expect(timeline).to_contain_text("cited", timeout=30_000)
            await _take(page, "reader")
            await command(page, "ask", question="Who won the 2020 US election?")
            await expect(timeline).to_contain_text("do not cover", timeout=30_000)
            await _take(page, "uncovered")


async def _take(page: Page, name: str) -> None:
    await page.locator(".channel-message").last.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
