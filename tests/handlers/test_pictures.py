"""Where a workspace refuses native charts, they stand as pictures in the thread."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from bot.domain.deliveries import Envelope, Sent
from bot.domain.parts import Chart, Message, Series, text
from handlers.slack.deliver import SlackPoster
from playground.cast import example_team
from playground.server import Playground

CHART = Chart("Time to restore", ("W45", "W46", "W47"), (Series("Measured", (3.2, 2.6, 1.9)),), "h")
DIGEST = Message("Operations, daily", (text("All is well."), CHART))


@pytest.fixture
def workspace() -> Iterator[Playground]:
    with Playground(workspace=example_team(), rate_limits=False) as running:
        yield running


def test_a_refused_chart_stands_as_a_picture_in_the_thread(workspace: Playground) -> None:
    workspace.invite(workspace.slack.app.bot_user_id, "ml-ops")
    workspace.fault("no_charts", method="chat.postMessage", times=None)
    learned: list[bool] = []
    client = WebClient(workspace.bot_token, base_url=workspace.api_url)
    sent = SlackPoster(client, learn=learned.append).post(Envelope("d-1", "digest", "C0MLOPS", DIGEST))
    assert isinstance(sent, Sent)
    [root] = [m for m in workspace.messages("ml-ops") if m["ts"] == sent.ts]
    assert {block["type"] for block in root["blocks"]} == {"rich_text"}
    replies = client.conversations_replies(channel=sent.channel, ts=sent.ts)["messages"][1:]
    [picture] = [file for reply in replies for file in reply.get("files", ())]
    assert (picture["title"], picture["mimetype"]) == ("Time to restore", "image/png")
    assert learned == [False]
