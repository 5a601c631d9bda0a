"""Modals on top of each other, and Home tabs."""

from playground.drawing import with_ids
from playground.errors import SlackError
from playground.forms import values
from playground.slack import Slack
from playground.workspace import Json, View, new_id

DEEPEST = 3
"""How many modals may stand on each other."""


def new(slack: Slack, user: str, payload: Json, below: View | None = None) -> View:
    """A modal that is not yet shown."""
    _refuse_known_external_id(slack, payload)
    view_id = new_id("V")
    root = below.root_id if below else view_id
    view = View(view_id, user, _drawn(payload), _new_hash(slack), root, below.id if below else None)
    slack.workspace.views[view.id] = view
    return view


def show(slack: Slack, view: View) -> None:
    """Put a modal in front of its person."""
    slack.workspace.stacks.setdefault(view.user, []).append(view.id)
    slack.feed.publish("view_opened", {"view": described(slack, view)}, {view.user})


def push(slack: Slack, below: View, payload: Json) -> View:
    """Put a modal on top of another. Raises SlackError push_limit_reached."""
    if len(slack.workspace.stacks.get(below.user, [])) >= DEEPEST:
        raise SlackError("push_limit_reached")
    view = new(slack, below.user, payload, below)
    show(slack, view)
    return view


def redraw(slack: Slack, view: View, payload: Json) -> None:
    """Change a modal in place: same id, new hash; fields that keep both their ids keep what people entered."""
    view.payload = _drawn(payload)
    view.hash = _new_hash(slack)
    kept = values(view.blocks, {})
    view.values = {
        block_id: {a: v for a, v in fields.items() if a in kept.get(block_id, {})}
        for block_id, fields in view.values.items()
        if block_id in kept
    }
    slack.feed.publish("view_updated", {"view": described(slack, view)}, {view.user})


def publish_home(slack: Slack, user: str, payload: Json) -> View:
    """Show a person their Home tab."""
    before = slack.workspace.homes.get(user)
    view_id = before.id if before else new_id("V")
    view = View(view_id, user, _drawn(payload), _new_hash(slack), view_id)
    slack.workspace.homes[user] = view
    slack.workspace.views[view.id] = view
    slack.feed.publish("home", {"view": described(slack, view)}, {user})
    return view


def close(slack: Slack, user: str, view_id: str, everything: bool = False) -> list[View]:
    """Take away a modal (or all of a person's), and say which went, top first."""
    stack = slack.workspace.stacks.get(user, [])
    if view_id not in stack:
        return []
    gone = stack[:] if everything else [view_id]
    slack.workspace.stacks[user] = [v for v in stack if v not in gone]
    top = slack.workspace.top_view(user)
    for each in reversed(gone):
        payload = {"view_id": each, "next": described(slack, top) if top else None}
        slack.feed.publish("view_closed", payload, {user})
    return [slack.workspace.views[v] for v in reversed(gone)]


def described(slack: Slack, view: View) -> Json:
    """A view as Slack sends it."""
    payload = view.payload
    return {
        "id": view.id,
        "team_id": slack.workspace.team_id,
        "type": payload["type"],
        "blocks": view.blocks,
        "private_metadata": payload.get("private_metadata", ""),
        "callback_id": payload.get("callback_id", ""),
        "state": {"values": values(view.blocks, view.values)},
        "hash": view.hash,
        "title": payload.get("title"),
        "clear_on_close": payload.get("clear_on_close", False),
        "notify_on_close": payload.get("notify_on_close", False),
        "close": payload.get("close"),
        "submit": payload.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": slack.app.id,
        "external_id": payload.get("external_id", ""),
        "app_installed_team_id": slack.workspace.team_id,
        "bot_id": slack.app.bot_id,
    }


def _drawn(payload: Json) -> Json:
    return {**payload, "blocks": with_ids(payload["blocks"])}


def _new_hash(slack: Slack) -> str:
    return f"{slack.workspace.new_ts()}.{new_id('')[:8]}"


def _refuse_known_external_id(slack: Slack, payload: Json) -> None:
    wanted = payload.get("external_id")
    shown = {v for stack in slack.workspace.stacks.values() for v in stack}
    if wanted and any(slack.workspace.views[v].payload.get("external_id") == wanted for v in shown):
        raise SlackError("duplicate_external_id")
