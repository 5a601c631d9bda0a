"""The state of many KPIs at a moment, in a constant number of queries."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.domain.baselines import needs_start
from bot.domain.kpis import Kpi
from bot.domain.people import Asker
from bot.domain.readings import Reading, read
from bot.services import Services
from storage import Connection, observations

POINTS = 60
"""How many of the latest periods a reading looks back on."""

BASELINE_POINTS = 100
"""How many of the first periods are enough for any baseline that is drawn from them."""


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
    """A reading of each KPI that the asker may see, in the order of `kpis`; two queries at most, whatever their number.

    With `as_of`, everything is as it was known at that moment. `dimensions` picks one segment; without, the KPI as a whole.
    `since` leaves out the periods that started before it.
    """
    seen = [k for k in kpis if asker.may_see(k.visibility, k.owner)]
    names = [k.name for k in seen]
    found = observations.recent(connection, names, points, as_of=as_of, since=since, dimensions=dimensions)
    cut = [k.name for k in seen if needs_start(k) and (since or len(found.get(k.name, ())) >= points)]
    first = observations.earliest(connection, cut, BASELINE_POINTS, as_of=as_of, dimensions=dimensions) if cut else {}
    moment = as_of or services.now()
    return [read(k, found.get(k.name, ()), moment, dimensions, start=first.get(k.name, ())) for k in seen]
