"""Incidents: their states, the ledger of their times, and what is counted."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from bot.domain.definition_writing import to_json
from bot.domain.errors import BarometerError, Conflict, InvalidInput
from bot.domain.incident_answers import Announcement, Evidence
from bot.domain.parts import load, plain
from bot.domain.people import SYSTEM, Asker
from bot.presenters import incident_export as export
from bot.presenters import incidents as pages
from bot.services import Services, definitions, incident_stats, incident_work, incidents, kpis
from bot.settings import Settings
from storage import Database, observations, outbox
from storage import incidents as stored
from storage.tables import incident_mark

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ANA = Asker("U0ANA", timezone="Europe/Oslo")
BEA = Asker("U0BEA", timezone="Asia/Kolkata")
ADMIN = Asker("U0ADMIN", admin=True)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def on(self, **step: float) -> datetime:
        self.now += timedelta(**step)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def team(db: Database, clock: Clock) -> Services:
    return Services(db, Settings(admins=frozenset({"U0ADMIN"}), critical_models=frozenset({"fraud"})), clock)


def opened(team: Services, title: str = "Scores are 0", **fields: str) -> int:
    channel = fields.pop("channel", "")
    return incidents.declare(team, ANA, title, fields, Announcement(channel)).incident.id


def past(team: Services, title: str, **times: str) -> int:
    return incidents.backfill(team, ANA, title, times).incident.id


def measured(team: Services, **fields: str) -> Any:
    return incident_stats.stats(team, ANA, fields)


def test_an_incident_goes_through_its_states(team: Services, clock: Clock) -> None:
    number = opened(team, severity="sev1", model="fraud", started="2h ago")
    one = incidents.found(team, ADMIN, number)
    assert (one.status, one.severity, one.at("arose"), one.at("detected")) == (
        "open",
        "critical",
        START - timedelta(hours=2),
        START,
    )
    for moment, state in (
        ("acknowledged", "acknowledged"),
        ("mitigated", "mitigated"),
        ("resolved", "resolved"),
        ("closed", "closed"),
    ):
        clock.on(minutes=10)
        done = incidents.step(team, ANA, number, moment)  # type: ignore[arg-type]
        assert done.incident.status == state
        assert done.incident.at(moment) == clock.now  # type: ignore[arg-type]
    assert [e.kind for e in incidents.dossier(team, ADMIN, number).events] == [
        "opened",
        "acknowledged",
        "mitigated",
        "resolved",
        "closed",
    ]
    assert incidents.listing(team, ADMIN) == []
    assert [each.id for each in incidents.listing(team, ADMIN, everything=True)] == [number]


def test_a_step_is_taken_once_and_in_order(team: Services) -> None:
    number = opened(team)
    with pytest.raises(Conflict, match="resolve it before you close it"):
        incidents.step(team, ANA, number, "closed")
    incidents.step(team, ANA, number, "mitigated")
    with pytest.raises(Conflict, match="INC-1 is mitigated already"):
        incidents.step(team, ANA, number, "acknowledged")
    incidents.step(team, ANA, number, "resolved")
    with pytest.raises(Conflict, match="resolved already"):
        incidents.step(team, BEA, number, "resolved")


def test_one_incident_of_a_title_and_model_is_open_at_a_time(team: Services) -> None:
    number = opened(team, "Scores are 0", model="fraud")
    with pytest.raises(Conflict, match=f"INC-{number} is open under that title already"):
        opened(team, " scores  ARE 0! ", model="fraud")
    opened(team, "Scores are 0", model="ranking")
    incidents.step(team, ANA, number, "resolved")
    again = opened(team, "Scores are 0", model="fraud")
    with pytest.raises(Conflict, match=f"INC-{again} is open"):
        incidents.reopen(team, ANA, number, "it is back")


def test_the_same_request_opens_one(team: Services) -> None:
    first = incidents.declare(team, ANA, "Down", {}, Announcement(key="t1"))
    second = incidents.declare(team, ANA, "Down", {}, Announcement(key="t1"))
    assert (second.again, second.incident.id) == (True, first.incident.id)
    incidents.step(team, ANA, first.incident.id, "resolved")
    assert incidents.declare(team, ANA, "Down", {}, Announcement(key="t1")).incident.id == first.incident.id, (
        "also when it is over"
    )


def test_times_are_corrected_with_a_reason_and_nothing_is_lost(team: Services, clock: Clock) -> None:
    number = opened(team)
    clock.on(hours=2)
    incidents.step(team, ANA, number, "resolved")
    incidents.step(team, ANA, number, "closed")
    with pytest.raises(InvalidInput, match="Say why"):
        incidents.edit(team, ANA, number, {"started": "2026-11-24 08:00"}, "")
    one = incidents.edit(
        team, BEA, number, {"started": "2026-11-24 14:00", "resolved": "2026-11-24 16:00"}, "from the logs"
    ).incident
    assert one.at("arose") == datetime(2026, 11, 24, 8, 30, tzinfo=UTC), "times are read in the zone of whoever types them"
    assert one.at("resolved") == datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
    assert one.status == "closed"
    marks = [m for m in incidents.dossier(team, ADMIN, number).ledger if m.moment == "arose"]
    assert [(m.source, m.actor, m.reason) for m in marks] == [("declared", "U0ANA", ""), ("person", "U0BEA", "from the logs")]


@pytest.mark.parametrize(
    ("times", "problem"),
    [
        ({"started": "2026-11-24 12:00"}, "before it arose"),
        ({"detected": "2026-11-24 12:30"}, "before it was detected"),
        ({"mitigated": "2026-11-24 11:30"}, "is not mitigated yet"),
        ({"resolved": "2026-11-26 11:30"}, "lies in the future"),
        ({"began": "2026-11-24 11:30"}, "no moment “began”"),
        ({}, "which time"),
    ],
)
def test_a_time_out_of_order_changes_nothing(team: Services, clock: Clock, times: dict[str, str], problem: str) -> None:
    number = opened(team)
    clock.on(hours=1)
    incidents.step(team, ANA, number, "resolved")
    clock.on(hours=1)
    before = incidents.dossier(team, ADMIN, number).ledger
    with pytest.raises(InvalidInput, match=problem):
        incidents.edit(team, ANA, number, times, "r")
    assert incidents.dossier(team, ADMIN, number).ledger == before


def test_the_ledger_cannot_be_changed(team: Services) -> None:
    opened(team)
    for statement in (incident_mark.update().values(reason="x"), incident_mark.delete()):
        with pytest.raises(DBAPIError, match="append-only"), team.db.begin() as connection:
            connection.execute(statement)


def test_the_message_is_kept_up_to_date_and_the_rest_goes_into_its_thread(team: Services, clock: Clock) -> None:
    number = opened(team, channel="C0OPS")
    with team.db.read() as connection:
        (head,) = outbox.everything(connection)
    assert (head.kind, head.target, head.subject) == ("incident", "C0OPS", f"INC-{number}")
    incidents.step(team, ANA, number, "acknowledged")
    with team.db.begin() as connection:
        rows = outbox.everything(connection)
        assert [r.edits for r in rows] == [None, None], "what was not sent yet is sent with the new words"
        assert "acknowledged" in load(next(r.payload for r in rows if r.id == head.id)).summary
        outbox.change(connection, head.id, state="sent", channel="C0OPS", ts="1.1")
    for moment in ("mitigated", "resolved"):
        incidents.step(team, BEA, number, moment, note="rolled back")  # type: ignore[arg-type]
    with team.db.read() as connection:
        rows = outbox.everything(connection)
    edits = [r for r in rows if r.edits == head.id]
    assert len(edits) == 1, "of several edits only the latest is sent"
    assert "is resolved" in load(edits[0].payload).summary
    replies = [r for r in rows if r.parent_id == head.id]
    assert len(replies) == 3
    assert "rolled back" in plain(load(replies[-1].payload).parts[0])


def test_measures_are_those_of_a_set_worked_by_hand(team: Services, clock: Clock) -> None:
    """Time to resolve: 72 h, 30 s, 4 h, 20 h, 12 h, and one that still runs; to detect: 0.5 h and 1.5 h, the others unknown."""
    past(team, "a", started="2026-11-01 07:30", detected="2026-11-01 08:00", resolved="2026-11-04 08:00")
    past(team, "b", started="2026-11-05 06:30", detected="2026-11-05 08:00:00", resolved="2026-11-05 08:00:30")
    for day, hours in ((6, 4), (7, 20), (9, 12)):
        past(team, f"c{day}", detected=f"2026-11-{day:02} 00:00", resolved=f"2026-11-{day:02} {hours:02}:00")
    opened(team, "runs", severity="high", detected="30h ago")
    found = measured(team)
    mttr, mttd = found.measures["mttr"], found.measures["mttd"]
    assert (mttr.n, mttr.open, mttd.n) == (5, 1, 2)
    assert mttr.mean == pytest.approx((72 + 30 / 3600 + 4 + 20 + 12) / 5)
    assert mttr.median == pytest.approx(12)
    assert mttd.mean == pytest.approx(1.0)
    assert mttr.attainment is not None
    assert (mttr.attainment.met, mttr.attainment.n) == (0, 1), "the open one is past its 24 h"
    assert (found.onsets.measured, found.onsets.estimated, found.onsets.unknown) == (2, 0, 4)


def test_later_changes_do_not_inflate_and_the_past_can_be_asked(team: Services, clock: Clock) -> None:
    number = opened(team, started="1h ago")
    clock.on(hours=2)
    incidents.step(team, ANA, number, "resolved")
    clock.on(days=3)
    incidents.step(team, ANA, number, "closed")
    incidents.edit(team, ANA, number, {"started": "2026-11-24 10:30"}, "logs")
    now = measured(team).measures
    assert (now["mttd"].mean, now["mttr"].mean) == (0.5, 2.0)
    then = measured(team, as_of="2026-11-24 14:00").measures
    assert (then["mttd"].mean, then["mttr"].mean) == (1.0, 2.0)
    before = measured(team, as_of="2026-11-24 12:00").measures["mttr"]
    assert (before.n, before.open) == (0, 1)


def test_measures_are_asked_by_model_and_severity_and_time(team: Services, clock: Clock) -> None:
    for model, severity in (("fraud", "high"), ("fraud", "low"), ("ranking", "high")):
        number = opened(team, f"{model} {severity}", model=model, severity=severity, started="3h ago")
        incidents.step(team, ANA, number, "resolved")
    assert measured(team, model="fraud").counted == 2
    assert measured(team, severity="sev2").counted == 2
    late = measured(team, model="fraud").measures["mttd"].attainment
    assert late is not None
    assert (late.met, late.n) == (0, 2), "3 h are more than the 2 h that a critical model has"
    clock.on(days=1)
    assert measured(team, since="1h ago").counted == 0
    with pytest.raises(InvalidInput, match="no severity"):
        measured(team, severity="urgent")


def test_any_number_of_incidents_comes_in_two_queries(team: Services) -> None:
    from sqlalchemy import event

    past(team, "one", detected="2026-11-02 09:00", resolved="2026-11-02 10:00")
    statements: list[str] = []
    event.listen(team.db.reader, "before_cursor_execute", lambda *args: statements.append(args[2]))
    measured(team)
    assert len([s for s in statements if s.startswith("SELECT")]) == 2
    with team.db.read() as connection:
        assert len(stored.everything(connection, ADMIN)) == 1


def week(team: Services, name: str, **dimensions: str) -> list[tuple[str, Any]]:
    with team.db.read() as connection:
        return [
            (o.period.start.date().isoformat(), [float(h) for h in o.inputs["hours"]])  # type: ignore[union-attr]
            for o in observations.recent(connection, [name], 99, dimensions=dimensions).get(name, [])
        ]


def test_the_kpis_are_the_incidents_of_their_period(team: Services, clock: Clock) -> None:
    definitions.apply_files(team, SYSTEM)
    past(team, "a", started="2026-11-10 07:30", detected="2026-11-10 08:00", resolved="2026-11-17 08:00")
    past(team, "b", detected="2026-11-11 08:00", resolved="2026-11-11 08:00:30", model="fraud")
    assert week(team, "mttd") == [("2026-11-09", [0.5])]
    assert week(team, "mttr") == [("2026-11-09", [pytest.approx(30 / 3600)]), ("2026-11-16", [168.0])]
    assert week(team, "mttr", model="fraud") == [("2026-11-09", [pytest.approx(30 / 3600)])]
    shown = kpis.show(team, ANA, "mttr").reading
    assert shown.value == 168
    assert measured(team).measures["mttr"].mean == pytest.approx((168 + 30 / 3600) / 2)


def test_the_kpis_follow_corrections_and_what_comes_back(team: Services, clock: Clock) -> None:
    definitions.apply_files(team, SYSTEM)
    number = opened(team, started="1h ago")
    clock.on(hours=2)
    incidents.step(team, ANA, number, "resolved")
    assert (week(team, "mttd"), week(team, "mttr")) == ([("2026-11-23", [1.0])], [("2026-11-23", [2.0])])
    incidents.edit(team, ANA, number, {"started": "2026-11-22 10:00", "detected": "2026-11-22 12:00"}, "logs")
    assert week(team, "mttd") == [("2026-11-16", [2.0]), ("2026-11-23", [])]
    incidents.reopen(team, ANA, number, "it came back")
    assert week(team, "mttr") == [("2026-11-16", []), ("2026-11-23", [])], "it was open at the end of the first"
    assert kpis.show(team, ANA, "mttr").reading.value is None
    log = kpis.history(team, ANA, "mttr").observations
    assert {o.provenance.source for o in log} == {"incidents"}
    assert all(o.provenance.note.startswith(f"INC-{number}") for o in log)


def test_a_figure_that_a_person_gave_stands(team: Services) -> None:
    definitions.apply_files(team, SYSTEM)
    kpis.record(team, ANA, "mttr", "9", {"period": "2026-W45"})
    past(team, "a", detected="2026-11-03 08:00", resolved="2026-11-03 09:00")
    assert kpis.show(team, ANA, "mttr").reading.value == 9


def test_drills_are_in_no_kpi(team: Services) -> None:
    definitions.apply_files(team, SYSTEM)
    past(team, "drill", kind="drill", started="2026-11-03 07:00", detected="2026-11-03 08:00", resolved="2026-11-03 09:00")
    assert week(team, "mttd") == week(team, "mttr") == []


def test_what_is_merged_ends_and_is_counted_no_more(team: Services, clock: Clock) -> None:
    definitions.apply_files(team, SYSTEM)
    first, second = opened(team, "Scores are 0", started="2h ago"), opened(team, "All zeros", started="1h ago")
    assert week(team, "mttd") == [("2026-11-23", [2.0, 1.0])]
    other = incident_work.merge(team, ANA, second, first).incident
    assert other.id == first
    merged = incidents.found(team, ADMIN, second)
    assert (merged.status, merged.merged_into, merged.at("resolved")) == ("closed", first, None)
    assert [each.id for each in incidents.listing(team, ADMIN)] == [first]
    assert (measured(team).counted, measured(team).left_out) == (1, {"merged": 1})
    assert week(team, "mttd") == [("2026-11-23", [2.0])]
    with pytest.raises(Conflict, match=f"was merged into INC-{first} before"):
        incident_work.merge(team, ANA, second, first)
    with pytest.raises(Conflict, match="was merged"):
        incident_work.merge(team, ANA, first, second)
    with pytest.raises(InvalidInput, match="into itself"):
        incident_work.merge(team, ANA, first, first)
    with pytest.raises(Conflict, match="final"):
        incidents.step(team, ANA, second, "resolved")
    opened(team, "All zeros")


def test_what_goes_on_is_not_merged_into_what_is_over(team: Services) -> None:
    over, running, again = (opened(team, title) for title in ("over", "running", "again"))
    incidents.step(team, ANA, over, "resolved")
    with pytest.raises(Conflict, match=f"INC-{over} is resolved and INC-{running} goes on; .* or reopen INC-{over}"):
        incident_work.merge(team, ANA, running, over)
    incidents.step(team, ANA, over, "closed")
    with pytest.raises(Conflict, match=f"INC-{over} is closed and INC-{running} goes on; merge it the other way"):
        incident_work.merge(team, ANA, running, over)
    incidents.step(team, ANA, again, "resolved")
    assert incident_work.merge(team, ANA, again, over).incident.id == over
    assert incident_work.merge(team, ANA, over, running).incident.id == running


def test_nobody_works_on_what_is_closed_but_it_is_still_linked(team: Services) -> None:
    number, other = opened(team), opened(team, "other")
    incidents.step(team, ANA, number, "resolved")
    incidents.step(team, ANA, number, "closed")
    works: list[Callable[[], Any]] = [
        lambda: incident_work.update(team, ANA, number, "news", {}),
        lambda: incident_work.task(team, ANA, number, "look"),
        lambda: incident_work.assign(team, ANA, number, "commander", "U0BEA"),
        lambda: incident_work.assign(team, ANA, number, "member", "U0BEA"),
    ]
    for work in works:
        with pytest.raises(Conflict, match="is closed; nobody works on it any more"):
            work()
    assert not incident_work.link(team, ANA, number, "incident", str(other)).again
    assert incident_work.link(team, ANA, number, "incident", f"INC-{other}").again


@pytest.mark.parametrize(
    ("kind", "named", "says"),
    [
        ("incident", "INC-99", "There is no INC-99"),
        ("incident", "INC-1", "linked to itself"),
        ("incident", "INC-2", "There is no INC-2"),
        ("alert", "ALERT-99", "There is no ALERT-99"),
        ("kpi", "nope", "no KPI called “nope”"),
        ("runbook", "javascript:alert(1)", "begins with https://"),
        ("runbook", "https:", "begins with https://"),
    ],
)
def test_a_link_leads_to_what_the_asker_sees(team: Services, kind: str, named: str, says: str) -> None:
    number = opened(team)
    incidents.declare(team, BEA, "hidden", {"private": "yes"})
    with pytest.raises(BarometerError, match=re.escape(says)):
        incident_work.link(team, ANA, number, kind, named)
    for runbook in ("https://wiki.example/x", "the page on restarts"):
        incident_work.link(team, ANA, number, "runbook", runbook)


def test_two_words_for_one_moment_are_refused(team: Services) -> None:
    number = opened(team)
    twice = {"arose": "4h ago", "started": "3h ago"}
    with pytest.raises(InvalidInput, match="arose and started name one moment"):
        incidents.edit(team, ANA, number, twice, "seen")
    with pytest.raises(InvalidInput, match="name one moment"):
        opened(team, "again", **twice)


def test_titles_of_signs_alone_are_told_apart(team: Services) -> None:
    assert opened(team, "🔥") != opened(team, "😀")
    with pytest.raises(Conflict, match="open under that title already"):
        opened(team, "🔥")


def test_what_ended_without_a_resolution_takes_no_more_time(team: Services, clock: Clock) -> None:
    number = opened(team)
    assert "so far" in str(pages.shown(incidents.dossier(team, ANA, number), "UTC", clock.now))
    incident_work.merge(team, ANA, number, opened(team, "other"))
    assert "Time to resolve" not in str(pages.shown(incidents.dossier(team, ANA, number), "UTC", clock.now))


def test_an_update_says_what_is_new_and_may_change_the_severity(team: Services) -> None:
    number = opened(team)
    one = incident_work.update(team, ANA, number, "traffic is on the old model", {"severity": "sev2"}).incident
    assert one.severity == "high"
    (told,) = [e for e in incidents.dossier(team, ADMIN, number).events if e.kind == "update"]
    assert told.text == "traffic is on the old model; severity medium → high"
    with pytest.raises(InvalidInput, match="is high already"):
        incident_work.update(team, ANA, number, "", {"severity": "high"})
    with pytest.raises(InvalidInput, match="what is new"):
        incident_work.update(team, ANA, number, " ", {})


def test_roles_links_and_tasks(team: Services) -> None:
    number = opened(team)
    incident_work.assign(team, ANA, number, "model steward", "U0BEA")
    one = incident_work.assign(team, ANA, number, "commander", "U0ANA").incident
    assert one.roles == {"steward": "U0BEA", "commander": "U0ANA"}
    with pytest.raises(InvalidInput, match="no role “king”"):
        incident_work.assign(team, ANA, number, "king", "U0ANA")
    assert not incident_work.link(team, ANA, number, "model", "fraud@7").again
    assert incident_work.link(team, ANA, number, "model", "fraud@7").again
    with pytest.raises(InvalidInput, match="cannot be linked to a “cat”"):
        incident_work.link(team, ANA, number, "cat", "x")
    incident_work.task(team, ANA, number, "add an alert")
    incident_work.task(team, BEA, number, "write it up")
    incident_work.task_done(team, BEA, number, 1)
    with pytest.raises(Conflict, match="done already"):
        incident_work.task_done(team, ANA, number, 1)
    with pytest.raises(InvalidInput, match="has no task 3"):
        incident_work.task_done(team, ANA, number, 3)
    found = incidents.dossier(team, ADMIN, number)
    page = export.markdown(found, "Europe/Oslo")
    assert "- [x] add an alert\n- [ ] write it up" in page
    assert "- model: fraud@7" in page
    assert page.count("*To be written.*") == 4
    assert "## Timeline" in page
    data = export.as_json(found)
    assert (data["incident"], data["roles"]["commander"], len(data["timeline"])) == (
        f"INC-{number}",
        "U0ANA",
        len(found.events),
    )
    assert data["hours"]["mttd"] is None, "nobody said when it began"
    assert data["times"]["detected"]["at"] == "2026-11-24T10:00:00+00:00"


def test_a_title_cannot_break_the_page_of_the_review(team: Services) -> None:
    number = opened(team, "# x | <b> [y](http://z)")
    page = export.markdown(incidents.dossier(team, ADMIN, number), "UTC")
    assert page.splitlines()[0] == f"# INC-{number}: \\# x \\| \\<b\\> \\[y\\](http://z)"


def late(team: Services, *values: str) -> None:
    for week_number, value in enumerate(values, 42):
        kpis.record(team, ANA, "latency-p95", value, {"period": f"2026-11-{week_number - 30:02}"})


def test_the_beginning_is_looked_up_in_the_series_and_a_person_confirms_it(team: Services, clock: Clock) -> None:
    definitions.apply_files(team, SYSTEM)
    late(team, "200 ms", "210 ms", "900 ms", "950 ms")
    number = opened(team, "Slow", kpi="latency-p95", detected="2026-11-16 09:00")
    arose = incidents.found(team, ADMIN, number).marks["arose"]
    assert arose.source == "first bad point"
    assert arose.at == arose.low == datetime(2026, 11, 14, tzinfo=UTC)
    assert arose.high == datetime(2026, 11, 15, tzinfo=UTC)
    assert "past a threshold for 2 periods running" in arose.reason
    assert measured(team).onsets.estimated == 1
    one = incidents.confirm(team, BEA, number).incident
    assert (one.marks["arose"].source, one.at("arose")) == ("person", arose.at)
    assert measured(team).onsets.measured == 1
    with pytest.raises(Conflict, match="said already"):
        incidents.confirm(team, ANA, number)


def test_the_series_of_the_model_goes_before_that_of_the_whole(team: Services) -> None:
    definitions.apply_files(team, SYSTEM)
    for day, (whole, own) in enumerate([("0.01", "0.01"), ("0.01", "0.5"), ("0.01", "0.6")], 9):
        for value, dimensions in ((whole, {}), (own, {"model": "fraud"})):
            kpis.record(team, ANA, "prediction-drift-psi", value, {"period": f"2026-11-{day:02}", **dimensions})
    number = opened(team, "Drifts", kpi="prediction-drift-psi", model="fraud", detected="2026-11-12 09:00")
    assert incidents.found(team, ADMIN, number).at("arose") == datetime(2026, 11, 10, tzinfo=UTC)
    other = opened(team, "Drifts", kpi="prediction-drift-psi", model="ranking", detected="2026-11-12 09:00")
    assert incidents.found(team, ADMIN, other).marks["arose"].source == "declared"


def test_without_a_bad_point_the_beginning_stays_unknown(team: Services) -> None:
    definitions.apply_files(team, SYSTEM)
    late(team, "200 ms", "900 ms", "210 ms")
    number = opened(team, "Slow", kpi="latency-p95", detected="2026-11-16 09:00")
    assert incidents.found(team, ADMIN, number).marks["arose"].source == "declared"
    said = opened(team, "Slow since noon", kpi="latency-p95", detected="2026-11-16 09:00", started="2026-11-15 12:00")
    assert incidents.found(team, ADMIN, said).marks["arose"].source == "person", "who says it, knows it"
    with pytest.raises(BarometerError, match="latency-p95"):
        opened(team, "Other", kpi="latency-p99")
    assert len(incidents.listing(team, ADMIN)) == 2


def measured_daily(team: Services, name: str, *values: str) -> None:
    for day, value in enumerate(values):
        kpis.record(team, ANA, name, value, {"period": f"2026-10-{day + 1:02}"})


def test_where_no_threshold_is_passed_a_change_of_the_mean_shows_the_beginning(team: Services) -> None:
    definitions.apply_files(team, SYSTEM)
    usual = ("150 ms", "160 ms", "155 ms", "148 ms", "152 ms", "158 ms", "149 ms", "153 ms", "151 ms", "157 ms")
    measured_daily(team, "latency-p95", *usual, "240 ms", "238 ms", "245 ms", "241 ms")
    number = opened(team, "Slower", kpi="latency-p95", detected="2026-10-15 09:00")
    arose = incidents.found(team, ADMIN, number).marks["arose"]
    assert (arose.source, arose.at) == ("change-point", datetime(2026, 10, 11, tzinfo=UTC))
    assert (arose.low, arose.high) == (datetime(2026, 10, 11, tzinfo=UTC), datetime(2026, 10, 12, tzinfo=UTC))
    assert arose.reason.startswith("the mean of latency-p95 changed from 153 ms to 241 ms (p = ")
    assert measured(team).onsets.estimated == 1
    assert incidents.confirm(team, BEA, number).incident.marks["arose"].source == "person"


def test_a_change_for_the_better_is_no_beginning(team: Services) -> None:
    definitions.apply_files(team, SYSTEM)
    usual = ("250 ms", "260 ms", "255 ms", "248 ms", "252 ms", "258 ms", "249 ms", "253 ms", "251 ms", "257 ms")
    measured_daily(team, "latency-p95", *usual, "140 ms", "138 ms", "145 ms", "141 ms")
    number = opened(team, "Odd", kpi="latency-p95", detected="2026-10-15 09:00")
    assert incidents.found(team, ADMIN, number).marks["arose"].source == "declared"


def test_a_kpi_without_thresholds_shows_the_beginning_too(team: Services) -> None:
    definitions.apply_files(team, SYSTEM)
    with team.db.read() as connection:
        kpi = definitions.named(team, connection, ANA, "latency-p95")
    definitions.define(team, SYSTEM, to_json(replace(kpi, thresholds=(), version=1)), "none")
    number = opened(team, "Slow", kpi="latency-p95")
    assert incidents.found(team, ADMIN, number).marks["arose"].source == "declared", "there is no series"
    values = [f"{150 + day % 3} ms" for day in range(10)]
    measured_daily(team, "latency-p95", *values, "900 ms", "910 ms", "905 ms")
    other = opened(team, "Slow again", kpi="latency-p95", detected="2026-10-14 09:00")
    assert incidents.found(team, SYSTEM, other).marks["arose"].source == "change-point"


def test_a_message_that_shows_it_is_evidence_and_says_when_it_was_detected(team: Services, clock: Clock) -> None:
    written_at = START - timedelta(minutes=30)
    shown = Evidence("C0OPS", f"{written_at.timestamp():.6f}", "U0BEA", "All scores are 0\nsince noon")
    number = incidents.declare(team, ANA, "Scores", {}, Announcement(evidence=shown)).incident.id
    one = incidents.dossier(team, ADMIN, number)
    assert (one.incident.at("detected"), one.incident.opened_at) == (written_at, START)
    (message,) = [e for e in one.events if e.kind == "message"]
    assert (message.at, message.actor, message.text) == (written_at, "U0BEA", "All scores are 0 since noon")
    assert message.details == {"channel": "C0OPS", "ts": shown.ts}
    assert one.events[0] == message, "the timeline begins with what was seen first"
