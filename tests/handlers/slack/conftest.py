"""The Slack door as Slack sees it: signed requests in, acknowledgements out, and calls to a Web API of our own."""

import hashlib
import hmac
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from bot.services import Services
from handlers.http import Health, application
from handlers.metrics import Metrics
from handlers.slack import opening
from handlers.slack.door import Door
from tests.fake_slack import FakeSlack, serving

SECRET = "shh"
UNSEEN = ("type", "action_id", "block_id", "value", "private_metadata")
_numbers = itertools.count()


@dataclass
class Workspace(FakeSlack):
    """A fake that also knows people and forms: the `zones` of people, UTC otherwise, and what else is told of `people`."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: list[str] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if method.startswith("download."):
            return self.files[method.removeprefix("download.")]  # type: ignore[return-value]
        match method:
            case "users.info" if params["user"] == "U0NOBODY":
                return {"ok": False, "error": "user_not_found"}
            case "users.info":
                zone = self.zones.get(params["user"], "UTC")
                return {"ok": True, "user": {"id": params["user"], "tz": zone, **self.people.get(params["user"], {})}}
            case "conversations.info":
                known = self.channels.get(params["channel"])
                found = {"ok": True, "channel": {"id": params["channel"], **(known or {})}}
                return {"ok": False, "error": "channel_not_found"} if known is None else found
            case "usergroups.list":
                return {"ok": True, "usergroups": self.groups}
            case "conversations.members":
                first, rest = self.members[:1], self.members[1:]
                page, more = (rest, "") if params.get("cursor") else (first, "next" if rest else "")
                return {"ok": True, "members": page, "response_metadata": {"next_cursor": more}}
            case "files.info":
                return {"ok": True, "file": {"url_private_download": f"{self.url}download.{params['file']}"}}
            case "auth.test":
                return {"ok": True, "bot_id": "B0BOT", "user_id": "U0BOT"}
            case "views.open" | "views.update" | "views.publish" | "chat.postEphemeral" | "respond":
                return {"ok": True}
        return super().answer(method, params)

    def called(self, method: str) -> list[dict[str, Any]]:
        """The arguments of every call of a method so far."""
        with self.lock:
            return [params for name, params in self.calls if name == method]

    def wait_for(self, method: str, count: int = 1) -> list[dict[str, Any]]:
        """The calls of a method, as soon as there are so many."""
        self._wait(
            lambda: len(self.called(method)) >= count,
            lambda: f"{method} was not called; there were {[name for name, _ in self.calls]}",
        )
        return self.called(method)

    def wait_to_hear(self, sentence: str) -> str:
        """What was said beside a button or a form, as soon as this was; whatever came before it."""
        self._wait(lambda: any(sentence in said for said in self._shown()), lambda: f"that was not said, but {self._shown()}")
        return [said for said in self._shown() if sentence in said][-1]

    def _wait(self, until: Callable[[], bool], why: Callable[[], str]) -> None:
        end = time.monotonic() + 10
        while not until():
            assert time.monotonic() < end, why()
            time.sleep(0.01)

    def _shown(self) -> list[str]:
        return [words(said["blocks"]) for said in self.called("respond") if "blocks" in said]


@dataclass
class Slack:
    """Sends what Slack sends."""

    web: httpx.Client
    workspace: Workspace
    services: Services
    door: Door

    def say(self, command: str, text: str = "", user: str = "U0ADA", trigger: str = "", **more: str) -> dict[str, Any]:
        """A slash command; its answer."""
        body = {
            "command": command,
            "text": text,
            "user_id": user,
            "channel_id": "C0GEN",
            "team_id": "T1",
            "trigger_id": trigger or f"t{next(_numbers)}",
            "response_url": f"{self.workspace.url}respond",
        }
        return self.post(urlencode(body | more), "application/x-www-form-urlencoded")

    def press(self, action: str, value: str, user: str = "U0ADA", **more: Any) -> dict[str, Any]:
        """A button in a message."""
        pressed = {"type": "button", "action_id": action, "block_id": "b1", "value": value, "action_ts": "1.1"}
        return self.interact(
            {"type": "block_actions", "actions": [pressed], "response_url": f"{self.workspace.url}respond"} | more, user
        )

    def submit(self, view: dict[str, Any], values: dict[str, dict[str, Any]], user: str = "U0ADA") -> dict[str, Any]:
        """A form with its values by block: what one input says."""
        actions = {b["block_id"]: b["element"]["action_id"] for b in view["blocks"] if b["type"] == "input"}
        state = {block: {actions[block]: value} for block, value in values.items()}
        filled = {"id": f"V{next(_numbers)}", "hash": "1"} | view | {"state": {"values": state}}
        return self.interact({"type": "view_submission", "view": filled}, user)

    def search(self, action: str, typed: str, user: str = "U0ADA") -> list[dict[str, Any]]:
        """What is typed in a field that searches; the choices."""
        body = {"type": "block_suggestion", "action_id": action, "block_id": "b1", "value": typed, "view": {"type": "modal"}}
        found: list[dict[str, Any]] = self.interact(body, user)["options"]
        return found

    def interact(self, body: dict[str, Any], user: str = "U0ADA") -> dict[str, Any]:
        whole = {"user": {"id": user}, "team": {"id": "T1"}, "trigger_id": f"t{next(_numbers)}"} | body
        if whole["type"] == "block_actions" and "view" not in whole:
            whole |= {"channel": {"id": "C0GEN"}, "container": {"type": "message"}}
        return self.post(urlencode({"payload": json.dumps(whole)}), "application/x-www-form-urlencoded")

    def happen(self, event: dict[str, Any], event_id: str = "") -> dict[str, Any]:
        """An event of the workspace."""
        body = {"type": "event_callback", "event": event, "event_id": event_id or f"Ev{next(_numbers)}", "team_id": "T1"}
        return self.post(json.dumps(body), "application/json")

    def post(self, body: str, kind: str) -> dict[str, Any]:
        answer = self.web.post("/slack/events", content=body, headers=signed(body) | {"content-type": kind})
        assert answer.status_code == 200, answer.text
        parsed: dict[str, Any] = answer.json() if answer.text else {}
        return parsed


def signed(body: str, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The headers with which Slack proves that a request is its own."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}


def words(said: Any) -> str:
    """Everything that a payload says, as one text."""
    if isinstance(said, dict):
        return "\n".join(
            words(v) for k, v in said.items() if k not in ("type", "action_id", "block_id", "value", "private_metadata")
        )
    if isinstance(said, list):
        return "\n".join(words(v) for v in said)
    return said if isinstance(said, str) else ""


@contextmanager
def listening(app: FastAPI) -> Iterator[httpx.Client]:
    """The web application on a port of its own, and a client of it."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as client:
            while not server.started:
                time.sleep(0.005)
            yield client
        server.should_exit = True
        thread.join()


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with serving(Workspace()) as fake:
        assert isinstance(fake, Workspace)
        yield fake


@pytest.fixture
def open_slack(services: Services, workspace: Workspace) -> Iterator[Callable[..., Slack]]:
    """Opens the door, with a deadline of one's own if need be."""
    talkers = ThreadPoolExecutor(4)
    settings = replace(services.settings, slack_bot_token="xoxb-1", slack_signing_secret=SECRET, slack_api_url=workspace.url)
    own = replace(services, settings=settings)
    with ExitStack() as opened:

        def open_it(deadline: float = 20) -> Slack:
            metrics = Metrics()
            door = opening.door(own, metrics, talkers, deadline)
            opened.callback(door.close)
            web = opened.enter_context(listening(application(door, Health(metrics, dict))))
            return Slack(web, workspace, own, door)

        yield open_it
    talkers.shutdown()


@pytest.fixture
def slack(open_slack: Callable[..., Slack]) -> Slack:
    return open_slack()
