"""The page in a real browser: what people do, from the keyboard and with a pointer."""

import json
import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from playground import posting
from playground.server import Playground
from tests.browser.bot import Bot
from tests.browser.conftest import Act


def send(page: Page, words: str) -> None:
    page.locator("#composer-text").fill(words)
    page.locator("#composer-text").press("Enter")


def test_somebody_else_sits_down_and_sees_their_own_channels(sit: Act, bot: Bot) -> None:
    """The switcher names people with their titles; private channels follow the person."""
    page = sit("U0MLENG")
    rail = page.get_by_role("navigation")
    expect(rail.get_by_role("button", name="risk-board")).to_have_count(0)
    page.get_by_role("button", name=re.compile("Acting as")).click()
    page.get_by_role("menuitemradio", name=re.compile("Rosa.*Risk officer")).click()
    expect(page.locator(".switcher-name")).to_have_text("Rosa")
    expect(rail.get_by_role("button", name="risk-board")).to_be_visible()
    page.keyboard.press("Alt+Digit2")
    expect(page.locator(".switcher-name")).to_have_text("Milo")
    expect(page).to_have_url(re.compile("#U0MLENG/C0GENERAL"))


def test_a_message_reaches_the_others_at_once(sit: Act, bot: Bot) -> None:
    """Two windows: what one writes, with several lines and a mention, the other reads; unread ones are counted."""
    milo, sana = sit("U0MLENG"), sit("U0SRE", "C0MLOPS")
    milo.locator("#composer-text").fill("*Deployed*")
    milo.locator("#composer-text").press("Shift+Enter")
    milo.keyboard.type("see @sana")
    milo.keyboard.press("Escape")
    milo.keyboard.press("Enter")
    expect(milo.locator("#composer-text")).to_have_value("")
    entry = sana.get_by_role("button", name="general, 1 new")
    entry.click()
    message = sana.get_by_role("article").last
    expect(message.locator("strong")).to_have_text("Deployed")
    expect(message.locator(".mention-me")).to_have_text("@Sana")
    expect(sana.get_by_role("button", name="general, 1 new")).to_have_count(0)


def test_commands_complete_while_typing_and_come_back_with_the_arrow(sit: Act, bot: Bot) -> None:
    """The list narrows; Tab takes the first; the usage stays in sight; up brings back what was sent."""
    page = sit("U0MLENG")
    page.locator("#composer-text").press_sequentially("/")
    options = page.get_by_role("option")
    expect(options).to_have_count(3)
    page.keyboard.type("di")
    expect(options).to_have_count(1)
    expect(options.first).to_contain_text("Read and schedule digests")
    page.keyboard.press("Tab")
    expect(page.locator("#composer-text")).to_have_value("/digest ")
    expect(page.locator(".composer-hint")).to_contain_text("preview NAME")
    page.locator("#composer-text").fill("/kpi show mttr")
    page.keyboard.press("Enter")
    expect(page.locator(".message-ephemeral")).to_contain_text("show mttr")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#composer-text")).to_have_value("/kpi show mttr")


def test_what_is_said_to_one_person_is_seen_by_that_person_only(sit: Act, bot: Bot) -> None:
    """An ephemeral answer carries its mark, and is not there for others."""
    milo, sana = sit("U0MLENG"), sit("U0SRE")
    send(milo, "/kpi list")
    whisper = milo.locator(".message-ephemeral")
    expect(whisper).to_contain_text("Only visible to you")
    expect(whisper).to_contain_text("list only for you")
    send(milo, "done")
    expect(sana.get_by_role("article")).to_have_count(1)
    expect(sana.locator(".message-ephemeral")).to_have_count(0)


def test_a_click_reaches_the_app_and_its_message_changes(sit: Act, bot: Bot, playground: Playground) -> None:
    """Buttons, a confirm dialog answered with no and with yes, a select: each tells the app exactly once."""
    page = sit("U0MLENG")
    send(page, "/kpi buttons")
    page.get_by_role("button", name="Withdraw").click()
    dialog = page.get_by_role("dialog", name="Withdraw?")
    expect(dialog).to_contain_text("It cannot be undone.")
    dialog.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Withdraw").click()
    dialog.get_by_role("button", name="Withdraw").click()
    playground.wait_for(lambda: [a["action_id"] for a in bot.actions()] == ["drop"])
    page.get_by_role("combobox", name="Grain").click()
    page.get_by_role("option", name="Week").click()
    playground.wait_for(lambda: bot.actions()[-1].get("selected_option", {}).get("value") == "w")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("article").last).to_contain_text("Clicked 1 times")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("article").last).to_contain_text("Clicked 2 times")
    expect(page.get_by_role("article").last).to_contain_text("(edited)")


def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(sit: Act, bot: Bot, playground: Playground) -> None:
    """Required fields, limits, the app's own errors at their fields, then success; the external select asks the app."""
    page = sit("U0MLENG")
    send(page, "/kpi form")
    form = page.get_by_role("dialog", name="Record a value")
    expect(form.get_by_role("note")).to_contain_text("provisional")
    form.get_by_role("button", name="Save").click()
    expect(form.locator("[data-field=name] .field-error")).to_have_text("Please complete this required field.")
    expect(form.get_by_label("Name")).to_be_focused()
    expect(form.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Name").fill("taken")
    form.get_by_label("Value").fill("101")
    kpi = form.get_by_role("combobox", name="KPI")
    kpi.click()
    expect(page.get_by_text("Type to search")).to_be_visible()
    kpi.press_sequentially("auc")
    page.get_by_role("option", name="model-auc").click()
    form.get_by_role("button", name="Save").click()
    expect(form.locator("[data-field=value] .field-error")).to_contain_text("at most 100")
    form.get_by_label("Value").fill("0.94")
    form.get_by_role("combobox", name="Readers").fill("sa")
    page.get_by_role("option", name="Sana").click()
    form.get_by_role("button", name="Save").click()
    expect(form.locator("[data-field=name] .field-error")).to_have_text("This name is taken: choose another one.")
    form.get_by_label("Name").fill("free")
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    values = bot.submitted()[-1]
    assert values["name"]["name"]["value"] == "free"
    assert values["value"]["value"]["value"] == "0.94"
    assert values["kpi"]["kpi"]["selected_option"]["value"] == "model-auc"
    assert values["readers"]["readers"]["selected_users"] == ["U0SRE"]
    assert values["pace"]["pace"]["selected_option"]["value"] == "w"
    assert values["note"]["note"]["value"] is None


def test_a_second_form_stands_on_the_first_and_both_go(sit: Act, bot: Bot, playground: Playground) -> None:
    """Push, go back to what was typed, push again, clear."""
    page = sit("U0MLENG")
    send(page, "/kpi form")
    first = page.get_by_role("dialog", name="Record a value")
    first.get_by_label("Name").fill("again")
    first.get_by_label("Value").fill("1")
    first.get_by_role("combobox", name="KPI").fill("mttr")
    page.get_by_role("option", name="mttr").click()
    first.get_by_role("button", name="Save").click()
    second = page.get_by_role("dialog", name="Are you sure?")
    second.get_by_role("button", name="Cancel").click()
    expect(first.get_by_label("Name")).to_have_value("again")
    expect(first.get_by_role("combobox", name="KPI")).to_have_value("mttr")
    first.get_by_role("button", name="Save").click()
    second.get_by_role("button", name="Yes").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_leaving_a_form_is_told_to_the_app(sit: Act, bot: Bot, playground: Playground) -> None:
    """Escape closes it, notify_on_close is honoured, and the focus comes back."""
    page = sit("U0MLENG")
    send(page, "/kpi form")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    playground.wait_for(lambda: any(b.get("type") == "view_closed" for b in bot.seen))
    expect(page.locator("#composer-text")).to_be_focused()


def test_a_thread_is_read_and_answered_beside_the_channel(sit: Act, bot: Bot) -> None:
    """A reply counts at its root for everybody; the bot answers a mention in the thread."""
    milo, sana = sit("U0MLENG"), sit("U0SRE")
    send(milo, "Shall we retrain?")
    root = sana.get_by_role("article").last
    root.hover()
    root.get_by_role("button", name="Reply in thread").click()
    thread = sana.get_by_role("region", name="Thread")
    thread.get_by_role("combobox").fill("Yes, tonight.")
    thread.get_by_role("combobox").press("Enter")
    expect(thread.get_by_role("article")).to_have_count(2)
    expect(milo.get_by_role("button", name="1 reply")).to_be_visible()
    expect(milo.get_by_role("article")).to_have_count(1)
    thread.get_by_role("button", name="Close the thread").click()
    expect(thread).to_have_count(0)
    send(milo, "@barometer hello")
    expect(milo.get_by_role("button", name="1 reply")).to_have_count(2)
    milo.get_by_role("button", name="1 reply").last.click()
    expect(milo.get_by_role("region", name="Thread").get_by_role("article").last).to_contain_text("Here.")


def test_a_reaction_is_given_and_taken_back_and_a_new_channel_appears(sit: Act, bot: Bot, playground: Playground) -> None:
    """A pushpin stands under the message for everybody; a channel that the bot makes is in the rail of its people alone."""
    milo, sana = sit("U0MLENG"), sit("U0SRE")
    send(milo, "p99 is up")
    milo.get_by_role("article").last.hover()
    milo.get_by_role("article").last.get_by_role("button", name="React with a pushpin").click()
    given = sana.get_by_role("button", name=":pushpin:, 1, Milo")
    expect(given).to_have_text("📌1")
    given.click()
    expect(milo.get_by_role("button", name=":pushpin:, 2, Milo, Sana")).to_be_visible()
    sana.get_by_role("button", name=":pushpin:, 2, Milo, Sana").click()
    expect(milo.get_by_role("button", name=":pushpin:, 1, Milo")).to_be_visible()
    made = posting.open_channel(playground.slack, "inc-1-leak", playground.slack.app.bot_user_id, private=True)
    playground.invite("U0SRE", made.id)
    expect(sana.get_by_role("navigation").get_by_role("button", name="inc-1-leak")).to_be_visible()
    expect(milo.get_by_role("navigation").get_by_role("button", name="inc-1-leak")).to_have_count(0)


def test_home_is_drawn_and_its_button_opens_a_form(sit: Act, bot: Bot, playground: Playground) -> None:
    """What the app publishes for a person stands on their Home, also when the page was opened there."""
    page = sit("U0EXEC", "home")
    home = page.get_by_role("region", name="Barometer Home")
    expect(home.locator(".header")).to_have_text("Your KPIs")
    expect(home.locator(".mention-me")).to_have_text("@Elias")
    home.get_by_role("button", name="Record a value").click()
    expect(page.get_by_role("dialog", name="Record a value")).to_be_visible()
    assert bot.seen[-1]["view"]["type"] == "home"


def test_the_log_shows_each_request_and_why_one_was_refused(sit: Act, bot: Bot, playground: Playground) -> None:
    """A command shows on the wire; trouble made on the page meets the bot, and is counted as refused."""
    page = sit("U0MLENG")
    page.get_by_role("button", name="Over the wire").click()
    log = page.get_by_role("region", name="What went over the wire")
    send(page, "/kpi list")
    expect(log.get_by_text("/kpi list")).to_be_visible()
    log.get_by_role("button", name="Make trouble").click()
    page.get_by_role("menuitem", name=re.compile("Answer 500")).click()
    expect(page.get_by_role("status").get_by_text("Trouble is set up")).to_be_visible()
    assert playground.slack.faults.listing()[0]["kind"] == "http_500"
    playground.slack.faults.clear()
    playground.slack.journal.write("bot→slack", "chat.postMessage", "not_in_channel", 3.0, args={"token": "xoxb-secret"})
    log.get_by_role("button", name="Refused only").click()
    entry = log.get_by_role("listitem")
    expect(entry).to_have_count(1)
    expect(entry).to_contain_text("invite it first")
    entry.locator("summary").click()
    expect(entry.locator("pre")).not_to_contain_text("secret")


def test_a_refusal_says_what_happened(sit: Act, playground: Playground) -> None:
    """Without an app the command fails in words, and what was typed is not lost."""
    page = sit("U0MLENG")
    expect(page.locator(".status")).to_have_attribute("title", "Barometer is not connected")
    send(page, "/kpi list")
    expect(page.get_by_role("alert")).to_contain_text("dispatch_failed")
    expect(page.locator("#composer-text")).to_have_value("/kpi list")


def test_an_app_that_answers_too_late_is_named(sit: Act, bot: Bot) -> None:
    """Three seconds are what Slack gives."""
    page = sit("U0MLENG")
    send(page, "/slow")
    expect(page.get_by_role("alert")).to_contain_text("operation_timeout", timeout=10_000)
    expect(page.get_by_role("alert")).to_contain_text("within 3 seconds")


def test_a_file_is_attached_with_its_comment(sit: Act, bot: Bot) -> None:
    """It stands in the message with name and size, for the others too."""
    milo, sana = sit("U0MLENG"), sit("U0SRE")
    milo.locator("#composer-text").fill("The import")
    milo.locator("#composer-text ~ * input[type=file]").set_input_files(
        {"name": "values.csv", "mimeType": "text/csv", "buffer": b"kpi,value\nmttr,1.9\n"}
    )
    card = sana.locator(".filecard")
    expect(card).to_contain_text("values.csv")
    expect(card).to_contain_text("19 B")
    expect(sana.get_by_role("article").last).to_contain_text("The import")
    expect(milo.locator("#composer-text")).to_have_value("")


def test_the_clock_travels_to_next_monday(sit: Act, bot: Bot, playground: Playground) -> None:
    """The chip shows the person's own time; the workspace goes where one chose, in that person's zone."""
    page = sit("U0EXEC")
    page.locator(".clock").click()
    page.get_by_role("button", name="Next Monday 09:00").click()
    expect(page.locator(".clock")).to_contain_text(re.compile(r"Mon \d+ \w+ 09:00"))
    now = playground.workspace.now()
    assert (now.weekday(), now.hour) in ((0, 13), (0, 14))  # 09:00 in New York


def test_a_stranger_to_a_channel_can_join_it(sit: Act, bot: Bot) -> None:
    """A public channel can be read before joining; writing needs joining."""
    page = sit("U0MLENG", "C0LEADERS")
    expect(page.locator("#composer-text")).to_have_count(0)
    page.get_by_role("button", name="Join channel").click()
    send(page, "hello")
    expect(page.get_by_role("article").last).to_contain_text("hello")


def test_direct_messages_open_from_the_rail(sit: Act, bot: Bot) -> None:
    """Both sides find the same conversation, and the other one is told of it."""
    milo, sana = sit("U0MLENG"), sit("U0SRE")
    milo.get_by_role("navigation").get_by_role("button", name="Sana").click()
    expect(milo.locator(".channel-name bdi")).to_have_text("Sana")
    send(milo, "psst")
    sana.get_by_role("navigation").get_by_role("button", name="Milo, 1 new").click()
    expect(sana.get_by_role("article").last).to_contain_text("psst")


def test_the_hints_are_shown_once_and_put_a_command_ready(sit: Act, bot: Bot) -> None:
    """The third one sits down as the executive first; dismissed hints stay away, and come back on request."""
    page = sit("U0MLENG", hints=True)
    hints = page.get_by_role("region", name="Three things to try")
    hints.get_by_role("button", name=re.compile("executive-monthly")).click()
    expect(page.locator("#composer-text")).to_have_value("/digest preview executive-monthly")
    expect(page.locator(".switcher-name")).to_have_text("Elias")
    hints.get_by_role("button", name="Dismiss the hints").click()
    page.reload()
    page.get_by_text("Acting as").wait_for()
    expect(hints).to_have_count(0)
    page.get_by_role("button", name="Three things to try").click()
    expect(hints).to_be_visible()


def test_everything_is_reached_from_the_keyboard(sit: Act, bot: Bot) -> None:
    """Skip link, switcher, command, form with select and radio, submit: no pointer at all."""
    page = sit("U0MLENG")
    page.locator("body").press("Shift+Tab")
    page.locator(".switcher-button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".switcher-name")).to_have_text("Sana")
    expect(page.locator("#composer-text")).to_be_focused()
    page.keyboard.type("/kp")
    page.keyboard.press("Enter")
    page.keyboard.type("form")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("keys")
    page.keyboard.press("Tab")
    page.keyboard.type("7")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("up")
    expect(page.get_by_role("option", name="uptime")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    values = bot.submitted()[-1]
    assert values["kpi"]["kpi"]["selected_option"]["value"] == "uptime"
    assert values["pace"]["pace"]["selected_option"]["value"] == "m"


def test_the_focus_stays_inside_a_form(sit: Act, bot: Bot) -> None:
    """Tab never reaches the page behind it."""
    page = sit("U0MLENG")
    send(page, "/kpi form")
    expect(page.get_by_role("dialog")).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))")


def test_the_page_comes_back_after_a_break(sit: Act, bot: Bot, playground: Playground) -> None:
    """When the line is cut, the page says so, reconnects by itself, and shows what it missed."""
    page = sit("U0MLENG")
    lines = []

    def connect(line: WebSocketRoute) -> None:
        lines.append(line)
        line.connect_to_server()

    page.route_web_socket(re.compile("/play/events"), connect)
    page.reload()
    expect(page.locator(".status")).to_have_attribute("data-state", "good")
    lines[0].close()
    playground.say("U0SRE", "C0GENERAL", "while you were away")
    expect(page.get_by_role("article").last).to_contain_text("while you were away")
    expect(page.locator(".status")).to_have_attribute("data-state", "good")
    assert len(lines) == 2


@pytest.mark.parametrize("width", [360, 768])
def test_a_narrow_window_has_everything(sit: Act, bot: Bot, width: int) -> None:
    """No sideways scrolling; the rail opens from its button and goes away after a choice."""
    page = sit("U0MLENG", width=width, height=720)
    send(page, "/kpi buttons")
    expect(page.get_by_role("button", name="Count")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 360:
        expect(page.get_by_role("button", name="ml-ops")).not_to_be_visible()
        page.get_by_role("button", name="People and channels").click()
    page.get_by_role("button", name="ml-ops").click()
    expect(page.locator(".channel-name")).to_have_text("ml-ops")
    if width == 360:
        expect(page.get_by_role("button", name="product-ai")).not_to_be_visible()


def test_nothing_is_fetched_from_outside_and_nothing_runs_inline(sit: Act, bot: Bot, playground: Playground) -> None:
    """Every request goes to the playground; the policy forbids the rest."""
    page = sit("U0MLENG")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.get_by_text("Acting as").wait_for()
    assert asked
    assert {url.split("/")[2] for url in asked} == {playground.url.split("/")[2]}
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content") or ""
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    html = page.request.get(playground.url).text()
    assert " style=" not in html
    assert not re.search(r"\son\w+=", html)
    assert json.loads(page.request.get(f"{playground.url}/play/state").text())["people"]
