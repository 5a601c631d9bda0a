"""What is registered, drawn, listed in the manifest and asked of Slack fits together."""

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest

import handlers.slack.commands
from handlers.slack.listeners import Listeners
from handlers.slack.register import COMMANDS, register

ROOT = Path(__file__).parents[3]
SCOPES = {
    "auth_test": set(),
    "apps_connections_open": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_archive": {"channels:manage", "groups:write"},
    "conversations_create": {"channels:manage", "groups:write"},
    "conversations_history": {"channels:history", "groups:history", "im:history", "metadata.message:read"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_invite": {"channels:manage", "groups:write"},
    "conversations_kick": {"channels:manage", "groups:write"},
    "conversations_members": {"channels:read", "groups:read"},
    "conversations_open": {"im:write"},
    "conversations_replies": {"channels:history", "groups:history", "im:history"},
    "conversations_setTopic": {"channels:manage", "groups:write"},
    "files_info": {"files:read"},
    "files_upload_v2": {"files:write"},
    "usergroups_list": {"usergroups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "users_conversations": {"channels:read", "groups:read"},
    "users_info": {"users:read"},
    "users_list": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_update": set(),
}
"""What each method of the Web API that we call needs."""
EVENTS = {"app_home_opened": set(), "reaction_added": {"reactions:read"}}
"""What each event that we hear needs."""


@pytest.fixture
def heard() -> dict[str, set[str]]:
    """The names of everything that is listened for."""
    listeners = Listeners(MagicMock(), MagicMock(), MagicMock(), MagicMock())
    register(listeners)
    return listeners.names


@pytest.fixture
def manifest() -> Any:
    return json.loads((ROOT / "manifest.json").read_text())


def sources(*folders: str) -> str:
    return "\n".join(p.read_text() for folder in folders for p in (ROOT / folder).rglob("*.py"))


def test_every_command_file_is_registered() -> None:
    files = {p.stem for p in Path(handlers.slack.commands.__path__[0]).glob("*.py")} - {"__init__"}
    names = {c.__name__.rpartition(".")[2] for c in COMMANDS if isinstance(c, ModuleType)}
    assert names == files


def test_every_command_has_help_and_every_verb_a_line() -> None:
    for command in COMMANDS:
        assert "help" in command.VERBS
        assert all(len(line) > 3 for line in command.VERBS.values())


def test_the_manifest_lists_every_command_and_no_other(heard: dict[str, set[str]], manifest: Any) -> None:
    listed = [c["command"] for c in manifest["features"]["slash_commands"]]
    assert sorted(listed) == sorted(heard["command"])


def test_the_manifest_asks_for_every_event_and_no_other(heard: dict[str, set[str]], manifest: Any) -> None:
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == heard["event"]


def test_the_manifest_asks_for_the_scopes_that_are_used_and_no_other(heard: dict[str, set[str]], manifest: Any) -> None:
    families = "apps|auth|blocks|chat|conversations|files|reactions|usergroups|users|views"
    called = set(re.findall(rf"\.((?:{families})_\w+)\b", sources("handlers")))
    assert called <= set(SCOPES), "say here which scopes the new method needs"
    needed = {"commands"}.union(*(SCOPES[method] for method in called), *(EVENTS[event] for event in heard["event"]))
    assert needed == set(manifest["oauth_config"]["scopes"]["bot"])


def test_every_button_that_is_drawn_is_heard(heard: dict[str, set[str]]) -> None:
    drawn = set(re.findall(r'Button\(\s*[^,]+,\s*"([a-z]+\.[a-z.]+)"', sources("bot/presenters", "bot/services", "handlers")))
    assert drawn
    assert drawn <= heard["button"]


def test_every_text_of_the_manifest_is_within_slacks_limits(manifest: Any) -> None:
    about = manifest["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 175 <= len(about["long_description"]) <= 4000
    for command in manifest["features"]["slash_commands"]:
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
