"""Processes are killed in the middle of their work, and still every due digest is delivered once, and none is lost.

BAROMETER_CRASH_SECONDS says how long the killing goes on (6 by default; CI gives it 30).
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.deliveries import Delivery
from bot.domain.digest_documents import to_yaml
from bot.domain.digests import DigestDefinition, Selection
from bot.domain.parts import Message, text
from bot.domain.people import SYSTEM
from bot.domain.schedules import Schedule
from bot.services import Services, definitions, deliveries
from bot.settings import Settings
from storage import Database, digests, migrations, outbox
from storage.digests import StoredDigest
from tests.acceptance.bot_process import DAY, RATE, quick_clock
from tests.fake_slack import FakeSlack, Fault, serving

ROOT = Path(__file__).parents[2]
SECONDS = float(os.environ.get("BAROMETER_CRASH_SECONDS", "6"))
LEASE = 5.0
CHANNELS = 50
LONGEST_WAIT = 420
"""Seconds: longer than the longest pause between two tries, five minutes."""
FEWEST_KILLS = 4


@dataclass
class Bot:
    """A process that can be killed and started again."""

    arguments: list[str]
    process: subprocess.Popen[str] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    is_ready: bool = False

    def start(self, wait: bool = False) -> None:
        command = [sys.executable, "-m", "tests.acceptance.bot_process", *self.arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)} | self.environment
        )
        self.is_ready = False
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        if not self.is_ready:
            assert self.process is not None
            assert self.process.stdout is not None
            assert self.process.stdout.readline() == "ready\n"
            self.is_ready = True

    def send(self, what: int) -> None:
        assert self.process is not None
        self.process.send_signal(what)

    def end(self, what: int = signal.SIGKILL) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(what)
        self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None


@dataclass
class Scene:
    """A database with work to do, a Slack that fails now and then, and processes."""

    database: Database
    services: Services
    slack: FakeSlack
    bots: list[Bot]
    began: float

    def post(self, keys: range, thread: bool = True, kind: Any = "digest") -> None:
        replies = (Message("in the thread", (text("more"),)),) if thread else ()
        with self.services.db.begin() as connection:
            for n in keys:
                message = Message(f"message {n}", (text(f"message {n}"),), replies)
                where = f"C{n % CHANNELS:04}"
                deliveries.post(self.services, connection, key=f"post-{n}", kind=kind, target=where, message=message)

    def schedule(self, number: int, minutes: int) -> list[str]:
        """As many digests, each due once within the first `minutes` of the bot's clock; the runs that must come of them."""
        runs = []
        with self.services.db.begin() as connection:
            for n in range(number):
                hour, minute = divmod(8 * 60 + 1 + n * minutes // number, 60)
                name, zone = f"digest-{n}", "UTC"
                schedule = Schedule("daily", hour, minute, zone)
                definition = DigestDefinition(
                    name, name, "ops", schedule, "daily", Selection(names=("uptime",)), target=f"C{n % CHANNELS:04}"
                )
                digests.save(
                    connection, StoredDigest(name, to_yaml(definition), 1, "", definition.target, "", False, DAY, DAY, "t")
                )
                runs.append(f"{name}@2026-03-02T{hour:02}:{minute:02}")
        return runs

    def rows(self) -> list[Delivery]:
        with self.database.read() as connection:
            return outbox.everything(connection)

    def runs(self) -> dict[str, str]:
        with self.database.read() as connection:
            names = [d.name for d in digests.everything(connection)]
            return {run.id: run.state for run in digests.runs(connection, names, limit=10_000)}

    def wait_until_all_is_said(self, expected: set[str]) -> None:
        end = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < end:
            states = {row.state for row in self.rows()}
            if states <= {"sent"} and expected <= self.runs().keys() and set(self.runs().values()) <= {"built"}:
                return
            time.sleep(0.5)
        raise AssertionError(f"not all was said: {Counter(self.runs().values())}, {self._what_is_left()}")

    def _what_is_left(self) -> str:
        now, at = self.services.now(), datetime.now(UTC)
        rows = [
            f"{r.key}: {r.state}, {r.tries} tries, {r.looks} looks, due in {(r.due_at - now) / RATE}, "
            f"held for {r.lease_until and r.lease_until - at} by {r.lease_owner}, {r.error}"
            for r in self.rows()
            if r.state != "sent"
        ]
        return "\n".join([f"{len(self.slack.calls)} requests", *rows])

    def assert_each_was_said_once(self) -> None:
        said = self.slack.delivered()
        assert {row.id for row in self.rows()} == set(said)
        assert [each for each, times in said.items() if times != 1] == []
        assert {(r.channel, r.ts) for r in self.rows()} == {(m["channel"], m["ts"]) for m in self.slack.messages}


@contextmanager
def scene(database_url: str, processes: int) -> Iterator[Scene]:
    with ExitStack() as stack:
        slack = stack.enter_context(serving(FakeSlack()))
        database = Database(database_url)
        stack.callback(database.close)
        migrations.upgrade(database)
        began = time.time()
        services = Services(database, Settings(database_url=database_url, lease=timedelta(seconds=LEASE)), quick_clock(began))
        definitions.apply_files(services, SYSTEM)
        bots = [Bot([database_url, slack.url, str(LEASE), str(began)]) for _ in range(processes)]
        for bot in bots:
            stack.callback(bot.end)
        yield Scene(database, services, slack, bots, began)


def now_and_then(seed: int) -> Any:
    """One request in eight goes wrong, in every way there is."""
    draw = random.Random(seed)

    def plan(method: str, params: dict[str, Any]) -> Fault:
        return draw.choice(["429", "500", "cut before", "cut after", "internal_error"]) if draw.random() < 1 / 8 else None

    return plan


def url_of(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'barometer.db'}" if kind == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.mark.parametrize(("kind", "processes"), [("sqlite", 1), ("postgresql", 2)])
def test_every_due_digest_is_delivered_once_though_processes_are_killed(
    kind: str, processes: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    draw = random.Random(7)
    with scene(url_of(kind, request, tmp_path), processes) as stage:
        stage.slack.plan = now_and_then(7)
        for bot in stage.bots:
            bot.start()
        expected = set(stage.schedule(CHANNELS, int(SECONDS)))
        posted, kills, end = 0, 0, time.monotonic() + SECONDS
        while time.monotonic() < end or kills < FEWEST_KILLS:
            stage.post(range(posted, posted + 8))
            posted += 8
            victim = stage.bots[kills % processes]
            victim.wait_until_ready()
            time.sleep(draw.uniform(0.5, 2.5))
            victim.end(signal.SIGKILL)
            victim.start()
            kills += 1
        stage.wait_until_all_is_said(expected)
        stage.assert_each_was_said_once()
        keys = {row.key for row in stage.rows()}
        assert expected <= keys
        assert {f"post-{n}" for n in range(posted)} <= keys


def test_a_new_release_ends_the_work_of_the_former(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The queue's own version is constant, so what one release has put in is run by the next, from other files."""
    release = tmp_path / "release"
    release.mkdir()
    for top in ("bot", "handlers", "storage", "tests"):
        (release / top).symlink_to(ROOT / top) if top != "handlers" else None
    subprocess.run(["cp", "-r", str(ROOT / "handlers"), str(release / "handlers")], check=True)
    changed = release / "handlers" / "clock" / "sweep.py"
    changed.write_text(changed.read_text() + "\n# the next release\n")
    with scene(f"sqlite:///{tmp_path / 'barometer.db'}", 2) as stage:
        first, second = stage.bots
        first.start(wait=True)
        stage.slack.plan = lambda method, params: "429"
        stage.post(range(30))
        end = time.monotonic() + 30
        while not stage.slack.calls and time.monotonic() < end:
            time.sleep(0.1)
        first.end(signal.SIGTERM)
        assert stage.slack.messages == []
        stage.slack.plan = lambda method, params: None
        second.environment = {"PYTHONPATH": str(release)}
        second.start()
        stage.wait_until_all_is_said(set())
        stage.assert_each_was_said_once()


def test_a_process_that_was_stopped_past_its_lease_says_nothing_twice(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    # Who sleeps in a transaction is to lose it soon: the patience of real use would only make this slow.
    options = "options=-c%20idle_in_transaction_session_timeout%3D2000"
    url = url_of("postgresql", request, tmp_path)
    with scene(f"{url}{'&' if '?' in url else '?'}{options}", 2) as stage:
        sleeper, other = stage.bots
        stage.slack.slow_seconds = 0.4
        sleeper.start(wait=True)
        stage.post(range(0, 6 * CHANNELS, CHANNELS), thread=False)
        end = time.monotonic() + 30
        while len(stage.slack.messages) < 3 and time.monotonic() < end:
            time.sleep(0.02)
        sleeper.send(signal.SIGSTOP)  # its message stands there, and it never hears so
        other.start(wait=True)
        stage.wait_until_all_is_said(set())
        sleeper.send(signal.SIGCONT)
        time.sleep(2)
        stage.assert_each_was_said_once()
