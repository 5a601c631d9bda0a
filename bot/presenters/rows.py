"""The cells of a table of KPIs, the same in every table."""

from collections.abc import Sequence

from bot.domain import formats
from bot.domain.figures import Comparison
from bot.domain.kpis import MAIN, Kpi
from bot.domain.periods import containing, short
from bot.domain.readings import Reading
from bot.domain.targets import brief

VERDICTS = {
    "met": "✓ met",
    "missed": "✗ missed",
    "cannot tell": "? cannot tell",
    "no target": "no target",
    "no data": "no data",
}
TREND = 8
"""How many of the latest periods the course of a KPI shows."""


def trend(reading: Reading) -> str:
    """The course of the latest periods."""
    return formats.sparkline([o.value for o in reading.history[-TREND:]])


def value(reading: Reading) -> str:
    """The KPI's figure with its unit, and in brackets the one that the target is about, where that is another."""
    if not reading.observation:
        return "no data"
    kpi, words = reading.kpi, formats.value(reading.value, reading.kpi.unit)
    judged = reading.figures.get(kpi.target.of) if kpi.target and kpi.target.of != MAIN else None
    return (
        f"{words} ({formats.value(judged.value, kpi.unit_of(judged.name))})" if judged and judged.value is not None else words
    )


def short_period(reading: Reading) -> str:
    """The period that the figure stands for, its year only where it is not this one: "W47", "Oct", "Q4 2025"."""
    if reading.observation is None:
        return ""
    period = reading.observation.period
    now = containing(reading.as_of, period.grain, period.zone)
    return short(period, now) + (" so far" if reading.observation is reading.running else "")


def short_target(kpi: Kpi) -> str:
    """What it should be, in signs: "≤ 24 h"."""
    return brief(kpi.target.bounds, kpi.unit_of(kpi.target.of)) if kpi.target else ""


def short_change(comparisons: Sequence[Comparison], reading: Reading) -> str:
    """The first of the changes, on one scale, with whether it is for the better: "-0.6 wk better"."""
    found = next(iter(comparisons), None)
    if found is None:
        return ""
    if not found.points:
        return "no change"
    word = {True: " better", False: " worse", None: ""}[found.better]
    return formats.difference(found.points, reading.kpi.unit) + word


def verdict(reading: Reading) -> str:
    """Met, missed or cannot tell, and what takes away from it."""
    marks = [
        word
        for word, holds in (("stale", reading.stale), ("provisional", reading.provisional), ("n too small", reading.too_few))
        if holds and reading.observation
    ]
    return VERDICTS[reading.verdict] + (f" ({', '.join(marks)})" if marks else "")
