"""Alerts from observation to message: told once, kept up to date, escalated, silenced, and tied to incidents."""

from datetime import UTC, datetime, time, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from bot.domain.alerts import Alert
from bot.domain.errors import BarometerError, Conflict, InvalidInput
from bot.domain.own_hours import QuietHours
from bot.domain.parts import load, plain
from bot.domain.people import SYSTEM, Asker
from bot.domain.rules import limit
from bot.services import (
    Services,
    alert_attention,
    alert_incidents,
    alert_rules,
    alert_signals,
    alert_silences,
    alert_watch,
    alerts,
    definitions,
    incident_stats,
    incidents,
    kpi_entry,
)
from bot.services.alert_signals import Signal
from bot.settings import Settings
from handlers.clock import alerts as clock_job
from storage import Database, outbox, people, watches
from storage import alerts as stored
from tests.services.test_incidents import Clock

ANA = Asker("U0ANA", frozenset({"sre"}))
BEA = Asker("U0BEA", frozenset({"sre"}))
QUIET = QuietHours(time(20), time(8))
BOSS = Asker("U0BOSS", frozenset({"executive_sponsor"}))
LOAD = """
apiVersion: barometer/v1
kind: KPISet
kpis:
  - name: queue-length
    title: Queue length
    category: reliability
    definition: Jobs that wait.
    inputs: {{jobs: {{title: Jobs, from: serving, min: 0}}}}
    formula: "jobs"
    unit: {{code: count}}
    direction: down
    frequency: [day]
    owner: sre
    thresholds: {{warning: {{above: 10, for: {lasting}}}, critical: {{above: 100}}}}
    dimensions: [model, version]
    runbook: Add workers.
    alerts: {alerts}
"""


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.now = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    return made


@pytest.fixture
def team(db: Database, clock: Clock) -> Services:
    made = Services(db, Settings(admins=frozenset({"U0ADMIN"}), alert_channel="C0OPS"), clock)
    with db.begin() as connection:
        for person, role in (("U0ANA", "sre"), ("U0BEA", "sre"), ("U0BOSS", "executive_sponsor")):
            people.grant(connection, person, role, by="U0ADMIN", at=clock.now)
            clock.on(seconds=1)
    define(made)
    return made


def define(team: Services, alerts: str = "{}", lasting: int = 1, reason: str = "") -> None:
    definitions.define(team, SYSTEM, LOAD.format(alerts=alerts, lasting=lasting), reason)


def record(team: Services, jobs: int, **fields: str) -> None:
    """What yesterday's figure was, and let the clock look."""
    yesterday = (team.now() - timedelta(days=1)).date().isoformat()
    kpi_entry.record(team, ANA, "queue-length", fields={"jobs": str(jobs), "period": yesterday, **fields})
    clock_job.JOB.run(team)


def next_day(team: Services, clock: Clock, jobs: int, **fields: str) -> None:
    clock.on(days=1)
    record(team, jobs, **fields)


def later(team: Services, clock: Clock, **step: float) -> None:
    clock.on(**step)
    clock_job.JOB.run(team)


def sent(team: Services) -> None:
    """Slack took everything that was due."""
    with team.db.begin() as connection:
        for row in outbox.everything(connection):
            if row.state == "due" and row.due_at <= team.now():
                outbox.change(connection, row.id, state="sent", sent_at=team.now(), channel=row.target, ts=f"1.{row.id[:6]}")


def said(team: Services) -> list[tuple[str, str]]:
    """Where and what, in the order of saying: heads, what stands in threads (>), and edits (~)."""
    with team.db.read() as connection:
        rows = outbox.everything(connection)
    marks = [("~" if row.edits else ">" if row.parent_id else "", row) for row in rows if row.kind == "alert"]
    return [(f"{mark}{row.target}", load(row.payload).summary) for mark, row in marks if row.state != "cancelled"]


def heads(team: Services, target: str = "C0OPS") -> list[str]:
    return [words for where, words in said(team) if where == target]


def only(team: Services) -> Alert:
    (one,) = alerts.listing(team, ANA)
    return one


def kinds(team: Services, number: int = 1) -> list[str]:
    return [event.kind for event in alerts.dossier(team, ANA, number).events]


def test_an_observation_past_its_threshold_is_told_once_in_one_message(team: Services, clock: Clock) -> None:
    record(team, 5)
    assert alerts.listing(team, ANA) == []
    next_day(team, clock, 50)
    one = only(team)
    assert (one.name, one.level, one.state, one.words) == ("ALERT-1", "warning", "firing", "50 is above 10")
    clock_job.JOB.run(team)
    clock_job.JOB.run(team)
    assert heads(team) == ["ALERT-1 (warning) fires: Queue length, 50 is above 10"]


def test_the_message_names_what_people_need(team: Services, clock: Clock) -> None:
    record(team, 5, model="fraud", version="v1")
    clock.on(days=1)
    record(team, 5, model="fraud", version="v2")
    record(team, 500)
    with team.db.read() as connection:
        rows = [r for r in outbox.everything(connection) if r.kind == "alert" and r.target == "C0OPS"]
    head, thread = load(rows[0].payload), load(rows[1].payload)
    words = "\n".join(plain(part) for part in head.parts)
    for each in (
        "Critical",
        "Queue length",
        "500 is above 100",
        "Owner: SRE",
        "What to do: Add workers.",
        "Bad since: Tue 24 Nov",
    ):
        assert each in words
    assert "Last version: v2, since Tue 24 Nov 2026" in words
    for button in ("Acknowledge", "Snooze", "Open incident", "Explain", "Expected", "False alarm", "Why this number"):
        assert f"[{button}]" in words
    assert "queue-length/limit looks for: critical: above 100" in "\n".join(plain(part) for part in thread.parts)


def test_it_is_edited_in_place_and_keeps_the_value_with_which_it_fired(team: Services, clock: Clock) -> None:
    record(team, 50)
    sent(team)
    next_day(team, clock, 60)
    sent(team)
    next_day(team, clock, 5)
    edits = [words for where, words in said(team) if where == "~C0OPS"]
    assert edits[0] == "ALERT-1 (warning) fires: Queue length, 60 is above 10"
    assert edits[-1] == "ALERT-1 (warning) is resolved: Queue length, 5 is within its limits"
    assert len(heads(team)) == 1
    (one,) = alerts.history(team, ANA)
    assert one.fired_words == "50 is above 10"


def test_what_waits_for_its_turn_is_told_though_it_is_over_or_fires_anew_meanwhile(team: Services, clock: Clock) -> None:
    record(team, 50)
    with team.db.begin() as connection:  # Slack asked to wait
        for row in outbox.everything(connection):
            outbox.change(connection, row.id, due_at=clock.now + timedelta(days=2))
    for jobs, state in ((5, "is resolved"), (500, "fires")):
        next_day(team, clock, jobs)
        assert len(heads(team)) == 1
        assert f" {state}: " in heads(team)[0]


def test_pending_is_not_told_and_what_was_first_true_is_kept(team: Services, clock: Clock) -> None:
    define(team, lasting=2, reason="calmer")
    record(team, 50)
    assert said(team) == []
    assert alerts.listing(team, ANA) == []
    first = clock.now
    next_day(team, clock, 50)
    one = only(team)
    assert (one.active_at, one.fired_at) == (first, clock.now)


def test_pending_that_is_good_again_leaves_nothing(team: Services, clock: Clock) -> None:
    define(team, lasting=2, reason="calmer")
    record(team, 50)
    next_day(team, clock, 5)
    with team.db.read() as connection:
        assert stored.open_ones(connection, pending=True) == []
    assert alerts.history(team, ANA) == []


def test_no_data_is_not_resolved(team: Services, clock: Clock) -> None:
    record(team, 50)
    later(team, clock, days=3)
    states = {one.rule: one.state for one in alerts.listing(team, ANA)}
    assert states == {"queue-length/limit": "no data", "queue-length/stale": "firing"}
    later(team, clock, days=30)
    assert {one.rule: one.state for one in alerts.listing(team, ANA)} == states
    record(team, 50)
    assert [(one.rule, one.state, one.times) for one in alerts.listing(team, ANA)] == [("queue-length/limit", "firing", 1)]


def test_an_error_is_a_state_of_its_own(team: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    record(team, 50)

    def broken(_: Any) -> Any:
        raise ArithmeticError("no number")

    with monkeypatch.context() as patch:
        patch.setattr(limit, "find", broken)
        next_day(team, clock, 5)
        assert only(team).state == "error"
    next_day(team, clock, 5)
    assert alerts.listing(team, ANA) == []
    assert kinds(team) == ["firing", "escalated", "error", "resolved"]


def test_a_correction_that_comes_late_resolves(team: Services, clock: Clock) -> None:
    record(team, 50)
    clock.on(hours=1)
    kpi_entry.correct(team, ANA, "queue-length", fields={"jobs": "5", "reason": "miscounted"})
    clock_job.JOB.run(team)
    assert alerts.listing(team, ANA) == []


def test_a_rule_that_is_switched_off_ends_its_alert(team: Services, clock: Clock) -> None:
    record(team, 50)
    define(team, alerts="{on: [stale]}", reason="too loud")
    clock_job.JOB.run(team)
    (one,) = alerts.history(team, ANA)
    assert (one.state, one.words) == ("resolved", "its rule is switched off or gone")


def test_what_fires_again_soon_is_the_same_alert_and_when_it_flaps_it_is_quiet(team: Services, clock: Clock) -> None:
    record(team, 50)
    next_day(team, clock, 5)
    next_day(team, clock, 50)
    assert (only(team).name, only(team).times) == ("ALERT-1", 2)
    next_day(team, clock, 5)
    next_day(team, clock, 50)
    told = [w for where, w in said(team) if where == ">C0OPS"]
    assert "ALERT-1 fires again, the 2nd time: 50 is above 10" in told
    assert not any("the 3rd time" in words for words in told)
    assert only(team).flaps
    for jobs, state in ((5, "firing"), (50, "firing"), (5, "firing"), (5, "firing")):
        next_day(team, clock, jobs)
        assert only(team).state == state
    next_day(team, clock, 5)
    assert alerts.listing(team, ANA) == []
    assert heads(team)[-1].startswith("ALERT-1 (warning) is resolved")
    assert len(heads(team)) == 1


# People


def test_it_reaches_owner_role_channel_and_sponsor_until_somebody_acknowledges(team: Services, clock: Clock) -> None:
    define(team, alerts="{person: U0CARL}", reason="Carl owns it")
    record(team, 500)
    assert [where for where, _ in said(team)] == ["C0OPS", ">C0OPS", "U0CARL"] or {w for w, _ in said(team)} == {
        "C0OPS",
        ">C0OPS",
        "U0CARL",
    }
    later(team, clock, minutes=14)
    assert not heads(team, "U0ANA")
    later(team, clock, minutes=1)
    assert len(heads(team, "U0ANA")) == len(heads(team, "U0BEA")) == 1
    later(team, clock, minutes=15)
    assert [w for where, w in said(team) if where == ">C0OPS"][-1] == "Nobody is on ALERT-1 yet"
    later(team, clock, minutes=30)
    assert len(heads(team, "U0BOSS")) == 1
    steps = [e.text for e in alerts.dossier(team, ANA, 1).events if e.kind == "escalated"]
    assert steps == ["owner", "role", "channel", "executive_sponsor"]


def test_an_acknowledgement_stops_it(team: Services, clock: Clock) -> None:
    record(team, 500)
    later(team, clock, minutes=1)
    done = alerts.acknowledge(team, ANA, 1, "rolling back")
    assert (done.status(clock.now), done.next_at) == ("acknowledged", None)
    later(team, clock, days=1, hours=-1)
    assert not heads(team, "U0BOSS")
    with pytest.raises(Conflict, match="acknowledged already by @U0ANA"):
        alerts.acknowledge(team, BEA, 1)
    assert "is on it: rolling back" in [w for where, w in said(team) if where == ">C0OPS"][-1]


def test_whom_it_reaches_is_settled_when_it_fires(team: Services, clock: Clock) -> None:
    record(team, 500)
    with team.db.begin() as connection:
        people.revoke(connection, "U0BOSS", "executive_sponsor")
        people.grant(connection, "U0NEW", "executive_sponsor", by="U0ADMIN", at=clock.now)
    later(team, clock, hours=1)
    assert (len(heads(team, "U0BOSS")), len(heads(team, "U0NEW"))) == (1, 0)


def test_escalation_goes_on_after_a_restart(team: Services, clock: Clock) -> None:
    record(team, 500)
    clock.on(hours=2)  # nobody was there
    again = Services(team.db, team.settings, clock)
    alert_attention.attend_due(again)
    assert [e.text for e in alerts.dossier(again, ANA, 1).events if e.kind == "escalated"] == [
        "owner",
        "channel",
        "executive_sponsor",
    ]


def test_two_processes_take_each_step_once(team: Services, clock: Clock) -> None:
    record(team, 500)
    clock.on(hours=2)
    barrier = Barrier(4)

    def attend() -> None:
        barrier.wait()
        alert_attention.attend_due(team)

    threads = [Thread(target=attend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heads(team, "U0BOSS")) == 1
    assert kinds(team).count("escalated") == 3


def test_quiet_hours_hold_warnings_and_never_what_is_critical(db: Database, clock: Clock) -> None:
    team = Services(db, Settings(alert_channel="C0OPS", quiet_hours=QUIET), clock)
    with db.begin() as connection:
        people.grant(connection, "U0ANA", "sre", by="x", at=clock.now)
        people.keep_zone(connection, "U0ANA", "Asia/Tokyo", at=clock.now)
        people.grant(connection, "U0OSLO", "sre", by="x", at=clock.now)
    define(team)
    record(team, 50)  # 01:00 in London, 10:00 in Tokyo

    def due(person: str) -> list[datetime]:
        with db.read() as connection:
            return [r.due_at for r in outbox.everything(connection) if r.target == person and r.state == "due"]

    assert due("U0ANA") == [clock.now]
    assert due("U0OSLO") == [clock.now.replace(hour=8, minute=0)]
    alerts.acknowledge(team, ANA, 1)
    assert due("U0OSLO") == []


def test_what_becomes_critical_at_night_waits_for_nobody(db: Database, clock: Clock) -> None:
    team = Services(db, Settings(alert_channel="C0OPS", quiet_hours=QUIET), clock)
    with db.begin() as connection:
        people.grant(connection, "U0OSLO", "sre", by="x", at=clock.now)
    define(team)
    record(team, 50)
    record(team, 500, version="v2", model="fraud")
    with db.read() as connection:
        rows = {load(r.payload).summary[:18]: r.due_at for r in outbox.everything(connection) if r.target == "U0OSLO"}
    assert rows == {"ALERT-1 (warning) ": clock.now.replace(hour=8, minute=0), "ALERT-2 (critical)": clock.now}


def test_who_is_on_it_hears_that_it_got_worse(team: Services, clock: Clock) -> None:
    record(team, 50)
    alerts.acknowledge(team, ANA, 1)
    next_day(team, clock, 500)
    assert [words for words in heads(team, "U0ANA") if "critical" in words]
    later(team, clock, hours=2)
    assert not heads(team, "U0BOSS")
    assert (">C0OPS", "ALERT-1 is critical now: 500 is above 100") in said(team)


def test_a_snooze_ends_and_tells_again(team: Services, clock: Clock) -> None:
    record(team, 500)
    done = alerts.snooze(team, ANA, 1, "2h")
    assert (done.status(clock.now), done.next_at) == ("snoozed", clock.now + timedelta(hours=2))
    later(team, clock, hours=1, minutes=59)
    assert not heads(team, "U0BOSS")
    later(team, clock, minutes=1)
    assert any("ALERT-1 still fires" in words for where, words in said(team) if where == ">C0OPS")
    assert only(team).status(clock.now) == "firing"
    with pytest.raises(InvalidInput, match="over 7 days"):
        alerts.snooze(team, ANA, 1, "8d")
    with pytest.raises(InvalidInput, match="is past"):
        alerts.snooze(team, ANA, 1, "yesterday 10:00")


def test_what_becomes_critical_ends_a_snooze(team: Services, clock: Clock) -> None:
    record(team, 50)
    alerts.snooze(team, ANA, 1, "6d")
    next_day(team, clock, 500)
    assert only(team).status(clock.now) == "firing"
    later(team, clock, hours=1)
    assert len(heads(team, "U0BOSS")) == 1


def test_it_is_said_again_counted_from_what_was_last_sent(team: Services, clock: Clock) -> None:
    record(team, 50)

    def told() -> int:
        return sum("still fires" in words for where, words in said(team) if where == ">C0OPS")

    later(team, clock, hours=24)
    assert told() == 0  # what was said first has not even been sent
    sent(team)
    later(team, clock, hours=23, minutes=59)
    assert told() == 0
    later(team, clock, minutes=1)
    assert told() == 1
    later(team, clock, hours=1)
    assert told() == 1


def test_verdicts_give_a_rule_its_precision(team: Services, clock: Clock) -> None:
    for verdict in ("real", "false alarm", "expected"):
        record(team, 50)
        next_day(team, clock, 5)
        alerts.judge(team, ANA, len(alerts.history(team, ANA)), verdict)
        clock.on(days=9)
        clock_job.JOB.run(team)
    found = {rule.name: rule for rule in alert_rules.listing(team, ANA, "queue-length")}
    rule = found["queue-length/limit"]
    assert (rule.fired, rule.judged, rule.real) == (3, 3, 1)
    assert rule.precision == pytest.approx((0.0615, 0.7923), abs=1e-4)  # Wilson, 1 of 3
    assert not found["queue-length/unusual"].is_on


def test_what_a_role_may_not_see_is_not_shown_and_not_told_in_the_channel(team: Services, clock: Clock) -> None:
    text = LOAD.format(alerts="{}", lasting=1) + "    visibility: [executive]\n"
    definitions.define(team, SYSTEM, text, "secret")
    record(team, 500)
    assert heads(team) == []
    assert len(heads(team, "U0ANA")) == 1
    stranger = Asker("U0WHO")
    assert alerts.listing(team, stranger) == []
    for act in (
        lambda: alerts.dossier(team, stranger, 1),
        lambda: alerts.acknowledge(team, stranger, 1),
        lambda: alert_incidents.open_incident(team, stranger, 1),
    ):
        with pytest.raises(InvalidInput, match="There is no ALERT-1"):
            act()  # type: ignore[no-untyped-call]


# Silences and what inhibits


def test_a_silence_announces_its_start_and_its_end_and_what_still_fires_is_told(team: Services, clock: Clock) -> None:
    made = alert_silences.silence(team, ANA, "queue-length", {"for": "2h", "reason": "load test"})
    record(team, 500)
    assert said(team) == []
    assert only(team).held == "SILENCE-1"
    later(team, clock, hours=2)
    with team.db.read() as connection:
        notices = [load(r.payload).summary for r in outbox.everything(connection) if r.subject == made.name]
    assert notices[0].startswith("queue-length is silenced until Tue 24 Nov 2026 03:00 UTC")
    assert notices[1] == "queue-length is no longer silenced (SILENCE-1)"
    assert heads(team) == ["ALERT-1 (critical) fires: Queue length, 500 is above 100"]
    assert alert_silences.listing(team, ANA) == []


def test_nothing_is_sent_of_what_is_over_when_the_silence_ends(team: Services, clock: Clock) -> None:
    alert_silences.silence(team, ANA, "*", {"for": "25h", "reason": "moving"})
    record(team, 500)
    next_day(team, clock, 5)
    later(team, clock, hours=2)
    assert said(team) == []
    assert [one.state for one in alerts.history(team, ANA)] == ["resolved"]


def test_a_silence_stops_what_is_under_way_and_ends_before_its_time(team: Services, clock: Clock) -> None:
    record(team, 500)
    alert_silences.silence(team, ANA, "queue-*", {"until": "tomorrow 10:00", "reason": "known"})
    later(team, clock, hours=2)
    assert not heads(team, "U0BOSS")
    alert_silences.unsilence(team, BEA, 1)
    clock_job.JOB.run(team)
    later(team, clock, minutes=59)
    assert not heads(team, "U0BOSS")
    later(team, clock, minutes=1)
    assert len(heads(team, "U0BOSS")) == 1
    with pytest.raises(Conflict, match="over already"):
        alert_silences.unsilence(team, BEA, 1)


@pytest.mark.parametrize(
    ("rule", "fields", "words"),
    [
        ("queue-length", {"for": "2h"}, "Say why"),
        ("queue-length", {"reason": "x"}, "Say until when"),
        ("queue-lenth", {"for": "2h", "reason": "x"}, "Did you mean queue-length"),
        ("queue-length/moon", {"for": "2h", "reason": "x"}, "There is no rule"),
        ("", {"for": "2h", "reason": "x"}, "Say what to silence"),
        ("queue-length", {"for": "1y", "reason": "x"}, "no time"),
        ("queue-length", {"for": "91d", "reason": "x"}, "over 90 days"),
        ("queue-length", {"for": "2h", "until": "tomorrow 09:00", "reason": "x"}, "not both"),
        ("queue-length", {"for": "2h", "modle": "fraud", "reason": "x"}, "has no dimension “modle”; it has model, version"),
    ],
)
def test_a_silence_that_cannot_be_read_changes_nothing(team: Services, rule: str, fields: dict[str, str], words: str) -> None:
    with pytest.raises(BarometerError, match=words):
        alert_silences.silence(team, ANA, rule, fields)
    assert alert_silences.listing(team, ANA) == []


def test_a_silence_of_what_only_some_may_see_is_told_to_nobody_else(team: Services, clock: Clock) -> None:
    text = LOAD.format(alerts="{}", lasting=1) + "    visibility: [executive]\n"
    definitions.define(team, SYSTEM, text, "secret")
    made = alert_silences.silence(team, ANA, "queue-length", {"for": "2h", "reason": "layoffs"})
    stranger = Asker("U0WHO")
    assert alert_silences.listing(team, stranger) == []
    assert [each.name for each in alert_silences.listing(team, ANA)] == [made.name]
    with pytest.raises(InvalidInput, match="There is no SILENCE-1"):
        alert_silences.unsilence(team, stranger, 1)
    alert_silences.unsilence(team, ANA, 1)
    with team.db.read() as connection:
        assert {r.target for r in outbox.everything(connection) if r.subject == made.name} == {"U0ANA"}


def test_a_pattern_holds_nothing_that_who_made_it_may_not_see(team: Services, clock: Clock) -> None:
    text = LOAD.format(alerts="{}", lasting=1) + "    visibility: [executive]\n"
    definitions.define(team, SYSTEM, text, "secret")
    alert_silences.silence(team, Asker("U0WHO"), "queue*", {"for": "2h", "reason": "probe"})
    record(team, 500)
    assert only(team).held == ""
    with team.db.read() as connection:
        (told,) = [load(r.payload) for r in outbox.everything(connection) if r.subject == "SILENCE-1"]
    assert "fires now" not in plain(told.parts[0])


OTHER = """
name: errors
title: Errors
category: reliability
definition: Errors of the serving endpoints.
inputs: {{n: {{title: Errors, from: serving, min: 0}}}}
formula: "n"
unit: {{code: count}}
direction: down
frequency: [day]
owner: sre
thresholds: {{critical: {{above: 10}}}}
alerts: {alerts}
"""


def errors(team: Services, n: int) -> None:
    yesterday = (team.now() - timedelta(days=1)).date().isoformat()
    kpi_entry.record(team, ANA, "errors", fields={"n": str(n), "period": yesterday})
    clock_job.JOB.run(team)


def test_an_alert_is_held_back_while_its_cause_fires_and_nothing_is_sent_twice(team: Services, clock: Clock) -> None:
    definitions.define(team, SYSTEM, OTHER.format(alerts="{inhibited_by: [queue-length]}"))
    record(team, 500)
    errors(team, 50)
    by_rule = {one.rule: one for one in alerts.listing(team, ANA)}
    assert by_rule["errors/limit"].held == "ALERT-1"
    assert len(heads(team)) == 1
    next_day(team, clock, 5)  # the cause is over, the errors go on
    errors(team, 60)
    later(team, clock, seconds=1)
    assert [words for words in heads(team) if "fires" in words] == ["ALERT-2 (critical) fires: Errors, 60 is above 10"]


def test_a_source_that_is_down_is_told_once_and_nothing_is_sent_when_it_returns(team: Services, clock: Clock) -> None:
    definitions.define(team, SYSTEM, OTHER.format(alerts="{}"))
    record(team, 5)
    errors(team, 5)
    later(team, clock, days=3)
    assert len(heads(team)) == 1
    held = sorted(one.held for one in alerts.listing(team, ANA))
    assert held == ["", "ALERT-1"]
    record(team, 5)
    errors(team, 5)
    later(team, clock, seconds=1)
    assert alerts.listing(team, ANA) == []
    assert heads(team) == ["ALERT-1 (warning) is resolved: Queue length, Figures come in time."]


# Incidents


def test_open_incident_takes_the_time_at_which_the_rule_was_true(team: Services, clock: Clock) -> None:
    define(team, lasting=2, reason="calmer")
    record(team, 5)
    next_day(team, clock, 50)
    first = clock.now
    next_day(team, clock, 50)
    clock.on(hours=3)
    made = alert_incidents.open_incident(team, ANA, 1)
    assert (made.name, made.severity, made.at("detected"), made.marks["detected"].source) == ("INC-1", "medium", first, "alert")
    arose = made.marks["arose"]
    assert (arose.source, arose.at) == ("first bad point", datetime(2026, 11, 24, tzinfo=UTC))
    assert only(team).incident == 1
    with pytest.raises(Conflict, match="INC-1 is about ALERT-1 already"):
        alert_incidents.open_incident(team, ANA, 1)


def test_a_critical_alert_opens_one_incident_by_itself_where_its_definition_says_so(team: Services, clock: Clock) -> None:
    define(team, alerts="{open_incident: critical}", reason="grave")
    record(team, 50)
    assert incidents.listing(team, ANA) == []
    next_day(team, clock, 500)
    (one,) = incidents.listing(team, ANA)
    assert (one.severity, one.opened_by, one.title) == ("high", "barometer", "Queue length: 500 is above 100")
    next_day(team, clock, 600)
    assert len(incidents.listing(team, ANA, everything=True)) == 1


def test_a_recovery_proposes_the_end_and_a_person_confirms(team: Services, clock: Clock) -> None:
    define(team, alerts="{open_incident: critical, keep_firing_for: 1}", reason="grave")
    record(team, 500)
    next_day(team, clock, 5)
    assert incidents.listing(team, ANA)
    good = datetime(2026, 11, 24, tzinfo=UTC)
    next_day(team, clock, 4)
    proposed = [e for e in incidents.dossier(team, ANA, 1).events if e.kind == "recovered"]
    detected = incidents.found(team, ANA, 1).at("detected")
    assert detected is not None
    assert [e.details["at"] for e in proposed] == [max(good, detected).isoformat()]
    assert incidents.found(team, ANA, 1).status == "open"
    done = alert_incidents.resolve_as_proposed(team, ANA, 1, datetime.fromisoformat(proposed[0].details["at"]))
    assert (done.status, done.marks["resolved"].source, done.at("resolved")) == ("resolved", "person", max(good, detected))


def test_auto_resolve_sets_the_end(team: Services, clock: Clock) -> None:
    define(team, alerts="{open_incident: critical, resolve: automatic}", reason="grave")
    record(team, 500)
    next_day(team, clock, 500)
    next_day(team, clock, 5)
    one = incidents.found(team, ANA, 1)
    assert one.status == "resolved"
    assert (one.marks["resolved"].source, one.at("resolved")) == ("alert", datetime(2026, 11, 25, tzinfo=UTC))


def test_two_rules_of_one_series_make_one_incident_that_ends_with_the_last(team: Services, clock: Clock) -> None:
    define(team, alerts="{on: [limit, unusual], open_incident: always}", reason="both")
    for jobs in range(1, 10):
        record(team, jobs % 3)
        clock.on(days=1)
    record(team, 500)
    assert sorted(one.rule for one in alerts.listing(team, ANA)) == ["queue-length/limit", "queue-length/unusual"]
    assert [one.incident for one in alerts.listing(team, ANA)] == [1, 1]
    assert len(incidents.listing(team, ANA)) == 1

    def proposed() -> int:
        return sum(e.kind == "recovered" for e in incidents.dossier(team, ANA, 1).events)

    next_day(team, clock, 9)  # within its limits, and still unusual
    assert (len(alerts.listing(team, ANA)), proposed()) == (1, 0)
    next_day(team, clock, 2)
    assert (len(alerts.listing(team, ANA)), proposed()) == (0, 1)


def test_the_statistics_say_where_the_time_to_detect_went(team: Services, clock: Clock) -> None:
    define(team, alerts="{open_incident: critical}", lasting=1, reason="grave")
    record(team, 500)  # at 01:00:03, of the day before
    sent(team)
    clock.on(minutes=6)
    alerts.acknowledge(team, ANA, 1)
    incidents.confirm(team, ANA, 1)
    clock.on(minutes=1)
    found = incident_stats.stats(team, ANA, {})
    assert [(p.name, p.n) for p in found.phases] == [
        ("data available", 1),
        ("rule true", 1),
        ("firing", 1),
        ("delivered", 1),
        ("acknowledged", 1),
    ]
    assert [round((p.mean or 0) * 3600) for p in found.phases] == [25 * 3600 + 3, 0, 0, 0, 360]
    before = incident_stats.stats(team, ANA, {"as_of": "2026-11-24 01:03"})
    assert before.phases[-1].n == 0


# From outside


def signal(minute: int, *, firing: bool = True, **facts: Any) -> Signal:
    at = datetime(2026, 11, 24, 2, minute, tzinfo=UTC)
    return Signal("alertmanager", "disk", "Disk is full", firing, at, words="97 % used", **facts)


def test_the_word_of_another_program_is_an_alert(team: Services, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    began = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    made = alert_signals.receive(team, signal(0, level="critical", began=began, facts={"Host": "db-1"}))
    assert made is not None
    assert heads(team) == ["ALERT-1 (critical) fires: Disk is full, 97 % used"]
    incident = alert_incidents.open_incident(team, ANA, 1)
    assert (incident.at("arose"), incident.marks["arose"].source) == (began, "alert")
    over = alert_signals.receive(team, signal(5, firing=False))
    assert over is not None
    assert over.state == "resolved"
    assert [r.name for r in alert_rules.listing(team, ANA) if r.fired] == ["alertmanager"]


def test_words_that_come_twice_or_late_change_nothing(team: Services, clock: Clock) -> None:
    first = alert_signals.receive(team, signal(0))
    assert alert_signals.receive(team, signal(0)) == first
    alert_signals.receive(team, signal(5, firing=False))
    late = alert_signals.receive(team, signal(3))
    assert late is not None
    assert late.state == "resolved"
    assert len(heads(team)) == 1


def test_what_is_over_before_it_was_heard_of_does_not_fire_late(team: Services, clock: Clock) -> None:
    assert alert_signals.receive(team, signal(5, firing=False)) is None
    late = alert_signals.receive(team, signal(3))
    assert late is not None
    assert late.state == "resolved"
    assert said(team) == []
    assert alerts.history(team, ANA) == []


def test_many_words_of_one_thing_at_once_are_one_alert(team: Services, clock: Clock) -> None:
    barrier, failures = Barrier(8), []

    def say(minute: int) -> None:
        barrier.wait()
        try:
            alert_signals.receive(team, signal(minute, firing=minute % 2 == 0))
        except Exception as error:  # noqa: BLE001 - the test shows it
            failures.append(error)

    threads = [Thread(target=say, args=(minute,)) for minute in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with team.db.read() as connection:
        rows = stored.fired(connection)
    assert len(rows) <= 1
    with team.db.read() as connection:
        last = stored.open_ones(connection)
    assert last == []  # the latest word, of minute 7, is that it is over


# What a rule would have done


def test_a_rule_is_tried_before_it_is_switched_on(team: Services, clock: Clock) -> None:
    for jobs in (5, 50, 50, 5, 5, 5, 5, 60, 5):
        record(team, jobs)
        clock.on(days=1)
    done = alert_rules.backtest(team, ANA, "queue-length", {})
    assert [(a.fired_words, a.resolved_at is not None) for a in done.alerts] == [
        ("50 is above 10", True),
        ("60 is above 10", True),
    ]
    assert (done.met, done.incidents) == (0, 0)
    incidents.backfill(
        team,
        ANA,
        "Queue stood still",
        {"started": "2026-11-24 00:00", "detected": "2026-11-25 02:00", "resolved": "2026-11-26 01:00"},
    )
    from bot.services import incident_work

    incident_work.link(team, ANA, 1, "kpi", "queue-length")
    done = alert_rules.backtest(team, ANA, "queue-length/limit", {})
    assert (done.met, done.incidents) == (1, 1)
    with pytest.raises(InvalidInput, match="has not what the rule burn needs"):
        alert_rules.backtest(team, ANA, "queue-length/burn", {})


# The watch


def test_what_is_recorded_while_a_series_is_looked_at_is_not_lost(
    team: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(team, 5)
    clock.on(days=1)
    find, seen = limit.find, []

    def slow(reading: Any) -> Any:
        if not seen:
            seen.append(reading)
            yesterday = (team.now() - timedelta(days=1)).date().isoformat()
            kpi_entry.record(team, ANA, "queue-length", fields={"jobs": "500", "period": yesterday})
        return find(reading)

    with team.db.begin() as connection:
        watches.wake_kpis(connection, ["queue-length"])
    with monkeypatch.context() as patch:
        patch.setattr(limit, "find", slow)
        alert_watch.look(team)
    assert alerts.listing(team, ANA) == [] or only(team).words == "500 is above 100"
    alert_watch.look(team)
    assert only(team).words == "500 is above 100"


def test_a_series_that_cannot_be_looked_at_keeps_no_other_from_it(
    team: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(team, 5)
    definitions.define(team, SYSTEM, OTHER.format(alerts="{}"))
    yesterday = (team.now() - timedelta(days=1)).date().isoformat()
    kpi_entry.record(team, ANA, "errors", fields={"n": "50", "period": yesterday})
    until = alert_watch.holds_until

    def broken(kpi: Any, *rest: Any) -> datetime:
        if kpi.name == "queue-length":
            raise OverflowError("no such day")
        return until(kpi, *rest)

    monkeypatch.setattr(alert_watch, "holds_until", broken)
    with team.db.begin() as connection:
        watches.wake_kpis(connection, ["queue-length"])
    clock_job.JOB.run(team)
    assert only(team).kpi == "errors"
