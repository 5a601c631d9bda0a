"""Readings: one KPI at a moment, with all that makes its figure believable and nothing that is not known."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.kpis import Baseline, Bound, Direction, Grain, Target
from bot.domain.periods import after, between, containing, label
from bot.domain.readings import better, read
from tests.domain.build import HOURS, NOW, SHARE, observed, over, series, share, weeks

THIS_WEEK = containing(NOW, Grain.WEEK)


def test_nothing_recorded_is_no_data_and_never_zero():
    reading = read(SHARE, [], NOW)
    assert (reading.observation, reading.value, reading.verdict) == (None, None, "no data")
    assert reading.why_verdict == "Nothing has been recorded."
    assert (reading.breach, reading.unusual, reading.stale, reading.history) == (None, None, False, ())


def test_a_share_with_its_interval_verdict_and_changes():
    history = [share(p, g, 20) for p, g in zip(weeks(3), (18, 17, 19), strict=True)]
    reading = read(SHARE, history, NOW)
    assert reading.observation is history[-1]
    assert reading.value == Decimal("0.95")
    ends = reading.figures["value"].interval
    assert (round(ends.low, 3), round(ends.high, 3)) == (Decimal("0.764"), Decimal("0.991"))
    assert reading.verdict == "cannot tell"
    assert (
        reading.why_verdict == "95.0% (19/20, 95% CI 76.4 to 99.1%) may or may not meet ≥ 90%: the interval lies on both sides."
    )
    [change] = reading.comparisons
    assert (change.against, change.label, change.points, change.better) == ("previous", "week 46, 2026", Decimal("0.10"), True)
    assert change.relative == Decimal("0.10") / Decimal("0.85")
    assert reading.unusual.state == "history too short"
    assert reading.unusual.points == 2


def test_the_period_that_is_not_over_is_kept_apart():
    history = [*series([1, 1.5]), observed(THIS_WEEK, 9, 7)]
    reading = read(replace(HOURS, thresholds=(over("2"),)), history, NOW)
    assert (reading.value, reading.running.value) == (Decimal("1.5"), 9)
    assert reading.verdict == "met"
    assert reading.breach is None
    assert [c.label for c in reading.comparisons] == ["week 46, 2026"]
    assert THIS_WEEK not in [o.period for o in reading.history]


def test_where_only_the_running_period_is_known_it_is_shown_and_not_judged():
    reading = read(replace(HOURS, thresholds=(over("2"),)), [observed(THIS_WEEK, 9)], NOW)
    assert reading.value == 9
    assert (reading.verdict, reading.why_verdict) == (
        "cannot tell",
        "week 48, 2026 is not over, so its figure is not judged yet.",
    )
    assert (reading.breach, reading.comparisons, reading.unusual, reading.stale) == (None, (), None, False)


def test_the_week_is_over_at_its_end():
    reading = read(HOURS, [observed(THIS_WEEK, 1)], THIS_WEEK.end)
    assert (reading.verdict, reading.running) == ("met", None)


def test_a_gap_is_compared_with_the_last_known_period_by_its_own_name():
    first, _, last = weeks(3)
    reading = read(HOURS, [observed(first, 1), observed(last, 2)], NOW)
    assert reading.comparisons[0].label == label(first)


def test_the_baseline_is_a_comparison():
    kpi = replace(HOURS, baseline=Baseline("value", Decimal(4), note="before"))
    reading = read(kpi, series([1]), NOW)
    [change] = reading.comparisons
    assert (change.against, change.label, change.points, change.better) == ("baseline", "before", -3, True)
    assert read(HOURS, series([1]), NOW).no_baseline == "no baseline: the definition names none"


def test_a_rejected_figure_never_counts():
    history = series([1, 9])
    reading = read(HOURS, [history[0], replace(history[1], state="rejected")], NOW)
    assert reading.observation is history[0]


def test_a_provisional_figure_is_shown_and_neither_raises_nor_clears():
    kpi = replace(HOURS, thresholds=(over("2"),))
    calm, high = series([1, 9]), series([9, 1])
    raised = read(kpi, [calm[0], replace(calm[1], state="provisional")], NOW)
    assert (raised.value, raised.provisional, raised.breach, raised.unusual) == (9, True, None, None)
    cleared = read(kpi, [high[0], replace(high[1], state="provisional")], NOW)
    assert (cleared.value, cleared.provisional) == (1, True)
    assert cleared.breach.words == "9.0 h is above 2 h in week 46, 2026"


def test_a_correction_that_waits_for_approval_leaves_the_approved_figure_standing():
    [standing] = series([1])
    waiting = replace(standing, id=9, figures={"value": Decimal(5)}, state="provisional", supersedes=standing.id)
    assert read(HOURS, [standing, waiting], NOW).value == 1
    assert read(HOURS, [standing, replace(waiting, state="approved")], NOW).value == 5


def test_figures_whose_labels_are_still_coming_in_are_provisional():
    kpi = replace(HOURS, label_delay=timedelta(days=7), thresholds=(over("2"),))
    reading = read(kpi, series([3, 9]), NOW)
    assert (reading.value, reading.provisional) == (9, True)
    assert reading.breach.words == "3.0 h is above 2 h in week 46, 2026"
    assert not read(kpi, series([3, 9]), NOW + timedelta(days=7)).provisional


def test_a_figure_of_too_few_is_shown_and_alerts_nobody():
    kpi = replace(SHARE, min_n=30, thresholds=(over("0.5"),))
    reading = read(kpi, [share(weeks(1)[0], 19, 20)], NOW)
    assert (reading.value, reading.too_few, reading.breach, reading.verdict) == (Decimal("0.95"), True, None, "cannot tell")


def test_a_figure_of_a_small_group_is_withheld_everywhere():
    kpi = replace(SHARE, min_group=5)
    reading = read(kpi, [share(p, 3, n) for p, n in zip(weeks(2), (10, 4), strict=True)], NOW)
    assert reading.value is None
    assert reading.why_verdict == "Fewer than 5 people are behind this figure, so it is not shown."
    assert (reading.observation.inputs, reading.observation.numerator, reading.history[-1].value) == ({}, None, None)
    assert reading.history[0].value == Decimal("0.3")


@pytest.mark.parametrize(("late", "stale"), [(timedelta(), False), (timedelta(microseconds=1), True)])
def test_it_is_stale_one_and_a_half_periods_after_the_last_that_was_approved(late, stale):
    [period] = weeks(1)
    reading = read(HOURS, [observed(period, 1)], period.end + timedelta(days=10.5) + late)
    assert reading.stale is stale
    assert reading.due == after(period).end


def test_labels_that_come_late_make_it_stale_later():
    [period] = weeks(1)
    kpi = replace(HOURS, label_delay=timedelta(days=14), stale_after=Decimal(2))
    moment = period.end + timedelta(days=28)
    assert not read(kpi, [observed(period, 1)], moment).stale
    assert read(kpi, [observed(period, 1)], moment + timedelta(seconds=1)).stale


def test_a_figure_that_nobody_approved_does_not_make_it_fresh():
    first, second = weeks(2)
    moment = first.end + timedelta(days=11)
    waiting = observed(second, 1, state="provisional")
    assert read(HOURS, [observed(first, 1), waiting], moment).stale
    assert not read(HOURS, [observed(first, 1), replace(waiting, state="approved")], moment).stale
    assert read(HOURS, [waiting], second.end + timedelta(days=11)).stale


def test_stale_does_not_resolve():
    reading = read(replace(HOURS, thresholds=(over("2"),)), series([3, 3]), NOW + timedelta(weeks=8))
    assert (reading.stale, reading.breach.periods) == (True, 2)


def test_no_value_is_said_and_keeps_its_place():
    reading = read(HOURS, series([1, None]), NOW)
    assert (reading.value, reading.verdict, reading.why_verdict) == (None, "no data", "MTTD has no value.")
    assert reading.comparisons == ()
    assert len(reading.history) == 2


@pytest.mark.parametrize(("value", "favourable"), [(20, False), (0.1, True)])
def test_unusual_with_the_side_on_which_it_is(value, favourable):
    calm = [10, 10.2, 9.8, 10.1, 9.9, 10.3, 9.7, 10, 10.1, 9.9]
    reading = read(HOURS, series([*calm, value]), NOW)
    assert (reading.unusual.state, reading.unusual.favourable, reading.unusual.points) == ("unusual", favourable, 10)
    assert read(HOURS, series([*calm, 10]), NOW).unusual.state == "usual"


def test_other_grains_stay_out():
    month = containing(weeks(1)[0].start, Grain.MONTH)
    days = [observed(d, 5) for d in between(month.start, NOW, Grain.DAY)]
    reading = read(HOURS, [*series([1, 2]), *days], NOW)
    assert {o.period.grain for o in reading.history} == {Grain.WEEK}
    assert read(HOURS, days, NOW).history[-1].period.grain is Grain.DAY


def test_periods_that_have_not_begun_stay_out():
    assert read(HOURS, [*series([1]), observed(after(THIS_WEEK), 9)], NOW).running is None


def test_an_also_figure_has_its_own_interval_and_target():
    kpi = replace(
        SHARE,
        also={"missed": "1 - good / all"},
        target=Target((Bound("lte", Decimal("0.5"), of="missed"),), "", of="missed"),
        estimator=replace(SHARE.estimator, methods={"value": "wilson", "missed": "none"}),
    )
    observation = share(weeks(1)[0], 19, 20)
    reading = read(kpi, [replace(observation, figures={**observation.figures, "missed": Decimal("0.05")})], NOW)
    assert reading.figures["missed"].interval is None
    assert (reading.verdict, reading.why_verdict) == ("met", "Missed 5.0% meets ≤ 50%.")


@pytest.mark.parametrize(
    ("direction", "start", "value", "good"),
    [
        (Direction.UP, 1, 2, True),
        (Direction.UP, 2, 1, False),
        (Direction.DOWN, 2, 1, True),
        (Direction.ZERO, -3, 2, True),
        (Direction.ZERO, 1, -2, False),
        (Direction.ZERO, 1, -1, None),
        (Direction.NONE, 1, 2, None),
        (Direction.UP, 1, 1, None),
    ],
)
def test_which_way_is_better(direction, start, value, good):
    assert better(direction, Decimal(start), Decimal(value)) is good


cells = st.tuples(
    st.none() | st.decimals(-100, 100, places=1),
    st.sampled_from(["approved", "provisional", "rejected"]),
    st.none() | st.integers(0, 50),
)


@given(st.lists(cells, max_size=12), st.integers(-30, 120))
def test_whatever_was_recorded_only_what_is_settled_raises_alarms(cells, days):
    kpi = replace(HOURS, thresholds=(over("2"), over("1", "warning")), min_n=10)
    moment = NOW + timedelta(days=days)
    history = [observed(p, v, i, state=s, n=n) for i, (p, (v, s, n)) in enumerate(zip(weeks(len(cells)), cells, strict=True))]
    reading = read(kpi, history, moment)
    known = [o for o in history if o.state == "approved" and o.period.end <= moment]
    settled = [o for o in known if (o.n is None or o.n >= 10) and o.value is not None]
    assert (reading.breach is not None) == bool(settled and settled[-1].value > 1)
    assert all(o.state != "rejected" for o in reading.history)
    assert reading.observation is None or reading.observation.period.start <= moment
