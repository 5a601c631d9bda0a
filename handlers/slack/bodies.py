"""What stands where in the bodies that Slack sends."""

import json
from collections.abc import Collection, Mapping
from typing import Any, Literal

from handlers.slack.blocks import modals
from handlers.slack.blocks.modals import Values
from handlers.slack.request import Place, State

Body = Mapping[str, Any]
Kind = Literal["command", "button", "form", "search", "event", "shortcut", "other"]
_OF_A_FORM = ("type", "callback_id")
READER = "reader"
"""In the state of a form: the language that it is drawn in for whoever reads it."""
_TYPES: dict[str, Kind] = {
    "block_actions": "button",
    "view_submission": "form",
    "block_suggestion": "search",
    "event_callback": "event",
    "message_action": "shortcut",
}


def kind(body: Body) -> Kind:
    """What sort of request it is."""
    return "command" if "command" in body else _TYPES.get(str(body.get("type")), "other")


def is_whole(body: Body) -> bool:
    """Whether the parts that every request of its kind has are there, each of its own shape."""
    match kind(body):
        case "command":
            return all(isinstance(value, str) for value in body.values())
        case "button":
            actions = body.get("actions") or []
            whole = bool(actions) and _is_list(actions, "action_id") and all(isinstance(a["action_id"], str) for a in actions)
        case "form":
            whole = isinstance(body.get("view"), dict) and all(isinstance(view(body).get(name), str) for name in _OF_A_FORM)
        case "shortcut" | "event" as sort:
            whole = isinstance(body.get("message" if sort == "shortcut" else "event"), dict)
        case _:
            whole = True
    parts = all(isinstance(body.get(name) or {}, dict) for name in ("view", "user", "channel", "event", "team"))
    return whole and parts and _is_drawn(view(body))


def _is_drawn(view: Body) -> bool:
    """Whether what a form or a page carries, and what is filled in, has the shape that Slack gives it."""
    carried, state, blocks = view.get("private_metadata") or "", view.get("state") or {}, view.get("blocks") or []
    if not (isinstance(carried, str) and isinstance(state, dict) and _is_list(blocks)):
        return False
    values = {} if state.get("values") is None else state["values"]
    inputs = isinstance(values, dict) and all(isinstance(each, dict) for each in values.values())
    return inputs and all(isinstance(each, dict) and _is_input(each) for given in values.values() for each in given.values())


def _is_input(given: Body) -> bool:
    """Whether an input says what was filled in as Slack does."""
    option, several, files = (given.get(name) or [] for name in ("selected_option", "selected_options", "files"))
    ids = [given.get(name) or [] for name in ("selected_conversations", "selected_users")]
    named = all(isinstance(each, list) and all(isinstance(one, str) for one in each) for each in ids)
    return named and isinstance(option or {}, dict) and _is_list(several, "value") and _is_list(files, "id")


def _is_list(items: Any, name: str = "") -> bool:
    """Whether it is a list of which each has fields, and the one of that name."""
    return isinstance(items, list) and all(isinstance(each, dict) and (not name or name in each) for each in items)


def key(body: Body) -> str:
    """A name of the request, the same when Slack sends it again; empty if it has none."""
    match kind(body):
        case "form":
            return f"form:{view(body).get('id', '')}:{view(body).get('hash', '')}"
        case "event":
            return f"event:{body.get('event_id', '')}"
        case "command" | "button" | "shortcut" as sort:
            return f"{sort}:{body['trigger_id']}" if body.get("trigger_id") else ""
        case _:
            return ""


def occasion(body: Body) -> str:
    """A name of what somebody did, once: of a form, other than `key`, not the same when it is sent anew. Empty: it has none."""
    if kind(body) != "form":
        return key(body)
    return f"sent:{body['trigger_id']}" if body.get("trigger_id") else ""


def place(body: Body) -> Place:
    """Where an answer goes. A form knows where it was opened."""
    event = body.get("event") or {}
    user = body.get("user_id") or (body.get("user") or {}).get("id") or event.get("user") or ""
    carried = _carried(view(body))
    channel = body.get("channel_id") or (body.get("channel") or {}).get("id") or carried.get("channel") or ""
    return Place(str(user), str(channel), str(body.get("response_url") or carried.get("response_url") or ""))


def is_one_of(body: Body, names: Collection[str]) -> bool:
    """Whether it is one of these buttons or forms."""
    if kind(body) == "button":
        return any(str(action.get("action_id")).partition("#")[0] in names for action in body["actions"])
    return view(body).get("callback_id") in names


def view(body: Body) -> Body:
    """The form or the App Home in which it happened; empty: in neither."""
    found: Body = body.get("view") or {}
    return found


def state(body: Body) -> State:
    """What a form was opened with."""
    kept = _carried(view(body)).get("state")
    return State({str(k): str(v) for k, v in kept.items()} if isinstance(kept, dict) else {})


def reader(body: Body) -> str:
    """The language of whoever reads a form, where it was drawn in one; else empty."""
    return state(body).get(READER, "")


def values(body: Body) -> Values:
    """What was filled in."""
    return modals.values((view(body).get("state") or {}).get("values") or {})


def fields(body: Body) -> dict[str, str]:
    """The label of each input of a form, by the name of its block, in order."""
    inputs = [block for block in view(body).get("blocks") or () if block.get("type") == "input"]
    return {str(block.get("block_id", "")): str((block.get("label") or {}).get("text", "")) for block in inputs}


def pressed(body: Body) -> str:
    """What a button is about, or what was chosen or typed in a field."""
    action = body["actions"][0]
    option = action.get("selected_option") or {}
    return str(action.get("value") or option.get("value") or action.get("selected_date") or "")


def message(body: Body) -> str:
    """The message on which a shortcut was used, as JSON: channel, ts, user and text."""
    found = body.get("message") or {}
    kept = {name: str(found.get(name) or "") for name in ("ts", "user", "text")}
    return json.dumps({"channel": str((body.get("channel") or {}).get("id") or ""), **kept}, ensure_ascii=False)


def _carried(view: Body) -> dict[str, Any]:
    try:
        carried = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return carried if isinstance(carried, dict) else {}
