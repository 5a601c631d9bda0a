"""What a result says beside a line and beside other groups: benchmark verdict, shrunken means, rates of response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scipy import special

from bot.domain.figures import Verdict
from bot.domain.intervals import Mean, plus_two, student
from bot.domain.survey_stats import Estimate, participation

LEAST_PARTICIPATION = 0.60
"""Below this share of answers a result is said to be at risk of bias."""
UNEVEN_BELOW = 0.05
"""A p-value under this says that groups answer at different rates."""
LEAST_EXPECTED = 5
"""The chi-square test needs so many expected in each cell."""
_TABLES = 9_999


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Whether a mean of `n` answers is at least `line`: its one-sided bounds `low` and `high` and what follows from them."""

    verdict: Verdict
    value: float
    low: float
    high: float
    line: float
    n: int
    method: str


@dataclass(frozen=True, slots=True)
class ResponseRates:
    """Who answered: `overall` and by group, with the p-value of the groups' being alike (None for fewer than two groups).

    `is_low`: fewer than `LEAST_PARTICIPATION` answered. `is_uneven`: the groups differ. Either may bias the result.
    """

    overall: Estimate
    groups: Mapping[str, Estimate]
    p: float | None
    method: str
    is_low: bool
    is_uneven: bool

    @property
    def may_be_biased(self) -> bool:
        """Whether those who answered may differ from those who did not."""
        return self.is_low or self.is_uneven


def benchmark(sample: Mean, line: float, level: float = 0.90) -> Benchmark:
    """Whether a mean on 0 to 100 is at least the line, by Student's one-sided bounds, each at `level`.

    Met: the lower bound is at or above the line. Missed: the upper bound is below it. Otherwise nobody can tell. Where all are
    alike, or one person answered, the bounds are those of the plus-two sample. Near the top of the scale “met” comes too
    easily: simulated scores of five items whose mean is 86, against a line there, were called met in 22 % of samples of five
    and 16 % of twenty, instead of 10 %; with a mean of 60, in 12 % and 11 %.
    Source: Student, Biometrika 6 (1908) 1-25.

    :raises ValueError: no answer, or a mean that is not on 0 to 100.
    """
    if sample.n < 1 or not 0 <= sample.mean <= 100:
        raise ValueError("give at least one answer, with a mean from 0 to 100")
    is_certain = sample.n < 2 or sample.sd == 0
    ends = student(plus_two(sample) if is_certain else sample, 2 * level - 1) or (0.0, 100.0)
    low, high = max(0.0, ends[0]), min(100.0, ends[1])
    verdict: Verdict = "met" if low >= line else "missed" if high < line else "cannot tell"
    return Benchmark(verdict, sample.mean, low, high, line, int(sample.n), "plus-two t" if is_certain else "t")


def shrunken(groups: Sequence[Mean]) -> list[float]:
    """The groups' means drawn towards that of all, the more the fewer answers: the order in which groups may be compared.

    Each is μ + τ²/(τ² + σ²/n)·(mean − μ). σ² is the variance within groups, of all together; τ² that between them, by moments:
    the variance of the means less the mean of σ²/n, at least 0; μ weighs each group by 1/(τ² + σ²/n). One group stays as it is.
    Sources: C. N. Morris, JASA 78 (1983) 47-55; L. V. Hedges, Psychological Bulletin 93 (1983) 388-395, for τ².

    :raises ValueError: a group without answers.
    """
    if any(g.n < 1 for g in groups):
        raise ValueError("give groups with at least one answer each")
    freedom = sum(g.n - 1 for g in groups)
    if len(groups) < 2 or freedom == 0:
        return [g.mean for g in groups]
    within = sum((g.n - 1) * g.sd**2 for g in groups) / freedom
    if within == 0:
        return [g.mean for g in groups]
    plain, errors = sum(g.mean for g in groups) / len(groups), [within / g.n for g in groups]
    spread = sum((g.mean - plain) ** 2 for g in groups) / (len(groups) - 1)
    between = max(0.0, spread - sum(errors) / len(groups))
    weights = [1 / (between + e) for e in errors]
    centre = sum(w * g.mean for w, g in zip(weights, groups, strict=True)) / sum(weights)
    return [centre + between * w * (g.mean - centre) for w, g in zip(weights, groups, strict=True)]


def response_rates(
    groups: Mapping[str, tuple[int, int]], level: float = 0.95, *, everybody: tuple[int, int] | None = None
) -> ResponseRates | None:
    """The share who answered, overall and by group, each given as (answered, invited); nobody may be in two groups.

    `everybody` are more than the groups together, where there are groups of which nothing is known.

    The groups are compared by Pearson's chi-square without correction. Where fewer than `LEAST_EXPECTED` are expected in a
    cell, two groups are by Fisher's exact test, and more by the chi-square of 9,999 tables that chance might have given, drawn
    with a fixed seed. None when nobody was invited; a group of which nobody was is left out.
    Sources: K. Pearson, Philosophical Magazine 50 (1900) 157-175; R. A. Fisher, J. Roy. Stat. Soc. 98 (1935) 39-82;
    A. C. A. Hope, J. Roy. Stat. Soc. B 30 (1968) 582-598; `chi2_contingency(correction=False)` and `fisher_exact` of scipy.

    :raises ValueError: more answers than invited.
    """
    rates = {name: r for name, pair in groups.items() if (r := participation(*pair, level)) is not None}
    counted = [groups[name] for name in rates]
    overall = participation(*(everybody or (sum(a for a, _ in counted), sum(n for _, n in counted))), level)
    if overall is None:
        return None
    p, method = _alike(counted) if len(counted) > 1 else (None, "none")
    is_uneven = p is not None and p < UNEVEN_BELOW
    return ResponseRates(overall, rates, p, method, overall.value < LEAST_PARTICIPATION, is_uneven)


def most_uneven(cuts: Sequence[ResponseRates]) -> ResponseRates:
    """Of several cuts of the same people, the one whose groups differ most; its p is Bonferroni's, for so many looks."""
    worst = min(cuts, key=lambda each: 1.0 if each.p is None else each.p)
    if worst.p is None:
        return worst
    p = min(1.0, worst.p * sum(each.p is not None for each in cuts))
    return replace(worst, p=p, is_uneven=p < UNEVEN_BELOW)


def _alike(counted: Sequence[tuple[int, int]]) -> tuple[float, str]:
    share = sum(a for a, _ in counted) / sum(n for _, n in counted)
    if share in (0, 1):
        return 1.0, "chi-square"
    if min(n for _, n in counted) * min(share, 1 - share) >= LEAST_EXPECTED:
        squares = sum((a - n * share) ** 2 / (n * share * (1 - share)) for a, n in counted)
        return float(special.chdtrc(len(counted) - 1, squares)), "chi-square"
    return (_fisher(counted), "fisher") if len(counted) == 2 else (_simulated(counted), "simulated chi-square")


def _fisher(counted: Sequence[tuple[int, int]]) -> float:
    from scipy.stats import fisher_exact

    return min(1.0, float(fisher_exact([[a, n - a] for a, n in counted]).pvalue))


def _simulated(counted: Sequence[tuple[int, int]]) -> float:
    """The share of tables with the same margins whose chi-square is at least as large; the table itself is one of them."""
    import numpy as np

    answered, invited = np.array(counted).T
    expected = invited * answered.sum() / invited.sum()
    tables = np.random.default_rng(19350).multivariate_hypergeometric(invited, answered.sum(), size=_TABLES)
    drawn, found = (((counts - expected) ** 2 / invited).sum(axis=-1) for counts in (tables, answered))
    return float((1 + np.count_nonzero(drawn >= found * (1 - 1e-9))) / (1 + _TABLES))
