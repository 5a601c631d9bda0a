"""How Slack is answered in time: work in threads of our own, and an honest word at the deadline if it is not done."""

import asyncio
import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk.signature import SignatureVerifier

from handlers.metrics import Metrics
from handlers.slack import bodies, late
from handlers.slack.replies import Replies

DEADLINE_SECONDS = 2.0
"""When Slack is told that the work is not done yet; it hangs up after three seconds."""
WORKERS = 32
AT_ONCE = os.cpu_count() or 1
"""How many requests are worked on at once: more threads than cores only take the interpreter from each other."""
PATIENCE_SECONDS = 0.1
"""How long a request waits for its turn; then it goes on beside the others, for they wait for something themselves."""
MOST_WAITING = 1_000
REMEMBERED = 256
"""Of so many requests the answer is kept, for whoever sends them again."""
NOT_AGAIN_SECONDS = 600
"""For so long nothing is done twice: a signature is good for five minutes before and after its time."""
_STAMP = re.compile("[0-9]{1,15}")


@dataclass(slots=True)
class _Turn:
    """One request being worked on. `followed` once somebody is sure to tell how it ends."""

    work: "Future[BoltResponse]"
    followed: bool = False


class Door:
    """Everything from Slack comes through here, over HTTP or a socket."""

    def __init__(
        self,
        app: App,
        replies: Replies,
        signing_secret: str,
        metrics: Metrics,
        deadline: float = DEADLINE_SECONDS,
        *,
        discreet: Collection[str] = (),
    ) -> None:
        self._app = app
        self._replies = replies
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._metrics = metrics
        self._deadline = deadline
        self._discreet = frozenset(discreet)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="slack")
        self._places = threading.Semaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._turns: OrderedDict[str, _Turn] = OrderedDict()
        self._begun: OrderedDict[str, float] = OrderedDict()
        self._waiting = 0

    def trusted(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether Slack signed it, within the last five minutes."""
        stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        if self._verifier is None or not (_STAMP.fullmatch(stamp) and signature.isascii()):
            return False
        try:
            return bool(self._verifier.is_valid(body, stamp, signature))
        except UnicodeDecodeError:
            return False

    async def answer(self, body: bytes, headers: Mapping[str, str]) -> BoltResponse:
        """The response to a request over HTTP whose signature was checked."""
        start = time.monotonic()
        request = _read(body, headers)
        if request is None:
            self._metrics.request("unknown", "refused", 0.0)
            return BoltResponse(status=400, body={"error": "the request cannot be read"})
        turn = self._turn(request)
        if turn is None:
            return self._busy(request, start)
        await asyncio.wait([asyncio.wrap_future(turn.work)], timeout=self._deadline)
        return self._outcome(request, turn, start)

    def answer_payload(self, payload: Mapping[str, Any], headers: Mapping[str, str]) -> BoltResponse:
        """The response to a request that came over a socket; waits for it."""
        request = BoltRequest(mode="socket_mode", body=dict(payload), headers=dict(headers))
        start = time.monotonic()
        turn = self._turn(request)
        if turn is None:
            return self._busy(request, start)
        with suppress(TookTooLong):
            turn.work.exception(timeout=self._deadline)
        return self._outcome(request, turn, start)

    def refused(self) -> BoltResponse:
        """The response to a request that Slack did not sign."""
        self._metrics.request("unknown", "refused", 0.0)
        return BoltResponse(status=401, body={"error": "invalid request"})

    def close(self) -> None:
        """Finish what was begun, and tell what is to be told."""
        self._workers.shutdown(wait=True)

    def _turn(self, request: BoltRequest) -> _Turn | None:
        """The work on a request: the one that goes on already if it is the same, none if there is too much to do."""
        key, occasion = bodies.key(request.body), bodies.occasion(request.body)
        with self._lock:
            if (known := self._known(key, occasion)) is not None:
                return known
            if self._waiting >= MOST_WAITING:
                return None
            self._waiting += 1
            turn = _Turn(self._workers.submit(self._worked, request))
            self._remember({key, occasion} - {""}, occasion, turn)
        turn.work.add_done_callback(self._finished)
        return turn

    def _known(self, key: str, occasion: str) -> _Turn | None:
        """The work on the same request, whose answer may be forgotten; or on the same form, which waits for no second one."""
        if (turn := self._turns.get(occasion)) is not None:
            return turn
        if occasion in self._begun:
            return _Turn(_nothing())
        turn = self._turns.get(key)
        # A form may be sent anew as it is, once it was refused.
        return None if turn is None or turn.work.done() else turn

    def _remember(self, names: Collection[str], occasion: str, turn: _Turn) -> None:
        now = time.monotonic()
        self._turns |= dict.fromkeys(names, turn)
        while len(self._turns) > REMEMBERED:
            self._turns.popitem(last=False)
        if occasion:
            self._begun[occasion] = now
        while self._begun and next(iter(self._begun.values())) < now - NOT_AGAIN_SECONDS:
            self._begun.popitem(last=False)

    def _worked(self, request: BoltRequest) -> BoltResponse:
        has_place = self._places.acquire(timeout=PATIENCE_SECONDS)
        try:
            return self._app.dispatch(request)
        finally:
            if has_place:
                self._places.release()

    def _finished(self, _: "Future[BoltResponse]") -> None:
        with self._lock:
            self._waiting -= 1

    def _outcome(self, request: BoltRequest, turn: _Turn, start: float) -> BoltResponse:
        if turn.work.done():
            self._count(request, "answered", start)
            return turn.work.result()
        self._count(request, "late", start)
        with self._lock:
            first, turn.followed = not turn.followed, True
        if first:
            follow_up = partial(late.follow_up, self._replies, request, discreet=self._is_discreet(request))
            turn.work.add_done_callback(lambda work: self._replies.later(follow_up, work))
        return late.acknowledgement(request.body)

    def _busy(self, request: BoltRequest, start: float) -> BoltResponse:
        self._count(request, "busy", start)
        return BoltResponse(status=503, body={"error": "too many requests are waiting"})

    def _count(self, request: BoltRequest, outcome: str, start: float) -> None:
        if not self._is_discreet(request):
            self._metrics.request(bodies.kind(request.body), outcome, time.monotonic() - start)

    def _is_discreet(self, request: BoltRequest) -> bool:
        """Whether it tells that somebody answers a survey: whoever counts such requests counts answers."""
        return bodies.is_one_of(request.body, self._discreet)


def _nothing() -> "Future[BoltResponse]":
    done: Future[BoltResponse] = Future()
    done.set_result(BoltResponse(status=200, body=""))
    return done


def _read(body: bytes, headers: Mapping[str, str]) -> BoltRequest | None:
    """The request in a body; None: it is no form and no JSON of the kind that Slack sends."""
    try:
        request = BoltRequest(body=body.decode("utf-8", "replace"), headers=dict(headers))
        return request if isinstance(request.body, dict) and bodies.is_whole(request.body) else None
    except (ValueError, AttributeError, TypeError, RecursionError):
        return None
