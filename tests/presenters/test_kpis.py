import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain import intervals
from bot.domain.observations import Observation
from bot.domain.parts import Button, Buttons, Chart, Mention, Message, Span, Text, plain
from bot.domain.people import SYSTEM, Asker
from bot.domain.periods import label
from bot.presenters import kpis as presenter
from bot.presenters.kpi_origin import METHODS
from bot.presenters.kpi_words import filled_in
from bot.services import Services, definitions, kpis
from bot.settings import Settings
from storage import Database
from storage.tables import metadata
from tests.conftest import NOW

ANA = Asker("U0ANA", frozenset({"sre"}), "Europe/Oslo")
CAI = Asker("U0CAI", frozenset({"compliance_officer"}))
ZONE = "Europe/Oslo"


@pytest.fixture
def shipped(tmp_path: Path) -> Iterator[Services]:
    """Services with the shipped definitions."""
    database = Database(f"sqlite:///{tmp_path / 'barometer.db'}")
    metadata.create_all(database.engine)
    services = Services(database, Settings(), lambda: NOW)
    definitions.apply_files(services, SYSTEM)
    yield services
    database.close()


def words(message: Message) -> str:
    return "\n".join(plain(part) for part in message.parts)


def chart_of(message: Message) -> Chart:
    return next(part for part in message.parts if isinstance(part, Chart))


def buttons_of(message: Message) -> list[Button]:
    return [b for part in message.parts if isinstance(part, Buttons) for b in part.items]


def record(services: Services, value: str, week: int) -> Observation:
    return kpis.record(services, ANA, "mttr", value, {"period": f"2026-W{week}"}).observation


def test_show_says_everything_that_makes_a_figure_believable(shipped: Services) -> None:
    for week in range(38, 47):
        record(shipped, "12,14,13,20", week)
    last = record(shipped, "4, 20, 60, 30, 33", 47)
    message = presenter.shown(kpis.show(shipped, ANA, "mttr"), ZONE)
    said = words(message)
    assert message.summary.startswith("Mean time to resolve (MTTR): 29.4 h for week 47, 2026, cannot tell whether the target")
    assert "29.4 h for week 47, 2026 · n 5 · 95% CI" in said
    assert "Target: at most 24 h" in said
    assert "worse" in said
    assert "Owner: SRE" in said
    assert "Warning: 29.4 h is above 24 h\nWhat to do: " in said or "Critical: 29.4 h is above 24 h\nWhat to do: " in said
    assert [(b.action, b.value) for b in buttons_of(message)] == [
        ("kpi.why", f"mttr|obs:{last.id}"),
        ("kpi.record", "mttr"),
        ("kpi.correct", f"mttr|obs:{last.id}"),
        ("kpi.history", "mttr"),
    ]


def test_the_chart_has_the_target_gaps_and_at_most_twenty_periods(shipped: Services) -> None:
    for week in (*range(20, 40), *range(41, 48)):
        record(shipped, str(week), week)
    chart = chart_of(presenter.shown(kpis.show(shipped, ANA, "mttr"), ZONE))
    assert len(chart.categories) == 20
    assert chart.categories[-1] == "W47"
    line, target = chart.series
    assert line.values[chart.categories.index("W40")] is None
    assert line.values[-1] == 47
    assert (target.name, set(target.values)) == ("Target", {24.0})
    assert chart.unit == "h"


def lift(services: Services, week: int, bought: int) -> None:
    fields = {"c_ai": str(bought), "n_ai": "10000", "c_ctl": "200", "n_ctl": "10000", "period": f"2026-W{week}"}
    kpis.record(services, ANA, "conversion-lift", "", fields)


def test_what_is_drawn_is_the_figure_that_the_target_is_about(shipped: Services) -> None:
    for week, bought in ((46, 300), (47, 350)):
        lift(shipped, week, bought)
    chart = chart_of(presenter.shown(kpis.show(shipped, ANA, "conversion-lift"), ZONE))
    assert (chart.title, chart.unit) == ("Conversion lift attributable to AI, in points", "percentage points")
    assert [(s.name, s.values) for s in chart.series] == [
        ("Measured", (1.0, 1.5)),
        ("Target from", (1.0, 1.0)),
        ("Target to", (5.0, 5.0)),
    ]


def test_a_target_against_the_baseline_is_a_line_at_its_level(shipped: Services) -> None:
    for month in range(4, 11):
        fields = {"same": str(150 + month), "pairs": "200", "period": f"2026-{month:02}"}
        kpis.record(shipped, ANA, "approval-consistency", "", fields)
    reading = kpis.show(shipped, ANA, "approval-consistency").reading
    _, target = chart_of(presenter.shown(kpis.show(shipped, ANA, "approval-consistency"), ZONE)).series
    [base] = [c.reference for c in reading.comparisons if c.against == "baseline"]
    assert target.name == "Target"
    assert target.values[0] == pytest.approx(float(base * 100) + 10)


def test_the_list_puts_the_figure_that_the_target_is_about_beside_the_other(shipped: Services) -> None:
    lift(shipped, 47, 350)
    said = words(presenter.listing(kpis.listing(shipped, ANA, "business")))
    assert "conversion-lift | ▄ | +75.0% (+1.50 pp) | W47 | +1 pp to +5 pp" in said


def test_a_share_is_drawn_in_percent(shipped: Services) -> None:
    for month in ("2026-09", "2026-10"):
        kpis.record(shipped, ANA, "reproducibility-rate", "", {"reproduced": "19", "attempted": "20", "period": month})
    chart = chart_of(presenter.shown(kpis.show(shipped, ANA, "reproducibility-rate"), ZONE))
    assert (chart.unit, chart.series[0].values) == ("%", (95.0, 95.0))


def test_no_data_is_said_and_never_zero(shipped: Services) -> None:
    message = presenter.shown(kpis.show(shipped, ANA, "mttr"), ZONE)
    assert message.summary == "Mean time to resolve (MTTR): no data."
    assert "No data" in words(message)
    assert [b.action for b in buttons_of(message)] == ["kpi.record", "kpi.history"]


def test_the_running_period_is_shown_beside_the_last_whole_one(shipped: Services) -> None:
    record(shipped, "20", 47)
    kpis.record(shipped, ANA, "mttr", "3")
    said = words(presenter.shown(kpis.show(shipped, ANA, "mttr"), ZONE))
    assert "20.0 h for week 47, 2026" in said
    assert "So far 3.0 h for week 48, 2026 · n unknown, which runs until" in said


def test_the_running_period_is_shown_with_its_interval(shipped: Services) -> None:
    record(shipped, "20", 47)
    kpis.record(shipped, ANA, "mttr", "", {"hours": "1,2,3,4,5,30"})
    said = words(presenter.shown(kpis.show(shipped, ANA, "mttr"), ZONE))
    assert re.search(r"So far .* · n 6 · 95% CI .*, which runs until", said)


def test_a_provisional_value_says_whom_it_waits_for(shipped: Services) -> None:
    fields = {"major": "0", "minor": "2", "audits": "4", "evidence": "https://example.org", "period": "last quarter"}
    message = presenter.recorded(kpis.record(shipped, CAI, "compliance-issues", "", fields), ZONE)
    assert "waits for the approval of a second person" in words(message)
    assert [b.action for b in buttons_of(message)][:2] == ["kpi.approve", "kpi.reject"]
    assert "Provisional" in words(presenter.shown(kpis.show(shipped, CAI, "compliance-issues"), ZONE))


def test_why_fills_the_formula_in_and_tells_the_corrections(shipped: Services) -> None:
    record(shipped, "4, 20, 12", 47)
    kpis.correct(shipped, ANA, "mttr", "4, 20, 30", {"reason": "<!channel> *reopened*"})
    message = presenter.why(kpis.why(shipped, ANA, "mttr"), ZONE)
    said = words(message)
    assert "mean(hours) with mean(4, 20, 30) gives 18.0 h." in said
    assert "Definition: mttr version 1" in said
    assert "12.0 h for week 47, 2026, recorded by" in said
    assert "It has not been published." in said
    assert "Unusual: cannot tell: history 0/8" in said
    assert "If it is off: " in said
    spans = [s for part in message.parts if isinstance(part, Text) for s in part.spans]
    assert Mention("user", "U0ANA") in spans
    assert Span("<!channel> *reopened*", "italic") in spans


def test_history_tells_what_was_replaced(shipped: Services) -> None:
    record(shipped, "12", 47)
    kpis.correct(shipped, ANA, "mttr", "13", {"reason": "typo"})
    said = words(presenter.history(kpis.history(shipped, ANA, "mttr"), ZONE)).splitlines()
    assert said[3] == "13.0 h | week 47, 2026 | U0ANA | Tue 24 Nov 2026 11:00 | correction: typo"
    assert said[4] == "12.0 h | week 47, 2026 | U0ANA | Tue 24 Nov 2026 11:00 | replaced since"


def test_the_list_counts_verdicts_and_draws_a_table_for_each_category(shipped: Services) -> None:
    record(shipped, "12", 47)
    message = presenter.listing(kpis.listing(shipped, ANA))
    assert "1 cannot tell" in message.summary or "1 met" in message.summary
    assert "mttr | ▄ | 12.0 h | W47 | ≤ 24 h" in words(message)
    nobody = Asker("U0NEW")
    assert "None of your roles owns a KPI" in presenter.listing(kpis.listing(shipped, nobody, mine=True)).summary


def test_a_draft_says_what_would_be_recorded(shipped: Services) -> None:
    draft = kpis.preview(shipped, ANA, "mttr", "4, 20, 12", {"period": "last week"})
    assert presenter.drafted(draft).summary == f"Mean time to resolve (MTTR) would be 12.0 h for {label(draft.period)}."


def test_a_formula_is_filled_in_by_whole_names() -> None:
    inputs = {"good": Decimal("3.00"), "good_total": Decimal(10), "many": tuple(Decimal(n) for n in range(13))}
    assert filled_in("good / (good_total + x)", inputs) == "3 / (10 + x)"
    assert filled_in("mean(many)", inputs).endswith("… 13 in all)")


def test_every_method_of_an_interval_has_a_name_for_people() -> None:
    assert set(METHODS) == set(intervals.METHODS) - {"none"}
