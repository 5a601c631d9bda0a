"""Waves of surveys: who is invited, their ballots, and when they are reminded."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, literal, or_, select, update

from storage import dialects
from storage.survey_tables import attributed_answer, ballot, follow_up, invitation, wave, wave_comment, wave_reminder
from storage.tables import delivery

REWRITTEN = (
    *("wave", "ballot", "invitation", "wave_reminder", "wave_count", "wave_figure", "wave_comment", "follow_up"),
    *("attributed_answer", "survey_schedule", "delivery"),
)
"""The tables in whose old pages something may be left of who answered what, or who was asked."""
FOLLOWED = "follow:"
"""What the key of a delivery begins with that tells the answer to a question back."""
LONGEST_WAIT = timedelta(days=60)
"""How long after its end a wave may be counted: a sealed one waits for its key, and Barometer may be stopped."""
State = Literal["opening", "open", "closed", "unopened", "failed"]


@dataclass(frozen=True, slots=True)
class StoredWave:
    """A row of `wave`. `contract` is JSON: what was promised when it opened."""

    id: int
    survey: str
    number: int
    open_key: str | None
    contract: str
    state: State
    key_id: str
    opened_by: str
    opens_at: datetime
    closes_at: datetime
    extended: bool
    invited: int
    told: bool
    cleaned: bool
    receipt: Mapping[str, Any]
    key: str | None
    asks: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody who is invited: the values of the cuts that they belong to, and how they are spoken to."""

    user_id: str
    groups: Mapping[str, str]
    zone: str
    language: str


_COLUMNS = [wave.c[field.name] for field in dataclasses.fields(StoredWave)]


def add(connection: Connection, **values: Any) -> StoredWave | None:
    """Write a wave with the next number of its survey. None: there is one of its `open_key` or `key` already."""
    last = select(func.max(wave.c.number)).where(wave.c.survey == values["survey"], wave.c.number > 0)
    number = (connection.execute(last).scalar() or 0) + 1
    row = dialects.insert(connection, wave).values(number=number, **values).on_conflict_do_nothing().returning(*_COLUMNS)
    found = connection.execute(row).mappings().first()
    return StoredWave(**found) if found else None


def get(connection: Connection, wave_id: int, *, lock: bool = False) -> StoredWave | None:
    """A wave; with `lock`, nobody else may change it or its ballots until this transaction ends."""
    query = select(*_COLUMNS).where(wave.c.id == wave_id)
    return _one(connection, query.with_for_update() if lock else query)


def by_key(connection: Connection, key: str) -> StoredWave | None:
    """The wave that a request started."""
    return _one(connection, select(*_COLUMNS).where(wave.c.key == key))


def open_of(connection: Connection, survey: str, *, lock: bool = False) -> StoredWave | None:
    """The wave of a survey that is open, or is being opened."""
    query = select(*_COLUMNS).where(wave.c.open_key == survey)
    return _one(connection, query.with_for_update() if lock else query)


def of_survey(connection: Connection, survey: str, states: Sequence[State] = (), limit: int = 100) -> list[StoredWave]:
    """The waves of a survey, the latest first."""
    query = select(*_COLUMNS).where(wave.c.survey == survey)
    if states:
        query = query.where(wave.c.state.in_(states))
    return _all(connection, query.order_by(wave.c.number.desc()).limit(limit))


def latest(connection: Connection) -> dict[str, StoredWave]:
    """The latest wave of each survey that did not fail to open, by its name."""
    number = func.max(wave.c.number).label("number")
    newest = select(wave.c.survey, number).where(wave.c.state != "failed").group_by(wave.c.survey).subquery()
    query = select(*_COLUMNS).join(newest, (wave.c.survey == newest.c.survey) & (wave.c.number == newest.c.number))
    return {each.survey: each for each in _all(connection, query)}


def failed(connection: Connection) -> dict[str, StoredWave]:
    """The latest start of each survey, by its name, where that failed."""
    newest = select(func.max(wave.c.id)).group_by(wave.c.survey)
    query = select(*_COLUMNS).where(wave.c.id.in_(newest), wave.c.state == "failed")
    return {each.survey: each for each in _all(connection, query)}


def fail(connection: Connection, row: StoredWave, why: str) -> None:
    """Give up a wave that was being opened. Its number, under which nobody was asked, is free again; it has one below 0."""
    given_up = {"state": "failed", "number": -row.id, "open_key": None, "asks": None, "receipt": {**row.receipt, "why": why}}
    change(connection, row.id, **given_up)


def running(connection: Connection) -> list[StoredWave]:
    """The waves that are open or being opened, by the names of their surveys."""
    return _all(connection, select(*_COLUMNS).where(wave.c.open_key.is_not(None)).order_by(wave.c.survey))


def asked(connection: Connection) -> list[str]:
    """The surveys of which a wave is closed, by name."""
    query = select(wave.c.survey).where(wave.c.state == "closed").distinct().order_by(wave.c.survey)
    return list(connection.execute(query).scalars())


def to_do(connection: Connection, now: datetime) -> list[StoredWave]:
    """The waves with which something is due: to be opened, to be told of, to be closed, or to be cleaned up after."""
    due = or_(
        wave.c.state == "opening",
        (wave.c.state == "open") & ~wave.c.told,
        (wave.c.state == "open") & (wave.c.closes_at <= now),
        wave.c.state.in_(("closed", "unopened", "failed")) & ~wave.c.cleaned,
    )
    return _all(connection, select(*_COLUMNS).where(due).order_by(wave.c.id))


def counted(connection: Connection, after: datetime, until: datetime) -> list[StoredWave]:
    """The waves that were counted after a moment and by another, in the order of that."""
    # A sealed wave may be counted days after its end.
    query = select(*_COLUMNS).where(wave.c.state == "closed", wave.c.closes_at > after - LONGEST_WAIT)
    found = [(_counted_at(each), each) for each in _all(connection, query.order_by(wave.c.id))]
    return [each for moment, each in sorted(found, key=lambda pair: pair[0]) if after < moment <= until]


def _counted_at(row: StoredWave) -> datetime:
    said = row.receipt.get("counted_at")
    return datetime.fromisoformat(said) if said else row.closes_at


def soonest_end(connection: Connection, now: datetime) -> datetime | None:
    """When the next wave closes, of those that are not over."""
    query = select(func.min(wave.c.closes_at)).where(wave.c.state == "open", wave.c.closes_at > now)
    found: datetime | None = connection.execute(query).scalar()
    return found


def change(connection: Connection, wave_id: int, **values: Any) -> None:
    """Set columns of a wave."""
    connection.execute(update(wave).where(wave.c.id == wave_id).values(**values))


def invite(connection: Connection, wave_id: int, people: Iterable[Invitation], ballots: Mapping[bytes, bytes]) -> None:
    """Write down who is invited, in the order of their ids, and a ballot for each, in the order of the slots."""
    rows = [{"wave_id": wave_id, **dataclasses.asdict(p)} for p in sorted(people, key=lambda p: p.user_id)]
    connection.execute(invitation.insert(), rows)
    connection.execute(ballot.insert(), [{"wave_id": wave_id, "slot": s, "body": ballots[s]} for s in sorted(ballots)])


def invited(connection: Connection, wave_id: int) -> list[Invitation]:
    """Everybody who is invited, by their ids."""
    query = select(invitation.c.user_id, invitation.c.groups, invitation.c.zone, invitation.c.language)
    return [
        Invitation(**row)
        for row in connection.execute(query.where(invitation.c.wave_id == wave_id).order_by(invitation.c.user_id)).mappings()
    ]


def invitation_of(connection: Connection, wave_id: int, user_id: str) -> Invitation | None:
    """How somebody is invited; None: they are not."""
    query = select(invitation.c.user_id, invitation.c.groups, invitation.c.zone, invitation.c.language)
    row = connection.execute(query.where(invitation.c.wave_id == wave_id, invitation.c.user_id == user_id)).mappings().first()
    return Invitation(**row) if row else None


def still_invited(connection: Connection, wave_id: int, users: Sequence[str]) -> frozenset[str]:
    """Those of these people who are invited."""
    query = select(invitation.c.user_id).where(invitation.c.wave_id == wave_id, invitation.c.user_id.in_(users))
    return frozenset(connection.execute(query).scalars())


def open_invitations(connection: Connection, user_id: str) -> list[StoredWave]:
    """The open waves to which somebody is invited, the one that ends first before the others."""
    query = select(*_COLUMNS).join(invitation, invitation.c.wave_id == wave.c.id)
    query = query.where(invitation.c.user_id == user_id, wave.c.state == "open")
    return _all(connection, query.order_by(wave.c.closes_at, wave.c.id))


def opening(connection: Connection) -> list[StoredWave]:
    """The waves of which it is not settled yet who is asked; nobody else settles it until this transaction ends."""
    return _all(connection, select(*_COLUMNS).where(wave.c.state == "opening").order_by(wave.c.id).with_for_update())


def ballot_at(connection: Connection, wave_id: int, slot: bytes) -> bytes | None:
    """One ballot as it lies there."""
    found: bytes | None = connection.execute(
        select(ballot.c.body).where(ballot.c.wave_id == wave_id, ballot.c.slot == slot)
    ).scalar()
    return found


def ballots(connection: Connection, wave_id: int) -> dict[bytes, bytes]:
    """All ballots of a wave, by slot."""
    query = select(ballot.c.slot, ballot.c.body).where(ballot.c.wave_id == wave_id).order_by(ballot.c.slot)
    return {bytes(slot): bytes(body) for slot, body in connection.execute(query)}


def write_ballots(connection: Connection, wave_id: int, bodies: Mapping[bytes, bytes]) -> None:
    """Put these ballots in place of all that lie in a wave, always in the order of their slots.

    Each driver's own quickest way: what a wave of ten thousand takes holds up everybody else who writes.
    """
    order = sorted(bodies)
    if not order:
        return  # the last of them was taken out
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_WRITE, [(bodies[slot], wave_id, slot) for slot in order])
        return
    connection.execute(delete(ballot).where(ballot.c.wave_id == wave_id))
    dialects.copy(connection, _COPY, ("int4", "bytea", "bytea"), ((wave_id, slot, bodies[slot]) for slot in order))


_WRITE = "UPDATE ballot SET body = ? WHERE wave_id = ? AND slot = ?"
_COPY = "COPY ballot (wave_id, slot, body) FROM STDIN (FORMAT BINARY)"


def forget_people(connection: Connection, wave_id: int, subject: str) -> None:
    """Delete the ballots and invitations of a wave, its reminders, and what the ledger holds of whom it was sent to."""
    for table in (ballot, invitation, wave_reminder):
        connection.execute(delete(table).where(table.c.wave_id == wave_id))
    # Notices too: of a wave opened before an update, that an invitation did not arrive names whom it was for.
    connection.execute(delete(delivery).where(delivery.c.kind.in_(("survey", "notice")), delivery.c.subject == subject))


def forget_person(connection: Connection, wave_id: int, user_id: str, slot: bytes, subject: str) -> bool:
    """Take somebody out of an open wave: ballot, invitation, and what the ledger holds of it. False: they were not in it."""
    sent = (delivery.c.kind == "survey", delivery.c.subject == subject, delivery.c.target == user_id)
    # That it did not arrive was told to others by their name, before an update.
    for number in connection.execute(select(delivery.c.id).where(*sent)).scalars().all():
        connection.execute(delete(delivery).where(delivery.c.kind == "notice", delivery.c.key.startswith(f"notice:{number}:")))
    connection.execute(delete(delivery).where(*sent))
    gone = delete(invitation).where(invitation.c.wave_id == wave_id, invitation.c.user_id == user_id)
    connection.execute(delete(ballot).where(ballot.c.wave_id == wave_id, ballot.c.slot == slot))
    return connection.execute(gone).rowcount == 1


def remind_at(connection: Connection, wave_id: int, number: int, moments: Iterable[datetime]) -> None:
    """Write down when people are to be reminded."""
    for moment in sorted(set(moments)):
        dialects.add(connection, wave_reminder, wave_id=wave_id, number=number, due_at=moment)


def reminders_due(connection: Connection, now: datetime, at: datetime) -> list[tuple[int, int, datetime]]:
    """The reminders of open waves that are due on the bot's clock and that nobody works on by the database's."""
    free = or_(wave_reminder.c.lease_until.is_(None), wave_reminder.c.lease_until < at)
    query = select(wave_reminder.c.wave_id, wave_reminder.c.number, wave_reminder.c.due_at).join(wave)
    query = query.where(wave.c.state == "open", wave_reminder.c.due_at <= now, free)
    rows = connection.execute(query.order_by(wave_reminder.c.due_at, wave_reminder.c.wave_id))
    return [(wave_id, number, due) for wave_id, number, due in rows]


def is_to_remind(connection: Connection, wave_id: int, number: int) -> bool:
    """Whether some are still to be reminded for this time, whose hour it is now or will be."""
    query = select(wave_reminder.c.number).where(wave_reminder.c.wave_id == wave_id, wave_reminder.c.number == number)
    return connection.execute(query.limit(1)).first() is not None


def soonest_reminder(connection: Connection) -> datetime | None:
    """When the next reminder of an open wave is due."""
    query = select(func.min(wave_reminder.c.due_at)).join(wave).where(wave.c.state == "open")
    found: datetime | None = connection.execute(query).scalar()
    return found


def hold_reminder(connection: Connection, reminder: tuple[int, int, datetime], at: datetime, until: datetime) -> bool | None:
    """Take a reminder, or hold it longer: whether it was begun before. None: it is gone, or somebody else holds it."""
    key = _reminder(reminder)
    row = connection.execute(select(wave_reminder.c.begun, wave_reminder.c.lease_until).where(*key).with_for_update()).first()
    if row is None or (row.lease_until is not None and row.lease_until >= at):
        return None
    connection.execute(update(wave_reminder).where(*key).values(begun=True, lease_until=until))
    return bool(row.begun)


def let_reminders_go(connection: Connection, now: datetime, after: datetime) -> list[tuple[int, int, datetime]]:
    """Have nobody hold any longer what is due by `now` and is held beyond a moment `after`; which reminders these were."""
    held = (wave_reminder.c.due_at <= now, wave_reminder.c.lease_until > after)
    rows = connection.execute(select(wave_reminder.c.wave_id, wave_reminder.c.number, wave_reminder.c.due_at).where(*held))
    found = [(wave_id, number, due) for wave_id, number, due in rows]
    connection.execute(update(wave_reminder).where(*held).values(lease_until=None))
    return found


def keep_reminder(connection: Connection, reminder: tuple[int, int, datetime], held: datetime, until: datetime) -> bool:
    """Hold a reminder, which is held until `held`, for longer. False: it is gone, or somebody else took it over."""
    mine = (*_reminder(reminder), wave_reminder.c.lease_until == held)
    return connection.execute(update(wave_reminder).where(*mine).values(lease_until=until)).rowcount == 1


def drop_reminder(connection: Connection, reminder: tuple[int, int, datetime]) -> None:
    """A reminder is done."""
    connection.execute(delete(wave_reminder).where(*_reminder(reminder)))


def keep_attributed(connection: Connection, wave_id: int, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Write down the answers of a wave that said it keeps names, by person."""
    rows = [{"wave_id": wave_id, "user_id": user, "answers": answers[user]} for user in sorted(answers)]
    if rows:
        connection.execute(attributed_answer.insert(), rows)


def attributed(connection: Connection, wave_id: int) -> dict[str, Mapping[str, Any]]:
    """The answers that were kept with names, by person."""
    query = select(attributed_answer.c.user_id, attributed_answer.c.answers).where(attributed_answer.c.wave_id == wave_id)
    return {user: answers for user, answers in connection.execute(query.order_by(attributed_answer.c.user_id))}  # noqa: C416


def attributed_to(connection: Connection, user_id: str) -> list[int]:
    """The waves of which answers are kept with this name."""
    query = select(attributed_answer.c.wave_id).where(attributed_answer.c.user_id == user_id)
    return list(connection.execute(query.order_by(attributed_answer.c.wave_id)).scalars())


def erase_attributed(connection: Connection, wave_id: int, user_id: str) -> Mapping[str, Any] | None:
    """Delete the answers that a wave kept with this name; says what they were. None: there are none."""
    mine = (attributed_answer.c.wave_id == wave_id, attributed_answer.c.user_id == user_id)
    gone: Mapping[str, Any] | None = connection.execute(
        delete(attributed_answer).where(*mine).returning(attributed_answer.c.answers)
    ).scalar()
    return gone


def prune(connection: Connection, before: datetime) -> list[int]:
    """Delete what people wrote, and their answers with names, of waves that closed before then; says of which.

    These waves are to be cleaned up after once more: what was deleted still lies in old pages.
    """
    told = wave.c.id.in_(select(wave_comment.c.wave_id)) | wave.c.id.in_(select(attributed_answer.c.wave_id))
    query = select(wave.c.id).where(wave.c.closes_at < before, wave.c.state == "closed", told)
    old = list(connection.execute(query.order_by(wave.c.id)).scalars())
    if old:
        written = select(wave_comment.c.id).where(wave_comment.c.wave_id.in_(old))
        told_of = select(literal(FOLLOWED) + follow_up.c.id).where(follow_up.c.comment_id.in_(written))
        connection.execute(delete(delivery).where(delivery.c.key.in_(told_of)))
        connection.execute(delete(follow_up).where(follow_up.c.comment_id.in_(written)))
        for table in (wave_comment, attributed_answer):
            connection.execute(delete(table).where(table.c.wave_id.in_(old)))
        connection.execute(update(wave).where(wave.c.id.in_(old)).values(cleaned=False))
    return old


def _reminder(reminder: tuple[int, int, datetime]) -> tuple[Any, ...]:
    wave_id, number, due = reminder
    return wave_reminder.c.wave_id == wave_id, wave_reminder.c.number == number, wave_reminder.c.due_at == due


def _one(connection: Connection, query: Any) -> StoredWave | None:
    row = connection.execute(query).mappings().first()
    return StoredWave(**row) if row else None


def _all(connection: Connection, query: Any) -> list[StoredWave]:
    return [StoredWave(**row) for row in connection.execute(query).mappings()]
