"""What people do with alerts: see them, acknowledge, snooze, and say whether they were right."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.alert_answers import Dossier, Event
from bot.domain.alerts import LEVELS, Alert, insist_open, read_verdict
from bot.domain.errors import Conflict, InvalidInput
from bot.domain.incidents import read_words
from bot.domain.people import Asker, Change
from bot.domain.times import read_time, show_time
from bot.presenters import alerts as presenter
from bot.services import Services, alert_access, alert_attention, alert_messages, definitions
from storage import alerts, audit, outbox

LONGEST_SNOOZE = timedelta(days=7)
HISTORY = 50


def listing(services: Services, asker: Asker) -> list[Alert]:
    """What fires and the asker may see, the gravest first, and of those the oldest."""
    with services.db.read() as connection:
        found = alert_access.seen(services, connection, asker, alerts.open_ones(connection))
    return sorted(found, key=lambda one: (LEVELS.index(one.level), one.fired_at or one.active_at, one.id))


def history(services: Services, asker: Asker, rule: str = "") -> list[Alert]:
    """What fired and the asker may see, the newest first; of a rule, or of a KPI with all of its rules.

    :raises UnknownKpi: there is no KPI of that name, and no sender from outside.
    """
    name = rule.strip().casefold().partition("/")[0]
    with services.db.read() as connection:
        if name and name not in alerts.outside_rules(connection):
            definitions.named(services, connection, asker, name)
        return alert_access.seen(
            services, connection, asker, alerts.fired(connection, rule=rule.strip().casefold(), limit=HISTORY)
        )


def dossier(services: Services, asker: Asker, number: int) -> Dossier:
    """All that is known of an alert.

    :raises InvalidInput: there is none of that number that the asker may see.
    """
    with services.db.read() as connection:
        one = alert_access.get(services, connection, asker, number)
        return Dossier(one, alerts.events(connection, number), definitions.current(services, connection).get(one.kpi))


def acknowledge(services: Services, asker: Asker, number: int, note: str = "") -> Alert:
    """Say that somebody is on it: nobody else is told any more.

    :raises InvalidInput: there is no such alert.
    :raises Conflict: it is resolved, or somebody was quicker.
    """
    words = read_words(note)

    def take(one: Alert, now: datetime) -> Alert:
        insist_open(one)
        if one.acknowledged_at is not None:
            raise Conflict(f"{one.name} is acknowledged already by @{one.acknowledged_by}.", (one.acknowledged_by,))
        return replace(one, acknowledged_at=now, acknowledged_by=asker.user_id, snoozed_until=None, next_at=None)

    return _changed(services, asker, number, ("acknowledged", words), take)


def snooze(services: Services, asker: Asker, number: int, until: str) -> Alert:
    """Hear nothing of an alert until a time (`2h`, `tomorrow 09:00`); if it still fires then, it is told again.

    :raises InvalidInput: there is no such alert, or the time cannot be read, is past, or is too far away.
    :raises Conflict: it is resolved.
    """
    moment = read_until(until, services.now(), asker.timezone, LONGEST_SNOOZE)

    def take(one: Alert, _: datetime) -> Alert:
        insist_open(one)
        return replace(one, snoozed_until=moment, next_at=moment)

    return _changed(services, asker, number, ("snoozed", f"until {show_time(moment, services.settings.timezone)}"), take)


def judge(services: Services, asker: Asker, number: int, verdict: str) -> Alert:
    """Say whether an alert was right: real, expected, or a false alarm. The last word counts for the precision of its rule.

    :raises InvalidInput: there is no such alert or verdict.
    """
    said = read_verdict(verdict)
    return _changed(services, asker, number, ("verdict", said), lambda one, _: replace(one, verdict=said))


def read_until(text: str, now: datetime, zone: str, longest: timedelta) -> datetime:
    """Until when: a length of time such as 2h, or a time to come.

    :raises InvalidInput: it cannot be read, is past, or is too far away.
    """
    words = text.strip()
    if not words:
        raise InvalidInput('Say until when, as in for=2h or until="tomorrow 09:00".')
    try:
        moment = read_time(f"in {words}", now, zone, future=True)
    except InvalidInput:
        moment = read_time(words, now, zone, future=True)
    if moment <= now:
        raise InvalidInput(f"{show_time(moment, zone)} is past; give a time to come, or a length such as 2h.")
    if moment - now > longest:
        raise InvalidInput(f"That is over {longest.days} days from now; choose a nearer end, and prolong it then.")
    return moment


def _changed(
    services: Services, asker: Asker, number: int, what: tuple[str, str], take: Callable[[Alert, datetime], Alert]
) -> Alert:
    """An alert after a person did something with it: written down, told in its thread, and its messages brought up to date."""
    now, (kind, words) = services.now(), what
    with services.db.begin() as connection:
        one = alert_access.locked(services, connection, asker, number)
        made = take(one, now)
        alerts.keep(connection, made)
        told = Event(now, asker.user_id, kind, words)
        alerts.note(connection, number, told)
        audit.write(connection, now, Change(asker.user_id, f"alert.{kind}", made.name, None, None, words))
        if kind in ("acknowledged", "snoozed"):
            outbox.cancel_later(connection, "alert", made.name, now, f"{made.name} is {kind}")
        made = alert_attention.attended(services, connection, made) if made.is_open else made
        alert_messages.redraw(services, connection, made)
        count = len(alerts.events(connection, number))
        alert_messages.say(services, connection, made, presenter.happened(made, told), f"event:{count}")
    return made
