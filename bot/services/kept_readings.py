"""Readings that are judged once and kept until one of their observations, or the time, makes them another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from weakref import WeakKeyDictionary

from bot.domain.baselines import needs_start
from bot.domain.kpis import Kpi
from bot.domain.observations import Observation
from bot.domain.readings import Reading, holds_until, read
from bot.services import Services
from bot.services.beginnings import BASELINE_POINTS
from storage import Connection, Database, observations

Marks = tuple[tuple[int, str | None], ...]
Load = Callable[[datetime], tuple[Sequence[Observation], Sequence[Observation]]]
"""Gets, for a moment, the latest observations of a KPI and, where its baseline lies beyond them, its first ones."""

MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Which:
    """A KPI, over how many of its latest periods, and for which segment; {}: as a whole."""

    kpi: Kpi
    points: int
    dimensions: Mapping[str, str]

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from others."""
        return self.kpi.name, self.points, tuple(sorted(self.dimensions.items()))


@dataclass(frozen=True, slots=True)
class _Kept:
    """A reading, of which observations it is, and until when time alone does not change it."""

    reading: Reading
    marks: tuple[Marks, Marks]
    until: datetime


_kept: WeakKeyDictionary[Database, dict[object, _Kept]] = WeakKeyDictionary()
_lock = Lock()


def reading(services: Services, connection: Connection, which: Which, load: Load) -> Reading:
    """The reading of one KPI now. The database says in one light query whether what was kept is still true.

    Never in a transaction that writes: SQLite gives the ids of what was rolled back to what comes next.
    """
    # Looked up before the observations are: whatever comes in between makes the marks differ the next time.
    marks, now = _marks(connection, which), services.now()
    with _lock:
        kept = _kept.setdefault(services.db, {}).get(which.key)
    if kept and kept.reading.kpi is which.kpi and kept.marks == marks and kept.reading.as_of <= now < kept.until:
        return replace(kept.reading, as_of=now)
    latest, first = load(now)
    made = read(which.kpi, latest, now, which.dimensions, start=first)
    with _lock:
        if len(_kept[services.db]) >= MOST_KEPT:
            _kept[services.db].clear()
        _kept[services.db][which.key] = _Kept(made, marks, holds_until(which.kpi, [*latest, *first], now))
    return made


def _marks(connection: Connection, which: Which) -> tuple[Marks, Marks]:
    """Which observations the reading is made of, and what was decided about each."""
    latest = observations.marks(connection, which.kpi.name, which.points, dimensions=which.dimensions)
    if not needs_start(which.kpi) or len(latest) < which.points:
        return latest, ()
    return latest, observations.marks(connection, which.kpi.name, BASELINE_POINTS, dimensions=which.dimensions, first=True)
