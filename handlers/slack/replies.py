"""How an answer reaches the person who asked: in the acknowledgement where Slack allows it, beside it otherwise."""

import http.client
import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import lru_cache
from typing import Any

from slack_bolt import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.domain.errors import BarometerError
from bot.domain.parts import Message
from bot.domain.sentences import Spoken
from handlers.slack.blocks.modals import Modal, view
from handlers.slack.blocks.render import payloads
from handlers.slack.bodies import READER
from handlers.slack.request import Answer, Errors, Place, Request

log = logging.getLogger(__name__)
Body = Mapping[str, Any]
JSON: dict[str, str | Sequence[str]] = {"content-type": "application/json;charset=utf-8"}
UNREACHED = (SlackClientError, OSError, http.client.HTTPException)
"""What a call to Slack raises: it said no, or nothing."""
WEB_SECONDS = 2
"""How long a call to Slack may take while a person waits for the answer to their own."""


class FormDidNotOpen(BarometerError):
    """Slack did not open the form ({reason}), and nothing was changed. Try again{instead}."""


class Replies:
    """What is said back. `client` has a short time-out and repeats nothing; `executor` runs what nobody waits for."""

    def __init__(self, client: WebClient, executor: Executor) -> None:
        self.client = client
        self._executor = executor

    def later(self, function: Callable[..., object], *arguments: object) -> None:
        """Do something that nobody waits for."""
        self._executor.submit(function, *arguments)

    def to_command(self, request: Request, trigger: str, answer: Answer) -> BoltResponse:
        """A message stands in the acknowledgement; what does not fit follows."""
        if isinstance(answer, Modal):
            self._open(lambda shown: self.client.views_open(trigger_id=trigger, view=shown), request.place, answer)
            return done()
        if not isinstance(answer, Message):
            return done()
        first, *more = _written(answer)
        if more:
            self.later(self._tell_all, request.place, [json.loads(payload) for payload in more])
        return BoltResponse(status=200, body='{"response_type": "ephemeral", ' + first.removeprefix("{"), headers=JSON)

    def to_button(self, request: Request, body: Body, answer: Answer) -> BoltResponse:
        """A message goes beside the button; a form opens, or takes the place of the form that the button is in."""
        inside = body.get("view") or {}
        if isinstance(answer, Message) and inside.get("type") == "home":
            answer = Modal("notice", "Barometer", above=answer.parts)
        if isinstance(answer, Message):
            self.tell(request.place, answer)
        if isinstance(answer, Modal):
            if inside.get("type") == "modal":
                self._open(lambda shown: self.client.views_update(view_id=inside["id"], view=shown), request.place, answer)
            else:
                trigger = body.get("trigger_id", "")
                self._open(lambda shown: self.client.views_open(trigger_id=trigger, view=shown), request.place, answer)
        return done()

    def to_form(self, request: Request, answer: Answer) -> BoltResponse:
        """Errors keep the form open; a form takes its place; a message closes it and is told where it was opened."""
        match answer:
            case Errors(by_field):
                return BoltResponse(status=200, body={"response_action": "errors", "errors": dict(by_field)})
            case Modal():
                return BoltResponse(status=200, body={"response_action": "update", "view": drawn(answer, request.place)})
            case Message():
                self.tell(request.place, answer)
        return BoltResponse(status=200, body={"response_action": "clear"})

    def tell(self, place: Place, message: Message) -> None:
        """Say it to one person, without waiting until it is said."""
        self.later(self._tell_all, place, _said(message))

    def tell_now(self, place: Place, message: Message) -> bool:
        """Say it to one person; False: Slack took it on no way."""
        return self._tell_all(place, _said(message))

    def send(self, place: Place, payload: dict[str, Any]) -> bool:
        """Say what is drawn already to one person; False: Slack took it on no way."""
        return self._tell(place, payload)

    def _tell_all(self, place: Place, said: list[dict[str, Any]]) -> bool:
        return all(self._tell(place, payload) for payload in said)

    def _tell(self, place: Place, payload: dict[str, Any]) -> bool:
        ways = (self._by_response_url, self._ephemerally, self._directly)
        if any(way(place, payload) for way in ways):
            return True
        # Not to whom: with the hour of the line, it would tell who was answering a survey then.
        log.error("an answer could not be delivered: Slack took it on no way")
        return False

    def _by_response_url(self, place: Place, payload: dict[str, Any]) -> bool:
        if not place.response_url:
            return False
        try:
            hook = WebhookClient(place.response_url, timeout=WEB_SECONDS, retry_handlers=[])
            body = {"response_type": "ephemeral", "replace_original": False, **payload}
            return bool(hook.send_dict(body).status_code == 200)
        except (*UNREACHED, ValueError):
            return False

    def _ephemerally(self, place: Place, payload: dict[str, Any]) -> bool:
        where = {"channel": place.channel, "user": place.user}
        return bool(place.channel) and self._sent(self.client.chat_postEphemeral, **where, **payload)

    def _directly(self, place: Place, payload: dict[str, Any]) -> bool:
        told = {"delivery_id": secrets.token_hex(8), "kind": "notice"}
        metadata = {"event_type": "barometer_delivery", "event_payload": told}
        return self._sent(self.client.chat_postMessage, channel=place.user, metadata=metadata, **payload)

    def _sent(self, method: Callable[..., Any], **arguments: Any) -> bool:
        try:
            method(**arguments)
            return True
        except UNREACHED:
            return False

    def _open(self, show: Callable[[dict[str, Any]], Any], place: Place, modal: Modal) -> None:
        try:
            show(drawn(modal, place))
        except UNREACHED as error:
            if language := modal.state.get(READER):
                raise Spoken("form_not_opened", language) from error
            instead = f", or say it in words: {modal.instead}" if modal.instead else ""
            raise FormDidNotOpen(reason=_reason(error), instead=instead) from error


def drawn(modal: Modal, place: Place) -> dict[str, Any]:
    """A form as Slack takes it; where it was opened goes with it."""
    carried = {"channel": place.channel, "response_url": place.response_url, "state": dict(modal.state)}
    return view(modal, json.dumps(carried, ensure_ascii=False, separators=(",", ":")))


def done() -> BoltResponse:
    """Heard, and there is nothing to add."""
    return BoltResponse(status=200, body="")


def _said(message: Message) -> list[dict[str, Any]]:
    return [json.loads(payload) for payload in _written(message)]


@lru_cache(maxsize=128)
def _written(message: Message) -> tuple[str, ...]:
    """What Slack is sent, as JSON: drawing is half of the work, and the same is asked again and again."""
    return tuple(json.dumps(payload) for part in (message, *message.thread) for payload in payloads(part))


def _reason(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return f"it said “{error.response.get('error', 'no')}”"
    return "it did not answer in time"
