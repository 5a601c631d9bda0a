"""Who may do what with surveys and what came of them, and what nobody can count while one is open."""

from tests.handlers.slack.conftest import Slack
from tests.handlers.slack.test_pulse_bad_input import survey, written
from tests.handlers.slack.test_pulse_life import answered, clock, form_of, opened, radio, said, services, team

__all__ = ["clock", "services", "team"]

NOTE = 'actions team-check add="Look at https://evil.example" owner=<@U0001|x> due=21d'


def test_nobody_counts_answers_at_the_metrics(team: Slack) -> None:
    wave = opened(team)
    before = team.web.get("/metrics").text
    view = form_of(team, wave, "U0001")
    answer = team.submit(view, {"goals": radio("4")}, "U0001")
    team.press("pulse.withdraw", str(wave), "U0001")
    assert answer["response_action"] == "update"
    assert team.web.get("/metrics").text == before
    said(team, "list")
    assert team.web.get("/metrics").text != before, "other requests are counted"


def test_only_those_who_see_results_say_what_is_done_because_of_them(team: Slack) -> None:
    """The next invitation tells everybody of it."""
    answered(team, opened(team))
    said(team, "close team-check")
    assert "Only those whom its contract names may see the results" in said(team, NOTE, "U0001")
    assert "Nothing is noted yet" in said(team, "actions team-check", "U0001")
    assert "Noted as action 1" in said(team, NOTE)
    assert "evil.example" in said(team, "actions team-check", "U0001"), "it is theirs to do"
    assert "Nothing is noted yet" in said(team, "actions team-check", "U0002")
    assert "evil.example" in said(team, "actions team-check", "U0ADMIN")


def test_who_made_a_survey_may_delete_it_and_its_results_stay(team: Slack) -> None:
    written(team, survey("{id: goals, kind: agree, text: I know what we want to reach.}"))
    answered(team, opened(team, "start ours audience=C0TEAM"))
    said(team, "close ours")
    assert "Only admins and whoever made it may delete ours" in said(team, "delete ours", "U0001")
    assert "ours is deleted; the results of its waves stay." in said(team, "delete ours")
    assert "11 of 12 answered" in said(team, "results ours")
    assert "There is no survey called “ours”" in said(team, "start ours")
