"""What Slack knows of people: the zone in which each of them reads and types times, and whether they are of the workspace."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slack_sdk import WebClient

from handlers.slack.members import outside
from handlers.slack.replies import UNREACHED

KEPT_SECONDS = 3_600
RETRY_SECONDS = 60
MOST = 10_000
NAMED = 12
"""For so many people at most Slack is asked what they are called: somebody waits."""


def names(client: WebClient, users: Iterable[str]) -> dict[str, str]:
    """What people are called, by id; without those of whom Slack does not tell, and of the first `NAMED` only."""
    found = {}
    for user in [each for each in dict.fromkeys(users) if each[:1] in ("U", "W")][:NAMED]:
        try:
            told = client.users_info(user=user)["user"]
            found[user] = str(told.get("real_name") or told.get("name") or user)
        except (*UNREACHED, KeyError, AttributeError):
            continue
    return found


class Known(NamedTuple):
    """The IANA zone of a person, and why they are none of the workspace ("guest", "bot", "deactivated"), if Slack says so."""

    zone: str
    outside: str


class Zones:
    """What is known of people by user id, remembered for an hour. Slack is asked at most once a minute for somebody it does
    not tell of.

    `learn` hears each zone that Slack tells.
    """

    def __init__(
        self,
        client: WebClient,
        default: str,
        learn: Callable[[str, str], object] = lambda user, zone: None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._default = default
        self._learn = learn
        self._seconds = seconds
        self._known: dict[str, tuple[Known, float]] = {}
        self._lock = threading.Lock()

    def of(self, user: str) -> Known:
        """What is known of a person: as Slack says, as it last said, or the default zone."""
        now = self._seconds()
        known, until = self._known.get(user, (Known(self._default, ""), 0.0))
        if now < until or not user:
            return known
        with self._lock:
            if len(self._known) >= MOST:
                self._known.clear()
            # Whoever else asks for this person meanwhile is not kept waiting.
            self._known[user] = (known, now + RETRY_SECONDS)
        told = self._told(user)
        if told is None:
            return known
        known = Known(known.zone, outside(user, told))
        self._known[user] = (known, now + RETRY_SECONDS)
        if zone := _zone(told):
            known = known._replace(zone=zone)
            self._known[user] = (known, now + KEPT_SECONDS)
            self._learn(user, zone)
        return known

    def _told(self, user: str) -> Mapping[str, Any] | None:
        try:
            told = self._client.users_info(user=user).get("user")
            return told if isinstance(told, Mapping) else None
        except UNREACHED:
            return None


def _zone(told: Mapping[str, Any]) -> str | None:
    try:
        return ZoneInfo(told["tz"]).key
    except (KeyError, TypeError, ValueError, OSError, ZoneInfoNotFoundError):
        return None
