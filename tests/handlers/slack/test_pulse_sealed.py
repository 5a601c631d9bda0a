"""The engagement survey as it ships, sealed: not started without a custodian, and with one from its form to its score."""

from datetime import timedelta
from statistics import fmean

import pytest

from bot import ballots
from bot.domain.surveys import Survey
from bot.services import surveys
from storage import surveys as stored
from storage import waves
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.test_pulse_life import chosen, clock, form_of, notices, opened, radio, said, services, team, typed
from tests.services.survey_world import Clock

__all__ = ["clock", "services", "team"]

KEEPER = "U0KEEPER"
PRIVATE, PUBLIC = ballots.key_pair()
KEPT = f"custodian=<@{KEEPER}> key={PUBLIC}"
LONG = "Too many meetings. " * 20


@pytest.fixture
def engagement(team: Slack) -> Survey:
    return next(each.survey for each in surveys.listing(team.services) if each.survey.name == "engagement")


def open_waves(slack: Slack) -> int:
    with slack.services.db.read() as connection:
        return sum(each.state in ("opening", "open") for each in waves.latest(connection).values())


@pytest.mark.parametrize("command", ["start engagement", 'schedule engagement when="monthly 3 10:00"'])
def test_without_a_custodian_it_is_neither_started_nor_scheduled(team: Slack, command: str) -> None:
    told = said(team, f"{command} audience=C0TEAM")
    assert "A sealed survey needs somebody who keeps its key: they say barometer surveys keys on a machine of their own" in told
    assert "then add custodian=@them key=PUBLIC, or mode=anonymous to ask without a key." in told
    assert open_waves(team) == 0
    with team.services.db.read() as connection:
        assert stored.schedule_of(connection, "engagement") is None


def test_whoever_starts_it_may_choose_another_kind(team: Slack) -> None:
    assert "Sealed while open" in said(team, "show engagement")
    wave = opened(team, "start engagement audience=C0TEAM mode=anonymous")
    assert "Confidential while open" in words(form_of(team, wave, "U0001"))
    assert "Confidential while open" in said(team, "show engagement"), "as it was promised at its opening"
    assert "engagement is asked on day 3 of every month" in said(
        team, f'schedule engagement when="monthly 3 10:00" audience=C0TEAM {KEPT}'
    )


def filled(survey: Survey, n: int) -> dict[str, object]:
    """What the nth person fills in, in all kinds of questions."""
    given: dict[str, object] = {}
    for k, question in enumerate(survey.questions):
        if question.kind == "agree":
            given[question.id] = radio(str(1 + (n + k) % question.points))
        elif question.kind == "ten":
            given[question.id] = chosen(str((3 * n) % 11))
        else:
            given[question.id] = typed(f"{LONG}{n}")
    return given


def test_it_is_answered_on_one_page_opened_by_its_custodian_and_counted(team: Slack, clock: Clock, engagement: Survey) -> None:
    assert {q.kind for q in engagement.questions} == {"agree", "ten", "comment"}
    wave = opened(team, f"start engagement audience=C0TEAM {KEPT}", n=18)
    for n in range(14):
        user = f"U{n + 1:04}"
        view = form_of(team, wave, user)
        assert "Page" not in words(view["blocks"][1])
        inputs = {each["block_id"] for each in view["blocks"] if each["type"] == "input"}
        assert {q.id for q in engagement.questions} <= inputs
        assert len(view["blocks"]) <= 100
        answer = team.submit(view, filled(engagement, n), user)
        assert answer.get("response_action") == "update", answer
    clock.on(minutes=1)
    assert "its custodian is asked for the key" in said(team, "close engagement")
    told = said(team, "results engagement")
    assert "engagement #1 is over and waits for the key of its custodian, " in told
    assert "nothing is shown before it is opened." in told
    unlock = form_of(team, wave, KEEPER, "pulse.unlock")
    team.submit(unlock, {"key": typed(PRIVATE)}, KEEPER)
    told = said(team, "results engagement")
    assert "14 of 18 answered (78%)" in told
    items = [k for k, q in enumerate(engagement.questions) if q.index]
    score = fmean(25 * ((n + k) % 5) for n in range(14) for k in items)
    assert f"Engagement {score:.0f}" in told
    comments = said(team, "comments engagement")
    assert comments.count("Too many meetings.") >= 14
    assert "14 of 18 answered" in notices(team, "U0LEAD")
    with team.services.db.read() as connection:
        row = waves.get(connection, wave)
    assert row is not None
    assert (row.state, row.receipt["spoilt"], row.closes_at - row.opens_at) == ("closed", 0, timedelta(minutes=1))
