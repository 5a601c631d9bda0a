"""What an alert says: one message a place that stays up to date, and what happens in its thread."""

from datetime import datetime
from typing import Any

from bot.domain.alerts import Alert
from bot.domain.deliveries import Kind
from bot.domain.parts import Message
from bot.presenters import alerts as presenter
from bot.services import Services, definitions, deliveries
from storage import Connection, outbox

KIND: Kind = "alert"


def announce(services: Services, connection: Connection, one: Alert) -> None:
    """Have an alert told in its channel, if this transaction is kept; once, however often it is asked."""
    message = _head(services, connection, one)
    _post(services, connection, one, message, target=one.channel, key=_root_key(one))


def page(services: Services, connection: Connection, one: Alert, person: str, due_at: datetime | None) -> None:
    """Have an alert told to a person: once each time it fires, and once more when it becomes critical."""
    message = _head(services, connection, one)
    key = f"alert:{one.name}:{one.times}:{one.level}:{person}"
    _post(services, connection, one, message, target=person, key=key, due_at=due_at)


def redraw(services: Services, connection: Connection, one: Alert) -> None:
    """Bring every message of an alert up to date."""
    heads = [head for head in outbox.heads(connection, KIND, one.name) if head.state not in ("failed", "skipped", "cancelled")]
    if not heads:
        return
    message = _head(services, connection, one)
    for head in heads:
        deliveries.edit(services, connection, head.id, message)


def say(services: Services, connection: Connection, one: Alert, message: Message, key: str) -> None:
    """Say something in the thread of an alert in its channel; the same `key` twice is one."""
    head = root(connection, one)
    if head is not None:
        _post(services, connection, one, message, target=one.channel, key=f"alert:{one.name}:{key}", thread_of=head)


def root(connection: Connection, one: Alert) -> str | None:
    """The message of an alert in its channel; None where it has none."""
    return outbox.id_of(connection, _root_key(one)) if one.channel else None


def _root_key(one: Alert) -> str:
    return f"alert:{one.name}:{one.channel}"


def _head(services: Services, connection: Connection, one: Alert) -> Message:
    kpi = definitions.current(services, connection).get(one.kpi)
    return presenter.head(one, services.settings.timezone, services.now(), kpi.alerts.remedies if kpi else ())


def _post(services: Services, connection: Connection, one: Alert, message: Message, **where: Any) -> None:
    deliveries.post(services, connection, kind=KIND, message=message, subject=one.name, **where)
