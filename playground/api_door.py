"""The Web API over HTTP: bodies, tokens, faults, Retry-After, the log."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from playground.errors import SlackError
from playground.faults import Fault
from playground.slack import Slack
from playground.web_api.dispatch import run
from playground.wire import cut
from playground.workspace import Json


@dataclass(frozen=True)
class ApiDoor:
    """`POST` or `GET /api/<method>`."""

    slack: Slack

    async def serve(self, request: Request) -> Response:
        started = time.monotonic()
        method = str(request.path_params["method"])
        try:
            args = await read_arguments(request)
        except ClientDisconnect:
            return PlainTextResponse("")
        token = read_token(request, args)
        fault = self.slack.faults.take(method, args)
        response, error = await self._answer(request, fault, method, token, args)
        ms = (time.monotonic() - started) * 1000
        detail = {"request": args, "answer": _body_of(response), "fault": fault.kind if fault else None}
        if "Retry-After" in response.headers:
            detail["retry_after"] = response.headers["Retry-After"]
        self.slack.journal.write("bot→slack", method, error, ms, **detail)
        return response

    async def _answer(self, request: Request, fault: Fault | None, method: str, token: str, args: Json) -> tuple[Response, str]:
        if fault is not None:
            faulty = await self._trouble(request, fault)
            if faulty is not None:
                return faulty
        try:
            answer = run(self.slack, method, token, args)
        except SlackError as problem:
            return self._refusal(problem), problem.error
        if fault is not None and fault.kind == "cut_after":
            cut(request)
            return PlainTextResponse(""), "connection_cut"
        return self._json(answer), ""

    async def _trouble(self, request: Request, fault: Fault) -> tuple[Response, str] | None:
        """The answer that a fault puts in the place of the real one; None when the call goes on."""
        if fault.kind in ("http_500", "http_503"):
            status = int(fault.kind.removeprefix("http_"))
            return PlainTextResponse("Server Error", status), fault.kind
        if fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
            return None
        if fault.kind == "cut_before":
            cut(request)
            return PlainTextResponse(""), "connection_cut"
        if fault.kind == "cut_after":
            return None
        problem = _as_error(fault)
        return self._refusal(problem), problem.error

    def _refusal(self, problem: SlackError) -> Response:
        if problem.error != "ratelimited":
            return self._json(problem.answer)
        wait = problem.more["retry_after"]
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(wait)})

    def _json(self, answer: Json) -> Response:
        headers = {"X-OAuth-Scopes": ",".join(self.slack.app.scopes or []), "X-Slack-Req-Id": f"{time.time_ns():x}"}
        return JSONResponse(answer, headers=headers)


def _as_error(fault: Fault) -> SlackError:
    if fault.kind == "ratelimited":
        return SlackError("ratelimited", retry_after=max(1, round(fault.seconds)))
    if fault.kind == "no_charts":
        messages = ["[ERROR] unsupported type: data_visualization [json-pointer:/blocks]"]
        return SlackError("invalid_blocks", response_metadata={"messages": messages})
    return SlackError(fault.error)


def read_token(request: Request, args: Json) -> str:
    """The token of a request: its Authorization header, else its `token` argument, which is taken out of `args`."""
    argument = str(args.pop("token", "") or "")
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else argument


async def read_arguments(request: Request) -> Json:
    """The arguments of a request, from its query and its JSON or form body."""
    args: Json = dict(request.query_params)
    content_type = request.headers.get("content-type", "").split(";")[0].strip()
    if content_type == "application/json":
        return {**args, **_read_json(await request.body())}
    if content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form(max_part_size=32 * 2**20) as form:
            return {**args, **{k: v for k, v in form.items() if not isinstance(v, UploadFile)}}
    return args


def _read_json(body: bytes) -> Json:
    try:
        parsed: Any = json.loads(body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _body_of(response: Response) -> Any:
    try:
        return json.loads(bytes(response.body))
    except ValueError:
        return bytes(response.body).decode(errors="replace")
