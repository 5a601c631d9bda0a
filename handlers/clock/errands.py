"""Take up errands that a dead process left, and those that never reached the queue."""

from datetime import timedelta

from bot.services import Services, errands
from handlers.clock.job import Job


def _run(services: Services) -> None:
    errands.sweep(services)


JOB = Job("errands", timedelta(seconds=5), _run)
