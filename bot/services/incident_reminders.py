"""Reminders of incidents: that the time for the resolution runs out, and that people wait to hear what is new."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.incident_answers import Event
from bot.domain.incidents import Incident, reminders
from bot.domain.people import SYSTEM
from bot.presenters import incidents as presenter
from bot.services import Services, incident_messages
from storage import Connection, incidents

HEARD = ("opened", "update", "acknowledged", "mitigated", "reopened")
"""What counts as a word to those who wait for one."""
NUDGED = "nudged"


def plan(connection: Connection, one: Incident, known: Sequence[Event]) -> None:
    """Bring the reminders of an incident in line with how it stands and what happened; one that is over has none."""
    last = max((e.recorded_at for e in known if e.kind in HEARD), default=one.opened_at)
    incidents.plan(connection, one.id, reminders(one, last, nudged=any(e.kind == NUDGED for e in known)))


def remind(services: Services) -> datetime | None:
    """Send every reminder that is due, each once; when the next one is."""
    now = services.now()
    with services.db.read() as connection:
        due = incidents.reminders(connection, until=now)
    for number in due:
        with services.db.begin() as connection:
            one = incidents.lock(connection, number)
            kinds = incidents.reminders(connection, until=now, number=number).get(number, {})
            if one is not None and kinds:
                _send(services, connection, one, kinds, now)
    with services.db.read() as connection:
        ahead = [at for kinds in incidents.reminders(connection).values() for at in kinds.values()]
    return min(ahead, default=None)


def _send(services: Services, connection: Connection, one: Incident, kinds: dict[str, datetime], now: datetime) -> None:
    zone = services.settings.timezone
    waiting = incidents.reminders(connection, number=one.id)[one.id]
    for kind, due in kinds.items():
        message = presenter.nudge(one, zone, now) if kind == "nudge" else presenter.ask(one)
        incident_messages.say(services, connection, one, message, key=f"{kind}:{due.isoformat()}")
        waiting.pop(kind)
    if "nudge" in kinds:
        incidents.note(connection, one.id, Event(now, now, SYSTEM.user_id, NUDGED))
    # Nobody answered, so they are asked again as long after this as after a word.
    anew = reminders(one, now, nudged=True)
    incidents.plan(connection, one.id, waiting | ({"update": anew["update"]} if "update" in kinds and "update" in anew else {}))
