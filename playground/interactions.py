"""What people do, brought to the app as Slack brings it: commands, clicks, choices, forms, shortcuts."""

import time
from dataclasses import dataclass, replace
from typing import Any

from playground import modals
from playground.courier import Answer
from playground.drawing import find_element
from playground.errors import SlackError
from playground.forms import STATE_KEYS, Values, problems, values
from playground.posting import referring
from playground.responses import respond
from playground.slack import Slack
from playground.tickets import Origin
from playground.web_api.call import refused
from playground.web_api.messages import checked_blocks
from playground.web_api.views import check_view
from playground.workspace import Channel, Json, View

TROUBLE = {
    "operation_timeout": "The app did not answer within 3 seconds (operation_timeout).",
    "dispatch_failed": "The app could not be reached (dispatch_failed): is it running and connected?",
    "http_error": "The app answered with an HTTP error (http_error).",
}


@dataclass(frozen=True)
class Spot:
    """Where an element stands: in a message of a channel, or in a view."""

    channel: str = ""
    message_ts: str = ""
    is_ephemeral: bool = False
    view_id: str = ""


@dataclass(frozen=True)
class Handle:
    """An element: where it stands, and its two ids."""

    spot: Spot
    block_id: str
    action_id: str


def read_spot(container: Json) -> Spot:
    """A spot from the page's `container`."""
    if container.get("type") == "view":
        return Spot(view_id=str(container.get("view_id", "")))
    ts = str(container.get("message_ts", ""))
    return Spot(str(container.get("channel") or container.get("channel_id", "")), ts, bool(container.get("is_ephemeral")))


async def command(slack: Slack, user_id: str, channel_id: str, name: str, text: str) -> str:
    """Run a slash command; the note that the client shows the person, empty when all went well."""
    workspace, user, channel = slack.workspace, slack.workspace.person(user_id), slack.workspace.channel(channel_id)
    if not slack.app.accepts_command(name):
        return f"{name} is not a valid command."
    origin = Origin(user_id, channel_id)
    body = {
        "token": slack.app.verification_token,
        "team_id": workspace.team_id,
        "team_domain": workspace.domain,
        "channel_id": channel_id,
        "channel_name": "directmessage" if channel.is_im else "privategroup" if channel.is_private else channel.name,
        "user_id": user_id,
        "user_name": user.name,
        "command": name,
        "text": referring(slack.workspace, text) if slack.app.has_references(name) else text,
        "api_app_id": slack.app.id,
        "is_enterprise_install": "false",
        "response_url": response_url(slack, origin, "commands"),
        "trigger_id": slack.triggers.give(user_id),
    }
    answer = await slack.courier.ask("slash_commands", body, f"{name} {text}".strip())
    if not answer.ok:
        return f"{name} failed with the error “{answer.error}”. {TROUBLE[answer.error]}"
    return _answer_command(slack, origin, answer)


def _answer_command(slack: Slack, origin: Origin, answer: Answer) -> str:
    """Show what a command's ack says: text or JSON, only to the person unless it says `in_channel`."""
    if not answer.payload:
        return ""
    payload = {"text": answer.payload} if isinstance(answer.payload, str) else answer.payload
    try:
        respond(slack, origin, payload)
    except SlackError as problem:
        slack.journal.write("bot→slack", "answer to a command", problem.error, answer=payload, **problem.more)
        return f"The app's answer could not be shown: {problem.error}."
    return ""


def response_url(slack: Slack, origin: Origin, family: str = "actions") -> str:
    """A new address that answers to what the person did."""
    return f"{slack.base_url}/{family}/{slack.workspace.team_id}/{slack.response_urls.give(origin)}"


async def act(slack: Slack, user_id: str, handle: Handle, action: Json, form: Values) -> str:
    """Use an element of a message or a view; the note for the person, empty when all went well."""
    slack.workspace.person(user_id)
    place, block_id, action_id = _place(slack, user_id, handle.spot), handle.block_id, handle.action_id
    element = find_element(place.blocks, block_id, action_id)
    if element is None:
        raise SlackError("element_not_found")
    place.keep(form)
    content = {k: v for k, v in action.items() if k not in ("block_id", "action_id", "action_ts")}
    _refuse_forged(element, content)
    if element["type"] in STATE_KEYS:
        place.keep({block_id: {action_id: content}})
    told = _told(element, content)
    told |= {"block_id": block_id, "action_id": action_id, "action_ts": f"{time.time():.6f}"}
    body = {**_common(slack, user_id, "block_actions"), **place.body(), "actions": [told]}
    answer = await slack.courier.ask("interactive", body, f"block_actions {action_id}")
    return "" if answer.ok else TROUBLE[answer.error]


def _refuse_forged(element: Json, content: Json) -> None:
    """A client can only send what the element offers. Raises SlackError invalid_action."""
    if element["type"] in ("button", "workflow_button") and content.get("value", element.get("value")) != element.get("value"):
        raise SlackError("invalid_action")
    offered = element.get("options") or [o for g in element.get("option_groups") or [] for o in g.get("options", [])]
    chosen = [content.get("selected_option"), *(content.get("selected_options") or [])]
    if offered and any(c is not None and c.get("value") not in {o.get("value") for o in offered} for c in chosen):
        raise SlackError("invalid_action")


def _told(element: Json, content: Json) -> Json:
    """What `actions` says of the element: its kind, the person's choice, and a button's own text and value."""
    told: Json = {**content, "type": element["type"]}
    for key in ("text", "value", "style", "url"):
        if element["type"] == "button" and key in element:
            told[key] = element[key]
    for key in ("initial_option", "initial_options", "initial_date", "placeholder", "confirm"):
        if key in element:
            told[key] = element[key]
    return told


@dataclass
class Place:
    """The message or view in which somebody acts, with what they entered so far."""

    slack: Slack
    user: str
    blocks: list[Json]
    spot: Spot
    view: View | None = None
    channel: Channel | None = None
    message: Json | None = None

    @property
    def entered(self) -> Values:
        if self.view is not None:
            return self.view.values
        return self.slack.workspace.choices.setdefault((self.user, self.spot.channel, self.spot.message_ts), {})

    def keep(self, form: Values) -> None:
        for block_id, fields in form.items():
            self.entered.setdefault(block_id, {}).update(fields)

    def body(self) -> Json:
        """The parts of a payload that tell where."""
        if self.view is not None:
            container: Json = {"type": "view", "view_id": self.view.id}
            return {"container": container, "view": modals.described(self.slack, self.view)}
        if self.channel is None or self.message is None:
            raise SlackError("message_not_found")
        return self._message_body(self.channel, self.message)

    def _message_body(self, channel: Channel, message: Json) -> Json:
        ts, hidden = message["ts"], bool(message.get("is_ephemeral"))
        container = {"type": "message", "message_ts": ts, "channel_id": channel.id, "is_ephemeral": hidden}
        thread_ts = message.get("thread_ts")
        if thread_ts:
            container["thread_ts"] = thread_ts
        origin = Origin(self.user, channel.id, ts, hidden, thread_ts)
        name = "directmessage" if channel.is_im else "privategroup" if channel.is_private else channel.name
        body: Json = {"container": container, "channel": {"id": channel.id, "name": name}}
        body |= {"state": {"values": values(self.blocks, self.entered)}, "response_url": response_url(self.slack, origin)}
        return body if hidden else {**body, "message": message}


def _place(slack: Slack, user_id: str, spot: Spot) -> Place:
    """Raises SlackError when there is no such message or view before this person."""
    if spot.view_id:
        view = _own_view(slack, user_id, spot.view_id)
        return Place(slack, user_id, view.blocks, spot, view)
    channel = slack.workspace.channel(spot.channel)
    if user_id not in slack.workspace.audience(channel):
        raise SlackError("channel_not_found")
    hidden = slack.workspace.ephemerals_of(channel.id, user_id)
    message = next((m for m in hidden if m["ts"] == spot.message_ts), None) or channel.find(spot.message_ts)
    blocks = [*message.get("blocks", []), *(b for a in message.get("attachments", []) for b in a.get("blocks", []))]
    return Place(slack, user_id, blocks, spot, None, channel, message)


def _own_view(slack: Slack, user_id: str, view_id: str) -> View:
    view = slack.workspace.view(view_id)
    if view.user != user_id:
        raise SlackError("not_found")
    return view


def _common(slack: Slack, user_id: str, kind: str, trigger: bool = True) -> Json:
    """What every interaction carries."""
    workspace, user = slack.workspace, slack.workspace.person(user_id)
    who = {"id": user.id, "username": user.name, "name": user.name, "team_id": workspace.team_id}
    body: Json = {"type": kind, "user": who, "api_app_id": slack.app.id, "token": slack.app.verification_token}
    if trigger:
        body["trigger_id"] = slack.triggers.give(user_id)
    team = {"id": workspace.team_id, "domain": workspace.domain}
    return {**body, "team": team, "enterprise": None, "is_enterprise_install": False}


async def suggest(slack: Slack, user_id: str, handle: Handle, typed: str) -> Json:
    """Ask the app for the options of an external select."""
    place, block_id, action_id = _place(slack, user_id, handle.spot), handle.block_id, handle.action_id
    element = find_element(place.blocks, block_id, action_id)
    if element is None or "external_select" not in element["type"]:
        raise SlackError("element_not_found")
    where = {k: v for k, v in place.body().items() if k not in ("response_url", "state")}
    body = {**_common(slack, user_id, "block_suggestion", trigger=False), **where}
    body |= {"block_id": block_id, "action_id": action_id, "value": typed}
    answer = await slack.courier.ask("interactive", body, f"block_suggestion {action_id} “{typed}”")
    if not answer.ok:
        return {"options": [], "note": TROUBLE[answer.error]}
    return _checked_suggestions(slack, element, answer.json)


def _checked_suggestions(slack: Slack, element: Json, payload: Json) -> Json:
    """The options of an ack, refused as in a select that lists them; none at all is allowed here."""
    found = {k: payload[k] for k in ("options", "option_groups") if payload.get(k)}
    if not found:
        return {"options": []}
    select = {"type": element["type"].replace("external", "static"), "action_id": "suggested", **found}
    block = {"type": "actions", "elements": [select]}
    try:
        checked_blocks([block])
    except SlackError as problem:
        slack.journal.write("bot→slack", "answer to block_suggestion", problem.error, answer=payload, **problem.more)
        return {"options": [], "note": "The app's options could not be shown."}
    return found


async def submit(slack: Slack, user_id: str, view_id: str, form: Values) -> Json:
    """Submit a modal: {"ok": true}, {"errors": …} by block, or {"note": …}."""
    view = _own_view(slack, user_id, view_id)
    if view.id not in slack.workspace.stacks.get(user_id, []):
        raise SlackError("not_found")
    for block_id, fields in form.items():
        view.values.setdefault(block_id, {}).update(fields)
    wrong = problems(view.blocks, values(view.blocks, view.values))
    if wrong:
        return {"errors": wrong}
    body = {**_common(slack, user_id, "view_submission"), "view": modals.described(slack, view), "response_urls": []}
    answer = await slack.courier.ask("interactive", body, f"view_submission {view.payload.get('callback_id', '')}")
    if not answer.ok:
        return {"note": f"We had some trouble connecting. Try again? {TROUBLE[answer.error]}"}
    try:
        return _obey(slack, view, answer.json)
    except SlackError as problem:
        slack.journal.write("bot→slack", "answer to view_submission", problem.error, answer=answer.payload, **problem.more)
        return {"note": f"We had some trouble connecting. Try again? The app's answer was refused: {problem.error}."}


def _obey(slack: Slack, view: View, ack: Json) -> Json:
    """Do what the ack of a submission says. Raises SlackError when Slack would not take it."""
    match ack.get("response_action"):
        case None:
            modals.close(slack, view.user, view.id)
        case "clear":
            modals.close(slack, view.user, view.id, everything=True)
        case "errors":
            return {"errors": _known_errors(view, ack.get("errors"))}
        case "update":
            modals.redraw(slack, view, check_view(ack.get("view"), "modal"))
        case "push":
            modals.push(slack, view, check_view(ack.get("view"), "modal"))
        case _:
            raise refused(["[ERROR] response_action must be errors, update, push or clear [json-pointer:/response_action]"])
    return {"ok": True}


def _known_errors(view: View, errors: Any) -> dict[str, str]:
    inputs = {b["block_id"] for b in view.blocks if b.get("type") == "input"}
    if not isinstance(errors, dict) or not errors:
        raise refused(["[ERROR] errors must name at least one block [json-pointer:/errors]"])
    unknown = sorted(set(errors) - inputs)
    if unknown:
        raise refused([f"[ERROR] no input block has the block_id {b} [json-pointer:/errors]" for b in unknown])
    return {str(k): str(v) for k, v in errors.items()}


async def close(slack: Slack, user_id: str, view_id: str, everything: bool = False) -> None:
    """Close a modal; the app hears of it when it asked to, and nothing of what was filled in, as far as is known of Slack."""
    for view in modals.close(slack, user_id, view_id, everything):
        if view.payload.get("notify_on_close"):
            left = {**modals.described(slack, view), "state": {"values": {}}}
            body = {**_common(slack, user_id, "view_closed", trigger=False), "view": left, "is_cleared": everything}
            await slack.courier.ask("interactive", body, f"view_closed {view.payload.get('callback_id', '')}")


async def shortcut(slack: Slack, user_id: str, callback_id: str, spot: Spot | None = None) -> str:
    """Use a global shortcut, or one on a message; the note for the person."""
    if spot is None:
        body = {**_common(slack, user_id, "shortcut"), "callback_id": callback_id, "action_ts": f"{time.time():.6f}"}
    else:
        place = replace(_place(slack, user_id, spot), blocks=[])
        where = {k: v for k, v in place.body().items() if k in ("channel", "message", "response_url")}
        body = {**_common(slack, user_id, "message_action"), **where, "callback_id": callback_id}
        body |= {"message_ts": spot.message_ts, "action_ts": f"{time.time():.6f}"}
    answer = await slack.courier.ask("interactive", body, f"shortcut {callback_id}")
    return "" if answer.ok else TROUBLE[answer.error]


def open_home(slack: Slack, user_id: str, tab: str = "home") -> Json | None:
    """Open the app's Home: what stands there now; the app is told, and may publish anew."""
    channel = slack.workspace.direct(slack.app.bot_user_id, slack.workspace.person(user_id).id)
    view = slack.workspace.homes.get(user_id)
    shown = modals.described(slack, view) if view else None
    event: Json = {"type": "app_home_opened", "user": user_id, "channel": channel.id, "tab": tab}
    slack.courier.event({**event, **({"view": shown} if shown else {})})
    return shown


def open_views(slack: Slack, user_id: str) -> list[Json]:
    """The modals that a person has before them, lowest first."""
    return [modals.described(slack, slack.workspace.view(v)) for v in slack.workspace.stacks.get(user_id, [])]
