"""The example organisation: whole, believable, and the same every time."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from bot.domain.incident_answers import MEASURES, length
from bot.domain.incidents import MOMENTS as MOMENTS_OF_INCIDENTS
from bot.domain.people import SYSTEM
from bot.services import (
    Services,
    alert_watch,
    alerts,
    definitions,
    incidents,
    people,
    readings,
    survey_follow_ups,
    survey_results,
)
from handlers.demo.figures import STORIES
from handlers.demo.seed import PERIODS, ROLES, SILENT, seed
from handlers.demo.stories import MODELS, TEAMS
from handlers.terminal.demo import demo, example
from playground import cast
from playground.server import Playground
from tests.services.posting import Box

MOMENTS = [
    datetime(2026, 11, 24, 10, tzinfo=UTC),
    datetime(2027, 1, 1, 0, 30, tzinfo=UTC),
    datetime(2028, 3, 26, 1, tzinfo=UTC),
]


def _seeded(services: Services, moment: datetime = MOMENTS[0]) -> Services:
    then = replace(services, now=lambda: moment)
    definitions.apply_files(then, SYSTEM)
    seed(then)
    return then


def test_every_shipped_kpi_has_a_story(services: Services) -> None:
    """Nothing that ships is empty in the example."""
    definitions.apply_files(services, SYSTEM)
    with services.db.read() as connection:
        known = set(definitions.current(services, connection))
    assert {s.kpi for s in STORIES if not s.dimensions} == known


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda m: m.date().isoformat())
def test_it_can_be_told_on_any_day(services: Services, moment: datetime) -> None:
    """Also on the first of January and in the night in which clocks change."""
    then = _seeded(services, moment)
    with then.db.read() as connection:
        kpis = definitions.current(then, connection)
        told = readings.latest(then, connection, SYSTEM, kpis.values())
    assert len(told) == len(kpis)
    assert all(r.value is not None for r in told)
    silent = {r.kpi.name: PERIODS[r.kpi.grain] - SILENT.get(r.kpi.name, 0) for r in told}
    assert {r.kpi.name: len(r.history) for r in told} == {n: min(readings.POINTS, most) for n, most in silent.items()}


def test_it_shows_what_there_is_to_see(services: Services) -> None:
    """Targets met, missed and undecided; drift; something stale; a correction."""
    then = _seeded(services)
    with then.db.read() as connection:
        kpis = definitions.current(then, connection)
        told = {r.kpi.name: r for r in readings.latest(then, connection, SYSTEM, kpis.values())}
        corrected = connection.exec_driver_sql("SELECT count(*) FROM observation WHERE supersedes IS NOT NULL").scalar()
    assert {r.verdict for r in told.values()} >= {"met", "missed", "cannot tell"}
    assert told["prediction-drift-psi"].breach is not None
    assert told["approval-consistency"].stale
    assert corrected == 6, (
        "two incomplete, two of an outage whose beginning was corrected, two that counted it while it was open"
    )
    assert {s.dimensions["model"] for s in STORIES if "model" in s.dimensions} == set(MODELS)
    assert len(MODELS) == 3
    assert {s.dimensions["team"] for s in STORIES if "team" in s.dimensions} == set(TEAMS)
    assert len(TEAMS) == 2


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda m: m.date().isoformat())
def test_a_handful_of_alerts_stands_there_at_first(services: Services, moment: datetime) -> None:
    """What drifts, what became worse, what is missed and what is missing: one of each, and no flood."""
    then = _seeded(services, moment)
    alert_watch.look(then)
    fires = alerts.listing(then, people.asker(then, "U0ADMIN", "UTC"))
    assert {(one.rule, one.dimensions.get("model", "")) for one in fires} == {
        ("prediction-drift-psi/limit", ""),
        ("feature-drift/limit", ""),
        ("model-auc/limit", "product-ranking"),
        ("mttd/limit", ""),
        ("approval-consistency/stale", ""),
    }
    assert {one.level for one in fires} == {"warning"}


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda m: m.date().isoformat())
def test_the_outage_took_as_long_as_the_manual_says(services: Services, moment: datetime) -> None:
    """Tue 23:30 to Wed 00:05 is 35 min, to 00:15 another 10; from 00:05 to 00:45 it is 40."""
    then = _seeded(services, moment)
    ada = people.asker(then, "U0ADMIN", "UTC")
    one = incidents.found(then, ada, 1)
    assert one.status == "closed"
    assert {name: round(60 * (length(one, name) or 0), 6) for name in MEASURES} == {"mttd": 35, "mtta": 10, "mttr": 40}
    (alert,) = [each for each in alerts.history(then, ada) if each.name == "ALERT-1"]
    assert (alert.state, alert.incident, alert.verdict, alert.fired_words) == ("resolved", 1, "real", "0.310 is above 0.25")
    assert alert.fired_at == one.at("detected")
    assert [f"{at:%a %H:%M}" for m in MOMENTS_OF_INCIDENTS if (at := one.at(m))] == [
        "Tue 23:30",
        "Wed 00:05",
        "Wed 00:15",
        "Wed 00:45",
        "Wed 00:45",
        "Thu 16:00",
    ]
    with then.db.read() as connection:
        kpis = definitions.current(then, connection)
        for dimensions in ({}, {"model": "fraud-scoring"}):
            read = readings.latest(then, connection, SYSTEM, [kpis["mttd"], kpis["mttr"]], dimensions=dimensions)
            assert [round(float(r.history[-3].value or 0) * 60, 3) for r in read] == [35, 40], "three weeks ago"


def test_comments_can_be_read_and_their_authors_of_the_cast_asked_back(services: Services) -> None:
    then = _seeded(services)
    ada = people.asker(then, "U0ADMIN", "UTC")
    found = survey_results.comments(then, ada, "weekly-pulse").found
    asked = [each for each in found if each.author is not None]
    assert (len(found), len(asked)) == (4, 2)
    for each in asked:
        survey_follow_ups.ask(then, ada, each.id, "What would help?")
    box = Box()
    for hour in ("", " 10"):
        survey_follow_ups.run(then, box, f"{asked[0].wave_id} 2026-11-24{hour}")
    assert {each.target for each in box.posted} == {"U0MLENG", "U0PRODUCT"}
    assert {each.target for each in box.posted} <= {person.id for person in cast.people()}


def test_it_is_the_same_every_time(services: Services) -> None:
    """Whoever follows the manual sees what the manual shows."""
    then = _seeded(services)
    with then.db.read() as connection:
        (mttr,) = readings.latest(then, connection, SYSTEM, [definitions.current(then, connection)["mttr"]])
    assert [str(o.value)[:6] for o in mttr.history[-3:]] == ["0.6666", "13.613", "16.796"]


def test_the_demo_starts_at_another_moment_and_says_where_its_page_is() -> None:
    """As a person starts it: in a process of its own, from the terminal."""
    command = [str(Path(sys.executable).parent / "barometer"), "demo", "--port", "0", "--time-travel", "2027-03-01 09:00"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            said = process.stdout.readline()
            [url] = re.findall(r"http://127\.0\.0\.1:[0-9]+", said)
            state = httpx.get(f"{url}/play/state", params={"as": "U0MLENG"}, timeout=60).json()
            back = httpx.post(f"{url}/play/clock", json={"to": "2027-02-01"}, timeout=60)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=60)
            finally:
                process.kill()  # a run whose parent ignores the signal would wait for it for ever
    assert "say /kpi list" in said
    assert state["clock"]["now"].startswith("2027-03-01T08:0")
    assert (back.status_code, back.json()["note"]) == (400, "The clock only moves forward; choose a later time.")
    assert process.returncode == 0


def test_a_demo_that_is_told_to_end_leaves_nothing(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "barometer"), "demo", "--port", "0"]
    left = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=left) as process:
        try:
            assert process.stdout
            assert "say /kpi list" in process.stdout.readline()
            kept = [path.name for path in tmp_path.glob("barometer-demo-*/*")]
        finally:
            process.terminate()
            try:
                process.communicate(timeout=60)
            finally:
                process.kill()
    assert {"barometer.db", "keys"} <= set(kept)
    assert list(tmp_path.glob("barometer-demo-*")) == []
    assert process.returncode == 0


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_cannot_be_is_refused(port: str) -> None:
    refused = CliRunner().invoke(demo, ["--port", port])
    assert refused.exit_code == 2
    assert "0<=x<=65535" in refused.output


def test_roles_are_known_ones() -> None:
    """The cast plays the framework's roles."""
    from bot.domain.people import ROLES as KNOWN

    assert {role for roles in ROLES.values() for role in roles} <= set(KNOWN)


def test_invitations_at_an_hour_to_come_go_out_when_the_clock_is_moved_there() -> None:
    """Their jobs wait in the queue for as long as it was going to be, whatever the clock says meanwhile."""
    with example(0, datetime(2027, 3, 1, 7, tzinfo=UTC)) as playground:
        asked = ",".join(person.id for person in cast.people())
        playground.command("U0ADMIN", "ml-ops", f"/pulse start enps audience={asked} at=14:00 closes=3d")
        playground.wait_for(lambda: _told(playground, "U0ADMIN", "enps #1 is open until"), 60)
        assert not _told(playground, "U0MLENG", "Would you recommend us?")
        assert playground.slack.travel
        playground.slack.travel(datetime(2027, 3, 1, 14, 5, tzinfo=UTC))
        playground.wait_for(lambda: _told(playground, "U0MLENG", "Would you recommend us?"), 60)


def _told(playground: Playground, whom: str, words: str) -> bool:
    return any(words in str(message) for message in playground.messages(playground.direct(whom).id))
