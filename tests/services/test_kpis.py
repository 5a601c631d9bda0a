from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from sqlalchemy import event

from bot.domain.errors import BarometerError, Conflict, InvalidInput, NotAllowed, UnknownKpi
from bot.domain.intervals import student_of
from bot.domain.kpi_answers import Recorded
from bot.domain.kpis import Category
from bot.domain.parts import plain
from bot.domain.people import SYSTEM, Asker
from bot.services import Services, definitions, digests, kpi_approval, kpis
from storage import audit, observations
from tests.conftest import NOW

ANA = Asker("U0ANA", frozenset({"sre"}), "Europe/Oslo")
BEA = Asker("U0BEA", frozenset({"executive_sponsor"}), "Asia/Kolkata")
CAI = Asker("U0CAI", frozenset({"compliance_officer", "risk"}))


@pytest.fixture(autouse=True)
def shipped(services: Services) -> None:
    """The shipped definitions are in force."""
    definitions.apply_files(services, SYSTEM)


def audited(services: Services, subject: str = "mttr") -> list[audit.Entry]:
    with services.db.read() as connection:
        return audit.entries(connection, subject)


def test_recorded_inputs_give_figures_n_and_a_reading(services: Services) -> None:
    done = kpis.record(services, ANA, "mttr", "", {"hours": "4, 20, 12", "period": "last week", "note": "three incidents"})
    assert done.observation.value == 12
    assert done.observation.figures["median"] == 12
    assert done.observation.n == 3
    assert done.observation.provenance.actor == "U0ANA"
    assert done.observation.provenance.note == "three incidents"
    assert done.observation.definition_version == 1
    assert done.reading.observation == done.observation
    assert done.reading.verdict == "cannot tell", "12 h are fewer than 24, and three incidents are few"


def test_every_change_is_in_the_audit_log(services: Services) -> None:
    kpis.record(services, ANA, "mttr", "20", {"period": "last week"})
    kpis.correct(services, BEA, "mttr", "26", {"reason": "two incidents reopened"})
    correction, record = (e.change for e in audited(services)[:2])
    assert (record.actor, record.action, record.before) == ("U0ANA", "kpi.record", None)
    assert record.after is not None
    assert record.after["value"] == "20"
    assert (correction.actor, correction.action, correction.reason) == ("U0BEA", "kpi.correct", "two incidents reopened")
    assert correction.before is not None
    assert (correction.before["value"], correction.after and correction.after["value"]) == ("20", "26")


@pytest.mark.parametrize(
    ("value", "kept"), [("2h", "2"), ("90 min", "1.5"), ("1d 2h", "26"), ("12.5", "12.5"), ("0.5", "0.5"), ("7200 s", "2")]
)
def test_durations_are_brought_to_the_unit(services: Services, value: str, kept: str) -> None:
    done = kpis.record(services, ANA, "mttr", value, {"period": "last week"})
    assert done.observation.value == Decimal(kept)
    assert done.observation.n is None
    assert not done.observation.inputs
    assert done.reading.figures["value"].interval is None


@pytest.mark.parametrize("value", ["1,5", "1.234,56", "1,234", "1,234,567", "1 000", "1\N{NO-BREAK SPACE}000", "2,5h"])
def test_what_may_be_one_number_or_several_is_asked_about(services: Services, value: str) -> None:
    with pytest.raises(InvalidInput, match="may be one number or several"):
        kpis.record(services, ANA, "mttr", value)
    with pytest.raises(InvalidInput, match=r"hours: .* may be one number or several"):
        kpis.record(services, ANA, "mttr", "", {"hours": value})
    assert [e.change.action for e in audited(services)] == ["definition.added"]


SEVERAL = [("4, 20, 12", "12"), ("4,20,12", "12"), ("1.234", "1.234"), ("1; 5", "3"), ("1h 2h", "1.5"), ("1h 30m", "1.5")]


@pytest.mark.parametrize(("value", "kept"), SEVERAL)
def test_several_numbers_are_the_list_and_one_is_the_value(services: Services, value: str, kept: str) -> None:
    assert kpis.record(services, ANA, "mttr", value).observation.value == Decimal(kept)


def test_a_share_may_be_typed_as_a_percentage(services: Services) -> None:
    assert kpis.record(services, ANA, "reproducibility-rate", "95%", {"period": "last month"}).observation.value == Decimal(
        "0.95"
    )


def test_without_a_period_it_is_the_one_that_is_running(services: Services) -> None:
    period = kpis.record(services, ANA, "mttr", "12").observation.period
    assert period.contains(NOW)
    reading = kpis.show(services, ANA, "mttr").reading
    assert reading.observation is not None
    assert reading.observation.value == 12


def test_at_is_read_in_the_zone_of_the_asker(services: Services) -> None:
    # 01:00 on Monday in Kolkata is still Sunday, and so the week before, in UTC.
    late = kpis.record(services, BEA, "mttr", "12", {"at": "2026-11-23 01:00"})
    assert late.observation.period.end == NOW.replace(day=23, hour=0)


BAD = [
    ("latency-p95", "200ms 300ms", {}, "several values, but only one is wanted"),
    ("latency-p95", "", {"ms": "1s 2s"}, "ms: “1s 2s” is several values"),
    ("mttr", "NaN", {}, "no number"),
    ("mttr", "Infinity", {}, "no number"),
    ("mttr", "1e309", {}, "too large"),
    ("mttr", "1e-999", {}, "too large, too small"),
    ("mttr", "9" * 40, {}, "too long"),
    ("mttr", "١٢", {}, "no number"),
    ("mttr", "=1+1", {}, "no number"),
    ("mttr", "12 EUR", {}, "hours"),
    ("mttr", "-3", {}, "less than 0"),
    ("mttr", "45%", {}, "hours"),
    ("mttr", "2 months", {}, "hours"),
    ("revenue-lift", "120 EUR", {}, "counted in USD"),
    ("mttr", "", {}, "hours="),
    ("mttr", "12", {"hours": "4"}, "not both"),
    ("mttr", "12", {"period": "next week"}, "future"),
    ("mttr", "12", {"at": "in 2 days"}, "future"),
    ("mttr", "12", {"at": "2h ago", "period": "last week"}, "either"),
    ("mttr", "12", {"at": "2027-01-01"}, "future"),
    ("mttr", "12", {"period": "2026-Q3"}, "week"),
    ("mttr", "12", {"modle": "fraud"}, "Did you mean model"),
    ("mttr", "12", {"model": "x" * 101}, "one line"),
    ("mttr", "12", {"note": "x" * 2001}, "under 2,000"),
    ("model-accuracy", "", {"correct": "273", "total": "100"}, "more than"),
    ("model-accuracy", "", {"correct": "273"}, "also needs total"),
    ("model-accuracy", "", {"correct": "2.5", "total": "10"}, "whole number"),
    ("reproducibility-rate", "45", {}, "no share"),
    ("compliance-issues", "0", {}, "evidence"),
    ("engagement", "", {"score": "70", "responses": "3", "invited": "9"}, "groups of 5"),
]


@pytest.mark.parametrize(("name", "value", "fields", "says"), BAD, ids=[f"{n} {v[:12]} {list(f)}" for n, v, f, _ in BAD])
def test_bad_input_gets_one_sentence_and_changes_nothing(
    services: Services, name: str, value: str, fields: dict[str, str], says: str
) -> None:
    admin = replace(CAI, admin=True)
    with pytest.raises(InvalidInput, match=says) as refused:
        kpis.record(services, admin, name, value, fields)
    assert "\n" not in refused.value.text
    assert len(refused.value.text) < 300
    assert kpis.history(services, admin, name).observations == ()
    assert not [e for e in audited(services, name) if e.change.action.startswith("kpi.record")]


def test_an_unknown_name_gets_the_nearest(services: Services) -> None:
    with pytest.raises(UnknownKpi, match="mttr"):
        kpis.record(services, ANA, "mtttr", "12")


def test_a_kpi_that_one_may_not_see_is_unknown(services: Services) -> None:
    for act in (kpis.record, kpis.show, kpis.history, kpis.why, kpis.export):
        with pytest.raises(UnknownKpi):
            act(services, ANA, "compliance-issues")  # type: ignore[operator]
    assert "compliance-issues" not in [r.kpi.name for r in kpis.listing(services, ANA).readings]
    assert "compliance-issues" in [r.kpi.name for r in kpis.listing(services, CAI).readings]
    assert "compliance-issues" not in [name for name, _ in kpis.names(services, ANA)]


def test_a_period_that_has_a_figure_is_a_conflict(services: Services) -> None:
    kpis.record(services, ANA, "mttr", "12", {"period": "2026-W47"})
    with pytest.raises(Conflict, match=r"mttr already has 12\.0 h for week 47, 2026 by @U0ANA; use /kpi correct") as refused:
        kpis.record(services, BEA, "mttr", "13", {"period": "week 47"})
    assert refused.value.people == ("U0ANA",)


def test_the_same_key_again_changes_nothing(services: Services) -> None:
    first = kpis.record(services, ANA, "mttr", "12", {"period": "last week"}, key="K")
    again = kpis.record(services, ANA, "mttr", "12", {"period": "last week"}, key="K")
    assert again.observation == first.observation
    with pytest.raises(Conflict, match="another value"):
        kpis.record(services, ANA, "mttr", "13", {"period": "last week"}, key="K")
    corrected = kpis.correct(services, ANA, "mttr", "14", {"reason": "r"}, key="C")
    assert kpis.correct(services, ANA, "mttr", "14", {"reason": "r"}, key="C").observation == corrected.observation
    actions = [e.change.action for e in audited(services)]
    assert (actions.count("kpi.record"), actions.count("kpi.correct")) == (1, 1)


def test_a_correction_keeps_what_it_does_not_name(services: Services) -> None:
    kpis.record(services, ANA, "model-accuracy", "", {"correct": "273", "total": "300", "period": "yesterday"})
    done = kpis.correct(services, ANA, "model-accuracy", "", {"correct": "276", "reason": "three labels were wrong"})
    assert done.before is not None
    assert (done.before.value, done.observation.value) == (Decimal("0.91"), Decimal("0.92"))
    assert done.observation.n == 300
    assert done.observation.supersedes == done.before.id


def test_a_correction_needs_a_reason_something_to_correct_and_a_change(services: Services) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        kpis.correct(services, ANA, "mttr", "26")
    with pytest.raises(InvalidInput, match="no figure to correct"):
        kpis.correct(services, ANA, "mttr", "26", {"reason": "r"})
    kpis.record(services, ANA, "mttr", "26", {"period": "last week"})
    with pytest.raises(InvalidInput, match=r"already; nothing would change"):
        kpis.correct(services, ANA, "mttr", "26.00", {"reason": "r"})
    with pytest.raises(InvalidInput, match="no figure for week 46, 2026"):
        kpis.correct(services, ANA, "mttr", "26", {"reason": "r", "period": "2026-W46"})


def test_who_corrects_second_is_told_who_was_first(services: Services) -> None:
    made = kpis.record(services, ANA, "mttr", "20", {"period": "last week"}).observation
    kpis.correct(services, BEA, "mttr", "26", {"reason": "reopened"}, observation=made.id)
    with pytest.raises(
        Conflict, match=r"@U0BEA corrected mttr for week 47, 2026 to 26\.0 h on Tue 24 Nov 2026 10:00"
    ) as refused:
        kpis.correct(services, ANA, "mttr", "27", {"reason": "miscounted"}, observation=made.id)
    assert refused.value.people == ("U0BEA",)
    assert [o.value for o in kpis.history(services, ANA, "mttr").observations] == [26, 20]


def test_of_two_people_correcting_at_once_one_is_told(services: Services) -> None:
    made = kpis.record(services, ANA, "mttr", "20", {"period": "last week"}).observation
    ready, outcomes = Barrier(2), []

    def correct(asker: Asker, value: str) -> None:
        ready.wait()
        try:
            outcomes.append(kpis.correct(services, asker, "mttr", value, {"reason": "r"}, observation=made.id))
        except BarometerError as error:
            outcomes.append(error)

    threads = [Thread(target=correct, args=pair) for pair in ((ANA, "26"), (BEA, "27"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [isinstance(o, Recorded) for o in outcomes].count(True) == 1
    assert [isinstance(o, Conflict) for o in outcomes].count(True) == 1
    assert [e.change.action for e in audited(services)].count("kpi.correct") == 1


def test_four_eyes_are_two_people(services: Services) -> None:
    fields = {"major": "0", "minor": "2", "audits": "4", "evidence": "https://example.org/audit", "period": "last quarter"}
    made = kpis.record(services, CAI, "compliance-issues", "", fields)
    assert made.observation.state == "provisional"
    assert made.reading.provisional
    assert kpis.waiting(services, CAI) == []
    with pytest.raises(NotAllowed, match="second person"):
        kpis.decide(services, CAI, made.observation.id, "approved")
    second = replace(CAI, user_id="U0DEE")
    assert [o.id for _, o in kpis.waiting(services, second)] == [made.observation.id]
    with pytest.raises(InvalidInput, match="why it is rejected"):
        kpis.decide(services, second, made.observation.id, "rejected")
    done = kpis.decide(services, second, made.observation.id, "approved")
    assert done.observation.state == "approved"
    assert not done.reading.provisional
    with pytest.raises(Conflict, match="@U0DEE approved this value"):
        kpis.decide(services, replace(CAI, user_id="U0EVE"), made.observation.id, "rejected", "no")
    assert audited(services, "compliance-issues")[0].change.action == "kpi.approved"


def test_a_value_of_a_kpi_that_one_may_not_see_does_not_exist(services: Services) -> None:
    hidden = kpis.record(services, CAI, "compliance-issues", "3", {"evidence": "https://example.org/audit"})
    outsider = Asker("U0EVE", frozenset())
    with pytest.raises(InvalidInput) as unseen:
        kpis.decide(services, outsider, hidden.observation.id, "approved")
    with pytest.raises(InvalidInput) as absent:
        kpis.decide(services, outsider, 999, "approved")
    assert unseen.value.text == absent.value.text


def test_the_owner_approves_and_needs_no_approval(services: Services) -> None:
    other = Asker("U0OPS", frozenset({"executive"}))
    fields = {"stayed": "34", "start": "40", "period": "2025"}
    made = kpis.record(services, other, "retention", "", fields)
    assert made.observation.state == "provisional"
    with pytest.raises(NotAllowed, match="an admin or somebody with the role executive sponsor"):
        kpis.decide(services, other, made.observation.id, "approved")
    kpis.decide(services, BEA, made.observation.id, "rejected", "the count of January is missing")
    again = kpis.record(services, BEA, "retention", "", {**fields, "stayed": "35"})
    assert again.observation.state == "approved"
    assert again.observation.supersedes == made.observation.id


def test_how_many_stayed_stands_in_the_shipped_digest_of_the_quarter(services: Services) -> None:
    digests.apply_files(services)
    made = kpis.record(services, BEA, "retention", "", {"stayed": "35", "start": "40", "period": "2025"})
    assert made.observation.state == "approved"
    shown = digests.preview(services, Asker("U0BOSS", frozenset({"executive"})), "executive-quarterly")
    assert "87.5%" in "\n".join(map(plain, shown.parts))


def test_a_correction_that_waits_does_not_displace_what_was_approved(services: Services) -> None:
    kpis.record(services, BEA, "retention", "", {"stayed": "34", "start": "40", "period": "2025"})
    other = Asker("U0OPS", frozenset({"executive"}))
    pending = kpis.correct(services, other, "retention", "", {"stayed": "36", "reason": "two came back"}).observation
    shown = kpis.show(services, other, "retention")
    assert shown.reading.value == Decimal("0.85")
    assert [o.id for o in shown.waiting] == [pending.id]
    with pytest.raises(Conflict, match="@U0OPS corrected"):
        kpis.correct(services, BEA, "retention", "", {"stayed": "37", "reason": "r"}, observation=shown.reading.observation.id)  # type: ignore[union-attr]
    kpis.decide(services, BEA, pending.id, "approved")
    assert kpis.show(services, other, "retention").reading.value == Decimal("0.9")


def test_segments_are_kept_apart_and_named(services: Services) -> None:
    kpis.record(services, ANA, "mttr", "12", {"period": "last week", "model": "fraud-v7"})
    kpis.record(services, ANA, "mttr", "20", {"period": "last week"})
    assert kpis.show(services, ANA, "mttr", {"model": "fraud-v7"}).reading.value == 12
    whole = kpis.show(services, ANA, "mttr")
    assert whole.reading.value == 20
    assert whole.segments == ({"model": "fraud-v7"},)
    with pytest.raises(InvalidInput, match="Did you mean model"):
        kpis.show(services, ANA, "mttr", {"modle": "fraud-v7"})


def test_show_since_leaves_out_what_is_older(services: Services) -> None:
    for week in (44, 45, 46, 47):
        kpis.record(services, ANA, "mttr", str(week), {"period": f"2026-W{week}"})
    shown = kpis.show(services, ANA, "mttr", {"since": "2026-11-09"})
    assert [o.value for o in shown.reading.history] == [46, 47]


def test_show_takes_few_queries(services: Services) -> None:
    kpis.record(services, ANA, "mttr", "12")
    kpis.show(services, ANA, "mttr")
    statements: list[str] = []
    event.listen(services.db.reader, "before_cursor_execute", lambda *a: statements.append(a[2]))
    kpis.show(services, ANA, "mttr")
    assert 1 <= len([s for s in statements if s.lstrip().startswith(("SELECT", "WITH"))]) <= 4


def test_listing_by_category_and_mine(services: Services) -> None:
    assert {r.kpi.category for r in kpis.listing(services, ANA, "reliability").readings} == {Category.RELIABILITY}
    assert {r.kpi.category for r in kpis.listing(services, ANA, "model").readings} == {Category.MODEL}
    assert {r.kpi.owner for r in kpis.listing(services, ANA, mine=True).readings} == {"sre"}
    with pytest.raises(InvalidInput, match="Did you mean reliability"):
        kpis.listing(services, ANA, "relaibility")


def test_why_may_be_asked_of_a_period(services: Services) -> None:
    first = kpis.record(services, ANA, "mttr", "4", {"period": "2026-W40"}).observation
    kpis.record(services, ANA, "mttr", "9", {"period": "2026-W41"})
    assert kpis.why(services, ANA, "mttr", {"period": "W40"}).observation == first
    assert kpis.why(services, ANA, "mttr", {"at": "2026-09-30"}).observation == first
    done = kpis.correct(services, ANA, "mttr", "5", {"period": "2026-W40", "reason": "late"}).observation
    assert kpis.why(services, ANA, "mttr", {"period": "2026-W40"}).observation == done
    with pytest.raises(InvalidInput, match="mttr has no figure for week 39, 2026; say /kpi history mttr"):
        kpis.why(services, ANA, "mttr", {"period": "2026-W39"})
    with pytest.raises(InvalidInput, match="mttr has no figure for week 40"):
        kpis.why(services, ANA, "mttr", {"period": "2026-W40", "model": "other"})


def test_what_is_shown_as_it_stands_says_how_to_ask_for_a_period(services: Services) -> None:
    for ask in (kpis.show, kpis.history):
        with pytest.raises(InvalidInput, match="say /kpi why mttr period="):
            ask(services, ANA, "mttr", {"period": "2026-W40"})


def test_why_tells_where_a_number_came_from(services: Services) -> None:
    first = kpis.record(services, ANA, "mttr", "", {"hours": "4, 20, 12", "period": "last week"}).observation
    done = kpis.correct(services, BEA, "mttr", "", {"hours": "4, 20, 30", "reason": "reopened"}).observation
    found = kpis.why(services, ANA, "mttr")
    assert found.observation == done
    assert [o.id for o in found.chain] == [first.id, done.id]
    assert found.kpi.version == 1
    assert found.reading.figures["value"].value == 18
    assert found.published == ()
    assert kpis.why(services, ANA, "mttr", observation=first.id).observation == first
    with pytest.raises(InvalidInput, match="no figure of that number"):
        kpis.why(services, ANA, "mttd", observation=first.id)
    with pytest.raises(InvalidInput, match="no figure yet"):
        kpis.why(services, ANA, "mttd")


def test_why_judges_the_very_figure_that_it_shows(services: Services) -> None:
    kpis.record(services, ANA, "mttr", "", {"hours": "4, 20, 12", "period": "last week"})
    kpis.record(services, ANA, "mttr", "", {"hours": "30, 40", "period": "this week"})
    found = kpis.why(services, ANA, "mttr")
    assert found.observation.value == found.reading.figures["value"].value == 35
    interval = found.reading.figures["value"].interval
    assert interval is not None
    assert (float(interval.low), float(interval.high)) == student_of([30, 40])
    assert found.reading.verdict == "cannot tell"
    assert "is not over" in found.reading.why_verdict


def test_why_judges_a_figure_of_another_grain_and_a_rejected_one_by_themselves(services: Services) -> None:
    kpis.record(services, ANA, "mttr", "9", {"period": "last week"})
    month = kpis.record(services, ANA, "mttr", "30", {"period": "2026-10"}).observation
    assert kpis.why(services, ANA, "mttr", observation=month.id).reading.observation == month
    other = Asker("U0OPS", frozenset({"executive"}))
    kpis.record(services, BEA, "retention", "", {"stayed": "20", "start": "40", "period": "2024"})
    wrong = kpis.record(services, other, "retention", "", {"stayed": "39", "start": "40", "period": "2025"}).observation
    kpis.decide(services, BEA, wrong.id, "rejected", "counted twice")
    found = kpis.why(services, BEA, "retention", observation=wrong.id)
    assert found.observation.state == "rejected"
    assert found.reading.figures["value"].value == Decimal("0.975")


def test_preview_computes_and_changes_nothing(services: Services) -> None:
    draft = kpis.preview(services, ANA, "mttr", "", {"hours": "4, 20, 12", "period": "last week"})
    assert draft.entry.figures["value"] == 12
    assert draft.existing is None
    assert kpis.history(services, ANA, "mttr").observations == ()
    made = kpis.record(services, ANA, "mttr", "5", {"period": "last week"}).observation
    assert kpis.preview(services, ANA, "mttr", "6", {"period": "last week"}).existing == made


def test_a_correction_is_never_older_than_what_it_corrects(services: Services) -> None:
    made = kpis.record(services, ANA, "mttr", "12", {"period": "last week"}).observation
    behind = replace(services, now=lambda: NOW - timedelta(minutes=5))
    done = kpis.correct(behind, ANA, "mttr", "13", {"reason": "r"}).observation
    assert done.recorded_at == made.recorded_at


def test_what_waits_is_only_for_those_who_may_decide(services: Services) -> None:
    fields = {"stayed": "34", "start": "40", "period": "2025"}
    made = kpis.record(services, Asker("U0OPS", frozenset({"executive"})), "retention", "", fields).observation
    assert [o.id for _, o in kpi_approval.waiting(services, BEA)] == [made.id]
    assert kpi_approval.waiting(services, ANA) == []
    with services.db.read() as connection:
        assert observations.waiting(connection, ["retention"]) == [made]


def test_what_was_corrected_waits_no_longer_until_the_correction_is_rejected(services: Services) -> None:
    other = Asker("U0OPS", frozenset({"executive"}))
    first = kpis.record(services, other, "retention", "", {"stayed": "34", "start": "40", "period": "2025"}).observation
    second = kpis.correct(services, other, "retention", "", {"stayed": "36", "reason": "two came back"}).observation
    assert [o.id for _, o in kpis.waiting(services, BEA)] == [second.id]
    with pytest.raises(Conflict, match="decide about the correction instead"):
        kpis.decide(services, BEA, first.id, "approved")
    kpis.decide(services, BEA, second.id, "rejected", "they did not")
    assert [o.id for _, o in kpis.waiting(services, BEA)] == [first.id]
    assert kpis.decide(services, BEA, first.id, "approved").reading.value == Decimal("0.85")
    assert kpis.waiting(services, BEA) == []


def test_many_corrections_of_one_value_hide_no_other_that_waits(services: Services) -> None:
    other = Asker("U0OPS", frozenset({"executive"}))
    kpis.record(services, other, "retention", "", {"stayed": "1", "start": "400", "period": "2024"})
    for n in range(55):
        kpis.correct(services, other, "retention", "", {"stayed": str(n + 2), "start": "400", "reason": "again"})
    kpis.record(services, other, "retention", "", {"stayed": "34", "start": "40", "period": "2025"})
    assert [o.value for _, o in kpis.waiting(services, BEA)] == [Decimal("0.14"), Decimal("0.85")]
