"""Onset: the last good period, the first bad one, and no more certainty than the gaps between them allow."""

from datetime import UTC, timedelta
from decimal import Decimal
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.kpis import Grain
from bot.domain.onset import Onset, onset, shift
from bot.domain.periods import Period
from tests.domain.build import NOW, observed, series, weeks

HOUR = timedelta(hours=1)


def is_bad(observation):
    return observation.value > 2


def found(values, detected=NOW):
    points = series(values)
    return points, onset(points, is_bad, detected)


def test_between_the_last_good_week_and_the_end_of_the_first_bad_one():
    points, told = found([1, 1, 3, 4])
    assert told == Onset(points[1].period.end, points[2].period.end, points[2], points[1], 2)
    assert told.high - told.low == timedelta(weeks=1)


def test_nothing_bad_has_no_onset():
    assert found([1, 1])[1] is None
    assert found([3, 3, 1])[1] is None
    assert found([])[1] is None
    assert found([None, None])[1] is None


def test_without_a_good_week_there_is_no_low_end():
    points, told = found([None, 3, 3])
    assert told == Onset(None, points[1].period.end, points[1], None, 2)


def test_a_flapping_series_goes_back_to_its_last_good_week_only():
    points, told = found([1, 3, 1, 3])
    assert (told.last_good, told.first_bad, told.bad) == (points[2], points[3], 1)


def test_a_gap_before_the_first_bad_week_widens_the_interval():
    points, told = found([1, None, None, 3])
    assert (told.low, told.high) == (points[0].period.end, points[3].period.end)
    assert told.high - told.low == timedelta(weeks=3)
    absent = onset([points[0], points[3]], is_bad, NOW)
    assert absent == told


@pytest.mark.parametrize("values", [[1, 3, None, 3], [1, 3, 3, None], [1, 3, None, 3, None]])
def test_a_gap_in_the_run_neither_confirms_nor_breaks_it(values):
    points, told = found(values)
    assert (told.last_good, told.first_bad, told.bad) == (points[0], points[1], 2)


def test_a_gap_after_a_good_week_is_no_onset():
    assert found([3, 1, None])[1] is None


def test_whether_it_is_bad_is_not_asked_where_there_is_no_value():
    points = series([None, 1, None, 3, None])
    asked = []
    onset(points, lambda o: asked.append(o) or is_bad(o), NOW)
    assert asked == [points[3], points[1]]


def test_a_week_that_is_not_over_ends_with_the_detection():
    points = series([1, 3])
    detected = points[1].period.start + 5 * HOUR
    told = onset(points, is_bad, detected)
    assert (told.low, told.high) == (points[1].period.start, detected)


def test_what_began_at_the_detection_or_later_does_not_count():
    points = series([1, 3, 1, 1])
    assert onset(points, is_bad, points[2].period.start).first_bad == points[1]
    assert onset(points, is_bad, points[2].period.start + HOUR) is None
    assert onset(points, is_bad, points[0].period.start) is None


def test_overlapping_periods_keep_the_ends_in_order():
    # A KPI moved from UTC to Berlin: the first day there begins an hour before the last day of UTC ends.
    [week] = weeks(1)
    start = week.start
    good = observed(Period(start, start + 24 * HOUR, Grain.DAY), 1)
    bad = observed(Period(start + 23 * HOUR, start + 47 * HOUR, Grain.DAY, "Europe/Berlin"), 3)
    detected = start + 23.5 * HOUR
    told = onset([good, bad], is_bad, detected)
    assert told.low == told.high == detected


def naive(points, detected):
    """The same by what stands before and after each point, without a walk."""
    state = {None: "gap"}
    marks = [state.get(p.value, "bad" if p.value is not None and p.value > 2 else "good") for p in points]
    count = sum(p.period.start < detected for p in points)
    marks, points = marks[:count], points[:count]
    goods = [i for i, m in enumerate(marks) if m == "good"]
    start = goods[-1] + 1 if goods else 0
    bads = [i for i in range(start, count) if marks[i] == "bad"]
    if not bads:
        return None
    first, good = points[bads[0]], points[goods[-1]] if goods else None
    return Onset(good and good.period.end, sorted([first.period.end, detected])[0], first, good, len(bads))


values = st.lists(st.sampled_from([None, 1, 3]), max_size=12)


@given(values, st.integers(-3, 13 * 7 * 24), st.sets(st.integers(0, 11)))
def test_it_agrees_with_a_naive_reference(values, hours_back, absent):
    points = [p for i, p in enumerate(series(values)) if i not in absent]
    detected = NOW - hours_back * HOUR
    told = onset(points, is_bad, detected)
    assert told == naive(points, detected)
    if told:
        assert told.high <= detected
        assert told.low is None or told.low <= told.high
        assert told.first_bad.period.start < detected
        later = [p for p in points if told.first_bad.period.start <= p.period.start < detected and p.value is not None]
        assert len(list(takewhile(is_bad, later))) == len(later) == told.bad


@given(st.lists(st.booleans(), min_size=1, max_size=10))
def test_what_is_not_known_of_the_run_only_widens_the_interval(is_known):
    whole = found([3, 1] + [3] * (len(is_known) + 1))[1]
    told = found([3, 1] + [3 if known else None for known in is_known] + [3])[1]
    assert told.low == whole.low
    assert told.high >= whole.high
    assert told.bad == sum(is_known) + 1


def test_the_figures_are_decimals_in_utc():
    told = found([1, 3])[1]
    assert told.low.tzinfo is UTC
    assert told.first_bad.value == Decimal(3)


STEP = [1, 1.2, 0.9, None, 1.1, 1, 0.8, 1.1, 1, 5, 5.2, 4.9, 5.1]


def test_a_change_of_the_mean_lies_between_the_week_before_and_the_end_of_the_first_one_after():
    points = series(STEP)
    told = shift(points, NOW)
    assert (told.low, told.first, told.high) == (points[8].period.end, points[9], points[9].period.end)
    assert told.change.place == 8, "the week without a value is not counted"


def test_the_detection_cuts_what_a_change_is_looked_for_in():
    points = series(STEP)
    detected = points[10].period.start + HOUR
    assert shift(points, points[9].period.start) is None
    told = shift([*points[:3], *points], detected)
    assert told is None or told.high <= detected


def test_no_change_is_told_of_few_or_steady_weeks():
    assert shift([], NOW) is None
    assert shift(series([1, 1, 5, 5]), NOW) is None
    assert shift(series([1, 2] * 12), NOW) is None


@given(st.lists(st.none() | st.integers(0, 9), max_size=30), st.integers(0, 40 * 7 * 24))
def test_the_bounds_of_a_change_are_in_order_and_before_the_detection(values, hours_back):
    points = series(values)
    detected = NOW - hours_back * HOUR
    told = shift(points, detected)
    if told:
        assert told.low <= told.high <= detected
        assert told.first.period.start <= told.high
        assert told.low <= told.first.period.start
