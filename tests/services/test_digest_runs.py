"""Every due time one digest: across changes of the clock, replicas, crashes, and hours in which nobody was running."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot.domain.digest_answers import Form
from bot.domain.kpis import Grain
from bot.domain.own_hours import QuietHours
from bot.domain.parts import load, plain
from bot.domain.people import SYSTEM, Asker
from bot.domain.periods import before, containing
from bot.services import Services, digests, people, sections
from storage import digests as store
from storage import outbox
from storage.digests import Run
from storage.tables import delivery, metadata
from tests.services.digest_world import DIGESTS, NOW, at, record, record_days, record_weeks, settle

MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
"""09:00 in Oslo, when the weekly digest is next due."""
DAILY = "team-daily"
WEEKLY = "team-weekly"


@pytest.fixture
def team(services: Services, tmp_path: Path) -> Services:
    folder = tmp_path / "definitions"
    folder.mkdir()
    team = settle(services, folder)
    record_weeks(team, "restore-time", ["20", "21", "30"])
    record_days(team, "success-rate", 8)
    return team


def only(team: Services, name: str) -> Services:
    """The team with all digests but one paused."""
    with team.db.begin() as connection:
        for other in store.everything(connection):
            if other.name != name:
                store.change(connection, other.name, paused=True)
    return team


def runs(team: Services, name: str) -> list[Run]:
    with team.db.read() as connection:
        return store.runs(connection, [name], 100)


def posted(team: Services, kind: str = "digest") -> list[Any]:
    with team.db.read() as connection:
        query = delivery.select().where(delivery.c.kind == kind, delivery.c.parent_id.is_(None))
        return list(connection.execute(query.order_by(delivery.c.created_at, delivery.c.target)))


def words(row: Any) -> str:
    message = load(row.payload)
    return "\n".join([message.summary, *(plain(part) for part in message.parts)])


def build_all(team: Services, ids: list[str]) -> None:
    for run_id in ids:
        digests.build(team, run_id)


def test_nothing_is_due_before_its_time(team: Services) -> None:
    assert digests.fire(at(team, MONDAY - timedelta(days=6))) == []


def test_what_is_due_is_fired_once_and_written_once(team: Services) -> None:
    team = at(only(team, WEEKLY), MONDAY + timedelta(seconds=5))
    fired = digests.fire(team)
    assert fired == [f"{WEEKLY}@2026-11-30T09:00"]
    assert digests.fire(team) == []
    build_all(team, fired * 3)
    (row,) = posted(team)
    assert (row.target, row.owner, row.subject, row.key) == ("C0TEAM", "U0OWNER", fired[0], fired[0])
    assert row.deadline == MONDAY + timedelta(days=3)
    assert [r.state for r in runs(team, WEEKLY)] == ["built"]
    with team.db.read() as connection:
        assert connection.execute(metadata.tables["publication"].select()).all()


def test_a_shipped_digest_that_goes_nowhere_stays_silent(team: Services) -> None:
    team = at(team, datetime(2027, 1, 6, tzinfo=UTC))
    digests.fire(team)
    assert not any("executive" in row.payload for row in posted(team, "notice"))
    assert runs(team, "executive-monthly") == []


def test_a_digest_of_ours_that_goes_nowhere_is_told_about_once(services: Services, tmp_path: Path) -> None:
    team = settle(services, tmp_path, DIGESTS.replace("    target: C0TEAM\n", ""))
    for days in range(3):
        digests.fire(at(team, NOW + timedelta(days=7 * days + 7)))
    told = posted(team, "notice")
    assert {(row.target, "Team, weekly" in row.payload) for row in told} == {
        ("U0ADMIN", True),
        ("U0OWNER", True),
        ("U0ADMIN", False),
    }
    assert "Say /digest schedule team-weekly channel=ID" in "".join(row.payload for row in told)
    assert len(told) == 3


@pytest.mark.parametrize(
    ("night", "due"),
    [
        (datetime(2027, 3, 27, 12, tzinfo=UTC), ["2027-03-28T09:00", "2027-03-29T09:00"]),
        (datetime(2027, 10, 30, 12, tzinfo=UTC), ["2027-10-31T09:00", "2027-11-01T09:00"]),
    ],
    ids=["spring", "autumn"],
)
def test_each_day_has_one_digest_when_clocks_change(team: Services, night: datetime, due: list[str]) -> None:
    team = only(team, DAILY)
    with team.db.begin() as connection:
        store.change(connection, DAILY, last_due=night)
    moments = [night + timedelta(minutes=30 * step) for step in range(2 * 48)]
    fired = [run for moment in moments for run in digests.fire(at(team, moment))]
    assert fired == [f"{DAILY}@{local}" for local in due]


def test_an_hour_that_comes_twice_has_one_digest(services: Services, tmp_path: Path) -> None:
    team = only(settle(services, tmp_path, DIGESTS.replace('every: daily, at: "09:00"', 'every: daily, at: "02:30"')), DAILY)
    night = datetime(2027, 10, 30, 22, tzinfo=UTC)
    with team.db.begin() as connection:
        store.change(connection, DAILY, last_due=night)
    fired = [run for n in range(40) for run in digests.fire(at(team, night + timedelta(minutes=10 * n)))]
    assert fired == [f"{DAILY}@2027-10-31T02:30"]


def test_two_replicas_that_fire_at_once_begin_one_run(team: Services) -> None:
    team = at(team, MONDAY + timedelta(seconds=1))
    fired: list[str] = []
    gate = threading.Barrier(4)

    def replica() -> None:
        gate.wait()
        fired.extend(digests.fire(team))

    threads = [threading.Thread(target=replica) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fired) == [f"{DAILY}@2026-11-30T09:00", f"{WEEKLY}@2026-11-30T09:00"]


def test_two_workers_that_build_at_once_post_one_digest(team: Services) -> None:
    team = at(only(team, WEEKLY), MONDAY)
    (run,) = digests.fire(team)
    gate = threading.Barrier(4)

    def worker() -> None:
        gate.wait()
        digests.build(team, run)

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(posted(team)) == 1


def test_a_missed_digest_comes_late_once_and_says_so(team: Services) -> None:
    team = at(only(team, WEEKLY), MONDAY + timedelta(hours=22, minutes=12))
    build_all(team, digests.fire(team))
    (row,) = posted(team)
    assert (
        "Due Mon 30 Nov 2026 09:00 Europe/Oslo, "
        "sent Tue 1 Dec 2026 07:12 Europe/Oslo because Barometer was stopped or too busy." in words(row)
    )


def test_of_several_missed_the_latest_is_sent_and_the_others_are_written_down(team: Services) -> None:
    team = at(only(team, DAILY), MONDAY + timedelta(hours=2))
    fired = digests.fire(team)
    assert fired == [f"{DAILY}@2026-11-30T09:00"]
    others = runs(team, DAILY)[1:]
    assert [r.id[-16:-6] for r in others] == ["2026-11-29", "2026-11-28", "2026-11-27", "2026-11-26", "2026-11-25"]
    assert {r.state for r in others} == {"skipped"}
    assert others[0].reason == "Barometer was stopped or too busy; the one due Mon 30 Nov 2026 09:00 Europe/Oslo stands for it"
    build_all(team, fired)
    assert len(posted(team)) == 1


def test_past_its_deadline_it_is_skipped_and_its_owner_and_the_admins_are_told(team: Services) -> None:
    team = at(only(team, WEEKLY), MONDAY + timedelta(days=3, seconds=1))
    assert digests.fire(team) == []
    assert [(r.state, r.reason) for r in runs(team, WEEKLY)] == [
        ("skipped", "Barometer was stopped or too busy until its deadline had passed")
    ]
    assert posted(team) == []
    assert [row.target for row in posted(team, "notice")] == ["U0ADMIN", "U0OWNER"]
    assert "Say /digest send team-weekly if it is still wanted." in words(posted(team, "notice")[0])


def test_a_run_of_a_dead_process_is_taken_up_when_its_lease_has_run_out(
    team: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = at(only(team, WEEKLY), MONDAY)
    (run,) = digests.fire(team)
    with team.db.begin() as connection:
        moment = outbox.clock(connection)
        assert store.claim(connection, run, moment, moment + timedelta(seconds=60))
    digests.build(team, run)
    assert posted(team) == []
    monkeypatch.setattr(outbox, "clock", lambda _: moment + timedelta(seconds=61))
    digests.build(team, run)
    assert len(posted(team)) == 1


def test_a_run_that_was_begun_in_time_and_written_late_says_so(team: Services) -> None:
    (run,) = digests.fire(at(only(team, WEEKLY), MONDAY))
    digests.build(at(team, MONDAY + timedelta(hours=5)), run)
    (row,) = posted(team)
    assert "Due Mon 30 Nov 2026 09:00 Europe/Oslo, sent Mon 30 Nov 2026 14:00 Europe/Oslo because" in words(row)


@pytest.mark.parametrize("asked", [False, True])
def test_a_run_that_was_begun_and_not_written_before_its_deadline_is_skipped_and_told(team: Services, asked: bool) -> None:
    team = at(only(team, WEEKLY), MONDAY)
    run = digests.send(team, SYSTEM, WEEKLY).run if asked else digests.fire(team)[0]
    digests.build(at(team, MONDAY + timedelta(days=5)), run)
    assert posted(team) == []
    assert [(r.state, r.reason) for r in runs(team, WEEKLY)] == [
        ("skipped", "Barometer was stopped or too busy until its deadline had passed")
    ]
    assert [row.target for row in posted(team, "notice")] == ["U0ADMIN", "U0OWNER"]


def test_nobody_is_told_of_a_skipped_digest_in_their_quiet_hours(team: Services) -> None:
    night = MONDAY + timedelta(days=3, hours=16)  # one in the morning in Oslo
    settings = replace(team.settings, timezone="Europe/Oslo", quiet_hours=QuietHours(time(20), time(8)))
    digests.fire(replace(at(only(team, WEEKLY), night), settings=settings))
    assert {row.due_at for row in posted(team, "notice")} == {datetime(2026, 12, 4, 7, tzinfo=UTC)}


def test_the_data_of_a_digest_take_as_many_queries_whatever_the_number_of_kpis(team: Services) -> None:
    def queries(name: str) -> int:
        said: list[str] = []

        def note(*given: Any) -> None:
            said.append(given[2])

        event.listen(team.db.reader, "before_cursor_execute", note)
        digests.preview(at(team, MONDAY), SYSTEM, name)
        event.remove(team.db.reader, "before_cursor_execute", note)
        return len([each for each in said if each.lstrip().startswith(("SELECT", "WITH"))])

    admin = Asker("U0ADMIN", frozenset(), admin=True)
    for name, kpis in (("two", "restore-time, success-rate"), ("all", "all")):
        digests.schedule(team, admin, name, Form("weekly monday 09:00", "C0TEAM", "ops", kpis))
    queries("all")
    assert queries("two") == queries("all") <= 10


def test_a_run_that_kills_whoever_writes_it_fails_and_is_told(team: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    team = at(only(team, WEEKLY), MONDAY)
    (run,) = digests.fire(team)
    moment = datetime.now(UTC)
    for _ in range(4):
        moment += timedelta(hours=1)
        with team.db.begin() as connection:
            assert store.claim(connection, run, moment, moment + timedelta(seconds=60))
    monkeypatch.setattr(outbox, "clock", lambda _: moment + timedelta(hours=1))
    digests.build(team, run)
    assert [r.state for r in runs(team, WEEKLY)] == ["failed"]
    assert posted(team) == []
    assert {row.target for row in posted(team, "notice")} == {"U0ADMIN", "U0OWNER"}


def test_a_digest_whose_definition_is_gone_fails_and_is_told(team: Services) -> None:
    team = at(only(team, WEEKLY), MONDAY)
    (run,) = digests.fire(team)
    with team.db.begin() as connection:
        connection.execute(metadata.tables["digest"].delete().where(metadata.tables["digest"].c.name == WEEKLY))
    digests.build(team, run)
    assert [r.state for r in runs(team, WEEKLY)] == ["failed"]
    assert "is no longer there" in words(posted(team, "notice")[0])


def test_without_new_data_a_digest_that_asks_for_some_is_skipped(team: Services) -> None:
    team = only(team, DAILY)
    first, second = NOW + timedelta(hours=23), NOW + timedelta(hours=47)
    build_all(team, digests.fire(at(team, first)))
    build_all(team, digests.fire(at(team, second)))
    assert [(r.state, r.reason) for r in runs(team, DAILY)] == [
        ("skipped", "nothing was recorded since the one before"),
        ("built", ""),
    ]
    assert len(posted(team)) == 1


def test_new_data_lifts_the_skip(team: Services) -> None:
    team = only(team, DAILY)
    build_all(team, digests.fire(at(team, NOW + timedelta(hours=23))))
    record(team, "success-rate", containing(NOW, Grain.DAY), at=NOW + timedelta(hours=25), good="95", total="100")
    build_all(team, digests.fire(at(team, NOW + timedelta(hours=47))))
    assert [r.state for r in runs(team, DAILY)] == ["built", "built"]


def test_a_copy_sent_elsewhere_takes_nothing_from_the_next_digest(team: Services) -> None:
    team = only(team, DAILY)
    done = digests.send(at(team, NOW + timedelta(hours=1)), SYSTEM, DAILY, "C0TRIAL")
    digests.build(at(team, NOW + timedelta(hours=1)), done.run)
    build_all(team, digests.fire(at(team, NOW + timedelta(hours=23))))
    assert {(row.target, row.state) for row in posted(team)} == {("C0TRIAL", "due"), ("C0TEAM", "due")}


def test_with_nothing_to_report_a_digest_may_be_skipped(services: Services, tmp_path: Path) -> None:
    quiet = DIGESTS.replace("skip_if: [no_new_data]", "skip_if: nothing_to_report")
    team = only(settle(services, tmp_path, quiet), DAILY)
    record_days(team, "success-rate", 8)
    build_all(team, digests.fire(at(team, NOW + timedelta(hours=12))))
    build_all(team, digests.fire(at(team, NOW + timedelta(hours=23))))
    assert [(r.state, r.reason) for r in runs(team, DAILY)] == [("skipped", "nothing needs attention")]


def test_when_every_figure_is_stale_a_digest_may_be_skipped(services: Services, tmp_path: Path) -> None:
    gated = DIGESTS.replace("skip_if: [no_new_data]", "stale: skip")
    team = only(settle(services, tmp_path, gated), DAILY)
    record_days(team, "success-rate", 8)
    later = NOW + timedelta(days=20)
    with team.db.begin() as connection:
        store.change(connection, DAILY, last_due=later - timedelta(days=1))
    build_all(team, digests.fire(at(team, later)))
    assert [(r.state, r.reason) for r in runs(team, DAILY)] == [("skipped", "every figure is stale")]


def test_one_that_somebody_asked_for_is_never_skipped(team: Services) -> None:
    team = only(team, DAILY)
    build_all(team, digests.fire(at(team, NOW + timedelta(hours=23))))
    done = digests.send(at(team, NOW + timedelta(hours=24)), SYSTEM, DAILY)
    digests.build(at(team, NOW + timedelta(hours=24)), done.run)
    assert len(posted(team)) == 2


def test_a_pause_holds_back_and_a_resume_makes_up_for_nothing(team: Services) -> None:
    team = only(team, WEEKLY)
    digests.pause(team, Asker("U0OWNER"), WEEKLY)
    assert digests.fire(at(team, MONDAY)) == []
    digests.resume(at(team, MONDAY + timedelta(days=1)), Asker("U0OWNER"), WEEKLY)
    assert digests.fire(at(team, MONDAY + timedelta(days=2))) == []
    assert digests.fire(at(team, MONDAY + timedelta(days=7))) == [f"{WEEKLY}@2026-12-07T09:00"]


def test_the_clock_knows_when_the_next_is_due(team: Services) -> None:
    assert digests.soonest(team) == datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    assert digests.soonest(at(only(team, WEEKLY), NOW)) == MONDAY


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sections, "write", fail)


@pytest.mark.usefixtures("broken")
def test_a_fault_of_ours_leaves_the_run_to_be_taken_up_again(team: Services) -> None:
    team = at(only(team, WEEKLY), MONDAY)
    (run,) = digests.fire(team)
    with pytest.raises(ZeroDivisionError):
        digests.build(team, run)
    assert [(r.state, r.tries) for r in runs(team, WEEKLY)] == [("building", 1)]
    assert posted(team) == []


def test_a_direct_digest_says_only_what_its_reader_may_see(services: Services, tmp_path: Path) -> None:
    team = settle(services, tmp_path, DIGESTS.replace("target: C0TEAM", "target: U0READER"))
    record_weeks(team, "restore-time", ["20"])
    record(team, "audit-findings", before(containing(NOW, Grain.QUARTER)), major="1")
    team = at(only(team, WEEKLY), MONDAY)
    build_all(team, digests.fire(team))
    assert "Audit findings" not in posted(team)[0].payload
    people.grant(team, SYSTEM, "U0READER", "risk")
    done = digests.send(team, SYSTEM, WEEKLY)
    digests.build(team, done.run)
    assert "Audit findings" in posted(team)[1].payload
