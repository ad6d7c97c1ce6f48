"""`quoth demo` as a process, and its page in a real browser."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# As root Chromium needs no sandbox, and in a closed network no conversation with its maker.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def demo(cwd: Path, **settings: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`quoth demo` running with *settings*, and the address it printed."""
    environment = os.environ | {"QUOTH_ARTICLES": str(ROOT / "seeds"), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    environment |= settings
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--no-browser", cwd=cwd, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        address = re.search(r"http://127\.0\.0\.1:\d+/\S+", line)
        assert address, line
        yield process, address.group()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def page_of(address: str, *, width: int = 1280, height: int = 1100) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": width, "height": height})
        await page.goto(address)
        yield page
        await browser.close()


async def command(page: Page, name: str, **options: str) -> None:
    """Type a slash command with its options into the composer, and send it."""
    fields = page.locator(".command-option-input")
    for attempt in range(3):
        await page.locator("#channel-composer-input").fill(f"/{name}")
        await page.locator(".command-entry", has_text=f"/{name}").first.click()
        if not options:
            break
        try:
            await expect(fields).not_to_have_count(0, timeout=10_000)
            break
        except AssertionError:
            # The list was drawn anew below the click.
            if attempt == 2:
                raise
    for attempt in range(3):
        for option, value in options.items():
            field = page.locator(f'.command-option-input[data-option="{option}"]')
            await field.fill(value)
            await expect(field).to_have_value(value)
        # Not by the keyboard: the page draws its fields anew now and then, and the focus may be lost with the old one.
        await page.get_by_role("button", name="Send").click()
        try:
            await expect(fields).to_have_count(0, timeout=10_000)
        except AssertionError:
            # So may a click and what was typed, as choices for it come in: a person sees it and does it again.
            if attempt == 2:
                raise
        else:
            return
