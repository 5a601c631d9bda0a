"""The state of many KPIs at a moment, in a constant number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.domain.kpis import Kpi
from bot.domain.observations import Observation
from bot.domain.people import Asker
from bot.domain.readings import Reading, read
from bot.services import Services, beginnings, kept_readings
from storage import Connection, observations

POINTS = 60
"""How many of the latest periods a reading looks back on."""


def latest(
    services: Services,
    connection: Connection,
    asker: Asker,
    kpis: Iterable[Kpi],
    *,
    as_of: datetime | None = None,
    points: int = POINTS,
    dimensions: Mapping[str, str] | None = None,
    since: datetime | None = None,
) -> list[Reading]:
    """A reading of each KPI that the asker may see, in the order of `kpis`; three queries at most, whatever their number.

    With `as_of`, everything is as it was known at that moment. `dimensions` picks one segment; without, the KPI as a whole.
    `since` leaves out the periods that started before it.
    """
    seen = [k for k in kpis if asker.may_see(k.visibility, k.owner)]
    names = [k.name for k in seen]
    found = observations.recent(connection, names, points, as_of=as_of, since=since, dimensions=dimensions)
    moment = as_of or services.now()
    cut = [k for k in seen if since or len(found.get(k.name, ())) >= points]
    first = beginnings.of(connection, cut, moment, known_at=as_of, dimensions=dimensions)
    return [read(k, found.get(k.name, ()), moment, dimensions, start=first.get(k.name, ())) for k in seen]


def standing(services: Services, connection: Connection, kpi: Kpi, dimensions: Mapping[str, str]) -> Reading:
    """The reading of one KPI as it stands: what most people ask for. Only for `Database.read`, as what it finds is kept."""

    def load(now: datetime) -> tuple[Sequence[Observation], Sequence[Observation]]:
        found = observations.recent(connection, [kpi.name], POINTS, dimensions=dimensions).get(kpi.name, [])
        first = beginnings.of(connection, [kpi], now, dimensions=dimensions) if len(found) >= POINTS else {}
        return found, first.get(kpi.name, ())

    return kept_readings.reading(services, connection, kept_readings.Which(kpi, POINTS, dimensions), load)
