"""Alerts, and what happened with each."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    String,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from bot.domain.alert_answers import Event
from bot.domain.alerts import Alert
from storage import dialects
from storage.tables import alert, alert_event, delivery

_FIELDS = [field.name for field in dataclasses.fields(Alert)]
_KEYS = 7_233_046_592
"""Any number, so that locks of keys of alerts are not taken for other locks."""
_OPEN = alert.c.open_key.is_not(None)
_CHANGE = update(alert).where(alert.c.id == bindparam("number"))


def latest(connection: Connection, key: str) -> Alert | None:
    """The newest alert of a key. Nobody else may change it, or begin one where there is none, until this transaction ends."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer as it is
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, _KEYS))))
    return _one(connection, select(alert).where(alert.c.key == key).order_by(alert.c.id.desc()).limit(1).with_for_update())


def lock(connection: Connection, number: int) -> Alert | None:
    """An alert, which nobody else may change until this transaction ends."""
    return _one(connection, select(alert).where(alert.c.id == number).with_for_update())


def get(connection: Connection, number: int) -> Alert | None:
    """An alert as it stands."""
    return _one(connection, select(alert).where(alert.c.id == number))


def add(connection: Connection, new: Alert) -> Alert | None:
    """Write an alert; it with its number. None: one of its key is open already, and nothing was written."""
    statement = dialects.insert(connection, alert).on_conflict_do_nothing().returning(alert.c.id)
    made = connection.execute(statement, _values(new)).scalar()
    return None if made is None else dataclasses.replace(new, id=made)


def keep(connection: Connection, one: Alert) -> None:
    """Write an alert as it is now."""
    connection.execute(_CHANGE, {"number": one.id, **_values(one)})


def hear(connection: Connection, number: int, at: datetime) -> None:
    """Write down of when the latest word of a sender is."""
    connection.execute(_CHANGE, {"number": number, "heard_at": at})


def drop(connection: Connection, number: int) -> None:
    """Forget an alert that never fired."""
    connection.execute(delete(alert).where(alert.c.id == number, alert.c.fired_at.is_(None)))


def note(connection: Connection, number: int, new: Event) -> None:
    """Write down what happened."""
    values = {"at": new.at, "actor": new.actor, "kind": new.kind, "text": new.text, "details": dict(new.details)}
    connection.execute(insert(alert_event), {"alert_id": number, **values})


def events(connection: Connection, number: int) -> list[Event]:
    """What happened with an alert, in the order in which it was written down."""
    query = select(alert_event).where(alert_event.c.alert_id == number).order_by(alert_event.c.id)
    return [Event(row.at, row.actor, row.kind, row.text, row.details) for row in connection.execute(query)]


def due(connection: Connection, now: datetime, limit: int) -> list[int]:
    """The alerts with which something is due."""
    query = select(alert.c.id).where(alert.c.next_at <= now).order_by(alert.c.next_at, alert.c.id).limit(limit)
    return list(connection.execute(query).scalars())


def next_due(connection: Connection) -> datetime | None:
    """When something is due next."""
    found: datetime | None = connection.execute(select(func.min(alert.c.next_at))).scalar()
    return found


def wake(connection: Connection, now: datetime, *, held_by: str = "") -> None:
    """Attend to alerts at once: to all open ones of which nobody is told, or to those held back by one cause."""
    held = alert.c.held == held_by if held_by else alert.c.held != ""
    connection.execute(update(alert).where(_OPEN, held).values(next_at=now))


def wake_some(connection: Connection, numbers: Iterable[int], now: datetime) -> None:
    """Attend to these alerts at once."""
    connection.execute(update(alert).where(alert.c.id.in_(list(numbers))).values(next_at=now))


def outside_rules(connection: Connection) -> set[str]:
    """The senders from outside that ever said that something fires."""
    return set(connection.execute(select(alert.c.rule).where(alert.c.kpi == "").distinct()).scalars())


def open_ones(connection: Connection, *, pending: bool = False) -> list[Alert]:
    """Every alert that goes on, the oldest first; with `pending`, those too that do not fire yet."""
    query = select(alert).where(_OPEN)
    if not pending:
        query = query.where(alert.c.state != "pending")
    return [_made(row) for row in connection.execute(query.order_by(alert.c.id)).mappings()]


def open_of_kpis(connection: Connection, kpis: Iterable[str]) -> list[Alert]:
    """The alerts of these KPIs that go on."""
    query = select(alert).where(_OPEN, alert.c.kpi.in_(list(kpis)), alert.c.state != "pending")
    return [_made(row) for row in connection.execute(query.order_by(alert.c.id)).mappings()]


def stale(connection: Connection, since: datetime) -> list[Alert]:
    """The alerts about figures that do not come, those included that were resolved since then."""
    lasting = or_(and_(_OPEN, alert.c.state != "pending"), alert.c.resolved_at > since)
    query = select(alert).where(lasting, alert.c.rule.endswith("/stale"))
    return [_made(row) for row in connection.execute(query.order_by(alert.c.id)).mappings()]


def open_of_series(connection: Connection, kpi: str, dimensions: Mapping[str, str]) -> list[Alert]:
    """The alerts of one series that are not resolved, those that do not fire yet included."""
    query = select(alert).where(_OPEN, alert.c.kpi == kpi, alert.c.dimensions == dict(dimensions))
    return [_made(row) for row in connection.execute(query.order_by(alert.c.id)).mappings()]


def fired(connection: Connection, *, since: datetime | None = None, rule: str = "", limit: int | None = None) -> list[Alert]:
    """What fired, the newest first. `rule` is the name of a rule, or of a KPI for all of its rules."""
    wanted: list[ColumnElement[bool]] = [alert.c.fired_at.is_not(None)]
    if since is not None:
        wanted.append(or_(alert.c.fired_at >= since, _OPEN))
    if rule:
        wanted.append(or_(alert.c.rule == rule, alert.c.kpi == rule))
    query = select(alert).where(and_(*wanted)).order_by(alert.c.fired_at.desc(), alert.c.id.desc()).limit(limit)
    return [_made(row) for row in connection.execute(query).mappings()]


def is_any_open(connection: Connection, incident_id: int) -> bool:
    """Whether an alert of an incident still goes on."""
    return connection.execute(select(alert.c.id).where(_OPEN, alert.c.incident == incident_id).limit(1)).first() is not None


class Told(NamedTuple):
    """When an alert of an incident went through its steps; `delivered` is when the first message of it stood in Slack."""

    incident: int
    data: datetime | None
    true: datetime
    fired: datetime
    delivered: datetime | None
    acknowledged: datetime | None


def of_incidents(connection: Connection, as_of: datetime) -> dict[int, Told]:
    """The first alert of each incident that has one, as it was at `as_of`."""
    subject = literal("ALERT-").concat(cast(alert.c.id, String))
    sent = (
        select(func.min(delivery.c.sent_at))
        .where(delivery.c.kind == "alert", delivery.c.subject == subject, delivery.c.edits.is_(None))
        .correlate(alert)
        .scalar_subquery()
    )
    steps = (alert.c.data_at, alert.c.active_at, alert.c.fired_at, sent, alert.c.acknowledged_at)
    query = select(alert.c.incident, *steps).where(alert.c.incident.is_not(None), alert.c.fired_at <= as_of)
    found: dict[int, Told] = {}
    for row in connection.execute(query.order_by(alert.c.id)):
        told = Told._make(row)
        known = [at if at is None or at <= as_of else None for at in (told.delivered, told.acknowledged)]
        found.setdefault(told.incident, told._replace(delivered=known[0], acknowledged=known[1]))
    return found


def _one(connection: Connection, query: Any) -> Alert | None:
    row = connection.execute(query).mappings().first()
    return _made(row) if row else None


def _values(one: Alert) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in _FIELDS if name != "id"}
    plan: Sequence[Mapping[str, object]] = one.plan
    documents = {"dimensions": dict(one.dimensions), "facts": dict(one.facts), "plan": [dict(each) for each in plan]}
    return values | documents | {"open_key": None if one.state == "resolved" else one.key}


def _made(row: RowMapping) -> Alert:
    return Alert(**{name: row[name] for name in _FIELDS} | {"plan": tuple(row["plan"])})
