"""Silences: which alerts nobody is told of, from when to when, and why."""

import dataclasses
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from bot.domain.silences import Silence
from storage.tables import silence

_FIELDS = [field.name for field in dataclasses.fields(Silence)]


def add(connection: Connection, new: Silence) -> Silence:
    """Write a silence; it with its number."""
    values = {name: getattr(new, name) for name in _FIELDS if name != "id"} | {"dimensions": dict(new.dimensions)}
    number = connection.execute(insert(silence).values(**values).returning(silence.c.id)).scalar_one()
    return dataclasses.replace(new, id=number)


def lock(connection: Connection, number: int) -> Silence | None:
    """A silence, which nobody else may change until this transaction ends."""
    row = connection.execute(select(silence).where(silence.c.id == number).with_for_update()).mappings().first()
    return _made(row) if row else None


def change(connection: Connection, number: int, **values: Any) -> None:
    """Set columns of a silence."""
    connection.execute(update(silence).where(silence.c.id == number).values(**values))


def unfinished(connection: Connection) -> list[Silence]:
    """Every silence whose end has not been told, in the order of their ends."""
    query = select(silence).where(silence.c.over.is_(False)).order_by(silence.c.ends_at, silence.c.id)
    return [_made(row) for row in connection.execute(query).mappings()]


def next_due(connection: Connection) -> datetime | None:
    """When the next one begins or ends."""
    begins = select(func.min(silence.c.starts_at)).where(silence.c.begun.is_(False), silence.c.over.is_(False))
    ends = select(func.min(silence.c.ends_at)).where(silence.c.over.is_(False))
    found = [at for query in (begins, ends) if (at := connection.execute(query).scalar()) is not None]
    return min(found, default=None)


def _made(row: Any) -> Silence:
    return Silence(**{name: row[name] for name in _FIELDS})
