"""`/pulse` through the door: a survey's whole life in Slack, and what may go wrong on the way."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from bot import ballots
from bot.domain.people import Asker
from bot.domain.survey_waves import Terms
from bot.services import Services, survey_follow_ups, survey_opening, survey_waves, surveys
from bot.services.people import grant
from storage import Database, outbox, waves
from storage import surveys as stored
from storage.tables import metadata
from tests.handlers.slack.conftest import Slack, signed, words
from tests.services.posting import Box
from tests.services.survey_world import OF_A_KPI, SURVEY, Clock, Directory, people

ADMIN = Asker("U0ADMIN", admin=True)
LEAD = "U0LEAD"
PRIVATE, PUBLIC = ballots.key_pair()
BILINGUAL = """
apiVersion: barometer/v1
kind: SurveySet
surveys:
  - name: two-tongues
    title: {en: How are we, no: Hvordan har vi det}
    about: {en: Two questions., no: To spørsmål.}
    a_page: 1
    questions:
      - {id: well, kind: agree, text: {en: I am well., no: Jeg har det bra.}}
      - {id: more, kind: line, text: {en: What else?, no: Hva mer?}}
"""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(services: Services, clock: Clock) -> Services:
    return replace(services, now=clock)


@pytest.fixture
def team(slack: Slack) -> Slack:
    surveys.save(slack.services, ADMIN, OF_A_KPI)
    surveys.save(slack.services, ADMIN, BILINGUAL)
    grant(slack.services, ADMIN, LEAD, "team_lead")
    return slack


def said(slack: Slack, text: str, user: str = LEAD, **more: str) -> str:
    return words(slack.say("/pulse", text, user, **more))


def erased(slack: Slack) -> str:
    before = len(slack.workspace.called("respond"))
    slack.press("pulse.erase", "", "U0003")
    return words(slack.workspace.wait_for("respond", before + 1)[-1])


def opened(slack: Slack, text: str = "start team-check audience=C0TEAM", n: int = 12, directory: Any = None) -> int:
    assert "is being opened" in said(slack, text)
    return settled(slack, text.split()[1], directory or Directory(people(n)))


def opened_behind(slack: Slack, name: str, directory: Any = None) -> int:
    """A wave that nobody said a word for: where Slack waits for so short a time that a busy machine would be too late."""
    survey_waves.start(slack.services, Asker(LEAD, roles=frozenset({"team_lead"})), name, Terms(audience="C0TEAM"))
    return settled(slack, name, directory or Directory(people(12)))


def invited(slack: Slack, wave: int) -> None:
    """Have all invitations of a wave sent."""
    with slack.services.db.begin() as connection:
        for each in outbox.everything(connection):
            if each.subject == survey_waves.SUBJECT.format(id=wave):
                outbox.change(connection, each.id, state="sent", sent_at=slack.services.now())


def settled(slack: Slack, name: str, directory: Any) -> int:
    with slack.services.db.read() as connection:
        row = waves.open_of(connection, name)
    assert row is not None
    survey_opening.run(slack.services, directory, str(row.id))
    return row.id


def form(slack: Slack, count: int | None = None) -> dict[str, Any]:
    before = count or 1
    view = slack.workspace.wait_for("views.open", before)[-1]["view"]
    parsed: dict[str, Any] = json.loads(view) if isinstance(view, str) else view
    return parsed


def form_of(slack: Slack, wave: int | str, user: str, action: str = "pulse.answer") -> dict[str, Any]:
    before = len(slack.workspace.called("views.open"))
    slack.press(action, str(wave), user)
    return form(slack, before + 1)


def radio(value: str) -> dict[str, Any]:
    return {"type": "radio_buttons", "selected_option": {"value": value}}


def typed(value: str) -> dict[str, Any]:
    return {"type": "plain_text_input", "value": value}


def chosen(value: str) -> dict[str, Any]:
    return {"type": "static_select", "selected_option": {"value": value}}


def answered(slack: Slack, wave: int, users: int = 11, **given: dict[str, Any]) -> None:
    for number in range(1, users + 1):
        user = f"U{number:04}"
        answer = slack.submit(form_of(slack, wave, user), {"goals": radio(str(1 + number % 5)), **given}, user)
        assert answer.get("response_action") == "update", answer


PAGED = """
apiVersion: barometer/v1
kind: SurveySet
surveys:
  - name: three-choices
    title: Three choices
    questions:
      - {id: goals, kind: agree, text: I know our goals.}
      - {id: first, kind: one, text: Which first?, options: [{id: a, text: Alpha}, {id: b, text: Beta}]}
      - {id: second, kind: one, text: Which second?, options: [{id: a, text: Gamma}, {id: b, text: Delta}]}
"""


def test_a_button_leads_to_more_questions_of_the_same_wave(team: Slack) -> None:
    """Slack takes two charts in a message."""
    surveys.save(team.services, ADMIN, PAGED)
    wave = opened(team, "start three-choices audience=C0TEAM")
    for n in range(1, 13):
        chosen_of = {"goals": radio(str(1 + n % 5)), "first": radio("ab"[n % 2]), "second": radio("ab"[n % 3 == 0])}
        assert team.submit(form_of(team, wave, f"U{n:04}"), chosen_of, f"U{n:04}")["response_action"] == "update"
    said(team, "close three-choices")
    message = team.say("/pulse", "results three-choices", LEAD)
    assert [b["type"] for b in message["blocks"]].count("data_visualization") == 2
    assert "Which second?" not in words(message)
    (buttons,) = [b["elements"] for b in message["blocks"] if b["type"] == "actions"]
    (more,) = [b for b in buttons if b["text"]["text"] == "More questions"]
    team.press(more["action_id"], more["value"], LEAD)
    second = team.workspace.wait_for("respond")[-1]
    assert "page 2 of 2" in words(second)
    assert "Which second?" in words(second)
    assert "Which first?" not in words(second)
    assert "Which second?" in said(team, "results three-choices wave=1 page=2")
    for page in ("0", "3", "99"):
        told = said(team, f"results three-choices page={page}")
        assert "three-choices #1 has pages 1 to 2." in told
        assert "is a number" not in told
    assert "page= is a number, and three-choices #1 has pages 1 to 2." in said(team, "results three-choices page=two")
    assert "page= is a number, and three-choices #1 has only page 1." in said(team, "comments three-choices page=two")
    told = said(team, "comments three-choices page=2")
    assert "three-choices #1 has only page 1." in told
    assert "is a number" not in told
    before = len(team.workspace.called("respond"))
    team.press(more["action_id"], "three-choices #1 99", LEAD)
    assert "page 2 of 2" in words(team.workspace.wait_for("respond", before + 1)[-1]), "the last, where a page is gone"


def notices(slack: Slack, whom: str) -> str:
    with slack.services.db.read() as connection:
        return "\n".join(each.payload for each in outbox.everything(connection) if each.target == whom)


def test_a_sealed_survey_from_its_key_to_its_results(team: Slack) -> None:
    assert "barometer surveys keys" in said(team, "start team-check audience=C0TEAM mode=sealed")
    wave = opened(team, f"start team-check audience=C0TEAM mode=sealed custodian=<@U0KEEPER> key={PUBLIC}")
    view = form_of(team, wave, "U0001")
    assert "Sealed while open, unlinkable after close: a second person keeps the key" in words(view)
    assert "You keep the key of “Team check”" in notices(team, "U0KEEPER")
    answered(team, wave)
    again = form_of(team, wave, "U0001")
    assert "initial_option" not in json.dumps(again), "nobody can read it back, not even for its owner"
    assert "You have answered. That is sealed and cannot be filled in here: answer all of it again" in words(again)
    assert "its custodian is asked for the key" in said(team, "close team-check")
    assert "Open it with the private key" in notices(team, "U0KEEPER")
    unlock = form_of(team, wave, "U0KEEPER", "pulse.unlock")
    wrong = team.submit(unlock, {"key": typed(ballots.key_pair()[0])}, "U0KEEPER")
    assert "That is not the key of this survey" in wrong["errors"]["key"]
    assert "Only its custodian" in str(team.submit(unlock, {"key": typed(PRIVATE)}, LEAD)["errors"])
    team.submit(unlock, {"key": typed(PRIVATE)}, "U0KEEPER")
    counted = words(team.workspace.wait_for("respond")[-1]) + words(team.workspace.called("chat.postEphemeral"))
    assert "11 of 12 answered" in counted
    assert "its keys are destroyed next. The results then go to " in counted
    assert "pulse.results" not in json.dumps(team.workspace.called("respond")[-1]), "they may not see the results"
    before = len(team.workspace.called("respond"))
    team.press("pulse.unlock", str(wave), "U0KEEPER")
    assert "team-check #1 was opened already" in words(team.workspace.wait_for("respond", before + 1)[-1])
    assert "11 of 12 answered" in said(team, "results team-check")
    assert PRIVATE not in notices(team, "U0KEEPER") + notices(team, LEAD)


def test_a_survey_that_keeps_names_says_so_and_shows_them_to_its_viewers(team: Slack) -> None:
    wave = opened(team, "start team-check audience=C0TEAM mode=attributed")
    view = form_of(team, wave, "U0001")
    assert words(view["blocks"][0]).startswith("Not anonymous: your answers are kept with your name")
    receipt = team.submit(view, {"goals": radio("2")}, "U0001")
    assert "It is kept with your name." in words(receipt["view"])
    answered(team, wave)
    said(team, "close team-check")
    text = said(team, "results team-check by=people")
    assert "11 people answered team-check #1" in text
    assert "I know what we want to reach.: 2" in text
    assert "Only those who were named when it was started" in said(team, "results team-check by=people", "U0002")
    assert "Only those who were named when it was started" in said(team, "export team-check as=people", "U0002")
    assert "Your answers are deleted from 1 survey that kept names." in erased(team)
    assert "10 people answered" in said(team, "results team-check by=people")


def test_whoever_sees_results_in_a_channel_hears_who_alone_reads_the_names(team: Slack) -> None:
    team.workspace.channels["C0GEN"] = {"name": "general", "is_member": True}
    wave = opened(team, "start team-check audience=C0TEAM mode=attributed channel=C0GEN viewers=<@U0BOSS|boss>")
    answered(team, wave)
    said(team, "close team-check")
    refused = team.say("/pulse", "results team-check by=people", "U0009", channel_id="C0GEN")
    assert "may see who answered what in team-check #1." in words(refused)
    assert "may see the results" not in words(refused)
    assert all(f'"user_id": "{each}"' in json.dumps(refused) for each in (LEAD, "U0BOSS"))
    seen = team.say("/pulse", "results team-check", "U0009", channel_id="C0GEN")
    assert "11 of 12 answered" in words(seen)
    assert "By people" not in words(seen)
    assert "By people" in words(team.say("/pulse", "results team-check", "U0BOSS", channel_id="C0GEN"))
    for user, is_offered in (("U0009", False), ("U0BOSS", True)):
        view = form_of(team, "team-check #1 attributed", user, "pulse.export")
        assert ("who answered what" in words(view)) is is_offered


def marked_up(body: object) -> str:
    """All that Slack reads mentions in: not what stands in rich text, which is literal."""
    if isinstance(body, dict):
        if body.get("type") == "mrkdwn" or "response_type" in body:
            return f"{body.get('text', '')} {marked_up(list(body.values()))}"
        return marked_up(list(body.values()))
    return " ".join(map(marked_up, body)) if isinstance(body, list) else ""


def test_an_author_is_asked_back_and_answers_without_being_named(team: Slack) -> None:
    wave = opened(team)
    answered(team, wave)
    view = form_of(team, wave, "U0003")
    ticked = {"type": "checkboxes", "selected_options": [{"value": "yes"}]}
    tick = next(b for b in view["blocks"] if b.get("block_id") == "more.ask")["element"]["options"][0]["value"]
    ticked["selected_options"] = [{"value": tick}]
    team.submit(view, {"goals": radio("4"), "more": typed("Fewer <!channel> *meetings*"), "more.ask": ticked}, "U0003")
    said(team, "close team-check")
    listed = team.say("/pulse", "comments team-check", LEAD)
    assert "<!channel>" not in marked_up(listed), "nothing that is typed calls a channel"
    button = next(e for b in listed["blocks"] for e in _elements(b) if e.get("action_id", "").startswith("pulse.ask"))
    ask = form_of(team, button["value"], LEAD, "pulse.ask")
    team.submit(ask, {"question": typed("Which?")}, LEAD)
    box = Box()
    for turn in ("today", "today 10"):
        survey_follow_ups.run(team.services, box, f"{wave} {turn}")
    assert box.targets == ["U0003"]
    before = len(team.workspace.called("respond"))
    team.press("pulse.reply", box.posted[0].id, "U0004")
    assert "Nobody can be asked about that comment" in words(team.workspace.wait_for("respond", before + 1)[-1])
    reply = form_of(team, box.posted[0].id, "U0003", "pulse.reply")
    assert "Fewer" in words(reply), "what it is about stands in the form"
    assert "Fewer" not in str(box.posted[0].message), "and in no message"
    assert "Nobody can be asked about that comment" in str(team.submit(reply, {"reply": typed("Me")}, "U0004")["errors"])
    assert "Your answer is kept" in words(team.submit(reply, {"reply": typed("On Friday")}, "U0003")["view"])
    again = form_of(team, box.posted[0].id, "U0003", "pulse.reply")
    assert "On Friday" in str(again["blocks"]), "another answer would replace it"
    survey_follow_ups.run(team.services, box, f"{wave} tomorrow")
    assert "On Friday" in notices(team, LEAD)
    assert "U0003" not in notices(team, LEAD)


def _elements(block: dict[str, Any]) -> list[dict[str, Any]]:
    return [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]


def test_the_app_home_shows_what_one_is_asked_and_never_whether_one_answered(team: Slack, clock: Clock) -> None:
    wave = opened(team)

    def home(user: str) -> str:
        team.happen({"type": "app_home_opened", "user": user, "tab": "home", "channel": "D1"})
        return json.dumps(team.workspace.called("views.publish")[-1]["view"])

    before = home("U0001")
    assert "You are asked" in before
    assert "Team check" in before
    view = form_of(team, wave, "U0001")
    team.submit(view, {"goals": radio("4")}, "U0001")
    assert home("U0001") == before == home("U0002")
    assert "You are asked" not in home("U0STRANGER")
    count = len(team.workspace.called("views.open"))
    team.press("pulse.answer", str(wave), "U0002", view={"type": "home", "id": "V1"})
    assert "I know what we want to reach." in words(form(team, count + 1))
    clock.on(days=3)
    assert "You are asked" not in home("U0001")


def test_each_is_asked_in_their_own_language_over_pages_that_are_kept(team: Slack) -> None:
    crowd = Directory(tuple(replace(m, language="nb-NO" if m.user_id < "U0004" else "en-GB") for m in people(6)))
    wave = opened(team, "start two-tongues audience=C0TEAM", directory=crowd)
    assert "Hvordan har vi det" in notices(team, "U0001")
    assert "How are we" in notices(team, "U0005")
    view = form_of(team, wave, "U0001")
    assert "Jeg har det bra." in words(view)
    assert "To spørsmål." in words(view)
    assert "Side 1 av 2" in words(view)
    second = team.submit(view, {"well": radio("4")}, "U0001")["view"]
    assert "Hva mer?" in words(second)
    assert "Side 2 av 2" in words(second)
    again = json.dumps(form_of(team, wave, "U0001"))
    assert '"initial_option"' in again, "what was filled in is kept when one goes on"
    assert "Du har svart." in words(team.submit(second, {"more": typed("Ingenting")}, "U0001")["view"])


def test_a_survey_of_ones_own_is_written_in_a_form_and_all_its_problems_are_told(team: Slack) -> None:
    team.press("pulse.yaml", "enps", LEAD)
    view = form(team)
    assert "name: our-enps" in json.dumps(view)
    head, asked = "apiVersion: barometer/v1\nkind: SurveySet\nsurveys:\n", "questions: [{id: a, kind: ten, text: x}]"
    bad = f"{head}- name: Bad Name\n  {asked.replace('ten', 'rhyme')}\n"
    problems = team.submit(view, {"source": typed(bad)})["errors"]["source"]
    assert "Bad Name" in problems
    assert "rhyme" in problems
    assert problems.startswith("Line 4, name of the first survey: ")
    assert "\nLine 5, kind of the first question of the first survey: " in problems
    unread = team.submit(view, {"source": typed("surveys: [")}, LEAD)["errors"]["source"]
    assert unread.startswith("Line 1: this is not YAML")
    head = "apiVersion: barometer/v1\nkind: SurveySet\nsurveys:\n"
    asked = "questions: [{id: a, kind: yes_no, text: x}]"
    good = f"{head}- name: enps\n  title: Ours\n  {asked}\n"
    assert "comes from a file; give yours another name" in str(team.submit(view, {"source": typed(good)}, LEAD)["errors"])
    team.submit(view, {"source": typed(good)}, "U0ADMIN")
    assert "Ours" in said(team, "show enps")
    assert "Ours" not in said(team, "templates")
    assert "Only admins" in said(team, "delete enps")
    assert "Delete enps?" in said(team, "delete enps", "U0ADMIN")
    before = len(team.workspace.wait_for("respond"))
    team.press("pulse.delete", "enps", "U0ADMIN")
    assert "enps is deleted" in words(team.workspace.wait_for("respond", before + 1)[-1])
    assert "Ours" not in said(team, "show enps")


def test_a_survey_is_started_in_a_form_for_a_file_of_people_by_groups(team: Slack) -> None:
    rows = "\n".join(f"U{n:04},{'red' if n % 2 else 'blue'}" for n in range(1, 13))
    team.workspace.files["F1"] = f"person,team\n{rows}\n"  # the workspace gives it as it is
    team.say("/pulse", "start", LEAD)
    ticked = {"type": "checkboxes", "selected_options": [{"value": "yes"}]}
    first = {"survey": chosen("team-check"), "closes": typed("2d"), "more": ticked}
    view = team.submit(form(team), first, LEAD)["view"]
    assert "Share a file of people" in team.submit(view, {"cuts": typed("team")}, LEAD)["errors"]["file"]
    values = {"cuts": typed("team"), "file": {"type": "file_input", "files": [{"id": "F1"}]}}
    refused = team.submit(view, {**values, "cuts": typed("tenure")}, LEAD)
    assert "Nobody knows who belongs to which" in refused["errors"]["cuts"]
    assert "errors" in team.submit(view, values, "U0003"), "a file is for those who may ask anybody"
    team.submit(view, values, LEAD)
    wave = settled(team, "team-check", Directory(people(12)))
    with team.services.db.read() as connection:
        row = waves.get(connection, wave)
        groups = [p.groups["team"] for p in waves.invited(connection, wave)]
    assert row is not None
    assert groups == ["red", "blue"] * 6
    assert row.closes_at - row.opens_at == timedelta(days=2)


def test_a_schedule_without_a_time_opens_the_form_in_which_one_has_to_be_said(team: Slack) -> None:
    said(team, "schedule team-check audience=C0TEAM")
    view = form(team)
    assert view["submit"]["text"] == "Schedule"
    (when,) = [block for block in view["blocks"] if block["block_id"] == "when"]
    assert not when.get("optional", False)
    filled = {"survey": {"type": "static_select", "selected_option": {"value": "team-check"}}}
    filled |= {"audience": {"type": "multi_conversations_select", "selected_conversations": ["C0TEAM"]}}
    team.submit(view, {**filled, "when": typed("weekly tuesday 10:00")}, LEAD)
    assert "every Tuesday at 10:00" in words(team.workspace.wait_for("respond")[-1])


def test_a_schedule_asks_this_channel_unless_another_is_named(team: Slack) -> None:
    assert "how long each wave is open" in said(team, 'schedule team-check when="weekly tuesday 10:00" closes=2026-12-24')
    told = said(team, 'schedule team-check when="weekly tuesday 10:00"')
    assert "every Tuesday at 10:00" in told
    goes = f"It asks C0GEN ; results go to {LEAD} ."
    assert goes in " ".join(told.split())
    for command in ("show team-check", "list"):
        assert f"Recurs every Tuesday at 10:00 UTC, the next time Tue 1 Dec 2026 10:00 UTC. {goes}" in " ".join(
            said(team, command).split()
        )
    with team.services.db.read() as connection:
        found = stored.schedule_of(connection, "team-check")
    assert found is not None
    assert found.terms["audience"] == "C0GEN"
    assert "Only admins and whoever scheduled it" in said(team, "schedule team-check when=never", "U0002")
    assert "does not recur any more" in said(team, "schedule team-check when=never")
    assert "did not recur" in said(team, "schedule team-check when=never")
    assert "Recurs every" not in said(team, "show team-check")
    assert "Say who is asked" in said(team, 'schedule team-check when="daily 10:00"', channel_id="D0LEAD")


def test_who_may_ask_whom(team: Slack) -> None:
    assert "Only admins and people with one of the roles" in said(team, "start enps audience=<!subteam^S0GROUP>", "U0001")
    assert "names no channel" in said(team, "start enps audience=<!channel>")
    assert "is being opened" in said(team, "start enps", "U0001"), "the channel in which it is said"


def test_why_a_wave_could_not_be_opened_is_told_and_kept(team: Slack) -> None:
    assert "You hear in a direct message when it is open and until when, and if it cannot be." in said(
        team, "start enps audience=C0TEAM"
    )
    settled(team, "enps", Directory(people(4)))
    why = "enps #1 could not be opened: of its audience 4 can be asked, and at least 5 are needed."
    for told in (notices(team, LEAD), said(team, "list"), said(team, "show enps", "U0001")):
        assert why in told


def test_by_hand_it_is_reminded_extended_and_closed_by_whoever_runs_it(team: Slack) -> None:
    wave = opened(team)
    for text in ("remind team-check", "extend team-check until=5d", "close team-check"):
        assert "Only admins and whoever started it" in said(team, text, "U0001")
    assert "Only admins may throw answers away unread" in said(team, "close team-check unopened=yes")
    assert "Nobody was invited to team-check #1 yet: the first invitations go out" in said(team, "remind team-check")
    assert "12 people are still to be invited to team-check #1, in a moment" in said(team, "close team-check")
    invited(team, wave)
    assert "Who they are, nobody is told." in said(team, "remind team-check")
    assert "once a day is the most" in said(team, "remind team-check")
    assert "is open until Sun 29 Nov 2026" in said(team, "extend team-check until=5d")
    assert "Too few answered" in said(team, "close team-check")
    assert "as everybody was told, and closes by itself then" in said(team, "close team-check")
    assert "destroyed unopened" in said(team, "close team-check unopened=yes", "U0ADMIN")


def test_it_is_closed_early_with_notice_and_by_nobody_before_that(team: Slack) -> None:
    wave = opened(team)
    assert "Some are still to be invited" in said(team, "close team-check notice=2h")
    invited(team, wave)
    for text, refused in (
        ("notice=1h", "2 hours at least, such as notice=2h"),
        ("notice=", "2 hours at least"),
        ("notice=2h unopened=yes", "leave one of the two out"),
        ("notice=60d", "as it is, and with that notice not before"),
    ):
        assert refused in said(team, f"close team-check {text}", "U0ADMIN")
    told = said(team, "close team-check notice=2h")
    assert (
        "team-check #1 closes Tue 24 Nov 2026 12:00 UTC; those who have not answered are told before, at their own hours."
        in told
    )
    assert "Notice was given already: it closes Tue 24 Nov 2026 12:00 UTC." in said(team, "close team-check notice=2h")
    assert "is open until Tue 24 Nov 2026 12:00 UTC" in said(team, "show team-check")
    assert "Notice was given that it closes Tue 24 Nov 2026 12:00 UTC" in said(team, "close team-check")


def test_it_is_closed_at_once(team: Slack) -> None:
    invited(team, opened(team))
    assert "Too few answered" in said(team, "close team-check")


def steps(slack: Slack, text: str, about: str, user: str = LEAD) -> list[str]:
    """The buttons about a survey in an answer."""
    found = [e for b in slack.say("/pulse", text, user)["blocks"] for e in _elements(b) if e.get("value") == about]
    return [e["text"]["text"] for e in found]


def test_only_what_can_be_done_now_is_offered(team: Slack, clock: Clock) -> None:
    assert steps(team, "show team-check", "team-check") == ["Start", "Copy"]
    assert steps(team, "list", "team-check") == ["Show", "Start"]
    said(team, "start team-check audience=C0TEAM")
    assert steps(team, "show team-check", "team-check") == ["Copy"]
    assert steps(team, "list", "team-check") == ["Show"]
    wave = settled(team, "team-check", Directory(people(12)))
    for text, offered in (("show team-check", ["Remind", "Extend", "Close", "Copy"]), ("list", ["Show"])):
        assert steps(team, text, "team-check") == offered
    assert steps(team, "show team-check", "team-check", "U0001") == ["Copy"], "it would be refused"
    answered(team, wave)
    clock.on(days=10)
    assert steps(team, "show team-check", "team-check") == ["Close", "Copy"]
    said(team, "close team-check")
    assert steps(team, "show team-check", "team-check") == ["Start", "Results", "Copy"]
    assert steps(team, "show team-check", "team-check", "U0001") == ["Start", "Copy"], "the results are for others"
    assert steps(team, "list", "team-check") == ["Show", "Start"]


def test_a_survey_itself_is_changed_stopped_and_deleted_by_buttons(team: Slack) -> None:
    """By whoever made it, by whoever scheduled it, and by admins."""
    assert steps(team, "show team-check", "team-check", "U0ADMIN") == ["Start", "Change", "Copy", "Delete"]
    assert steps(team, "show enps", "enps", "U0ADMIN") == ["Start", "Change", "Copy"], "a file's is deleted in the file"
    said(team, 'schedule team-check when="weekly tuesday 10:00" audience=C0TEAM')
    assert steps(team, "show team-check", "team-check") == ["Start", "Copy", "Recur no more"]
    team.press("pulse.unschedule", "team-check", LEAD)
    assert "team-check does not recur any more." in words(team.workspace.wait_for("respond")[-1])
    assert steps(team, "show team-check", "team-check") == ["Start", "Copy"]
    team.press("pulse.delete", "team-check", LEAD)
    assert "Only admins and whoever made it" in words(team.workspace.wait_for("respond", 2)[-1])
    team.press("pulse.delete", "team-check", "U0ADMIN")
    assert "team-check is deleted" in words(team.workspace.wait_for("respond", 3)[-1])


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("", "3 people can be asked there now, and at least 5 are needed: no wave opens before more have joined."),
        (" viewers=<@U0001>", "3 people can be asked there now, and at least 6 are needed, as one of them sees the results: "),
    ],
)
def test_a_schedule_for_a_channel_with_too_few_people_says_so_and_is_kept(team: Slack, asked: str, says: str) -> None:
    team.workspace.members = ["U0001", "U0002", "U0003", "U0004", "U0005"]
    team.workspace.people |= {"U0004": {"is_bot": True}, "U0005": {"is_restricted": True}}
    command = f'schedule team-check when="weekly tuesday 10:00" audience=C0TEAM{asked}'
    told = said(team, command)
    assert says in told
    assert "team-check is asked every Tuesday" in told
    team.workspace.members = [f"U{n:04}" for n in range(10, 20)]
    assert "can be asked there now" not in said(team, command), "enough are there"
    team.workspace.members = [f"U{n:04}" for n in range(10, 99)]
    assert "can be asked there now" not in said(team, command), "more than are looked up"
    team.workspace.plan = lambda method, _: "500" if method == "conversations.members" else None
    told = said(team, command)
    assert "team-check is asked every Tuesday" in told
    assert "can be asked there now" not in told, "nobody knows"


def test_it_is_extended_in_a_form_by_whoever_runs_it(team: Slack) -> None:
    opened(team)
    view = form_of(team, "team-check", LEAD, "pulse.extend")
    assert "Only admins and whoever started it" in str(team.submit(view, {"closes": typed("5d")}, "U0001")["errors"])
    early = team.submit(view, {"closes": typed("1h")}, LEAD)["errors"]["closes"]
    assert early == "It closes Fri 27 Nov 2026 10:00 UTC as it is; write an end after that, or leave it so."
    team.submit(view, {"closes": typed("5d")}, LEAD)
    assert "is open until Sun 29 Nov 2026" in words(team.workspace.wait_for("respond")[-1])
    said(team, "close team-check unopened=yes", "U0ADMIN")
    before = len(team.workspace.wait_for("respond"))
    team.press("pulse.extend", "team-check", LEAD)
    assert "team-check #1 was destroyed unopened" in words(team.workspace.wait_for("respond", before + 1)[-1])
    again = opened(team)
    assert "team-check #1 is over" in str(team.submit(view, {"closes": typed("5d")}, LEAD)["errors"]), again


def test_whoever_says_no_is_left_out_and_whoever_is_in_is_taken_out(team: Slack) -> None:
    told = said(team, "opt-out", "U0002")
    assert "You are not asked any more, from the next survey on." in told
    assert "In what is open you stay asked: you can still answer it, and are reminded of nothing." in told
    wave = opened(team)
    assert "not among those who are asked" in words(_refused(team, wave, "U0002"))
    assert "You are taken out of 1 open survey." in erased(team)
    assert "settled when it opened, less those who were taken out since." in words(_refused(team, wave, "U0003"))
    assert notices(team, "U0003") == ""
    assert "You are asked again" in said(team, "opt-in", "U0002")


def _refused(slack: Slack, wave: int, user: str) -> dict[str, Any]:
    before = len(slack.workspace.called("respond"))
    slack.press("pulse.answer", str(wave), user)
    return slack.workspace.wait_for("respond", before + 1)[-1]


def test_a_request_that_slack_did_not_sign_answers_nothing(team: Slack) -> None:
    wave = opened(team)
    view = form_of(team, wave, "U0001")
    body = urlencode({"payload": json.dumps({"type": "view_submission", "user": {"id": "U0001"}, "view": view})})
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for headers in (signed(body, secret="guessed"), signed(body + "x"), signed(body, at=time.time() - 600), {}):
        assert team.web.post("/slack/events", content=body, headers=headers | kind).status_code == 401
    with team.services.db.read() as connection:
        row = waves.get(connection, wave)
    assert row is not None
    assert "You have answered" not in words(form_of(team, wave, "U0001"))


def test_an_answer_that_is_sent_once_more_as_it_was_changes_nothing_and_is_written_down_nowhere(team: Slack) -> None:
    wave = opened(team)
    view = {"id": "V1", "hash": "h", **form_of(team, wave, "U0001"), "state": {"values": {"goals": {"goals": radio("5")}}}}
    sent = {"type": "view_submission", "user": {"id": "U0001"}, "trigger_id": "1.2.signed-once", "view": view}
    body = urlencode({"payload": json.dumps(sent)})
    headers = signed(body) | {"content-type": "application/x-www-form-urlencoded"}

    def replayed() -> str:
        answer = team.web.post("/slack/events", content=body, headers=headers)
        assert answer.status_code == 200
        return words(answer.json()["view"])

    assert "You answered." in replayed()
    team.submit(form_of(team, wave, "U0001"), {"goals": radio("2")}, "U0001")
    assert "You answered." in replayed()
    assert picked(form_of(team, wave, "U0001")) == "2"
    team.press("pulse.withdraw", str(wave), "U0001")
    replayed()
    assert picked(form_of(team, wave, "U0001")) == ""
    with team.services.db.read() as connection:
        rows = [str(row) for table in metadata.sorted_tables for row in connection.execute(table.select())]
    assert not [row for row in rows if "signed-once" in row]


def picked(view: dict[str, Any]) -> str:
    """What is chosen already at the first question of a form."""
    element = next(block["element"] for block in view["blocks"] if block["type"] == "input")
    return str(element.get("initial_option", {}).get("value", ""))


HOSTILE = [
    "<!channel> <@U0ADMIN> <https://evil.example|click>",
    "*bold* _it_ ~no~ `code` ```block```",
    "\u202eesrever \u0000 \ud83d\ude00 \u200b",
    "'); DROP TABLE ballot; --",
    "{{7*7}} ${jndi:x} =HYPERLINK(1)",
    "x" * 1000,
    "half a sign: \ud83d",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_kept_as_it_is_and_does_nothing(team: Slack, hostile: str) -> None:
    wave = opened(team)
    answered(team, wave)
    team.submit(form_of(team, wave, "U0001"), {"goals": radio("1"), "more": typed(hostile)}, "U0001")
    view = json.dumps(form_of(team, wave, "U0001"), ensure_ascii=False)
    assert "initial_value" in view
    said(team, "close team-check")
    shown = team.say("/pulse", "comments team-check", LEAD)
    assert "11 comments" in words(shown) or "1 comment" in words(shown)
    for marked in (shown.get("text", ""), *_marked(shown)):
        assert not any(sign in marked for sign in ("<!", "<@", "<http"))
    assert not any("*bold*" in marked for marked in _marked(shown))


def _marked(said: Any) -> Iterator[str]:
    """All text in which Slack reads marks; in the runs of rich text it reads none."""
    if isinstance(said, dict):
        if said.get("type") == "mrkdwn":
            yield said["text"]
        yield from (found for each in said.values() for found in _marked(each))
    elif isinstance(said, list):
        yield from (found for each in said for found in _marked(each))


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("goals", radio("9")),
        ("goals", radio("DROP")),
        ("recommend", chosen("11")),
        ("more", typed("é" * 501)),
    ],
)
def test_what_no_form_offers_is_refused_at_its_field_and_changes_nothing(
    team: Slack, block: str, value: dict[str, Any]
) -> None:
    wave = opened(team)
    view = form_of(team, wave, "U0001")
    assert list(team.submit(view, {block: value}, "U0001")["errors"]) == [block]
    assert "You have answered" not in words(form_of(team, wave, "U0001"))


@pytest.mark.parametrize("state", [{"wave": "999", "page": "1"}, {"wave": "1", "page": "99"}, {"wave": "1", "page": "-1"}])
def test_a_form_for_another_wave_or_page_than_there_is_does_no_harm(team: Slack, state: dict[str, str]) -> None:
    wave = opened(team)
    view = form_of(team, wave, "U0001")
    carried = json.loads(view["private_metadata"]) | {"state": state}
    answer = team.submit(view | {"private_metadata": json.dumps(carried)}, {"goals": radio("4")}, "U0001")
    if state["wave"] == str(wave):
        assert answer["response_action"] == "update"
    else:
        assert "not among those who are asked" in str(answer["errors"])


def test_a_form_that_comes_twice_at_once_is_one_answer(team: Slack) -> None:
    wave = opened(team)
    view = form_of(team, wave, "U0001")
    for number in range(2, 12):
        team.submit(form_of(team, wave, f"U{number:04}"), {"goals": radio("3")}, f"U{number:04}")
    with ThreadPoolExecutor(2) as threads:
        sent = [threads.submit(team.submit, view, {"goals": radio("5")}, "U0001") for _ in range(2)]
        answers = [each.result() for each in sent]
    assert [each["response_action"] for each in answers] == ["update", "update"]
    assert "11 of 12 answered" in said(team, "close team-check")


def test_what_is_wrong_with_the_whole_form_is_said_at_its_top(team: Slack, clock: Clock) -> None:
    view = form_of(team, opened(team), "U0001")
    inputs = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    clock.on(days=10)
    errors = team.submit(view, {"goals": radio("4")}, "U0001")["errors"]
    assert list(errors) == inputs[:1] != inputs[-1:]
    over = "team-check #1 is closed and takes no answers any more. Answers that came before stay."
    assert over in errors["goals"]


@contextmanager
def slow(monkeypatch: pytest.MonkeyPatch, seconds: float) -> Iterator[None]:
    """A database whose every transaction takes so long."""

    def late(kind: Callable[[Database], AbstractContextManager[Any]]) -> Callable[[Database], AbstractContextManager[Any]]:
        @contextmanager
        def begun(self: Database) -> Iterator[Any]:
            time.sleep(seconds)
            with kind(self) as connection:
                yield connection

        return begun

    with monkeypatch.context() as patched:
        for name in ("begin", "read"):
            patched.setattr(Database, name, late(getattr(Database, name)))
        yield


def impatient(open_slack: Callable[..., Slack]) -> tuple[Slack, int]:
    """A Slack that waits for half a second, with a wave that is open."""
    team = open_slack(deadline=0.5)
    surveys.save(team.services, ADMIN, SURVEY)
    grant(team.services, ADMIN, LEAD, "team_lead")
    return team, opened_behind(team, "team-check")


def test_a_slow_database_is_waited_for_and_nothing_of_the_answer_is_said(
    open_slack: Callable[..., Slack], monkeypatch: pytest.MonkeyPatch
) -> None:
    team, wave = impatient(open_slack)
    view = form_of(team, wave, "U0001")
    with slow(monkeypatch, 1.0):
        start = time.monotonic()
        answer = team.submit(view, {"goals": radio("4"), "more": typed("a canary")}, "U0001")
        assert time.monotonic() - start < 3, "that is for how long Slack waits"
        assert "Still working" in words(answer["view"])
        shown = team.workspace.wait_for("views.update")[-1]["view"]
        assert "You answered." in words(shown)
        refused = team.submit(view, {"goals": radio("4"), "more": typed("canary " * 200)}, "U0001")
        assert "Still working" in words(refused["view"])
        told = team.workspace.wait_to_hear("Open the form again and look at")
    assert "canary" not in told
    assert "canary" not in json.dumps(team.workspace.called("chat.postMessage"))
