"""Trouble on request, as a client feels it."""

import http.client
import threading
from typing import Any
from urllib.error import URLError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from playground.faults import Fault, Faults, UnknownFault, read_fault
from playground.server import Playground

CHART = {
    "type": "data_visualization",
    "title": "t",
    "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}]},
}


@pytest.fixture
def plain_client(playground: Playground) -> WebClient:
    """A client that tries once."""
    return WebClient(playground.bot_token, base_url=playground.api_url, retry_handlers=[])


def post(client: WebClient, **more: Any) -> Any:
    return client.chat_postMessage(**{"channel": "C0MLOPS", "text": "x", **more})


def status(client: WebClient, **more: Any) -> int:
    with pytest.raises(SlackApiError) as caught:
        post(client, **more)
    return int(caught.value.response.status_code)


def test_a_429_says_how_long_to_wait(playground: Playground, plain_client: WebClient) -> None:
    playground.fault("ratelimited", method="chat.postMessage", times=2, seconds=7)
    with pytest.raises(SlackApiError) as caught:
        post(plain_client)
    assert caught.value.response.headers["Retry-After"] == "7"
    assert playground.log("chat.postMessage")[0]["detail"]["retry_after"] == "7"
    assert plain_client.auth_test()["ok"]
    assert status(plain_client) == 429
    assert post(plain_client)["ok"]
    assert len(playground.messages("ml-ops")) == 1


@pytest.mark.parametrize("code", [500, 503])
def test_a_server_error_does_nothing(playground: Playground, plain_client: WebClient, code: int) -> None:
    playground.fault(f"http_{code}", method="chat.postMessage")
    assert status(plain_client) == code
    assert playground.messages("ml-ops") == []
    assert playground.log("chat.postMessage")[0]["error"] == f"http_{code}"


@pytest.mark.parametrize(("kind", "committed"), [("cut_before", 0), ("cut_after", 1)])
def test_a_cut_connection_may_have_done_its_work(
    playground: Playground, plain_client: WebClient, kind: str, committed: int
) -> None:
    playground.fault(kind, method="chat.postMessage")
    with pytest.raises((URLError, ConnectionError, http.client.HTTPException)):
        post(plain_client)
    assert len(playground.messages("ml-ops")) == committed
    assert post(plain_client)["ok"]


def test_a_call_can_hang_while_others_pass(playground: Playground, plain_client: WebClient) -> None:
    playground.fault("hang", method="chat.postMessage", seconds=1.5)
    hanging = threading.Thread(target=post, args=(plain_client,))
    hanging.start()
    playground.wait_for(lambda: not playground.slack.faults.listing())
    assert plain_client.auth_test()["ok"]
    assert playground.messages("ml-ops") == []
    hanging.join()
    assert len(playground.messages("ml-ops")) == 1


def test_charts_alone_can_be_refused(playground: Playground, plain_client: WebClient) -> None:
    playground.fault("no_charts", times=None)
    for _ in range(2):
        with pytest.raises(SlackApiError, match="invalid_blocks"):
            post(plain_client, blocks=[CHART])
    assert post(plain_client, blocks=[{"type": "divider"}])["ok"]
    playground.slack.faults.clear()
    assert post(plain_client, blocks=[CHART])["ok"]


def test_any_error_for_one_channel(playground: Playground, plain_client: WebClient) -> None:
    playground.fault("error", channel="C0RISK", error="token_revoked")
    assert post(plain_client)["ok"]
    with pytest.raises(SlackApiError, match="token_revoked"):
        post(plain_client, channel="C0RISK")
    assert post(plain_client, channel="C0RISK")["ok"]


def test_faults_are_taken_in_the_order_in_which_they_were_asked_for() -> None:
    faults = Faults()
    faults.add(Fault("http_500", times=1))
    faults.add(Fault("http_503", times=2))
    taken = [f.kind if (f := faults.take("m", {})) else None for _ in range(4)]
    assert taken == ["http_500", "http_503", "http_503", None]


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(UnknownFault, match="kind must be one of"):
        read_fault({"kind": "earthquake"})
