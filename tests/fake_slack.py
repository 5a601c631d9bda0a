"""A small Slack of our own that keeps what it takes, tells it truthfully, and fails as it is told to."""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

Fault = str | None
"""None: answer well. "429", "500", "cut before", "cut after", "hang", "moved to URL", or an error code of Slack."""
Plan = Callable[[str, dict[str, Any]], Fault]


def never(method: str, params: dict[str, Any]) -> Fault:
    """No fault at all."""
    return None


@dataclass
class FakeSlack:
    """What was posted, and what is to go wrong. `plan` is asked for each request."""

    plan: Plan = never
    messages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    called_at: list[float] = field(default_factory=list)
    """When each of the calls came, in seconds of the machine's clock."""
    retry_after: str = "1"
    hang_seconds: float = 3
    slow_seconds: float = 0
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """What Slack would say, after doing it."""
        match method:
            case "chat.postMessage":
                return self._post(params)
            case "chat.update":
                return self._update(params)
            case "conversations.open":
                return {"ok": True, "channel": {"id": f"D{params['users'][1:]}"}}
            case "conversations.history":
                return self._page(
                    [m for m in self.messages if m["channel"] == params["channel"] and not m["thread_ts"]], params
                )
            case "conversations.replies":
                return self._page([m for m in self.messages if params["ts"] in (m["ts"], m["thread_ts"])], params)
            case "files.getUploadURLExternal" | "files.completeUploadExternal" | "upload":
                return {"ok": True, "upload_url": f"{self.url}upload", "file_id": "F0SENT", "files": [{"id": "F0SENT"}]}
        return {"ok": False, "error": "unknown_method"}

    def delivered(self) -> Counter[str]:
        """How often each delivery stands there."""
        with self.lock:
            return Counter(m["metadata"]["event_payload"]["delivery_id"] for m in self.messages)

    def _post(self, params: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            ts = f"{time.time():.0f}.{next(self.numbers):06}"
            channel = f"D{params['channel'][1:]}" if params["channel"][:1] in "UW" else params["channel"]
            message = {"ts": ts, "channel": channel, "thread_ts": params.get("thread_ts"), "at": time.time()}
            for name in ("blocks", "metadata"):
                value = params.get(name)
                message[name] = json.loads(value) if isinstance(value, str) else value
            self.messages.append(message | {"text": params.get("text", "")})
        return {"ok": True, "channel": channel, "ts": ts}

    def _update(self, params: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            for message in self.messages:
                if (message["channel"], message["ts"]) == (params["channel"], params["ts"]):
                    message["text"] = params.get("text", "")
                    message["edits"] = message.get("edits", 0) + 1
                    return {"ok": True, "channel": params["channel"], "ts": params["ts"]}
        return {"ok": False, "error": "message_not_found"}

    def _page(self, found: list[dict[str, Any]], params: dict[str, Any]) -> dict[str, Any]:
        newest = [m for m in reversed(found) if float(m["ts"]) >= float(params.get("oldest") or 0)]
        start, size = int(params.get("cursor") or 0), min(int(params.get("limit") or 100), 3)
        more = str(start + size) if start + size < len(newest) else ""
        told = newest[start : start + size]
        if str(params.get("include_all_metadata", "")).lower() not in ("true", "1"):
            told = [{k: v for k, v in m.items() if k != "metadata"} for m in told]
        return {"ok": True, "messages": told, "response_metadata": {"next_cursor": more}}


class Server(ThreadingHTTPServer):
    """The fake's HTTP door."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, slack: FakeSlack) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.slack = slack

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # whoever asked was killed


class Door(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        params = json.loads(body or "{}") if "json" in (self.headers["Content-Type"] or "") else dict(parse_qsl(body))
        self._hear(self.path.rsplit("/", 1)[-1], params)

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self._hear(path.rsplit("/", 1)[-1], dict(parse_qsl(query)))

    def _hear(self, method: str, params: dict[str, Any]) -> None:
        slack = self.server.slack
        with slack.lock:
            slack.calls.append((method, params))
            slack.called_at.append(time.time())
        self._fail_or_do(slack, slack.plan(method, params), method, params)

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def _fail_or_do(self, slack: FakeSlack, fault: Fault, method: str, params: dict[str, Any]) -> None:
        match fault:
            case None:
                answer = slack.answer(method, params)
                time.sleep(slack.slow_seconds)
                self._say(200, answer)
            case "cut before":
                pass
            case "cut after":
                slack.answer(method, params)
            case "hang":
                slack.answer(method, params)
                time.sleep(slack.hang_seconds)
            case "429":
                self._say(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": slack.retry_after})
            case "500":
                self._say(500, {"ok": False, "error": "internal_error"})
            case "500 html":
                self._say(502, "<html>bad gateway</html>")
            case moved if moved.startswith("moved to "):
                self._say(302, "", {"Location": moved.removeprefix("moved to ")})
            case code:
                self._say(200, {"ok": False, "error": code})

    def _say(self, status: int, body: dict[str, Any] | str, headers: dict[str, str] | None = None) -> None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        kind = "text/html" if isinstance(body, str) else "application/json"
        self.send_response(status)
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(data))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving(slack: FakeSlack) -> Iterator[FakeSlack]:
    """The fake at its `url`, a Web API base, in threads of this process."""
    server = Server(slack)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    slack.url = f"http://127.0.0.1:{server.server_port}/api/"
    try:
        yield slack
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
