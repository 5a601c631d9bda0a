"""What Slack is asked for besides messages; one request a call."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.domain.deliveries import Sent, Unknown
from bot.domain.errands import Done, Result
from handlers.slack import refusals
from handlers.slack.deliver import patient
from handlers.slack.replies import UNREACHED

READING: Mapping[str, str] = refusals.ADVICE | {
    "missing_scope": "Barometer lacks the permission to read that channel. Give the app the manifest that ships with "
    "Barometer, install it again, and mark the message anew.",
    "not_in_channel": "Barometer is not in that channel. Invite it there with /invite, and mark the message anew.",
    "channel_not_found": "Barometer is not in that channel. Invite it there with /invite, and mark the message anew.",
}
GONE = ("message_not_found", "thread_not_found")
_REFERENCE = re.compile(r"<(?P<sign>[@#!]?)(?P<what>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


class SlackWorkspace:
    """Asks once a call: whether and when to try again is for the list of errands to decide."""

    def __init__(self, client: WebClient, timeout: int) -> None:
        self._client = patient(client, timeout)

    def read(self, channel: str, ts: str) -> Result:
        """One message, wherever in the channel it stands."""

        def found() -> Done:
            # Of a thread, only this message is asked for; the one at its head comes with it.
            near: dict[str, Any] = {"oldest": ts, "latest": ts, "inclusive": True, "limit": 2}
            messages = self._client.conversations_replies(channel=channel, ts=ts, **near).get("messages") or []
            return Done(next((_described(m) for m in messages if m.get("ts") == ts), {}))

        return _tried(found, READING, gone=GONE)


def _tried(call: Callable[[], Done], advice: Mapping[str, str], gone: tuple[str, ...] = ()) -> Result:
    """What comes of a call; with an error in `gone`, nothing is left to be done."""
    try:
        return call()
    except SlackApiError as error:
        if error.response.get("error") in gone:
            return Done()
        found = refusals.outcome(error, advice)
        assert not isinstance(found, Sent)
        return found
    except UNREACHED as error:
        return Unknown(type(error).__name__)


def _described(message: Mapping[str, Any]) -> dict[str, str]:
    author = message.get("user") or message.get("bot_id") or message.get("username") or ""
    thread = str(message.get("thread_ts") or message["ts"])
    return {"text": plain(str(message.get("text") or "")), "author": str(author), "thread": thread}


def plain(text: str) -> str:
    """The text of a message as people read it: references and links by their names, no entities."""
    text = _REFERENCE.sub(lambda m: _named(m["sign"], m["what"], m["label"] or ""), text)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def _named(sign: str, what: str, label: str) -> str:
    if sign:
        return f"{'@' if sign == '!' else sign}{(label or what).lstrip('@#')}"
    return f"{label} ({what})" if label and label != what else what
