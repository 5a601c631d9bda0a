"""What is unusual: the published rule, its false alarms and its power, by simulation with fixed seeds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from bot.domain import unusual as rule
from bot.domain.unusual import adjust, limit_for, p_of, unusual

SERIES = 3000


def share(draw, seed):
    random = np.random.default_rng(seed)
    judged = [unusual(list(y[:-1]), float(y[-1])) for y in (draw(random) for _ in range(SERIES))]
    return sum(u.state == "unusual" for u in judged) / SERIES, [u.p for u in judged]


@pytest.mark.parametrize("n", [8, 12, 17, 20, 30, 52, 104])
def test_one_in_a_hundred_unchanged_series_raises_a_false_alarm(n):
    alarms, p_values = share(lambda random: random.normal(50, 7, n + 1), n)
    # Three standard errors of 3,000 draws on either side of 1 %, and what detrending may add.
    assert 0.004 <= alarms <= 0.017
    # The p-values that digests adjust are close to even everywhere, not at the limit alone.
    for level in (0.05, 0.1, 0.5):
        assert np.mean(np.array(p_values) < level) == pytest.approx(level, rel=0.35)


@pytest.mark.parametrize(("n", "least"), [(8, 0.19), (20, 0.6), (30, 0.7), (52, 0.75)])
def test_the_stated_power_for_a_shift_of_four_standard_deviations(n, least):
    found, _ = share(lambda random: np.append(random.normal(size=n), 4 + random.normal()), 100 + n)
    assert found >= least


def test_a_trend_is_expected_to_go_on():
    alarms, _ = share(lambda random: random.normal(size=53) + 0.1 * np.arange(53), 5)
    assert alarms <= 0.03


def test_a_series_that_remembers_is_judged_by_what_it_remembers():
    def remembering(random):
        noise, y = random.normal(size=81), [0.0]
        for e in noise:
            y.append(0.5 * y[-1] + e)
        return np.array(y[-31:])

    alarms, _ = share(remembering, 6)
    assert alarms <= 0.03


def test_small_counts_raise_few_false_alarms():
    assert share(lambda random: random.poisson(3, 27).astype(float), 7)[0] <= 0.043
    assert share(lambda random: random.poisson(0.3, 27).astype(float), 8)[0] <= 0.01


def test_an_outlier_in_the_past_does_not_hide_the_next():
    found, _ = share(lambda random: np.append(np.append(random.normal(size=19), 6.0), 4 + random.normal()), 9)
    assert found >= 0.5


@pytest.mark.parametrize("n", [0, 1, 5, 7])
def test_under_eight_points_there_is_no_verdict(n):
    judged = unusual([1.0] * n, 100.0)
    assert (judged.state, judged.points, judged.p) == ("history too short", n, None)


def test_a_worked_example():
    # Median 10.5, MAD 1, so z = (20 - 10.5) / 1.4826 = 6.41 beyond 5.92.
    judged = unusual([8, 9, 10, 10, 11, 11, 12, 13], 20)
    assert judged.state == "unusual"
    assert judged.z == pytest.approx(9.5 / 1.4826)
    assert (judged.low, judged.high) == pytest.approx((10.5 - 5.92 * 1.4826, 10.5 + 5.92 * 1.4826))
    assert unusual([8, 9, 10, 10, 11, 11, 12, 13], 19).state == "usual"


@pytest.mark.parametrize(("n", "limit"), [(8, 5.92), (10, 5.0), (20, 3.51), (30, 3.17), (52, 2.89), (104, 2.73), (500, 2.73)])
def test_the_calibrated_limits(n, limit):
    assert limit_for(n) == limit
    assert p_of(limit, n) == pytest.approx(0.01)


def test_limits_fall_between_their_neighbours():
    limits = [limit_for(n) for n in range(8, 120)]
    assert limits == sorted(limits, reverse=True)


def test_a_history_of_one_figure_needs_a_hundred_points_to_call_another_unusual():
    assert unusual([0.0] * 26, 1.0).state == "usual"
    assert unusual([0.0] * 26, 1.0).p == pytest.approx(1 / 27)
    assert unusual([0.0] * 104, 1.0).state == "unusual"
    assert unusual([0.0] * 104, 0.0).p == 1.0


@given(st.lists(st.floats(-1e9, 1e9), min_size=0, max_size=120), st.floats())
def test_any_series_is_judged(history, latest):
    judged = unusual(history, latest)
    assert (judged.p is None) == (judged.state == "history too short")
    assert judged.p is None or 0 <= judged.p <= 1
    if judged.z is not None and judged.limit is not None:
        assert (judged.state == "unusual") == (abs(judged.z) > judged.limit)


@given(st.lists(st.integers(0, 12), min_size=8, max_size=60))
def test_the_trend_test_agrees_with_kendall(values):
    data = np.array(values, dtype=float)
    n, ties = len(values), np.unique(values, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    score = sum(np.sign(b - a) for i, a in enumerate(values) for b in values[i + 1 :])
    expected = 1.0 if variance == 0 or score == 0 else 2 * stats.norm.sf((abs(score) - 1) / math.sqrt(variance))
    assert rule._trend_p(data) == pytest.approx(expected)


@given(st.lists(st.floats(-1e3, 1e3), min_size=8, max_size=60))
def test_the_slope_agrees_with_scipy(values):
    assert rule._slope(np.array(values)) == pytest.approx(stats.theilslopes(values).slope, abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_the_adjustment_agrees_with_statsmodels(p_values):
    assert adjust(p_values) == pytest.approx(multipletests(p_values, method="fdr_bh")[1])


def test_nothing_to_adjust():
    assert adjust([]) == []


def test_adjusting_keeps_forty_unchanged_kpis_quiet():
    random, alarms = np.random.default_rng(11), 0
    for _ in range(150):
        p = [unusual(list(random.normal(size=26)), float(random.normal())).p for _ in range(40)]
        alarms += min(adjust(p)) < 0.1
    # 31 % of weeks without the adjustment; at most 10 % with it, and three standard errors.
    assert alarms / 150 <= 0.18
