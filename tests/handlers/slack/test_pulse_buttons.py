"""Everything that `/pulse` says in words is also a button on the card that shows it."""

import json
from typing import Any

import pytest

from bot.services import survey_answers, survey_benchmarks
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.test_pulse_life import (
    ADMIN,
    LEAD,
    answered,
    clock,
    form_of,
    opened,
    radio,
    said,
    services,
    settled,
    team,
    typed,
)
from tests.services.survey_world import Directory, people

__all__ = ["clock", "services", "team"]

BENCHMARK = {
    "title": "Own benchmark",
    "score": "engagement",
    "year": 2025,
    "organisations": 12,
    "lower_quartile": 50,
    "median": 60,
    "top_quartile": 70,
    "source": "Ours",
    "licence": "Ours",
    "caveat": "",
}


@pytest.fixture
def closed(team: Slack) -> Slack:
    """Two waves that are over."""
    for _ in range(2):
        wave = opened(team)
        for i, person in enumerate(people(12)):
            given = {"goals": str(1 + i % 5), "pride": str(1 + i % 4), "recommend": str(i % 11), "more": "Fewer meetings"}
            survey_answers.keep(team.services, person.user_id, wave, 1, given)
        said(team, "close team-check")
    return team


def buttons(blocks: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """The action and the value of each button, by its words."""
    found = [e for b in blocks for e in [*b.get("elements", []), *([b["accessory"]] if "accessory" in b else [])]]
    return {
        e["text"]["text"]: (e["action_id"].partition("#")[0], e.get("value", "")) for e in found if e.get("type") == "button"
    }


def shown(slack: Slack, text: str, user: str = LEAD) -> dict[str, tuple[str, str]]:
    return buttons(slack.say("/pulse", text, user)["blocks"])


def pressed(slack: Slack, button: tuple[str, str], user: str = LEAD) -> list[dict[str, Any]]:
    before = len(slack.workspace.called("respond"))
    slack.press(*button, user)
    blocks = slack.workspace.wait_for("respond", before + 1)[-1]["blocks"]
    parsed: list[dict[str, Any]] = json.loads(blocks) if isinstance(blocks, str) else blocks
    return parsed


def test_results_lead_to_everything_that_is_made_of_them(closed: Slack) -> None:
    steps = shown(closed, "results team-check wave=1")
    assert list(steps) == ["Note an action", "Actions", "Comments", "Trend", "Compare", "Export"]
    assert "Comments of team-check #1" in words(pressed(closed, steps["Comments"])), "of the wave that is shown"
    assert "Fewer meetings" in words(pressed(closed, ("pulse.comments", "team-check #1 2"))), (
        "the last page, if there is no other"
    )
    trend = pressed(closed, steps["Trend"])
    assert "Team check, 2 waves" in words(trend)
    assert "team-check #1" in words(pressed(closed, buttons(trend)["Results #1"]))
    assert "quartile" in words(pressed(closed, steps["Compare"]))
    assert "Nothing is noted yet" in words(pressed(closed, steps["Actions"]))
    for name in ("Comments", "Trend", "Compare"):
        assert "Only those who were named when it was started" in words(pressed(closed, steps[name], "U0001"))


def test_groups_are_a_button_each(team: Slack) -> None:
    rows = "\n".join(f"U{n:04},{'red' if n % 2 else 'blue'}" for n in range(1, 13))
    team.workspace.files["F1"] = f"person,team\n{rows}\n"
    view = form_of(team, "team-check", LEAD, "pulse.form")
    survey = {"type": "static_select", "selected_option": {"value": "team-check"}}
    more = {"type": "checkboxes", "selected_options": [{"value": "yes"}]}
    second = team.submit(view, {"survey": survey, "more": more}, LEAD)["view"]
    team.submit(second, {"file": {"type": "file_input", "files": [{"id": "F1"}]}, "cuts": typed("team")}, LEAD)
    answered(team, settled(team, "team-check", Directory(people(12))))
    said(team, "close team-check")
    assert "team-check #1 by team" in words(pressed(team, shown(team, "results team-check")["By team"]))


def test_answers_with_names_are_a_button_of_surveys_that_keep_them(team: Slack) -> None:
    answered(team, opened(team, "start team-check audience=C0TEAM mode=attributed"))
    said(team, "close team-check")
    steps = shown(team, "results team-check")
    assert "11 people answered team-check #1" in words(pressed(team, steps["By people"]))
    view = form_of(team, steps["Export"][1], LEAD, "pulse.export")
    assert "who answered what" in words(view)
    team.submit(view, {"as": radio("people")}, LEAD)
    assert "team-check-1-people.csv is in your messages" in words(team.workspace.wait_for("respond", 2)[-1])


def test_each_kind_of_file_is_sent_from_the_form(closed: Slack) -> None:
    button = shown(closed, "results team-check wave=1")["Export"]
    view = form_of(closed, button[1], LEAD, button[0])
    assert "who answered what" not in words(view)
    files = {"csv": "team-check-1.csv", "xlsx": "team-check-1.xlsx", "json": "team-check-1.json", "yaml": "team-check.yaml"}
    for kind, name in files.items():
        closed.submit(view, {"as": radio(kind)}, LEAD)
        assert closed.workspace.called("files.getUploadURLExternal")[-1]["filename"] == name
    refused = closed.submit(view, {"as": radio("csv")}, "U0001")
    assert "Only those who were named when it was started" in str(refused["errors"])
    assert len(closed.workspace.called("files.getUploadURLExternal")) == len(files)


def test_another_benchmark_is_a_button_where_there_is_one(closed: Slack) -> None:
    before = shown(closed, "compare team-check")
    assert list(before) == ["Results"]
    survey_benchmarks.save(closed.services, ADMIN, "own", json.dumps(BENCHMARK).encode())
    known = shown(closed, "compare team-check with=uk-civil-service")
    assert "Own benchmark" in words(pressed(closed, known["Against own"]))


def test_an_action_is_done_in_a_form_by_whoever_owns_it(closed: Slack) -> None:
    said(closed, 'actions team-check add="Fewer meetings" owner=<@U0ANA|ana> due=2027-12-18')
    steps = shown(closed, "actions team-check")
    assert shown(closed, "actions team-check", "U0001") == {}, "it would be refused"
    view = form_of(closed, steps["Done"][1], "U0ANA", "pulse.done")
    assert "Only its owner" in str(closed.submit(view, {"outcome": typed("x")}, "U0001")["errors"])
    closed.submit(view, {"outcome": typed("")}, "U0ANA")
    closed.workspace.wait_for("respond")
    steps = shown(closed, "actions team-check", "U0ANA")
    view = form_of(closed, steps["What came of it"][1], "U0ANA", "pulse.done")
    before = len(closed.workspace.called("respond"))
    closed.submit(view, {"outcome": typed("two a week <!channel>")}, "U0ANA")
    told = words(closed.workspace.wait_for("respond", before + 1)[-1])
    assert "Action 1 is done" in told
    assert "two a week" in told
    assert shown(closed, "actions team-check") == {}, "it is done"


def test_the_list_and_the_home_lead_to_surveys(team: Slack) -> None:
    steps = shown(team, "list")
    assert steps["New survey"] == ("pulse.copy", "")
    assert "A survey of your own" in words(form_of(team, "", LEAD, "pulse.copy"))
    team.happen({"type": "app_home_opened", "user": LEAD, "tab": "home", "channel": "D1"})
    home = team.workspace.wait_for("views.publish")[-1]["view"]
    assert buttons((json.loads(home) if isinstance(home, str) else home)["blocks"])["Surveys"] == ("pulse.list", "")
    before = len(team.workspace.called("views.open"))
    team.press("pulse.list", "", LEAD, view={"type": "home", "id": "V1"})
    assert "Team check" in words(team.workspace.wait_for("views.open", before + 1)[-1]["view"])


def test_a_survey_is_copied_and_started_from_its_card(team: Slack) -> None:
    steps = shown(team, "show team-check")
    copy = form_of(team, steps["Copy"][1], LEAD, steps["Copy"][0])
    assert "our-team-check" in json.dumps(copy)
    start = form_of(team, steps["Start"][1], LEAD, steps["Start"][0])
    assert "Again and again" in words(start)
    change = shown(team, "show team-check", "U0ADMIN")["Change"]
    assert "Add a question" in words(form_of(team, change[1], "U0ADMIN", change[0]))


def test_whoever_asks_for_nothing_known_changes_nothing(team: Slack) -> None:
    for action in (
        "pulse.results",
        "pulse.by",
        "pulse.comments",
        "pulse.trend",
        "pulse.compare",
        "pulse.actions",
        "pulse.delete",
    ):
        for value in ("", "nosuch", "nosuch #9 team", "team-check #² \u202ex"):
            assert "went wrong" not in words(pressed(team, (f"pulse.{action}", value))), (action, value)
