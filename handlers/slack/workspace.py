"""What Slack is asked for besides messages; one request a call."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.domain.deliveries import Sent, Unknown
from bot.domain.errands import Done, Result
from bot.domain.incident_channels import LONGEST_TOPIC
from handlers.slack import refusals
from handlers.slack.deliver import patient
from handlers.slack.replies import UNREACHED

READING: Mapping[str, str] = refusals.ADVICE | {
    "missing_scope": "Barometer lacks the permission to read that channel. Give the app the manifest that ships with "
    "Barometer, install it again, and mark the message anew.",
    "not_in_channel": "Barometer is not in that channel. Invite it there with /invite, and mark the message anew.",
    "channel_not_found": "Barometer is not in that channel. Invite it there with /invite, and mark the message anew.",
}
CHANNELS: Mapping[str, str] = refusals.ADVICE | {
    "name_taken": "Slack has channels of all the names that it could have. Rename one of them, then say /incident channel.",
    "restricted_action": "The workspace lets only some people manage channels. Ask a workspace admin to let apps do it, "
    "then ask again.",
    "missing_scope": "Barometer lacks the permission to manage channels. Give the app the manifest that ships with Barometer, "
    "install it again, then ask again.",
    "no_permission": "Slack does not let Barometer manage that channel. Ask a workspace admin.",
    "user_is_restricted": "Slack does not let guests do that. Invite them yourself, or ask a workspace admin.",
    "ura_max_channels": "Slack lets that guest be in no further channel. Ask a workspace admin.",
    "cant_invite": "Slack does not let Barometer invite them. Invite them yourself.",
    "cant_kick_from_general": "Nobody can be taken out of that channel.",
    "cant_archive_general": "Slack lets nobody archive that channel.",
    "cant_archive_required": "Slack lets nobody archive that channel.",
    "not_in_channel": "Barometer is not in that channel any more. Invite it there with /invite, then ask again.",
    "channel_not_found": "The channel was deleted, or Barometer was taken out of it.",
    "is_archived": "The channel is archived. Bring it back, then ask again.",
    "too_long": "Slack finds it too long. Give the incident a shorter title with /incident update.",
    "invalid_name_specials": "Slack takes no channel of that name. Give the incident another title with /incident update.",
    "invalid_name": "Slack takes no channel of that name. Give the incident another title with /incident update.",
}
NEW_SECONDS = 7_200
"""How long ago a channel may have been made to be the one that was asked for."""
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

    def make_channel(self, name: str, *, private: bool) -> Result:
        """A new channel, with Barometer in it."""

        def made() -> Done:
            channel = self._client.conversations_create(name=name, is_private=private)["channel"]
            return Done({"channel": str(channel["id"]), "name": str(channel["name"])})

        return _tried(made, CHANNELS)

    def find_made(self, name: str) -> Result:
        """The channel of that name, if Barometer made it lately."""

        def found() -> Done:
            me = self._client.auth_test()["user_id"]
            for channel in self._own_channels():
                is_new = time.time() - float(channel.get("created") or 0) < NEW_SECONDS
                if channel.get("name") == name and channel.get("creator") == me and is_new:
                    return Done({"channel": str(channel["id"]), "name": name})
            return Done()

        return _tried(found, CHANNELS)

    def invite(self, channel: str, person: str) -> Result:
        """Somebody is to be in a channel."""

        def invited() -> Done:
            self._client.conversations_invite(channel=channel, users=person)
            return Done()

        return _tried(invited, CHANNELS, gone=("already_in_channel", "cant_invite_self"))

    def remove(self, channel: str, person: str) -> Result:
        """Somebody is to be in a channel no more."""

        def removed() -> Done:
            self._client.conversations_kick(channel=channel, user=person)
            return Done()

        return _tried(removed, CHANNELS, gone=("not_in_channel", "user_not_in_channel", "is_archived"))

    def set_topic(self, channel: str, words: str) -> Result:
        """What stands above a channel."""

        def named() -> Done:
            self._client.conversations_setTopic(channel=channel, topic=_escaped(words))
            return Done()

        return _tried(named, CHANNELS, gone=("is_archived",))

    def archive(self, channel: str) -> Result:
        """Nobody is to write in a channel any more."""

        def archived() -> Done:
            self._client.conversations_archive(channel=channel)
            return Done()

        return _tried(archived, CHANNELS, gone=("already_archived",))

    def _own_channels(self) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        while True:
            answer = self._client.users_conversations(
                types="public_channel,private_channel", exclude_archived=True, limit=200, cursor=cursor
            )
            yield from answer.get("channels") or []
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


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


def _escaped(text: str) -> str:
    """Text in which nothing is a reference, still no longer than Slack takes."""
    for entity, character in reversed(_ENTITIES):
        text = text.replace(character, entity)
    return text if len(text) <= LONGEST_TOPIC else text[:LONGEST_TOPIC].rpartition(" ")[0]


def _named(sign: str, what: str, label: str) -> str:
    if sign:
        return f"{'@' if sign == '!' else sign}{(label or what).lstrip('@#')}"
    return f"{label} ({what})" if label and label != what else what
