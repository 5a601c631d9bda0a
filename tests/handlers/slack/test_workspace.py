"""What Slack is asked for besides messages, against a workspace as strict as Slack."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.domain.deliveries import Refused
from bot.domain.errands import Done
from handlers.slack.workspace import SlackWorkspace
from playground.server import Playground


@pytest.fixture
def playground() -> Iterator[Playground]:
    with Playground(rate_limits=False) as running:
        yield running


@pytest.fixture
def workspace(playground: Playground) -> SlackWorkspace:
    return SlackWorkspace(WebClient(playground.bot_token, base_url=playground.api_url), 5)


def code(result: Any) -> str:
    assert isinstance(result, Refused)
    assert result.advice.endswith(".")
    return result.code


@pytest.mark.parametrize("private", [True, False])
def test_a_channel_is_made_kept_and_put_away(playground: Playground, workspace: SlackWorkspace, private: bool) -> None:
    made = workspace.make_channel("inc-1-scores", private=private)
    assert isinstance(made, Done)
    channel = playground.workspace.channel(made.found["channel"])
    assert (made.found["name"], channel.is_private, channel.members) == ("inc-1-scores", private, ["U0BOT"])
    assert code(workspace.make_channel("inc-1-scores", private=private)) == "name_taken"
    assert workspace.find_made("inc-1-scores") == made
    for _ in range(2):
        assert workspace.invite(channel.id, "U0SRE") == Done()
    assert channel.members == ["U0BOT", "U0SRE"]
    assert workspace.set_topic(channel.id, "INC-1 <!channel> & more") == Done()
    assert channel.topic == "INC-1 &lt;!channel&gt; &amp; more"
    for _ in range(2):
        assert workspace.remove(channel.id, "U0SRE") == Done()
    assert channel.members == ["U0BOT"]
    for _ in range(2):
        assert workspace.archive(channel.id) == Done()
    assert channel.is_archived
    assert workspace.set_topic(channel.id, "late") == Done()
    assert code(workspace.invite(channel.id, "U0SRE")) == "is_archived"


def test_a_channel_of_others_is_not_taken_for_ours(workspace: SlackWorkspace) -> None:
    assert workspace.find_made("ml-ops") == Done()
    assert workspace.find_made("nowhere") == Done()


def test_a_long_topic_with_entities_fits(playground: Playground, workspace: SlackWorkspace) -> None:
    made = workspace.make_channel("inc-1", private=False)
    assert isinstance(made, Done)
    assert workspace.set_topic(made.found["channel"], "a < b " * 40) == Done()
    topic = playground.workspace.channel(made.found["channel"]).topic
    assert 200 < len(topic) <= 250
    assert not topic.endswith("&")


def test_a_missing_permission_is_told_with_what_to_do() -> None:
    with Playground(manifest={"oauth_config": {"scopes": {"bot": ["chat:write"]}}}) as playground:
        workspace = SlackWorkspace(WebClient(playground.bot_token, base_url=playground.api_url), 5)
        made = workspace.make_channel("inc-1", private=False)
    assert code(made) == "missing_scope"
    assert isinstance(made, Refused)
    assert "Give the app the manifest" in made.advice
