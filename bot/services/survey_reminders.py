"""Reminders to those who have not answered yet. Who they are is worked out in memory, and written down nowhere."""

import hashlib
import hmac
import logging
import random
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import ballots
from bot.ballots import Keys
from bot.domain.deliveries import Envelope, Missing, Postponed, Throttled, Unknown
from bot.domain.errors import Conflict
from bot.domain.people import Asker, Change
from bot.domain.survey_asked import ToCome
from bot.domain.survey_schema import MOST_REMINDERS
from bot.domain.survey_waves import label
from bot.domain.times import show_time
from bot.key_files import KeysNotHere
from bot.presenters import pulse as presenter
from bot.services import Services, survey_invitations, survey_told, survey_urn, survey_waves
from bot.services.dispatch import SHARE_OF_LEASE, Poster
from bot.services.survey_hours import next_hour, reminded_at, reminded_by_hand
from storage import Connection, audit, outbox, paces, queue, surveys, waves
from storage.waves import Invitation, StoredWave

JOB = "survey.remind"
"""The job of the queue that goes through one hour of reminders."""
BY_HAND = 1000
"""Reminders from this number on were asked for by somebody."""
ONCE_IN = timedelta(days=1)
NEW_ENDS = (survey_waves.EXTENDED_AT, survey_waves.LATER_AT, survey_waves.NOTICE_AT)
"""In the receipt of a wave: when it was given another end, after which people may be reminded once more."""
TRIES = 4
LATE = timedelta(minutes=5)
"""A notice that goes out so much later than planned, or more, moves the end of which it tells."""
PLACE = "reminders"
"""The name under which the pace of reminders is kept: by person, it would tell who got one."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A reminder that somebody asked for: of which wave, and whom it leaves out, as they are still to be invited."""

    label: str
    uninvited: ToCome


def ask(services: Services, asker: Asker, name: str) -> Asked:
    """Have those reminded who have not answered yet, at their next hour that is not quiet: once a day and twice a wave at most.
    Whoever has no invitation yet is not reminded.

    :raises NoWave: no wave of that survey is open.
    :raises Over: its time is over.
    :raises NotAllowed: the asker did not start it and is no admin.
    :raises Conflict: nobody was invited yet; they were reminded within a day, or as often as may be; or it closes before any
        of them could be.
    """
    now = services.now()
    with services.db.begin() as connection:
        row = survey_waves.open_wave(services, connection, name, lock=True)
        survey_waves.insist_may_run(asker, row, "remind people of")
        survey_waves.insist_is_open(services, row)
        zones = _insist_that_some_are_invited(services, connection, asker, row)
        _insist_on_a_day_between(services, connection, asker, row, zones)
        _insist_that_it_takes_place(services, row, zones)
        plan(services, connection, row, now)
        audit.write(connection, now, Change(asker.user_id, "survey.remind", label(row.survey, row.number)))
        return Asked(label(row.survey, row.number), survey_invitations.to_come(services, connection, row))


def plan(services: Services, connection: Connection, row: StoredWave, now: datetime) -> Sequence[datetime]:
    """Have everybody in a wave who was invited by now, and has not answered by then, reminded at their next hour that is not
    quiet; says at which.
    """
    before = row.receipt.get("asked", [])
    moments = sorted({reminded_by_hand(services, now, zone) for zone in survey_invitations.reached(services, connection, row)})
    waves.remind_at(connection, row.id, BY_HAND + len(before), moments)
    waves.change(connection, row.id, receipt={**row.receipt, "asked": [*before, now.isoformat()]})
    return moments


def keep_notice(services: Services, connection: Connection, row: StoredWave) -> StoredWave:
    """The wave, which is held, with an end that leaves whoever was given notice of it the time that they were promised.

    Where nothing ran when people were to be told, it is later, up to the end that their invitations said.
    """
    told = row.receipt
    if not {survey_waves.NOTICE_AT, survey_waves.NOTICE_SPAN} <= told.keys():
        return row
    number = BY_HAND + told["asked"].index(told[survey_waves.NOTICE_AT])
    if not waves.is_to_remind(connection, row.id, number):
        return row
    seconds = told[survey_waves.NOTICE_SPAN] + row.invited / services.settings.messages_per_second
    until = min(services.now() + timedelta(seconds=seconds), datetime.fromisoformat(told[survey_waves.ANNOUNCED]))
    if until - row.closes_at < LATE:
        return row
    waves.change(connection, row.id, closes_at=until)
    later = replace(row, closes_at=until)
    survey_told.closes_later(services, connection, later)
    return later


def fire(services: Services) -> datetime | None:
    """Have what is due gone through; when the next reminder is due."""
    with services.db.begin() as connection:
        at = outbox.clock(connection)
        turn = int(at.timestamp() // services.settings.lease.total_seconds())
        for wave_id, number, due in waves.reminders_due(connection, services.now(), at):
            argument = f"{wave_id} {number} {due.isoformat()}"
            queue.enqueue(connection, JOB, argument, f"{JOB}:{argument}:{turn}")
        return waves.soonest_reminder(connection)


def catch_up(services: Services) -> None:
    """Go through what was left for later, now that the clock was moved: it is held for as long as it was going to be.

    Nobody who works on it holds it for so long; where it is still not the hour, it is left for later again.
    """
    with services.db.begin() as connection:
        longest = outbox.clock(connection) + 2 * services.settings.lease
        for wave_id, number, due in waves.let_reminders_go(connection, services.now(), longest):
            argument = f"{wave_id} {number} {due.isoformat()}"
            queue.enqueue(connection, JOB, argument, f"{JOB}:{argument}:{uuid.uuid4().hex[:12]}")


def run(services: Services, poster: Poster, argument: str) -> None:
    """Go through the people of one hour: those who have not answered get a message, the others none."""
    wave_id, number, due = argument.split()
    which = (int(wave_id), int(number), datetime.fromisoformat(due))
    with services.db.begin() as connection:
        row = waves.get(connection, which[0], lock=True)
        at = outbox.clock(connection)
        until = at + services.settings.lease
        begun = waves.hold_reminder(connection, which, at, until)
        if begun is not None and row is not None and row.state == "open":
            row = keep_notice(services, connection, row)
        everybody = waves.invited(connection, which[0])
        arrived = survey_invitations.arrived(connection, row) if row is not None else {}
    if begun is None or row is None:
        return
    try:
        keys = survey_urn.keys_of(services, row)
    except KeysNotHere as error:
        log.warning("%s: %s", label(row.survey, row.number), error)
        return  # left to a process that has them, once the lease has run out
    _Round(services, poster, row, keys, which, until, search=begun).go_through(everybody, arrived)


def _insist_that_some_are_invited(
    services: Services, connection: Connection, asker: Asker, row: StoredWave
) -> Mapping[str, datetime]:
    """Since when somebody has their invitation, by the zones in which somebody has."""
    if found := survey_invitations.reached(services, connection, row):
        return found
    name, to_come = label(row.survey, row.number), survey_invitations.to_come(services, connection, row)
    if not to_come:
        raise Conflict(f"No invitation to {name} could be delivered, so there is nobody to remind.")
    first = survey_invitations.first(services, row)
    when = show_time(first, asker.timezone) if first else "in a moment"
    raise Conflict(f"Nobody was invited to {name} yet: the first invitations go out {when}; remind people after that.")


def _insist_on_a_day_between(
    services: Services, connection: Connection, asker: Asker, row: StoredWave, zones: Mapping[str, datetime]
) -> None:
    before, now = row.receipt.get("asked", []), services.now()
    asked = datetime.fromisoformat(before[-1]) if before else None
    if asked is None or now - asked >= ONCE_IN:
        return
    hours = {reminded_by_hand(services, asked, zone) for zone, since in zones.items() if since <= asked}
    hours = {hour for hour in hours if hour < row.closes_at}
    if not hours:
        return  # that one reached nobody
    first, last, again = (show_time(moment, asker.timezone) for moment in (min(hours), max(hours), asked + ONCE_IN))
    when = last if first == last else f"at hours of their own from {first} to {last}"
    if not waves.is_to_remind(connection, row.id, BY_HAND + len(before) - 1):
        told = f"who had not answered were reminded {when}"
    elif max(hours) <= now:
        told = "who have not answered are being reminded now"
    else:
        told = f"who have not answered are reminded {when}"
    is_over = asked + ONCE_IN >= row.closes_at
    step = "it is over before that can be again" if is_over else f"say it again from {again} on"
    raise Conflict(f"Those {told}, and once a day is the most; {step}.")


def _insist_that_it_takes_place(services: Services, row: StoredWave, zones: Mapping[str, datetime]) -> None:
    now = services.now()
    hours = {zone: reminded_by_hand(services, now, zone) for zone in zones}
    if min(hours.values()) >= row.closes_at:
        raise Conflict(f"It closes before anybody can be reminded; say /pulse extend {row.survey} until=2d first.")
    anew = replace(row, receipt={**row.receipt, "asked": [*row.receipt.get("asked", []), now.isoformat()]})
    if not any(hour in _taking_place(services, anew, zone, zones[zone]).values() for zone, hour in hours.items()):
        hint = "" if survey_waves.LATER_AT in row.receipt else f" /pulse extend {row.survey} until=2d allows one more."
        raise Conflict(f"They were reminded as often as they may be: twice, and once more after each new end.{hint}")


def _taking_place(services: Services, row: StoredWave, zone: str, since: datetime) -> dict[int, datetime]:
    """When people in a zone are reminded, by number: those of the clock and by hand together, two at most in a wave.

    Each new end that a wave was given allows one more after it. Two at the same moment are one. What was due, or asked for,
    before anybody in the zone was invited, which was at `since`, reaches nobody there and is not counted.
    """
    spans = survey_waves.survey_of(row).reminders
    planned = {number: reminded_at(services, row, zone, number) for number in range(1, len(spans) + 1)}
    planned = {number: moment for number, moment in planned.items() if moment >= since}
    for number, asked in enumerate(map(datetime.fromisoformat, row.receipt.get("asked", [])), BY_HAND):
        if asked >= since:
            planned[number] = reminded_by_hand(services, asked, zone)
    new_ends = [datetime.fromisoformat(row.receipt[name]) for name in NEW_ENDS if name in row.receipt]
    found: dict[int, datetime] = {}
    for number, moment in sorted(planned.items(), key=lambda each: (each[1], each[0])):
        most = MOST_REMINDERS + sum(end <= moment for end in new_ends)
        if len(found) < most and moment not in found.values():
            found[number] = moment
    return found


@dataclass
class _Round:
    """One hour of reminders, held until `until`. `search`: somebody began it before, and may have reminded some of them."""

    services: Services
    poster: Poster
    row: StoredWave
    keys: Keys
    which: tuple[int, int, datetime]
    until: datetime
    search: bool
    turn_at: float = 0.0

    @property
    def by_hand(self) -> bool:
        return self.which[1] >= BY_HAND

    @property
    def decided_at(self) -> datetime:
        """When it was asked for, or else is due by the clock: it is for those who had their invitation then."""
        return datetime.fromisoformat(self.row.receipt["asked"][self.which[1] - BY_HAND]) if self.by_hand else self.which[2]

    def go_through(self, everybody: Sequence[Invitation], arrived: Mapping[str, datetime]) -> None:
        """Each in their turn, in an order drawn by lot; whoever may not be disturbed now is left for later.

        `arrived` says since when people have their invitation.
        """
        invited = [p for p in everybody if p.user_id in arrived and arrived[p.user_id] <= self.decided_at]
        hours = {zone: self._is_meant(zone, since) for zone, since in survey_invitations.zones(invited, arrived).items()}
        meant = [person for person in invited if hours[person.zone]]
        random.SystemRandom().shuffle(meant)
        later = []
        for person in meant:
            if not self._take_turn() or not self._is_open():
                return
            hour = next_hour(self.services, person.zone, by_hand=self.by_hand)
            if hour > self.services.now():
                later.append(hour)
            elif not self._remind(person):
                return
        with self.services.db.begin() as connection:
            if later:
                until = outbox.clock(connection) + (min(later) - self.services.now())
                waves.keep_reminder(connection, self.which, self.until, until)
            else:
                waves.drop_reminder(connection, self.which)

    def _is_meant(self, zone: str, since: datetime) -> bool:
        """Whether people in a zone are reminded at this hour: not where a later reminder is due as well."""
        taking_place, due = _taking_place(self.services, self.row, zone, since), self.which[2]
        later = any(due < moment <= self.services.now() for moment in taking_place.values())
        return taking_place.get(self.which[1]) == due and not later

    def _take_turn(self) -> bool:
        """Wait for a turn in the pace of the workspace. False: somebody else goes on, or this process later.

        That the pace is taken for everybody tells nothing of who is reminded.
        """
        each = timedelta(seconds=1 / self.services.settings.messages_per_second)
        with self.services.db.begin() as connection:
            pace = paces.hold(connection, PLACE)
            at, slot = pace.at, pace.moment_of(pace.take(each, each))
            until = slot + self.services.settings.lease
            is_far = slot - at > self.services.settings.lease
            if not waves.keep_reminder(connection, self.which, self.until, slot if is_far else until) or is_far:
                return False
        self.until = until
        time.sleep((slot - at).total_seconds())
        self.turn_at = time.monotonic()
        return True

    def _is_open(self) -> bool:
        # Asked at the last moment: the wave may be closed meanwhile.
        with self.services.db.read() as connection:
            row = waves.get(connection, self.row.id)
        return row is not None and row.state == "open" and row.closes_at > self.services.now()

    def _has_answered(self, person: Invitation) -> bool:
        slot = ballots.slot_of(self.keys, self.row.key_id, person.user_id)
        with self.services.db.read() as connection:
            body = waves.ballot_at(connection, self.row.id, slot)
        # Without a ballot they were taken out meanwhile.
        return body is None or survey_urn.has_cast(self.keys, self.row, slot, body)

    def _wants_none(self, person: Invitation) -> bool:
        with self.services.db.read() as connection:
            return surveys.has_opted_out(connection, person.user_id)

    def _remind(self, person: Invitation) -> bool:
        """Remind somebody unless they have answered or opted out. False: somebody else goes on, or this process later."""
        message = presenter.reminder(survey_waves.described(self.row, survey_waves.survey_of(self.row)), person)
        envelope = Envelope(_name(self.keys, self.which, person), "survey", person.user_id, message, since=self.which[2])
        in_doubt = self.search
        for attempt in range(TRIES):
            if attempt and not self._take_turn():
                return False
            # As late as can be: somebody may have answered while others were reminded, or said that they want none.
            if not self._is_open() or self._wants_none(person) or self._has_answered(person):
                return True
            done, in_doubt = self._tried(envelope, attempt, in_doubt=in_doubt)
            if done:
                return True
        log.warning("a reminder of %s was not taken by Slack", label(self.row.survey, self.row.number))
        return True

    def _tried(self, envelope: Envelope, attempt: int, *, in_doubt: bool) -> tuple[bool, bool]:
        """Post once: whether that is all, and whether the message may stand there without being known to."""
        if in_doubt:
            found = self.poster.find(envelope)
            if isinstance(found, Throttled | Postponed):
                self._wait(found, attempt)
                return False, True
            if not isinstance(found, Missing):
                return True, False  # it stands there, or nobody can tell: a reminder is better missed than said twice
        latest = self.turn_at + self.services.settings.lease.total_seconds() * SHARE_OF_LEASE
        outcome = self.poster.post(envelope, lambda: time.monotonic() <= latest)
        if isinstance(outcome, Throttled | Postponed | Unknown):
            self._wait(outcome, attempt)
            return False, isinstance(outcome, Unknown)
        return outcome is not None, False

    def _wait(self, told: Throttled | Postponed | Unknown, attempt: int) -> None:
        if not isinstance(told, Throttled):
            time.sleep(2**attempt)
            return
        with self.services.db.begin() as connection:
            pace = paces.hold(connection, PLACE)
            pace.block(pace.at + told.pause)


def _name(keys: Keys, which: tuple[int, int, datetime], person: Invitation) -> str:
    """The delivery's name, the same whenever it is tried; without the key nobody can tell whose it is."""
    told = f"{which[1]}\0{which[2].isoformat()}\0{person.user_id}".encode()
    return hmac.digest(keys.slot, told, hashlib.sha256).hex()[:32]
