"""When the rules of each series are to be looked at. A series for which something was recorded is due at once."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from bot.domain.observations import Dimensions
from storage import dialects
from storage.tables import alert_watch, series

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class Watched(NamedTuple):
    """A series of a KPI."""

    series_id: int
    kpi: str
    dimensions: Dimensions
    stamp: int


def wake(connection: Connection, series_ids: Iterable[int]) -> None:
    """Have series looked at at once, when this transaction is kept."""
    # In one order, so that two who record many at once never wait for each other.
    rows = [{"series_id": each, "due_at": AT_ONCE} for each in sorted(set(series_ids))]
    if rows:
        statement = dialects.insert(connection, alert_watch).values(rows)
        again = {"due_at": AT_ONCE, "stamp": alert_watch.c.stamp + 1}
        connection.execute(statement.on_conflict_do_update(index_elements=[alert_watch.c.series_id], set_=again))


def wake_kpis(connection: Connection, names: Iterable[str]) -> None:
    """Have every series of these KPIs looked at: their definitions changed."""
    wake(connection, connection.execute(select(series.c.id).where(series.c.kpi.in_(list(names)))).scalars())


def due(connection: Connection, now: datetime, limit: int) -> list[int]:
    """The series to look at now, those that wait for longest first."""
    query = select(alert_watch.c.series_id).where(alert_watch.c.due_at <= now)
    return list(connection.execute(query.order_by(alert_watch.c.due_at, alert_watch.c.series_id).limit(limit)).scalars())


def get(connection: Connection, series_id: int) -> Watched:
    """A series, with the stamp that another word about it changes."""
    query = select(series.c.id, series.c.kpi, series.c.dimensions, alert_watch.c.stamp)
    query = query.join(alert_watch, alert_watch.c.series_id == series.c.id).where(series.c.id == series_id)
    return Watched._make(connection.execute(query).one())


def take(connection: Connection, one: Watched, now: datetime) -> bool:
    """Make sure that nobody else looks at a series until this transaction ends; False if it is another matter by now: somebody
    looked already, or something was recorded since it was read.
    """
    query = select(alert_watch.c.stamp).where(alert_watch.c.series_id == one.series_id, alert_watch.c.due_at <= now)
    return bool(connection.execute(query.with_for_update()).scalar() == one.stamp)


def put_off(connection: Connection, series_id: int, until: datetime) -> None:
    """Look at a series again then."""
    connection.execute(update(alert_watch).where(alert_watch.c.series_id == series_id).values(due_at=until))


def next_due(connection: Connection) -> datetime | None:
    """When the next series is to be looked at."""
    found: datetime | None = connection.execute(select(func.min(alert_watch.c.due_at))).scalar()
    return found
