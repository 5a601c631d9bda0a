"""What keeps an alert from being told: a silence, or another alert that says as much already."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.alerts import Alert
from bot.domain.kpis import Kpi
from bot.domain.silences import Silence
from bot.services import Services, people
from storage import Connection, alerts, silences

RETURN = timedelta(minutes=30)
"""How long a source that speaks again is given to bring what it owes, before that is told as missing."""
PEOPLE = frozenset({"manual", "typed"})
"""Sources that cannot be down: people."""


class Hold(NamedTuple):
    """What holds an alert back, by its name ("" where nothing does), and when to look again, if that is known."""

    by: str = ""
    until: datetime | None = None


def on(services: Services, connection: Connection, one: Alert, kpi: Kpi | None) -> Hold:
    """What holds an alert back now. A silence holds nothing that who made it may not see."""
    now = services.now()
    for silence in silences.unfinished(connection):
        if silence.is_active(now) and silence.covers(one) and _may_hold(services, connection, silence, kpi):
            return Hold(silence.name, silence.ends_at)
    return next(_inhibitors(connection, one, kpi, now), Hold()) if kpi else Hold()


def _may_hold(services: Services, connection: Connection, silence: Silence, kpi: Kpi | None) -> bool:
    if kpi is None or not kpi.visibility:
        return True
    return people.known(services, connection, silence.by).may_see(kpi.visibility, kpi.owner)


def _inhibitors(connection: Connection, one: Alert, kpi: Kpi, now: datetime) -> Iterator[Hold]:
    """The alerts that hold another back: of KPIs that the definition names, or of the same source that sends nothing.

    One that is held itself holds nothing, so that two never hold each other.
    """
    for other in alerts.open_of_kpis(connection, kpi.alerts.inhibited_by):
        if other.id != one.id and not other.held:
            yield Hold(other.name)
    if one.rule.endswith("/stale"):
        source = one.facts.get("Source", "")
        for other in alerts.stale(connection, now - RETURN) if source and source not in PEOPLE else ():
            if other.id < one.id and not other.held and other.facts.get("Source") == source:
                yield Hold(other.name, other.resolved_at + RETURN if other.resolved_at else None)
