"""`/pulse`, through the door: words, the form, the receipt, and what only its viewers see."""

import json
from typing import Any

import pytest

from bot.domain.people import Asker
from bot.services import survey_opening, surveys
from bot.services.people import grant
from handlers.slack.commands import pulse
from storage import outbox, waves
from tests.handlers.slack.conftest import Slack, words
from tests.services.survey_world import SURVEY, Directory, people

ADMIN = Asker("U0ADMIN", admin=True)
LEAD = "U0LEAD"


@pytest.fixture
def team(slack: Slack) -> Slack:
    surveys.save(slack.services, ADMIN, SURVEY)
    grant(slack.services, ADMIN, LEAD, "team_lead")
    return slack


def said(slack: Slack, text: str, user: str = LEAD) -> str:
    return words(slack.say("/pulse", text, user))


def opened(slack: Slack, text: str = "start team-check audience=C0TEAM", n: int = 12) -> int:
    assert "is being opened" in said(slack, text)
    with slack.services.db.read() as connection:
        row = waves.open_of(connection, "team-check")
    assert row is not None
    survey_opening.run(slack.services, Directory(people(n)), str(row.id))
    return row.id


def form(slack: Slack, count: int = 1) -> dict[str, Any]:
    view = slack.workspace.wait_for("views.open", count)[-1]["view"]
    parsed: dict[str, Any] = json.loads(view) if isinstance(view, str) else view
    return parsed


def radio(value: str) -> dict[str, Any]:
    return {"type": "radio_buttons", "selected_option": {"value": value}}


def test_every_verb_is_in_the_help(slack: Slack) -> None:
    text = said(slack, "help")
    assert all(f"/pulse {verb}" in text for verb in pulse.VERBS)
    assert set(pulse.VERBS) == set(pulse._RUN)


def test_somebody_answers_gets_a_receipt_and_can_take_it_back(team: Slack) -> None:
    wave = opened(team)
    team.press("pulse.answer", str(wave), "U0001")
    view = form(team)
    text = words(view)
    assert text.index("Confidential while open, unlinkable after close") < text.index("I know what we want to reach.")
    answer = team.submit(
        view, {"goals": radio("4"), "pride": radio("declined"), "more": {"type": "plain_text_input", "value": "Hi"}}, "U0001"
    )
    assert answer["response_action"] == "update"
    assert "You answered." in words(answer["view"])
    assert "Hi" not in json.dumps(answer)
    team.press("pulse.answer", str(wave), "U0001")
    again = json.dumps(form(team, 2))
    assert '"initial_value": "Hi"' in again
    assert "You have answered" in again
    team.press("pulse.withdraw", str(wave), "U0001", view=answer["view"] | {"id": "V1", "type": "modal"})
    assert "taken back" in words(team.workspace.wait_for("views.update")[-1]["view"])


def test_whoever_is_not_asked_is_told_so_and_nobody_sees_results_of_an_open_wave(team: Slack) -> None:
    wave = opened(team)
    team.press("pulse.answer", str(wave), "U0STRANGER")
    assert "not among those who are asked" in words(team.workspace.wait_for("respond")[-1])
    assert "nothing is shown before it is closed" in said(team, "results team-check")


def test_the_results_have_intervals_and_are_for_their_viewers(team: Slack) -> None:
    wave = opened(team)
    for n in range(1, 12):
        team.press("pulse.answer", str(wave), f"U{n:04}")
        view = form(team, n)
        team.submit(
            view,
            {
                "goals": radio(str(1 + n % 5)),
                "pride": radio("4"),
                "recommend": {"type": "static_select", "selected_option": {"value": str(n - 1)}},
            },
            f"U{n:04}",
        )
    assert "team-check #1 is closed: 11 of 12 answered (92%)" in said(team, "close team-check")
    text = said(team, "results team-check")
    assert "11 of 12 answered (92%)" in text
    assert "eNPS" in text
    assert "12 invited, 11 opened" in text
    assert "Only those whom its contract names" in said(team, "results team-check", "U0001")
    assert "keys destroyed 2026-11-24" in text


def test_nothing_of_an_answer_is_kept_in_the_ledger_or_the_audit_log(team: Slack) -> None:
    wave = opened(team)
    team.press("pulse.answer", str(wave), "U0001")
    team.submit(
        form(team), {"goals": radio("2"), "more": {"type": "plain_text_input", "value": "a canary in the mine"}}, "U0001"
    )
    with team.services.db.read() as connection:
        ledger = " ".join(each.payload for each in outbox.everything(connection))
        known = connection.exec_driver_sql("SELECT user_id FROM person").scalars().all()
        receipts = connection.exec_driver_sql("SELECT count(*) FROM receipt").scalar()
    assert "canary" not in ledger
    assert (known, receipts) == ([LEAD], 0), "nobody's time of answering is learnt"
