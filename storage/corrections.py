"""Figures that were published and corrected since, and whether the place where they stood has been told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, update

from storage.tables import decision, delivery, observation, publication, series


@dataclass(frozen=True, slots=True)
class Corrected:
    """A published observation, the one in force in its place now, and the message that said it, in the thread of `root`."""

    kpi: str
    delivery_id: str
    root: str
    subject: str
    target: str
    owner: str
    sent_at: datetime
    was: int
    now: int
    corrected_at: datetime


def untold(connection: Connection, limit: int = 500) -> list[Corrected]:
    """Corrections that the messages in which the figures stood do not know of, the oldest first."""
    query = _query().where(publication.c.correction_told_at.is_(None)).limit(limit)
    return _latest(connection, query)


def of_digest(connection: Connection, digest: str, since: datetime, until: datetime) -> list[Corrected]:
    """Figures that a digest published and that were corrected after `since`, up to `until`: the latest correction first."""
    of_runs = delivery.c.subject.startswith(f"{digest}@", autoescape=True)
    found = _latest(connection, _query().where(of_runs, _in_force_at > since, _in_force_at <= until))
    first = {each.now: each for each in sorted(found, key=lambda each: -each.was)}
    return sorted(first.values(), key=lambda each: (each.corrected_at, each.now), reverse=True)


def told(connection: Connection, pairs: Iterable[tuple[str, int]], at: datetime) -> None:
    """Note that these messages know of the corrections of these observations."""
    for delivery_id, observation_id in pairs:
        which = and_(publication.c.delivery_id == delivery_id, publication.c.observation_id == observation_id)
        connection.execute(update(publication).where(which).values(correction_told_at=at))


_newer = observation.alias("newer")
_ruling = decision.alias("ruling")
_in_force_at = func.coalesce(_ruling.c.at, _newer.c.recorded_at, type_=observation.c.recorded_at.type)


def _query() -> Select[tuple[object, ...]]:
    same_period: ColumnElement[bool] = and_(
        _newer.c.series_id == observation.c.series_id,
        _newer.c.period_start == observation.c.period_start,
        _newer.c.period_end == observation.c.period_end,
        _newer.c.id > observation.c.id,
    )
    counts = or_(_ruling.c.outcome == "approved", and_(_ruling.c.outcome.is_(None), _newer.c.provisional.is_(False)))
    return (
        select(
            series.c.kpi,
            delivery.c.id.label("delivery_id"),
            func.coalesce(delivery.c.parent_id, delivery.c.id).label("root"),
            delivery.c.subject,
            delivery.c.target,
            delivery.c.owner,
            delivery.c.sent_at,
            observation.c.id.label("was"),
            _newer.c.id.label("now"),
            _in_force_at.label("corrected_at"),
        )
        .select_from(publication)
        .join(delivery, delivery.c.id == publication.c.delivery_id)
        .join(observation, observation.c.id == publication.c.observation_id)
        .join(series, series.c.id == observation.c.series_id)
        .join(_newer, same_period)
        .outerjoin(_ruling, _ruling.c.observation_id == _newer.c.id)
        .where(delivery.c.state == "sent", counts)
        .order_by(_newer.c.id, delivery.c.sent_at)
    )


def _latest(connection: Connection, query: Select[tuple[object, ...]]) -> list[Corrected]:
    """Of several corrections of one figure, the last."""
    found = {(row["delivery_id"], row["was"]): Corrected(**row) for row in connection.execute(query).mappings()}
    return list(found.values())
