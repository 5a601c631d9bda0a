"""The queries for observations. To build one takes longer than to run it: those asked often are made once, values bound."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import CTE, BindParameter, ColumnElement, Integer, Select, Text, and_, bindparam, func, select, type_coerce

from storage.observation_rows import COLUMNS
from storage.tables import decision, observation, series

_NAMES: BindParameter[Any] = bindparam("names", expanding=True)
_MOST = bindparam("most", type_=Integer)
_AS_OF, _SINCE, _UNTIL = (bindparam(name, type_=observation.c.period_start.type) for name in ("as_of", "since", "until"))
_INNER = observation.alias()
SEGMENTS = select(series.c.dimensions).where(series.c.kpi == bindparam("kpi")).order_by(series.c.dimensions).limit(_MOST)

VERSIONS = (
    select(series.c.dimensions, func.min(observation.c.period_start))
    .join(observation, observation.c.series_id == series.c.id)
    .where(series.c.kpi == bindparam("kpi"), type_coerce(series.c.dimensions, Text).contains('version": '))
    .group_by(series.c.id, series.c.dimensions)
)


class Shape(NamedTuple):
    """Which moments a query of a stretch of periods is given, and whether it is the first or the latest stretch."""

    as_of: bool = False
    since: bool = False
    until: bool = False
    first: bool = False


@lru_cache(maxsize=16)
def stretch(shape: Shape) -> Select[Any]:
    """The query of the first or the latest periods of some KPIs."""
    return _within(shape, _joined(_AS_OF if shape.as_of else None))


@lru_cache(maxsize=16)
def marks(shape: Shape) -> Select[Any]:
    """As `stretch`, but only which observations they are and what was decided about each."""
    query = select(observation.c.id, decision.c.outcome).join(series, series.c.id == observation.c.series_id)
    return _within(shape, query.outerjoin(decision, decision.c.observation_id == observation.c.id))


def _within(shape: Shape, query: Select[Any]) -> Select[Any]:
    edges = _edges(shape)
    start = observation.c.period_start
    query = query.join(edges, edges.c.id == series.c.id)
    query = query.where(start <= edges.c.edge if shape.first else start >= edges.c.edge)
    if shape.since:
        query = query.where(start >= _SINCE)
    if shape.until:
        query = query.where(start < _UNTIL)
    return query.order_by(series.c.id, start, observation.c.id)


def _edges(shape: Shape) -> CTE:
    """The series of these KPIs, each with its edge. Materialized, or PostgreSQL looks for the edge anew for every row."""
    otherwise = bindparam("otherwise", type_=observation.c.period_start.type)
    found = func.coalesce(_edge(shape), otherwise, type_=observation.c.period_start.type).label("edge")
    chosen = select(series.c.id, found).where(series.c.kpi.in_(_NAMES), series.c.dimensions == bindparam("dimensions"))
    return chosen.cte("edges").prefix_with("MATERIALIZED")


def _edge(shape: Shape) -> Any:
    """Where the period starts that is so many from the end (or the beginning) of a series; null if it has fewer."""
    start = _INNER.c.period_start
    starts = select(start).where(_INNER.c.series_id == series.c.id)
    if shape.as_of:
        starts = starts.where(_INNER.c.recorded_at <= _AS_OF)
    if shape.until:
        starts = starts.where(start < _UNTIL)
    order = start.asc() if shape.first else start.desc()
    skip = bindparam("skip", type_=Integer)
    return starts.distinct().order_by(order).offset(skip).limit(1).correlate(series).scalar_subquery()


@lru_cache(maxsize=1)
def waiting() -> Select[Any]:
    """What nobody has decided about, and what no correction has replaced; one that was rejected replaces nothing."""
    query = everything().where(series.c.kpi.in_(_NAMES), observation.c.provisional, decision.c.outcome.is_(None))
    return query.where(~_is_replaced()).order_by(observation.c.id).limit(_MOST)


def _is_replaced() -> ColumnElement[bool]:
    later, on_it = observation.alias(), decision.alias()
    query = select(later.c.id).outerjoin(on_it, on_it.c.observation_id == later.c.id)
    query = query.where(*(later.c[name] == observation.c[name] for name in ("series_id", "period_start", "period_end")))
    query = query.where(later.c.id > observation.c.id, func.coalesce(on_it.c.outcome, "approved") != "rejected")
    return query.correlate(observation).exists()


@lru_cache(maxsize=1)
def everything() -> Select[Any]:
    """Everything that was ever recorded."""
    return _joined(None)


def _joined(as_of: BindParameter[datetime] | None) -> Select[Any]:
    decided = decision.c.observation_id == observation.c.id
    if as_of is not None:
        decided = and_(decided, decision.c.at <= as_of)
    query = (
        select(*COLUMNS)
        .select_from(observation)
        .join(series, series.c.id == observation.c.series_id)
        .outerjoin(decision, decided)
    )
    return query if as_of is None else query.where(observation.c.recorded_at <= as_of)
