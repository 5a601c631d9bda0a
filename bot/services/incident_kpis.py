"""The figures of MTTD and MTTR, kept in step with the incidents that they are about."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from bot.domain.entries import computed
from bot.domain.incident_tallies import COUNTED_BY, ended, still_open
from bot.domain.incidents import Incident
from bot.domain.kpis import Grain, Kpi
from bot.domain.observations import Observation, Provenance, in_force
from bot.domain.people import SYSTEM, Change
from bot.domain.periods import Period, between, containing
from bot.services import Services, definitions
from bot.services.kpi_entry import facts, new_observation, superseding
from storage import Connection, audit, incidents, observations

SOURCE, ENDED, OPEN = "incidents", "hours", "open_hours"
EVERY_PERIOD = 100_000
Tally = Mapping[str, tuple[Decimal, ...]]


class _Place(NamedTuple):
    """Where a figure stands."""

    kpi: Kpi
    period: Period
    dimensions: dict[str, str]


def keep(services: Services, connection: Connection, before: Incident | None, after: Incident) -> None:
    """Record, or correct, the figures of every period in which the incident counted before a change or counts after it: those
    in which it was detected and resolved, and those at whose end it was open.

    A figure that a person gave stands: no rule writes over it.
    """
    if before is not None and _what_counts(before) == _what_counts(after):
        return
    for kpi in _measured(services, connection):
        periods = _touched(kpi, before, after, services.now())
        periods |= _late(services, connection, kpi, [before] if before and before.is_open and before.counts else [])
        _bring(services, connection, kpi, periods, concerned=[after], note=_note(after))


def keep_open(services: Services) -> None:
    """Let the figures say how long open incidents have lasted: at the end of each period, and each day of the one that runs.

    Once it is over, the passing of time changes nothing more in a period, and it is not written again.
    """
    with services.db.read() as connection:
        known = _open(connection)
        late = [kpi for kpi in _measured(services, connection) if _late(services, connection, kpi, known)]
    for kpi in late:
        with services.db.begin() as connection:
            observations.hold(connection, kpi.name)
            known = _open(connection)
            periods = _late(services, connection, kpi, known)
            _bring(services, connection, kpi, periods, concerned=known, note=f"still open: {len(known)}")


def _what_counts(one: Incident) -> tuple[object, ...]:
    return one.counts, one.onset_known, *(one.at(moment) for moment in ("arose", "detected", "resolved"))


def _measured(services: Services, connection: Connection) -> list[Kpi]:
    known = definitions.current(services, connection)
    return [known[name] for name in COUNTED_BY if name in known and _reads(known[name], ENDED)]


def _note(one: Incident) -> str:
    """Whose change made a figure. Whoever sees the figure reads it, so of a private one it says nothing more."""
    return "a private incident" if one.private else f"{one.name}: {one.title}"


def _reads(kpi: Kpi, name: str) -> bool:
    return any(i.name == name and i.source == SOURCE and i.kind == "list" for i in kpi.inputs)


def _counts_open(kpi: Kpi) -> bool:
    return COUNTED_BY[kpi.name] == "resolved" and _reads(kpi, OPEN)


def _open(connection: Connection) -> list[Incident]:
    return [each for each in incidents.everything(connection, SYSTEM, only_open=True) if each.counts]


def _late(services: Services, connection: Connection, kpi: Kpi, known: Sequence[Incident]) -> set[Period]:
    """The periods since these open incidents were detected whose figures were written before they were over; of the one that
    runs, before the present day of the KPI's zone.
    """
    now, found = services.now(), set[Period]()
    today = containing(now, Grain.DAY, kpi.timezone).start
    for dimensions in _segments(kpi, known) if known and _counts_open(kpi) else ():
        periods = sorted({period for each in _within(known, dimensions) for period in _lasted(kpi, each, now)})
        standing = _standing(connection, kpi, dimensions, periods)
        found.update(p for p in periods if _is_behind(standing.get((p.start, p.end)), min(p.end, today)))
    return found


def _is_behind(standing: Observation | None, moment: datetime) -> bool:
    return standing is None or (standing.provenance.source == SOURCE and standing.recorded_at < moment)


def _touched(kpi: Kpi, before: Incident | None, after: Incident, now: datetime) -> set[Period]:
    """The periods in which the incident counts otherwise than before."""
    was = [before] if before else []
    candidates = {period for each in (*was, after) for period in _lasted(kpi, each, now)}
    return {p for p in candidates if _tally(kpi, was, p, now) != _tally(kpi, [after], p, now)}


def _lasted(kpi: Kpi, one: Incident, now: datetime) -> list[Period]:
    """The periods in which an incident may count: that of its moment or, where open incidents count, all that it lasted."""
    end = one.at(COUNTED_BY[kpi.name])
    start = one.at("detected") if _counts_open(kpi) else end
    last = (end or now) + timedelta(microseconds=1)
    return between(start, last, kpi.grain, kpi.timezone, kpi.week_starts) if start is not None else []


def _segments(kpi: Kpi, concerned: Iterable[Incident]) -> list[dict[str, str]]:
    """The KPI as a whole, and each of their models for which it is kept."""
    models = {each.model for each in concerned if each.model and "model" in kpi.dimensions}
    return [{}, *({"model": model} for model in sorted(models))]


def _within(known: Iterable[Incident], dimensions: Mapping[str, str]) -> list[Incident]:
    return [each for each in known if dimensions.get("model") in (None, each.model)]


def _bring(
    services: Services, connection: Connection, kpi: Kpi, periods: set[Period], *, concerned: Sequence[Incident], note: str
) -> None:
    """Bring the figures of these periods, as a whole and of the models concerned, in line with all incidents."""
    if not periods:
        return
    observations.hold(connection, kpi.name)
    in_order = sorted(periods)
    known = _known(connection, kpi, in_order[0].start, in_order[-1].end)
    for dimensions in _segments(kpi, concerned):
        standing = _standing(connection, kpi, dimensions, in_order)
        for period in in_order:
            tally = _tally(kpi, _within(known, dimensions), period, services.now())
            if _may_write(standing.get((period.start, period.end)), tally):
                _record(services, connection, _Place(kpi, period, dimensions), tally, note)


def _known(connection: Connection, kpi: Kpi, start: datetime, end: datetime) -> list[Incident]:
    """Every incident that may count between two moments."""
    if _counts_open(kpi):
        return incidents.lasting(connection, start, end)
    return incidents.having(connection, COUNTED_BY[kpi.name], start, end)


def _tally(kpi: Kpi, known: Sequence[Incident], period: Period, now: datetime) -> Tally:
    tally = {ENDED: ended(kpi.name, known, period)}
    return tally | ({OPEN: still_open(known, period, now)} if _counts_open(kpi) else {})


def _standing(
    connection: Connection, kpi: Kpi, dimensions: dict[str, str], periods: Sequence[Period]
) -> dict[tuple[datetime, datetime], Observation]:
    found = observations.recent(
        connection, [kpi.name], EVERY_PERIOD, since=periods[0].start, until=periods[-1].end, dimensions=dimensions
    )
    return {(o.period.start, o.period.end): o for o in found.get(kpi.name, ())}


def _may_write(standing: Observation | None, tally: Tally) -> bool:
    """Whether it differs from what stands. What stands without its open incidents had none that were counted then."""
    if standing is None:
        return any(tally.values())
    known = standing.inputs
    return standing.provenance.source == SOURCE and any(known.get(name, ()) != lengths for name, lengths in tally.items())


def _record(services: Services, connection: Connection, where: _Place, tally: Tally, note: str) -> None:
    kpi, period, dimensions = where
    recorded = observations.in_period(connection, kpi.name, dimensions, period)
    standing = in_force(recorded)
    entry, provenance = computed(kpi, tally), Provenance(SOURCE, SYSTEM.user_id, note=note)
    new = new_observation(services, SYSTEM, kpi, entry, period=period, dimensions=dimensions, provenance=provenance)
    made = observations.insert(connection, superseding(new, recorded)).observation
    was = facts(standing[-1]) if standing else None
    line = Change(SYSTEM.user_id, "kpi.correct" if standing else "kpi.record", kpi.name, was, facts(made), note)
    audit.write(connection, made.recorded_at, line)
