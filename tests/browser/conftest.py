"""A real browser on a real playground with a small bot in it."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from playground.cast import example_team
from playground.server import Playground
from tests.browser.bot import MANIFEST, Bot

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Act = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once for a file: while it lives, an event loop counts as running in this thread, which dbos refuses."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CHROMIUM IS MISSING: apt-get install -y chromium")
        pytest.skip("CHROMIUM IS MISSING, THE PAGE IS NOT TESTED: apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class TravellingClock:
    """The machine's time, moved on by whoever travels."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def travel(self, to: datetime) -> None:
        self.ahead = to - datetime.now(UTC)


@pytest.fixture
def playground() -> Iterator[Playground]:
    """A workspace of this test alone."""
    clock = TravellingClock()
    with Playground(workspace=example_team(clock), manifest=MANIFEST, travel=clock.travel, rate_limits=False) as running:
        yield running


@pytest.fixture
def bot(playground: Playground) -> Iterator[Bot]:
    """The small bot, connected."""
    bot = Bot(playground)
    bot.start()
    playground.wait_connected()
    yield bot
    bot.stop()


@pytest.fixture
def sit(browser: Browser, playground: Playground) -> Iterator[Act]:
    """`sit("U0MLENG")` opens the page as somebody, in a window of their own; what the console complains of fails the test."""
    contexts = []
    complaints: list[str] = []

    def sit_down(
        person: str,
        place: str = "C0GENERAL",
        *,
        width: int = 1280,
        height: int = 800,
        scheme: str = "light",
        hints: bool = False,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale="en-GB",
            timezone_id="Europe/Oslo",
            reduced_motion="reduce",
        )  # type: ignore[arg-type]
        contexts.append(context)
        if not hints:
            context.add_init_script("localStorage.setItem('barometer-playground-hints', 'seen')")
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{playground.url}/#{person}/{place}")
        page.locator("#app[data-ready]").wait_for()
        return page

    yield sit_down
    for context in contexts:
        context.close()
    assert complaints == []
