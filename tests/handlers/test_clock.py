"""The engine of one process: it wakes what is due, follows a moved clock, and survives what can fail."""

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.domain.digest_documents import to_yaml
from bot.domain.digests import DigestDefinition, Selection
from bot.domain.errors import Unavailable
from bot.domain.parts import Message, text
from bot.domain.schedules import Schedule
from bot.services import Services, deliveries
from bot.settings import Clock, Settings
from handlers import clock
from handlers.clock import retention
from storage import Database, digests, outbox, paces, queue
from storage.digests import StoredDigest
from tests.fake_slack import FakeSlack, serving

BEFORE_OSLO_SPRINGS_FORWARD = datetime(2027, 3, 28, 0, 20, tzinfo=UTC)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with serving(FakeSlack()) as running:
        yield running


@contextmanager
def working(services: Services, slack: FakeSlack) -> Iterator[clock.Engine]:
    engine = clock.start(services, WebClient("xoxb-test", base_url=slack.url))
    try:
        assert engine.ready.wait(60)
        yield engine
    finally:
        engine.stop()


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def add_digest(services: Services, schedule: Schedule) -> None:
    definition = DigestDefinition("ops", "Ops", "ops", schedule, "daily", Selection(names=("uptime",)), target="C0OPS")
    now = services.now()
    with services.db.begin() as connection:
        digests.save(connection, StoredDigest("ops", to_yaml(definition), 1, "", "C0OPS", "", False, now, now, "test"))


def runs(services: Services) -> list[digests.Run]:
    with services.db.read() as connection:
        return digests.runs(connection, ["ops"])


def post(services: Services, key: str, **more: datetime) -> None:
    with services.db.begin() as connection:
        deliveries.post(
            services, connection, key=key, kind="digest", target="C0OPS", message=Message(key, (text(key),)), **more
        )


def test_every_file_of_a_job_has_its_line() -> None:
    files = {p.stem for p in Path(clock.__file__).parent.glob("*.py")} - {"__init__", "job"}
    assert files == {job.name for job in clock.JOBS}


def test_a_moved_clock_is_followed_at_once_and_an_hour_that_does_not_exist_is_due_after_the_gap(
    db: Database, slack: FakeSlack
) -> None:
    moving = Clock(BEFORE_OSLO_SPRINGS_FORWARD)
    services = Services(db, Settings(admins=frozenset()), moving)
    add_digest(services, Schedule("daily", 2, 30, "Europe/Oslo"))
    post(services, "later", due_at=BEFORE_OSLO_SPRINGS_FORWARD + timedelta(hours=1))
    with working(services, slack) as engine:
        assert runs(services) == []
        moving.move_to(BEFORE_OSLO_SPRINGS_FORWARD + timedelta(hours=2))
        engine.wake()
        assert until(lambda: bool(runs(services)))
        assert runs(services)[0].id == "ops@2027-03-28T03:00"
        assert until(lambda: any("later" in m["text"] for m in slack.messages))
        moving.move_to(BEFORE_OSLO_SPRINGS_FORWARD + timedelta(hours=23))
        engine.wake()
        engine.wake()
    assert len(runs(services)) == 1


def test_what_is_due_soon_is_not_left_to_the_next_poll(db: Database, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "JOBS", tuple(replace(job, every=timedelta(hours=1)) for job in clock.JOBS))
    moving = Clock(datetime(2026, 11, 24, 8, 59, 57, tzinfo=UTC))
    services = Services(db, Settings(), moving)
    add_digest(services, Schedule("daily", 9, 0, "UTC"))
    with working(services, slack):
        assert until(lambda: bool(runs(services)))


def test_a_job_that_ends_while_the_engine_stops_does_not_hold_it_up(
    db: Database, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stopped, services = threading.Event(), threading.Event(), Services(db, Settings(), lambda: datetime.now(UTC))

    def run(_: Services) -> datetime:
        begun.set()
        stopped.wait(60)
        return services.now()

    monkeypatch.setattr(clock, "JOBS", (replace(retention.JOB, run=run),))
    engine = clock.start(services, WebClient("xoxb-test", base_url=slack.url))
    assert begun.wait(60)
    stop = threading.Thread(target=engine.stop, daemon=True)
    stop.start()
    assert until(lambda: "shutdown" in names_of(stop))
    stopped.set()
    stop.join(60)
    assert not stop.is_alive()


def names_of(thread: threading.Thread) -> list[str]:
    """The functions in which a thread is."""
    frame = sys._current_frames().get(thread.ident or 0)
    return [f.name for f in traceback.extract_stack(frame)] if frame else []


def test_connections_that_the_database_ends_cost_nothing(db: Database, slack: FakeSlack) -> None:
    if db.is_sqlite:
        pytest.skip("a file ends no connections")
    services = Services(db, Settings(lease=timedelta(seconds=5)), lambda: datetime.now(UTC))
    other = Database(db.engine.url.render_as_string(hide_password=False))
    ours = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    slack.slow_seconds = 0.3
    with working(services, slack):
        for n in range(4):
            post(services, f"k{n}")
            with other.engine.connect() as connection:
                connection.exec_driver_sql(ours)
            time.sleep(0.4)

        def all_said() -> bool:
            try:
                with services.db.read() as connection:
                    return outbox.counts(connection, datetime(2026, 1, 1, tzinfo=UTC)) == {"sent": 4}
            except Unavailable:
                return False

        assert until(all_said)
    other.close()
    assert list(slack.delivered().values()) == [1, 1, 1, 1]


def test_an_engine_whose_database_is_away_starts_when_it_is_back(
    db: Database, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, failures = Services(db, Settings(), lambda: datetime.now(UTC)), [Unavailable(), Unavailable()]
    begin = queue.start

    def start(*arguments: object) -> queue.Queue:
        if failures:
            raise failures.pop()
        return begin(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(queue, "start", start)
    monkeypatch.setattr(clock, "START_AGAIN_SECONDS", 0.01)
    with working(services, slack):
        post(services, "k")
        assert until(lambda: len(slack.messages) == 1)


def test_a_second_engine_on_a_sqlite_file_is_refused_at_once(db: Database, slack: FakeSlack) -> None:
    if not db.is_sqlite:
        pytest.skip("PostgreSQL may have any number")
    services = Services(db, Settings(), lambda: datetime.now(UTC))
    held = queue.hold(db)
    with pytest.raises(queue.AlreadyRunning):
        clock.start(services, WebClient("xoxb-test", base_url=slack.url))
    held.release()


def test_what_nobody_asks_for_again_is_forgotten(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = [500, 3, 0]
    monkeypatch.setattr(queue, "forget", lambda database, before: forgotten.pop(0))
    with services.db.begin() as connection:
        at = outbox.clock(connection)
        paces.hold(connection, "C0OLD", at - timedelta(days=3)).take(timedelta(seconds=1), timedelta(seconds=1))
        paces.hold(connection, "C0NEW", at).take(timedelta(seconds=1), timedelta(seconds=1))
    retention.JOB.run(services)
    assert forgotten == []
    with services.db.begin() as connection:
        assert paces.prune(connection, at + timedelta(days=9)) == 1, "only the new one was left"
