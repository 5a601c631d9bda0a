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


def lock_key(connection: Connection, key: str) -> Errand | None:
    """The errand with this key, which nobody else may change until this transaction ends."""
    return _one(connection, select(*_COLUMNS).where(errand.c.key == key).with_for_update())


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
