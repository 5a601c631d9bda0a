"""Over which periods a digest tells a KPI: the longest, up to its own, that are up to date."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.grains import at_grain
from bot.domain.kpis import Grain
from bot.domain.periods import between, containing
from tests.domain.build import NOW, SHARE, share

DAILY, WEEKLY = (replace(SHARE, frequency=(g,)) for g in (Grain.DAY, Grain.WEEK))


def recorded(grain, first, last=NOW, without=()):
    periods = [p for p in between(first, last, grain) if p.end <= last]
    return [share(p, 9, 10, number=n) for n, p in enumerate(periods, 1) if p.start.date().isoformat() not in without]


def told(kpi, history, grain, now=NOW):
    found = at_grain(kpi, history, grain, now)
    return found.kpi.grain, [o.period.start.date().isoformat() for o in found.history if o.period.end <= now]


def test_days_make_up_the_longest_period_that_they_fill():
    days = recorded(Grain.DAY, datetime(2026, 4, 1, tzinfo=UTC))
    assert told(DAILY, days, Grain.QUARTER) == (Grain.QUARTER, ["2026-04-01", "2026-07-01"])
    assert told(DAILY, days[92:], Grain.QUARTER) == (Grain.MONTH, ["2026-08-01", "2026-09-01", "2026-10-01"])
    assert told(DAILY, days[-20:], Grain.QUARTER) == (Grain.WEEK, ["2026-11-09", "2026-11-16"])
    assert told(DAILY, days[-5:], Grain.QUARTER)[0] is Grain.DAY


def test_a_month_with_a_gap_gives_way_to_what_is_up_to_date():
    days = recorded(Grain.DAY, datetime(2026, 7, 1, tzinfo=UTC), without={"2026-10-14"})
    grain, starts = told(DAILY, days, Grain.MONTH)
    assert (grain, starts[-1]) == (Grain.WEEK, "2026-11-16")


def test_a_gap_long_ago_leaves_the_months_since():
    days = recorded(Grain.DAY, datetime(2026, 7, 1, tzinfo=UTC), without={"2026-08-14"})
    assert told(DAILY, days, Grain.MONTH) == (Grain.MONTH, ["2026-07-01", "2026-09-01", "2026-10-01"])


def test_what_was_recorded_over_other_periods_than_the_kpis_own_is_told_whole():
    months = recorded(Grain.MONTH, datetime(2026, 7, 1, tzinfo=UTC))
    for grain in (Grain.DAY, Grain.WEEK):
        assert told(WEEKLY, months, grain) == (Grain.MONTH, ["2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01"])


@pytest.mark.parametrize("grain", [Grain.MONTH, Grain.QUARTER])
def test_weeks_make_up_no_month_even_where_they_happen_to_fill_one(grain):
    now = datetime(2027, 3, 10, tzinfo=UTC)  # February 2027 is four whole weeks
    weeks = recorded(Grain.WEEK, datetime(2027, 1, 4, tzinfo=UTC), now)
    used, starts = told(WEEKLY, weeks, grain, now)
    assert (used, starts[-1]) == (Grain.WEEK, "2027-03-01")


def test_months_that_were_recorded_as_such_are_told_though_weeks_are_too():
    months = recorded(Grain.MONTH, datetime(2026, 8, 1, tzinfo=UTC))
    weeks = recorded(Grain.WEEK, datetime(2026, 10, 26, tzinfo=UTC))
    history = sorted([*months, *weeks], key=lambda o: o.period.start)
    assert told(WEEKLY, history, Grain.MONTH) == (Grain.MONTH, ["2026-08-01", "2026-09-01", "2026-10-01"])


@given(st.integers(0, 500), st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.QUARTER]), st.sets(st.integers(0, 499), max_size=4))
def test_nothing_newer_than_what_is_told_fills_a_period_of_its_grain(count, grain, missing):
    start = NOW - timedelta(days=count)
    days = [d for n, d in enumerate(recorded(Grain.DAY, start)) if n not in missing]
    found = at_grain(DAILY, days, grain, NOW)
    if days:
        latest = found.history[-1].period
        assert days[-1].period.end < containing(latest.end, latest.grain).end
