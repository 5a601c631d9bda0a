"""A KPI at the period that a digest speaks about: recorded so, rolled up from its inputs, or else at its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from bot.domain.entries import computed
from bot.domain.errors import InvalidInput
from bot.domain.kpis import Grain, Kpi
from bot.domain.observations import Observation, Provenance
from bot.domain.periods import Period, after, containing
from bot.domain.rollup import over

ORDER = tuple(Grain)
"""From the shortest to the longest."""

ROLLED = 0
"""The id of an observation that was not recorded but made of others."""


@dataclass(frozen=True, slots=True)
class AtGrain:
    """A KPI and its history at one grain; the last period may still run.

    `sources` are the ids of the observations behind the latest figure of a period that is over.
    """

    kpi: Kpi
    history: tuple[Observation, ...] = ()
    sources: tuple[int, ...] = ()

    @property
    def is_rolled(self) -> bool:
        """Whether its figures are made of those of shorter periods."""
        return any(o.id == ROLLED for o in self.history)


def is_finer(kpi: Kpi, grain: Grain) -> bool:
    """Whether the KPI is recorded more often than once in `grain`."""
    return ORDER.index(kpi.grain) < ORDER.index(grain)


def at_grain(kpi: Kpi, history: Sequence[Observation], grain: Grain, as_of: datetime) -> AtGrain:
    """`history` (oldest first) over the longest periods, up to `grain`, that are up to date: recorded so, or made of shorter
    ones; otherwise at the KPI's own grain. A month with a gap that newer figures have left behind is not up to date.
    """
    complete = [o for o in history if o.period.end <= as_of]
    found, sources = _over_longest(kpi, complete, grain, as_of) or _recorded(_own(kpi, complete))
    used = found[-1].period.grain if found else kpi.grain
    running = tuple(o for o in history if o.period.start <= as_of < o.period.end and o.period.grain is used)
    return AtGrain(replace(kpi, frequency=(used,)), (*found, *running), sources)


def _own(kpi: Kpi, complete: Sequence[Observation]) -> Sequence[Observation]:
    """What was recorded at the KPI's own grain, or else at that of the latest."""
    grains = {o.period.grain for o in complete}
    own = kpi.grain if kpi.grain in grains or not complete else complete[-1].period.grain
    return [o for o in complete if o.period.grain is own]


def _over_longest(kpi: Kpi, complete: Sequence[Observation], grain: Grain, as_of: datetime) -> "Figures | None":
    if not is_finer(kpi, grain):
        recorded = [o for o in complete if o.period.grain is grain]
        return _recorded(recorded) if recorded else None
    for longer in _longer(kpi.grain, grain):
        found = _over(kpi, complete, longer, as_of)
        if found[0] and complete[-1].period.end < after(found[0][-1].period).end:
            return found
    return None


def _longer(own: Grain, grain: Grain) -> list[Grain]:
    """What lies above `own`, from `grain` downwards. Weeks make up no month, so for them it is what was recorded so."""
    return list(reversed(ORDER[ORDER.index(own) + 1 : ORDER.index(grain) + 1]))


def _over(kpi: Kpi, complete: Sequence[Observation], longer: Grain, as_of: datetime) -> "Figures":
    recorded = _recorded([o for o in complete if o.period.grain is longer])
    if kpi.grain is Grain.WEEK:
        return recorded
    own = [o for o in complete if o.period.grain is kpi.grain]
    return max(recorded, _rolled(kpi, own, longer, as_of), key=lambda choice: _end(choice[0]))


def at_start(latest: AtGrain, first: Sequence[Observation]) -> tuple[Observation, ...]:
    """The first figures of a KPI at the grain at which its latest ones are read."""
    grain = latest.kpi.grain
    recorded = tuple(o for o in first if o.period.grain is grain)
    if recorded or not first:
        return recorded
    return _rolled(latest.kpi, first, grain, first[-1].period.end)[0]


Figures = tuple[tuple[Observation, ...], tuple[int, ...]]


def _recorded(observed: Sequence[Observation]) -> Figures:
    return tuple(observed), tuple(o.id for o in observed[-1:])


def _rolled(kpi: Kpi, observed: Sequence[Observation], grain: Grain, as_of: datetime) -> Figures:
    wholes: list[Observation] = []
    sources: tuple[int, ...] = ()
    for whole, group in groupby(observed, lambda o: containing(o.period.start, grain, o.period.zone, kpi.week_starts)):
        parts = list(group)
        if whole.end <= as_of and (made := _whole(kpi, parts, whole)):
            wholes.append(made)
            sources = tuple(o.id for o in parts)
    return tuple(wholes), sources


def _whole(kpi: Kpi, parts: Sequence[Observation], whole: Period) -> Observation | None:
    rolled = over(kpi, parts, whole)
    if rolled.why_not:
        return None
    try:
        entry = computed(kpi, rolled.inputs)
    except InvalidInput:
        return None
    last = parts[-1]
    return replace(
        last,
        id=ROLLED,
        period=whole,
        inputs=rolled.inputs,
        figures=rolled.figures,
        numerator=entry.numerator,
        denominator=entry.denominator,
        n=entry.n,
        provenance=Provenance("rolled up", "barometer", note=f"from {len(parts)} observations"),
        recorded_at=max(o.recorded_at for o in parts),
        supersedes=None,
    )


def _end(observed: Sequence[Observation]) -> float:
    return observed[-1].period.end.timestamp() if observed else float("-inf")
