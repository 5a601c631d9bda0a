"""The same through the whole Slack door, with the queue at work: receipts, people, paces, ledger, jobs, logs and messages."""

import json
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bot import ballots
from bot.domain.audiences import Member
from bot.domain.deliveries import Envelope, Finding, Missing, Outcome, Sent
from bot.domain.people import Asker
from bot.services import deliveries, dispatch, survey_opening, survey_waves, surveys
from storage import outbox, queue, waves
from storage.waves import StoredWave
from tests.adversary.game import PEOPLE, WITHDRAWN, Answer, Game, crowd, play
from tests.adversary.looks import Eye
from tests.adversary.test_remains import OURS, holds
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.test_pulse_life import slow
from tests.services.survey_world import SURVEY, Directory, World, world_in

CANARY, NUMBER = "canary-late-3f9c", "7,135"
NUMBERS = SURVEY.replace("team-check", "numbers").replace(
    "questions:\n", "questions:\n      - {id: hours, kind: number, text: How many hours?}\n"
)


class Poster:
    """Takes every message."""

    def post(self, envelope: Envelope, may_post: Callable[[], bool]) -> Outcome | None:
        return Sent(f"D{envelope.target[1:]}", f"{time.time():.6f}") if may_post() else None

    def find(self, envelope: Envelope) -> Finding:
        return Missing()


@contextmanager
def at_work(world: World) -> Iterator[None]:
    """The durable queue with its tables in the same database, carrying what is due."""
    services = replace(world.services, settings=replace(world.services.settings, messages_per_second=1000))
    jobs = {
        deliveries.JOB: partial(dispatch.deliver, services, Poster()),
        survey_waves.JOB: lambda argument: survey_opening.run(services, world.directory, argument),
    }
    working = queue.start(world.services.db, jobs, workers=4)
    try:
        yield
    finally:
        working.stop()


def through(slack: Slack) -> Answer:
    """Answers as Slack sends it: the button of the invitation, and the form."""

    def answer(row: StoredWave, user: str, said: str) -> None:
        opened = len(slack.workspace.called("views.open"))
        for tab in ("messages", "home"):
            slack.happen({"type": "app_home_opened", "user": user, "tab": tab, "channel": f"D{user[1:]}"})
        slack.press("pulse.answer", str(row.id), user)
        view = shown(slack.workspace.wait_for("views.open", opened + 1)[-1])
        chosen = {"type": "radio_buttons", "selected_option": {"value": str(1 + len(said) % 5)}}
        answered = slack.submit(view, {"goals": chosen, "more": typed(said)}, user)
        assert "You answered." in words(answered["view"])

    return answer


def shown(call: dict[str, Any]) -> dict[str, Any]:
    """The form in a call to Slack."""
    view: dict[str, Any] = json.loads(call["view"]) if isinstance(call["view"], str) else call["view"]
    return view


def typed(said: str) -> dict[str, Any]:
    return {"type": "plain_text_input", "value": said}


def sent_off(world: World) -> None:
    """Wait until all invitations have arrived, one after the other in the pace of the workspace."""
    world.clock.on(minutes=1)
    until = time.monotonic() + 60
    while True:
        with world.services.db.read() as connection:
            invitations = [each for each in outbox.everything(connection) if each.kind == "survey"]
        if invitations and all(each.state == "sent" for each in invitations):
            return
        assert time.monotonic() < until
        time.sleep(0.05)


def test_no_attack_is_better_than_guessing_through_the_door(slack: Slack, caplog: pytest.LogCaptureFixture) -> None:
    chance, game, world = random.Random(20261124), Game(), world_in(slack.services)
    with at_work(world):
        for name in OURS:
            caplog.set_level(logging.DEBUG, name)
        case, truth = play(world, through(slack), chance, settled=partial(sent_off, world))
        game.judge(case, truth, chance)
        asked = caplog.text
    assert game.above_chance == {}
    assert len(truth["said"]) == PEOPLE - WITHDRAWN
    assert holds(asked.encode(), *truth["said"], *case.people) == []
    with slack.workspace.lock:
        calls = json.dumps([params for _, params in slack.workspace.calls])
    assert holds(calls.encode(), *truth["said"]) == []
    last = case.looks[-1].rows
    assert last["receipt"] == []
    assert [row for row in last["person"] if row["user_id"] in case.people] == []
    assert [row for row in last["pace"] if row["channel"] in case.people] == []
    assert {"workflow_status", "delivery", "pace", "audit"} <= {name for name, rows in last.items() if rows}, "all were at work"


def test_after_the_close_nothing_tells_who_was_written_to(slack: Slack, eye: Eye) -> None:
    """No row and no page: not the ledger, not the pace of messages, not the jobs that carried them."""
    world = world_in(slack.services)
    asked = crowd()[:12]
    world.directory = Directory(tuple(Member(user, "UTC", "en-US") for user in asked))
    with at_work(world):
        world.open()
        sent_off(world)
        written = eye.look()
        world.all_answer(world.row(1), asked[:11])
        assert world.close() == "closed"
    look = eye.look()
    assert {user for user in asked if holds(written.raw, user)} == set(asked), "the search finds what is there"
    assert [user for user in asked if user in str(look.rows)] == []
    assert {name for (name, _), page in look.pages.items() if any(user.encode() in page for user in asked)} == set()


def opened_form(slack: Slack, survey: str, user: str = "U0001") -> tuple[World, StoredWave, dict[str, Any]]:
    world = world_in(slack.services)
    surveys.save(slack.services, Asker("U0ADMIN", admin=True), NUMBERS)
    row = world.open(survey)
    slack.press("pulse.answer", str(row.id), user)
    return world, row, shown(slack.workspace.wait_for("views.open")[-1])


def test_what_is_refused_too_late_for_the_form_stands_in_no_message_and_no_log(
    open_slack: Callable[..., Slack], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the acknowledgement only a message can say so, and messages are kept by Slack."""
    for name in OURS:
        caplog.set_level(logging.DEBUG, name)
    slack = open_slack(deadline=0)
    _, row, view = opened_form(slack, "numbers")
    with slow(monkeypatch, 0.3):  # or it may be done within no time at all
        slack.submit(view, {"hours": typed(NUMBER), "more": typed(CANARY)}, "U0001")
        said = slack.workspace.wait_for("respond")
        assert "That was not saved" in words(said)
        slack.workspace.wait_for("views.update")
        slack.submit(view, {"hours": typed("40"), "more": typed(CANARY)}, "U0001")
        assert "You answered." in words(shown(slack.workspace.wait_for("views.update", 2)[-1]))
    with slack.workspace.lock:
        calls = json.dumps([params for _, params in slack.workspace.calls], ensure_ascii=False)
    assert holds(calls.encode(), CANARY, NUMBER) == []
    assert holds(caplog.text.encode(), CANARY, NUMBER) == []
    assert row.state == "open"


@pytest.mark.parametrize("form", ["pulse.reply.send", "pulse.unlock.key"])
def test_neither_a_reply_nor_a_key_stands_in_the_message_that_it_was_refused(
    open_slack: Callable[..., Slack], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    slack = open_slack(deadline=0)
    private = ballots.key_pair()[0]
    block, state = ("reply", {"follow_up": "gone"}) if form == "pulse.reply.send" else ("key", {"wave": "99"})
    element = {"type": "plain_text_input", "action_id": "a"}
    view = {
        "type": "modal",
        "callback_id": form,
        "blocks": [{"type": "input", "block_id": block, "element": element, "label": {"type": "plain_text", "text": "Secret"}}],
        "private_metadata": json.dumps({"response_url": f"{slack.workspace.url}respond", "state": state}),
    }
    with slow(monkeypatch, 0.3):
        slack.submit(view, {block: typed(private)}, "U0001")
        assert "That was not saved" in words(slack.workspace.wait_for("respond"))
        slack.workspace.wait_for("views.update")
    with slack.workspace.lock:
        assert holds(json.dumps([params for _, params in slack.workspace.calls]).encode(), private) == []


def test_a_database_that_fails_while_somebody_answers_logs_neither_words_nor_person(
    slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    for name in OURS:
        caplog.set_level(logging.DEBUG, name)
    world, _, view = opened_form(slack, "team-check")
    with world.services.db.begin() as connection:
        if world.services.db.is_sqlite:
            connection.exec_driver_sql("CREATE TRIGGER b BEFORE UPDATE ON ballot BEGIN SELECT RAISE(ABORT, 'on purpose'); END")
        else:
            connection.exec_driver_sql("ALTER TABLE ballot ADD CONSTRAINT b CHECK (length(body) < 1) NOT VALID")
    caplog.clear()
    answer = slack.submit(view, {"more": typed(CANARY)}, "U0001")
    assert "Something went wrong on our side" in json.dumps(answer)
    assert "failed" in caplog.text
    assert holds((caplog.text + json.dumps(answer)).encode(), CANARY, "U0001") == []


def test_an_answer_that_slack_takes_on_no_way_is_logged_without_whose_it_was(
    open_slack: Callable[..., Slack], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack = open_slack(deadline=0)
    _, _, view = opened_form(slack, "numbers")
    slack.workspace.plan = lambda method, params: "500"
    read = waves.ballots

    def late(*given: Any) -> Any:
        time.sleep(0.5)  # or it may be done within no time at all
        return read(*given)

    monkeypatch.setattr(waves, "ballots", late)
    slack.submit(view, {"hours": typed(NUMBER)}, "U0001")
    until = time.monotonic() + 20
    while "could not be delivered" not in caplog.text:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert holds(caplog.text.encode(), "U0001", NUMBER) == []
