"""The demo as its first visitor meets it: one visit, in a real browser, with the real bot and the example organisation."""

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from handlers.terminal.demo import example
from playground.server import Playground
from tests.acceptance import payloads
from tests.browser.conftest import Act

LONG = 40_000
"""How long a digest may take to arrive on a busy machine, in milliseconds."""


@pytest.fixture
def playground() -> Iterator[Playground]:
    """The demo itself, in the place of the empty workspace."""
    with example(0) as running:
        running.wait_connected(60)
        yield running
        assert payloads.problems(running) == []


def send(page: Page, words: str) -> None:
    page.locator("#composer-text").fill(words)
    page.locator("#composer-text").press("Enter")


def answered(page: Page, said: str | re.Pattern[str]) -> None:
    """The newest answer that only this person sees says so."""
    expect(page.locator(".message-ephemeral").last).to_contain_text(said, timeout=LONG)


def press(page: Page, button: str, said: str) -> None:
    """Press a button of the newest answer, and once more if nothing comes of it: a chart that is drawn may move it away."""
    for _ in range(2):
        page.locator(".message-ephemeral button", has_text=button).last.click()
        with suppress(AssertionError):
            expect(page.locator(".message-ephemeral").last).to_contain_text(said, timeout=LONG / 2)
            return
    answered(page, said)


def become(page: Page, name: str, place: int) -> None:
    """Sit down as the person at that place of the switcher."""
    page.keyboard.press(f"Alt+Digit{place}")
    expect(page.locator(".switcher-name")).to_have_text(name)


def enter(page: Page, channel: str) -> None:
    page.get_by_role("navigation").get_by_role("button", name=re.compile(rf"^{channel}")).click()
    expect(page.locator(".channel-name")).to_have_text(channel)


def test_one_visit(sit: Act, playground: Playground) -> None:
    """The seeded team's digests, a KPI listed, shown, explained and recorded, a preview for an executive, a Monday, Home."""
    page = sit("U0MLENG", "C0MLOPS")
    expect(page.get_by_role("article").filter(has_text="Operations, daily").first).to_be_visible(timeout=LONG)
    expect(page.get_by_role("article").filter(has_text="Acknowledge")).to_have_count(5, timeout=LONG)
    expect(page.get_by_role("article").first).to_contain_text("INC-1")
    send(page, "/incident show INC-1")
    answered(page, "35 min")

    send(page, "/kpi list")
    answered(page, "mttr")
    send(page, "/kpi show mttr")
    answered(page, "Mean time to resolve")
    press(page, "Why this number", "mean(hours) with mean(")
    page.locator(".message-ephemeral button", has_text="Record").last.click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox").first.fill("2h, 3h")
    form.locator("button[type=submit]").click()
    expect(form).to_contain_text("would be 2.5 h")
    form.locator("button[type=submit]").click()
    expect(form).to_have_count(0)
    answered(page, "Recorded")

    become(page, "Elias", 5)
    enter(page, "leadership")
    expect(page.get_by_role("article").first).to_contain_text("Executives, monthly", timeout=LONG)
    send(page, "/digest preview executive-monthly")
    answered(page, "A preview, which only you see.")

    become(page, "Sana", 3)
    enter(page, "general")
    send(page, '/digest schedule ops-daily when="weekly monday 09:00 Asia/Kolkata" channel=C0GENERAL')
    answered(page, "is scheduled every Monday at 09:00 Asia/Kolkata")
    expect(page.get_by_role("article").last).to_contain_text("will come here", timeout=LONG)
    roots = page.get_by_role("article").filter(has_text="Operations, daily ·")
    standing = roots.count()
    page.locator(".clock").click()
    page.get_by_role("button", name="Next Monday 09:00").click()
    expect(roots).to_have_count(standing + 1, timeout=LONG)
    expect(roots.last).to_contain_text("KPIs evaluated")

    home = sit("U0EXEC", "home")
    expect(home.get_by_role("region", name="Barometer Home")).to_contain_text("KPIs need attention", timeout=LONG)
