"""The course of one KPI as a chart, with its target."""

from decimal import Decimal

from bot.domain.kpis import MAIN
from bot.domain.parts import Chart, Series
from bot.domain.periods import Period, shorts
from bot.domain.readings import Reading

POINTS = 20


def chart(reading: Reading) -> Chart:
    """A line over the latest periods; the target is a second line where it is one absolute number."""
    shown = reading.history[-POINTS:]
    scale, unit = axis(reading)
    series = [Series("Measured", tuple(None if o.value is None else float(o.value * scale) for o in shown))]
    limit = target_line(reading)
    if limit is not None:
        series.append(Series("Target", (float(limit * scale),) * len(shown)))
    return Chart(
        f"{reading.kpi.title} ({unit})" if unit else reading.kpi.title, shorts(shown_periods(reading)), tuple(series), unit
    )


def shown_periods(reading: Reading) -> list[Period]:
    """The periods that the chart shows."""
    return [o.period for o in reading.history[-POINTS:]]


def axis(reading: Reading) -> tuple[Decimal, str]:
    """What values are multiplied by, and the unit of the axis: shares are drawn in percent."""
    match reading.kpi.unit.code:
        case "ratio":
            return Decimal(100), "%"
        case "pp":
            return Decimal(100), "percentage points"
        case "index" | "pvalue" | "count":
            return Decimal(1), ""
        case "points100":
            return Decimal(1), "points"
        case code:
            return Decimal(1), code


def target_line(reading: Reading) -> Decimal | None:
    """The target where it is one bound on the KPI's own figure."""
    found = reading.kpi.target
    bounds = [b for b in found.bounds if b.against == "absolute" and b.of == MAIN] if found else []
    return bounds[0].limit if len(bounds) == 1 else None
