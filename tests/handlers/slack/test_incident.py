"""`/incident`, through the door: words, buttons and the forms."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.people import Asker
from bot.services import incidents
from handlers.slack.commands import incident
from storage import outbox
from storage.tables import errand
from tests.fake_slack import never
from tests.handlers.slack.conftest import Slack, words

ANA, BEA = "U0ANA", "U0BEA"
ADMIN = Asker("U0ADMIN", admin=True)


def said(slack: Slack, text: str, user: str = ANA) -> str:
    return words(slack.say("/incident", text, user))


def told(slack: Slack, count: int = 1) -> str:
    return words(slack.workspace.wait_for("respond", count)[-1]["blocks"])


def form(slack: Slack) -> dict[str, Any]:
    view = slack.workspace.wait_for("views.open")[-1]["view"]
    parsed: dict[str, Any] = json.loads(view) if isinstance(view, str) else view
    return parsed


def test_every_verb_is_in_the_help(slack: Slack) -> None:
    text = said(slack, "help")
    assert all(f"/incident {verb}" in text for verb in incident.VERBS)
    assert set(incident.VERBS) == set(incident._RUN)


def test_from_the_first_word_to_the_numbers(slack: Slack) -> None:
    assert "No incident is open." in said(slack, "")
    text = said(slack, 'open "Scores are 0" severity=high model=fraud-scoring started="2h ago" detected="1h ago"')
    assert "INC-1 · Scores are 0" in text
    assert "Open" in text
    assert "1 incident is open." in said(slack, "list")
    assert "is acknowledged" in said(slack, "ack INC-1", BEA)
    assert "INC-1 (high) is resolved" in said(slack, 'resolve inc-1 note="rolled back"')
    shown = said(slack, "show 1")
    assert "Time to detect" in shown
    assert "1 h" in shown
    text = said(slack, "stats")
    assert "MTTD 1 h, n too small (1)" in text
    assert "MTTR 1 h, n too small (1)" in text
    assert "Of 1 beginnings 1 are measured" in text
    assert "rolled back" in said(slack, "timeline INC-1")
    assert "is closed" in said(slack, "close INC-1")
    assert "that is final" in said(slack, 'reopen INC-1 reason="it is back"')


def test_it_is_told_where_it_was_opened_if_barometer_may_post_there(slack: Slack) -> None:
    slack.workspace.channels["C0GEN"] = {"is_member": True}
    assert "It is told in" in said(slack, 'open "Here"')
    slack.workspace.channels["C0GEN"] = {"is_member": False}
    assert "It is told in" not in said(slack, 'open "Nowhere"')
    with slack.services.db.read() as connection:
        (head,) = outbox.everything(connection)
    assert (head.target, head.subject, head.kind) == ("C0GEN", "INC-1", "incident")
    assert "say /invite" in said(slack, 'open "There" channel=C0GEN')


def test_a_private_one_is_told_in_a_private_channel_or_nowhere(slack: Slack) -> None:
    slack.workspace.channels |= {"C0GEN": {"is_member": True}, "G0OPS": {"is_member": True, "is_private": True}}
    slack.workspace.members = [ANA]
    assert "told in a private channel or nowhere" in said(slack, 'open "A leak" private=yes channel=C0GEN')
    assert "told in a private channel or nowhere" in said(slack, f'open "A leak" private=yes channel={BEA}')
    assert "you are not in that private channel" in said(slack, 'open "A leak" private=yes channel=G0OPS', BEA)
    slack.workspace.plan = lambda method, _: "missing_scope" if method == "conversations.members" else None
    assert "does not say now whether" in said(slack, 'open "A leak" private=yes channel=G0OPS')
    slack.workspace.plan = never
    assert incidents.listing(slack.services, ADMIN) == []
    assert "It is told in" not in said(slack, 'open "Nowhere" private=yes'), "not where it was opened: all read that"
    assert "It is told in" in said(slack, 'open "A leak" private=yes channel=G0OPS')
    with slack.services.db.read() as connection:
        assert [row.target for row in outbox.everything(connection)] == ["G0OPS"]


def test_a_private_one_is_there_for_its_people_only(slack: Slack) -> None:
    assert "those with a role in it" in said(slack, 'open "A leak" private=yes')
    for text in ("show INC-1", "timeline INC-1", "export INC-1", "ack INC-1", "assign INC-1 member=U0BEA"):
        assert "There is no INC-1" in said(slack, text, BEA)
    assert "No incident is open." in said(slack, "list", BEA)
    slack.press("incident.acknowledged", "1", BEA)
    assert "There is no INC-1" in words(slack.workspace.wait_for("respond")[-1])
    said(slack, "assign INC-1 member=U0BEA")
    assert "A leak (private)" in said(slack, "list", BEA)
    assert "Member" in said(slack, "show INC-1", BEA)
    said(slack, "assign INC-1 remove=U0BEA")
    assert "There is no INC-1" in said(slack, "show INC-1", BEA)


def test_a_channel_of_its_own_is_asked_for_in_words_and_in_the_form(slack: Slack) -> None:
    made = "A channel of its own is being made"
    assert made in said(slack, 'open "One" channel=new')
    assert made in said(slack, 'open "Two" own_channel=yes')
    assert made not in said(slack, 'open "Three"')
    assert made in said(slack, "channel INC-3")
    said(slack, "open")
    ticked = {"type": "checkboxes", "selected_options": [{"value": "yes"}]}
    slack.submit(form(slack), {"title": {"type": "plain_text_input", "value": "Four"}, "own_channel": ticked}, ANA)
    with slack.services.db.read() as connection:
        rows = connection.execute(select(errand.c.kind, errand.c.incident_id).order_by(errand.c.incident_id)).all()
    assert [tuple(row) for row in rows] == [("create", 1), ("create", 2), ("create", 3), ("create", 4)]


def test_the_form_opens_a_private_one(slack: Slack) -> None:
    said(slack, "open")
    ticked = {"type": "checkboxes", "selected_options": [{"value": "yes"}]}
    slack.submit(form(slack), {"title": {"type": "plain_text_input", "value": "A leak"}, "private": ticked}, ANA)
    assert "No incident is open." in said(slack, "list", BEA)
    assert "A leak (private)" in said(slack, "list")


def test_buttons_take_it_further_and_the_second_press_is_told_so(slack: Slack) -> None:
    said(slack, 'open "Scores are 0"')
    slack.press("incident.acknowledged", "1", ANA)
    assert "is acknowledged" in told(slack)
    slack.press("incident.resolved", "1", ANA)
    assert "is resolved" in told(slack, 2)
    slack.press("incident.resolved", "1", BEA)
    assert "INC-1 is resolved already" in words(slack.workspace.wait_for("respond", 3)[-1])


def test_reopening_by_a_button_asks_why(slack: Slack) -> None:
    said(slack, 'open "Scores are 0"')
    said(slack, "resolve INC-1")
    slack.press("incident.reopen", "1", ANA)
    slack.submit(form(slack), {"reason": {"type": "plain_text_input", "value": "it came back"}}, ANA)
    assert "it came back" in said(slack, "timeline INC-1")
    assert "is open" in said(slack, "show INC-1")


def test_the_form_opens_one(slack: Slack) -> None:
    said(slack, "open")
    slack.submit(form(slack), {"title": {"type": "plain_text_input", "value": "Scores are 0"}}, ANA)
    assert "INC-1" in said(slack, "list")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("open", ""),
        ("show", "Say which incident: its number, such as INC-7."),
        ("show INC-9", "There is no INC-9"),
        ("show KPI-9", "“KPI-9” is no incident"),
        ("resolve INC-1 at=tomorrow", "lies in the future"),
        ("resolve INC-1 at=someday", "is no time that I can read"),
        ("ack", "Say which incident"),
        ('open "x" severity=urgent', "There is no severity “urgent”; choose critical, high, medium, low"),
        ('open "x" kind=joke', "There is no kind “joke”"),
        ('open "x" started="1h ago" detected="2h ago"', "cannot be detected at"),
        ("open severity=high", "Say what happened"),
        ('open "x" private=maybe', "Say private=yes or private=no"),
        (f'open "{"x" * 151}"', "up to 150 characters"),
        ("edit INC-1 resolved=now reason=x", "is not resolved yet"),
        ("edit INC-1 started=now", "Say why"),
        ("reopen INC-1 reason=x", "need not be opened again"),
        ("close INC-1", "resolve it before you close it"),
        ("stats severity=urgent", "There is no severity"),
        ("stats sinse=yesterday", "Did you mean since=?"),
        ("lsit", "Did you mean /incident list?"),
        ("backfill", "Say when it was detected and resolved"),
        ("merge INC-1", "Say which incident"),
        ("merge INC-1 into=INC-1", "into itself"),
        ("assign INC-1 king=U0BEA", "no role “king”"),
        ('open "x" own_channel=1', "Say own_channel=yes or own_channel=no"),
        ("channel", "Say which incident"),
        ("channel INC-9", "There is no INC-9"),
        ("assign INC-1 remove=U0BEA", "is not in it"),
        ("assign INC-1 commander=C0OPS", "is no person"),
        ("assign INC-1 commander=U0NOBODY", "There is no person U0NOBODY"),
        ("assign INC-1", "Say who does what"),
        ("link INC-1 cat=x", "cannot be linked to a “cat”"),
        ("link INC-1", "Say to what"),
        ("task INC-1", "Say what is to be done"),
        ("task INC-1 done=1", "has no task 1"),
        ("update INC-1 several words", "in quotes"),
        ("export INC-1 as=pdf", "as=markdown or as=json"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence_and_changes_nothing(slack: Slack, text: str, answer: str) -> None:
    said(slack, 'open "Standing"')
    before = said(slack, "timeline INC-1")
    assert answer in said(slack, text)
    assert said(slack, "timeline INC-1") == before
    assert len(incidents.listing(slack.services, ADMIN)) == 1


@pytest.mark.parametrize("title", ["<!channel> *x* `y` <@U0ADA>", "工程師", "متوسط", "😀" * 50, "a\x00b"])
def test_hostile_titles_are_shown_as_they_are(slack: Slack, title: str) -> None:
    answer = slack.say("/incident", f'open "{title}"', ANA)
    assert "INC-1" in words(answer)
    assert "<!channel>" not in answer["text"], "only there is text markup"


def test_an_empty_period_says_no_data(slack: Slack) -> None:
    assert "No data: no incident was detected then." in said(slack, "stats since=yesterday")


def test_work_in_an_incident_is_shown(slack: Slack) -> None:
    said(slack, 'open "Scores are 0"')
    said(slack, 'update INC-1 "traffic is on the old model" severity=high')
    said(slack, "assign INC-1 commander=&lt;@U0BEA|bea&gt;")
    said(slack, "link INC-1 model=fraud@7")
    said(slack, 'task INC-1 "add an alert"')
    text = said(slack, "show INC-1")
    for words_ in ("high", "Commander", "fraud@7", "Task 1", "add an alert"):
        assert words_ in text
    said(slack, "task INC-1 done=1")
    assert "add an alert (done)" in said(slack, "show INC-1")


def test_an_export_is_sent_as_a_file(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str, str]] = []
    monkeypatch.setattr(incident.files, "send", lambda client, user, name, content, words: sent.append((user, name, content)))
    said(slack, 'open "Scores are 0"')
    assert "INC-1.md is in your messages" in said(slack, "export INC-1")
    said(slack, "export INC-1 as=json")
    assert [(user, name) for user, name, _ in sent] == [(ANA, "INC-1.md"), (ANA, "INC-1.json")]
    assert json.loads(sent[1][2])["title"] == "Scores are 0"


def test_a_message_becomes_evidence_by_a_shortcut(slack: Slack) -> None:
    message = {"type": "message", "ts": "1763978400.000100", "user": BEA, "text": "All scores are 0\nsince noon"}
    slack.interact(
        {"type": "message_action", "callback_id": "incident.from_message", "message": message, "channel": {"id": "C0GEN"}}, ANA
    )
    view = form(slack)
    title = next(b["element"]["initial_value"] for b in view["blocks"] if b.get("block_id") == "title")
    assert title == "All scores are 0"
    slack.submit(view, {"title": {"type": "plain_text_input", "value": title}}, ANA)
    text = said(slack, "timeline INC-1")
    assert "All scores are 0 since noon" in text
    (one,) = incidents.listing(slack.services, ADMIN)
    assert one.title == "All scores are 0"
    assert one.at("detected") is not None
