"""Post what the ledger holds, and find it again when the answer was lost."""

import http.client
import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.domain.deliveries import (
    Envelope,
    Finding,
    Missing,
    Outcome,
    Postponed,
    Refused,
    Sent,
    Throttled,
    Unknown,
    Unreadable,
)
from bot.domain.parts import Chart, Message
from handlers.slack import refusals
from handlers.slack.blocks import pictures, render

EVENT_TYPE = "barometer_delivery"
TIMEOUT_SECONDS = 10
LOOK_BACK_SECONDS = 300
"""How far Slack's clock may be behind the bot's: with a wider gap, the signatures of its requests would be too old as well."""
PAGES = 20
PAGE = 200

Client = WebClient
log = logging.getLogger(__name__)


class TooManyMessages(Exception):
    """So much was written since that the search for one message was given up."""


def patient(client: WebClient, timeout: int) -> WebClient:
    """The same client with another time-out, that repeats nothing by itself."""
    # The client's own retries would post a message twice when the answer to the first is lost.
    return WebClient(
        client.token,
        base_url=client.base_url,
        timeout=timeout,
        ssl=client.ssl,
        proxy=client.proxy,
        headers=client.headers,
        retry_handlers=[],
    )


class SlackPoster:
    """Posts to Slack, once a call: whether and when to try again is for the ledger to decide.

    `learn` hears whether Slack took a message with its charts, or only without them.
    """

    def __init__(
        self, client: WebClient, timeout: int = TIMEOUT_SECONDS, learn: Callable[[bool], None] = lambda taken: None
    ) -> None:
        self._learn = learn
        self._client = patient(client, timeout)

    def post(self, envelope: Envelope, may_post: Callable[[], bool] = lambda: True) -> Outcome | None:
        """Post a message: as it is; if Slack refuses its blocks, without charts; and if need be, as text.

        `may_post` is asked when all is drawn: None says that it was too late, and that nothing was sent.
        """
        # A person's id will do: to open every conversation first would hold a message to many at 50 a minute (tier 3).
        channel = envelope.channel or envelope.target
        for simpler, body in enumerate(_bodies(envelope.message)):
            if not may_post():
                return None
            outcome = self._say(channel, envelope, body)
            if outcome is None:
                log.warning("delivery %s: Slack refused its blocks; trying simpler ones", envelope.id)
                continue
            if isinstance(outcome, Sent):
                self._conclude(envelope, outcome, simpler)
            return outcome
        raise AssertionError("the last body has no blocks")

    def _conclude(self, envelope: Envelope, sent: Sent, simpler: int) -> None:
        has_charts = any(isinstance(part, Chart) for part in envelope.message.parts)
        if has_charts and simpler <= 1:
            self._learn(simpler == 0)
        if simpler:
            self._add_pictures(envelope, sent)

    def _say(self, channel: str, envelope: Envelope, body: dict[str, Any]) -> Outcome | None:
        """One request. None: Slack objects to the blocks, and there is a simpler way to say it."""
        try:
            answer = self._request(channel, envelope, body)
        except SlackApiError as error:
            simpler_may_do = refusals.asks_for_simpler(error) and "blocks" in body
            advice = refusals.ADVICE_ON_PEOPLE if channel[:1] in "UW" else refusals.ADVICE
            return None if simpler_may_do else refusals.outcome(error, advice)
        except (OSError, http.client.HTTPException) as error:
            return _lost(error)
        return Sent(str(answer.get("channel", channel)), str(answer["ts"]))

    def _request(self, channel: str, envelope: Envelope, body: dict[str, Any]) -> SlackResponse:
        said = {"channel": channel, "metadata": _metadata(envelope)} | body
        if envelope.edits_ts:
            return self._client.chat_update(ts=envelope.edits_ts, **said)
        return self._client.chat_postMessage(thread_ts=envelope.thread_ts, unfurl_links=False, unfurl_media=False, **said)

    def find(self, envelope: Envelope) -> Finding:
        """Look for a message in its channel, or thread, from shortly before it was first tried."""
        channel = self._channel(envelope)
        if isinstance(channel, Throttled | Postponed):
            return channel
        if not isinstance(channel, str):
            return Postponed(channel.code) if isinstance(channel, Unknown) else Unreadable(channel.code)
        try:
            for message in self._messages(channel, envelope):
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("delivery_id") == envelope.id:
                    return Sent(channel, str(message["ts"]))
        except TooManyMessages:
            return Unreadable("too_many_messages")
        except SlackApiError as error:
            return _unread(refusals.outcome(error))
        except (OSError, http.client.HTTPException) as error:
            return Postponed(type(error).__name__)
        return Missing()

    def _channel(self, envelope: Envelope) -> str | Throttled | Refused | Postponed | Unknown:
        """Where to look: what was written to a person stands in the channel that Slack opens for it."""
        if envelope.channel or envelope.target[:1] not in "UW":
            return envelope.channel or envelope.target
        try:
            return str(self._client.conversations_open(users=envelope.target)["channel"]["id"])
        except SlackApiError as error:
            found = refusals.outcome(error)
            assert not isinstance(found, Sent)
            # Opening a conversation says nothing, so a half opened one may be opened again.
            return Postponed(found.code) if isinstance(found, Unknown) else found
        except (OSError, http.client.HTTPException) as error:
            return Postponed(type(error).__name__)

    def _messages(self, channel: str, envelope: Envelope) -> Iterator[dict[str, Any]]:
        wanted: dict[str, Any] = {"channel": channel, "limit": PAGE, "include_all_metadata": True}
        if envelope.since is not None:
            wanted["oldest"] = f"{envelope.since.timestamp() - LOOK_BACK_SECONDS:.6f}"
        for _ in range(PAGES):
            if envelope.thread_ts:
                answer = self._client.conversations_replies(ts=envelope.thread_ts, **wanted)
            else:
                answer = self._client.conversations_history(**wanted)
            yield from answer.get("messages") or []
            wanted["cursor"] = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not wanted["cursor"]:
                return
        raise TooManyMessages

    def _add_pictures(self, envelope: Envelope, sent: Sent) -> None:
        """Put the charts into the thread as pictures. The message stands already: a picture that fails is only logged."""
        charts = [part for part in envelope.message.parts if isinstance(part, Chart)]
        if not charts or not pictures.can_draw():
            return
        for chart in charts[: render.MOST_CHARTS]:
            try:
                self._client.files_upload_v2(
                    channel=sent.channel,
                    thread_ts=envelope.thread_ts or sent.ts,
                    filename="chart.png",
                    title=chart.title,
                    alt_txt=pictures.in_words(chart),
                    content=pictures.png(chart),
                )
            except (SlackApiError, OSError, http.client.HTTPException) as error:
                log.warning("delivery %s: its chart could not be uploaded: %s", envelope.id, error)


def _bodies(message: Message) -> Iterator[dict[str, Any]]:
    yield render.payload(message)
    without = tuple(part for part in message.parts if not isinstance(part, Chart))
    if len(without) < len(message.parts):
        yield render.payload(Message(message.summary, without))
    yield {"text": render.fallback(message)}


def _metadata(envelope: Envelope) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"delivery_id": envelope.id, "kind": envelope.kind}}


def _lost(error: OSError | http.client.HTTPException) -> Outcome:
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, ConnectionRefusedError | socket.gaierror):
        return Postponed(type(cause).__name__)
    return Unknown(type(cause).__name__ if isinstance(cause, Exception) else str(cause))


def _unread(found: Outcome) -> Finding:
    match found:
        case Throttled() | Postponed(_, True):
            return found
        case Refused(code) | Postponed(code):
            return Unreadable(code)
    return Postponed(found.code if isinstance(found, Unknown) else "")
