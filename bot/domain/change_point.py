"""Whether the mean of a series changed once, and where: one published test, with bounds of the place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

FEWEST = 8
"""In fewer points no change is looked for."""
LEAST_SIDE = 2
"""A change has so many points on either side: a single one is an outlier as well as a change."""
FALSE_ALARMS = 0.01
"""The share of series without a change in which one is found."""
RESAMPLES = 4999


@dataclass(frozen=True, slots=True)
class Change:
    """`place` points come before the change, with mean `before`; `after` is that of the others. `p` is that of the test.

    `low` and `high` bound the place at the level asked for: it may be any of them and what lies between.
    """

    place: int
    before: float
    after: float
    p: float
    low: int
    high: int


def change_point(values: Sequence[float], level: float = 0.95) -> Change | None:
    """The single change of the mean of a series; None in too few points, or where p is above `FALSE_ALARMS`.

    The statistic is the greatest |t| of the two-sample test over all places: the likelihood ratio for a shift in a normal mean.
    Its p comes from permutations with a fixed seed and needs no normal distribution, only points that could have come in any
    order where nothing changed: a trend or a series that remembers itself may be taken for a change. The bounds are by the
    bootstrap of residuals, seeded as well.
    Sources: K. J. Worsley, JASA 74 (1979) 365-367; J. Antoch, M. Hušková, Statistics & Probability Letters 53 (2001) 37-46 for
    the permutations; J. Antoch, M. Hušková, N. Veraverbeke, J. Nonparametric Statistics 5 (1995) 123-144 for the bootstrap.
    """
    import numpy as np

    data = np.asarray(values, dtype=float)
    if data.size < FEWEST or not np.isfinite(data).all() or np.ptp(data) <= 1e-12 * np.abs(data).max():
        return None
    data = data / np.abs(data).max()  # no square is too large or too small for a float
    random = np.random.default_rng(1979)
    shuffled = random.permuted(np.broadcast_to(data, (RESAMPLES, data.size)), axis=1)
    explained = _explained(data[None, :])
    greatest = float(explained.max())
    p = (1 + int((_explained(shuffled).max(axis=1) >= greatest * (1 - 1e-12)).sum())) / (RESAMPLES + 1)
    if p > FALSE_ALARMS:
        return None
    place = LEAST_SIDE + int(explained.argmax())
    low, high = _bounds(data, place, level, random)
    return Change(place, math.fsum(values[:place]) / place, math.fsum(values[place:]) / (len(values) - place), p, low, high)


def _explained(series: "Floats") -> "Floats":
    """For each series and place, the share of the squares about the mean that two means explain: it rises with |t|."""
    import numpy as np

    n = series.shape[1]
    centred = series - series.mean(axis=1, keepdims=True)
    places = np.arange(LEAST_SIDE, n - LEAST_SIDE + 1)
    sums = centred.cumsum(axis=1)[:, places - 1]
    squares = (centred**2).sum(axis=1, keepdims=True)
    return np.asarray(sums**2 * n / (places * (n - places)) / np.where(squares > 0, squares, 1))


def _bounds(data: "Floats", place: int, level: float, random: object) -> tuple[int, int]:
    """Between which places the change lies: how far the place strays in series made of the two means and shuffled residuals."""
    import numpy as np

    assert isinstance(random, np.random.Generator)
    n = data.size
    means = np.where(np.arange(n) < place, data[:place].mean(), data[place:].mean())
    residuals = (data - means) * math.sqrt(n / (n - 2))
    again = means + random.choice(residuals, (RESAMPLES, n))
    strayed = LEAST_SIDE + _explained(again).argmax(axis=1) - place
    first, last = np.quantile(strayed, ((1 - level) / 2, (1 + level) / 2), method="inverted_cdf")
    low, high = (int(np.clip(place - by, LEAST_SIDE, n - LEAST_SIDE)) for by in (last, first))
    return min(low, place), max(high, place)
