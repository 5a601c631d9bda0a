"""The durable queue: with the transaction or not at all, once, later, and by whoever is there."""

import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.errors import Unavailable
from storage import Database, queue


class Ran:
    """The arguments with which a job was run."""

    def __init__(self) -> None:
        self.arguments: list[str] = []
        self.changed = threading.Condition()

    def __call__(self, argument: str) -> None:
        with self.changed:
            self.arguments.append(argument)
            self.changed.notify_all()
        if argument == "bad":
            raise ValueError(argument)

    def wait_for(self, number: int) -> list[str]:
        with self.changed:
            self.changed.wait_for(lambda: len(self.arguments) >= number, 30)
            return list(self.arguments)


@pytest.fixture
def ran() -> Ran:
    return Ran()


@pytest.fixture
def started(db: Database, ran: Ran) -> Iterator[queue.Queue]:
    working = queue.start(db, {"note": ran})
    yield working
    working.stop()


def put(db: Database, argument: str, job_id: str, delay: timedelta | None = None) -> bool:
    with db.begin() as connection:
        return queue.enqueue(connection, "note", argument, job_id, delay)


def test_a_job_is_run_with_its_transaction_once_in_time_and_whatever_another_does(
    db: Database, ran: Ran, started: queue.Queue
) -> None:
    def put_and_fail() -> None:
        with db.begin() as connection:
            queue.enqueue(connection, "note", "never", "job-0")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_and_fail()
    assert put(db, "bad", "job-1")
    begun = time.monotonic()
    assert put(db, "later", "job-2", timedelta(seconds=1))
    assert put(db, "once", "job-3")
    assert put(db, "once", "job-3")
    assert sorted(ran.wait_for(3)) == ["bad", "later", "once"]
    assert ran.arguments[-1] == "later"
    assert time.monotonic() - begun >= 1
    assert queue.forget(db, datetime.now(UTC) - timedelta(minutes=1)) == 0
    assert queue.forget(db, datetime.now(UTC) + timedelta(minutes=1)) == 3


def test_what_was_put_in_before_a_stop_is_run_after_the_next_start(db: Database, ran: Ran) -> None:
    queue.start(db, {"note": ran}).stop()
    outsider = queue.join(db)
    assert put(db, "from outside", "job-1")
    outsider.stop()
    assert ran.arguments == []
    working = queue.start(db, {"note": ran})
    assert ran.wait_for(1) == ["from outside"]
    working.stop()


def test_who_joins_before_the_first_worker_puts_in_once_it_has_come(db: Database, ran: Ran) -> None:
    outsider = queue.join(db)
    assert put(db, "too early", "job-0") is False
    other = Database(db.engine.url.render_as_string(hide_password=False))
    working = queue.start(other, {"note": ran})
    assert put(db, "in time", "job-1")
    assert ran.wait_for(1) == ["in time"]
    working.stop()
    outsider.stop()
    other.close()


def test_a_process_without_a_share_says_so_and_breaks_nothing(db: Database) -> None:
    assert put(db, "x", "job-1") is False


def test_one_process_works_on_a_sqlite_file(db: Database) -> None:
    held = queue.hold(db)
    if db.is_sqlite:
        with pytest.raises(queue.AlreadyRunning) as refused:
            queue.hold(db)
        assert "PostgreSQL" in refused.value.text
        assert f"(process {os.getpid()})" in refused.value.text
        assert Path(f"{db.engine.url.database}.lock.pid").read_text() == f"{os.getpid()}\n"
    else:
        queue.hold(db).release()
    held.release()
    queue.hold(db).release()


def test_a_file_that_cannot_be_held_is_named(tmp_path: Path) -> None:
    (tmp_path / "b.db.lock.pid").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'b.db'}")
    with pytest.raises(queue.NotHeld, match=r"b\.db\.lock\.pid"):
        queue.hold(database)
    database.close()


def test_a_database_that_is_not_there_is_said_to_be_so() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable):
        queue.start(nowhere, {})
    nowhere.close()


def test_what_is_stored_is_ids_as_json(db: Database, started: queue.Queue, ran: Ran) -> None:
    put(db, "an-id", "job-1")
    ran.wait_for(1)
    (stored,) = started.client.list_workflows(workflow_ids=["job-1"])
    assert stored.input == {"args": ["note", "an-id"], "kwargs": {}} or list(stored.input["args"]) == ["note", "an-id"]
    with db.read() as connection:
        table = "workflow_input" if db.is_sqlite else f"{queue.SCHEMA}.workflow_input"
        texts = [str(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]
    assert any("an-id" in text for text in texts), "readable, so no pickle"


def test_jobs_that_wait_for_a_worker_are_counted_up_to_a_limit(db: Database, ran: Ran) -> None:
    assert queue.waiting(db, 5) == 0, "no share in the queue"
    working = queue.start(db, {"note": ran})
    working.stop()
    joined = queue.join(db)
    for n in range(4):
        put(db, "a", f"now-{n}")
    put(db, "a", "later", timedelta(hours=1))
    assert queue.waiting(db, 9) == 4, "what is due later does not wait"
    assert queue.waiting(db, 3) == 3
    joined.stop()


def test_of_jobs_that_wait_the_lowest_rank_goes_first_then_who_came_first(db: Database, ran: Ran) -> None:
    queue.start(db, {"note": ran}).stop()
    outsider = queue.join(db)
    for n, (argument, rank) in enumerate([("crowd 1", 2), ("crowd 2", 2), ("has a turn", 1), ("alert 1", 0), ("alert 2", 0)]):
        with db.begin() as connection:
            assert queue.enqueue(connection, "note", argument, f"job-{n}", rank=rank)
        time.sleep(0.002)  # those who came in the same millisecond came together
    outsider.stop()
    working = queue.start(db, {"note": ran}, workers=1)
    assert ran.wait_for(5) == ["alert 1", "alert 2", "has a turn", "crowd 1", "crowd 2"]
    working.stop()
