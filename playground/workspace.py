"""The state of a local Slack workspace: people, conversations, messages, files, views."""

import secrets
import threading
from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from playground.errors import SlackError

Json = dict[str, Any]
Clock = Callable[[], datetime]


@dataclass
class Person:
    """A member of the workspace, human or bot. `tz` is an IANA zone, `locale` the language that they chose for Slack."""

    id: str
    name: str
    real_name: str
    title: str = ""
    tz: str = "Etc/UTC"
    is_admin: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    deleted: bool = False
    avatar_color: str = "#4a6fa5"
    locale: str = "en-US"


@dataclass
class Channel:
    """A conversation: public or private channel, or direct messages (`is_im`, two members)."""

    id: str
    name: str
    is_private: bool = False
    is_im: bool = False
    topic: str = ""
    members: list[str] = field(default_factory=list)
    is_archived: bool = False
    creator: str = ""
    created: int = 0
    messages: list[Json] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)

    def find(self, ts: str) -> Json:
        """The message at `ts`. Raises SlackError message_not_found."""
        for message in reversed(self.messages):
            if message["ts"] == ts:
                return message
        raise SlackError("message_not_found")

    def thread(self, ts: str) -> list[Json]:
        """The root at `ts` and its replies, oldest first."""
        return [m for m in self.messages if m["ts"] == ts or m.get("thread_ts") == ts]

    def timeline(self) -> list[Json]:
        """What stands in the channel itself, oldest first: no replies that were not broadcast."""
        return [m for m in self.messages if m.get("thread_ts", m["ts"]) == m["ts"] or m.get("subtype") == "thread_broadcast"]


@dataclass
class Usergroup:
    """A named group of people, mentioned by its handle."""

    id: str
    handle: str
    name: str
    users: list[str]


@dataclass
class StoredFile:
    """A file: its bytes, and where it was shared (`channels`; empty until its upload was completed)."""

    id: str
    name: str
    title: str
    content: bytes
    mimetype: str
    user: str
    created: int
    channels: list[str] = field(default_factory=list)


@dataclass
class View:
    """A modal or a Home tab that somebody has before them. `values` holds what they changed since it was drawn."""

    id: str
    user: str
    payload: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: Json = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.payload["blocks"]
        return blocks


@dataclass
class Scheduled:
    """A message that waits for its time (`post_at`, epoch seconds)."""

    id: str
    channel: str
    post_at: int
    message: Json


def new_id(prefix: str) -> str:
    """An id as Slack forms them: a letter and ten capitals and digits."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return prefix + "".join(secrets.choice(letters) for _ in range(10))


def real_time() -> datetime:
    """Now, UTC."""
    return datetime.now(UTC)


class Workspace:
    """All of it, in memory. Every method may be called from any thread."""

    team_id = "T0PLAYGROUND"
    domain = "playground"
    name = "Playground"

    def __init__(self, people: Iterable[Person], channels: Iterable[Channel], clock: Clock = real_time) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.people = {p.id: p for p in people}
        self.channels = {c.id: c for c in channels}
        self.usergroups: dict[str, Usergroup] = {}
        self.files: dict[str, StoredFile] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, View] = {}
        self.scheduled: dict[str, Scheduled] = {}
        self.ephemerals: dict[tuple[str, str], list[Json]] = {}
        self.choices: dict[tuple[str, str, str], Json] = {}
        self._last_micros = 0

    def now(self) -> datetime:
        """The workspace's time, UTC."""
        return self.clock()

    def new_ts(self) -> str:
        """A message's id: the time in microseconds, never twice the same nor in the wrong order."""
        with self.lock:
            self._last_micros = max(int(self.now().timestamp() * 1_000_000), self._last_micros + 1)
            return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def person(self, user_id: str, error: str = "user_not_found") -> Person:
        with self.lock:
            if user_id not in self.people:
                raise SlackError(error)
            return self.people[user_id]

    def channel(self, channel_id: str) -> Channel:
        with self.lock:
            if channel_id not in self.channels:
                raise SlackError("channel_not_found")
            return self.channels[channel_id]

    def seen_by(self, user_id: str) -> Iterator[Channel]:
        """The conversations that a person may look at."""
        with self.lock:
            return iter([c for c in self.channels.values() if user_id in c.members or not (c.is_private or c.is_im)])

    def audience(self, channel: Channel) -> set[str]:
        """Who may look at a conversation."""
        with self.lock:
            return set(channel.members) if channel.is_private or channel.is_im else set(self.people)

    def direct(self, one: str, other: str) -> Channel:
        """The direct messages of two, opened when they were not."""
        with self.lock:
            for channel in self.channels.values():
                if channel.is_im and set(channel.members) == {one, other}:
                    return channel
            created = int(self.now().timestamp())
            channel = Channel(new_id("D"), "", is_im=True, members=[one, other], creator=one, created=created)
            self.channels[channel.id] = channel
            return channel

    def add_message(self, channel: Channel, message: Json) -> Json:
        """Store a message under a new `ts`; a reply counts at its root."""
        with self.lock:
            stored = {"type": "message", **message, "ts": self.new_ts()}
            insort(channel.messages, stored, key=_by_ts)
            self.count_replies(channel, stored.get("thread_ts"))
            return stored

    def remove_message(self, channel: Channel, ts: str) -> Json:
        with self.lock:
            message = channel.find(ts)
            channel.messages.remove(message)
            self.count_replies(channel, message.get("thread_ts"))
            return message

    def count_replies(self, channel: Channel, root_ts: str | None) -> None:
        """Write at the root of a thread how many answered, who and when last."""
        root = next((m for m in channel.messages if m["ts"] == root_ts), None)
        if root is None:
            return
        replies = [m for m in channel.messages if m.get("thread_ts") == root_ts and m["ts"] != root_ts]
        for key in ("thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply"):
            root.pop(key, None)
        if replies:
            users = list(dict.fromkeys(m.get("user", "") for m in replies))
            counted = {"reply_count": len(replies), "reply_users": users, "reply_users_count": len(users)}
            root.update({"thread_ts": root_ts, **counted, "latest_reply": replies[-1]["ts"]})

    def add_ephemeral(self, channel: Channel, user_id: str, message: Json) -> Json:
        """Store a message that one person sees; no history lists it."""
        with self.lock:
            stored = {"type": "message", **message, "ts": self.new_ts(), "is_ephemeral": True}
            self.ephemerals.setdefault((channel.id, user_id), []).append(stored)
            return stored

    def ephemerals_of(self, channel_id: str, user_id: str) -> list[Json]:
        with self.lock:
            return list(self.ephemerals.get((channel_id, user_id), []))

    def view(self, view_id: str) -> View:
        with self.lock:
            if view_id not in self.views:
                raise SlackError("not_found")
            return self.views[view_id]

    def top_view(self, user_id: str) -> View | None:
        """The modal that a person has in front."""
        with self.lock:
            stack = self.stacks.get(user_id, [])
            return self.views[stack[-1]] if stack else None


def _by_ts(message: Json) -> str:
    return str(message["ts"]).rjust(24)
