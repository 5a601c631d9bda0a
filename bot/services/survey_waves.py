"""Waves of surveys: started by hand or by the clock, opened once their audience is known, and told to everybody in it."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot import ballots
from bot.domain.errors import Conflict, InvalidInput, NotAllowed
from bot.domain.people import SYSTEM, Asker, Change
from bot.domain.schedules import Schedule, next_due, shortest_gap
from bot.domain.survey_counts import Unshown, unshown
from bot.domain.survey_waves import TOO_FEW, Contract, NoWave, Opening, Over, Terms, dump, label, load, pages
from bot.domain.surveys import Question, Survey
from bot.domain.times import show_date, show_time
from bot.key_files import KeyFiles
from bot.services import Services, survey_kpi_checks, survey_terms, surveys
from storage import Connection, audit, outbox, queue, waves
from storage.surveys import schedule_of
from storage.waves import Invitation, StoredWave

JOB = "survey.open"
"""The job of the queue that opens a wave."""
EXTENDED_AT, LATER_AT, NOTICE_AT = "extended_at", "later_at", "notice_at"
"""In the receipt of a wave: when it was extended because too few had answered, when somebody first let it end later, and when
they gave notice that it ends earlier."""
ANNOUNCED, NOTICE_SPAN = "announced", "notice_seconds"
"""In the receipt of a wave: when it would have ended without that notice, and how long it left people."""
NOTICED = "noticed_until"
"""In the receipt of a wave that was given a later end after such a notice: the end of which notice was given."""
KEY_WANTED = "key_wanted"
"""In the receipt of a sealed wave that is over: when its custodian was asked for the key."""
ASKED_BY = "asked_by"
"""In the receipt of a wave until it is counted: how many were asked when it opened, by cut and value."""
SUBJECT = "wave:{id}"
"""What the ledger calls the invitations to a wave, by which they are found when it is closed."""
PATIENCE = timedelta(days=14)
"""How long a sealed wave waits for its key after its end; then it is destroyed unopened."""
HOURS = "hours"
"""In the receipt of a wave until it is counted: how many were asked when it opened, by zone, and from when on."""
LATER_HOURS = "later_hours"
"""In the receipt of a wave whose people were too many for the hours of one day: how many are asked later, and from when on."""
SEEN = "seen"
"""In the receipt of a wave until it is counted: whether somebody who was asked when it opened sees its results."""


def start(services: Services, asker: Asker, name: str, terms: Terms, *, here: str = "", key: str = "") -> Opening:
    """Begin a wave of a survey: its audience is asked for, frozen, and written to. The same `key` twice is one wave.

    Without an audience, those in the channel `here` are asked.

    :raises NoSuchSurvey: there is none of that name.
    :raises InvalidInput: a word of the terms cannot be read, or the survey cannot feed the KPI that it names.
    :raises NotAllowed: the asker has no role that may ask such an audience.
    :raises Conflict: a wave of it is open.
    """
    with services.db.begin() as connection:
        return begin(services, connection, asker, name, terms, here=here, key=key)


def begin(
    services: Services,
    connection: Connection,
    asker: Asker,
    name: str,
    terms: Terms,
    *,
    here: str = "",
    key: str = "",
    opens_at: datetime | None = None,
    schedule: Schedule | None = None,
) -> Opening:
    """As `start`, if this transaction is kept. People are asked when their clocks next show an hour from `opens_at` on. A
    wave of a `schedule` that leaves time for it ends when the next one is due, however late it started; at a weekend
    nobody is asked in it, unless the schedule names such a day.
    """
    if already := _already(connection, key):
        return already
    now, survey = services.now(), surveys.named(services, connection, name)
    if opens_at is None:  # one that recurs goes on; its receipt says that no figure was recorded
        survey_kpi_checks.insist_feeds(services, connection, asker, survey)
    workdays = schedule is not None and schedule.keeps_to_workdays
    contract = survey_terms.contract(asker, survey, terms, here)
    contract = replace(contract, turn=_next_turn(connection, survey.name), workdays=workdays)
    row = waves.add(
        connection,
        survey=survey.name,
        open_key=survey.name,
        contract=dump(contract),
        state="opening",
        key_id=uuid.uuid4().hex,
        opened_by=asker.user_id,
        opens_at=opens_at or now,
        closes_at=_end(now, survey_terms.span(services, asker, survey, terms.closes), schedule),
        receipt={},
        key=key or None,
        asks={"audience": terms.audience.strip() or here, "file": terms.file},
    )
    if row is None:
        if already := _already(connection, key):
            return already
        raise _held(connection, asker, survey.name)
    change = Change(asker.user_id, "survey.start", label(row.survey, row.number), None, {"contract": row.contract})
    audit.write(connection, now, change)
    queue.enqueue(connection, JOB, str(row.id), f"{JOB}:{row.id}")
    named = survey_terms.named_people(terms)
    return replace(
        described(row, survey), unshown=_unshown(row, len(named), is_seen=is_seen(contract, named)) if named else None
    )


def _already(connection: Connection, key: str) -> Opening | None:
    """The wave that was begun with that key before."""
    known = waves.by_key(connection, key) if key else None
    return replace(described(known, survey_of(known)), again=True) if known else None


def _end(now: datetime, span: timedelta, schedule: Schedule | None) -> datetime:
    """When a wave ends: one of a schedule that leaves time for it by the next turn, however late it started."""
    ends = now + span
    return min(ends, next_due(schedule, now, 1)[0]) if schedule and span <= shortest_gap(schedule) else ends


def _held(connection: Connection, asker: Asker, survey: str) -> Conflict:
    """That another wave of a survey is open, and who can close it."""
    held = waves.open_of(connection, survey)
    may_close = held is None or may_run(asker, held)
    who = f"close it first with /pulse close {survey}" if may_close else "whoever started it, or an admin, can close it"
    return Conflict(f"A wave of {survey} is open already; {who}.")


def _next_turn(connection: Connection, survey: str) -> int:
    """The turn after that of the last wave that opened: one that did not has asked nobody anything."""
    for last in waves.of_survey(connection, survey, limit=1):
        return turn_of(last) + (last.state != "failed")
    return 1


def give_up(services: Services, connection: Connection, wave_id: int, why: str) -> bool:
    """Have a wave be one that could not be opened, as `why` says. False: it is not being opened any more."""
    row = waves.get(connection, wave_id, lock=True)
    if row is None or row.state != "opening":
        return False
    waves.fail(connection, row, why)
    change = Change(SYSTEM.user_id, "survey.failed", label(row.survey, row.number), None, {"why": why})
    audit.write(connection, services.now(), change)
    return True


def open_wave(services: Services, connection: Connection, name: str, *, lock: bool = False) -> StoredWave:
    """The wave of a survey that is open; `name` may be that of one wave, as a form has it that was opened for it.

    :raises NoWave: none is.
    :raises NoSuchSurvey: nor was one, and there is no survey of that name.
    :raises Conflict: another one is.
    """
    name, _, number = name.partition(" #")
    row = waves.open_of(connection, name, lock=lock)
    if row is not None and number not in ("", str(row.number)):
        raise Conflict(f"{name} #{number} is over, and #{row.number} is open now; say /pulse show {name}.")
    if row is None:
        if not (hint := what_became(connection, name)):
            hint = f"It was not asked yet; say /pulse start {surveys.named(services, connection, name).name} to ask."
        raise NoWave(survey=name, state="that is open", hint=hint)
    return row


def what_became(connection: Connection, name: str) -> str:
    """What became of the latest wave of a survey of which none is open, and the next step; empty: there is none."""
    latest, failed = waves.latest(connection).get(name), waves.failed(connection).get(name)
    if failed is not None:
        return f"{not_opened(failed)} Then say /pulse start {name}."
    if latest is None:
        return ""
    if latest.state == "unopened":
        return f"{unopened(latest)} Say /pulse start {name} to ask again."
    return f"{label(name, latest.number)} is closed: say /pulse results {name}."


def not_opened(row: StoredWave) -> str:
    """Why a wave could not be opened, and what to do about it."""
    return str(row.receipt.get("why") or f"{label(row.survey, row.number)} could not be opened.")


def over(row: StoredWave) -> Over:
    """Why a wave takes nothing any more, and what becomes of what came before."""
    return Over(label(row.survey, row.number), row.state)


def unopened(row: StoredWave, zone: str = "") -> str:
    """What became of a wave that was destroyed unopened, and when; without a zone, on which day."""
    at = datetime.fromisoformat(str(row.receipt.get("counted_at") or row.closes_at.isoformat()))
    told = f"{label(row.survey, row.number)} was destroyed unopened on {show_time(at, zone) if zone else show_date(at.date())}"
    return f"{told}: {row.receipt.get('why', TOO_FEW)}."


def awaits_key(row: StoredWave) -> bool:
    """Whether a sealed wave is over, and waits for its custodian's key."""
    asked = str(row.receipt.get(KEY_WANTED, ""))
    return row.state == "open" and bool(asked) and datetime.fromisoformat(asked) >= row.closes_at


def key_until(row: StoredWave) -> datetime:
    """Until when a sealed wave that is over waits for its key; whose custodian was asked late, for as long from then on."""
    asked = row.receipt.get(KEY_WANTED)
    return max(row.closes_at, datetime.fromisoformat(asked) if asked else row.closes_at) + PATIENCE


def waits(row: StoredWave) -> str:
    """For whose key a sealed wave waits that is over, without the point at the end."""
    return f"{label(row.survey, row.number)} is over and waits for the key of its custodian, @{load(row.contract).custodian}"


def insist_is_open(services: Services, row: StoredWave) -> None:
    """Insist that a wave takes answers now.

    :raises NoWave: it is being opened.
    :raises Conflict: it is over, and waits for its key.
    :raises Over: its time is over.
    """
    if row.state == "opening":
        raise NoWave(survey=row.survey, state="that is open yet", hint="It is being opened; try again in a minute.")
    if awaits_key(row):
        raise Conflict(f"{waits(row)}.", (load(row.contract).custodian,))
    if row.closes_at <= services.now():
        raise over(row)


def may_run(asker: Asker, row: StoredWave) -> bool:
    """Whether somebody started this wave, or is an admin."""
    return asker.admin or asker.user_id == row.opened_by


def insist_may_run(asker: Asker, row: StoredWave, what: str) -> None:
    """Insist that somebody started this wave, or is an admin.

    :raises NotAllowed: they are neither.
    """
    if not may_run(asker, row):
        raise NotAllowed(who="admins and whoever started it", what=f"{what} {label(row.survey, row.number)}")


def extensible(services: Services, asker: Asker, name: str) -> str:
    """What the open wave of a survey is called, which the asker could let end later.

    :raises BarometerError: as `extend`, if they cannot.
    """
    with services.db.read() as connection:
        row = _to_extend(services, connection, asker, name)
    return label(row.survey, row.number)


def _to_extend(services: Services, connection: Connection, asker: Asker, name: str, *, lock: bool = False) -> StoredWave:
    row = open_wave(services, connection, name, lock=lock)
    insist_may_run(asker, row, "extend")
    insist_is_open(services, row)
    return row


def extend(services: Services, asker: Asker, name: str, until: str) -> Opening:
    """Let the open wave of a survey end later.

    :raises InvalidInput: that is not later than it ends as it is, or too late.
    :raises NotAllowed: the asker did not start it and is no admin.
    :raises NoWave: none is open.
    :raises Over: its time is over.
    """
    now = services.now()
    with services.db.begin() as connection:
        row = _to_extend(services, connection, asker, name, lock=True)
        moment = survey_terms.until(until, now, asker.timezone, row.opens_at)
        if moment <= row.closes_at:
            ends = show_time(row.closes_at, asker.timezone)
            raise InvalidInput(f"It closes {ends} as it is; write an end after that, or leave it so.", "closes")
        receipt = {LATER_AT: now.isoformat(), **row.receipt}
        if NOTICE_AT in receipt:
            # That end binds all the same: notice may be given again, of no earlier one.
            receipt[NOTICED] = row.closes_at.isoformat()
            receipt = {name: told for name, told in receipt.items() if name not in (NOTICE_AT, NOTICE_SPAN, ANNOUNCED)}
        waves.change(connection, row.id, closes_at=moment, receipt=receipt)
        outbox.prolong(connection, "survey", SUBJECT.format(id=row.id), moment)
        change = Change(asker.user_id, "survey.extend", label(row.survey, row.number), None, {"closes_at": moment.isoformat()})
        audit.write(connection, now, change)
        recurs = surveys.recurring(services, schedule_of(connection, row.survey))
    next_at = recurs.due_at if recurs and recurs.held else None
    return replace(described(replace(row, closes_at=moment), survey_of(row)), next_at=next_at)


def check(services: Services, asker: Asker, name: str, terms: Terms, when: str = "") -> Contract:
    """Insist that a wave could be started so, or again and again as the schedule `when` says, without starting it; and say
    what it would promise.

    :raises InvalidInput: a wave could not be over when the next one is due, or the schedule cannot be read.
    :raises BarometerError: as `start`.
    """
    with services.db.read() as connection:
        survey = surveys.named(services, connection, name)
        contract = survey_terms.contract(asker, survey, terms, "")
        survey_terms.span(services, asker, survey, terms.closes)
        if when:
            survey_terms.insist_on_turns(asker, survey, when, terms.closes)
        return contract


def to_answer(services: Services, user: str) -> list[Opening]:
    """The waves that somebody is asked in and that take answers, the one that ends first before the others.

    Whether they have answered makes no difference.
    """
    now = services.now()
    with services.db.read() as connection:
        found = [row for row in waves.open_invitations(connection, user) if row.closes_at > now]
        return [replace(described(row, survey_of(row)), language=_language(connection, row, user)) for row in found]


def language_of(services: Services, user: str) -> str:
    """The language in which somebody is asked now; empty: they are not."""
    with services.db.read() as connection:
        return next((_language(connection, row, user) for row in waves.open_invitations(connection, user)), "")


def _language(connection: Connection, row: StoredWave, user: str) -> str:
    invitation = waves.invitation_of(connection, row.id, user)
    return invitation.language if invitation else ""


def contract_of(row: StoredWave) -> Contract:
    """What was promised when the wave was started."""
    return load(row.contract)


def survey_of(row: StoredWave) -> Survey:
    """The survey as it was when the wave was started."""
    return surveys.read_one(load(row.contract).survey)


def described(row: StoredWave, survey: Survey) -> Opening:
    """A wave for whoever runs it."""
    contract = load(row.contract)
    return Opening(
        id=row.id,
        label=label(row.survey, row.number),
        title=survey.title,
        mode=contract.mode,
        minimum=contract.minimum,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        audience=contract.audience,
        channel=contract.channel,
        viewers=contract.viewers,
        cuts=contract.cuts,
        invited=row.invited,
        left_out=row.receipt.get("left_out", {}),
        at=contract.at,
        is_earlier=ANNOUNCED in row.receipt and row.closes_at < datetime.fromisoformat(row.receipt[ANNOUNCED]),
        custodian=contract.custodian,
        kpi=survey.kpi,
    )


def opened(row: StoredWave) -> Opening:
    """A wave whose audience is settled, with the questions of which nothing can be shown."""
    return replace(described(row, survey_of(row)), unshown=_unshown(row, row.invited, is_seen=row.receipt.get(SEEN, True)))


def _unshown(row: StoredWave, asked: int, *, is_seen: bool) -> Unshown | None:
    contract = load(row.contract)
    return unshown(
        questions_of(row),
        minimum=contract.minimum,
        comment_minimum=contract.comment_minimum,
        is_seen=is_seen,
        asked=asked,
    )


def is_seen(contract: Contract, asked: Collection[str]) -> bool:
    """Whether one of those who are asked sees the results, and can subtract themselves."""
    return bool(contract.channel or set(asked) & set(contract.viewers))


def zones_of(row: StoredWave, left: Iterable[Invitation]) -> Collection[str]:
    """The zones of all who were asked when the wave opened; where that was not kept yet, of those who are left."""
    return row.receipt.get(HOURS) or {person.zone for person in left}


def turn_of(row: StoredWave) -> int:
    """Which turn of its survey's questions a wave asks."""
    return load(row.contract).turn or row.number


def questions_of(row: StoredWave) -> tuple[Question, ...]:
    """What a wave asks."""
    return survey_of(row).asked(turn_of(row))


def pages_of(row: StoredWave) -> list[tuple[Question, ...]]:
    """What a wave asks, a page each."""
    return pages(survey_of(row), load(row.contract).mode, turn_of(row))


def ballot_length(row: StoredWave) -> int:
    """How many bytes the payload of every ballot of a wave has room for."""
    most = surveys.longest_payload(questions_of(row))
    return most + (ballots.SEALED if load(row.contract).mode == "sealed" else 0)


def key_files(services: Services) -> KeyFiles:
    """Where the keys of waves are kept."""
    return KeyFiles(services.settings.survey_keys)
