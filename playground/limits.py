"""Slack's rate limits: a tier for each method, and one message a second for each channel."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls a minute that each tier allows."""

BURST = {1: 10, 2: 20, 3: 50, 4: 100}
"""Calls at once that each tier tolerates."""

POST_BURST = 4
"""Messages at once that a channel tolerates before one a second holds."""


@dataclass
class Bucket:
    """A token bucket: `capacity` at once, `rate` more every second."""

    capacity: float
    rate: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """0 when a call may pass, else the seconds to wait."""
        self.level = min(self.capacity, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate


@dataclass
class RateLimits:
    """Whether a call may pass now. Switched off, every call may."""

    enabled: bool = True
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def call(self, method: str, tier: int) -> int:
        """0 when a call of this method may pass, else Retry-After in whole seconds. Tier 0 has no limit."""
        return self._take(method, BURST[tier], PER_MINUTE[tier] / 60) if tier else 0

    def post(self, channel_id: str) -> int:
        """0 when a message may go to this channel, else Retry-After in whole seconds."""
        return self._take(f"channel {channel_id}", POST_BURST, 1.0)

    def _take(self, key: str, capacity: int, rate: float) -> int:
        if not self.enabled:
            return 0
        now = self.clock()
        bucket = self._buckets.setdefault(key, Bucket(capacity, rate, capacity, now))
        return math.ceil(bucket.take(now))
