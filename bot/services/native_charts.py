"""Whether the workspace takes native charts: what deliveries met is remembered for answers, which have no second try."""

import logging

from bot.domain.errors import BarometerError
from bot.services import Services
from storage import receipts

KEY = "workspace:refuses-native-charts"

log = logging.getLogger(__name__)


def are_taken(services: Services) -> bool:
    """Whether no delivery was refused for its charts since the last one that was not; forgotten with old receipts.

    :raises Unavailable: the database cannot be reached.
    """
    with services.db.read() as connection:
        return not receipts.is_there(connection, KEY)


def learn(services: Services, taken: bool) -> None:
    """Remember what Slack did with a chart. That it cannot be remembered is only logged: the message stands already."""
    try:
        if taken and are_taken(services):
            return
        with services.db.begin() as connection:
            receipts.forget(connection, KEY)
            if not taken:
                receipts.claim(connection, KEY, services.now())
    except BarometerError as error:
        log.warning("whether Slack takes charts could not be remembered: %s", error)
