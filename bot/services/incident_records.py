"""How an incident is taken up and written down, the same for every change of one."""

from bot.domain.errors import InvalidInput
from bot.domain.incident_answers import Event
from bot.domain.incidents import Incident
from bot.domain.people import SYSTEM, Asker, Change
from bot.services import Services, incident_channels, incident_kpis, incident_messages, incident_reminders
from storage import Connection, audit, incidents


def locked(connection: Connection, asker: Asker, number: int) -> Incident:
    """An incident, which nobody else may change until this transaction ends.

    :raises InvalidInput: there is none of that number that the asker may see.
    """
    return _seen(incidents.lock(connection, number), asker, number)


def get(connection: Connection, asker: Asker, number: int) -> Incident:
    """An incident as it stands.

    :raises InvalidInput: there is none of that number that the asker may see.
    """
    return _seen(incidents.get(connection, number), asker, number)


def written(services: Services, connection: Connection, before: Incident | int, told: Event) -> Incident:
    """Write down what happened, there and in the audit log; bring its KPIs, reminders, messages and channel up to date.

    `before` is the incident as it stood, or the number of one that is new. Gives the incident as it stands now.
    """
    number, stood = (before, None) if isinstance(before, int) else (before.id, before)
    incidents.note(connection, number, told)
    made = get(connection, SYSTEM, number)
    change = Change(told.actor, f"incident.{told.kind}", made.name, None, {"status": made.status, **told.details}, told.text)
    audit.write(connection, told.recorded_at, change)
    incident_kpis.keep(services, connection, stood, made)
    known = incidents.events(connection, number)
    incident_reminders.plan(connection, made, known)
    incident_messages.changed(services, connection, made, told, count=len(known))
    incident_channels.keep(services, connection, stood, made, told, count=len(known))
    return made


def _seen(one: Incident | None, asker: Asker, number: int) -> Incident:
    # Whoever may not see it hears what they would hear if it were not there.
    if one is None or not one.may_see(asker):
        raise InvalidInput(f"There is no INC-{number}; /incident list shows those that are open.")
    return one
