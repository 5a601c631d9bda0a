"""Every payload that the bot sent to a workspace, held to Slack's published limits once more."""

import json
from collections.abc import Iterator
from typing import Any

from playground.block_kit import Problem, validate
from playground.server import Playground

Json = dict[str, Any]
TEXT_MOST = 40_000
OPTIONS_MOST, OPTION_MOST = 100, 75


def sent(workspace: Playground) -> Iterator[tuple[str, str, Json]]:
    """What each was an answer to or a call of, its surface ("message", "modal", "home" or "options"), and the payload."""
    for entry in workspace.log():
        detail = entry["detail"]
        payload = detail.get("answer") if entry["direction"] == "slack→bot" else detail.get("request")
        if isinstance(payload, dict):
            yield from ((entry["what"], surface, each) for surface, each in _parts(entry["what"], _read(payload)))


def problems(workspace: Playground) -> list[str]:
    """What Slack would refuse in what was sent, and what a screen reader or a repeated delivery would lack."""
    return [f"{what}: {problem}" for what, surface, payload in sent(workspace) for problem in _wrong(what, surface, payload)]


def _read(payload: Json) -> Json:
    """The Web API takes structures as JSON inside of forms."""
    nested = ("blocks", "attachments", "view", "metadata")
    return {k: json.loads(v) if k in nested and isinstance(v, str) else v for k, v in payload.items()}


def _parts(what: str, payload: Json) -> Iterator[tuple[str, Json]]:
    view = payload.get("view")
    if isinstance(view, dict) and (what.startswith("views.") or "response_action" in payload):
        yield view["type"], view
    elif "blocks" in payload or what == "chat.postMessage":
        yield "message", payload
    elif "options" in payload or "option_groups" in payload:
        yield "options", payload


def _wrong(what: str, surface: str, payload: Json) -> Iterator[str]:
    if surface == "options":
        yield from _wrong_options(payload)
        return
    found: list[Problem] = validate(payload, surface)
    yield from (f"{p.pointer}: {p.text}" for p in found)
    if surface == "message":
        yield from _wrong_words(what, payload)


def _wrong_words(what: str, payload: Json) -> Iterator[str]:
    words = payload.get("text") or ""
    if not words.strip():
        yield "has blocks and no text: a screen reader says nothing"
    if len(words) > TEXT_MOST:
        yield f"its text has {len(words)} characters"
    if what == "chat.postMessage":
        metadata = payload.get("metadata") or {}
        told = metadata.get("event_payload") or {}
        if metadata.get("event_type") != "barometer_delivery" or not told.get("delivery_id") or not told.get("kind"):
            yield "does not say which delivery it is"


def _wrong_options(payload: Json) -> Iterator[str]:
    options = payload.get("options") or [o for group in payload.get("option_groups") or [] for o in group["options"]]
    if len(options) > OPTIONS_MOST:
        yield f"{len(options)} options"
    for option in options:
        if not 0 < len(option["text"]["text"]) <= OPTION_MOST or not 0 < len(option["value"]) <= OPTION_MOST * 2:
            yield f"an option of the wrong length: {option}"
