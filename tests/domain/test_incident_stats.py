"""Durations: against scipy, statsmodels and sets worked by hand, with spans that are over and spans that still run."""

import math
import warnings
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from bot.domain import intervals
from bot.domain.incident_stats import FEWEST, Attainment, Durations, Span, kaplan_meier, summarize

hours = st.one_of(st.integers(0, 12).map(float), st.floats(1e-6, 2000), st.sampled_from([30 / 3600, 72.0, 1 / 60]))
spans = st.lists(st.builds(Span, hours, st.booleans(), st.none() | hours), max_size=60)
ended = st.lists(hours, min_size=1, max_size=60)


def over(*lengths):
    return [Span(float(h)) for h in lengths]


def running(*lengths):
    return [Span(float(h), over=False) for h in lengths]


def steps(known):
    return [(length, round(share, 3)) for length, share in kaplan_meier(known)]


def theirs(known):
    return SurvfuncRight([s.hours for s in known], [int(s.over) for s in known])


def their_interval(known, level):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        low, high = theirs(known).quantile_ci(0.5, 1 - level, "cloglog")
    return None if np.isnan(low) else (low, None if np.isinf(high) else high)


def test_no_span_says_nothing():
    assert summarize([]) == Durations(0, 0)
    assert astuple(summarize([])) == (0, 0, *[None] * 10)
    assert kaplan_meier([]) == ()
    assert summarize([]).too_few


def test_three_spans_by_hand():
    told = summarize(over(4, 20, 12))
    assert (told.n, told.open, told.mean, told.median, told.p90) == (3, 0, 12, 12, pytest.approx(18.4))
    # The standard error is 8/√3 and Student's limit for two degrees of freedom 4.3027: 12 ± 19.87, but never below zero.
    assert told.mean_interval == pytest.approx((0, 12 + 4.302653 * 8 / math.sqrt(3)))
    assert told.geometric_mean == pytest.approx(960 ** (1 / 3))
    assert told.median_interval is None
    assert told.survival_median == 12
    assert told.survival_interval == (4, 20)
    assert told.attainment is None
    assert told.too_few
    assert steps(over(4, 20, 12)) == [(4, 0.667), (12, 0.333), (20, 0)]


def test_three_days_and_half_a_minute_are_both_exact():
    told = summarize(over(72, 30 / 3600))
    assert told.mean == (72 + 30 / 3600) / 2
    assert told.median == pytest.approx(told.mean, rel=1e-15)
    assert told.geometric_mean == pytest.approx(math.sqrt(0.6))
    assert kaplan_meier(over(72, 30 / 3600)) == ((30 / 3600, 0.5), (72, 0))


def test_one_that_runs_past_its_target_is_missed_and_one_within_it_is_not_counted():
    known = [Span(2, target=4.0), Span(4, target=4.0), Span(5, target=4.0), Span(9)]
    assert summarize(known).attainment == Attainment(2, 3, intervals.wilson(2, 3))
    assert summarize([*known, Span(4, over=False, target=4.0)]).attainment == Attainment(2, 3, intervals.wilson(2, 3))
    assert summarize([*known, Span(4.1, over=False, target=4.0)]).attainment == Attainment(2, 4, intervals.wilson(2, 4))


def test_each_span_has_its_own_target():
    assert summarize([Span(3, target=4.0), Span(3, target=1.0), Span(0, target=0.0)]).attainment.met == 2


def test_targets_of_which_nothing_is_known_yet():
    assert summarize([Span(1, over=False, target=4.0)]).attainment == Attainment(0, 0, None)


@given(spans, st.sampled_from([0.8, 0.95]))
def test_attainment_agrees_with_statsmodels(known, level):
    told = summarize(known, level).attainment
    if told and told.n:
        assert told.interval == pytest.approx(proportion_confint(told.met, told.n, 1 - level, "wilson"), abs=1e-12)


def test_what_ends_goes_before_what_still_runs_at_the_same_length():
    # At 4 hours all five can still end: one does. At 8 three are left, of which two end.
    known = [*over(4, 8, 8), *running(4, 8)]
    assert steps(known) == [(4, 0.8), (8, 0.267)]
    assert kaplan_meier(known) == kaplan_meier(known[::-1])
    assert summarize(known).survival_median == 8


def test_all_that_still_run_have_no_median():
    told = summarize(running(3, 90))
    assert told == Durations(0, 2)
    assert kaplan_meier(running(3, 90)) == ()


def test_the_curve_may_not_fall_so_low():
    told = summarize([*over(4), *running(6, 20)])
    assert (told.n, told.open, told.median, told.survival_median) == (1, 2, 4, None)
    assert told.survival_interval == (4, None)


def test_a_curve_that_rests_at_half_falls_below_it_at_the_next_end():
    assert summarize(over(1, 2, 3, 4)).survival_median == 3
    assert summarize(over(1, 2, 3, 4)).median == 2.5
    # 9/10 · 8/9 · 7/8 · 6/7 · 5/6 is a half, whatever rounding makes of it.
    assert summarize(over(*range(1, 11))).survival_median == 6
    assert summarize([*over(4), *running(20)]).survival_median is None


def test_one_that_still_runs_raises_the_survival_median_alone():
    before, after = summarize(over(2, 4, 6)), summarize([*over(2, 4, 6), *running(50)])
    assert (before.median, before.survival_median) == (after.median, 4) == (4, 4)
    assert after.survival_median == 6


def test_a_single_span_has_no_interval():
    told = summarize(over(7))
    assert told == Durations(1, 0, 7, None, 7, None, told.geometric_mean, None, 7, 7, None)
    assert told.geometric_mean == 7


@pytest.mark.parametrize("n", [2, 19, 20, 60])
def test_equal_spans_have_no_interval_of_a_mean(n):
    told = summarize([*over(*[0.3] * (n - 1)), Span(0.1 + 0.2)])
    assert (told.mean_interval, told.geometric_interval) == (None, None)
    assert 0.3 <= told.mean <= 0.1 + 0.2


def test_a_zero_has_no_logarithm():
    told = summarize(over(0, 3, 5))
    assert (told.geometric_mean, told.geometric_interval) == (None, None)
    assert told.mean == pytest.approx(8 / 3)
    assert summarize(over(0, 0)).median == 0


@pytest.mark.parametrize(("n", "too_few"), [(FEWEST - 1, True), (FEWEST, False)])
def test_too_few(n, too_few):
    assert summarize([*over(*range(n)), *running(*range(9))]).too_few is too_few


@pytest.mark.parametrize("n", [2, 19, 20, 2000, 2001])
def test_a_mean_has_students_or_the_bootstraps_interval(n):
    lengths = np.random.default_rng(n).lognormal(1, 1, n)
    told = summarize(over(*lengths))
    if 20 <= n <= 2000:
        assert told.mean_interval == intervals.bca(tuple(sorted(lengths.tolist())))
    else:
        low, high = stats.t.interval(0.95, n - 1, lengths.mean(), stats.sem(lengths))
        assert told.mean_interval == pytest.approx((max(0, low), high))


@given(ended, st.sampled_from([0.8, 0.95, 0.99]))
def test_those_that_are_over_agree_with_numpy_and_scipy(lengths, level):
    told = summarize([*over(*lengths), *running(1, 5000)], level)
    assert (told.n, told.open) == (len(lengths), 2)
    assert told.mean == pytest.approx(np.mean(lengths))
    assert told.median == pytest.approx(np.median(lengths))
    assert told.p90 == pytest.approx(np.quantile(lengths, 0.9))
    assert told.median_interval == intervals.median_exact(lengths, level)
    assert told.geometric_mean == (pytest.approx(stats.gmean(lengths)) if min(lengths) else None)


@given(st.lists(st.floats(1e-3, 2000), min_size=2, max_size=30, unique_by=lambda h: round(h, 3)))
def test_the_geometric_interval_is_students_of_the_logarithms(lengths):
    told, logs = summarize(over(*lengths)), np.log(lengths)
    low, high = np.exp(stats.t.interval(0.95, len(logs) - 1, logs.mean(), stats.sem(logs)))
    assert told.geometric_interval == pytest.approx((low, high))
    assert low <= told.geometric_mean <= high


@given(spans)
def test_the_curve_is_that_of_statsmodels(known):
    if not any(s.over for s in known):
        assert kaplan_meier(known) == ()
        return
    reference = theirs(known)
    assert [h for h, _ in kaplan_meier(known)] == list(reference.surv_times)
    assert [share for _, share in kaplan_meier(known)] == pytest.approx(reference.surv_prob, abs=1e-9)


@given(spans, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_its_median_and_interval_are_those_of_statsmodels(known, level):
    told = summarize(known, level)
    if not told.n:
        assert (told.survival_median, told.survival_interval) == (None, None)
        return
    reference = theirs(known)
    assert told.survival_interval == their_interval(known, level)
    if not any(abs(share - 0.5) < 1e-9 for share in reference.surv_prob):  # there its rounding decides
        median = reference.quantile(0.5)
        assert told.survival_median == (None if np.isnan(median) else median)


@given(spans, st.randoms(use_true_random=False))
def test_the_order_of_the_spans_does_not_matter(known, random):
    mixed = random.sample(known, len(known))
    assert summarize(mixed) == summarize(known)
    assert kaplan_meier(mixed) == kaplan_meier(known)


def figures(told):
    """Every figure in hours by name, ends of intervals apart."""
    found = {}
    for name in Durations.__slots__:
        value = getattr(told, name)
        if name not in ("n", "open", "attainment"):
            found |= {f"{name}.{i}": v for i, v in enumerate(value)} if isinstance(value, tuple) else {name: value}
    return found


def scaled(known, by):
    return [Span(s.hours * by, s.over, None if s.target is None else s.target * by) for s in known]


@given(spans, st.integers(-20, 20).map(lambda e: 2.0**e))
def test_other_units_give_the_same_figures(known, by):
    told, other = summarize(known), summarize(scaled(known, by))
    assert (told.n, told.open, told.attainment) == (other.n, other.open, other.attainment)
    for name, value in figures(other).items():
        before = figures(told)[name]
        assert value == (None if before is None else pytest.approx(before * by, rel=1e-9)), name


@given(
    st.lists(st.builds(Span, st.integers(0, 4000).map(float), st.booleans(), st.none()), max_size=19),
    st.sampled_from([60, 3600, 1 / 24]),
)
def test_minutes_and_days_give_the_same_figures(known, by):
    other = figures(summarize(scaled(known, by)))
    assert other == {k: None if v is None else pytest.approx(v * by) for k, v in figures(summarize(known)).items()}


@given(spans)
def test_figures_and_intervals_are_in_order(known):
    told = summarize(known)
    lengths = [s.hours for s in known if s.over]
    if not lengths:
        return
    assert min(lengths) <= told.median <= told.p90 <= max(lengths)
    assert min(lengths) <= told.mean <= max(lengths)
    assert told.geometric_mean is None or min(lengths) <= told.geometric_mean <= told.mean * (1 + 1e-12)
    for ends in (told.mean_interval, told.median_interval, told.geometric_interval):
        assert ends is None or 0 <= ends[0] <= ends[1]
    if told.survival_interval and told.survival_median is not None:
        low, high = told.survival_interval
        assert low <= told.survival_median <= (math.inf if high is None else high)


def test_the_interval_holds_a_median_past_which_the_curve_falls_in_one_step():
    # At 2 hours the share falls from 0.9 to 0.45, surely below half; at 9 only two are left, and nothing is sure.
    known = [*over(*[1] * 1000, *[2] * 4500, 9, 10), *running(*[3] * 4498)]
    assert their_interval(known, 0.95) == (9, 10)
    told = summarize(known)
    assert (told.survival_median, told.survival_interval) == (2, (2, 10))


@given(spans, hours)
def test_one_that_still_runs_never_lowers_the_survival_median(known, length):
    before, after = (summarize(s).survival_median for s in (known, [*known, Span(length, over=False)]))
    assert after is None or (before is not None and before <= after)


@given(spans, st.integers(0, 59))
def test_nor_does_one_that_is_opened_again(known, index):
    opened = [s._replace(over=s.over and i != index) for i, s in enumerate(known)]
    before, after = summarize(known).survival_median, summarize(opened).survival_median
    assert after is None or (before is not None and before <= after)


@given(st.lists(st.floats(0, allow_infinity=False, allow_nan=False).map(abs), min_size=1, max_size=25))
def test_no_length_is_too_short_or_too_long(lengths):
    told = summarize(over(*lengths))
    assert all(v is None or math.isfinite(v) for v in figures(told).values())
    assert min(lengths) <= told.median <= max(lengths)


@pytest.mark.parametrize("absurd", [-1.0, -1e-9, math.inf, -math.inf, math.nan])
def test_what_is_no_elapsed_time_is_refused(absurd):
    for span in (Span(absurd), Span(absurd, over=False), Span(1, target=absurd)):
        with pytest.raises(ValueError):
            summarize([Span(2), span])
        with pytest.raises(ValueError):
            kaplan_meier([Span(2), span])


@pytest.mark.parametrize("level", [0, 1, -0.5, 95, math.nan])
def test_a_level_is_a_share(level):
    with pytest.raises(ValueError):
        summarize(over(1, 2), level)


def test_ten_thousand_spans():
    random = np.random.default_rng(5)
    lengths, ends = random.lognormal(2, 1.5, 10_000), random.random(10_000) < 0.9
    known = [Span(h, o, 24.0) for h, o in zip(lengths.tolist(), ends.tolist(), strict=True)]
    told = summarize(known)
    assert told.survival_interval[0] < told.survival_median < told.survival_interval[1]
    assert told.survival_median > told.median
