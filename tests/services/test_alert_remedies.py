"""Remedies: nothing is sent before enough people agreed, and then once, signed, and checked for its effect."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot import fetch
from bot.domain.errors import Conflict, InvalidInput, NotAllowed
from bot.domain.people import SYSTEM, Asker
from bot.services import Services, alert_incidents, alert_remedies, alerts, definitions, incidents, kpi_entry
from bot.settings import Settings
from handlers.clock import alerts as clock_job
from storage import Database, remedies
from tests.services.test_alerts import ANA, BEA, BOSS, LOAD, clock, next_day, record, said
from tests.services.test_incidents import Clock

__all__ = ["clock"]

SECRET = "kept by two"
STRANGER = Asker("U0WHO")


@dataclass
class Receiver:
    """Whoever does what a remedy asks for; its answers are given in turn, the last one again and again."""

    answers: list[int] = field(default_factory=lambda: [200])
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            made.heard.append(({name.lower(): value for name, value in self.headers.items()}, sent))
            status = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{made.url}/elsewhere")
            self.end_headers()
            self.wfile.write(b'{"version": "v6"}')

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def team(db: Database, clock: Clock, receiver: Receiver) -> Services:
    settings = Settings(
        admins=frozenset({"U0ADMIN"}),
        alert_channel="C0OPS",
        remedy_secret=SECRET,
        remedy_origins=frozenset({receiver.url}),
    )
    made = Services(db, settings, clock)
    rollback = f"{{title: Roll back, url: '{receiver.url}/rollback', within: 10m, verify: 2d, dry_run: true}}"
    definitions.define(made, SYSTEM, LOAD.format(alerts=f"{{remedies: {{rollback: {rollback}}}}}", lasting=1))
    record(made, 500)
    return made


def state(team: Services, number: int = 1) -> str:
    with team.db.begin() as connection:
        run = remedies.lock(connection, number)
    assert run is not None
    return run.state


def thread(team: Services) -> list[str]:
    return [words for where, words in said(team) if where == ">C0OPS"]


def test_two_people_besides_who_asked_agree_to_what_is_critical(team: Services, receiver: Receiver) -> None:
    run = alert_remedies.ask(team, STRANGER, 1, "rollback")
    alert_remedies.turn(team)
    assert (run.needed, receiver.heard) == (2, [])
    assert alert_remedies.approve(team, ANA, run.id).missing == 1
    alert_remedies.turn(team)
    assert receiver.heard == []
    with pytest.raises(Conflict, match="You agreed already"):
        alert_remedies.approve(team, ANA, run.id)
    assert alert_remedies.approve(team, BOSS, run.id).state == "approved"
    alert_remedies.turn(team)
    alert_remedies.turn(team)
    assert len(receiver.heard) == 1
    assert state(team) == "sent"
    told = [words for words in thread(team) if words.startswith("Roll back")]
    assert sorted(told) == [
        "Roll back is asked for, for ALERT-1",
        "Roll back: 1 more must agree",
        "Roll back: approved",
        "Roll back: sent",
    ]


def test_what_is_sent_is_signed_and_says_what_it_is_about(team: Services, receiver: Receiver, clock: Clock) -> None:
    alert_incidents.open_incident(team, ANA, 1)
    run = alert_remedies.ask(team, ANA, 1, "rollback")
    alert_remedies.approve(team, BEA, run.id)
    alert_remedies.approve(team, BOSS, run.id)
    alert_remedies.turn(team)
    [(sent, body)] = receiver.heard
    signed = f"v1:{int(clock.now.timestamp())}:".encode() + body
    assert sent["x-barometer-signature"] == "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert sent["idempotency-key"] == run.key
    said_there = json.loads(body)
    assert said_there | {"fired_at": ""} == {
        "alert": "ALERT-1",
        "approved_by": ["U0BEA", "U0BOSS"],
        "asked_by": "U0ANA",
        "dimensions": {},
        "dry_run": False,
        "fired_at": "",
        "incident": "INC-1",
        "kpi": "queue-length",
        "level": "critical",
        "remedy": "rollback",
        "rule": "queue-length/limit",
    }
    told = [e.text for e in incidents.dossier(team, ANA, 1).events if e.kind == "remedy"]
    assert told[-1] == 'rollback sent: 200: {"version": "v6"}'


def test_a_dry_run_needs_nobody_and_says_that_it_is_one(team: Services, receiver: Receiver) -> None:
    run = alert_remedies.ask(team, ANA, 1, "rollback", dry_run=True)
    alert_remedies.turn(team)
    assert json.loads(receiver.heard[0][1])["dry_run"] is True
    assert state(team, run.id) == "sent"


def test_nobody_agrees_to_what_they_asked_for_and_strangers_agree_to_nothing(team: Services) -> None:
    run = alert_remedies.ask(team, ANA, 1, "rollback")
    with pytest.raises(NotAllowed, match="somebody else"):
        alert_remedies.approve(team, ANA, run.id)
    for act in (alert_remedies.approve, alert_remedies.refuse):
        with pytest.raises(NotAllowed, match="the sre, admins and sponsors"):
            act(team, STRANGER, run.id)
    assert alert_remedies.refuse(team, ANA, run.id).state == "refused"
    with pytest.raises(Conflict, match="it is refused"):
        alert_remedies.approve(team, BEA, run.id)


def test_what_nobody_agrees_to_in_time_is_over(team: Services, receiver: Receiver, clock: Clock) -> None:
    run = alert_remedies.ask(team, ANA, 1, "rollback")
    alert_remedies.approve(team, BEA, run.id)
    clock.on(minutes=10)
    with pytest.raises(Conflict, match="it is expired"):
        alert_remedies.approve(team, BOSS, run.id)
    alert_remedies.turn(team)
    assert state(team) == "expired"
    assert receiver.heard == []


def test_it_is_tried_again_with_the_same_key_until_it_is_taken(team: Services, receiver: Receiver, clock: Clock) -> None:
    receiver.answers = [503, 500, 200]
    run = alert_remedies.ask(team, ANA, 1, "rollback", dry_run=True)
    for _ in range(4):
        alert_remedies.turn(team)
        clock.on(minutes=5)
    assert [sent["idempotency-key"] for sent, _ in receiver.heard] == [run.key] * 3
    assert len({body for _, body in receiver.heard}) == 1
    assert state(team, run.id) == "sent"


@pytest.mark.parametrize(("answers", "tries"), [([400], 1), ([302], 1), ([503], 5)])
def test_what_is_not_taken_is_told(team: Services, receiver: Receiver, clock: Clock, answers: list[int], tries: int) -> None:
    receiver.answers = answers
    run = alert_remedies.ask(team, ANA, 1, "rollback", dry_run=True)
    for _ in range(8):
        alert_remedies.turn(team)
        clock.on(minutes=5)
    assert (len(receiver.heard), state(team, run.id)) == (tries, "failed")
    assert "Roll back: failed" in thread(team)


def test_it_is_seen_whether_the_kpi_recovers(team: Services, clock: Clock) -> None:
    run = alert_remedies.ask(team, ANA, 1, "rollback")
    alert_remedies.approve(team, BEA, run.id)
    alert_remedies.approve(team, BOSS, run.id)
    alert_remedies.turn(team)
    clock.on(minutes=2)
    alert_remedies.turn(team)
    assert state(team) == "sent"
    next_day(team, clock, 5)
    alert_remedies.turn(team)
    assert state(team) == "recovered"
    assert "Roll back: recovered" in thread(team)


def test_that_it_had_no_effect_is_told_in_time(team: Services, clock: Clock) -> None:
    run = alert_remedies.ask(team, ANA, 1, "rollback")
    alert_remedies.approve(team, BEA, run.id)
    alert_remedies.approve(team, BOSS, run.id)
    alert_remedies.turn(team)
    next_day(team, clock, 500)
    next_day(team, clock, 500)
    alert_remedies.turn(team)
    assert state(team) == "no effect"
    assert "remedy" in [e.kind for e in alerts.dossier(team, ANA, 1).events]


def test_one_at_a_time_and_only_what_the_definition_names(team: Services) -> None:
    alert_remedies.ask(team, ANA, 1, "rollback")
    with pytest.raises(Conflict, match="is asked for already"):
        alert_remedies.ask(team, BEA, 1, "rollback")
    with pytest.raises(InvalidInput, match="has no remedy “retrain”"):
        alert_remedies.ask(team, ANA, 1, "retrain")


def test_without_a_secret_or_beyond_the_allowed_origins_nothing_is_sent(team: Services, receiver: Receiver) -> None:
    for settings in (
        Settings(remedy_origins=frozenset({receiver.url})),
        Settings(remedy_secret=SECRET, remedy_origins=frozenset({"https://elsewhere.example"})),
    ):
        with pytest.raises(Conflict, match="set BAROMETER_REMEDY_SECRET"):
            alert_remedies.ask(Services(team.db, settings, team.now), ANA, 1, "rollback")
    with pytest.raises(ValueError, match="not allowed"):
        fetch.post(f"{receiver.url}/x", b"", {}, allowed=frozenset({"http://127.0.0.1"}))
    assert receiver.heard == []


def test_nobody_there_is_an_answer_too() -> None:
    answer = fetch.post("http://127.0.0.1:9/x", b"", {}, allowed=frozenset({"http://127.0.0.1:9"}), timeout=1)
    assert (answer.status, answer.may_pass, answer.is_good) == (0, True, False)


def test_nothing_is_sent_once_the_alert_is_resolved(team: Services, receiver: Receiver, clock: Clock) -> None:
    asked = alert_remedies.ask(team, ANA, 1, "rollback")
    alert_remedies.approve(team, BEA, asked.id)
    clock.on(minutes=1)
    kpi_entry.correct(team, ANA, "queue-length", fields={"jobs": "5", "reason": "miscounted"})
    clock_job.JOB.run(team)
    with pytest.raises(Conflict, match="ALERT-1 is resolved"):
        alert_remedies.approve(team, BOSS, asked.id)
    alert_remedies.turn(team)
    assert (state(team), receiver.heard) == ("expired", [])
    assert "Roll back: over" in thread(team)


def test_what_becomes_critical_needs_as_many_as_if_it_were_asked_for_now(
    team: Services, receiver: Receiver, clock: Clock
) -> None:
    next_day(team, clock, 50)
    run = alert_remedies.ask(team, STRANGER, 1, "rollback")
    assert run.needed == 1
    kpi_entry.correct(team, ANA, "queue-length", fields={"jobs": "500", "reason": "miscounted"})
    clock_job.JOB.run(team)
    assert alert_remedies.approve(team, ANA, run.id).missing == 1
    alert_remedies.turn(team)
    assert receiver.heard == []


def test_whoever_drips_is_cut_off_and_tried_no_more_than_others() -> None:
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    over = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            while not over.wait(0.05):
                try:
                    connection.sendall(b".")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    answer = fetch.post(f"{url}/x", b"", {}, allowed=frozenset({url}), timeout=0.5)
    over.set()
    thread.join()
    listener.close()
    assert answer.status in (0, 200)
    assert len(answer.text) < 9999


@pytest.mark.parametrize("url", ["https://[::1", "https://", "ftp://x/y", "https://u:p@x/y", "https://x:99999/y"])
def test_an_address_that_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        fetch.origin(url)
