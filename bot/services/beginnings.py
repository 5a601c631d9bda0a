"""The first figures of KPIs whose baseline is drawn from them, however long ago they were."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.domain.baselines import needs_start
from bot.domain.kpis import Kpi
from bot.domain.observations import Dimensions, Observation
from bot.domain.readings import holds_baseline
from storage import Connection, observations

FEW_POINTS = 16
"""How many of the first periods hold most baselines: two weeks of days, a quarter of weeks."""

BASELINE_POINTS = 100
"""How many of the first periods are enough for any baseline that is drawn from them."""


def of(
    connection: Connection,
    kpis: Iterable[Kpi],
    as_of: datetime,
    *,
    known_at: datetime | None = None,
    dimensions: Dimensions | None = None,
) -> Mapping[str, Sequence[Observation]]:
    """The first observations of those KPIs that need them for their baseline at `as_of`; two queries at most."""
    found: dict[str, Sequence[Observation]] = {}
    lacking = [k for k in kpis if needs_start(k)]
    for points in (FEW_POINTS, BASELINE_POINTS):
        if lacking:
            names = [k.name for k in lacking]
            found |= observations.earliest(connection, names, points, as_of=known_at, dimensions=dimensions)
            lacking = [k for k in lacking if not holds_baseline(k, found.get(k.name, ()), as_of)]
    return found
