"""When an incident may have begun: walked back from its detection along the KPI that shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.change_point import Change, change_point
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


@dataclass(frozen=True, slots=True)
class Shift:
    """Between which moments the mean of the KPI changed, the first observation after that, and the test that says so.

    `low` is the end of the last period that surely came before the change, at the level of `change_point`, and `high` the end
    of the first that surely came after it, or the detection where that came before.
    """

    low: datetime
    high: datetime
    first: Observation
    change: Change


def shift(points: Sequence[Observation], detected: datetime) -> Shift | None:
    """Where the mean of the series changed before `detected`; None where it did not, or there are too few points to tell.

    `points` are oldest first, one a period; those of periods that started at `detected` or later do not count, nor do those
    without a value. Whether the change is for the worse is for the caller to say.
    """
    known = [o for o in points if o.value is not None and o.period.start < detected]
    change = change_point([float(o.value) for o in known if o.value is not None])
    if change is None:
        return None
    high = min(known[change.high].period.end, detected)
    return Shift(min(known[change.low - 1].period.end, high), high, known[change.place], change)
