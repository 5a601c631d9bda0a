"""Start the waves that are due, remind, close those whose time is over, and destroy their keys."""

from datetime import datetime, timedelta

from bot.services import Services, survey_clock
from handlers.clock.job import Job


def _run(services: Services) -> datetime | None:
    return survey_clock.run(services)


JOB = Job("surveys", timedelta(seconds=20), _run)
