"""Socket Mode: envelopes down a websocket, acknowledgements back."""

import asyncio
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from playground.courier import Answer, Kind, Retry
from playground.feed import Feed
from playground.journal import Journal

Json = dict[str, Any]

_WANTS_PAYLOAD = {"view_submission", "block_suggestion"}


@dataclass(eq=False)
class Connection:
    """One websocket of the app."""

    websocket: WebSocket
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass
class SocketDoor:
    """The app's connections; envelopes go to each in turn. `ack_seconds` is how long an answer may take."""

    app_id: str
    feed: Feed
    journal: Journal
    ack_seconds: float = 3.0
    ticket_seconds: float = 30.0
    connections: list[Connection] = field(default_factory=list)
    _tickets: dict[str, float] = field(default_factory=dict)
    _pending: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    _sent: dict[str, tuple[float, str]] = field(default_factory=dict)
    _turn: int = 0

    @property
    def open(self) -> bool:
        return bool(self.connections)

    def ticket(self) -> str:
        """A ticket for one connection."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = time.monotonic()
        return ticket

    async def serve(self, websocket: WebSocket) -> None:
        """Talk with one connection of the app until it ends."""
        given = self._tickets.pop(websocket.query_params.get("ticket", ""), None)
        if given is None or time.monotonic() - given > self.ticket_seconds:
            await websocket.close(1008)
            return
        await websocket.accept()
        connection = Connection(websocket)
        await websocket.send_json(self._hello())
        self.connections.append(connection)
        self.feed.publish("connected", {"connected": True})
        try:
            while True:
                self._acknowledged(await websocket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            self._forget(connection)

    async def deliver(self, kind: Kind, body: Json, retry: Retry) -> Answer:
        """Send an envelope and wait for its acknowledgement."""
        if not self.connections:
            return Answer("dispatch_failed")
        envelope_id = str(uuid.uuid4())
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._pending[envelope_id] = future
        started = time.monotonic()
        self._sent[envelope_id] = (started, _name(kind, body))
        if not await self._send(self._envelope(envelope_id, kind, body, retry)):
            return Answer("dispatch_failed")
        try:
            ack = await asyncio.wait_for(future, self.ack_seconds)
        except TimeoutError:
            return Answer("operation_timeout", ms=(time.monotonic() - started) * 1000)
        finally:
            self._pending.pop(envelope_id, None)
        return Answer(payload=ack.get("payload"), ms=(time.monotonic() - started) * 1000)

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to come back, then close it, as Slack does every few hours."""
        for connection in list(self.connections):
            self._forget(connection)
            message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}
            await connection.websocket.send_json(message)
            await connection.websocket.close()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "debug_info": {"host": "playground", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self.app_id},
        }

    def _envelope(self, envelope_id: str, kind: Kind, body: Json, retry: Retry) -> Json:
        wants = kind == "slash_commands" or body.get("type") in _WANTS_PAYLOAD
        envelope: Json = {"envelope_id": envelope_id, "type": kind, "payload": body, "accepts_response_payload": wants}
        if kind == "events_api":
            envelope |= {"retry_attempt": retry.num, "retry_reason": retry.reason}
        return envelope

    async def _send(self, envelope: Json) -> bool:
        for _ in range(len(self.connections)):
            self._turn = (self._turn + 1) % len(self.connections)
            connection = self.connections[self._turn]
            try:
                await connection.websocket.send_json(envelope)
            except (WebSocketDisconnect, RuntimeError):
                self._forget(connection)
            else:
                return True
        return False

    def _acknowledged(self, text: str) -> None:
        ack = _read_ack(text)
        envelope_id = str(ack.get("envelope_id", ""))
        future = self._pending.get(envelope_id)
        if future is not None and not future.done():
            future.set_result(ack)
            return
        sent, what = self._sent.get(envelope_id, (None, "an unknown envelope"))
        if sent is None:
            self.journal.write("bot→slack", f"ack of {what}", "unknown_envelope", request=ack)
            return
        ms = (time.monotonic() - sent) * 1000
        self.journal.write("bot→slack", f"late ack of {what}", "operation_timeout", ms, request=ack)
        self.feed.publish("late_ack", {"what": what, "ms": ms, "note": "operation_timeout"})

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
            self.feed.publish("connected", {"connected": self.open})


def _read_ack(text: str) -> Json:
    try:
        ack = json.loads(text)
    except ValueError:
        return {}
    return ack if isinstance(ack, dict) else {}


def _name(kind: Kind, body: Json) -> str:
    if kind == "slash_commands":
        return str(body.get("command"))
    if kind == "events_api":
        return f"event {body['event']['type']}"
    return str(body.get("type"))
