"""One message on its way to one place: what it is, what may come of a try, and when to try again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.parts import Message

Kind = Literal["digest", "alert", "incident", "survey", "notice"]
State = Literal["waiting", "due", "sending", "checking", "sent", "uncertain", "failed", "skipped", "cancelled"]

PER_CHANNEL = timedelta(seconds=1)
"""Slack's pace for one channel: one message a second."""
PER_EDIT = timedelta(seconds=1.2)
"""Slack's pace for changes to messages: 50 a minute in the whole workspace (`chat.update` is of its tier 3)."""
SETTLE_AFTER = timedelta(seconds=3)
"""How long Slack is given to show a message whose sending was cut off, before its history is read."""
UNEXPLAINED_TRIES = 8
"""How often an error that Slack says nothing more about is tried again."""
LONGEST_PAUSE = timedelta(minutes=5)
REPEATED_WHEN_UNKNOWN = frozenset({"alert", "incident"})
"""Kinds that are worse missed than said twice."""
LIFETIME = {
    "digest": timedelta(hours=12),
    "alert": timedelta(hours=1),
    "incident": timedelta(hours=1),
    "survey": timedelta(hours=24),
    "notice": timedelta(hours=24),
}
"""After how long a message of a kind is no longer worth sending, unless its sender says otherwise."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the ledger. `channel` and `ts` say where the message stands once it was sent.

    `tries` counts what was handed to Slack, `looks` the searches since the last of them that Slack did not answer. With
    `edits`, it takes the place of what that delivery said. `due_at` and `deadline` are on the bot's clock; `first_try_at` is
    not later than the message can be on Slack's. With a `zone`, it goes at no hour that is quiet there, nor on a public
    holiday; with `workdays`, not on a Saturday or Sunday either.
    """

    id: str
    key: str
    kind: Kind
    subject: str
    target: str
    parent_id: str | None
    position: int
    edits: str | None
    payload: str
    state: State
    tries: int
    looks: int
    due_at: datetime
    deadline: datetime
    slot_at: datetime | None
    first_try_at: datetime | None
    lease_until: datetime | None
    lease_owner: str | None
    channel: str | None
    ts: str | None
    error: str
    owner: str
    created_at: datetime
    sent_at: datetime | None
    zone: str
    workdays: bool


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is handed to whoever posts. A message for a thread has `channel` and `thread_ts`; one that changes another has
    `channel` and `edits_ts`. `since` bounds a look for it.
    """

    id: str
    kind: Kind
    target: str
    message: Message
    channel: str | None = None
    thread_ts: str | None = None
    edits_ts: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """It stands in the channel."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """It was not taken; the workspace asks to wait for `pause`."""

    pause: timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not taken and will not be; `advice` tells a person what to do."""

    code: str
    advice: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """It was not taken this time. `explained`: the cause is known and passes, so only the deadline ends the tries."""

    code: str
    explained: bool = True


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether it was taken: the answer was lost, or it spoke of a fault half way."""

    code: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The channel was read, and the message is not in it."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The channel cannot be read, now or later."""

    code: str


Outcome = Sent | Throttled | Refused | Postponed | Unknown
Finding = Sent | Missing | Throttled | Postponed | Unreadable


def pause_before(next_try: int, draw: float) -> timedelta:
    """How long to wait before a further try: twice as long each time, five minutes at most, and `draw` (0 to 1) halves it.

    The spread keeps many that failed together from coming back together ("equal jitter", M. Brooker, AWS 2015).
    """
    full = min(LONGEST_PAUSE, timedelta(seconds=2.0 ** min(next_try, 16)))
    return full * (1 - draw / 2)
