"""Incidents, the ledger of their moments, and what happened in them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    String,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    type_coerce,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.domain.incident_answers import Course, Event
from bot.domain.incidents import Incident, Mark, Moment, in_force
from bot.domain.people import Asker
from storage import dialects
from storage.tables import delivery, incident, incident_event, incident_mark, incident_reminder


def add(connection: Connection, new: Incident) -> int | None:
    """Write an incident; its number. None: an incident with its key is open already, and nothing was written."""
    values = {name: getattr(new, name) for name in _OWN} | {"open_key": new.key if new.is_open else None}
    statement = dialects.insert(connection, incident).values(**values).on_conflict_do_nothing().returning(incident.c.id)
    return connection.execute(statement).scalar()


def reopen_key(connection: Connection, one: Incident) -> bool:
    """Make it the open incident of its key again. False: another is open."""
    try:
        with connection.begin_nested():
            change(connection, one.id, open_key=one.key)
    except IntegrityError:
        return False
    return True


def change(connection: Connection, number: int, **values: Any) -> None:
    """Set columns of an incident."""
    connection.execute(update(incident).where(incident.c.id == number).values(**values))


def mark(connection: Connection, number: int, new: Mark) -> None:
    """Add an entry to the ledger of moments."""
    connection.execute(insert(incident_mark).values(incident_id=number, **{name: getattr(new, name) for name in _MARK}))


def note(connection: Connection, number: int, new: Event) -> None:
    """Write down what happened."""
    values = {name: getattr(new, name) for name in _EVENT}
    connection.execute(insert(incident_event).values(incident_id=number, **values | {"details": dict(new.details)}))


def lock(connection: Connection, number: int) -> Incident | None:
    """An incident, which nobody else may change until this transaction ends."""
    return _one(connection, select(incident).where(incident.c.id == number).with_for_update())


def get(connection: Connection, number: int) -> Incident | None:
    """An incident as it stands."""
    return _one(connection, select(incident).where(incident.c.id == number))


def open_with(connection: Connection, key: str) -> Incident | None:
    """The open incident of a key."""
    return _one(connection, select(incident).where(incident.c.open_key == key))


def message_of(connection: Connection, number: int) -> str | None:
    """The delivery at the head of an incident's thread."""
    found: str | None = connection.execute(select(incident.c.message_id).where(incident.c.id == number)).scalar()
    return found


def messages_of(connection: Connection, number: int) -> list[str]:
    """The deliveries that say how an incident stands: where it is told, and in its own channel."""
    query = select(incident.c.message_id, incident.c.own_message_id).where(incident.c.id == number)
    return [each for each in connection.execute(query).one() if each]


def are_told_in(connection: Connection, channel: str) -> bool:
    """Whether any incident is told in a channel."""
    query = select(incident.c.id).where(or_(incident.c.channel == channel, incident.c.own_channel == channel))
    return connection.execute(query.limit(1)).first() is not None


def of_thread(connection: Connection, channel: str, ts: str) -> int | None:
    """The number of the incident whose own channel it is, or whose message stands at the head of the thread."""
    own = connection.execute(select(incident.c.id).where(incident.c.own_channel == channel)).scalar()
    if own is not None:
        return int(own)
    query = select(incident.c.id).join(delivery, delivery.c.id == incident.c.message_id)
    found: int | None = connection.execute(query.where(delivery.c.channel == channel, delivery.c.ts == ts)).scalar()
    return found


def open_to(asker: Asker) -> ColumnElement[bool]:
    """The condition that a person may see an incident, as `Incident.may_see`."""
    if asker.admin:
        return true()
    named = f'"{asker.user_id}"'  # as it stands in a document; a role's name stands before the colon
    has_role = type_coerce(incident.c.roles, String).contains(f": {named}", autoescape=True)
    is_member = type_coerce(incident.c.members, String).contains(named, autoescape=True)
    return or_(incident.c.private.is_(False), incident.c.opened_by == asker.user_id, has_role, is_member)


def everything(
    connection: Connection, asker: Asker, *, only_open: bool = False, as_of: datetime | None = None
) -> list[Incident]:
    """Every incident that the asker may see, in the order of opening, in two queries whatever their number; as it was known
    at `as_of`.
    """
    query, marks = select(incident).where(open_to(asker)), select(incident_mark)
    if only_open:
        query = query.where(incident.c.open_key.is_not(None))
        marks = marks.where(incident_mark.c.incident_id.in_(select(incident.c.id).where(incident.c.open_key.is_not(None))))
    if as_of is not None:
        query = query.where(incident.c.opened_at <= as_of)
    by_incident = _by_incident(connection.execute(marks.order_by(incident_mark.c.id)))
    rows = connection.execute(query.order_by(incident.c.id)).mappings()
    return [_made(row, by_incident[row["id"]], as_of) for row in rows]


def courses(connection: Connection, asker: Asker, as_of: datetime) -> list[Course]:
    """As much of every incident that the asker may see as its measures need, in the order of opening and in one query; as it
    was known at `as_of`.

    Of each moment it takes the entry after which no other was known, as `in_force` does of a ledger.
    """
    mark, later = incident_mark.c, incident_mark.alias().c
    is_outdated = exists().where(
        later.incident_id == mark.incident_id, later.moment == mark.moment, later.id > mark.id, later.recorded_at <= as_of
    )
    of_moment = {moment: func.max(case((mark.moment == moment, mark.at))) for moment in _OF_COURSE}
    onset = func.max(case((mark.moment == "arose", mark.source)))
    query = select(
        incident.c.severity,
        incident.c.kind,
        incident.c.model,
        incident.c.merged_into,
        onset,
        *of_moment.values(),
        incident.c.id,
    )
    query = query.join_from(incident, incident_mark).where(incident.c.opened_at <= as_of, open_to(asker))
    query = query.where(mark.moment.in_(of_moment), mark.at.is_not(None), mark.recorded_at <= as_of, ~is_outdated)
    rows = connection.execute(query.group_by(incident.c.id).order_by(incident.c.id)).yield_per(1000)
    return [Course._make(row) for row in rows]


def having(connection: Connection, moment: Moment, start: datetime, end: datetime) -> list[Incident]:
    """The incidents of which a moment lies in [start, end), in the order of that moment."""
    within = select(incident_mark.c.incident_id).where(
        incident_mark.c.moment == moment, incident_mark.c.at >= start, incident_mark.c.at < end
    )
    query = select(incident_mark).where(incident_mark.c.incident_id.in_(within)).order_by(incident_mark.c.id)
    marks = _by_incident(connection.execute(query))
    rows = connection.execute(select(incident).where(incident.c.id.in_(within))).mappings()
    found = [(at, made) for row in rows if (at := (made := _made(row, marks[row["id"]], None)).at(moment)) is not None]
    return [made for at, made in sorted(found, key=lambda pair: (pair[0], pair[1].id)) if start <= at < end]


def spans_linked(connection: Connection, what: str, to: str, since: datetime) -> list[tuple[datetime, datetime | None]]:
    """From when to when the real incidents lasted that are tied to something, those that were over before `since` left out."""
    tied = select(incident_event.c.incident_id).where(
        incident_event.c.kind == "link", incident_event.c.text == to, incident_event.c.details == {"what": what}
    )
    query = select(incident.c.id).where(incident.c.id.in_(tied), incident.c.kind == "real", incident.c.merged_into.is_(None))
    found = [get(connection, number) for number in connection.execute(query.order_by(incident.c.id)).scalars()]
    spans = [(one.at("arose") or one.opened_at, one.at("resolved")) for one in found if one is not None]
    return [(begin, end) for begin, end in spans if end is None or end >= since]


def lasting(connection: Connection, start: datetime, end: datetime) -> list[Incident]:
    """The incidents detected before `end` that are open or were resolved at `start` or later, in the order of opening."""
    mark = incident_mark.c
    detected = select(mark.incident_id).where(mark.moment == "detected", mark.at < end)
    resolved = select(mark.incident_id).where(mark.moment == "resolved", mark.at >= start)
    lasted = and_(incident.c.id.in_(detected), or_(incident.c.open_key.is_not(None), incident.c.id.in_(resolved)))
    marks = select(incident_mark).where(mark.incident_id.in_(select(incident.c.id).where(lasted))).order_by(mark.id)
    by_incident = _by_incident(connection.execute(marks))
    rows = connection.execute(select(incident).where(lasted).order_by(incident.c.id)).mappings()
    known = [_made(row, by_incident[row["id"]], None) for row in rows]
    return [one for one in known if (one.at("detected") or end) < end and (one.at("resolved") or start) >= start]


def ledger(connection: Connection, number: int) -> list[Mark]:
    """Every entry about the moments of an incident, in the order in which they were written."""
    query = select(incident_mark).where(incident_mark.c.incident_id == number).order_by(incident_mark.c.id)
    return [_mark(row) for row in connection.execute(query)]


def events(connection: Connection, number: int) -> list[Event]:
    """What happened in an incident, in the order in which it happened."""
    query = select(incident_event).where(incident_event.c.incident_id == number)
    rows = connection.execute(query.order_by(incident_event.c.at, incident_event.c.id))
    return [Event(r.at, r.recorded_at, r.actor, r.kind, r.text, r.details) for r in rows]


def plan(connection: Connection, number: int, due: Mapping[str, datetime]) -> None:
    """Put these reminders, by kind, in the place of all that an incident has."""
    connection.execute(delete(incident_reminder).where(incident_reminder.c.incident_id == number))
    if due:
        rows = [{"incident_id": number, "kind": kind, "due_at": at} for kind, at in due.items()]
        connection.execute(insert(incident_reminder), rows)


def reminders(
    connection: Connection, *, until: datetime | None = None, number: int | None = None
) -> dict[int, dict[str, datetime]]:
    """The reminders by incident and kind: those due by a moment, or those of one incident."""
    query = select(incident_reminder).order_by(incident_reminder.c.due_at)
    if until is not None:
        query = query.where(incident_reminder.c.due_at <= until)
    if number is not None:
        query = query.where(incident_reminder.c.incident_id == number)
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.incident_id][row.kind] = row.due_at
    return found


_OWN = (
    *("key", "title", "severity", "kind", "model", "opened_by", "opened_at"),
    *("backfilled", "merged_into", "channel", "roles", "members", "private", "own_channel"),
)
_OF_COURSE: tuple[Moment, ...] = ("arose", "detected", "acknowledged", "resolved")
_MARK = ("moment", "at", "low", "high", "source", "actor", "recorded_at", "reason")
_EVENT = ("at", "recorded_at", "actor", "kind", "text")


def _one(connection: Connection, query: Any) -> Incident | None:
    row = connection.execute(query).mappings().first()
    return _made(row, ledger(connection, row["id"]), None) if row else None


def _by_incident(rows: Iterable[Any]) -> dict[int, list[Mark]]:
    found: dict[int, list[Mark]] = defaultdict(list)
    for row in rows:
        found[row.incident_id].append(_mark(row))
    return found


def _mark(row: Any) -> Mark:
    return Mark(row.moment, row.at, row.source, row.actor, row.recorded_at, row.reason, row.low, row.high)


def _made(row: RowMapping, marks: list[Mark], as_of: datetime | None) -> Incident:
    return Incident(id=row["id"], marks=in_force(marks, as_of), **{name: row[name] for name in _OWN})
