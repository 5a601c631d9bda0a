"""Reminders of incidents: once, on time, across processes, and none after the end."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from bot.domain.parts import load, plain
from bot.services import Services, incident_reminders, incident_work, incidents
from handlers.clock import incidents as clock_job
from storage import incidents as stored
from storage import outbox
from tests.services.test_incidents import ANA, START, Clock, clock, opened, team

__all__ = ["clock", "team"]


def told(team: Services) -> list[str]:
    """What was said in threads by the clock."""
    with team.db.read() as connection:
        rows = [r for r in outbox.everything(connection) if ":nudge:" in r.key or ":update:" in r.key]
    return [plain(load(r.payload).parts[0]) for r in rows]


def waiting(team: Services) -> dict[str, float]:
    """Hours from the start to each reminder."""
    with team.db.read() as connection:
        found = stored.reminders(connection)
    return {kind: (at - START) / timedelta(hours=1) for kinds in found.values() for kind, at in kinds.items()}


def test_people_are_told_before_the_time_runs_out(team: Services, clock: Clock) -> None:
    opened(team, severity="high", channel="C0OPS")
    assert waiting(team) == {"nudge": 18.0, "update": 2.0}
    incident_reminders.remind(team)
    assert told(team) == []
    clock.on(hours=18)
    incident_reminders.remind(team)
    incident_reminders.remind(team)
    assert told(team) == [
        "U0ANA, what is new in INC-1? Those concerned wait to hear.",
        "U0ANA, INC-1 is to be resolved by Wed 25 Nov 2026 10:00 UTC: 6 h left.",
    ] or told(team) == [
        "U0ANA, INC-1 is to be resolved by Wed 25 Nov 2026 10:00 UTC: 6 h left.",
        "U0ANA, what is new in INC-1? Those concerned wait to hear.",
    ]
    assert waiting(team) == {"update": 20.0}


def test_a_word_puts_the_next_question_off_and_the_nudge_comes_once(team: Services, clock: Clock) -> None:
    number = opened(team, severity="high", channel="C0OPS")
    clock.on(hours=1)
    incident_work.update(team, ANA, number, "looking at it", {})
    assert waiting(team) == {"nudge": 18.0, "update": 3.0}
    clock.on(hours=20)
    incident_reminders.remind(team)
    incident_work.update(team, ANA, number, "still looking", {})
    assert "nudge" not in waiting(team)


def test_those_who_lead_are_asked(team: Services, clock: Clock) -> None:
    number = opened(team, severity="critical", channel="C0OPS")
    incident_work.assign(team, ANA, number, "commander", "U0BEA")
    clock.on(minutes=31)
    incident_reminders.remind(team)
    assert told(team) == ["U0BEA, what is new in INC-1? Those concerned wait to hear."]


def test_what_is_opened_again_is_reminded_of_again(team: Services, clock: Clock) -> None:
    number = opened(team, severity="high", channel="C0OPS")
    incidents.step(team, ANA, number, "resolved")
    clock.on(hours=1)
    incidents.reopen(team, ANA, number, "it came back")
    assert waiting(team) == {"nudge": 18.0, "update": 3.0}


@pytest.mark.parametrize(
    "fields", [{"severity": "low", "channel": "C0OPS"}, {"severity": "high"}, {"kind": "drill", "channel": "C0OPS"}]
)
def test_of_low_ones_drills_and_what_is_told_nowhere_nobody_is_reminded(team: Services, fields: dict[str, str]) -> None:
    opened(team, **fields)
    assert waiting(team) == {}


def test_a_time_that_has_run_out_is_said_to_have(team: Services) -> None:
    opened(team, severity="high", channel="C0OPS", detected="30h ago")
    incident_reminders.remind(team)
    assert told(team) == ["U0ANA, INC-1 was to be resolved by Tue 24 Nov 2026 04:00 UTC, 6 h ago."]


def test_two_processes_remind_once(team: Services, clock: Clock) -> None:
    opened(team, severity="high", channel="C0OPS")
    clock.on(hours=3)
    barrier = Barrier(4)

    def remind() -> None:
        barrier.wait()
        incident_reminders.remind(team)

    threads = [Thread(target=remind) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told(team)) == 1


def test_the_clock_is_told_when_the_next_is_due(team: Services) -> None:
    assert clock_job.JOB.run(team) is None
    opened(team, severity="high", channel="C0OPS")
    assert clock_job.JOB.run(team) == START + timedelta(hours=2)
