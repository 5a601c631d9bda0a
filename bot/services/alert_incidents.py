"""Where alerts and incidents meet: an alert opens an incident with the time of its rule, and its recovery proposes the end."""

from dataclasses import replace
from datetime import datetime

from bot.domain.alert_answers import Event
from bot.domain.alerts import Alert, insist_open
from bot.domain.errors import Conflict
from bot.domain.incident_answers import Alarm, Announcement
from bot.domain.incident_answers import Event as Happening
from bot.domain.incidents import LONGEST_TITLE, MOMENTS, Incident, Mark, Severity
from bot.domain.kpis import Alerting, Kpi, Level
from bot.domain.people import SYSTEM, Asker
from bot.presenters import alerts as alerts_presenter
from bot.presenters import incidents as presenter
from bot.services import Services, alert_access, alert_messages, definitions, incident_messages, incidents
from storage import Connection, alerts
from storage import incidents as stored

SEVERITY: dict[Level, Severity] = {"critical": "high", "warning": "medium"}
"""How grave an incident is taken to be at first, by the level of the alert that opens it."""
RECOVERED = "recovered"


def open_incident(services: Services, asker: Asker, number: int) -> Incident:
    """Open an incident from an alert, or tie the alert to the one that is open for it already.

    :raises InvalidInput: there is no such alert.
    :raises Conflict: it is resolved, or has its incident.
    """
    with services.db.begin() as connection:
        one = alert_access.locked(services, connection, asker, number)
        insist_open(one)
        if one.incident is not None:
            raise Conflict(f"INC-{one.incident} is about {one.name} already; say /incident show INC-{one.incident}.")
        return _open(services, connection, asker, one)[1]


def opened_by_rule(services: Services, connection: Connection, one: Alert) -> Alert:
    """The alert, with an incident where its KPI's definition says that one is opened by itself."""
    kpi = definitions.current(services, connection).get(one.kpi)
    wanted = kpi.alerts.open_incident if kpi else "never"
    if one.incident is not None or one.held or not (wanted == "always" or (wanted == one.level == "critical")):
        return one
    return _open(services, connection, SYSTEM, one)[0]


def recovered(services: Services, connection: Connection, one: Alert) -> None:
    """Propose to end the incident of an alert when its KPI was good again, or end it where the definition says so."""
    if one.incident is None or one.good_since is None:
        return
    incident = stored.lock(connection, one.incident)
    if incident is None or not incident.is_open or alerts.is_any_open(connection, incident.id):
        return
    now, kpi = services.now(), definitions.current(services, connection).get(one.kpi)
    at = max([one.good_since, *(t for moment in MOMENTS[1:] if (t := incident.at(moment)) is not None)])
    why = f"{one.name} is resolved: {one.words}"
    if (kpi.alerts if kpi else Alerting()).resolve == "automatic":
        incidents.stepped(services, connection, SYSTEM, incident.id, Mark("resolved", at, "alert", SYSTEM.user_id, now, why))
        return
    stored.note(connection, incident.id, Happening(now, now, SYSTEM.user_id, RECOVERED, why, {"at": at.isoformat()}))
    message = presenter.proposed(incident, at, why, services.settings.timezone)
    incident_messages.say(services, connection, incident, message, key=f"recovered:{now.isoformat()}")


def resolve_as_proposed(services: Services, asker: Asker, number: int, at: datetime) -> Incident:
    """Resolve an incident at the moment at which its KPI was good again: a person confirms it.

    :raises InvalidInput: there is no such incident, or the time is before what came before it.
    :raises Conflict: it is over already.
    """
    now = services.now()
    mark = Mark("resolved", min(at, now), "person", asker.user_id, now, "confirms when the KPI was good again")
    with services.db.begin() as connection:
        return incidents.stepped(services, connection, asker, number, mark).incident


def _open(services: Services, connection: Connection, asker: Asker, one: Alert) -> tuple[Alert, Incident]:
    kpi = definitions.current(services, connection).get(one.kpi)
    key = _key(one)
    incident = stored.open_with(connection, key)
    if incident is None:
        began = None if kpi else one.since
        channel = one.channel if kpi and kpi.visibility else services.settings.incident_channel or one.channel
        told = Announcement(channel, alarm=Alarm(one.name, key, one.active_at, began))
        incident = incidents.declared(services, connection, asker, _fields(one, kpi), told).incident
    # That a person makes an incident of it says that it was right; that a rule does says nothing.
    verdict = one.verdict or ("" if asker is SYSTEM else "real")
    made = replace(one, incident=incident.id, verdict=verdict)
    alerts.keep(connection, made)
    opened = Event(services.now(), asker.user_id, "incident", incident.name)
    alerts.note(connection, one.id, opened)
    alert_messages.redraw(services, connection, made)
    alert_messages.say(services, connection, made, alerts_presenter.happened(made, opened), f"incident:{incident.name}")
    return made, incident


def _key(one: Alert) -> str:
    """What at most one open incident is about: a series, whichever of its rules fire, or what a sender tells of."""
    segment = one.key.partition("|")[2]
    return f"alert|{f'{one.kpi}|{segment}' if one.kpi else one.key}"[:200]


def _fields(one: Alert, kpi: Kpi | None) -> dict[str, str]:
    shows = {"kpi": kpi.name} if kpi and kpi.thresholds else {}
    title = f"{one.title}: {one.words}"[:LONGEST_TITLE]
    # What only some roles may see makes an incident that only its people see.
    private = "yes" if kpi and kpi.visibility else ""
    return {
        "title": title,
        "severity": SEVERITY[one.level],
        "model": one.dimensions.get("model", ""),
        "private": private,
    } | shows
