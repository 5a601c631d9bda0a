"""What people do wrong with `/pulse`, through the door: one clear sentence, and nothing is lost or changed."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.audiences import Member
from bot.domain.people import Asker
from bot.services import survey_results
from storage import surveys as stored
from storage import waves
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.test_pulse_life import (
    answered,
    clock,
    erased,
    form,
    form_of,
    notices,
    opened,
    radio,
    said,
    services,
    team,
    typed,
)
from tests.services.survey_world import Clock, Directory, people

__all__ = ["clock", "services", "team"]

HEAD = "apiVersion: barometer/v1\nkind: SurveySet\nsurveys:\n"


def written(team: Slack, source: str, user: str = "U0LEAD", about: str = "") -> dict[str, Any]:
    """What Slack is told when somebody sends the form of a survey of their own, opened `about` one that there is."""
    before = len(team.workspace.called("views.open"))
    team.press("pulse.yaml", about, user)
    found: dict[str, Any] = team.submit(form(team, before + 1), {"source": typed(source)}, user)
    return found


def survey(*questions: str, name: str = "ours") -> str:
    lines = "".join(f"    - {each}\n" for each in questions)
    return f"{HEAD}- name: {name}\n  title: Ours\n  questions:\n{lines}"


def test_closed_twice(team: Slack) -> None:
    wave = opened(team)
    answered(team, wave)
    assert "is closed: 11 of 12 answered" in said(team, "close team-check")
    again = said(team, "close team-check")
    assert "team-check has no wave that is open. team-check #1 is closed: say /pulse results team-check." in again
    assert "11 of 12 answered" in said(team, "results team-check")


def test_a_survey_that_is_not_there_is_not_to_be_started(team: Slack) -> None:
    for text in ("close big", "remind big", "extend big until=2d"):
        told = said(team, text)
        assert "There is no survey called “big”. There are engagement, enps," in told
        assert "Start one" not in told


def test_of_a_survey_that_was_never_asked_it_is_said_how_to_ask(team: Slack) -> None:
    for text in ("close enps", "remind enps", "extend enps until=2d", "close enps notice=2h"):
        told = said(team, text, "U0001")
        assert "enps has no wave that is open. It was not asked yet; say /pulse start enps to ask." in told


def test_who_may_close_what_is_open_already_is_said_to_others(team: Slack) -> None:
    opened(team)
    assert "close it first with /pulse close team-check" in said(team, "start team-check audience=C0TEAM")
    told = said(team, "start team-check audience=C0TEAM", "U0001")
    assert "is open already; whoever started it, or an admin, can close it." in told


def test_only_whoever_may_note_an_action_is_told_how(team: Slack) -> None:
    answered(team, opened(team))
    said(team, "close team-check")
    assert "add=" in said(team, "actions team-check")
    told = said(team, "actions team-check", "U0001")
    assert "You noted nothing because of team-check" in told
    assert "add=" not in told


def test_a_button_with_another_value_is_refused_in_one_sentence(team: Slack) -> None:
    for action in ("pulse.answer", "pulse.withdraw"):
        before = len(team.workspace.called("respond"))
        team.press(action, "x", "U0001")
        told = words(team.workspace.wait_for("respond", before + 1)[-1])
        assert "among those who are asked" in told


@pytest.mark.parametrize("junk", ["junk", "[1]", "{}", '{"state": [1]}', '{"state": {"page": "1"}}'])
def test_a_form_that_carries_junk_is_refused_in_one_sentence(team: Slack, caplog: pytest.LogCaptureFixture, junk: str) -> None:
    view = form_of(team, opened(team), "U0001") | {"private_metadata": junk}
    told = team.submit(view, {"goals": radio("4")}, "U0001")["errors"]
    assert "Barometer does not know what that asks for; it may be from another version." in str(told)
    assert not [record for record in caplog.records if record.exc_info]


def test_a_file_that_is_too_large_is_said_at_the_file(team: Slack) -> None:
    team.workspace.files["F1"] = "x" * 2_000_001
    before = len(team.workspace.called("views.open"))
    team.press("pulse.yaml", "", "U0LEAD")
    file = {"type": "file_input", "files": [{"id": "F1"}]}
    told = team.submit(form(team, before + 1), {"source": typed(""), "file": file}, "U0LEAD")
    assert "larger than 2 MB" in told["errors"]["file"]


def test_answered_after_the_close_with_a_form_that_was_open(team: Slack) -> None:
    """The form stays with what was filled in; whoever answered before is counted all the same."""
    wave = opened(team)
    late, changed = (form_of(team, wave, user) for user in ("U0012", "U0001"))
    answered(team, wave)
    said(team, "close team-check")
    for view, user in ((late, "U0012"), (changed, "U0001")):
        told = team.submit(view, {"goals": radio("1"), "more": typed("words that took long")}, user)
        assert told["response_action"] == "errors", "so Slack leaves the form open with all that was typed"
        assert "team-check #1 is closed and takes no answers any more." in str(told["errors"])
    assert "11 of 12 answered" in said(team, "results team-check")


def test_an_invitation_pressed_after_the_close(team: Slack) -> None:
    wave = opened(team)
    answered(team, wave)
    said(team, "close team-check")
    team.press("pulse.answer", str(wave), "U0012")
    over = "is closed and takes no answers any more. Answers that came before are counted."
    assert over in words(team.workspace.wait_for("respond")[-1])


def test_a_survey_edited_while_it_runs(team: Slack) -> None:
    """The open wave keeps its questions, and whoever edits is told so."""
    assert written(team, survey("{id: a, kind: yes_no, text: Old words}")).get("response_action") != "errors"
    wave = opened(team, "start ours audience=C0TEAM")
    told = written(team, survey("{id: b, kind: yes_no, text: New words}"), about="ours")
    assert told.get("response_action") != "errors"
    assert "from the next wave on" in words(told.get("view") or team.workspace.wait_for("respond")[-1])
    shown = json.dumps(form_of(team, wave, "U0001"))
    assert "Old words" in shown
    assert "New words" not in shown


def test_an_audience_of_three(team: Slack) -> None:
    wave = opened(team, directory=Directory(people(3)))
    with team.services.db.read() as connection:
        row = waves.get(connection, wave)
    assert row is not None
    assert row.state == "failed"
    assert "of its audience 3 can be asked, and at least 5 are needed. Ask a larger one." in notices(team, "U0LEAD")


def of_fifty(team: Slack) -> int:
    """A wave of a survey of fifty questions."""
    fifty = [f"{{id: q{n}, kind: agree, text: Statement {n}.}}" for n in range(50)]
    assert written(team, survey(*fifty)).get("response_action") != "errors"
    return opened(team, "start ours audience=C0TEAM")


def test_fifty_questions_are_pages_of_one_form_and_sixty_one_too_many(team: Slack) -> None:
    wave = of_fifty(team)
    view = form_of(team, wave, "U0001")
    assert "Page 1 of" in json.dumps(view)
    pages = 1
    while True:
        told = team.submit(view, {}, "U0001")
        if told["response_action"] == "errors":
            assert list(told["errors"].values()) == [
                "Nothing is answered yet; answer at least one question, or close this form."
            ]
            told = team.submit(view, {"q49": radio("declined")}, "U0001")
        view = told["view"]
        if "You answered." in words(view):
            break
        pages += 1
    assert 5 <= pages <= 10
    many = [f"{{id: q{n}, kind: agree, text: Statement {n}.}}" for n in range(61)]
    assert "60" in str(written(team, survey(*many))["errors"])


def test_all_that_twelve_people_answer_to_fifty_questions_over_all_pages_is_counted(team: Slack) -> None:
    wave = of_fifty(team)
    points = {f"q{n}": [str(1 + (person * (1 + n % 4) + n) % 5) for person in range(12)] for n in range(50)}
    for person in range(12):
        user = f"U{person + 1:04}"
        view, seen = form_of(team, wave, user), list[str]()
        while "You answered." not in words(view):
            page = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
            seen += page
            view = team.submit(view, {name: radio(points[name][person]) for name in page}, user)["view"]
        assert seen == list(points), "each is asked once, in its order"
    assert "12 of 12 answered" in said(team, "close ours")
    cells = survey_results.results(team.services, Asker("U0LEAD"), "ours").cells
    assert {name: cells[name]["all"].counts for name in points} == {name: Counter(each) for name, each in points.items()}


def test_options_of_three_hundred_characters(team: Slack) -> None:
    """Slack takes 75 in a choice: the longest is refused with its number, and where it is."""
    told = written(
        team, survey(f"{{id: a, kind: one, text: Which?, options: [{{id: x, text: {'x' * 300}}}, {{id: y, text: No}}]}}")
    )
    assert "75" in str(told["errors"])


@pytest.mark.parametrize("text", ["هل أنت فخور بعملك؟", "🎉🎉 fertig? 👩‍👩‍👧‍👦", "שלום, מה שלומך?", "日本語の質問"])
def test_arabic_emoji_and_others(team: Slack, text: str) -> None:
    told = written(
        team,
        survey(f"{{id: a, kind: yes_no, text: {json.dumps(text, ensure_ascii=False)}}}", "{id: m, kind: comment, text: More?}"),
    )
    assert told.get("response_action") != "errors"
    wave = opened(team, "start ours audience=C0TEAM")
    shown = json.dumps(form_of(team, wave, "U0001"), ensure_ascii=False)
    assert text in shown
    answered_with = {"a": radio("yes"), "m": typed(text)}
    for number in range(1, 12):
        user = f"U{number:04}"
        assert team.submit(form_of(team, wave, user), answered_with, user)["response_action"] == "update"
    said(team, "close ours")
    assert text in said(team, "comments ours")


def test_letters_that_turn_the_line_around_are_refused(team: Slack) -> None:
    told = written(team, survey('{id: a, kind: yes_no, text: "Yes \u202eon"}'))
    assert "holds control characters; type it anew, as plain text." in str(told["errors"])


def test_two_devices_at_once(team: Slack) -> None:
    """The later of two open forms counts, as a whole; it is one answer."""
    wave = opened(team)
    phone, laptop = (form_of(team, wave, "U0001") for _ in range(2))
    for number in range(2, 12):
        user = f"U{number:04}"
        team.submit(form_of(team, wave, user), {"goals": radio(str(1 + number % 4))}, user)
    for view, point in ((phone, "1"), (laptop, "5")):
        assert "You answered." in words(team.submit(view, {"goals": radio(point)}, "U0001")["view"])
    assert "11 of 12 answered" in said(team, "close team-check")
    found = survey_results.results(team.services, Asker("U0LEAD"), "team-check").cells["goals"]["all"]
    assert found.counts == {"1": 2, "2": 2, "3": 3, "4": 3, "5": 1}


def test_five_people_of_whom_one_sees_the_results(team: Slack) -> None:
    """Six would have to answer: nothing could ever be shown, and all that they answered would be destroyed."""
    five = Directory((*people(4), Member("U0LEAD", "UTC", "en-US")))
    wave = opened(team, directory=five)
    assert "of its audience 5 can be asked, and at least 6 are needed, as one of them sees the results" in notices(
        team, "U0LEAD"
    )
    with team.services.db.read() as connection:
        assert (row := waves.get(connection, wave)) is not None
    assert row.state == "failed"


@pytest.mark.parametrize("word", ["maybe", "1", "no", "true"])
def test_a_word_that_may_mean_anything_neither_counts_nor_destroys(team: Slack, word: str) -> None:
    wave = opened(team)
    answered(team, wave)
    assert "unopened=yes throws the answers away unread" in said(team, f"close team-check unopened={word}", "U0ADMIN")
    assert "11 of 12 answered" in said(team, "close team-check")


@pytest.mark.parametrize("text", ["actions team-check done={}", "comments team-check page={}"])
def test_numbers_of_thousands_of_digits(team: Slack, text: str) -> None:
    wave = opened(team)
    answered(team, wave)
    said(team, "close team-check")
    assert "number" in said(team, text.format("9" * 5000))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("extend team-check", "Say until when: write how long, such as 3d or 2w, or a moment"),
        ("extend team-check until=-1d", "is no time to come that I can read: write how long, such as 3d or 2w"),
        ("schedule nosuch when=never", "There is no survey called “nosuch”"),
        ("results team-check wave=abc", "There is wave=1."),
        ("delete enps", "enps comes from a file, and nobody can delete it here; take it out of the file."),
    ],
)
def test_it_is_said_what_to_write(team: Slack, text: str, hint: str) -> None:
    answered(team, opened(team))
    said(team, "close team-check")
    opened(team)
    assert hint in said(team, text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("opt-out weekly-pulse", "“opt-out” takes no name; leave “weekly-pulse” out."),
        ("opt-in weekly-pulse", "“opt-in” takes no name"),
        ("list enps", "“list” takes no name"),
        ("templates x", "“templates” takes no name"),
        ("retention foo", "“retention” takes no name"),
        ("actions team-check add=x owner=<@U0X> due=3d done=2", "leave done= or add= and owner= and due= out."),
        ("actions team-check outcome=x", 'outcome= can only stand beside done=, as in done=1 outcome="two a week".'),
        ("actions team-check owner=<@U0X> due=3d", "owner= and due= can only stand beside add=, as in add="),
        ("results team-check by=people page=2", "by= shows everything on one page; leave by= or page= out."),
        ("schedule team-check when=never closes=3d", "when=never ends what recurs; leave when= or closes= out."),
        ("start team-check custodian=<@U0KEEPER>", "this one is anonymous; add mode=sealed, or leave custodian= and key= out."),
        ("export team-check as=yaml wave=1", "as=yaml sends the survey itself, whatever the wave; leave as= or wave= out."),
    ],
)
def test_words_that_would_do_nothing_are_refused(team: Slack, text: str, hint: str) -> None:
    answered(team, opened(team))
    said(team, "close team-check")
    assert hint in said(team, text)
    with team.services.db.read() as connection:
        assert stored.actions(connection, "team-check") == []


def test_what_came_of_an_action_is_noted_once(team: Slack) -> None:
    answered(team, opened(team))
    said(team, "close team-check")
    said(team, "actions team-check add=Less owner=<@U0X> due=3d")
    with team.services.db.read() as connection:
        number = stored.actions(connection, "team-check")[0].id
    said(team, f"actions team-check done={number} outcome=Quiet")
    again = said(team, f"actions team-check done={number} outcome=Loud")
    assert f"Action {number} was done already, and “Quiet” stays as what came of it; leave the outcome out." in again
    assert "was done already" not in said(team, f"actions team-check done={number} outcome=Quiet")
    with team.services.db.read() as connection:
        assert stored.actions(connection, "team-check")[0].outcome == "Quiet"


def test_what_came_of_an_action_may_be_noted_later_once(team: Slack, clock: Clock) -> None:
    answered(team, opened(team))
    said(team, "close team-check")
    said(team, "actions team-check add=Less owner=<@U0X> due=3d")
    said(team, "actions team-check done=1")
    clock.on(days=1)
    assert "Less, by <@U0X>, done: Quiet" in said(team, "actions team-check done=1 outcome=Quiet")
    with team.services.db.read() as connection:
        (action,) = stored.actions(connection, "team-check")
    assert action.done_at == clock.now - timedelta(days=1), "it was done before"
    assert "“Quiet” stays as what came of it" in said(team, "actions team-check done=1 outcome=Loud")


@pytest.mark.parametrize(
    ("user", "told", "hint"),
    [
        ("U0NOBODY", {}, "Slack knows no such person; name somebody else as its owner."),
        ("U0ROBOT", {"is_bot": True}, "Its owner is a bot and cannot see to it; name somebody else."),
        ("U0LEFT", {"deleted": True}, "Its owner was deactivated and cannot see to it; name somebody else."),
    ],
)
def test_an_action_belongs_to_somebody_who_can_see_to_it(team: Slack, user: str, told: dict[str, Any], hint: str) -> None:
    answered(team, opened(team))
    said(team, "close team-check")
    team.workspace.people[user] = told
    assert hint in said(team, f"actions team-check add=Less owner=<@{user}> due=3d")
    view = form_of(team, "team-check", "U0LEAD", "pulse.action")
    given = {"add": typed("Less"), "owner": {"type": "users_select", "selected_user": user}}
    due = {"due": {"type": "datepicker", "selected_date": "2031-01-01"}}
    assert team.submit(view, given | due, "U0LEAD")["errors"] == {"owner": hint}


def test_weeks_and_capitals_are_understood(team: Slack) -> None:
    told = said(team, "start team-check audience=C0TEAM closes=2w mode=Anonymous")
    assert "is being opened; it closes" in told
    assert " at the earliest." in told


def test_all_answered_alike(team: Slack) -> None:
    """What is told is rounded, and says so."""
    wave = opened(team)
    for number in range(1, 12):
        user = f"U{number:04}"
        team.submit(form_of(team, wave, user), {"goals": radio("4"), "pride": radio("4")}, user)
    said(team, "close team-check")
    told = said(team, "results team-check")
    assert "Engagement about 75 of 100" in told
    assert "Where nearly all answered alike, no change is tested." in told
    assert "fewer than ten answers" not in told


def test_whoever_wants_to_be_deleted_changes_no_number_that_others_see(team: Slack) -> None:
    opened(team)
    assert "12 asked" in said(team, "show team-check")
    erased(team)
    assert "12 asked" in said(team, "show team-check")
