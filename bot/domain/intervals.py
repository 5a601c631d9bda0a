"""Confidence intervals: one function per published method, and the rule by which a KPI's definition picks one."""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from scipy import special

from bot.domain.figures import Interval
from bot.domain.kpis import Estimator, Kpi
from bot.domain.observations import Inputs

Ends = tuple[float, float]
RESAMPLES = 2000
BOOTSTRAP_AT_LEAST = 20
"""With fewer values the bootstrap of a mean is too narrow: docs/numbers.md has what was measured."""
PLUS_TWO_BELOW = 20
"""With fewer units a mean on 0 to 100 has the plus-two interval: Student's held 88 % to 92 % there, for 95 %."""
BOOTSTRAP_AT_MOST = 2000
"""Beyond so many values a mean's bootstrap and Student's interval agree, and only the latter is quick."""


def interval_of(kpi: Kpi, figure: str, inputs: Inputs, figures: Mapping[str, Decimal | None]) -> Interval | None:
    """The interval of one figure of an observation, by the method that the KPI's estimator names for it.

    None where the definition names none, an input that it reads is absent, or the method has no answer: nothing was counted,
    too few values, a control that is not clearly different from zero.
    """
    method = kpi.estimator.methods.get(figure, "none")
    value = figures.get(figure)
    if method not in METHODS or value is None:
        return None
    try:
        data = _Data(kpi.estimator, figure, inputs, float(value), float(kpi.estimator.level))
        if method == "bca" and not BOOTSTRAP_AT_LEAST <= len(data.values()) <= BOOTSTRAP_AT_MOST:
            method, ends = "student", student_of(data.values(), data.level)
        else:
            ends = METHODS[method](data)
    except (OverflowError, ZeroDivisionError, _Absent):
        return None
    if ends is None or not all(math.isfinite(e) for e in ends):
        return None
    return Interval(Decimal(repr(ends[0])), Decimal(repr(ends[1])), kpi.estimator.level, method)


def wilson(successes: float, n: float, level: float = 0.95) -> Ends | None:
    """Score interval of a proportion. None when n is 0.

    Source: E. B. Wilson, JASA 22 (1927) 209-212; `proportion_confint(method="wilson")` of statsmodels.
    """
    if not 0 <= successes <= n or n == 0:
        return None
    z, p = _normal(level), successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (0.0 if successes == 0 else max(0.0, centre - half)), (1.0 if successes == n else min(1.0, centre + half))


def clopper_pearson(successes: float, n: float, level: float = 0.95) -> Ends | None:
    """Exact interval of a proportion, never narrower than its level. None when n is 0.

    Source: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404-413; `proportion_confint(method="beta")` of statsmodels.
    """
    if not 0 <= successes <= n or n == 0:
        return None
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(special.betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(special.betaincinv(successes + 1, n - successes, 1 - tail))
    return low, high


def poisson_exact(events: float, exposure: float = 1, level: float = 0.95) -> Ends | None:
    """Exact interval of a number of rare events, or of their rate per unit of `exposure`. None without exposure.

    Source: F. Garwood, Biometrika 28 (1936) 437-442; `confint_poisson(method="exact-c")` of statsmodels.
    """
    if events < 0 or exposure <= 0:
        return None
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(special.gammaincinv(events, tail))
    return low / exposure, float(special.gammaincinv(events + 1, 1 - tail)) / exposure


def newcombe(one: tuple[float, float], control: tuple[float, float], level: float = 0.95) -> Ends | None:
    """Interval of the difference of two independent proportions, each given as (successes, n), from their score intervals.

    Source: R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10; `confint_proportions_2indep(method="newcomb")`.
    """
    first, second = wilson(*one, level), wilson(*control, level)
    if first is None or second is None:
        return None
    p1, p0 = one[0] / one[1], control[0] / control[1]
    low = p1 - p0 - math.hypot(p1 - first[0], second[1] - p0)
    return low, p1 - p0 + math.hypot(first[1] - p1, p0 - second[0])


def risk_ratio(one: tuple[float, float], control: tuple[float, float], level: float = 0.95) -> Ends | None:
    """Score interval of the ratio of two independent proportions, each (successes, n). None when the control has no success.

    Source: O. Miettinen, M. Nurminen, Statistics in Medicine 4 (1985) 213-226;
    `confint_proportions_2indep(method="score", compare="ratio")` of statsmodels.
    """
    (x1, n1), (x0, n0) = one, control
    if n1 <= 0 or n0 <= 0 or not 0 <= x1 <= n1 or not 0 < x0 <= n0:
        return None
    z, ratio = _normal(level), (x1 / n1) / (x0 / n0)
    low = 0.0 if x1 == 0 else _crossing(lambda r: _ratio_score(one, control, r) - z, ratio, -1)
    return low, _crossing(lambda r: _ratio_score(one, control, r) + z, ratio or 1e-12, 1)


def score_ratio(one: tuple[float, float], control: tuple[float, float], level: float = 0.95) -> Ends | None:
    """The relative difference p₁/p₀ − 1 of two independent proportions, by the score interval of `risk_ratio`."""
    ends = risk_ratio(one, control, level)
    return None if ends is None else (ends[0] - 1, ends[1] - 1)


@dataclass(frozen=True, slots=True)
class Mean:
    """A sample's mean, standard deviation and size."""

    mean: float
    sd: float
    n: float

    @property
    def variance(self) -> float:
        """The variance of the mean."""
        return self.sd * self.sd / self.n


def welch(one: Mean, control: Mean, level: float = 0.95) -> Ends | None:
    """Interval of the difference of two means with unequal variances. None for fewer than two units on a side.

    Source: B. L. Welch, Biometrika 34 (1947) 28-35; `scipy.stats.ttest_ind(equal_var=False).confidence_interval()`.
    """
    freedom = _welch_freedom(one, control)
    if freedom is None:
        return None
    half = _student(level, freedom) * math.sqrt(one.variance + control.variance)
    return one.mean - control.mean - half, one.mean - control.mean + half


def welch_p(one: Mean, control: Mean) -> float | None:
    """The two-sided p-value of the test that `welch` inverts. None where it has no interval."""
    freedom = _welch_freedom(one, control)
    if freedom is None:
        return None
    t = (one.mean - control.mean) / math.sqrt(one.variance + control.variance)
    return float(2 * special.stdtr(freedom, -abs(t)))


def fieller(one: Mean, control: Mean, level: float = 0.95) -> Ends | None:
    """Interval of the relative difference x̄₁/x̄₀ − 1 of two independent means of large samples.

    None unless g = z²·var(x̄₀)/x̄₀² < 1: otherwise the control may be zero, and the ratio anything.
    Source: E. C. Fieller, J. Roy. Stat. Soc. B 16 (1954) 175-185.
    """
    if one.n < 2 or control.n < 2 or control.mean == 0:
        return None
    z, ratio = _normal(level), one.mean / control.mean
    g = z * z * control.variance / control.mean**2
    if g >= 1:
        return None
    half = z / abs(control.mean) * math.sqrt((1 - g) * one.variance + ratio**2 * control.variance)
    return (ratio - half) / (1 - g) - 1, (ratio + half) / (1 - g) - 1


def student(sample: Mean, level: float = 0.95) -> Ends | None:
    """Interval of a mean. None for fewer than two units.

    Source: Student, Biometrika 6 (1908) 1-25; `scipy.stats.t.interval`.
    """
    if sample.n < 2:
        return None
    half = _student(level, sample.n - 1) * math.sqrt(sample.variance)
    return sample.mean - half, sample.mean + half


def plus_two(sample: Mean) -> Mean:
    """A sample on 0 to 100 with one answer of 0 and one of 100 added, so that a few like answers do not seem certain.

    Student's interval of it held the true mean of five-point answers in at least 98.9 % of samples of five and 99.3 % of
    twelve near the ceiling, for 95 %. Our own rule, after A. Agresti, B. A. Coull, The American Statistician 52 (1998) 119-126.
    """
    n = sample.n + 2
    mean = (sample.n * sample.mean + 100) / n
    between = sample.n * (sample.mean - mean) ** 2 + mean**2 + (100 - mean) ** 2
    return Mean(mean, math.sqrt(((sample.n - 1) * sample.sd**2 + between) / (n - 1)), n)


def has_few(sample: Mean) -> bool:
    """Whether a mean on 0 to 100 takes `plus_two`: of fewer than `PLUS_TWO_BELOW`, or where all are alike."""
    return sample.n < PLUS_TWO_BELOW or sample.sd == 0


def careful(sample: Mean) -> Mean:
    """A sample on 0 to 100 as its interval is made: with `plus_two` where it `has_few`."""
    return plus_two(sample) if has_few(sample) else sample


@lru_cache(maxsize=4096)
def bca(values: tuple[float, ...], level: float = 0.95) -> Ends | None:
    """Bootstrap interval of a mean, corrected for bias and acceleration, from 2,000 resamples with a fixed seed.

    The same values give the same interval, always. None for fewer than two distinct values.
    Source: B. Efron, JASA 82 (1987) 171-185; `scipy.stats.bootstrap(method="BCa")`.
    """
    import numpy as np

    data = np.asarray(values, dtype=float)
    if len(set(values)) < 2:
        return None
    random = np.random.default_rng(19870)
    rows = max(1, 200_000 // data.size)
    means = np.concatenate(
        [
            data[random.integers(0, data.size, (min(rows, RESAMPLES - done), data.size))].mean(axis=1)
            for done in range(0, RESAMPLES, rows)
        ]
    )
    mean = data.mean()
    below = float(np.mean(means < mean) + np.mean(means <= mean)) / 2
    bias = float(special.ndtri(below))
    left_out = mean - (data.sum() - data) / (data.size - 1)
    acceleration = float((left_out**3).sum() / (6 * (left_out**2).sum() ** 1.5))
    z = _normal(level)
    shares = [float(special.ndtr(bias + (bias + s) / (1 - acceleration * (bias + s)))) for s in (-z, z)]
    # A mean of equal values may differ from them in its last digit; it never lies outside the data.
    low, high = np.clip(np.quantile(means, shares), data.min(), data.max())
    return float(low), float(high)


def student_of(values: Sequence[float], level: float = 0.95) -> Ends | None:
    """Student's interval of a mean; not below zero where no value is. None for fewer than two distinct values."""
    import numpy as np

    if len(set(values)) < 2:
        return None
    data = np.asarray(values, dtype=float)
    ends = student(Mean(float(data.mean()), float(data.std(ddof=1)), data.size), level)
    return (max(0.0, ends[0]), ends[1]) if ends and data.min() >= 0 else ends


def median_exact(values: Sequence[float], level: float = 0.95) -> Ends | None:
    """Interval of a median between two of the values themselves. None where so few values cannot reach the level.

    Source: order statistics and the binomial distribution, W. J. Conover, Practical Nonparametric Statistics (1999) 3.2.
    """
    n, ordered = len(values), sorted(values)
    rank = bisect_right(range(n // 2), (1 - level) / 2, key=lambda r: float(special.bdtr(r, n, 0.5)))
    return (ordered[rank - 1], ordered[n - rank]) if rank else None


def f1_wilson(true_positives: float, false_positives: float, false_negatives: float, level: float = 0.95) -> Ends | None:
    """Interval of F1 = 2J/(1+J) from the score interval of the Jaccard index J = tp/(tp+fp+fn), of which it is a function.

    Source: Wilson (1927) for J; F1 rises with J, so that its ends are the ends of F1.
    """
    ends = wilson(true_positives, true_positives + false_positives + false_negatives, level)
    return None if ends is None else (2 * ends[0] / (1 + ends[0]), 2 * ends[1] / (1 + ends[1]))


def hanley_mcneil(auc: float, positives: float, negatives: float, level: float = 0.95) -> Ends | None:
    """Interval of an area under the ROC curve from the numbers of cases. None without cases of both kinds.

    Source: J. A. Hanley, B. J. McNeil, Radiology 143 (1982) 29-36.
    """
    if positives < 1 or negatives < 1 or not 0 <= auc <= 1:
        return None
    q1, q2 = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    spread = auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc)
    half = _normal(level) * math.sqrt(max(0.0, spread) / (positives * negatives))
    return max(0.0, auc - half), min(1.0, auc + half)


class _Absent(Exception):
    """The observation lacks an input that the method reads."""


@dataclass(frozen=True, slots=True)
class _Data:
    """What a method may read: the inputs of an observation by their part in the estimator."""

    estimator: Estimator
    figure: str
    inputs: Inputs
    value: float
    level: float

    def name(self, part: str) -> str | None:
        """The input that plays the part, for this figure before all figures."""
        options = self.estimator.options
        common = {"numerator": self.estimator.numerator, "denominator": self.estimator.denominator, "n": self.estimator.n}
        return options.get(f"{self.figure}.{part}") or common.get(part) or options.get(part)

    def number(self, part: str) -> float:
        found = self.inputs.get(self.name(part) or "")
        if found is None:
            raise _Absent
        return float(len(found)) if isinstance(found, tuple) else float(found)

    def values(self) -> tuple[float, ...]:
        name = self.name("sample")
        lists = [v for k, v in self.inputs.items() if isinstance(v, tuple) and name in (None, k)]
        if len(lists) != 1:
            raise _Absent
        return tuple(float(v) for v in lists[0])

    def counted(self) -> tuple[float, float]:
        return self.number("numerator"), self.number("denominator")

    def control(self) -> tuple[float, float]:
        return self.number("control_numerator"), self.number("control_denominator")

    def means(self) -> tuple[Mean, Mean]:
        (total1, n1), (total0, n0) = self.counted(), self.control()
        return Mean(total1 / n1, self.number("sd"), n1), Mean(total0 / n0, self.number("control_sd"), n0)


def _poisson(data: _Data) -> Ends | None:
    return poisson_exact(data.number("numerator"), data.number("denominator") if data.name("denominator") else 1, data.level)


def _welch(data: _Data) -> Ends | None:
    ends = welch(*data.means(), data.level)
    if ends is None or not data.name("scale"):
        return ends
    scale = data.number("scale")
    return ends[0] * scale, ends[1] * scale


def _fieller_saving(data: _Data) -> Ends | None:
    ends = fieller(*data.means(), data.level)
    return None if ends is None else (-ends[1], -ends[0])


def _f1(data: _Data) -> Ends | None:
    return f1_wilson(data.number("true_positives"), data.number("false_positives"), data.number("false_negatives"), data.level)


def _plus_two(data: _Data) -> Ends | None:
    sample = Mean(data.value, data.number("sd"), data.number("n"))
    if sample.n < 1:
        return None
    ends = student(careful(sample), data.level)
    return None if ends is None else (max(0.0, ends[0]), min(100.0, ends[1]))


METHODS: Mapping[str, Callable[[_Data], Ends | None]] = {
    "wilson": lambda d: wilson(*d.counted(), d.level),
    "clopper_pearson": lambda d: clopper_pearson(*d.counted(), d.level),
    "poisson_exact": _poisson,
    "newcombe": lambda d: newcombe(d.counted(), d.control(), d.level),
    "score_ratio": lambda d: score_ratio(d.counted(), d.control(), d.level),
    "risk_ratio": lambda d: risk_ratio(d.counted(), d.control(), d.level),
    "welch": _welch,
    "fieller": lambda d: fieller(*d.means(), d.level),
    "fieller_saving": _fieller_saving,
    "student": lambda d: student(Mean(d.value, d.number("sd"), d.number("n")), d.level),
    "plus_two": _plus_two,
    "bca": lambda d: bca(d.values(), d.level),
    "median_exact": lambda d: median_exact(d.values(), d.level),
    "f1_wilson": _f1,
    "hanley_mcneil": lambda d: hanley_mcneil(d.number("auc"), d.number("positives"), d.number("negatives"), d.level),
    "none": lambda _: None,
}
"""Every method that an estimator may name, by that name."""


@lru_cache(maxsize=64)
def _normal(level: float) -> float:
    return float(special.ndtri((1 + level) / 2))


def _student(level: float, freedom: float) -> float:
    return float(special.stdtrit(freedom, (1 + level) / 2))


def _welch_freedom(one: Mean, control: Mean) -> float | None:
    variance = one.variance + control.variance if min(one.n, control.n) >= 2 else 0.0
    return variance**2 / (one.variance**2 / (one.n - 1) + control.variance**2 / (control.n - 1)) if variance else None


def _ratio_score(one: tuple[float, float], control: tuple[float, float], ratio: float) -> float:
    (x1, n1), (x0, n0) = one, control
    a, b, c = (n1 + n0) * ratio, -(n1 * ratio + x1 + n0 + x0 * ratio), x1 + x0
    p0 = min(1.0, (-b - math.sqrt(max(0.0, b * b - 4 * a * c))) / (2 * a))
    p1 = min(1.0, ratio * p0)
    variance = (p1 * (1 - p1) / n1 + ratio**2 * p0 * (1 - p0) / n0) * (n1 + n0) / (n1 + n0 - 1)
    distance = x1 / n1 - ratio * x0 / n0
    return math.copysign(math.inf, distance) if variance <= 0 else distance / math.sqrt(variance)


def _crossing(score: Callable[[float], float], start: float, way: int) -> float:
    """Where a score that falls with the ratio is zero, on the `way` side of `start`: bisection on a logarithmic scale."""
    inner, step = math.log(start), 0.5
    outer = inner + way * step
    while score(math.exp(outer)) * way > 0:
        if abs(outer) > 60:
            return math.inf if way > 0 else 0.0
        inner, step = outer, step * 2
        outer += way * step
    while abs(outer - inner) > 1e-13 * max(1.0, abs(outer)):
        middle = (inner + outer) / 2
        if middle in (inner, outer):
            break
        if score(math.exp(middle)) * way > 0:
            inner = middle
        else:
            outer = middle
    return math.exp((inner + outer) / 2)
