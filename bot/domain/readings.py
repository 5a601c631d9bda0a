"""A KPI as a person reads it: the latest figure with everything that makes it believable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from bot.domain.kpis import Kpi, Level
from bot.domain.observations import Observation

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


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of one KPI (one set of dimensions) at a moment. `observation` is None where there is no data at all.

    `history` runs from the oldest to the latest observation, at the KPI's own grain, the latest included.
    """

    kpi: Kpi
    dimensions: Mapping[str, str]
    as_of: datetime
    observation: Observation | None
    figures: Mapping[str, Figure] = field(default_factory=dict)
    verdict: Verdict = "no data"
    why_verdict: str = ""
    comparisons: tuple[Comparison, ...] = ()
    breach: Breach | None = None
    unusual: Unusual | None = None
    stale: bool = False
    due: datetime | None = None
    provisional: bool = False
    too_few: bool = False
    history: tuple[Observation, ...] = ()

    @property
    def value(self) -> Decimal | None:
        """The KPI's own figure."""
        figure = self.figures.get("value")
        return figure.value if figure else None
