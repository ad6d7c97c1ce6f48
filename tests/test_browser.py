"""The demo as a newcomer meets it: `quoth demo` as a process, and its page in a real browser."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser import command, demo, page_of

QUESTION = "When did Kosovo declare independence?"


async def test_newcomer_sees_a_quotation_asks_opens_and_pages(tmp_path: Path) -> None:
    async with demo(tmp_path) as (_, address), page_of(address) as page:
        timeline = page.locator("#channel-message-list")
        await expect(timeline).to_contain_text(QUESTION, timeout=30_000)
        await expect(timeline).to_contain_text("Kosovo declared independence from Serbia in 2008, nine years after")

        await command(page, "ask", question="Who unveiled a plaque?")
        await expect(timeline).to_contain_text("Ashkenazi unveiling a plaque", timeout=30_000)

        await page.get_by_role("button", name="Open ¶4").click()
        await expect(timeline).to_contain_text("¶4 · cited", timeout=30_000)
        await expect(timeline).to_contain_text("page 1 of 3")

        await page.get_by_role("button", name="Next").last.click()
        await expect(timeline).to_contain_text("page 2 of 3", timeout=30_000)


async def test_member_reads_on_judges_and_verifies(tmp_path: Path) -> None:
    async with demo(tmp_path) as (_, address), page_of(address) as page:
        timeline = page.locator("#channel-message-list")
        await expect(timeline).to_contain_text(QUESTION, timeout=30_000)

        await page.get_by_role("button", name="More passages").click()
        await expect(timeline).to_contain_text("with some of your words, quoted exactly.", timeout=30_000)
        await page.get_by_role("button", name="Why these?").first.click()
        await expect(timeline).to_contain_text("How much each word of yours counted", timeout=30_000)
        await page.get_by_role("button", name="Helpful", exact=True).click()
        await expect(timeline).to_contain_text("Counted as helpful, without your name.", timeout=30_000)

        await command(page, "verify", quote="declared independence from Serbia in 2008")
        await expect(timeline).to_contain_text("Exact words in", timeout=30_000)


async def test_private_answer_is_shared_and_forgotten(tmp_path: Path) -> None:
    async with demo(tmp_path, QUOTH_PRIVATE="true") as (_, address), page_of(address, width=420) as page:
        timeline = page.locator("#channel-message-list")
        await expect(timeline).to_contain_text(QUESTION, timeout=30_000)

        await page.get_by_role("button", name="Share in channel").click()
        await expect(timeline).to_contain_text("Shared by", timeout=30_000)
        await page.get_by_role("button", name="Forget this question").first.click()
        await expect(timeline).to_contain_text("Forgotten: the question is deleted from the log.", timeout=30_000)


async def test_newcomer_is_told_how_to_ask_and_what_is_kept(tmp_path: Path) -> None:
    async with demo(tmp_path) as (_, address), page_of(address, width=420) as page:
        timeline = page.locator("#channel-message-list")
        await expect(timeline).to_contain_text(QUESTION, timeout=30_000)

        await command(page, "help")
        await expect(timeline).to_contain_text("Quoth answers by quoting", timeout=30_000)
        await command(page, "privacy")
        await expect(timeline).to_contain_text("It is deleted after 30 days.", timeout=30_000)


async def test_question_that_the_articles_do_not_cover_is_refused_on_screen(tmp_path: Path) -> None:
    async with demo(tmp_path) as (_, address), page_of(address, width=420) as page:
        await expect(page.locator("#channel-message-list")).to_contain_text(QUESTION, timeout=30_000)

        await command(page, "ask", question="Who won the 2020 US election?")

        refusal = page.locator("#channel-message-list", has_text="The articles do not cover this")
        await expect(refusal).to_contain_text("“won”, “2020”, “election”", timeout=30_000)


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
async def test_demo_ends_quietly_when_told_to(tmp_path: Path, name: signal.Signals) -> None:
    async with demo(tmp_path) as (process, _):
        process.send_signal(name)

        assert await asyncio.wait_for(process.wait(), 20) == 0
