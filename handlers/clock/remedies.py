"""Send remedies that were agreed to, end those that nobody agreed to in time, and see whether they helped."""

from datetime import timedelta

from bot.services import Services, alert_remedies
from handlers.clock.job import Job


def _run(services: Services) -> None:
    alert_remedies.turn(services)


JOB = Job("remedies", timedelta(seconds=2), _run)
