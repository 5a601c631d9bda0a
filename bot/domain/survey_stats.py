"""What the answers of one wave say: favourable share, mean of a scale, eNPS and engagement, each with its interval."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special

from bot.domain.intervals import Ends, Mean, careful, has_few, student, wilson

EXACT_BELOW = 10
"""With fewer answers a finite group's share has the exact interval: Wilson's held 83 % there, for 95 %."""
FINITE = ", finite population"
CENSUS = "everyone answered"
SUM_OF_ITEMS = "sum of item variances, approximate"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure from `n` answers with its interval from `low` to `high`, all three in the figure's unit, by `method`.

    `sd` is the standard deviation of single answers, where the figure is their mean. With the method `CENSUS` the interval is
    the value alone: of these people nothing is left to estimate.
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    sd: float | None = None


def favourable(k: int, n: int, invited: int, level: float = 0.95) -> Estimate | None:
    """The share of the `invited` who think favourably, where `k` of `n` answers were favourable. None when n is 0.

    Below `EXACT_BELOW` answers by `hypergeometric`; from there by `finite_wilson`, within what silence leaves possible
    (`nonresponse_bounds`). Both take silence to be random.

    :raises ValueError: more favourable than answers, or more answers than invited.
    """
    _check(k, n, invited)
    if n == 0:
        return None
    if n == invited:
        return Estimate(k / n, k / n, k / n, n, CENSUS)
    if n < EXACT_BELOW:
        return Estimate(k / n, *hypergeometric(k, n, invited, level), n, "hypergeometric")
    low, high = _within(finite_wilson(k, n, invited, level), nonresponse_bounds(k, n, invited))
    return Estimate(k / n, low, high, n, "wilson" + FINITE)


def nonresponse_bounds(k: int, n: int, invited: int) -> Ends:
    """The share of all invited between nobody and everybody favourable among those who did not answer; nothing is assumed.

    Source: C. F. Manski, Partial Identification of Probability Distributions (2003) 1.

    :raises ValueError: nobody was invited, more favourable than answers, or more answers than invited.
    """
    _check(k, n, invited)
    if invited == 0:
        raise ValueError("give at least one who was invited")
    return possible(k / n if n else 0, n, invited, (0, 1))


def possible(value: float, n: int, invited: int, ends: Ends = (0, 100)) -> Ends:
    """The mean of all invited, where `value` is that of the `n` who answered and the others all lie at one or the other end.

    Source: as `nonresponse_bounds`, which is the same of a share.
    """
    low, high = ((n * value + (invited - n) * end) / invited for end in ends)
    return low, high


def hypergeometric(k: int, n: int, invited: int, level: float = 0.95) -> Ends:
    """Exact interval of the share of a finite group: the shares that neither tail of the hypergeometric test refuses.

    Source: J. P. Buonaccorsi, The American Statistician 41 (1987) 215-218.

    :raises ValueError: no answer, more favourable than answers, or more answers than invited.
    """
    _check(k, n, invited)
    if n == 0:
        raise ValueError("give at least one answer")
    # A chance of exactly the tail is refused, whatever the rounding of 1 − level.
    tail, possible = (1 - level) / 2 * (1 + 1e-12), range(k, invited - n + k + 1)
    low = bisect_right(possible, tail, key=lambda among: _chance(range(k, n + 1), n, among, invited))
    high = bisect_left(possible, -tail, key=lambda among: -_chance(range(k + 1), n, among, invited))
    return possible[low] / invited, possible[high - 1] / invited


def finite_wilson(k: int, n: int, invited: int, level: float = 0.95) -> Ends:
    """Wilson's interval at the effective sample size n·(N−1)/(N−n) of a sample without replacement from N invited.

    Source: E. B. Wilson, JASA 22 (1927) 209-212; L. Kish, Survey Sampling (1965) 8.2.

    :raises ValueError: no answer, as many answers as invited, or more favourable than answers.
    """
    _check(k, n, invited)
    if n == invited:
        raise ValueError("give fewer answers than were invited: of all of them nothing is left to estimate")
    effective = n * (invited - 1) / (invited - n)
    ends = wilson(k / n * effective, effective, level) if n else None
    if ends is None:
        raise ValueError("give at least one answer")
    return ends


def participation(answered: int, invited: int, level: float = 0.95) -> Estimate | None:
    """The share of the invited who answered, with Wilson's interval for comparing groups or waves. None when none were invited.

    :raises ValueError: more answers than invited.
    """
    _check(answered, answered, invited)
    ends = wilson(answered, invited, level)
    return None if ends is None else Estimate(answered / invited, *ends, invited, "wilson")


def moments(counts: Sequence[int]) -> Mean | None:
    """Mean, standard deviation and size of answers on a scale, from how many chose each point, lowest first.

    The points lie evenly from 0 to 100: five at 0, 25, 50, 75, 100. None when there is no answer.

    :raises ValueError: fewer than two points, or a negative count.
    """
    if len(counts) < 2:
        raise ValueError("give a count for each of at least two points")
    return _moments(counts, [100 * i / (len(counts) - 1) for i in range(len(counts))])


def promoter_moments(counts: Sequence[int]) -> Mean | None:
    """As `moments`, of an answer from 0 to 10 counted as 100 (9, 10), 0 (7, 8) or −100 (0 to 6): its mean is the eNPS.

    :raises ValueError: there are not eleven counts, or one is negative.
    """
    if len(counts) != 11:
        raise ValueError("give eleven counts, for 0 to 10")
    return _moments(counts, [-100.0] * 7 + [0.0] * 2 + [100.0] * 2)


def moments_of(scores: Sequence[float]) -> Mean | None:
    """Mean, standard deviation (n−1; 0 for one score) and size of scores, one a person. None when there is none."""
    if not scores:
        return None
    mean = math.fsum(scores) / len(scores)
    squares = math.fsum((s - mean) ** 2 for s in scores)
    return Mean(mean, math.sqrt(squares / max(1, len(scores) - 1)), len(scores))


def mean_score(sample: Mean, invited: int | None = None, level: float = 0.95) -> Estimate:
    """A mean on 0 to 100 with Student's interval; that of `plus_two` below `PLUS_TWO_BELOW` answers or where all are alike.

    With `invited` it is about these people now: the interval is narrowed (`narrowed`), within what silence leaves possible.

    :raises ValueError: no answer, a mean that is not on 0 to 100, or more answers than invited.
    """
    n = int(sample.n)
    if n < 1 or not 0 <= sample.mean <= 100:
        raise ValueError("give at least one answer, with a mean from 0 to 100")
    if invited == n:
        return Estimate(sample.mean, sample.mean, sample.mean, n, CENSUS, sample.sd)
    ends = student(careful(sample), level) or (0.0, 100.0)
    method = "plus-two t" if has_few(sample) else "t"
    if invited is None:
        return Estimate(sample.mean, *_within(ends, (0, 100)), n, method, sample.sd)
    ends = _within(narrowed(ends, sample.mean, n, invited), possible(sample.mean, n, invited))
    return Estimate(sample.mean, *ends, n, method + FINITE, sample.sd)


def narrowed(ends: Ends, value: float, n: int, invited: int) -> Ends:
    """An interval of `value` brought nearer to it by √((N−n)/(N−1)), the finite population correction for n of N invited.

    Source: W. G. Cochran, Sampling Techniques (1977) 2.6.

    :raises ValueError: no answer, or more answers than invited.
    """
    if not 1 <= n <= invited:
        raise ValueError(f"{n} answers of {invited} invited are not possible: give at least one, and at most one each")
    factor = math.sqrt((invited - n) / max(1, invited - 1))
    return value + factor * (ends[0] - value), value + factor * (ends[1] - value)


def scale_mean(counts: Sequence[int], invited: int | None = None, level: float = 0.95) -> Estimate | None:
    """The mean of a scale on 0 to 100, from how many chose each point, lowest first (`moments`, `mean_score`).

    None when there is no answer.

    :raises ValueError: fewer than two points, a negative count, or more answers than invited.
    """
    sample = moments(counts)
    return None if sample is None else mean_score(sample, invited, level)


def enps(counts: Sequence[int], invited: int | None = None, level: float = 0.95) -> Estimate | None:
    """Promoters (9, 10) less detractors (0 to 6), in percentage points from −100 to 100, from the counts of 0 to 10.

    The interval is `adjusted_wald`; with `invited` it is about these people now: narrowed, within what silence leaves possible.
    None when there is no answer.

    :raises ValueError: there are not eleven counts, one is negative, or more answers than invited.
    """
    sample = promoter_moments(counts)
    if sample is None:
        return None
    n, value = sum(counts), sample.mean
    if invited == n:
        return Estimate(value, value, value, n, CENSUS, sample.sd)
    ends = adjusted_wald(sum(counts[9:]), sum(counts[:7]), n, level)
    if invited is None:
        return Estimate(value, *ends, n, "adjusted wald", sample.sd)
    within = _within(narrowed(ends, value, n, invited), possible(value, n, invited, (-100, 100)))
    return Estimate(value, *within, n, "adjusted wald" + FINITE, sample.sd)


def adjusted_wald(promoters: int, detractors: int, n: int, level: float = 0.95) -> Ends:
    """Interval of a net promoter score in points: Wald's, with ¾ promoter, 1½ passive and ¾ detractor added.

    Source: B. Rocks, The American Statistician 70 (2016) 365-372.

    :raises ValueError: more promoters and detractors than answers.
    """
    if promoters < 0 or detractors < 0 or promoters + detractors > n:
        raise ValueError("give at most as many promoters and detractors as answers")
    p, d = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    half = float(special.ndtri((1 + level) / 2)) * math.sqrt((p + d - (p - d) ** 2) / (n + 3))
    return 100 * max(-1.0, p - d - half), 100 * min(1.0, p - d + half)


def number_mean(
    numbers: Sequence[float],
    invited: int | None = None,
    low: float | None = None,
    high: float | None = None,
    level: float = 0.95,
) -> Estimate | None:
    """The mean of numbers in their own unit with Student's interval, within the limits of the question where it has any.

    With `invited` it is about these people now: the interval is `narrowed`. None for fewer than two numbers. Where numbers are
    few and skewed, Student's interval holds less than it says.

    :raises ValueError: more numbers than invited.
    """
    sample = moments_of(numbers)
    ends = None if sample is None else student(sample, level)
    if sample is None or ends is None:
        return None
    n = len(numbers)
    if invited == n:
        return Estimate(sample.mean, sample.mean, sample.mean, n, CENSUS, sample.sd)
    method = "t" if invited is None else "t" + FINITE
    ends = ends if invited is None else narrowed(ends, sample.mean, n, invited)
    within = _within(ends, (-math.inf if low is None else low, math.inf if high is None else high))
    return Estimate(sample.mean, *within, n, method, sample.sd)


def engagement(scores: Sequence[float], invited: int | None = None, level: float = 0.95) -> Estimate | None:
    """The engagement score: the mean over people of each one's mean of the index items, on 0 to 100 (`mean_score`).

    None when there is no score. Source: Civil Service People Survey, employee engagement index (Cabinet Office, 2023), which
    maps five points of agreement to 0, 25, 50, 75, 100.

    :raises ValueError: a score that is not on 0 to 100, or more scores than invited.
    """
    if not all(0 <= s <= 100 for s in scores):
        raise ValueError("give scores from 0 to 100")
    sample = moments_of(scores)
    return None if sample is None else mean_score(sample, invited, level)


def pooled_engagement(
    items: Sequence[Sequence[int]], correlation: float = 0.0, level: float = 0.95, invited: int | None = None
) -> Estimate | None:
    """An engagement score from the counts of its items, one histogram each, also where different waves asked for them.

    The value is the mean of the items' means. The interval is approximate: Student's, from the sum of the variances of those
    means, each by `plus_two` where `mean_score` would; the degrees of freedom are Welch and Satterthwaite's. It takes answers
    to different items to be independent. They seldom are, and it is then too narrow: give their mean `correlation` where it is
    known from a wave that asked for all. `n` is the least of the items'. With `invited` it is about these people now: narrowed
    as a mean is, for so many answers. None where an item has no answer, or there is none.

    Source: B. L. Welch, Biometrika 34 (1947) 28-35, for the sum of means.

    :raises ValueError: fewer than two points, a negative count, a correlation that is not from 0 to 1, or more answers than
        invited.
    """
    if not 0 <= correlation <= 1:
        raise ValueError("give a correlation from 0 to 1")
    samples = [s for s in map(moments, items) if s is not None]
    if not samples or len(samples) < len(items):
        return None
    made = [careful(s) for s in samples]
    errors = [math.sqrt(s.variance) for s in made]
    variance = (1 - correlation) * sum(e**2 for e in errors) + correlation * sum(errors) ** 2
    freedom = sum(e**2 for e in errors) ** 2 / sum(e**4 / (s.n - 1) for e, s in zip(errors, made, strict=True))
    half = float(special.stdtrit(freedom, (1 + level) / 2)) * math.sqrt(variance) / len(items)
    centre = sum(s.mean for s in made) / len(items)
    low, high = _within((centre - half, centre + half), (0, 100))
    value, n = sum(s.mean for s in samples) / len(items), int(min(s.n for s in samples))
    if invited == n:
        return Estimate(value, value, value, n, CENSUS)
    if invited is None:
        return Estimate(value, low, high, n, SUM_OF_ITEMS)
    ends = _within(narrowed((low, high), value, n, invited), possible(value, n, invited))
    return Estimate(value, *ends, n, SUM_OF_ITEMS + FINITE)


def _moments(counts: Sequence[int], values: Sequence[float]) -> Mean | None:
    if min(counts) < 0:
        raise ValueError("give counts of at least 0")
    n = sum(counts)
    if n == 0:
        return None
    mean = sum(c * v for c, v in zip(counts, values, strict=True)) / n
    squares = sum(c * (v - mean) ** 2 for c, v in zip(counts, values, strict=True))
    return Mean(mean, math.sqrt(squares / max(1, n - 1)), n)


def _check(k: int, n: int, invited: int) -> None:
    if not 0 <= k <= n <= invited:
        raise ValueError(
            f"{k} of {n} answers of {invited} invited are not possible: give at most n answers of at most N invited"
        )


def _chance(drawn: range, n: int, among: int, invited: int) -> float:
    """The chance that as many of n drawn as `drawn` holds are among `among` of the `invited`."""
    ways = sum(math.comb(among, x) * math.comb(invited - among, n - x) for x in drawn)
    return ways / math.comb(invited, n)


def _within(ends: Ends, possible: Ends) -> Ends:
    return max(ends[0], possible[0]), min(ends[1], possible[1])
