"""Change-points: against published results, scipy, and what a test and its bounds promise."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.datasets import nile

from bot.domain.change_point import FALSE_ALARMS, FEWEST, LEAST_SIDE, change_point

levels = st.floats(-1e6, 1e6)
noise = st.lists(st.floats(-1, 1), min_size=12, max_size=40)


def shifted(before, after, by, seed=0):
    random = np.random.default_rng(seed)
    return [*random.normal(size=before), *random.normal(by, size=after)]


def test_the_nile_fell_after_1898():
    """The place and its 95 % interval by Bai and Perron: strucchange's `confint(breakpoints(Nile ~ 1))` says 25, 28, 32."""
    told = change_point(list(nile.load_pandas().data["volume"]))
    assert told.place == 28
    assert (told.low, told.high) == (pytest.approx(25, abs=1), pytest.approx(32, abs=1))
    assert (told.before, told.after) == (pytest.approx(1097.75), pytest.approx(849.97, abs=0.01))
    assert told.p <= 0.001


def test_the_place_is_that_of_the_greatest_t():
    for seed in range(20):
        values = shifted(15, 9, 2.5, seed)
        ts = {k: abs(stats.ttest_ind(values[:k], values[k:]).statistic) for k in range(LEAST_SIDE, 24 - LEAST_SIDE + 1)}
        told = change_point(values)
        assert told is None or told.place == max(ts, key=ts.get)


def test_p_is_that_of_a_permutation_test():
    values = shifted(9, 5, 1.9, 7)

    def greatest(series):
        n = len(series)
        return max(abs(stats.ttest_ind(series[:k], series[k:]).statistic) for k in range(LEAST_SIDE, n - LEAST_SIDE + 1))

    random = np.random.default_rng(3)
    share = np.mean([greatest(random.permutation(values)) >= greatest(values) for _ in range(400)])
    told = change_point(values)
    assert told.p == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("draw", [lambda r: r.normal(size=30), lambda r: r.lognormal(size=30), lambda r: r.integers(0, 3, 30)])
def test_false_alarms_are_as_rare_as_said(draw):
    random = np.random.default_rng(11)
    alarms = sum(change_point([float(v) for v in draw(random)]) is not None for _ in range(250))
    assert alarms <= stats.binom.ppf(0.9999, 250, FALSE_ALARMS)


@pytest.mark.parametrize(("before", "after", "by"), [(57, 3, 4), (27, 3, 4), (15, 5, 3), (22, 8, 2)])
def test_a_change_is_found_and_its_bounds_hold_it(before, after, by):
    found = [told for seed in range(60) if (told := change_point(shifted(before, after, by, seed)))]
    assert len(found) >= 45
    held = sum(told.low <= before <= told.high for told in found)
    assert held >= stats.binom.ppf(0.001, len(found), 0.92)


@pytest.mark.parametrize("values", [[], [1.0], [1, 1, 1, 9, 9, 9], [5.0] * 40, [*[1.0] * 20, math.nan, *[9.0] * 20]])
def test_too_few_points_or_nothing_that_changes_is_no_change(values):
    assert change_point(values) is None


def test_one_outlier_is_no_change():
    assert change_point([*shifted(30, 0, 0)[:29], 40.0]) is None
    assert change_point([*shifted(15, 0, 0), 40.0, *shifted(15, 0, 0, 1)]) is None


@settings(max_examples=40)
@given(noise, noise, levels, st.floats(8, 1e3), st.sampled_from([-1, 1]))
def test_a_step_above_the_noise_is_found_where_it_is(first, second, level, step, way):
    values = [*(level + e for e in first), *(level + way * step + e for e in second)]
    told = change_point(values)
    assert told is not None
    assert told.place == len(first)
    assert LEAST_SIDE <= told.low <= told.place <= told.high <= len(values) - LEAST_SIDE
    assert (told.after - told.before) * way > 0


@settings(max_examples=40)
@given(st.lists(st.floats(-100, 100), min_size=FEWEST, max_size=30), st.sampled_from([0.5, 4.0, 1024.0]))
def test_the_unit_does_not_matter_and_the_same_series_gives_the_same(values, unit):
    told, other = change_point(values), change_point([v * unit for v in values])
    assert (told and (told.place, told.p, told.low, told.high)) == (other and (other.place, other.p, other.low, other.high))
    assert change_point(values) == told, "the seed is fixed"


def test_a_wider_level_gives_wider_bounds():
    values = shifted(30, 10, 1.8, 4)
    bounds = [change_point(values, level) for level in (0.5, 0.8, 0.95, 0.99)]
    assert all(a.low >= b.low and a.high <= b.high for a, b in pairwise(bounds))
