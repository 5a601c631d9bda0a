"""Have corrections of published figures told where they stood."""

from datetime import timedelta

from bot.services import Services, digests
from handlers.clock.job import Job


def _run(services: Services) -> None:
    digests.tell_corrections(services)


JOB = Job("corrections", timedelta(seconds=10), _run)
