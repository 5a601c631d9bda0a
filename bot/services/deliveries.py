"""What Barometer has to say, and what became of it: nothing due is lost, nothing is said twice."""

import hashlib
import logging
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.domain import parts
from bot.domain.deliveries import LIFETIME, REPEATED_WHEN_UNKNOWN, Delivery, Kind
from bot.domain.digests import is_person
from bot.domain.parts import Mention, Message, Note, Text, bold, text
from bot.domain.people import Asker
from bot.services import Services
from bot.services.open_hours import allowed_at
from storage import Connection, outbox, paces, people, queue

JOB = "deliver"
"""The job of the queue that takes one delivery on its way."""
BUILD_JOB = "build"
"""The job of the queue that writes one run of a digest."""
LONGEST_KEY = 220
SWEEP_AT_MOST = 200
STOPPED = "Barometer stopped while it was sending"

log = logging.getLogger(__name__)


def post(
    services: Services,
    connection: Connection,
    *,
    key: str,
    kind: Kind,
    target: str,
    message: Message,
    subject: str = "",
    owner: str = "",
    due_at: datetime | None = None,
    deadline: datetime | None = None,
    figures: Sequence[int] = (),
    thread_of: str | None = None,
    zone: str = "",
    workdays: bool = False,
) -> str:
    """Have a message and its thread posted to a channel or person, if this transaction is kept; give the delivery's id.

    The same `key` twice is one delivery. `figures` are the observations that it publishes; `owner` is told if it cannot be
    delivered by `deadline`. `thread_of` is a delivery that was sent: this one goes into its thread. With the `zone` of its
    reader, it waits where it would go in quiet hours or on a public holiday; with `workdays`, at weekends as well.
    """
    now = services.now()
    due = due_at or now
    until = deadline or due + LIFETIME[kind]
    key = _short(key)
    said = parts.dump(Message(message.summary, message.parts))
    row = {
        "id": str(uuid.uuid4()),
        "key": key,
        "kind": kind,
        "subject": subject,
        "target": target,
        "parent_id": thread_of,
        "payload": said,
        "payload_hash": _hash(said),
        "state": "due",
        "due_at": due,
        "deadline": until,
        "owner": owner,
        "created_at": now,
        "zone": zone,
        "workdays": workdays,
    }
    if not outbox.insert(connection, row):
        existing = outbox.id_of(connection, key)
        assert existing is not None
        return existing
    for position, reply in enumerate(_replies(message), 1):
        outbox.insert(connection, row | _reply_row(row["id"], key, position, reply))
    outbox.publish(connection, str(row["id"]), figures)
    send_off(services, connection, str(row["id"]), due - now, rank=rank(kind, target))
    return str(row["id"])


def edit(services: Services, connection: Connection, of: str, message: Message) -> None:
    """Have a message say something else, in its place, if this transaction is kept. Of several edits only the latest is sent.

    One that was not posted yet is posted with the new words. A thread stays as it is.
    """
    said = parts.dump(Message(message.summary, message.parts))
    words = {"payload": said, "payload_hash": _hash(said)}
    head = outbox.lock(connection, of)
    if head is None:
        return
    # An edit that waits already goes first: a message whose post has to be repeated is due again, and is changed after that.
    unsaid = outbox.pending_edit(connection, of) or (head if head.state in ("due", "waiting") else None)
    if unsaid is not None:
        outbox.change(connection, unsaid.id, **words)
        return
    now, new = services.now(), str(uuid.uuid4())
    row = {
        "id": new,
        "key": _short(f"{head.key}~{new}"),
        "kind": head.kind,
        "subject": head.subject,
        "target": head.target,
        "edits": of,
        "state": "due",
        "due_at": now,
        "deadline": now + LIFETIME[head.kind],
        "owner": head.owner,
        "created_at": now,
    }
    outbox.insert(connection, row | words)
    send_off(services, connection, new)


def is_to_a_crowd(kind: Kind, target: str) -> bool:
    """Whether it is one of the many messages of a survey to people."""
    return kind == "survey" and is_person(target)


def rank(kind: Kind, target: str, *, has_turn: bool = False) -> int:
    """Which goes first, of all that could be taken up: 0 before 1, and 1 before 2.

    A crowd that is late holds up nobody else, and those of it who have no turn yet hold up none who has.
    """
    return (1 if has_turn else 2) if is_to_a_crowd(kind, target) else 0


def send_off(
    services: Services,
    connection: Connection,
    delivery_id: str,
    delay: timedelta = timedelta(),
    *,
    rank: int = 0,
    **values: object,
) -> None:
    """Have a delivery taken up after `delay`, and set columns of it.

    Should its job be lost, the sweep puts another in when the lease has run out.
    """
    delay = max(delay, timedelta())
    queued = queue.enqueue(connection, JOB, delivery_id, f"{delivery_id}:{uuid.uuid4().hex[:12]}", delay, rank=rank)
    held = outbox.clock(connection) + delay + services.settings.lease if queued else None
    outbox.change(connection, delivery_id, lease_until=held, **values)


def sweep(services: Services) -> int:
    """Take up again what nobody holds any longer: the work of a process that died, and what never reached the queue.

    While the queue is behind, only what a dead process was sending is added: all else may only be waiting there, and copies
    would make all later.
    """
    is_behind = queue.waiting(services.db, SWEEP_AT_MOST) >= SWEEP_AT_MOST
    with services.db.begin() as connection:
        at, now = outbox.clock(connection), services.now()
        outbox.forget_turns(connection, at + paces.LONGEST, now)
        found = outbox.forgotten(connection, now, at, SWEEP_AT_MOST, only_in_doubt=is_behind)
        for row in found:
            # Whoever held it is gone: left there, its name would keep the job that is put in from taking the row.
            doubt = {"state": "checking", "looks": 0, "error": STOPPED} if row.state == "sending" else {}
            outbox.change(connection, row.id, lease_owner=None, **doubt)
            send_off(services, connection, row.id, rank=rank(row.kind, row.target, has_turn=bool(doubt)))
        runs = [] if is_behind else outbox.stranded_runs(connection, now, at, services.settings.lease)
        for run in runs:
            # One job for a run in a lease's time, whoever sweeps.
            turn = int(at.timestamp() // services.settings.lease.total_seconds())
            queue.enqueue(connection, BUILD_JOB, run, f"{run}:{turn}")
    return len(found) + len(runs)


def catch_up(services: Services) -> None:
    """Take up what is due now that the clock was moved: its jobs wait for as long as it was going to be."""
    with services.db.begin() as connection:
        outbox.let_go(connection, services.now())
    sweep(services)


def history(services: Services, asker: Asker, subject: str = "", kinds: Sequence[str] = (), limit: int = 50) -> list[Delivery]:
    """The newest deliveries first, about a subject (a digest's name gives all of its runs) or about anything.

    An admin sees all; others what stands in channels, what went to them, and what they own.
    """
    with services.db.read() as connection:
        person = None if asker.admin else asker.user_id
        return outbox.history(connection, subject=subject, person=person, kinds=kinds, limit=limit)


def tell(services: Services, connection: Connection, row: Delivery, advice: str) -> None:
    """Tell the owner, and the admin channel or every admin, that a delivery did not succeed and what to do.

    People are told when quiet hours on their own clocks are over, unless it was an alert or incident that did not arrive.
    What fails about a notice that nobody owns is only written to the log: no notice is about such a one.
    """
    log.error("delivery %s (%s %s) to %s: %s", row.id, row.kind, row.subject, row.target, advice)
    if row.kind == "notice" and not row.owner:
        return
    message = _trouble(row, advice)
    for person in to_tell(services, row.owner, row.target):
        post(
            services,
            connection,
            key=f"notice:{row.id}:{person}",
            kind="notice",
            target=person,
            message=message,
            subject=row.subject,
            due_at=services.now() if row.kind in REPEATED_WHEN_UNKNOWN else heard_at(services, connection, person),
        )


def heard_at(services: Services, connection: Connection, person: str) -> datetime:
    """When somebody may be told what can wait: now, or when the quiet hours on their clocks are over. Channels have none."""
    now, quiet = services.now(), services.settings.quiet_hours
    if quiet is None or not is_person(person):
        return now
    return quiet.over(now, people.zone_of(connection, person) or services.settings.timezone)


def may_go_at(services: Services, row: Delivery, now: datetime) -> datetime:
    """When a delivery may go: now, or once it may on the clocks of its reader, where it keeps to them."""
    return allowed_at(services, row.zone, now, workdays=row.workdays) if row.zone else now


def to_tell(services: Services, owner: str, target: str) -> list[str]:
    """Who is told that something of an owner did not arrive at its target."""
    channel, admins = services.settings.admin_channel, sorted(services.settings.admins)
    everybody = [owner, *([channel] if channel and channel != target else admins)]
    return [each for each in dict.fromkeys(everybody) if each and each != target]


def _trouble(row: Delivery, advice: str) -> Message:
    what = row.subject or row.kind
    place = Mention("user" if row.target[:1] in "UW" else "channel", row.target)
    said = Text((bold(f"{what} was not delivered"), *text(" to ").spans, place, *text(f". {advice}").spans))
    tried = f"tried {row.tries} times" if row.tries != 1 else "tried once"
    note = Note(f"Delivery {row.id}, {tried}, due {row.due_at:%Y-%m-%d %H:%M} UTC.")
    return Message(f"{what} was not delivered to {row.target}. {advice}", (said, note))


def _reply_row(root_id: object, key: str, position: int, reply: Message) -> dict[str, object]:
    body = parts.dump(reply)
    return {
        "id": str(uuid.uuid4()),
        "key": f"{key}#{position}",
        "parent_id": root_id,
        "position": position,
        "payload": body,
        "payload_hash": _hash(body),
        "state": "waiting",
    }


def _replies(message: Message) -> Iterator[Message]:
    for reply in message.thread:
        yield Message(reply.summary, reply.parts)
        yield from _replies(reply)


def _hash(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()


def _short(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else f"{key[:100]}…{hashlib.sha256(key.encode()).hexdigest()}"
