"""The ledger's own rules: keys, paces, leases."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from bot.domain.parts import Message
from bot.services import Services, deliveries
from storage import Connection, Database, outbox, queue
from storage.tables import digest_run
from tests.conftest import NOW

SECOND = timedelta(seconds=1)


def test_the_clock_is_the_databases(db: Database) -> None:
    with db.read() as connection:
        assert abs(outbox.clock(connection) - datetime.now(UTC)) < timedelta(minutes=5)


def test_slots_of_a_channel_are_apart_and_together_keep_the_workspaces_pace(db: Database) -> None:
    with db.begin() as connection:
        slots = [outbox.take_slot(connection, f"C{n % 2}", NOW, SECOND, SECOND / 4) for n in range(8)]
    assert slots[0::2] == [NOW + n * SECOND for n in range(4)]
    assert slots[1::2] == [NOW + SECOND / 4 + n * SECOND for n in range(4)]


def crowd(connection: Connection, at: datetime, since: datetime | None = None) -> datetime:
    return outbox.take_slot(connection, outbox.CROWD, at, SECOND, SECOND, since=since)


def test_who_waited_in_a_crowd_may_have_a_turn_that_nobody_took(db: Database) -> None:
    with db.begin() as connection:
        crowd(connection, NOW)
        slots = [crowd(connection, NOW + 10 * SECOND, NOW + 5 * SECOND) for _ in range(3)]
    assert slots == [NOW + n * SECOND for n in (5, 6, 7)]


def test_turns_in_a_time_that_slack_forbade_are_not_given(db: Database) -> None:
    with db.begin() as connection:
        outbox.block(connection, outbox.CROWD, NOW, NOW + 9 * SECOND)
        slots = [crowd(connection, NOW + 12 * SECOND, NOW) for _ in range(2)]
        outbox.block(connection, "C1", NOW + 12 * SECOND, NOW + 30 * SECOND)
        outbox.block(connection, "C2", NOW + 12 * SECOND, NOW + 30 * SECOND)
        slots.append(crowd(connection, NOW + 13 * SECOND, NOW))
    assert slots == [NOW + 9 * SECOND, NOW + 10 * SECOND, NOW + 30 * SECOND], "nor when it is the workspace that has to wait"


def test_others_wait_for_no_turn_of_a_crowd_and_it_makes_room_for_them(db: Database) -> None:
    with db.begin() as connection:
        first = [crowd(connection, NOW) for _ in range(50)]
        alerts = [outbox.take_slot(connection, f"C{n}", NOW, SECOND, SECOND) for n in range(3)]
        after = crowd(connection, NOW)
    assert alerts == [NOW + n * SECOND for n in range(3)]
    assert after - first[-1] == 4 * SECOND


def test_a_block_is_of_one_channel_until_a_second_one_shows_that_it_is_the_workspaces(db: Database) -> None:
    until = NOW + timedelta(seconds=30)
    with db.begin() as connection:
        outbox.block(connection, "C1", NOW, until)
        assert outbox.blocked_until(connection, "C1", NOW) == until
        assert outbox.blocked_until(connection, "C3", NOW) is None
        outbox.block(connection, "C2", NOW, until)
        assert outbox.blocked_until(connection, "C3", NOW) == until
        assert outbox.blocked_until(connection, "C3", until) is None


def test_a_channel_blocked_twice_is_still_only_one(db: Database) -> None:
    with db.begin() as connection:
        for _ in range(2):
            outbox.block(connection, "C1", NOW, NOW + SECOND)
        assert outbox.blocked_until(connection, "C2", NOW) is None


def test_two_who_post_the_same_at_once_make_one_delivery(services: Services) -> None:
    barrier, ids = Barrier(4), []

    def post() -> None:
        barrier.wait()
        with services.db.begin() as connection:
            message = Message("m", (), (Message("t", ()),))
            ids.append(
                deliveries.post(services, connection, key="same", kind="alert", target="C1", message=message, figures=())
            )

    threads = [Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 1
    with services.db.read() as connection:
        assert [row.key for row in outbox.everything(connection)] == ["same", "same#1"]


@pytest.mark.parametrize(
    ("state", "fired", "lease", "stranded"),
    [
        ("queued", NOW, None, False),
        ("queued", NOW - timedelta(minutes=2), None, True),
        ("queued", NOW, NOW - SECOND, True),
        ("building", NOW - timedelta(minutes=2), NOW + SECOND, False),
        ("building", NOW, NOW - SECOND, True),
        ("built", NOW - timedelta(minutes=2), None, False),
    ],
)
def test_runs_that_nobody_writes(db: Database, state: str, fired: datetime, lease: datetime | None, stranded: bool) -> None:
    with db.begin() as connection:
        row = {
            "id": "r",
            "digest": "d",
            "due_at": fired,
            "fired_at": fired,
            "state": state,
            "target": "C1",
            "lease_until": lease,
        }
        connection.execute(digest_run.insert().values(**row, asked_by="", reason="", tries=0))
        assert outbox.stranded_runs(connection, NOW, NOW, timedelta(minutes=1)) == (["r"] if stranded else [])


def test_a_stranded_run_is_put_in_once_in_a_leases_time(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    put: list[str] = []
    monkeypatch.setattr(queue, "enqueue", lambda connection, job, argument, job_id, delay=None: not put.append(job_id))
    monkeypatch.setattr(outbox, "clock", lambda connection: NOW)
    with services.db.begin() as connection:
        row = {"id": "r", "digest": "d", "due_at": NOW, "fired_at": NOW, "state": "queued", "target": "C1"}
        connection.execute(digest_run.insert().values(**row, lease_until=NOW - SECOND, asked_by="", reason="", tries=0))
    deliveries.sweep(services)
    deliveries.sweep(services)
    assert len(put) == 2
    assert len(set(put)) == 1, "the queue runs a job id once"


def test_who_holds_a_message_does_not_hold_up_changes_of_what_hangs_on_it(services: Services) -> None:
    if services.db.is_sqlite:
        pytest.skip("a file has one writer at a time")
    said = {"kind": "alert", "target": "C0OPS", "message": Message("x", ())}
    with services.db.begin() as connection:
        head = deliveries.post(services, connection, key="head", **said)
        reply = deliveries.post(services, connection, key="reply", thread_of=head, **said)
    with services.db.begin() as holder, services.db.begin() as other:
        outbox.lock(holder, head)
        other.execute(text("SET LOCAL lock_timeout = '1s'"))
        outbox.lock(other, reply)
        for tries in (1, 2):
            outbox.change(other, reply, tries=tries)
    with services.db.read() as connection:
        assert (found := outbox.get(connection, reply)) is not None
    assert found.tries == 2
