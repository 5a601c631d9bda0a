"""Take up what a dead process left, and what never reached the queue."""

from datetime import timedelta

from bot.services import Services, deliveries
from handlers.clock.job import Job


def _run(services: Services) -> None:
    deliveries.sweep(services)


JOB = Job("sweep", timedelta(seconds=2), _run)
