"""What happens, told at once to every page that is open."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(eq=False)
class Subscriber:
    """A page on which somebody acts as `user`."""

    user: str
    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)


class Feed:
    """Hands every event to those who may see it. `publish` may be called from any thread."""

    def __init__(self) -> None:
        self._subscribers: set[Subscriber] = set()

    def subscribe(self, user: str) -> Subscriber:
        subscriber = Subscriber(user, asyncio.get_running_loop())
        self._subscribers.add(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.discard(subscriber)

    def publish(self, kind: str, payload: Json, to: set[str] | None = None) -> None:
        """Tell `to` (None: everybody) that something of this kind happened."""
        event = {"type": kind, **payload}
        for subscriber in list(self._subscribers):
            if to is None or subscriber.user in to:
                subscriber.loop.call_soon_threadsafe(subscriber.queue.put_nowait, event)
