"""What is known of a figure besides its value: interval, change, verdict, breach, and whether it is unusual."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.domain.kpis import Level

Verdict = Literal["met", "missed", "cannot tell", "no target", "no data"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval: from `low` to `high` at `level` by `method` (as scipy or statsmodels name it)."""

    low: Decimal
    high: Decimal
    level: Decimal
    method: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a KPI, with its interval where one can be had."""

    name: str
    value: Decimal | None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The change against a reference: `points` in the figure's unit, `relative` as a share of the reference (None at zero)."""

    against: Literal["previous", "baseline"]
    reference: Decimal
    label: str
    points: Decimal
    relative: Decimal | None
    better: bool | None


@dataclass(frozen=True, slots=True)
class Unusual:
    """What the published rule says of the latest value. `z` is robust; `limit` the calibrated limit for `points` of history."""

    state: Literal["unusual", "usual", "history too short"]
    points: int
    z: float | None = None
    limit: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    favourable: bool | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A threshold that the latest value is past, for how many periods running, and the condition in words."""

    level: Level
    periods: int
    words: str
