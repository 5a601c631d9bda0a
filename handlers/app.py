"""The one place where things meet: settings, database, services and doors."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.people import SYSTEM
from bot.services import Services, definitions, deliveries, digests, survey_reminders
from bot.settings import Clock, Settings
from handlers.metrics import Metrics
from storage import Database, migrations, outbox, queue

if TYPE_CHECKING:
    from fastapi import FastAPI

    from handlers.clock import Engine
    from handlers.slack.door import Door
    from handlers.slack.socket import Socket

log = logging.getLogger(__name__)
COUNTED = timedelta(days=7)
"""How far back the deliveries in /metrics are counted."""


class Barometer:
    """The assembled program. Start what this process is for, and stop it at the end."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.database = Database(settings.database_url)
        self.services = Services(self.database, settings, clock or Clock(settings.start_at))
        self.metrics = Metrics()
        self.door: Door | None = None
        self.engine: Engine | None = None
        self.socket: Socket | None = None
        self.queue: queue.Queue | None = None
        self._talkers = ThreadPoolExecutor(8, thread_name_prefix="replies")

    def prepare(self) -> list[str]:
        """Bring the schema and the definitions up to date; the KPIs and digests that changed.

        :raises Unavailable: the database cannot be reached.
        :raises BarometerError: a definition is wrong.
        """
        migrations.upgrade(self.database)
        changed = [str(change) for change in definitions.apply_files(self.services, SYSTEM)]
        return changed + [f"digest {name}" for name in digests.apply_files(self.services)]

    def open_slack(self) -> "Door":
        """Be ready to answer Slack's requests, whichever way they come."""
        from handlers.slack import opening

        self.door = opening.door(self.services, self.metrics, self._talkers)
        return self.door

    def open_socket(self) -> None:
        """Fetch requests from Slack over a socket. Returns at once, and connects again whenever the connection ends."""
        from handlers.slack.socket import Socket

        assert self.door is not None
        self.socket = Socket(self.settings, self.door)
        self.socket.start()

    def start_engine(self) -> None:
        """Keep time and deliver.

        :raises BarometerError: another process works on the same SQLite file.
        """
        from handlers import clock
        from handlers.slack import opening

        self.engine = clock.start(self.services, opening.client(self.settings))

    def join_queue(self) -> None:
        """Put work into the queue at once, for a worker beside this process; else a worker's sweep would find it later."""
        self.queue = queue.join(self.database)

    def wake(self) -> None:
        """Look again at what is due: the clock was moved."""
        deliveries.catch_up(self.services)
        survey_reminders.catch_up(self.services)
        if self.engine is not None:
            self.engine.wake()

    def web(self) -> "FastAPI":
        """The web application of this process: Slack's door if it is open, health and metrics in any case."""
        from handlers import http

        health = http.Health(self.metrics, self._deliveries, self._checks())
        return http.application(self.door, health)

    def _deliveries(self) -> dict[str, int]:
        with self.database.read() as connection:
            return outbox.counts(connection, self.services.now() - COUNTED)

    def _checks(self) -> dict[str, Callable[[], str]]:
        checks = {"database": self._database_check}
        if self.engine is not None:
            checks["engine"] = self._engine_check
        if self.socket is not None:
            checks["slack"] = self._socket_check
        return checks

    def _database_check(self) -> str:
        pending = migrations.pending(self.database)
        return f"the schema is behind by {len(pending)}: run barometer migrate" if pending else "ok"

    def _engine_check(self) -> str:
        return "ok" if self.engine is not None and self.engine.ready.is_set() else "the engine is not running yet"

    def _socket_check(self) -> str:
        return "ok" if self.socket is not None and self.socket.connected else "not connected to Slack"

    def stop(self) -> None:
        """Take nothing new, finish what was begun, and close."""
        for name, close in self._closing():
            log.debug("closing: %s", name)
            close()

    def _closing(self) -> list[tuple[str, Callable[[], None]]]:
        steps: list[tuple[str, Callable[[], None]]] = []
        if self.socket is not None:
            steps.append(("socket", self.socket.stop))
        if self.door is not None:
            steps.append(("door", self.door.close))
        steps.append(("replies", self._talkers.shutdown))
        if self.engine is not None:
            steps.append(("engine", self.engine.stop))
        if self.queue is not None:
            steps.append(("queue", self.queue.stop))
        return [*steps, ("database", self.database.close)]
