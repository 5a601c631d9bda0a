"""`/pulse`, through the door: words, the form, the receipt, and what only its viewers see."""

import json
from typing import Any

import pytest

from bot.domain.people import SYSTEM, Asker
from bot.services import definitions, survey_answers, survey_benchmarks, survey_opening, surveys
from bot.services.people import grant
from handlers.slack.commands import pulse
from storage import observations, outbox, waves
from tests.handlers.slack.conftest import Slack, words
from tests.services.survey_world import OF_A_KPI, Directory, people

ADMIN = Asker("U0ADMIN", admin=True)
LEAD = "U0LEAD"


@pytest.fixture
def team(slack: Slack) -> Slack:
    surveys.save(slack.services, ADMIN, OF_A_KPI)
    grant(slack.services, ADMIN, LEAD, "team_lead")
    return slack


def said(slack: Slack, text: str, user: str = LEAD) -> str:
    return words(slack.say("/pulse", text, user))


def opened(slack: Slack, text: str = "start team-check audience=C0TEAM", n: int = 12) -> int:
    assert "is being opened" in said(slack, text)
    with slack.services.db.read() as connection:
        row = waves.open_of(connection, "team-check")
    assert row is not None
    survey_opening.run(slack.services, Directory(people(n)), str(row.id))
    return row.id


def form(slack: Slack, count: int = 1) -> dict[str, Any]:
    view = slack.workspace.wait_for("views.open", count)[-1]["view"]
    parsed: dict[str, Any] = json.loads(view) if isinstance(view, str) else view
    return parsed


def radio(value: str) -> dict[str, Any]:
    return {"type": "radio_buttons", "selected_option": {"value": value}}


def test_every_verb_is_in_the_help(slack: Slack) -> None:
    text = said(slack, "help")
    assert all(f"/pulse {verb}" in text for verb in pulse.VERBS)
    assert set(pulse.VERBS) == set(pulse._RUN)


def test_somebody_answers_gets_a_receipt_and_can_take_it_back(team: Slack) -> None:
    wave = opened(team)
    team.press("pulse.answer", str(wave), "U0001")
    view = form(team)
    text = words(view)
    assert text.index("Confidential while open, unlinkable after close") < text.index("I know what we want to reach.")
    answer = team.submit(
        view, {"goals": radio("4"), "pride": radio("declined"), "more": {"type": "plain_text_input", "value": "Hi"}}, "U0001"
    )
    assert answer["response_action"] == "update"
    assert "You answered." in words(answer["view"])
    assert "Hi" not in json.dumps(answer)
    team.press("pulse.answer", str(wave), "U0001")
    again = json.dumps(form(team, 2))
    assert '"initial_value": "Hi"' in again
    assert "You have answered" in again
    team.press("pulse.withdraw", str(wave), "U0001", view=answer["view"] | {"id": "V1", "type": "modal"})
    taken = team.workspace.wait_for("views.update")[-1]["view"]
    assert "taken back" in words(taken)
    (button,) = [each for block in taken["blocks"] if block["type"] == "actions" for each in block["elements"]]
    assert (button["action_id"], button["text"]["text"]) == ("pulse.answer", "Answer")


def test_whoever_is_not_asked_is_told_so_and_nobody_sees_results_of_an_open_wave(team: Slack) -> None:
    wave = opened(team)
    team.press("pulse.answer", str(wave), "U0STRANGER")
    assert "not among those who are asked" in words(team.workspace.wait_for("respond")[-1])
    assert "nothing is shown before it is closed" in said(team, "results team-check")


def test_the_results_have_intervals_and_are_for_their_viewers(team: Slack) -> None:
    wave = opened(team)
    for n in range(1, 12):
        team.press("pulse.answer", str(wave), f"U{n:04}")
        view = form(team, n)
        team.submit(
            view,
            {
                "goals": radio(str(1 + n % 5)),
                "pride": radio("4"),
                "recommend": {"type": "static_select", "selected_option": {"value": str(n - 1)}},
            },
            f"U{n:04}",
        )
    assert "team-check #1 is closed: 11 of 12 answered (92%)" in said(team, "close team-check")
    text = said(team, "results team-check")
    assert "11 of 12 answered (92%)" in text
    assert "eNPS" in text
    assert "12 invited, 11 opened" in text
    assert "Only those who were named when it was started" in said(team, "results team-check", "U0001")
    assert "keys destroyed 2026-11-24" in text


def test_nothing_of_an_answer_is_kept_in_the_ledger_or_the_audit_log(team: Slack) -> None:
    wave = opened(team)
    team.press("pulse.answer", str(wave), "U0001")
    team.submit(
        form(team), {"goals": radio("2"), "more": {"type": "plain_text_input", "value": "a canary in the mine"}}, "U0001"
    )
    with team.services.db.read() as connection:
        ledger = " ".join(each.payload for each in outbox.everything(connection))
        known = connection.exec_driver_sql("SELECT user_id FROM person").scalars().all()
        receipts = connection.exec_driver_sql("SELECT count(*) FROM receipt").scalar()
    assert "canary" not in ledger
    assert (known, receipts) == ([LEAD], 0), "nobody's time of answering is learnt"


def closed(slack: Slack, n: int = 12, text: str = "start team-check audience=C0TEAM") -> None:
    """A wave that n of 12 people answered, closed by whoever started it."""
    wave = opened(slack, text)
    for i, person in enumerate(people(n)):
        given = {"goals": str(1 + i % 5), "pride": str(1 + i % 4), "recommend": str(i % 11), "more": f"The build is slow {i}"}
        survey_answers.keep(slack.services, person.user_id, wave, 1, given)
    assert "is closed" in said(slack, "close team-check")


def retained(slack: Slack) -> list[tuple[float, int | None]]:
    with slack.services.db.read() as connection:
        found = observations.recent(connection, ["retention"], 10).get("retention", ())
    return [(float(o.value or 0), o.n) for o in found]


@pytest.fixture
def sponsor(team: Slack) -> str:
    definitions.apply_files(team.services, SYSTEM)
    for role in ("executive", "executive_sponsor"):
        grant(team.services, ADMIN, "U0SPONSOR", role)
    return "U0SPONSOR"


def test_retention_by_words_is_judged_and_lands_in_its_kpi(team: Slack, sponsor: str) -> None:
    text = said(team, "retention year=2025 start=40 stayed=36", sponsor)
    assert "Retention 2025: 90.0% (76.9% to 96.0%), 36 of 40: cannot tell whether above 85%." in text
    assert retained(team) == [(0.9, 40)]
    assert "200 of 200: above 85%." in said(team, "retention year=2024 start=200 stayed=200", sponsor)
    assert "120 of 200: not above 85%." in said(team, "retention year=2023 start=200 stayed=120", sponsor)
    assert "year= is a whole number" in said(team, f"retention year={'9' * 5000} start=200 stayed=120", sponsor)
    assert "The year is not over" in said(team, "retention year=2026 start=200 stayed=200", sponsor)
    assert "or one before it, in four digits." in said(team, "retention year=26 start=200 stayed=200", sponsor)
    assert "already has" in said(team, "retention year=2025 start=40 stayed=30", sponsor)
    assert "start= is a whole number" in said(team, "retention year=2022 start=many stayed=3", sponsor)
    assert (0.9, 40) in retained(team)
    assert "may record who stayed" in said(team, "retention year=2021 start=40 stayed=36", "U0001"), "it is not for everybody"


def test_retention_by_file_counts_joiners_and_leavers(team: Slack, sponsor: str) -> None:
    stays = [
        *(f"p{n},2020-01-01," for n in range(36)),
        *(f"q{n},2020-01-01,2025-0{n + 2}-01" for n in range(4)),
        "new,2025-06-01,",
    ]
    team.workspace.files["F1"] = "person,joined,left\n" + "\n".join(stays)
    team.say("/pulse", "retention", sponsor)
    view = form(team)
    year = {"type": "plain_text_input", "value": "2025"}
    file = {"type": "file_input", "files": [{"id": "F1", "name": "staff.csv"}]}
    team.submit(view, {"year": year, "file": file}, sponsor)
    text = words(team.workspace.wait_for("respond")[-1])
    assert "36 of 40" in text
    assert "40 at the start, 1 joined, 4 left, 37 at the end" in text
    assert "Turnover" in text
    assert retained(team) == [(0.9, 40)]


def test_results_are_sent_as_a_file_to_whoever_may_see_them(team: Slack) -> None:
    closed(team)
    assert "team-check-1.csv is in your messages from Barometer." in said(team, "export team-check as=csv")
    sent = team.workspace.called("files.getUploadURLExternal")
    assert [each["filename"] for each in sent] == ["team-check-1.csv"]
    assert team.workspace.called("conversations.open")[-1]["users"] == LEAD
    assert "Only those who were named when it was started" in said(team, "export team-check", "U0001")
    assert "as= is csv, xlsx or json; yaml for the survey itself, or people if it keeps names." in said(
        team, "export team-check as=pdf"
    )
    assert len(team.workspace.called("files.getUploadURLExternal")) == 1


def test_the_course_the_comparison_and_the_comments(team: Slack) -> None:
    closed(team)
    closed(team)
    text = said(team, "trend team-check")
    assert "Team check, 2 waves" in text
    assert "Benjamini–Hochberg" in text
    text = said(team, "compare team-check with=uk-civil-service")
    assert "Not top quartile" in text or "Cannot tell whether top quartile" in text
    assert "against 67.4, n 12." in text
    source = survey_benchmarks.known(team.services)["uk-civil-service"]
    for each in (f"{source.title}, {source.year}", source.caveat, source.source, "Open Government Licence"):
        assert each in text
    assert "no benchmark “nobody”" in said(team, "compare team-check with=nobody")
    text = said(team, "comments team-check wave=1")
    assert "12 comments, in no order" in text
    assert "build (12), slow (12)" in text
    assert "page= is a number" in said(team, "comments team-check page=next")
    for verb in ("trend", "compare", "comments"):
        assert "Only those who were named when it was started" in said(team, f"{verb} team-check", "U0001")


def test_results_of_a_channel_are_for_its_readers(team: Slack) -> None:
    team.workspace.channels["C0GEN"] = {"name": "general", "is_member": True}
    closed(team, text="start team-check audience=C0TEAM channel=C0GEN")
    assert "12 of 12 answered" in said(team, "results team-check", "U0001")
    elsewhere = words(team.say("/pulse", "results team-check", "U0001", channel_id="C0ELSE"))
    assert "Only those who were named when it was started" in elsewhere


def test_what_is_done_is_noted_and_the_next_invitation_says_so(team: Slack) -> None:
    closed(team)
    assert "Noted as action 1" in said(team, 'actions team-check add="Fewer meetings" owner=<@U0ANA|ana> due=2027-12-18')
    assert "Only its owner, whoever made it, and admins" in said(team, "actions team-check done=1", "U0001")
    assert "Action 1 is done" in said(team, 'actions team-check done=1 outcome="two a week"')
    opened(team)
    with team.services.db.read() as connection:
        sent = {each.payload for each in outbox.everything(connection) if "pulse.answer" in each.payload}
    assert len(sent) == 1
    assert "Fewer meetings (two a week)." in sent.pop()


def test_the_form_asks_once_or_again_and_again(team: Slack) -> None:
    said(team, "start")
    chosen = {"type": "static_select", "selected_option": {"value": "team-check"}}
    channel = {"type": "multi_conversations_select", "selected_conversations": ["C0TEAM"]}
    when = {"type": "plain_text_input", "value": "weekly tuesday 10:00"}
    mode = {"type": "static_select", "selected_option": {"value": "anonymous"}}
    team.submit(form(team), {"survey": chosen, "audience": channel, "mode": mode, "when": when}, LEAD)
    assert "is asked every Tuesday at 10:00" in words(team.workspace.wait_for("respond")[-1])
    said(team, "start")
    team.submit(form(team, 2), {"survey": chosen, "audience": channel, "mode": mode}, LEAD)
    assert "is being opened" in words(team.workspace.wait_for("respond", 2)[-1])


def test_the_invitation_names_where_it_is_said_who_can_learn_what(team: Slack) -> None:
    opened(team)
    with team.services.db.read() as connection:
        sent = {each.payload for each in outbox.everything(connection) if "pulse.answer" in each.payload}
    assert "/pulse help anonymity says who can learn what" in sent.pop()
