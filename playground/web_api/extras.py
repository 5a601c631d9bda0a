"""Reactions, pins, bookmarks, and the check of blocks without sending them."""

from typing import Any

from playground import posting
from playground.block_kit import Problem, validate
from playground.errors import SlackError
from playground.web_api.call import Call, Method, refused
from playground.workspace import Channel, Json, new_id


def add_reaction(call: Call) -> Json:
    """reactions.add."""
    name, ts = call.need("name", "timestamp")
    posting.react(call.slack, call.joined_channel(), call.slack.app.bot_user_id, ts, name)
    return {}


def remove_reaction(call: Call) -> Json:
    """reactions.remove."""
    name, ts = call.need("name", "timestamp")
    posting.unreact(call.slack, call.joined_channel(), call.slack.app.bot_user_id, ts, name)
    return {}


def add_pin(call: Call) -> Json:
    """pins.add."""
    channel = call.joined_channel()
    (ts,) = call.need("timestamp")
    channel.find(ts)
    if ts in channel.pins:
        raise SlackError("already_pinned")
    channel.pins.append(ts)
    return {}


def remove_pin(call: Call) -> Json:
    """pins.remove."""
    channel = call.joined_channel()
    (ts,) = call.need("timestamp")
    if ts not in channel.pins:
        raise SlackError("no_pin")
    channel.pins.remove(ts)
    return {}


def list_pins(call: Call) -> Json:
    """pins.list."""
    channel = call.joined_channel()
    return {"items": [{"type": "message", "channel": channel.id, "message": channel.find(ts)} for ts in channel.pins]}


def add_bookmark(call: Call) -> Json:
    """bookmarks.add."""
    _, title, kind, link = call.need("channel_id", "title", "type", "link")
    channel = call.joined_channel("channel_id")
    if kind != "link":
        raise SlackError("invalid_bookmark_type")
    if len(channel.bookmarks) >= 100:
        raise SlackError("too_many_bookmarks")
    bookmark = {"id": new_id("Bk"), "channel_id": channel.id, "title": title, "link": link, "type": kind}
    channel.bookmarks.append({**bookmark, "emoji": call.text("emoji"), "app_id": call.slack.app.id})
    return {"bookmark": channel.bookmarks[-1]}


def edit_bookmark(call: Call) -> Json:
    """bookmarks.edit."""
    bookmark = _bookmark(call, call.joined_channel("channel_id"))
    bookmark.update({k: call.text(k) for k in ("title", "link", "emoji") if k in call.args})
    return {"bookmark": bookmark}


def remove_bookmark(call: Call) -> Json:
    """bookmarks.remove."""
    channel = call.joined_channel("channel_id")
    channel.bookmarks.remove(_bookmark(call, channel))
    return {}


def list_bookmarks(call: Call) -> Json:
    """bookmarks.list."""
    return {"bookmarks": list(call.joined_channel("channel_id").bookmarks)}


def _bookmark(call: Call, channel: Channel) -> Json:
    for bookmark in channel.bookmarks:
        if bookmark["id"] == call.text("bookmark_id"):
            return bookmark
    raise SlackError("bookmark_not_found")


def validate_blocks(call: Call) -> Json:
    """blocks.validate: whether blocks, a message or a view would be taken."""
    for name in ("blocks", "message", "view"):
        if call.args.get(name) is not None:
            found = _check(name, call.parsed(name))
            break
    else:
        raise refused(["[ERROR] one of blocks, message, view is required"])
    if found:
        errors = [{"message": p.text, "pointer": p.pointer} for p in found]
        raise SlackError("invalid_blocks", errors=errors)
    return {}


def _check(name: str, value: Any) -> list[Problem]:
    if name == "blocks":
        return validate({"blocks": value}, "message")
    if name == "message":
        return validate(value, "message")
    kind = value.get("type") if isinstance(value, dict) else None
    return validate(value, "home" if kind == "home" else "modal")


METHODS = {
    "reactions.add": Method(add_reaction, 3, ("reactions:write",)),
    "reactions.remove": Method(remove_reaction, 2, ("reactions:write",)),
    "pins.add": Method(add_pin, 2, ("pins:write",)),
    "pins.remove": Method(remove_pin, 2, ("pins:write",)),
    "pins.list": Method(list_pins, 2, ("pins:read",)),
    "bookmarks.add": Method(add_bookmark, 2, ("bookmarks:write",)),
    "bookmarks.edit": Method(edit_bookmark, 2, ("bookmarks:write",)),
    "bookmarks.remove": Method(remove_bookmark, 2, ("bookmarks:write",)),
    "bookmarks.list": Method(list_bookmarks, 2, ("bookmarks:read",)),
    "blocks.validate": Method(validate_blocks, 3),
}
