"""KPIs and observations for the tests of the numbers."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from bot.domain.kpis import Bound, Category, Direction, Estimator, Grain, Input, Kpi, Target, Threshold, Unit
from bot.domain.observations import Observation, Provenance
from bot.domain.periods import Period, before, containing

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday: week 47 is the last that is over."""

SHARE = Kpi(
    name="reproducibility-rate",
    title="Reproducibility rate",
    category=Category.PRODUCTIVITY,
    definition="Share of attempted runs that gave the same result",
    inputs=(Input("good", "Reproduced"), Input("all", "Attempted")),
    formula="good / all",
    unit=Unit("ratio", ".1%"),
    direction=Direction.UP,
    frequency=(Grain.WEEK,),
    owner="data_engineer",
    target=Target((Bound("gte", Decimal("0.9")),), "at least 90%"),
    estimator=Estimator({"value": "wilson"}, numerator="good", denominator="all", n="all"),
)
HOURS = replace(
    SHARE,
    name="mttd",
    title="MTTD",
    inputs=(Input("hours", "Hours", kind="list", aggregate="list"),),
    formula="mean(hours)",
    unit=Unit("h", ".1f h"),
    direction=Direction.DOWN,
    target=Target((Bound("lte", Decimal(2)),), "at most 2 h"),
    estimator=Estimator(),
)


def weeks(count: int, now: datetime = NOW) -> list[Period]:
    """The last weeks that are over, oldest first."""
    following, found = containing(now, Grain.WEEK), []
    for _ in range(count):
        following = before(following)
        found.append(following)
    return found[::-1]


def observed(period: Period, value: object, number: int = 0, **facts: object) -> Observation:
    """An approved observation of one figure."""
    figure = None if value is None else Decimal(str(value))
    known = Observation(number, "k", period, {}, {"value": figure}, None, None, None, Provenance("manual", "U1"), 1, period.end)
    return replace(known, **facts)  # type: ignore[arg-type]


def share(period: Period, good: int, among: int, **facts: object) -> Observation:
    """An observation of `SHARE`."""
    top, bottom = Decimal(good), Decimal(among)
    counted = {"inputs": {"good": top, "all": bottom}, "numerator": top, "denominator": bottom, "n": among}
    return observed(period, top / bottom if among else None, **(counted | facts))


def series(values: list[object]) -> list[Observation]:
    """One observation a week, the last of them of the last week that is over."""
    return [observed(p, v, i) for i, (p, v) in enumerate(zip(weeks(len(values)), values, strict=True))]


def over(limit: str, level: str = "critical", **facts: object) -> Threshold:
    """A threshold that is passed above a limit."""
    return Threshold(level, ((Bound("gt", Decimal(limit)),),), **facts)  # type: ignore[arg-type]
