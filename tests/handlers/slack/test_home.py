"""The App Home shows each person what they may see."""

from typing import Any

import pytest

from bot.domain.people import Asker
from bot.services import alert_signals, incidents
from bot.services.alert_signals import Signal
from storage.people import zone_of
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.kpis import define


def opened(slack: Slack, user: str, tab: str = "home") -> dict[str, Any]:
    slack.happen({"type": "app_home_opened", "user": user, "tab": tab, "channel": "D1"})
    return dict(slack.workspace.called("views.publish")[-1]["view"])


def test_it_shows_what_needs_attention(slack: Slack) -> None:
    define(slack.services)
    slack.say("/kpi", 'record mttr 9h period="last week"')
    said = words(opened(slack, "U0ADA"))
    assert "1 of 2 KPIs need attention." in said
    assert "Mean time to recovery: 9 h" in said
    assert "Secret" not in said
    assert "None of your roles owns a KPI" in said


def test_it_shows_the_kpis_of_ones_roles(slack: Slack) -> None:
    define(slack.services)
    slack.say("/barometer", "grant sre to=U0ADA", user="U0ADMIN")
    assert "Mean time to recovery: no data" in words(opened(slack, "U0ADA"))


def test_a_value_that_waits_is_offered_to_whoever_may_decide(slack: Slack) -> None:
    define(slack.services)
    slack.say("/barometer", "grant risk_officer to=U0RISK", user="U0ADMIN")
    slack.say("/kpi", "record approval agreed=1 all=2")
    assert "1 value waits for your approval." in words(opened(slack, "U0RISK"))
    assert "waits" not in words(opened(slack, "U0ADA"))


def test_the_messages_tab_needs_no_page(slack: Slack) -> None:
    slack.happen({"type": "app_home_opened", "user": "U0ADA", "tab": "messages", "channel": "D1"})
    assert slack.workspace.called("views.publish") == []


@pytest.mark.parametrize("tab", ["messages", "home"])
def test_who_opens_a_tab_leaves_no_trace(slack: Slack, tab: str) -> None:
    """Invitations to surveys stand in both: with when somebody opened it, one could tell who answered then."""
    slack.happen({"type": "app_home_opened", "user": "U0ADA", "tab": tab, "channel": "D1"})
    assert slack.workspace.called("users.info") == []
    with slack.services.db.read() as connection:
        assert zone_of(connection, "U0ADA") is None


def test_a_button_of_the_home_opens_what_it_shows(slack: Slack) -> None:
    define(slack.services)
    opened(slack, "U0ADA")
    pressed = {"type": "button", "action_id": "kpi.show", "block_id": "b1", "value": "mttr", "action_ts": "1"}
    slack.interact({"type": "block_actions", "actions": [pressed], "view": {"type": "home", "id": "V1"}})
    (shown,) = slack.workspace.wait_for("views.open")
    assert "Mean time to recovery" in words(shown["view"])


def test_what_goes_on_stands_first_with_the_step_to_all_of_it(slack: Slack) -> None:
    at = slack.services.now()
    alert_signals.receive(slack.services, Signal("probe", "disk", "Disk is full", True, at, words="97 % used"))
    incidents.declare(slack.services, Asker("U0ADA"), "Scores are 0", {"severity": "high"})
    incidents.declare(slack.services, Asker("U0OTHER"), "Secret", {"private": "yes"})
    page = opened(slack, "U0ADA")
    text = words(page)
    assert text.index("Going on") < text.index("Needs attention")
    assert "INC-1: Scores are 0" in text
    assert "ALERT-1: Disk is full" in text
    assert "97 % used" in text
    assert "Secret" not in text
    pressed = {"type": "button", "action_id": "alert.show", "block_id": "b1", "value": "1", "action_ts": "1"}
    slack.interact({"type": "block_actions", "actions": [pressed], "view": {"type": "home", "id": "V1"}})
    (shown,) = slack.workspace.wait_for("views.open")
    assert "Acknowledge" in words(shown["view"])
