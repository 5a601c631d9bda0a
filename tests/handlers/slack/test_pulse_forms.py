"""Closing, retention and deleting in forms, and saying no with a button: what may go wrong is said at its field."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.people import SYSTEM, Asker
from bot.domain.sentences import say
from bot.services import definitions, surveys
from bot.services.people import grant
from playground.block_kit import validate
from storage import observations, waves
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.test_pulse_buttons import buttons, pressed
from tests.handlers.slack.test_pulse_languages import crowd, each_language, is_spoken
from tests.handlers.slack.test_pulse_life import (
    ADMIN,
    BILINGUAL,
    LEAD,
    answered,
    chosen,
    clock,
    form,
    form_of,
    impatient,
    invited,
    opened,
    radio,
    said,
    services,
    slow,
    team,
    typed,
)
from tests.services.survey_world import Clock

__all__ = ["clock", "services", "team"]

SPONSOR = "U0SPONSOR"
FILE = {"type": "file_input", "files": [{"id": "F1"}]}


def offered(view: dict[str, Any], field: str) -> list[str]:
    """The values that can be chosen in a field."""
    assert validate(view, "modal") == []
    (element,) = [b["element"] for b in view["blocks"] if b.get("block_id") == field]
    return [option["value"] for option in element["options"]]


def closing(slack: Slack, user: str = LEAD) -> dict[str, Any]:
    return form_of(slack, "team-check", user, "pulse.close")


def state_of(slack: Slack, wave: int) -> str:
    with slack.services.db.read() as connection:
        row = waves.get(connection, wave)
    assert row is not None
    return row.state


def heard(slack: Slack, count: int = 1) -> str:
    return words(slack.workspace.wait_for("respond", count)[-1])


def filled(slack: Slack, text: str, user: str = LEAD) -> dict[str, Any]:
    """The form that a command opens."""
    before = len(slack.workspace.called("views.open"))
    slack.say("/pulse", text, user)
    return form(slack, before + 1)


def test_closing_offers_only_what_can_be_done(team: Slack, clock: Clock) -> None:
    wave = opened(team, "start team-check audience=C0TEAM closes=20h")
    assert offered(closing(team), "when") == ["now"], "some are still to be invited"
    invited(team, wave)
    view = closing(team)
    assert offered(view, "when") == ["now", "2h", "4h"], "in 24 hours it has ended"
    (asked,) = [b["element"] for b in view["blocks"] if b.get("block_id") == "when"]
    assert asked["initial_option"]["value"] == "now"
    assert offered(closing(team, "U0ADMIN"), "when") == ["now", "2h", "4h", "unread"]
    clock.on(hours=21)
    assert offered(closing(team), "when") == ["now"], "its time is over"


def test_it_is_closed_now_in_the_form_and_the_person_hears_how_it_ended(team: Slack) -> None:
    wave = opened(team)
    answered(team, wave)
    assert team.submit(closing(team), {"when": radio("now")}, LEAD) == {"response_action": "clear"}
    assert "team-check #1 is closed: 11 of 12 answered" in heard(team)
    assert state_of(team, wave) == "closed"


def test_the_form_says_what_comes_of_too_few_answers_whether_there_are_or_not(team: Slack, clock: Clock) -> None:
    team.workspace.channels["C0GEN"] = {"name": "general", "is_member": True}
    wave = opened(team)
    early = closing(team)
    assert "With fewer than 5 answers it stays open: 12 people are still to be invited." in words(early)
    refused = team.submit(early, {"when": radio("now")}, LEAD)["errors"]["when"]
    assert "12 people are still to be invited to team-check #1, in a moment" in refused
    assert "too few had answered" in words(pressed(team, ("pulse.close", "team-check"))), "nothing is left to choose"
    invited(team, wave)
    assert "With fewer than 5 answers it stays open once more." in words(closing(team))
    said(team, "close team-check")
    clock.on(hours=11)
    destroyed = "With fewer than 5 answers all is destroyed unopened: it stayed open once more already."
    assert destroyed in words(closing(team))
    answered(team, wave)
    assert destroyed in words(closing(team))
    said(team, "close team-check unopened=yes", "U0ADMIN")
    for terms, words_of_it in (
        ("channel=C0GEN", "With fewer than 6 answers it stays open once more."),
        ("viewers=<@U0002>", "fewer than 5 answers, or 6 with that of somebody who sees the results, it stays open once"),
        ("mode=attributed", "nobody can answer after that."),
    ):
        invited(team, opened(team, f"start team-check audience=C0TEAM {terms}"))
        assert words_of_it in words(closing(team))
        assert ("With fewer" in words(closing(team))) is ("attributed" not in terms)
        said(team, "close team-check unopened=yes", "U0ADMIN")


def test_a_form_of_an_earlier_wave_ends_no_later_one(team: Slack) -> None:
    opened(team)
    forms = [closing(team, user) for user in (LEAD, "U0ADMIN")]
    said(team, "close team-check unopened=yes", "U0ADMIN")
    later = opened(team)
    for view, when, user in zip(forms, ("now", "unread"), (LEAD, "U0ADMIN"), strict=True):
        told = str(team.submit(view, {"when": radio(when)}, user)["errors"])
        assert "team-check #1 is over, and #2 is open now; say /pulse show team-check." in told
    assert state_of(team, later) == "open"


def test_notice_is_given_in_the_form_once(team: Slack) -> None:
    wave = opened(team)
    early = closing(team)
    assert "Some are still to be invited" in team.submit(early, {"when": radio("2h")}, LEAD)["errors"]["when"]
    invited(team, wave)
    view = closing(team)
    team.submit(view, {"when": radio("4h")}, LEAD)
    assert (
        "team-check #1 closes Tue 24 Nov 2026 14:00 UTC; those who have not answered are told before, at their own hours."
        in heard(team)
    )
    told = "Notice was given that it closes Tue 24 Nov 2026 14:00 UTC"
    assert told in team.submit(view, {"when": radio("now")}, LEAD)["errors"]["when"]
    assert "Notice was given already" in team.submit(view, {"when": radio("2h")}, LEAD)["errors"]["when"]
    assert told in words(pressed(team, ("pulse.close", "team-check"))), "nothing is left to choose"
    rest = closing(team, "U0ADMIN")
    assert offered(rest, "when") == ["unread"]
    assert told in words(rest)
    assert "initial_option" not in str(rest), "nobody destroys answers by a slip"
    assert state_of(team, wave) == "open"


def test_only_admins_throw_away_unread(team: Slack) -> None:
    wave = opened(team)
    view = closing(team)
    assert "Only admins may throw answers away unread" in team.submit(view, {"when": radio("unread")}, LEAD)["errors"]["when"]
    assert "notice= is how long people have left" in team.submit(view, {"when": radio("soon")}, LEAD)["errors"]["when"]
    assert state_of(team, wave) == "open"
    team.submit(closing(team, "U0ADMIN"), {"when": radio("unread")}, "U0ADMIN")
    assert "team-check #1 ended, and its answers are destroyed unopened: thrown away unread." in heard(team)


def test_whoever_may_not_close_gets_no_form_and_closes_nothing(team: Slack) -> None:
    wave = opened(team)
    assert "Only admins and whoever started it" in words(pressed(team, ("pulse.close", "team-check"), "U0009"))
    assert team.workspace.called("views.open") == []
    refused = team.submit(closing(team), {"when": radio("now")}, "U0009")
    assert "Only admins and whoever started it" in refused["errors"]["when"]
    assert state_of(team, wave) == "open"
    assert "nosuch" in words(pressed(team, ("pulse.close", "nosuch")))


def test_once_extended_it_is_not_closed_at_once(team: Slack) -> None:
    invited(team, opened(team))
    team.submit(closing(team), {"when": radio("now")}, LEAD)
    assert "Too few answered" in heard(team)
    assert offered(again := closing(team), "when") == ["2h", "4h", "24h"]
    assert "as everybody was told, and closes by itself then" in words(again)


def test_a_close_that_takes_longer_than_slack_waits_ends_well(
    open_slack: Callable[..., Slack], monkeypatch: pytest.MonkeyPatch
) -> None:
    team, wave = impatient(open_slack)
    answered(team, wave)
    view = closing(team)
    with slow(monkeypatch, 0.7):
        assert "Still working" in words(team.submit(view, {"when": radio("now")}, LEAD)["view"])
        before = len(team.workspace.called("views.update"))
        assert "team-check #1 is closed: 11 of 12 answered" in heard(team)
        shown = team.workspace.wait_for("views.update", before + 1)[-1]["view"]
        assert "Done. You can close this." in words(shown)
        assert "Still working" in words(team.submit(view, {"when": radio("now")}, LEAD)["view"])
        assert "team-check #1 is closed: say /pulse results team-check." in heard(team, 2)
        shown = team.workspace.wait_for("views.update", before + 2)[-1]["view"]
        assert say("not_saved") in words(shown)
    assert state_of(team, wave) == "closed"


@pytest.fixture
def sponsor(team: Slack) -> Slack:
    definitions.apply_files(team.services, SYSTEM)
    for role in ("executive", "executive_sponsor"):
        grant(team.services, ADMIN, SPONSOR, role)
    return team


def retained(slack: Slack) -> list[float]:
    with slack.services.db.read() as connection:
        return [float(o.value or 0) for o in observations.recent(connection, ["retention"], 10).get("retention", ())]


def test_retention_takes_the_two_numbers(sponsor: Slack) -> None:
    view = filled(sponsor, "retention", SPONSOR)
    assert validate(view, "modal") == []
    sponsor.submit(view, {"year": typed("2025"), "start": typed("40"), "stayed": typed("36")}, SPONSOR)
    assert "Retention 2025: 90.0% (76.9% to 96.0%), 36 of 40: cannot tell whether above 85%." in heard(sponsor)
    assert retained(sponsor) == [0.9]


@pytest.mark.parametrize(
    ("given", "field", "hint"),
    [
        ({}, "file", "Share a CSV file, or fill in the two numbers below."),
        ({"file": FILE, "start": typed("40"), "stayed": typed("36")}, "file", "not both"),
        ({"file": FILE, "stayed": typed("36")}, "file", "not both"),
        ({"start": typed("40")}, "stayed", "“How many of them stayed” is a whole number, such as 36."),
        ({"stayed": typed("36")}, "start", "“How many were here at the start of the year” is a whole number, such as 40."),
        (
            {"start": typed("forty"), "stayed": typed("36")},
            "start",
            "“How many were here at the start of the year” is a whole number, such as 40.",
        ),
        ({"start": typed("40"), "stayed": typed("41")}, "stayed", "41 of 40 cannot have stayed; write 40 or fewer."),
        (
            {"start": typed("0"), "stayed": typed("0")},
            "start",
            "“How many were here at the start of the year” is 1 at least, such as 40.",
        ),
        ({"start": typed("40"), "stayed": typed("-1")}, "stayed", "“How many of them stayed” is 0 at least, such as 36."),
        (
            {"start": typed("−1"), "stayed": typed("0")},
            "start",
            "“How many were here at the start of the year” is 1 at least, such as 40.",
        ),
        (
            {"start": typed("40"), "stayed": typed("36"), "year": typed("MMXX")},
            "year",
            "“Year” is a whole number, such as 2026.",
        ),
    ],
)
def test_what_is_wrong_with_retention_is_said_at_its_field(
    sponsor: Slack, given: dict[str, Any], field: str, hint: str
) -> None:
    sponsor.workspace.files["F1"] = "person,joined,left\np1,2020-01-01,\n"
    errors = sponsor.submit(filled(sponsor, "retention", SPONSOR), {"year": typed("2025"), **given}, SPONSOR)["errors"]
    assert list(errors) == [field]
    assert hint in errors[field]
    assert retained(sponsor) == []


def test_retention_is_not_for_everybody(sponsor: Slack) -> None:
    values = {"year": typed("2025"), "start": typed("40"), "stayed": typed("36")}
    opened_before = len(sponsor.workspace.called("views.open"))
    assert "may record who stayed" in said(sponsor, "retention", "U0009")
    assert len(sponsor.workspace.called("views.open")) == opened_before, "nobody fills in what they may not send"
    view = filled(sponsor, "retention", SPONSOR)
    assert "may record who stayed" in str(sponsor.submit(view, values, "U0009")["errors"])
    assert retained(sponsor) == []


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("", "The file is empty"),
        ('person,joined,left\np1,"2020-01-01,\n', "cannot be read as CSV"),
        ("person,joined\np1,2020-01-01\n", "The file has no column left"),
        ("x" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_what_is_wrong_with_the_file_of_who_stayed_is_said_at_it(sponsor: Slack, content: str, hint: str) -> None:
    sponsor.workspace.files["F1"] = content
    errors = sponsor.submit(filled(sponsor, "retention", SPONSOR), {"year": typed("2025"), "file": FILE}, SPONSOR)["errors"]
    assert list(errors) == ["file"]
    assert hint in errors["file"]


def test_deleting_offers_ones_own_surveys_that_can_be_deleted(team: Slack) -> None:
    surveys.save(team.services, Asker(LEAD), BILINGUAL.replace("two-tongues", "mine"))
    view = filled(team, "delete")
    assert offered(view, "what") == ["me", "mine"]
    assert "the results of its waves stay" in words(view)
    assert "person" not in [b.get("block_id") for b in view["blocks"]], "that is for admins"
    assert offered(filled(team, "delete", "U0009"), "what") == ["me"]
    opened(team, "start mine audience=C0TEAM")
    assert offered(filled(team, "delete"), "what") == ["me"], "a wave of it is open"
    said(team, "close mine unopened=yes", "U0ADMIN")
    assert offered(filled(team, "delete", "U0ADMIN"), "what") == ["me", "mine", "team-check", "two-tongues"]
    team.submit(view, {"what": chosen("mine")}, LEAD)
    assert "mine is deleted; the results of its waves stay." in heard(team)
    assert offered(filled(team, "delete"), "what") == ["me"]


def test_more_surveys_than_a_menu_takes_are_deleted_in_words(team: Slack) -> None:
    for number in range(100):
        surveys.save(team.services, Asker(LEAD), BILINGUAL.replace("two-tongues", f"mine-{number:03}"))
    view = filled(team, "delete")
    assert len(offered(view, "what")) == 100
    assert "These are 99 of 100 surveys; say /pulse delete NAME for another." in words(view)


def test_what_may_not_be_deleted_is_refused_at_its_field(team: Slack) -> None:
    view = filled(team, "delete")
    somebody = {"type": "users_select", "selected_user": "U0003"}
    for given, hint in (
        ({"what": chosen("team-check")}, "Only admins and whoever made it may delete team-check"),
        ({"what": chosen("nosuch")}, "There is no survey called “nosuch”"),
        ({}, "Choose what is deleted."),
    ):
        assert hint in team.submit(view, given, LEAD)["errors"]["what"]
    forged = filled(team, "delete", "U0ADMIN")
    assert "Only admins may delete" in str(team.submit(forged, {"person": somebody}, LEAD)["errors"])
    assert list(team.submit(forged, {}, "U0ADMIN")["errors"]) == ["what"]
    both = team.submit(forged, {"what": chosen("me"), "person": somebody}, "U0ADMIN")["errors"]["what"]
    assert both == "Choose what is deleted, or somebody who left, not both."
    assert "team-check" in said(team, "list")


def test_people_are_deleted_in_the_form_as_in_words(team: Slack) -> None:
    opened(team)
    team.submit(filled(team, "delete", "U0003"), {"what": chosen("me")}, "U0003")
    assert "You are taken out of 1 open survey." in heard(team)
    admins = filled(team, "delete", "U0ADMIN")
    assert validate(admins, "modal") == []
    team.submit(admins, {"person": {"type": "users_select", "selected_user": "U0004"}}, "U0ADMIN")
    assert "is taken out of every survey that is open or recurs" in heard(team, 2)
    for user, count in (("U0003", 3), ("U0004", 4)):
        team.press("pulse.answer", "1", user)
        assert "not among those who are asked" in heard(team, count)


def steps_of(slack: Slack, user: str) -> dict[str, tuple[str, str]]:
    return buttons(slack.say("/pulse", "help anonymity", user)["blocks"])


def test_saying_no_is_a_button_that_answers_as_the_words_do(team: Slack) -> None:
    steps = steps_of(team, "U0009")
    assert list(steps) == ["Ask me no more", "Take me out"]
    assert "You are not asked any more, from the next survey on." in words(pressed(team, steps["Ask me no more"], "U0009"))
    assert "Nothing changed: you are not asked any more" in words(pressed(team, steps["Ask me no more"], "U0009"))
    assert list(steps_of(team, "U0002")) == ["Ask me no more", "Take me out"], "who did not say so"
    steps = steps_of(team, "U0009")
    assert list(steps) == ["Ask me again", "Take me out"]
    assert "You are asked again, from the next survey on." in words(pressed(team, steps["Ask me again"], "U0009"))
    assert list(steps_of(team, "U0009")) == ["Ask me no more", "Take me out"]
    opened(team)
    assert "You are taken out of 1 open survey" in words(pressed(team, steps["Take me out"], "U0003"))
    assert "Nothing is deleted: you are in no survey that takes answers" in words(
        pressed(team, steps["Take me out"], "U0STRANGER")
    )


@each_language
def test_saying_no_is_asked_about_in_the_language_of_whoever_is_asked(team: Slack, language: str) -> None:
    opened(team, "start onboarding audience=C0TEAM", directory=crowd(language))

    def dialogs() -> dict[str, dict[str, Any]]:
        blocks = team.say("/pulse", "help anonymity", "U0001")["blocks"]
        found = [e for b in blocks for e in b.get("elements", []) if e.get("type") == "button"]
        return {e["action_id"].partition("#")[0]: e["confirm"] for e in found}

    before = dialogs()
    is_spoken(language, before["pulse.opt-out"], "ask_no_more", "ask_no_more_sure", "cancel")
    is_spoken(language, before["pulse.erase"], "take_out", "take_out_sure", "cancel")
    said(team, "opt-out", "U0001")
    after = dialogs()
    is_spoken(language, after["pulse.opt-in"], "ask_again", "ask_again_sure", "cancel")
    assert after["pulse.opt-in"]["deny"]["text"] == say("cancel", language)
