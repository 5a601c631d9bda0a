"""Begin the digests that are due, and have corrections told where the figures stood."""

from datetime import datetime, timedelta

from bot.services import Services, deliveries, digests
from handlers.clock.job import Job, Work


def _run(services: Services) -> datetime | None:
    digests.fire(services)
    digests.tell_corrections(services)
    return digests.soonest(services)


def _work(services: Services) -> Work:
    return {deliveries.BUILD_JOB: lambda run_id: digests.build(services, run_id)}


JOB = Job("digests", timedelta(seconds=10), _run, _work)
