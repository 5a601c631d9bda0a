"""A real Bolt app over Socket Mode: commands, clicks, forms, events, and being late."""

import gc
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient

from handlers.slack.socket import hang_up
from playground.server import Playground

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def field(block_id: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": {"action_id": "a", **element}, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "callback_id": "form", "title": plain("T"), "submit": plain("Go"), "blocks": list(blocks), **more}


GO = {"type": "button", "action_id": "go", "text": plain("Go"), "value": "7"}
BUTTON = {"type": "actions", "block_id": "row", "elements": [GO]}


class Bot:
    """A Bolt app whose listeners are given by each test; `seen` is what they were told."""

    def __init__(self, playground: Playground, client: WebClient) -> None:
        self.app = App(client=client, logger=None)
        self.seen: list[Json] = []
        self.playground = playground
        self._handler = SocketModeHandler(self.app, playground.app_token)

    def connect(self) -> None:
        self._handler.connect()
        self.playground.wait_connected()

    def close(self) -> None:
        hang_up(self._handler.client)


@pytest.fixture(autouse=True)
def _sockets_left_behind() -> Iterator[None]:
    """Slack's client leaves the socket of a connection that was replaced to the garbage collector."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def bot(playground: Playground, client: WebClient) -> Iterator[Bot]:
    bot = Bot(playground, client)
    yield bot
    bot.close()


def open_form(bot: Bot, *blocks: Json, **more: Any) -> Json:
    """Let the bot open a modal on `/form`, and type that."""

    def opener(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal(*blocks, **more))

    bot.app.command("/form")(opener)
    bot.connect()
    assert bot.playground.command("U0SRE", "ml-ops", "/form") == ""
    return bot.playground.wait_for(lambda: bot.playground.view("U0SRE"))


def test_a_command_carries_what_slack_sends(bot: Bot) -> None:
    @bot.app.command("/kpi")
    def kpi(ack: Any, body: Json) -> None:
        bot.seen.append(body)
        ack("only for *you*")

    bot.connect()
    assert bot.playground.command("U0SRE", "ml-ops", "/kpi show <uptime> & more") == ""
    body = bot.seen[0]
    assert body["text"] == "show <uptime> & more"
    assert (body["user_id"], body["channel_id"], body["channel_name"]) == ("U0SRE", "C0MLOPS", "ml-ops")
    assert {"team_id", "team_domain", "user_name", "api_app_id", "response_url", "trigger_id", "token"} <= set(body)
    assert bot.playground.messages("ml-ops") == []
    assert bot.playground.ephemerals("ml-ops", "U0SRE")[0]["text"] == "only for *you*"


def test_an_answer_in_channel_is_for_everybody(bot: Bot) -> None:
    bot.app.command("/kpi")(lambda ack: ack({"response_type": "in_channel", "text": "all"}))
    bot.connect()
    bot.playground.command("U0SRE", "ml-ops", "/kpi")
    assert [m["text"] for m in bot.playground.messages("ml-ops")] == ["all"]


def test_wrong_blocks_in_an_ack_are_not_shown_and_said(bot: Bot) -> None:
    bot.app.command("/kpi")(lambda ack: ack({"text": "x", "blocks": [{"type": "section"}]}))
    bot.connect()
    assert "invalid_blocks" in bot.playground.command("U0SRE", "ml-ops", "/kpi")
    assert bot.playground.ephemerals("ml-ops", "U0SRE") == []


def test_a_late_ack_is_dropped_and_shown_to_be_late(bot: Bot) -> None:
    @bot.app.command("/slow")
    def slow(ack: Any) -> None:
        time.sleep(0.6)
        ack("too late")

    bot.connect()
    bot.playground.slack.socket.ack_seconds = 0.1
    assert "operation_timeout" in bot.playground.command("U0SRE", "ml-ops", "/slow")
    late = bot.playground.wait_for(lambda: bot.playground.log("late ack of /slow"))[0]
    assert late["error"] == "operation_timeout"
    assert late["ms"] >= 600
    assert bot.playground.ephemerals("ml-ops", "U0SRE") == []


def test_without_an_app_the_person_is_told(playground: Playground) -> None:
    assert "dispatch_failed" in playground.command("U0SRE", "ml-ops", "/kpi")


def test_a_click_brings_the_message_and_answers_through_its_url(bot: Bot, client: WebClient) -> None:
    @bot.app.action("go")
    def go(ack: Any, body: Json, respond: Any) -> None:
        ack()
        bot.seen.append(body)
        respond("only you")
        respond("all of you", response_type="in_channel")
        respond("instead", replace_original=True)

    bot.connect()
    client.chat_postMessage(channel="C0MLOPS", text="press", blocks=[BUTTON])
    assert bot.playground.click("U0SRE", bot.playground.messages("ml-ops")[0], "go", channel="ml-ops") == ""
    bot.playground.wait_for(lambda: bot.playground.messages("ml-ops")[0]["text"] == "instead")
    body = bot.seen[0]
    assert body["container"]["type"] == "message"
    assert body["message"]["text"] == "press"
    assert (body["actions"][0]["action_id"], body["actions"][0]["value"], body["actions"][0]["block_id"]) == ("go", "7", "row")
    assert [m["text"] for m in bot.playground.messages("ml-ops")] == ["instead", "all of you"]
    assert "blocks" not in bot.playground.messages("ml-ops")[0]
    assert [m["text"] for m in bot.playground.ephemerals("ml-ops", "U0SRE")] == ["only you"]


def test_an_ephemeral_message_can_be_clicked_replaced_and_deleted(bot: Bot, client: WebClient) -> None:
    @bot.app.action("go")
    def go(ack: Any, body: Json, respond: Any) -> None:
        ack()
        bot.seen.append(body)
        respond(text="again", blocks=[BUTTON], replace_original=True) if len(bot.seen) == 1 else respond(delete_original=True)

    bot.connect()
    client.chat_postEphemeral(channel="C0MLOPS", user="U0SRE", text="press", blocks=[BUTTON])
    ours = lambda: bot.playground.ephemerals("ml-ops", "U0SRE")  # noqa: E731
    bot.playground.click("U0SRE", ours()[0], "go", channel="ml-ops")
    bot.playground.wait_for(lambda: ours()[0]["text"] == "again")
    assert bot.seen[0]["container"]["is_ephemeral"] is True
    assert "message" not in bot.seen[0]
    bot.playground.click("U0SRE", ours()[0], "go", channel="ml-ops")
    bot.playground.wait_for(lambda: ours() == [])


def test_a_choice_in_a_message_is_remembered_in_its_state(bot: Bot, client: WebClient) -> None:
    options = [{"text": plain(x), "value": x} for x in "ab"]
    select = {"type": "static_select", "action_id": "pick", "options": options, "initial_option": options[0]}
    row = {"type": "actions", "block_id": "row", "elements": [select, GO]}
    bot.app.action("pick")(lambda ack, body: (ack(), bot.seen.append(body)))
    bot.app.action("go")(lambda ack, body: (ack(), bot.seen.append(body)))
    bot.connect()
    client.chat_postMessage(channel="C0MLOPS", text="pick", blocks=[row])
    message = bot.playground.messages("ml-ops")[0]
    bot.playground.click("U0SRE", message, "go", channel="ml-ops")
    bot.playground.click("U0SRE", message, "pick", {"selected_option": options[1]}, channel="ml-ops")
    bot.playground.click("U0SRE", message, "go", channel="ml-ops")
    bot.playground.wait_for(lambda: len(bot.seen) == 3)
    chosen = [b["state"]["values"]["row"]["pick"]["selected_option"]["value"] for b in bot.seen]
    assert chosen == ["a", "b", "b"]


def test_a_client_cannot_send_what_the_element_does_not_offer(bot: Bot, client: WebClient) -> None:
    bot.connect()
    client.chat_postMessage(channel="C0MLOPS", text="press", blocks=[BUTTON])
    with pytest.raises(Exception, match="invalid_action"):
        bot.playground.click("U0SRE", bot.playground.messages("ml-ops")[0], "go", {"value": "8"}, channel="ml-ops")


def test_untouched_fields_are_submitted_as_they_were_prefilled(bot: Bot) -> None:
    bot.app.view("form")(lambda ack, view: (ack(), bot.seen.append(view["state"]["values"])))
    option = {"text": plain("o"), "value": "o"}
    view = open_form(
        bot,
        field("text", {"type": "plain_text_input", "initial_value": "before"}),
        field("many", {"type": "multi_static_select", "options": [option], "initial_options": [option]}),
        field("day", {"type": "datepicker", "initial_date": "2026-11-24"}),
        field("empty", {"type": "plain_text_input"}, optional=True),
    )
    assert bot.playground.submit("U0SRE", view, {"text": {"a": {"value": "after"}}}) == {"ok": True}
    assert bot.seen[0] == {
        "text": {"a": {"type": "plain_text_input", "value": "after"}},
        "many": {"a": {"type": "multi_static_select", "selected_options": [option]}},
        "day": {"a": {"type": "datepicker", "selected_date": "2026-11-24"}},
        "empty": {"a": {"type": "plain_text_input", "value": None}},
    }
    assert bot.playground.view("U0SRE") is None


def test_the_client_holds_back_what_is_missing_or_out_of_range(bot: Bot) -> None:
    bot.app.view("form")(lambda ack: (ack(), bot.seen.append({})))
    number = {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"}
    view = open_form(bot, field("text", {"type": "plain_text_input", "min_length": 2, "max_length": 3}), field("n", number))

    def errors(text: str, n: str) -> set[str]:
        answer = bot.playground.submit("U0SRE", view, {"text": {"a": {"value": text}}, "n": {"a": {"value": n}}})
        return set(answer["errors"])

    assert errors("", "5") == {"text"}
    assert errors("x", "5") == {"text"}
    assert errors("xxxx", "10") == {"text", "n"}
    assert errors("xx", "1.5") == {"n"}
    assert errors("xx", "NaN") == {"n"}
    assert errors("xx", "many") == {"n"}
    assert bot.seen == []


def test_a_submission_can_be_refused_by_field(bot: Bot) -> None:
    @bot.app.view("form")
    def form(ack: Any, view: Json) -> None:
        bot.seen.append(view)
        block_id = "text" if len(bot.seen) == 1 else "nowhere"
        ack(response_action="errors", errors={block_id: "Not so."})

    view = open_form(bot, field("text", {"type": "plain_text_input", "initial_value": "x"}))
    assert bot.playground.submit("U0SRE", view) == {"errors": {"text": "Not so."}}
    assert "trouble connecting" in bot.playground.submit("U0SRE", view)["note"]
    assert bot.playground.view("U0SRE") is not None


def test_a_modal_is_updated_in_place_and_pushed_upon(bot: Bot) -> None:
    @bot.app.view("form")
    def form(ack: Any) -> None:
        ack(response_action="update", view=modal(field("text", {"type": "plain_text_input"}), callback_id="second"))

    @bot.app.view("second")
    def second(ack: Any, view: Json) -> None:
        bot.seen.append(view)
        top = modal(field("t", {"type": "plain_text_input"}, optional=True), callback_id="third", notify_on_close=True)
        ack(response_action="push", view=top)

    bot.app.view("third")(lambda ack: ack(response_action="clear"))
    first = open_form(bot, field("text", {"type": "plain_text_input", "initial_value": "x"}))
    bot.playground.submit("U0SRE", first)
    updated = bot.playground.view("U0SRE")
    assert updated is not None
    assert (updated["id"], updated["callback_id"]) == (first["id"], "second")
    assert updated["hash"] != first["hash"]
    bot.playground.submit("U0SRE", updated, {"text": {"a": {"value": "y"}}})
    pushed = bot.playground.view("U0SRE")
    assert pushed is not None
    assert (pushed["previous_view_id"], pushed["root_view_id"]) == (first["id"], first["id"])
    assert bot.playground.submit("U0SRE", pushed) == {"ok": True}
    assert bot.playground.view("U0SRE") is None


def test_an_invalid_view_in_an_ack_is_refused(bot: Bot) -> None:
    bot.app.view("form")(lambda ack: ack(response_action="update", view={"type": "modal", "blocks": []}))
    view = open_form(bot, field("text", {"type": "plain_text_input", "initial_value": "x"}))
    assert "invalid_arguments" in bot.playground.submit("U0SRE", view)["note"]
    assert bot.playground.log("answer to view_submission")[0]["detail"]["response_metadata"]["messages"]


def test_a_late_submission_keeps_the_modal_open(bot: Bot) -> None:
    @bot.app.view("form")
    def form(ack: Any) -> None:
        time.sleep(0.6)
        ack()

    view = open_form(bot, field("text", {"type": "plain_text_input", "initial_value": "x"}))
    bot.playground.slack.socket.ack_seconds = 0.1
    assert "operation_timeout" in bot.playground.submit("U0SRE", view)["note"]
    assert bot.playground.view("U0SRE") is not None
    bot.playground.wait_for(lambda: bot.playground.log("late ack of view_submission"))


def test_closing_is_told_when_asked_for(bot: Bot) -> None:
    bot.app.view_closed("form")(lambda ack, body: (ack(), bot.seen.append(body)))
    view = open_form(bot, field("text", {"type": "plain_text_input", "initial_value": "x"}), notify_on_close=True)
    bot.playground.close("U0SRE", view)
    assert bot.seen[0]["view"]["id"] == view["id"]
    assert bot.seen[0]["view"]["state"] == {"values": {}}
    assert bot.seen[0]["is_cleared"] is False


def test_an_action_in_a_modal_has_its_view_and_keeps_what_was_entered(bot: Bot, client: WebClient) -> None:
    @bot.app.action("go")
    def go(ack: Any, body: Json) -> None:
        ack()
        bot.seen.append(body)
        blocks = [*body["view"]["blocks"][:1], BUTTON]
        client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=modal(*blocks))

    text = field("text", {"type": "plain_text_input"}, dispatch_action=True)
    bot.app.action("a")(lambda ack: ack())
    view = open_form(bot, text, BUTTON)
    bot.playground.click("U0SRE", view, "a", {"value": "typed"})
    bot.playground.click("U0SRE", view, "go")
    bot.playground.wait_for(lambda: (bot.playground.view("U0SRE") or view)["hash"] != view["hash"])
    assert bot.seen[0]["container"] == {"type": "view", "view_id": view["id"]}
    assert "response_url" not in bot.seen[0]
    assert bot.seen[0]["view"]["state"]["values"]["text"]["a"]["value"] == "typed"
    after = bot.playground.view("U0SRE")
    assert after is not None
    assert after["state"]["values"]["text"]["a"]["value"] == "typed"
    with pytest.raises(SlackApiError, match="hash_conflict"):
        client.views_update(view_id=view["id"], hash=view["hash"], view=modal({"type": "divider"}))
    with pytest.raises(SlackApiError, match="not_found"):
        client.views_update(view_id="V0NOWHERE", view=modal({"type": "divider"}))


def test_an_external_select_asks_for_its_options(bot: Bot) -> None:
    @bot.app.options("a")
    def options(ack: Any, body: Json) -> None:
        bot.seen.append(body)
        ack(options=[{"text": plain(body["value"]), "value": body["value"][:150]}])

    view = open_form(bot, field("which", {"type": "external_select"}))
    assert bot.playground.suggest("U0SRE", view, "a", "upt") == {"options": [{"text": plain("upt"), "value": "upt"}]}
    assert (bot.seen[0]["type"], bot.seen[0]["block_id"], bot.seen[0]["view"]["id"]) == (
        "block_suggestion",
        "which",
        view["id"],
    )
    refused = bot.playground.suggest("U0SRE", view, "a", "x" * 76)
    assert refused["options"] == []
    assert bot.playground.log("answer to block_suggestion")[0]["error"] == "invalid_blocks"


def test_a_late_trigger_opens_nothing() -> None:
    with Playground(trigger_seconds=0.0, rate_limits=False) as playground:
        client = WebClient(playground.bot_token, base_url=playground.api_url)
        trigger = playground.slack.triggers.give("U0SRE")
        with pytest.raises(SlackApiError, match="expired_trigger_id"):
            client.views_open(trigger_id=trigger, view=modal({"type": "divider"}))
        assert playground.view("U0SRE") is None


def test_three_modals_on_each_other_are_the_most(playground: Playground, client: WebClient) -> None:
    give = playground.slack.triggers.give
    client.views_open(trigger_id=give("U0SRE"), view=modal({"type": "divider"}))
    for _ in range(2):
        client.views_push(trigger_id=give("U0SRE"), view=modal({"type": "divider"}))
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        client.views_push(trigger_id=give("U0SRE"), view=modal({"type": "divider"}))


def test_shortcuts_global_and_on_a_message(bot: Bot) -> None:
    bot.app.shortcut("report")(lambda ack, body: (ack(), bot.seen.append(body)))
    bot.connect()
    assert bot.playground.shortcut("U0SRE", "report") == ""
    message = bot.playground.say("U0SRE", "ml-ops", "look")
    assert bot.playground.shortcut("U0SRE", "report", message, "ml-ops") == ""
    assert [b["type"] for b in bot.seen] == ["shortcut", "message_action"]
    assert bot.seen[1]["message"]["text"] == "look"


def test_events_of_what_people_do(bot: Bot) -> None:
    for kind in ("app_home_opened", "message", "member_joined_channel", "file_shared", "app_mention"):
        bot.app.event(kind)(lambda event, ack: (ack(), bot.seen.append(event)))
    bot.connect()
    bot.playground.workspace.channel("C0PRODUCT").members.remove("U0BOT")
    bot.playground.open_home("U0SRE")
    bot.playground.say("U0SRE", "ml-ops", "hi @barometer <b> #general")
    bot.playground.say("U0EXEC", "product-ai", "unheard")
    bot.playground.invite("U0EXEC", "ml-ops")
    bot.playground.upload("U0SRE", "ml-ops", "a.csv", b"1", "see")
    bot.playground.wait_for(lambda: len(bot.seen) >= 6)
    by_kind = {(e["type"], e.get("subtype")): e for e in bot.seen}
    assert by_kind["app_home_opened", None]["tab"] == "home"
    assert by_kind["message", None]["text"] == "hi <@U0BOT> &lt;b&gt; <#C0GENERAL|general>"
    assert by_kind["message", None]["channel_type"] == "channel"
    assert by_kind["app_mention", None]["user"] == "U0SRE"
    assert by_kind["member_joined_channel", None]["user"] == "U0EXEC"
    assert by_kind["file_shared", None]["channel_id"] == "C0MLOPS"
    assert by_kind["message", "file_share"]["files"][0]["name"] == "a.csv"


def test_an_event_that_nobody_acknowledges_comes_three_times_more(playground: Playground) -> None:
    seen: list[tuple[int | None, str | None]] = []
    raw = SocketModeClient(playground.app_token, web_client=WebClient(base_url=playground.api_url))
    raw.socket_mode_request_listeners.append(
        lambda _client, request: seen.append((request.retry_attempt, request.retry_reason))
    )
    playground.slack.socket.ack_seconds = 0.1
    raw.connect()
    playground.wait_connected()
    playground.open_home("U0SRE")
    playground.wait_for(lambda: len(seen) == 4)
    assert seen == [(0, ""), (1, "http_timeout"), (2, "http_timeout"), (3, "http_timeout")]
    hang_up(raw)


def test_an_event_can_be_sent_twice(bot: Bot) -> None:
    bot.app.event("app_home_opened")(lambda ack, body: (ack(), bot.seen.append(body)))
    bot.connect()
    bot.playground.open_home("U0SRE")
    bot.playground.redeliver("app_home_opened")
    bot.playground.wait_for(lambda: len(bot.seen) == 2)
    assert bot.seen[0]["event_id"] == bot.seen[1]["event_id"]


def test_connections_take_turns_and_come_anew_when_asked(playground: Playground) -> None:
    seen: list[int] = []
    clients = [SocketModeClient(playground.app_token, web_client=WebClient(base_url=playground.api_url)) for _ in range(2)]
    for n, each in enumerate(clients):

        def hear(client: Any, request: Any, n: int = n) -> None:
            seen.append(n)
            client.send_message(f'{{"envelope_id":"{request.envelope_id}"}}')

        each.socket_mode_request_listeners.append(hear)
        each.connect()
    playground.wait_for(lambda: len(playground.slack.socket.connections) == 2)
    for _ in range(4):
        assert playground.command("U0SRE", "ml-ops", "/kpi") == ""
    assert sorted(seen) == [0, 0, 1, 1]
    before = set(playground.slack.socket.connections)
    playground.refresh()
    playground.wait_for(lambda: len(playground.slack.socket.connections) == 2, 20)
    assert not before & set(playground.slack.socket.connections)
    for each in clients:
        hang_up(each)


def test_a_ticket_opens_one_connection(playground: Playground) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    url = WebClient(base_url=playground.api_url).apps_connections_open(app_token=playground.app_token)["url"]
    with connect(url) as socket:
        assert '"hello"' in str(socket.recv())
        with pytest.raises(InvalidStatus), connect(url):
            pass
    playground.wait_for(lambda: not playground.slack.socket.connections)


def test_a_manifest_decides_on_commands_and_events() -> None:
    manifest = {
        "features": {"slash_commands": [{"command": "/kpi", "description": "d"}]},
        "oauth_config": {"scopes": {"bot": ["commands"]}},
        "settings": {"event_subscriptions": {"bot_events": ["app_home_opened"]}},
    }
    with Playground(manifest=manifest, retry_delays=()) as playground:
        assert playground.command("U0SRE", "ml-ops", "/other") == "/other is not a valid command."
        assert "dispatch_failed" in playground.command("U0SRE", "ml-ops", "/kpi")
        playground.say("U0SRE", "ml-ops", "unheard")
        playground.open_home("U0SRE")
        playground.wait_for(lambda: playground.log("event app_home_opened"))
        assert playground.log("event message") == []
