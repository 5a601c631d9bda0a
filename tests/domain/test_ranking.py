"""The published rule: what a digest puts first, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from bot.domain.kpis import Category, Direction, Grain, Kpi, Threshold, Unit
from bot.domain.observations import Observation, Provenance
from bot.domain.periods import Period
from bot.domain.ranking import Context, Reason, newly, rank
from bot.domain.readings import Breach, Figure, Reading, Unusual
from bot.domain.unusual import adjust

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def kpi(name: str, **changes: object) -> Kpi:
    plain = Kpi(name, name.upper(), Category.RELIABILITY, "", (), "x", Unit("h"), Direction.DOWN, (Grain.WEEK,), "sre")
    return replace(plain, **changes)  # type: ignore[arg-type]


def observation(name: str) -> Observation:
    period = Period(NOW - timedelta(days=8), NOW - timedelta(days=1), Grain.WEEK)
    return Observation(
        1, name, period, {}, {"value": Decimal(6)}, None, None, 12, Provenance("manual", "U1"), 1, NOW - timedelta(hours=1)
    )


def reading(name: str, **changes: object) -> Reading:
    plain = Reading(kpi(name), {}, NOW, observation(name), {"value": Figure("value", Decimal(6))}, "met")
    return replace(plain, **changes)  # type: ignore[arg-type]


def unusual(p: float, z: float = 4.0, favourable: bool | None = False) -> Unusual:
    return Unusual("unusual", 26, z=z, limit=3.28, p=p, favourable=favourable)


def usual(p: float) -> Unusual:
    return Unusual("usual", 26, z=0.5, limit=3.28, p=p)


CRITICAL, WARNING = Breach("critical", 1, "over 24 h"), Breach("warning", 1, "over 12 h")


def test_the_reasons_come_in_the_published_order() -> None:
    ranked = rank(
        [
            reading("h-good", unusual=unusual(0.001, favourable=True)),
            reading("g-bad", unusual=unusual(0.001, favourable=False)),
            reading("f-stale", stale=True),
            reading("e-failed"),
            reading("d-corrected"),
            reading("c-old-warning", breach=replace(WARNING, periods=3)),
            reading("c-old-critical", breach=replace(CRITICAL, periods=3)),
            reading("b-new-warning", breach=WARNING),
            reading("a-new-critical", breach=CRITICAL),
            reading("routine", unusual=usual(0.9)),
        ],
        Context(corrected={"d-corrected"}, failed={"e-failed"}),
    )
    assert [i.reading.kpi.name for i in ranked.items] == [
        "a-new-critical",
        "b-new-warning",
        "c-old-critical",
        "c-old-warning",
        "d-corrected",
        "e-failed",
        "f-stale",
        "g-bad",
        "h-good",
    ]
    assert ranked.routine == 1


def test_a_breach_in_hand_is_routine_until_something_else_happens() -> None:
    old = reading("mttr", breach=replace(CRITICAL, periods=4))
    assert rank([old], Context(acknowledged={"mttr"})).items == ()
    both = rank([old], Context(acknowledged={"mttr"}, corrected={"mttr"}))
    assert [i.reason for i in both.items] == [Reason.CORRECTED]


@pytest.mark.parametrize(("patience", "periods", "new"), [(1, 1, True), (1, 2, False), (3, 3, True), (3, 4, False)])
def test_a_breach_is_new_in_the_period_in_which_its_threshold_first_holds(patience: int, periods: int, new: bool) -> None:
    patient = kpi("latency", thresholds=(Threshold("critical", (), for_periods=patience),))
    assert newly(reading("latency", kpi=patient, breach=replace(CRITICAL, periods=periods))) is new


def test_ties_go_by_weight_then_silence_then_size_then_name() -> None:
    same = [reading(n, unusual=unusual(0.001, z=z)) for n, z in [("a", 3.5), ("b", -9.0), ("c", 4.0), ("d", 4.0), ("e", 4.0)]]
    ranked = rank(same, Context(weights={"d": Decimal("0.4")}, explained={"b"}))
    assert [i.reading.kpi.name for i in ranked.items] == ["d", "c", "e", "a", "b"]


def test_one_unusual_value_among_many_kpis_must_be_more_unusual() -> None:
    odd = reading("odd", unusual=unusual(0.008))
    alone = rank([odd])
    crowd = rank([odd, *(reading(f"k{n}", unusual=usual(0.5)) for n in range(39))])
    assert [i.reading.kpi.name for i in alone.items] == ["odd"]
    assert crowd.items == ()
    assert crowd.routine == 40


def test_a_stale_value_is_stale_and_not_unusual() -> None:
    ranked = rank([reading("old", stale=True, unusual=unusual(0.0001))])
    assert [i.reason for i in ranked.items] == [Reason.STALE]


def test_a_kpi_without_data_is_neither_news_nor_routine() -> None:
    ranked = rank([reading("empty", observation=None, stale=True, verdict="no data")])
    assert (ranked.items, ranked.routine) == ((), 0)


GUARDED = kpi("override-rate", guardrail=("accuracy", "justified"), also={"justified": "a/b"})


def guarded(justified: str | None = "0.8") -> Reading:
    figures = {"value": Figure("value", Decimal("0.06")), "justified": Figure("justified", justified and Decimal(justified))}
    return reading("override-rate", kpi=GUARDED, figures=figures, unusual=unusual(0.001, favourable=True))


@pytest.mark.parametrize(
    ("accuracy", "held_back"),
    [
        (reading("accuracy"), ()),
        (reading("accuracy", verdict="missed"), ("accuracy",)),
        (reading("accuracy", breach=WARNING), ("accuracy",)),
        (reading("accuracy", stale=True), ("accuracy",)),
        (reading("accuracy", unusual=unusual(0.001)), ("accuracy",)),
        (reading("accuracy", observation=None), ("accuracy",)),
        (None, ("accuracy",)),
    ],
)
def test_a_good_move_is_praised_only_while_its_guardrails_hold(accuracy: Reading | None, held_back: tuple[str, ...]) -> None:
    ranked = rank([guarded(), *([accuracy] if accuracy else [])])
    item = next(i for i in ranked.items if i.reading.kpi.name == "override-rate")
    assert item.held_back == held_back
    assert item.praised is (not held_back)


def test_a_guardrail_among_the_kpis_own_figures_must_have_a_value() -> None:
    ranked = rank([guarded(None), reading("accuracy")])
    assert ranked.items[0].held_back == ("justified",)


def test_adjusted_p_values_are_those_of_the_paper() -> None:
    """The 15 p-values of Benjamini and Hochberg (1995), section 4.1: at q = 0.05 the four smallest are rejected."""
    low = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    high = [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert sum(p < 0.05 for p in adjust(low + high)) == 4


@given(st.lists(st.floats(0, 1), max_size=60))
def test_adjusted_p_values_agree_with_scipy(p_values: list[float]) -> None:
    expected = list(false_discovery_control(p_values)) if p_values else []
    assert adjust(p_values) == pytest.approx(expected)


SOME = st.builds(
    lambda name, breach, stale, p, z, favourable: reading(name, breach=breach, stale=stale, unusual=unusual(p, z, favourable)),
    st.sampled_from("abcdefgh"),
    st.sampled_from([None, CRITICAL, WARNING, replace(CRITICAL, periods=3), replace(WARNING, periods=2)]),
    st.booleans(),
    st.floats(0, 1),
    st.floats(-50, 50),
    st.sampled_from([True, False, None]),
)


@given(st.lists(SOME, unique_by=lambda r: r.kpi.name), st.randoms())
def test_the_order_does_not_depend_on_the_order_of_arrival(readings: list[Reading], random: object) -> None:
    shuffled = list(readings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    context = Context(weights={"a": Decimal(1)}, explained={"b"}, corrected={"c"})
    assert [i.reading.kpi.name for i in rank(readings, context).items] == [
        i.reading.kpi.name for i in rank(shuffled, context).items
    ]


@given(st.lists(SOME, unique_by=lambda r: r.kpi.name))
def test_every_kpi_with_data_is_either_listed_or_routine(readings: list[Reading]) -> None:
    ranked = rank(readings)
    assert len(ranked.items) + ranked.routine == len(readings)
    assert [i.reason for i in ranked.items] == sorted(i.reason for i in ranked.items)
