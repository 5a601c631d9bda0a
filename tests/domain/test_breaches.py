"""Thresholds: entered after so many periods, left by recovery, untouched by what is not known."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.baselines import Reference
from bot.domain.breaches import breach
from bot.domain.figures import Breach, Figure, Interval
from bot.domain.kpis import Bound, Threshold
from bot.domain.observations import Observation
from tests.domain.build import HOURS, observed, over, series, weeks


def plain(observation):
    return {name: Figure(name, value) for name, value in observation.figures.items()}


def past(values, *thresholds, baseline=None, figures_of=plain):
    kpi = replace(HOURS, thresholds=thresholds)
    observations = values if any(isinstance(v, Observation) for v in values) else series(values)
    return breach(kpi, observations, figures_of, Reference("b", baseline or {}))


def test_a_threshold_is_passed_and_counted():
    assert past([1, 3, 3], over("2")) == Breach("critical", 2, "3.0 h is above 2 h")
    assert past([3, 3, 1], over("2")) is None
    assert past([1, 2], over("2")) is None
    assert past([], over("2")) is None


def test_the_gravest_goes_first():
    warning, critical = over("2", "warning"), over("4")
    assert past([5], warning, critical).level == "critical"
    assert past([3], warning, critical).level == "warning"


@pytest.mark.parametrize(("values", "running"), [([5, 5], 0), ([5, 5, 5], 3), ([5, 1, 5, 5], 0), ([5, 5, 5, 5], 4)])
def test_it_is_entered_only_after_so_many_periods_running(values, running):
    found = past(values, over("2", for_periods=3))
    assert (found.periods if found else 0) == running


RECOVER = {"recover": (Bound("lte", Decimal("1.5")),)}


def test_it_is_left_only_on_recovery():
    assert past([3, 1.8], over("2", **RECOVER)) == Breach("critical", 2, "1.8 h is not yet at or below 1.5 h")
    assert past([3, 1.8, 1.5], over("2", **RECOVER)) is None
    assert past([1.8, 1.8], over("2", **RECOVER)) is None


def test_an_oscillating_figure_does_not_flap():
    found = [past([3, *values], over("2", **RECOVER)) for values in ([1.9], [1.9, 2.1], [1.9, 2.1, 1.9])]
    assert [f.periods for f in found] == [2, 3, 4]


def test_no_value_neither_enters_nor_leaves():
    assert past([3, None], over("2")) == Breach("critical", 1, "no value does not say whether it is still above 2 h")
    assert past([1, None], over("2")) is None
    assert past([3, None, 3], over("2", for_periods=2)).periods == 2


def test_all_bounds_of_a_group_and_any_group():
    both = Threshold("warning", ((Bound("gt", Decimal(2)), Bound("gt", Decimal(1), of="effect")),))
    either = Threshold("warning", ((Bound("gt", Decimal(2)),), (Bound("gt", Decimal(1), of="effect"),)))
    [period] = weeks(1)
    high = [observed(period, 3, figures={"value": Decimal(3), "effect": Decimal("0.5")})]
    assert past(high, both) is None
    assert past(high, either).words == "3.0 h is above 2 h"


def test_against_the_baseline_and_the_period_before():
    worse = Threshold("warning", ((Bound("gt", Decimal("0.1"), against="baseline", scale="relative"),),))
    jumped = Threshold("warning", ((Bound("gt", Decimal(5), against="previous"),),))
    assert past([3], worse) is None
    assert past([3], worse, baseline={"value": Decimal(2)}).words == "3.0 h is above 2.2 h (baseline 2.0 h +10%)"
    assert past([3, 9], jumped).words == "9.0 h is above 8.0 h (previous 3.0 h +5 h)"


def test_the_period_before_is_the_one_directly_before():
    jumped = Threshold("warning", ((Bound("gt", Decimal(5), against="previous"),),))
    first, _, last = weeks(3)
    assert past([observed(first, 3), observed(last, 9)], jumped) is None


def test_an_end_of_the_interval():
    threshold = Threshold("critical", ((Bound("gt", Decimal(2), reads="ci_low"),),))

    def wide(observation):
        value = observation.value
        return {"value": Figure("value", value, Interval(value - 1, value + 1, Decimal("0.95"), "t"))}

    assert past([2.5], threshold, figures_of=wide) is None
    assert past([3.5], threshold, figures_of=wide).words == "the lower end of the interval of 3.5 h is above 2 h"
    assert past([3.5], threshold) is None


def whole_history(values, limit, recover, for_periods):
    """The same rule, told forward from the first observation."""
    fires, streak, running = False, 0, 0
    for value in values:
        if value is None:
            continue
        if value > limit:
            streak, running = streak + 1, running + 1
            fires = fires or streak >= for_periods
        elif fires and value > recover:
            streak, running = 0, running + 1
        else:
            fires, streak, running = False, 0, 0
    return running if fires else 0


@given(st.lists(st.none() | st.integers(0, 5), min_size=1, max_size=20), st.integers(1, 4), st.integers(0, 2))
def test_looking_back_to_the_last_clear_period_is_as_good_as_the_whole_history(values, for_periods, gap):
    threshold = over("3", for_periods=for_periods, recover=(Bound("lte", Decimal(3 - gap)),))
    found = past(values, threshold)
    assert (found.periods if found else 0) == whole_history(values, 3, 3 - gap, for_periods)
