"""Whether the latest figure is unusual, by one published rule with a calibrated false-alarm rate."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from scipy import special

from bot.domain.figures import Unusual

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

RULE = (
    "With fewer than 8 points of history nothing is called unusual. From 8 points on, the latest figure is compared with the"
    " median of those before it: robust z = |x − median| / (1.4826 · MAD) beyond a limit calibrated for a false-alarm rate of"
    " 1 % (5.92 at 8 points, 3.51 at 20, 3.17 at 30, 2.89 at 52, 2.73 at 104) is unusual. From 20 points on a trend"
    " (Mann–Kendall p < 0.01) is first taken out by Theil–Sen's slope, and autocorrelation (r₁ > 2/√n) by a first-order model."
    " Where more than half of the history is one and the same figure, the share of points as far away decides."
)
"""The rule as users read it."""

FEWEST = 8
MOST = 104
"""The rule looks back on so many points at most."""
FALSE_ALARMS = 0.01
_LIMITS = {8: 5.92, 10: 5.00, 12: 4.39, 16: 3.81, 20: 3.51, 26: 3.28, 30: 3.17, 40: 3.02, 52: 2.89, 78: 2.80, 104: 2.73}
_MAD_TO_SD = 1.4826


def unusual(history: Sequence[Decimal | float], latest: Decimal | float) -> Unusual:
    """What the rule (`RULE`) says of `latest` after `history`, oldest first and without gaps filled in.

    `low` and `high` are the figures between which it would have been usual. `p` is the chance of a figure at least so far off
    where nothing changed: of Student's distribution whose 1 % limit is the calibrated one, so that it can be adjusted.
    Sources: the limits are our own simulation (80,000 to 200,000 series a point); H. B. Mann, Econometrica 13 (1945) 245-259;
    P. K. Sen, JASA 63 (1968) 1379-1389; M. G. Kendall, Rank Correlation Methods (1970) for ties.
    """
    import numpy as np

    values = np.asarray([float(v) for v in history[-MOST:]], dtype=float)
    points, x = len(values), float(latest)
    if points < FEWEST or not math.isfinite(x) or not np.isfinite(values).all():
        return Unusual("history too short", points)
    model = _model(values) if points >= 20 else _Model(values)
    residuals = model.residuals
    centre = float(np.median(residuals))
    spread = _MAD_TO_SD * float(np.median(np.abs(residuals - centre)))
    expected = model.expected + centre
    if spread <= 1e-12 * max(abs(expected), float(np.abs(values).max())):
        return _among_equals(residuals - centre, x - expected, points)
    z, limit = (x - expected) / spread, limit_for(len(residuals))
    low, high = expected - limit * spread, expected + limit * spread
    return Unusual("unusual" if abs(z) > limit else "usual", points, z, limit, low, high, p_of(z, len(residuals)))


def limit_for(points: int) -> float:
    """The limit of robust z for a false-alarm rate of 1 %, between the simulated ones by 1/n."""
    known = sorted(_LIMITS)
    if points >= known[-1]:
        return _LIMITS[known[-1]]
    upper = next(n for n in known if n >= max(points, FEWEST))
    lower = max((n for n in known if n < upper), default=upper)
    if upper == lower:
        return _LIMITS[upper]
    share = (1 / max(points, FEWEST) - 1 / upper) / (1 / lower - 1 / upper)
    return _LIMITS[upper] + share * (_LIMITS[lower] - _LIMITS[upper])


def p_of(z: float, points: int) -> float:
    """The two-sided p-value of a robust z after so many points; 0.01 at `limit_for(points)`."""
    return float(2 * special.stdtr(_freedom(points), -abs(z)))


def adjust(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for how many were looked at, in the same order: those below q hold a share of false alarms below q.

    Source: Y. Benjamini, Y. Hochberg, J. Roy. Stat. Soc. B 57 (1995) 289-300; `multipletests(method="fdr_bh")` of statsmodels.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i], reverse=True)
    adjusted, least = [0.0] * len(p_values), 1.0
    for rank, index in zip(range(len(p_values), 0, -1), order, strict=True):
        least = min(least, p_values[index] * len(p_values) / rank)
        adjusted[index] = least
    return adjusted


@dataclass(frozen=True, slots=True)
class _Model:
    """What is left of a history when trend and autocorrelation are taken out, and what they let one expect next."""

    residuals: "Floats"
    expected: float = 0.0


def _model(values: "Floats") -> _Model:
    import numpy as np

    n = len(values)
    index = np.arange(n)
    slope = _slope(values) if _trend_p(values) < 0.01 else 0.0
    level = float(np.median(values - slope * index))
    rest = values - slope * index - level
    expected = slope * n + level
    squares = float((rest - rest.mean()) @ (rest - rest.mean()))
    memory = float((rest[1:] - rest.mean()) @ (rest[:-1] - rest.mean())) / squares if squares else 0.0
    if memory > 2 / math.sqrt(n):
        return _Model(rest[1:] - memory * rest[:-1], expected + memory * float(rest[-1]))
    return _Model(rest, expected)


def _trend_p(values: "Floats") -> float:
    """The p-value of Mann and Kendall's test for a monotonic trend, corrected for ties."""
    import numpy as np

    n = len(values)
    score = float(np.sign(values[None, :] - values[:, None])[np.triu_indices(n, 1)].sum())
    ties = np.unique(values, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    if variance <= 0 or score == 0:
        return 1.0
    return float(2 * special.ndtr(-(abs(score) - 1) / math.sqrt(variance)))


def _slope(values: "Floats") -> float:
    """Theil and Sen's slope: the median of the slopes between all pairs of points."""
    import numpy as np

    earlier, later = np.triu_indices(len(values), 1)
    return float(np.median((values[later] - values[earlier]) / (later - earlier)))


def _among_equals(residuals: "Floats", distance: float, points: int) -> Unusual:
    import numpy as np

    far = np.abs(residuals) >= abs(distance) - 1e-12 * max(1.0, abs(distance))
    p = (1 + int(far.sum())) / (len(residuals) + 1)
    return Unusual("unusual" if p <= FALSE_ALARMS else "usual", points, p=p)


@lru_cache(maxsize=256)
def _freedom(points: int) -> float:
    """The degrees of freedom for which Student's distribution has its 1 % limit where the calibrated one is."""
    low, high = 1.0, 1e6
    for _ in range(60):
        middle = math.sqrt(low * high)
        if float(special.stdtrit(middle, 1 - FALSE_ALARMS / 2)) > limit_for(points):
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)
