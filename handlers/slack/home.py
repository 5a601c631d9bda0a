"""The App Home: what needs attention among what a person may see."""

import logging
from collections.abc import Mapping
from typing import Any

from bot.presenters.home import Trouble, home
from bot.services import Services, alerts, incidents, kpis, survey_waves
from handlers.slack.blocks.render import for_home
from handlers.slack.listeners import Listeners
from handlers.slack.replies import UNREACHED
from handlers.slack.request import Request

log = logging.getLogger(__name__)


def listen(listeners: Listeners) -> None:
    """Draw the page whenever somebody opens it."""
    listeners.event("app_home_opened", publish, when=_is_home, discreet=True)


def publish(request: Request, _event: Mapping[str, Any]) -> None:
    """Show the page to whoever opened it."""
    services, asker = request.services, request.asker
    trouble = Trouble(services.now(), incidents.listing(services, asker), alerts.listing(services, asker))
    asked = survey_waves.to_answer(services, asker.user_id)
    page = home(asker, kpis.listing(services, asker).readings, kpis.waiting(services, asker), trouble, asked)
    try:
        request.client.views_publish(user_id=asker.user_id, view={"type": "home", "blocks": for_home(page.parts)})
    except UNREACHED as error:
        log.warning("the home of %s could not be shown: %s", asker.user_id, error)


def _is_home(_services: Services, event: Mapping[str, Any]) -> bool:
    """Slack says it of the Messages tab as well, where invitations to surveys stand: who looks there leaves no trace."""
    return event.get("tab") == "home"
