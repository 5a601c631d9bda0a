"""`/barometer`, through the door."""

import time

import pytest

from bot.domain.errors import Unavailable
from handlers.slack import opening
from storage import people
from tests.handlers.slack.conftest import Slack, words


def test_alone_it_says_what_barometer_is(slack: Slack) -> None:
    answer = slack.say("/barometer")
    assert answer["response_type"] == "ephemeral"
    assert "/kpi list" in words(answer)


def test_help_names_every_verb(slack: Slack) -> None:
    said = words(slack.say("/barometer", "help"))
    assert all(f"/barometer {verb}" in said for verb in ("me", "roles", "grant", "revoke", "audit"))


def test_an_unknown_word_gets_the_nearest(slack: Slack) -> None:
    assert slack.say("/barometer", "roels")["text"] == "/barometer has no “roels”. Did you mean /barometer roles?"


def test_roles_are_given_and_taken_by_admins_and_written_down(slack: Slack) -> None:
    refused = slack.say("/barometer", "grant sre to=&lt;@U0EVE|eve&gt;", user="U0EVE")
    assert refused["text"] == "Only admins may change roles; ask one of them."
    given = slack.say("/barometer", "grant sre to=&lt;@U0EVE|eve&gt;", user="U0ADMIN")
    assert "now has the role sre" in given["text"]
    assert "Roles: sre" in slack.say("/barometer", "me", user="U0EVE")["text"]
    slack.say("/barometer", "revoke sre from=U0EVE", user="U0ADMIN")
    assert "none" in slack.say("/barometer", "me", user="U0EVE")["text"]
    log = words(slack.say("/barometer", "audit U0EVE", user="U0ADMIN"))
    assert "role.grant" in log
    assert "role.revoke" in log


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("grant sre to=C0GENERAL", "“C0GENERAL” is no person"),
        ("grant sre to=U0NOBODY", "There is no person U0NOBODY"),
        ("grant", "Say whom"),
    ],
)
def test_a_role_is_given_to_a_person_who_is_there(slack: Slack, text: str, answer: str) -> None:
    assert answer in slack.say("/barometer", text, user="U0ADMIN")["text"]
    assert "sre nobody" in " ".join(words(slack.say("/barometer", "roles", user="U0ADMIN")).split())


def test_a_role_may_be_written_as_it_is_shown(slack: Slack) -> None:
    assert "now has the role ai_lead" in slack.say("/barometer", 'grant "AI lead" to=U0EVE', user="U0ADMIN")["text"]


def test_the_audit_log_is_for_admins(slack: Slack) -> None:
    assert slack.say("/barometer", "audit")["text"] == "Only admins may read the audit log; ask one of them."


def test_a_role_that_does_not_exist_gets_one_sentence(slack: Slack) -> None:
    answer = slack.say("/barometer", "grant king to=U0EVE", user="U0ADMIN")
    assert answer["text"].startswith("There is no role “king”; choose one of")


def test_times_are_shown_in_the_zone_of_the_asker(slack: Slack) -> None:
    slack.workspace.zones["U0ADA"] = "Europe/Oslo"
    assert "Europe/Oslo" in words(slack.say("/barometer", "me"))


def test_the_zone_of_who_asks_is_remembered_for_what_is_said_to_them_later(slack: Slack) -> None:
    slack.workspace.zones["U0ADA"] = "Asia/Kolkata"
    slack.say("/barometer", "me")
    end = time.monotonic() + 10
    while (zone := remembered(slack)) is None and time.monotonic() < end:
        time.sleep(0.01)
    assert zone == "Asia/Kolkata"


def test_whose_zone_could_not_be_remembered_stands_in_no_log(
    slack: Slack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(opening.people, "learn_zone", _away)
    slack.workspace.zones["U0ADA"] = "Asia/Kolkata"
    slack.say("/barometer", "me")
    end = time.monotonic() + 10
    while "could not be remembered" not in caplog.text and time.monotonic() < end:
        time.sleep(0.01)
    assert "a zone could not be remembered: Barometer cannot reach its database" in caplog.text
    assert "U0ADA" not in caplog.text


def _away(*_: object) -> None:
    raise Unavailable


def remembered(slack: Slack) -> str | None:
    with slack.services.db.read() as connection:
        return people.zone_of(connection, "U0ADA")
