"""The KPI mttr counts open incidents: as time passes, at the end of each period, and through every change."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from bot.domain.definition_writing import to_json
from bot.domain.errors import BarometerError
from bot.domain.incidents import Incident
from bot.domain.people import SYSTEM, Asker
from bot.services import Services, definitions, incident_kpis, incident_work, incidents, kpis
from bot.settings import Settings
from storage import Database, observations
from storage import incidents as stored

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
START = MONDAY + timedelta(days=1, hours=10)
ANA = Asker("U0ANA", timezone="UTC")
FIRST, SECOND, THIRD, FOURTH = "2026-11-23", "2026-11-30", "2026-12-07", "2026-12-14"
HOUR = timedelta(hours=1)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def team(db: Database, clock: Clock) -> Services:
    services = Services(db, Settings(admins=frozenset({"U0ADMIN"})), clock)
    definitions.apply_files(services, SYSTEM)
    return services


def opened(team: Services, title: str = "Scores are 0", **fields: str) -> int:
    return incidents.declare(team, ANA, title, fields).incident.id


def weeks(team: Services, **dimensions: str) -> dict[str, tuple[list[float], list[float] | None]]:
    """The hours of what ended and of what was open, by the first day of the week."""
    with team.db.read() as connection:
        found = observations.recent(connection, ["mttr"], 999, dimensions=dimensions).get("mttr", [])
    return {
        o.period.start.date().isoformat(): (
            [float(h) for h in o.inputs["hours"]],  # type: ignore[union-attr]
            [float(h) for h in o.inputs["open_hours"]] if "open_hours" in o.inputs else None,  # type: ignore[union-attr]
        )
        for o in found
    }


def written(team: Services) -> list[str]:
    """The first day of the week of every figure that was ever recorded."""
    with team.db.read() as connection:
        found = [o for each in observations.by_segment(connection, "mttr") for o in each]
    return sorted(o.period.start.date().isoformat() for o in found)


def on(team: Services, clock: Clock, moment: datetime, every: timedelta = timedelta(hours=5)) -> None:
    """Let time pass, and the clock's job run."""
    while clock.now < moment:
        clock.now = min(clock.now + every, moment)
        incident_kpis.keep_open(team)


def test_an_open_incident_counts_with_what_it_has_lasted(team: Services, clock: Clock) -> None:
    opened(team, model="fraud")
    clock.now += 2 * HOUR
    opened(team, "Other", model="ranking")
    assert weeks(team) == {FIRST: ([], [2.0, 0.0])}
    assert weeks(team, model="ranking") == {FIRST: ([], [0.0])}
    on(team, clock, START + timedelta(days=2))
    assert weeks(team) == {FIRST: ([], [42.0, 40.0])}, "as at the first look of the day, at 04:00"
    assert weeks(team, model="fraud") == {FIRST: ([], [42.0])}
    shown = kpis.show(team, ANA, "mttr").reading
    assert {name: figure.value for name, figure in shown.figures.items() if name in ("value", "open", "with_open")} == {
        "value": None,
        "open": 2,
        "with_open": 41,
    }


def test_it_is_written_once_a_day_and_not_at_all_when_nothing_is_open(team: Services, clock: Clock) -> None:
    on(team, clock, START + timedelta(days=1))
    assert written(team) == []
    number = opened(team)
    on(team, clock, START + timedelta(days=4), timedelta(minutes=30))
    assert written(team) == [FIRST] * 4, "when it was opened, and on each of the three days after"
    incidents.step(team, ANA, number, "acknowledged")
    assert len(written(team)) == 4, "what changes no figure writes none"
    incidents.step(team, ANA, number, "resolved")
    assert weeks(team) == {FIRST: ([72.0], [])}
    on(team, clock, START + timedelta(days=30), timedelta(hours=9))
    assert len(written(team)) == 5


def test_a_week_is_closed_with_what_was_open_at_its_end_and_stays(team: Services, clock: Clock) -> None:
    number = opened(team)
    on(team, clock, MONDAY + timedelta(days=7, minutes=1))
    closed = MONDAY + timedelta(days=7) - START
    assert weeks(team) == {FIRST: ([], [closed / HOUR]), SECOND: ([], [pytest.approx(closed / HOUR + 1 / 60)])}
    once = written(team).count(FIRST)
    on(team, clock, MONDAY + timedelta(days=15))
    assert written(team).count(FIRST) == once, "a week that is over is not written again"
    incidents.step(team, ANA, number, "resolved")
    assert weeks(team) == {
        FIRST: ([], [closed / HOUR]),
        SECOND: ([], [closed / HOUR + 168]),
        THIRD: ([(clock.now - START) / HOUR], []),
    }
    assert written(team).count(FIRST) == once


def test_weeks_that_passed_while_nobody_looked_are_closed_later(team: Services, clock: Clock) -> None:
    number, other = opened(team), opened(team, "Other", model="fraud")
    clock.now = MONDAY + timedelta(days=22)
    incidents.step(team, ANA, number, "resolved")
    until = [(MONDAY + timedelta(days=days) - START) / HOUR for days in (7, 14, 21, 22)]
    lasting = {FIRST: ([], until[:1]), SECOND: ([], until[1:2]), THIRD: ([], until[2:3]), FOURTH: ([], until[3:])}
    assert weeks(team) == {week: (ended, still * 2) for week, (ended, still) in lasting.items()} | {
        FOURTH: (until[3:], until[3:])
    }
    assert weeks(team, model="fraud") == {FIRST: ([], [0.0])}
    incident_kpis.keep_open(team)
    assert weeks(team, model="fraud") == lasting
    assert incidents.found(team, SYSTEM, other).is_open


def test_what_comes_back_was_open_all_along(team: Services, clock: Clock) -> None:
    number = opened(team)
    on(team, clock, START + timedelta(days=2))
    incidents.step(team, ANA, number, "resolved")
    on(team, clock, START + timedelta(days=8))
    assert weeks(team) == {FIRST: ([48.0], [])}
    incidents.reopen(team, ANA, number, "it came back")
    assert weeks(team) == {FIRST: ([], [134.0]), SECOND: ([], [192.0])}


def test_corrected_times_move_it_between_weeks(team: Services, clock: Clock) -> None:
    number = opened(team)
    on(team, clock, START + timedelta(days=8))
    incidents.step(team, ANA, number, "resolved")
    assert weeks(team) == {FIRST: ([], [134.0]), SECOND: ([192.0], [])}
    times = {"detected": "2026-11-20 10:00", "started": "2026-11-20 10:00", "resolved": "2026-11-24 11:00"}
    incidents.edit(team, ANA, number, times, "from the logs")
    assert weeks(team) == {"2026-11-16": ([], [62.0]), FIRST: ([97.0], []), SECOND: ([], [])}
    before = len(written(team))
    incidents.edit(team, ANA, number, {"started": "2026-11-20 09:00"}, "from the logs")
    assert len(written(team)) == before, "when it began is no part of the time to resolve"


def test_what_is_merged_is_open_no_more(team: Services, clock: Clock) -> None:
    first, second = opened(team), opened(team, "All zeros")
    on(team, clock, MONDAY + timedelta(days=8))
    assert [len(still or []) for _, still in weeks(team).values()] == [2, 2]
    incident_work.merge(team, ANA, second, first)
    assert [len(still or []) for _, still in weeks(team).values()] == [1, 1]


def test_drills_never_count_as_open(team: Services, clock: Clock) -> None:
    opened(team, kind="drill")
    on(team, clock, START + timedelta(days=9))
    assert written(team) == []


def test_a_figure_that_a_person_gave_stands_while_incidents_last(team: Services, clock: Clock) -> None:
    kpis.record(team, ANA, "mttr", "9", {"period": "2026-W48"})
    opened(team)
    on(team, clock, MONDAY + timedelta(days=8))
    with team.db.read() as connection:
        one, two = observations.recent(connection, ["mttr"], 9)["mttr"]
    assert (one.value, one.provenance.actor, two.value, two.figures["open"]) == (9, "U0ANA", None, 1)


def test_a_definition_that_reads_no_open_hours_has_none(team: Services, clock: Clock) -> None:
    with team.db.read() as connection:
        kpi = definitions.named(team, connection, ANA, "mttr")
    also = {name: formula for name, formula in kpi.also.items() if "open" not in name}
    plainer = replace(kpi, inputs=kpi.inputs[:1], also=also, also_units={}, tests=(), version=1)
    definitions.define(team, replace(SYSTEM, admin=True), to_json(plainer), "plainer")
    number = opened(team)
    on(team, clock, START + timedelta(days=9))
    assert written(team) == []
    incidents.step(team, ANA, number, "resolved")
    assert weeks(team) == {SECOND: ([216.0], None)}


def test_many_who_resolve_at_once_are_all_in_the_figure(team: Services, clock: Clock) -> None:
    numbers = [opened(team, f"Incident {n}", model="fraud") for n in range(6)]
    clock.now += HOUR
    barrier, failed = Barrier(len(numbers)), []

    def resolve(number: int) -> None:
        barrier.wait()
        try:
            incidents.step(team, ANA, number, "resolved")
        except Exception as error:  # noqa: BLE001 - whatever it is
            failed.append(error)

    threads = [Thread(target=resolve, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert weeks(team) == weeks(team, model="fraud") == {FIRST: ([1.0] * 6, [])}


def as_ledgers_say(known: list[Incident], until: datetime) -> dict[str, tuple[list[float], list[float]]]:
    """Each week worked out from scratch."""
    found = {}
    week = MONDAY - timedelta(days=70)
    while week < until:
        end = week + timedelta(days=7)
        ended, still = [], []
        for one in known:
            detected, resolved = one.at("detected"), one.at("resolved")
            assert detected is not None
            if one.kind != "real" or one.merged_into:
                continue
            if resolved is not None and week <= resolved < end:
                ended.append((resolved, one.id, (resolved - detected) / HOUR))
            elif detected < end and (resolved is None or resolved >= end):
                still.append((min(end, until) - detected) / HOUR)
        if ended or still:
            found[week.date().isoformat()] = ([round(h, 6) for _, _, h in sorted(ended)], sorted(round(h, 6) for h in still))
        week = end
    return found


def acts(team: Services, clock: Clock, chance: random.Random) -> Any:
    numbers = range(1, len(incidents.listing(team, SYSTEM, everything=True)) + 1)
    one, other = (chance.choice(numbers), chance.choice(numbers)) if numbers else (0, 0)
    ago = f"{chance.randrange(1, 300)} h ago"
    return chance.choice(
        [
            lambda: opened(team, f"Incident {chance.random()}", model=chance.choice(["", "fraud"]), detected=ago),
            lambda: opened(team, f"Incident {chance.random()}", kind=chance.choice(["real", "real", "drill"])),
            lambda: incidents.step(team, ANA, one, "resolved", at=chance.choice(["", ago])),
            lambda: incidents.step(team, ANA, one, "resolved"),
            lambda: incidents.reopen(team, ANA, one, "it came back"),
            lambda: incidents.edit(team, ANA, one, {chance.choice(["detected", "resolved", "started"]): ago}, "logs"),
            lambda: incident_work.merge(team, ANA, one, other),
            lambda: incident_kpis.keep_open(team),
            lambda: setattr(clock, "now", clock.now + chance.random() * timedelta(days=5)),
        ]
    )


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_the_figures_are_what_the_ledgers_say(team: Services, clock: Clock, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        try:
            acts(team, clock, chance)()
        except BarometerError:
            continue  # the state does not allow it
    clock.now += timedelta(days=1)
    incident_kpis.keep_open(team)
    with team.db.read() as connection:
        known = stored.everything(connection, SYSTEM)
    for model in ("", "fraud"):
        own = [each for each in known if not model or each.model == model]
        standing = weeks(team, **({"model": model} if model else {}))
        told = {w: ([round(h, 6) for h in e], sorted(round(h, 6) for h in s or [])) for w, (e, s) in standing.items()}
        assert {week: figures for week, figures in told.items() if figures != ([], [])} == as_ledgers_say(own, clock.now)
    before = written(team)
    incident_kpis.keep_open(team)
    assert written(team) == before
