"""Retention and turnover: against scipy, statsmodels and worked numbers."""

import warnings
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson

from bot.domain.retention import (
    Stay,
    Tenure,
    chance_at_target,
    compounded_retention,
    kept,
    retention,
    retention_verdict,
    staff_of,
    survival,
    turnover,
)

people = st.lists(st.builds(Tenure, st.integers(0, 365).map(float), st.booleans()), min_size=1, max_size=50)
counted = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def percent(estimate):
    return tuple(round(100 * x, 1) for x in (estimate.value, estimate.low, estimate.high))


def verdict(stayed, start):
    return retention_verdict(retention(stayed, start))


def theirs(known, level=0.95):
    """Scipy's curve of survival, and its interval, after the last who left."""
    seen = [[t.days for t in known if t.left is left] for left in (True, False)]
    curve = stats.ecdf(stats.CensoredData(uncensored=seen[0], right=seen[1])).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ends = curve.confidence_interval(level, method="log-log")
    return curve.probabilities[-1], ends.low.probabilities[-1], ends.high.probabilities[-1]


def test_the_worked_retention():
    told = retention(36, 40)
    assert [round(p) for p in percent(told)] == [90, 77, 96]
    assert (told.n, told.method) == (40, "wilson")
    assert round(chance_at_target(36, 40), 3) == 0.263
    assert retention_verdict(told) == "cannot tell"


def test_how_many_it_takes_to_show_85_per_cent():
    assert (verdict(39, 40), verdict(92, 100), verdict(180, 200)) == ("met", "met", "met")
    assert (verdict(38, 40), verdict(91, 100), verdict(179, 200)) == ("cannot tell",) * 3
    assert round(100 * retention(20, 20).low, 1) == 83.9
    assert verdict(20, 20) == "cannot tell"
    assert verdict(60, 100) == "missed"
    assert retention(0, 0) is None


@given(counted)
def test_retention_agrees_with_statsmodels_and_scipy(pair):
    told = retention(*pair)
    assert (told.low, told.high) == pytest.approx(proportion_confint(*pair, method="wilson"), abs=1e-12)
    p = stats.binomtest(*pair, 0.85, alternative="greater").pvalue
    assert chance_at_target(*pair) == pytest.approx(p, rel=1e-9)


def test_the_worked_turnover():
    told = turnover(4, 41.5)
    assert (percent(told), told.n, told.method) == ((9.6, 2.6, 24.7), 4, "poisson")
    assert round(100 * turnover(2, 40, 5 / 12).value, 1) == 12.0
    assert round(100 * compounded_retention(38, 40, 5 / 12), 1) == 88.4


@given(st.integers(1, 60), st.floats(1, 400), st.floats(0.1, 5))
def test_turnover_agrees_with_statsmodels(leavers, headcount, years):
    low, high = confint_poisson(leavers, headcount * years, method="exact-c")
    told = turnover(leavers, headcount, years)
    assert (told.value, told.low, told.high) == pytest.approx((leavers / headcount / years, low, high))


def test_turnover_of_nobody():
    assert turnover(0, 40).low == 0
    assert turnover(0, 0) is None
    assert compounded_retention(0, 0, 1) is None


def test_the_worked_survival():
    # Forty people, of whom four leave after four to ten months and four joined who were seen for one to four.
    months = [(4, True), (6, True), (8, True), (10, True), (1, False), (2, False), (3, False), (4, False), *[(12, False)] * 32]
    told = survival([Tenure(365 * m / 12, left) for m, left in months])
    assert (percent(told), told.n, told.method) == ((89.0, 73.2, 95.7), 40, "kaplan-meier")


def test_without_joiners_it_is_the_share_who_stayed():
    known = [Tenure(30.0 * i, left=True) for i in range(1, 5)] + [Tenure(365.0, left=False)] * 36
    assert survival(known).value == pytest.approx(retention(36, 40).value)


@given(people, st.sampled_from([0.8, 0.95]))
def test_survival_agrees_with_scipy(known, level):
    known = [*known, Tenure(365.0, left=False), Tenure(40.0, left=True)]
    told = survival(known, level=level)
    assert (told.value, told.low, told.high) == pytest.approx(theirs(known, level))
    assert told.low <= told.value <= told.high


def test_who_left_after_the_horizon_stayed_until_it():
    known = [Tenure(100.0, left=True), Tenure(400.0, left=True), Tenure(500.0, left=False)]
    assert survival(known).value == pytest.approx(2 / 3)
    assert survival(known, days=400).value == pytest.approx(1 / 3)
    # Whoever left on the last day left within it.
    assert survival([Tenure(365.0, left=True), Tenure(365.0, left=False)]).value == pytest.approx(0.5)


def test_where_nobody_left_only_those_seen_to_the_end_count():
    joiners = [Tenure(20.0, left=False)] * 30
    told = survival([Tenure(365.0, left=False)] * 20 + joiners)
    assert (told.value, told.high) == (1, 1)
    assert told.low == pytest.approx(proportion_confint(20, 20, method="beta")[0])
    assert survival(joiners) is None
    assert survival([]) is None


def test_where_everybody_left():
    told = survival([Tenure(10.0, left=True), *[Tenure(200.0, left=True)] * 6])
    assert (told.value, told.low) == (0, 0)
    assert told.high == pytest.approx(proportion_confint(0, 6, method="beta")[1])


def test_what_is_impossible_is_refused():
    for wrong in (
        lambda: retention(5, 4),
        lambda: chance_at_target(5, 4),
        lambda: compounded_retention(4, 4, 0),
        lambda: turnover(-1, 4),
        lambda: survival([Tenure(-1.0, left=True)]),
        lambda: survival([Tenure(np.inf, left=True)]),
        lambda: survival([], days=0),
    ):
        with pytest.raises(ValueError, match="give"):
            wrong()


FIRST, END = date(2026, 1, 1), date(2027, 1, 1)


def test_the_people_of_a_period():
    stays = [
        Stay(date(2020, 1, 1)),
        Stay(date(2026, 1, 1), date(2026, 7, 1)),
        Stay(date(2025, 1, 1), date(2026, 1, 1)),
        Stay(date(2026, 10, 1)),
        Stay(date(2026, 3, 1), date(2026, 3, 11)),
        Stay(date(2019, 1, 1), date(2027, 5, 1)),
        Stay(date(2027, 1, 1)),
    ]
    found = staff_of(stays, FIRST, END)
    assert (found.start, found.stayed, found.end, found.joined, found.left, found.days) == (3, 2, 3, 2, 2, 365)
    assert sorted((t.days, t.left) for t in found.tenures) == [(10, True), (92, False), (181, True), (365, False), (365, False)]


days = st.integers(-800, 500).map(lambda n: FIRST + timedelta(days=n))
stays = st.tuples(days, st.none() | st.integers(0, 900)).map(
    lambda pair: Stay(pair[0], None if pair[1] is None else pair[0] + timedelta(days=pair[1]))
)


@given(st.lists(stays, max_size=40))
def test_nobody_is_lost_or_counted_twice(drawn):
    found = staff_of(drawn, FIRST, END)
    there = [s for s in drawn if s.joined <= FIRST and (s.left is None or s.left > FIRST)]
    assert found.start == len(there)
    assert found.end == sum(s.joined < END and (s.left is None or s.left >= END) for s in drawn)
    assert found.start + found.joined - found.left == found.end
    assert 0 <= found.stayed <= min(found.start, found.end)
    assert len(found.tenures) == found.start + found.joined
    assert all(0 <= t.days <= 365 for t in found.tenures)


def test_a_year_that_runs_is_never_met_and_may_be_missed():
    assert kept(2026, 200, 190, is_over=True).verdict == "met"
    assert kept(2026, 200, 190, is_over=False).verdict == "cannot tell"
    assert kept(2026, 200, 100, is_over=False).verdict == "missed"


def test_the_worked_retention_is_told_with_turnover_and_survival():
    """36 of 40 stayed and three joined: turnover is 4 of 39.5, the mean of both headcounts."""
    gone = [Stay(date(2020, 1, 1), FIRST + timedelta(days=n)) for n in (60, 120, 200, 300)]
    joined = [Stay(date(2026, 4, 1))] * 3
    found = kept(2026, 40, 36, is_over=True, staff=staff_of([Stay(date(2020, 1, 1))] * 36 + gone + joined, FIRST, END))
    assert found.staff is not None
    assert (found.staff.start, found.staff.stayed, found.staff.end, found.verdict) == (40, 36, 39, "cannot tell")
    assert percent(found.rate) == percent_of(0.9, *proportion_confint(36, 40, method="wilson"))
    low, high = confint_poisson(4, 1, method="exact-c")
    assert percent(found.turnover) == percent_of(4 / 39.5, low / 39.5, high / 39.5)
    assert found.survival.value == pytest.approx(1 - theirs_falls(found.staff.tenures))
    assert found.survival.n == 43


def percent_of(*values):
    return tuple(round(100 * v, 1) for v in values)


def theirs_falls(tenures):
    seen = [[t.days for t in tenures if t.left is left] for left in (True, False)]
    return 1 - float(stats.ecdf(stats.CensoredData(uncensored=seen[0], right=seen[1])).sf.evaluate(364))


def test_what_is_no_period_or_stay_is_refused():
    with pytest.raises(ValueError):
        staff_of([], FIRST, FIRST)
    with pytest.raises(ValueError):
        staff_of([Stay(END, FIRST)], FIRST, END)
    with pytest.raises(ValueError):
        kept(2026, 0, 0, is_over=True)
