"""Reminders to those who have not answered yet. Who they are is worked out in memory, and written down nowhere."""

import hashlib
import hmac
import logging
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot import ballots
from bot.ballots import CAST, Keys
from bot.domain.deliveries import Envelope, Postponed, Sent, Throttled, Unknown
from bot.domain.errors import Conflict
from bot.domain.own_hours import own_hour
from bot.domain.people import Asker, Change
from bot.domain.survey_waves import label, load
from bot.key_files import KeysNotHere
from bot.presenters import pulse as presenter
from bot.services import Services, survey_opening, survey_urn, survey_waves
from bot.services.dispatch import Poster
from storage import audit, outbox, queue, waves
from storage.waves import Invitation, StoredWave

JOB = "survey.remind"
"""The job of the queue that goes through one hour of reminders."""
BY_HAND = 1000
"""Reminders from this number on were asked for by somebody."""
TRIES = 4
PLACE = "reminders"
"""The name under which the pace of reminders is kept: by person, it would tell who got one."""

log = logging.getLogger(__name__)


def ask(services: Services, asker: Asker, name: str) -> StoredWave:
    """Have those reminded who have not answered yet: once a day at most, at the next hour that is not quiet for them.

    :raises NoWave: no wave of that survey is open.
    :raises NotAllowed: the asker did not start it and is no admin.
    :raises Conflict: they were reminded today.
    """
    now = services.now()
    with services.db.begin() as connection:
        row = survey_waves.open_wave(connection, name, lock=True)
        survey_waves.insist_may_run(asker, row, "remind people of")
        day = (now - row.opens_at).days
        if day in row.receipt.get("reminded", []):
            raise Conflict("They were reminded within a day already, and once a day is the most.")
        moments = {_by_hand(services, now, person.zone) for person in waves.invited(connection, row.id)}
        waves.remind_at(connection, row.id, BY_HAND + day, [m for m in moments if m < row.closes_at])
        receipt = {**row.receipt, "reminded": [*row.receipt.get("reminded", []), day], "asked_at": now.isoformat()}
        waves.change(connection, row.id, receipt=receipt)
        audit.write(connection, now, Change(asker.user_id, "survey.remind", label(row.survey, row.number)))
    return row


def fire(services: Services) -> datetime | None:
    """Have what is due gone through; when the next reminder is due."""
    with services.db.begin() as connection:
        at = outbox.clock(connection)
        turn = int(at.timestamp() // services.settings.lease.total_seconds())
        for wave_id, number, due in waves.reminders_due(connection, services.now(), at):
            argument = f"{wave_id} {number} {due.isoformat()}"
            queue.enqueue(connection, JOB, argument, f"{JOB}:{argument}:{turn}")
        return waves.soonest_reminder(connection)


def run(services: Services, poster: Poster, argument: str) -> None:
    """Go through the people of one hour: those who have not answered get a message, the others none."""
    wave_id, number, due = argument.split()
    reminder = (int(wave_id), int(number), datetime.fromisoformat(due))
    with services.db.begin() as connection:
        at = outbox.clock(connection)
        begun = waves.hold_reminder(connection, reminder, at, at + services.settings.lease)
        row = waves.get(connection, reminder[0])
    if begun is None or row is None or row.state != "open":
        return
    for person in _of_this_hour(services, row, reminder):
        wait = _turn(services, reminder)
        time.sleep(max(0.0, wait.total_seconds()))
        # Asked at the last moment: somebody may have answered meanwhile, or the wave be closed.
        if not _is_open(services, row.id):
            break
        if not _has_answered(services, row, person):
            _remind(services, poster, row, reminder, person, search=begun)
    with services.db.begin() as connection:
        waves.drop_reminder(connection, reminder)


def _of_this_hour(services: Services, row: StoredWave, reminder: tuple[int, int, datetime]) -> Iterator[Invitation]:
    contract, (_, number, due) = load(row.contract), reminder
    with services.db.read() as connection:
        everybody = waves.invited(connection, row.id)
    asked = datetime.fromisoformat(row.receipt.get("asked_at", row.opens_at.isoformat()))
    moments = {
        zone: _by_hand(services, asked, zone)
        if number >= BY_HAND
        else survey_opening.reminded_at(services, row, contract, zone, number)
        for zone in {person.zone for person in everybody}
    }
    meant = [person for person in everybody if moments[person.zone] == due]
    random.SystemRandom().shuffle(meant)
    yield from meant


def _by_hand(services: Services, now: datetime, zone: str) -> datetime:
    return own_hour(now, None, zone, services.settings.quiet_hours, lambda day, zone: False)


def _turn(services: Services, reminder: tuple[int, int, datetime]) -> timedelta:
    """Take a turn in the pace of the workspace, for each person alike, and hold the reminder for longer."""
    each = timedelta(seconds=1 / services.settings.messages_per_second)
    with services.db.begin() as connection:
        at = outbox.clock(connection)
        start = max(outbox.blocked_until(connection, PLACE, at) or at, at)
        slot = max(outbox.take_slot(connection, PLACE, at, each, each), start)
        waves.keep_reminder(connection, reminder, slot + services.settings.lease)
        return slot - at


def _is_open(services: Services, wave_id: int) -> bool:
    with services.db.read() as connection:
        row = waves.get(connection, wave_id)
    return row is not None and row.state == "open"


def _has_answered(services: Services, row: StoredWave, person: Invitation) -> bool:
    try:
        keys = survey_urn.keys_of(services, row)
    except KeysNotHere:
        return True
    slot = ballots.slot_of(keys, row.key_id, person.user_id)
    with services.db.read() as connection:
        body = waves.ballot_at(connection, row.id, slot)
    if body is None:
        return True
    try:
        return ballots.opened(keys, row.key_id, slot, body).state == CAST
    except ballots.Spoilt:
        return False


def _remind(
    services: Services,
    poster: Poster,
    row: StoredWave,
    reminder: tuple[int, int, datetime],
    person: Invitation,
    *,
    search: bool,
) -> None:
    survey = survey_waves.survey_of(row)
    message = presenter.reminder(survey_waves.described(row, survey), person)
    keys = survey_urn.keys_of(services, row)
    name = _name(keys, reminder, person)
    envelope = Envelope(name, "survey", person.user_id, message, since=reminder[2])
    for attempt in range(TRIES):
        # Whoever went through this hour before may have reminded this person already.
        if (search or attempt) and isinstance(poster.find(envelope), Sent):
            return
        match poster.post(envelope, lambda: True):
            case Throttled(pause):
                time.sleep(min(pause.total_seconds(), 60))
            case Postponed() | Unknown():
                time.sleep(2**attempt)
            case _:
                return
    log.warning("a reminder of %s was not taken by Slack", label(row.survey, row.number))


def _name(keys: Keys, reminder: tuple[int, int, datetime], person: Invitation) -> str:
    """The delivery's name, the same whenever it is tried; without the key nobody can tell whose it is."""
    told = f"{reminder[1]}\0{reminder[2].isoformat()}\0{person.user_id}".encode()
    return hmac.digest(keys.slot, told, hashlib.sha256).hex()[:32]
