"""`/alert`, through the door: words, buttons and the forms."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.people import SYSTEM, Asker
from bot.services import alerts, definitions, incidents, kpi_entry
from handlers.clock import alerts as clock_job
from handlers.slack.commands import alert
from storage import outbox, people
from tests.handlers.slack.conftest import Slack, words
from tests.services.test_alerts import LOAD

ANA, BEA = "U0ANA", "U0BEA"


def said(slack: Slack, text: str, user: str = ANA) -> str:
    return words(slack.say("/alert", text, user))


def told(slack: Slack, count: int = 1) -> str:
    return words(slack.workspace.wait_for("respond", count)[-1]["blocks"])


def form(slack: Slack, count: int = 1) -> dict[str, Any]:
    view = slack.workspace.wait_for("views.open", count)[-1]["view"]
    parsed: dict[str, Any] = json.loads(view) if isinstance(view, str) else view
    return parsed


@pytest.fixture
def fired(slack: Slack) -> Slack:
    """A workspace in which ALERT-1 fires."""
    definitions.define(slack.services, SYSTEM, LOAD.format(alerts="{}", lasting=1))
    with slack.services.db.begin() as connection:
        people.grant(connection, ANA, "sre", by="U0ADMIN", at=slack.services.now())
    record(slack, 500)
    return slack


def record(slack: Slack, jobs: int) -> None:
    yesterday = (slack.services.now() - timedelta(days=1)).date().isoformat()
    kpi_entry.record(slack.services, SYSTEM, "queue-length", fields={"jobs": str(jobs), "period": yesterday})
    clock_job.JOB.run(slack.services)


def test_every_verb_is_in_the_help(slack: Slack) -> None:
    text = said(slack, "help")
    assert all(f"/alert {verb}" in text for verb in alert.VERBS)
    assert set(alert.VERBS) == set(alert._RUN)


def test_without_an_alert_it_says_so_and_where_to_look(slack: Slack) -> None:
    assert "Nothing fires." in said(slack, "")
    assert "Nothing fired yet." in said(slack, "history")
    assert "Nothing is silenced." in said(slack, "silences")


def test_from_the_list_to_the_acknowledgement(fired: Slack) -> None:
    text = said(fired, "list")
    assert "1 alert fires." in text
    assert "500 is above 100" in text
    assert "Critical · Queue length" in said(fired, "show 1")
    assert "ALERT-1 (critical) is acknowledged" in said(fired, 'ack ALERT-1 note="on it"')
    assert "acknowledged already by" in said(fired, "ack alert-1", BEA)
    assert "ALERT-1" in said(fired, "history queue-length")


def test_the_buttons_of_the_message_take_it_further(fired: Slack) -> None:
    fired.press("alert.ack", "1", ANA)
    assert "is acknowledged" in told(fired)
    fired.press("alert.explain", "1", ANA)
    text = told(fired, 2)
    assert "looks for: critical: above 100; warning: above 10." in text
    assert "firing" in text
    fired.press("alert.false", "1", ANA)
    assert "ALERT-1" in told(fired, 3)
    assert alerts.history(fired.services, SYSTEM)[0].verdict == "false alarm"
    assert "0 of 1, n too small" in said(fired, "rules queue-length")


def test_open_incident_is_one_press(fired: Slack) -> None:
    fired.press("alert.incident", "1", ANA)
    assert "INC-1" in told(fired)
    one = incidents.found(fired.services, SYSTEM, 1)
    assert one.marks["detected"].source == "alert"
    fired.press("alert.incident", "1", BEA)
    assert "INC-1 is about ALERT-1 already" in words(fired.workspace.wait_for("respond", 2)[-1])


def test_a_snooze_asks_for_how_long(fired: Slack) -> None:
    fired.press("alert.snooze", "1", ANA)
    view = form(fired)
    chosen = {"type": "static_select", "selected_option": {"value": "4h", "text": {"type": "plain_text", "text": "4 hours"}}}
    fired.submit(view, {"until": chosen}, ANA)
    assert "is snoozed" in told(fired)
    assert "is snoozed" in said(fired, "snooze ALERT-1 for=30m")
    for text, answer in (
        ("snooze ALERT-1", "Say until when"),
        ("snooze ALERT-1 for=soon", "no time"),
        ("snooze ALERT-9 for=1h", "There is no ALERT-9"),
    ):
        assert answer in said(fired, text)


def test_a_silence_and_its_end(fired: Slack) -> None:
    assert "SILENCE-1: queue-length is silenced until" in said(fired, 'silence queue-length for=2h reason="load test"')
    assert "load test" in said(fired, "silences")
    assert "held back: SILENCE-1" in (clock_job.JOB.run(fired.services), said(fired, "list"))[1]
    assert "SILENCE-1 is over" in said(fired, "unsilence SILENCE-1", BEA)
    assert "Put the reason in quotes" in said(fired, "silence queue-length for=2h reason=load test")


def test_a_rule_is_tried(fired: Slack) -> None:
    text = said(fired, "test queue-length/limit")
    assert "queue-length/limit would have fired 1 time in the last 90 days." in text
    assert "It is on." in text
    assert "It is off: add unusual to alerts.on in the definition." in said(
        fired, "test queue-length/unusual"
    ) or "no figure" in said(fired, "test queue-length/unusual")
    assert "There is no rule “moon”" in said(fired, "test queue-length/moon")
    assert "Did you mean queue-length?" in said(fired, "test queue-lenght")
    assert "Say which rule" in said(fired, "test")


def test_two_hundred_alerts_fit_into_an_answer(slack: Slack) -> None:
    from datetime import UTC, datetime

    from bot.services.alert_signals import Signal, receive

    for number in range(220):
        receive(
            slack.services, Signal("probe", str(number), f"Disk {number} is full", True, datetime(2026, 11, 24, tzinfo=UTC))
        )
    assert "220 alerts fire." in said(slack, "")


def test_hostile_words_stay_words(fired: Slack) -> None:
    said(fired, 'ack 1 note="<!channel> *bold* `code` @here"')
    with fired.services.db.read() as connection:
        rows = [row for row in outbox.everything(connection) if row.kind == "alert" and "is on it" in row.payload]
    assert rows or "U0ANA" in said(fired, "show 1")
    assert "<!channel>" not in json.dumps(fired.say("/alert", "show 1", ANA))


def test_who_may_not_see_the_kpi_hears_of_no_alert(fired: Slack) -> None:
    text = LOAD.format(alerts="{}", lasting=1) + "    visibility: [executive]\n"
    definitions.define(fired.services, SYSTEM, text, "secret")
    assert "Nothing fires." in said(fired, "list", BEA)
    for verb in ("show 1", "ack 1", "snooze 1 for=1h"):
        assert "There is no ALERT-1" in said(fired, verb, BEA)
    assert Asker(BEA).roles == frozenset()
