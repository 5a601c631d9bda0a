"""The states of an alert, and what each rule finds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert_backtest import replay
from bot.domain.alerts import AT_ONCE, PATIENT, STEADY, Alert, Finding, Patience, advance, read_number, read_verdict
from bot.domain.errors import BarometerError
from bot.domain.kpis import Bound, Grain, Kpi, Target, Threshold
from bot.domain.observations import Observation
from bot.domain.periods import Period, day
from bot.domain.readings import Reading, read
from bot.domain.rules import RULES, Rule, burn, limit, rules_of, split_name, stale, target, unusual
from bot.domain.silences import Silence
from bot.domain.silences import read_pattern as silence_pattern
from tests.domain.build import HOURS, SHARE, observed, over

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
BAD = Finding("bad", "warning", "3 h is above 2 h")
WORSE = Finding("bad", "critical", "9 h is above 4 h")
PENDING = Finding("pending", "warning", "3 h is above 2 h")
NO_DATA = Finding("no data", words="no figure came")
ERROR = Finding("error", words="it cannot be computed")
UNKNOWN = Finding("unknown")


def good(periods: int) -> Finding:
    return Finding("good", words="1 h", good=periods, good_since=NOW)


def fresh() -> Alert:
    return Alert(1, "k", "mttd/limit", "mttd", {}, "MTTD", "warning", "pending", NOW)


def through(*findings: Finding, patience: Patience = PATIENT, start: Alert | None = None) -> Alert:
    alert = start or fresh()
    for hour, found in enumerate(findings):
        alert = advance(alert, found, NOW + timedelta(hours=hour), patience)
    return alert


def test_pending_becomes_firing_and_keeps_when_it_was_first_true() -> None:
    alert = through(PENDING, PENDING, BAD)
    assert (alert.state, alert.times, alert.active_at, alert.fired_at) == ("firing", 1, NOW, NOW + timedelta(hours=2))
    assert alert.fired_words == "3 h is above 2 h"


def test_what_is_good_again_resolves_with_the_first_good_period() -> None:
    alert = through(BAD, good(1))
    assert (alert.state, alert.resolved_at, alert.good_since) == ("resolved", NOW + timedelta(hours=1), NOW)


def test_it_keeps_firing_for_as_many_good_periods_as_asked() -> None:
    patience = Patience(keep_firing_for=2)
    assert [through(BAD, good(n), patience=patience).state for n in (1, 2, 3)] == ["firing", "firing", "resolved"]
    assert through(BAD, good(2), BAD, patience=patience).good == 0
    assert through(BAD, good(AT_ONCE), patience=Patience(100)).state == "resolved"


@pytest.mark.parametrize(("found", "state"), [(NO_DATA, "no data"), (ERROR, "error")])
def test_no_data_and_errors_are_states_of_their_own_and_never_resolve(found: Finding, state: str) -> None:
    alert = through(BAD, found)
    assert (alert.state, alert.is_open, alert.fired_words) == (state, True, "3 h is above 2 h")
    assert through(BAD, found, BAD).times == 1
    assert through(BAD, found, good(1)).state == "resolved"


def test_without_an_alert_no_data_begins_none_and_an_error_does() -> None:
    assert through(NO_DATA).state == "pending"
    assert through(ERROR).state == "error"


def test_an_alert_becomes_graver_and_less_grave_in_its_place() -> None:
    assert (through(BAD, WORSE).level, through(BAD, WORSE).times) == ("critical", 1)
    assert through(BAD, WORSE, BAD).level == "warning"
    assert through(BAD, WORSE).fired_words == "3 h is above 2 h"


def test_firing_again_forgets_the_acknowledgement_until_it_flaps() -> None:
    taken = replace(through(BAD), acknowledged_at=NOW, acknowledged_by="U1")
    second = through(good(1), BAD, start=taken)
    assert (second.times, second.acknowledged_by, second.resolved_at) == (2, "", None)
    third = through(good(1), BAD, start=replace(second, acknowledged_at=NOW, acknowledged_by="U1"))
    assert (third.times, third.flaps, third.acknowledged_by) == (3, True, "U1")
    assert [through(good(n), start=third).state for n in (1, STEADY - 1, STEADY)] == ["firing", "firing", "resolved"]


FINDINGS = st.sampled_from([BAD, WORSE, PENDING, NO_DATA, ERROR, UNKNOWN, good(1), good(2), good(5)])


@given(st.lists(FINDINGS, max_size=20), FINDINGS, st.integers(0, 3))
def test_the_same_finding_twice_changes_nothing(before: list[Finding], found: Finding, keep: int) -> None:
    patience = Patience(keep)
    once = advance(through(*before, patience=patience), found, NOW, patience)
    assert advance(once, found, NOW, patience) == once


@given(st.lists(FINDINGS, max_size=20))
def test_only_what_is_good_resolves(findings: list[Finding]) -> None:
    alert = fresh()
    for found in findings:
        after = advance(alert, found, NOW)
        if alert.is_open and not after.is_open:
            assert found.outcome == "good"
        if after.state == "firing":
            assert after.fired_at is not None
            assert after.resolved_at is None
        alert = after


def test_the_status_is_what_people_see() -> None:
    alert = through(BAD)
    assert alert.status(NOW) == "firing"
    assert replace(alert, acknowledged_at=NOW).status(NOW) == "acknowledged"
    snoozed = replace(alert, snoozed_until=NOW + timedelta(hours=1))
    assert (snoozed.status(NOW), snoozed.status(NOW + timedelta(hours=1))) == ("snoozed", "firing")
    assert replace(alert, state="no data", acknowledged_at=NOW).status(NOW) == "no data"


# What rules find


def reading(kpi: Kpi, values: list[object], ago: timedelta = timedelta(), **facts: object) -> Reading:
    """A KPI of days of which the last ended a moment ago, or so long ago."""
    kpi = replace(kpi, frequency=(Grain.DAY,))
    last = NOW.replace(hour=0)
    days = [day((last - timedelta(days=len(values) - i)).date()) for i in range(len(values))]
    rows = [observed(d, v, i + 1, **facts) for i, (d, v) in enumerate(zip(days, values, strict=True))]
    return read(kpi, rows, NOW + ago)


def found(kpi: Kpi, *values: object, **facts: object) -> Finding:
    return limit.find(reading(kpi, list(values), **facts))  # type: ignore[arg-type]


def bounded(*thresholds: Threshold) -> Kpi:
    return replace(HOURS, thresholds=thresholds)


@pytest.mark.parametrize(
    ("op", "at_the_limit"), [("gt", "good"), ("gte", "bad"), ("lt", "good"), ("lte", "bad"), ("eq", "bad"), ("ne", "good")]
)
def test_equality_at_the_limit_is_what_the_operator_says(op: str, at_the_limit: str) -> None:
    threshold = Threshold("warning", ((Bound(op, Decimal(2)),),))  # type: ignore[arg-type]
    assert found(bounded(threshold), "2.0").outcome == at_the_limit


def test_a_separate_level_of_recovery_is_hysteresis() -> None:
    threshold = Threshold("warning", ((Bound("gt", Decimal(2)),),), (Bound("lt", Decimal(1)),))
    kpi = bounded(threshold)
    assert [found(kpi, 1, *values).outcome for values in ([3], [3, 2], [3, "1.5"], [3, "0.5"])] == ["bad", "bad", "bad", "good"]
    assert found(kpi, "1.5").outcome in ("good", "unknown")


def test_for_counts_periods_and_says_when_it_began() -> None:
    kpi = bounded(replace(over("2", "warning"), for_periods=3))
    assert [found(kpi, 1, *[3] * n).outcome for n in (1, 2, 3)] == ["pending", "pending", "bad"]
    assert found(kpi, 1, 3, 3, 3).since == NOW.replace(hour=0) - timedelta(days=3)
    assert found(kpi, 1, 3, 3, 3).bad == 3
    after = found(kpi, 3, 3, 3, 1, 1)
    assert (after.outcome, after.good, after.good_since) == ("good", 2, NOW.replace(hour=0) - timedelta(days=2))


def test_the_gravest_threshold_counts_and_the_words_say_it() -> None:
    kpi = bounded(over("2", "warning"), over("4"))
    assert (found(kpi, 5).level, found(kpi, 5).words) == ("critical", "5.0 h is above 4 h")
    assert (found(kpi, 3).level, found(kpi, 3).words) == ("warning", "3.0 h is above 2 h")


def test_too_few_units_neither_raise_nor_clear() -> None:
    kpi = replace(bounded(over("2")), min_n=10)
    assert found(kpi, 9, n=3).outcome == "unknown"
    assert found(kpi, 9, n=30).outcome == "bad"


def test_a_change_against_the_baseline_and_the_target() -> None:
    base = replace(HOURS.baseline, kind="value", value=Decimal(10))
    threshold = Threshold("critical", ((Bound("gt", Decimal("0.2"), against="baseline", scale="relative"),),))
    kpi = replace(bounded(threshold), baseline=base)
    assert (found(kpi, 12).outcome, found(kpi, "12.1").outcome) == ("good", "bad")


def test_what_is_late_is_stale_and_says_so_to_the_other_rules() -> None:
    kpi = bounded(over("2"))
    late = reading(kpi, [1, 1], timedelta(days=3))
    assert stale.find(late).outcome == "bad"
    assert stale.find(late).words == "no figure since 23 Nov 2026"
    assert limit.find(late).outcome == "no data"
    assert target.find(late).outcome == "no data"
    assert unusual.find(late).outcome == "no data"
    assert stale.find(reading(kpi, [1, 1])).outcome == "good"
    assert stale.find(read(kpi, [], NOW)).outcome == "unknown"


def test_figures_that_come_with_events_are_never_late() -> None:
    told = replace(HOURS.inputs[0], source="incidents")
    assert not stale.applies(replace(HOURS, inputs=(told,)))
    assert stale.applies(HOURS)


def test_a_missed_target() -> None:
    kpi = replace(HOURS, target=Target((Bound("lte", Decimal(2)),), "at most 2 h"))
    assert target.find(reading(kpi, [1, 3, 3])).bad == 2
    assert target.find(reading(kpi, [3, 2])).outcome == "good"
    assert not target.applies(replace(kpi, target=None))


def test_what_is_unusual_on_the_good_side_is_no_alert() -> None:
    usual = [10 + i % 3 for i in range(30)]
    assert unusual.find(reading(HOURS, [*usual, 60])).outcome == "bad"
    assert "60.0 h is unusual: usual is" in unusual.find(reading(HOURS, [*usual, 60])).words
    assert unusual.find(reading(HOURS, [*usual, 0])).outcome == "good"
    assert unusual.find(reading(HOURS, [*usual, 11])).outcome == "good"
    assert unusual.find(reading(HOURS, [1, 2, 60])).outcome == "unknown"


SLO = replace(
    SHARE,
    target=Target((Bound("gte", Decimal("0.999")),), "at least 99.9%"),
    thresholds=(
        Threshold("critical", (), burn=((timedelta(hours=1), timedelta(minutes=5), Decimal("14.4")),)),
        Threshold("warning", (), burn=((timedelta(days=3), timedelta(hours=6), Decimal(1)),)),
    ),
)


def served(*failed: int, total: int = 100_000) -> Reading:
    first = NOW.replace(hour=0) - timedelta(days=len(failed))
    rows = []
    for i, bad in enumerate(failed):
        period: Period = day((first + timedelta(days=i)).date())
        facts = {"numerator": Decimal(total - bad), "denominator": Decimal(total), "n": total}
        rows.append(observed(period, Decimal(total - bad) / total, i + 1, **facts))
    return read(replace(SLO, frequency=(Grain.DAY,)), rows, NOW)


def test_the_burn_rate_is_the_share_of_failures_over_what_may_fail() -> None:
    """The workbook's own figures: at 14.4 times the budget of 99.9 %, 1.44 % fail."""
    settled = served(10, 1440).settled
    assert burn.rate_over(SLO, settled, timedelta(hours=1)) == Decimal("14.4")
    assert burn.rate_over(SLO, settled, timedelta(days=2)) == Decimal("7.25")
    assert burn.rate_over(SLO, settled, timedelta(days=3)) is None
    assert (burn.find(served(10, 1440)).outcome, burn.find(served(10, 1440)).level) == ("bad", "critical")
    assert burn.find(served(10, 1439)).outcome != "bad" or burn.find(served(10, 1439)).level == "warning"


def test_both_windows_have_to_burn() -> None:
    assert burn.find(served(300, 300, 10)).outcome == "good"
    assert (burn.find(served(100, 100, 100)).outcome, burn.find(served(100, 100, 100)).level) == ("bad", "warning")
    assert burn.find(served(10, 10, 10)).outcome == "good"
    assert burn.find(served()).outcome == "unknown"


def test_rules_are_named_after_their_kpi_and_switched_by_it() -> None:
    kpi = replace(bounded(over("2")), alerts=replace(HOURS.alerts, on=("limit", "unusual")))
    assert [rule.name for rule in rules_of(kpi)] == ["mttd/limit", "mttd/unusual"]
    assert [rule.name for rule in rules_of(kpi, on=False)] == ["mttd/limit", "mttd/target", "mttd/stale", "mttd/unusual"]
    assert split_name("MTTD") == ("mttd", "limit")
    assert split_name("mttd/stale") == ("mttd", "stale")
    with pytest.raises(BarometerError, match="There is no rule “moon”; there are limit, burn, target, stale, unusual"):
        split_name("mttd/moon")


# What a rule would have done


def test_a_rule_is_tried_on_the_past_with_the_same_states() -> None:
    kpi = replace(bounded(over("2")), frequency=(Grain.DAY,))
    values = [1, 1, 3, 3, 1, 1, 1, 1, 1, 5, 1, 1]
    first = NOW.replace(hour=0) - timedelta(days=len(values))
    rows = [observed(day((first + timedelta(days=i)).date()), v, i + 1) for i, v in enumerate(values)]
    done = replay(Rule(kpi, RULES["limit"]), rows, (NOW - timedelta(days=90), NOW), Patience(soon=timedelta(hours=1)))
    spans = [(a.fired_at, a.resolved_at, a.level) for a in done.alerts]
    assert spans == [
        (first + timedelta(days=3), first + timedelta(days=5), "critical"),
        (first + timedelta(days=10), first + timedelta(days=11), "critical"),
    ]
    late = replay(Rule(kpi, RULES["limit"]), rows, (first + timedelta(days=6), NOW), Patience(soon=timedelta(hours=1)))
    assert [a.fired_at for a in late.alerts] == [first + timedelta(days=10)]
    once = replay(Rule(kpi, RULES["limit"]), rows, (NOW - timedelta(days=90), NOW), Patience(soon=timedelta(days=9)))
    assert [a.times for a in once.alerts] == [2]


def test_silence_in_the_past_is_found_between_the_figures() -> None:
    kpi = replace(bounded(over("2")), frequency=(Grain.DAY,))
    first = NOW.replace(hour=0) - timedelta(days=10)
    rows: list[Observation] = [observed(day((first + timedelta(days=i)).date()), 1, i + 1) for i in (0, 1, 6, 7, 8, 9)]
    done = replay(Rule(kpi, RULES["stale"]), rows, (NOW - timedelta(days=90), NOW), Patience())
    assert [(a.state, a.resolved_at) for a in done.alerts] == [("resolved", first + timedelta(days=7))]


# Words


def test_a_silence_covers_by_name_pattern_and_dimensions() -> None:
    def covers(rule: str, **dimensions: str) -> bool:
        made = Silence(1, rule, dimensions, "why", "U1", "", NOW, NOW + timedelta(hours=1))
        return made.covers(replace(fresh(), rule="model-f1/limit", dimensions={"model": "fraud"}))

    assert covers("model-f1")
    assert covers("model-*")
    assert covers("*")
    assert covers("model-f1/limit")
    assert covers("model-f1", model="fraud")
    assert not covers("model-f1/stale")
    assert not covers("model-f")
    assert not covers("model-f1", model="churn")


@pytest.mark.parametrize("text", ["", "a b", "-x", "x/y/z", "<!channel>", "Ä"])
def test_a_pattern_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BarometerError):
        silence_pattern(text)


def test_numbers_and_verdicts_as_people_type_them() -> None:
    assert [read_number(t) for t in ("ALERT-7", "alert7", " 7 ", "#7")] == [7, 7, 7, 7]
    assert read_verdict("False Alarm") == "false alarm"
    for text in ("", "INC-7", "seven", "7.5"):
        with pytest.raises(BarometerError, match="ALERT-7"):
            read_number(text)
    with pytest.raises(BarometerError, match="choose real, expected, false alarm"):
        read_verdict("maybe")
