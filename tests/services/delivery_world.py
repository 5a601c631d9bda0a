"""A ledger on a clock that a test moves, and a Slack that answers as it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.deliveries import Delivery, Envelope, Finding, Outcome, Sent
from bot.domain.parts import Message, text
from bot.services import Services, deliveries, dispatch
from bot.settings import Settings
from storage import Database, outbox
from storage.tables import delivery
from tests.conftest import NOW


@dataclass
class Clock:
    """A clock that a test moves; the database's is the same."""

    now: datetime = NOW

    def __call__(self, *_: object) -> datetime:
        return self.now

    def on(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Poster:
    """Keeps what it is given, and answers as it is told: `outcomes` first, then well."""

    outcomes: list[Outcome | Callable[[], Outcome]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    posted: list[Envelope] = field(default_factory=list)
    refusing: dict[str, Outcome] = field(default_factory=dict)

    def post(self, envelope: Envelope, may_post: Callable[[], bool]) -> Outcome | None:
        if not may_post():
            return None
        self.posted.append(envelope)
        if envelope.target in self.refusing:
            return self.refusing[envelope.target]
        if self.outcomes:
            outcome = self.outcomes.pop(0)
            return outcome() if callable(outcome) else outcome
        return Sent(envelope.channel or envelope.target, f"17.{len(self.posted):06}")

    def find(self, envelope: Envelope) -> Finding:
        return self.findings.pop(0)

    @property
    def said(self) -> list[str]:
        return [envelope.message.summary for envelope in self.posted]


@dataclass
class World:
    services: Services
    clock: Clock
    poster: Poster = field(default_factory=Poster)

    def post(self, key: str = "k", target: str = "C0OPS", kind: Any = "digest", **more: Any) -> str:
        message = more.pop("message", Message(key, (text(key),)))
        with self.services.db.begin() as connection:
            return deliveries.post(self.services, connection, key=key, kind=kind, target=target, message=message, **more)

    def row(self, delivery_id: str) -> Delivery:
        with self.services.db.read() as connection:
            found = outbox.get(connection, delivery_id)
        assert found
        return found

    def rows(self) -> list[Delivery]:
        with self.services.db.read() as connection:
            return [
                found
                for (each,) in connection.execute(delivery.select().with_only_columns(delivery.c.id).order_by(delivery.c.key))
                if (found := outbox.get(connection, each))
            ]

    def go(self, seconds: float = 0) -> None:
        """Let time pass in steps, and have everything taken up that is due and that nobody holds."""
        end = self.clock.now + timedelta(seconds=seconds)
        while True:
            for row in self.rows():
                if row.state in ("due", "checking") and row.due_at <= self.clock.now:
                    dispatch.deliver(self.services, self.poster, row.id)
            deliveries.sweep(self.services)
            if self.clock.now >= end:
                return
            self.clock.now = min(end, max(self.clock.now + timedelta(seconds=1), self._next()))

    def _next(self) -> datetime:
        """When something happens: nothing does before, so nobody has to look."""
        moments = [row.due_at for row in self.rows() if row.state in ("due", "checking")]
        moments += [row.lease_until for row in self.rows() if row.state in outbox.IN_MOTION and row.lease_until]
        return min(moments, default=datetime.max.replace(tzinfo=UTC))

    def notices(self) -> list[Delivery]:
        return sorted((row for row in self.rows() if row.kind == "notice"), key=lambda row: row.target)


def world_in(db: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world on a database, whose own clock is the test's."""
    clock = Clock()
    monkeypatch.setattr(outbox, "clock", clock)
    monkeypatch.setattr(dispatch.time, "sleep", lambda seconds: clock.on(seconds=seconds))
    return World(Services(db, Settings(admins=frozenset({"U0ADMIN", "U1ADMIN"})), clock), clock)
