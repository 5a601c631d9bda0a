"""Whether the items of a score belong together, and what goes together with an outcome: alpha, omega and correlations."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy import special

from bot.domain.intervals import Ends
from bot.domain.survey_stats import Estimate

LEAST_CORRELATED = 30
"""No correlation is told from fewer answers: one of .5 among ten lies anywhere from −.19 to .86."""
_ROUNDS = 20_000
_STILL = 1e-13

Matrix = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Reliability:
    """How consistently `items` items measure one thing, by `n` people's answers.

    Cronbach's `alpha` with Feldt's interval from `low` to `high`, and McDonald's `omega` of a one-factor model, None where that
    model has no proper answer. At most 1; an alpha may be negative.
    """

    alpha: float
    low: float
    high: float
    omega: float | None
    items: int
    n: int


def reliability(covariance: Matrix, n: int, level: float = 0.95) -> Reliability | None:
    """Alpha and omega of the sum of items, from the items' covariance matrix and the number of people who answered all of them.

    None with fewer than two items or people, or where the sum does not vary.
    Sources: L. J. Cronbach, Psychometrika 16 (1951) 297-334; `feldt` and `omega` have theirs.

    :raises ValueError: the matrix is not square and symmetric, or a variance is negative.
    """
    _check(covariance)
    items, total = len(covariance), math.fsum(math.fsum(row) for row in covariance)
    if items < 2 or n < 2 or total <= 0:
        return None
    own = math.fsum(covariance[i][i] for i in range(items))
    alpha = items / (items - 1) * (1 - own / total)
    return Reliability(alpha, *feldt(alpha, items, n, level), omega(covariance), items, n)


def covariance_of(items: Sequence[Sequence[float]]) -> Matrix:
    """The covariance (n−1) of each two items, given as one column each of the same people in the same order, two at least."""
    n = len(items[0])
    means = [math.fsum(item) / n for item in items]
    apart = [[value - mean for value in item] for item, mean in zip(items, means, strict=True)]
    return [[math.fsum(x * y for x, y in zip(one, other, strict=True)) / (n - 1) for other in apart] for one in apart]


def feldt(alpha: float, items: int, n: int, level: float = 0.95) -> Ends:
    """Interval of Cronbach's alpha: (1−α)/(1−α̂) has the F distribution of (n−1)(k−1) and n−1 degrees of freedom.

    Source: L. S. Feldt, Psychometrika 30 (1965) 357-370.

    :raises ValueError: fewer than two items or people.
    """
    if items < 2 or n < 2:
        raise ValueError("give at least two items and two people")
    tail, people = (1 - level) / 2, n - 1
    others = people * (items - 1)
    low, high = (1 - (1 - alpha) * float(special.fdtri(people, others, p)) for p in (1 - tail, tail))
    return low, high


def omega(covariance: Matrix) -> float | None:
    """McDonald's omega of the sum of items: (Σλ)² / ((Σλ)² + Σψ) of the one-factor model of least squares (`minres`).

    None where there is no such model.
    Source: R. P. McDonald, Test Theory: A Unified Treatment (1999) 6.

    :raises ValueError: the matrix is not square and symmetric, or a variance is negative.
    """
    loadings = minres(covariance)
    if loadings is None:
        return None
    common = math.fsum(loadings) ** 2
    unique = math.fsum(row[i] - loadings[i] ** 2 for i, row in enumerate(covariance))
    return common / (common + unique) if common + unique > 0 else None


def minres(covariance: Matrix) -> tuple[float, ...] | None:
    """The loadings of one factor, in the items' unit, that leave the least squares of the residual covariances.

    Each loading in turn is set to its best, until none moves; the communalities are not used. None with fewer than three items,
    where items do not go together, where nothing is reached, or where a loading is larger than its item's standard deviation (a
    Heywood case).
    Source: H. H. Harman, W. H. Jones, Psychometrika 31 (1966) 351-368.

    :raises ValueError: the matrix is not square and symmetric, or a variance is negative.
    """
    _check(covariance)
    items = range(len(covariance))
    rest = [math.fsum(row[j] for j in items if j != i) for i, row in enumerate(covariance)]
    if len(items) < 3 or math.fsum(rest) <= 0:
        return None
    loadings = [r / math.sqrt(math.fsum(rest)) for r in rest]
    scale = math.sqrt(max(covariance[i][i] for i in items))
    for _ in range(_ROUNDS):
        moved = 0.0
        for i in items:
            others = math.fsum(loadings[j] ** 2 for j in items if j != i)
            if others <= 0:
                return None
            best = math.fsum(covariance[i][j] * loadings[j] for j in items if j != i) / others
            moved, loadings[i] = max(moved, abs(best - loadings[i])), best
        if moved <= _STILL * scale:
            is_proper = all(loadings[i] ** 2 <= covariance[i][i] * (1 + 1e-9) for i in items)
            return tuple(loadings) if is_proper else None
    return None


def correlation(
    item: Sequence[float], outcome: Sequence[float], method: Literal["pearson", "spearman"] = "spearman", level: float = 0.95
) -> Estimate | None:
    """How an item goes together with an outcome, one value of each a person in the same order, from −1 to 1 with its interval.

    An association: neither need be the cause of the other. None below `LEAST_CORRELATED` people, or where a side does not vary.
    Source: C. Spearman, American Journal of Psychology 15 (1904) 72-101, with mean ranks for ties; `fisher` for the interval.

    :raises ValueError: there are not as many of the one as of the other.
    """
    if len(item) != len(outcome):
        raise ValueError("give as many values of the item as of the outcome")
    n = len(item)
    if n < LEAST_CORRELATED or len(set(item)) < 2 or len(set(outcome)) < 2:
        return None
    r = _pearson(_ranks(item), _ranks(outcome)) if method == "spearman" else _pearson(item, outcome)
    return Estimate(r, *fisher(r, n, method, level), n, method)


def fisher(r: float, n: int, method: Literal["pearson", "spearman"] = "pearson", level: float = 0.95) -> Ends:
    """Interval of a correlation by Fisher's z: atanh r ± z/√(n−3); for ranks the variance is (1+r²/2)/(n−3).

    Sources: R. A. Fisher, Metron 1 (1921) 3-32; D. G. Bonett, T. A. Wright, Psychometrika 65 (2000) 23-28, for ranks.

    :raises ValueError: fewer than four people, or r is not from −1 to 1.
    """
    if n < 4 or not -1 <= r <= 1:
        raise ValueError("give at least four people, and a correlation from −1 to 1")
    if abs(r) == 1:
        return r, r
    variance = (1 + r * r / 2 if method == "spearman" else 1) / (n - 3)
    half = float(special.ndtri((1 + level) / 2)) * math.sqrt(variance)
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def _pearson(x: Sequence[float], y: Sequence[float]) -> float:
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    across = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    spread = math.sqrt(math.fsum((a - mean_x) ** 2 for a in x)) * math.sqrt(math.fsum((b - mean_y) ** 2 for b in y))
    return max(-1.0, min(1.0, across / spread))


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    first: dict[float, int] = {}
    last: dict[float, int] = {}
    for rank, value in enumerate(ordered, 1):
        first.setdefault(value, rank)
        last[value] = rank
    return [(first[v] + last[v]) / 2 for v in values]


def _check(covariance: Matrix) -> None:
    size = len(covariance)
    if any(len(row) != size for row in covariance) or any(covariance[i][i] < 0 for i in range(size)):
        raise ValueError("give a square matrix with variances of at least 0 on its diagonal")
    if any(
        not math.isclose(covariance[i][j], covariance[j][i], rel_tol=1e-9, abs_tol=1e-9) for i in range(size) for j in range(i)
    ):
        raise ValueError("give a symmetric matrix")
