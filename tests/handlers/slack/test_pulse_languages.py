"""`/pulse` through the door: whoever is asked reads their own language, from the invitation to an answer that is too late."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from string import Formatter
from typing import Any

import pytest

from bot.domain.errors import BarometerError, Conflict, InvalidInput, Unavailable
from bot.domain.parts import plain
from bot.domain.sentences import Spoken, say, sentences
from bot.domain.survey_counts import Unshown
from bot.domain.survey_waves import Opening
from bot.presenters import pulse
from bot.presenters.pulse_anonymity import WHO
from bot.services import survey_answers, survey_follow_ups
from bot.services.people import grant
from storage import outbox
from storage.waves import Invitation
from tests.conftest import NOW
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.test_pulse_bad_input import survey, written
from tests.handlers.slack.test_pulse_life import (
    ADMIN,
    LEAD,
    clock,
    form_of,
    opened,
    opened_behind,
    radio,
    said,
    services,
    settled,
    slow,
    team,
    typed,
)
from tests.services.posting import Box
from tests.services.survey_world import Directory, people

__all__ = ["clock", "services", "team"]

TONGUES = {"no": "nb-NO", "de": "de-DE"}
each_language = pytest.mark.parametrize("language", TONGUES)


@cache
def english() -> tuple[str, ...]:
    """What English sentences say between what is filled in."""
    found = {
        part.strip()
        for sentence in sentences()["en"].values()
        for part, *_ in Formatter().parse(sentence)
        if len(part.strip()) > 3 and part.strip() not in ("Send",)
    }
    return tuple(sorted(found))


def is_spoken(language: str, shown: Any, *names: str, **facts: object) -> None:
    """What is shown has these sentences in that language, and none of English."""
    told = shown if isinstance(shown, str) else words(shown)
    for name in names:
        assert say(name, language, **facts) in told
    assert [each for each in english() if re.search(rf"\b{re.escape(each)}(?!\w)", told)] == []


def crowd(language: str) -> Directory:
    return Directory(tuple(replace(member, language=TONGUES[language]) for member in people(12)))


def invited(team: Slack, user: str) -> tuple[str, str]:
    """What the invitation of somebody says, and the value of its button."""
    with team.services.db.read() as connection:
        (row,) = [each for each in outbox.everything(connection) if each.target == user and each.kind == "survey"]
    (value,) = [each["value"] for part in json.loads(row.payload)["parts"] for each in buttons_in(part)]
    return words(json.loads(row.payload)), value


def buttons_in(part: Any) -> list[dict[str, Any]]:
    """Every button in something drawn, or in the parts of which it is made."""
    if isinstance(part, dict):
        if str(part.get("action_id", part.get("action", ""))).startswith("pulse."):
            return [part]
        return [each for value in part.values() for each in buttons_in(value)]
    return [each for value in part for each in buttons_in(value)] if isinstance(part, list) else []


def button(view: Any, action: str) -> str:
    """The value of the button with this action."""
    return next(str(each["value"]) for each in buttons_in(view) if each["action_id"].startswith(action))


@each_language
def test_everything_from_the_invitation_to_the_receipt_is_in_ones_own_language(team: Slack, language: str) -> None:
    opened(team, "start onboarding audience=C0TEAM", directory=crowd(language))
    invitation, value = invited(team, "U0001")
    is_spoken(language, invitation, "promise_anonymous", "who_learns", "answer", minimum=5)
    assert say("minutes", language, n=2) in invitation
    first = form_of(team, value, "U0001")
    is_spoken(language, first, "promise_anonymous", "page", "kept_on_next", "next", "cancel", minimum=5, page=1, pages=2)
    assert {"no": "(dager)", "de": "(Tage)"}[language] in words(first)
    wrong = team.submit(first, {"days-to-first": typed("201")}, "U0001")["errors"]
    assert wrong == {"days-to-first": say("out_of_limits", language, low=0, high=200)}
    second = team.submit(first, {"welcome": radio("4"), "days-to-first": typed("drei")}, "U0001")
    assert second["errors"] == {"days-to-first": say("no_number", language)}
    unit = {"no": "dager", "de": "Tage"}[language]
    second = team.submit(first, {"welcome": radio("4"), "days-to-first": typed(f"3 {unit}")}, "U0001")["view"]
    is_spoken(language, second, "send", "cancel", "ask_back")
    receipt = team.submit(second, {"one-change": typed("Ingenting")}, "U0001")["view"]
    is_spoken(language, receipt, "thank_you", "answered", "change", "take_back", "close")
    again = form_of(team, button(receipt, "pulse.answer"), "U0001")
    is_spoken(language, again, "answered_before")
    before = len(team.workspace.called("views.update"))
    team.press("pulse.withdraw", button(receipt, "pulse.withdraw"), "U0001", view=receipt | {"id": "V1", "type": "modal"})
    is_spoken(language, team.workspace.wait_for("views.update", before + 1)[-1]["view"], "withdrawn", "close")


@each_language
def test_that_a_kpi_takes_the_score_is_said_before_anybody_answers(team: Slack, language: str) -> None:
    told = say("feeds_kpi", "en", kpi="engagement")
    assert told in said(team, "start engagement audience=C0TEAM mode=anonymous")
    settled(team, "engagement", crowd(language))
    is_spoken(language, invited(team, "U0001")[0], "feeds_kpi", kpi="engagement")
    assert told in said(team, "show engagement")
    assert "for all who may see that" not in said(team, "start enps audience=C0TEAM")


def test_all_that_is_wrong_with_a_page_is_said_at_once(team: Slack) -> None:
    asked = "{id: sure, kind: yes_no, text: Sure?, required: true}", "{id: days, kind: number, text: Days?}"
    assert written(team, survey(*asked, "{id: why, kind: line, text: Why?, required: true}"))["response_action"] != "errors"
    opened(team, "start ours audience=C0TEAM", directory=crowd("de"))
    first = form_of(team, invited(team, "U0001")[1], "U0001")
    wrong = team.submit(first, {"days": typed("drei")}, "U0001")["errors"]
    missing = say("needs_answer", "de")
    assert wrong == {"sure": missing, "days": say("no_number", "de"), "why": missing}


@each_language
def test_who_can_learn_what_is_told_in_the_language_of_whoever_is_asked(team: Slack, language: str) -> None:
    opened(team, "start onboarding audience=C0TEAM", directory=crowd(language))
    told = words(team.say("/pulse", "help anonymity", "U0001"))
    is_spoken(language, told, "learn_title", "learn_first", "learn_more", *WHO, "together_learn")
    is_spoken(language, told, *WHO.values(), minimum=5, comments=10)
    assert "A colleague" in words(team.say("/pulse", "help anonymity", "U0LEAD")), "who is not asked"


@each_language
def test_the_app_home_speaks_of_what_one_is_asked_in_ones_own_language(team: Slack, language: str) -> None:
    opened(team, "start onboarding audience=C0TEAM", directory=crowd(language))
    team.happen({"type": "app_home_opened", "user": "U0001", "tab": "home", "channel": "D1"})
    home = words(team.workspace.called("views.publish")[-1]["view"])
    for name in ("you_are_asked", "promise_anonymous", "answer"):
        assert say(name, language, minimum=5) in home


@each_language
@pytest.mark.parametrize("mode", ["attributed", "sealed", "anonymous"])
@pytest.mark.parametrize("is_earlier", [False, True])
def test_every_kind_of_survey_says_what_it_promises_and_reminds(language: str, mode: Any, is_earlier: bool) -> None:
    opening = Opening(7, "own #1", {"en": "In {braces} 😀"}, mode, 6, NOW, NOW, "C0TEAM", is_earlier=is_earlier)
    reader = Invitation("U0001", {}, "Europe/Oslo", TONGUES[language])
    for message in (pulse.invitation(opening, "", "", reader, ["Færre møter."]), pulse.reminder(opening, reader)):
        told = "\n".join([message.summary, *(plain(part) for part in message.parts)])
        assert told.count("In {braces} 😀") == 2
        is_spoken(language, told, "answer")
    invitation = pulse.invitation(opening, "", "", reader, ["Færre møter."])
    assert plain(invitation.parts[1]) == f"{say('you_said', language)} Færre møter."
    assert plain(invitation.parts[3]) == say(f"promise_{mode}", language, minimum=6)


@each_language
@pytest.mark.parametrize(("n", "name"), [(2, "unshown"), (3, "unshown_all")])
def test_what_so_few_cannot_show_is_said_in_ones_own_language(language: str, n: int, name: str) -> None:
    few = Unshown(n, 3, 10, 10, 7)
    opening = Opening(7, "own #1", {"en": "Own"}, "anonymous", 5, NOW, NOW, "C0TEAM", unshown=few)
    invitation = pulse.invitation(opening, "", "", Invitation("U0001", {}, "UTC", TONGUES[language]))
    told = "\n".join(plain(part) for part in invitation.parts)
    is_spoken(language, told)
    assert say(name, language, n=n, all=3) in told


@each_language
def test_what_comes_after_the_close_is_refused_in_ones_own_language(team: Slack, language: str) -> None:
    """Who was asked, and in which language, is deleted then: the button and the form know it."""
    opened(team, directory=crowd(language))
    _, value = invited(team, "U0001")
    for number in range(1, 12):
        form = form_of(team, value, f"U{number:04}")
        receipt = team.submit(form, {"goals": radio("4")}, f"U{number:04}")["view"]
    said(team, "close team-check")
    told = say("over_closed", language, wave="team-check #1")
    assert list(team.submit(form, {"goals": radio("5")}, "U0011")["errors"].values()) == [told]
    before = len(team.workspace.called("respond"))
    team.press("pulse.answer", value, "U0011")
    assert told in words(team.workspace.wait_for("respond", before + 1)[-1])
    for action in ("pulse.answer", "pulse.withdraw"):
        before = len(team.workspace.called("views.update"))
        pressed = {
            "type": "block_actions",
            "actions": [{"type": "button", "action_id": action, "block_id": "b1", "value": value}],
        }
        team.interact({**pressed, "view": receipt | {"id": "V1", "type": "modal"}}, "U0011")
        assert told in words(team.workspace.wait_for("views.update", before + 1)[-1]["view"]), "in place of the receipt"


@each_language
def test_whoever_is_not_asked_is_told_so_in_the_language_of_the_message_that_they_pressed_in(
    team: Slack, language: str
) -> None:
    opened(team, directory=crowd(language))
    team.press("pulse.answer", invited(team, "U0001")[1], "U0STRANGER")
    assert say("not_invited", language, wave="team-check #1") in words(team.workspace.wait_for("respond")[-1])


@each_language
def test_an_author_is_asked_back_in_their_own_language(team: Slack, language: str) -> None:
    wave = opened(team, directory=crowd(language))
    _, value = invited(team, "U0001")
    for number in range(1, 12):
        user = f"U{number:04}"
        form = form_of(team, value, user)
        tick = next(block for block in form["blocks"] if block.get("block_id") == "more.ask")["element"]["options"][0]
        assert tick["text"]["text"] == say("ask_back", language)
        given = {"goals": radio("4"), "more": typed(f"Words of {user}")}
        if user == "U0003":
            given["more.ask"] = {"type": "checkboxes", "selected_options": [{"value": tick["value"]}]}
        assert "view" in team.submit(form, given, user)
    said(team, "close team-check")
    listed = team.say("/pulse", "comments team-check", LEAD)
    ask = form_of(team, button(listed, "pulse.ask"), LEAD, "pulse.ask")
    team.submit(ask, {"question": typed("Welche?")}, LEAD)
    box = Box()
    for turn in ("today", "today 10"):
        survey_follow_ups.run(team.services, box, f"{wave} {turn}")
    (message,) = [each.message for each in box.posted]
    is_spoken(language, "\n".join(plain(part) for part in message.parts), "asked_back", "asked_back_note", "answer")
    reply = f"{box.posted[0].id} {TONGUES[language]}"
    assert repr(reply) in repr(message), "the button carries the language"
    before = len(team.workspace.called("respond"))
    team.press("pulse.reply", reply, "U0004")
    assert say("too_late_to_ask", language, days=30) in words(team.workspace.wait_for("respond", before + 1)[-1])
    form = form_of(team, reply, "U0003", "pulse.reply")
    is_spoken(language, form, "answer", "your_answer", "reply_note", "send", "cancel")
    assert say("about_comment", language, comment="Words of U0003") in words(form)
    assert team.submit(form, {"reply": typed(" ")}, "U0003")["errors"] == {"reply": say("reply_length", language, most=300)}
    done = team.submit(form, {"reply": typed("Die am Freitag")}, "U0003")["view"]
    is_spoken(language, done, "thank_you", "reply_kept", "close")


@each_language
def test_what_takes_longer_than_slack_waits_is_said_in_ones_own_language(
    open_slack: Callable[..., Slack], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    team = open_slack(deadline=0.5)
    grant(team.services, ADMIN, LEAD, "team_lead")
    wave = opened_behind(team, "enps", crowd(language))
    form = form_of(team, f"{wave} {TONGUES[language]}", "U0001")
    with slow(monkeypatch, 1.0):
        is_spoken(language, team.submit(form, {"enps": radio("9")}, "U0001")["view"], "working", "close")
        is_spoken(language, team.workspace.wait_for("views.update")[-1]["view"], "answered")
        team.submit(form, {"enps": radio("9"), "why": typed("canary " * 200)}, "U0001")
        told = team.workspace.wait_to_hear(say("refused", language))
    assert say("look_at", language, label="x").partition("x")[0] in told
    assert "canary" not in told


@each_language
def test_that_the_form_did_not_open_is_said_in_ones_own_language(open_slack: Callable[..., Slack], language: str) -> None:
    team = open_slack()
    grant(team.services, ADMIN, LEAD, "team_lead")
    wave = opened_behind(team, "enps", crowd(language))
    team.workspace.plan = lambda method, _: "expired_trigger_id" if method == "views.open" else None
    team.press("pulse.answer", f"{wave} {TONGUES[language]}", "U0001")
    (told,) = team.workspace.wait_for("respond")
    assert told["text"] == say("form_not_opened", language)


@each_language
@pytest.mark.parametrize("wrong", [Unavailable(), InvalidInput("canary"), Conflict("canary")])
def test_why_answers_could_not_be_kept_is_said_late_where_it_quotes_none_of_them(
    open_slack: Callable[..., Slack], monkeypatch: pytest.MonkeyPatch, language: str, wrong: BarometerError
) -> None:
    def fails(*_: object) -> None:
        time.sleep(1)
        raise wrong

    team = open_slack(deadline=0.5)
    grant(team.services, ADMIN, LEAD, "team_lead")
    wave = opened_behind(team, "enps", crowd(language))
    form = form_of(team, f"{wave} {TONGUES[language]}", "U0001")
    monkeypatch.setattr(survey_answers, "keep", fails)
    is_spoken(language, team.submit(form, {"enps": radio("9")}, "U0001")["view"], "working", "close")
    expected = say("unavailable" if isinstance(wrong, Unavailable) else "refused", language)
    told = team.workspace.wait_to_hear(expected)
    is_spoken(language, team.workspace.wait_for("views.update")[-1]["view"], "not_saved", "close")
    if isinstance(wrong, Unavailable):
        assert told.count(expected) == 1
        assert say("refused", language) not in told
    assert (say("look_at", language, label="x").partition("x")[0] in told) is not isinstance(wrong, Unavailable)
    assert "canary" not in told


@each_language
def test_that_a_survey_is_over_is_said_late_in_ones_own_language_and_once(
    open_slack: Callable[..., Slack], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    def fails(*_: object) -> None:
        time.sleep(1)
        raise Spoken("not_invited", wave="enps #1")

    team = open_slack(deadline=0.5)
    grant(team.services, ADMIN, LEAD, "team_lead")
    wave = opened_behind(team, "enps", crowd(language))
    form = form_of(team, f"{wave} {TONGUES[language]}", "U0001")
    monkeypatch.setattr(survey_answers, "keep", fails)
    team.submit(form, {"enps": radio("9")}, "U0001")
    over = say("not_invited", language, wave="enps #1")
    told = team.workspace.wait_to_hear(over)
    assert told.count(over) == 1
    assert say("look_at", language, label="x").partition("x")[0] not in told
