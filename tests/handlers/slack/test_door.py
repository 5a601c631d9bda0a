"""Slack is answered in time and honestly, whatever the database or Slack's Web API does."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

import pytest

from bot.domain.errors import InvalidInput, Unavailable
from bot.domain.parts import Message, text
from handlers.slack import door, register
from handlers.slack.blocks.modals import Field, Modal
from handlers.slack.door import AT_ONCE
from handlers.slack.listeners import Listeners
from handlers.slack.request import Answer, Errors, Request
from tests.handlers.slack.conftest import SECRET, Slack, signed, words

FORM = Modal("test.form", "A form", (Field("name", "Name"), Field("size", "Size")), "Save")


class Rehearsal:
    """A command whose work can be held up, and that counts what was done."""

    COMMAND = "/rehearse"
    VERBS: ClassVar = {"help": "this"}

    def __init__(self) -> None:
        self.free = threading.Event()
        self.done: list[str] = []

    def run(self, request: Request) -> Answer:
        match request.words.verb:
            case "form":
                return FORM
            case "wait":
                self.free.wait(20)
            case "fail":
                self.free.wait(20)
                raise InvalidInput("That cannot be.")
            case "break":
                raise ZeroDivisionError
        self.done.append(request.key)
        return Message("Done.", (text("All of it is done."),))

    def press(self, request: Request) -> Answer:
        if request.value == "form":
            return FORM
        if request.value == "wait":
            self.free.wait(20)
        self.done.append(request.key)
        return Message("Pressed.", (text(f"Pressed {request.value}."),))

    def submit(self, request: Request) -> Answer:
        if request.values["size"] == "wait":
            self.free.wait(20)
        if request.values["name"] == "bad":
            if request.values["size"] == "wait":
                self.free.wait(20)
            return Errors({"name": "It must be good."})
        if request.values["name"] == "worse":
            raise InvalidInput("It is worse than bad.")
        if request.values["name"] == "lost":
            raise Unavailable
        self.done.append(request.key)
        return Message("Saved.", (text(f"Saved {request.values['name']} of {request.state}."),))

    def listen(self, listeners: Listeners) -> None:
        listeners.button("test.press", self.press)
        listeners.form("test.form", self.submit)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The door is the same whatever stands behind it."""
    return f"sqlite:///{tmp_path / 'barometer.db'}"


@pytest.fixture
def rehearsal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    command = Rehearsal()
    monkeypatch.setattr(register, "COMMANDS", (command,))
    yield command
    command.free.set()


@pytest.fixture
def hurried(rehearsal: Rehearsal, open_slack: Callable[..., Slack]) -> Slack:
    """A door whose deadline comes at once."""
    return open_slack(deadline=0.2)


@pytest.fixture
def calm(rehearsal: Rehearsal, open_slack: Callable[..., Slack]) -> Slack:
    return open_slack(deadline=20)


BODY = urlencode({"command": "/rehearse", "text": "now", "user_id": "U0ADA", "trigger_id": "t"})


@pytest.mark.parametrize(
    "headers",
    [
        dict,
        lambda: signed(BODY, secret="wrong"),
        lambda: signed(BODY + " "),
        lambda: signed(BODY, at=time.time() - 301),
        lambda: signed(BODY, at=time.time() + 900),
        lambda: signed(BODY) | {"x-slack-request-timestamp": "soon"},
        lambda: signed(BODY) | {"x-slack-request-timestamp": "9" * 400},
        lambda: signed(BODY) | {"x-slack-request-timestamp": "٣"},
        lambda: signed(BODY) | {"x-slack-signature": "v0=é".encode().decode("latin-1")},
    ],
)
def test_what_slack_did_not_sign_is_refused_and_nothing_is_done(
    calm: Slack, rehearsal: Rehearsal, headers: Callable[[], dict[str, str]]
) -> None:
    encoded = {name: value.encode() for name, value in headers().items()}
    answer = calm.web.post("/slack/events", content=BODY, headers=encoded)
    assert answer.status_code == 401
    assert rehearsal.done == []


@pytest.mark.parametrize(
    "payload",
    ["{", "[]", "null", "1", "[" * 100_000, '{"type":"block_actions","actions":[]}', '{"type":"view_submission","view":null}'],
)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_signed_body_that_cannot_be_read_is_refused(calm: Slack, payload: str, kind: str) -> None:
    body = payload if kind == "application/json" else urlencode({"payload": payload})
    answer = calm.web.post("/slack/events", content=body, headers=signed(body) | {"content-type": kind})
    assert (answer.status_code, answer.json()) == (400, {"error": "the request cannot be read"})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("type", None),
        ("callback_id", 1),
        ("private_metadata", [1]),
        ("blocks", {"a": 1}),
        ("blocks", [1]),
        ("state", "x"),
        ("state", {"values": []}),
        ("state", {"values": [1]}),
        ("state", {"values": {"name": "good"}}),
        ("state", {"values": {"name": {"name": "good"}}}),
        ("state", {"values": {"name": {"name": {"type": "static_select", "selected_option": "x"}}}}),
        ("state", {"values": {"name": {"name": {"type": "checkboxes", "selected_options": [{}]}}}}),
        ("state", {"values": {"name": {"name": {"type": "file_input", "files": [1]}}}}),
        ("state", {"values": {"name": {"name": {"type": "multi_users_select", "selected_users": [1]}}}}),
    ],
)
def test_a_signed_form_of_another_shape_is_refused_without_a_traceback(
    calm: Slack, rehearsal: Rehearsal, caplog: pytest.LogCaptureFixture, name: str, wrong: object
) -> None:
    view = {"id": "V1", "type": "modal", "callback_id": "test.form", name: wrong}
    assert refused({"type": "view_submission", "user": {"id": "U0ADA"}, "view": view}, calm, caplog)
    assert rehearsal.done == []


@pytest.mark.parametrize(
    "body",
    [
        {"type": "view_submission", "view": [1]},
        {"type": "view_submission", "view": {"callback_id": "test.form"}},
        {"type": "block_actions", "actions": [{}]},
        {"type": "block_actions", "actions": [{"action_id": 1}]},
        {
            "type": "block_actions",
            "actions": [{"action_id": "test.press"}],
            "view": {"type": "modal", "state": {"values": [1]}},
        },
        {"type": "event_callback", "event": None},
    ],
)
def test_a_signed_request_of_another_shape_is_refused_without_a_traceback(
    calm: Slack, caplog: pytest.LogCaptureFixture, body: dict[str, object]
) -> None:
    assert refused(body, calm, caplog)


def refused(body: dict[str, object], slack: Slack, caplog: pytest.LogCaptureFixture) -> bool:
    """Whether a signed body is refused, and nothing of it is in the log."""
    sent = urlencode({"payload": json.dumps(body)})
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = slack.web.post("/slack/events", content=sent, headers=signed(sent) | kind)
    told = [record for record in caplog.records if record.exc_info or record.levelno >= logging.WARNING]
    return (answer.status_code, answer.json(), told) == (400, {"error": "the request cannot be read"}, [])


def test_a_button_that_nobody_knows_any_more_says_so(calm: Slack) -> None:
    calm.press("of.another.version", "x")
    said = calm.workspace.wait_for("respond")[0]
    assert "may be from another version" in said["text"]
    assert "does not know" in calm.say("/nothing")["text"]


def test_a_body_without_end_is_refused(calm: Slack) -> None:
    assert calm.web.post("/slack/events", content=b"x" * 1_000_001).status_code == 413


def test_a_body_that_is_no_text_is_answered(calm: Slack) -> None:
    body = b"\xff\xfe=\x00"
    import hashlib
    import hmac

    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}
    assert calm.web.post("/slack/events", content=body, headers=headers).status_code == 401


def test_an_answer_in_time_stands_in_the_acknowledgement(calm: Slack, rehearsal: Rehearsal) -> None:
    assert "All of it is done." in words(calm.say("/rehearse"))
    assert calm.workspace.called("respond") == []


def test_a_command_that_takes_long_is_told_later(hurried: Slack, rehearsal: Rehearsal) -> None:
    said = hurried.say("/rehearse", "wait")
    assert "Still working" in said["text"]
    assert rehearsal.done == []
    rehearsal.free.set()
    (told,) = hurried.workspace.wait_for("respond")
    assert "All of it is done." in words(told["blocks"])
    assert told["response_type"] == "ephemeral"


def test_work_that_hangs_holds_up_nobody_else(hurried: Slack, rehearsal: Rehearsal) -> None:
    hanging = [hurried.say("/rehearse", "wait")["text"] for _ in range(AT_ONCE + 2)]
    assert all("Still working" in said for said in hanging)
    assert "Done." in hurried.say("/rehearse", "now")["text"]
    rehearsal.free.set()
    hurried.workspace.wait_for("respond")


def test_a_command_that_fails_late_is_told_so(hurried: Slack, rehearsal: Rehearsal) -> None:
    hurried.say("/rehearse", "fail")
    rehearsal.free.set()
    assert "That cannot be." in words(hurried.workspace.wait_for("respond")[0]["blocks"])


def test_when_the_way_back_is_shut_the_person_gets_a_message(hurried: Slack, rehearsal: Rehearsal) -> None:
    hurried.workspace.plan = lambda method, _: {"respond": "500", "chat.postEphemeral": "channel_not_found"}.get(method)
    hurried.say("/rehearse", "wait")
    rehearsal.free.set()
    (told,) = hurried.workspace.wait_for("chat.postMessage")
    assert told["channel"] == "U0ADA"
    assert "barometer_delivery" in str(told["metadata"])


def test_a_request_that_comes_again_is_done_once(calm: Slack, rehearsal: Rehearsal) -> None:
    first = calm.say("/rehearse", "now", trigger="same")
    assert calm.say("/rehearse", "now", trigger="same") == first
    assert len(rehearsal.done) == 1


def test_a_request_that_comes_again_meanwhile_is_done_once(hurried: Slack, rehearsal: Rehearsal) -> None:
    hurried.say("/rehearse", "wait", trigger="same")
    hurried.say("/rehearse", "wait", trigger="same")
    rehearsal.free.set()
    hurried.workspace.wait_for("respond")
    assert "All of it is done." in words(hurried.say("/rehearse", "wait", trigger="same"))
    assert len(rehearsal.done) == 1
    assert len(hurried.workspace.called("respond")) == 1


def test_what_breaks_gets_a_reference_and_no_detail(
    calm: Slack, rehearsal: Rehearsal, caplog: pytest.LogCaptureFixture
) -> None:
    said = calm.say("/rehearse", "break")["text"]
    assert said.startswith("Something went wrong on our side (reference ")
    reference = said.partition("(reference ")[2][:6]
    assert reference in caplog.text
    assert "ZeroDivisionError" not in said


def test_a_button_is_answered_beside_it(calm: Slack, rehearsal: Rehearsal) -> None:
    assert calm.press("test.press", "it") == {}
    (told,) = calm.workspace.wait_for("respond")
    assert "Pressed it." in words(told["blocks"])
    assert told["replace_original"] is False


def test_the_second_button_of_a_kind_is_heard(calm: Slack, rehearsal: Rehearsal) -> None:
    calm.press("test.press#2", "two")
    assert "Pressed two." in words(calm.workspace.wait_for("respond")[0]["blocks"])


def test_a_slow_button_is_acknowledged_and_told_later(hurried: Slack, rehearsal: Rehearsal) -> None:
    assert hurried.press("test.press", "wait") == {}
    rehearsal.free.set()
    assert "Pressed wait." in words(hurried.workspace.wait_for("respond")[0]["blocks"])


@pytest.mark.parametrize(
    ("fault", "reason"), [("hang", "did not answer in time"), ("expired_trigger_id", "expired_trigger_id")]
)
def test_a_form_that_does_not_open_is_said(calm: Slack, rehearsal: Rehearsal, fault: str, reason: str) -> None:
    calm.workspace.plan = lambda method, _: fault if method == "views.open" else None
    said = calm.say("/rehearse", "form")["text"]
    assert said.startswith("Slack did not open the form")
    assert reason in said


def form(slack: Slack) -> dict[str, object]:
    """The form, as it was opened."""
    slack.say("/rehearse", "form")
    view = slack.workspace.wait_for("views.open")[-1]["view"]
    opened: dict[str, object] = json.loads(view) if isinstance(view, str) else view
    return opened


def fill(name: str, size: str = "1") -> dict[str, dict[str, str]]:
    return {"name": {"type": "plain_text_input", "value": name}, "size": {"type": "plain_text_input", "value": size}}


def test_a_form_is_saved_and_the_person_told_where_they_opened_it(calm: Slack, rehearsal: Rehearsal) -> None:
    assert calm.submit(form(calm), fill("good")) == {"response_action": "clear"}
    assert "Saved good" in words(calm.workspace.wait_for("respond")[0]["blocks"])
    assert len(rehearsal.done) == 1


def test_errors_of_a_form_stand_at_their_fields(calm: Slack, rehearsal: Rehearsal) -> None:
    opened = form(calm)
    assert calm.submit(opened, fill("bad")) == {"response_action": "errors", "errors": {"name": "It must be good."}}
    assert calm.submit(opened, fill("worse")) == {"response_action": "errors", "errors": {"name": "It is worse than bad."}}
    assert rehearsal.done == []


def test_a_form_sent_twice_is_saved_once(calm: Slack, rehearsal: Rehearsal) -> None:
    opened = form(calm) | {"id": "V1", "hash": "h"}
    calm.submit(opened, fill("bad"))
    calm.submit(opened, fill("good"))
    assert len(set(rehearsal.done)) == len(rehearsal.done) == 1


def submission(trigger: str, name: str, view: str = "V1") -> str:
    values = {field: {field: given} for field, given in fill(name).items()}
    shown = {"id": view, "hash": "h", "type": "modal", "callback_id": "test.form", "state": {"values": values}}
    body = {"type": "view_submission", "user": {"id": "U0ADA"}, "trigger_id": trigger, "view": shown}
    return urlencode({"payload": json.dumps(body)})


def test_a_form_that_comes_again_as_it_was_is_not_done_again_and_answered_as_it_was(calm: Slack, rehearsal: Rehearsal) -> None:
    kind = "application/x-www-form-urlencoded"
    refused, first = submission("t1", "bad"), submission("t2", "good")
    assert calm.post(refused, kind)["response_action"] == "errors"
    assert calm.post(first, kind) == {"response_action": "clear"}
    assert calm.post(submission("t3", "good", "V2"), kind) == {"response_action": "clear"}
    assert len(rehearsal.done) == 2
    assert calm.post(first, kind) == {"response_action": "clear"}
    assert calm.post(refused, kind)["response_action"] == "errors"
    assert len(rehearsal.done) == 2
    assert calm.post(submission("t4", "good"), kind) == {"response_action": "clear"}
    assert len(rehearsal.done) == 3, "somebody sent the same form anew"


def test_what_comes_again_after_many_others_is_answered_with_nothing_for_as_long_as_its_signature_is_good(
    calm: Slack, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "REMEMBERED", 2)
    kind = "application/x-www-form-urlencoded"
    calm.post(submission("t1", "good"), kind)
    calm.say("/rehearse", trigger="c1")
    for number in range(3):
        calm.say("/rehearse", trigger=f"d{number}")
    done = len(rehearsal.done)
    assert calm.post(submission("t1", "good"), kind) == {}
    assert calm.say("/rehearse", trigger="c1") == {}
    assert len(rehearsal.done) == done
    monkeypatch.setattr(door, "NOT_AGAIN_SECONDS", -1)
    calm.say("/rehearse", trigger="e1")
    calm.say("/rehearse", trigger="c1")
    assert len(rehearsal.done) == done + 2, "what is too old to be let in is not remembered for ever"


def test_a_form_that_takes_long_stays_open_and_says_how_it_ended(hurried: Slack, rehearsal: Rehearsal) -> None:
    opened = form(hurried) | {"id": "V1"}
    said = hurried.submit(opened, fill("good", "wait"))
    assert said["response_action"] == "update"
    assert "Still working; nothing is certain yet." in words(said["view"])
    assert rehearsal.done == []
    rehearsal.free.set()
    assert "Saved good" in words(hurried.workspace.wait_for("respond")[0]["blocks"])
    assert "Done." in words(hurried.workspace.wait_for("views.update")[0])


def test_what_is_about_no_field_is_said_late_without_one(hurried: Slack, rehearsal: Rehearsal) -> None:
    opened = form(hurried) | {"id": "V1"}
    hurried.submit(opened, fill("lost", "wait"))
    rehearsal.free.set()
    blocks = hurried.workspace.wait_for("respond")[0]["blocks"]
    assert words(blocks).count(Unavailable().text) == 1
    assert "Name: Barometer" not in words(blocks)
    assert "That was not saved" not in words(blocks)
    assert "wait" in words(blocks), "what was typed"
    assert "That was not saved: the message that you got says why." in words(hurried.workspace.wait_for("views.update")[0])


def test_a_form_refused_late_gives_back_what_was_typed(hurried: Slack, rehearsal: Rehearsal) -> None:
    opened = form(hurried) | {"id": "V1"}
    hurried.submit(opened, fill("bad", "wait"))
    rehearsal.free.set()
    told = words(hurried.workspace.wait_for("respond")[0]["blocks"])
    assert "That was not saved. Name: It must be good." in told
    assert "wait" in told
    assert "was not saved" in words(hurried.workspace.wait_for("views.update")[0])


def test_people_who_slack_does_not_tell_of_get_the_default_zone(calm: Slack, rehearsal: Rehearsal) -> None:
    calm.workspace.plan = lambda method, _: "500" if method == "users.info" else None
    assert "Done." in calm.say("/rehearse", "now")["text"]
    calm.say("/rehearse", "now")
    assert len(calm.workspace.called("users.info")) == 1


def test_an_event_of_another_kind_is_let_pass(calm: Slack) -> None:
    body = '{"type": "event_callback", "event": {"type": "reaction_added"}, "event_id": "Ev"}'
    assert calm.web.post("/slack/events", content=body, headers=signed(body)).status_code in (200, 404)


def test_slack_may_ask_whether_the_address_is_ours(calm: Slack) -> None:
    body = '{"type": "url_verification", "challenge": "abc"}'
    answer = calm.web.post("/slack/events", content=body, headers=signed(body) | {"content-type": "application/json"})
    assert answer.json() == {"challenge": "abc"}


def test_what_was_counted_can_be_read(calm: Slack, rehearsal: Rehearsal) -> None:
    calm.say("/rehearse")
    counted = calm.web.get("/metrics").text
    assert 'barometer_slack_requests_total{kind="command",outcome="answered"} 1' in counted
    assert 'barometer_slack_request_seconds_count{kind="command"} 1' in counted
