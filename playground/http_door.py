"""The other door to the app: requests to its URL, signed as Slack signs them."""

import asyncio
import hashlib
import hmac
import http.client
import json
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from playground.app import Installation
from playground.courier import Answer, Kind, Payload, Retry
from playground.feed import Feed
from playground.journal import Journal

Json = dict[str, Any]

PATIENCE = 10.0
"""Seconds after which a connection is given up, so that a late answer can still be seen to be late."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a request body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def encode(kind: Kind, body: Json) -> tuple[bytes, str]:
    """A request's body and its content type."""
    if kind == "events_api":
        return json.dumps(body).encode(), "application/json"
    form = body if kind == "slash_commands" else {"payload": json.dumps(body)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


@dataclass
class HttpDoor:
    """Posts to the app's request URL; the answer's body is the ack."""

    app: Installation
    feed: Feed
    journal: Journal
    ack_seconds: float = 3.0
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(32, "playground-http"))

    @property
    def open(self) -> bool:
        return self.app.request_url is not None

    async def deliver(self, kind: Kind, body: Json, retry: Retry) -> Answer:
        started = time.monotonic()
        content, content_type = encode(kind, body)
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._post, content, content_type, retry)
        done, _ = await asyncio.wait({work}, timeout=self.ack_seconds)
        if not done:
            work.add_done_callback(lambda late: self._late(late, started, str(body.get("command") or body.get("type"))))
            return Answer("operation_timeout", ms=(time.monotonic() - started) * 1000)
        answer = work.result()
        return Answer(answer.error, answer.payload, (time.monotonic() - started) * 1000)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _late(self, work: asyncio.Future[Answer], started: float, what: str) -> None:
        if work.cancelled():
            return
        ms = (time.monotonic() - started) * 1000
        self.journal.write("bot→slack", f"late ack of {what}", "operation_timeout", ms, request=work.result().payload)
        self.feed.publish("late_ack", {"what": what, "ms": ms, "note": "operation_timeout"})

    def _post(self, content: bytes, content_type: str, retry: Retry) -> Answer:
        request = urllib.request.Request(self.app.request_url or "", content, self._headers(content, content_type, retry))
        try:
            with urllib.request.urlopen(request, timeout=max(PATIENCE, self.ack_seconds)) as response:
                return Answer(payload=_read(response.read()))
        except urllib.error.HTTPError as problem:
            with problem:
                return Answer("http_error", problem.read().decode(errors="replace"))
        except (OSError, http.client.HTTPException):
            return Answer("dispatch_failed")

    def _headers(self, content: bytes, content_type: str, retry: Retry) -> dict[str, str]:
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self.app.signing_secret, timestamp, content),
        }
        if retry.num:
            headers |= {"X-Slack-Retry-Num": str(retry.num), "X-Slack-Retry-Reason": retry.reason}
        return headers


def _read(content: bytes) -> Payload:
    """An ack: nothing, JSON, or plain text."""
    text = content.decode(errors="replace")
    if not text.strip():
        return None
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    return parsed if isinstance(parsed, dict) else text
