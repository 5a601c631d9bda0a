"""Incidents: open them, take them through their states, correct their times, and say what happened in them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.errors import Conflict, InvalidInput
from bot.domain.incident_answers import Alarm, Announcement, Dossier, Event, Told
from bot.domain.incidents import (
    ESTIMATES,
    MOMENTS,
    TIME_WORDS,
    Incident,
    Mark,
    Moment,
    check_order,
    in_force,
    key_of,
    may_follow,
    may_reopen,
    one_line,
    read_kind,
    read_moments,
    read_severity,
    read_title,
    read_words,
    read_yes,
    severities_first,
)
from bot.domain.people import SYSTEM, Asker
from bot.domain.times import read_time, show_time
from bot.services import Services, incident_channels, incident_messages, incident_onset
from bot.services.incident_records import get, locked, written
from storage import Connection, incidents, receipts

__all__ = ["STEPS", "backfill", "confirm", "declare", "dossier", "edit", "found", "listing", "reopen", "step"]

UNTOLD = Announcement()
STEPS: tuple[Moment, ...] = ("acknowledged", "mitigated", "resolved", "closed")
"""The moments that are steps: each takes the incident to the state of its name."""


def declare(services: Services, asker: Asker, title: str, fields: Mapping[str, str], told: Announcement = UNTOLD) -> Told:
    """Open an incident; the same request twice is one.

    `fields`: severity, model, kind, private (yes: only its people and admins may know of it), started and detected (times as
    people type them), kpi. Where nobody says when it began, it is walked back along the series of the KPI, if one is named,
    for a person to confirm; else it is taken to have begun when it was detected, and said to be unknown. It was detected, at
    the latest, when the message that shows it was written.

    :raises InvalidInput: a field cannot be read, or the times are out of order.
    :raises Conflict: an incident of that title and model is open already.
    """
    with services.db.begin() as connection:
        return declared(services, connection, asker, {**fields, "title": title}, told)


def declared(services: Services, connection: Connection, asker: Asker, fields: Mapping[str, str], told: Announcement) -> Told:
    """As `declare`, the title among the fields, if this transaction is kept."""
    now, evidence = services.now(), told.evidence
    seen = evidence.at if evidence and evidence.at < now else now
    new, marks = _declared(asker, fields, now, seen, told.alarm)
    new = replace(new, channel=told.channel)
    receipt = f"incident:{told.key}"
    if told.key and not receipts.claim(connection, receipt, now):
        return Told(get(connection, asker, int(receipts.answered(connection, receipt))), again=True)
    number = incidents.add(connection, new)
    if number is None:
        raise _open_already(connection, asker, new)
    _write_marks(connection, number, _with_onset(services, connection, asker, fields, marks))
    opened = Event(now, now, asker.user_id, "opened", new.title, {"severity": new.severity, "kind": new.kind})
    made = written(services, connection, number, opened)
    if evidence:
        place = {"channel": evidence.channel, "ts": evidence.ts}
        incidents.note(connection, number, Event(seen, now, evidence.user, "message", read_words(evidence.text), place))
    if told.alarm:
        incidents.note(connection, number, Event(now, now, asker.user_id, "link", told.alarm.name, {"what": "alert"}))
    if kpi := fields.get("kpi", "").strip():
        incidents.note(connection, number, Event(now, now, asker.user_id, "link", kpi, {"what": "kpi"}))
    receipts.answer(connection, receipt, str(number))
    if told.channel:
        message = incident_messages.announce(services, connection, made)
        incidents.change(connection, number, message_id=message)
    if told.apart:
        incident_channels.request(services, connection, made, asker.user_id)
    return Told(made)


def backfill(services: Services, asker: Asker, title: str, fields: Mapping[str, str]) -> Told:
    """Write down an incident of the past: it is told in no channel, and nobody is paged.

    `fields`: as for `declare`, and acknowledged, mitigated and resolved; detected and resolved are needed.

    :raises InvalidInput: a field is absent or cannot be read, or the times are out of order.
    """
    given = dict(fields)
    if not given.get("resolved") or not given.get("detected"):
        raise InvalidInput(
            'Say when it was detected and resolved, as in backfill "Scores were stale" '
            'detected="2026-11-02 09:00" resolved="2026-11-02 13:30".'
        )
    now = services.now()
    new, marks = _declared(asker, {**given, "title": title}, now, now)
    new = replace(new, backfilled=True, marks=in_force(marks))
    with services.db.begin() as connection:
        number = incidents.add(connection, new)
        assert number is not None, "what is resolved takes no key"
        _write_marks(connection, number, marks)
        made = written(services, connection, number, Event(now, now, asker.user_id, "backfilled", new.title))
    return Told(made)


def step(services: Services, asker: Asker, number: int, moment: Moment, *, at: str = "", note: str = "") -> Told:
    """Take an incident to its next state: acknowledged, mitigated, resolved or closed; now, or `at` a time of the past.

    :raises InvalidInput: there is no such incident, or the time is before what came before it.
    :raises Conflict: the state does not allow it: somebody was quicker, or it is closed.
    """
    now = services.now()
    when = read_time(at, now, asker.timezone) if at else now
    mark = Mark(moment, when, "person" if at else "state", asker.user_id, now, read_words(note))
    with services.db.begin() as connection:
        return stepped(services, connection, asker, number, mark)


def stepped(services: Services, connection: Connection, asker: Asker, number: int, mark: Mark) -> Told:
    """As `step`, to the state that a mark says, if this transaction is kept."""
    standing = locked(connection, asker, number)
    may_follow(standing, mark.moment)
    assert mark.at is not None
    _set(connection, asker, standing, mark)
    if mark.moment == "resolved":
        incidents.change(connection, number, open_key=None)
    told = Event(mark.at, mark.recorded_at, mark.actor, mark.moment, mark.reason)
    return Told(written(services, connection, standing, told))


def reopen(services: Services, asker: Asker, number: int, reason: str) -> Told:
    """Open a resolved incident again: its end is taken back, and stays in the ledger.

    :raises InvalidInput: no reason is given, or there is no such incident.
    :raises Conflict: it is open, closed, or resolved too long ago, or another one of its kind is open.
    """
    reason = read_words(reason)
    if not reason:
        raise InvalidInput('Say why it is opened again, as in reopen INC-3 reason="it came back".')
    with services.db.begin() as connection:
        standing, now = locked(connection, asker, number), services.now()
        may_reopen(standing, now)
        if not incidents.reopen_key(connection, standing):
            raise _open_already(connection, asker, standing)
        for moment in ("mitigated", "resolved"):
            if standing.at(moment) is not None:
                incidents.mark(connection, number, Mark(moment, None, "state", asker.user_id, now, reason))
        told = Event(now, now, asker.user_id, "reopened", reason)
        made = written(services, connection, standing, told)
    return Told(made)


def edit(services: Services, asker: Asker, number: int, times: Mapping[str, str], reason: str) -> Told:
    """Correct times of an incident, also of one that is closed. What was written before stays in the ledger.

    :raises InvalidInput: no reason or no time is given, a time cannot be read, is given twice or is out of order, or the
        incident has not come to that state yet.
    """
    if not times:
        raise InvalidInput('Say which time, as in edit INC-3 started="yesterday 14:00" reason="seen in the logs".')
    reason = read_words(reason)
    if not reason:
        raise InvalidInput('Say why, as in reason="seen in the logs": it is kept beside the old time.')
    with services.db.begin() as connection:
        standing, now = locked(connection, asker, number), services.now()
        marks = dict(standing.marks)
        for word, moment in read_moments(times).items():
            if moment in STEPS and standing.at(moment) is None:
                raise InvalidInput(f"{standing.name} is not {moment} yet; say so first, and correct the time then.")
            when = read_time(times[word], now, asker.timezone)
            marks[moment] = Mark(moment, when, "person", asker.user_id, now, reason)
        check_order(marks, lambda at: show_time(at, asker.timezone))
        set_anew = [m for m in MOMENTS if marks.get(m) is not standing.marks.get(m)]
        for moment in set_anew:
            incidents.mark(connection, number, marks[moment])
        changes = {m: [_iso(standing.at(m)), _iso(marks[m].at)] for m in set_anew}
        told = Event(now, now, asker.user_id, "edited", reason, {"changes": changes})
        made = written(services, connection, standing, told)
    return Told(made)


def confirm(services: Services, asker: Asker, number: int) -> Told:
    """Say that an incident began when it is estimated to have begun; from then on it counts as measured.

    :raises Conflict: there is no estimate any more.
    """
    with services.db.begin() as connection:
        standing, now = locked(connection, asker, number), services.now()
        estimate = standing.marks.get("arose")
        if estimate is None or estimate.source not in ESTIMATES:
            raise Conflict(f"Somebody said already when {standing.name} began; correct it with edit {standing.name} started=….")
        reason = f"confirms the estimate: {estimate.reason}"
        incidents.mark(connection, number, Mark("arose", estimate.at, "person", asker.user_id, now, reason))
        told = Event(now, now, asker.user_id, "edited", "confirmed when it began")
        made = written(services, connection, standing, told)
    return Told(made)


def found(services: Services, asker: Asker, number: int) -> Incident:
    """An incident as it stands.

    :raises InvalidInput: there is none of that number that the asker may see.
    """
    with services.db.read() as connection:
        return get(connection, asker, number)


def listing(services: Services, asker: Asker, *, everything: bool = False) -> list[Incident]:
    """The open incidents that the asker may see, the gravest first; or all of them, the newest first."""
    with services.db.read() as connection:
        known = incidents.everything(connection, asker, only_open=not everything)
    return known[::-1] if everything else severities_first(known)


def dossier(services: Services, asker: Asker, number: int) -> Dossier:
    """All that is known of an incident.

    :raises InvalidInput: there is none of that number that the asker may see.
    """
    with services.db.read() as connection:
        one = get(connection, asker, number)
        return Dossier(one, incidents.ledger(connection, number), incidents.events(connection, number))


def _declared(
    asker: Asker, fields: Mapping[str, str], now: datetime, seen: datetime, alarm: Alarm | None = None
) -> tuple[Incident, Sequence[Mark]]:
    given = {name: value.strip() for name, value in fields.items() if value.strip()}
    named = read_moments(name for name in given if name in TIME_WORDS)
    times = {moment: read_time(given[name], now, asker.timezone) for name, moment in named.items()}
    marks = {moment: Mark(moment, when, "person", asker.user_id, now) for moment, when in times.items()}
    if alarm and "detected" not in marks:
        marks["detected"] = Mark("detected", alarm.at, "alert", SYSTEM.user_id, now, f"the rule of {alarm.name} was true")
    if "detected" not in marks:
        marks["detected"] = Mark("detected", seen, "declared", asker.user_id, now)
    if alarm and alarm.began and "arose" not in marks:
        began = min(alarm.began, marks["detected"].at or now)
        marks["arose"] = Mark("arose", began, "alert", SYSTEM.user_id, now, f"{alarm.name} says so")
    if "arose" not in marks:
        marks["arose"] = Mark("arose", marks["detected"].at, "declared", asker.user_id, now)
    check_order(marks, lambda at: show_time(at, asker.timezone))
    model, said = one_line(given.get("model", ""))[:100], read_title(given.get("title", ""))
    private = read_yes(given.get("private", ""), "private")
    new = Incident(
        id=0,
        key=alarm.key if alarm else key_of(said, model, asker.user_id if private else ""),
        title=said,
        severity=read_severity(given.get("severity", "medium")),
        kind=read_kind(given.get("kind", "real")),
        model=model,
        opened_by=asker.user_id,
        opened_at=now,
        private=private,
    )
    return new, [marks[moment] for moment in MOMENTS if moment in marks]


def _with_onset(
    services: Services, connection: Connection, asker: Asker, fields: Mapping[str, str], marks: Sequence[Mark]
) -> Sequence[Mark]:
    by_moment = {mark.moment: mark for mark in marks}
    kpi, detected = fields.get("kpi", "").strip(), by_moment["detected"].at
    if not kpi or by_moment["arose"].source != "declared" or detected is None:
        return marks
    about = incident_onset.Shown(kpi, one_line(fields.get("model", "")))
    estimate = incident_onset.estimated(services, connection, asker, about, detected)
    return marks if estimate is None else [estimate if mark.moment == "arose" else mark for mark in marks]


def _set(connection: Connection, asker: Asker, standing: Incident, new: Mark) -> None:
    check_order({**standing.marks, new.moment: new}, lambda at: show_time(at, asker.timezone))
    incidents.mark(connection, standing.id, new)


def _write_marks(connection: Connection, number: int, marks: Sequence[Mark]) -> None:
    for each in marks:
        incidents.mark(connection, number, each)


def _open_already(connection: Connection, asker: Asker, new: Incident) -> Conflict:
    standing = incidents.open_with(connection, new.key)
    name = standing.name if standing and standing.may_see(asker) else "Another incident"
    return Conflict(f"{name} is open under that title already; say /incident update {name} for what is new.")


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
