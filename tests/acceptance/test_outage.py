"""One outage in the running program, from the first bad observation to the postmortem, by times that are worked out by hand.

Version 42 of fraud-scoring runs first in the night of a Tuesday. All times are UTC:

| moment | what happens | what follows |
|---|---|---|
| Tue 23:30 | arose: the nightly run begins, with the new version | |
| Wed 00:05 | detected: Tuesday's figure is past its limit | time to detect, 23:30 to 00:05: 35 min |
| Wed 00:15 | acknowledged | time to acknowledge, 00:05 to 00:15: 10 min |
| Wed 00:45 | mitigated: the version before is back | |
| Thu 00:05 | Wednesday's figure is good: an end is proposed | the later of Wed 00:00 (its period) and 00:45 (mitigated) |
| Thu 00:10 | the end is confirmed, and the incident closed | time to resolve, 00:05 to 00:45: 40 min |

The clock never stands still, so what is pressed is seconds late. At the review the times are put straight to the minute.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from playground.server import Playground
from tests.acceptance.conftest import ADA, GRACE, Person, Program, running, words
from tests.acceptance.ledger import at_rest, delivery_ids, thread

Json = dict[str, Any]
SANA = "U0SRE"
OPS, INCIDENTS = "C0MLOPS", "C0INCIDENTS"
PATIENCE = 40
DETECTED = datetime(2026, 11, 25, 0, 5, tzinfo=UTC)
ACKNOWLEDGED = datetime(2026, 11, 25, 0, 15, tzinfo=UTC)
MITIGATED = datetime(2026, 11, 25, 0, 45, tzinfo=UTC)
GOOD_AGAIN = datetime(2026, 11, 26, 0, 5, tzinfo=UTC)
CONFIRMED = datetime(2026, 11, 26, 0, 10, tzinfo=UTC)
WRONG = "Prediction drift (PSI) (model fraud-scoring)"


@pytest.fixture
def program(database_url: str) -> Iterator[Program]:
    """The program with a model steward: over a socket on SQLite, by signed HTTP on PostgreSQL."""
    more = {"BAROMETER_ALERT_CHANNEL": OPS, "BAROMETER_INCIDENT_CHANNEL": INCIDENTS}
    with running(database_url, over_http=database_url.startswith("postgresql"), more=more) as started:
        Person(started.workspace, GRACE, OPS).says(f"/barometer grant model_steward to=<@{ADA}>")
        yield started


def roots(workspace: Playground, channel: str, kind: str) -> list[Json]:
    """The messages of a kind that stand in a channel itself."""
    return [
        m
        for m in workspace.messages(channel)
        if m.get("metadata", {}).get("event_payload", {}).get("kind") == kind and m.get("thread_ts", m["ts"]) == m["ts"]
    ]


def root(workspace: Playground, channel: str, kind: str, says: str) -> Json:
    """The one message of a kind in a channel, once it says so."""
    [found] = workspace.wait_for(
        lambda: [m for m in roots(workspace, channel, kind) if says in words(m)] if roots(workspace, channel, kind) else [],
        PATIENCE,
    )
    assert len(roots(workspace, channel, kind)) == 1, "it is one message, however much happens"
    return found


def summary(message: Json) -> str:
    """What a notification shows of a message."""
    return str(message["text"]).partition("\n")[0]


def at(program: Program, moment: datetime) -> None:
    """Go on to a moment when all that was due is said."""
    program.workspace.wait_for(lambda: at_rest(program) or None, PATIENCE)
    program.sleep_until(moment)


def figure(ada: Person, psi: str, day: str) -> None:
    said = ada.says(f"/kpi record prediction-drift-psi psi={psi} rows=20000 model=fraud-scoring period={day}")
    assert "Recorded" in said, said


def test_an_outage_from_the_first_bad_observation_to_the_postmortem(program: Program) -> None:
    ada = Person(program.workspace, ADA, OPS)
    figure(ada, "0.043", "2026-11-23")
    at(program, DETECTED)
    assert roots(program.workspace, OPS, "alert") == [], "a good figure is no alert"
    figure(ada, "0.31", "2026-11-24")
    alert = the_alert_is_told(program, ada)
    at(program, ACKNOWLEDGED)
    somebody_is_on_it(program, alert)
    at(program, MITIGATED)
    the_harm_is_stopped(program)
    at(program, GOOD_AGAIN)
    figure(ada, "0.041", "2026-11-25")
    the_end_is_proposed(program, alert)
    at(program, CONFIRMED)
    the_end_is_confirmed(program)
    the_times_are_put_straight(ada)
    the_postmortem_has_it_all(program, ada)
    the_measures_say_the_same(ada)
    ids = delivery_ids(program.workspace, OPS) + delivery_ids(program.workspace, INCIDENTS)
    assert len(ids) == len(set(ids)), "nothing was said twice, whatever was stopped and started"


def the_alert_is_told(program: Program, ada: Person) -> Json:
    """In its channel, with what people need to judge it, and to the model steward at once, for it is critical."""
    alert = root(program.workspace, OPS, "alert", "ALERT-1")
    assert summary(alert) == f"ALERT-1 (critical) fires: {WRONG}, 0.310 is above 0.25"
    told = words(alert)
    assert "fired Wed 25 Nov 2026 00:05 UTC" in told
    assert "Tue 24 Nov 2026 00:00 UTC" in told, "the first bad period began then"
    assert "20,000" in told
    assert "model steward" in told
    details = program.workspace.wait_for(lambda: thread(program.workspace, OPS, alert), PATIENCE)
    assert "prediction-drift-psi/limit" in details
    assert "0.310" in details
    assert "0.043" in details
    program.workspace.wait_for(lambda: "ALERT-1" in ada.hears(), PATIENCE)
    return alert


def somebody_is_on_it(program: Program, alert: Json) -> None:
    """Acknowledged in the channel, where the message changes in its place; then an incident, with what is known of it."""
    workspace, sana = program.workspace, Person(program.workspace, SANA, OPS)
    workspace.click(SANA, alert, "alert.ack", channel=OPS)
    changed = root(workspace, OPS, "alert", "acknowledged by")
    assert changed["ts"] == alert["ts"]
    workspace.click(SANA, changed, "alert.incident", channel=OPS)
    head = root(workspace, INCIDENTS, "incident", "INC-1")
    assert summary(head) == f"INC-1 (high) is open: {WRONG}: 0.310 is above 0.25"
    root(workspace, OPS, "alert", "INC-1")
    workspace.wait_for(lambda: "opened INC-1" in thread(workspace, OPS, alert), PATIENCE)
    told = words(head)
    assert "Wed 25 Nov 2026 00:05 UTC (from the alert)" in told, "detected when the rule was true, not when somebody looked"
    assert "Tue 24 Nov 2026 00:00 UTC (estimated: after Tue 24 Nov 2026 00:00 UTC, by Wed 25 Nov 2026 00:00 UTC" in told
    assert "Thu 26 Nov 2026 00:05 UTC" in told, "to be resolved within 24 h of its detection"
    workspace.click(SANA, head, "incident.acknowledged", channel=INCIDENTS)
    root(workspace, INCIDENTS, "incident", "is acknowledged")
    sana.says('/incident edit INC-1 started="2026-11-24 23:30 UTC" reason="the nightly run began then, with version 42"')
    sana.says("/incident link INC-1 model=fraud-scoring@42")
    sana.says('/incident task INC-1 "Compare a new version with the one before on a day of traffic, before its first run"')
    shown = sana.says("/incident show INC-1")
    assert "Time to detect: 35 min" in shown
    assert "the nightly run began then, with version 42" in shown
    assert "the rule of ALERT-1 was true" not in shown, "when it was detected was not corrected"


def the_harm_is_stopped(program: Program) -> None:
    workspace = program.workspace
    workspace.click(SANA, root(workspace, INCIDENTS, "incident", "INC-1"), "incident.mitigated", channel=INCIDENTS)
    assert "Mitigated: Wed 25 Nov 2026 00:45 UTC" in root(workspace, INCIDENTS, "incident", "is mitigated")["text"]
    Person(workspace, SANA, OPS).says('/incident update INC-1 "Version 41 scores again."')


def the_end_is_proposed(program: Program, alert: Json) -> None:
    """The same message says that the alert is over; in the thread of the incident stands when it may have ended."""
    workspace = program.workspace
    over = root(workspace, OPS, "alert", "resolved after ")
    assert (over["ts"], summary(over)) == (alert["ts"], f"ALERT-1 (critical) is resolved: {WRONG}, 0.041 is within its limits")
    asked = workspace.wait_for(lambda: proposals(workspace), PATIENCE)
    assert "Was INC-1 resolved at Wed 25 Nov 2026 00:45 UTC?" in words(asked)
    root(workspace, INCIDENTS, "incident", "is mitigated")


def proposals(workspace: Playground) -> list[Json]:
    return [m for m in workspace.messages(INCIDENTS) if "Resolved then" in words(m)]


def the_end_is_confirmed(program: Program) -> None:
    workspace = program.workspace
    [asked] = proposals(workspace)
    workspace.click(SANA, asked, "incident.recovered", channel=INCIDENTS)
    resolved = root(workspace, INCIDENTS, "incident", "is resolved")
    assert "Resolved: Wed 25 Nov 2026 00:45 UTC" in resolved["text"], "although it is Thursday"
    workspace.click(SANA, resolved, "incident.closed", channel=INCIDENTS)
    assert "Closed: Thu 26 Nov 2026 00:10 UTC" in root(workspace, INCIDENTS, "incident", "is closed")["text"]


def the_times_are_put_straight(ada: Person) -> None:
    """To the minute. What stood there before stays beside it."""
    times = {"detected": "00:05", "acknowledged": "00:15", "mitigated": "00:45", "resolved": "00:45"}
    said = " ".join(f'{name}="2026-11-25 {clock} UTC"' for name, clock in times.items())
    ada.says(f'/incident edit INC-1 {said} reason="whole minutes"')
    shown = ada.says("/incident show INC-1")
    for title, length in (("detect", "35 min"), ("acknowledge", "10 min"), ("resolve", "40 min")):
        assert f"Time to {title}: {length}\n" in shown


def exported(workspace: Playground, ada: Person, form: str) -> str:
    """The file that an export puts into the direct messages."""
    assert "is in your messages" in ada.says(f"/incident export INC-1 as={form}")
    return list(workspace.workspace.files.values())[-1].content.decode()


def the_postmortem_has_it_all(program: Program, ada: Person) -> None:
    page = exported(program.workspace, ada, "markdown")
    for line in (
        f"# INC-1: {WRONG}: 0.310 is above 0.25",
        "Severity high, real, closed.",
        "| arose | Wed 25 Nov 2026 00:30 Europe/Oslo |",
        "| detected | Wed 25 Nov 2026 01:05 Europe/Oslo |",
        "| acknowledged | Wed 25 Nov 2026 01:15 Europe/Oslo |",
        "| mitigated | Wed 25 Nov 2026 01:45 Europe/Oslo |",
        "| resolved | Wed 25 Nov 2026 01:45 Europe/Oslo |",
        "| closed | Thu 26 Nov 2026 01:10 Europe/Oslo |",
        "- detected after 35 min",
        "- acknowledged after 10 min",
        "- resolved after 40 min",
        "- alert: ALERT-1",
        "- kpi: prediction-drift-psi",
        "- model: fraud-scoring@42",
        "Version 41 scores again.",
        "- [ ] Compare a new version with the one before on a day of traffic, before its first run",
    ):
        assert line in page, f"{line} is not in\n{page}"
    told = json.loads(exported(program.workspace, ada, "json"))
    assert {name: round(hours * 60, 6) for name, hours in told["hours"].items()} == {"mttd": 35, "mtta": 10, "mttr": 40}
    moments = {name: mark["at"] for name, mark in told["times"].items()}
    assert moments["arose"] == "2026-11-24T23:30:00+00:00"
    assert moments["resolved"] == moments["mitigated"] == "2026-11-25T00:45:00+00:00"
    kinds = [event["kind"] for event in told["timeline"]]
    assert [k for k in kinds if k in ("opened", "acknowledged", "mitigated", "recovered", "resolved", "closed")] == [
        "opened",
        "acknowledged",
        "mitigated",
        "resolved",
        "recovered",
        "closed",
    ], "in the order in which it happened: it was resolved before anybody could see it"


def the_measures_say_the_same(ada: Person) -> None:
    stats = ada.says("/incident stats model=fraud-scoring")
    assert "MTTD 35 min, n too small (1), MTTA 10 min, n too small (1), MTTR 40 min, n too small (1)" in stats
    assert "1 of 1 (21% to 100%)" in stats, "resolved within its 24 h"
    assert "mean(0.583333333)" in ada.says("/kpi why mttd"), "35 min / 60"
    assert "mean(0.666666667)" in ada.says("/kpi why mttr"), "40 min / 60"
    history = ada.says("/alert history")
    assert "0.310 is above 0.25" in history
    assert "real" in history, "that somebody made an incident of it says so"
