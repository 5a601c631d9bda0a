"""The audit log: who changed what, when and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from bot.domain.people import Change
from storage.tables import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """A change with the moment at which it was made."""

    at: datetime
    change: Change


def write(connection: Connection, at: datetime, change: Change) -> None:
    """Add a line, in the transaction that makes the change."""
    connection.execute(
        insert(audit).values(
            at=at,
            actor=change.actor,
            action=change.action,
            subject=change.subject,
            before=change.before,
            after=change.after,
            reason=change.reason,
        )
    )


def entries(connection: Connection, subject: str = "", limit: int = 50) -> list[Entry]:
    """The latest lines, the newest first: all, or those about `subject`."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if subject:
        query = query.where(audit.c.subject == subject)
    return [
        Entry(row.at, Change(row.actor, row.action, row.subject, row.before, row.after, row.reason))
        for row in connection.execute(query)
    ]
