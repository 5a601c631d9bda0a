"""The Slack door, assembled: Bolt, its listeners, and the threads that answer."""

import logging
from concurrent.futures import Executor
from typing import Any

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.domain.errors import BarometerError
from bot.services import Services, people
from bot.settings import Settings
from handlers.metrics import Metrics
from handlers.slack.door import DEADLINE_SECONDS, Door
from handlers.slack.listeners import Listeners
from handlers.slack.people import Zones
from handlers.slack.register import register
from handlers.slack.replies import UNREACHED, WEB_SECONDS, Replies

log = logging.getLogger(__name__)


def client(settings: Settings, seconds: int = WEB_SECONDS) -> WebClient:
    """A client of Slack's Web API that gives up after `seconds` and repeats nothing: a repeated post is a second post."""
    return WebClient(settings.slack_bot_token, base_url=settings.slack_api_url, timeout=seconds, retry_handlers=[])


def door(services: Services, metrics: Metrics, talkers: Executor, deadline: float = DEADLINE_SECONDS) -> Door:
    """Everything that Slack may ask, ready to be answered. `talkers` run what is said beside the acknowledgements."""
    settings = services.settings
    web = client(settings)
    app = _bolt(web, talkers)
    replies = Replies(web, talkers)
    zones = Zones(web, settings.timezone, lambda user, zone: talkers.submit(_learn_zone, services, user, zone))
    listeners = Listeners(app, services, zones, replies)
    register(listeners)
    return Door(app, replies, settings.slack_signing_secret, metrics, deadline, discreet=listeners.discreet)


def _learn_zone(services: Services, user: str, zone: str) -> None:
    try:
        people.learn_zone(services, user, zone)
    except BarometerError as error:
        log.warning("a zone could not be remembered: %s", error)


def _bolt(web: WebClient, talkers: Executor) -> App:
    identity: dict[str, str | None] = {"bot_id": None, "bot_user_id": None}

    def authorize(enterprise_id: str | None, team_id: str | None, **_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=web.token, **identity)

    talkers.submit(_identify, web, identity)
    return App(
        name="barometer",
        client=web,
        authorize=authorize,
        process_before_response=True,
        # The door checks signatures before anything else is done.
        request_verification_enabled=False,
        ssl_check_enabled=False,
        signing_secret="",
        raise_error_for_unhandled_request=True,
        listener_executor=talkers,
        logger=_quiet(),
    )


def _identify(web: WebClient, identity: dict[str, str | None]) -> None:
    """Ask once who the bot is, so that it does not hear itself."""
    try:
        answer = web.auth_test()
    except UNREACHED as error:
        log.warning("Slack did not say who the bot is: %s; `barometer check` says more", error)
        return
    identity |= {"bot_id": answer.get("bot_id"), "bot_user_id": answer.get("user_id")}


def _quiet() -> logging.Logger:
    logger = logging.getLogger("slack_bolt")
    logger.setLevel(logging.ERROR)
    return logger
