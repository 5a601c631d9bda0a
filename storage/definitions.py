"""Definitions of KPIs: every version that was ever in force."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, text

from storage.tables import definition


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a definition. `file` is empty where a form made it; `retired` says that the KPI ended with it."""

    name: str
    version: int
    source: str
    digest: str
    file: str
    line: int
    applied_at: datetime
    applied_by: str
    reason: str = ""
    retired: bool = False
    id: int = 0


_COLUMNS = [definition.c[name] for name in Stored.__slots__]


def newest_id(connection: Connection) -> int:
    """The id of the row added last; 0 for none. While it stays, nothing has changed."""
    return int(connection.execute(_NEWEST).scalar_one())


_NEWEST = select(func.coalesce(func.max(definition.c.id), 0))


def latest(connection: Connection, *, from_files: bool = False) -> dict[str, Stored]:
    """The last version of each name, retired ones too; `from_files`: the last that came from a file."""
    last = select(func.max(definition.c.id)).group_by(definition.c.name)
    if from_files:
        last = last.where(definition.c.file != "")
    return {row.name: row for row in _rows(connection, select(*_COLUMNS).where(definition.c.id.in_(last)))}


def at_version(connection: Connection, name: str, version: int) -> Stored | None:
    """The definition of `name` as version `version` had it."""
    query = select(*_COLUMNS).where(definition.c.name == name, definition.c.version == version)
    return next(iter(_rows(connection, query)), None)


def versions(connection: Connection, name: str) -> list[Stored]:
    """All versions of `name`, the newest first."""
    return _rows(connection, select(*_COLUMNS).where(definition.c.name == name).order_by(definition.c.version.desc()))


def hold(connection: Connection) -> None:
    """Let no other transaction add definitions until this one ends."""
    # On SQLite a transaction that writes is alone already.
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE definition IN SHARE ROW EXCLUSIVE MODE"))


def add(connection: Connection, new: Stored) -> None:
    """Add a version."""
    connection.execute(insert(definition).values({n: getattr(new, n) for n in Stored.__slots__ if n != "id"}))


def _rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Stored]:
    return [Stored(**row) for row in connection.execute(query).mappings()]
