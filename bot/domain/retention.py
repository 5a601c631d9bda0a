"""Who stayed: retention of those who were there at the start, with joiners by survival, and turnover."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scipy import special

from bot.domain.figures import Verdict
from bot.domain.incident_stats import Span, kaplan_meier
from bot.domain.intervals import Ends, clopper_pearson, poisson_exact, wilson
from bot.domain.survey_stats import Estimate

TARGET = 0.85
"""The published target is a retention above this share in a year."""
YEAR = 365.0
YOURS = "your approval"
"""What a figure waits for that its reader may approve."""


@dataclass(frozen=True, slots=True)
class Tenure:
    """How long somebody was seen in a period, in days from its start or from joining: until leaving, or until it ended."""

    days: float
    left: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody's days in an organisation: from `joined`, until `left`, on which day they are no longer there."""

    joined: date
    left: date | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    """People over a period: how many were there at its start and end, stayed through it, joined and left in it.

    `tenures` has everybody who was there on a day of it.
    """

    start: int
    stayed: int
    end: int
    joined: int
    left: int
    tenures: tuple[Tenure, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Who stayed in a year, as it is told. `is_over`: the year is. The rest is None where only two numbers were given.

    `verdict` is “met” only of a year that is over: until then more may leave. `approval` says whose it waits
    for, if it does.
    """

    year: int
    start: int
    stayed: int
    rate: Estimate
    verdict: Verdict
    is_over: bool
    staff: Staff | None = None
    turnover: Estimate | None = None
    survival: Estimate | None = None
    approval: str = ""


def staff_of(stays: Sequence[Stay], first: date, end: date) -> Staff:
    """The people of a period from `first` until before `end`. Whoever joins on its first day was there at its start.

    :raises ValueError: the period has no day, or somebody left before joining.
    """
    if end <= first or any(s.left is not None and s.left < s.joined for s in stays):
        raise ValueError("give a period of at least a day, and nobody who left before joining")
    seen = [s for s in stays if s.joined < end and (s.left is None or s.left > first)]
    gone = {s for s in seen if s.left is not None and s.left < end}
    there = [s for s in seen if s.joined <= first]
    tenures = tuple(Tenure(float((min(s.left or end, end) - max(s.joined, first)).days), s in gone) for s in seen)
    left = sum(s in gone for s in seen)
    stayed = sum(s not in gone for s in there)
    return Staff(len(there), stayed, len(seen) - left, len(seen) - len(there), left, tenures, (end - first).days)


def kept(year: int, start: int, stayed: int, *, is_over: bool, staff: Staff | None = None) -> Kept:
    """Who stayed in a year: retention with its verdict, and from `staff`, turnover a year and survival to the end of it.

    :raises ValueError: nobody was there at the start, or more stayed than were there.
    """
    rate = retention(stayed, start)
    if rate is None:
        raise ValueError("give at least one who was there at the start")
    verdict = retention_verdict(rate)
    verdict = "cannot tell" if verdict == "met" and not is_over else verdict
    if staff is None:
        return Kept(year, start, stayed, rate, verdict, is_over)
    leaving = turnover(staff.left, (staff.start + staff.end) / 2, staff.days / YEAR)
    return Kept(year, start, stayed, rate, verdict, is_over, staff, leaving, survival(staff.tenures, float(staff.days)))


def retention(stayed: int, start: int, level: float = 0.95) -> Estimate | None:
    """The share of those there at the start who are still there, with Wilson's interval. None when nobody was there.

    :raises ValueError: more stayed than were there.
    """
    if not 0 <= stayed <= start:
        raise ValueError("give at most as many who stayed as were there at the start")
    ends = wilson(stayed, start, level)
    return None if ends is None else Estimate(stayed / start, *ends, start, "wilson")


def retention_verdict(rate: Estimate, target: float = TARGET) -> Verdict:
    """Whether retention is above the target: met where its whole interval is, missed where the whole interval is below."""
    if rate.low > target:
        return "met"
    return "missed" if rate.high < target else "cannot tell"


def chance_at_target(stayed: int, start: int, target: float = TARGET) -> float:
    """The chance that so many or more stay where retention is exactly the target: the exact one-sided p-value of “above”.

    Source: `binomtest(alternative="greater")` of scipy.

    :raises ValueError: more stayed than were there, or the target is no share.
    """
    if not 0 <= stayed <= start or not 0 <= target <= 1:
        raise ValueError("give at most as many who stayed as were there at the start, and a target from 0 to 1")
    return 1.0 if stayed == 0 else float(special.bdtrc(stayed - 1, start, target))


def compounded_retention(stayed: int, start: int, years: float) -> float | None:
    """The share that would stay for a year if people went on leaving at the rate of `years` of observation.

    None when nobody was there at the start.

    :raises ValueError: more stayed than were there, or the time is not above 0.
    """
    if not 0 <= stayed <= start or years <= 0:
        raise ValueError("give at most as many who stayed as were there at the start, and a time above 0")
    return (stayed / start) ** (1 / years) if start else None


def turnover(leavers: int, average_headcount: float, years: float = 1.0, level: float = 0.95) -> Estimate | None:
    """Leavers a year for each person of the average headcount, from `years` of observation, with the exact Poisson interval.

    `n` is the number of leavers. Above 1 where more left than are there on average. None without headcount or time.
    Source: `bot.domain.intervals.poisson_exact`.

    :raises ValueError: fewer than no leavers.
    """
    if leavers < 0:
        raise ValueError("give a number of leavers of at least 0")
    exposure = average_headcount * years
    ends = poisson_exact(leavers, exposure, level)
    return None if ends is None else Estimate(leavers / exposure, *ends, leavers, "poisson")


def survival(tenures: Sequence[Tenure], days: float = YEAR, level: float = 0.95) -> Estimate | None:
    """The chance of staying for `days`, by Kaplan and Meier: those who joined count for as long as they were seen.

    The interval is Greenwood's on the log-log scale. Where nobody left by that day, or nobody stayed, it has none: the exact
    one of those who were seen to the last takes its place. `n` is everybody who was seen. None where nobody was seen for so
    long, unless all have left.
    Sources: E. L. Kaplan, P. Meier, JASA 53 (1958) 457-481; M. Greenwood, Reports on Public Health 33 (1926) 1-26;
    J. D. Kalbfleisch, R. L. Prentice, The Statistical Analysis of Failure Time Data (1980), as
    `ecdf(CensoredData).sf.confidence_interval(method="log-log")` of scipy.

    :raises ValueError: a time is negative or not finite, or `days` is not above 0.
    """
    if days <= 0 or not all(t.days >= 0 and math.isfinite(t.days) for t in tenures):
        raise ValueError("give times of at least 0 days, and a horizon above 0")
    curve = [step for step in kaplan_meier([Span(24 * t.days, t.left) for t in tenures]) if step[0] <= 24 * days]
    share = curve[-1][1] if curve else 1.0
    to_the_end = sum(t.days >= days for t in tenures)
    if share > 0 and to_the_end == 0:
        return None
    if not 0 < share < 1:
        last = to_the_end if share else sum(24 * t.days >= curve[-1][0] for t in tenures)
        ends = clopper_pearson(last if share else 0, last, level) or (0.0, 1.0)
    else:
        ends = _log_log(curve, [24 * t.days for t in tenures], level)
    return Estimate(share, *ends, len(tenures), "kaplan-meier")


def _log_log(curve: Sequence[tuple[float, float]], lengths: Sequence[float], level: float) -> Ends:
    greenwood, before = 0.0, 1.0
    for at, share in curve:
        running = sum(length >= at for length in lengths)
        greenwood += (before - share) / (running * share)  # d/(r(r−d)), as share/before is 1−d/r
        before = share
    half = float(special.ndtri((1 + level) / 2)) * math.sqrt(greenwood) / -math.log(before)
    return before ** math.exp(half), before ** math.exp(-half)
