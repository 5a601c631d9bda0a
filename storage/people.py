"""Who holds which role, and in which zone people read times."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from storage.dialects import add, insert
from storage.tables import person, role


def roles_of(connection: Connection, user_id: str) -> frozenset[str]:
    """The roles of a person."""
    return frozenset(connection.execute(_ROLES, {"user_id": user_id}).scalars())


_ROLES = select(role.c.role).where(role.c.user_id == bindparam("user_id"))


def holders(connection: Connection, roles: Iterable[str]) -> dict[str, list[str]]:
    """Who holds each of `roles`, in the order in which they got it."""
    found: dict[str, list[str]] = {name: [] for name in roles}
    query = select(role.c.role, role.c.user_id).where(role.c.role.in_(found)).order_by(role.c.granted_at, role.c.user_id)
    for name, user_id in connection.execute(query):
        found[name].append(user_id)
    return found


def grant(connection: Connection, user_id: str, name: str, *, by: str, at: datetime) -> bool:
    """Give a role; False if the person has it already."""
    return add(connection, role, user_id=user_id, role=name, granted_by=by, granted_at=at)


def revoke(connection: Connection, user_id: str, name: str) -> bool:
    """Take a role; False if the person did not have it."""
    return connection.execute(delete(role).where(role.c.user_id == user_id, role.c.role == name)).rowcount == 1


def zone_of(connection: Connection, user_id: str) -> str | None:
    """The zone of a person as Slack said last; None if it was never heard."""
    return connection.execute(select(person.c.timezone).where(person.c.user_id == user_id)).scalar()


def keep_zone(connection: Connection, user_id: str, timezone: str, *, at: datetime) -> None:
    """Remember the zone of a person in place of an earlier one."""
    known = {"timezone": timezone, "told_at": at}
    statement = insert(connection, person).values(user_id=user_id, **known)
    connection.execute(statement.on_conflict_do_update(index_elements=[person.c.user_id], set_=known))
