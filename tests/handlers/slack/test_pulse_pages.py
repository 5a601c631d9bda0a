"""The form of a survey page by page: forth with what is filled in, and back to the page before."""

from typing import Any

import pytest

from bot.domain.sentences import say
from bot.services import surveys
from handlers.slack.forms import pulse_answer
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.test_pulse_life import ADMIN, clock, form_of, opened, radio, services, team, typed

__all__ = ["clock", "services", "team"]
PAGES = """
apiVersion: barometer/v1
kind: SurveySet
surveys:
  - name: in-pages
    title: In pages
    a_page: 2
    questions:
      - {id: goals, kind: agree, text: I know our goals.}
      - {id: more, kind: comment, text: What else?}
      - {id: hours, kind: number, text: How long?, low: 0, high: 80}
      - {id: why, kind: line, text: Why?, required: true}
"""


@pytest.fixture
def wave(team: Slack) -> int:
    surveys.save(team.services, ADMIN, PAGES)
    return opened(team, "start in-pages audience=C0TEAM")


def turned_back(slack: Slack, view: dict[str, Any], user: str, **filled: dict[str, Any]) -> dict[str, Any]:
    """What takes the place of a page whose Back is pressed."""
    (button,) = [e for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert button["text"]["text"] == "Back"
    before = len(slack.workspace.called("views.update"))
    state = {name: {name: value} for name, value in filled.items()}
    shown = {"id": "V1", "hash": "1", "type": "modal"} | view | {"state": {"values": state}}
    slack.press(button["action_id"], button.get("value", ""), user, view=shown)
    found: dict[str, Any] = slack.workspace.wait_for("views.update", before + 1)[-1]["view"]
    return found


def initial(view: dict[str, Any], name: str) -> Any:
    (element,) = [b["element"] for b in view["blocks"] if b.get("block_id") == name]
    return element.get("initial_value") or element.get("initial_option", {}).get("value")


def test_a_page_leads_back_to_the_one_before_and_both_keep_what_was_filled_in(team: Slack, wave: int) -> None:
    first = form_of(team, wave, "U0001")
    assert all(block["type"] != "actions" for block in first["blocks"])
    second = team.submit(first, {"goals": radio("4"), "more": typed("Fewer meetings")}, "U0001")["view"]
    again = turned_back(team, second, "U0001", hours=typed("7,5"))
    assert (initial(again, "goals"), initial(again, "more")) == ("4", "Fewer meetings")
    forth = team.submit(again, {"goals": radio("5")}, "U0001")["view"]
    assert initial(forth, "hours") == "7.5"
    assert "You answered." in words(team.submit(forth, {"hours": typed("7"), "why": typed("So")}, "U0001"))


def test_what_cannot_be_kept_holds_nobody_on_a_page_and_takes_nothing_away(team: Slack, wave: int) -> None:
    first = form_of(team, wave, "U0001")
    second = team.submit(first, {"goals": radio("4")}, "U0001")["view"]
    team.submit(second, {"hours": typed("40"), "why": typed("So")}, "U0001")
    back = turned_back(team, second, "U0001", hours=typed("many"), why=typed(" "))
    assert initial(back, "goals") == "4"
    assert "You have answered; each page that you send or turn now takes the place of your answers on it." in words(back)
    forth = team.submit(back, {"goals": radio("4")}, "U0001")["view"]
    assert (initial(forth, "hours"), initial(forth, "why")) == ("40", "So")


def test_whoever_is_not_asked_is_led_nowhere(team: Slack, wave: int) -> None:
    second = team.submit(form_of(team, wave, "U0001"), {"goals": radio("4")}, "U0001")["view"]
    shown = {"id": "V1", "hash": "1", "type": "modal"} | second | {"state": {"values": {}}}
    team.press("pulse.back", "", "U0STRANGER", view=shown)
    assert say("not_invited", wave="in-pages #1") in words(team.workspace.wait_for("respond")[-1])


def test_a_required_question_is_nowhere_called_optional_and_no_words_stand_twice(team: Slack, wave: int) -> None:
    first = form_of(team, wave, "U0001")
    second = team.submit(first, {"goals": radio("4")}, "U0001")["view"]
    assert [b["block_id"] for b in second["blocks"] if b["type"] == "input" and not b.get("optional")] == ["why"]
    ticks = {b["block_id"]: b for b in first["blocks"] if b.get("element", {}).get("type") == "checkboxes"}
    told = {name: (b["label"]["text"], b["element"]["options"][0]["text"]["text"]) for name, b in ticks.items()}
    assert told == {
        "more.declined": ("Instead of an answer", "Prefer not to say"),
        "more.ask": ("Questions about it", say("ask_back")),
    }
    assert "From 0 to 80." in words(second)
    assert second["callback_id"] == pulse_answer.FORM
