"""The figures of one wave: against scipy, statsmodels, worked numbers, and groups drawn whose answer is known."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from bot.domain.intervals import clopper_pearson, plus_two, student, wilson
from bot.domain.survey_stats import (
    CENSUS,
    EXACT_BELOW,
    adjusted_wald,
    engagement,
    enps,
    favourable,
    finite_wilson,
    hypergeometric,
    mean_score,
    moments,
    moments_of,
    narrowed,
    nonresponse_bounds,
    participation,
    pooled_engagement,
    promoter_moments,
    scale_mean,
)

TWELVE = (0, 1, 2, 6, 3)
"""Twelve answers with mean 72.9, of which nine are favourable."""
FIFTEEN_OF_THIRTY = (0, 0, 0, 0, 0, 0, 6, 5, 4, 10, 5)
"""15 promoters and 6 detractors of 30."""
asked = st.integers(1, 60).flatmap(
    lambda invited: st.integers(1, invited).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.just(invited)))
)
scales = st.lists(st.integers(0, 30), min_size=2, max_size=11).filter(any)
tens = st.lists(st.integers(0, 12), min_size=11, max_size=11).filter(any)


def percent(ends, digits=1):
    return tuple(round(100 * e, digits) for e in ends)


def ends(estimate, digits=1):
    return round(estimate.low, digits), round(estimate.high, digits)


def spread_out(counts):
    return np.repeat(np.linspace(0, 100, len(counts)), counts)


def their_t(counts):
    return DescrStatsW(spread_out(counts)).tconfint_mean()


def test_the_worked_favourable_shares_of_endless_groups():
    assert percent(wilson(9, 12)) == (46.8, 91.1)
    assert percent(clopper_pearson(9, 12)) == (42.8, 94.5)
    assert percent(wilson(12, 12)) == (75.8, 100)
    assert percent(wilson(0, 5)) == (0, 43.4)


def test_the_worked_favourable_shares_of_finite_groups():
    assert percent(finite_wilson(9, 12, 15)) == (62.3, 84.5)
    assert percent(finite_wilson(9, 12, 40)) == (51.0, 89.6)
    assert percent(hypergeometric(9, 12, 15)) == (60, 80)
    assert percent(hypergeometric(9, 12, 40)) == (47.5, 90)


def test_the_worked_bounds_of_silence():
    assert percent(nonresponse_bounds(9, 12, 15)) == (60, 80)
    # Three who were silent cannot bring nine of twelve to 84.5 %, whatever they think.
    assert favourable(9, 12, 15).high == 0.8
    assert percent((favourable(9, 12, 15).low,)) == (62.3,)


def test_the_worked_participation():
    told = participation(31, 40)
    assert percent((told.value, told.low, told.high)) == (77.5, 62.5, 87.7)
    assert participation(0, 0) is None


def test_the_method_goes_by_the_number_of_answers():
    assert favourable(4, EXACT_BELOW - 1, 30).method == "hypergeometric"
    assert favourable(4, EXACT_BELOW, 30).method == "wilson, finite population"
    told = favourable(4, 30, 30)
    assert (told.value, told.low, told.high, told.method) == (4 / 30, 4 / 30, 4 / 30, CENSUS)
    assert favourable(0, 0, 7) is None


@given(asked, st.sampled_from([0.8, 0.9, 0.95]))
def test_the_exact_interval_holds_what_no_tail_refuses(counted, level):
    k, n, invited = counted
    tail = (1 - level) / 2
    shares = [
        among / invited
        for among in range(k, invited - n + k + 1)
        if stats.hypergeom.sf(k - 1, invited, among, n) > tail * (1 + 1e-12)
        and stats.hypergeom.cdf(k, invited, among, n) > tail * (1 + 1e-12)
    ]
    assert hypergeometric(*counted, level) == (shares[0], shares[-1])


@given(asked)
def test_a_share_lies_in_its_interval_within_what_is_possible(counted):
    k, n, invited = counted
    told, sure = favourable(*counted), nonresponse_bounds(*counted)
    assert sure[0] <= told.low <= told.value + 1e-12
    assert told.value - 1e-12 <= told.high <= sure[1]
    if n < invited:
        size = n * (invited - 1) / (invited - n)
        theirs = proportion_confint(k / n * size, size, method="wilson")
        assert finite_wilson(*counted) == pytest.approx(np.clip(theirs, 0, 1), abs=1e-9)


@pytest.mark.parametrize(("n", "invited"), [(5, 6), (5, 12), (9, 15), (9, 40)])
def test_the_exact_interval_holds_95_of_100_for_every_group(n, invited):
    for among in range(invited + 1):
        held = sum(
            stats.hypergeom.pmf(k, invited, among, n)
            for k in range(max(0, n - invited + among), min(n, among) + 1)
            if favourable(k, n, invited).low <= among / invited <= favourable(k, n, invited).high
        )
        assert held >= 0.95


@pytest.mark.parametrize("counted", [(3, 2, 9), (-1, 2, 9), (1, 9, 8)])
def test_impossible_counts_are_refused(counted):
    for method in (favourable, nonresponse_bounds, hypergeometric, finite_wilson):
        with pytest.raises(ValueError, match="not possible"):
            method(*counted)


def test_what_no_answer_cannot_say():
    for method in (hypergeometric, finite_wilson):
        with pytest.raises(ValueError, match="at least one answer"):
            method(0, 0, 9)
    with pytest.raises(ValueError, match="fewer answers"):
        finite_wilson(3, 9, 9)
    with pytest.raises(ValueError, match="at least one"):
        nonresponse_bounds(0, 0, 0)


def test_the_worked_mean():
    sample = moments(TWELVE)
    assert round(sample.mean, 1) == 72.9
    assert tuple(round(e, 1) for e in student(sample)) == (58.6, 87.2)
    assert tuple(round(e, 1) for e in narrowed(student(sample), sample.mean, 12, 15)) == (66.3, 79.5)


def test_six_like_answers_are_not_certain():
    told = scale_mean((0, 0, 0, 6, 0))
    assert (told.value, told.sd, told.n, told.method) == (75, 0, 6, "plus-two t")
    assert ends(told) == (44.4, 93.1)


@given(scales)
def test_moments_are_those_of_the_answers(counts):
    values = spread_out(counts)
    sample = moments(counts)
    assert (sample.mean, sample.n) == (pytest.approx(values.mean()), values.size)
    assert sample.sd == pytest.approx(values.std(ddof=1) if values.size > 1 else 0, abs=1e-9)
    again = moments_of(values.tolist())
    assert (again.mean, again.sd, again.n) == (pytest.approx(sample.mean), pytest.approx(sample.sd, abs=1e-6), sample.n)
    more = plus_two(sample)
    added = np.append(values, [0, 100])
    assert (more.mean, more.sd, more.n) == (pytest.approx(added.mean()), pytest.approx(added.std(ddof=1)), added.size)


@given(scales)
def test_a_mean_has_the_interval_of_statsmodels(counts):
    told, values = scale_mean(counts), spread_out(counts)
    few = values.size < 20 or np.unique(values).size == 1
    theirs = DescrStatsW(np.append(values, [0, 100]) if few else values).tconfint_mean()
    assert (told.low, told.high) == pytest.approx(tuple(np.clip(theirs, 0, 100)), abs=1e-6)
    assert told.low - 1e-9 <= told.value <= told.high + 1e-9
    assert told.method == ("plus-two t" if few else "t")


@given(scales, st.integers(0, 40))
def test_these_people_now_are_known_better_and_never_beyond_what_silence_leaves(counts, silent):
    n = sum(counts)
    told, endless = scale_mean(counts, n + silent), scale_mean(counts)
    assert endless.low - 1e-9 <= told.low <= told.value + 1e-9
    assert told.value - 1e-9 <= told.high <= endless.high + 1e-9
    total = spread_out(counts).sum()
    assert told.low >= total / (n + silent) - 1e-9
    assert told.high <= (total + 100 * silent) / (n + silent) + 1e-9
    assert (told.method == CENSUS) == (silent == 0)


def test_twenty_of_forty_by_hand():
    counts = (1, 2, 5, 8, 4)
    low, high = their_t(counts)
    value, factor = spread_out(counts).mean(), math.sqrt(20 / 39)
    told = scale_mean(counts, 40)
    assert (told.low, told.high) == pytest.approx((value - factor * (value - low), value + factor * (high - value)))
    assert told.method == "t, finite population"


@pytest.mark.parametrize(("n", "invited"), [(5, 8), (12, 15), (12, 40), (25, 40)])
@pytest.mark.parametrize("shares", [(0.05, 0.15, 0.3, 0.35, 0.15), (0.02, 0.03, 0.05, 0.3, 0.6)])
def test_the_interval_holds_the_mean_of_a_finite_group(n, invited, shares):
    random, held = np.random.default_rng(7), 0
    for _ in range(400):
        group = random.choice(5, p=shares, size=invited)
        told = scale_mean(np.bincount(group[:n], minlength=5).tolist(), invited)
        held += told.low - 1e-9 <= 25 * group.mean() <= told.high + 1e-9
    assert held >= 0.91 * 400


def test_a_mean_needs_answers_on_its_scale():
    assert scale_mean((0, 0, 0)) is None
    for counts in ((), (3,), (1, -1)):
        with pytest.raises(ValueError):
            scale_mean(counts)
    with pytest.raises(ValueError, match="at most one each"):
        scale_mean((2, 2), 3)
    with pytest.raises(ValueError, match="from 0 to 100"):
        mean_score(promoter_moments([1] + [0] * 10))


def test_the_worked_enps():
    told = enps(FIFTEEN_OF_THIRTY)
    assert (told.value, told.n, told.method) == (pytest.approx(30), 30, "adjusted wald")
    assert ends(told) == (0.7, 53.9)
    assert tuple(round(e, 1) for e in adjusted_wald(15, 6, 30)) == (0.7, 53.9)
    half = stats.norm.ppf(0.975) * math.sqrt((0.7 - 0.3**2) / 30)
    wald = 100 * (0.3 - half), 100 * (0.3 + half)
    assert [round(e, 1) for e in wald] == [2.1, 57.9]
    assert [round(e, 1) for e in narrowed(wald, 30, 30, 40)] == [15.8, 44.2]


@given(tens)
def test_the_enps_is_the_mean_of_its_three_kinds(counts):
    values = np.repeat([-100] * 7 + [0] * 2 + [100] * 2, counts)
    sample, told = promoter_moments(counts), enps(counts)
    assert told.value == sample.mean == pytest.approx(values.mean())
    assert sample.sd == pytest.approx(values.std(ddof=1) if values.size > 1 else 0, abs=1e-9)
    # The adjusted interval is Wald's of the answers with those three added, by the weighted mean of statsmodels.
    added = DescrStatsW([100, 0, -100], [sum(counts[9:]) + 0.75, sum(counts[7:9]) + 1.5, sum(counts[:7]) + 0.75])
    half = stats.norm.ppf(0.975) * added.std / math.sqrt(values.size + 3)
    theirs = np.clip((added.mean - half, added.mean + half), -100, 100)
    assert (told.low, told.high) == pytest.approx(tuple(theirs))
    assert values.size < 5 or told.low <= told.value <= told.high, "nothing is told of fewer"


@given(tens, st.integers(0, 30))
def test_the_enps_of_these_people_lies_within_what_silence_leaves(counts, silent):
    n = sum(counts)
    told, score = enps(counts, n + silent), sum(counts[9:]) - sum(counts[:7])
    assert told.low >= 100 * (score - silent) / (n + silent) - 1e-9
    assert told.high <= 100 * (score + silent) / (n + silent) + 1e-9
    assert told.low - 1e-9 <= told.value <= told.high + 1e-9
    assert (told.method == CENSUS) == (silent == 0)


@pytest.mark.parametrize(("n", "least"), [(5, 0.89), (10, 0.94)])
def test_the_adjusted_interval_keeps_its_worked_coverage(n, least):
    for p, d in ((0.3, 0.3), (0.5, 0.2), (0.15, 0.45), (0.6, 0.1)):
        held = sum(
            stats.multinomial.pmf([i, j, n - i - j], n, [p, d, 1 - p - d])
            for i in range(n + 1)
            for j in range(n + 1 - i)
            if adjusted_wald(i, j, n)[0] <= 100 * (p - d) <= adjusted_wald(i, j, n)[1]
        )
        assert held >= least


def test_an_enps_needs_eleven_counts():
    assert enps([0] * 11) is None
    with pytest.raises(ValueError, match="eleven"):
        enps([1] * 5)
    with pytest.raises(ValueError, match="as many"):
        adjusted_wald(3, 3, 5)


def test_engagement_is_the_mean_of_people():
    scores = [75, 80, 55, 100, 35, 60, 65, 70, 45, 90, 85, 75, 50, 60, 95, 70, 65, 80, 40, 55]
    told = engagement(scores)
    assert (told.value, told.sd) == (pytest.approx(np.mean(scores)), pytest.approx(np.std(scores, ddof=1)))
    theirs = stats.ttest_1samp(scores, 0).confidence_interval()
    assert (told.low, told.high, told.n, told.method) == (pytest.approx(theirs.low), pytest.approx(theirs.high), 20, "t")
    assert engagement(scores[:19]).method == "plus-two t"
    assert engagement(scores, 20).method == CENSUS
    assert engagement([]) is None
    with pytest.raises(ValueError, match="from 0 to 100"):
        engagement([101])


@given(scales)
def test_a_pool_of_one_item_is_that_item(counts):
    one, pool = scale_mean(counts), pooled_engagement([counts])
    assert (pool.value, pool.low, pool.high, pool.n) == (one.value, pytest.approx(one.low), pytest.approx(one.high), one.n)


def test_items_of_several_waves_by_hand():
    first, second = (1, 2, 5, 12, 10), (4, 6, 9, 8, 5)
    told = pooled_engagement([first, second])
    a, b = spread_out(first), spread_out(second)
    # The sum of two means is tested as the difference of one and the other turned round.
    theirs = stats.ttest_ind(a, -b, equal_var=False).confidence_interval()
    assert told.value == pytest.approx((a.mean() + b.mean()) / 2)
    assert (told.low, told.high, told.n) == (pytest.approx(theirs.low / 2), pytest.approx(theirs.high / 2), 30)
    assert "approximate" in told.method


@settings(max_examples=50)
@given(st.lists(scales, min_size=2, max_size=5), st.floats(0, 1))
def test_items_that_go_together_say_less(items, correlation):
    assume(all(sum(i) > 1 for i in items))
    alone, together = pooled_engagement(items), pooled_engagement(items, correlation)
    assert together.low <= alone.low + 1e-9
    assert together.high >= alone.high - 1e-9


def test_the_same_item_twice_says_no_more_than_once():
    counts = (1, 2, 5, 12, 10)
    twice = pooled_engagement([counts, counts], correlation=1)
    half = stats.t.ppf(0.975, 58) * moments(counts).sd / math.sqrt(30)
    assert twice.high - twice.value == pytest.approx(half)


@given(scales, st.integers(0, 200))
def test_a_pool_about_these_people_now_is_narrowed_as_a_mean_is(counts, silent):
    invited = sum(counts) + silent
    one, pool = scale_mean(counts, invited), pooled_engagement([counts], invited=invited)
    assert (pool.value, pool.low, pool.high, pool.n) == (one.value, pytest.approx(one.low), pytest.approx(one.high), one.n)
    assert (pool.method == CENSUS) == (silent == 0)


def test_two_items_of_thirty_of_forty_by_hand():
    first, second = (1, 2, 5, 12, 10), (4, 6, 9, 8, 5)
    wide, told = pooled_engagement([first, second], 1), pooled_engagement([first, second], 1, invited=40)
    factor = math.sqrt(10 / 39)
    assert told.low == pytest.approx(told.value - factor * (wide.value - wide.low))
    assert told.high == pytest.approx(told.value + factor * (wide.high - wide.value))
    assert told.method == "sum of item variances, approximate, finite population"
    with pytest.raises(ValueError, match="not possible"):
        pooled_engagement([first, second], invited=29)


def test_a_pool_needs_every_item():
    assert pooled_engagement([]) is None
    assert pooled_engagement([(1, 2), (0, 0)]) is None
    with pytest.raises(ValueError, match="correlation"):
        pooled_engagement([(1, 2)], correlation=2)
