"""Rates, trigger ids and response URLs, with a clock in hand."""

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from playground.errors import SlackError
from playground.limits import BURST, PER_MINUTE, POST_BURST, RateLimits
from playground.server import Playground
from playground.tickets import Origin, ResponseUrls, Triggers


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize("tier", [1, 2, 3, 4])
def test_a_tier_lets_its_number_pass_and_then_one_at_a_time(tier: int) -> None:
    clock = Clock()
    limits = RateLimits(clock=clock)
    assert [limits.call("m", tier) for _ in range(BURST[tier])] == [0] * BURST[tier]
    wait = limits.call("m", tier)
    assert 0 < wait <= 60 / PER_MINUTE[tier] + 1
    assert limits.call("other", tier) == 0
    clock.at += wait
    assert limits.call("m", tier) == 0


def test_a_channel_takes_one_message_a_second() -> None:
    clock = Clock()
    limits = RateLimits(clock=clock)
    assert [limits.post("C1") for _ in range(POST_BURST + 1)] == [0] * POST_BURST + [1]
    assert limits.post("C2") == 0
    clock.at += 1
    assert [limits.post("C1"), limits.post("C1")] == [0, 1]


def test_without_limits_everything_passes() -> None:
    limits = RateLimits(enabled=False)
    assert {limits.post("C1") for _ in range(1000)} == {0}


def test_over_the_rate_the_client_is_told_how_long_to_wait() -> None:
    with Playground() as playground:
        client = WebClient(playground.bot_token, base_url=playground.api_url, retry_handlers=[])
        for n in range(POST_BURST):
            client.chat_postMessage(channel="C0MLOPS", text=str(n))
        with pytest.raises(SlackApiError) as caught:
            client.chat_postMessage(channel="C0MLOPS", text="too many")
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "1"
        assert len(playground.messages("ml-ops")) == POST_BURST


def test_a_trigger_opens_one_modal_within_three_seconds() -> None:
    clock = Clock()
    triggers = Triggers(clock=clock)
    first, second = triggers.give("U1"), triggers.give("U1")
    clock.at += 3
    assert triggers.use(first) == "U1"
    with pytest.raises(SlackError, match="exchanged_trigger_id"):
        triggers.use(first)
    clock.at += 0.1
    with pytest.raises(SlackError, match="expired_trigger_id"):
        triggers.use(second)
    with pytest.raises(SlackError, match="invalid_trigger_id"):
        triggers.use("made.up")


def test_a_response_url_works_five_times_for_half_an_hour() -> None:
    clock = Clock()
    urls = ResponseUrls(clock=clock)
    key, late = urls.give(Origin("U1", "C1")), urls.give(Origin("U1", "C1"))
    for _ in range(5):
        assert urls.use(key).user == "U1"
    with pytest.raises(SlackError, match="used_url"):
        urls.use(key)
    clock.at += 1801
    with pytest.raises(SlackError, match="expired_url"):
        urls.use(late)
    with pytest.raises(SlackError, match="not_found"):
        urls.use("made-up")
