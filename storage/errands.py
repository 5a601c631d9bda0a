"""Errands: what the workspace is asked for besides messages, and what became of it."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select, update

from bot.domain.errands import Errand
from storage import dialects, outbox
from storage.tables import errand

_COLUMNS = [errand.c[field.name] for field in dataclasses.fields(Errand)]


def add(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Write an errand. False: one with this key exists, and nothing was written."""
    return dialects.add(connection, errand, **row)


def lock(connection: Connection, errand_id: str) -> Errand | None:
    """An errand, which nobody else may change until this transaction ends."""
    return _one(connection, select(*_COLUMNS).where(errand.c.id == errand_id).with_for_update())


def lock_among(connection: Connection, errand_id: str) -> tuple[Errand | None, list[Errand]]:
    """An errand that is due, and the others of its incident that are; nobody else may change them meanwhile."""
    incident = select(errand.c.incident_id).where(errand.c.id == errand_id).scalar_subquery()
    wanted = or_(errand.c.id == errand_id, errand.c.incident_id == incident)
    # Always in the same order, so that two processes never wait for each other.
    query = select(*_COLUMNS).where(errand.c.state == "due", wanted).order_by(errand.c.id).with_for_update()
    found = [Errand(**row) for row in connection.execute(query).mappings()]
    own = next((each for each in found if each.id == errand_id), None)
    return own, [each for each in found if each is not own]


def failed(connection: Connection, key: str) -> str | None:
    """The id of the errand with this key, if it failed."""
    query = select(errand.c.id).where(errand.c.key == key, errand.c.state == "failed")
    found: str | None = connection.execute(query).scalar()
    return found


def is_waiting(connection: Connection, incident: int, kind: str) -> bool:
    """Whether an errand of this kind for an incident is due and was never begun."""
    query = select(errand.c.id).where(errand.c.incident_id == incident, errand.c.kind == kind, errand.c.state == "due")
    return connection.execute(query.where(errand.c.tries == 0).limit(1)).first() is not None


def change(connection: Connection, errand_id: str, **values: Any) -> None:
    """Set columns of an errand."""
    connection.execute(update(errand).where(errand.c.id == errand_id).values(**values))


def forgotten(connection: Connection, now: datetime, at: datetime, limit: int) -> list[str]:
    """The ids of errands that are due on the bot's clock and that nobody holds on the database's; locked."""
    held = errand.c.lease_until
    query = select(errand.c.id).where(errand.c.state == "due", errand.c.due_at <= now, or_(held.is_(None), held < at))
    return list(connection.execute(query.order_by(errand.c.due_at).limit(limit).with_for_update(skip_locked=True)).scalars())


def release_all(connection: Connection) -> None:
    """Let every lease run out: for a process that knows itself to be the only one."""
    past = outbox.clock(connection) - timedelta(seconds=1)
    connection.execute(update(errand).where(errand.c.state == "due").values(lease_until=past))


def _one(connection: Connection, query: Any) -> Errand | None:
    row = connection.execute(query).mappings().first()
    return Errand(**row) if row else None
