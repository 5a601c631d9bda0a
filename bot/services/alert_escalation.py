"""Whom an alert reaches that nobody acknowledges, and when: settled once, when it fires."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.alerts import Alert
from bot.domain.kpis import Alerting, Kpi, Level
from storage import Connection, people

SPONSOR = "executive_sponsor"
AFTER: Mapping[Level, Mapping[str, timedelta]] = {
    "critical": {
        "owner": timedelta(),
        "role": timedelta(minutes=15),
        "channel": timedelta(minutes=30),
        SPONSOR: timedelta(hours=1),
    },
    "warning": {"owner": timedelta(), "role": timedelta(hours=4)},
}
"""After how long each is told, unless the definition says otherwise."""
REPEAT: Mapping[Level, timedelta] = {"critical": timedelta(hours=4), "warning": timedelta(hours=24)}
"""After how long it is said again that an alert still fires."""

Step = Mapping[str, object]


def frozen(connection: Connection, one: Alert, kpi: Kpi | None, start: datetime) -> tuple[Step, ...]:
    """The steps from `start` on, as the roles are held now: what changes later does not change an alert that fires.

    The owner is the person that the definition names, or else everybody of the owner's role.
    """
    alerts = kpi.alerts if kpi else Alerting()
    after = alerts.escalation.get(one.level) or AFTER[one.level]
    steps = [
        {"step": name, "at": (start + after[name]).isoformat(), "to": to}
        for name, to in _whom(connection, one, kpi)
        if name in after and to
    ]
    return tuple(sorted(steps, key=lambda step: str(step["at"])))


def resumed(plan: Sequence[Step], done: int, now: datetime) -> tuple[Step, ...]:
    """The plan after a time in which nobody was to be told: what is still to come, with as long from now as it had before."""
    if done >= len(plan) or at(plan[done]) > now:
        return tuple(plan)
    start = at(plan[done - 1]) if done else at(plan[done])
    late = now - start
    return (*plan[:done], *({**step, "at": (at(step) + late).isoformat()} for step in plan[done:]))


def at(step: Step) -> datetime:
    """When a step is due."""
    return datetime.fromisoformat(str(step["at"]))


def repeat_after(one: Alert, kpi: Kpi | None) -> timedelta:
    """After how long it is told again."""
    return (kpi.alerts.repeat if kpi else {}).get(one.level) or REPEAT[one.level]


def _whom(connection: Connection, one: Alert, kpi: Kpi | None) -> Iterator[tuple[str, list[str]]]:
    roles = [kpi.owner, SPONSOR] if kpi else [SPONSOR]
    holders = people.holders(connection, roles)
    if kpi:
        person = kpi.alerts.person
        yield "owner", [person] if person else holders[kpi.owner]
        yield "role", [each for each in holders[kpi.owner] if each != person] if person else []
    yield "channel", [one.channel] if one.channel else []
    yield SPONSOR, holders[SPONSOR]
