"""`/pulse` without the name of a survey, what it asks back, and where it leads on."""

import pytest

from bot.domain.people import Asker
from bot.services import Services, definitions, surveys
from bot.services.people import grant
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.test_pulse_life import ADMIN, LEAD, clock, opened, said, services, team
from tests.services.survey_world import SURVEY, Clock, World, people

__all__ = ["clock", "services", "team"]

NONE_OPEN = "No survey that you run is open; /pulse list shows how each stands."
APPROVAL = "the approval of an admin or somebody with the role executive sponsor"
NO_RESULTS = "No survey has results for you yet; /pulse list shows how each stands."


def counted(team: Slack, clock: Clock, name: str = "team-check") -> None:
    world = World(team.services, clock)
    row = world.open(name, Asker(LEAD, roles=frozenset({"team_lead"})))
    world.all_answer(row, [each.user_id for each in people(12)])
    world.invite_all(row)
    world.close(name, ADMIN)


@pytest.mark.parametrize("text", ["remind", "extend until=9d", "close"])
def test_the_only_open_survey_that_somebody_runs_needs_no_name(team: Slack, text: str) -> None:
    assert NONE_OPEN in said(team, text)
    opened(team)
    assert NONE_OPEN in said(team, text, "U0003"), "they do not run it"
    opened(team, "start enps audience=C0TEAM")
    assert "Say which survey: enps, team-check." in said(team, text)
    said(team, "close enps unopened=yes", "U0ADMIN")
    assert "team-check #1" in said(team, text)


@pytest.mark.parametrize("text", ["results", "trend", "compare", "comments", "results by=people"])
def test_the_only_survey_with_results_for_somebody_needs_no_name(team: Slack, clock: Clock, text: str) -> None:
    assert NO_RESULTS in said(team, text)
    counted(team, clock)
    assert NO_RESULTS in said(team, text, "U0STRANGER")
    assert "#1" in said(team, text)
    surveys.save(team.services, ADMIN, SURVEY.replace("name: team-check", "name: second-check"))
    counted(team, clock, "second-check")
    answer = team.say("/pulse", text, LEAD)
    assert "Say which survey: second-check, team-check." in words(answer)
    actions = [e for block in answer.get("blocks", ()) if block["type"] == "actions" for e in block["elements"]]
    assert [e["value"] for e in actions] == ([] if "=" in text else ["second-check", "team-check"])
    for each in actions:
        before = len(team.workspace.called("respond"))
        team.press(each["action_id"], each["value"], LEAD)
        assert each["value"] in words(team.workspace.wait_for("respond", before + 1)[-1])


@pytest.mark.parametrize("text", ["results team-check by=team", "compare team-check", "comments team-check"])
def test_what_is_beside_results_leads_back_to_them(team: Slack, clock: Clock, text: str) -> None:
    counted(team, clock)
    buttons = [
        (each["action_id"], each["value"])
        for block in team.say("/pulse", text, LEAD)["blocks"]
        if block["type"] == "actions"
        for each in block["elements"]
    ]
    assert any(action.startswith("pulse.results") and value == "team-check #1" for action, value in buttons)


def test_groups_that_none_has_say_how_the_next_has_them(team: Slack, clock: Clock) -> None:
    counted(team, clock)
    told = said(team, "results team-check by=group")
    assert (
        "team-check #1 has no groups by group: none were declared at its opening; start the next one with cuts=group." in told
    )


def test_whoever_may_not_see_results_hears_whom_to_ask(team: Slack, clock: Clock) -> None:
    counted(team, clock)
    told = said(team, "results team-check", "U0STRANGER")
    assert f"may see the results of team-check #1; ask @{LEAD}, who started it." in told


def test_who_is_to_be_deleted_is_asked_first_and_hears_only_of_what_there_was(team: Slack) -> None:
    opened(team)
    asked = team.say("/pulse", "delete me", "U0003")
    (button,) = [each for block in asked["blocks"] if block["type"] == "actions" for each in block["elements"]]
    assert (button["text"]["text"], button["style"]) == ("Take me out", "danger")
    assert "It cannot be undone" in button["confirm"]["text"]["text"]
    assert "Take me out?" in words(asked)
    team.press(button["action_id"], "", "U0003")
    assert "You are taken out of 1 open survey." in words(team.workspace.wait_for("respond", 1)[-1])
    team.press(button["action_id"], "", "U0003")
    assert "Nothing is deleted: you are in no survey that takes answers" in words(team.workspace.wait_for("respond", 2)[-1])


def test_only_near_names_are_guessed(team: Slack) -> None:
    for typed in ("nobody", "mine"):
        told = said(team, f"show {typed}")
        assert "Did you mean" not in told
        assert f"There is no survey called “{typed}”. There are engagement, enps," in told
    for typed in ("team-chek", "TEAM", "teamcheck"):
        assert "Did you mean team-check?" in said(team, f"show {typed}")


def test_another_schedule_says_what_it_replaced(team: Slack) -> None:
    first = said(team, 'schedule team-check when="weekly tuesday 10:00" audience=C0TEAM')
    assert "Before" not in first
    again = said(team, 'schedule team-check when="daily 11:00" closes=1d audience=C0OTHER')
    assert "team-check is asked every day at 11:00 UTC" in again
    assert f"Before, it was asked every Tuesday at 10:00 UTC. It asks <#C0TEAM>; results go to <@{LEAD}>." in again
    assert "Before" not in said(team, "show team-check")


def test_another_schedule_says_what_of_the_one_before_is_not_kept(team: Slack) -> None:
    team.workspace.channels["C0OPS"] = {"name": "ops", "is_member": True}
    before = "audience=C0TEAM channel=C0OPS viewers=<@U0001> closes=1d at=14:30 mode=attributed cuts=group"
    assert "with closes=1d" in said(team, f'schedule team-check when="weekly tuesday 10:00" {before}')
    told = said(team, 'schedule team-check when="weekly tuesday 11:00" audience=C0TEAM closes=2d')
    assert f"It asks <#C0TEAM>; results go to <@{LEAD}>; with closes=2d." in told
    assert "with closes=1d, at=14:30, mode=attributed, cuts=group. Not kept, as it was not said again: " in told
    assert "not said again: channel=, viewers=, at=, mode=, cuts=." in told
    again = said(team, 'schedule team-check when="weekly tuesday 12:00" audience=C0TEAM closes=2d')
    assert "Before" in again
    assert "Not kept" not in again


def test_templates_have_a_heading_of_their_own_and_no_blank_lines(team: Slack) -> None:
    told = team.say("/pulse", "templates", LEAD)
    assert told["blocks"][0]["text"]["text"] == "Surveys to start from"
    assert "\n\n" not in told["text"]
    assert team.say("/pulse", "list", LEAD)["blocks"][0]["text"]["text"] == "Surveys"


@pytest.fixture
def defined(services: Services) -> Services:
    definitions.apply_files(services, ADMIN)
    return services


def test_who_may_not_record_who_stayed_hears_who_may(defined: Services, team: Slack) -> None:
    typed = "retention year=2025 start=40 stayed=36"
    refused = (
        "Only admins and people with one of the roles executive, executive sponsor may record who stayed; ask one of them."
    )
    assert refused in said(team, typed)
    grant(team.services, ADMIN, "U0EXEC", "executive")
    told = team.say("/pulse", typed, "U0EXEC")
    assert f"waits for {APPROVAL}." in words(told)
    assert f"waits for {APPROVAL};" in words(team.say("/kpi", "show retention", "U0EXEC")), "the same words everywhere"
    assert all(block["type"] != "actions" for block in told["blocks"])


def test_who_may_approve_who_stayed_has_the_way_to_it(defined: Services, team: Slack) -> None:
    told = team.say("/pulse", "retention year=2025 start=40 stayed=36", "U0ADMIN")
    assert "The figure waits for your approval." in words(told)
    (button,) = [each for block in told["blocks"] if block["type"] == "actions" for each in block["elements"]]
    assert (button["action_id"], button["text"]["text"]) == ("kpi.waiting", "Look at what waits")


def test_without_the_kpi_nobody_is_told_of_a_figure(team: Slack) -> None:
    told = said(team, "retention year=2025 start=40 stayed=36", "U0ADMIN")
    assert "Who stayed is recorded for a KPI called retention, and there is none now; an admin can define one." in told
