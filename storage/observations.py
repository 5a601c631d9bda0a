"""Observations: added, read as they are in force or as they were known on a day, never changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Select, false, func, select
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import Conflict
from bot.domain.kpis import MAIN
from bot.domain.observations import Decision, Dimensions, Observation, in_force
from bot.domain.periods import Period
from storage import observation_queries as queries
from storage import watches
from storage.dialects import add
from storage.dialects import insert as insert_or
from storage.observation_rows import observed
from storage.tables import decision, observation, series

BEGINNING, END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""Before and after every period."""


class Taken(Exception):
    """What was to be added stands in the way of `existing`.

    `by` says how: its period has a figure, it corrects the same one, or its key was used for something else.
    """

    def __init__(self, by: Literal["period", "correction", "key"], existing: Observation) -> None:
        super().__init__(by)
        self.by = by
        self.existing = existing


class Inserted(NamedTuple):
    """The observation with its id, and whether it was added by this call."""

    observation: Observation
    is_new: bool


def insert(connection: Connection, new: Observation, key: str = "") -> Inserted:
    """Add an observation. `key` makes it idempotent: the same again gives the row that exists.

    :raises Taken: its period has a figure already, somebody corrected the same one, or `key` was used for another.
    """
    series_id = _series_id(connection, new.kpi, new.dimensions)
    row = _values(new, series_id, key)
    statement = insert_or(connection, observation).values(**row).on_conflict_do_nothing().returning(observation.c.id)
    made = connection.execute(statement).scalar()
    if made is None:
        return Inserted(_existing(connection, new, key), is_new=False)
    watches.wake(connection, [series_id])
    return Inserted(replace(new, id=made), is_new=True)


def hold(connection: Connection, kpi: str) -> None:
    """Let nobody else who holds this KPI read or add its figures until this transaction ends."""
    # On SQLite a transaction that writes is alone already.
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"figures of {kpi}"))))


def insert_all(connection: Connection, news: Sequence[tuple[Observation, str]]) -> None:
    """Add many observations with their keys (empty: none) at once.

    :raises Conflict: somebody was quicker with one of them; the transaction is to be given up.
    """
    ids: dict[tuple[str, str], int] = {}
    rows = []
    for new, key in news:
        which = (new.kpi, repr(sorted(new.dimensions.items())))
        if which not in ids:
            ids[which] = _series_id(connection, new.kpi, new.dimensions)
        rows.append(_values(new, ids[which], key))
    if not rows:
        return
    try:
        connection.execute(observation.insert(), rows)
    except IntegrityError as error:
        raise Conflict("Somebody recorded one of these values meanwhile, so nothing was changed; check them again.") from error
    watches.wake(connection, ids.values())


def decide(connection: Connection, observation_id: int, made: Decision) -> bool:
    """Approve or reject a provisional observation; False if somebody did before."""
    values = {"outcome": made.outcome, "actor": made.actor, "at": made.at, "reason": made.reason}
    decided = add(connection, decision, observation_id=observation_id, **values)
    if decided:
        of = select(observation.c.series_id).where(observation.c.id == observation_id)
        watches.wake(connection, connection.execute(of).scalars())
    return decided


def decisions_on(connection: Connection, observation_ids: Iterable[int]) -> dict[int, Decision]:
    """What was decided about observations, by their ids."""
    query = select(decision).where(decision.c.observation_id.in_(list(observation_ids)))
    return {r.observation_id: Decision(r.outcome, r.actor, r.at, r.reason) for r in connection.execute(query)}


def get(connection: Connection, observation_id: int) -> Observation | None:
    """One observation by its id."""
    row = connection.execute(queries.everything().where(observation.c.id == observation_id)).one_or_none()
    return observed(row) if row else None


def some(connection: Connection, ids: Iterable[int]) -> dict[int, Observation]:
    """Observations by their ids."""
    found = connection.execute(queries.everything().where(observation.c.id.in_(set(ids))))
    return {row.id: observed(row) for row in found}


def by_key(connection: Connection, keys: Iterable[str]) -> dict[str, Observation]:
    """The observations that were added under `keys`."""
    query = queries.everything().add_columns(observation.c.idempotency_key).where(observation.c.idempotency_key.in_(list(keys)))
    return {row.idempotency_key: observed(row) for row in connection.execute(query)}


def chain(connection: Connection, of: Observation) -> list[Observation]:
    """Everything ever recorded for the period of an observation, the first figure first: each corrects the one before it."""
    return in_period(connection, of.kpi, of.dimensions, of.period)


def in_period(connection: Connection, kpi: str, dimensions: Dimensions, period: Period) -> list[Observation]:
    """Everything ever recorded for a period, rejected or not; the last is the one that a new one has to supersede."""
    query = queries.everything().where(
        series.c.kpi == kpi,
        series.c.dimensions == dict(dimensions),
        observation.c.period_start == period.start,
        observation.c.period_end == period.end,
    )
    return [observed(row) for row in connection.execute(query.order_by(observation.c.id))]


def recent(
    connection: Connection,
    names: Iterable[str],
    points: int,
    *,
    as_of: datetime | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    dimensions: Dimensions | None = None,
) -> dict[str, list[Observation]]:
    """What is in force in the latest `points` periods of each KPI, oldest first, in one query whatever their number.

    With `as_of`, as it was known then. With `since` or `until`, only periods that start at or after, or before that moment.
    `dimensions` picks one segment of each KPI; without, the KPIs as a whole.
    """
    shape = queries.Shape(as_of is not None, since is not None, until is not None)
    given = {"names": list(names), "dimensions": dict(dimensions or {}), "skip": points - 1, "otherwise": since or BEGINNING}
    moments = {"as_of": as_of, "since": since, "until": until}
    return _by_kpi(connection, queries.stretch(shape), given | {name: at for name, at in moments.items() if at})


def earliest(
    connection: Connection,
    names: Iterable[str],
    points: int,
    *,
    as_of: datetime | None = None,
    dimensions: Dimensions | None = None,
) -> dict[str, list[Observation]]:
    """What is in force in the first `points` periods of each KPI, oldest first, in one query; else as `recent`."""
    given = {"names": list(names), "dimensions": dict(dimensions or {}), "skip": points - 1, "otherwise": END}
    shape = queries.Shape(as_of is not None, first=True)
    return _by_kpi(connection, queries.stretch(shape), given | ({"as_of": as_of} if as_of else {}))


def marks(
    connection: Connection, kpi: str, points: int, *, dimensions: Dimensions | None = None, first: bool = False
) -> tuple[tuple[int, str | None], ...]:
    """The ids of what `recent` (or, with `first`, `earliest`) looks at, each with what was decided about it.

    Observations never change: while these stay the same, so does everything that can be said of them.
    """
    given = {"names": [kpi], "dimensions": dict(dimensions or {}), "skip": points - 1, "otherwise": END if first else BEGINNING}
    return tuple((row[0], row[1]) for row in connection.execute(queries.marks(queries.Shape(first=first)), given))


def recorded(
    connection: Connection, kpi: str, dimensions: Dimensions, *, since: datetime | None = None, limit: int = 50
) -> list[Observation]:
    """Everything recorded for a KPI, corrected and rejected figures too: the latest period first, its latest figure first."""
    query = queries.everything().where(series.c.kpi == kpi, series.c.dimensions == dict(dimensions))
    if since:
        query = query.where(observation.c.period_start >= since)
    query = query.order_by(observation.c.period_start.desc(), observation.c.id.desc()).limit(limit)
    return [observed(row) for row in connection.execute(query)]


def by_segment(connection: Connection, kpi: str) -> list[list[Observation]]:
    """Everything recorded for a KPI, one list for each of its segments, the oldest period first, in the order of recording."""
    query = (
        queries.everything()
        .add_columns(observation.c.series_id)
        .where(series.c.kpi == kpi)
        .order_by(series.c.dimensions, observation.c.period_start, observation.c.id)
    )
    found: dict[int, list[Observation]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.series_id].append(observed(row))
    return list(found.values())


def segments(connection: Connection, kpi: str, limit: int = 50) -> list[Dimensions]:
    """The sets of dimensions under which a KPI was recorded; {} is the KPI as a whole."""
    return list(connection.execute(queries.SEGMENTS, {"kpi": kpi, "most": limit}).scalars())


def newest_version(connection: Connection, kpi: str, dimensions: Dimensions) -> tuple[str, datetime] | None:
    """The newest version of a model for which a KPI is recorded, and when its first period began; None where none is told."""
    found = connection.execute(queries.VERSIONS, {"kpi": kpi})
    within = [(each.get("version") or each.get("model_version"), at) for each, at in found if _is_within(each, dimensions)]
    known = [(at, version) for version, at in within if version]
    at, version = max(known, default=(BEGINNING, ""))
    return (version, at) if version else None


def waiting(connection: Connection, names: Iterable[str], limit: int = 1000) -> list[Observation]:
    """Provisional observations of these KPIs that are neither decided about nor corrected, the oldest first."""
    return [observed(row) for row in connection.execute(queries.waiting(), {"names": list(names), "most": limit})]


def _is_within(segment: Dimensions, dimensions: Dimensions) -> bool:
    return all(segment.get(name) == value for name, value in dimensions.items())


def _by_kpi(connection: Connection, query: Select[Any], given: Mapping[str, Any]) -> dict[str, list[Observation]]:
    found: dict[str, list[Observation]] = defaultdict(list)
    for row in connection.execute(query, given).yield_per(1000):
        made = observed(row)
        found[made.kpi].append(made)
    return {name: in_force(rows) for name, rows in found.items()}


def _series_id(connection: Connection, kpi: str, dimensions: Dimensions) -> int:
    find = select(series.c.id).where(series.c.kpi == kpi, series.c.dimensions == dict(dimensions))
    found = connection.execute(find).scalar()
    if found is None:
        add(connection, series, kpi=kpi, dimensions=dict(dimensions))
        found = connection.execute(find).scalar_one()
    return int(found)


def _existing(connection: Connection, new: Observation, key: str) -> Observation:
    if key and (existing := by_key(connection, [key]).get(key)):
        if _content(existing) == _content(new):
            return existing
        raise Taken("key", existing)
    same = observation.c.supersedes == new.supersedes if new.supersedes else false()
    if row := connection.execute(queries.everything().where(same)).one_or_none():
        raise Taken("correction", observed(row))
    raise Taken("period", in_period(connection, new.kpi, new.dimensions, new.period)[-1])


def _content(o: Observation) -> tuple[object, ...]:
    return (o.kpi, dict(o.dimensions), o.period, dict(o.inputs), dict(o.figures), o.provenance, o.supersedes)


def _values(o: Observation, series_id: int, key: str) -> dict[str, Any]:
    return {
        "series_id": series_id,
        "grain": o.period.grain.value,
        "zone": o.period.zone,
        "period_start": o.period.start,
        "period_end": o.period.end,
        "value": o.value,
        "also": {name: value for name, value in o.figures.items() if name != MAIN},
        "inputs": dict(o.inputs),
        "numerator": o.numerator,
        "denominator": o.denominator,
        "n": o.n,
        "definition_version": o.definition_version,
        "provisional": o.state == "provisional",
        "source": o.provenance.source,
        "actor": o.provenance.actor,
        "run": o.provenance.run,
        "note": o.provenance.note,
        "evidence": o.provenance.evidence,
        "recorded_at": o.recorded_at,
        "supersedes": o.supersedes,
        "idempotency_key": key or None,
    }
