"""The web server's routes: the page, the Web API, Socket Mode, response URLs, uploads and downloads."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from playground import posting
from playground.api_door import ApiDoor, read_token
from playground.errors import SlackError
from playground.play import PlayDoor
from playground.responses import respond
from playground.slack import Slack
from playground.web_api.files import visible_to_bot

PAGE = Path(__file__).parent / "page"

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob: https:; connect-src 'self' ws:; "
        "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def build(slack: Slack, hosts: frozenset[str] = frozenset(), tick: float = 0.1) -> Starlette:
    """The web application. `hosts` are names besides this machine's own under which the page may be opened."""
    site = Site(slack)
    routes = [
        Route("/", site.page),
        Route("/archives/{rest:path}", site.page),
        Route("/api/{method}", ApiDoor(slack).serve, methods=["GET", "POST"]),
        Route("/api/", site.api_root, methods=["GET", "POST"]),
        WebSocketRoute("/link/", slack.socket.serve),
        Route("/actions/{team}/{key}", site.respond, methods=["POST"]),
        Route("/commands/{team}/{key}", site.respond, methods=["POST"]),
        Route("/upload/v1/{ticket}", site.upload, methods=["POST"]),
        Route("/files-pri/{which}/{rest:path}", site.download),
        Route("/signin", site.sign_in),
        *PlayDoor(slack, hosts).routes(),
        Mount("/page", StaticFiles(directory=PAGE, check_dir=False)),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        timer = asyncio.ensure_future(site.deliver_scheduled(tick))
        yield
        timer.cancel()
        await slack.courier.stop()
        slack.http.close()

    return Starlette(routes=routes, lifespan=lifespan)


class Site:
    """What is neither the Web API nor the page's own questions."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack

    async def page(self, _request: Request) -> Response:
        index = PAGE / "index.html"
        if not index.exists():
            return PlainTextResponse("The playground runs; its page is not installed.", 404)
        return FileResponse(index, headers=SECURITY)

    async def api_root(self, _request: Request) -> Response:
        return PlainTextResponse('{"ok":false,"error":"unknown_method"}', media_type="application/json")

    async def respond(self, request: Request) -> Response:
        """A response_url: JSON in, "ok" back."""
        payload: Any = None
        try:
            payload = json.loads(await request.body())
            origin = self.slack.response_urls.use(request.path_params["key"])
            respond(self.slack, origin, payload if isinstance(payload, dict) else {})
        except ValueError:
            return self._answered("invalid_payload", 500, payload)
        except SlackError as problem:
            status = 404 if problem.error in ("used_url", "expired_url", "not_found") else 500
            return self._answered(problem.error, status, payload, **problem.more)
        return self._answered("", 200, payload)

    def _answered(self, error: str, status: int, payload: Any, **more: Any) -> Response:
        self.slack.journal.write("bot→slack", "response_url", error, request=payload, **more)
        return PlainTextResponse(error or "ok", status)

    async def upload(self, request: Request) -> Response:
        """The address that files.getUploadURLExternal gave: raw bytes or a form with one file. Works once."""
        file_id = self.slack.upload_tickets.pop(request.path_params["ticket"], "")
        file = self.slack.workspace.files.get(file_id)
        if file is None:
            return PlainTextResponse("not_found", 404)
        file.content = await _uploaded_bytes(request)
        self.slack.journal.write("bot→slack", f"upload of {file.name}", size=len(file.content))
        return PlainTextResponse(f"OK - {len(file.content)}")

    async def download(self, request: Request) -> Response:
        """A private file: with a token that may read it, else the page on which to sign in, as Slack does."""
        app = self.slack.app
        file = self.slack.workspace.files.get(request.path_params["which"].partition("-")[2])
        allowed = app.scopes is None or "files:read" in app.scopes
        if read_token(request, {}) != app.bot_token or not allowed or app.revoked:
            return RedirectResponse("/signin", 302)
        if file is None or not visible_to_bot(self.slack, file):
            return PlainTextResponse("not_found", 404)
        return Response(file.content, media_type=file.mimetype)

    async def sign_in(self, _request: Request) -> Response:
        return HTMLResponse("<!doctype html><title>Sign in</title><p>Sign in to see this file.</p>")

    async def deliver_scheduled(self, tick: float) -> None:
        """Post scheduled messages when their time has come."""
        workspace = self.slack.workspace
        while True:
            now = workspace.now().timestamp()
            for scheduled in sorted(workspace.scheduled.values(), key=lambda s: s.post_at):
                if scheduled.post_at <= now and workspace.scheduled.pop(scheduled.id, None) is not None:
                    posting.post(self.slack, workspace.channel(scheduled.channel), scheduled.message)
            await asyncio.sleep(tick)


async def _uploaded_bytes(request: Request) -> bytes:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form() as form:
        for value in form.values():
            if not isinstance(value, str):
                return await value.read()
    return b""
