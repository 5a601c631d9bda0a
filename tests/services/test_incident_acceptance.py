"""What users of other incident tools had to ask for, or met as a fault: each a test, named for what holds here."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from slack_sdk import WebClient
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import BarometerError, Conflict, InvalidInput
from bot.domain.incident_answers import Told
from bot.domain.incidents import Incident, Mark, key_of
from bot.domain.parts import plain
from bot.presenters import incident_export, incident_stats
from bot.services import Services, dispatch, incident_reminders, incident_work, incidents
from handlers.slack.deliver import SlackPoster
from handlers.slack.replies import WEB_SECONDS
from storage import Database, outbox
from storage import incidents as stored
from storage.tables import incident
from tests.fake_slack import FakeSlack, serving
from tests.services.test_incident_reminders import told, waiting
from tests.services.test_incidents import ADMIN, ANA, BEA, START, Clock, clock, measured, opened, past, team

__all__ = ["clock", "team"]


def at_once(*acts: Callable[[], Told]) -> list[Told | BarometerError]:
    """What comes of each when all begin in the same moment."""
    barrier, outcomes = Barrier(len(acts)), []

    def run(act: Callable[[], Told]) -> None:
        barrier.wait()
        try:
            outcomes.append(act())
        except BarometerError as error:
            outcomes.append(error)

    threads = [Thread(target=run, args=(each,)) for each in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_detected_at_is_first_class(team: Services, clock: Clock) -> None:
    number = opened(team, started="3h ago", detected="1h ago")
    one = incidents.found(team, ADMIN, number)
    assert (one.at("detected"), one.opened_at) == (START - timedelta(hours=1), START), "not when it was written down"
    incidents.step(team, ANA, number, "resolved")
    found = measured(team).measures
    assert (found["mttd"].mean, found["mttr"].mean) == (2.0, 1.0)
    incidents.edit(team, ANA, number, {"detected": "2026-11-24 09:30"}, "an alert came before")
    assert measured(team).measures["mttd"].mean == 1.5


def test_manual_times_are_never_overwritten(team: Services, clock: Clock) -> None:
    number = opened(team, started="1h ago", detected="30 min ago")
    incidents.step(team, ANA, number, "mitigated", at="10 min ago")
    clock.on(hours=1)
    incidents.step(team, ANA, number, "resolved", at="30 min ago")
    clock.on(hours=1)
    incidents.step(team, ANA, number, "closed")
    one = incidents.found(team, ADMIN, number)
    assert one.at("arose") == START - timedelta(hours=1)
    assert one.at("mitigated") == START - timedelta(minutes=10)
    assert one.at("resolved") == START + timedelta(minutes=30)
    assert all(one.marks[m].source == "person" for m in ("arose", "mitigated", "resolved"))  # type: ignore[index]


def test_durations_keep_days_and_sub_hours(team: Services) -> None:
    number = past(team, "Long", started="2026-11-01 10:00", detected="2026-11-01 10:00:30", resolved="2026-11-04 14:05:30")
    found = measured(team).measures
    assert found["mttd"].mean == pytest.approx(30 / 3600)
    assert found["mttr"].mean == pytest.approx(3 * 24 + 4 + 5 / 60)
    page = incident_export.markdown(incidents.dossier(team, ADMIN, number), "UTC")
    assert "- detected after 30 s\n- resolved after 3 d 4 h" in page


def test_there_is_a_window_to_reopen_in(team: Services, clock: Clock) -> None:
    number = opened(team)
    incidents.step(team, ANA, number, "resolved")
    clock.on(days=6)
    incidents.reopen(team, ANA, number, "it came back")
    incidents.step(team, ANA, number, "resolved")
    clock.on(days=8)
    with pytest.raises(Conflict, match="over 7 days ago"):
        incidents.reopen(team, ANA, number, "it came back")


def test_closed_is_terminal(team: Services) -> None:
    number = opened(team)
    for moment in ("resolved", "closed"):
        incidents.step(team, ANA, number, moment)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="final"):
        incidents.reopen(team, ANA, number, "it is back")
    with pytest.raises(Conflict, match="final"):
        incidents.step(team, ANA, number, "acknowledged")


def test_reopening_clears_the_end_times_and_keeps_them_in_the_ledger(team: Services, clock: Clock) -> None:
    number = opened(team, started="1h ago")
    incidents.step(team, ANA, number, "acknowledged")
    clock.on(hours=3)
    incidents.step(team, ANA, number, "resolved")
    clock.on(hours=1)
    with pytest.raises(InvalidInput, match="why it is opened again"):
        incidents.reopen(team, ANA, number, " ")
    one = incidents.reopen(team, BEA, number, "it came back").incident
    assert (one.status, one.at("resolved")) == ("acknowledged", None)
    assert [(m.moment, m.at) for m in incidents.dossier(team, ADMIN, number).ledger][-2:] == [
        ("resolved", START + timedelta(hours=3)),
        ("resolved", None),
    ]
    clock.on(hours=1)
    incidents.step(team, ANA, number, "resolved")
    found = measured(team).measures["mttr"]
    assert (found.n, found.mean) == (1, 5.0)


def test_one_incident_of_a_key_is_open_by_a_constraint_of_the_database(team: Services) -> None:
    outcomes = at_once(*[lambda: incidents.declare(team, ANA, "Down", {})] * 6)
    assert sum(isinstance(each, Told) for each in outcomes) == 1
    assert sum(isinstance(each, Conflict) for each in outcomes) == 5
    (one,) = incidents.listing(team, ADMIN)
    copy = {"key": one.key, "open_key": one.key, "title": "Down", "severity": "low", "kind": "real", "opened_by": "U0BEA"}
    with pytest.raises(IntegrityError), team.db.begin() as connection:
        connection.execute(incident.insert().values(opened_at=START, **copy))


def test_a_restart_loses_no_reminder(team: Services, clock: Clock, database_url: str) -> None:
    opened(team, severity="high", channel="C0OPS")
    team.db.close()
    clock.on(hours=2)
    database = Database(database_url)
    incident_reminders.remind(Services(database, team.settings, clock))
    database.close()
    assert told(team) == ["U0ANA, what is new in INC-1? Those concerned wait to hear."]


@pytest.mark.parametrize("end", ["resolved", "closed", "merged"])
def test_what_is_over_nags_nobody(team: Services, clock: Clock, end: str) -> None:
    number = opened(team, severity="high", channel="C0OPS")
    if end == "merged":
        incident_work.merge(team, ANA, number, opened(team, "other"))
    else:
        incidents.step(team, ANA, number, "resolved")
    if end == "closed":
        incidents.step(team, ANA, number, "closed")
    assert waiting(team) == {}
    clock.on(days=2)
    incident_reminders.remind(team)
    assert told(team) == []


@pytest.mark.parametrize("invited", [True, False])
def test_a_private_channel_of_incidents_works_and_stops_nothing(team: Services, invited: bool) -> None:
    """Elsewhere the start failed when the channel was private. Slack says that it is not there while the bot is not in it."""
    plan = (lambda method, params: None) if invited else lambda method, params: "channel_not_found"
    number = opened(team, channel="G0OPS")
    with team.db.read() as connection:
        (head,) = outbox.everything(connection)
    with serving(FakeSlack(plan)) as slack:
        poster = SlackPoster(WebClient("xoxb-1", base_url=slack.url), WEB_SECONDS)
        dispatch.deliver(team, poster, head.id)
        assert [m["channel"] for m in slack.messages] == (["G0OPS"] if invited else [])
    assert incidents.step(team, ANA, number, "acknowledged").incident.status == "acknowledged"
    with team.db.read() as connection:
        notices = [row for row in outbox.everything(connection) if row.kind == "notice"]
    assert {row.target for row in notices} == (set() if invited else {"U0ANA", "U0ADMIN"})
    assert all("Invite Barometer with /invite" in row.payload for row in notices)


def test_a_backfill_pages_nobody(team: Services) -> None:
    times = {"started": "2026-11-02 08:00", "detected": "2026-11-02 09:00", "resolved": "2026-11-02 13:30"}
    number = past(team, "Stale scores", severity="critical", **times)
    one = incidents.found(team, ADMIN, number)
    assert (one.status, one.backfilled, one.channel) == ("resolved", True, "")
    with team.db.read() as connection:
        assert outbox.everything(connection) == []
    assert waiting(team) == {}
    found = measured(team)
    assert (found.measures["mttd"].mean, found.measures["mttr"].mean) == (1.0, 4.5)
    assert past(team, "Stale scores", detected="2026-11-03 09:00", resolved="2026-11-03 13:30") != number
    with pytest.raises(InvalidInput, match="detected and resolved"):
        past(team, "Stale scores", detected="2026-11-02 09:00")


def test_merged_ones_drills_and_tests_are_out_of_the_measures_and_said_to_be(team: Services) -> None:
    for kind in ("real", "drill", "test"):
        number = opened(team, kind, kind=kind, started="1h ago")
        incidents.step(team, ANA, number, "resolved")
    same = opened(team, "The same")
    incidents.step(team, ANA, same, "resolved")
    incident_work.merge(team, ANA, same, 1)
    found = measured(team)
    assert found.counted == found.measures["mttr"].n == 1
    assert found.left_out == {"drill": 1, "merged": 1, "test": 1}
    said = [plain(part) for part in incident_stats.stats(found, "UTC").parts]
    assert "Left out: 1 drill, 1 merged, 1 test." in said


def test_statistics_stop_at_no_number_of_rows(team: Services) -> None:
    with team.db.begin() as connection:
        for place in range(250):
            _resolved_after(connection, START - timedelta(days=place + 1), hours=1 + place)
    found = measured(team)
    assert (found.counted, found.measures["mttr"].n) == (250, 250)
    assert found.measures["mttr"].mean == pytest.approx(125.5)


def _resolved_after(connection: Any, detected: datetime, hours: int) -> None:
    at = {"detected": detected, "resolved": detected + timedelta(hours=hours)}
    marks = {m: Mark(m, when, "person", "U0ANA", START) for m, when in at.items()}  # type: ignore[arg-type]
    title = f"{detected}"
    new = Incident(0, key_of(title, ""), title, "low", "real", "", "U0ANA", detected, marks)  # type: ignore[arg-type]
    number = stored.add(connection, new)
    assert number is not None
    for mark in marks.values():
        stored.mark(connection, number, mark)


def test_an_empty_period_says_no_data_and_not_zero(team: Services, clock: Clock) -> None:
    opened(team)
    clock.on(hours=2)
    found = measured(team, since="1h ago")
    assert found.counted == 0
    assert all((m.n, m.mean, m.median) == (0, None, None) for m in found.measures.values())
    said = incident_stats.stats(found, "UTC")
    assert said.summary.endswith("no data.")
    assert "0 s" not in " ".join(plain(part) for part in said.parts)


@pytest.mark.parametrize("step", ["resolved", "closed"])
def test_two_people_who_press_resolve_and_reopen_at_once(team: Services, step: Any) -> None:
    """Whoever comes first is heard, the other hears what happened, and the state is the one that follows."""
    number = opened(team)
    incidents.step(team, ANA, number, "resolved")
    outcomes = at_once(
        partial(incidents.step, team, ANA, number, step), partial(incidents.reopen, team, BEA, number, "it is back")
    )
    done = [each for each in outcomes if isinstance(each, Told)]
    assert done
    assert all(isinstance(each, Told | Conflict) for each in outcomes)
    one = incidents.found(team, ADMIN, number)
    kinds = [e.kind for e in incidents.dossier(team, ADMIN, number).events]
    assert one.status == {"reopened": "open"}.get(kinds[-1], kinds[-1])
    assert len(kinds) == 2 + len(done), "what was refused left nothing behind"
    assert bool(incidents.listing(team, ADMIN)) is one.is_open


def test_a_resolve_before_the_start_is_refused(team: Services) -> None:
    number = opened(team, started="1h ago", detected="30 min ago")
    with pytest.raises(InvalidInput, match=r"cannot be resolved at .* before it was detected"):
        incidents.step(team, ANA, number, "resolved", at="2h ago")
    assert incidents.found(team, ADMIN, number).status == "open"


def test_a_time_in_a_doubled_hour_needs_its_offset(team: Services) -> None:
    with pytest.raises(InvalidInput, match="happens twice"):
        past(team, "Night", detected="2026-10-25 02:30", resolved="2026-10-25 05:00")
    number = past(team, "Night", detected="2026-10-25 02:30+01:00", resolved="2026-10-25 05:00")
    assert measured(team).measures["mttr"].mean == pytest.approx(2.5)
    assert incidents.found(team, ADMIN, number).at("detected") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_an_incident_of_zero_seconds_is_zero_and_not_absent(team: Services) -> None:
    past(team, "blip", started="2026-11-02 09:00", detected="2026-11-02 09:00", resolved="2026-11-02 09:00")
    found = measured(team).measures
    assert (found["mttd"].mean, found["mttr"].mean, found["mttr"].n) == (0.0, 0.0, 1)
