"""The program between a client that signs as Slack does and another fake Slack: no playground, and the same answers."""

import hashlib
import hmac
import itertools
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import pytest

from playground.block_kit import validate
from tests.acceptance.conftest import ROOT, free_port, outside, words
from tests.fake_slack import FakeSlack, serving

T = TypeVar("T")
ADMIN, SOMEBODY, OPS = "U0ADMIN", "U0SOMEBODY", "C0OPS"
SECRET = "a-signing-secret"
MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
"""09:00 in Oslo."""
numbers = itertools.count()


class Workspace(FakeSlack):
    """The fake, as a workspace that knows its channels, its people and its forms."""

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "users.info":
                return {"ok": True, "user": {"id": params["user"], "tz": "Europe/Oslo"}}
            case "conversations.info":
                return {"ok": True, "channel": {"id": params["channel"], "is_member": True}}
            case "auth.test":
                return {
                    "ok": True,
                    "user_id": "U0BOT",
                    "bot_id": "B0BOT",
                    "team_id": "T1",
                    "team": "t",
                    "user": "b",
                    "url": "u",
                }
            case "views.open" | "views.update" | "views.publish":
                return {"ok": True, "view": {"id": "V1"}}
        return super().answer(method, params)


class Ear(BaseHTTPRequestHandler):
    """A response_url: it keeps what it is told."""

    def do_POST(self) -> None:
        heard: list[dict[str, Any]] = self.server.heard  # type: ignore[attr-defined]
        heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


class Outside:
    """A client that signs as Slack does, and what came back."""

    def __init__(self, port: int, response_url: str, heard: list[dict[str, Any]]) -> None:
        self.url = f"http://127.0.0.1:{port}/slack/events"
        self.response_url, self.heard = response_url, heard
        self.payloads: list[tuple[str, dict[str, Any]]] = []

    def post(self, form: dict[str, str]) -> dict[str, Any]:
        body, stamp = urlencode(form), str(int(time.time()))
        mark = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={mark}",
        }
        answer = httpx.post(self.url, content=body, headers=headers, timeout=10)
        assert answer.status_code == 200
        said: dict[str, Any] = answer.json() if answer.text.startswith("{") else {}
        return said

    def says(self, line: str, user: str = ADMIN) -> str:
        name, _, text = line.partition(" ")
        form = {"command": name, "text": text, "user_id": user, "channel_id": OPS, "team_id": "T1"}
        said = self.post(form | {"trigger_id": f"t{next(numbers)}", "response_url": self.response_url})
        self.payloads.append(("message", said))
        return words(said)

    def presses(self, action: str, value: str, user: str = ADMIN) -> str:
        before = len(self.heard)
        action_ = {"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": str(time.time())}
        body = {
            "type": "block_actions",
            "user": {"id": user},
            "team": {"id": "T1"},
            "channel": {"id": OPS},
            "container": {"type": "message", "message_ts": "1.1", "channel_id": OPS, "is_ephemeral": True},
            "message": {"ts": "1.1"},
            "trigger_id": f"t{next(numbers)}",
            "response_url": self.response_url,
            "actions": [action_],
        }
        self.post({"payload": json.dumps(body)})
        eventually(lambda: len(self.heard) > before)
        return words(self.heard[before:])


def eventually(wanted: Callable[[], T], seconds: float = 40) -> T:
    """What `wanted` gives once it is something."""
    end = time.monotonic() + seconds
    while not (found := wanted()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return found


class Processes:
    """Processes of the program, ended in good order when the test is over."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.all: list[subprocess.Popen[bytes]] = []

    def start(self, word: str, port: int) -> subprocess.Popen[bytes]:
        command = [str(Path(sys.executable).parent / "barometer"), word]
        process = subprocess.Popen(
            command, env=self.environment | {"PORT": str(port)}, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.all.append(process)
        return process

    def web(self, word: str = "web") -> int:
        port = free_port()
        process = self.start(word, port)

        def ready() -> bool:
            assert process.poll() is None, "the program ended"
            try:
                return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        eventually(ready, 60)
        return port

    def close(self) -> None:
        for process in self.all:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(30) for process in self.all] == [0] * len(self.all)


def environment(slack: FakeSlack, database_url: str, start_at: datetime) -> dict[str, str]:
    return outside() | {
        "SLACK_API_URL": slack.url,
        "SLACK_BOT_TOKEN": "xoxb-test",
        "SLACK_SIGNING_SECRET": SECRET,
        "DATABASE_URL": database_url,
        "BAROMETER_ADMINS": ADMIN,
        "BAROMETER_START_AT": start_at.isoformat(),
    }


@pytest.fixture
def ear() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A response_url, and what was told to it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    server.heard = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/heard", server.heard  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_main_commands_answer_the_same(tmp_path: Path, ear: tuple[str, list[dict[str, Any]]]) -> None:
    with ExitStack() as stack:
        slack = stack.enter_context(serving(Workspace()))
        url = f"sqlite:///{tmp_path / 'barometer.db'}"
        processes = Processes(environment(slack, url, datetime(2026, 11, 24, 10, tzinfo=UTC)))
        stack.callback(processes.close)
        client = Outside(processes.web("run"), *ear)
        assert "mttr" in client.says("/kpi list")
        assert "Recorded" in client.says("/kpi record mttr 3h,5h period=2026-10")
        assert "4.0 h" in client.says("/kpi show mttr", SOMEBODY)
        assert "mean(3, 5)" in client.says("/kpi why mttr", SOMEBODY)
        assert "mean(3, 5)" in client.presses("kpi.why", "mttr")
        assert "Corrected" in client.says('/kpi correct mttr 4h,6h period=2026-10 reason="typed wrongly"')
        assert "5.0 h" in client.says("/digest preview ops-daily", SOMEBODY)
        assert "Only admins" in client.says(f"/digest send ops-daily channel={OPS}", SOMEBODY)
        assert "goes to" in client.says(f"/digest send ops-daily channel={OPS}")
        (root,) = eventually(lambda: [m for m in slack.messages if m["channel"] == OPS and not m["thread_ts"]])
        assert "5.0 h" in words(root)
        assert "sent" in eventually(lambda: client.says("/digest history ops-daily"))
        assert client.says("/kpi record") == ""
        (form,) = [p["view"] for method, p in slack.calls if method == "views.open"]
        shown = json.loads(form) if isinstance(form, str) else form
        assert "kpi.chosen" in json.dumps(shown)
        assert "Did you mean" in client.says("/kpi shwo mttr")
        said = [*client.payloads, *(("message", h) for h in ear[1]), *(("message", m) for m in slack.messages)]
        assert [p for surface, payload in said for p in validate(payload, surface)] == []
        assert validate(shown, "modal") == []


def test_web_and_workers_apart_send_a_due_digest_once(postgres_url: str, ear: tuple[str, list[dict[str, Any]]]) -> None:
    """One process answers Slack, two keep time; one of the two is killed while the digest is on its way."""
    with ExitStack() as stack:
        slack = stack.enter_context(serving(Workspace()))
        processes = Processes(
            environment(slack, postgres_url, MONDAY - timedelta(minutes=5)) | {"BAROMETER_LEASE_SECONDS": "5"}
        )
        stack.callback(processes.close)
        client = Outside(processes.web(), *ear)
        client.says("/kpi record mttr 3h,5h period=2026-10")
        for n in range(5):
            said = client.says(
                f'/digest schedule watch-{n} when="weekly monday 09:00 Europe/Oslo" channel=C0TEAM{n} audience=ops kpis=mttr'
            )
            assert "is scheduled" in said
        processes.environment["BAROMETER_START_AT"] = MONDAY.isoformat()
        processes.start("worker", free_port())
        victim = processes.start("worker", free_port())
        eventually(lambda: any("evaluated" in m["text"] for n in range(5) for m in messages(slack, n)), 60)
        victim.kill()
        victim.wait(30)
        processes.all.remove(victim)

        eventually(lambda: all(any("evaluated" in m["text"] for m in messages(slack, n)) for n in range(5)), 60)
        time.sleep(7)  # longer than a lease: whoever would say it again has had the time
        for n in range(5):
            digests = [m for m in messages(slack, n) if "evaluated" in m["text"] and not m["thread_ts"]]
            assert len(digests) == 1
        assert max(slack.delivered().values()) == 1


def messages(slack: FakeSlack, n: int) -> list[dict[str, Any]]:
    with slack.lock:
        return [m for m in slack.messages if m["channel"] == f"C0TEAM{n}"]
