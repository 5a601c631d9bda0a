"""The servers that are measured: Bolt's stock adapter, the floor, and ours with half a year of figures."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from tests.postgres import new_database, server_address

SECRET = "bench"


def main(sort: str, port: int, database: str) -> None:
    """Serve one of them until the process is ended."""
    app = {"stock": stock, "floor": floor, "ours": lambda: ours(database)}[sort]()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def _bolt(before_response: bool) -> App:
    def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U1")

    app = App(signing_secret=SECRET, authorize=authorize, process_before_response=before_response)

    @app.command("/kpi")
    def bare(ack: Any) -> None:
        ack("bare")

    return app


def stock() -> FastAPI:
    """A bare handler as Bolt's documentation has it."""
    from slack_bolt.adapter.fastapi import SlackRequestHandler

    handler, web = SlackRequestHandler(_bolt(before_response=False)), FastAPI()

    @web.post("/slack/events")
    async def events(request: Request) -> Response:
        answer: Response = await handler.handle(request)
        return answer

    return web


def floor() -> FastAPI:
    """The same bare handler, its answer in the acknowledgement, dispatched in threads."""
    import asyncio

    bolt, web, pool = _bolt(before_response=True), FastAPI(), ThreadPoolExecutor(16)

    @web.post("/slack/events")
    async def events(request: Request) -> Response:
        asked = BoltRequest(body=(await request.body()).decode(), headers=dict(request.headers))
        answer: BoltResponse = await asyncio.get_running_loop().run_in_executor(pool, bolt.dispatch, asked)
        return Response(answer.body, answer.status, answer.first_headers())

    return web


def ours(database: str) -> FastAPI:
    """The whole program, with 26 weeks of the KPI that is shown."""
    from bot.settings import Settings
    from handlers.app import Barometer

    settings = Settings(
        slack_bot_token="xoxb-1", slack_signing_secret=SECRET, slack_api_url="http://127.0.0.1:9/api/", database_url=database
    )
    program = Barometer(settings)
    program.prepare()
    _fill(program)
    program.open_slack()
    return program.web()


def _fill(program: Any) -> None:
    from bot.domain.people import SYSTEM
    from bot.services import kpis

    now = program.services.now()
    for week in range(26, 0, -1):
        at = (now - timedelta(weeks=week)).isoformat()
        kpis.record(program.services, SYSTEM, "mttr", "", {"hours": "3h, 5h", "at": at})


@contextmanager
def postgres() -> Iterator[str]:
    """A new database on the tests' own PostgreSQL."""
    with new_database(server_address()) as url:
        yield url


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
