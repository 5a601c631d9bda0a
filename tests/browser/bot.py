"""A small app on the real protocol, for the page to talk to."""

import re
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from handlers.slack.socket import hang_up
from playground.server import Playground
from tests.browser.gallery import FORM_VIEW, option, plain, section

Json = dict[str, Any]

KPIS = ["mttr", "mttd", "model-auc", "model-f1", "uptime"]

MANIFEST: Json = {
    "features": {
        "bot_user": {"display_name": "Barometer"},
        "slash_commands": [
            {"command": "/kpi", "description": "Read and record KPIs", "usage_hint": "list | show NAME | record NAME value"},
            {"command": "/digest", "description": "Read and schedule digests", "usage_hint": "list | preview NAME | send NAME"},
            {"command": "/slow", "description": "Answers too late", "usage_hint": ""},
        ],
    },
    "oauth_config": {
        "scopes": {"bot": ["chat:write", "commands", "im:history", "channels:history", "users:read", "files:read"]}
    },
    "settings": {"event_subscriptions": {"bot_events": ["app_home_opened", "app_mention", "message.im"]}},
}


class Bot:
    """Answers /kpi; remembers what it was sent."""

    def __init__(self, playground: Playground) -> None:
        self.seen: list[Json] = []
        client = WebClient(playground.bot_token, base_url=playground.api_url)
        self.app = App(client=client, token_verification_enabled=False, logger=None)
        self._listen()
        self._handler = SocketModeHandler(self.app, playground.app_token, web_client=client)

    def start(self) -> None:
        self._handler.connect()

    def stop(self) -> None:
        hang_up(self._handler.client)

    def actions(self) -> list[Json]:
        return [a for body in self.seen for a in body.get("actions", [])]

    def submitted(self) -> list[Json]:
        return [b["view"]["state"]["values"] for b in self.seen if b.get("type") == "view_submission"]

    def _listen(self) -> None:
        self.app.command("/kpi")(self._kpi)
        self.app.command("/slow")(self._slow)
        self.app.action({"type": "block_actions", "action_id": "open"})(self._open)
        self.app.action({"type": "block_actions", "action_id": "count"})(self._count)
        self.app.action({"type": "block_actions", "action_id": "more_fields"})(self._more_fields)
        self.app.action(_ANY)(self._note)
        self.app.options("kpi")(self._suggest)
        self.app.view("form")(self._submit)
        self.app.view("second")(lambda ack: ack({"response_action": "clear"}))
        self.app.view_closed("form")(self._note)
        self.app.event("app_home_opened")(self._home)
        self.app.event("app_mention")(lambda event, say: say(text="Here.", thread_ts=event["ts"]))
        self.app.event("message")(lambda event: None)

    def _kpi(self, ack: Any, command: Json, client: WebClient) -> None:
        self.seen.append(command)
        words = command["text"]
        if words == "form":
            ack()
            client.views_open(trigger_id=command["trigger_id"], view=FORM_VIEW)
        elif words == "buttons":
            ack()
            client.chat_postMessage(channel=command["channel_id"], text="Buttons", blocks=_BUTTONS)
        else:
            ack(text=f"*{words or 'list'}* only for you")

    def _slow(self, command: Json) -> None:
        self.seen.append(command)

    def _open(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        self.seen.append(body)
        client.views_open(trigger_id=body["trigger_id"], view=FORM_VIEW)

    def _count(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        self.seen.append(body)
        clicks = sum(a["action_id"] == "count" for a in self.actions())
        blocks = [section(f"Clicked *{clicks}* times"), _BUTTONS[1]]
        client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="Clicked", blocks=blocks)

    def _more_fields(self, ack: Any, body: Json) -> None:
        ack()
        self.seen.append(body)

    def _note(self, ack: Any, body: Json) -> None:
        ack()
        self.seen.append(body)

    def _suggest(self, ack: Any, payload: Json) -> None:
        typed = payload["value"].lower()
        ack(options=[option(name, name) for name in KPIS if typed in name])

    def _submit(self, ack: Any, body: Json) -> None:
        self.seen.append(body)
        values = body["view"]["state"]["values"]
        if values["name"]["name"]["value"] == "taken":
            ack({"response_action": "errors", "errors": {"name": "This name is taken: choose another one."}})
        elif values["name"]["name"]["value"] == "again":
            view = {
                "type": "modal",
                "callback_id": "second",
                "title": plain("Are you sure?"),
                "submit": plain("Yes"),
                "blocks": [section("It will be *shown* to all.")],
            }
            ack({"response_action": "push", "view": view})
        else:
            ack()

    def _home(self, event: Json, client: WebClient) -> None:
        if event["tab"] != "home":
            return
        blocks = [{"type": "header", "text": plain("Your KPIs")}, section(f"Hello <@{event['user']}>", accessory=_OPEN)]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


_ANY = re.compile(".*")
_OPEN = {"type": "button", "action_id": "open", "text": plain("Record a value"), "value": "x"}
_BUTTONS: list[Json] = [
    section("Clicked *0* times"),
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {"type": "button", "action_id": "count", "text": plain("Count"), "style": "primary", "value": "1"},
            {**_OPEN},
            {
                "type": "button",
                "action_id": "drop",
                "text": plain("Withdraw"),
                "style": "danger",
                "value": "9",
                "confirm": {
                    "title": plain("Withdraw?"),
                    "text": plain("It cannot be undone."),
                    "confirm": plain("Withdraw"),
                    "deny": plain("Keep"),
                },
            },
            {
                "type": "static_select",
                "action_id": "grain",
                "placeholder": plain("Grain"),
                "options": [option("Day", "d"), option("Week", "w")],
            },
        ],
    },
]
