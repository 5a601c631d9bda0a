"""When an incident may have begun: walked back from its detection along the series of a KPI."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from bot.domain import formats
from bot.domain.incidents import Mark
from bot.domain.kpis import Kpi
from bot.domain.observations import Observation
from bot.domain.onset import onset, shift
from bot.domain.people import SYSTEM, Asker
from bot.domain.readings import better, read
from bot.services import Services, definitions, readings
from storage import Connection, observations


class Shown(NamedTuple):
    """What shows an incident: a KPI, and the model that it is about, if any."""

    kpi: str
    model: str = ""


def estimated(services: Services, connection: Connection, asker: Asker, shown: Shown, detected: datetime) -> Mark | None:
    """When the KPI went wrong, with the limits between which the beginning lies.

    It is when the KPI was first past a threshold, in the run of periods that reaches to the detection; or, where its latest
    figure is past none, when its mean changed for the worse. None where neither can be told.

    :raises UnknownKpi: there is none of that name that the asker may see.
    """
    kpi = definitions.named(services, connection, asker, shown.kpi)
    points = _points(connection, kpi, shown.model, detected)
    return _first_bad(services, kpi, points, detected) or _changed(services, kpi, points, detected)


def _first_bad(services: Services, kpi: Kpi, points: Sequence[Observation], detected: datetime) -> Mark | None:
    bad = _bad(kpi, points)
    found = onset(points, lambda o: o.id in bad, detected)
    if found is None:
        return None
    at = min(found.first_bad.period.start, detected)
    lasting = f"for {found.bad} periods running" if found.bad > 1 else "in one period"
    words = f"{kpi.name} was past a threshold {lasting}"
    return Mark("arose", at, "first bad point", SYSTEM.user_id, services.now(), words, found.low, found.high)


def _changed(services: Services, kpi: Kpi, points: Sequence[Observation], detected: datetime) -> Mark | None:
    found = shift([o for o in points if o.period.grain is points[-1].period.grain], detected)
    if found is None:
        return None
    before, after = (Decimal(repr(mean)) for mean in (found.change.before, found.change.after))
    if better(kpi.direction, before, after):
        return None
    told = " to ".join(formats.value(mean, kpi.unit) for mean in (before, after))
    words = f"the mean of {kpi.name} changed from {told} (p = {found.change.p:.1g})"
    at = found.first.period.start
    return Mark("arose", at, "change-point", SYSTEM.user_id, services.now(), words, found.low, found.high)


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
    found = set[int]()
    if not kpi.thresholds:
        return found
    for place, point in enumerate(points, 1):
        reading = read(at_once, points[:place], point.period.end + kpi.label_delay)
        if reading.observation == point and reading.breach:
            found.add(point.id)
    return found
