"""A playground for each test, and the real clients that talk to it."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from playground.server import Playground


@pytest.fixture
def playground() -> Iterator[Playground]:
    """A workspace that waits for answers as long as Slack does, and repeats events at once."""
    with Playground(rate_limits=False, retry_delays=(0.0, 0.05, 0.1)) as running:
        yield running


@pytest.fixture
def client(playground: Playground) -> WebClient:
    return WebClient(playground.bot_token, base_url=playground.api_url)
