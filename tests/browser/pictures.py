"""The pictures of the manual, taken of the demo: `make pictures`, or some by name: `make pictures NAMES="kpi digest"`.

Whoever changes what a picture shows takes it anew. The example is the same each time, but for the day on which it is taken.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from handlers.terminal.demo import example
from playground.server import Playground
from tests.browser.conftest import ARGUMENTS, CHROMIUM

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
LONG, TRIES = 60_000, 4
"""How long something may take to arrive, in milliseconds, and how often it is asked for meanwhile."""
SHARP = 1.5
"""Pixels of the picture for each CSS pixel."""


Take = Callable[[Browser, Playground], None]


def main(names: list[str]) -> None:
    """Take the pictures of these names, or all."""
    expect.set_options(timeout=LONG)
    with example(0) as playground, sync_playwright() as playwright:
        playground.wait_connected(60)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name in names or PICTURES:
            PICTURES[name](browser, playground)
        browser.close()


def digest(browser: Browser, playground: Playground) -> None:
    """The weekly digest in its channel."""
    with seated(browser, playground, "U0PRODUCT", "C0PRODUCT", height=1020) as page:
        told = page.get_by_role("article").filter(has_text="Product, weekly ·").last
        told.evaluate("each => each.scrollIntoView({block: 'start'})")
        keep(page, "digest")


def kpi(browser: Browser, playground: Playground) -> None:
    """One KPI on one screen."""
    with seated(browser, playground, "U0ADMIN", "C0MLOPS", height=940) as page:
        answer_to(page, "/kpi show mttr").get_by_role("button", name="History").wait_for()
        keep(page, "kpi")


def invitation(browser: Browser, playground: Playground) -> None:
    """The invitation, in the messages of somebody who is asked."""
    with invited(browser, playground, "U0EXEC") as message:
        keep(message.page, "survey-invitation", message, edge=0)


def form(browser: Browser, playground: Playground) -> None:
    """The form as it opens, begun to be filled in; and the receipt that takes its place."""
    # Somebody else than who asks later: a form that stays open is open on every page of its person.
    with invited(browser, playground, "U0MLENG") as message:
        message.get_by_role("button", name="Answer").click()
        dialog = message.page.get_by_role("dialog")
        expect(dialog).to_contain_text("unlinkable after close")
        groups = dialog.get_by_role("radiogroup").or_(dialog.get_by_role("group")).filter(has=message.page.get_by_role("radio"))
        for n, group in enumerate(groups.all()):
            choices = group.get_by_role("radio")
            choices.nth(min((3, 2, 4)[n % 3], choices.count() - 2)).check()
        dialog.locator(".dialog-body").evaluate("each => each.scrollTo(0, 0)")
        keep(message.page, "survey-form", dialog)
        dialog.locator("button[type=submit]").click()
        expect(dialog).to_contain_text("You answered.")
        keep(message.page, "survey-receipt", dialog)


def results(browser: Browser, playground: Playground) -> None:
    """What was released of the last wave of a survey, whole."""
    with seated(browser, playground, "U0ADMIN", "C0GENERAL", height=2400) as page:
        answer = answer_to(page, "/pulse results weekly-pulse")
        expect(answer).to_contain_text("answered")
        keep(page, "survey-results", answer, edge=0)


PICTURES: dict[str, Take] = {
    "digest": digest,
    "kpi": kpi,
    "survey-invitation": invitation,
    "survey-form": form,
    "survey-results": results,
}


@contextmanager
def seated(browser: Browser, playground: Playground, person: str, place: str, height: int = 900) -> Iterator[Page]:
    """The page as somebody in a place sees it."""
    context = browser.new_context(
        viewport={"width": 1180, "height": height},
        device_scale_factor=SHARP,
        color_scheme="light",
        locale="en-GB",
        timezone_id="Europe/Oslo",
        reduced_motion="reduce",
    )
    context.add_init_script("localStorage.setItem('barometer-playground-hints', 'seen')")
    page = context.new_page()
    page.set_default_timeout(LONG)
    page.goto(f"{playground.url}/#{person}/{place}")
    page.locator("#app[data-ready]").wait_for()
    yield page
    context.close()


@contextmanager
def invited(browser: Browser, playground: Playground, person: str) -> Iterator[Locator]:
    """The invitation to the open survey, before somebody who is asked."""
    with seated(browser, playground, person, "C0GENERAL") as page:
        page.locator('[data-key="dm-U0BOT"]').click()
        message = page.get_by_role("article").filter(has=page.get_by_role("button", name="Answer")).last
        message.wait_for()
        yield message


def answer_to(page: Page, words: str) -> Locator:
    """Say something, once more if a busy machine answers too late, and see what only you see of the answer."""
    answer = page.locator(".message-ephemeral").last
    for _ in range(TRIES):
        page.locator("#composer-text").fill(words)
        page.locator("#composer-text").press("Enter")
        with suppress(AssertionError):
            expect(answer).to_be_visible(timeout=LONG / TRIES)
            return answer
    raise AssertionError(f"nothing was answered to {words}")


def keep(page: Page, name: str, of: Locator | None = None, edge: int = 6) -> None:
    """Take the picture of the page, or of a thing on it and `edge` CSS pixels around it, once all has come to rest."""
    if of:
        of.evaluate("each => each.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(400)
    box = of.bounding_box() if of else None
    clip = around(page, box, edge) if box else None
    taken = Image.open(BytesIO(page.screenshot(clip=clip, animations="disabled", caret="hide")))
    # Few colours are a third of the size, and look the same.
    taken.convert("RGB").quantize(dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


def around(page: Page, box: Any, edge: int) -> Any:
    """A box with an edge, within the page."""
    width, height = page.evaluate("() => [innerWidth, innerHeight]")
    x, y = max(box["x"] - edge, 0), max(box["y"] - edge, 0)
    return {
        "x": x,
        "y": y,
        "width": min(box["x"] + box["width"] + edge, width) - x,
        "height": min(box["y"] + box["height"] + edge, height) - y,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
