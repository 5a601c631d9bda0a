"""Verdicts: three-valued, with the limit on the side that the operator says."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.baselines import Reference
from bot.domain.figures import Figure, Interval
from bot.domain.intervals import wilson
from bot.domain.kpis import Bound, Target, Unit
from bot.domain.verdicts import Counted, References, condition, holds, judge, limit_of
from tests.domain.build import HOURS, SHARE

NONE = References()


def figure(value, low=None, high=None, name="value"):
    ends = None if low is None else Interval(Decimal(str(low)), Decimal(str(high)), Decimal("0.95"), "wilson")
    return {name: Figure(name, None if value is None else Decimal(str(value)), ends)}


def of(kpi, *bounds):
    return replace(kpi, target=Target(bounds, "", of=bounds[0].of))


def test_nineteen_of_twenty_cannot_tell():
    low, high = wilson(19, 20)
    assert judge(SHARE, figure(0.95, low, high), NONE, Counted(20, "19/20")) == (
        "cannot tell",
        "95.0% (19/20, 95% CI 76.4 to 99.1%) may or may not meet ≥ 90%: the interval lies on both sides.",
    )


def test_a_whole_interval_on_one_side_tells():
    assert judge(SHARE, figure(0.95, 0.92, 0.97), NONE) == ("met", "95.0% (95% CI 92.0 to 97.0%) meets ≥ 90%.")
    assert judge(SHARE, figure(0.8, 0.7, 0.89), NONE) == ("missed", "80.0% (95% CI 70.0 to 89.0%) misses ≥ 90%.")
    assert judge(SHARE, figure(0.8, 0.7, 0.91), NONE)[0] == "cannot tell"


@pytest.mark.parametrize(
    ("op", "below", "at", "above"),
    [
        ("gte", "missed", "met", "met"),
        ("gt", "missed", "missed", "met"),
        ("lte", "met", "met", "missed"),
        ("lt", "met", "missed", "missed"),
        ("eq", "missed", "met", "missed"),
        ("ne", "met", "missed", "met"),
    ],
)
def test_the_limit_itself_is_where_the_operator_says(op, below, at, above):
    kpi = of(HOURS, Bound(op, Decimal(2)))
    assert [judge(kpi, figure(v), NONE)[0] for v in (1.9, 2, 2.1)] == [below, at, above]


def test_the_ends_of_an_interval_at_the_limit():
    assert judge(SHARE, figure(0.95, 0.9, 0.97), NONE)[0] == "met"
    assert judge(of(SHARE, Bound("gt", Decimal("0.9"))), figure(0.95, 0.9, 0.97), NONE)[0] == "cannot tell"
    assert judge(SHARE, figure(0.85, 0.8, 0.9), NONE)[0] == "cannot tell"


def test_a_range_is_met_between_its_ends():
    kpi = of(SHARE, Bound("gte", Decimal("0.3")), Bound("lte", Decimal("0.7")))
    assert judge(kpi, figure(0.45, 0.44, 0.46), NONE) == ("met", "45.0% (95% CI 44.0 to 46.0%) meets ≥ 30% and ≤ 70%.")
    assert judge(kpi, figure(0.75, 0.72, 0.78), NONE)[0] == "missed"
    assert judge(kpi, figure(0.31, 0.28, 0.34), NONE)[0] == "cannot tell"


def test_a_count_of_exactly_none_is_judged_as_counted():
    kpi = replace(of(SHARE, Bound("eq", Decimal(0))), unit=Unit("count"))
    assert judge(kpi, figure(0, 0, 3.7), NONE)[0] == "met"
    assert judge(kpi, figure(1, 0.03, 5.6), NONE)[0] == "missed"


def test_the_best_that_can_be_is_met_when_nothing_fell_short():
    kpi = of(SHARE, Bound("gte", Decimal(1)))
    assert judge(kpi, figure(1, 0.996, 1), NONE) == ("met", "100.0% (95% CI 99.6 to 100.0%) meets ≥ 100%.")
    assert judge(kpi, figure("0.999", 0.994, "0.9999"), NONE)[0] == "missed"
    assert judge(of(SHARE, Bound("lte", Decimal(0))), figure(0, 0, 0.004), NONE)[0] == "met"
    assert judge(of(SHARE, Bound("gte", Decimal("0.9"))), figure("0.9", 0.8, 0.95), NONE)[0] == "cannot tell"


def test_too_few_units_cannot_tell():
    verdict, why = judge(replace(SHARE, min_n=30), figure(0.99, 0.95, 1), NONE, Counted(12))
    assert verdict == "cannot tell"
    assert "n = 12 is under the minimum of 30" in why
    assert judge(replace(SHARE, min_n=30), figure(0.99, 0.95, 1), NONE, Counted(30))[0] == "met"


def test_without_target_or_value():
    assert judge(replace(SHARE, target=None), figure(1), NONE) == ("no target", "The definition sets no target.")
    assert judge(SHARE, figure(None), NONE) == ("no data", "Reproducibility rate has no value.")
    assert judge(SHARE, {}, NONE)[0] == "no data"


RELATIVE = Bound("gte", Decimal("0.10"), against="baseline", scale="relative")


def test_a_target_against_the_baseline():
    kpi = of(replace(SHARE, estimator=SHARE.estimator), RELATIVE)
    known = References(Reference("week 1", {"value": Decimal("0.8")}))
    assert judge(kpi, figure(0.9), known) == ("met", "90.0% meets ≥ 88.0% (baseline 80.0% +10%).")
    assert judge(kpi, figure(0.87), known)[0] == "missed"


def test_a_target_against_a_baseline_that_is_missing_says_so():
    verdict, why = judge(of(SHARE, RELATIVE), figure(0.9), References(Reference("no baseline: none was captured")))
    assert verdict == "cannot tell"
    assert why == "90.0%: no baseline: none was captured, so nobody can say whether ≥ baseline +10% is met."


def test_a_target_on_the_second_scale():
    points = Bound("gte", Decimal("0.01"), of="points")
    kpi = replace(of(SHARE, points), also={"points": "x"}, also_units={"points": Unit("pp")})
    assert judge(kpi, figure(0.004, 0.0023, 0.0057, "points"), NONE) == (
        "missed",
        "Points +0.40 pp (95% CI +0.23 to +0.57 pp) misses ≥ +1 pp.",
    )


@pytest.mark.parametrize(
    ("bound", "limit"),
    [
        (Bound("lt", Decimal(5)), 5),
        (Bound("lt", Decimal(-5), against="previous"), 95),
        (Bound("lt", Decimal("-0.1"), against="previous", scale="relative"), 90),
        (Bound("lt", Decimal("-0.1"), against="baseline", scale="relative"), -220),
        (Bound("gt", Decimal("0.5"), against="target", scale="relative"), 3),
        (Bound("gt", Decimal("0.5"), of="other", against="baseline"), None),
    ],
)
def test_limits_against_references(bound, limit):
    references = References(Reference("b", {"value": Decimal(-200)}), {"value": Decimal(100)})
    assert limit_of(HOURS, bound, references) == limit


def test_above_a_range_means_above_its_upper_end():
    kpi = of(SHARE, Bound("gte", Decimal("0.3")), Bound("lte", Decimal("0.7")))
    assert limit_of(kpi, Bound("gt", Decimal(0), against="target"), NONE) == Decimal("0.7")
    assert limit_of(kpi, Bound("lt", Decimal(0), against="target"), NONE) == Decimal("0.3")


def test_the_ends_of_the_interval_can_be_read():
    low, high = (Bound("lt", Decimal("0.9"), reads=end) for end in ("ci_low", "ci_high"))
    figures = figure(0.85, 0.8, 0.92)
    assert (holds(SHARE, low, figures, NONE), holds(SHARE, high, figures, NONE)) == (True, False)
    assert holds(SHARE, low, figure(0.85), NONE) is None


def test_conditions_in_words():
    references = References(Reference("b", {"value": Decimal(4)}), {"value": Decimal(2)})
    assert condition(HOURS, Bound("gt", Decimal(2)), NONE) == "above 2 h"
    assert condition(SHARE, Bound("lt", Decimal("0.9"), reads="ci_high"), NONE) == "upper end of the interval below 90%"
    relative = Bound("gt", Decimal("0.5"), against="baseline", scale="relative")
    assert condition(HOURS, relative, references) == "above 6.0 h (baseline 4.0 h +50%)"
    assert condition(HOURS, relative, NONE) == "above baseline +50%"
    assert condition(HOURS, Bound("gt", Decimal(0), against="previous"), references) == "above 2.0 h (previous 2.0 h)"


@given(
    st.decimals(0, 1, places=3),
    st.decimals(0, 1, places=3),
    st.decimals(0, 1, places=3),
    st.sampled_from(["gt", "gte", "lt", "lte"]),
)
def test_met_and_missed_never_contradict_the_value(value, other, limit, op):
    low, high = sorted((value, other))
    kpi = of(SHARE, Bound(op, limit))
    sure, bare = judge(kpi, figure(value, low, high), NONE)[0], judge(kpi, figure(value), NONE)[0]
    assert bare in ("met", "missed")
    assert sure in (bare, "cannot tell")
