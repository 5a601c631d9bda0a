"""The running program, driven as people drive it: through a workspace, by Slack's protocol and nothing else."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from playground.cast import example_team
from playground.server import Playground
from tests.acceptance import payloads

ROOT = Path(__file__).parents[2]
ADA, GRACE = "U0MLENG", "U0ADMIN"
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Rehearsal:
    """The clock of a workspace and of the program in it."""

    ahead: timedelta = field(default_factory=lambda: START - datetime.now(UTC))

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def go_to(self, moment: datetime) -> None:
        assert moment >= self(), "time only goes on"
        self.ahead = moment - datetime.now(UTC)


@dataclass
class Program:
    """One `barometer`, with what it is to know."""

    workspace: Playground
    environment: dict[str, str]
    port: int
    clock: Rehearsal
    word: str = "run"
    process: subprocess.Popen[bytes] | None = None

    def start(self, wait: bool = True) -> None:
        """Start it; returns once it says that it is ready."""
        command = [str(Path(sys.executable).parent / "barometer"), self.word]
        environment = self.environment | {"BAROMETER_START_AT": self.clock().isoformat()}
        self.process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while wait and not self.ready():
            assert self.process.poll() is None, "the program ended"
            assert time.monotonic() < end, "the program did not become ready"
            time.sleep(0.05)

    def ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self, what: int = signal.SIGTERM) -> int:
        """End it, in good order unless told otherwise; its exit status."""
        assert self.process is not None
        self.process.send_signal(what)
        return self.process.wait(30)

    def sleep_until(self, moment: datetime) -> None:
        """Stop it, and start it again at a later moment."""
        assert self.stop() == 0
        self.clock.go_to(moment)
        self.start()


def outside() -> dict[str, str]:
    """The environment without what is the program's own."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "BAROMETER_", "DATABASE_"))}


@contextmanager
def running(
    database_url: str, *, over_http: bool = False, more: Mapping[str, str] | None = None, **options: Any
) -> Iterator[Program]:
    """A workspace with the program at work in it. At its end, everything that it ever sent is checked once more.

    `options` are the workspace's.
    """
    port, clock = free_port(), Rehearsal()
    url = f"http://127.0.0.1:{port}/slack/events" if over_http else None
    team, manifest = example_team(clock), ROOT / "manifest.json"
    with Playground(workspace=team, manifest=manifest, request_url=url, **options) as workspace:
        environment = {
            **outside(),
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "DATABASE_URL": database_url,
            "PORT": str(port),
            "BAROMETER_ADMINS": GRACE,
            **(more or {}),
        }
        environment |= (
            {"SLACK_SIGNING_SECRET": workspace.signing_secret} if over_http else {"SLACK_APP_TOKEN": workspace.app_token}
        )
        program = Program(workspace, environment, port, clock)
        program.start()
        try:
            yield program
        finally:
            status = program.stop()
        assert status == 0
        assert payloads.problems(workspace) == []


@dataclass
class Person:
    """Somebody at the keyboard."""

    workspace: Playground
    id: str
    channel: str

    def says(self, line: str) -> str:
        """A slash command; all that only they see in the channel after it."""
        before = len(self.workspace.ephemerals(self.channel, self.id))
        note = self.workspace.command(self.id, self.channel, line)
        assert note == "", note
        return self.sees(before)

    def sees(self, before: int = 0) -> str:
        """The next answer that only they see."""
        found = self.workspace.wait_for(lambda: self.workspace.ephemerals(self.channel, self.id)[before:])
        return words(found)

    def last(self) -> dict[str, Any]:
        return self.workspace.ephemerals(self.channel, self.id)[-1]

    def presses(self, action: str) -> str:
        """A button of the last answer; what only they see after it."""
        before = len(self.workspace.ephemerals(self.channel, self.id))
        self.workspace.click(self.id, self.last(), action, channel=self.channel)
        return self.sees(before)

    def hears(self) -> str:
        """All that Barometer wrote to them alone, in their direct messages."""
        return words(self.workspace.messages(self.workspace.direct(self.id).id))

    def form(self, action: str) -> dict[str, Any]:
        """The form that a button of the last answer opens."""
        self.workspace.click(self.id, self.last(), action, channel=self.channel)
        return self.workspace.wait_for(lambda: self.workspace.view(self.id))


def words(said: Any) -> str:
    """Everything that was said, as one text."""
    if isinstance(said, dict):
        return "\n".join(
            words(v)
            for k, v in said.items()
            if k in ("text", "blocks", "elements", "rows", "caption", "title", "element", "hint", "label")
        )
    if isinstance(said, list):
        return "\n".join(words(v) for v in said)
    return said if isinstance(said, str) else ""


@pytest.fixture(scope="module", params=["socket", "http"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program on a new SQLite file, reached over a socket and by signed HTTP."""
    url = f"sqlite:///{tmp_path_factory.mktemp('data') / 'barometer.db'}"
    with running(url, over_http=request.param == "http") as started:
        yield started


@pytest.fixture
def channel(program: Program) -> str:
    return program.workspace.channel_id("general")


@pytest.fixture
def ada(program: Program, channel: str) -> Person:
    return Person(program.workspace, ADA, channel)


@pytest.fixture
def grace(program: Program, channel: str) -> Person:
    return Person(program.workspace, GRACE, channel)
