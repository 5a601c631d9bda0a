"""Fire the digests that are due, and have the queue write them."""

from datetime import datetime, timedelta
from functools import partial

from bot.services import Services, deliveries, digests
from handlers.clock.job import Job, Work


def _run(services: Services) -> datetime | None:
    digests.fire(services)
    return digests.soonest(services)


def _work(services: Services) -> Work:
    return {deliveries.BUILD_JOB: partial(digests.build, services)}


JOB = Job("digests", timedelta(seconds=30), _run, _work)
