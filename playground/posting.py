"""Messages come, change and go: stored, shown on the pages, told to the app."""

import re
from collections.abc import Mapping
from typing import Any

from playground.errors import SlackError
from playground.slack import Slack
from playground.workspace import Channel, Json, Person, Workspace, new_id

_NAMED = re.compile(r"(?<![\w<|@#])(@[a-z0-9_-]+(?:[.][a-z0-9_-]+)*|#[a-z0-9_-]+)")


def post(slack: Slack, channel: Channel, message: Json) -> Json:
    """Store a message in a conversation and tell everybody who may know."""
    stored = slack.workspace.add_message(channel, message)
    audience = slack.workspace.audience(channel)
    slack.feed.publish("message", {"channel": channel.id, "message": stored}, audience)
    if stored.get("thread_ts", stored["ts"]) != stored["ts"]:
        show_count(slack, channel, stored["thread_ts"])
    tell_app(slack, channel, stored)
    return stored


def change(slack: Slack, channel: Channel, ts: str, changes: Json, edited_by: str = "") -> Json:
    """Write `changes` into a message; a key with None is taken away."""
    with slack.workspace.lock:
        message = channel.find(ts)
        before = dict(message)
        message.update(changes)
        for key in [k for k, v in changes.items() if v is None]:
            del message[key]
        if edited_by:
            message["edited"] = {"user": edited_by, "ts": slack.workspace.new_ts()}
    audience = slack.workspace.audience(channel)
    slack.feed.publish("message_changed", {"channel": channel.id, "message": message}, audience)
    event: Json = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": slack.workspace.new_ts()}
    tell_app(slack, channel, {**event, "message": message, "previous_message": before})
    return message


def react(slack: Slack, channel: Channel, user_id: str, ts: str, name: str) -> None:
    """Somebody reacts to a message. Raises SlackError message_not_found or already_reacted."""
    with slack.workspace.lock:
        message = channel.find(ts)
        reactions: list[Json] = [dict(r) for r in message.get("reactions", [])]
        given = next((r for r in reactions if r["name"] == name), None)
        if given is None:
            given = {"name": name, "users": [], "count": 0}
            reactions.append(given)
        if user_id in given["users"]:
            raise SlackError("already_reacted")
        given["users"] = [*given["users"], user_id]
        given["count"] = len(given["users"])
        message["reactions"] = reactions
    _tell_reaction(slack, channel, message, {"type": "reaction_added", "user": user_id, "reaction": name})


def unreact(slack: Slack, channel: Channel, user_id: str, ts: str, name: str) -> None:
    """Somebody takes a reaction back. Raises SlackError message_not_found or no_reaction."""
    with slack.workspace.lock:
        message = channel.find(ts)
        given = next((r for r in message.get("reactions", []) if r["name"] == name and user_id in r["users"]), None)
        if given is None:
            raise SlackError("no_reaction")
        users = [u for u in given["users"] if u != user_id]
        others = [r for r in message["reactions"] if r["name"] != name]
        message["reactions"] = [*others, {"name": name, "users": users, "count": len(users)}] if users else others
        if not message["reactions"]:
            del message["reactions"]
    _tell_reaction(slack, channel, message, {"type": "reaction_removed", "user": user_id, "reaction": name})


def _tell_reaction(slack: Slack, channel: Channel, message: Json, event: Json) -> None:
    audience = slack.workspace.audience(channel)
    slack.feed.publish("message_changed", {"channel": channel.id, "message": message}, audience)
    scopes = slack.app.scopes
    if slack.app.is_in(channel) and (scopes is None or "reactions:read" in scopes):
        item = {"type": "message", "channel": channel.id, "ts": message["ts"]}
        slack.courier.event({**event, "item": item, "item_user": message.get("user", ""), "event_ts": slack.workspace.new_ts()})


def remove(slack: Slack, channel: Channel, ts: str) -> None:
    """Take a message away."""
    message = slack.workspace.remove_message(channel, ts)
    slack.feed.publish("message_deleted", {"channel": channel.id, "ts": ts}, slack.workspace.audience(channel))
    if message.get("thread_ts", ts) != ts:
        show_count(slack, channel, message["thread_ts"])
    event: Json = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": slack.workspace.new_ts()}
    tell_app(slack, channel, {**event, "deleted_ts": ts, "previous_message": message})


def whisper(slack: Slack, channel: Channel, user_id: str, message: Json) -> Json:
    """Show a message to one person only."""
    stored = slack.workspace.add_ephemeral(channel, user_id, message)
    slack.feed.publish("ephemeral", {"channel": channel.id, "message": stored}, {user_id})
    return stored


def show_count(slack: Slack, channel: Channel, root_ts: str) -> None:
    """Tell the pages how many answers a thread has."""
    root = next((m for m in channel.messages if m["ts"] == root_ts), None)
    if root is not None:
        payload = {"channel": channel.id, "ts": root_ts, "reply_count": root.get("reply_count", 0), "message": root}
        slack.feed.publish("reply_count", payload, slack.workspace.audience(channel))


def tell_app(slack: Slack, channel: Channel, message: Json) -> None:
    """Send the message's event to the app, if its bot is in the conversation."""
    if not slack.app.is_in(channel):
        return
    kind = "im" if channel.is_im else "group" if channel.is_private else "channel"
    subscription = {"im": "message.im", "group": "message.groups", "channel": "message.channels"}[kind]
    event = {k: v for k, v in message.items() if k not in ("bot_profile",)}
    event |= {"channel": channel.id, "channel_type": kind}
    slack.courier.event(event, subscription)
    if f"<@{slack.app.bot_user_id}>" in message.get("text", "") and message.get("user") != slack.app.bot_user_id:
        slack.courier.event({**event, "type": "app_mention"}, "app_mention")


def as_bot(slack: Slack, content: Json) -> Json:
    """A message of the bot's."""
    app = slack.app
    team = slack.workspace.team_id
    return {
        "user": app.bot_user_id,
        "bot_id": app.bot_id,
        "app_id": app.id,
        "team": team,
        "bot_profile": app.profile,
        **content,
    }


def say(slack: Slack, user: Person, channel: Channel, text: str, thread_ts: str | None = None, **more: Any) -> Json:
    """What a person types in the composer. Raises SlackError as the client would refuse."""
    require_writable(channel)
    if user.id not in channel.members:
        raise SlackError("not_in_channel")
    if not text.strip() and not more.get("files"):
        raise SlackError("no_text")
    if len(text) > 40_000:
        raise SlackError("msg_too_long")
    message: Json = {"user": user.id, "team": slack.workspace.team_id, "text": typed(slack, text), **more}
    if thread_ts:
        channel.find(thread_ts)
        message["thread_ts"] = thread_ts
    return post(slack, channel, message)


def typed(slack: Slack, text: str) -> str:
    """Typed text as Slack stores it: `&<>` escaped, @name and #channel as references."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _referring(slack.workspace, text, {f"@{p.name}": f"<@{p.id}>" for p in slack.workspace.people.values()})


def referring(workspace: Workspace, text: str) -> str:
    """A command with the names of people, user groups and channels as references, as Slack sends it to those that want that."""
    names = {f"@{p.name}": f"<@{p.id}|{p.name}>" for p in workspace.people.values()}
    groups = {f"@{g.handle}": f"<!subteam^{g.id}|@{g.handle}>" for g in workspace.usergroups.values()}
    return _referring(workspace, text, names | groups)


def _referring(workspace: Workspace, text: str, references: Mapping[str, str]) -> str:
    known = {**references, **{f"#{c.name}": f"<#{c.id}|{c.name}>" for c in workspace.channels.values() if c.name}}
    return _NAMED.sub(lambda m: known.get(m[1], m[1]), text)


def require_writable(channel: Channel) -> None:
    """Raises SlackError is_archived."""
    if channel.is_archived:
        raise SlackError("is_archived")


def open_channel(slack: Slack, name: str, creator: str, *, private: bool) -> Channel:
    """A new channel with one member. Raises SlackError name_taken."""
    workspace = slack.workspace
    with workspace.lock:
        if any(c.name == name for c in workspace.channels.values()):
            raise SlackError("name_taken")
        created = int(workspace.now().timestamp())
        channel = Channel(new_id("C"), name, is_private=private, members=[creator], creator=creator, created=created)
        workspace.channels[channel.id] = channel
    show_channel(slack, channel)
    return channel


def show_channel(slack: Slack, channel: Channel, *others: str) -> None:
    """Tell the pages of those who may see a channel, and of `others`, how it is now."""
    audience = slack.workspace.audience(channel) | set(others)
    slack.feed.publish("channel_changed", {"channel": channel.id, "members": list(channel.members)}, audience)


def leave(slack: Slack, channel: Channel, user_id: str) -> None:
    """Somebody is a member of a channel no more."""
    channel.members.remove(user_id)
    show_channel(slack, channel, user_id)


def join(slack: Slack, channel: Channel, user_id: str) -> None:
    """Somebody (perhaps the bot, invited) becomes a member of a channel; the app hears of it if its bot is in there."""
    require_writable(channel)
    if user_id in channel.members:
        return
    channel.members.append(user_id)
    show_channel(slack, channel, user_id)
    if slack.app.is_in(channel):
        event: Json = {"type": "member_joined_channel", "user": user_id, "channel": channel.id}
        kind = "G" if channel.is_private else "C"
        slack.courier.event({**event, "channel_type": kind, "team": slack.workspace.team_id})
