"""A form with every input of a survey, filled in by somebody in the browser."""

from typing import Any

from playwright.sync_api import expect
from slack_sdk import WebClient

from handlers.slack.blocks.modals import Choice, Field, Modal, options, values, view
from playground.server import Playground
from tests.browser.bot import Bot
from tests.browser.conftest import Act


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"Option {n}", f"o{n}") for n in range(count))


FIELDS = (
    Field("agree", "My tools help me", "one", choices=(*choices(5), Choice("Prefer not to say", "declined"))),
    Field("few", "What slows you down?", "several", choices=choices(4)),
    Field("many", "Which of these do you use?", "several", choices=choices(12)),
    Field("groups", "Who is asked?", "searches", source="groups"),
    Field("people", "Who else?", "people"),
    Field("where", "In which channels?", "channels"),
    Field("hours", "How long did it take?", "number"),
    Field("why", "Why?", "long", optional=True),
    Field("why.declined", "Of the last question", "check", placeholder="Prefer not to say", optional=True),
)


def test_every_input_of_a_survey_can_be_filled_in(sit: Act, bot: Bot, playground: Playground) -> None:
    """What is required is asked for; then everything comes back as it was chosen."""

    def opened(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        ack()
        form = view(Modal("survey", "Weekly pulse", FIELDS, submit="Send"), "{}")
        client.views_open(trigger_id=body["trigger_id"], view=form)

    def sent(ack: Any, body: dict[str, Any]) -> None:
        ack()
        bot.seen.append(body)

    bot.app.command("/digest")(opened)
    bot.app.options("groups")(lambda ack: ack(options=options((Choice("@ml-oncall", "S0MLOPS"),))["options"]))
    bot.app.view("survey")(sent)
    page = sit("U0MLENG")
    page.locator("#composer-text").fill("/digest")
    page.locator("#composer-text").press("Enter")
    form = page.get_by_role("dialog", name="Weekly pulse")
    form.get_by_role("button", name="Send").click()
    for name in ("agree", "few", "many", "groups", "people", "where", "hours"):
        expect(form.locator(f"[data-field={name}] .field-error")).to_have_text("Please complete this required field.")
    form.get_by_role("radio", name="Option 3").check()
    few = form.get_by_role("group", name="What slows you down?")
    few.get_by_role("checkbox", name="Option 0").check()
    few.get_by_role("checkbox", name="Option 2").check()
    many = form.get_by_role("combobox", name="Which of these do you use?")
    many.click()
    page.get_by_role("option", name="Option 11").click()
    page.get_by_role("option", name="Option 4").click()
    page.keyboard.press("Escape")
    for label, option in (("Who is asked?", "@ml-oncall"), ("Who else?", "Ada"), ("In which channels?", "general")):
        form.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=option).first.click()
        page.keyboard.press("Escape")
    form.get_by_label("How long did it take?").fill("many")
    form.get_by_role("checkbox", name="Prefer not to say").check()
    form.get_by_role("button", name="Send").click()
    expect(form.locator("[data-field=hours] .field-error")).to_have_text("Please enter a number.")
    form.get_by_label("How long did it take?").fill("7.5")
    form.get_by_role("button", name="Send").click()
    expect(form).to_have_count(0)
    found = values(bot.submitted()[-1])
    assert found.texts == {
        "agree": "o3",
        "few": "o0,o2",
        "many": "o11,o4",
        "groups": "S0MLOPS",
        "people": "U0ADMIN",
        "where": "C0GENERAL",
        "hours": "7.5",
        "why": "",
        "why.declined": "yes",
    }
