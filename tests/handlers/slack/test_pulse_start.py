"""Asking people in a form: whom, for how long, how often and in which way, and what is wrong at its field."""

from typing import Any

import pytest

from bot import ballots
from bot.domain.survey_waves import Contract, load
from bot.services import surveys
from handlers.slack.forms import pulse_start
from playground.block_kit import validate
from storage import surveys as stored
from storage import waves
from storage.waves import StoredWave
from tests.fake_slack import never
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.test_pulse_life import (
    ADMIN,
    LEAD,
    PRIVATE,
    PUBLIC,
    answered,
    chosen,
    clock,
    form_of,
    notices,
    said,
    services,
    settled,
    team,
    typed,
)
from tests.services.survey_world import SURVEY, Directory, people

__all__ = ["clock", "services", "team"]

TICKED = {"type": "checkboxes", "selected_options": [{"value": "yes"}]}


def channels(*ids: str) -> dict[str, Any]:
    return {"type": "multi_conversations_select", "selected_conversations": list(ids)}


def users(*ids: str) -> dict[str, Any]:
    return {"type": "multi_users_select", "selected_users": list(ids)}


def groups(*ids: str) -> dict[str, Any]:
    return {"type": "multi_external_select", "selected_options": [{"value": each} for each in ids]}


def person(user: str) -> dict[str, Any]:
    return {"type": "users_select", "selected_user": user}


def opened(slack: Slack, name: str = "team-check", user: str = LEAD) -> dict[str, Any]:
    view = form_of(slack, name, user, "pulse.form")
    assert validate(view, "modal") == []
    return view


def wave(slack: Slack, name: str = "team-check") -> tuple[StoredWave, Contract]:
    with slack.services.db.read() as connection:
        row = waves.open_of(connection, name)
    assert row is not None
    return row, load(row.contract)


def fields(view: dict[str, Any]) -> list[str]:
    return [b["block_id"] for b in view["blocks"] if b["type"] == "input"]


def test_the_first_step_is_short_and_begins_with_this_channel_and_the_kind_that_the_survey_says(team: Slack) -> None:
    surveys.save(team.services, ADMIN, SURVEY.replace("name: team-check", "name: named\n    mode: attributed"))
    view = opened(team, "named")
    assert fields(view) == ["survey", "audience", "groups", "people", "closes", "when", "results", "mode", "more"]
    elements = {b["block_id"]: b["element"] for b in view["blocks"]}
    assert elements["audience"]["initial_conversations"] == ["C0GEN"]
    assert elements["mode"]["initial_option"]["value"] == "attributed"
    assert elements["closes"]["placeholder"]["text"] == "Empty: as the survey says (named: 3d)"
    team.submit(view, {"survey": chosen("named"), "audience": channels("C0GEN")}, LEAD)
    assert wave(team, "named")[1].mode == "attributed", "what nobody chose is as the survey says"


def test_what_was_typed_without_a_survey_stands_in_the_form(team: Slack) -> None:
    typed_so_far = (
        "start audience=<#C0BIG>,<!subteam^S0ML>,<@U0X> closes=9d mode=Attributed channel=C0GEN viewers=<@U0X> at=9:30"
    )
    team.workspace.channels["C0GEN"] = {}
    team.say("/pulse", typed_so_far, LEAD)
    view = team.workspace.wait_for("views.open")[-1]["view"]
    assert validate(view, "modal") == []
    elements = {b["block_id"]: b["element"] for b in view["blocks"]}
    assert elements["audience"]["initial_conversations"] == ["C0BIG"]
    assert [each["value"] for each in elements["groups"]["initial_options"]] == ["S0ML"]
    assert elements["people"]["initial_users"] == ["U0X"]
    assert elements["closes"]["initial_value"] == "9d"
    assert elements["mode"]["initial_option"]["value"] == "attributed"
    assert elements["results"]["initial_conversation"] == "C0GEN"
    values = {"survey": chosen("enps"), "audience": channels("C0BIG"), "mode": chosen("attributed"), "more": TICKED}
    more = team.submit(view, values, LEAD)["view"]
    elements = {b["block_id"]: b["element"] for b in more["blocks"]}
    assert (elements["at"]["initial_value"], elements["viewers"]["initial_users"]) == ("9:30", ["U0X"])
    assert "initial_value" not in elements["cuts"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("audience=nobody", "nobody"),
        ("mode=secret", "A survey is anonymous, attributed or sealed; “secret” is none of them."),
        ("at=noon", "a time of day"),
    ],
)
def test_what_cannot_be_read_opens_no_form(team: Slack, text: str, hint: str) -> None:
    assert hint in said(team, f"start {text}")
    assert team.workspace.called("views.open") == []


def test_the_hour_is_repeated_to_whoever_starts_it_by_command_and_by_form(team: Slack) -> None:
    at = "People are written to at 10:00 on their own clocks, outside quiet hours and holidays."
    assert at in said(team, "start team-check audience=C0TEAM at=10:00")
    settled(team, "team-check", Directory(people(12)))
    assert "They are written to at 10:00 on their own clocks." in notices(team, LEAD)
    first = {"survey": chosen("enps"), "audience": channels("C0GEN"), "more": TICKED}
    more = team.submit(opened(team), first, LEAD)["view"]
    team.submit(more, {"at": typed("10:00")}, LEAD)
    assert at in words(team.workspace.wait_for("respond")[-1])


def test_without_an_hour_people_are_written_to_at_their_own(team: Slack) -> None:
    assert "People are written to at their own hour, outside quiet hours" in said(team, "start team-check audience=C0TEAM")


def test_channels_groups_and_people_are_asked_together(team: Slack) -> None:
    values = {
        "survey": chosen("team-check"),
        "audience": channels("C0A", "C0B"),
        "groups": groups("S0ML"),
        "people": users("U0X"),
    }
    for field, given in (
        ("groups", values),
        ("people", {**values, "groups": groups()}),
        ("audience", {**values, "people": users(), "groups": groups()}),
    ):
        errors = team.submit(opened(team), given, "U0003")["errors"]
        assert list(errors) == [field], "this takes a role"
        assert "may ask people, user groups or several channels" in errors[field]
    team.submit(opened(team), values, LEAD)
    row, contract = wave(team)
    assert contract.audience == "C0A C0B S0ML 1 people"
    assert row.asks is not None
    assert row.asks["audience"] == "C0A,C0B,S0ML,U0X"


def test_user_groups_are_found_by_their_handle_or_name(team: Slack) -> None:
    team.workspace.groups += [
        {"id": "S0ML", "handle": "ml-leads", "name": "Leads of ML", "date_delete": 0},
        {"id": "S0OLD", "handle": "ml-old", "name": "Old", "date_delete": 1700000000},
        {"id": "S0SRE", "handle": "sre", "name": "Site *reliability* <!channel>", "date_delete": 0},
    ]
    found = {
        typed_in: [o["value"] for o in team.search(pulse_start.GROUPS, typed_in)] for typed_in in ("", "@ML", "reli", "xyz")
    }
    assert found == {"": ["S0ML", "S0SRE"], "@ML": ["S0ML"], "reli": ["S0SRE"], "xyz": []}
    assert len(team.workspace.called("usergroups.list")) <= 2, "once a minute, not once a letter"


def test_where_slack_tells_of_no_groups_there_are_none_to_choose(team: Slack) -> None:
    team.workspace.groups += [{"id": "S0ML", "handle": "ml-leads", "name": "Leads of ML", "date_delete": 0}]
    for fault in ("missing_scope", "429", "500 html", "cut before"):
        team.workspace.plan = lambda method, _, fault=fault: fault if method == "usergroups.list" else None
        assert team.search(pulse_start.GROUPS, "") == []
    team.workspace.plan = never
    assert [o["value"] for o in team.search(pulse_start.GROUPS, "")] == ["S0ML"], "what failed is asked again"


def test_a_sealed_survey_is_started_in_the_form(team: Slack) -> None:
    """The second step asks for who keeps the key, and is told what is wrong at its fields."""
    first = {"survey": chosen("team-check"), "audience": channels("C0TEAM"), "mode": chosen("sealed")}
    view = team.submit(opened(team), first, LEAD)["view"]
    assert validate(view, "modal") == []
    assert fields(view) == ["file", "cuts", "at", "viewers", "custodian", "key"]
    second = {"custodian": person("U0KEEPER"), "key": typed(PUBLIC), "viewers": users("U0BOSS", "U0PEER"), "at": typed("10:00")}
    for name, value, hint in (
        ("key", typed("not a key"), "key"),
        ("custodian", person(LEAD), "Somebody else than you keeps the key"),
        ("at", typed("ten"), "“Hour on everybody's own clock” is a time of day, such as 10:00."),
        ("cuts", typed("tenure"), "Nobody knows who belongs to which"),
    ):
        errors = team.submit(view, {**second, name: value}, LEAD)["errors"]
        assert list(errors) == [name]
        assert hint in errors[name]
    team.submit(view, second, LEAD)
    row, contract = wave(team)
    assert (contract.mode, contract.custodian, contract.public_key) == ("sealed", "U0KEEPER", ballots.check_public(PUBLIC))
    assert (contract.viewers, contract.at, contract.channel) == ((LEAD, "U0BOSS", "U0PEER"), "10:00", "")
    settled(team, "team-check", Directory(people(12)))
    answered(team, row.id)
    team.say("/pulse", "close team-check", LEAD)
    unlock = form_of(team, row.id, "U0KEEPER", "pulse.unlock")
    team.submit(unlock, {"key": typed(PRIVATE)}, "U0KEEPER")
    assert "is closed" in words(team.workspace.wait_for("respond")[-1])


def test_it_recurs_for_groups_of_people_with_viewers(team: Slack) -> None:
    first = {"survey": chosen("team-check"), "groups": groups("S0ML"), "when": typed("weekly tuesday 10:00"), "more": TICKED}
    view = team.submit(opened(team), first, LEAD)["view"]
    team.submit(view, {"viewers": users("U0BOSS"), "cuts": typed("group")}, LEAD)
    told = words(team.workspace.wait_for("respond")[-1])
    assert "is asked every Tuesday at 10:00" in told
    assert f"It asks <!subteam^S0ML>; results go to <@{LEAD}>, <@U0BOSS>; with mode=anonymous, cuts=group." in told
    with team.services.db.read() as connection:
        found = stored.schedule_of(connection, "team-check")
    assert found is not None
    assert found.terms == {"audience": "S0ML", "viewers": "U0BOSS", "cuts": "group", "mode": "anonymous"}


@pytest.mark.parametrize(
    ("values", "field", "hint"),
    [
        ({"audience": channels()}, "audience", "Choose channels, user groups or people"),
        ({"people": users(*(f"U0P{n:03}" for n in range(120)))}, "audience", "name at most 100, or give a file"),
        ({"when": typed("sometimes")}, "when", ""),
        ({"when": typed("weekly tuesday 10:00"), "closes": typed("2026-12-24")}, "closes", "how long each wave is open"),
        ({"closes": typed("1m")}, "closes", "at least 10 minutes"),
        ({"closes": typed("🎉 \u202elater")}, "closes", "no time to come that I can read"),
        ({"results": {"type": "conversations_select", "selected_conversation": "C0GONE"}}, "results", "Slack knows no such"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(team: Slack, values: dict[str, Any], field: str, hint: str) -> None:
    """In the first step, also where a second one follows."""
    good = {"survey": chosen("team-check"), "audience": channels("C0TEAM")}
    for more in ({}, {"more": TICKED}) if field != "audience" or "people" in values else ({},):
        errors = team.submit(opened(team), {**good, **values, **more}, LEAD)["errors"]
        assert list(errors) == [field], errors
        assert hint in errors[field]
    with team.services.db.read() as connection:
        assert waves.open_of(connection, "team-check") is None


def test_a_hundred_people_fit_into_what_a_form_carries(team: Slack) -> None:
    everybody = users(*(f"U0{n:09}" for n in range(100)))
    first = {"survey": chosen("team-check"), "audience": channels(), "people": everybody, "more": TICKED}
    view = team.submit(opened(team), first, LEAD)["view"]
    assert validate(view, "modal") == [], "Slack takes 3,000 characters"
    team.submit(view, {}, LEAD)
    assert wave(team)[1].audience == "100 people"
