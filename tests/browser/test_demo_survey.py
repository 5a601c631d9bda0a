"""The survey of the example organisation, from its invitation to what is shown of it, by its people in a real browser."""

from playwright.sync_api import Page, expect

from playground.server import Playground
from tests.browser.conftest import Act
from tests.browser.test_demo import LONG, answered, playground, send

__all__ = ["playground"]


def invited(sit: Act, person: str) -> Page:
    """Somebody with their invitation before them."""
    page = sit(person)
    page.locator('[data-key="dm-U0BOT"]').click()
    expect(page.get_by_role("button", name="Answer").last).to_be_visible(timeout=LONG)
    return page


def fill_in(page: Page, nth: int) -> None:
    """Answer every question of the form in whatever way it asks, page by page, until the receipt is there."""
    page.get_by_role("button", name="Answer").last.click()
    form = page.get_by_role("dialog")
    expect(form).to_contain_text("Confidential while open, unlinkable after close", timeout=LONG)
    for _ in range(10):
        groups = form.get_by_role("radiogroup").or_(form.get_by_role("group")).filter(has=page.get_by_role("radio")).all()
        assert groups
        for group in groups:
            group.get_by_role("radio").nth(nth).check()
        form.locator("button[type=submit]").click()
        expect(form.locator(".field-error")).to_have_count(0)
        if form.get_by_text("You answered.").count():
            return
    raise AssertionError("the form had no end")


def test_it_is_answered_changed_and_taken_back(sit: Act, playground: Playground) -> None:
    page = invited(sit, "U0MLENG")
    fill_in(page, 1)
    receipt = page.get_by_role("dialog")
    expect(receipt).to_contain_text("You answered.")
    receipt.get_by_role("button", name="Take my answers back").click()
    expect(receipt).to_contain_text("Your answers are taken back.", timeout=LONG)


def test_its_owner_sees_nothing_before_it_ends(sit: Act, playground: Playground) -> None:
    page = sit("U0ADMIN", "C0GENERAL")
    send(page, "/pulse list")
    answered(page, "kpi-literacy")
    send(page, "/pulse results kpi-literacy")
    answered(page, "nothing is shown before it is closed")
    send(page, "/pulse results weekly-pulse")
    answered(page, "of 20 answered")


def test_a_survey_is_made_and_started_without_a_word_of_yaml(sit: Act, playground: Playground) -> None:
    """Copied, a question changed into another kind, and asked of the people of a user group as well."""
    page = sit("U0ADMIN", "C0GENERAL")
    send(page, "/pulse new from=enps")
    form = page.get_by_role("dialog")
    form.locator("button[type=submit]").click()
    form.get_by_role("button", name="Change").first.click()
    expect(form).to_contain_text("Question 1 of", timeout=LONG)
    form.get_by_role("textbox", name="Question", exact=True).fill("What should we <b>change</b> first? 🎉")
    form.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="One choice").click()
    form.get_by_role("textbox", name="Choices").fill("Meetings\nTools\nاللغة")
    form.locator("button[type=submit]").click()
    expect(form).to_contain_text("What should we <b>change</b> first? 🎉", timeout=LONG)
    expect(form).to_contain_text("(One choice")
    form.get_by_role("button", name="Add a question").click()
    form.get_by_role("textbox", name="Question", exact=True).fill("I can do my best work here.")
    form.locator("button[type=submit]").click()
    expect(form).to_contain_text("I can do my best work here.", timeout=LONG)
    form.get_by_role("button", name="Start").click()
    form.get_by_role("combobox", name="User groups").click()
    page.get_by_role("option", name="@ml-oncall").click()
    page.keyboard.press("Escape")
    form.locator("button[type=submit]").click()
    answered(page, "our-enps #1 is being opened")
