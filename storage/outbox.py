"""The delivery ledger: what is to be said, to whom, and what became of it."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, update

from bot.domain.deliveries import LIFETIME, Delivery, Kind
from storage import dialects
from storage.columns import Instant
from storage.tables import delivery, digest_run, publication

IN_MOTION = ("due", "sending", "checking")
OPEN_RUN = ("queued", "building")
_KEYS_STAY = True
"""Rows are locked, their keys are not: to change twice what stands in a thread asks PostgreSQL for the key of its head."""
_CHANGE = update(delivery).where(delivery.c.id == bindparam("delivery"))
_COLUMNS = [delivery.c[field.name] for field in dataclasses.fields(Delivery)]


def clock(connection: Connection) -> datetime:
    """The moment by the database's clock, which all replicas share: leases and paces are kept by it."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(select(func.clock_timestamp(type_=Instant()))).scalar_one()
    return moment


def insert(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Write a delivery. False: one with this key exists, and nothing was written."""
    return dialects.add(connection, delivery, **row)


def publish(connection: Connection, delivery_id: str, observation_ids: Sequence[int]) -> None:
    """Note which observations a delivery says."""
    if observation_ids:
        rows = [{"delivery_id": delivery_id, "observation_id": each} for each in sorted(set(observation_ids))]
        connection.execute(publication.insert(), rows)


def id_of(connection: Connection, key: str) -> str | None:
    """The id of the delivery with this key."""
    found: str | None = connection.execute(select(delivery.c.id).where(delivery.c.key == key)).scalar()
    return found


def get(connection: Connection, delivery_id: str) -> Delivery | None:
    """A delivery as it is now."""
    return _one(connection, delivery_id, lock=False)


def lock(connection: Connection, delivery_id: str) -> Delivery | None:
    """A delivery, which nobody else may change until this transaction ends."""
    return _one(connection, delivery_id, lock=True)


def change(connection: Connection, delivery_id: str, **values: Any) -> None:
    """Set columns of a delivery."""
    connection.execute(_CHANGE, {"delivery": delivery_id, **values})


def stands_at(connection: Connection, channel: str, ts: str) -> bool:
    """Whether the message at this place is one of ours."""
    query = select(delivery.c.id).where(delivery.c.channel == channel, delivery.c.ts == ts)
    return connection.execute(query.limit(1)).first() is not None


def is_awaited(connection: Connection, target: str) -> bool:
    """Whether something is still on its way to this place."""
    query = select(delivery.c.id).where(delivery.c.target == target, delivery.c.state.in_((*IN_MOTION, "waiting")))
    return connection.execute(query.limit(1)).first() is not None


def children(connection: Connection, delivery_id: str) -> list[Delivery]:
    """What waits to be posted into the thread of a delivery, in order."""
    query = select(*_COLUMNS).where(delivery.c.parent_id == delivery_id, delivery.c.state == "waiting")
    return [Delivery(**row) for row in connection.execute(query.order_by(delivery.c.position)).mappings()]


def pending_edit(connection: Connection, of: str) -> Delivery | None:
    """The edit of a message that nobody has begun to send, locked; None where there is none."""
    query = select(*_COLUMNS).where(delivery.c.edits == of, delivery.c.state == "due").with_for_update(key_share=_KEYS_STAY)
    row = connection.execute(query).mappings().first()
    return Delivery(**row) if row else None


def is_edited_now(connection: Connection, row: Delivery) -> bool:
    """Whether another edit of the same message is on its way."""
    query = select(delivery.c.id).where(delivery.c.edits == row.edits, delivery.c.state.in_(("sending", "checking")))
    return connection.execute(query.where(delivery.c.id != row.id)).first() is not None


def forgotten(
    connection: Connection, now: datetime, at: datetime, limit: int, *, only_in_doubt: bool = False
) -> list[Delivery]:
    """Deliveries that should move and that nobody holds: due on the bot's clock, their lease run out on the database's.

    They are locked; a row that another transaction works on is left out. `only_in_doubt`: none but those that were being sent.
    """
    held, states = delivery.c.lease_until, ("sending",) if only_in_doubt else IN_MOTION
    query = (
        select(*_COLUMNS)
        .where(delivery.c.state.in_(states), or_(delivery.c.due_at <= now, delivery.c.state == "sending"))
        .where(or_(held.is_(None), held < at))
        .order_by(delivery.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=_KEYS_STAY)
    )
    return [Delivery(**row) for row in connection.execute(query).mappings()]


def forget_turns(connection: Connection, after: datetime, now: datetime) -> None:
    """Let what has a turn after a moment, which only a clock that was ahead gives, be due now and take another."""
    query = update(delivery).where(delivery.c.state == "due", delivery.c.slot_at > after)
    connection.execute(query.values(slot_at=None, due_at=now, lease_until=None))


def let_go(connection: Connection, now: datetime) -> None:
    """Let what is due by `now`, and waits in the queue for a later moment, be taken up by the next sweep."""
    waiting = (delivery.c.state == "due", delivery.c.due_at <= now, delivery.c.lease_owner.is_(None))
    connection.execute(update(delivery).where(*waiting).values(lease_until=None))


def release_all(connection: Connection) -> None:
    """Let every lease run out: for a process that knows itself to be the only one."""
    past = clock(connection) - timedelta(seconds=1)
    connection.execute(update(delivery).where(delivery.c.state.in_(IN_MOTION)).values(lease_until=past))
    connection.execute(update(digest_run).where(digest_run.c.state.in_(OPEN_RUN)).values(lease_until=past))


def stranded_runs(connection: Connection, now: datetime, at: datetime, lease: timedelta) -> list[str]:
    """Digest runs that nobody writes: their lease has run out, or they were queued a lease ago and nobody took them."""
    held = digest_run.c.lease_until
    never_taken = and_(held.is_(None), digest_run.c.fired_at < now - lease)
    query = select(digest_run.c.id).where(digest_run.c.state.in_(OPEN_RUN), or_(held < at, never_taken))
    return list(connection.execute(query).scalars())


def history(
    connection: Connection, *, subject: str = "", person: str | None = None, kinds: Sequence[str] = (), limit: int = 50
) -> list[Delivery]:
    """The newest deliveries first: about a subject or its runs. With `person`, what is theirs, and what channels could see."""
    wanted: list[ColumnElement[bool]] = [delivery.c.parent_id.is_(None), delivery.c.edits.is_(None)]
    if subject:
        wanted.append(or_(delivery.c.subject == subject, delivery.c.subject.startswith(f"{subject}@", autoescape=True)))
    if kinds:
        wanted.append(delivery.c.kind.in_(kinds))
    theirs = or_(delivery.c.target == person, delivery.c.owner == person)
    if person is not None and not subject:
        wanted.append(theirs)
    elif person is not None:
        private = or_(delivery.c.target.startswith("U"), delivery.c.target.startswith("W"), delivery.c.target.startswith("D"))
        wanted.append(or_(theirs, ~private))
    query = select(*_COLUMNS).where(and_(*wanted)).order_by(delivery.c.created_at.desc(), delivery.c.id).limit(limit)
    return [Delivery(**row) for row in connection.execute(query).mappings()]


def targets(connection: Connection, kind: str, subject: str) -> frozenset[str]:
    """To whom there are messages of a kind about a subject, sent or not."""
    query = select(delivery.c.target).where(delivery.c.kind == kind, delivery.c.subject == subject)
    return frozenset(connection.execute(query).scalars())


def arrived(connection: Connection, kind: str, subject: str) -> dict[str, datetime]:
    """Since when the messages of a kind about a subject stand where they were sent, by their targets.

    One of which nobody can tell whether it was taken stands there as well.
    """
    since = func.coalesce(delivery.c.sent_at, delivery.c.due_at)
    query = select(delivery.c.target, since).where(delivery.c.kind == kind, delivery.c.subject == subject)
    rows = connection.execute(query.where(delivery.c.state.in_(("sent", "uncertain"))))
    return {target: moment for target, moment in rows}  # noqa: C416 - rows are not pairs to a type checker


def moving(connection: Connection, kind: str, subject: str) -> dict[str, int]:
    """How many of the messages of a kind about a subject are still to be sent, by the zones whose clocks they keep to."""
    wanted = (delivery.c.kind == kind, delivery.c.subject == subject, delivery.c.state.in_(IN_MOTION))
    rows = connection.execute(select(delivery.c.zone, func.count()).where(*wanted).group_by(delivery.c.zone))
    return {zone: n for zone, n in rows}  # noqa: C416 - rows are not pairs to a type checker


def lost(connection: Connection, subject: str) -> list[str]:
    """To whom messages about a subject were not delivered, or nobody can tell whether they were: a target for each."""
    wanted = (delivery.c.subject == subject, delivery.c.state.in_(("failed", "uncertain", "skipped")))
    return list(connection.execute(select(delivery.c.target).where(*wanted)).scalars())


def by_subject(connection: Connection, subjects: Sequence[str]) -> dict[str, Delivery]:
    """The messages about these subjects that do not stand in a thread, by subject."""
    query = select(*_COLUMNS).where(
        delivery.c.subject.in_(subjects),
        delivery.c.parent_id.is_(None),
        delivery.c.edits.is_(None),
        delivery.c.kind != "notice",
    )
    return {row["subject"]: Delivery(**row) for row in connection.execute(query).mappings()}


def heads(connection: Connection, kind: str, subject: str) -> list[Delivery]:
    """The messages of a kind about a subject that stand by themselves: neither in a thread nor edits of another."""
    query = select(*_COLUMNS).where(
        delivery.c.kind == kind, delivery.c.subject == subject, delivery.c.parent_id.is_(None), delivery.c.edits.is_(None)
    )
    return [Delivery(**row) for row in connection.execute(query.order_by(delivery.c.created_at, delivery.c.id)).mappings()]


def last_said(connection: Connection, kind: str, subject: str) -> tuple[datetime | None, bool]:
    """When something about a subject was last sent, edits left aside, and whether something of it is still on its way."""
    said = (delivery.c.kind == kind, delivery.c.subject == subject, delivery.c.edits.is_(None))
    last: datetime | None = connection.execute(select(func.max(delivery.c.sent_at)).where(*said)).scalar()
    moving = connection.execute(select(delivery.c.id).where(*said, delivery.c.state.in_(("waiting", *IN_MOTION)))).first()
    return last, moving is not None


def cancel_later(connection: Connection, kind: Kind, subject: str, now: datetime, why: str) -> None:
    """Take back what was to be said of a subject at a later hour; what waits for its turn or a further try is still said."""
    # Whoever has to wait has a new `due_at`; the deadline still tells for when it was meant.
    later = (delivery.c.kind == kind, delivery.c.subject == subject, delivery.c.state == "due")
    meant_later = delivery.c.deadline > now + LIFETIME[kind]
    connection.execute(
        update(delivery)
        .where(*later, meant_later, delivery.c.edits.is_(None))
        .values(state="cancelled", error=why, lease_until=None)
    )


def prolong(connection: Connection, kind: Kind, subject: str, until: datetime) -> None:
    """Let the messages of a kind about a subject that are still to be sent be worth it until a later moment."""
    wanted = (delivery.c.kind == kind, delivery.c.subject == subject, delivery.c.state.in_(IN_MOTION))
    connection.execute(update(delivery).where(*wanted, delivery.c.deadline < until).values(deadline=until))


def replies(connection: Connection, roots: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many replies in the threads of these deliveries are in each state, by the delivery."""
    query = select(delivery.c.parent_id, delivery.c.state, func.count()).where(delivery.c.parent_id.in_(roots))
    found: dict[str, dict[str, int]] = {}
    for root, state, n in connection.execute(query.group_by(delivery.c.parent_id, delivery.c.state)):
        found.setdefault(root, {})[state] = n
    return found


def counts(connection: Connection, since: datetime) -> dict[str, int]:
    """How many deliveries made since then are in each state."""
    query = select(delivery.c.state, func.count()).where(delivery.c.created_at >= since).group_by(delivery.c.state)
    return {state: n for state, n in connection.execute(query)}  # noqa: C416 - rows are not pairs to a type checker


def _one(connection: Connection, delivery_id: str, *, lock: bool) -> Delivery | None:
    query = select(*_COLUMNS).where(delivery.c.id == delivery_id)
    row = connection.execute(query.with_for_update(key_share=_KEYS_STAY) if lock else query).mappings().first()
    return Delivery(**row) if row else None


def everything(connection: Connection) -> list[Delivery]:
    """The whole ledger, for an export or a check of it."""
    return [
        Delivery(**row)
        for row in connection.execute(select(*_COLUMNS).order_by(delivery.c.created_at, delivery.c.key)).mappings()
    ]
