"""A KPI as a line over its latest periods, its target beside it."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from bot.domain import formats
from bot.domain.kpis import MAIN, Bound, Unit
from bot.domain.parts import Chart, Series
from bot.domain.periods import Period, before, shorts
from bot.domain.readings import Reading
from bot.domain.verdicts import within

CHART_POINTS = 20
"""Slack draws no more."""
AXES = {"pp": "percentage points", "points100": "points", "index": "", "pvalue": "", "count": ""}
"""What an axis is called where it is not called as the unit is."""


def line(reading: Reading) -> Chart | None:
    """A line over the latest periods, a gap where one has no figure, with the target beside it.

    What is drawn is the figure that the target is about, so that line and target have one scale.
    """
    if len(reading.history) < 2:
        return None
    name = _drawn(reading)
    unit, by_start = reading.kpi.unit_of(name), {o.period.start: o.figures.get(name) for o in reading.history}
    periods = _latest_periods(reading.history[-1].period, reading.history[0].period.start)
    scale = _axis_scale(unit)
    lines = [Series("Measured", tuple(_point(by_start.get(p.start), scale) for p in periods))]
    lines += [Series(called, (float(limit * scale),) * len(periods)) for called, limit in _targets(reading, name)]
    title = reading.kpi.title if name == MAIN else f"{reading.kpi.title}, {within(reading.kpi.title_of(name))}"
    axis = "%" if scale == 100 and unit.code == "ratio" else AXES.get(unit.code, unit.code.replace("_", " "))
    return Chart(title, shorts(periods), tuple(lines), axis)


def _drawn(reading: Reading) -> str:
    """The name of the figure that the target is about; the KPI's own where that one was hardly ever known."""
    name = reading.kpi.target.of if reading.kpi.target else MAIN
    return name if sum(o.figures.get(name) is not None for o in reading.history) > 1 else MAIN


def _targets(reading: Reading, name: str) -> Iterator[tuple[str, Decimal]]:
    bounds: tuple[Bound, ...] = reading.kpi.target.bounds if reading.kpi.target else ()
    # What is relative to the period before has no level that a straight line could show.
    known = [(b, at) for b, at in zip(bounds, reading.limits, strict=True) if b.of == name and b.against != "previous"]
    limits = [at for _, at in known if at is not None]
    for limit in limits:
        yield "Target" if len(limits) == 1 else "Target from" if limit == min(limits) else "Target to", limit


def _latest_periods(last: Period, oldest: datetime) -> list[Period]:
    periods = [last]
    while len(periods) < CHART_POINTS and periods[-1].start > oldest:
        periods.append(before(periods[-1]))
    return periods[::-1]


def _axis_scale(unit: Unit) -> int:
    return 100 if formats.value(Decimal("0.5"), unit).endswith(("%", "pp")) else 1


def _point(value: Decimal | None, scale: int) -> float | None:
    return None if value is None else float(value * scale)
