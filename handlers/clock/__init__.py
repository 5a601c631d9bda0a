"""The clock door: APScheduler wakes, the database decides."""

import logging
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bot.domain.errors import BarometerError
from bot.services import (
    Services,
    deliveries,
    dispatch,
    incident_errands,
    native_charts,
    survey_follow_ups,
    survey_opening,
    survey_reminders,
    survey_waves,
)
from bot.services import errands as service
from handlers.clock import alerts, corrections, digests, errands, incidents, remedies, retention, surveys, sweep
from handlers.clock.job import Job
from handlers.slack.deliver import TIMEOUT_SECONDS, Client, SlackPoster
from handlers.slack.members import SlackMembers
from handlers.slack.workspace import SlackWorkspace
from storage import errands as stored
from storage import outbox, queue

__all__ = ["JOBS", "Engine", "start"]

JOBS: tuple[Job, ...] = (
    digests.JOB,
    corrections.JOB,
    alerts.JOB,
    remedies.JOB,
    incidents.JOB,
    surveys.JOB,
    sweep.JOB,
    errands.JOB,
    retention.JOB,
)
"""Everything that the clock wakes."""

START_AGAIN_SECONDS = 5

log = logging.getLogger(__name__)


def start(services: Services, client: Client) -> "Engine":
    """Begin to work: run the queue's jobs and wake what is due. Returns at once; `Engine.ready` is set when it works.

    :raises AlreadyRunning: another process works on the same SQLite file.
    """
    return Engine(services, client)


class Engine:
    """The queue's workers and the clock of one process."""

    def __init__(self, services: Services, client: Client) -> None:
        self.ready = threading.Event()
        self._services = services
        timeout = min(TIMEOUT_SECONDS, max(1, int(services.settings.lease.total_seconds() / 6)))
        self._poster = SlackPoster(client, timeout, partial(native_charts.learn, services))
        self._workspace = SlackWorkspace(client, timeout)
        self._members = SlackMembers(client)
        self._lock = queue.hold(services.db)
        self._stopping = threading.Event()
        self._waking = threading.Lock()
        self._queue: queue.Queue | None = None
        self._scheduler: Any = None  # APScheduler 3 has no types
        self._starter = threading.Thread(target=self._start, name="barometer-engine", daemon=True)
        self._starter.start()

    def wake(self) -> None:
        """Look now at everything that may be due: the clock was moved, or something due was added."""
        if self._scheduler is not None:
            for job in JOBS:
                self._wake_at(job, datetime.now(UTC))

    def stop(self) -> None:
        """Take nothing more, let what runs end, and leave the rest to the next start."""
        with self._waking:
            self._stopping.set()
        self._starter.join()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
        if self._queue is not None:
            self._queue.stop()
        self._lock.release()

    def _start(self) -> None:
        while not self._stopping.is_set():
            try:
                self._begin_afresh()
                self._queue = queue.start(self._services.db, self._jobs())
                self._start_clock()
            except BarometerError as error:
                log.warning("the engine will be started again in %s s: %s", START_AGAIN_SECONDS, error)
                self._stopping.wait(START_AGAIN_SECONDS)
            else:
                self.ready.set()
                return

    def _begin_afresh(self) -> None:
        # The only process on a SQLite file knows that whoever held anything is dead.
        if self._services.db.is_sqlite:
            with self._services.db.begin() as connection:
                outbox.release_all(connection)
                stored.release_all(connection)

    def _jobs(self) -> dict[str, queue.Job]:
        own: dict[str, queue.Job] = {
            deliveries.JOB: self._deliver,
            service.JOB: self._errand,
            survey_waves.JOB: partial(survey_opening.run, self._services, self._members),
            survey_reminders.JOB: partial(survey_reminders.run, self._services, self._poster),
            survey_follow_ups.JOB: partial(survey_follow_ups.run, self._services, self._poster),
        }
        return own | {name: run for job in JOBS for name, run in job.work(self._services).items()}

    def _deliver(self, delivery_id: str) -> None:
        dispatch.deliver(self._services, self._poster, delivery_id)

    def _errand(self, errand_id: str) -> None:
        incident_errands.run(self._services, self._workspace, errand_id)

    def _start_clock(self) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        scheduler: Any = BackgroundScheduler  # as above
        self._scheduler = scheduler(timezone=UTC, job_defaults=defaults)
        for job in JOBS:
            self._scheduler.add_job(
                self._run,
                "interval",
                args=[job],
                id=job.name,
                seconds=job.every.total_seconds(),
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.start()

    def _run(self, job: Job) -> None:
        try:
            soonest = job.run(self._services)
        except BarometerError as error:
            log.warning("%s will be tried again in %s: %s", job.name, job.every, error)
            return
        if soonest is not None:
            wait = soonest - self._services.now()
            if wait < job.every:
                self._wake_at(job, datetime.now(UTC) + max(wait, timedelta(milliseconds=50)))

    def _wake_at(self, job: Job, moment: datetime) -> None:
        # A scheduler that shuts down waits for its jobs, and lets them change nothing: a job that tried would never end.
        with self._waking:
            if not self._stopping.is_set():
                self._scheduler.modify_job(job.name, next_run_time=moment)
