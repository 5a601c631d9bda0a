"""What is due with an alert: whom to tell now, what holds it back, and when to look at it again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.alert_answers import Event
from bot.domain.alerts import Alert, reached
from bot.domain.kpis import Kpi
from bot.domain.people import SYSTEM
from bot.presenters import alerts as presenter
from bot.services import Services, alert_escalation, alert_holds, alert_messages, definitions, deliveries
from storage import Connection, alerts, outbox

AT_MOST = 200
"""So many alerts are attended to before the clock looks at something else."""
STILL_MOVING = timedelta(seconds=30)
"""When to look again at an alert whose last word is still on its way."""


def attend_due(services: Services) -> datetime | None:
    """Do what is due with every alert; when something is due next."""
    with services.db.read() as connection:
        due = alerts.due(connection, services.now(), AT_MOST)
    for number in due:
        with services.db.begin() as connection:
            one = alerts.lock(connection, number)
            if one is not None and one.next_at is not None and one.next_at <= services.now():
                made = attended(services, connection, one)
                if made != one:
                    alert_messages.redraw(services, connection, made)
    with services.db.read() as connection:
        return alerts.next_due(connection)


def attended(services: Services, connection: Connection, one: Alert, *, again: bool = False) -> Alert:
    """The alert, which is locked, after all was done that is due with it. `again`: it fires anew, its escalation too."""
    kpi = definitions.current(services, connection).get(one.kpi)
    made = _attended(services, connection, one, kpi, again=again)
    alerts.keep(connection, made)
    return made


def _attended(services: Services, connection: Connection, one: Alert, kpi: Kpi | None, *, again: bool) -> Alert:
    now = services.now()
    if not one.is_open:
        return replace(one, next_at=None, held="")
    hold = alert_holds.on(services, connection, one, kpi)
    if hold.by != one.held:
        kind = "held" if hold.by else "let go"
        alerts.note(connection, one.id, Event(now, SYSTEM.user_id, kind, hold.by or one.held))
        let_go, told_before = one.held, one.told_at is not None
        one = replace(one, held=hold.by, plan=one.plan if hold.by else alert_escalation.resumed(one.plan, one.step, now))
        if not hold.by and let_go.startswith("SILENCE") and told_before and not _is_quiet(one, now):
            _remind(services, connection, one, "its silence is over")
    if hold.by:
        outbox.cancel_later(connection, "alert", one.name, now, f"{one.name} is held back: {hold.by}")
        return replace(one, next_at=hold.until)
    if one.snoozed_until is not None and one.snoozed_until <= now:
        one = replace(one, snoozed_until=None, plan=alert_escalation.resumed(one.plan, one.step, now))
        _remind(services, connection, one, "the time is over for which it was snoozed")
    if one.told_at is None or again:
        outbox.cancel_later(connection, "alert", one.name, now, f"{one.name} is told anew")
        one = replace(one, told_at=one.told_at or now, step=0, plan=alert_escalation.frozen(connection, one, kpi, now))
        if one.channel:
            alert_messages.announce(services, connection, one)
        if one.acknowledged_by:  # whoever is on it hears that it got worse, and nobody else
            alert_messages.page(services, connection, one, one.acknowledged_by, None)
    one = _escalated(services, connection, one, now)
    return replace(one, next_at=_next(services, connection, one, kpi, now))


def _escalated(services: Services, connection: Connection, one: Alert, now: datetime) -> Alert:
    """The alert after every step that is due was taken; none, once somebody acknowledged or snoozed it."""
    if _is_quiet(one, now):
        return one
    while one.step < len(one.plan) and alert_escalation.at(one.plan[one.step]) <= now:
        _take(services, connection, one, one.plan[one.step])
        one = replace(one, step=one.step + 1)
    return one


def _take(services: Services, connection: Connection, one: Alert, step: Mapping[str, object]) -> None:
    now, name, whom = services.now(), str(step["step"]), reached(step)
    if name == "channel":
        message = presenter.unheard(one, one.reached_by("owner", "role"), now)
        alert_messages.say(services, connection, one, message, f"channel:{one.times}:{step['at']}")
    else:
        for person in whom:
            # Warnings wait for the morning of whom they are for; critical alerts for nobody.
            heard = None if one.level == "critical" else deliveries.heard_at(services, connection, person)
            alert_messages.page(services, connection, one, person, heard)
    alerts.note(connection, one.id, Event(now, SYSTEM.user_id, "escalated", name, {"to": whom}))


def _next(services: Services, connection: Connection, one: Alert, kpi: Kpi | None, now: datetime) -> datetime | None:
    if one.snoozed_until is not None:
        return one.snoozed_until
    if _is_quiet(one, now):
        return None
    due = [alert_escalation.at(each) for each in one.plan[one.step : one.step + 1]]
    return min([*due, _repeated(services, connection, one, kpi, now)])


def _repeated(services: Services, connection: Connection, one: Alert, kpi: Kpi | None, now: datetime) -> datetime:
    """Say again that it still fires, if it is time, counted from what was last sent; when that is due next."""
    every = alert_escalation.repeat_after(one, kpi)
    last, moving = outbox.last_said(connection, "alert", one.name)
    if moving:
        return now + STILL_MOVING
    start = last or one.told_at or now
    if start + every > now:
        return start + every
    _remind(services, connection, one, "")
    return now + every


def _remind(services: Services, connection: Connection, one: Alert, why: str) -> None:
    now = services.now()
    message = presenter.still(one, one.reached_by("owner", "role"), why, now)
    alert_messages.say(services, connection, one, message, f"again:{now.isoformat()}")
    alerts.note(connection, one.id, Event(now, SYSTEM.user_id, "repeated", why))


def _is_quiet(one: Alert, now: datetime) -> bool:
    return one.acknowledged_at is not None or (one.snoozed_until is not None and now < one.snoozed_until)
