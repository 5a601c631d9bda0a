"""Benchmarks, shrunken means and rates of response: against scipy, statsmodels and worked numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from bot.domain.intervals import Mean
from bot.domain.survey_comparisons import benchmark, most_uneven, response_rates, shrunken
from bot.domain.survey_stats import moments

TWELVE = (0, 1, 2, 6, 3)
TOP_QUARTILE = 67.4
scales = st.lists(st.integers(0, 12), min_size=5, max_size=5).filter(lambda c: sum(1 for x in c if x) > 1)
groups = st.lists(st.builds(Mean, st.floats(0, 100), st.floats(1, 40), st.integers(2, 40)), min_size=2, max_size=8)


def test_the_worked_benchmark():
    told = benchmark(moments(TWELVE), TOP_QUARTILE)
    assert (round(told.value, 1), told.n, told.line) == (72.9, 12, 67.4)
    assert round(told.low, 1) == 64.1
    assert told.verdict == "cannot tell"


@given(scales, st.floats(0, 100))
def test_bounds_are_those_of_one_sided_tests(counts, line):
    told = benchmark(moments(counts), line)
    sample = DescrStatsW(np.repeat([0.0, 25, 50, 75, 100], counts))
    low, high = sample.tconfint_mean(0.1, "larger")[0], sample.tconfint_mean(0.1, "smaller")[1]
    assert (told.low, told.high) == pytest.approx((max(0, low), min(100, high)))
    assert (told.verdict == "met") == (told.low >= line)
    assert (told.verdict == "missed") == (told.high < line)


def test_what_a_benchmark_says_of_each_side():
    assert benchmark(Mean(80, 15, 40), TOP_QUARTILE).verdict == "met"
    assert benchmark(Mean(50, 15, 40), TOP_QUARTILE).verdict == "missed"
    low = benchmark(Mean(70, 15, 40), 60).low
    assert benchmark(Mean(70, 15, 40), low).verdict == "met"


def test_like_answers_do_not_settle_a_benchmark():
    told = benchmark(moments((0, 0, 0, 6, 0)), TOP_QUARTILE)
    assert (told.verdict, told.method) == ("cannot tell", "plus-two t")
    assert benchmark(Mean(75, 0, 1), TOP_QUARTILE).verdict == "cannot tell"
    with pytest.raises(ValueError, match="at least one"):
        benchmark(Mean(0, 0, 0), TOP_QUARTILE)


def test_the_worked_shrinking():
    # With a standard deviation of 24 within each group.
    small = [Mean(m, 24, n) for m, n in ((62, 6), (71, 9), (80, 5), (55, 7), (75, 12))]
    assert [round(m, 1) for m in shrunken(small)] == [67.7, 69.4, 70.6, 66.2, 70.7]


@given(groups)
def test_means_move_towards_one_another_and_never_beyond(known):
    told = shrunken(known)
    assert min(g.mean for g in known) - 1e-9 <= min(told)
    assert max(told) <= max(g.mean for g in known) + 1e-9
    centre = [(t - g.mean) for t, g in zip(told, known, strict=True)]
    assert max(told) - min(told) <= max(g.mean for g in known) - min(g.mean for g in known) + 1e-9
    if all(abs(c) < 1e-9 for c in centre):
        assert np.ptp([g.mean for g in known]) < 1e-6


def test_shrinking_brings_the_means_nearer_to_the_truth():
    random, ours, plain = np.random.default_rng(8), 0.0, 0.0
    for _ in range(200):
        sizes = random.integers(5, 15, 10)
        truth = random.normal(65, 6, 10)
        drawn = [random.normal(t, 25, n) for t, n in zip(truth, sizes, strict=True)]
        means = [Mean(float(d.mean()), float(d.std(ddof=1)), d.size) for d in drawn]
        ours += np.square(np.subtract(shrunken(means), truth)).sum()
        plain += np.square(np.subtract([m.mean for m in means], truth)).sum()
    assert ours < 0.75 * plain


def test_groups_that_differ_no_more_than_chance_are_all_alike():
    told = shrunken([Mean(60, 30, 5), Mean(61, 30, 10), Mean(62, 30, 15)])
    assert told == pytest.approx([(60 * 5 + 61 * 10 + 62 * 15) / 30] * 3)


def test_what_cannot_be_shrunk():
    assert shrunken([]) == []
    assert shrunken([Mean(60, 20, 9)]) == [60]
    assert shrunken([Mean(60, 0, 9), Mean(70, 0, 9)]) == [60, 70]
    with pytest.raises(ValueError, match="at least one answer"):
        shrunken([Mean(60, 20, 9), Mean(0, 0, 0)])


def table(known):
    return [[a, n - a] for a, n in known.values()]


@given(st.lists(st.integers(20, 80).flatmap(lambda n: st.tuples(st.integers(6, n - 6), st.just(n))), min_size=2, max_size=6))
def test_large_groups_are_compared_by_chi_square(pairs):
    known = {str(i): pair for i, pair in enumerate(pairs)}
    theirs = stats.chi2_contingency(table(known), correction=False)
    told = response_rates(known)
    if theirs.expected_freq.min() >= 5:
        assert (told.p, told.method) == (pytest.approx(theirs.pvalue, abs=1e-12), "chi-square")
    else:
        assert told.method != "chi-square"
    assert told.is_uneven == (told.p < 0.05)
    assert told.overall.n == sum(n for _, n in pairs)


@pytest.mark.parametrize("known", [{"a": (3, 8), "b": (8, 9)}, {"a": (0, 5), "b": (30, 30)}, {"a": (4, 5), "b": (5, 6)}])
def test_two_small_groups_are_compared_by_fishers_test(known):
    told = response_rates(known)
    assert (told.p, told.method) == (pytest.approx(stats.fisher_exact(table(known)).pvalue), "fisher")


@pytest.mark.parametrize(
    "known",
    [
        {"a": (3, 8), "b": (8, 9), "c": (5, 6)},
        {"a": (1, 6), "b": (6, 6), "c": (5, 6), "d": (6, 7)},
        {"a": (4, 5), "b": (5, 6), "c": (4, 5)},
    ],
)
def test_several_small_groups_are_compared_with_the_tables_of_chance(known):
    told = response_rates(known)
    sizes, answered = [n for _, n in known.values()], [a for a, _ in known.values()]

    def chi_square(counts):
        return stats.chi2_contingency([[a, n - a] for a, n in zip(counts, sizes, strict=True)], correction=False).statistic

    chance = stats.multivariate_hypergeom(sizes, sum(answered))
    found = chi_square(answered)
    grid = (c for c in np.ndindex(*[n + 1 for n in sizes]) if sum(c) == sum(answered))
    exact = sum(float(chance.pmf(c)) for c in grid if chi_square(c) >= found - 1e-9)
    assert told.method == "simulated chi-square"
    assert told.p == pytest.approx(exact, abs=0.015)
    assert response_rates(known) == told


def test_when_a_result_may_be_biased():
    even = response_rates({"a": (16, 20), "b": (24, 30)})
    assert (even.is_low, even.is_uneven, even.may_be_biased) == (False, False, False)
    low = response_rates({"a": (10, 20), "b": (15, 30)})
    assert (low.is_low, low.is_uneven, low.may_be_biased) == (True, False, True)
    uneven = response_rates({"a": (28, 30), "b": (15, 30)})
    assert (uneven.is_low, uneven.is_uneven, uneven.may_be_biased) == (False, True, True)
    assert (uneven.overall.value, uneven.groups["b"].value) == (43 / 60, 0.5)
    assert not response_rates({"a": (12, 20)}).is_low


def test_the_edges_of_response():
    assert response_rates({}) is None
    assert response_rates({"a": (0, 0)}) is None
    one = response_rates({"a": (3, 4), "gone": (0, 0)})
    assert (one.p, one.method, list(one.groups)) == (None, "none", ["a"])
    assert response_rates({"a": (4, 4), "b": (5, 5)}).p == 1
    with pytest.raises(ValueError, match="not possible"):
        response_rates({"a": (5, 4)})


def test_groups_of_which_nothing_is_known_count_among_everybody() -> None:
    told = response_rates({"team=a": (12, 12)}, everybody=(26, 52))
    assert told is not None
    assert (told.overall.value, told.is_low, told.p) == (0.5, True, None)


def test_of_two_cuts_of_the_same_people_the_most_uneven_counts_once_for_each_look() -> None:
    teams = response_rates({"team=a": (28, 30), "team=b": (15, 30)})
    sites = response_rates({"site=x": (22, 30), "site=y": (21, 30)})
    whole = response_rates({}, everybody=(43, 60))
    assert teams is not None
    assert sites is not None
    assert whole is not None
    assert teams.p is not None
    told = most_uneven([whole, sites, teams])
    assert (told.groups, told.p, told.is_uneven) == (teams.groups, 2 * teams.p, True)
    assert most_uneven([sites, sites]).p == 1
    assert most_uneven([whole]) == whole
