"""Intervals: against scipy, statsmodels and published worked numbers."""

import math
import warnings
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson

from bot.domain import intervals
from bot.domain.intervals import Mean
from bot.domain.kpis import Category, Direction, Estimator, Grain, Input, Kpi, Unit

CONTROL, AI = (1200, 60_000), (1440, 60_000)
counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def percent(ends, digits=1):
    return tuple(round(100 * e, digits) for e in ends)


def bernoulli(successes, n):
    p = successes / n
    return Mean(p, math.sqrt(p * (1 - p)), n)


def test_the_worked_conversion_lift():
    assert percent(intervals.newcombe(AI, CONTROL), 4) == (0.2341, 0.5663)
    assert percent(intervals.score_ratio(AI, CONTROL), 2) == (11.25, 29.44)
    assert percent(intervals.fieller(bernoulli(*AI), bernoulli(*CONTROL)), 2) == (11.26, 29.49)


@pytest.mark.parametrize(
    ("successes", "n", "worked"),
    [(19, 20, (76.4, 99.1)), (46, 50, (81.2, 96.8)), (95, 100, (88.8, 97.8)), (11, 12, (64.6, 98.5))],
)
def test_worked_shares(successes, n, worked):
    assert percent(intervals.wilson(successes, n)) == worked


@given(counts, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_shares_agree_with_statsmodels(counted, level):
    assert intervals.wilson(*counted, level) == pytest.approx(
        proportion_confint(*counted, alpha=1 - level, method="wilson"), abs=1e-12
    )
    assert intervals.clopper_pearson(*counted, level) == pytest.approx(
        proportion_confint(*counted, alpha=1 - level, method="beta"), abs=1e-9
    )


@given(counts)
def test_a_share_lies_in_its_interval_and_the_interval_in_0_to_1(counted):
    for method in (intervals.wilson, intervals.clopper_pearson):
        low, high = method(*counted)
        assert 0 <= low <= counted[0] / counted[1] <= high <= 1


@pytest.mark.parametrize("method", [intervals.wilson, intervals.clopper_pearson])
def test_shares_at_the_edges(method):
    assert method(0, 10)[0] == 0
    assert method(10, 10)[1] == 1
    assert method(0, 0) is None
    assert method(11, 10) is None
    assert method(-1, 10) is None


@given(st.integers(0, 2000), st.integers(1, 50))
def test_counts_agree_with_statsmodels(events, exposure):
    ours = intervals.poisson_exact(events, exposure)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = confint_poisson(events, exposure, method="exact-c")
    assert ours == pytest.approx((0.0 if events == 0 else theirs[0], theirs[1]), rel=1e-9)
    assert ours[0] <= events / exposure <= ours[1]


def test_no_events_in_four_audits():
    # Garwood's two-sided limit for none is -ln(0.025) = 3.689; the exact share of 4 is 60.2 %.
    assert intervals.poisson_exact(0)[1] == pytest.approx(-math.log(0.025))
    assert percent(intervals.clopper_pearson(0, 4)) == (0.0, 60.2)
    assert intervals.poisson_exact(1, 0) is None


@given(counts, counts)
def test_differences_agree_with_statsmodels_and_hold_the_estimate(one, control):
    low, high = intervals.newcombe(one, control)
    assert (low, high) == pytest.approx(confint_proportions_2indep(*one, *control, method="newcomb", compare="diff"), abs=1e-9)
    assert -1 <= low <= one[0] / one[1] - control[0] / control[1] <= high <= 1


@given(counts, counts)
def test_the_ends_of_a_ratio_are_where_the_score_test_turns(one, control):
    assume(control[0] > 0)
    low, high = intervals.risk_ratio(one, control)
    estimate = (one[0] / one[1]) / (control[0] / control[1])
    assert 0 <= low <= estimate <= high
    assert (low == 0) == (one[0] == 0)
    z = stats.norm.ppf(0.975)
    for end in (e for e in (low, high) if 0 < e < math.inf):
        score = intervals._ratio_score(one, control, end)
        assert abs(score) == pytest.approx(z, rel=1e-5) or one[0] == one[1] or control[0] == control[1]


@pytest.mark.parametrize(
    ("one", "control"), [(AI, CONTROL), ((10, 10), (1, 10)), ((3, 40), (9, 50)), ((70, 100), (65, 99)), ((0, 1), (8, 9))]
)
def test_ratios_agree_with_statsmodels(one, control):
    theirs = confint_proportions_2indep(*one, *control, method="score", compare="ratio")
    assert intervals.risk_ratio(one, control) == pytest.approx(theirs, rel=1e-6)


def test_a_ratio_turned_over_has_its_interval_turned_over():
    low, high = intervals.risk_ratio((30, 100), (20, 100))
    assert intervals.risk_ratio((20, 100), (30, 100)) == pytest.approx((1 / high, 1 / low), rel=1e-9)


def test_a_control_without_success_gives_no_ratio():
    assert intervals.risk_ratio((3, 10), (0, 10)) is None
    assert intervals.risk_ratio((3, 10), (0, 0)) is None


def test_means_agree_with_scipy():
    random = np.random.default_rng(7)
    one, control = random.gamma(2, 10, 80), random.gamma(2, 8, 50)
    theirs = stats.ttest_ind(one, control, equal_var=False).confidence_interval(0.95)
    a, b = (Mean(x.mean(), x.std(ddof=1), len(x)) for x in (one, control))
    assert intervals.welch(a, b) == pytest.approx((theirs.low, theirs.high))
    assert intervals.student(a) == pytest.approx(stats.t.interval(0.95, 79, a.mean, a.sd / math.sqrt(80)))
    assert intervals.welch(a, Mean(1, 1, 1)) is None
    assert intervals.student(Mean(1, 0, 1)) is None


def test_fieller_solves_its_own_equation():
    one, control, z = Mean(21.4, 60, 8000), Mean(19.4, 55, 8000), stats.norm.ppf(0.975)
    for end in intervals.fieller(one, control):
        ratio = 1 + end
        distance = one.mean - ratio * control.mean
        assert distance**2 == pytest.approx(z**2 * (one.variance + ratio**2 * control.variance))


def test_fieller_has_no_answer_where_the_control_may_be_zero():
    assert intervals.fieller(Mean(5, 1, 30), Mean(0.1, 1, 30)) is None
    assert intervals.fieller(Mean(5, 1, 30), Mean(0, 0, 30)) is None


def test_the_bootstrap_agrees_with_scipy():
    values = tuple(float(v) for v in np.random.default_rng(3).gamma(1.5, 4, 40))
    theirs = stats.bootstrap((values,), np.mean, method="BCa", n_resamples=20_000, random_state=1).confidence_interval
    assert intervals.bca(values) == pytest.approx((theirs.low, theirs.high), rel=0.03)


@given(st.lists(st.floats(0, 1e6), min_size=0, max_size=40).map(tuple))
def test_the_bootstrap_is_the_same_every_time_and_within_the_data(values):
    ends = intervals.bca(values)
    intervals.bca.cache_clear()
    assert intervals.bca(values) == ends
    assert ends is None or min(values) <= ends[0] <= ends[1] <= max(values)


def test_the_bootstrap_needs_two_values():
    assert intervals.bca((4.0,)) is None
    assert intervals.bca((4.0, 4.0, 4.0)) is None


@pytest.mark.parametrize(("n", "method"), [(2, "student"), (19, "student"), (20, "bca"), (2000, "bca"), (2001, "student")])
def test_few_and_many_durations_are_left_to_student(n, method):
    values = [v + 10 for v in range(n)]
    interval = found(kpi(method="bca"), {"hours": [str(v) for v in values]})
    assert interval.method == method
    if method == "student":
        theirs = stats.t.interval(0.95, n - 1, np.mean(values), stats.sem(values))
        assert (float(interval.low), float(interval.high)) == pytest.approx((max(0, theirs[0]), theirs[1]))


def test_the_mean_of_what_is_never_negative_is_not_negative():
    assert intervals.student_of([0.1, 9.0])[0] == 0
    assert intervals.student_of([-1.0, 9.0])[0] < 0
    assert intervals.student_of([3.0]) is None


@pytest.mark.parametrize(("n", "rank"), [(6, 1), (9, 2), (10, 2), (20, 6), (50, 18)])
def test_medians_by_published_ranks(n, rank):
    # Conover, table of ranks for the 95 % interval of a median.
    assert intervals.median_exact(list(range(1, n + 1))) == (rank, n + 1 - rank)


@given(st.lists(st.floats(-1e6, 1e6), max_size=60))
def test_a_median_lies_in_its_interval(values):
    ends = intervals.median_exact(values)
    assert (ends is None) == (len(values) < 6)
    assert ends is None or ends[0] <= np.median(values) <= ends[1]


def test_f1_is_the_worked_one_in_its_interval():
    low, high = intervals.f1_wilson(80, 20, 20)
    wilson = proportion_confint(80, 120, method="wilson")
    assert (low, high) == pytest.approx(tuple(2 * j / (1 + j) for j in wilson))
    assert low < 0.8 < high


def test_hanley_and_mcneils_own_example():
    # Hanley & McNeil 1982: area 0.893, 51 abnormal and 58 normal cases, standard error 0.032 in the paper's table II.
    low, high = intervals.hanley_mcneil(0.893, 51, 58)
    assert (high - low) / 2 / stats.norm.ppf(0.975) == pytest.approx(0.032, abs=0.001)
    assert intervals.hanley_mcneil(0.9, 0, 10) is None
    assert intervals.hanley_mcneil(1.0, 10, 10) == (1.0, 1.0)


def kpi(figure="value", method="wilson", **estimator):
    options = estimator.pop("options", {})
    return Kpi(
        name="k", title="K", category=Category.MODEL, definition="", inputs=(Input("a", "A"),), formula="a", unit=Unit("ratio"),
        direction=Direction.UP, frequency=(Grain.WEEK,), owner="o",
        estimator=Estimator({figure: method}, options=options, **estimator),
    )  # fmt: skip


def found(definition, inputs, figure="value", value="0.5"):
    given_inputs = {k: tuple(map(Decimal, v)) if isinstance(v, list) else Decimal(v) for k, v in inputs.items()}
    return intervals.interval_of(definition, figure, given_inputs, {figure: Decimal(value)})


def test_the_definition_names_the_method_and_its_inputs():
    ends = found(kpi(numerator="good", denominator="all"), {"good": 19, "all": 20})
    assert (round(ends.low, 3), round(ends.high, 3), ends.level, ends.method) == (
        Decimal("0.764"),
        Decimal("0.991"),
        Decimal("0.95"),
        "wilson",
    )


def test_another_level_gives_another_interval():
    wide = found(kpi(numerator="a", denominator="b", level=Decimal("0.99")), {"a": 19, "b": 20})
    assert float(wide.low) == pytest.approx(proportion_confint(19, 20, 0.01, "wilson")[0])


def test_a_figures_own_inputs_go_before_the_common_ones():
    definition = kpi(
        "points", "newcombe", numerator="x", denominator="y",
        options={
            "points.numerator": "c1", "points.denominator": "n1", "control_numerator": "c0", "control_denominator": "n0",
        },
    )  # fmt: skip
    ends = found(definition, {"c1": 1440, "n1": 60000, "c0": 1200, "n0": 60000, "x": 1, "y": 2}, "points")
    assert percent((float(ends.low), float(ends.high)), 4) == (0.2341, 0.5663)


def test_welch_is_scaled_by_the_input_that_it_names():
    options = {"control_numerator": "r0", "control_denominator": "n0", "sd": "s1", "control_sd": "s0"}
    inputs = {"r1": 126000, "n1": 10000, "r0": 120000, "n0": 10000, "s1": 30, "s0": 28, "users": 10000}
    per_user = found(kpi(method="welch", numerator="r1", denominator="n1", options=options), inputs)
    total = found(kpi(method="welch", numerator="r1", denominator="n1", options=options | {"scale": "users"}), inputs)
    assert float(total.low) == pytest.approx(10_000 * float(per_user.low))
    assert per_user.low < Decimal("0.6") < per_user.high


def test_a_saving_is_one_minus_the_ratio():
    options = {"control_numerator": "r0", "control_denominator": "n0", "sd": "s1", "control_sd": "s0"}
    inputs = {"r1": 66000, "n1": 12000, "r0": 120000, "n0": 10000, "s1": 4, "s0": 5}
    common = {"numerator": "r1", "denominator": "n1", "options": options}
    lift, saving = (found(kpi(method=m, **common), inputs) for m in ("fieller", "fieller_saving"))
    assert (saving.low, saving.high) == (-lift.high, -lift.low)
    assert saving.low < Decimal("0.5416667") < saving.high


def test_lists_are_found_by_kind_or_by_name():
    hours = ["1", "2", "3", "9", "4", "5", "7"]
    only = found(kpi(method="median_exact"), {"hours": hours, "n": 7})
    named = found(kpi(method="median_exact", options={"sample": "hours"}), {"hours": hours, "other": ["1"]})
    assert (only.low, only.high) == (named.low, named.high) == (1, 9)
    assert found(kpi(method="median_exact"), {"hours": hours, "other": ["1"]}) is None


@pytest.mark.parametrize("method", sorted(intervals.METHODS))
def test_no_method_fails_on_absent_empty_or_absurd_inputs(method):
    counted = ["numerator", "denominator", "n", "control_numerator", "control_denominator", "sd", "control_sd", "scale"]
    parts = [*counted, "auc", "positives", "negatives", "true_positives", "false_positives", "false_negatives"]
    definition = kpi(method=method, options={p: p for p in parts})
    assert found(definition, {}) is None
    for absurd in ("0", "-1", "1e400", "-1e400", "1e-320"):
        ends = found(definition, dict.fromkeys(parts, absurd) | {"hours": []})
        assert ends is None or ends.low <= ends.high
    assert found(definition, {"hours": ["1e400"] * 7}) is None


def test_no_value_has_no_interval():
    definition = kpi(numerator="a", denominator="b")
    inputs = {"a": Decimal(1), "b": Decimal(2)}
    assert intervals.interval_of(definition, "value", inputs, {"value": None}) is None
    assert intervals.interval_of(definition, "other", inputs, {"other": Decimal(1)}) is None
