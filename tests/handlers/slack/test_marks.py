"""Reactions as Slack tells of them, and the message read as Slack gives it."""

from typing import Any

import pytest
from slack_sdk import WebClient
from sqlalchemy import select

from bot.domain.deliveries import Refused, Throttled, Unknown
from bot.domain.errands import Done
from bot.services import incidents
from handlers.slack.workspace import SlackWorkspace, plain
from playground.server import Playground
from storage import outbox
from storage.tables import errand
from tests.fake_slack import FakeSlack, serving
from tests.handlers.slack.conftest import Slack


def told(slack: Slack) -> str:
    """An incident in #gen; the ts of its message."""
    slack.workspace.channels["C0GEN"] = {"is_member": True}
    slack.say("/incident", 'open "Scores are 0"')
    with slack.services.db.begin() as connection:
        (head,) = outbox.everything(connection)
        outbox.change(connection, head.id, state="sent", channel="C0GEN", ts="100.1")
    return "100.1"


def react(slack: Slack, name: str = "pushpin", kind: str = "message", ts: str = "101.1") -> None:
    item = {"type": kind, "channel": "C0GEN", "ts": ts}
    slack.happen({"type": "reaction_added", "user": "U0ADA", "reaction": name, "item": item, "item_user": "U0BEA"})


def asked(slack: Slack) -> list[Any]:
    with slack.services.db.read() as connection:
        return [row.details["ts"] for row in connection.execute(select(errand))]


def test_the_one_reaction_on_a_message_marks_it(slack: Slack) -> None:
    told(slack)
    react(slack, "eyes")
    react(slack, kind="file")
    assert asked(slack) == []
    react(slack)
    react(slack, "pushpin::skin-tone-2")
    assert asked(slack) == ["101.1"]


def test_nobody_is_looked_up_for_other_reactions(slack: Slack) -> None:
    slack.happen({"type": "reaction_added", "user": "U0NEW", "reaction": "eyes", "item": {"type": "message"}})
    assert slack.workspace.called("users.info") == []


def test_a_message_in_a_thread_is_read_with_its_author_and_place() -> None:
    with Playground(rate_limits=False) as playground:
        client = WebClient(playground.bot_token, base_url=playground.api_url)
        head = str(client.chat_postMessage(channel="C0MLOPS", text="INC-1")["ts"])
        for words in ("before", "p99 > 2 s & rising, see #general"):
            ts = playground.say("U0SRE", "ml-ops", words, thread_ts=head)["ts"]
        playground.say("U0SRE", "ml-ops", "after", thread_ts=head)
        alone = playground.say("U0SRE", "ml-ops", "alone")["ts"]
        workspace = SlackWorkspace(client, 5)
        assert workspace.read("C0MLOPS", ts) == Done(
            {"text": "p99 > 2 s & rising, see #general", "author": "U0SRE", "thread": head}
        )
        assert workspace.read("C0MLOPS", alone) == Done({"text": "alone", "author": "U0SRE", "thread": alone})
        assert workspace.read("C0MLOPS", "1.1") == Done()
        assert len(playground.log("conversations.replies")) == 3, "one request a message"


@pytest.mark.parametrize(
    ("fault", "result"),
    [("429", Throttled), ("500", Unknown), ("cut before", Unknown), ("missing_scope", Refused), ("not_in_channel", Refused)],
)
def test_what_slack_says_instead_is_told_apart(fault: str, result: type) -> None:
    with serving(FakeSlack(lambda method, params: fault)) as slack:
        found = SlackWorkspace(WebClient("xoxb-1", base_url=slack.url), 5).read("C0OPS", "1.1")
    assert isinstance(found, result)
    if isinstance(found, Refused):
        assert "mark the message anew" in found.advice


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("<@U0ANA> in <#C0OPS|ops> &lt;b&gt; &amp; more", "@U0ANA in #ops <b> & more"),
        ("<!channel> <!subteam^S1|@oncall>", "@channel @oncall"),
        ("<https://a.example|the run> <https://a.example>", "the run (https://a.example) https://a.example"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_text_is_as_people_read_it(said: str, read: str) -> None:
    assert plain(said) == read


def test_hostile_words_are_drawn_as_they_are(slack: Slack) -> None:
    told(slack)
    with slack.services.db.begin() as connection:
        event = incidents.Event(slack.services.now(), slack.services.now(), "U0BEA", "message", "<!channel> *x*")
        incidents.incidents.note(connection, 1, event)
    answer = slack.say("/incident", "timeline INC-1")
    assert "<!channel>" not in answer["text"], "only there is text markup"
