"""Reactions that put a message into the timeline of an incident."""

from collections.abc import Mapping
from typing import Any

from bot.services import Services, incident_marks
from handlers.slack.listeners import Listeners
from handlers.slack.request import Request


def listen(listeners: Listeners) -> None:
    """Hear the one reaction that marks messages, and no other: reactions are many."""
    listeners.event("reaction_added", _marked, when=_marks)


def _marks(services: Services, event: Mapping[str, Any]) -> bool:
    name = str(event.get("reaction") or "").partition("::")[0]
    return name == services.settings.timeline_reaction and (event.get("item") or {}).get("type") == "message"


def _marked(request: Request, event: Mapping[str, Any]) -> None:
    item = event["item"]
    incident_marks.marked(request.services, request.asker, str(item.get("channel") or ""), str(item.get("ts") or ""))
