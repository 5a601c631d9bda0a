"""How long incidents took: means, medians and attainment of durations, and what those that still run say of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from scipy import special

from bot.domain import intervals
from bot.domain.intervals import BOOTSTRAP_AT_LEAST, BOOTSTRAP_AT_MOST, Ends, Mean

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

FEWEST = 5
"""With fewer spans that are over, n is too small to say anything of the next one."""
_ALIKE = 1e-9
"""What differs by a smaller share of the longest span, or of a probability, was told apart by rounding alone."""


class Span(NamedTuple):
    """How long something took, or has taken so far: `hours` of elapsed time, at least 0, from seconds to weeks.

    It still runs where `over` is false: it will take at least so long (right-censored). `target` is how many hours it should
    not exceed, None where there is none.
    """

    hours: float
    over: bool = True
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Attainment:
    """`met` of `n` spans kept their target, with Wilson's interval of that share (None when n is 0).

    A span keeps its target where it takes no longer. One that still runs is counted, as missed, once it is past its target, and
    not before: what it will be is not known.
    """

    met: int
    n: int
    interval: Ends | None


@dataclass(frozen=True, slots=True)
class Durations:
    """What a set of spans says of their length, all in hours; None where they do not say it, never zero.

    `n` spans are over and `open` still run. `mean`, `median` (interpolated), `geometric_mean` and `p90` (numpy's linear
    quantile) are of those that are over; while others run they are too low, as the longest are the last to end. Only
    `survival_median` counts both. `geometric_mean` is None where a span of zero hours is among them: zero has no logarithm, and
    both to leave it out and to put a small number in its place would move the figure at will.
    """

    n: int
    open: int
    mean: float | None = None
    mean_interval: Ends | None = None
    median: float | None = None
    median_interval: Ends | None = None
    geometric_mean: float | None = None
    geometric_interval: Ends | None = None
    p90: float | None = None
    survival_median: float | None = None
    survival_interval: tuple[float | None, float | None] | None = None
    attainment: Attainment | None = None

    @property
    def too_few(self) -> bool:
        """Whether fewer than `FEWEST` spans are over."""
        return self.n < FEWEST


def summarize(spans: Sequence[Span], level: float = 0.95) -> Durations:
    """What the spans say of their length, whatever their order, with intervals at `level`.

    - `mean_interval`: Student's below 20 spans, never below zero; BCa from 20 to 2,000; Student's above. It and
      `geometric_interval` are None where all spans are equally long.
    - `median_interval`: between two of the spans (`intervals.median_exact`), None where so few cannot reach the level.
    - `geometric_interval`: Student's on the logarithms.
    - `survival_median`: the time after which less than half still runs by Kaplan and Meier's curve, None where it does not fall
      so low. It never goes down by a span that still runs. Where none runs and n is even, it is the later of the two middle
      spans, between which `median` lies.
    - `survival_interval`: from Brookmeyer and Crowley's test on the log-log scale, between two ends of spans. Its high end is
      None where the test has none, and all of it where the test accepts no time at all, as with a single span. It is an
      approximation, and too narrow for few spans.

    Sources: E. L. Kaplan, P. Meier, JASA 53 (1958) 457-481; R. Brookmeyer, J. Crowley, Biometrics 38 (1982) 29-41, as
    `SurvfuncRight.quantile` and `.quantile_ci(method="cloglog")` of statsmodels; for the others `bot.domain.intervals`.

    :raises ValueError: hours or a target are negative or not finite, or the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"level {level} is not between 0 and 1")
    _check(spans)
    ended = sorted(s.hours for s in spans if s.over)
    if not ended:
        return Durations(0, len(spans), attainment=_attainment(spans, level))
    import numpy as np

    mean, mean_interval = _mean(ended, level)
    geometric_mean, geometric_interval = _geometric(ended, level)
    median, p90 = np.quantile(ended, (0.5, 0.9))
    curve = _curve(spans)
    return Durations(
        n=len(ended),
        open=len(spans) - len(ended),
        mean=mean,
        mean_interval=mean_interval,
        median=float(median),
        median_interval=intervals.median_exact(ended, level),
        geometric_mean=geometric_mean,
        geometric_interval=geometric_interval,
        p90=float(p90),
        survival_median=_survival_median(curve),
        survival_interval=_survival_interval(curve, level),
        attainment=_attainment(spans, level),
    )


def kaplan_meier(spans: Sequence[Span]) -> tuple[tuple[float, float], ...]:
    """The curve of what still runs: (hours, the share that runs for longer), one step for each length at which a span ended.

    Before the first step the share is 1. A span that still runs counts among those that could have ended up to its own length,
    that length included; of how it will end nothing is assumed but that it is like the others. Empty where none is over.
    Source: E. L. Kaplan, P. Meier, JASA 53 (1958) 457-481; `SurvfuncRight` of statsmodels.

    :raises ValueError: hours or a target are negative or not finite.
    """
    _check(spans)
    curve = _curve(spans)
    return tuple(zip(curve.hours.tolist(), curve.share.tolist(), strict=True))


def _check(spans: Sequence[Span]) -> None:
    for s in spans:
        if not 0 <= s.hours < math.inf:
            raise ValueError(f"{s.hours} hours are no elapsed time")
        if s.target is not None and not 0 <= s.target < math.inf:
            raise ValueError(f"{s.target} hours are no target")


def _attainment(spans: Sequence[Span], level: float) -> Attainment | None:
    aimed = [(s.over, s.hours <= s.target) for s in spans if s.target is not None]
    if not aimed:
        return None
    counted = [within for over, within in aimed if over or not within]
    return Attainment(sum(counted), len(counted), intervals.wilson(sum(counted), len(counted), level))


def _mean(ended: list[float], level: float) -> tuple[float, Ends | None]:
    # In a power of two, near the longest, as unit: it changes no digit, and no square is too large or too small for a float.
    unit = math.ldexp(1.0, math.frexp(ended[-1])[1] - 1)
    values = tuple(hours / unit for hours in ended)
    mean = min(max(math.fsum(values) / len(values), values[0]), values[-1])
    if _all_alike(ended):
        return mean * unit, None
    is_bootstrapped = BOOTSTRAP_AT_LEAST <= len(values) <= BOOTSTRAP_AT_MOST
    ends = intervals.bca(values, level) if is_bootstrapped else intervals.student_of(values, level)
    return mean * unit, _finite(ends[0] * unit, ends[1] * unit) if ends else None


def _geometric(ended: list[float], level: float) -> tuple[float | None, Ends | None]:
    import numpy as np

    if ended[0] == 0:
        return None, None
    logs = np.log(ended)
    mean = min(max(math.exp(float(logs.mean())), ended[0]), ended[-1])
    ends = (
        None if _all_alike(ended) else intervals.student(Mean(float(logs.mean()), float(logs.std(ddof=1)), len(ended)), level)
    )
    try:
        return mean, _finite(math.exp(ends[0]), math.exp(ends[1])) if ends else None
    except OverflowError:
        return mean, None


def _all_alike(ordered: list[float]) -> bool:
    return ordered[-1] - ordered[0] <= _ALIKE * ordered[-1]


def _finite(low: float, high: float) -> Ends | None:
    return (low, high) if math.isfinite(high) else None


@dataclass(frozen=True, slots=True)
class _Curve:
    """Kaplan and Meier's curve: at each of `hours` so many `ended` of those `running`, and `share` runs for longer."""

    hours: "Floats"
    ended: "Floats"
    running: "Floats"
    share: "Floats"


def _curve(spans: Sequence[Span]) -> _Curve:
    import numpy as np

    lengths = np.array([s.hours for s in spans], dtype=float)
    over = np.array([s.over for s in spans], dtype=bool)
    hours, counts = np.unique(lengths[over], return_counts=True)
    ended = counts.astype(float)
    running = (lengths.size - np.searchsorted(np.sort(lengths), hours)).astype(float)
    return _Curve(hours, ended, running, np.cumprod((running - ended) / running))


def _survival_median(curve: _Curve) -> float | None:
    import numpy as np

    low = np.flatnonzero(curve.share < 0.5 - _ALIKE)
    return float(curve.hours[low[0]]) if low.size else None


def _survival_interval(curve: _Curve, level: float) -> tuple[float, float | None] | None:
    """From the first length at which half may still run to the one after the last, by tests of log(−log share)."""
    import numpy as np

    inner = curve.running > curve.ended  # at the end of all, Greenwood's formula has no answer
    ended, running, logs = curve.ended[inner], curve.running[inner], np.log(curve.share[inner])
    error = np.sqrt(np.cumsum(ended / (running * (running - ended)))) / -logs
    z, limit = (np.log(-logs) - math.log(math.log(2))) / error, float(special.ndtri((1 + level) / 2))
    accepted = np.flatnonzero(np.abs(z) <= limit)
    if not accepted.size:
        return None
    # A curve that falls past half in one step is accepted, if at all, where few are left: the low end is that step.
    first, after = int(np.argmax(z >= -limit)), int(accepted[-1]) + 1
    return float(curve.hours[first]), float(curve.hours[after]) if after < curve.hours.size else None
