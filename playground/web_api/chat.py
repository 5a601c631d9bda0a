"""chat.*: messages to channels and people."""

from playground import posting
from playground.errors import SlackError
from playground.web_api.call import Call, Method
from playground.web_api.messages import content, thread_of
from playground.workspace import Channel, Json, Scheduled, new_id

FARTHEST = 120 * 24 * 3600
"""Seconds ahead that a message may be scheduled."""


def post_message(call: Call) -> Json:
    """chat.postMessage: to a conversation that the bot is in, or to a person by their id."""
    channel = _target(call)
    message = {**content(call), **thread_of(call, channel)}
    wait = call.slack.limits.post(channel.id)
    if wait:
        raise SlackError("ratelimited", retry_after=wait)
    if message.get("thread_ts") and call.flag("reply_broadcast"):
        message["subtype"] = "thread_broadcast"
    stored = posting.post(call.slack, channel, posting.as_bot(call.slack, message))
    return {"channel": channel.id, "ts": stored["ts"], "message": stored}


def update(call: Call) -> Json:
    """chat.update: the bot's own messages only. New text without blocks takes the old blocks away."""
    channel, ts = call.joined_channel(), call.text("ts")
    message = channel.find(ts)
    if message.get("bot_id") != call.slack.app.bot_id:
        raise SlackError("cant_update_message")
    posting.require_writable(channel)
    changes = content(call)
    if "text" in call.args and "blocks" not in call.args and "blocks" in message:
        changes["blocks"] = None
    stored = posting.change(call.slack, channel, ts, changes, call.slack.app.bot_user_id)
    return {"channel": channel.id, "ts": ts, "text": stored.get("text", ""), "message": stored}


def delete(call: Call) -> Json:
    """chat.delete: the bot's own messages only."""
    channel, ts = call.channel(), call.text("ts")
    if channel.find(ts).get("bot_id") != call.slack.app.bot_id:
        raise SlackError("cant_delete_message")
    posting.remove(call.slack, channel, ts)
    return {"channel": channel.id, "ts": ts}


def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral: to one member of the channel; no history lists it."""
    channel = call.joined_channel()
    posting.require_writable(channel)
    user = call.slack.workspace.person(call.text("user"))
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    message = {**content(call), **thread_of(call, channel)}
    stored = posting.whisper(call.slack, channel, user.id, posting.as_bot(call.slack, message))
    return {"message_ts": stored["ts"]}


def get_permalink(call: Call) -> Json:
    """chat.getPermalink."""
    channel = call.channel()
    message = channel.find(call.text("message_ts"))
    return {"channel": channel.id, "permalink": permalink(call, channel, message)}


def permalink(call: Call, channel: Channel, message: Json) -> str:
    """Where a message stands on the page."""
    link = f"{call.slack.base_url}/archives/{channel.id}/p{message['ts'].replace('.', '')}"
    thread = message.get("thread_ts", message["ts"])
    return link if thread == message["ts"] else f"{link}?thread_ts={thread}&cid={channel.id}"


def schedule_message(call: Call) -> Json:
    """chat.scheduleMessage: posted by the workspace once `post_at` has come."""
    channel = _target(call)
    message = {**content(call), **thread_of(call, channel)}
    post_at = _post_at(call)
    scheduled = Scheduled(new_id("Q"), channel.id, post_at, posting.as_bot(call.slack, message))
    call.slack.workspace.scheduled[scheduled.id] = scheduled
    answer = {"scheduled_message_id": scheduled.id, "channel": channel.id, "post_at": post_at}
    return {**answer, "message": {k: v for k, v in scheduled.message.items() if k != "user"}}


def list_scheduled(call: Call) -> Json:
    """chat.scheduledMessages.list."""
    only = call.text("channel")
    waiting = [s for s in call.slack.workspace.scheduled.values() if only in ("", s.channel)]
    items = [
        {"id": s.id, "channel_id": s.channel, "post_at": s.post_at, "text": s.message["text"]}
        for s in sorted(waiting, key=lambda s: s.post_at)
    ]
    page, metadata = call.page(items)
    return {"scheduled_messages": page, "response_metadata": metadata}


def delete_scheduled(call: Call) -> Json:
    """chat.deleteScheduledMessage."""
    channel, key = call.channel(), call.text("scheduled_message_id")
    scheduled = call.slack.workspace.scheduled.get(key)
    if scheduled is None or scheduled.channel != channel.id:
        raise SlackError("invalid_scheduled_message_id")
    del call.slack.workspace.scheduled[key]
    return {}


def _target(call: Call) -> Channel:
    """Where to post: a conversation, or a person's direct messages by the person's id."""
    target = call.text("channel")
    workspace, app = call.slack.workspace, call.slack.app
    if target.startswith(("U", "W")):
        person = workspace.person(target, "channel_not_found")
        return workspace.direct(app.bot_user_id, person.id)
    channel = call.channel()
    posting.require_writable(channel)
    if not app.is_in(channel) and "chat:write.public" not in (app.scopes or []):
        raise SlackError("not_in_channel")
    return channel


def _post_at(call: Call) -> int:
    try:
        post_at = int(call.text("post_at"))
    except ValueError:
        raise SlackError("invalid_time") from None
    now = call.slack.workspace.now().timestamp()
    if post_at <= now:
        raise SlackError("time_in_past")
    if post_at > now + FARTHEST:
        raise SlackError("time_too_far")
    return post_at


METHODS = {
    "chat.postMessage": Method(post_message, 0, ("chat:write",)),
    "chat.update": Method(update, 3, ("chat:write",)),
    "chat.delete": Method(delete, 3, ("chat:write",)),
    "chat.postEphemeral": Method(post_ephemeral, 4, ("chat:write",)),
    "chat.getPermalink": Method(get_permalink, 0),
    "chat.scheduleMessage": Method(schedule_message, 3, ("chat:write",)),
    "chat.scheduledMessages.list": Method(list_scheduled, 3),
    "chat.deleteScheduledMessage": Method(delete_scheduled, 3, ("chat:write",)),
}
