"""`/digest`, through the door: words, buttons and the form."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.parts import plain
from bot.domain.people import SYSTEM
from bot.presenters import digests as presenter
from bot.services import digests, people
from handlers.slack.commands import digest
from storage.tables import delivery
from tests.handlers.slack.conftest import Slack, words
from tests.services.digest_world import DIGESTS, record_weeks, settle

ADMIN, NOBODY, SRE = "U0ADMIN", "U0NOBODY", "U0SRE"


@pytest.fixture(autouse=True)
def _team(slack: Slack, tmp_path: Path) -> None:
    folder = tmp_path / "team"
    folder.mkdir()
    settle(slack.services, folder, DIGESTS)
    record_weeks(slack.services, "restore-time", ["20", "30"])
    people.grant(slack.services, SYSTEM, SRE, "sre")
    slack.workspace.channels["C0OPS"] = {"is_member": True}
    slack.workspace.channels["C0OLD"] = {"is_member": True, "is_archived": True}
    slack.workspace.channels["C0OTHER"] = {"is_member": False}


def said(slack: Slack, text: str, user: str = ADMIN) -> str:
    return words(slack.say("/digest", text, user))


def told(slack: Slack, count: int = 1) -> str:
    return words(slack.workspace.wait_for("respond", count)[-1]["blocks"])


def opened(slack: Slack) -> dict[str, Any]:
    view = slack.workspace.wait_for("views.open")[-1]["view"]
    form: dict[str, Any] = json.loads(view) if isinstance(view, str) else view
    return form


def posted(slack: Slack) -> list[Any]:
    with slack.services.db.read() as connection:
        rows = connection.execute(delivery.select().where(delivery.c.parent_id.is_(None)).order_by(delivery.c.created_at))
        return list(rows)


def test_every_verb_is_in_the_help(slack: Slack) -> None:
    text = said(slack, "help")
    assert all(f"/digest {verb}" in text for verb in digest.VERBS)
    assert set(digest.VERBS) == set(digest._RUN)


def test_alone_it_lists_every_digest_with_where_and_when(slack: Slack) -> None:
    text = said(slack, "", NOBODY)
    assert "Every Monday at 09:00 Europe/Oslo" in text
    assert "Next Mon 30 Nov 2026 09:00 Europe/Oslo. Never sent." in text
    assert "no channel yet" in text


def test_an_unknown_verb_and_an_unknown_digest_get_the_nearest(slack: Slack) -> None:
    assert "Did you mean /digest preview?" in said(slack, "preveiw team-weekly")
    assert "Did you mean team-weekly?" in said(slack, "preview team-wekly")
    assert "Say which digest:" in said(slack, "preview")


def test_a_preview_is_for_the_asker_and_posts_nothing(slack: Slack) -> None:
    answer = slack.say("/digest", "preview team-weekly", NOBODY)
    assert answer["response_type"] == "ephemeral"
    assert "past its critical limit" in words(answer) or "crossed its critical limit" in words(answer)
    actions = [e["action_id"] for b in answer["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert {"digest.send", "digest.form", "digest.details"} <= set(actions)
    assert posted(slack) == []


def test_a_preview_takes_a_time(slack: Slack) -> None:
    assert "week 46, 2026" in said(slack, 'preview team-weekly at="2026-11-20 09:00"')
    assert "is no time that I can read" in said(slack, "preview team-weekly at=someday")


def test_the_details_of_a_preview_are_a_button_away(slack: Slack) -> None:
    slack.press("digest.details", "team-weekly")
    assert "Order of attention" in told(slack)


def test_somebody_of_the_audience_sends_it_once_however_often_slack_asks(slack: Slack) -> None:
    for _ in range(2):
        assert "goes to <#C0OPS>" in words(slack.say("/digest", "send team-weekly channel=C0OPS", SRE, trigger="t-same"))
    (line,) = digests.history(slack.services, SYSTEM, "team-weekly")
    assert (line.run.target, line.run.asked_by) == ("C0OPS", SRE)
    assert SRE in said(slack, "history team-weekly")


def test_only_its_members_and_admins_have_something_said_in_a_private_channel(slack: Slack) -> None:
    slack.workspace.channels["C0BOARD"] = {"is_member": True, "is_private": True}
    slack.workspace.members = ["U0BOT", "U0EVE"]
    for text in ("send team-weekly channel=C0BOARD", "schedule team-weekly channel=C0BOARD"):
        assert "you are not in that private channel" in said(slack, text, SRE)
    assert digests.history(slack.services, SYSTEM, "team-weekly") == []
    assert "goes to <#C0BOARD>" in said(slack, "send team-weekly channel=C0BOARD", ADMIN)
    slack.workspace.members = ["U0BOT", SRE]
    assert "goes to <#C0BOARD>" in said(slack, "send team-weekly channel=C0BOARD", SRE)


@pytest.mark.parametrize(
    ("text", "user", "answer"),
    [
        ("send team-weekly", NOBODY, "Only admins, its owner and people with one of the roles"),
        ("send ops-daily", ADMIN, "ops-daily goes nowhere yet; say where, as in /digest send ops-daily channel=ID."),
        ("send team-weekly channel=C0NONE", ADMIN, "Slack knows no such channel"),
        ("send team-weekly channel=C0OLD", ADMIN, "the channel is archived"),
        ("send team-weekly channel=C0OTHER", ADMIN, "say /invite @Barometer there"),
        ("send team-weekly channel=ops", ADMIN, "is not the id of a channel or person"),
        ("schedule team-weekly owner=C0OPS", ADMIN, "“C0OPS” is no person; mention one"),
        ("send team-weekly chanel=C0OPS", ADMIN, "Did you mean channel=?"),
        ("schedule team-weekly when=hourly", ADMIN, "A schedule cannot be “hourly”"),
        ('schedule team-weekly when="weekly monday 25:00"', ADMIN, "is no time of day"),
        ('schedule team-weekly when="daily 09:00 10:00"', ADMIN, "A schedule has one hour, not both “09:00” and “10:00”"),
        ('schedule team-weekly when="weekdays 9am"', ADMIN, "“9am” is no hour; write the hour as 09:00"),
        ("schedule new-one when=daily", ADMIN, "to make one, also give audience and kpis"),
        ("schedule team-weekly kpis=restore-tim", ADMIN, "Did you mean restore-time?"),
        ("schedule team-weekly top=99", ADMIN, "a whole number from 1 to 10"),
        ("schedule team-weekly audience=executive", SRE, "Only admins and people with one of the roles"),
        ("pause team-weekly", NOBODY, "Only admins"),
        ("resume nothing", ADMIN, "There is no digest called “nothing”."),
    ],
)
def test_what_is_wrong_gets_one_sentence_and_changes_nothing(slack: Slack, text: str, user: str, answer: str) -> None:
    before = said(slack, "list")
    assert answer in said(slack, text, user)
    assert said(slack, "list") == before
    assert posted(slack) == []


def test_words_schedule_a_new_digest_and_show_what_to_keep(slack: Slack) -> None:
    text = said(
        slack,
        'schedule night-watch when="daily 22:00 Asia/Kolkata" channel=C0OPS audience=ops kpis=reliability,success-rate top=2',
        SRE,
    )
    assert "Tue 24 Nov 2026 22:00 Asia/Kolkata" in text
    assert "Thu 26 Nov 2026 22:00 Asia/Kolkata" in text
    assert "- name: night-watch" in text
    (greeting,) = posted(slack)
    assert (greeting.target, greeting.kind, greeting.owner) == ("C0OPS", "notice", SRE)


def test_a_kpi_named_several_times_is_kept_once(slack: Slack) -> None:
    said(slack, "schedule team-weekly kpis=success-rate,restore-time,success-rate,reliability,reliability", SRE)
    assert digests.form_of(slack.services, "team-weekly").kpis == "reliability, success-rate, restore-time"


def test_scheduling_again_in_the_same_place_greets_nobody_anew(slack: Slack) -> None:
    said(slack, 'schedule team-weekly when="weekly friday 15:00"')
    assert posted(slack) == []
    assert "Next Fri 27 Nov 2026 15:00 Europe/Oslo" in said(slack, "list")


def test_pause_and_resume(slack: Slack) -> None:
    assert "is paused" in said(slack, "pause team-weekly", SRE)
    assert "Paused." in said(slack, "list")
    assert "next Mon 30 Nov 2026 09:00 Europe/Oslo" in said(slack, "resume team-weekly", SRE)


def filled(**changes: str) -> dict[str, dict[str, Any]]:
    texts = {"name": "night-watch", "when": "weekly friday 15:00", "kpis": "reliability", "top": "3"}
    texts |= {"title": "", "compare": "", "skip_if": ""}
    values: dict[str, dict[str, Any]] = {
        name: {"type": "plain_text_input", "value": changes.get(name, value)} for name, value in texts.items()
    }
    values["channel"] = {"type": "conversations_select", "selected_conversation": changes.get("channel", "C0OPS") or None}
    values["person"] = {"type": "users_select", "selected_user": changes.get("person") or None}
    values["owner"] = {"type": "users_select", "selected_user": changes.get("owner") or None}
    values["audience"] = {"type": "static_select", "selected_option": {"value": "ops"}}
    return values


def test_the_form_shows_the_next_runs_before_it_saves(slack: Slack) -> None:
    slack.say("/digest", "schedule", SRE)
    form = opened(slack)
    review = slack.submit(form, filled(), SRE)
    assert review["response_action"] == "update"
    assert "Fri 27 Nov 2026 15:00 UTC" in words(review["view"])
    assert "night-watch" not in said(slack, "list")
    slack.submit(review["view"], {}, SRE)
    assert "is scheduled every Friday at 15:00 UTC" in told(slack)
    assert "night-watch" in said(slack, "list")


@pytest.mark.parametrize(
    ("changes", "block", "text"),
    [
        ({"when": "hourly"}, "when", "cannot be “hourly”"),
        ({"channel": ""}, "channel", "Choose a channel, or one person below."),
        ({"channel": "C0OLD"}, "channel", "archived"),
        ({"name": "Night Watch!"}, "name", "lower-case letters"),
        ({"kpis": "reliabilty"}, "kpis", "Did you mean reliability?"),
        ({"top": "99"}, "top", "from 1 to 10"),
        ({"title": "t" * 121}, "title", "up to 120 characters"),
        ({"compare": "last-year"}, "compare", "previous, target, baseline"),
        ({"skip_if": "nothing"}, "skip_if", "Did you mean nothing_to_report?"),
    ],
)
def test_what_is_wrong_in_the_form_stands_at_its_field(slack: Slack, changes: dict[str, str], block: str, text: str) -> None:
    slack.say("/digest", "schedule", SRE)
    answer = slack.submit(opened(slack), filled(**changes), SRE)
    assert answer["response_action"] == "errors"
    assert text in answer["errors"][block]


def test_the_form_says_whom_it_belongs_to_what_it_compares_with_and_when_it_is_left_out(slack: Slack) -> None:
    slack.say("/digest", "schedule", SRE)
    given = {"owner": "U0EVE", "title": "By night", "compare": "previous", "skip_if": "no_new_data, nothing_to_report"}
    slack.submit(slack.submit(opened(slack), filled(**given), SRE)["view"], {}, SRE)
    assert "By night is scheduled" in told(slack)
    [made] = [each.definition for each in digests.listing(slack.services, SYSTEM) if each.definition.name == "night-watch"]
    assert (made.title, made.owner, made.compare) == ("By night", "U0EVE", ("previous",))
    assert made.skip_if == {"no_new_data", "nothing_to_report"}
    said(slack, "schedule night-watch compare=none skip_if=none")
    form = digests.form_of(slack.services, "night-watch")
    assert (form.compare, form.skip_if, form.title) == ("none", "none", "By night")


def test_a_history_counts_replies_that_did_not_arrive_and_says_that_there_is_more(slack: Slack) -> None:
    for n in range(22):
        digests.send(slack.services, SYSTEM, "team-weekly", "C0OPS", key=f"k{n}")
    for line in digests.history(slack.services, SYSTEM, limit=50):
        digests.build(slack.services, line.run.id)
    with slack.services.db.begin() as connection:
        [first] = connection.execute(delivery.select().where(delivery.c.position == 1).limit(1))
        connection.execute(delivery.update().where(delivery.c.id == first.id).values(state="failed"))
        connection.execute(delivery.update().where(delivery.c.id == first.parent_id).values(state="sent"))
    shown = said(slack, "history team-weekly")
    assert "There are more: narrow it with since=." in shown
    assert shown.count("2026 10:00 UTC\n") == 20
    found = digests.history(slack.services, SYSTEM, limit=50)
    [hurt] = [line for line in found if line.replies.get("failed")]
    assert hurt.delivery
    assert hurt.delivery.state == "sent"
    assert "sent, 1 of " in "".join(map(plain, presenter.history([hurt], "UTC").parts))
    assert digests.history(slack.services, SYSTEM, since=slack.services.now() + timedelta(hours=1)) == []


def test_the_form_of_a_standing_digest_shows_how_it_stands(slack: Slack) -> None:
    slack.press("digest.form", "team-weekly", SRE)
    fields = {b["block_id"]: b["element"] for b in opened(slack)["blocks"] if b["type"] == "input"}
    assert fields["when"]["initial_value"] == "weekly monday 09:00 Europe/Oslo"
    assert fields["channel"]["initial_conversation"] == "C0TEAM"
    assert fields["kpis"]["initial_value"] == "all"
