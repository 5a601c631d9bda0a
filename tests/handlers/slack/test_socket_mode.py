"""The connection to Slack ends when it is told to, whatever it is doing just then."""

import threading
import time

import pytest
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.interval_runner import IntervalRunner

from bot.settings import Settings
from handlers.slack.socket import Socket
from tests.handlers.slack.conftest import Slack


def test_it_ends_though_it_begins_to_listen_as_it_is_told_to(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client then takes back that it is to end, and waits for messages of a connection that is closed."""
    socket = Socket(Settings(slack_app_token="xapp-1"), slack.door)
    client = socket._client
    state = client.current_session_state

    def listen() -> None:
        while not state.terminated:
            time.sleep(0.05)

    monkeypatch.setattr(SocketModeClient, "disconnect", lambda _: setattr(state, "terminated", False))
    client.current_session_runner = IntervalRunner(listen).start()
    ending = threading.Thread(target=socket.stop, daemon=True)
    ending.start()
    ending.join(10)
    assert not ending.is_alive()
    assert client.closed
