"""What the page in the browser asks for: to see, to say, to click; and to make trouble."""

import asyncio
import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from playground import interactions, posting
from playground.errors import CannotTravel, SlackError
from playground.faults import UnknownFault, read_fault
from playground.slack import Slack
from playground.web_api.files import describe_and_share, store
from playground.workspace import Channel, Json

LOCAL = {"127.0.0.1", "localhost", "[::1]", "::1"}

Handler = Callable[[Request, Json], Awaitable[Json]]


class BadRequest(Exception):
    """The page asked for something that cannot be."""


@dataclass(frozen=True)
class PlayDoor:
    """Everything under /play/. Refuses what another site's page sends."""

    slack: Slack
    hosts: frozenset[str] = frozenset()

    def routes(self) -> list[BaseRoute]:
        gets: dict[str, Handler] = {
            "state": self.state,
            "messages": self.messages,
            "thread": self.thread,
            "home": self.home,
            "log": self.log,
            "views": self.views,
            "faults": self.list_faults,
        }
        posts: dict[str, Handler] = {
            "open-dm": self.open_dm,
            "message": self.message,
            "command": self.command,
            "action": self.action,
            "suggest": self.suggest,
            "submit": self.submit,
            "close": self.close,
            "shortcut": self.shortcut,
            "upload": self.upload,
            "join": self.join,
            "react": self.react,
            "faults": self.faults,
            "refresh": self.refresh,
            "clock": self.clock,
        }
        routes: list[BaseRoute] = [Route(f"/play/{n}", self._guarded(h), methods=["GET"]) for n, h in gets.items()]
        routes += [Route(f"/play/{n}", self._guarded(h), methods=["POST"]) for n, h in posts.items()]
        return [*routes, Route("/play/file", self.file), WebSocketRoute("/play/events", self.events)]

    def trusted(self, headers: Any) -> bool:
        """Whether a request comes from our own page or from no page: its Host is ours, and so is its Origin if it has one."""
        host = headers.get("host", "")
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name not in LOCAL | self.hosts:
            return False
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        return bool(urlsplit(origin).netloc == host)

    def _guarded(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if not self.trusted(request.headers):
                return JSONResponse({"error": "cross_site", "note": "Only the playground's own page may ask this."}, 403)
            try:
                body = await _read_body(request)
                return JSONResponse(await handler(request, body))
            except SlackError as problem:
                return JSONResponse({"ok": False, "note": problem.error, **problem.answer}, 400)
            except (BadRequest, CannotTravel, UnknownFault) as problem:
                return JSONResponse({"ok": False, "error": "bad_request", "note": str(problem)}, 400)

        return answer

    async def state(self, _request: Request, _body: Json) -> Json:
        slack = self.slack
        people = [
            {k: getattr(p, k) for k in ("id", "name", "real_name", "title", "tz", "avatar_color", "is_admin")}
            for p in slack.workspace.people.values()
            if not p.is_bot
        ]
        return {
            "people": people,
            "channels": [_channel(c) for c in slack.workspace.channels.values()],
            "bot": {"id": slack.app.bot_id, "user_id": slack.app.bot_user_id, "name": slack.app.name},
            "commands": slack.app.commands,
            "shortcuts": slack.app.shortcuts,
            "usergroups": [{"id": g.id, "handle": g.handle, "name": g.name} for g in slack.workspace.usergroups.values()],
            "clock": {"now": slack.workspace.now().isoformat(), "can_travel": slack.travel is not None},
            "connected": slack.courier.door.open,
        }

    async def messages(self, request: Request, _body: Json) -> Json:
        user, channel = self._seen_channel(request)
        before = request.query_params.get("before")
        hidden = [m for m in self.slack.workspace.ephemerals_of(channel.id, user) if "thread_ts" not in m]
        found = sorted([*channel.timeline(), *hidden], key=lambda m: float(m["ts"]))
        shown = [m for m in found if before is None or float(m["ts"]) < float(before)]
        return {"messages": shown[-100:], "has_more": len(shown) > 100}

    async def thread(self, request: Request, _body: Json) -> Json:
        user, channel = self._seen_channel(request)
        ts = request.query_params.get("ts", "")
        hidden = [m for m in self.slack.workspace.ephemerals_of(channel.id, user) if m.get("thread_ts") == ts]
        return {"messages": sorted([*channel.thread(ts), *hidden], key=lambda m: float(m["ts"]))}

    async def home(self, request: Request, _body: Json) -> Json:
        return {"view": interactions.open_home(self.slack, request.query_params.get("as", ""))}

    async def views(self, request: Request, _body: Json) -> Json:
        """The modals that a person has open, lowest first: for a page that was loaded again."""
        return {"views": interactions.open_views(self.slack, request.query_params.get("as", ""))}

    async def log(self, request: Request, _body: Json) -> Json:
        after = request.query_params.get("after", "0")
        return {"entries": self.slack.journal.after(int(after) if after.isdigit() else 0)}

    async def open_dm(self, _request: Request, body: Json) -> Json:
        workspace = self.slack.workspace
        one, other = workspace.person(_need(body, "as")), workspace.person(_need(body, "with"))
        return {"channel": _channel(workspace.direct(one.id, other.id))}

    async def message(self, _request: Request, body: Json) -> Json:
        workspace = self.slack.workspace
        user, channel = workspace.person(_need(body, "as")), workspace.channel(_need(body, "channel"))
        stored = posting.say(self.slack, user, channel, str(body.get("text", "")), body.get("thread_ts"))
        return {"ok": True, "message": stored}

    async def command(self, _request: Request, body: Json) -> Json:
        name, channel = _need(body, "command"), _need(body, "channel")
        if body.get("thread_ts"):
            return {"ok": False, "note": f"{name} is not supported in threads. Sorry!"}
        self._require_seen(_need(body, "as"), self.slack.workspace.channel(channel))
        note = await interactions.command(self.slack, _need(body, "as"), channel, name, str(body.get("text", "")))
        return {"ok": not note, "note": note}

    async def action(self, _request: Request, body: Json) -> Json:
        action, form = _object(body, "action"), _object(body, "values")
        note = await interactions.act(self.slack, _need(body, "as"), _handle(body), action, form)
        return {"ok": not note, "note": note}

    async def suggest(self, _request: Request, body: Json) -> Json:
        typed = str(body.get("value", ""))
        return await interactions.suggest(self.slack, _need(body, "as"), _handle(body), typed)

    async def submit(self, _request: Request, body: Json) -> Json:
        return await interactions.submit(self.slack, _need(body, "as"), _need(body, "view_id"), _object(body, "values"))

    async def close(self, _request: Request, body: Json) -> Json:
        await interactions.close(self.slack, _need(body, "as"), _need(body, "view_id"), bool(body.get("all")))
        return {"ok": True}

    async def shortcut(self, _request: Request, body: Json) -> Json:
        spot = interactions.read_spot(body["container"]) if isinstance(body.get("container"), dict) else None
        note = await interactions.shortcut(self.slack, _need(body, "as"), _need(body, "callback_id"), spot)
        return {"ok": not note, "note": note}

    async def upload(self, _request: Request, body: Json) -> Json:
        workspace = self.slack.workspace
        user, channel = workspace.person(_need(body, "as")), workspace.channel(_need(body, "channel"))
        try:
            content = base64.b64decode(str(body.get("content_base64", "")), validate=True)
        except binascii.Error:
            raise BadRequest("content_base64 is no base64") from None
        if user.id not in channel.members:
            raise SlackError("not_in_channel")
        posting.require_writable(channel)
        file = store(self.slack, _need(body, "filename"), content, user.id)
        shown = describe_and_share(self.slack, file, channel)
        more = {"files": [shown], "upload": True, "subtype": "file_share"}
        stored = posting.say(self.slack, user, channel, str(body.get("comment") or ""), body.get("thread_ts"), **more)
        return {"ok": True, "message": stored}

    async def join(self, _request: Request, body: Json) -> Json:
        """Bring somebody (`user`, the bot for instance) into a channel that `as` is in or that is public."""
        channel = self.slack.workspace.channel(_need(body, "channel"))
        self._require_seen(_need(body, "as"), channel)
        person = self.slack.workspace.person(str(body.get("user") or body["as"]))
        posting.join(self.slack, channel, person.id)
        return {"ok": True, "channel": _channel(channel)}

    async def react(self, _request: Request, body: Json) -> Json:
        """React to a message with an emoji, or take that back where the same person did."""
        user, channel = _need(body, "as"), self.slack.workspace.channel(_need(body, "channel"))
        self._require_seen(user, channel)
        ts, name = _need(body, "ts"), _need(body, "name")
        given = any(r["name"] == name and user in r["users"] for r in channel.find(ts).get("reactions", []))
        (posting.unreact if given else posting.react)(self.slack, channel, user, ts, name)
        return {"ok": True}

    async def list_faults(self, _request: Request, _body: Json) -> Json:
        return {"faults": self.slack.faults.listing()}

    async def faults(self, _request: Request, body: Json) -> Json:
        """Add a fault, or with {"clear": true} take all away."""
        if body.get("clear"):
            self.slack.faults.clear()
        else:
            self.slack.faults.add(read_fault(body))
        return {"ok": True, "faults": self.slack.faults.listing()}

    async def refresh(self, _request: Request, _body: Json) -> Json:
        await self.slack.socket.refresh()
        return {"ok": True}

    async def clock(self, _request: Request, body: Json) -> Json:
        if self.slack.travel is None:
            raise BadRequest("this playground's clock cannot be moved")
        try:
            to = datetime.fromisoformat(_need(body, "to"))
        except ValueError:
            raise BadRequest("to must be an ISO 8601 time") from None
        self.slack.travel(to if to.tzinfo else to.replace(tzinfo=UTC))
        now = self.slack.workspace.now().isoformat()
        self.slack.feed.publish("clock", {"now": now})
        return {"ok": True, "now": now}

    async def file(self, request: Request) -> Response:
        """A file's bytes, for the page."""
        if not self.trusted(request.headers):
            return Response(status_code=403)
        file = self.slack.workspace.files.get(request.query_params.get("id", ""))
        user = request.query_params.get("as", "")
        channels = [self.slack.workspace.channel(c) for c in file.channels] if file else []
        if file is None or not any(user in self.slack.workspace.audience(c) for c in channels):
            return Response(status_code=404)
        safe = file.mimetype if file.mimetype in ("image/png", "image/jpeg", "image/gif") else "application/octet-stream"
        return Response(file.content, media_type=safe, headers={"X-Content-Type-Options": "nosniff"})

    async def events(self, websocket: WebSocket) -> None:
        if not self.trusted(websocket.headers):
            await websocket.close(1008)
            return
        await websocket.accept()
        await _stream(self.slack, websocket)

    def _seen_channel(self, request: Request) -> tuple[str, Channel]:
        user = request.query_params.get("as", "")
        channel = self.slack.workspace.channel(request.query_params.get("channel", ""))
        self._require_seen(user, channel)
        return user, channel

    def _require_seen(self, user: str, channel: Channel) -> None:
        if user not in self.slack.workspace.audience(channel):
            raise SlackError("channel_not_found")


async def _stream(slack: Slack, websocket: WebSocket) -> None:
    """Send every event for one page until it goes away."""
    subscriber = slack.feed.subscribe(websocket.query_params.get("as", ""))
    gone = asyncio.ensure_future(_until_gone(websocket))
    try:
        while not gone.done():
            item = asyncio.ensure_future(subscriber.queue.get())
            await asyncio.wait({item, gone}, return_when=asyncio.FIRST_COMPLETED)
            if item.done():
                await websocket.send_json(item.result())
            else:
                item.cancel()
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        gone.cancel()
        slack.feed.unsubscribe(subscriber)


async def _until_gone(websocket: WebSocket) -> None:
    try:
        while True:
            await websocket.receive_text()
    except (WebSocketDisconnect, RuntimeError):
        return


def _channel(channel: Channel) -> Json:
    keys = ("id", "name", "is_private", "is_im", "is_archived", "topic", "members")
    return {k: getattr(channel, k) for k in keys}


async def _read_body(request: Request) -> Json:
    if request.method != "POST":
        return {}
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise BadRequest("the body is no JSON") from None
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def _need(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name} is missing")
    return value


def _handle(body: Json) -> interactions.Handle:
    spot = interactions.read_spot(_object(body, "container"))
    return interactions.Handle(spot, _need(body, "block_id"), _need(body, "action_id"))


def _object(body: Json, name: str) -> Json:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise BadRequest(f"{name} must be an object")
    return value or {}
