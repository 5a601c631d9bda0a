"""What the page asks, and what no other page may."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from playground.cast import example_team
from playground.errors import CannotTravel
from playground.server import Playground

Json = dict[str, Any]
BUSY = 60
"""Seconds: a machine that plays many tests at once answers late."""


@pytest.fixture
def page(playground: Playground) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=playground.url, timeout=BUSY) as page:
        yield page


def test_the_state_of_the_workspace(page: httpx.Client) -> None:
    state = page.get("/play/state").json()
    assert {p["id"] for p in state["people"]} >= {"U0ADMIN", "U0MLENG", "U0SRE", "U0PRODUCT", "U0EXEC", "U0RISK", "U0DATA"}
    assert "U0BOT" not in {p["id"] for p in state["people"]}
    assert {"ml-ops", "product-ai", "leadership", "risk-board", "barometer-admin"} <= {c["name"] for c in state["channels"]}
    assert state["bot"] == {"id": "B0PLAYGROUND", "user_id": "U0BOT", "name": "Barometer"}
    assert state["connected"] is False
    assert state["clock"]["can_travel"] is False


def test_everybody_sees_their_own_ephemeral_messages(playground: Playground, page: httpx.Client, client: WebClient) -> None:
    client.chat_postMessage(channel="C0MLOPS", text="for all")
    client.chat_postEphemeral(channel="C0MLOPS", user="U0SRE", text="for one")

    def seen(user: str) -> list[str]:
        answer = page.get("/play/messages", params={"as": user, "channel": "C0MLOPS"}).json()
        return [m["text"] for m in answer["messages"]]

    assert seen("U0SRE") == ["for all", "for one"]
    assert seen("U0MLENG") == ["for all"]


def test_private_channels_show_to_members_only(page: httpx.Client) -> None:
    asked = {"channel": "C0RISK"}
    assert page.get("/play/messages", params={"as": "U0RISK", **asked}).status_code == 200
    assert page.get("/play/messages", params={"as": "U0SRE", **asked}).json()["error"] == "channel_not_found"
    said = page.post("/play/command", json={"as": "U0SRE", "command": "/kpi", "text": "", **asked})
    assert said.json()["error"] == "channel_not_found"


def test_talking_in_threads(page: httpx.Client) -> None:
    where = {"as": "U0SRE", "channel": "C0MLOPS"}
    root = page.post("/play/message", json={**where, "text": "root"}).json()["message"]["ts"]
    page.post("/play/message", json={**where, "text": "reply", "thread_ts": root})
    assert [m["text"] for m in page.get("/play/messages", params=where).json()["messages"]] == ["root"]
    thread = page.get("/play/thread", params={**where, "ts": root}).json()["messages"]
    assert [m["text"] for m in thread] == ["root", "reply"]
    assert thread[0]["reply_count"] == 1
    refused = page.post("/play/command", json={**where, "command": "/kpi", "text": "", "thread_ts": root}).json()
    assert "not supported in threads" in refused["note"]


def test_older_messages_come_by_page(playground: Playground, page: httpx.Client, client: WebClient) -> None:
    for n in range(120):
        client.chat_postMessage(channel="C0MLOPS", text=str(n))
    where = {"as": "U0SRE", "channel": "C0MLOPS"}
    newest = page.get("/play/messages", params=where).json()
    assert (len(newest["messages"]), newest["has_more"]) == (100, True)
    older = page.get("/play/messages", params={**where, "before": newest["messages"][0]["ts"]}).json()
    assert [m["text"] for m in older["messages"]] == [str(n) for n in range(20)]


def test_a_command_without_an_app_says_so(page: httpx.Client) -> None:
    answer = page.post("/play/command", json={"as": "U0SRE", "channel": "C0MLOPS", "command": "/kpi", "text": ""}).json()
    assert answer["ok"] is False
    assert "dispatch_failed" in answer["note"]


def test_a_file_is_shared_and_its_bytes_are_for_those_who_may_see_it(page: httpx.Client) -> None:
    content = base64.b64encode(b"a,b").decode()
    body = {"as": "U0RISK", "channel": "C0RISK", "filename": "a.csv", "content_base64": content, "comment": "see"}
    file = page.post("/play/upload", json=body).json()["message"]["files"][0]
    assert page.get("/play/file", params={"as": "U0RISK", "id": file["id"]}).content == b"a,b"
    assert page.get("/play/file", params={"as": "U0SRE", "id": file["id"]}).status_code == 404
    assert page.post("/play/upload", json={**body, "content_base64": "%"}).status_code == 400


def test_a_script_shared_as_a_file_is_never_run(page: httpx.Client) -> None:
    content = base64.b64encode(b"<script>alert(1)</script>").decode()
    body = {"as": "U0SRE", "channel": "C0MLOPS", "filename": "a.html", "content_base64": content}
    file = page.post("/play/upload", json=body).json()["message"]["files"][0]
    answer = page.get("/play/file", params={"as": "U0SRE", "id": file["id"]})
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_faults_by_the_page(page: httpx.Client, client: WebClient) -> None:
    asked = page.post("/play/faults", json={"kind": "http_500", "method": "auth.test", "times": 3})
    assert asked.json()["faults"][0]["times"] == 3
    assert page.post("/play/faults", json={"clear": True}).json()["faults"] == []
    assert page.post("/play/faults", json={"kind": "earthquake"}).status_code == 400
    assert client.auth_test()["ok"]


def test_the_log_explains_and_keeps_secrets(playground: Playground, page: httpx.Client, client: WebClient) -> None:
    client.auth_test()
    httpx.post(
        f"{playground.api_url}chat.postMessage", json={"token": "xoxb-very-secret", "text": "xapp-1-hidden"}, timeout=BUSY
    )
    text = page.get("/play/log").text
    entries = page.get("/play/log").json()["entries"]
    assert (entries[0]["what"], entries[0]["ok"], entries[0]["direction"]) == ("auth.test", True, "bot→slack")
    assert (entries[1]["error"], entries[1]["detail"]["explanation"]) == (
        "invalid_auth",
        "The token is not one of this workspace.",
    )
    assert "very-secret" not in text
    assert "hidden" not in text
    assert [e["n"] for e in page.get("/play/log", params={"after": 1}).json()["entries"]] == [2]


def test_the_clock_moves_by_what_was_handed_in() -> None:
    moments = [datetime(2026, 11, 23, 8, 0, tzinfo=UTC)]
    with Playground(workspace=example_team(lambda: moments[-1]), travel=moments.append) as playground:
        with httpx.Client(base_url=playground.url, timeout=BUSY) as page:
            assert page.get("/play/state").json()["clock"] == {"now": "2026-11-23T08:00:00+00:00", "can_travel": True}
            moved = page.post("/play/clock", json={"to": "2026-11-30T09:00:00+01:00"}).json()
            assert datetime.fromisoformat(moved["now"]) == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
            assert page.post("/play/clock", json={"to": "Monday"}).status_code == 400
        message = playground.say("U0SRE", "ml-ops", "a week later")
        assert float(message["ts"]) >= moments[-1].timestamp()


def test_a_clock_that_may_not_go_there_says_why() -> None:
    def stay(_: datetime) -> None:
        raise CannotTravel("Only forward.")

    with Playground(travel=stay) as playground, httpx.Client(base_url=playground.url, timeout=BUSY) as page:
        answer = page.post("/play/clock", json={"to": "2020-01-01"})
    assert (answer.status_code, answer.json()["note"]) == (400, "Only forward.")


def test_a_clock_that_cannot_be_moved_says_so(page: httpx.Client) -> None:
    assert "cannot be moved" in page.post("/play/clock", json={"to": "2026-11-30"}).json()["note"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_sites_page_drives_nothing(playground: Playground, page: httpx.Client, headers: dict[str, str]) -> None:
    body = {"as": "U0SRE", "channel": "C0MLOPS", "text": "x"}
    assert page.post("/play/message", json=body, headers=headers).status_code == 403
    assert page.get("/play/state", headers=headers).status_code == 403
    assert page.get("/play/file", headers=headers).status_code == 403
    assert playground.messages("ml-ops") == []


def test_another_sites_page_hears_nothing(playground: Playground) -> None:
    with pytest.raises(InvalidStatus), connect(_events(playground, "U0SRE"), origin="https://evil.example"):  # type: ignore[arg-type]
        pass


def test_nonsense_is_refused_and_harms_nothing(page: httpx.Client) -> None:
    assert page.post("/play/message", content=b"{").status_code == 400
    assert page.post("/play/message", json=[1]).status_code == 400
    assert page.post("/play/message", json={"as": "U0SRE"}).json()["note"] == "channel is missing"
    assert page.post("/play/action", json={"as": "U0SRE", "container": 3}).status_code == 400
    assert page.post("/play/submit", json={"as": "U0SRE", "view_id": "V0"}).json()["error"] == "not_found"
    assert page.post("/play/message", json={"as": "U0SRE", "channel": "C0MLOPS", "text": " "}).json()["error"] == "no_text"


def _events(playground: Playground, user: str) -> str:
    return f"{playground.url.replace('http', 'ws')}/play/events?as={user}"


def _next(socket: ClientConnection, kind: str) -> Json:
    while True:
        event: Json = json.loads(socket.recv(timeout=10))
        if event["type"] == kind:
            return event


def test_the_page_hears_what_its_person_may_know(playground: Playground, client: WebClient) -> None:
    with connect(_events(playground, "U0SRE")) as mine, connect(_events(playground, "U0RISK")) as theirs:
        playground.wait_for(lambda: len(playground.slack.feed._subscribers) == 2)
        ts = client.chat_postMessage(channel="C0RISK", text="secret")["ts"]
        client.chat_postEphemeral(channel="C0MLOPS", user="U0SRE", text="psst")
        assert _next(mine, "ephemeral")["message"]["text"] == "psst"
        assert _next(theirs, "message")["message"]["text"] == "secret"
        client.chat_update(channel="C0RISK", ts=ts, text="changed")
        assert _next(theirs, "message_changed")["message"]["text"] == "changed"
        client.chat_postMessage(channel="C0RISK", text="reply", thread_ts=ts)
        assert _next(theirs, "reply_count")["reply_count"] == 1
        client.chat_delete(channel="C0RISK", ts=ts)
        assert _next(theirs, "message_deleted") == {"type": "message_deleted", "channel": "C0RISK", "ts": ts}
        client.chat_postMessage(channel="C0MLOPS", text="after")
        assert _next(mine, "message")["message"]["text"] == "after"
        home = {"type": "home", "blocks": [{"type": "divider"}]}
        client.views_publish(user_id="U0SRE", view=home)
        assert _next(mine, "home")["view"]["type"] == "home"


def test_a_page_loaded_again_finds_its_modals(playground: Playground, page: httpx.Client, client: WebClient) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [{"type": "divider"}]}
    opened = client.views_open(trigger_id=playground.slack.triggers.give("U0SRE"), view=view)["view"]
    assert [v["id"] for v in page.get("/play/views", params={"as": "U0SRE"}).json()["views"]] == [opened["id"]]
    assert page.get("/play/views", params={"as": "U0RISK"}).json() == {"views": []}
    page.post("/play/close", json={"as": "U0SRE", "view_id": opened["id"]})
    assert page.get("/play/views", params={"as": "U0SRE"}).json() == {"views": []}


def test_the_bot_can_be_invited(playground: Playground, page: httpx.Client) -> None:
    playground.workspace.channel("C0RISK").members.remove("U0BOT")
    body = {"channel": "C0RISK", "user": "U0BOT"}
    assert page.post("/play/join", json={"as": "U0SRE", **body}).status_code == 400
    assert "U0BOT" in page.post("/play/join", json={"as": "U0RISK", **body}).json()["channel"]["members"]


def test_it_listens_to_this_machine_only() -> None:
    with Playground() as playground:
        assert playground.url.startswith("http://127.0.0.1:")
