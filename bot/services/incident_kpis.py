"""The figures of MTTD and MTTR, kept in step with the incidents that they are about."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from bot.domain.entries import computed
from bot.domain.incident_answers import length
from bot.domain.incidents import Incident, Moment
from bot.domain.kpis import Kpi
from bot.domain.observations import Observation, Provenance, in_force
from bot.domain.people import SYSTEM, Change
from bot.domain.periods import Period, containing
from bot.services import Services, definitions
from bot.services.kpi_entry import facts, new_observation, superseding
from storage import Connection, audit, incidents, observations

SOURCE, INPUT = "incidents", "hours"
COUNTED_BY: Mapping[str, Moment] = {"mttd": "detected", "mttr": "resolved"}
"""The KPIs that are measured from incidents, each with the moment that decides in which period an incident counts."""
EXACTLY = Decimal("0.000000001")
"""Hours are kept to a few microseconds."""


class _Place(NamedTuple):
    """Where a figure stands."""

    kpi: Kpi
    period: Period
    dimensions: dict[str, str]


def keep(services: Services, connection: Connection, before: Incident | None, after: Incident) -> None:
    """Record, or correct, the figures of every period in which the incident counted before a change or counts after it.

    A figure that a person gave stands: no rule writes over it.
    """
    if before is not None and (before.marks, before.counts) == (after.marks, after.counts):
        return
    known = definitions.current(services, connection)
    for name in COUNTED_BY:
        kpi = known.get(name)
        if kpi is not None and any(i.name == INPUT and i.source == SOURCE and i.kind == "list" for i in kpi.inputs):
            for period, dimensions in _touched(kpi, before, after):
                _record(services, connection, _Place(kpi, period, dimensions), _note(after))


def _note(one: Incident) -> str:
    """Whose change made a figure. Whoever sees the figure reads it, so of a private one it says nothing more."""
    return "a private incident" if one.private else f"{one.name}: {one.title}"


def _touched(kpi: Kpi, before: Incident | None, after: Incident) -> Iterator[tuple[Period, dict[str, str]]]:
    moment = COUNTED_BY[kpi.name]
    segments: list[dict[str, str]] = [{}]
    if after.model and "model" in kpi.dimensions:
        segments.append({"model": after.model})
    moments = {at for each in (before, after) if each is not None and (at := each.at(moment)) is not None}
    periods = {containing(at, kpi.grain, kpi.timezone, kpi.week_starts) for at in moments}
    for period in sorted(periods, key=lambda p: p.start):
        yield from ((period, dimensions) for dimensions in segments)


def _record(services: Services, connection: Connection, where: _Place, note: str) -> None:
    kpi, period, dimensions = where
    lengths = _lengths(connection, kpi.name, period, dimensions.get("model"))
    recorded = observations.in_period(connection, kpi.name, dimensions, period)
    standing = in_force(recorded)
    if not _may_write(standing, lengths):
        return
    entry, provenance = computed(kpi, {INPUT: lengths}), Provenance(SOURCE, SYSTEM.user_id, note=note)
    new = new_observation(services, SYSTEM, kpi, entry, period=period, dimensions=dimensions, provenance=provenance)
    made = observations.insert(connection, superseding(new, recorded)).observation
    was = facts(standing[-1]) if standing else None
    line = Change(SYSTEM.user_id, "kpi.correct" if standing else "kpi.record", kpi.name, was, facts(made), note)
    audit.write(connection, made.recorded_at, line)


def _may_write(standing: list[Observation], lengths: tuple[Decimal, ...]) -> bool:
    if not standing:
        return bool(lengths)
    return standing[-1].provenance.source == SOURCE and standing[-1].inputs.get(INPUT) != lengths


def _lengths(connection: Connection, measure: str, period: Period, model: str | None) -> tuple[Decimal, ...]:
    """Hours from one moment to the other of each incident that counts in the period, in the order of their ends."""
    found = incidents.having(connection, COUNTED_BY[measure], period.start, period.end)
    counted = [each for each in found if each.counts and model in (None, each.model)]
    lengths = [h for each in counted if (h := length(each, measure)) is not None]
    return tuple(Decimal(repr(max(h, 0.0))).quantize(EXACTLY).normalize() + 0 for h in lengths)
