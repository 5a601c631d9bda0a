"""The error budget of an SLO is spent too fast, over a long and a short window at once."""

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from bot.domain.alerts import AT_ONCE, Finding
from bot.domain.kpis import MAIN, Kpi, Level
from bot.domain.observations import Observation
from bot.domain.readings import Reading

NAME = "burn"


def applies(kpi: Kpi) -> bool:
    """Whether a threshold names windows, and the target a share that is to be kept."""
    return any(t.burn for t in kpi.thresholds) and budget(kpi) is not None


def words(kpi: Kpi) -> str:
    """The windows and rates, the gravest first."""
    said = [
        f"{level}: {rate.normalize():f} times over {_w(long)} and {_w(short)}" for level, long, short, rate in _windows(kpi)
    ]
    return f"the error budget burns {'; '.join(said)}"


def find(reading: Reading) -> Finding:
    """The gravest pair of windows in both of which the budget burns at its rate or faster.

    A rate of 1 spends exactly the budget. A window is rounded up to whole periods of the figures, as nothing finer is known.
    Source: Site Reliability Workbook (O'Reilly 2018), chapter 5, "multiwindow, multi-burn-rate alerts".
    """
    kpi, settled = reading.kpi, reading.settled
    if reading.stale:
        return Finding("no data", words="No figure came in time, so nobody can tell.")
    last, known = settled[-1] if settled else None, False
    for level, long, short, rate in _windows(kpi):
        over_long, over_short = rate_over(kpi, settled, long), rate_over(kpi, settled, short)
        if over_long is None or over_short is None:
            continue
        known = True
        if over_long >= rate and over_short >= rate:
            spans = f"{over_long:.1f} times over {_w(long)} and {over_short:.1f} times over {_w(short)}"
            start = settled[-_periods(settled, short)].period.start
            return Finding(
                "bad",
                level,
                f"the error budget burns {spans}",
                start,
                1,
                point=last.id if last else None,
                n=last.n if last else None,
            )
    if not known or last is None:
        return Finding("unknown")
    return Finding("good", words="the error budget lasts", good=AT_ONCE, good_since=last.period.start, point=last.id, n=last.n)


def budget(kpi: Kpi) -> Decimal | None:
    """The share that may fail: what the target leaves of 1. None where it asks for no share of at least so much."""
    bounds = kpi.target.bounds if kpi.target else ()
    least = [b.limit for b in bounds if b.of == MAIN and b.against == "absolute" and b.op in ("gt", "gte") and 0 < b.limit < 1]
    return 1 - max(least) if least else None


def rate_over(kpi: Kpi, settled: Sequence[Observation], window: timedelta) -> Decimal | None:
    """How many times as fast as allowed the budget was spent in the latest `window`; None where figures are missing in it."""
    allowed = budget(kpi)
    if not settled or allowed is None:
        return None
    count = _periods(settled, window)
    latest = settled[-count:]
    if len(latest) < count or any(later.period.start != earlier.period.end for earlier, later in pairwise(latest)):
        return None
    good, total = _sum(o.numerator for o in latest), _sum(o.denominator for o in latest)
    return (1 - good / total) / allowed if good is not None and total else None


def _periods(settled: Sequence[Observation], window: timedelta) -> int:
    return max(1, math.ceil(window / settled[-1].period.length))


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    known = list(parts)
    return None if None in known else sum((p for p in known if p is not None), Decimal(0))


def _windows(kpi: Kpi) -> list[tuple[Level, timedelta, timedelta, Decimal]]:
    found = [(t.level, *windows) for t in kpi.thresholds for windows in t.burn]
    return sorted(found, key=lambda w: (w[0] != "critical", w[1]))


def _w(window: timedelta) -> str:
    minutes = int(window.total_seconds()) // 60
    return f"{minutes // 1440} d" if minutes % 1440 == 0 else f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
