"""Socket Mode: Slack's requests over a connection that we open, answered as those over HTTP are."""

import json
import logging
import threading
import time

from slack_bolt import BoltResponse
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.webhook import WebhookClient

from bot.settings import Settings
from handlers.slack import bodies
from handlers.slack.door import WORKERS, Door
from handlers.slack.replies import UNREACHED

log = logging.getLogger(__name__)
CONNECT_SECONDS, HANG_UP_SECONDS = 10, 30
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
FRAME_MOST = 30_000
"""Characters of an acknowledgement. The client writes no frame beyond 65,535 bytes, and may cut one short before that."""


class Socket:
    """One connection to Slack, opened again whenever it ends."""

    def __init__(self, settings: Settings, door: Door) -> None:
        web = WebClient(base_url=settings.slack_api_url, timeout=CONNECT_SECONDS, retry_handlers=[])
        self._door = door
        self._client = SocketModeClient(
            settings.slack_app_token, web_client=web, concurrency=WORKERS, logger=_quiet(), auto_reconnect_enabled=True
        )
        self._client.socket_mode_request_listeners.append(self._heard)
        self._stopping = threading.Event()
        self._starter = threading.Thread(target=self._connect, name="socket", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether requests can come now."""
        return bool(self._client.is_connected())

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._starter.start()

    def stop(self) -> None:
        """Hang up."""
        self._stopping.set()
        hang_up(self._client)

    def _connect(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                self._client.connect()
            except UNREACHED as error:
                log.warning("no connection to Slack (%s); trying again in %.0f s", error, pause)
                self._stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                return

    def _heard(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        headers = {} if request.retry_attempt is None else {"x-slack-retry-num": str(request.retry_attempt)}
        answer = self._door.answer_payload(request.payload, headers)
        if answer.status != 200:
            return
        said = _payload(answer)
        beside = said is not None and "blocks" in said and len(json.dumps(said)) > FRAME_MOST
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id, None if beside else said))
        if beside and said is not None:
            _say_beside(bodies.place(request.payload).response_url, said)


def _say_beside(response_url: str, said: dict[str, object]) -> None:
    """Say what is too large for an acknowledgement where Slack wants to hear it otherwise."""
    try:
        answer = WebhookClient(response_url, timeout=CONNECT_SECONDS, retry_handlers=[]).send_dict(said)
    except (*UNREACHED, ValueError) as error:
        log.warning("an answer of %d characters could not be delivered: %s", len(json.dumps(said)), error)
        return
    if answer.status_code != 200:
        log.error("an answer could not be delivered: Slack says %s %s", answer.status_code, answer.body)


def hang_up(client: SocketModeClient) -> None:
    """End a connection. A client that does not for long is left to end with the process."""
    closing = threading.Thread(target=client.close, name="hang-up", daemon=True)
    closing.start()
    until = time.monotonic() + HANG_UP_SECONDS
    while closing.is_alive() and time.monotonic() < until:
        # Told to end just as it begins to listen, it forgets that, and would listen to a closed connection for ever.
        client.current_session_state.terminated = True
        closing.join(0.1)


def _payload(answer: BoltResponse) -> dict[str, object] | None:
    if not answer.body:
        return None
    said = json.loads(answer.body) if answer.body.startswith("{") else {"text": answer.body}
    return dict(said)


def _quiet() -> logging.Logger:
    logger = logging.getLogger("slack_sdk.socket_mode")
    logger.setLevel(logging.ERROR)
    return logger
