"""When an incident may have begun: walked back from its detection along the KPI that shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.observations import Observation


@dataclass(frozen=True, slots=True)
class Onset:
    """Between which moments the KPI turned bad, and the observations that say so.

    `low` is the end of the last good period, None where no good one is known; `high` the end of the first bad one, or the
    detection where that came before it. `bad` of the observations from `first_bad` on are bad; periods without data are not
    counted. All of this is as fine as the periods are: a good one may hide a bad hour.
    """

    low: datetime | None
    high: datetime
    first_bad: Observation
    last_good: Observation | None
    bad: int


def onset(points: Sequence[Observation], is_bad: Callable[[Observation], bool], detected: datetime) -> Onset | None:
    """Where the run of bad observations that reaches to `detected` began; None where the latest is not bad or there is none.

    `points` are oldest first, one a period; those of periods that started at `detected` or later do not count. A good one ends
    the walk back. One without a value neither confirms nor breaks a run, and `is_bad` is not asked about it: the onset may lie
    in its period, so that `low` stays the end of the last good one, whatever gaps follow. `low` is never later than `high`,
    even where a change of zone let periods overlap.
    """
    known = [o for o in points if o.value is not None and o.period.start < detected]
    first_bad = last_good = None
    bad = 0
    for point in reversed(known):
        if not is_bad(point):
            last_good = point
            break
        first_bad, bad = point, bad + 1
    if first_bad is None:
        return None
    high = min(first_bad.period.end, detected)
    return Onset(min(last_good.period.end, high) if last_good else None, high, first_bad, last_good, bad)
