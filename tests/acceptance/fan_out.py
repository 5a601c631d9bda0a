"""A survey of many: a Slack that knows them all, and the program as it runs, reached by signed HTTP as Slack reaches it."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.services import survey_waves
from storage import Database, outbox, waves
from tests.acceptance.conftest import ROOT, START, Rehearsal, free_port, outside
from tests.fake_slack import FakeSlack, Fault, serving
from tests.handlers.slack.conftest import signed, words

SECRET, LEAD, CHANNEL, SURVEY = "shh", "U0LEAD", "C0EVERYBODY", "weekly-pulse"
ZONES = (  # where START is no holiday
    "Europe/Oslo",
    "Asia/Singapore",
    "America/New_York",
    "Australia/Lord_Howe",
    "UTC",
)
RECEIPTS = {"en-US": "You answered.", "no-NO": "Du har svart.", "de-DE": "Sie haben geantwortet."}
"""What whoever answered reads, in the language that they chose for Slack."""
LOCALES = tuple(RECEIPTS)
IN_MOTION = ("due", "sending", "checking", "waiting")
TROUBLE = ("429", "500", "cut before", "cut after", "internal_error", "500 html")


@dataclass
class BigSlack(FakeSlack):
    """A fake with many people in one channel. Of each direct message it keeps what tells them apart."""

    people: list[str] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)
    """What was put into forms after they were acknowledged, by the form."""
    throttled: list[float] = field(default_factory=list)
    """When it asked to wait for `retry_after` before anything else is posted."""

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"ok": True, "team_id": "T1", "user_id": "U0BOT", "bot_id": "B0BOT"}
            case "conversations.members":
                return self._paged("members", self.people, params)
            case "users.list":
                return self._paged("members", [self._person(n) for n in range(len(self.people))], params)
            case "users.info":
                return {"ok": True, "user": {"id": params["user"], "team_id": "T1", "tz": "UTC"}}
            case "views.update":
                self.shown[params["view_id"]] = str(params["view"])
                return {"ok": True}
            case "views.open" | "chat.postEphemeral" | "respond":
                return {"ok": True}
        return super().answer(method, params)

    def invitations(self) -> list[dict[str, Any]]:
        """Every message with the button of an invitation, in the order in which they were taken."""
        with self.lock:
            return [m for m in self.messages if "pulse.answer" in json.dumps(m["blocks"])]

    def fail_now_and_then(self, seed: int, share: float) -> None:
        """From now on so many of the posts go wrong, in every way there is."""
        draw = random.Random(seed)

        def plan(method: str, params: dict[str, Any]) -> Fault:
            with self.lock:
                if not method.startswith(("chat.", "conversations.")) or draw.random() >= share:
                    return None
                fault = draw.choice(TROUBLE)
                if fault == "429" and method == "chat.postMessage":
                    self.throttled.append(time.time())
                return fault

        self.plan = plan

    def _person(self, number: int) -> dict[str, Any]:
        return {
            "id": self.people[number],
            "team_id": "T1",
            "tz": ZONES[number % len(ZONES)],
            "locale": self.locale(number),
        }

    @staticmethod
    def locale(number: int) -> str:
        """The language that somebody chose for Slack."""
        return LOCALES[number % len(LOCALES)]

    def _paged(self, name: str, found: list[Any], params: dict[str, Any]) -> dict[str, Any]:
        start, size = int(params.get("cursor") or 0), int(params.get("limit") or 100)
        more = str(start + size) if start + size < len(found) else ""
        return {"ok": True, name: found[start : start + size], "response_metadata": {"next_cursor": more}}


@dataclass
class Process:
    """One `barometer`, which can be killed."""

    word: str
    port: int
    environment: dict[str, str]
    clock: Rehearsal
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(Path(sys.executable).parent / "barometer"), self.word]
        environment = self.environment | {"BAROMETER_START_AT": self.clock().isoformat()}
        self.process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)

    def wait_until_ready(self) -> None:
        end = time.monotonic() + 120
        while not self.is_ready():
            assert time.monotonic() < end, "the program did not become ready"
            time.sleep(0.1)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def end(self, what: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(what)
            self.process.wait(60)
            self.process = None


@dataclass
class FanOut:
    """A wave on its way to everybody."""

    slack: BigSlack
    database: Database
    processes: list[Process]
    kills: int = 0
    draw: random.Random = field(default_factory=lambda: random.Random(7))
    answers: dict[str, str] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def open(self) -> int:
        """Say /pulse start, as a lead does; the wave's number in the database."""
        line = {"command": "/pulse", "text": f"start {SURVEY} audience={CHANNEL} closes=5d"}
        said = self.say({**line, "user_id": LEAD, "channel_id": "C0LEADS", "team_id": "T1", "trigger_id": "t-start"})
        assert said is not None
        assert "is being opened" in words(said)
        return self.wave().id

    def close(self) -> waves.StoredWave:
        """Say /pulse close, as a lead does; the wave as it is then. That of many takes longer than Slack waits."""
        line = {
            "command": "/pulse",
            "text": f"close {SURVEY}",
            "user_id": LEAD,
            "channel_id": "C0LEADS",
            "trigger_id": "t-close",
        }
        said, end = words(self.say(line)), time.monotonic() + 60
        assert f"{len(self.answers)} of {len(self.slack.people)} answered" in said or "Still working" in said, said
        while self.wave().state != "closed":
            assert time.monotonic() < end, said
            time.sleep(0.2)
        return self.wave()

    def wave(self) -> waves.StoredWave:
        with self.database.read() as connection:
            return waves.of_survey(connection, SURVEY)[0]

    def say(self, body: dict[str, str]) -> dict[str, Any] | None:
        """One request of Slack's; None: the program did not answer it."""
        content = urlencode(body)
        headers = signed(content, SECRET) | {"content-type": "application/x-www-form-urlencoded"}
        try:
            told = httpx.post(self.door, content=content, headers=headers, timeout=15)
        except httpx.TransportError:
            return None
        parsed: dict[str, Any] | None = told.json() if told.status_code == 200 and told.text else None
        return parsed

    @property
    def door(self) -> str:
        return f"http://127.0.0.1:{self.processes[0].port}/slack/events"

    def kill_one(self, within: float) -> None:
        """End one process in the middle of its work, at some moment of so many seconds, and start it anew."""
        time.sleep(self.draw.uniform(0.2, within))
        victim = self.processes[self.kills % len(self.processes)]
        victim.end(signal.SIGKILL)
        victim.start()
        if victim.word == "run":
            victim.wait_until_ready()
        self.kills += 1

    def answer(self, person: str, point: str) -> bool:
        """Submit the form as somebody; whether the receipt came. Then it counts, whatever happens after it."""
        values = {name: {name: {"type": "radio_buttons", "selected_option": {"value": point}}} for name in asked(self.wave())}
        metadata = json.dumps({"channel": "", "response_url": "", "state": {"wave": str(self.wave().id), "page": "1"}})
        form = f"V{person}{time.time_ns()}"
        view = {"id": form, "hash": "1", "type": "modal", "callback_id": "pulse.sheet"}
        body = {"type": "view_submission", "user": {"id": person}, "team": {"id": "T1"}, "trigger_id": f"t{time.time_ns()}"}
        body["view"] = view | {"private_metadata": metadata, "state": {"values": values}, "blocks": []}
        told = words(self.say({"payload": json.dumps(body)}))
        if "Still working" in told:
            end = time.monotonic() + 30
            while form not in self.slack.shown and time.monotonic() < end:
                time.sleep(0.1)
            told = self.slack.shown.get(form, "")
        return RECEIPTS[self.slack.locale(self.slack.people.index(person))] in told

    def keep_answering(self, pause: float) -> None:
        """People who have their invitation answer one after the other, each again and again until the receipt comes."""
        draw = random.Random(11)
        while not self.stop.wait(pause):
            invited = [m["channel"].replace("D", "U", 1) for m in self.slack.invitations()]
            person = next((each for each in invited if each not in self.answers), None)
            if person is not None and len(self.answers) < len(self.slack.people) * 4 // 5:
                point = str(draw.choice((1, 2, 3, 4, 4, 5)))
                while not self.answer(person, point):
                    time.sleep(0.2)
                self.answers[person] = point

    def wait_until_all_is_said(self, longest: float) -> None:
        end = time.monotonic() + longest
        while time.monotonic() < end:
            if self.wave().told and not self.in_motion():
                return
            time.sleep(0.5)
        raise AssertionError(f"not all was said: {self.in_motion()}, {len(self.slack.messages)} messages")

    def in_motion(self) -> dict[str, int]:
        with self.database.read() as connection:
            found = outbox.counts(connection, START)
        return {state: found[state] for state in IN_MOTION if found.get(state)}

    def assert_everybody_was_invited_once(self) -> None:
        said = Counter(m["channel"].replace("D", "U", 1) for m in self.slack.invitations())
        assert [person for person, times in said.items() if times != 1] == [], "somebody was invited twice"
        assert said.keys() == set(self.slack.people)
        with self.database.read() as connection:
            rows = [row for row in outbox.everything(connection) if row.subject.startswith("wave:")]
        assert Counter(row.state for row in rows) == {"sent": len(self.slack.people)}

    def rate(self) -> float:
        """Messages posted a second, from the first invitation until everybody was tried, while Slack did not ask to wait.

        Slack's limit is on calls, so those that it failed count: the allowed rate is used up by them too. When everybody was
        tried, only those are left that it failed again and again, each of which waits for longer.
        """
        spans = self.unhindered()
        return sum(start < at <= end for start, end in spans for at, _ in self.posts()) / seconds_of(spans)

    def unhindered(self) -> list[tuple[float, float]]:
        """The spans between the first invitation and the last first try in which Slack did not ask to wait."""
        tried: dict[str, float] = {}
        for at, channel in self.posts():
            tried.setdefault(channel.replace("D", "U", 1), at)
        now, last = self.slack.invitations()[0]["at"], max(tried[person] for person in self.slack.people)
        found, pause = [], float(self.slack.retry_after)
        for asked in sorted(each for each in self.slack.throttled if now - pause < each < last):
            if now < asked:
                found.append((now, asked))
            now = max(now, asked + pause)
        return [*found, (now, last)] if now < last else found

    def posts(self) -> list[tuple[float, str]]:
        """When something was posted, and where to, in that order."""
        with self.slack.lock:
            calls = list(zip(self.slack.calls, self.slack.called_at, strict=True))
        return sorted((at, str(params["channel"])) for (method, params), at in calls if method == "chat.postMessage")

    def most_within(self, seconds: float) -> int:
        """The most invitations in any span of so many seconds."""
        moments = sorted(m["at"] for m in self.slack.invitations())
        first = most = 0
        for last, moment in enumerate(moments):
            while moments[first] < moment - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most


def seconds_of(spans: list[tuple[float, float]]) -> float:
    """How long some spans are together."""
    return sum(end - start for start, end in spans)


def asked(wave: waves.StoredWave) -> list[str]:
    """The statements that a wave asks about."""
    return [q.id for q in survey_waves.questions_of(wave) if q.kind == "agree"]


@contextmanager
def fan_out(database_url: str, folder: Path, people: int, rate: float) -> Iterator[FanOut]:
    """The program with so many people: one process on SQLite, two on PostgreSQL."""
    with ExitStack() as stack:
        crowd = [f"U{n:06}" for n in range(1, people + 1)]
        slack = stack.enter_context(serving(BigSlack(people=crowd)))
        assert isinstance(slack, BigSlack)
        environment = outside() | {
            "SLACK_API_URL": slack.url,
            "SLACK_BOT_TOKEN": "xoxb-test",
            "SLACK_SIGNING_SECRET": SECRET,
            "DATABASE_URL": database_url,
            "BAROMETER_ADMINS": LEAD,
            "BAROMETER_SURVEY_KEYS": str(folder / "keys"),
            "BAROMETER_QUIET_HOURS": "none",
            "BAROMETER_LEASE_SECONDS": "12",
            "BAROMETER_MESSAGES_PER_SECOND": str(rate),
        }
        database = Database(database_url)
        stack.callback(database.close)
        processes, clock = list[Process](), Rehearsal()
        for word in ("run",) if database.is_sqlite else ("run", "worker"):
            port = free_port()
            process = Process(word, port, environment | {"PORT": str(port)}, clock)
            process.start()
            stack.callback(process.end)
            if word == "run":
                process.wait_until_ready()
            processes.append(process)
        yield FanOut(slack, database, processes)
