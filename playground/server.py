"""A playground that runs: started by `python -m playground`, or in a thread by whoever tests against it."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import uvicorn

from playground import interactions, modals, posting
from playground.app import Installation
from playground.cast import example_team
from playground.courier import Courier
from playground.drawing import elements, walk
from playground.faults import Fault, read_fault
from playground.feed import Feed
from playground.http_door import HttpDoor
from playground.interactions import Handle, Spot
from playground.journal import Journal
from playground.limits import RateLimits
from playground.site import build
from playground.slack import Slack
from playground.socket_mode import SocketDoor
from playground.tickets import Triggers
from playground.web_api.files import describe_and_share, store
from playground.wire import CuttableProtocol
from playground.workspace import Channel, Json, Workspace

T = TypeVar("T")


class NotInTime(AssertionError):
    """What was waited for did not come."""


def assemble(
    workspace: Workspace,
    app: Installation,
    *,
    ack_seconds: float = 3.0,
    trigger_seconds: float = 3.0,
    rate_limits: bool = True,
    log_keep: int = 2000,
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0),
    travel: Callable[[datetime], None] | None = None,
) -> Slack:
    """Put the pieces together, with the app installed in the workspace."""
    app.install(workspace)
    feed = Feed()
    journal = Journal(feed, log_keep)
    sockets = SocketDoor(app.id, feed, journal, ack_seconds)
    http = HttpDoor(app, feed, journal, ack_seconds)
    courier = Courier(app, feed, journal, sockets, http, retry_delays)
    limits, triggers = RateLimits(rate_limits), Triggers(trigger_seconds)
    return Slack(workspace, app, feed, journal, courier, sockets, http, limits=limits, triggers=triggers, travel=travel)


def read_manifest(manifest: Json | Path | str | None) -> Json | None:
    """A manifest given as such, or as the path of its JSON file."""
    if isinstance(manifest, str | Path):
        parsed: Json = json.loads(Path(manifest).read_text(encoding="utf-8"))
        return parsed
    return manifest


class Playground:
    """A local Slack on 127.0.0.1, in a thread of its own.

    `port` 0 takes any free one. Without a `manifest`, scopes, commands and event subscriptions are not checked.
    With a `request_url` the app is reached by signed HTTP, else by Socket Mode. `travel` is called by the page to
    move the clock, and raises `CannotTravel` where it may not go. `ack_seconds`, `trigger_seconds` (3 on Slack) and
    `retry_delays` may be shortened in tests, and `log_keep`, how many entries the log has, may be raised.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        workspace: Workspace | None = None,
        manifest: Json | Path | str | None = None,
        request_url: str | None = None,
        hosts: frozenset[str] = frozenset(),
        **options: Any,
    ) -> None:
        app = Installation(read_manifest(manifest), request_url=request_url)
        self.slack = assemble(workspace or example_team(), app, **options)
        self._address = (host, port)
        self._hosts = hosts
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Serve; returns once the first request would be answered. Raises OSError when the port is taken."""
        listener = socket.create_server(self._address, backlog=256)
        host, port = listener.getsockname()[:2]
        self.slack.base_url = f"http://{host}:{port}"
        config = uvicorn.Config(
            build(self.slack, self._hosts),
            http=CuttableProtocol,
            ws="websockets-sansio",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, args=(listener,), name="playground", daemon=True)
        self._thread.start()
        self._until(lambda: self._server is not None and self._server.started, 10, "the playground did not start")
        return self

    def stop(self) -> None:
        """Stop serving, and forget nothing: the state can still be read."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=10)
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def wait(self) -> None:
        """Serve until the thread ends."""
        if self._thread is not None:
            while self._thread.is_alive():
                self._thread.join(0.5)

    @property
    def url(self) -> str:
        """Where the page is."""
        return self.slack.base_url

    @property
    def api_url(self) -> str:
        """The base of the Web API, for SLACK_API_URL and WebClient(base_url=…)."""
        return f"{self.slack.base_url}/api/"

    @property
    def bot_token(self) -> str:
        return self.slack.app.bot_token

    @property
    def app_token(self) -> str:
        return self.slack.app.app_token

    @property
    def signing_secret(self) -> str:
        return self.slack.app.signing_secret

    @property
    def workspace(self) -> Workspace:
        return self.slack.workspace

    def command(self, user: str, channel: str, line: str) -> str:
        """Type a slash command ("/kpi list"); the client's note when it failed, else empty."""
        name, _, text = line.partition(" ")
        return self._run(interactions.command(self.slack, user, self.channel_id(channel), name, text))

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Json:
        """Type a message."""
        person, place = self.workspace.person(user), self.workspace.channel(self.channel_id(channel))
        return self._run(_later(lambda: posting.say(self.slack, person, place, text, thread_ts)))

    def click(self, user: str, message_or_view: Json, action_id: str, action: Json | None = None, channel: str = "") -> str:
        """Use the element `action_id` of a message (say its channel) or a view; `action` says what was chosen."""
        handle = self._handle(message_or_view, channel, action_id)
        return self._run(interactions.act(self.slack, user, handle, action or {}, {}))

    def suggest(self, user: str, message_or_view: Json, action_id: str, typed: str, channel: str = "") -> Json:
        """Type into an external select; its options."""
        handle = self._handle(message_or_view, channel, action_id)
        return self._run(interactions.suggest(self.slack, user, handle, typed))

    def submit(self, user: str, view: Json, values: dict[str, dict[str, Json]] | None = None) -> Json:
        """Submit a modal with `values` (by block_id and action_id) where they differ from what it shows."""
        return self._run(interactions.submit(self.slack, user, view["id"], values or {}))

    def close(self, user: str, view: Json, everything: bool = False) -> None:
        self._run(interactions.close(self.slack, user, view["id"], everything))

    def shortcut(self, user: str, callback_id: str, message: Json | None = None, channel: str = "") -> str:
        spot = self._spot(message, channel) if message else None
        return self._run(interactions.shortcut(self.slack, user, callback_id, spot))

    def open_home(self, user: str) -> Json | None:
        """Open App Home: what stands there now."""
        return self._run(_later(lambda: interactions.open_home(self.slack, user)))

    def home(self, user: str) -> Json | None:
        """What stands on a person's App Home, without opening it."""
        view = self.workspace.homes.get(user)
        return modals.described(self.slack, view) if view else None

    def view(self, user: str) -> Json | None:
        """The modal that a person has in front."""
        views = interactions.open_views(self.slack, user)
        return views[-1] if views else None

    def upload(self, user: str, channel: str, filename: str, content: bytes, comment: str = "") -> Json:
        """Share a file in a conversation; the message with it."""
        person, place = self.workspace.person(user), self.workspace.channel(self.channel_id(channel))

        def share() -> Json:
            shown = describe_and_share(self.slack, store(self.slack, filename, content, user), place)
            return posting.say(self.slack, person, place, comment, files=[shown], upload=True, subtype="file_share")

        return self._run(_later(share))

    def invite(self, user: str, channel: str) -> None:
        """Make somebody, or the bot, a member of a channel."""
        place = self.workspace.channel(self.channel_id(channel))
        self._run(_later(lambda: posting.join(self.slack, place, user)))

    def react(self, user: str, channel: str, ts: str, name: str = "pushpin") -> None:
        """React to a message."""
        place = self.workspace.channel(self.channel_id(channel))
        self._run(_later(lambda: posting.react(self.slack, place, user, ts, name)))

    def fault(self, kind: str, **more: Any) -> None:
        """Make trouble for the next calls: see `Fault`."""
        self.slack.faults.add(read_fault({"kind": kind, **more}))

    def redeliver(self, event_type: str, num: int = 1, reason: str = "http_timeout") -> None:
        """Send the newest event of this type once more, as Slack does when it missed the acknowledgement."""
        body = next(b for b in reversed(self.slack.courier.recent_events) if b["event"]["type"] == event_type)
        self._run(_later(lambda: self.slack.courier.redeliver(body, num, reason)))

    def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every Socket Mode connection to come anew."""
        self._run(self.slack.socket.refresh(reason))

    def channel_id(self, channel: str) -> str:
        """The id of a conversation given by id or by name."""
        named = (c.id for c in self.workspace.channels.values() if c.name == channel.lstrip("#"))
        return channel if channel in self.workspace.channels else next(named, channel)

    def direct(self, user: str) -> Channel:
        """The direct messages of a person and the bot."""
        return self.workspace.direct(self.slack.app.bot_user_id, user)

    def messages(self, channel: str, user: str | None = None) -> list[Json]:
        """Every message of a conversation, replies too, oldest first; with a `user`, what only they see as well."""
        place = self.workspace.channel(self.channel_id(channel))
        hidden = self.workspace.ephemerals_of(place.id, user) if user else []
        return sorted([*place.messages, *hidden], key=lambda m: float(m["ts"]))

    def ephemerals(self, channel: str, user: str) -> list[Json]:
        return self.workspace.ephemerals_of(self.channel_id(channel), user)

    def log(self, what: str = "") -> list[Json]:
        """The log's entries whose `what` begins so."""
        return [e for e in self.slack.journal.after(0) if e["what"].startswith(what)]

    def wait_for(self, wanted: Callable[[], T | None], seconds: float = 10.0) -> T:
        """What `wanted` gives once it is neither None, False nor empty. Raises NotInTime."""
        found: list[T] = []

        def there() -> bool:
            value = wanted()
            if value:
                found.append(value)
            return bool(found)

        self._until(there, seconds, f"not in {seconds} s; the log ends with {self.slack.journal.after(0)[-5:]}")
        return found[0]

    def wait_connected(self, seconds: float = 10.0) -> None:
        """Until the app can be reached."""
        self._until(lambda: self.slack.courier.door.open, seconds, "the app did not connect")

    def _serve(self, listener: socket.socket) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            if self._server is not None:
                await self._server.serve(sockets=[listener])

        asyncio.run(serve())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            work.close()
            raise RuntimeError("the playground is not started")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _spot(self, message_or_view: Json, channel: str) -> Spot:
        if "ts" not in message_or_view:
            return Spot(view_id=message_or_view["id"])
        return Spot(self.channel_id(channel), message_or_view["ts"], bool(message_or_view.get("is_ephemeral")))

    def _handle(self, message_or_view: Json, channel: str, action_id: str) -> Handle:
        block_id = _block_of(message_or_view.get("blocks", []), action_id)
        return Handle(self._spot(message_or_view, channel), block_id, action_id)

    @staticmethod
    def _until(there: Callable[[], bool], seconds: float, words: str) -> None:
        end = time.monotonic() + seconds
        while not there():
            if time.monotonic() > end:
                raise NotInTime(words)
            time.sleep(0.01)


async def _later(work: Callable[[], T]) -> T:
    return work()


def _block_of(blocks: list[Json], action_id: str) -> str:

    for block in walk(blocks):
        if any(e.get("action_id") == action_id for e in elements(block)):
            return str(block["block_id"])
    raise KeyError(f"no element {action_id}")


__all__ = ["Fault", "NotInTime", "Playground", "assemble"]
