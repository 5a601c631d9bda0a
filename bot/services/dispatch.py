"""Take one delivery to its place: claim it, keep the pace, post it, and write down what became of it."""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain import parts
from bot.domain.deliveries import (
    PER_CHANNEL,
    PER_EDIT,
    REPEATED_WHEN_UNKNOWN,
    SETTLE_AFTER,
    UNEXPLAINED_TRIES,
    Delivery,
    Envelope,
    Finding,
    Missing,
    Outcome,
    Postponed,
    Refused,
    Sent,
    State,
    Throttled,
    Unknown,
    Unreadable,
    pause_before,
)
from bot.domain.parts import Message, Note
from bot.services import Services, deliveries, survey_unreached
from storage import Connection, outbox, paces
from storage.paces import Pace

CATCHING_UP = 0.8
"""Those who missed their turns go at most by this much closer together than is allowed in the long run."""
MISSED = timedelta(minutes=1)
"""Of the turns that nobody took while messages to a crowd were due, as when a process was killed, so much is caught up on."""
NEAR = timedelta(seconds=1.2)
"""A place in the pace that is as near as this is waited for; for a later one, the delivery goes back into the queue."""
SHARE_OF_LEASE = 1 / 3
"""How much of its lease may have passed when a process begins to post. One that was stopped for longer leaves it to others."""


class Poster(Protocol):
    """Posts messages and finds them again. `may_post` is asked at the last moment; without its leave nothing is sent."""

    def post(self, envelope: Envelope, may_post: Callable[[], bool]) -> Outcome | None: ...

    def find(self, envelope: Envelope) -> Finding: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this process holds, by `token`, since `at` on the machine's own steady clock (seconds)."""

    row: Delivery
    thread: Delivery | None
    head: Delivery | None
    token: str
    at: float
    wait: timedelta = timedelta()

    @property
    def envelope(self) -> Envelope:
        row, thread, head = self.row, self.thread, self.head
        place = thread or head
        return Envelope(
            row.id,
            row.kind,
            row.target,
            parts.load(row.payload),
            channel=place.channel if place else row.channel,
            thread_ts=thread.ts if thread else None,
            edits_ts=head.ts if head else None,
            since=row.first_try_at,
        )


def deliver(services: Services, poster: Poster, delivery_id: str) -> None:
    """Do what is next for a delivery: post it, find out what became of it, or nothing if others hold it."""
    claim = _claim(services, delivery_id)
    if claim is None:
        return
    if claim.row.state == "checking":
        # To edit once more what was edited changes nothing, so there is no need to look.
        finding = Missing() if claim.row.edits else poster.find(claim.envelope)
        if not (isinstance(finding, Unreadable) and claim.row.kind in REPEATED_WHEN_UNKNOWN):
            _write_finding(services, claim, finding)
            return
        claim = _say_again(services, claim)
    envelope = claim.envelope
    if claim.row.state == "checking":
        envelope = replace(envelope, message=_marked(envelope.message))
    time.sleep(claim.wait.total_seconds())
    until = claim.at + services.settings.lease.total_seconds() * SHARE_OF_LEASE
    outcome = poster.post(envelope, lambda: time.monotonic() <= until and _may_go(services, claim.row))
    if outcome is None:
        _put_back(services, claim)
    else:
        _write_outcome(services, claim, outcome)


def _claim(services: Services, delivery_id: str) -> Claim | None:
    began = time.monotonic()
    with services.db.begin() as connection:
        row = outbox.lock(connection, delivery_id)
        if row is None or not _is_ours_to_take(row, outbox.clock(connection)):
            return None
        now = services.now()
        if row.due_at > now:
            deliveries.send_off(services, connection, row.id, row.due_at - now, rank=deliveries.rank(row.kind, row.target))
            return None
        thread, head = _thread_of(connection, row), outbox.get(connection, row.edits) if row.edits else None
        if any(each is not None and each.state in outbox.IN_MOTION for each in (thread, head)):
            _come_back(services, connection, row, NEAR)
            return None
        if row.edits and not _may_edit(services, connection, row, head):
            return None
        claim = Claim(row, thread if thread and thread.ts else None, head, uuid.uuid4().hex, began)
        if row.state == "checking":
            _hold(services, connection, claim)
            return claim
        if now > row.deadline:
            _give_up(services, connection, row, _too_late(row), state="skipped" if row.tries == 0 else "failed")
            return None
        if (later := deliveries.may_go_at(services, row, now)) > now:
            _come_back(services, connection, row, later - now, slot_at=None)
            return None
        return _take_turn(services, connection, claim)


def _may_edit(services: Services, connection: Connection, row: Delivery, head: Delivery | None) -> bool:
    if head is None or not head.ts:
        _cancel(connection, row, "The message that it would change was not delivered.")
        return False
    if row.state == "due" and outbox.is_edited_now(connection, row):
        _come_back(services, connection, row, NEAR)
        return False
    return True


def _thread_of(connection: Connection, row: Delivery) -> Delivery | None:
    """The message at the head of the thread; if that was not delivered, the one after it that was."""
    if row.parent_id is None:
        return None
    parent = outbox.get(connection, row.parent_id)
    head = _thread_of(connection, parent) if parent else None
    return head if head and (head.ts or head.state in outbox.IN_MOTION) else parent


def _is_ours_to_take(row: Delivery, at: datetime) -> bool:
    if row.state == "checking":
        return row.lease_owner is None or row.lease_until is None or row.lease_until < at
    return row.state == "due"


def _pace_of(services: Services, row: Delivery) -> tuple[str, timedelta]:
    """The name under which a message keeps pace, and how long nothing else goes under it."""
    if row.edits:
        return paces.EDITS, PER_EDIT
    if deliveries.is_to_a_crowd(row.kind, row.target):
        return paces.CROWD, timedelta(seconds=CATCHING_UP / services.settings.messages_per_second)
    return row.target, PER_CHANNEL


def _take_turn(services: Services, connection: Connection, claim: Claim) -> Claim | None:
    row, (place, each) = claim.row, _pace_of(services, claim.row)
    pace = paces.hold(connection, place)
    at, turn = pace.at, row.slot_at
    if turn is None or pace.is_gone(turn):
        turn = _turn(services, pace, row)
    moment = pace.moment_of(turn)
    goes = moment if moment - at > NEAR else pace.go(moment, each, at + NEAR)
    if goes - at > NEAR:
        # It is to be here before its turn: the queue looks only now and then for what is due.
        _come_back(services, connection, row, goes - at - NEAR, slot_at=turn)
        return None
    first_try = row.first_try_at or min(at, services.now())
    held = {"lease_owner": claim.token, "lease_until": at + services.settings.lease}
    outbox.change(connection, row.id, state="sending", tries=row.tries + 1, first_try_at=first_try, slot_at=None, **held)
    row = replace(row, tries=row.tries + 1, first_try_at=first_try, slot_at=turn)
    return replace(claim, row=row, wait=goes - at)


def _may_go(services: Services, row: Delivery) -> bool:
    """Whether its reader may still be written to, and Slack did not ask to wait while the message waited for its turn."""
    now = services.now()
    if deliveries.may_go_at(services, row, now) > now:
        return False
    with services.db.read() as connection:
        return not paces.is_blocked(connection, _pace_of(services, row)[0])


def _turn(services: Services, pace: Pace, row: Delivery) -> datetime:
    per_workspace = timedelta(seconds=1 / services.settings.messages_per_second)
    return pace.take(_pace_of(services, row)[1], per_workspace, late=min(services.now() - row.due_at, MISSED))


def _hold(services: Services, connection: Connection, claim: Claim) -> None:
    until = outbox.clock(connection) + services.settings.lease
    outbox.change(connection, claim.row.id, lease_owner=claim.token, lease_until=until)


def _say_again(services: Services, claim: Claim) -> Claim:
    with services.db.begin() as connection:
        outbox.change(connection, claim.row.id, state="sending", tries=claim.row.tries + 1)
        _hold(services, connection, claim)
    return replace(claim, row=replace(claim.row, tries=claim.row.tries + 1), at=time.monotonic())


def _put_back(services: Services, claim: Claim) -> None:
    """Nothing was sent, since this process was too slow or Slack asked to wait: that is no try, and it keeps its turn."""
    with services.db.begin() as connection:
        row = outbox.lock(connection, claim.row.id)
        if row is not None and row.state == "sending" and row.lease_owner == claim.token:
            values = {"state": claim.row.state, "tries": row.tries - 1, "slot_at": claim.row.slot_at}
            _come_back(services, connection, row, timedelta(), **values)


def _write_outcome(services: Services, claim: Claim, outcome: Outcome) -> None:
    with services.db.begin() as connection:
        row = outbox.lock(connection, claim.row.id)
        if row is None or row.state == "sent":
            return
        if isinstance(outcome, Sent):
            _arrived(services, connection, row, outcome)
        elif row.lease_owner == claim.token:
            _did_not_arrive(services, connection, row, outcome)


def _did_not_arrive(services: Services, connection: Connection, row: Delivery, outcome: Outcome) -> None:
    match outcome:
        case Throttled(pause):
            pace = paces.hold(connection, _pace_of(services, row)[0])
            pace.block(pace.at + pause)
            wait = pause * (1 + random.random() / 10)  # noqa: S311 - spreads load, guards nothing
            _come_back(services, connection, row, wait, state="due", tries=row.tries - 1, error="Slack asked to wait")
        case Refused(code, advice):
            _give_up(services, connection, row, advice, state="failed", code=code)
        case Postponed(code, explained):
            _try_later(services, connection, row, code, explained=explained)
        case Unknown(code) if row.edits:
            _try_later(services, connection, row, code, explained=True)
        case Unknown(code):
            _come_back(services, connection, row, SETTLE_AFTER, state="checking", looks=0, error=code)


def _write_finding(services: Services, claim: Claim, finding: Finding) -> None:
    with services.db.begin() as connection:
        row = outbox.lock(connection, claim.row.id)
        if row is None or row.state == "sent":
            return
        if isinstance(finding, Sent):
            _arrived(services, connection, row, finding)
        elif row.lease_owner == claim.token:
            _was_not_found(services, connection, row, finding)


def _was_not_found(services: Services, connection: Connection, row: Delivery, finding: Finding) -> None:
    match finding:
        case Missing():
            _come_back(services, connection, row, timedelta(), state="due", slot_at=None)
        case Unreadable(code):
            _give_up(services, connection, row, _nobody_can_tell(code), state="uncertain", code=code)
        case Throttled(pause) if services.now() + pause < row.deadline:
            _come_back(services, connection, row, pause)
        case Postponed(code) if services.now() < row.deadline:
            looks = row.looks + 1
            _come_back(services, connection, row, pause_before(looks, random.random()), looks=looks, error=code)  # noqa: S311
        case _:
            _give_up(services, connection, row, _nobody_can_tell("Slack did not answer in time"), state="uncertain")


def _try_later(services: Services, connection: Connection, row: Delivery, code: str, *, explained: bool) -> None:
    wait = pause_before(row.tries, random.random())  # noqa: S311
    if services.now() + wait > row.deadline or (not explained and row.tries >= UNEXPLAINED_TRIES):
        advice = f"Slack kept answering “{code}”. Look at status.slack.com, and send it again when all is well."
        _give_up(services, connection, row, advice, state="failed", code=code)
    else:
        _come_back(services, connection, row, wait, state="due", error=code)


def _come_back(services: Services, connection: Connection, row: Delivery, wait: timedelta, **values: object) -> None:
    if row.edits and values.get("state") == "due" and _has_later_change(connection, row.edits):
        # Said after that, this one would bring the old words back.
        _cancel(connection, row, "A later change stands for it.")
        return
    has_turn = values.get("slot_at") is not None or values.get("state", row.state) == "checking"
    rank = deliveries.rank(row.kind, row.target, has_turn=has_turn)
    values |= {"lease_owner": None, "due_at": services.now() + wait}
    deliveries.send_off(services, connection, row.id, wait, rank=rank, **values)


def _has_later_change(connection: Connection, head: str) -> bool:
    """Whether a message is to be changed anew. Whoever writes that down just now is waited for: they hold the message."""
    outbox.lock(connection, head)
    return outbox.pending_edit(connection, head) is not None


def _cancel(connection: Connection, row: Delivery, why: str) -> None:
    outbox.change(connection, row.id, state="cancelled", error=why, lease_owner=None, lease_until=None, slot_at=None)


def _arrived(services: Services, connection: Connection, row: Delivery, sent: Sent) -> None:
    outbox.change(
        connection,
        row.id,
        state="sent",
        channel=sent.channel,
        ts=sent.ts,
        sent_at=services.now(),
        lease_owner=None,
        lease_until=None,
        error="",
    )
    _next_of_thread(services, connection, row)


def _give_up(services: Services, connection: Connection, row: Delivery, advice: str, *, state: State, code: str = "") -> None:
    why = f"{code}: {advice}" if code else advice
    outbox.change(connection, row.id, state=state, error=why, lease_owner=None, lease_until=None, slot_at=None)
    if row.position == 0:
        for child in outbox.children(connection, row.id):
            outbox.change(connection, child.id, state="failed", error="The message that it belongs to was not delivered.")
    else:
        _next_of_thread(services, connection, row)
    tell = survey_unreached.tell if deliveries.is_to_a_crowd(row.kind, row.target) else deliveries.tell
    tell(services, connection, row, advice)


def _next_of_thread(services: Services, connection: Connection, row: Delivery) -> None:
    waiting = outbox.children(connection, row.parent_id if row.position and row.parent_id else row.id)
    if waiting:
        outbox.change(connection, waiting[0].id, state="due", due_at=services.now())
        deliveries.send_off(services, connection, waiting[0].id)


def _marked(message: Message) -> Message:
    return Message(
        message.summary, (*message.parts, Note("This may be a repetition: Slack did not say whether it took the first."))
    )


def _too_late(row: Delivery) -> str:
    return f"Its deadline, {row.deadline:%Y-%m-%d %H:%M} UTC, has passed. Send it by hand if it still matters."


def _nobody_can_tell(code: str) -> str:
    return (
        f"It may stand there or not: Slack lost the answer, and the channel cannot be read ({code}). "
        "Look there; if it is missing, send it again. With the scopes channels:history, groups:history, im:history and "
        "metadata.message:read, Barometer can find out by itself."
    )
