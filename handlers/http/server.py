"""The web application: Slack's requests, health, metrics, and what the API can do."""

import importlib.metadata
from typing import Any, Protocol

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from handlers.http.health import Health
from handlers.http.page import page

LARGEST_BODY = 1_000_000
"""The largest request that is read, in bytes; Slack's own are far smaller."""


class SlackAnswer(Protocol):
    """What is answered to Slack."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def body(self) -> str:
        """The body: JSON, or nothing."""


class SlackDoor(Protocol):
    """Who answers Slack."""

    def trusted(self, body: bytes, headers: Any) -> bool:
        """Whether Slack signed it."""

    async def answer(self, body: bytes, headers: Any) -> Any:
        """The answer, in time."""

    def refused(self) -> Any:
        """The answer to somebody who is not Slack."""


def application(door: SlackDoor | None, health: Health) -> FastAPI:
    """The routes. Without `door` there is no Slack to answer: a worker has health and metrics only."""
    app = FastAPI(
        title="Barometer",
        version=importlib.metadata.version("barometer"),
        description="KPIs, incidents and digests of an AI/ML organisation, in Slack.",
        docs_url=None,
        redoc_url=None,
    )
    _watch(app, health)
    if door is not None:
        _hear_slack(app, door)

    @app.get("/docs", include_in_schema=False, response_class=HTMLResponse)
    def docs() -> str:
        """What the API can do, as a page."""
        return page(app.openapi())

    return app


def _watch(app: FastAPI, health: Health) -> None:
    @app.get("/healthz", tags=["Health"], summary="Whether the process is alive", response_class=PlainTextResponse)
    async def healthz() -> str:
        return "ok\n"

    @app.get("/readyz", tags=["Health"], summary="Whether it can do its work: database, schema, engine")
    def readyz(response: Response) -> dict[str, str]:
        found = health.findings()
        response.status_code = 200 if all(state == "ok" for state in found.values()) else 503
        return found

    @app.get("/metrics", tags=["Health"], summary="Counters, in Prometheus's text format", response_class=PlainTextResponse)
    def metrics() -> str:
        return health.metrics()


def _hear_slack(app: FastAPI, door: SlackDoor) -> None:
    @app.post("/slack/events", tags=["Slack"], summary="Everything that Slack sends, signed by it")
    async def events(request: Request) -> Response:
        body = await _body(request)
        answer = await door.answer(body, request.headers) if door.trusted(body, request.headers) else door.refused()
        media = "application/json" if answer.body.startswith("{") else "text/plain"
        return Response(answer.body, status_code=answer.status, media_type=media)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, f"The request is larger than {LARGEST_BODY} bytes.")
    return bytes(body)
