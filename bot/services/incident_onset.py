"""When an incident may have begun: walked back from its detection along the series of a KPI."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from bot.domain.errors import InvalidInput
from bot.domain.incidents import Mark
from bot.domain.kpis import Kpi
from bot.domain.observations import Observation
from bot.domain.onset import onset
from bot.domain.people import SYSTEM, Asker
from bot.domain.readings import read
from bot.services import Services, definitions, readings
from storage import Connection, observations


class Shown(NamedTuple):
    """What shows an incident: a KPI, and the model that it is about, if any."""

    kpi: str
    model: str = ""


def estimated(services: Services, connection: Connection, asker: Asker, shown: Shown, detected: datetime) -> Mark | None:
    """When the KPI was first past a threshold in the run of periods that reaches to the detection, with the limits between
    which the beginning lies; None where its latest figure is past none.

    :raises UnknownKpi: there is none of that name that the asker may see.
    :raises InvalidInput: it has no threshold to be past.
    """
    kpi = definitions.named(services, connection, asker, shown.kpi)
    if not kpi.thresholds:
        raise InvalidInput(f"{kpi.name} has no threshold, so nobody can tell when it went wrong; say when it began instead.")
    points = _points(connection, kpi, shown.model, detected)
    bad = _bad(kpi, points)
    found = onset(points, lambda o: o.id in bad, detected)
    if found is None:
        return None
    at = min(found.first_bad.period.start, detected)
    words = f"{kpi.name} was past a threshold for {found.bad} period{'s' if found.bad > 1 else ''} running"
    return Mark("arose", at, "first bad point", SYSTEM.user_id, services.now(), words, found.low, found.high)


def _points(connection: Connection, kpi: Kpi, model: str, detected: datetime) -> Sequence[Observation]:
    """The series of the model, if the KPI is recorded for it, or else that of the whole."""
    segments: list[dict[str, str]] = [{"model": model}] if model and "model" in kpi.dimensions else []
    for dimensions in (*segments, {}):
        found = observations.recent(connection, [kpi.name], readings.POINTS, until=detected, dimensions=dimensions)
        if points := found.get(kpi.name):
            return points
    return ()


def _bad(kpi: Kpi, points: Sequence[Observation]) -> set[int]:
    """The observations that are past a threshold when they are judged by themselves, each at the end of its period."""
    at_once = replace(kpi, thresholds=tuple(replace(t, for_periods=1) for t in kpi.thresholds))
    found = set()
    for place, point in enumerate(points, 1):
        reading = read(at_once, points[:place], point.period.end + kpi.label_delay)
        if reading.observation == point and reading.breach:
            found.add(point.id)
    return found
