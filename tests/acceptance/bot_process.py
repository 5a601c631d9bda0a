"""A process of the bot for the crash tests: the engine against a fake Slack, on a clock that runs `RATE` times as fast.

Arguments: the database's address, the Web API's address, the seconds of a lease, and the moment at which the clock began.
"""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from slack_sdk import WebClient

from bot.services import Services
from bot.settings import Settings
from handlers import clock
from storage import Database

RATE = 60
"""A second of the machine is a minute of the bot."""
DAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""A Monday: what the bot's clock shows at its beginning."""


def quick_clock(began: float) -> Callable[[], datetime]:
    """The bot's clock. `began` is in seconds of the epoch; all processes of a test share it."""
    return lambda: DAY + timedelta(seconds=(time.time() - began) * RATE)


def main(database_url: str, api_url: str, lease: float, began: float) -> None:
    """Work until told to stop."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(process)d %(name)s %(message)s")
    settings = Settings(
        database_url=database_url,
        lease=timedelta(seconds=lease),
        messages_per_second=200,
        admins=frozenset({"U0ADMIN"}),
    )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    database = Database(database_url)
    engine = clock.start(
        Services(database, settings, quick_clock(began)), WebClient("xoxb-test", base_url=api_url, retry_handlers=[])
    )
    engine.ready.wait()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    stop.wait()
    engine.stop()
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
