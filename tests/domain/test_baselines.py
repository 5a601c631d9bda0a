"""Baselines: what each rule gives, and why where it gives nothing."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.baselines import needs_start, reference, window_length
from bot.domain.kpis import Baseline
from tests.domain.build import SHARE, series, share, weeks


def of(**rule):
    return replace(SHARE, baseline=Baseline(**rule))


def test_a_fixed_value():
    found = reference(of(kind="value", value=Decimal("26.1"), note="6 months"), [])
    assert (found.figures, found.label) == ({"value": Decimal("26.1")}, "6 months")
    assert reference(of(kind="pre_deployment", value=Decimal("0.8")), []).figures == {"value": Decimal("0.8")}


def test_the_first_periods_are_pooled():
    history = [share(p, 10 + i, 20 + i * i) for i, p in enumerate(weeks(12))]
    found = reference(of(kind="first_periods", window="4"), history)
    assert found.figures == {"value": pytest.approx(Decimal(46) / 94)}
    assert found.label == "W36–W39 2026"
    assert reference(of(kind="first_periods"), history).label == "W36–W43 2026"


def test_a_note_goes_before_the_dates():
    kpi = of(kind="first_periods", window="1", note="before launch")
    assert reference(kpi, series([1])).label == "before launch, week 47, 2026"


def test_what_cannot_be_pooled_is_the_median():
    found = reference(of(kind="first_periods", window="3 periods"), series([1, 100, 2, 7]))
    assert found.figures == {"value": Decimal(2)}


def test_a_window_that_is_not_over_gives_no_baseline():
    found = reference(of(kind="first_periods"), series([1, 2, 3]))
    assert (found.figures, found.label) == ({}, "no baseline: its window has 3 of 8 periods")
    found = reference(of(kind="first_periods", window="12w"), series([1, 2, 3]))
    assert found.label == "no baseline: its window of 84 days is not over"


def test_a_window_of_time():
    found = reference(of(kind="pre_deployment", window="2w"), series([1, 3, 9, 9]))
    assert found.figures == {"value": Decimal(2)}


def test_a_baseline_that_is_not_frozen_moves_along():
    rule = {"kind": "first_periods", "window": "2", "frozen": False}
    assert reference(of(**rule), series([1, 3, 9, 11])).figures == {"value": Decimal(10)}
    assert reference(of(**rule | {"window": "14d"}), series([1, 3, 9, 11])).figures == {"value": Decimal(10)}


def test_the_start_is_used_where_history_does_not_reach_it():
    history = series(list(range(20)))
    kpi = of(kind="first_periods", window="2")
    assert needs_start(kpi)
    assert reference(kpi, history[10:], history[:2]).figures == {"value": Decimal("0.5")}


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({}, "no baseline: the definition names none"),
        ({"kind": "pre_deployment"}, "no baseline: none was captured before deployment"),
        ({"kind": "concurrent_control"}, "no baseline: each figure is already measured against its control"),
        ({"kind": "frozen_reference"}, "no baseline: each figure is already measured against the frozen reference"),
    ],
)
def test_where_there_is_none_it_is_said_why(rule, why):
    found = reference(of(**rule), series([1] * 20))
    assert (found.figures, found.label) == ({}, why)
    assert not needs_start(of(**rule))


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("8", 8),
        ("12 periods", 12),
        ("90d", timedelta(days=90)),
        ("2 months", timedelta(days=60.875)),
        ("12w", timedelta(weeks=12)),
        ("1y", timedelta(days=365.25)),
    ],
)
def test_windows(words, length):
    assert window_length(words) == length


def test_a_month_is_a_twelfth_of_a_year():
    assert window_length("12 months") == window_length("1 year") == timedelta(days=365.25)


@pytest.mark.parametrize("words", ["", "0", "0d", "soon", "3 fortnights", "5 minutes", "-1"])
def test_no_windows(words):
    with pytest.raises(ValueError, match=f"^{words}$"):
        window_length(words)
