"""Who may do what with surveys and what came of them, and what nobody can count while one is open."""

from typing import Any

import pytest

from bot.domain.people import Asker
from bot.services import surveys
from bot.services.survey_audience import Outsider
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.test_pulse_bad_input import survey, written
from tests.handlers.slack.test_pulse_life import (
    LEAD,
    answered,
    clock,
    erased,
    form_of,
    notices,
    opened,
    radio,
    said,
    services,
    settled,
    team,
)
from tests.services.survey_world import Directory, people

__all__ = ["clock", "services", "team"]

NOTE = 'actions team-check add="Look at https://evil.example" owner=<@U0001|x> due=21d'


def test_nobody_counts_answers_at_the_metrics(team: Slack) -> None:
    wave = opened(team)
    before = team.web.get("/metrics").text
    view = form_of(team, wave, "U0001")
    answer = team.submit(view, {"goals": radio("4")}, "U0001")
    team.press("pulse.withdraw", str(wave), "U0001")
    team.press("pulse.withdraw#1", str(wave), "U0001")
    assert answer["response_action"] == "update"
    assert team.web.get("/metrics").text == before
    said(team, "list")
    assert team.web.get("/metrics").text != before, "other requests are counted"


def test_only_those_who_see_results_say_what_is_done_because_of_them(team: Slack) -> None:
    """The next invitation tells everybody of it."""
    answered(team, opened(team))
    said(team, "close team-check")
    assert "Only those who were named when it was started may see the results" in said(team, NOTE, "U0001")
    assert "You noted nothing because of team-check" in said(team, "actions team-check", "U0001")
    assert "Noted as action 1" in said(team, NOTE)
    assert "evil.example" in said(team, "actions team-check", "U0001"), "it is theirs to do"
    hidden = said(team, "actions team-check", "U0002")
    assert "You noted nothing because of team-check" in hidden, "which does not say that there is nothing"
    assert "evil.example" in said(team, "actions team-check", "U0ADMIN")


def test_whose_survey_somebody_else_deletes_is_told_by_whom(team: Slack) -> None:
    written(team, survey("{id: goals, kind: agree, text: I know what we want to reach.}"))
    said(team, 'schedule ours when="weekly tuesday 10:00" audience=C0TEAM closes=2d', "U0ADMIN")
    team.press("pulse.delete", "ours", "U0ADMIN")
    team.workspace.wait_for("respond")
    told = notices(team, LEAD)
    assert "ours was deleted by @U0ADMIN and does not recur any more; the results of its waves stay." in told
    assert "was deleted by" not in notices(team, "U0ADMIN")


def test_whose_schedule_somebody_else_changes_or_ends_is_told_by_whom(team: Slack) -> None:
    team.workspace.channels["C0OPS"] = {"name": "ops", "is_member": True}
    said(team, 'schedule team-check when="weekly tuesday 10:00" audience=C0TEAM channel=C0OPS closes=2d')
    said(team, 'schedule team-check when="weekly monday 09:00" audience=C0TEAM', "U0ADMIN")
    told = notices(team, LEAD)
    assert "team-check was scheduled anew by @U0ADMIN: it is asked every Monday at 09:00 UTC, the next time Mon" in told
    assert told.count("; results go to ") == 2, "as it is now, and as it was"
    assert "Before, it was asked every Tuesday at 10:00 UTC." in told
    said(team, 'schedule team-check when="weekly friday 09:00" audience=C0TEAM', "U0ADMIN")
    assert notices(team, LEAD) == told, "it is not theirs any more"
    said(team, 'schedule enps when="weekly tuesday 10:00" audience=C0TEAM closes=2d')
    said(team, "schedule enps when=never", "U0ADMIN")
    assert "enps was stopped by @U0ADMIN and does not recur any more; the results of its waves stay." in notices(team, LEAD)
    said(team, "schedule team-check when=never", "U0ADMIN")
    assert "was stopped by" not in notices(team, "U0ADMIN")


@pytest.mark.parametrize(
    ("flag", "who"),
    [("is_restricted", "Guests"), ("is_ultra_restricted", "Guests"), ("deleted", "Deactivated people"), ("is_bot", "Bots")],
)
def test_who_is_asked_in_no_survey_starts_schedules_and_makes_none(team: Slack, flag: str, who: str) -> None:
    team.workspace.people["U0001"] = {flag: True}
    refused = f"{who} cannot start, schedule or change surveys, nor note actions; ask somebody of the workspace to do it."
    for words_of in (
        "start team-check audience=C0TEAM",
        "start team-check audience=C0TEAM mode=attributed",
        "start",
        "new",
        'schedule team-check when="weekly tuesday 10:00" audience=C0TEAM',
    ):
        assert refused in said(team, words_of, "U0001")
    yaml = "apiVersion: barometer/v1\nkind: SurveySet\nsurveys:\n- name: ours\n  title: x\n"
    with pytest.raises(Outsider):
        surveys.save(team.services, Asker("U0001", outside="guest"), f"{yaml}  questions: [{{id: a, kind: yes_no, text: x}}]\n")
    answered(team, opened(team, "start team-check audience=C0TEAM viewers=<@U0001>"))
    said(team, "close team-check")
    assert refused in said(team, "actions team-check add=x owner=<@U0002> due=3d", "U0001")
    assert "team-check" in said(team, "list", "U0001")


def test_where_slack_tells_nothing_of_somebody_nothing_else_breaks(team: Slack) -> None:
    team.workspace.plan = lambda method, _: "500" if method == "users.info" else None
    assert "You hear in a direct message" in said(team, "start team-check audience=C0TEAM", "U0001")


def test_who_made_a_survey_may_delete_it_and_its_results_stay(team: Slack) -> None:
    written(team, survey("{id: goals, kind: agree, text: I know what we want to reach.}"))
    answered(team, opened(team, "start ours audience=C0TEAM"))
    said(team, "close ours")
    assert "Only admins and whoever made it may delete ours" in said(team, "delete ours", "U0001")
    assert "Delete ours? It is asked no more, and the results of its waves stay." in said(team, "delete ours")
    assert "ours" in said(team, "list"), "nothing is deleted before that is said for sure"
    before = len(team.workspace.wait_for("respond"))
    team.press("pulse.delete", "ours", LEAD)
    assert "ours is deleted; the results of its waves stay." in words(team.workspace.wait_for("respond", before + 1)[-1])
    assert "was deleted by" not in notices(team, LEAD)
    assert "11 of 12 answered" in said(team, "results ours")
    assert "There is no survey called “ours”" in said(team, "start ours")


def buttons(answer: dict[str, Any]) -> list[str]:
    return [e["text"]["text"] for block in answer["blocks"] if block["type"] == "actions" for e in block["elements"]]


def test_a_card_offers_what_can_be_done_now(team: Slack) -> None:
    assert buttons(team.say("/pulse", "show team-check", "U0LEAD")) == ["Start", "Copy"]
    said(team, "start team-check audience=C0TEAM")
    assert buttons(team.say("/pulse", "show team-check", "U0LEAD")) == ["Copy"], "it is being opened"
    wave = settled(team, "team-check", Directory(people(12)))
    assert buttons(team.say("/pulse", "show team-check", "U0LEAD")) == ["Remind", "Extend", "Close", "Copy"]
    assert buttons(team.say("/pulse", "show team-check", "U0001")) == ["Copy"], "it is not theirs to end"
    assert buttons(team.say("/pulse", "list", "U0LEAD")).count("Start") == len(surveys.names(team.services)) - 1
    answered(team, wave)
    said(team, "close team-check")
    assert buttons(team.say("/pulse", "show team-check", "U0LEAD")) == ["Start", "Results", "Copy"]


def test_why_a_survey_could_not_be_opened_is_said_wherever_it_stands(team: Slack) -> None:
    assert "You hear in a direct message when it is open and until when, and if it cannot be." in said(
        team, "start team-check audience=C0TEAM"
    )
    settled(team, "team-check", Directory(people(4)))
    why = "team-check #1 could not be opened: of its audience 4 can be asked, and at least 5 are needed."
    assert why in said(team, "list")
    assert why in said(team, "show team-check")


def test_help_tells_of_one_word_and_of_anonymity(team: Slack) -> None:
    one = said(team, "help start")
    assert "/pulse start" in one
    assert "/pulse schedule" not in one
    assert "/pulse has no “strat”. Did you mean /pulse help start?" in said(team, "help strat")
    assert "Whoever owns the database" in said(team, "help anonymity")
    opened(team)
    assert "/pulse help anonymity" in notices(team, "U0001")


@pytest.mark.parametrize("command", ["kpi", "digest", "incident", "alert", "barometer"])
def test_every_command_tells_of_one_word(team: Slack, command: str) -> None:
    whole, one = (words(team.say(f"/{command}", text, "U0LEAD")) for text in ("help", "help help"))
    assert f"/{command} help" in one
    assert len(one) < len(whole) / 2


def test_an_error_in_yaml_names_the_line(team: Slack) -> None:
    told = written(team, survey("{id: a, kind: rhyme, text: x}"))
    assert "Line 7, kind of the first question of the first survey" in told["errors"]["source"]


def test_an_error_of_no_field_stands_at_the_first(team: Slack) -> None:
    wave = opened(team)
    view = form_of(team, wave, "U0012")
    answered(team, wave)
    said(team, "close team-check")
    errors = team.submit(view, {"goals": radio("1")}, "U0012")["errors"]
    assert list(errors) == [next(block["block_id"] for block in view["blocks"] if block["type"] == "input")]


def deleted(team: Slack, whom: str, by: str) -> str:
    before = len(team.workspace.called("respond"))
    team.press("pulse.erase-other", whom, by)
    return words(team.workspace.wait_for("respond", before + 1)[-1])


def test_an_admin_deletes_somebody_who_left_and_hears_the_same_whoever_it_is(team: Slack) -> None:
    opened(team)
    assert "Only admins may delete what is kept of somebody else" in said(team, "delete <@U0003|x>")
    asked = said(team, "delete <@U0003|x>", "U0ADMIN")
    assert (
        "Delete what is kept of <@U0003>? They are taken out of every survey that is open or recurs, and every answer" in asked
    )
    assert "Take me out" in said(team, "delete U0ADMIN", "U0ADMIN"), "of themselves they are asked as with “me”"
    heard = deleted(team, "U0003", "U0ADMIN")
    assert "is taken out of every survey that is open or recurs" in heard
    assert deleted(team, "U0STRANGER", "U0ADMIN").replace("U0STRANGER", "U0003") == heard, "they were never asked"
    assert "Only admins may delete what is kept of somebody else" in deleted(team, "U0003", "U0001")
    assert "mention one, as in @name" in said(team, "delete @ada", "U0ADMIN")
    assert "Nothing is deleted: you are in no survey that takes answers" in erased(team)
