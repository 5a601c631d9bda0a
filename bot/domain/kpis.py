"""A KPI as it is defined: what it means, how it is computed, where it should be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Number = Decimal
"""Values are decimals from the door to the table: money is counted, never rounded by the machine."""

MAIN = "value"
"""The name of a KPI's own figure, beside the names of its `also` figures."""


class Category(StrEnum):
    """The framework's six categories."""

    BUSINESS = "business_impact"
    MODEL = "model_performance"
    RELIABILITY = "reliability"
    PRODUCTIVITY = "productivity"
    RISK = "risk"
    TEAM = "team_health"


class Grain(StrEnum):
    """How long the period of one observation is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    ZERO = "zero"
    NONE = "none"


Aggregate = Literal["sum", "mean", "last", "list", "max", "min", "none"]
Level = Literal["warning", "critical"]


@dataclass(frozen=True, slots=True)
class Input:
    """A named quantity that a formula reads.

    `aggregate` says how it rolls up to a longer period; `none` means that it cannot.
    `kind` list: the value of an observation is a list of numbers, as durations are.
    One that is not `required` may be left out: figures and intervals that read it then have no value.
    """

    name: str
    title: str
    source: str = "manual"
    aggregate: Aggregate = "sum"
    kind: Literal["number", "list"] = "number"
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    integer: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Unit:
    """What a figure is counted in. `code` is one of the codes in `bot.domain.formats`; `display` a format spec.

    `clock` says whether a duration counts every hour or business hours.
    """

    code: str
    display: str = ""
    clock: Literal["elapsed", "business"] = "elapsed"


@dataclass(frozen=True, slots=True)
class Bound:
    """A condition on one figure: `of` names it, `op` compares it to `limit`.

    `against` is absolute, or a reference: the baseline, the previous period, or the target. Then `limit` is a change, in the
    figure's own unit (`points`) or as a share of the reference (`relative`).
    `reads` picks the figure itself or an end of its interval.
    """

    op: Literal["lt", "lte", "gt", "gte", "eq", "ne"]
    limit: Decimal
    of: str = MAIN
    against: Literal["absolute", "baseline", "previous", "target"] = "absolute"
    scale: Literal["points", "relative"] = "points"
    reads: Literal["value", "ci_low", "ci_high"] = "value"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a KPI should be: all `bounds` hold. `words` is how a person says it, `by` when it is due."""

    bounds: tuple[Bound, ...]
    words: str
    of: str = MAIN
    by: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """When to warn: any of `any_of` groups holds in all its bounds. `recover` must hold before it clears."""

    level: Level
    any_of: tuple[tuple[Bound, ...], ...]
    recover: tuple[Bound, ...] = ()
    for_periods: int = 1
    burn: tuple[tuple[timedelta, timedelta, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a KPI is compared with: a fixed `value`, or a window of its own history before deployment."""

    kind: Literal["value", "pre_deployment", "concurrent_control", "frozen_reference", "first_periods", "none"] = "none"
    value: Decimal | None = None
    window: str = ""
    frozen: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """How values come in, and whose approval a value typed by a person needs."""

    mode: Literal["source", "push", "csv", "manual"] = "source"
    approve: Literal["none", "owner", "four_eyes"] = "none"
    evidence: Literal["none", "required"] = "none"


@dataclass(frozen=True, slots=True)
class Remedy:
    """A signed web request that may mend what an alert is about: roll back a model, retrain it, switch traffic.

    `approvals` is how many people besides the one who asks have to agree `within` a time before it is sent, by the level of the
    alert; `dry_run` says that the receiver knows `"dry_run": true` and then changes nothing. `verify` is how long the KPI is
    given to recover.
    """

    name: str
    title: str
    url: str
    approvals: Mapping[Level, int] = field(default_factory=lambda: {"warning": 1, "critical": 2})
    within: timedelta = timedelta(minutes=30)
    verify: timedelta = timedelta(days=1)
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Alerting:
    """Which rules of a KPI alert, and how.

    `on` names the rules. `keep_firing_for` is how many further good periods an alert waits for before it resolves.
    `person` (the owner of its alerts) and `channel` are ids; `escalation` says after how long without an acknowledgement who is
    told, by level and step. `repeat` is after how long an alert that nobody acknowledged is told again. While one of
    `inhibited_by` fires, alerts of this KPI are not told.
    """

    on: tuple[str, ...] = ("limit", "burn", "stale")
    keep_firing_for: int = 0
    channel: str = ""
    person: str = ""
    escalation: Mapping[Level, Mapping[str, timedelta]] = field(default_factory=dict)
    repeat: Mapping[Level, timedelta] = field(default_factory=dict)
    open_incident: Literal["never", "critical", "always"] = "never"
    resolve: Literal["propose", "automatic"] = "propose"
    inhibited_by: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A worked example inside a definition: these inputs give these figures."""

    inputs: Mapping[str, Decimal | tuple[Decimal, ...]]
    expected: Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Estimator:
    """How the interval of a figure is found, at confidence `level`: figure name to a method of `bot.domain.intervals`.

    `numerator` and `denominator` name the inputs that are counted; `n` the input that counts the units behind the figure
    (for a list input: how many it holds), or a sum of such inputs. `options` names the further inputs that a method reads. A
    key with a figure before it (`points.numerator`) counts for that figure alone and goes before the common one.

    | method | interval of | reads |
    | `wilson`, `clopper_pearson` | numerator / denominator | |
    | `poisson_exact` | numerator, or numerator / denominator where one is named | |
    | `newcombe` | p₁ − p₀ | options `control_numerator`, `control_denominator` |
    | `score_ratio` | p₁ / p₀ − 1 (Miettinen–Nurminen) | the same |
    | `risk_ratio` | p₁ / p₀, by the same score interval | the same |
    | `welch` | x̄₁ − x̄₀, or times the input `scale` where one is named; x̄ = numerator / denominator | `control_numerator`, \
      `control_denominator`, and the standard deviations `sd`, `control_sd`; `scale` |
    | `fieller` | x̄₁ / x̄₀ − 1 | as `welch`, without `scale` |
    | `fieller_saving` | 1 − x̄₁ / x̄₀ | the same |
    | `student` | a mean whose units are `n`, by Student's t | `sd` |
    | `plus_two` | the same on a scale of 0 to 100; of fewer than 20, with one of 0 and one of 100 added | `sd` |
    | `bca` | the mean of a list input (Student below 20 and above 2,000) | `sample`, or the only list |
    | `median_exact` | the median of a list input, by order statistics | `sample` |
    | `f1_wilson` | F1 = 2J/(1+J), J = tp/(tp+fp+fn) | `true_positives`, `false_positives`, `false_negatives` |
    | `hanley_mcneil` | an area under the ROC curve | `auc`, `positives`, `negatives` |
    | `none` | nothing: no interval can be had | |
    """

    methods: Mapping[str, str] = field(default_factory=dict)
    level: Decimal = Decimal("0.95")
    numerator: str | None = None
    denominator: str | None = None
    n: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def counted(self) -> tuple[str, ...]:
        """The inputs that together count the units behind the figure."""
        return tuple(self.n.split(" + ")) if self.n else ()


@dataclass(frozen=True, slots=True)
class Kpi:
    """One definition at one version."""

    name: str
    title: str
    category: Category
    definition: str
    inputs: tuple[Input, ...]
    formula: str
    unit: Unit
    direction: Direction
    frequency: tuple[Grain, ...]
    owner: str
    also: Mapping[str, str] = field(default_factory=dict)
    also_units: Mapping[str, Unit] = field(default_factory=dict)
    also_titles: Mapping[str, str] = field(default_factory=dict)
    target: Target | None = None
    thresholds: tuple[Threshold, ...] = ()
    baseline: Baseline = Baseline()
    estimator: Estimator = Estimator()
    min_n: int = 0
    dimensions: tuple[str, ...] = ()
    visibility: frozenset[str] = frozenset()
    entry: Entry = Entry()
    timezone: str = "UTC"
    week_starts: Literal["monday", "sunday", "saturday"] = "monday"
    stale_after: Decimal = Decimal("1.5")
    label_delay: timedelta = timedelta()
    min_group: int = 0
    guardrail: tuple[str, ...] = ()
    alerts: Alerting = Alerting()
    runbook: str = ""
    sign_off: str = ""
    tests: tuple[Case, ...] = ()
    version: int = 0
    file: str = ""
    line: int = 0

    @property
    def grain(self) -> Grain:
        """The grain at which it is recorded unless one says otherwise."""
        return self.frequency[0]

    def unit_of(self, figure: str) -> Unit:
        """The unit of the KPI's own figure or of one of its `also` figures."""
        return self.unit if figure == MAIN else self.also_units.get(figure, self.unit)

    def title_of(self, figure: str) -> str:
        """What the KPI's own figure or one of its `also` figures is called."""
        return self.title if figure == MAIN else self.also_titles.get(figure) or figure.replace("_", " ").capitalize()
