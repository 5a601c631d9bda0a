"""The log of every request in both directions, with its problem in words."""

import re
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Any, Literal

from playground.feed import Feed

Json = dict[str, Any]
Direction = Literal["bot→slack", "slack→bot"]

_SECRET = re.compile(r"(xox[a-z]|xapp)-[\w-]+")

WORDS = {
    "invalid_auth": "The token is not one of this workspace.",
    "not_authed": "The request came without a token.",
    "not_allowed_token_type": "This method wants the other kind of token (xoxb- for methods, xapp- for apps.connections.open).",
    "token_revoked": "The token was revoked.",
    "missing_scope": "The app's manifest does not ask for the scope that this method needs.",
    "unknown_method": "There is no such method.",
    "channel_not_found": "There is no such channel, or the bot may not know of it: private channels show only to members.",
    "not_in_channel": "The bot is not a member of this channel: invite it first.",
    "is_archived": "The channel is archived.",
    "ratelimited": "Too many calls: wait as long as Retry-After says.",
    "msg_too_long": "The text is longer than 40,000 characters.",
    "no_text": "A message needs text, blocks or attachments.",
    "invalid_blocks": "Slack would refuse these blocks; see response_metadata.messages.",
    "invalid_arguments": "Slack would refuse these arguments; see response_metadata.messages.",
    "expired_trigger_id": "The trigger_id was used more than 3 seconds after the person acted.",
    "exchanged_trigger_id": "The trigger_id was used before: each opens one modal.",
    "invalid_trigger_id": "Nobody was ever given this trigger_id.",
    "hash_conflict": "The view changed since this hash was handed out.",
    "operation_timeout": "The answer took longer than 3 seconds: Slack had told the person that it failed, and dropped it.",
    "dispatch_failed": "The app could not be reached: it is not connected, or its address does not answer.",
    "used_url": "This response_url was used 5 times, which is all it has.",
    "expired_url": "This response_url is more than 30 minutes old.",
    "push_limit_reached": "There are three modals on top of each other: that is the most.",
}


class Journal:
    """The newest entries, numbered from 1."""

    def __init__(self, feed: Feed, keep: int = 2000) -> None:
        self._feed = feed
        self._entries: deque[Json] = deque(maxlen=keep)
        self._lock = threading.Lock()
        self._count = 0

    def write(self, direction: Direction, what: str, error: str = "", ms: float = 0.0, **detail: Any) -> Json:
        """Add an entry; `error` is Slack's code, empty when all went well."""
        with self._lock:
            self._count += 1
            entry: Json = {
                "n": self._count,
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "direction": direction,
                "what": what,
                "ok": not error,
                "error": error,
                "ms": round(ms, 1),
                "detail": _without_secrets({"explanation": WORDS.get(error, ""), **detail}),
            }
            self._entries.append(entry)
        self._feed.publish("log", {"entry": entry})
        return entry

    def after(self, n: int) -> list[Json]:
        with self._lock:
            return [e for e in self._entries if e["n"] > n]


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET.sub(r"\1-…", value)
    if isinstance(value, dict):
        return {k: "…" if k == "token" else _without_secrets(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(v) for v in value]
    return value
