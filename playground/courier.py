"""Brings what happens in the workspace to the app, by Socket Mode or signed HTTP, and its answer back."""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from playground.app import Installation
from playground.feed import Feed
from playground.journal import Journal
from playground.workspace import Workspace, new_id

Json = dict[str, Any]
Kind = Literal["slash_commands", "interactive", "events_api"]
Payload = Json | str | None


@dataclass(frozen=True)
class Retry:
    """Which attempt at an event this is (0: the first), and why there is another."""

    num: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back from the app: `payload` is its JSON or text; `error` says why there is none."""

    error: Literal["", "operation_timeout", "dispatch_failed", "http_error"] = ""
    payload: Payload = None
    ms: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.error

    @property
    def json(self) -> Json:
        return self.payload if isinstance(self.payload, dict) else {}


class Door(Protocol):
    """A way to the app."""

    @property
    def open(self) -> bool: ...

    async def deliver(self, kind: Kind, body: Json, retry: Retry) -> Answer: ...


@dataclass
class Courier:
    """Chooses the door, tells the log, retries events that nobody acknowledged."""

    app: Installation
    feed: Feed
    journal: Journal
    socket: Door
    http: Door
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)

    def __post_init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self.recent_events: deque[Json] = deque(maxlen=200)

    @property
    def door(self) -> Door:
        return self.http if self.app.request_url else self.socket

    async def ask(self, kind: Kind, body: Json, what: str) -> Answer:
        """Bring a request and wait for its answer, as long as Slack does."""
        started = time.monotonic()
        answer = await self.door.deliver(kind, body, Retry())
        ms = answer.ms or (time.monotonic() - started) * 1000
        self.journal.write("slack→bot", what, answer.error, ms, request=body, answer=answer.payload)
        if answer.error == "operation_timeout":
            self.feed.publish("late_ack", {"what": what, "ms": ms, "note": "operation_timeout"})
        return answer

    def event(self, event: Json, subscription: str | None = None) -> None:
        """Send an event in the background, if the app listens to it; again up to three times until acknowledged."""
        if not self.app.subscribed(subscription or event["type"]):
            return
        body = self.wrap(event)
        self.recent_events.append(body)
        self.start(self._send_event(body))

    def redeliver(self, body: Json, num: int = 1, reason: str = "http_timeout") -> None:
        """Send an event once more although it was acknowledged, as Slack does when an ack is lost."""
        self.start(self._attempt(body, Retry(num, reason)))

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something in the background."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def wrap(self, event: Json) -> Json:
        """The outer part of an event, as Slack forms it."""
        who = {
            "enterprise_id": None,
            "team_id": Workspace.team_id,
            "user_id": self.app.bot_user_id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": self.app.verification_token,
            "team_id": Workspace.team_id,
            "api_app_id": self.app.id,
            "event": {**event, "event_ts": event.get("event_ts") or event.get("ts") or f"{time.time():.6f}"},
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(time.time()),
            "authorizations": [who],
            "is_ext_shared_channel": False,
            "event_context": new_id("EC"),
        }

    async def _send_event(self, body: Json) -> None:
        answer = await self._attempt(body, Retry())
        for num, delay in enumerate(self.retry_delays, start=1):
            if answer.ok:
                return
            await asyncio.sleep(delay)
            reason = {"operation_timeout": "http_timeout", "http_error": "http_error"}.get(answer.error, "connection_failed")
            answer = await self._attempt(body, Retry(num, reason))

    async def _attempt(self, body: Json, retry: Retry) -> Answer:
        started = time.monotonic()
        answer = await self.door.deliver("events_api", body, retry)
        what = f"event {body['event']['type']}" + (f" (retry {retry.num}: {retry.reason})" if retry.num else "")
        ms = answer.ms or (time.monotonic() - started) * 1000
        self.journal.write("slack→bot", what, answer.error, ms, request=body)
        return answer
