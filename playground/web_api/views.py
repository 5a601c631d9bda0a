"""views.*: modals and App Home."""

from typing import Any

from playground import modals
from playground.block_kit import validate
from playground.errors import SlackError
from playground.web_api.call import Call, Method, refused
from playground.web_api.messages import describe
from playground.workspace import Json, View


def open_view(call: Call) -> Json:
    """views.open: one modal for one trigger_id."""
    user = call.slack.triggers.use(_trigger(call))
    view = modals.new(call.slack, user, checked(call, "modal"))
    call.slack.workspace.stacks[user] = []
    modals.show(call.slack, view)
    return {"view": modals.described(call.slack, view)}


def push(call: Call) -> Json:
    """views.push: a modal on top of the open one."""
    user = call.slack.triggers.use(_trigger(call))
    payload = checked(call, "modal")
    below = call.slack.workspace.top_view(user)
    if below is None:
        raise SlackError("invalid_trigger_id")
    view = modals.push(call.slack, below, payload)
    return {"view": modals.described(call.slack, view)}


def update(call: Call) -> Json:
    """views.update: by view_id or external_id; refused when `hash` is not the newest."""
    view = _find(call)
    payload = checked(call, "modal")
    if view.id not in call.slack.workspace.stacks.get(view.user, []):
        raise SlackError("not_found")
    if call.text("hash") and call.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    modals.redraw(call.slack, view, payload)
    return {"view": modals.described(call.slack, view)}


def publish(call: Call) -> Json:
    """views.publish: a person's Home tab."""
    workspace = call.slack.workspace
    user = workspace.person(call.text("user_id"))
    payload = checked(call, "home")
    before = workspace.homes.get(user.id)
    if call.text("hash") and before and call.text("hash") != before.hash:
        raise SlackError("hash_conflict")
    view = modals.publish_home(call.slack, user.id, payload)
    return {"view": modals.described(call.slack, view)}


def checked(call: Call, surface: str) -> Json:
    """The view of a call. Raises SlackError invalid_arguments naming every problem by its pointer."""
    payload = call.parsed("view")
    return check_view(payload, surface)


def check_view(payload: Any, surface: str) -> Json:
    """Raises SlackError invalid_arguments when Slack would refuse this view."""
    found = validate(payload, surface)
    if found:
        raise refused([describe(p).replace("[json-pointer:", "[json-pointer:/view") for p in found])
    view: Json = payload
    return view


def _trigger(call: Call) -> str:
    trigger = call.text("trigger_id") or call.text("interactivity_pointer")
    if not trigger:
        raise refused(["[ERROR] missing required field: trigger_id"])
    return trigger


def _find(call: Call) -> View:
    workspace = call.slack.workspace
    if call.text("view_id"):
        return workspace.view(call.text("view_id"))
    wanted = call.text("external_id")
    found = [v for v in workspace.views.values() if wanted and v.payload.get("external_id") == wanted]
    if not found:
        raise SlackError("not_found")
    return found[-1]


METHODS = {
    "views.open": Method(open_view, 4),
    "views.push": Method(push, 4),
    "views.update": Method(update, 4),
    "views.publish": Method(publish, 4),
}
