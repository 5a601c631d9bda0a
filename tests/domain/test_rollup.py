"""Longer periods: from the inputs of their parts, never from ratios."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.kpis import Grain, Input
from bot.domain.periods import between, containing
from bot.domain.rollup import over, pooled
from tests.domain.build import HOURS, SHARE, observed, share

NOVEMBER = containing(datetime(2026, 11, 10, tzinfo=UTC), Grain.MONTH)
DAYS = between(NOVEMBER.start, NOVEMBER.end, Grain.DAY)


def test_a_share_of_a_month_is_of_its_sums_and_no_mean_of_shares():
    rolled = over(SHARE, [share(d, 1, 1 + i) for i, d in enumerate(DAYS)], NOVEMBER)
    assert rolled.inputs == {"good": 30, "all": 465}
    assert rolled.figures["value"] == pytest.approx(Decimal(30) / 465)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(51, 100)), min_size=1, max_size=30))
def test_pooling_is_the_share_of_all_that_was_counted(counts):
    parts = [share(d, good, among) for d, (good, among) in zip(DAYS, counts, strict=False)]
    rolled = pooled(SHARE, parts)
    assert rolled.figures["value"] == pytest.approx(Decimal(sum(g for g, _ in counts)) / sum(a for _, a in counts))


def test_lists_are_put_together():
    parts = [observed(d, 0, inputs={"hours": (Decimal(i), Decimal(10))}) for i, d in enumerate(DAYS[:3])]
    assert pooled(HOURS, parts).inputs["hours"] == (0, 10, 1, 10, 2, 10)
    assert pooled(HOURS, parts).figures["value"] == Decimal("5.5")


@pytest.mark.parametrize(("aggregate", "whole"), [("sum", 9), ("mean", 3), ("last", 4), ("max", 4), ("min", 2)])
def test_each_input_comes_together_as_its_definition_says(aggregate, whole):
    kpi = replace(SHARE, inputs=(Input("x", "X", aggregate=aggregate),), formula="x")
    parts = [observed(d, v, inputs={"x": Decimal(v)}) for d, v in zip(DAYS, (2, 3, 4), strict=False)]
    assert pooled(kpi, parts).figures["value"] == whole


def test_of_a_list_of_what_is_open_the_last_counts():
    kpi = replace(HOURS, inputs=(Input("hours", "Hours", kind="list", aggregate="last"),))
    parts = [observed(d, None, inputs={"hours": hours}) for d, hours in zip(DAYS, ((Decimal(9),), (Decimal(1),)), strict=False)]
    assert pooled(kpi, parts).inputs == {"hours": (Decimal(1),)}


def test_what_cannot_be_added_up_says_so():
    kpi = replace(SHARE, inputs=(Input("x", "P95", aggregate="none"),), formula="x")
    parts = [observed(d, 1, inputs={"x": Decimal(1)}) for d in DAYS]
    assert pooled(kpi, parts).figures == {}
    assert pooled(kpi, parts).why_not == "P95 of parts cannot be added up to a whole"
    assert pooled(kpi, parts[:1]).figures["value"] == 1


def test_a_missing_input_or_part_is_no_zero():
    parts = [share(d, 1, 2) for d in DAYS]
    assert (
        over(SHARE, [*parts[:7], *parts[8:]], NOVEMBER).why_not
        == "Nov 2026 is not covered: something is missing before 9 Nov 2026"
    )
    assert over(SHARE, parts[:-1], NOVEMBER).why_not == "Nov 2026 is not covered to its end"
    assert over(SHARE, [], NOVEMBER).figures == {}
    bare = [replace(parts[0], inputs={"all": Decimal(2)}), *parts[1:]]
    assert over(SHARE, bare, NOVEMBER).why_not == "Reproduced is not known for every part"
    assert pooled(SHARE, []).why_not == "nothing was recorded"


def test_an_input_that_may_be_left_out_may_be_left_out_of_all_parts():
    kpi = replace(SHARE, inputs=(*SHARE.inputs, Input("extra", "Extra", required=False)))
    assert pooled(kpi, [share(d, 1, 2) for d in DAYS]).figures["value"] == Decimal("0.5")


def test_only_approved_parts_count():
    parts = [share(d, 1, 2) for d in DAYS]
    assert over(SHARE, [replace(parts[0], state="provisional"), *parts[1:]], NOVEMBER).figures == {}


def test_weeks_do_not_make_a_month():
    parts = [share(w, 1, 2) for w in between(NOVEMBER.start, NOVEMBER.end, Grain.WEEK)]
    assert "something is missing" in over(SHARE, parts, NOVEMBER).why_not
