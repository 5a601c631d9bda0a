"""Remedies under way."""

import dataclasses
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.domain.remedies import Run
from storage.tables import remedy_run

_FIELDS = [field.name for field in dataclasses.fields(Run)]


def add(connection: Connection, new: Run) -> Run:
    """Write a use of a remedy; it with its number."""
    values = {name: getattr(new, name) for name in _FIELDS if name != "id"} | {"approvals": list(new.approvals)}
    number = connection.execute(insert(remedy_run).values(**values).returning(remedy_run.c.id)).scalar_one()
    return dataclasses.replace(new, id=number)


def lock(connection: Connection, number: int) -> Run | None:
    """One use, which nobody else may change until this transaction ends."""
    row = connection.execute(select(remedy_run).where(remedy_run.c.id == number).with_for_update()).mappings().first()
    return _made(row) if row else None


def keep(connection: Connection, one: Run) -> None:
    """Write it as it is now."""
    values = {name: getattr(one, name) for name in _FIELDS if name != "id"} | {"approvals": list(one.approvals)}
    connection.execute(update(remedy_run).where(remedy_run.c.id == one.id).values(**values))


def due(connection: Connection, now: datetime) -> list[int]:
    """Those with which something is due."""
    query = select(remedy_run.c.id).where(remedy_run.c.next_at <= now).order_by(remedy_run.c.next_at, remedy_run.c.id)
    return list(connection.execute(query.limit(50)).scalars())


def wake(connection: Connection, alert_id: int, now: datetime) -> None:
    """Look at once at what is under way about an alert."""
    under_way = (remedy_run.c.alert_id == alert_id, remedy_run.c.next_at.is_not(None))
    connection.execute(update(remedy_run).where(*under_way).values(next_at=now))


def of_alert(connection: Connection, number: int) -> list[Run]:
    """Every use about an alert, in the order of asking."""
    query = select(remedy_run).where(remedy_run.c.alert_id == number).order_by(remedy_run.c.id)
    return [_made(row) for row in connection.execute(query).mappings()]


def _made(row: Any) -> Run:
    return Run(**{name: row[name] for name in _FIELDS} | {"approvals": tuple(row["approvals"])})
