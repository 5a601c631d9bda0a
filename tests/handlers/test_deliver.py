"""What is posted to Slack, and what each of its answers, and silences, means."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.domain.deliveries import Envelope, Missing, Postponed, Refused, Sent, Throttled, Unknown, Unreadable
from bot.domain.parts import Chart, Message, Series, text
from handlers.slack import deliver, refusals
from handlers.slack.blocks import pictures
from handlers.slack.deliver import SlackPoster
from tests.fake_slack import FakeSlack, Plan, never, serving

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CHART = Chart("Uptime", ("Mon", "Tue", "Wed"), (Series("uptime", (99.9, None, 99.8)),), "%")
PLAIN = Message("Uptime is 99.9 %", (text("Uptime is 99.9 %"),))
WITH_CHART = Message("Uptime is 99.9 %", (text("Uptime is 99.9 %"), CHART))


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with serving(FakeSlack()) as running:
        yield running


@pytest.fixture
def poster(slack: FakeSlack) -> SlackPoster:
    return SlackPoster(WebClient("xoxb-test", base_url=slack.url), timeout=1)


def envelope(message: Message = PLAIN, target: str = "C0OPS", **more: Any) -> Envelope:
    return Envelope("d-1", "digest", target, message, **more)


def at_first(fault: str, method: str = "chat.postMessage") -> Plan:
    numbers = count()
    return lambda called, _: fault if called == method and next(numbers) == 0 else None


def test_a_message_carries_its_delivery_id_and_words_for_screen_readers(slack: FakeSlack, poster: SlackPoster) -> None:
    sent = poster.post(envelope())
    assert sent == Sent("C0OPS", slack.messages[0]["ts"])
    assert slack.messages[0]["metadata"] == {
        "event_type": "barometer_delivery",
        "event_payload": {"delivery_id": "d-1", "kind": "digest"},
    }
    assert "Uptime is 99.9 %" in slack.messages[0]["text"]
    assert slack.messages[0]["blocks"]
    assert slack.calls[0][1]["unfurl_links"] in (False, "0", "false", "False")
    assert slack.calls[0][1]["unfurl_media"] in (False, "0", "false", "False")


def test_a_message_is_changed_in_place_and_carries_its_own_id(slack: FakeSlack, poster: SlackPoster) -> None:
    first = poster.post(envelope())
    assert isinstance(first, Sent)
    changed = replace(envelope(Message("Uptime is 98 %", (text("Uptime is 98 %"),))), channel="C0OPS", edits_ts=first.ts)
    assert poster.post(changed) == first
    assert [(m["text"], m["edits"]) for m in slack.messages] == [("Uptime is 98 %", 1)]
    gone = poster.post(replace(changed, edits_ts="1.2"))
    assert isinstance(gone, Refused)
    assert "was deleted" in gone.advice


def test_a_person_is_written_to_in_their_own_channel(slack: FakeSlack, poster: SlackPoster) -> None:
    sent = poster.post(envelope(target="U0ANA"))
    assert isinstance(sent, Sent)
    assert sent.channel == "D0ANA"
    assert [method for method, _ in slack.calls] == ["chat.postMessage"], "conversations.open is allowed 50 times a minute"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("429", Throttled(timedelta(seconds=7))),
        ("ratelimited", Throttled(timedelta(seconds=1))),
        ("500", Unknown("HTTP 500")),
        ("500 html", Unknown("HTTP 502")),
        ("internal_error", Unknown("internal_error")),
        ("fatal_error", Unknown("fatal_error")),
        ("service_unavailable", Postponed("service_unavailable")),
        ("something_new", Postponed("something_new", explained=False)),
        ("cut before", Unknown("RemoteDisconnected")),
        ("cut after", Unknown("RemoteDisconnected")),
        ("hang", Unknown("TimeoutError")),
    ],
)
def test_what_an_answer_means(slack: FakeSlack, poster: SlackPoster, fault: str, expected: object) -> None:
    slack.plan, slack.retry_after, slack.hang_seconds = at_first(fault), "7", 1.5
    assert poster.post(envelope()) == expected
    assert [method for method, _ in slack.calls] == ["chat.postMessage"], "one call, one message: the SDK repeats nothing"


@pytest.mark.parametrize("code", sorted(refusals.ADVICE.keys() - refusals.BLOCKS))
def test_a_refusal_says_what_to_do(slack: FakeSlack, poster: SlackPoster, code: str) -> None:
    slack.plan = at_first(code)
    found = poster.post(envelope())
    assert isinstance(found, Refused)
    assert found.code == code
    assert found.advice.endswith(".")
    assert len(found.advice) > 20


def test_a_person_whom_slack_does_not_know_is_called_a_person(slack: FakeSlack, poster: SlackPoster) -> None:
    slack.plan = at_first("channel_not_found")
    found = poster.post(envelope(target="U0GONE"))
    assert isinstance(found, Refused)
    assert "no such person" in found.advice


def test_nobody_listens_so_nothing_was_posted() -> None:
    with serving(FakeSlack()) as gone:
        url = gone.url
    found = SlackPoster(WebClient("xoxb-test", base_url=url), timeout=1).post(envelope())
    assert found == Postponed("ConnectionRefusedError")


@pytest.mark.parametrize("fault", ["429", "500", "cut after", "not_in_channel", "channel_not_found"])
def test_a_conversation_that_cannot_be_opened_is_not_taken_for_empty(slack: FakeSlack, poster: SlackPoster, fault: str) -> None:
    sent = poster.post(envelope(target="U0ANA"))
    slack.plan = at_first(fault, "conversations.open")
    assert not isinstance(poster.find(envelope(target="U0ANA")), Sent | Missing)
    assert poster.find(envelope(target="U0ANA")) == sent


def test_a_chart_that_slack_refuses_is_left_out(slack: FakeSlack, poster: SlackPoster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "can_draw", lambda: False)
    slack.plan = at_first("invalid_blocks")
    assert isinstance(poster.post(envelope(WITH_CHART)), Sent)
    assert [b["type"] for b in slack.messages[0]["blocks"] if b["type"] == "data_visualization"] == []
    assert slack.messages[0]["blocks"]


@pytest.mark.parametrize(
    ("message", "plan", "learnt"),
    [
        (WITH_CHART, lambda: at_first("invalid_blocks"), [False]),
        (WITH_CHART, lambda: never, [True]),
        (PLAIN, lambda: at_first("invalid_blocks"), []),
        (WITH_CHART, lambda: lambda _, params: "invalid_blocks" if params.get("blocks") else None, []),
        (WITH_CHART, lambda: at_first("not_in_channel"), []),
    ],
)
def test_whether_slack_takes_charts_is_learnt_from_what_it_took(
    slack: FakeSlack, message: Message, plan: Callable[[], Plan], learnt: list[bool]
) -> None:
    heard: list[bool] = []
    slack.plan = plan()
    SlackPoster(WebClient("xoxb-test", base_url=slack.url), timeout=1, learn=heard.append).post(envelope(message))
    assert heard == learnt


def test_blocks_that_slack_refuses_altogether_go_out_as_text(slack: FakeSlack, poster: SlackPoster) -> None:
    slack.plan = lambda method, params: "invalid_blocks" if params.get("blocks") else None
    assert isinstance(poster.post(envelope(WITH_CHART)), Sent)
    assert not slack.messages[0]["blocks"]
    assert "Uptime is 99.9 %" in slack.messages[0]["text"]


def test_the_text_stands_first_and_a_picture_follows(
    slack: FakeSlack, poster: SlackPoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "can_draw", lambda: True)
    monkeypatch.setattr(pictures, "png", lambda chart: b"\x89PNG")
    slack.plan = at_first("invalid_blocks")
    assert isinstance(poster.post(envelope(WITH_CHART)), Sent), "a picture that cannot be uploaded does not unsend the message"
    assert [method for method, _ in slack.calls] == ["chat.postMessage", "chat.postMessage", "files.getUploadURLExternal"]


@pytest.mark.skipif(not pictures.can_draw(), reason="the extra png is not installed")
def test_a_picture_is_drawn_in_process() -> None:
    assert pictures.png(CHART).startswith(b"\x89PNG")


def test_a_picture_has_words() -> None:
    assert pictures.in_words(CHART) == "Uptime (%). uptime: 99.9 at Mon, 99.8 at Wed"
    assert "matplotlib" not in sys.modules or pictures.can_draw()


def test_a_lost_message_is_found_many_pages_back(slack: FakeSlack, poster: SlackPoster) -> None:
    slack.plan = at_first("cut after")
    assert isinstance(poster.post(envelope()), Unknown)
    for n in range(10):
        poster.post(Envelope(f"other-{n}", "digest", "C0OPS", PLAIN))
    found = poster.find(envelope(since=datetime.now(UTC)))
    assert found == Sent("C0OPS", slack.messages[0]["ts"])


def test_a_lost_reply_is_found_in_its_thread(slack: FakeSlack, poster: SlackPoster) -> None:
    root = poster.post(envelope())
    assert isinstance(root, Sent)
    slack.plan = at_first("cut after")
    reply = Envelope("d-2", "digest", "C0OPS", PLAIN, channel=root.channel, thread_ts=root.ts, since=datetime.now(UTC))
    poster.post(reply)
    assert poster.find(reply) == Sent("C0OPS", slack.messages[-1]["ts"])
    assert slack.calls[-1][0] == "conversations.replies"


def test_a_search_that_was_given_up_is_no_proof_that_the_message_is_missing(
    slack: FakeSlack, poster: SlackPoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "PAGE", 1)
    monkeypatch.setattr(deliver, "PAGES", 2)
    for n in range(4):
        poster.post(Envelope(f"other-{n}", "digest", "C0OPS", PLAIN))
    assert poster.find(envelope(since=datetime.now(UTC))) == Unreadable("too_many_messages")


def test_what_is_not_there_is_missing_and_old_messages_are_not_read(slack: FakeSlack, poster: SlackPoster) -> None:
    posted = poster.post(Envelope("other", "digest", "C0OPS", PLAIN))
    assert poster.find(envelope(since=datetime.now(UTC))) == Missing()
    ahead = Envelope("other", "digest", "C0OPS", PLAIN, since=datetime.now(UTC) + timedelta(minutes=4))
    assert poster.find(ahead) == posted, "the bot's clock may run ahead of Slack's"
    assert poster.find(replace(ahead, since=datetime.now(UTC) + timedelta(minutes=6))) == Missing()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("429", Throttled(timedelta(seconds=1))),
        ("500", Postponed("HTTP 500")),
        ("cut before", Postponed("RemoteDisconnected")),
        ("missing_scope", Unreadable("missing_scope")),
        ("not_in_channel", Unreadable("not_in_channel")),
        ("something_new", Unreadable("something_new")),
    ],
)
def test_a_channel_that_cannot_be_read_is_not_an_empty_one(
    slack: FakeSlack, poster: SlackPoster, fault: str, expected: object
) -> None:
    slack.plan = at_first(fault, "conversations.history")
    assert poster.find(envelope(since=NOW)) == expected
