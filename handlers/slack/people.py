"""What Slack knows of people: the zone in which each of them reads and types times."""

import threading
import time
from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slack_sdk import WebClient

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


class Zones:
    """Zones by user id, remembered for an hour. Slack is asked at most once a minute for somebody it does not tell of.

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
        self._known: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def of(self, user: str) -> str:
        """The IANA zone of a person: as Slack says, as it last said, or the default."""
        now = self._seconds()
        zone, until = self._known.get(user, (self._default, 0.0))
        if now < until or not user:
            return zone
        with self._lock:
            if len(self._known) >= MOST:
                self._known.clear()
            # Whoever else asks for this person meanwhile is not kept waiting.
            self._known[user] = (zone, now + RETRY_SECONDS)
        if asked := self._asked(user):
            zone = asked
            self._known[user] = (zone, now + KEPT_SECONDS)
            self._learn(user, zone)
        return zone

    def _asked(self, user: str) -> str | None:
        try:
            zone = self._client.users_info(user=user)["user"]["tz"]
            return ZoneInfo(zone).key
        except (*UNREACHED, KeyError, TypeError, ValueError, ZoneInfoNotFoundError):
            return None
