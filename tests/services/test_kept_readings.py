"""A reading that was kept is never older than the database, the definition and the clock."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.people import SYSTEM, Asker
from bot.domain.readings import Reading
from bot.services import Services, definitions, kpis, readings
from storage import Database
from tests.conftest import NOW

ANA = Asker("U0ANA", frozenset({"sre"}))


@pytest.fixture
def clock() -> list[datetime]:
    return [NOW]


@pytest.fixture
def team(services: Services, clock: list[datetime]) -> Services:
    """Two weeks of MTTR, at a moment that can be moved."""
    team = replace(services, now=lambda: clock[0])
    definitions.apply_files(team, SYSTEM)
    kpis.record(team, ANA, "mttr", "20", {"period": "week 46"})
    kpis.record(team, ANA, "mttr", "10", {"period": "last week"})
    return team


def shown(team: Services) -> Reading:
    return kpis.show(team, ANA, "mttr").reading


def judged_anew(team: Services) -> Reading:
    with team.db.read() as connection:
        kpi = definitions.named(team, connection, ANA, "mttr")
        [reading] = readings.latest(team, connection, ANA, [kpi], dimensions={})
    return reading


def test_what_is_kept_says_the_same_and_the_moment_of_asking(team: Services, clock: list[datetime]) -> None:
    shown(team)
    clock[0] += timedelta(seconds=7)
    assert shown(team) == judged_anew(team)
    assert shown(team).as_of == clock[0]


def test_a_new_figure_and_a_correction_are_seen_at_once(team: Services, database_url: str) -> None:
    assert shown(team).value == 10
    replica = replace(team, db=Database(database_url))
    kpis.correct(replica, ANA, "mttr", "11", {"reason": "counted twice", "period": "last week"})
    assert shown(team).value == 11
    kpis.record(replica, ANA, "mttr", "3", {"period": "this week"})
    running = shown(team).running
    assert running is not None
    assert running.value == 3
    replica.db.close()


def test_a_decision_is_seen_at_once(team: Services) -> None:
    one, second = Asker("U0CAI", frozenset({"compliance_officer", "risk"})), Asker("U0DEE", frozenset({"compliance_officer"}))
    fields = {"major": "0", "minor": "2", "audits": "4", "evidence": "https://example.org/audit", "period": "last quarter"}
    made = kpis.record(team, one, "compliance-issues", "", fields).observation
    assert kpis.show(team, one, "compliance-issues").reading.provisional
    kpis.decide(team, second, made.id, "approved")
    assert not kpis.show(team, one, "compliance-issues").reading.provisional


def test_a_new_definition_is_judged_by_at_once(team: Services) -> None:
    before = shown(team)
    with team.db.read() as connection:
        source = definitions.versions(team, connection, SYSTEM, "mttr")[0].source
    definitions.define(team, replace(SYSTEM, admin=True), source.replace(before.kpi.title, "Time to restore"), "clearer")
    assert shown(team).kpi.title == "Time to restore"


@pytest.mark.parametrize("hours", [1, 24, 6 * 24, 8 * 24, 15 * 24, 40 * 24])
def test_time_alone_is_seen(team: Services, clock: list[datetime], hours: int) -> None:
    kpis.record(team, ANA, "mttr", "3", {"period": "this week"})
    shown(team)
    for _ in range(3):
        clock[0] += timedelta(hours=hours)
        assert shown(team) == judged_anew(team)
