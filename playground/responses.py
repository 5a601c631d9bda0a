"""Answers to an interaction: through its response_url, or in the ack of a command."""

from typing import Any

from playground import posting
from playground.slack import Slack
from playground.tickets import Origin
from playground.web_api.call import Call
from playground.web_api.messages import content
from playground.workspace import Channel, Json


def respond(slack: Slack, origin: Origin, payload: Json) -> None:
    """Post, replace or delete what `payload` says. Raises SlackError as Slack refuses it.

    Without `response_type` only the person who acted sees the answer.
    """
    channel = slack.workspace.channel(origin.channel)
    if payload.get("delete_original") and origin.message_ts:
        _delete(slack, channel, origin, origin.message_ts)
        return
    message = content(Call(slack, "response_url", payload))
    if payload.get("replace_original") and origin.message_ts:
        _replace(slack, channel, origin, origin.message_ts, message)
        return
    thread_ts = payload.get("thread_ts") or (origin.thread_ts if origin.message_ts else None)
    if thread_ts:
        message["thread_ts"] = thread_ts
    posting.require_writable(channel)
    sent = posting.as_bot(slack, message)
    if payload.get("response_type") == "in_channel":
        posting.post(slack, channel, sent)
    else:
        posting.whisper(slack, channel, origin.user, sent)


def _delete(slack: Slack, channel: Channel, origin: Origin, ts: str) -> None:
    if not origin.is_ephemeral:
        posting.remove(slack, channel, ts)
        return
    mine = slack.workspace.ephemerals.get((channel.id, origin.user), [])
    mine[:] = [m for m in mine if m["ts"] != ts]
    slack.feed.publish("message_deleted", {"channel": channel.id, "ts": ts, "is_ephemeral": True}, {origin.user})


def _replace(slack: Slack, channel: Channel, origin: Origin, ts: str, message: dict[str, Any]) -> None:
    if not origin.is_ephemeral:
        posting.change(slack, channel, ts, {"blocks": None, "attachments": None, **message}, slack.app.bot_user_id)
        return
    mine = slack.workspace.ephemerals.get((channel.id, origin.user), [])
    kept = next((m for m in mine if m["ts"] == ts), None)
    if kept is None:
        posting.whisper(slack, channel, origin.user, posting.as_bot(slack, message))
        return
    kept.pop("blocks", None)
    kept.update(message)
    payload = {"channel": channel.id, "message": kept, "is_ephemeral": True}
    slack.feed.publish("message_changed", payload, {origin.user})
