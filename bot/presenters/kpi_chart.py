"""A KPI as a line over its latest periods, its target beside it."""

from datetime import datetime
from decimal import Decimal

from bot.domain import formats
from bot.domain.kpis import MAIN, Unit
from bot.domain.parts import Chart, Series
from bot.domain.periods import Period, before, shorts
from bot.domain.readings import Reading

CHART_POINTS = 20
"""Slack draws no more."""


def line(reading: Reading) -> Chart | None:
    """A line over the latest periods, a gap where one has no figure, with the target beside it."""
    if len(reading.history) < 2:
        return None
    unit, by_start = reading.kpi.unit, {o.period.start: o.value for o in reading.history}
    periods = _latest_periods(reading.history[-1].period, reading.history[0].period.start)
    scale = _axis_scale(unit)
    values = tuple(_point(by_start.get(p.start), scale) for p in periods)
    lines = [Series("Measured", values)]
    bounds = reading.kpi.target.bounds if reading.kpi.target else ()
    limits = [b.limit for b in bounds if b.of == MAIN and b.against == "absolute"]
    for limit in limits:
        name = "Target" if len(limits) == 1 else "Target from" if limit == min(limits) else "Target to"
        lines.append(Series(name, (float(limit * scale),) * len(periods)))
    axis = "%" if scale == 100 and unit.code == "ratio" else unit.code.replace("_", " ")
    return Chart(reading.kpi.title, shorts(periods), tuple(lines), axis)


def _latest_periods(last: Period, oldest: datetime) -> list[Period]:
    periods = [last]
    while len(periods) < CHART_POINTS and periods[-1].start > oldest:
        periods.append(before(periods[-1]))
    return periods[::-1]


def _axis_scale(unit: Unit) -> int:
    return 100 if formats.value(Decimal("0.5"), unit).endswith(("%", "pp")) else 1


def _point(value: Decimal | None, scale: int) -> float | None:
    return None if value is None else float(value * scale)
