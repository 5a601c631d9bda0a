"""A real Bolt app behind a web server, reached by signed requests."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_bolt import App
from slack_bolt.request import BoltRequest
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from playground.server import Playground

Json = dict[str, Any]
BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "7"}


class Web:
    """A web server with a Bolt app in it; `requests` is every (headers, body) that came."""

    def __init__(self, app: App, status: int | None = None) -> None:
        self.requests: list[tuple[dict[str, str], str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.requests.append(({k.lower(): v for k, v in self.headers.items()}, body))
                answer = app.dispatch(BoltRequest(body=body, headers=dict(self.headers)))
                content = (answer.body or "").encode()
                self.send_response(status or answer.status)
                for name, value in answer.first_headers().items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/slack/events"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def app(playground: Playground, client: WebClient) -> App:
    return App(client=client, signing_secret=playground.signing_secret)


@pytest.fixture
def web(playground: Playground, app: App) -> Iterator[Web]:
    web = Web(app)
    playground.slack.app.request_url = web.url
    yield web
    web.close()


def test_names_in_a_command_are_references_where_it_asks_for_them(playground: Playground, app: App, web: Web) -> None:
    text = "start x audience=#ml-ops owner=@sana @ml-oncall. to=a@sana.example #nowhere <#C0|ml-ops>"
    app.command("/kpi")(lambda ack: ack())
    playground.command("U0SRE", "ml-ops", f"/kpi {text}")
    assert parse_qs(web.requests[-1][1])["text"] == [text]
    playground.slack.app.manifest = {"features": {"slash_commands": [{"command": "/kpi", "should_escape": True}]}}
    playground.command("U0SRE", "ml-ops", f"/kpi {text}")
    channel = next(c.id for c in playground.slack.workspace.channels.values() if c.name == "ml-ops")
    names = f"start x audience=<#{channel}|ml-ops> owner=<@U0SRE|sana> <!subteam^S0MLOPS|@ml-oncall>."
    assert parse_qs(web.requests[-1][1])["text"] == [f"{names} to=a@sana.example #nowhere <#C0|ml-ops>"]


def test_a_command_is_a_signed_form_and_plain_text_is_an_answer(playground: Playground, app: App, web: Web) -> None:
    app.command("/kpi")(lambda ack, body: ack(f"you said {body['text']}"))
    assert playground.command("U0SRE", "ml-ops", "/kpi list €") == ""
    headers, body = web.requests[0]
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(body)["text"] == ["list €"]
    verifier = SignatureVerifier(playground.signing_secret)
    assert verifier.is_valid_request(body, headers)
    assert not SignatureVerifier("another").is_valid_request(body, headers)
    assert [m["text"] for m in playground.ephemerals("ml-ops", "U0SRE")] == ["you said list €"]


def test_an_app_with_another_secret_refuses_and_the_person_is_told(playground: Playground, app: App, web: Web) -> None:
    app.command("/kpi")(lambda ack: ack("x"))
    playground.slack.app.signing_secret = "changed"
    assert "http_error" in playground.command("U0SRE", "ml-ops", "/kpi")


def test_clicks_and_forms_come_as_payload(playground: Playground, app: App, web: Web, client: WebClient) -> None:
    block = {"type": "input", "block_id": "b", "label": {"type": "plain_text", "text": "L"}}
    block["element"] = {"type": "plain_text_input", "action_id": "a", "initial_value": "x"}
    plain = {"type": "plain_text", "text": "T"}
    view = {"type": "modal", "callback_id": "form", "title": plain, "submit": plain, "blocks": [block]}

    @app.action("go")
    def go(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=view)

    app.view("form")(lambda ack: ack(response_action="errors", errors={"b": "No."}))
    client.chat_postMessage(channel="C0MLOPS", text="x", blocks=[{"type": "actions", "elements": [BUTTON]}])
    assert playground.click("U0SRE", playground.messages("ml-ops")[0], "go", channel="ml-ops") == ""
    assert any(body.startswith("payload=%7B") for _, body in web.requests), "an event of the message may come after it"
    opened = playground.wait_for(lambda: playground.view("U0SRE"))
    assert playground.submit("U0SRE", opened) == {"errors": {"b": "No."}}


def test_a_late_answer_is_dropped_and_its_time_is_in_the_log(playground: Playground, app: App, web: Web) -> None:
    @app.command("/slow")
    def slow(ack: Any) -> None:
        time.sleep(0.6)
        ack("too late")

    playground.slack.http.ack_seconds = 0.1
    assert "operation_timeout" in playground.command("U0SRE", "ml-ops", "/slow")
    late = playground.wait_for(lambda: playground.log("late ack of /slow"))[0]
    assert late["ms"] >= 600
    assert playground.ephemerals("ml-ops", "U0SRE") == []


def test_an_event_is_json_and_is_repeated_with_its_number_and_reason(playground: Playground, app: App) -> None:
    failing = Web(app, status=503)
    playground.slack.app.request_url = failing.url
    playground.open_home("U0SRE")
    playground.wait_for(lambda: len(failing.requests) == 4)
    assert [h.get("x-slack-retry-num") for h, _ in failing.requests] == [None, "1", "2", "3"]
    assert {h.get("x-slack-retry-reason") for h, _ in failing.requests} == {None, "http_error"}
    assert {h["content-type"] for h, _ in failing.requests} == {"application/json"}
    assert len({b for _, b in failing.requests}) == 1
    failing.close()


def test_an_address_that_does_not_answer_is_told(playground: Playground, app: App) -> None:
    gone = Web(app)
    gone.close()
    playground.slack.app.request_url = gone.url
    assert "dispatch_failed" in playground.command("U0SRE", "ml-ops", "/kpi")
