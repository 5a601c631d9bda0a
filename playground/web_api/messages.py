"""What a message may hold, checked as Slack checks it."""

import json
import re
from typing import Any

from playground.block_kit import Problem, validate
from playground.drawing import with_ids
from playground.errors import SlackError
from playground.web_api.call import Call, refused
from playground.workspace import Channel, Json

TEXT_MOST = 40_000
MARKDOWN_MOST = 12_000
METADATA_MOST = 8_000


def content(call: Call) -> Json:
    """The text, blocks, attachments and metadata of a call. Raises SlackError as Slack refuses them."""
    text = _text(call)
    if len(text) > TEXT_MOST:
        raise SlackError("msg_too_long")
    blocks, attachments = call.parsed("blocks"), call.parsed("attachments")
    if not text.strip() and not blocks and not attachments:
        raise SlackError("no_text")
    message: Json = {"text": text}
    if blocks is not None:
        message["blocks"] = checked_blocks(blocks)
    if attachments:
        message["attachments"] = _checked_attachments(attachments)
    if (metadata := call.parsed("metadata")) is not None:
        message["metadata"] = checked_metadata(metadata)
    return message


def _text(call: Call) -> str:
    markdown = call.text("markdown_text")
    if not markdown:
        return call.text("text")
    if call.args.get("text") or call.args.get("blocks"):
        raise SlackError("markdown_text_conflict")
    if len(markdown) > MARKDOWN_MOST:
        raise SlackError("msg_too_long")
    return markdown


def checked_blocks(blocks: Any, surface: str = "message") -> list[Json]:
    """The blocks with their ids. Raises SlackError invalid_blocks naming every problem by its pointer."""
    found = validate({"blocks": blocks}, surface)
    if found:
        raise refused([describe(p) for p in found], "invalid_blocks")
    return with_ids(blocks)


def describe(problem: Problem) -> str:
    """A problem as it stands in response_metadata.messages."""
    return f"[ERROR] {problem.text} [json-pointer:{problem.pointer}]"


def checked_metadata(metadata: Any) -> Json:
    """Raises SlackError when message metadata is not `{event_type, event_payload}` or is too large."""
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,255}", str(metadata.get("event_type", ""))):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > METADATA_MOST:
        raise SlackError("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": metadata["event_payload"]}


def thread_of(call: Call, channel: Channel) -> Json:
    """`thread_ts` when the call answers in a thread. Raises SlackError thread_not_found."""
    thread_ts = call.text("thread_ts")
    if not thread_ts:
        return {}
    root = next((m for m in channel.messages if m["ts"] == thread_ts), None)
    if root is None:
        raise SlackError("thread_not_found")
    return {"thread_ts": root.get("thread_ts", thread_ts)}


def _checked_attachments(attachments: Any) -> list[Json]:
    if not isinstance(attachments, list) or not all(isinstance(a, dict) for a in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > 100:
        raise SlackError("too_many_attachments")
    return [{**a, "blocks": checked_blocks(a["blocks"])} if a.get("blocks") else a for a in attachments]
