"""What the workspace is asked for besides messages: a row first, tried until it is done, and told where it cannot be."""

import logging
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.domain.deliveries import UNEXPLAINED_TRIES, Postponed, Refused, Throttled, Unknown, pause_before
from bot.domain.digests import is_person
from bot.domain.errands import LIFETIME, Done, Errand, Result
from bot.domain.parts import Mention, Message, text
from bot.services import Services, deliveries
from storage import Connection, errands, outbox, queue

JOB = "errand"
"""The job of the queue that does one errand."""
SWEEP_AT_MOST = 100
TURN = timedelta(seconds=1)

log = logging.getLogger(__name__)


class Workspace(Protocol):
    """What can be asked of the workspace. Each asks once: whether and when to try again is decided here."""

    def read(self, channel: str, ts: str) -> Result:
        """One message: its `text`, its `author`, and `thread`, the ts of the head of its thread. Empty: it is gone."""

    def make_channel(self, name: str, *, private: bool) -> Result:
        """A new channel: its `channel` and `name`. Refused as "name_taken" where there is one of that name."""

    def find_made(self, name: str) -> Result:
        """The channel of that name, if we made it a short while ago; else empty."""

    def invite(self, channel: str, person: str) -> Result:
        """Somebody is to be in a channel."""

    def remove(self, channel: str, person: str) -> Result:
        """Somebody is to be in a channel no more."""

    def set_topic(self, channel: str, words: str) -> Result:
        """What stands above a channel."""

    def archive(self, channel: str) -> Result:
        """Nobody is to write in a channel any more."""


@dataclass(frozen=True, slots=True)
class Act:
    """How one kind of errand is done: `ask` the workspace, then take note in the database.

    `trouble` says what failed; of an errand about a person, it is said of them.
    """

    ask: Callable[[Services, Workspace, Errand], Result]
    done: Callable[[Services, Connection, Errand, Mapping[str, str]], None]
    trouble: str


def put(
    services: Services,
    connection: Connection,
    kind: str,
    key: str,
    *,
    asked_by: str,
    incident: int | None = None,
    **details: str,
) -> None:
    """Have an errand done, if this transaction is kept; the same `key` twice is one, unless it failed before."""
    now = services.now()
    new: dict[str, Any] = {"state": "due", "tries": 0, "due_at": now, "deadline": now + LIFETIME, "error": ""}
    new |= {"asked_by": asked_by, "lease_owner": None}
    row = new | {"id": str(uuid.uuid4()), "key": key, "kind": kind, "incident_id": incident, "details": details}
    number = str(row["id"])
    if not errands.add(connection, row):
        failed = errands.failed(connection, key)
        if failed is None:
            return
        number = failed
        errands.change(connection, number, **new)
    _send_off(services, connection, number)


def run(services: Services, workspace: Workspace, acts: Mapping[str, Act], errand_id: str) -> None:
    """Do an errand, or nothing if it is done already or others hold it."""
    errand = _claim(services, errand_id)
    if errand is None:
        return
    act = acts[errand.kind]
    result = act.ask(services, workspace, errand)
    with services.db.begin() as connection:
        row = errands.lock(connection, errand.id)
        if row is not None and row.state == "due" and row.lease_owner == errand.lease_owner:
            _settle(services, connection, act, row, result)


def sweep(services: Services) -> int:
    """Take up again what nobody holds: the work of a process that died, and what never reached the queue."""
    with services.db.begin() as connection:
        found = errands.forgotten(connection, services.now(), outbox.clock(connection), SWEEP_AT_MOST)
        for each in found:
            errands.change(connection, each, lease_owner=None)
            _send_off(services, connection, each)
    return len(found)


def _claim(services: Services, errand_id: str) -> Errand | None:
    with services.db.begin() as connection:
        (row, others), at = errands.lock_among(connection, errand_id), outbox.clock(connection)
        if row is None or _is_held(row, at):
            return None
        if any(_is_held(each, at) for each in others):
            # One after the other for each incident: a topic that was asked for earlier must not be set later.
            errands.change(connection, row.id, due_at=services.now() + TURN)
            _send_off(services, connection, row.id, TURN)
            return None
        if row.due_at > services.now():
            _send_off(services, connection, row.id, row.due_at - services.now())
            return None
        owner, tries = uuid.uuid4().hex, row.tries + 1
        errands.change(connection, row.id, lease_owner=owner, lease_until=at + services.settings.lease, tries=tries)
        return replace(row, lease_owner=owner, tries=tries)


def _is_held(row: Errand, at: datetime) -> bool:
    return row.lease_owner is not None and row.lease_until is not None and row.lease_until >= at


def _settle(services: Services, connection: Connection, act: Act, row: Errand, result: Result) -> None:
    match result:
        case Done(found):
            errands.change(connection, row.id, state="done", error="", lease_owner=None)
            act.done(services, connection, row, found)
        case Refused():
            _give_up(services, connection, act, row, result)
        case Postponed(code, explained) if not explained and row.tries >= UNEXPLAINED_TRIES:
            _give_up(services, connection, act, row, _kept_saying(code))
        case Throttled(pause):
            errands.change(connection, row.id, tries=row.tries - 1)
            if not _comes_back(services, connection, row, pause, "ratelimited"):
                _give_up(services, connection, act, row, _kept_saying("ratelimited"))
        case Postponed(code) | Unknown(code):
            if not _comes_back(services, connection, row, pause_before(row.tries, random.random()), code):  # noqa: S311
                _give_up(services, connection, act, row, _kept_saying(code))


def _comes_back(services: Services, connection: Connection, row: Errand, wait: timedelta, code: str) -> bool:
    """Have it tried again after `wait`. False: by then it is too late."""
    due = services.now() + wait
    if due > row.deadline:
        return False
    errands.change(connection, row.id, lease_owner=None, due_at=due, error=code)
    _send_off(services, connection, row.id, wait)
    return True


def _give_up(services: Services, connection: Connection, act: Act, row: Errand, why: Refused) -> None:
    error = f"{why.code}: {why.advice}"
    errands.change(connection, row.id, state="failed", error=error, lease_owner=None, lease_until=None)
    log.error("errand %s (%s of incident %s): %s", row.id, row.kind, row.incident_id, error)
    if not is_person(row.asked_by):
        return
    words = f"{act.trouble.format(incident=row.incident_id)}: {why.advice}"
    whom = (Mention("user", str(row.details["person"])), " ") if "person" in row.details else ()
    # What is wrong with no incident of its own is wrong with all of its kind: once a day is enough.
    turn = row.deadline.isoformat() if row.incident_id else row.deadline.date().isoformat()
    key = f"errand:{row.kind}:{row.incident_id or ''}:{why.code}:{row.asked_by}:{turn}"
    message = Message(words, (text(*whom, words),))
    deliveries.post(services, connection, key=key, kind="notice", target=row.asked_by, message=message)


def _kept_saying(code: str) -> Refused:
    return Refused(code, f"Slack kept answering “{code}”. Look at status.slack.com, and try again when all is well.")


def _send_off(services: Services, connection: Connection, errand_id: str, delay: timedelta = timedelta()) -> None:
    queued = queue.enqueue(connection, JOB, errand_id, f"{errand_id}:{uuid.uuid4().hex[:12]}", delay)
    held = outbox.clock(connection) + delay + services.settings.lease if queued else None
    errands.change(connection, errand_id, lease_until=held)
