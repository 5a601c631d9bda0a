"""Remedies with people in the loop: asked for, agreed to in time, sent once with a signature, and checked for their effect."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bot import fetch
from bot.domain.alert_answers import Event
from bot.domain.alerts import Alert, insist_open
from bot.domain.errors import Conflict, InvalidInput, NotAllowed
from bot.domain.incident_answers import Event as Happening
from bot.domain.kpis import Kpi, Remedy
from bot.domain.people import SYSTEM, Asker, Change
from bot.domain.remedies import ELDERS, MOST_TRIES, Run, body, headers, needed, remedy_of
from bot.presenters import remedies as presenter
from bot.services import Services, alert_access, alert_messages, definitions
from storage import Connection, alerts, audit, incidents, remedies

TRY_AGAIN = timedelta(seconds=30)
CHECK = timedelta(minutes=1)
"""How often it is looked whether the KPI has recovered."""
LONGEST_ANSWER = 300


class Turn(NamedTuple):
    """What happened with a remedy, and by whom."""

    by: str
    what: str


def offered(services: Services, asker: Asker, number: int, name: str) -> tuple[Alert, Remedy]:
    """A remedy of an alert, before anybody asks for it.

    :raises InvalidInput: there is no such alert or remedy.
    :raises Conflict: the alert is resolved, or remedies are not set up.
    """
    with services.db.read() as connection:
        one = alert_access.get(services, connection, asker, number)
        return one, _remedy(services, connection, one, name)


def ask(services: Services, asker: Asker, number: int, name: str, *, dry_run: bool = False) -> Run:
    """Ask for a remedy; what changes nothing is sent at once, anything else when enough people have agreed.

    :raises InvalidInput: there is no such alert or remedy, or it knows no dry run.
    :raises Conflict: the alert is resolved, remedies are not set up, or the same is under way already.
    """
    now = services.now()
    with services.db.begin() as connection:
        one = alert_access.locked(services, connection, asker, number)
        remedy = _remedy(services, connection, one, name)
        if dry_run and not remedy.dry_run:
            raise InvalidInput(f"{remedy.title} knows no dry run.")
        if any(
            r.remedy == name and r.state in ("asked", "approved") and not r.dry_run
            for r in remedies.of_alert(connection, number)
        ):
            raise Conflict(f"{remedy.title} is asked for already; look into the thread of {one.name}.")
        count = needed(remedy, one, dry_run=dry_run)
        until = now + remedy.within
        new = Run(
            0, one.id, name, dry_run, "asked", count, (), asker.user_id, now, until, f"remedy-{uuid.uuid4()}", next_at=until
        )
        if not count:
            new = replace(new, state="approved", next_at=now, body=body(new, one).decode())
        run = remedies.add(connection, new)
        _note(services, connection, one, run, Turn(asker.user_id, "asked"))
        alert_messages.say(
            services, connection, one, presenter.asked(one, run, remedy, services.settings.timezone), f"{run.key}:asked"
        )
    return run


def approve(services: Services, asker: Asker, number: int) -> Run:
    """Agree to a remedy; with enough people it is sent.

    :raises InvalidInput: there is none of that number that the asker may see.
    :raises NotAllowed: it has to be somebody else: not who asked, and of the owner's role, an admin or a sponsor.
    :raises Conflict: it is no longer asked for, or the asker agreed already.
    """
    with services.db.begin() as connection:
        run, one, kpi = _asked(services, connection, asker, number)
        if asker.user_id == run.asked_by:
            raise NotAllowed(who="somebody else", what="agree to what you asked for")
        if asker.user_id in run.approvals:
            raise Conflict("You agreed already; somebody else has to agree too.")
        if not _may_approve(asker, kpi):
            raise NotAllowed(who=f"the {kpi.owner.replace('_', ' ')}, admins and sponsors", what="agree to it")
        # What became graver meanwhile needs as many as it would if it were asked for now.
        remedy = remedy_of(kpi, run.remedy)
        least = needed(remedy, one, dry_run=run.dry_run) if remedy else run.needed
        run = replace(run, approvals=(*run.approvals, asker.user_id), needed=max(run.needed, least))
        if not run.missing:
            run = replace(run, state="approved", next_at=services.now(), body=body(run, one).decode())
        return _kept(services, connection, one, run, Turn(asker.user_id, "approved"))


def refuse(services: Services, asker: Asker, number: int) -> Run:
    """Refuse a remedy, or take back what one asked for.

    :raises InvalidInput: there is none of that number that the asker may see.
    :raises NotAllowed: the asker may not decide about it.
    :raises Conflict: it is no longer asked for.
    """
    with services.db.begin() as connection:
        run, one, kpi = _asked(services, connection, asker, number)
        if asker.user_id != run.asked_by and not _may_approve(asker, kpi):
            raise NotAllowed(who=f"the {kpi.owner.replace('_', ' ')}, admins and sponsors", what="refuse it")
        return _kept(services, connection, one, replace(run, state="refused", next_at=None), Turn(asker.user_id, "refused"))


def turn(services: Services) -> None:
    """Do what is due: send what was agreed to, end what nobody agreed to in time, and see whether the KPI recovered."""
    with services.db.read() as connection:
        due = remedies.due(connection, services.now())
    for number in due:
        run = _taken(services, number)
        if run is not None:
            _send(services, run)


def _taken(services: Services, number: int) -> Run | None:
    """A use that is to be sent now, held for a while; anything else that is due with it is done."""
    now = services.now()
    with services.db.begin() as connection:
        run = remedies.lock(connection, number)
        if run is None or run.next_at is None or run.next_at > now:
            return None
        one = alerts.get(connection, run.alert_id)
        assert one is not None
        if run.state in ("asked", "approved") and not one.is_open:
            _kept(services, connection, one, replace(run, state="expired", next_at=None), Turn(SYSTEM.user_id, "over"))
        elif run.state == "approved" and run.tries >= MOST_TRIES:
            _kept(services, connection, one, replace(run, state="failed", next_at=None), Turn(SYSTEM.user_id, "failed"))
        elif run.state == "approved":
            held = replace(run, tries=run.tries + 1, next_at=now + TRY_AGAIN)
            remedies.keep(connection, held)
            return held
        elif run.state == "asked" and now < run.expires_at:
            remedies.keep(connection, replace(run, next_at=run.expires_at))
        elif run.state == "asked":
            _kept(services, connection, one, replace(run, state="expired", next_at=None), Turn(SYSTEM.user_id, "expired"))
        elif run.state == "sent":
            _check(services, connection, one, run, now)
    return None


def _send(services: Services, run: Run) -> None:
    with services.db.read() as connection:
        one = alerts.get(connection, run.alert_id)
        assert one is not None
        remedy = remedy_of(definitions.current(services, connection).get(one.kpi), run.remedy)
    settings = services.settings
    if remedy is None:
        answer = fetch.Answer(410, "the definition no longer names it")
    else:
        sent = run.body.encode()
        proof = headers(settings.remedy_secret, run, sent, services.now())
        try:
            answer = fetch.post(remedy.url, sent, proof, allowed=settings.remedy_origins)
        except ValueError as error:
            answer = fetch.Answer(403, str(error))
    _answered(services, run, answer, remedy)


def _answered(services: Services, run: Run, answer: fetch.Answer, remedy: Remedy | None) -> None:
    said = f"{answer.status or 'no answer'}: {' '.join(answer.text.split())[:LONGEST_ANSWER]}".rstrip(": ")
    now = services.now()
    with services.db.begin() as connection:
        standing, one = remedies.lock(connection, run.id), alerts.lock(connection, run.alert_id)
        if standing is None or one is None or standing.state != "approved" or standing.tries != run.tries:
            return
        if answer.may_pass and run.tries < MOST_TRIES:
            remedies.keep(connection, replace(standing, answer=said, next_at=now + TRY_AGAIN * run.tries))
            return
        is_done = answer.is_good and remedy is not None
        checked = now + CHECK if is_done and not run.dry_run else None
        after = replace(standing, state="sent" if is_done else "failed", answer=said, expires_at=now, next_at=checked)
        _kept(services, connection, one, after, Turn(SYSTEM.user_id, after.state))


def _check(services: Services, connection: Connection, one: Alert, run: Run, now: datetime) -> None:
    """Whether the KPI recovered since it was sent: what it was for."""
    remedy = remedy_of(definitions.current(services, connection).get(one.kpi), run.remedy)
    given = remedy.verify if remedy else timedelta()
    if one.state == "resolved":
        _kept(services, connection, one, replace(run, state="recovered", next_at=None), Turn(SYSTEM.user_id, "recovered"))
    elif now >= run.expires_at + given:
        _kept(services, connection, one, replace(run, state="no effect", next_at=None), Turn(SYSTEM.user_id, "no effect"))
    else:
        remedies.keep(connection, replace(run, next_at=now + CHECK))


def _kept(services: Services, connection: Connection, one: Alert, run: Run, turn: Turn) -> Run:
    remedies.keep(connection, run)
    _note(services, connection, one, run, turn)
    remedy = remedy_of(definitions.current(services, connection).get(one.kpi), run.remedy)
    message = presenter.went_on(one, run, remedy, turn.by, turn.what)
    alert_messages.say(services, connection, one, message, f"{run.key}:{turn.what}:{len(run.approvals)}")
    return run


def _note(services: Services, connection: Connection, one: Alert, run: Run, turn: Turn) -> None:
    """Write it down with the alert, with its incident, and in the audit log."""
    now, words, actor = services.now(), presenter.line(run, turn.what), turn.by
    alerts.note(connection, one.id, Event(now, actor, "remedy", words))
    audit.write(
        connection,
        now,
        Change(actor, f"remedy.{turn.what}", one.name, None, {"remedy": run.remedy, "key": run.key}, run.answer),
    )
    if one.incident is not None:
        incidents.note(connection, one.incident, Happening(now, now, actor, "remedy", words))


def _asked(services: Services, connection: Connection, asker: Asker, number: int) -> tuple[Run, Alert, Kpi]:
    run = remedies.lock(connection, number)
    if run is None:
        raise InvalidInput("There is no such remedy; look into the thread of its alert.")
    one = alert_access.get(services, connection, asker, run.alert_id)
    kpi = definitions.current(services, connection).get(one.kpi)
    insist_open(one)
    if kpi is None or run.state != "asked" or run.expires_at <= services.now():
        raise Conflict(f"Nobody can decide about this any more: it is {'expired' if run.state == 'asked' else run.state}.")
    return run, one, kpi


def _may_approve(asker: Asker, kpi: Kpi) -> bool:
    return asker.admin or bool(asker.roles & {kpi.owner, kpi.sign_off, ELDERS})


def _remedy(services: Services, connection: Connection, one: Alert, name: str) -> Remedy:
    insist_open(one)
    remedy = remedy_of(definitions.current(services, connection).get(one.kpi), name)
    if remedy is None:
        raise InvalidInput(f"{one.name} has no remedy “{name[:40]}”; its definition names none of that name.")
    try:
        where = fetch.origin(remedy.url)
    except ValueError as error:
        raise Conflict(f"{remedy.title} has an address that leads nowhere; mend the definition of {one.kpi}.") from error
    if not services.settings.remedy_secret or where not in services.settings.remedy_origins:
        raise Conflict(
            f"{remedy.title} cannot be sent yet: set BAROMETER_REMEDY_SECRET, and name {where} in BAROMETER_REMEDY_ORIGINS."
        )
    return remedy
