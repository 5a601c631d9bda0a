"""What Slack hands out for a short time: trigger ids and response URLs."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from playground.errors import SlackError

Seconds = Callable[[], float]


@dataclass
class Triggers:
    """A trigger_id opens one modal within `seconds` of what the person did."""

    seconds: float = 3.0
    clock: Seconds = time.monotonic
    _given: dict[str, tuple[str, float]] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def give(self, user_id: str) -> str:
        trigger = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._given[trigger] = (user_id, self.clock())
        return trigger

    def use(self, trigger: str) -> str:
        """The person it was given for. Raises SlackError as Slack does for a late, used or unknown one."""
        if trigger not in self._given:
            raise SlackError("invalid_trigger_id")
        if trigger in self._used:
            raise SlackError("exchanged_trigger_id")
        user_id, given = self._given[trigger]
        if self.clock() - given > self.seconds:
            raise SlackError("expired_trigger_id")
        self._used.add(trigger)
        return user_id


@dataclass
class Origin:
    """Where a response URL leads: the conversation, the person, and the message that was acted on."""

    user: str
    channel: str
    message_ts: str | None = None
    is_ephemeral: bool = False
    thread_ts: str | None = None
    uses: int = 0
    given: float = 0.0


@dataclass
class ResponseUrls:
    """Addresses that answer to an interaction, `most_uses` times within `seconds`."""

    most_uses: int = 5
    seconds: float = 1800.0
    clock: Seconds = time.monotonic
    _origins: dict[str, Origin] = field(default_factory=dict)

    def give(self, origin: Origin) -> str:
        """The last part of a new address."""
        key = secrets.token_urlsafe(18)
        origin.given = self.clock()
        self._origins[key] = origin
        return key

    def use(self, key: str) -> Origin:
        """Where it leads, one use less. Raises SlackError used_url, expired_url, or not_found."""
        origin = self._origins.get(key)
        if origin is None:
            raise SlackError("not_found")
        if self.clock() - origin.given > self.seconds:
            raise SlackError("expired_url")
        if origin.uses >= self.most_uses:
            raise SlackError("used_url")
        origin.uses += 1
        return origin
