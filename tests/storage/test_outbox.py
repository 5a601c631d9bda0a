"""The ledger's own rules: keys, paces, leases."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from bot.domain.parts import Message
from bot.services import Services, deliveries
from storage import Database, outbox, queue
from storage.tables import digest_run
from tests.conftest import NOW

SECOND = timedelta(seconds=1)


def test_the_clock_is_the_databases(db: Database) -> None:
    with db.read() as connection:
        assert abs(outbox.clock(connection) - datetime.now(UTC)) < timedelta(minutes=5)


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
