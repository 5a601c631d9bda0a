"""The running program, driven as people drive it: through a workspace, by Slack's protocol and nothing else."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from playground.server import Playground

ROOT = Path(__file__).parents[2]
ADA, GRACE = "U0MLENG", "U0ADMIN"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """One `barometer run`, with what it is to know."""

    workspace: Playground
    environment: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns once it says that it is ready."""
        command = [str(Path(sys.executable).parent / "barometer"), "run"]
        self.process = subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not self.ready():
            assert self.process.poll() is None, "the program ended"
            assert time.monotonic() < end, "the program did not become ready"
            time.sleep(0.05)

    def ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """End it in good order; its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


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
    port, over_http = free_port(), request.param == "http"
    url = f"http://127.0.0.1:{port}/slack/events" if over_http else None
    with Playground(manifest=ROOT / "manifest.json", request_url=url) as workspace:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "BAROMETER_", "DATABASE_"))},
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('data') / 'barometer.db'}",
            "PORT": str(port),
            "BAROMETER_ADMINS": GRACE,
            "BAROMETER_START_AT": "2026-11-24T10:00:00Z",
        }
        environment |= (
            {"SLACK_SIGNING_SECRET": workspace.signing_secret} if over_http else {"SLACK_APP_TOKEN": workspace.app_token}
        )
        started = Program(workspace, environment, port)
        started.start()
        yield started
        assert started.stop() == 0


@pytest.fixture
def channel(program: Program) -> str:
    return program.workspace.channel_id("general")


@pytest.fixture
def ada(program: Program, channel: str) -> Person:
    return Person(program.workspace, ADA, channel)


@pytest.fixture
def grace(program: Program, channel: str) -> Person:
    return Person(program.workspace, GRACE, channel)
