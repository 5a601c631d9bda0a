"""What changed between waves: tests of two waves, the published rule for flags, and the smallest change that would be seen."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from scipy import special

from bot.domain.intervals import Mean, newcombe, plus_two, welch, welch_p
from bot.domain.unusual import adjust

LEAST_TESTED = 10
"""Nothing is tested where either side has fewer answers."""
EXACT_AT_MOST = 200
"""Shares are tested exactly while both sides have at most so many answers: beyond, the score test says the same."""
WAVES_BEFORE = 4
"""A wave is compared with so many before it, pooled."""
FALSE_DISCOVERY_RATE = 0.10
LEAST_POINTS = 8.0

RULE = (
    "The score and each published question of each group are compared with their previous four waves together (means by Welch's"
    " t test, yes and no by Boschloo's, numbers in points between their limits; nothing with fewer than 10 answers on a side)."
    " A change of at least 8 points with a Benjamini–Hochberg adjusted p of at most 0.10, over all that were compared in the"
    " wave, is watched; the same again in the next wave, in the same direction, is flagged."
)
"""The rule of `trends` as users read it."""

State = Literal["flag", "watch", "none"]


@dataclass(frozen=True, slots=True)
class Share:
    """A sample of answers of which each is favourable or not: `k` of `n`."""

    k: int
    n: int

    @property
    def sd(self) -> float:
        """The standard deviation of single answers in percentage points, as √(p(1−p))."""
        share = self.k / self.n
        return 100 * math.sqrt(share * (1 - share))


Sample = Mean | Share
"""What is compared between waves: a mean of points, or a share."""


@dataclass(frozen=True, slots=True)
class Change:
    """How many points a figure lies above (below 0: under) that of `n_before` answers, with the interval and the p-value of it.

    Points are of 0 to 100: of a scale, a score, a share in per cent, or a net promoter score.
    """

    points: float
    low: float
    high: float
    p: float
    n: int
    n_before: int
    method: str


@dataclass(frozen=True, slots=True)
class Trend:
    """What the rule says of one question of one group: its last change, the adjusted p `q`, and whether it is flagged.

    `change` and `q` are None where nothing could be tested.
    """

    state: State
    change: Change | None = None
    q: float | None = None


def change(now: Mean, before: Mean, level: float = 0.95) -> Change | None:
    """The change of a mean on 0 to 100, or of a net promoter score (`survey_stats.promoter_moments`), by Welch's t test.

    Where no side varies, the test is of both with `plus_two` added. None when a side has fewer than `LEAST_TESTED` answers. The
    same people may have answered both times; as nobody knows who, they count as independent. The test then finds less.
    Source: `bot.domain.intervals.welch`.
    """
    if min(now.n, before.n) < LEAST_TESTED:
        return None
    is_certain = now.sd == before.sd == 0
    one, other = (plus_two(now), plus_two(before)) if is_certain else (now, before)
    ends, p = welch(one, other, level), welch_p(one, other)
    if ends is None or p is None:
        return None
    method = "plus-two welch" if is_certain else "welch"
    return Change(now.mean - before.mean, *ends, p, int(now.n), int(before.n), method)


def favourable_change(now: tuple[int, int], before: tuple[int, int], level: float = 0.95) -> Change | None:
    """The change of a favourable share in percentage points, each side as (favourable, answers).

    By Boschloo's exact test while both sides have at most `EXACT_AT_MOST` answers, else the pooled score test; the interval is
    Newcombe's. None when either side has fewer than `LEAST_TESTED` answers.
    Sources: R. D. Boschloo, Statistica Neerlandica 24 (1970) 1-9, as `boschloo_exact` of scipy; `proportions_ztest` of
    statsmodels; `bot.domain.intervals.newcombe`.

    :raises ValueError: more favourable than answers.
    """
    (k1, n1), (k0, n0) = now, before
    if not (0 <= k1 <= n1 and 0 <= k0 <= n0):
        raise ValueError("give at most as many favourable answers as answers")
    if min(n1, n0) < LEAST_TESTED:
        return None
    ends = newcombe(now, before, level)
    if ends is None:
        return None
    is_exact = max(n1, n0) <= EXACT_AT_MOST
    p = _boschloo(k1, n1, k0, n0) if is_exact else _score_p(k1, n1, k0, n0)
    points, low, high = (100 * x for x in (k1 / n1 - k0 / n0, *ends))
    return Change(points, low, high, p, n1, n0, "boschloo" if is_exact else "score")


def pooled(samples: Sequence[Mean]) -> Mean:
    """The mean, standard deviation and size of several samples taken together, as if of all their answers at once.

    :raises ValueError: there is no sample, or none has an answer.
    """
    n = sum(s.n for s in samples)
    if n <= 0:
        raise ValueError("give at least one sample with answers")
    mean = sum(s.n * s.mean for s in samples) / n
    squares = sum(max(0, s.n - 1) * s.sd**2 + s.n * (s.mean - mean) ** 2 for s in samples)
    return Mean(mean, math.sqrt(squares / max(1, n - 1)), n)


def from_previous(waves: Sequence[Sample]) -> Change | None:
    """The change of the last of the waves, oldest first, from the previous four pooled (fewer where there are not four).

    Means by `change`, shares by `favourable_change`. None with fewer than two waves, or where these have none.
    """
    now, before = waves[-1], waves[-1 - WAVES_BEFORE : -1]
    if not before:
        return None
    if isinstance(now, Share):
        shares = [each for each in before if isinstance(each, Share)]
        return favourable_change((now.k, now.n), (sum(s.k for s in shares), sum(s.n for s in shares)))
    return change(now, pooled([each for each in before if isinstance(each, Mean)]))


def trends(waves: Sequence[Mapping[str, Sample]]) -> dict[str, Trend]:
    """What the published rule (`RULE`) says of each cell of the last wave.

    A wave, oldest first, holds the sample of each cell that was published: a question of a group, or the score. A question that
    is asked in turn is compared with the waves that asked it. In 26 simulated waves of 12 questions and 20 answers with nothing
    changed, a p-value under .05 gave a false alarm in 12.6 waves, adjustment alone in 3.2, the rule in 0.01. A fall of 0.9
    standard deviations that lasted was flagged within four waves in 12 % of cases with 12 answers, 37 % with 20 and 82 % with
    40 where one question of twelve fell; in 40 %, 75 % and 98 % where all did.
    Source: `bot.domain.unusual.adjust` for Benjamini and Hochberg; the rule is our own.
    """
    if not waves:
        return {}
    seen: dict[str, list[Sample]] = {}
    known: dict[str, Trend] = {}
    # A state hangs on the change of the wave before that asked the same, and that on all that were compared in it.
    before = {max((n for n, wave in enumerate(waves[:-1]) if cell in wave), default=0) for cell in waves[-1]}
    for n, wave in enumerate(waves):
        for cell, sample in wave.items():
            seen.setdefault(cell, []).append(sample)
        if n in before or n == len(waves) - 1:
            known |= _judged({cell: from_previous(seen[cell][-1 - WAVES_BEFORE :]) for cell in wave}, known)
    return {cell: known[cell] for cell in waves[-1]}


def smallest_detectable(sd: float, n: int, n_before: int, power: float = 0.8, level: float = 0.95) -> float:
    """The smallest change, in the unit of `sd`, that a two-sided test of n against n_before answers finds with this power.

    (z₁₋α/₂ + z_power)·sd·√(1/n + 1/n_before), the normal approximation: for few answers a little too small.
    Source: J. Cohen, Statistical Power Analysis for the Behavioral Sciences (1988) 2.

    :raises ValueError: no answer on a side, or a negative sd.
    """
    if n < 1 or n_before < 1 or sd < 0:
        raise ValueError("give at least one answer on each side, and a standard deviation of at least 0")
    return float(special.ndtri((1 + level) / 2) + special.ndtri(power)) * sd * math.sqrt(1 / n + 1 / n_before)


def _judged(changes: Mapping[str, Change | None], last: Mapping[str, Trend]) -> dict[str, Trend]:
    tested = {cell: c for cell, c in changes.items() if c is not None}
    adjusted = dict(zip(tested, adjust([c.p for c in tested.values()]), strict=True))
    return {cell: _trend(c, adjusted.get(cell), last.get(cell)) for cell, c in changes.items()}


def _trend(found: Change | None, q: float | None, last: Trend | None) -> Trend:
    if found is None or q is None or q > FALSE_DISCOVERY_RATE or round(abs(found.points), 9) < LEAST_POINTS:
        return Trend("none", found, q)
    is_again = last is not None and last.state != "none" and last.change is not None and last.change.points * found.points > 0
    return Trend("flag" if is_again else "watch", found, q)


@lru_cache(maxsize=4096)
def _boschloo(k1: int, n1: int, k0: int, n0: int) -> float:
    if k1 + k0 in (0, n1 + n0):
        return 1.0
    return min(1.0, 2 * min(_fewer(k1, n1, k0, n0), _fewer(n1 - k1, n1, n0 - k0, n0)))


def _fewer(k1: int, n1: int, k0: int, n0: int) -> float:
    """The largest chance, whatever share both sides have, of a table that Fisher's one-sided p finds no less extreme.

    `boschloo_exact` of scipy finds the same in many times as long: too long for all groups of a company.
    """
    import numpy as np

    first, second = np.arange(n1 + 1), np.arange(n0 + 1)
    ways1, ways0, ways = (_log_ways(n, np.arange(n + 1)) for n in (n1, n0, n1 + n0))
    both = first[:, None] + second
    diagonal = np.zeros((n1 + 1, n1 + n0 + 1))
    diagonal[first[:, None], both] = np.exp(ways1[:, None] + ways0 - ways[both])
    fisher = diagonal.cumsum(axis=0)[first[:, None], both]
    extreme = (fisher <= fisher[k1, k0] * (1 + 1e-9)).astype(float)
    # By the angle of the share the chance is as smooth everywhere; each round looks between the neighbours of the best.
    low, high, largest = 0.0, math.pi / 2, 0.0
    for _ in range(3):
        angles = np.linspace(low, high, 129)
        shares = np.sin(angles)[:, None] ** 2
        one, other = (
            np.exp(log + special.xlogy(x, shares) + special.xlog1py(n - x, -shares))
            for log, x, n in ((ways1, first, n1), (ways0, second, n0))
        )
        chances = ((one @ extreme) * other).sum(axis=1)
        best, largest = int(chances.argmax()), max(largest, float(chances.max()))
        low, high = float(angles[max(best - 1, 0)]), float(angles[min(best + 1, 128)])
    return largest


def _log_ways(n: int, k: Any) -> Any:
    return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)


def _score_p(k1: int, n1: int, k0: int, n0: int) -> float:
    share = (k1 + k0) / (n1 + n0)
    error = math.sqrt(share * (1 - share) * (1 / n1 + 1 / n0))
    return 1.0 if error == 0 else float(2 * special.ndtr(-abs(k1 / n1 - k0 / n0) / error))
